"""What lies in the inbox of the demonstration region: the suppliers' files, with a few honest defects in them.

Each defect stands once, in one file, and no more than a small part of it: a totals row, numbers written as "<10", a
provider that is not in the register, a row that is there twice, a file that is sent again, a quarter that is not there
yet, and leading zeros that Excel lost.
"""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.demo import handwriting
from pipelines.demo.datasets import RegionDatasets
from pipelines.demo.handwriting import Handwriting
from pipelines.demo.suppliers import REGION, InventedSupplier, suppliers
from pipelines.demo.volumes import PERIODS

DAYS_AFTER_QUARTER = 20
DAYS_UNTIL_SENT_AGAIN = 12
REFERENCE_PERIOD = PERIODS[0]
CONTRACT_PERIOD = "2025Q1"
COST_PERIOD = "2025Q4"
PERIOD_OF = {"contracts": CONTRACT_PERIOD, "unit_costs": COST_PERIOD}
PERIODICAL = frozenset({"volume", "revenue", "capacity", "waiting_list"})
EXCEL_REFERENCE = frozenset({"providers", "volume_norms"})
UNKNOWN_PROVIDER = "06999998"  # a location that was closed; nobody put it in the register
FORGOTTEN_SPECIALISM = "0320"

Defect = Callable[[pl.DataFrame], pl.DataFrame]


@dataclass(frozen=True)
class InboxFile:
    """One file to be delivered: its table, its place in the inbox and when it came."""

    supplier: str
    period: str
    dataset: str
    name: str
    table: pl.DataFrame
    layout: Handwriting
    received: dt.datetime

    def path(self, inbox: Path) -> Path:
        """Returns where the file lies."""
        return inbox / self.supplier / self.period / f"{self.name}.{self.layout.format}"


def deliver(figures: RegionDatasets, *, inbox: Path) -> None:
    """Writes every delivery of the region into the inbox, with the time at which it came."""
    for parcel in parcels(figures):
        path = parcel.path(inbox)
        handwriting.write(parcel.table, path=path, dataset=parcel.dataset, layout=parcel.layout)
        moment = parcel.received.timestamp()
        os.utime(path, (moment, moment))


def parcels(figures: RegionDatasets) -> Iterator[InboxFile]:
    """Yields every delivery, in the order of the suppliers."""
    for place, supplier in enumerate(suppliers()):
        for dataset in supplier.datasets:
            table = _own(figures, supplier=supplier, dataset=dataset)
            layout = _layout(supplier, dataset=dataset)
            for period in PERIODS if dataset in PERIODICAL else (_single_period(dataset),):
                if (supplier.supplier, period) == LATE:
                    continue
                part = table.filter(pl.col("period") == period) if dataset in PERIODICAL else table
                name = f"{dataset}_{period}" if supplier.dated_names else dataset
                first = InboxFile(
                    *(supplier.supplier, period, dataset, name, part, layout),
                    received=_received(period, place=place),
                )
                yield from _with_defect(first)


def _single_period(dataset: str) -> str:
    return PERIOD_OF.get(dataset, REFERENCE_PERIOD)


def _own(figures: RegionDatasets, *, supplier: InventedSupplier, dataset: str) -> pl.DataFrame:
    """Returns the part of a dataset that a supplier delivers."""
    if supplier.payer_id is not None:
        return figures.of(dataset).filter(pl.col("payer_id") == supplier.payer_id)
    return figures.of(dataset, *supplier.provider_ids)


def _layout(supplier: InventedSupplier, *, dataset: str) -> Handwriting:
    if supplier.supplier == REGION and dataset in EXCEL_REFERENCE:
        return Handwriting(format="xlsx")
    return supplier.layout


