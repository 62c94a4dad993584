"""`settle`, as a person at a terminal uses it."""

import json
import re

import pytest
import yaml
from small_region import SCENARIO

from pipelines.cli import main
from pipelines.workspace.workspace import Workspace


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], refreshed: Workspace):
    """Runs `settle` on the small region; returns its exit code, what it printed and what it told."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(("settle", *arguments, "--workspace", str(refreshed.root)))
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


OWN = yaml.safe_load(SCENARIO)["scenario"]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Each step of the deal needs certain parties; its gain (or cost) is shared equally"),
        ("nl", "Elke stap van de afspraak heeft bepaalde partijen nodig"),
    ],
)
def test_a_board_member_is_told_without_any_jargon(said, language, told) -> None:
    code, printed, _ = said(OWN, "--rule", "shapley", "--lang", language)

    assert code == 0
    assert told in printed
    assert "hapley" not in printed.split("•", 1)[1]


def test_json_holds_every_payment_and_they_add_up(said) -> None:
    code, printed, _ = said(OWN, "--rule", "equal_gain", "--json")
    found = json.loads(printed)

    assert code == 0
    assert found["rule"] == "equal_gain"
    paid = sum(party["payment_eur"] for party in found["parties"])
    assert paid == pytest.approx(found["summary"]["fund_eur"], abs=1e-6)
    received = sum(one["euro"] for one in found["transfers"])
    assert received == pytest.approx(sum(max(0, party["payment_eur"]) for party in found["parties"]))
    assert {row["party"] for row in found["break_even"]} <= {party["party"] for party in found["parties"]}
    assert all(party["name"] for party in found["parties"])


def test_without_a_rule_it_is_the_scenarios_own(said) -> None:
    _, printed, _ = said(OWN, "--json")

    assert json.loads(printed)["rule"] == "none"


def test_an_unknown_rule_is_refused(said) -> None:
    code, printed, told = said(OWN, "--rule", "fair")

    assert code == 2
    assert "keep_whole" in told + printed


def test_a_scenario_in_which_nothing_moves_says_so(said, tmp_path) -> None:
    file = tmp_path / "nothing.yaml"
    file.write_text("scenario: nothing\nbase_year: 2025\nhorizon: 2027\ninitiatives: []\n", encoding="utf-8")
    code, printed, _ = said(str(file))

    assert code == 0
    assert "there is nothing to settle" in printed


def test_dutch_writes_its_amounts_the_dutch_way(said) -> None:
    _, english, _ = said(OWN, "--rule", "keep_whole")
    _, dutch, _ = said(OWN, "--rule", "keep_whole", "--lang", "nl")

    amounts = set(re.findall(r"[+-]\d{1,3}(?:,\d{3})+", english))
    assert amounts
    for amount in amounts:
        assert amount.replace(",", ".") in dutch
        assert amount not in dutch


def test_who_pays_whom_is_told_once(said) -> None:
    _, printed, _ = said(OWN, "--rule", "keep_whole", "--json")
    pairs = [(one["payer"], one["receiver"]) for one in json.loads(printed)["transfers"]]
    assert pairs
    assert len(pairs) == len(set(pairs))
