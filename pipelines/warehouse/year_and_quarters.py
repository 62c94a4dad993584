"""A year that was delivered as a year and by quarter as well: one of the two counts, the other is set aside and told.

A year is at least its quarters. Where its figures come to less than those of the quarters beside it, they are no year's
(a quarter's file in the year's folder), and the quarters count; else the year counts. No fact table holds both.
"""

from collections.abc import Iterable
from dataclasses import replace

import duckdb
import polars as pl

from data_contracts.contract import load_contract
from pipelines.judging.from_contract import ddl
from pipelines.warehouse.building import Loaded

MEASURES = {"volume": "units", "revenue": "revenue_eur", "capacity": "coalesce(available, used)"}
"""What the year and its quarters of each dataset are compared by: figures that add up over a year."""
BOTH_SCHEMA: dict[str, type[pl.DataType]] = {
    "dataset": pl.String,
    "supplier": pl.String,
    "delivery": pl.String,
    "provider_id": pl.String,
    "period": pl.String,
    "counts": pl.Boolean,
    "amount": pl.Float64,
    "other_amount": pl.Float64,
    "rows": pl.Int64,
}
"""One row a dataset, provider, period and delivery of a year that came both ways."""

_BOTH = """
WITH given AS (
    SELECT supplier, delivery, provider_id, period, left(period, 4) AS year, length(period) = 4 AS yearly,
        {measure} AS amount
    FROM {table} WHERE provider_id IS NOT NULL AND period IS NOT NULL
), compared AS (
    SELECT provider_id, year, coalesce(sum(amount) FILTER (yearly), 0) AS of_year,
        coalesce(sum(amount) FILTER (NOT yearly), 0) AS of_quarters
    FROM given GROUP BY ALL HAVING bool_or(yearly) AND NOT bool_and(yearly)
)
SELECT supplier, delivery, provider_id, period, yearly = (of_year >= of_quarters * (1 - 1e-9)) AS counts,
    any_value(CASE WHEN yearly THEN of_year ELSE of_quarters END) AS amount,
    any_value(CASE WHEN yearly THEN of_quarters ELSE of_year END) AS other_amount, count(*) AS rows
FROM given JOIN compared USING (provider_id, year) GROUP BY ALL ORDER BY ALL
"""


def set_aside(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Takes out of the fact tables of a draft what does not count; returns what came both ways (`BOTH_SCHEMA`)."""
    return pl.concat([pl.DataFrame(schema=BOTH_SCHEMA), *(_of(connection, dataset) for dataset in MEASURES)])


def _of(connection: duckdb.DuckDBPyConnection, dataset: str) -> pl.DataFrame:
    table = ddl.quoted(load_contract(dataset).table)
    found = connection.execute(_BOTH.format(table=table, measure=MEASURES[dataset])).pl()
    connection.register("both_ways", found)
    connection.execute(
        f"DELETE FROM {table} AS fact USING both_ways AS found WHERE NOT found.counts "
        "AND fact.provider_id = found.provider_id AND fact.period = found.period"
    )
    connection.unregister("both_ways")
    return found.select(
        pl.lit(dataset).alias("dataset"), *(pl.col(name).cast(kind) for name, kind in list(BOTH_SCHEMA.items())[1:])
    )


def without(loaded: Iterable[Loaded], both: pl.DataFrame) -> list[Loaded]:
    """Returns the counts of the facts once what does not count was taken out."""
    left_out = dict(both.filter(~pl.col("counts")).group_by("dataset").agg(pl.col("rows").sum()).iter_rows())
    return [
        replace(
            count,
            replaced=count.replaced + left_out.get(count.dataset, 0),
            loaded=count.loaded - left_out.get(count.dataset, 0),
        )
        for count in loaded
    ]
