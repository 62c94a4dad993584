"""The suite of a contract, run by Great Expectations on a small table with planted faults."""

from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from data_contracts.contract import DataContract, load_contract, load_contracts
from pipelines.judging.from_contract.expectations import ALLOWED, KEY, RANGE, REQUIRED, suite, validated
from pipelines.judging.from_contract.storage import polars_schema

Found = dict[tuple[str, str | None], Any]

CONTRACTS = [
    {"provider_id": "06011101", "payer_id": "3311", "valid_from": 2025, "form": "fee_for_service"},
    {"provider_id": "06011101", "payer_id": "3312", "valid_from": 2025, "valid_to": 2024, "form": "fee_for_service"},
    {"provider_id": "06011102", "payer_id": "3311", "valid_from": 2025, "form": "ceiling"},
    {"provider_id": "06011103", "payer_id": "3311", "valid_from": 2025, "form": "handshake"},
    {"provider_id": None, "payer_id": "3311", "valid_from": 2025, "form": "fee_for_service"},
    {
        "provider_id": "06011104", "payer_id": "3311", "valid_from": 2025, "form": "ceiling", "agreed_amount_eur": 1,
        "rate_over": 1.5,
    },
]  # fmt: skip


def run(contract: DataContract, rows: list[dict[str, Any]]) -> Found:
    """What the suite finds wrong in rows of a contract, by rule and column."""
    frame = pl.DataFrame(rows, schema=polars_schema(contract)).with_row_index("row_number", offset=2)
    with duckdb.connect() as connection:
        connection.execute("CREATE SCHEMA staged")
        connection.register("frame", frame)
        connection.execute("CREATE TABLE staged.delivered AS FROM frame")
        results = validated(connection, contract, table="delivered", schema="staged").results
    metas = [(result, result.expectation_config.meta) for result in results]
    return {(meta["rule"], meta["column"]): result for result, meta in metas if not result.success}


def failing_rows(result: Any) -> list[int]:
    found = result.result
    rows = found["details"]["unexpected_rows"] if "details" in found else found["unexpected_index_list"]
    return [row["row_number"] for row in rows]


def test_planted_faults_are_found_with_rule_column_row_and_severity() -> None:
    found = run(load_contract("contracts"), CONTRACTS)
    assert {about: failing_rows(result) for about, result in found.items()} == {
        (REQUIRED, "provider_id"): [6],
        (ALLOWED, "form"): [5],
        (RANGE, "rate_over"): [7],
        ("ends_after_it_starts", "valid_to"): [3],
        ("amount_needed", "agreed_amount_eur"): [4],
    }
    assert {result.expectation_config.meta["severity"] for result in found.values()} == {"refuse_row"}


def test_a_warning_is_a_warning_to_great_expectations_too() -> None:
    found = run(
        load_contract("revenue"), [{"provider_id": "06011101", "period": "2025", "units": 1, "revenue_eur": -5}]
    )
    (warning,) = found.values()
    assert warning.expectation_config.meta == {
        "rule": "revenue_not_negative",
        "column": "revenue_eur",
        "severity": "warn",
    }
    assert warning.expectation_config.severity.value == "warning"


def test_a_repeated_key_is_found_also_where_a_key_column_is_empty() -> None:
    row = {"provider_id": "06011101", "period": "2025", "specialism": "0320", "units": 1.0}
    found = run(load_contract("volume"), [row, row, row | {"area": "3011"}])
    assert {about: failing_rows(result) for about, result in found.items()} == {(KEY, None): [2, 3]}


def test_good_rows_pass_the_whole_suite() -> None:
    row = {
        "declaration_id": "D1",
        "provider_id": "06011101",
        "patient_pseudonym": "a8f3",
        "start_date": date(2025, 1, 1),
        "end_date": date(2025, 3, 31),
        "specialism": "0320",
        "diagnosis": "401",
        "units": 1.0,
        "amount_eur": 120,
    }
    assert run(load_contract("declarations"), [row, row | {"declaration_id": "D2"}]) == {}


@pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.dataset)
def test_every_expectation_of_every_contract_runs(contract: DataContract) -> None:
    with duckdb.connect() as connection:
        connection.register("empty", pl.DataFrame(schema={"row_number": pl.Int64, **polars_schema(contract)}))
        result = validated(connection, contract, table="empty")
    assert result.success
    assert len(result.results) == len(suite(contract).expectations)


@pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.dataset)
def test_suite_says_all_that_the_contract_says(contract: DataContract) -> None:
    columns = contract.columns
    limited = [column.name for column in columns if column.minimum is not None or column.maximum is not None]
    expected = [(REQUIRED, column.name) for column in columns if column.required]
    expected += [(RANGE, name) for name in limited] + [(ALLOWED, column.name) for column in columns if column.allowed]
    expected += [(KEY, None)] + [(rule.name, rule.column) for rule in contract.rules]
    found = [(entry.meta["rule"], entry.meta["column"]) for entry in suite(contract).expectations]
    assert sorted(found, key=str) == sorted(expected, key=str)
