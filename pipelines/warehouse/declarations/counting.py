"""Lines beside what was delivered as volume and revenue: which of the two counts, and the rows that come from lines.

A provider's care of one quarter counts once. Lines go before delivered figures, if deliveries of lines cover all
quarters of those; else the delivered figures stay, for lines of part of a period would show too little care. Of two
suppliers with lines of one provider, the one that speaks for it counts, else the one that delivered last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from data_contracts.contract import DataContract, load_contract
from pipelines.judging.from_contract.ddl import literal, quoted
from pipelines.warehouse.declarations.lake import Counted, LineDelivery
from pipelines.warehouse.declarations.reduction import PERIOD

LINES, LINES_FIRST = "lines", "lines_before_delivered"
DELIVERED, OTHER_SUPPLIER = "delivered", "other_supplier"
"""Where a provider's volume or revenue of a period comes from."""

FACTS = ("volume", "revenue")

COUNT_SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "supplier": pl.String,
    "delivery": pl.String,
    "provider_id": pl.String,
    "period": pl.String,
    "lines": pl.Int64,
    "counted": pl.Int64,
    "corrections": pl.Int64,
    "reversed": pl.Int64,
    "unknown_corrections": pl.Int64,
    "without_pseudonym": pl.Int64,
    "without_amount": pl.Int64,
    "units": pl.Float64,
    "revenue_eur": pl.Decimal(precision=18, scale=2),
    "volume_from": pl.String,
    "revenue_from": pl.String,
}
"""One row a supplier, provider and period (empty: not closed yet) of lines; `delivery` is the newest with lines."""

_QUARTERS = (1, 2, 3, 4)


@dataclass(frozen=True)
class Merged:
    """What became of the facts: rows added from lines and delivered rows left out for them, by table."""

    added: Mapping[str, int]
    left_out: Mapping[str, int]
    counts: pl.DataFrame


def nothing() -> Merged:
    """Returns what becomes of the facts without lines: they stay as they are."""
    return Merged(dict.fromkeys(FACTS, 0), dict.fromkeys(FACTS, 0), pl.DataFrame(schema=COUNT_SCHEMA))


def merge(
    connection: duckdb.DuckDBPyConnection, counted: Sequence[Counted], *, speaks_for: Mapping[str, frozenset[str]]
) -> Merged:
    """Puts volume and revenue from lines into the fact tables, in the place of delivered rows that they go before.

    Args:
        connection: an open draft with the tables `volume` and `revenue`, filled with what was delivered.
        counted: what the lines come down to, one each supplier.
        speaks_for: the providers that each supplier speaks for.
    """
    parts = (f"SELECT *, {literal(one.supplier)} AS supplier FROM {_read(one.cells)}" for one in counted)
    connection.execute(f"CREATE TEMP TABLE cell AS {' UNION ALL BY NAME '.join(parts)}")
    sources = _sources(source for one in counted for source in one.sources)
    connection.register("source", sources)
    owners = _owners(connection, counted, sources=sources, speaks_for=speaks_for)
    added, left_out = {}, {}
    for table in FACTS:
        decided = _decided(connection, table, owners=owners, sources=sources)
        owners = _with_origin(owners, table, decided=decided)
        left_out[table], added[table] = _replace(connection, table, owners=owners, decided=decided)
    connection.unregister("source")
    connection.execute("DROP TABLE cell")
    return Merged(added, left_out, _counts(owners))


def _read(files: Sequence[Path]) -> str:
    """Returns what reads some Parquet files as one table."""
    return f"read_parquet([{', '.join(literal(str(file)) for file in files)}])"


_OWNER = ["supplier", "provider_id", "period"]


