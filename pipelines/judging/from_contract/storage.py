"""How a kind of column is stored: in Polars frames and the lake's Parquet, and in DuckDB."""

from dataclasses import dataclass

import polars as pl

from data_contracts.contract import DataContract, Kind


@dataclass(frozen=True)
class Storage:
    """The type of a column in a frame and in a table."""

    polars: pl.DataType
    duckdb: str


_WORDS = Storage(pl.String(), "VARCHAR")
_WHOLE = Storage(pl.Int64(), "BIGINT")
_REAL = Storage(pl.Float64(), "DOUBLE")

STORAGE: dict[Kind, Storage] = {
    "text": _WORDS,
    "period": _WORDS,
    "integer": _WHOLE,
    "year": _WHOLE,
    "number": _REAL,
    "share": _REAL,
    "money": Storage(pl.Decimal(precision=18, scale=2), "DECIMAL(18,2)"),  # sums of floats drift
    "boolean": Storage(pl.Boolean(), "BOOLEAN"),
    "date": Storage(pl.Date(), "DATE"),
}


def polars_schema(contract: DataContract) -> pl.Schema:
    """Returns the typed schema of a contract's columns, in contract order."""
    return pl.Schema({column.name: STORAGE[column.kind].polars for column in contract.columns})
