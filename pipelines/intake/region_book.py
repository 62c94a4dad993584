"""The one workbook of a region in the inbox: which datasets are filled in on its sheets, and each as a table.

A sheet is read by the reader of every other workbook; here only example rows are left out, the period of the folder is
put beside rows that name none, and what stands side by side on a sheet goes to its own dataset.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

from data_contracts.contract import DataContract, load_contract, load_contracts
from data_contracts.region_workbook import BookSheet, region_workbook
from data_contracts.text import Text
from pipelines.intake.region_care import has_text, heading_of, left_out, only, summed, with_column, with_products
from pipelines.judging.verdict import Refusal
from pipelines.reading.formats import RawTable, Unreadable, read_delivery
from pipelines.reading.formats.excel import sheet_names
from pipelines.reading.formats.raw import three_parts

_EXAMPLES = Text(en="they are examples", nl="het zijn voorbeelden")
_PERIOD = "period"


@dataclass(frozen=True)
class BookPart:
    """One dataset that is filled in on a sheet."""

    sheet: str
    dataset: str


@dataclass(frozen=True)
class RegionBook:
    """What is filled in: a part for each dataset, and sheets that hold a table under a name that nobody knows."""

    parts: tuple[BookPart, ...]
    unknown: tuple[str, ...]


def region_book(path: Path) -> RegionBook | None:
    """Returns what is filled in on the workbook of a region, or None if a file is none."""
    if not region_workbook().is_meant(path.name):
        return None
    stat = path.stat()
    return _book_once(path, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=64)
def _book_once(path: Path, changed: tuple[int, int]) -> RegionBook | None:
    del changed  # a part of the key: a file that changes is looked at again
    try:
        names = sheet_names(path)
    except Unreadable:
        return None
    known = {name: spec for name in names if (spec := region_workbook().sheet(name)) is not None}
    if not known:
        return None
    parts = [BookPart(name, dataset) for name, spec in known.items() for dataset in _filled(path, name, spec)]
    others = [name for name in names if name not in known and not region_workbook().is_start(name)]
    return RegionBook(tuple(parts), tuple(name for name in others if _holds_a_table(path, name)))


def _filled(path: Path, name: str, spec: BookSheet) -> Iterator[str]:
    """Yields the datasets of which a sheet has a row; of one that cannot be read all, so that it is refused aloud."""
    try:
        sheet = _without_examples(_sheet(path, name, spec), spec)
    except Unreadable:
        yield from spec.datasets
        return
    for dataset in spec.datasets:
        if dataset == "revenue":
            heading = heading_of(sheet, load_contract(dataset), "revenue_eur")
            if heading is not None and has_text(sheet.frame[heading]).any():
                yield dataset
        elif sheet.rows:
            yield dataset


def _holds_a_table(path: Path, name: str) -> bool:
    """Returns whether a sheet has all headings that a dataset must have, above rows."""

    def known(heading: str) -> str | None:
        found = (contract.for_heading(heading) for contract in load_contracts().values())
        return next((column.name for column in found if column is not None), None)

    try:
        sheet = read_delivery(path, known=known, sheet=re.escape(name.strip()))
    except Unreadable:
        return False
    return sheet.rows > 0 and any(_has_headings(sheet, contract) for contract in load_contracts().values())


def _has_headings(sheet: RawTable, contract: DataContract) -> bool:
    needed = [column.name for column in contract.columns if column.heading_required]
    return all(heading_of(sheet, contract, name) is not None for name in needed)


def unknown_sheets(names: tuple[str, ...]) -> Refusal:
    """Returns the refusal of sheets that hold a table under a name that the workbook does not have."""
    shown = ", ".join(f"'{name}'" for name in names)
    sheets = region_workbook().sheets
    message = three_parts(
        Text(en=f"a table on the sheet {shown}", nl=f"een tabel op het werkblad {shown}"),
        Text(
            en=f"tables on the sheets {', '.join(one.name.en for one in sheets)}",
            nl=f"tabellen op de werkbladen {', '.join(one.name.nl for one in sheets)}",
        ),
        Text(
            en="give the sheet one of these names, or deliver it as a file of its own; the others were read",
            nl="geef het werkblad een van deze namen, of lever het als eigen bestand; de andere zijn gelezen",
        ),
    )
    return Refusal("unknown_sheet", message)


def read_region_sheet(path: Path, contract: DataContract, *, sheet: str, period: str, country: str) -> RawTable:
    """Returns what a sheet has for one dataset, under the headings of the sheet.

    Args:
        path: the workbook.
        contract: of the dataset.
        sheet: the name of the sheet.
        period: that of the folder, which counts where the sheet has no column for it.
        country: of the region.

    Raises:
        Unreadable: the sheet is no table.
    """
    spec = region_workbook().sheet(sheet)
    if spec is None:
        raise Unreadable(
            Text(en=f"the sheet '{sheet}'", nl=f"het werkblad '{sheet}'"),
            expected=Text(en="a sheet of the workbook of a region", nl="een werkblad van de werkmap van een regio"),
            action=Text(en="correct its name", nl="verbeter de naam"),
        )
    raw = _with_period(_without_examples(_sheet(path, sheet, spec), spec), contract, period=period)
    if len(spec.datasets) == 1:
        return raw
    raw = with_products(raw, country=country)
    return summed(raw, contract) if contract.dataset == "revenue" else only(raw, contract, of=spec)


def _sheet(path: Path, name: str, spec: BookSheet) -> RawTable:
    return read_delivery(path, known=spec.meant, sheet=re.escape(name.strip()))


def _without_examples(raw: RawTable, spec: BookSheet) -> RawTable:
    """Returns a sheet without the rows that the workbook came with to show how it is filled in."""
    marked = heading_of(raw, load_contract(spec.datasets[0]), spec.columns[0])
    if marked is None:
        return raw
    pattern = region_workbook().example_pattern
    return left_out(raw, raw.frame[marked].str.contains(pattern).fill_null(value=False), _EXAMPLES)


def _with_period(raw: RawTable, contract: DataContract, *, period: str) -> RawTable:
    if not contract.has_period or heading_of(raw, contract, _PERIOD) is not None:
        return raw
    return with_column(raw, _PERIOD, pl.lit(period))
