"""The warehouse: one new DuckDB file per release, with the accepted facts, the delivery log and the results.

One SQL statement per fact table takes it from the lake to the file; every table and column gets a COMMENT. Nothing here
writes to a published file: a draft is written and closed here, and published elsewhere.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
from polars import selectors as cs

from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.contract import DataContract, published_contracts
from data_contracts.release import INTERFACE, PROVENANCE, Kind, ReleaseTable, release_table, tables_of
from pipelines.intake import deliveries
from pipelines.judging.from_contract import ddl
from pipelines.warehouse.declarations import Merged
from pipelines.workspace.places import Lake
from pipelines.workspace.workspace import RegionConfig

STORAGE_VERSION = "v1.2.0"
"""The file format: analysts with older DuckDB clients can open it."""

SMALL_BLOCK, USUAL_BLOCK = 65_536, 262_144
"""Bytes of a block of the file. A column of a table takes a block at least, and a release has many small tables: with
the quarter of a megabyte that DuckDB takes by itself the demonstration region's file is half as large again. In smaller
blocks DuckDB 1.5 does not compress fractions, which weighs more in many rows: from `LARGE_ROWS` on blocks are usual."""

LARGE_ROWS = 1_000_000
"""So many rows of facts: an uncompressed fraction takes five bytes more, and usual blocks take some nine megabytes."""

HASH_IN_NAME = 12
"""A lake file is named after the first characters of its delivery's hash."""

_DUCKDB_TYPES: dict[Kind, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "moment": "TIMESTAMP",
    "numbers": "DOUBLE[]",
}


@dataclass(frozen=True)
class Loaded:
    """What became of a dataset's accepted rows: a newer delivery of a row replaces the older one of the same key.

    `counted` rows of the table come from declarations, beside those; rows that they go before are `replaced`.
    """

    dataset: str
    fact: str
    accepted: int
    replaced: int
    loaded: int
    counted: int = 0


@contextmanager
def writing(database: Path, *, rows: int = 0) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens a draft's database for writing, its tables under their bare names; complete and closed afterwards.

    All that is written counts together, at the end: a commit a statement is a write to the disk each. A new file is
    laid out for about so many `rows` of facts; one that is there stays as it is.
    """
    block = USUAL_BLOCK if rows >= LARGE_ROWS else SMALL_BLOCK
    options = f"STORAGE_VERSION '{STORAGE_VERSION}'" + ("" if database.exists() else f", BLOCK_SIZE {block}")
    with duckdb.connect() as connection:
        connection.execute(NO_REPLACEMENTS)
        connection.execute(f"ATTACH {ddl.literal(str(database))} AS release ({options})")
        connection.execute("USE release")
        connection.begin()
        yield connection
        connection.commit()
        connection.execute("CHECKPOINT release")
        connection.execute("USE memory")
        connection.execute("DETACH release")


@contextmanager
def reading(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens a release's database read-only, by its real path: a later release does not change what is read."""
    with duckdb.connect(str(database.resolve()), read_only=True) as connection:
        connection.execute(NO_REPLACEMENTS)
        yield connection


def build_facts(connection: duckdb.DuckDBPyConnection, lake: Lake) -> Iterator[Loaded]:
    """Creates every fact table, fills it with the accepted rows that count, and yields the counts of each."""
    received = deliveries.records(lake)
    for contract in published_contracts():
        files = accepted_files(deliveries.accepted(lake, contract.dataset), contract=contract, received=received)
        yield build_fact(connection, contract, files=files)


def with_declarations(loaded: Iterable[Loaded], merged: Merged) -> list[Loaded]:
    """Returns the counts of the facts once lines of declarations have been counted into them."""
    return [
        replace(
            count,
            replaced=count.replaced + merged.left_out.get(count.fact, 0),
            loaded=count.loaded - merged.left_out.get(count.fact, 0),
            counted=merged.added.get(count.fact, 0),
        )
        for count in loaded
    ]


