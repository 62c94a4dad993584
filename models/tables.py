"""The tables that an evaluation produces, as frames.

What their columns mean, and of which kind they are, stands in `data_contracts.release`; here is only how a kind stands
in a frame. `models.impact` fills these tables, the warehouse creates them, the dashboards and SQL read them.
"""

from dataclasses import dataclass

import polars as pl

from data_contracts.release import Kind, ReleaseTable, release_table, tables_of

Schema = dict[str, type[pl.DataType] | pl.DataType]

POLARS: dict[Kind, type[pl.DataType] | pl.DataType] = {
    "text": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "moment": pl.Datetime("us"),
    "numbers": pl.List(pl.Float64),
}
"""How a kind of published column stands in a frame that is computed with."""


def schema_of(table: str, *columns: str) -> Schema:
    """Returns the Polars schema of some columns of a published table; of all, if none is named.

    Raises:
        UnknownNameError: no release has the table, or the table one of the columns.
    """
    return {name: POLARS[kind] for name, kind in release_table(table).kinds(*columns).items()}


@dataclass(frozen=True)
class ResultTable:
    """One result table: as it is declared, and as a frame."""

    declared: ReleaseTable

    @property
    def name(self) -> str:
        """Its name."""
        return self.declared.name

    def schema(self) -> Schema:
        """Returns the Polars schema of the table, in column order."""
        return schema_of(self.name)

    def empty(self) -> pl.DataFrame:
        """Returns the table without rows."""
        return pl.DataFrame(schema=self.schema())


RESULT_TABLES: dict[str, ResultTable] = {name: ResultTable(table) for name, table in tables_of("result").items()}
"""Every table that an evaluation produces, by its name."""
