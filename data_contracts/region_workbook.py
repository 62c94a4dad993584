"""The one workbook that a region can begin with: its sheets, columns and headings, read from `region_workbook.yaml`.

Who writes the workbook and who reads it agree because both ask here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data_contracts.contract import Column, load_contract, unusable
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, read_yaml

WORKBOOK_FILE = Path(__file__).with_name("region_workbook.yaml")


@dataclass(frozen=True)
class BookSheet:
    """One sheet of the workbook.

    Attributes:
        name: in both languages.
        datasets: what its rows are; of several, each takes the columns that it knows.
        columns: names of columns of those datasets, in the order on the sheet; the first begins an example row.
        example: a value for columns, without the first.
    """

    name: Text
    datasets: tuple[str, ...]
    columns: tuple[str, ...]
    example: Mapping[str, object]

    def column(self, name: str) -> Column:
        """Returns a column as the first of the sheet's datasets that has it defines it."""
        columns = [column for dataset in self.datasets for column in load_contract(dataset).columns]
        return next(column for column in columns if column.name == name)

    def meant(self, heading: str) -> str | None:
        """Returns the column that a heading means in any of the sheet's datasets, or None."""
        found = (load_contract(dataset).for_heading(heading) for dataset in self.datasets)
        return next((column.name for column in found if column is not None), None)


@dataclass(frozen=True)
class RegionWorkbook:
    """The workbook.

    Attributes:
        file: its name.
        begins: what the name of a file begins with that is one.
        start: the name of the first sheet, which explains and is not read.
        example: the word with which the first cell of an example row begins.
        headings: of every column.
        sheets: in their order.
    """

    file: Text
    begins: tuple[str, ...]
    start: Text
    example: Text
    headings: Mapping[str, Text]
    sheets: tuple[BookSheet, ...]

    def is_meant(self, name: str) -> bool:
        """Returns whether a file is the workbook by its name: `regio.xlsx`, `Regio 2025.xlsx`, `region-v2.xlsx`."""
        begin = "|".join(map(re.escape, self.begins))
        return re.fullmatch(rf"(?i)(?:{begin})(?:[^a-z].*)?\.xls[xm]", name) is not None

    def sheet(self, name: str) -> BookSheet | None:
        """Returns the sheet of a name, in either language, whatever its case."""
        plain = name.strip().casefold()
        return next((one for one in self.sheets if plain in {one.name.nl.casefold(), one.name.en.casefold()}), None)

    def is_start(self, name: str) -> bool:
        """Returns whether a sheet is the one that explains."""
        return name.strip().casefold() in {self.start.nl.casefold(), self.start.en.casefold()}

    @property
    def example_pattern(self) -> str:
        """Returns a regular expression for the first cell of an example row."""
        return rf"(?i)^\s*(?:{re.escape(self.example.nl)}|{re.escape(self.example.en)})\b"


@cache
def region_workbook() -> RegionWorkbook:
    """Returns the workbook.

    Raises:
        ContractError: its description cannot be used.
    """
    try:
        return _workbook(read_yaml(WORKBOOK_FILE, source=WORKBOOK_FILE.name).content)
    except (KeyError, TypeError, AttributeError, YamlProblem) as fault:
        expected = Text(en="sheets with datasets and columns", nl="werkbladen met datasets en kolommen")
        raise unusable(WORKBOOK_FILE.name, fault, expected=expected) from fault


def _workbook(content: Mapping[str, Any]) -> RegionWorkbook:
    return RegionWorkbook(
        file=Text(**content["files"]),
        begins=tuple(content["begins"]),
        start=Text(**content["start"]),
        example=Text(**content["example"]),
        headings={name: Text(**texts) for name, texts in content["headings"].items()},
        sheets=tuple(
            BookSheet(Text(**one["name"]), tuple(one["datasets"]), tuple(one["columns"]), one["example"])
            for one in content["sheets"]
        ),
    )