def accepted_files(paths: Sequence[Path], *, contract: DataContract, received: pl.DataFrame) -> pl.DataFrame:
    """Returns the lake files of a dataset, one row a file: its path, the period of its folder, when it was received."""
    files = pl.DataFrame(
        {
            "filename": [str(path) for path in paths],
            "supplier": [path.parent.parent.name for path in paths],
            "period": [path.parent.name for path in paths],
            "short_hash": [path.stem for path in paths],
        },
        schema=dict.fromkeys(("filename", "supplier", "period", "short_hash"), pl.String),
    )
    log = received.filter(pl.col("dataset") == contract.dataset).select(
        "supplier", "period", "received_at", short_hash=pl.col("hash").str.head(HASH_IN_NAME)
    )
    return files.join(log, on=["supplier", "period", "short_hash"], how="left", maintain_order="left")


def build_fact(connection: duckdb.DuckDBPyConnection, contract: DataContract, *, files: pl.DataFrame) -> Loaded:
    """Creates the table of one dataset and fills it from its lake files, in one statement; returns the counts."""
    for statement in ddl.create_published_table(contract):
        connection.execute(statement)
    if files.is_empty():
        return Loaded(contract.dataset, contract.table, accepted=0, replaced=0, loaded=0)
    connection.register("accepted_file", files)
    connection.execute(fact_statement(contract, files["filename"].to_list()))
    own = "TRUE" if contract.has_period else _OWN
    accepted = _count(connection, f"read_parquet({_literals(files['filename'].to_list())}) WHERE {own}")
    loaded = _count(connection, f"{ddl.quoted(contract.table)} WHERE {own}")
    connection.unregister("accepted_file")
    return Loaded(contract.dataset, contract.table, accepted=accepted, replaced=accepted - loaded, loaded=loaded)


_OWN = f"left(delivery, {HASH_IN_NAME}) IN (SELECT short_hash FROM accepted_file)"
"""Of a row that its file's own delivery brought: beside it may count what stands of an earlier one."""


def fact_statement(contract: DataContract, paths: Sequence[str]) -> str:
    """Returns the statement that fills a fact table from lake files.

    Of rows with one key the newest counts: that of the latest period (of the folder), then of the latest receipt; a row
    of an older delivery whose key no newer one holds stays. A null in a key is a value of its own.
    """
    published = (*(column.name for column in ddl.published_columns(contract)), *PROVENANCE)
    columns = ", ".join(f"row.{ddl.quoted(name)}" for name in published)
    key = ", ".join(f"row.{ddl.quoted(name)}" for name in contract.key)
    return f"""
    INSERT INTO {ddl.quoted(contract.table)} BY NAME
    SELECT {columns}
    FROM read_parquet({_literals(paths)}, union_by_name => true, filename => true) AS row
    JOIN accepted_file AS file ON row.filename = file.filename
    QUALIFY row_number() OVER (
        PARTITION BY {key}
        ORDER BY {_last_quarter("file.period")} DESC, file.received_at DESC, file.filename DESC
    ) = 1
    ORDER BY {key}
    """


def _last_quarter(period: str) -> str:
    """Returns SQL that numbers the last quarter of a period: a year ends with its fourth."""
    quarter = f"coalesce(nullif(regexp_extract({period}, 'Q([1-4])$', 1), '')::INTEGER, 4)"
    return f"(coalesce(try_cast(left({period}, 4) AS INTEGER), 0) * 4 + {quarter})"


def write_log(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    region: RegionConfig,
    *,
    loaded: Sequence[Loaded],
    carried: pl.DataFrame,
) -> None:
    """Writes where the facts came from: every delivery, every refused row, what was expected, what was loaded.

    `carried` is what stands in for what is missing, as `carry_forward` returns it.
    """
    write_release_table(connection, "delivery", deliveries.records(lake))
    write_release_table(connection, "rejection", deliveries.rejections(lake))
    write_release_table(connection, "coverage", deliveries.coverage(lake, region, carried=carried))
    write_release_table(connection, "loaded", pl.DataFrame([vars(count) for count in loaded]))


