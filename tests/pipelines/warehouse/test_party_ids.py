"""Results go by party: a provider and a payer of one id would be one party, and their figures one figure."""

from collections.abc import Sequence

import duckdb
import pytest

from data_contracts.contract import load_contract
from pipelines.judging.from_contract import ddl
from pipelines.release.checks import CHECKS, run_check


def found(*, providers: Sequence[str], payers: Sequence[str], paying: str) -> str:
    (check,) = (one for one in CHECKS if one.name == "party_ids_differ")
    with duckdb.connect() as connection:
        for dataset in ("providers", "payers", "volume", "revenue", "contracts"):
            for statement in ddl.create_published_table(load_contract(dataset)):
                connection.execute(statement)
        for one in providers:
            connection.execute(
                "INSERT INTO provider (provider_id, name, kind, supplier, delivery) "
                "VALUES ($id, $id, 'general_hospital', 's', 'd')",
                {"id": one},
            )
        for one in payers:
            connection.execute(
                "INSERT INTO payer (payer_id, name, supplier, delivery) VALUES ($id, $id, 's', 'd')", {"id": one}
            )
        connection.execute(
            "INSERT INTO contract (provider_id, payer_id, valid_from, form, supplier, delivery) "
            "VALUES ('a', $payer, 2025, 'fee_for_service', 's', 'd')",
            {"payer": paying},
        )
        result = run_check(connection, check)
    assert result.passed is not bool(result.found)
    return result.found


def test_ids_that_differ_are_fine() -> None:
    assert found(providers=["a", "b"], payers=["3311", "unknown"], paying="3311") == ""


@pytest.mark.parametrize(
    ("providers", "payers", "paying", "named"),
    [
        (["a", "3311"], ["3311"], "3311", "id 3311, of provider"),
        (["a", "0104"], ["3311"], "0104", "id 0104, of provider"),
        (["a", "patients"], ["3311"], "3311", "id patients, of provider"),
        (["a", "unknown"], ["3311"], "3311", "id unknown, of provider"),
        (["a"], ["patients"], "3311", "id patients, of payer"),
    ],
)
def test_an_id_of_two_parties_is_named(providers: list[str], payers: list[str], paying: str, named: str) -> None:
    assert named in found(providers=providers, payers=payers, paying=paying)