def _sources(sources: Iterable[LineDelivery]) -> pl.DataFrame:
    """Returns the deliveries of lines, one row each."""
    rows = [(source.supplier, source.period, source.delivery, source.order) for source in sources]
    schema = {"supplier": pl.String, "folder": pl.String, "delivery": pl.String, "delivery_order": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _owners(
    connection: duckdb.DuckDBPyConnection,
    counted: Sequence[Counted],
    *,
    sources: pl.DataFrame,
    speaks_for: Mapping[str, frozenset[str]],
) -> pl.DataFrame:
    """Returns one row a supplier, provider and period of lines: its counts, and whether it goes before other suppliers.

    The period is empty for lines that are not closed.
    """
    cells = connection.execute(
        """
        SELECT supplier, provider_id, period_code, sum(lines)::BIGINT AS counted,
            sum(lines - with_pseudonym)::BIGINT AS without_pseudonym,
            sum(lines - priced_lines)::BIGINT AS without_amount,
            sum(units) AS units, sum(revenue_eur)::DECIMAL(18, 2) AS revenue_eur
        FROM cell GROUP BY supplier, provider_id, period_code
        """
    ).pl()
    key = ["supplier", "provider_id", PERIOD]
    unknown = pl.concat(one.unknown.with_columns(supplier=pl.lit(one.supplier)) for one in counted)
    totals = pl.concat(one.totals.with_columns(supplier=pl.lit(one.supplier)) for one in counted)
    newest = sources.sort("delivery_order").group_by("supplier", maintain_order=True).last()
    spoken_for = [(supplier, provider) for supplier, providers in speaks_for.items() for provider in providers]
    own = pl.DataFrame(spoken_for, schema={"supplier": pl.String, "provider_id": pl.String}, orient="row")
    owners = totals.join(cells, on=key, how="left")
    owners = owners.join(unknown.group_by(key).len("unknown_corrections"), on=key, how="left")
    owners = owners.join(own.with_columns(own=True), on=["supplier", "provider_id"], how="left")
    owners = owners.join(newest.drop("folder"), on="supplier", how="left")
    owners = owners.sort(pl.col("own").fill_null(value=False), "delivery_order", descending=True)
    first = pl.int_range(pl.len()).over("provider_id", PERIOD) == 0
    return owners.with_columns(goes_before=first).sort("provider_id", PERIOD, "supplier")


def _decided(
    connection: duckdb.DuckDBPyConnection, table: str, *, owners: pl.DataFrame, sources: pl.DataFrame
) -> pl.DataFrame:
    """Returns what of a table is delivered for a time that lines speak of too, one row such a provider and period.

    `wins` says whether lines go before: deliveries of lines cover every quarter of all that was delivered for that
    provider's year. Then there are no rows of both for one quarter, whatever mix of quarters and years was delivered.
    """
    delivered = connection.execute(f"SELECT DISTINCT provider_id, period FROM {quoted(table)} ORDER BY ALL").pl()
    mine = owners.filter("goes_before", pl.col(PERIOD) > 0)
    lines = _by_quarter(mine.select("provider_id", "supplier", "period")).drop("period")
    covered = _by_quarter(sources.select("supplier", period="folder")).select("supplier", "quarter").unique()
    clashes = _by_quarter(delivered).join(lines, on=["provider_id", "quarter"]).drop("quarter").unique()
    quarters = _by_quarter(clashes).join(covered.with_columns(covered=True), on=["supplier", "quarter"], how="left")
    year = pl.col("period").str.head(4)
    whole = pl.col("covered").fill_null(value=False).all().over("provider_id", year)
    return quarters.with_columns(wins=whole).select("provider_id", "period", "supplier", "wins").unique()


def _by_quarter(frame: pl.DataFrame) -> pl.DataFrame:
    """Returns a frame with a row for every quarter of its `period`, numbered as `quarter` (20253)."""
    year, named = (
        pl.col("period").str.head(4).cast(pl.Int64) * 10,
        pl.col("period").str.slice(5).str.to_integer(strict=False),
    )
    quarters = pl.concat_list(year + quarter for quarter in _QUARTERS)
    one = pl.concat_list(year + named)
    return frame.with_columns(quarter=pl.when(named.is_null()).then(quarters).otherwise(one)).explode("quarter")


def _with_origin(owners: pl.DataFrame, table: str, *, decided: pl.DataFrame) -> pl.DataFrame:
    """Returns the owners with where their figures in a table come from."""
    quarters = _by_quarter(decided).group_by("provider_id", "quarter").agg(pl.col("wins").all())
    closed = _by_quarter(owners.filter(pl.col(PERIOD) > 0).select(*_OWNER))
    clashing = closed.join(quarters, on=["provider_id", "quarter"]).group_by(_OWNER).agg(pl.col("wins").all())
    joined = owners.join(clashing, on=_OWNER, how="left", maintain_order="left")
    beside = pl.when("wins").then(pl.lit(LINES_FIRST)).otherwise(pl.lit(DELIVERED))
    chosen = pl.when(pl.col("wins").is_null()).then(pl.lit(LINES)).otherwise(beside)
    origin = pl.when("goes_before").then(chosen).otherwise(pl.lit(OTHER_SUPPLIER))
    closed_only = pl.when(pl.col("period").is_not_null()).then(origin)
    return joined.with_columns(closed_only.alias(f"{table}_from")).drop("wins")


def _replace(
    connection: duckdb.DuckDBPyConnection, table: str, *, owners: pl.DataFrame, decided: pl.DataFrame
) -> tuple[int, int]:
    """Takes out the delivered rows that lines go before and puts those from lines in; returns how many of each.

    All rows are then in the order of the key: sums over them are the same, whoever delivered them.
    """
    contract = load_contract(table)
    connection.register("won", decided.filter("wins").select("provider_id", "period").unique())
    connection.register("owner", owners.filter(pl.col(f"{table}_from").is_in([LINES, LINES_FIRST])).select(_OWNER))
    left_out = _changed(connection, f"DELETE FROM {quoted(table)} WHERE (provider_id, period) IN (FROM won)")
    connection.execute(f"CREATE TEMP TABLE delivered AS FROM {quoted(table)}")
    before = _changed(connection, f"DELETE FROM {quoted(table)}")
    order = ", ".join(quoted(name) for name in contract.key)
    union = f"FROM delivered UNION ALL BY NAME ({_from_lines(contract)})"
    after = _changed(connection, f"INSERT INTO {quoted(table)} BY NAME SELECT * FROM ({union}) ORDER BY {order}")
    connection.execute("DROP TABLE delivered")
    connection.unregister("won")
    connection.unregister("owner")
    return left_out, after - before


def _changed(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    """Returns the number of rows that a statement changed."""
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _from_lines(contract: DataContract) -> str:
    """Returns the query for a fact's rows from lines: a cell is a row of volume, and some are one row of revenue."""
    key = ", ".join(quoted(name) for name in contract.key)
    chosen = "cell JOIN owner USING (supplier, provider_id, period) JOIN source USING (supplier, delivery_order)"
    if contract.table == "volume":
        return f"SELECT {key}, patients, units, supplier, delivery FROM {chosen}"
    return f"""
    SELECT {key}, sum(priced_units) AS units, sum(revenue_eur) AS revenue_eur, supplier,
        arg_max(delivery, delivery_order) AS delivery
    FROM {chosen} WHERE priced_lines > 0 GROUP BY {key}, supplier
    """


def _counts(owners: pl.DataFrame) -> pl.DataFrame:
    """Returns the owners as `COUNT_SCHEMA`."""
    numbers = [name for name, dtype in COUNT_SCHEMA.items() if dtype == pl.Int64]
    closed = pl.when(pl.col(PERIOD) > 0)
    taken_out = closed.then(pl.col("lines") - pl.col("corrections") - pl.col("counted"))
    filled = owners.with_columns(pl.col(name).fill_null(0) for name in numbers if name in owners.columns)
    return filled.with_columns(reversed=taken_out.otherwise(0)).select(
        pl.col(name).cast(dtype) for name, dtype in COUNT_SCHEMA.items()
    )
