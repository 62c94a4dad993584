"""Tables as files: CSV text with the sign and quotation of one's choice, workbooks, Parquet."""

import io
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import xlsxwriter

from fuzz.tables import Cell, Dressed, Grid, Mark

SEPARATORS = (";", ",", "\t", "|")


@dataclass(frozen=True)
class Style:
    """How a person's program writes CSV."""

    separator: str = ";"
    decimal: str = "."
    quotes: str = "needed"  # needed, all, none
    line_end: str = "\n"
    dates: str = "%Y-%m-%d"


def any_style(draw: random.Random) -> Style:
    separator = draw.choice(SEPARATORS)
    return Style(
        separator=separator,
        decimal="," if separator != "," and draw.random() < 0.4 else ".",
        quotes=draw.choice(("needed", "needed", "all")),
        line_end=draw.choice(("\n", "\n", "\r\n")),
        dates=draw.choice(("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y")),
    )


def csv_text(grid: Grid, style: Style) -> str:
    """Returns a table as text."""
    lines = (style.separator.join(_field(cell, style) for cell in line) for line in grid.lines)
    return "".join(line + style.line_end for line in lines)


def _field(cell: Cell, style: Style) -> str:
    text = shown(cell, style)
    must = style.quotes == "all" or (
        style.quotes == "needed" and any(sign in text for sign in (style.separator, '"', "\n", "\r"))
    )
    return '"' + text.replace('"', '""') + '"' if must else text


def shown(cell: Cell, style: Style) -> str:
    """Returns a cell as text."""
    if cell is None:
        return ""
    if isinstance(cell, Mark):
        return shown(cell.shown, style)
    if isinstance(cell, Dressed):
        return cell.shown
    if isinstance(cell, float):
        return repr(cell).replace(".", style.decimal)
    if isinstance(cell, date):
        return cell.strftime(style.dates)
    return str(cell)


def workbook(grid: Grid, draw: random.Random, *, others: Sequence[str] = ()) -> bytes:
    """Returns a workbook with the table on one sheet, and some other sheets: empty, hidden, of notes, of the same."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_numbers": False}) as book:
        days = book.add_format({"num_format": "d-m-yyyy"})
        for place, kind in enumerate(others):
            _other_sheet(book, f"{kind} {place}", kind, grid, days)
        sheet = book.add_worksheet(draw.choice(("Data", "Blad1", "Levering 2025", "Gegevens (definitief)")))
        sheet.activate()
        _write(sheet, grid, days)
        for row, line in enumerate(grid.lines):
            for column, cell in enumerate(line):
                if isinstance(cell, Dressed):
                    sheet.write_number(row, column, cell.number, book.add_format({"num_format": cell.look}))
        for top, left, bottom, right in grid.merged:
            text = grid.lines[top][left] if left < len(grid.lines[top]) else ""
            sheet.merge_range(top, left, bottom, right, str(text))
    return target.getvalue()


def _other_sheet(book: xlsxwriter.Workbook, name: str, kind: str, grid: Grid, days: object) -> None:
    sheet = book.add_worksheet(name[:31])
    if kind == "notes":
        sheet.write_string(0, 0, "Toelichting bij de levering")
    if kind in {"copy", "hidden"}:
        _write(sheet, grid, days)
    if kind == "hidden":
        sheet.hide()


def _write(sheet: xlsxwriter.worksheet.Worksheet, grid: Grid, days: object) -> None:
    for row, line in enumerate(grid.lines):
        for column, cell in enumerate(line):
            _write_cell(sheet, (row, column), cell, days)
    for row in grid.hidden:
        sheet.set_row(row, options={"hidden": True})


def _write_cell(sheet: xlsxwriter.worksheet.Worksheet, place: tuple[int, int], cell: Cell, days: object) -> None:
    if isinstance(cell, Mark):
        sheet.write_formula(*place, cell.formula, None, cell.shown)
    elif isinstance(cell, bool):
        sheet.write_boolean(*place, cell)
    elif isinstance(cell, int | float) and abs(cell) < 1e300 and cell == cell:  # noqa: PLR0124 - not a number
        sheet.write_number(*place, cell)
    elif isinstance(cell, date):
        sheet.write_datetime(*place, datetime(cell.year, cell.month, cell.day), days)  # noqa: DTZ001 - a date
    elif cell is not None and not isinstance(cell, Dressed):
        sheet.write_string(*place, str(cell)[:32_000])


def parquet(grid: Grid, draw: random.Random) -> bytes:
    """Returns the table below the headings as Parquet, numbers as numbers where a column has nothing else."""
    names: list[str] = []
    for place, cell in enumerate(grid.lines[grid.head or 0] if grid.lines else ()):
        name = str(cell or f"kolom {place}")
        names.append(name if name not in names else f"{name} ({place})")
    rows = [grid.lines[place] for place in grid.body]
    columns = {name: _column([_at(row, place) for row in rows], draw) for place, name in enumerate(names)}
    target = io.BytesIO()
    pl.DataFrame(columns).write_parquet(target, compression=draw.choice(("zstd", "snappy", "uncompressed")))
    return target.getvalue()


def _at(row: Sequence[Cell], place: int) -> Cell:
    return row[place] if place < len(row) else None


def _column(cells: list[Cell], draw: random.Random) -> pl.Series:
    plain = [
        cell.shown if isinstance(cell, Mark) else cell.number if isinstance(cell, Dressed) else cell for cell in cells
    ]
    for kind, dtype in ((float, pl.Float64), (int, pl.Int64), (date, pl.Date)):
        if all(cell is None or type(cell) is kind for cell in plain) and any(cell is not None for cell in plain):
            return pl.Series(plain, dtype=dtype)
    texts = pl.Series([None if cell is None else shown(cell, Style()) for cell in plain], dtype=pl.String)
    return texts.cast(pl.Categorical) if draw.random() < 0.1 else texts
