"""`sql`: one question to the current release."""

from typing import Annotated

import duckdb
import polars as pl
import typer

from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import err, out, print_csv, print_json, print_table
from pipelines.release import releases
from pipelines.warehouse.building import reading
from pipelines.workspace.errors import Problem

MOST_ROWS = 200
"""A table in a terminal shows no more; CSV and JSON carry all."""


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="SQL of DuckDB, such as: SELECT * FROM party_impact LIMIT 10")],
    workspace: WorkspaceOption = None,
    *,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV in place of a table.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Asks the current release one question, read-only. SHOW TABLES lists what there is; every column has a comment."""
    if as_csv and as_json:
        raise Problem("both --csv and --json", expected="one of the two", action="leave one out")
    frame = ask(query, database=releases.require_current(opened(workspace).published))
    if as_csv:
        print_csv(frame)
    elif as_json:
        print_json(frame.to_dicts())
    else:
        _print(frame)


def ask(query: str, *, database: releases.Release) -> pl.DataFrame:
    """Returns the answer to a query.

    Raises:
        Problem: the query cannot be run, or would change something.
    """
    with reading(database.database) as connection:
        try:
            return connection.sql(query).pl() if _answers(connection, query) else pl.DataFrame()
        except duckdb.Error as error:
            raise Problem(
                str(error).strip(),
                expected="one query in DuckDB's SQL that only reads",
                action="correct it; SHOW TABLES and DESCRIBE <table> tell the names",
            ) from None


def _answers(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Returns whether a query has an answer; raises if it is not one query."""
    statements = connection.extract_statements(query)
    if len(statements) != 1:
        raise Problem(
            f"{len(statements)} statements",
            expected="one query",
            action="ask one question at a time, without a second ;",
        )
    return True


def _print(frame: pl.DataFrame) -> None:
    print_table(frame.head(MOST_ROWS))
    if frame.height > MOST_ROWS:
        err().print(f"The first {MOST_ROWS} of {frame.height:,} rows; --csv or --json prints all.")
    elif frame.is_empty():
        out().print("No rows.")
