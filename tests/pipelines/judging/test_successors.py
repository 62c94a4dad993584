"""Providers that merged into another: the successor must exist, and no line of successors may come back."""

from pathlib import Path

import pytest

from data_contracts.contract import load_contract
from pipelines.intake.one_file import validate_file
from pipelines.judging import Register, Validated

HEAD = "provider_id;name;kind;until;successor_id\n"


def judged(tmp_path: Path, *rows: str) -> Validated:
    path = tmp_path / "providers.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    register = Register({"providers.provider_id": frozenset({"06019999"})})
    return validate_file(path, load_contract("providers"), register=register, period=None)


def test_a_successor_in_the_file_or_in_the_register_is_accepted(tmp_path: Path) -> None:
    found = judged(
        tmp_path,
        "06010101;Noord;general_hospital;2025-06-30;06010103",
        "06010102;Zuid;general_hospital;30-06-2025;06019999",
        "06010103;Noordzuid;general_hospital;;",
    )
    assert found.rejections.is_empty()
    assert found.accepted["successor_id"].to_list() == ["06010103", "06019999", None]


@pytest.mark.parametrize(
    ("rows", "refused", "rule", "english", "dutch"),
    [
        (
            ["06010101;Noord;general_hospital;2025-06-30;06010109"],
            [2],
            "successor_unknown",
            "'06010109'. Expected: the code of a provider in this file or in the register",
            "'06010109'. Verwacht: de code van een zorgaanbieder in dit bestand of in het register",
        ),
        (
            [
                "06010101;Noord;general_hospital;2025-06-30;06010102",
                "06010102;Zuid;general_hospital;2025-06-30;06010101",
                "06010103;West;general_hospital;2025-06-30;06010101",
            ],
            [2, 3],
            "successor_circle",
            "a successor whose own line of successors does not lead back here",
            "een opvolger van wie de rij opvolgers niet hier terugkomt",
        ),
        (
            ["06010101;Noord;general_hospital;2025-06-30;06010101"],
            [2],
            "successor_circle",
            "leave the successor empty for the provider that exists today",
            "laat de opvolger leeg bij de zorgaanbieder die vandaag bestaat",
        ),
        (
            ["06010101;Noord;general_hospital;;06019999"],
            [2],
            "successor_after_a_last_day",
            "A successor is named without the last day",
            "Er staat een opvolger zonder laatste dag",
        ),
    ],
)
def test_a_faulty_line_of_successors_is_refused_row_by_row(
    tmp_path: Path, rows: list[str], refused: list[int], rule: str, english: str, dutch: str
) -> None:
    found = judged(tmp_path, *rows)
    assert found.rejections["row_number"].to_list() == refused
    assert set(found.rejections["rule"]) == {rule}
    assert all(english in text for text in found.rejections["message_en"])
    assert all(dutch in text for text in found.rejections["message_nl"])
    assert found.accepted.height == len(rows) - len(refused)


def test_a_step_of_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "resources.csv"
    path.write_text("resource;unit;step\nbed_days;days;0\nclinic_hours;hours;208\n", encoding="utf-8")
    found = validate_file(path, load_contract("resources"), register=Register({}), period=None)
    assert found.rejections.select("row_number", "column", "rule").rows() == [(2, "step", "step_above_zero")]
    assert "A smallest step of 0 closes nothing" in found.rejections["message_en"][0]
    assert "Een kleinste stap van 0 sluit niets" in found.rejections["message_nl"][0]
    assert found.accepted["step"].to_list() == [208.0]
