"""The worked cases of tests/cases, on the model and on the reference: both must say what the arithmetic says."""

import pytest
from reference import evaluate_reference
from reference.case_files import found_in, load_cases

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario

CASES = load_cases()
ENOUGH = 40


def by_model(case):
    region = Region.from_tables(case.tables, base_year=case.scenario["base_year"])
    scenario = parse_scenario(case.text, source=f"{case.name}.yaml")
    return {name: table.to_dicts() for name, table in evaluate(region, scenario).tables().items()}


def by_reference(case):
    return evaluate_reference(case.tables, case.scenario)


def hold_to_arithmetic(case, tables):
    wrong = []
    for expected in case.output:
        cell, wanted = found_in(tables[expected["table"]], expected), expected["expected"]
        if isinstance(wanted, (int, float)) and isinstance(cell, (int, float)):
            agrees = abs(cell - wanted) <= expected.get("tolerance", 0.01)
        else:
            agrees = cell == wanted
        if not agrees:
            wrong.append(f"{expected['table']} {expected['keys']} {expected['column']}: {cell!r}, expected {wanted!r}")
    assert not wrong, "\n".join([case.title, *wrong, "The arithmetic:", case.arithmetic])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_model_agrees_with_the_arithmetic(case):
    hold_to_arithmetic(case, by_model(case))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_reference_agrees_with_the_arithmetic(case):
    hold_to_arithmetic(case, by_reference(case))


def test_there_are_enough_cases_and_each_explains_itself():
    assert len(CASES) >= ENOUGH
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.title and case.why and case.arithmetic and case.output for case in CASES)
