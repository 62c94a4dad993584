"""A release as files that any tool reads: a Parquet file a table and view, and what says what they hold.

`datapackage.json` follows the Data Package standard, version 2: what a row is, what each column means and in which
unit, keys, and where a value refers to. A key in which a cell may be empty is no `primaryKey` there, for the standard
allows no empty cell: it is told as `key`. Types are those of the files: a whole number that may be empty stays one.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from data_contracts.problem import Problem
from data_contracts.release import Kind, ReleaseColumn, ReleaseTable, release_tables
from data_contracts.text import Text
from pipelines.judging.from_contract.ddl import literal, quoted
from pipelines.warehouse.building import reading
from pipelines.workspace.durable import OWNER_ONLY, write_text

DESCRIPTOR = "datapackage.json"
DIAGRAM = "diagram.md"
_STARTS = Path(__file__).parent / "export_starts"
_PARTIAL = ".partial"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
_MEDIA_TYPE = "application/vnd.apache.parquet"
_FIELD_TYPES: Mapping[Kind, str] = {
    "text": "string",
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "date": "date",
    "moment": "datetime",
    "numbers": "list",
}
_TYPES_OF_VIEWS = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "number",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "datetime",
}
_NOT_EMPTY = Text(
    en="an empty folder, one that is not there yet, or one that an earlier export made",
    nl="een lege map, een die er nog niet is, of een die een eerdere export heeft gemaakt",
)


@dataclass(frozen=True)
class Exported:
    """One table or view as a file.

    Attributes:
        name: of the table or view.
        path: of its Parquet file.
        rows: how many it holds.
        meaning: what one row is; empty for a view that says nothing of itself.
        fields: a column each, as the standard describes one.
        full_key: whether no cell of its key is empty.
    """

    name: str
    path: Path
    rows: int
    meaning: str
    fields: list[dict[str, Any]]
    full_key: bool

    @cached_property
    def declared(self) -> ReleaseTable | None:
        """Returns how the release declares the table, if it is one and no view."""
        return release_tables().get(self.name)


def export(database: Path, target: Path, *, name: str, release: str) -> list[Exported]:
    """Writes every table and view of a release into a folder, whole or not at all.

    Args:
        database: of the release, or of a view of it.
        target: folder to be made.
        name: what the package is called.
        release: id of the release.

    Returns:
        What was written, in the order of names.

    Raises:
        Problem: the folder holds something else.
    """
    _require_ours(target)
    making = target.with_name(f"{target.name}{_PARTIAL}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=OWNER_ONLY, parents=True)
    with reading(database) as connection:
        made = [_write(connection, one, making) for one in _names(connection)]
    descriptor = _descriptor(made, name=name, release=release)
    write_text(making / DESCRIPTOR, json.dumps(descriptor, ensure_ascii=False, indent=1))
    write_text(making / DIAGRAM, diagram(made))
    for start in sorted(_STARTS.iterdir()):
        shutil.copyfile(start, making / start.name)
    shutil.rmtree(target, ignore_errors=True)
    making.rename(target)
    return made


def _require_ours(target: Path) -> None:
    """Refuses a folder with files in it that no export made."""
    if target.exists() and not (target / DESCRIPTOR).exists() and (not target.is_dir() or any(target.iterdir())):
        raise Problem(
            Text(en=f"{target}: something else stands there", nl=f"{target}: daar staat iets anders"),
            expected=_NOT_EMPTY,
            action=Text(en="name another folder", nl="noem een andere map"),
        )


def _names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT internal UNION "
        "SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"
    ).fetchall()
    return [name for (name,) in rows]


def _write(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> Exported:
    path = folder / f"{name}.parquet"
    connection.execute(f"COPY (FROM {quoted(name)}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
    (rows,) = connection.execute(f"SELECT count(*) FROM {quoted(name)}").fetchone() or (0,)
    table = release_tables().get(name)
    described = connection.execute(
        "SELECT column_name, data_type, comment FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
        [name],
    ).fetchall()
    return Exported(
        name,
        path,
        rows,
        meaning=table.grain.en if table else _comment_of_view(connection, name),
        fields=[_field(table, column, kind, comment) for column, kind, comment in described],
        full_key=bool(table and table.key) and _is_full(connection, name, table.key if table else ()),
    )


def _comment_of_view(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    found = connection.execute("SELECT comment FROM duckdb_views() WHERE view_name = ?", [name]).fetchone()
    return str(found[0]) if found and found[0] else ""


def _is_full(connection: duckdb.DuckDBPyConnection, name: str, key: Sequence[str]) -> bool:
    empty = " OR ".join(f"{quoted(column)} IS NULL" for column in key)
    return connection.execute(f"SELECT 1 FROM {quoted(name)} WHERE {empty} LIMIT 1").fetchone() is None


def _field(table: ReleaseTable | None, name: str, kind: str, comment: str | None) -> dict[str, Any]:
    column = table.by_name.get(name) if table else None
    if column is None:
        told = {"name": name, "type": _TYPES_OF_VIEWS.get(kind, "number" if kind.startswith("DECIMAL") else "string")}
        return told | ({"description": comment} if comment else {})
    return {
        "name": name,
        "type": _FIELD_TYPES[column.kind],
        "description": column.meaning.en,
        "description_nl": column.meaning.nl,
        **({"unit": column.unit} if column.unit else {}),
    }


def _descriptor(made: Sequence[Exported], *, name: str, release: str) -> dict[str, Any]:
    return {
        "$schema": _PROFILE,
        "name": name,
        "version": release,
        "resources": [_resource(one, made) for one in made],
    }


def _resource(one: Exported, made: Sequence[Exported]) -> dict[str, Any]:
    content = one.path.read_bytes()
    schema: dict[str, Any] = {"fields": one.fields, "fieldsMatch": "equal"}
    if one.declared and one.declared.key:
        schema["primaryKey" if one.full_key else "key"] = list(one.declared.key)
    foreign = [
        {"fields": [column], "reference": {"resource": table, "fields": [target]}}
        for column, table, target in references(one, made)
    ]
    return {
        "name": one.name,
        "path": one.path.name,
        "format": "parquet",
        "mediatype": _MEDIA_TYPE,
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "rows": one.rows,
        **({"description": one.meaning} if one.meaning else {}),
        "schema": schema | ({"foreignKeys": foreign} if foreign else {}),
    }


def references(one: Exported, made: Sequence[Exported]) -> Iterator[tuple[str, str, str]]:
    """Yields column, table and column of references to a table that is there and that the column alone identifies."""
    there = {other.name: other.declared for other in made}
    for column in one.declared.columns if one.declared else ():
        table, _, target = (column.references or "").partition(".")
        other = there.get(table)
        if other and other.key == (target,) and table != one.name:
            yield column.name, table, target


def diagram(made: Sequence[Exported]) -> str:
    """Returns the tables, their keys and what they refer to as a diagram of entities, in Mermaid's language."""
    lines = ["# Tables and what they refer to", "", "```mermaid", "erDiagram"]
    for one in made:
        if one.declared:
            lines += [f"  {one.name} {{", *_shown(one.declared, one.declared.columns), "  }"]
            lines += [f'  {one.name} }}o--o| {table} : "{column}"' for column, table, _ in references(one, made)]
    return "\n".join([*lines, "```", ""])


def _shown(table: ReleaseTable, columns: Sequence[ReleaseColumn]) -> Iterator[str]:
    """Yields the columns of a table that identify a row or refer to another."""
    for column in columns:
        marks = [mark for mark, holds in (("PK", column.name in table.key), ("FK", column.references)) if holds]
        if marks:
            yield f"    {_FIELD_TYPES[column.kind]} {column.name} {', '.join(marks)}"
