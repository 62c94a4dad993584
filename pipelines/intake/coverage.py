"""What was expected of whom, and what came: one line a supplier, period and dataset."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from data_contracts.contract import load_contract
from pipelines.intake.log import NOWHERE, Record, read_log, still_refused, superseded_by
from pipelines.workspace.places import Lake
from pipelines.workspace.workspace import RegionConfig

COVERAGE_SCHEMA: dict[str, type[pl.DataType]] = {
    "supplier": pl.String,
    "period": pl.String,
    "dataset": pl.String,
    "expected": pl.Boolean,
    "delivered": pl.Boolean,
    "status": pl.String,
}
"""`status` is complete, partial (rows were refused, or some of its quarters are missing), stale (the newest file was
refused and an older one still counts, or an earlier period stands in) or missing."""


@dataclass(frozen=True)
class _Place:
    """A line of the table: what is expected, or was delivered, of one supplier. Without a period: expected once."""

    supplier: str
    dataset: str
    period: str | None


def coverage(lake: Lake, region: RegionConfig, *, carried: pl.DataFrame | None = None) -> pl.DataFrame:
    """Returns what was expected or delivered, one row a supplier, period and dataset.

    Reference data is expected once: its row has the period it was delivered for, or none while it is missing.
    `carried` (dataset, supplier, period) is what an earlier period stands in for: stale, no longer missing.
    """
    log = [record for record in read_log(lake) if record.dataset != NOWHERE]
    replaced = superseded_by(log)
    counting = [r for r in log if r.counts and r not in replaced and r.withdrawn_at is None]
    expected = list(_expected(region))
    lines = [_line(place, log, counting, expected=True) for place in expected]
    lines += [_line(place, log, counting, expected=False) for place in _unexpected(log, expected)]
    table = pl.DataFrame(lines, schema=COVERAGE_SCHEMA, orient="row").sort("supplier", "dataset", "period")
    return table if carried is None else _with_stand_ins(table, carried)


def _with_stand_ins(table: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Returns the table with what an earlier period stands in for called stale."""
    keys = ["supplier", "dataset", "period"]
    stale = carried.select(keys).unique().with_columns(stands_in=pl.lit(value=True))
    missing = (pl.col("status") == "missing") & pl.col("stands_in").fill_null(value=False)
    return (
        table.join(stale, on=keys, how="left", maintain_order="left")
        .with_columns(status=pl.when(missing).then(pl.lit("stale")).otherwise("status"))
        .drop("stands_in")
    )


def _expected(region: RegionConfig) -> Iterator[_Place]:
    """Yields what `region.yaml` expects: data with a period for every period, other data once."""
    for supplier in region.suppliers:
        for dataset in supplier.datasets:
            periods = region.periods if _by_period(dataset) else [None]
            yield from (_Place(supplier.supplier, dataset, period) for period in periods)


def _by_period(dataset: str) -> bool:
    return load_contract(dataset).has_period or dataset == "declarations"


def _unexpected(log: list[Record], expected: list[_Place]) -> list[_Place]:
    """Returns the places of deliveries that nobody expected."""
    places = {
        _Place(record.supplier, record.dataset, period)
        for record in log
        for period in _periods_of(record)
        if not any(_answers(record, place) for place in expected)
    }
    return sorted(places, key=lambda place: (place.supplier, place.dataset, place.period or ""))


def _periods_of(record: Record) -> tuple[str, ...]:
    """Returns the periods that a delivery speaks of: those of its rows, else that of its folder."""
    return record.periods or (record.period,)


def _answers(record: Record, place: _Place) -> bool:
    """Returns whether a delivery is (part of) what is expected at a place."""
    if (record.supplier, record.dataset) != (place.supplier, place.dataset):
        return False
    return place.period is None or any(_overlap(period, place.period) for period in _periods_of(record))


def _overlap(one: str, other: str) -> bool:
    """Returns whether two periods share time: a quarter is part of its year."""
    return one.startswith(other) or other.startswith(one)


def _line(
    place: _Place, log: list[Record], counting: list[Record], *, expected: bool
) -> tuple[str, str | None, str, bool, bool, str]:
    there = [record for record in counting if _answers(record, place)]
    tried = [record for record in log if _answers(record, place)]
    period = place.period or max((record.period for record in there), default=None)
    return place.supplier, period, place.dataset, expected, bool(there), _status(place, there, tried)


def _status(place: _Place, there: list[Record], tried: list[Record]) -> str:
    if not there:
        return "missing"
    newest = max(tried, key=lambda record: record.order)
    if not newest.counts and newest.group in {record.group for record in there}:
        return "stale"
    if any(still_refused(record, there) for record in there) or not _whole(place.period, there):
        return "partial"
    return "complete"


def _whole(period: str | None, there: list[Record]) -> bool:
    """Returns whether deliveries of quarters make up the year that is expected."""
    if period is None or len(period) != 4:
        return True
    delivered = {one for record in there for one in _periods_of(record)}
    return period in delivered or {f"{period}Q{quarter}" for quarter in range(1, 5)} <= delivered
