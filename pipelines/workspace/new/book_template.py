"""Writes the one workbook that a region can begin with, in one language: sheets to fill in, and one that explains.

Sheets, headings and example rows are those of `data_contracts/region_workbook.yaml`, the steps those of the staircase.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from data_contracts.contract import Column
from data_contracts.region_workbook import BookSheet, region_workbook
from data_contracts.staircase import staircase
from data_contracts.text import Language, Text
from pipelines.workspace.durable import mark_whole
from pipelines.workspace.new.delivery_templates import FORMATS, HEADING, OPTIONAL_HEADING, PREPARED_ROWS

Row = Mapping[str, object]
"""A row of a sheet: values by the name of the column."""

_GREY = {"font_color": "#7F7F7F", "italic": True, "bg_color": "#F2F2F2"}
_LISTED = "provider_id", "payer_id", "area"
"""Codes that are chosen from the sheet on which they are registered."""
_CHOICES = Text(en="Choices", nl="Keuzes")
_INTRODUCTION = (
    Text(
        en="Fill in what you have, from the top down: each sheet unlocks something. Grey rows are examples and are "
        "never read; write over them or leave them.",
        nl="Vul in wat u hebt, van boven naar beneden: elk blad geeft iets vrij. Grijze rijen zijn voorbeelden en "
        "worden nooit gelezen; schrijf eroverheen of laat ze staan.",
    ),
    Text(
        en="Codes are text: a leading zero stays. A dark heading must be filled in. The year is that of the folder in "
        "which this file lies.",
        nl="Codes zijn tekst: een voorloopnul blijft staan. Een donkere kop moet gevuld zijn. Het jaar is dat van de "
        "map waarin dit bestand ligt.",
    ),
    Text(
        en="Save it where it lies, and run: care-transfer refresh",
        nl="Sla het op waar het ligt, en draai: care-transfer refresh",
    ),
)
_HEADS = (
    Text(en="Sheet", nl="Blad"),
    Text(en="Rows filled in", nl="Rijen ingevuld"),
    Text(en="Must be filled in", nl="Moet gevuld zijn"),
)
_STEP_HEADS = (
    Text(en="Step", nl="Trede"),
    Text(en="What you then see", nl="Wat u dan ziet"),
    Text(en="Needed: dataset (columns)", nl="Nodig: dataset (kolommen)"),
    Text(en="Who usually has it", nl="Wie het meestal heeft"),
)


def write_region_workbook(path: Path, *, language: Language, rows: Mapping[str, Sequence[Row]] | None = None) -> Path:
    """Writes the workbook; returns its path.

    Args:
        path: where.
        language: of headings, choices and explanation.
        rows: what to fill in, by the English name of the sheet; a sheet that is not there has a grey example row.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(path) as book:
        counts = {name: len(given) for name, given in (rows or {}).items()}
        _start_sheet(book, language, counts)
        choices = _Choices.sheet_of(book, language)
        for spec in region_workbook().sheets:
            _sheet(book, choices, spec, language, (rows or {}).get(spec.name.en))
    return mark_whole(path)


def _start_sheet(book: Any, language: Language, counts: Mapping[str, int]) -> None:  # noqa: ANN401 - no types
    """Writes the sheet that says what is filled in and what that unlocks."""
    sheet = book.add_worksheet(region_workbook().start.of(language))
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    for column, width in enumerate((16, 44, 60, 44)):
        sheet.set_column(column, column, width, wrapped)
    lines = [[text.of(language)] for text in _INTRODUCTION]
    _write(sheet, 0, lines, book.add_format())
    first = len(lines) + 1
    _write(sheet, first, [[head.of(language) for head in _HEADS]], bold)
    for number, spec in enumerate(region_workbook().sheets, start=first + 1):
        name = spec.name.of(language)
        sheet.write_url(number, 0, f"internal:'{name}'!A1", string=name)
        sheet.write_formula(number, 1, _count(spec, language), wrapped, counts.get(spec.name.en, 0))
        sheet.write_string(number, 2, ", ".join(_heading(c, language) for c in spec.columns if _required(spec, c)))
    below = first + len(region_workbook().sheets) + 2
    _write(sheet, below, [[head.of(language) for head in _STEP_HEADS]], bold)
    _write(sheet, below + 1, list(_steps(language)), wrapped)


def _count(spec: BookSheet, language: Language) -> str:
    """Returns the formula that counts the rows of a sheet that are no examples."""
    cells = f"'{spec.name.of(language)}'!$A$2:$A${PREPARED_ROWS}"
    word = region_workbook().example.of(language)
    return f'=COUNTA({cells})-COUNTIF({cells},"{word}*")'


