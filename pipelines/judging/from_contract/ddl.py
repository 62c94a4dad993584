"""The DuckDB table of a contract: its columns with their types, and a COMMENT on everything.

A comment has two lines, English then Dutch.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from data_contracts.contract import Column, DataContract
from data_contracts.contract_words import unit_text
from data_contracts.release import CARRIED_FROM, CARRIED_FROM_MEANING, PROVENANCE
from data_contracts.text import Text
from pipelines.judging.from_contract.storage import STORAGE


def published_columns(contract: DataContract) -> list[Column]:
    """Returns the columns of a contract that a release may hold: all but those that speak of a person."""
    return [column for column in contract.columns if column.classification != "personal"]


def create_published_table(contract: DataContract) -> list[str]:
    """Returns the statements that create a fact table of a release: what may be published, with its origin.

    A table with periods has one more column, which says whether a row stands in for a period that was not delivered.
    """
    public = replace(contract, columns=tuple(published_columns(contract)))
    statements = create_table(public, extra=tuple(PROVENANCE))
    if not contract.has_period:
        return statements
    table = quoted(contract.table)
    added = f"ALTER TABLE {table} ADD COLUMN {quoted(CARRIED_FROM)} VARCHAR"
    return [*statements, added, comment_on(table, CARRIED_FROM, CARRIED_FROM_MEANING)]


def create_table(contract: DataContract, *, table: str | None = None, extra: Sequence[str] = ()) -> list[str]:
    """Returns the statements that create a contract's table with its comments.

    `table` replaces the published name; `extra` names columns of `PROVENANCE` that follow those of the contract.
    """
    name = quoted(table or contract.table)
    columns = [*map(_definition, contract.columns), *(f"{quoted(added)} VARCHAR NOT NULL" for added in extra)]
    return [
        f"CREATE TABLE {name} ({', '.join(columns)})",
        f"COMMENT ON TABLE {name} IS {said(_table_comment(contract))}",
        *(comment_on(name, column.name, column_text(column)) for column in contract.columns),
        *(comment_on(name, added, PROVENANCE[added]) for added in extra),
    ]


def column_text(column: Column) -> Text:
    """Returns a column's description with its unit and its allowed values, in both languages."""
    en, nl = column.description.en, column.description.nl
    if column.unit:
        unit = unit_text(column.unit)
        en, nl = f"{en} Unit: {unit.en}.", f"{nl} Eenheid: {unit.nl}."
    if column.allowed:
        values = column.allowed
        en += " One of: " + ", ".join(value.value for value in values) + "."
        nl += " Een van: " + ", ".join(f"{value.value} ({value.label.nl})" for value in values) + "."
    return Text(en=en, nl=nl)


def quoted(name: str) -> str:
    """Returns a name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str | Path) -> str:
    """Returns a text or a path as an SQL string."""
    return "'" + str(text).replace("'", "''") + "'"


def _definition(column: Column) -> str:
    return f"{quoted(column.name)} {STORAGE[column.kind].duckdb}{' NOT NULL' if column.required else ''}"


def _table_comment(contract: DataContract) -> Text:
    return Text(
        en=f"{contract.grain.en}. {contract.description.en}", nl=f"{contract.grain.nl}. {contract.description.nl}"
    )


def comment_on(table: str, column: str, text: Text) -> str:
    """Returns the statement that comments on a column of a table, whose name is quoted."""
    return f"COMMENT ON COLUMN {table}.{quoted(column)} IS {said(text)}"


def said(text: Text) -> str:
    """Returns a comment as an SQL string: two lines, English then Dutch."""
    return literal(f"{text.en}\n{text.nl}")