def _received(period: str, *, place: int) -> dt.datetime:
    """Returns when a supplier's file came: some three weeks after the quarter, every supplier at its own hour."""
    year, quarter = int(period[:4]), int(period[-1])
    after = dt.datetime(year + quarter // 4, quarter % 4 * 3 + 1, 1, 9, tzinfo=dt.UTC)
    start = dt.datetime(year, quarter * 3 - 2, 1, 9, tzinfo=dt.UTC)
    moment = start if place == 0 else after + dt.timedelta(days=DAYS_AFTER_QUARTER)
    return moment + dt.timedelta(hours=place)


# ---- The defects


LATE = ("schorrenland-ziekenhuis", "2025Q4")  # in the middle of a move to another hospital system
DIGIT_TOO_MANY = ("orthokliniek-otterkade", "2024Q2", "revenue")  # accepted; the year before the one that counts
SENT_AGAIN = ("klutenveer-ziekenhuis", "2025Q2", "volume")


def _totals_row(table: pl.DataFrame) -> pl.DataFrame:
    """Adds the row that a spreadsheet puts under its columns."""
    total = pl.DataFrame({"provider_id": ["Totaal"], "units": [table["units"].sum()]})
    return pl.concat([table, total], how="diagonal")


def _below_ten(table: pl.DataFrame) -> pl.DataFrame:
    """Writes small numbers of patients as "<10", for one specialism whose payer is not known."""
    hidden = (pl.col("patients") < 10) & pl.col("payer_id").is_null() & (pl.col("specialism") == "0310")
    return table.with_columns(
        patients=pl.when(hidden).then(pl.lit("<10")).otherwise(pl.col("patients").cast(pl.String))
    )


def _unknown_provider(table: pl.DataFrame) -> pl.DataFrame:
    """Gives a few rows the number of a location that is not in the register."""
    closed = pl.int_range(pl.len()) % 500 == 250
    return table.with_columns(provider_id=pl.when(closed).then(pl.lit(UNKNOWN_PROVIDER)).otherwise("provider_id"))


def _row_twice(table: pl.DataFrame) -> pl.DataFrame:
    """Repeats one row at the end, as copying and pasting does."""
    return pl.concat([table, table.slice(table.height // 2, 1)])


def _digit_too_many(table: pl.DataFrame) -> pl.DataFrame:
    """Writes the revenue of one row with a digit too many: nothing a row shows by itself, but no price of that care."""
    row = pl.int_range(pl.len()) == table["units"].arg_max()
    return table.with_columns(revenue_eur=pl.when(row).then(pl.col("revenue_eur") * 10).otherwise("revenue_eur"))


DEFECTS: dict[tuple[str, str, str], Defect] = {
    ("havenlicht-ziekenhuis", "2025Q3", "volume"): _totals_row,
    ("kliniek-lepelaar", "2025Q3", "volume"): _below_ten,
    ("klutenveer-ziekenhuis", "2025Q1", "revenue"): _unknown_provider,
    ("oogziekenhuis-de-stern", "2025Q1", "volume"): _row_twice,
    DIGIT_TOO_MANY: _digit_too_many,
}


def _with_defect(parcel: InboxFile) -> Iterator[InboxFile]:
    """Yields the parcel as it was delivered; one was sent first without cardiology, then whole."""
    key = (parcel.supplier, parcel.period, parcel.dataset)
    if key == SENT_AGAIN:
        later = parcel.received + dt.timedelta(days=DAYS_UNTIL_SENT_AGAIN)
        incomplete = parcel.table.filter(pl.col("specialism") != FORGOTTEN_SPECIALISM)
        yield _changed(parcel, table=incomplete)
        yield _changed(parcel, table=parcel.table, name=f"{parcel.name}_v2", received=later)
    else:
        yield _changed(parcel, table=DEFECTS[key](parcel.table) if key in DEFECTS else parcel.table)


def _changed(
    parcel: InboxFile, *, table: pl.DataFrame, name: str | None = None, received: dt.datetime | None = None
) -> InboxFile:
    return InboxFile(
        *(parcel.supplier, parcel.period, parcel.dataset, name or parcel.name, table, parcel.layout),
        received=received or parcel.received,
    )