def _steps(language: Language) -> Iterator[list[str]]:
    either = Text(en="or ", nl="of ").of(language)
    for step in staircase():
        needed = ["; ".join(f"{name} ({', '.join(columns)})" for name, columns in way.items()) for way in step.ways]
        yield [str(step.number), step.title.of(language), f"\n{either}".join(needed), step.holder.of(language)]


def _sheet(
    book: Any,  # noqa: ANN401
    choices: _Choices,
    spec: BookSheet,
    language: Language,
    rows: Sequence[Row] | None,
) -> None:
    sheet = book.add_worksheet(spec.name.of(language))
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(spec.columns):
        column, heading = spec.column(name), _heading(name, language)
        sheet.set_column(place, place, max(14, len(heading) + 4), book.add_format({"num_format": FORMATS[column.kind]}))
        sheet.write_string(0, place, heading, book.add_format(HEADING if _required(spec, name) else OPTIONAL_HEADING))
        sheet.write_comment(0, place, column.description.of(language), {"x_scale": 2.5, "y_scale": 2})
        if (source := choices.source(spec, column, language)) is not None:
            offered = {"validate": "list", "source": source, "error_type": "warning"}
            sheet.data_validation(1, place, PREPARED_ROWS, place, offered)
    if rows is None:
        _write_row(sheet, 1, spec, _example(spec, language), language, book=book, look=_GREY)
    for number, row in enumerate(rows or (), start=1):
        _write_row(sheet, number, spec, row, language, book=book, look={})


@dataclass(frozen=True)
class _Choices:
    """Where the allowed values of a column stand on the hidden sheet from which they are offered, by name.

    A list in the cell itself may hold 255 characters, and no comma.
    """

    places: Mapping[str, str]

    @classmethod
    def sheet_of(cls, book: Any, language: Language) -> _Choices:  # noqa: ANN401
        """Writes that sheet, a column for each column of the workbook that has allowed values."""
        name = _CHOICES.of(language)
        sheet = book.add_worksheet(name)
        sheet.hide()
        places: dict[str, str] = {}
        for spec in region_workbook().sheets:
            for column in (spec.column(one) for one in spec.columns):
                if not column.allowed:
                    continue
                place, labels = len(places), [allowed.label.of(language) for allowed in column.allowed]
                sheet.write_column(0, place, labels)
                letter = xl_col_to_name(place, col_abs=True)
                places[f"{spec.name.en}.{column.name}"] = f"='{name}'!{letter}$1:{letter}${len(labels)}"
        return cls(places)

    def source(self, spec: BookSheet, column: Column, language: Language) -> str | None:
        """Returns where the choices of a column stand: its values, or the codes on the sheet that registers them."""
        if column.allowed:
            return self.places[f"{spec.name.en}.{column.name}"]
        if column.name in _LISTED and column.references is not None:
            registers = next(one for one in region_workbook().sheets if column.references.split(".")[0] in one.datasets)
            return f"='{registers.name.of(language)}'!$A$2:$A$500"
        return None


def _example(spec: BookSheet, language: Language) -> Row:
    """Returns the example row of a sheet, whose first cell says that it is one."""
    given = {name: value.get(language) if isinstance(value, dict) else value for name, value in spec.example.items()}
    return {spec.columns[0]: region_workbook().example.of(language), **given}


def _write_row(
    sheet: Any,  # noqa: ANN401
    number: int,
    spec: BookSheet,
    row: Row,
    language: Language,
    *,
    book: Any,  # noqa: ANN401
    look: Mapping[str, object],
) -> None:
    for place, name in enumerate(spec.columns):
        column, value = spec.column(name), row.get(name)
        style = book.add_format({**look, "num_format": FORMATS[column.kind]})
        shown = next((one.label.of(language) for one in column.allowed if one.value == value), value)
        if shown is None:
            sheet.write_blank(number, place, None, style)
        elif isinstance(shown, str):
            sheet.write_string(number, place, shown, style)
        else:
            sheet.write_number(number, place, shown, style)


def _heading(name: str, language: Language) -> str:
    return region_workbook().headings[name].of(language)


def _required(spec: BookSheet, name: str) -> bool:
    """Returns whether the first dataset of a sheet cannot do without a column."""
    return spec.column(name).required


def _write(sheet: Any, start: int, rows: Sequence[Sequence[str]], style: Any) -> None:  # noqa: ANN401
    for number, row in enumerate(rows, start=start):
        for place, cell in enumerate(row):
            sheet.write_string(number, place, cell, style)