def write_identity(
    connection: duckdb.DuckDBPyConnection,
    region: RegionConfig,
    *,
    release: str,
    created_at: datetime,
    fingerprint: str,
    versions: Mapping[str, str],
) -> None:
    """Writes what a release is, by its id and the moment its build began.

    Last of the warehouse's tables: its presence says that the others are there.
    """
    identity = {
        "id": release,
        "created_at": created_at,
        "interface": INTERFACE,
        "region": region.region,
        "name_nl": region.name.nl,
        "name_en": region.name.en,
        "country": region.country,
        "invented": region.invented,
        "base_year": region.base_year,
        "minimum_count": region.disclosure.minimum_count,
        "fingerprint": fingerprint,
        "versions": json.dumps(dict(versions), sort_keys=True),
    }
    write_release_table(connection, "release", pl.DataFrame([identity]))


_UTC = cs.datetime(time_zone="*").dt.convert_time_zone("UTC").dt.replace_time_zone(None)
"""Moments as they are published: in UTC and without a time zone, so that reading them needs no further package."""


def write_release_table(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Creates a table that says where rows came from, or what the release is, from its frame, with comments.

    Raises:
        UnknownNameError: a column of the frame is not declared.
    """
    table = release_table(name)
    table.kinds(*frame.columns)
    connection.register("incoming", frame.with_columns(_UTC))
    connection.execute(f"CREATE OR REPLACE TABLE {ddl.quoted(name)} AS SELECT * FROM incoming")
    connection.unregister("incoming")
    _comment(connection, table, frame.columns)


def create_results(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates the result tables of the model, empty, with comments."""
    for table in tables_of("result").values():
        columns = ", ".join(f"{ddl.quoted(column.name)} {_DUCKDB_TYPES[column.kind]}" for column in table.columns)
        connection.execute(f"CREATE OR REPLACE TABLE {ddl.quoted(table.name)} ({columns})")
        _comment(connection, table, list(table.by_name))


def create_view(connection: duckdb.DuckDBPyConnection, name: str, query: str) -> None:
    """Creates a view, with comments; its columns are those that are declared, in their order."""
    table = release_table(name)
    columns = ", ".join(ddl.quoted(column) for column in table.by_name)
    connection.execute(f"CREATE OR REPLACE VIEW {ddl.quoted(name)} AS SELECT {columns} FROM ({query})")
    _comment(connection, table, list(table.by_name))


def _comment(connection: duckdb.DuckDBPyConnection, table: ReleaseTable, columns: Iterable[str]) -> None:
    """Says of a table and its columns what they hold."""
    name = ddl.quoted(table.name)
    connection.execute(f"COMMENT ON {'VIEW' if table.is_view else 'TABLE'} {name} IS {ddl.said(table.grain)}")
    for column in columns:
        connection.execute(ddl.comment_on(name, column, table.column(column).meaning))


def add_results(connection: duckdb.DuckDBPyConnection, results: Mapping[str, pl.DataFrame]) -> dict[str, int]:
    """Adds one scenario's results to the result tables; returns the rows added per table."""
    for name, frame in results.items():
        _add(connection, release_table(name), frame)
    return {name: frame.height for name, frame in results.items()}


def _add(connection: duckdb.DuckDBPyConnection, table: ReleaseTable, frame: pl.DataFrame) -> None:
    connection.register("incoming", frame)
    connection.execute(f"INSERT INTO {ddl.quoted(table.name)} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")


def row_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Returns the number of rows of every table in the current database."""
    names = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY table_name"
    ).fetchall()
    return {name: _count(connection, ddl.quoted(name)) for (name,) in names}


def _count(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {source}").fetchone()
    return int(row[0]) if row else 0


def _literals(texts: Sequence[str]) -> str:
    return "[" + ", ".join(ddl.literal(text) for text in texts) + "]"
