"""What was delivered, a calendar year at a time: the rule of the base year (section 1) applied to every year."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from models.region.facts import COLUMNS, FLOWS, PARTS, of_year, shaped, summed_capacity, year_parts
from models.region.succession import DELIVERED_BY, renamed, successors

_YEAR = {"year": pl.Int64}


@dataclass(frozen=True)
class CalendarYears:
    """What was delivered, by calendar year.

    Attributes:
        parts: one row a dataset, year and code that delivered: `dataset`, `year` and the columns of `year_parts`.
        capacity: one row a provider, resource and year: `available`, `used`, `target_utilisation` of the whole year.
    """

    parts: pl.DataFrame
    capacity: pl.DataFrame


def calendar_years(tables: Mapping[str, pl.DataFrame]) -> CalendarYears:
    """Returns what was delivered as calendar years, each year for itself.

    A provider that merged counts as its successor from the year of the merger on.

    Args:
        tables: published fact tables by name.
    """
    flows = {name: shaped(tables.get(name), COLUMNS[name]) for name in FLOWS}
    register = shaped(tables.get("provider"), COLUMNS["provider"])
    periods = pl.concat([flow["period"] for flow in flows.values()])
    parts = [pl.DataFrame(schema={"dataset": pl.String, **_YEAR, **PARTS})]
    capacity = [summed_capacity(shaped(None, {**COLUMNS["capacity"], "factor": pl.Float64})).with_columns(_in(0))]
    for year in periods.str.slice(0, 4).cast(pl.Int64).drop_nulls().unique().sort().to_list():
        merged = successors(register, base_year=year)
        rows = {name: of_year(renamed(flow, merged), year) for name, flow in flows.items()}
        own = {name: year_parts(of, register, merged, year=year) for name, of in rows.items()}
        parts += [part.select(pl.lit(name).alias("dataset"), _in(year), pl.all()) for name, part in own.items()]
        factor = own["capacity"].select(DELIVERED_BY, "factor")
        counted = rows["capacity"].join(factor, on=DELIVERED_BY, maintain_order="left")
        capacity.append(summed_capacity(counted).with_columns(_in(year)))
    return CalendarYears(pl.concat(parts), pl.concat(capacity))


def _in(year: int) -> pl.Expr:
    return pl.lit(year, dtype=pl.Int64).alias("year")
