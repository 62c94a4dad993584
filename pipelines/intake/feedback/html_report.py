"""The report on a delivery as one HTML page without anything beside it: it can be mailed, printed and read aloud."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from dashboards.faces.html import template
from dashboards.words.wording import wording
from data_contracts.text import Language
from pipelines.intake.feedback.story import LANGUAGES, Oddity, Story, rule_name
from pipelines.intake.feedback.texts import DELIVERED_SHEET, said
from pipelines.reading.formats.raw import ROW_NUMBER, Note

SHOWN_ROWS = 500
"""Reasons on the page; the workbook has all that fit."""


@dataclass(frozen=True)
class Listing:
    """A table of texts: the names of its headings and caption, its rows, and whether its caption is only heard."""

    caption: str
    headings: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    is_heard: bool = True  # the heading above says it to who sees it


@dataclass(frozen=True)
class Chapter:
    """Tables under one heading, and what is said of what they leave out."""

    heading: str
    tables: tuple[Listing, ...]
    more: str = ""


@dataclass(frozen=True)
class ReportText:
    """What the report says in one language; `said` gives its fixed texts by name."""

    language: Language
    said: Callable[[str], str]
    answer: str
    refused: str | None
    mend: str | None
    facts: Sequence[tuple[str, str]]
    chapters: Sequence[Chapter]
    remarks: Sequence[str]


def page(story: Story, workbook: str) -> str:
    """Returns the whole page, Dutch first, then English.

    Args:
        story: what it says.
        workbook: the name of the workbook that lies beside it.
    """
    return template("pipelines.intake.feedback", "report.html.j2").render(
        title=f"{said('title', 'nl')}: {story.record.file}",
        in_english=said("in_english", "en"),
        parts=[part(story, workbook, language) for language in LANGUAGES],
    )


def part(story: Story, workbook: str, language: Language) -> ReportText:
    """Returns what the report says in one language."""
    record = story.record
    return ReportText(
        language=language,
        said=lambda name: said(name, language),
        answer=answer(story, language),
        refused=record.message.of(language) if record.message is not None else None,
        mend=how_to_mend(story, workbook, language),
        facts=facts(story, language),
        chapters=list(_chapters(story, workbook, language)),
        remarks=[remark(note, language) for note in story.notes],
    )


def answer(story: Story, language: Language) -> str:
    """Returns in a sentence or two what became of the delivery."""
    record, number = story.record, wording(language).numbers.number
    counts = {"rows": number(record.rows), "accepted": number(record.accepted), "rejected": number(record.rejected)}
    form = "none_counts" if not record.counts else "part_counts" if record.rejected else "all_counts"
    parts = [said(form, language, **counts)]
    odd = len(story.oddities)
    if odd:
        parts.append(said("one_odd", language) if odd == 1 else said("some_odd", language, number=number(odd)))
    return " ".join(parts)


def how_to_mend(story: Story, workbook: str, language: Language) -> str | None:
    """Returns how refused rows are corrected and sent back, if there are any."""
    if not story.record.counts:
        return said("mend_file", language)
    if not story.refused_rows.height:
        return None
    return said("mend_rows", language, workbook=workbook, sheet=DELIVERED_SHEET, correction=story.correction)


def facts(story: Story, language: Language) -> list[tuple[str, str]]:
    """Returns what the delivery is and how many of its rows count, as (name, value)."""
    record, number = story.record, wording(language).numbers.number
    rows = [("rows", number(record.rows))]
    if record.taken is not None:
        rows = [
            ("read", number(record.rows_read)),
            ("left_out", number(record.rows_left_out)),
            ("together", number(record.taken.put_together)),
            ("made", number(record.rows)),
        ]
    lines = [
        ("file", record.file),
        ("supplier", record.supplier),
        ("period", record.period),
        ("dataset", wording(language).known("datasets", record.dataset)),
        ("received", record.received_at[:16].replace("T", " ")),
        ("format", record.format or "-"),
        *rows,
        ("accepted", number(record.accepted)),
        ("rejected", number(record.rejected)),
        ("grade", said(f"grade_{story.grade}", language)),
    ]
    return [(said(name, language), value) for name, value in lines]


def remark(note: Note, language: Language) -> str:
    """Returns a remark with the rows it is about."""
    if not note.rows:
        return note.text.of(language)
    rows = ", ".join(str(row) for row in note.rows)
    where = said("on_rows", language).lower()
    return f"{note.text.of(language)} ({where}: {note.count}, {said('first_rows', language)}: {rows})"


def oddity_cells(odd: Oddity, language: Language) -> tuple[str, ...]:
    """Returns an oddity as the cells of a row: column, number, rows, message, results that suffer."""
    return odd.column or "", str(odd.count), odd.rows, odd.message.of(language), ", ".join(odd.results)


def _chapters(story: Story, workbook: str, language: Language) -> Iterator[Chapter]:
    """Yields what was refused, what looks odd, and which results suffer; nothing about what there is none of."""
    if story.reasons.height:
        yield _reasons(story.reasons, workbook, language)
    if story.oddities:
        rows = [oddity_cells(odd, language)[:4] for odd in story.oddities]
        yield Chapter("warnings", (Listing("warnings", ("column", "number", "on_rows", "message"), rows),))
    if story.suffering:
        suffer = [(one.title.of(language), ", ".join(one.columns)) for one in story.suffering]
        yield Chapter("suffering", (Listing("suffering", ("result", "because"), suffer),))


def _reasons(reasons: pl.DataFrame, workbook: str, language: Language) -> Chapter:
    """Returns how many rows were refused for each reason, and the first of them one by one."""
    counted = reasons.group_by("rule", "column", maintain_order=True).agg(pl.col(ROW_NUMBER).n_unique().alias("rows"))
    by_rule = counted.sort("rows", descending=True, maintain_order=True)
    summary = [
        (rule_name(rule, language), column or "", str(rows))
        for rule, column, rows in by_rule.select("rule", "column", "rows").iter_rows()
    ]
    shown = reasons.head(SHOWN_ROWS).select(ROW_NUMBER, "column", "value", "rule", f"message_{language}")
    rows = [
        (str(row), column or "", value or "", rule_name(rule, language), message)
        for row, column, value, rule, message in shown.iter_rows()
    ]
    left = reasons.height - shown.height
    more = said("more", language, count=wording(language).numbers.number(left), workbook=workbook) if left else ""
    tables = (
        Listing("by_rule", ("rule", "column", "number"), summary, is_heard=False),
        Listing("reasons", ("row", "column", "value", "rule", "message"), rows),
    )
    return Chapter("reasons", tables, more)
