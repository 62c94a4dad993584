"""The report on a delivery as one HTML page without anything beside it: it can be mailed, printed and read aloud."""

import html
from collections.abc import Iterable, Sequence

import polars as pl

from dashboards.words.wording import wording
from data_contracts.contract import Language
from pipelines.intake.feedback.story import LANGUAGES, Oddity, Story, rule_name
from pipelines.intake.feedback.texts import DELIVERED_SHEET, said
from pipelines.reading.formats.raw import ROW_NUMBER, Note

SHOWN_ROWS = 500
"""Reasons on the page; the workbook has all that fit."""

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1a1a1a;
  background: #fff; }
a { color: #0b4f8a; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
caption { text-align: left; font-weight: 600; padding: 0.3rem 0; }
th, td { border-bottom: 1px solid #767676; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; min-width: 5rem; }
thead th { white-space: nowrap; }
caption.heard { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th[scope=row] { width: 18rem; font-weight: 600; }
.answer { font-size: 1.25rem; }
.refused, .mend { border-left: 0.4rem solid #a4262c; padding: 0.5rem 1rem; background: #fbeeee; margin: 1rem 0; }
.mend { border-color: #0b4f8a; background: #eef4fa; }
section + section { border-top: 2px solid #1a1a1a; margin-top: 3rem; }
@media print {
  body { max-width: none; margin: 0; font-size: 10pt; }
  nav { display: none; }
  section + section { break-before: page; border: 0; margin: 0; }
  tr, .refused, .mend { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""


def page(story: Story, workbook: str) -> str:
    """Returns the whole page, Dutch first, then English.

    Args:
        story: what it says.
        workbook: the name of the workbook that lies beside it.
    """
    title = html.escape(f"{said('title', 'nl')}: {story.record.file}")
    sections = "\n".join(_section(story, workbook, language) for language in LANGUAGES)
    links = f'<nav><a href="#en" lang="en">{said("in_english", "en")}</a></nav>'
    return (
        f'<!doctype html>\n<html lang="nl">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n{links}\n<main>\n{sections}\n</main>\n</body>\n</html>\n"
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


def _section(story: Story, workbook: str, language: Language) -> str:
    parts = [f"<h1>{_text('title', language)}</h1>", f'<p class="answer">{html.escape(answer(story, language))}</p>']
    if story.record.message is not None:
        message = html.escape(story.record.message.of(language))
        parts.append(f'<div class="refused"><h2>{_text("refused", language)}</h2>\n<p>{message}</p></div>')
    mend = how_to_mend(story, workbook, language)
    if mend is not None:
        parts.append(f'<div class="mend"><h2>{_text("mend", language)}</h2>\n<p>{html.escape(mend)}</p></div>')
    parts += [_facts(story, language)]
    parts += [_reasons(story.reasons, workbook, language)] if story.reasons.height else []
    parts += [_oddities(story.oddities, language)] if story.oddities else []
    parts += [_suffering(story, language)] if story.suffering else []
    parts += [_notes(story.notes, language)] if story.notes else []
    return f'<section id="{language}" lang="{language}">\n' + "\n".join(parts) + "\n</section>"


def _facts(story: Story, language: Language) -> str:
    lines = "\n".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(value)}</td></tr>'
        for name, value in facts(story, language)
    )
    return f"<table><caption>{_text('facts', language)}</caption>\n{lines}</table>"


def _reasons(reasons: pl.DataFrame, workbook: str, language: Language) -> str:
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
    return (
        f"<h2>{_text('reasons', language)}</h2>\n"
        + _table(summary, ("rule", "column", "number"), caption="by_rule", language=language)
        + _table(rows, ("row", "column", "value", "rule", "message"), caption="reasons", language=language)
        + (f"<p>{html.escape(more)}</p>" if more else "")
    )


def _oddities(oddities: Iterable[Oddity], language: Language) -> str:
    rows = [oddity_cells(odd, language)[:4] for odd in oddities]
    table = _table(rows, ("column", "number", "on_rows", "message"), caption="warnings", language=language)
    return f"<h2>{_text('warnings', language)}</h2>\n{table}"


def _suffering(story: Story, language: Language) -> str:
    rows = [(one.title.of(language), ", ".join(one.columns)) for one in story.suffering]
    table = _table(rows, ("result", "because"), caption="suffering", language=language)
    return f"<h2>{_text('suffering', language)}</h2>\n{table}"


def _notes(notes: Iterable[Note], language: Language) -> str:
    items = "\n".join(f"<li>{html.escape(remark(note, language))}</li>" for note in notes)
    return f"<h2>{_text('notes', language)}</h2>\n<ul>{items}</ul>"


def _table(rows: Iterable[Sequence[str]], headings: Sequence[str], *, caption: str, language: Language) -> str:
    head = "".join(f'<th scope="col">{_text(name, language)}</th>' for name in headings)
    body = "\n".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    seen = "" if caption == "by_rule" else ' class="heard"'  # the heading above says it to who sees it
    title = f"<caption{seen}>{_text(caption, language)}</caption>"
    return f"<table>{title}<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def _text(name: str, language: Language) -> str:
    return html.escape(said(name, language))
