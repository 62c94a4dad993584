"""Typing rows into the workbook of a region, as a person would."""

from pathlib import Path

import openpyxl


def fill(path: Path, cells: dict[str, list[dict[str, object]]]) -> int:
    """Types rows over the examples of a workbook, as a person would; returns how many cells were typed."""
    book, typed = openpyxl.load_workbook(path), 0
    for name, rows in cells.items():
        sheet = book[name]
        places = {cell.value: cell.column for cell in sheet[1]}
        for column in range(1, sheet.max_column + 1):
            sheet.cell(2, column).value = None
        for number, row in enumerate(rows, start=2):
            for heading, value in row.items():
                sheet.cell(number, places[heading]).value = value
                typed += 1
    book.save(path)
    return typed
