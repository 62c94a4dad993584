"""A large file as something that SQL can be asked of, whatever its format, and rows of it as text cells again.

A Parquet file is asked as it lies. A CSV file is written as Parquet first, part by part, its cells still text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.judging.from_contract.ddl import literal, quoted
from pipelines.reading.formats import parquet as parquet_reader
from pipelines.reading.formats.csv_text import read_csv_in_parts
from pipelines.reading.formats.headings import Known
from pipelines.reading.formats.raw import ROW_NUMBER, Note, RawTable, added_up, unique_names

MOST_VALUES = 100
UNLAID_KEPT = 100_000
"""Lines that are no rows are kept with their reasons up to this number; all of them are counted."""


@dataclass(frozen=True)
class Staged:
    """A large file, laid out.

    Attributes:
        source: what SQL selects its rows from: a column for each of `names`, and `row_number`.
        names: SQL's name of every column that is read, by its name as delivered.
        table: the file without rows, as a reader returns it: headings, format, notes.
        rows: rows that were laid into columns.
        unlaid: lines that could not be, as `REJECTION_SCHEMA`: the first of them.
        unlaid_rows: how many of those there are.
        is_text: all cells are text.
    """

    source: str
    names: dict[str, str]
    table: RawTable
    rows: int
    unlaid: pl.DataFrame
    unlaid_rows: int
    is_text: bool

    def types(self, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
        """Returns DuckDB's type of every column, by its name as delivered."""
        described = connection.execute(f"DESCRIBE SELECT * FROM {self.source}").fetchall()
        by_name = {name: str(kind) for name, kind, *_ in described}
        return {delivered: by_name[name] for delivered, name in self.names.items()}

    def values(self, connection: duckdb.DuckDBPyConnection, column: str) -> list[str]:
        """Returns the first of the different values of a column, by its name as delivered."""
        cell = f"trim({quoted(self.names[column])}::VARCHAR)"
        query = f"SELECT DISTINCT {cell} AS v FROM {self.source} WHERE {cell} <> '' ORDER BY v LIMIT {MOST_VALUES}"
        return [str(value) for (value,) in connection.execute(query).fetchall()]

    def rows_where(self, connection: duckdb.DuckDBPyConnection, condition: str) -> RawTable:
        """Returns the rows for which an SQL condition holds, as a reader returns them."""
        columns = ", ".join(f"{quoted(name)} AS c{number}" for number, name in enumerate(self.names.values()))
        query = f"SELECT {columns}, {ROW_NUMBER} FROM {self.source} WHERE {condition} ORDER BY {ROW_NUMBER}"
        found = connection.execute(query).to_arrow_table()
        numbers = pl.Series(pl.from_arrow(found.column(ROW_NUMBER)))
        cells = found.drop_columns([ROW_NUMBER]).rename_columns(list(self.names))
        read = parquet_reader.raw_table(cells, row_numbers=numbers)
        stored = read.stored_numbers
        return RawTable(read.frame, self.table.headings, self.table.format, stored_numbers=stored, said=self.table.said)


def stage_parquet(path: Path, *, folder: Path) -> Staged:
    """Returns a Parquet file, laid out as it lies.

    Raises:
        Unreadable: the file is damaged, or far larger than any delivery.
    """
    parquet_reader.check(path)
    schema = pq.read_schema(path)
    table = parquet_reader.raw_table(schema.empty_table())
    flat = [
        name for name, field in zip(unique_names(tuple(schema.names)), schema, strict=True) if name in table.columns
    ]
    if len({name.casefold() for name in (*schema.names, ROW_NUMBER, "file_row_number")}) < len(schema.names) + 2:
        path = _renamed(path, folder / "renamed.parquet")
        names = {name: f"c{number}" for number, name in enumerate(unique_names(tuple(schema.names))) if name in flat}
    else:
        names = {name: name for name in flat}
    columns = ", ".join(quoted(name) for name in names.values())
    scan = f"read_parquet({literal(path)}, file_row_number => true)"
    return Staged(
        source=f"(SELECT {columns}, file_row_number + 1 AS {ROW_NUMBER} FROM {scan})",
        names=names,
        table=table,
        rows=pq.read_metadata(path).num_rows,
        unlaid=table.refused,
        unlaid_rows=0,
        is_text=False,
    )


def _renamed(path: Path, target: Path) -> Path:
    """Writes a Parquet file again with numbered columns: names that differ in case only are one to SQL."""
    with pq.ParquetFile(path) as file:
        names = [f"c{number}" for number in range(len(file.schema_arrow.names))]
        schema = pa.schema([field.with_name(name) for field, name in zip(file.schema_arrow, names, strict=True)])
        with pq.ParquetWriter(target, schema) as writer:
            for batch in file.iter_batches():
                writer.write_batch(batch.rename_columns(names))
    return target


def stage_csv(path: Path, *, folder: Path, known: Known, told: Callable[[int], None]) -> Staged:
    """Returns a CSV file, written as Parquet part by part; `told` hears how many rows have been laid out.

    Raises:
        Unreadable: the file is binary, has no row of headings, or holds lines that are no rows.
    """
    rows, unlaid_rows, notes, unlaid = 0, 0, list[Note](), list[pl.DataFrame]()
    table = None
    for number, part in enumerate(read_csv_in_parts(path, known=known, folder=folder)):
        _write_part(part, folder / f"part-{number:06}.parquet")
        kept = sum(frame.height for frame in unlaid)
        unlaid.append(part.refused.head(UNLAID_KEPT - kept))
        rows, unlaid_rows = rows + part.frame.height, unlaid_rows + part.refused.height
        notes += part.notes
        table = table or part
        told(rows)
    assert table is not None  # a reader in parts yields at least one
    return Staged(
        source=f"read_parquet({literal(folder / 'part-*.parquet')})",
        names={name: f"c{number}" for number, name in enumerate(table.columns)},
        table=RawTable(table.frame.clear(), table.headings, table.format, notes=added_up(notes), said=table.said),
        rows=rows,
        unlaid=pl.concat(unlaid),
        unlaid_rows=unlaid_rows,
        is_text=True,
    )


def _write_part(part: RawTable, target: Path) -> None:
    names = {name: f"c{number}" for number, name in enumerate(part.columns)}
    part.frame.rename(names).write_parquet(target, compression="lz4", statistics=False)
