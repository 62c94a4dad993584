"""Lines counted on DuckDB, on this machine, within bounded memory.

Only what a line comes down to leaves this module: cells of volume with their revenue, and counts. What does not fit in
memory is spilled into a folder beside them, which is gone afterwards.
"""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import duckdb
import narwhals as nw
import polars as pl

from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.contract import load_contract
from pipelines.judging.from_contract.ddl import literal, quoted
from pipelines.warehouse.declarations.lake import DATASET, Counted, LineDelivery, by_supplier, cells_of
from pipelines.warehouse.declarations.reduction import ORDER, Lines, reduce_lines

MEMORY_LIMIT = "2GB"
"""What DuckDB may hold; beyond that it spills to disk."""

KEYS_AT_A_TIME = 1_000_000
"""Lines of which the newest are looked for together."""

Settings = dict[str, str | bool | int | float | list[str]]


def count_lines(sources: Sequence[LineDelivery], *, periods: Sequence[str], folder: Path) -> list[Counted]:
    """Returns what lines come down to, a supplier at a time; cells are written to files in a folder."""
    return [
        _count(group, periods=periods, folder=folder, cells=folder / f"cells-{number}.parquet")
        for number, group in enumerate(by_supplier(sources))
    ]


def _count(sources: Sequence[LineDelivery], *, periods: Sequence[str], folder: Path, cells: Path) -> Counted:
    """Returns what the lines of one supplier come down to."""
    settings: Settings = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(folder),
        "preserve_insertion_order": False,
    }
    with duckdb.connect(config=settings) as connection:
        connection.execute(NO_REPLACEMENTS)
        engine = DuckDB(connection, folder)
        lines = nw.from_native(connection.sql(" UNION ALL BY NAME ".join(map(_lines_of, sources))))
        found = reduce_lines(lines, periods=periods, engine=engine, several=len(sources) > 1)
        cells_of(found, sources).sink_parquet(cells)
    return Counted((cells,), found.totals, found.unknown, found.repeated, tuple(sources))


class DuckDB:
    """The engine that the lines are counted on."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        """Takes an open database of its own, and a folder to lay out in what does not fit in memory."""
        self._connection = connection
        self._folder = folder
        self._names = (f"kept_{number}" for number in count())

    def bring(self, frame: pl.DataFrame) -> Lines:
        """Returns a small frame as a table."""
        self._connection.register("incoming", frame)
        table = self._table(self._connection.sql("FROM incoming"))
        self._connection.unregister("incoming")
        return table

    def keep(self, lines: Lines) -> Lines:
        """Computes a table once and returns what came out."""
        return self._table(lines.to_native())

    def newest(self, lines: Lines, key: str, order: str) -> Lines:
        """Returns lines without those whose key another line of a higher order has.

        Laid out on disk, some keys at a time: telling all of them apart at once would hold them all in memory.
        """
        name, relation, column = next(self._names), lines.to_native(), quoted(key)
        relation.create_view(name)
        rows = self._connection.table(name).count("*").fetchall()[0][0]
        parts = 1 + rows // KEYS_AT_A_TIME
        files = [self._folder / f"{name}-{part}.parquet" for part in range(parts)]
        for part, path in enumerate(files):
            of_part = f"FROM {name} WHERE hash({column}) % {parts} = {part}"
            latest = f"SELECT {column}, max({quoted(order)}) AS {quoted(order)} {of_part} GROUP BY {column}"
            query = f"SELECT * FROM (SELECT * {of_part}) SEMI JOIN ({latest}) USING ({column}, {quoted(order)})"
            self._connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet)")
        return nw.from_native(self._connection.read_parquet([str(path) for path in files]))

    def numbered(self, lines: Lines, columns: Sequence[str], name: str) -> Lines:
        """Returns lines with a hash of some columns under a name."""
        hashed = f"hash({', '.join(map(quoted, columns))}) AS {quoted(name)}"
        return nw.from_native(lines.to_native().project(f"*, {hashed}"))

    def _table(self, relation: duckdb.DuckDBPyRelation) -> Lines:
        name = next(self._names)
        relation.create(name)
        return nw.from_native(self._connection.table(name))


def _lines_of(source: LineDelivery) -> str:
    """Returns the query for one delivery's lines."""
    columns = [quoted(column.name) for column in load_contract(DATASET).columns]
    path = literal(str(source.path))
    return f"SELECT {', '.join(columns)}, {source.order}::INTEGER AS {ORDER} FROM read_parquet({path})"
