"""Stale figures carried forward: what a party did not deliver in time is stood in for by its last period before.

Only if `region.yaml` says so (`carry_forward`), only for periods of the base year, only so far back as it allows. The
rows stand in the fact tables under the missing period, with the period they were delivered for in `carried_from`; the
table `carried_forward` lists them, `coverage` calls them stale, and the model flags every party that rests on them.
"""

from collections.abc import Iterator

import duckdb
import polars as pl

from data_contracts.contract import DataContract, load_contract
from data_contracts.release import PROVENANCE
from pipelines.judging.from_contract import ddl
from pipelines.workspace.workspace import RegionConfig

CARRIED_SCHEMA: dict[str, type[pl.DataType]] = {
    "dataset": pl.String,
    "supplier": pl.String,
    "provider_id": pl.String,
    "period": pl.String,
    "carried_from": pl.String,
    "rows": pl.Int64,
}
"""One row a dataset, supplier, party and missing period: which earlier period stands in, with how many rows."""

_SOURCES = """
SELECT DISTINCT provider_id, period, length(period) = 4 AS whole_year,
    CAST(left(period, 4) AS INTEGER) * 4 + coalesce(TRY_CAST(substr(period, 6) AS INTEGER), 4) AS quarter
FROM {table} WHERE provider_id IS NOT NULL AND period IS NOT NULL
"""


def carry_forward(connection: duckdb.DuckDBPyConnection, region: RegionConfig) -> pl.DataFrame:
    """Adds the rows that stand in for missing periods to the fact tables of a draft; returns the table of them."""
    wanted = region.carry_forward
    parts = [pl.DataFrame(schema=CARRIED_SCHEMA)]
    if wanted is not None:
        parts += [
            _carried(connection, region, contract=load_contract(dataset), most=wanted.most_quarters)
            for dataset in wanted.datasets
        ]
    return pl.concat(parts).sort("dataset", "supplier", "provider_id", "period")


def _carried(
    connection: duckdb.DuckDBPyConnection, region: RegionConfig, *, contract: DataContract, most: int
) -> pl.DataFrame:
    """Adds the rows of one dataset; returns which."""
    delivered = connection.execute(_SOURCES.format(table=ddl.quoted(contract.table))).pl()
    year = str(region.base_year)
    stands_in = pl.concat(_stand_ins(delivered, expected=_expected(region), year=year, most=most))
    connection.register("stands_in", stands_in)
    columns = [ddl.quoted(column.name) for column in ddl.published_columns(contract) if column.name != "period"]
    columns += [ddl.quoted(name) for name in PROVENANCE]
    connection.execute(
        f"INSERT INTO {ddl.quoted(contract.table)} BY NAME "
        f"SELECT {', '.join(f'row.{name}' for name in columns)}, stands_in.period, row.period AS carried_from "
        f"FROM {ddl.quoted(contract.table)} AS row JOIN stands_in "
        "ON row.provider_id = stands_in.provider_id AND row.period = stands_in.carried_from"
    )
    connection.unregister("stands_in")
    found = connection.execute(
        f"SELECT supplier, provider_id, period, carried_from, count(*) AS rows FROM {ddl.quoted(contract.table)} "
        "WHERE carried_from IS NOT NULL GROUP BY ALL"
    ).pl()
    return found.select(pl.lit(contract.dataset).alias("dataset"), *list(CARRIED_SCHEMA)[1:])


def _expected(region: RegionConfig) -> pl.DataFrame:
    """Returns the quarters of the base year that the region expects, with their number since the year 0."""
    year = region.base_year
    named = {period for period in region.periods if period.startswith(str(year))}
    quarters = [f"{year}Q{number}" for number in range(1, 5)]
    chosen = [period for period in quarters if period in named] or quarters
    return pl.DataFrame({"period": chosen}).with_columns(
        quarter=pl.lit(year) * 4 + pl.col("period").str.tail(1).cast(pl.Int64)
    )


def _stand_ins(delivered: pl.DataFrame, *, expected: pl.DataFrame, year: str, most: int) -> Iterator[pl.DataFrame]:
    """Yields which period stands in for which, one row a party and missing period.

    Quarter by quarter the last one before; a party that delivers whole years, and none for the base year, its last.
    """
    delivered = delivered.with_columns(pl.col("quarter").cast(pl.Int64))
    within = pl.col("period").str.head(4) == year
    whole = delivered.filter("whole_year", within).select("provider_id").unique()
    quarterly = delivered.filter(~pl.col("whole_year")).join(whole, on="provider_id", how="anti")
    missing = (
        quarterly.select("provider_id").unique().join(expected, how="cross")
        .join(quarterly, on=["provider_id", "period"], how="anti").sort("quarter")
    )  # fmt: skip
    sources = quarterly.select("provider_id", "quarter", carried_from="period").sort("quarter")
    found = missing.join_asof(
        sources, on="quarter", by="provider_id", strategy="backward", tolerance=most, check_sortedness=False
    )
    yield found.drop_nulls("carried_from").select("provider_id", "period", "carried_from")
    none_this_year = delivered.filter("whole_year").join(delivered.filter(within), on="provider_id", how="anti")
    yield (
        none_this_year.filter(pl.col("quarter").is_between(int(year) * 4 + 4 - most, int(year) * 4))
        .sort("quarter").group_by("provider_id").agg(carried_from=pl.col("period").last())
        .select("provider_id", "carried_from", period=pl.lit(year)).select("provider_id", "period", "carried_from")
    )  # fmt: skip
