"""The rules that a contract states as predicates, run on the typed rows by the engine that the warehouse uses."""

from collections.abc import Mapping
from functools import cache

import duckdb
import polars as pl

from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.contract import DataContract

_PLACE = "_place"


def breaking_rows(typed: pl.DataFrame, contract: DataContract) -> Mapping[str, pl.Series]:
    """Returns, by rule, which rows break it (true per row); rules that no row breaks are left out."""
    if typed.is_empty() or not contract.rules:
        return {}
    broken = [f"({rule.violation})" for rule in contract.rules]
    flags = ", ".join(f"{predicate} AS r{position}" for position, predicate in enumerate(broken))
    query = f"SELECT {_PLACE}, {flags} FROM delivered WHERE {' OR '.join(broken)}"
    placed = typed.with_row_index(_PLACE)  # one delivered row may make several, so its number says not which
    with memory().cursor() as connection:
        connection.register("delivered", placed)
        found = connection.execute(query).pl()
        connection.unregister("delivered")
    rows = {
        rule.name: found[_PLACE].filter(found[f"r{position}"].fill_null(value=False))
        for position, rule in enumerate(contract.rules)
    }
    return {name: placed[_PLACE].is_in(places.implode()) for name, places in rows.items() if places.len()}


@cache
def memory() -> duckdb.DuckDBPyConnection:
    """Returns one database in memory for the life of the process: starting one costs more than a small delivery."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute(NO_REPLACEMENTS)
    return connection
