"""The rules that a contract states as predicates, run on the typed rows by the engine that the warehouse uses."""

from collections.abc import Mapping

import duckdb
import polars as pl

from data_contracts.contract import Contract, Rule
from pipelines.readers.raw import ROW_NUMBER


def breaking_rows(typed: pl.DataFrame, contract: Contract) -> Mapping[str, pl.Series]:
    """Returns, by rule, which rows break it (true per row); rules that no row breaks are left out."""
    if typed.is_empty() or not contract.rules:
        return {}
    with duckdb.connect() as connection:
        connection.execute("SET threads TO 2")
        connection.register("delivered", typed)
        found = {rule.name: _breaking(connection, rule) for rule in contract.rules}
    return {name: typed[ROW_NUMBER].is_in(rows.implode()) for name, rows in found.items() if rows.len()}


def _breaking(connection: duckdb.DuckDBPyConnection, rule: Rule) -> pl.Series:
    """Returns the numbers of the rows that break a rule."""
    return connection.execute(f"SELECT {ROW_NUMBER} FROM delivered WHERE {rule.violation}").pl()[ROW_NUMBER]
