"""`case`: a worked case run and printed, as a controller at a terminal uses it."""

import json
import re
from pathlib import Path

import pytest

from pipelines.cli import main

CASES = Path(__file__).parents[2] / "cases"
WRONG = """
defaults:
  tables:
    provider: [{provider_id: hospital, kind: general_hospital}, {provider_id: gp, kind: gp_organisation}]
    volume: [{provider_id: hospital, period: "2025", specialism: "0320", care_product: check-up, units: 100}]
    revenue: [{provider_id: hospital, period: "2025", care_product: check-up, units: 100, revenue_eur: 10000}]
  scenario: {base_year: 2025, horizon: 2027}
  initiative:
    id: to-gp
    kind: substitution
    from: {providers: [hospital]}
    to: {providers: [gp]}
    care: [{specialism: "0320"}]
    eligible_share: 0.2
    uptake: {start: 2026}
    replacement: {tariff_eur: 30}
cases:
  - case: mistaken
    title: A mistaken sum
    why: Sums are mistaken at times.
    arithmetic: "100 × .2 × 100 = 2,500"
    output:
      - table: COLUMN_TABLE
        keys: {party: hospital, year: 2026, measure: revenue_change_eur}
        column: mean
        expected: -2500
      - table: party_impact
        keys: {party: hospital, year: 2026, measure: revenue_change_eur}
        column: mean
        between: [-2100, -1900]
"""


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Runs a command; returns its exit code, what it printed and what it told."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(("case", *arguments))
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def mistaken(tmp_path: Path) -> str:
    file = tmp_path / "own.yaml"
    file.write_text(WRONG.replace("COLUMN_TABLE", "party_impact"), encoding="utf-8")
    return str(file)


def test_a_case_is_printed_with_what_goes_in_the_arithmetic_and_what_came_out(said) -> None:
    code, printed, _ = said(str(CASES / "contracts.yaml"), "--only", "ceiling-below")

    assert code == 0
    for part in ("Below its ceiling", "omzetplafond", "agreed_amount_eur", "120000", "eligible_share: 0.2"):
        assert part in printed
    assert "F(B) = min(B, C), C = 120,000.   80,000 − 100,000 = −20,000." in printed
    assert (
        "party_impact.mean: party hospital, year 2026, measure revenue_change_eur  -20,000   -20,000   holds" in printed
    )
    assert printed.endswith("1 of 1 cases hold.\n")


def test_a_case_that_does_not_hold_says_what_came_out(said, mistaken: str) -> None:
    code, printed, _ = said(mistaken)

    assert code == 1
    assert re.search(r"revenue_change_eur +-2,500 +-2,000 +DOES NOT HOLD", printed)
    assert "-2,100 to -1,900" in printed
    assert "0 of 1 cases hold." in printed


def test_programs_get_the_same_as_json(said, mistaken: str) -> None:
    code, printed, _ = said(mistaken, "--json")
    (case,) = json.loads(printed)["cases"]

    assert code == 1
    assert case["case"] == "own-mistaken"
    assert case["scenario"]["initiatives"][0]["eligible_share"] == 0.2
    assert case["tables"]["volume"][0]["units"] == 100
    assert [check["computed"] for check in case["checks"]] == [-2000, -2000]
    assert [check["holds"] for check in case["checks"]] == [False, True]
    assert case["holds"] is False


def test_every_case_of_several_files_is_run(said) -> None:
    code, printed, _ = said(str(CASES / "shared_budgets.yaml"), str(CASES / "contracts.yaml"), "--json")

    assert code == 0
    assert len(json.loads(printed)["cases"]) == 31


def refused(said, tmp_path: Path, text: str) -> str:
    file = tmp_path / "own.yaml"
    file.write_text(text, encoding="utf-8")
    code, _, told = said(str(file))
    assert code == 1
    return told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cases: [", "expected: a YAML file in UTF-8"),
        ("cases: none", "no list `cases`"),
        ("cases: [{case: empty}]", "a case without title, why, arithmetic, output"),
        (WRONG.replace("COLUMN_TABLE", "party_impacts"), "a result table party_impacts"),
        (WRONG.replace("COLUMN_TABLE", "capacity_gap"), "capacity_gap with a column mean, measure, party"),
        (WRONG.replace("units: 100}", "unit: 100}"), "with a column unit"),
        (WRONG.replace("volume:", "volumes:"), "a table volumes"),
        (WRONG.replace("year: 2026, ", ""), "rows of party_impact have"),
    ],
)
def test_a_file_that_is_no_case_says_what_is_wrong(said, tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(said, tmp_path, text.replace("COLUMN_TABLE", "party_impact"))


def test_a_name_that_is_not_there_is_told(said) -> None:
    code, _, told = said(str(CASES / "contracts.yaml"), "--only", "ceilings")

    assert code == 1
    assert "no case ceilings" in told


def test_a_file_that_is_not_there_is_told(said, tmp_path: Path) -> None:
    code, _, told = said(str(tmp_path / "none.yaml"))

    assert code == 1
    assert "none.yaml" in told
