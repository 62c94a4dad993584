"""The table of a contract: DuckDB makes it, with the contract's types and a comment on everything."""

from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from data_contracts.contract import DataContract, load_contract, load_contracts
from pipelines.judging.from_contract.ddl import create_table
from pipelines.judging.from_contract.storage import STORAGE, polars_schema

each_contract = pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.dataset)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def create(connection: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    for statement in statements:
        connection.execute(statement)


@each_contract
def test_table_has_the_contracts_types_and_nothing_is_without_comment(connection, contract: DataContract) -> None:
    create(connection, create_table(contract))
    columns = connection.execute(
        "SELECT column_name, data_type, is_nullable, comment FROM duckdb_columns() WHERE table_name = ?",
        [contract.table],
    ).fetchall()
    assert [(name, kind, nullable) for name, kind, nullable, _ in columns] == [
        (column.name, STORAGE[column.kind].duckdb, not column.required) for column in contract.columns
    ]
    for column, (*_, comment) in zip(contract.columns, columns, strict=True):
        english, dutch = comment.split("\n")
        assert english.startswith(column.description.en)
        assert dutch.startswith(column.description.nl)
    (comment,) = connection.execute("SELECT comment FROM duckdb_tables()").fetchone()
    assert contract.description.en in comment.split("\n")[0]
    assert contract.description.nl in comment.split("\n")[1]


@each_contract
def test_a_frame_of_the_schema_becomes_the_same_types(connection, contract: DataContract) -> None:
    connection.register("frame", pl.DataFrame(schema=polars_schema(contract)))
    kinds = [kind for _, kind, *_ in connection.execute("DESCRIBE frame").fetchall()]
    assert kinds == [STORAGE[column.kind].duckdb for column in contract.columns]


def test_origin_follows_the_contracts_columns_in_a_table_of_another_name(connection) -> None:
    create(connection, create_table(load_contract("payers"), table="staged", extra=("supplier", "delivery")))
    connection.execute("INSERT INTO staged VALUES ('3311', NULL, NULL, 12.5, 'region', 'abc')")
    assert connection.execute("SELECT supplier, delivery FROM staged").fetchone() == ("region", "abc")
    (comment,) = connection.execute("SELECT comment FROM duckdb_columns() WHERE column_name = 'supplier'").fetchone()
    assert comment == "Supplier that delivered the row.\nAanleveraar die de rij heeft geleverd."


def test_what_must_be_filled_cannot_be_empty(connection) -> None:
    create(connection, create_table(load_contract("payers")))
    with pytest.raises(duckdb.ConstraintException, match="payer_id"):
        connection.execute("INSERT INTO payer VALUES (NULL, 'Zorgzaam', 'insurer', 1)")


def test_a_comment_says_unit_and_choices(connection) -> None:
    create(connection, create_table(load_contract("contracts")))
    comments = dict(connection.execute("SELECT column_name, comment FROM duckdb_columns()").fetchall())
    assert comments["agreed_amount_eur"].split("\n")[0].endswith("Unit: EUR per year.")
    assert comments["agreed_amount_eur"].split("\n")[1].endswith("Eenheid: euro per jaar.")
    assert "ceiling, lump_sum" in comments["form"].split("\n")[0]
    assert "lump_sum (aanneemsom)" in comments["form"].split("\n")[1]
