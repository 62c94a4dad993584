"""Every connection to DuckDB that the program opens reads tables, and no variable of Python that is called like one."""

import ast
from pathlib import Path

import duckdb
import polars as pl
import pytest

from data_contracts import connections
from pipelines.warehouse.building import reading

ROOT = Path(connections.__file__).parents[1]
SENT_ALONG = ROOT / "pipelines" / "release" / "export_starts"


def opening() -> list[ast.FunctionDef]:
    """Every function of the program that opens a connection."""
    files = [file for room in ("pipelines", "dashboards", "models") for file in (ROOT / room).rglob("*.py")]
    trees = [ast.parse(file.read_text("utf-8")) for file in files if SENT_ALONG not in file.parents]
    functions = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [one for one in functions if "duckdb.connect(" in ast.unparse(one)]


@pytest.mark.parametrize("function", opening(), ids=lambda one: one.name)
def test_a_connection_knows_tables_only(function: ast.FunctionDef) -> None:
    text = ast.unparse(function)
    assert text.count("duckdb.connect(") == text.count("NO_REPLACEMENTS")


def test_a_table_that_is_not_there_is_not_taken_from_python(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "older.duckdb")) as connection:
        connection.execute("CREATE TABLE volume (units INTEGER)")
    draw = pl.DataFrame({"draws": [1]})
    with reading(tmp_path / "older.duckdb") as connection, pytest.raises(duckdb.CatalogException, match="draw"):
        connection.execute("SELECT * FROM draw")
    assert draw.height == 1
