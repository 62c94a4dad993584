"""The report on a delivery that goes back to its supplier: what was read, what was refused and how to mend it.

One HTML page and one Excel workbook, Dutch first, then English. What a supplier wrote is shown as text: never run as
a formula, never taken for markup.
"""

import html
import os
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from data_contracts.contract import Language, Text
from pipelines.deliveries.log import Record
from pipelines.readers.raw import ROW_NUMBER, Note
from pipelines.validation.outcome import Validated

HTML_FILE, EXCEL_FILE = "report.html", "report.xlsx"
SHOWN_ROWS = 500
"""Rows in the HTML page; the workbook has all that fit."""
SHEET_ROWS = 50_000

_LANGUAGES: tuple[Language, Language] = ("nl", "en")


def write_reports(folder: Path, *, record: Record, validated: Validated) -> None:
    """Writes the page and the workbook on one delivery into a folder, each in one step."""
    page = folder / f".{HTML_FILE}.{os.getpid()}.tmp"
    page.write_text(_page(record, validated), encoding="utf-8")
    page.replace(folder / HTML_FILE)
    book = folder / f".{EXCEL_FILE}.{os.getpid()}.tmp"
    _write_workbook(book, record, validated)
    book.replace(folder / EXCEL_FILE)


_TEXTS = {
    "title": Text(en="What became of your delivery", nl="Wat er van uw levering is geworden"),
    "file": Text(en="File", nl="Bestand"),
    "supplier": Text(en="Supplier", nl="Leverancier"),
    "period": Text(en="Period", nl="Periode"),
    "dataset": Text(en="Dataset", nl="Dataset"),
    "format": Text(en="Read as", nl="Gelezen als"),
    "rows": Text(en="Rows delivered", nl="Rijen geleverd"),
    "read": Text(en="Rows in the file", nl="Rijen in het bestand"),
    "left_out": Text(en="Rows left out, for the reasons below", nl="Rijen weggelaten, om de redenen hieronder"),
    "together": Text(en="Rows put together with another", nl="Rijen samengevoegd met een andere"),
    "made": Text(en="Rows made of the others", nl="Rijen gemaakt van de andere"),
    "accepted": Text(en="Rows accepted", nl="Rijen geaccepteerd"),
    "rejected": Text(en="Rows refused", nl="Rijen geweigerd"),
    "grade": Text(en="Grade (A good to E refused)", nl="Beoordeling (A goed tot E geweigerd)"),
    "refused": Text(en="This file was refused", nl="Dit bestand is geweigerd"),
    "reasons": Text(en="Refused rows", nl="Geweigerde rijen"),
    "warnings": Text(en="Accepted, but odd", nl="Geaccepteerd, maar opvallend"),
    "notes": Text(en="Restored, ignored or assumed", nl="Hersteld, overgeslagen of aangenomen"),
    "row": Text(en="Row", nl="Rij"),
    "column": Text(en="Column", nl="Kolom"),
    "value": Text(en="Value", nl="Waarde"),
    "rule": Text(en="Rule", nl="Regel"),
    "message": Text(en="What to do", nl="Wat te doen"),
    "more": Text(en="and {count} more reasons: see the workbook", nl="en nog {count} redenen: zie de werkmap"),
    "on_rows": Text(en="rows", nl="rijen"),
    "first_rows": Text(en="the first", nl="de eerste"),
    "delivered": Text(en="Rows as delivered", nl="Rijen zoals geleverd"),
}

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1a1a1a; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
th, td { border-bottom: 1px solid #ccc; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top; overflow-wrap:
anywhere; } th[scope=row] { width: 18rem; font-weight: 600; } .refused { border-left: 0.4rem solid #a4262c; padding:
0.5rem 1rem; background: #fbeeee; } section + section { border-top: 2px solid #1a1a1a; margin-top: 3rem; } @media
print { body { max-width: none; } }
"""


def _page(record: Record, validated: Validated) -> str:
    title = html.escape(f"{_TEXTS['title'].nl}: {record.file}")
    sections = "\n".join(_section(record, validated, language) for language in _LANGUAGES)
    return (
        f'<!doctype html>\n<html lang="nl">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n<style>{_STYLE}</style>\n</head>\n'
        f"<body>\n<main>\n{sections}\n</main>\n</body>\n</html>\n"
    )


def _section(record: Record, validated: Validated, language: Language) -> str:
    parts = [f"<h1>{_said('title', language)}</h1>", _facts(record, language)]
    if record.message is not None:
        parts.append(
            f'<div class="refused"><h2>{_said("refused", language)}</h2>\n'
            f"<p>{html.escape(record.message.of(language))}</p></div>"
        )
    rows = validated.rejections.filter(pl.col(ROW_NUMBER).is_not_null())
    if rows.height:
        parts.append(_reasons(rows, language))
    parts += [
        _remarks(name, remarks, language)
        for name, remarks in (("warnings", validated.warnings), ("notes", validated.notes))
        if remarks
    ]
    return f'<section lang="{language}">\n' + "\n".join(parts) + "\n</section>"


def _facts(record: Record, language: Language) -> str:
    lines = "\n".join(
        f'<tr><th scope="row">{_said(name, language)}</th><td>{html.escape(str(value))}</td></tr>'
        for name, value in _summary(record)
    )
    return f"<table>{lines}</table>"


def _summary(record: Record) -> list[tuple[str, object]]:
    return [
        ("file", record.file),
        ("supplier", record.supplier),
        ("period", record.period),
        ("dataset", record.dataset),
        ("format", record.format or "-"),
        *_rows(record),
        ("accepted", record.accepted),
        ("rejected", record.rejected),
        ("grade", record.grade),
    ]


def _rows(record: Record) -> list[tuple[str, object]]:
    """Returns how many rows there were; of a file that a source mapping read, what became of its own rows."""
    if record.taken is None:
        return [("rows", record.rows)]
    read = [("read", record.rows_read), ("left_out", record.rows_left_out), ("together", record.taken.put_together)]
    return [*read, ("made", record.rows)]


def _reasons(rows: pl.DataFrame, language: Language) -> str:
    shown = rows.head(SHOWN_ROWS).select(ROW_NUMBER, "column", "value", "rule", f"message_{language}")
    head = "".join(
        f'<th scope="col">{_said(name, language)}</th>' for name in ("row", "column", "value", "rule", "message")
    )
    body = "\n".join(
        "<tr>" + "".join(f"<td>{html.escape('' if cell is None else str(cell))}</td>" for cell in row) + "</tr>"
        for row in shown.iter_rows()
    )
    left = rows.height - shown.height
    more = f"<p>{_said('more', language).replace('{count}', str(left))}</p>" if left else ""
    table = f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"
    return f"<h2>{_said('reasons', language)}</h2>\n{table}{more}"


def _remarks(name: str, remarks: Sequence[Note], language: Language) -> str:
    items = "\n".join(f"<li>{html.escape(_remark(remark, language))}</li>" for remark in remarks)
    return f"<h2>{_said(name, language)}</h2>\n<ul>{items}</ul>"


def _remark(remark: Note, language: Language) -> str:
    rows = ", ".join(str(row) for row in remark.rows)
    where = (
        f" ({_TEXTS['on_rows'].of(language)}: {remark.count}, {_TEXTS['first_rows'].of(language)}: {rows})"
        if rows
        else ""
    )
    return remark.text.of(language) + where


def _said(name: str, language: Language) -> str:
    return html.escape(_TEXTS[name].of(language))


def _write_workbook(path: Path, record: Record, validated: Validated) -> None:
    """Writes the workbook; strings stay strings, so that a cell that begins with '=' is not run."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(path, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        for language in _LANGUAGES:
            sheet = book.add_worksheet({"nl": "Samenvatting", "en": "Summary"}[language])
            _write_summary(sheet, record, validated, language=language, formats=(bold, wrapped))
        for language in _LANGUAGES:
            sheet = book.add_worksheet({"nl": "Geweigerde rijen", "en": "Refused rows"}[language])
            reasons = validated.rejections.select(ROW_NUMBER, "column", "value", "rule", f"message_{language}")
            headings = [_TEXTS[name].of(language) for name in ("row", "column", "value", "rule", "message")]
            _write_table(sheet, reasons, headings=headings, bold=bold)
        if validated.refused_rows.height:
            rows = validated.refused_rows
            rows = rows.select(ROW_NUMBER, *(name for name in rows.columns if name != ROW_NUMBER))
            sheet = book.add_worksheet(_TEXTS["delivered"].nl)
            _write_table(sheet, rows, headings=[_TEXTS["row"].nl, *rows.columns[1:]], bold=bold)


def _write_summary(
    sheet: Worksheet, record: Record, validated: Validated, *, language: Language, formats: tuple[Format, Format]
) -> None:
    bold, wrapped = formats
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 100)
    lines: list[tuple[str, str]] = [(_TEXTS[name].of(language), str(value)) for name, value in _summary(record)]
    if record.message is not None:
        lines.append((_TEXTS["refused"].of(language), record.message.of(language)))
    lines += [(_TEXTS["warnings"].of(language), _remark(remark, language)) for remark in validated.warnings]
    lines += [(_TEXTS["notes"].of(language), _remark(remark, language)) for remark in validated.notes]
    sheet.write_string(0, 0, _TEXTS["title"].of(language), bold)
    for number, (name, value) in enumerate(lines, start=2):
        sheet.write_string(number, 0, name, bold)
        sheet.write_string(number, 1, value[:32_000], wrapped)


def _write_table(sheet: Worksheet, frame: pl.DataFrame, *, headings: Sequence[str], bold: Format) -> None:
    sheet.freeze_panes(1, 0)
    for position, heading in enumerate(headings):
        sheet.write_string(0, position, heading, bold)
        sheet.set_column(position, position, 60 if position == len(headings) - 1 else 16)
    for number, row in enumerate(frame.head(SHEET_ROWS).iter_rows(), start=1):
        for position, cell in enumerate(row):
            if isinstance(cell, int):
                sheet.write_number(number, position, cell)
            elif cell is not None:
                sheet.write_string(number, position, str(cell)[:32_000])
