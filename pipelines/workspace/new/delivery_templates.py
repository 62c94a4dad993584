"""Templates to deliver a dataset with: CSV with the headings, Excel with formats, choices and explanation.

The headings are the contract's own column names, so that a filled-in template is a delivery without any mapping.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from data_contracts.contract import Column, DataContract, Kind, load_contracts
from data_contracts.contract_words import KINDS, SEVERITIES, WORDS, unit_text
from data_contracts.text import Language, Text

PREPARED_ROWS = 10_000
"""Rows of the Excel template that offer the allowed values to choose from."""

_AS_TEXT = 49  # Excel's own text format, in which a code keeps its leading zeros
FORMATS: dict[Kind, str | int] = {
    "text": _AS_TEXT,
    "period": _AS_TEXT,
    "integer": "0",
    "year": "0",
    "number": "General",
    "share": "0.0000",
    "money": "#,##0.00",
    "boolean": "General",
    "date": "yyyy-mm-dd",
}
_SHEETS: dict[Language, str] = {"nl": "Toelichting", "en": "Explanation"}
HEADING = {"bold": True, "font_color": "#FFFFFF", "bg_color": "#1F4E79", "border": 1}
OPTIONAL_HEADING = {**HEADING, "bg_color": "#5B7F9F"}


def write_templates(folder: Path) -> list[Path]:
    """Writes a CSV and an Excel template for every dataset into a folder; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for contract in load_contracts().values():
        written += [folder / f"{contract.dataset}.csv", folder / f"{contract.dataset}.xlsx"]
        write_csv(contract, written[-2])
        write_excel(contract, written[-1])
    return written


def write_csv(contract: DataContract, path: Path) -> None:
    """Writes the headings of a dataset as a CSV file that a Dutch Excel opens in columns."""
    headings = ";".join(column.name for column in contract.columns)
    path.write_text(f"{headings}\n", encoding="utf-8-sig")


def write_excel(contract: DataContract, path: Path) -> None:
    """Writes an Excel template: a sheet to fill in, named after the dataset, and an explanation in each language."""
    with xlsxwriter.Workbook(path) as book:
        _data_sheet(book, contract)
        for language in _SHEETS:
            _explanation_sheet(book, contract, language)


def _data_sheet(book: Any, contract: DataContract) -> None:  # noqa: ANN401 - xlsxwriter has no types
    sheet = book.add_worksheet(contract.dataset)
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(contract.columns):
        cells = book.add_format({"num_format": FORMATS[column.kind]})
        heading = book.add_format(HEADING if column.required else OPTIONAL_HEADING)
        sheet.set_column(position, position, max(14, len(column.name) + 4), cells)
        sheet.write_string(0, position, column.name, heading)
        sheet.write_comment(0, position, _note(column), {"x_scale": 2.5, "y_scale": 2})
        if choices := _choices(column):
            sheet.data_validation(1, position, PREPARED_ROWS, position, {"validate": "list", "source": choices})


def _choices(column: Column) -> list[str]:
    if column.kind == "boolean":
        return ["ja", "nee"]
    return [allowed.value for allowed in column.allowed]


def _explanation_sheet(book: Any, contract: DataContract, language: Language) -> None:  # noqa: ANN401
    words = WORDS[language]
    sheet = book.add_worksheet(_SHEETS[language])
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 5, 18)
    sheet.set_column(6, 6, 90)
    sheet.write_string(0, 0, contract.description.of(language))
    sheet.write_string(1, 0, f"{contract.grain.of(language)}. {words.empty_cells}")
    headings = (words.column, words.kind, words.must_be_filled, words.key, words.unit, words.values, words.meaning)
    _write_rows(sheet, 3, rows=[headings], style=bold)
    _write_rows(sheet, 4, rows=[_explained(column, language) for column in contract.columns], style=wrapped)
    below = len(contract.columns) + 5
    _write_rows(sheet, below, rows=[(words.rules,)], style=bold)
    rules = [
        (rule.name, SEVERITIES[rule.severity].of(language), *[""] * 4, rule.message.of(language))
        for rule in contract.rules
    ]
    _write_rows(sheet, below + 1, rows=rules, style=wrapped)


def _write_rows(sheet: Any, start: int, *, rows: Iterable[Sequence[str]], style: Any) -> None:  # noqa: ANN401
    for number, row in enumerate(rows, start=start):
        for position, cell in enumerate(row):
            sheet.write_string(number, position, cell, style)


def _explained(column: Column, language: Language) -> tuple[str, ...]:
    words = WORDS[language]
    return (
        column.name,
        KINDS[column.kind].of(language),
        words.yes if column.required else "",
        words.yes if column.key else "",
        unit_text(column.unit).of(language) if column.unit else "",
        "\n".join(f"{allowed.value}: {allowed.label.of(language)}" for allowed in column.allowed),
        f"{column.description.of(language)} {words.aliases}: {', '.join(column.aliases)}.",
    )


def _note(column: Column) -> str:
    required = Text(en="Required. ", nl="Verplicht. ") if column.required else Text(en="", nl="")
    return "\n\n".join(required.of(language) + column.description.of(language) for language in _SHEETS)
