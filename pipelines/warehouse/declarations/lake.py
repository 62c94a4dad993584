"""Where the accepted lines of a workspace lie, and what a supplier's lines come down to once they are counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import narwhals as nw
import polars as pl

from pipelines.intake.log import Record, counting, lake_path
from pipelines.warehouse.declarations.reduction import ORDER, Lines, Reduction
from pipelines.workspace.places import Lake

DATASET = "declarations"


@dataclass(frozen=True)
class LineDelivery:
    """One delivery of lines: whose, for which period, its hash, its file in the lake, and its place in time."""

    supplier: str
    period: str
    delivery: str
    path: Path
    order: int


@dataclass(frozen=True)
class Counted:
    """What the lines of one supplier come down to.

    Attributes:
        cells: Parquet files, one at least, as `Reduction.cells`.
        totals: as `Reduction.totals`.
        unknown: as `Reduction.unknown`.
        repeated: lines that a newer delivery replaced.
        sources: the deliveries that the lines came with, oldest first.
    """

    cells: tuple[Path, ...]
    totals: pl.DataFrame
    unknown: pl.DataFrame
    repeated: int
    sources: tuple[LineDelivery, ...]

    @property
    def supplier(self) -> str:
        """Returns whose lines they are."""
        return self.sources[-1].supplier


def lake_sources(lake: Lake) -> list[LineDelivery]:
    """Returns the deliveries of lines that count, oldest first: by the period of their folder, then by receipt."""
    records = [record for record in counting(lake) if record.dataset == DATASET]
    return [_source(lake, record, order=order) for order, record in enumerate(sorted(records, key=_age))]


def _source(lake: Lake, record: Record, *, order: int) -> LineDelivery:
    return LineDelivery(record.supplier, record.period, record.hash, lake_path(lake, record), order)


def _age(record: Record) -> tuple[int, int, tuple[str, str, str]]:
    """Returns what decides which of two deliveries is the newer: a year ends with its last quarter."""
    return int(record.period[:4]), int(record.period[5:] or 4), record.order


def by_supplier(sources: Sequence[LineDelivery]) -> list[list[LineDelivery]]:
    """Returns deliveries of lines a supplier at a time, each still oldest first."""
    ordered = sorted(sources, key=attrgetter("supplier"))
    return [list(group) for _, group in groupby(ordered, key=attrgetter("supplier"))]


def cells_of(found: Reduction, sources: Sequence[LineDelivery]) -> Lines:
    """Returns the cells of a reduction with their newest delivery: the only one there is, or the one they found."""
    return found.cells if len(sources) > 1 else found.cells.with_columns(nw.lit(sources[0].order).alias(ORDER))
