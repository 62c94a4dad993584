"""The report on a delivery as an Excel workbook, with the refused rows ready to correct and send back.

Every cell is written as text, so that one that begins with '=', '+', '-' or '@' is shown and never run.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from dashboards.words.wording import wording
from data_contracts.text import Language
from pipelines.intake.feedback.html_report import answer, facts, how_to_mend, oddity_cells, remark
from pipelines.intake.feedback.story import LANGUAGES, Story, rule_name
from pipelines.intake.feedback.texts import DELIVERED_SHEET, SHEETS, said
from pipelines.reading.formats.raw import ROW_NUMBER

SHEET_ROWS = 50_000
"""Rows on a sheet: more than a person corrects by hand."""

_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
_MOST_CHARACTERS = 32_000


def write_workbook(path: Path, story: Story) -> None:
    """Writes the workbook; the same story makes the same bytes."""
    with xlsxwriter.Workbook(path, _OPTIONS) as book:
        book.set_properties({"created": datetime.fromisoformat(story.record.received_at).replace(tzinfo=None)})
        formats = _Formats(book)
        for language in LANGUAGES:
            sheet = book.add_worksheet(SHEETS["summary"].of(language))
            _write_summary(sheet, story, language=language, formats=formats)
        for language in LANGUAGES:
            if story.reasons.height:
                sheet = book.add_worksheet(SHEETS["reasons"].of(language))
                _write_reasons(sheet, story, language=language, formats=formats)
            if story.oddities:
                sheet = book.add_worksheet(SHEETS["odd"].of(language))
                _write_oddities(sheet, story, language=language, formats=formats)
        if story.refused_rows.height:
            _write_delivered(book.add_worksheet(DELIVERED_SHEET), story, formats=formats)


class _Formats:
    """The formats of a workbook's cells."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.bold: Format = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        self.wrapped: Format = book.add_format({"text_wrap": True, "valign": "top"})
        self.text: Format = book.add_format({"num_format": "@"})
        self.wrong: Format = book.add_format({"num_format": "@", "bg_color": "#FFE08A"})


def _write_summary(sheet: Worksheet, story: Story, *, language: Language, formats: _Formats) -> None:
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    sheet.write_string(0, 0, said("title", language), formats.bold)
    sheet.write_string(1, 0, answer(story, language), formats.bold)
    for number, (name, value) in enumerate(_summary(story, language), start=3):
        sheet.write_string(number, 0, name, formats.bold)
        sheet.write_string(number, 1, value[:_MOST_CHARACTERS], formats.wrapped)


def _summary(story: Story, language: Language) -> list[tuple[str, str]]:
    """Returns everything that is not a long list, as (name, value)."""
    lines = facts(story, language)
    if story.record.message is not None:
        lines.append((said("refused", language), story.record.message.of(language)))
    mend = how_to_mend(story, "", language)
    if mend is not None:
        lines.append((said("mend", language), how_to_mend(story, "report.xlsx", language) or mend))
    lines += _bounded(story, language)
    lines += [
        (said("suffering", language), f"{one.title.of(language)} ({', '.join(one.columns)})") for one in story.suffering
    ]
    return [*lines, *((said("notes", language), remark(note, language)) for note in story.notes)]


def _bounded(story: Story, language: Language) -> list[tuple[str, str]]:
    """Returns what the workbook leaves out, where more rows were refused than a sheet holds."""
    rows = story.refused_rows.height
    if rows <= SHEET_ROWS:
        return []
    number = wording(language).numbers.number
    counts = {"limit": number(SHEET_ROWS), "left": number(rows - SHEET_ROWS), "rows": number(rows)}
    return [(said("reasons", language), said("bounded", language, sheet=DELIVERED_SHEET, **counts))]


def _write_reasons(sheet: Worksheet, story: Story, *, language: Language, formats: _Formats) -> None:
    """Writes why rows were refused; the first column leads to the row on the sheet that is sent back."""
    places = story.refused_rows.select(ROW_NUMBER).head(SHEET_ROWS).with_row_index("place", offset=2)
    reasons = story.reasons.head(SHEET_ROWS).join(places, on=ROW_NUMBER, how="left", maintain_order="left")
    names = {rule: rule_name(rule, language) for rule in reasons["rule"].unique()}
    table = reasons.select(
        ROW_NUMBER,
        "column",
        "value",
        pl.col("rule").replace(names),
        f"message_{language}",
        pl.col("place").cast(pl.Int64),
    )
    headings = [said(name, language) for name in ("row", "column", "value", "rule", "message")]
    headings.append(said("sheet_row", language, sheet=DELIVERED_SHEET))
    _write_table(sheet, table.rows(), headings=headings, formats=formats, wide=4)


def _write_oddities(sheet: Worksheet, story: Story, *, language: Language, formats: _Formats) -> None:
    names = ("column", "number", "on_rows", "message", "suffering")
    rows = [oddity_cells(odd, language) for odd in story.oddities]
    _write_table(sheet, rows, headings=[said(name, language) for name in names], formats=formats, wide=3)


def _write_delivered(sheet: Worksheet, story: Story, *, formats: _Formats) -> None:
    """Writes the refused rows exactly as delivered, under their own headings; cells that are wrong are coloured."""
    rows = story.refused_rows.head(SHEET_ROWS)
    columns = [name for name in rows.columns if name != ROW_NUMBER]
    wrong = _wrong_cells(story, columns)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(columns) - 1, 0), 16, formats.text)
    for position, heading in enumerate(columns):
        sheet.write_string(0, position, heading, formats.bold)
    for number, row in enumerate(rows.select(ROW_NUMBER, *columns).iter_rows(), start=1):
        for position, cell in enumerate(row[1:]):
            form = formats.wrong if (row[0], position) in wrong else formats.text
            if cell is None:
                sheet.write_blank(number, position, None, form)
            else:
                sheet.write_string(number, position, str(cell)[:_MOST_CHARACTERS], form)


def _wrong_cells(story: Story, columns: Sequence[str]) -> frozenset[tuple[int, int]]:
    """Returns which cells were refused, by row number and position."""
    headings = {column: story.heading_of(column) for column in story.reasons["column"].unique().to_list()}
    positions = {column: columns.index(name) for column, name in headings.items() if name in columns}
    faults = story.reasons.select(ROW_NUMBER, "column").head(SHEET_ROWS).iter_rows()
    return frozenset((row, positions[column]) for row, column in faults if column in positions)


def _write_table(
    sheet: Worksheet, rows: Sequence[Sequence[object]], *, headings: Sequence[str], formats: _Formats, wide: int
) -> None:
    sheet.freeze_panes(1, 0)
    for position, heading in enumerate(headings):
        sheet.write_string(0, position, heading, formats.bold)
        sheet.set_column(position, position, 80 if position == wide else 16)
    for number, row in enumerate(rows, start=1):
        for position, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, position, cell)
            elif cell is not None:
                sheet.write_string(number, position, str(cell)[:_MOST_CHARACTERS])
