"""Readers: from a file in the inbox to a table of text cells, one module a format.

A reader never interprets a value (that is `pipelines.judging`) and never loses one: codes are text from the first
byte on, and rows plus refused rows are what the file holds. Files are recognised by content, read with bounded memory,
and refused in three parts (`Unreadable`) when they are no table.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from data_contracts.text import Text
from pipelines.reading.formats.compressed import is_gzip, unpacked
from pipelines.reading.formats.csv_text import read_csv
from pipelines.reading.formats.excel import read_excel
from pipelines.reading.formats.headings import Known, anything
from pipelines.reading.formats.parquet import read_parquet
from pipelines.reading.formats.raw import REJECTION_SCHEMA, ROW_NUMBER, Note, RawTable, Unreadable
from pipelines.reading.formats.recognise import recognise

__all__ = ["REJECTION_SCHEMA", "ROW_NUMBER", "Note", "RawTable", "Unreadable", "read_delivery"]

_EXTENSIONS = {"csv": {".csv", ".txt", ".tsv"}, "excel": {".xlsx", ".xlsm"}, "parquet": {".parquet"}}


def read_delivery(path: Path, *, known: Known = anything, sheet: str | None = None) -> RawTable:
    """Returns a delivered file as a table of text cells.

    Args:
        path: the file; what it is follows from its content, not from its name.
        known: returns the column that a heading means, or None. Helps to find the row of headings below titles and the
            sheet with data among others.
        sheet: a regular expression for the name of the sheet of a workbook; by default the one with data.

    Raises:
        Unreadable: the file is no table: found, expected and what to do, in both languages.
    """
    readers: dict[str, Callable[..., RawTable]] = {
        "csv": read_csv,
        "excel": partial(read_excel, sheet=sheet),
        "parquet": read_parquet,
    }
    with unpacked(path) as file:
        kind = recognise(file)
        if sheet is not None and kind != "excel":
            raise _no_sheets(sheet)
        table = readers[kind](file, known=cache(known))
    if is_gzip(path):
        return replace(table, format=f"gzip, {table.format}")
    if path.suffix.lower() in _EXTENSIONS[kind]:
        return table
    return replace(table, notes=(*table.notes, _other_name(path, table)))


def _no_sheets(sheet: str) -> Unreadable:
    return Unreadable(
        Text(
            en=f"a file without sheets, and sheet '{sheet}' asked for",
            nl=f"een bestand zonder werkbladen, en werkblad '{sheet}' gevraagd",
        ),
        expected=Text(en="an Excel workbook (.xlsx)", nl="een Excel-werkmap (.xlsx)"),
        action=Text(en="leave the name of the sheet out", nl="laat de naam van het werkblad weg"),
    )


def _other_name(path: Path, table: RawTable) -> Note:
    """Returns the note that a file's name says something else than its content."""
    return Note(
        rule="other_extension",
        count=1,
        text=Text(
            en=f"The name ends in '{path.suffix}', but the content is {table.format}; it was read as that.",
            nl=f"De naam eindigt op '{path.suffix}', maar de inhoud is {table.format}; zo is het gelezen.",
        ),
    )
