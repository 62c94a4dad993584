"""The worked cases of tests/cases, on the model and on the reference: both must say what the arithmetic says."""

from pathlib import Path

import pytest
from reference import evaluate_reference

from pipelines.evaluation.worked_cases import Case, Check, checks, read_cases, run

FILES = sorted((Path(__file__).parents[1] / "cases").glob("*.yaml"))
CASES = [case for file in FILES for case in read_cases(file)]
ENOUGH = 40


def hold_to_arithmetic(case: Case, found: list[Check]) -> None:
    wrong = [
        f"{check.expectation.table} {check.expectation.keys} {check.expectation.column}: "
        f"{check.computed!r}, expected {check.expectation.wanted}"
        for check in found
        if not check.holds
    ]
    assert not wrong, "\n".join([case.title, *wrong, "The arithmetic:", case.arithmetic])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_model_agrees_with_the_arithmetic(case: Case) -> None:
    hold_to_arithmetic(case, run(case))


@pytest.mark.parametrize("case", [case for case in CASES if not case.is_drawn], ids=lambda case: case.name)
def test_the_reference_agrees_with_the_arithmetic(case: Case) -> None:
    hold_to_arithmetic(case, checks(case, evaluate_reference(case.tables, case.scenario)))


def test_there_are_enough_cases_and_no_two_of_a_name() -> None:
    assert len(CASES) >= ENOUGH
    assert len({case.name for case in CASES}) == len(CASES)
