"""`package`, as a person at a terminal uses it."""

import json

import pytest

from pipelines.cli import main
from pipelines.workspace.workspace import Workspace


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Runs a command; returns its exit code, what it printed and what it told."""

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def test_it_prints_the_package_the_frontier_the_exchange_and_what_would_have_to_give_way(said, refreshed: Workspace):
    code, printed, _ = said("package", "naar-de-huisarts", "-w", refreshed.root)

    assert code == 0
    for heading in ("Which initiatives together: To the", "The best package for each", "Without anybody", "give way"):
        assert heading in printed
    assert "Nothing was published." in printed


def test_it_answers_in_dutch(said, refreshed: Workspace):
    _, printed, _ = said("package", "naar-de-huisarts", "--lang", "nl", "-w", refreshed.root)

    for heading in ("Welke initiatieven samen: Naar de", "Het beste pakket bij elke", "Wat er zou moeten wijken"):
        assert heading in printed
    assert "Er is niets gepubliceerd." in printed


def test_json_carries_every_table_under_the_cap_asked_for(said, refreshed: Workspace):
    _, printed, _ = said("package", "naar-de-huisarts", "--loss-cap", "0.02", "-w", refreshed.root, "--json")
    told = json.loads(printed)

    own = [row for row in told["portfolio"] if row["own_cap"]]
    assert [row["loss_cap"] for row in own] == [0.02]
    assert told["portfolio"][-1]["loss_cap"] is None
    assert {row["initiative"] for row in told["portfolio_choice"]} == {"ritme"}
    assert set(told) >= {"exchange", "exchange_party", "exchange_swap", "portfolio_change"}


def test_a_release_holds_what_the_command_says(said, refreshed: Workspace):
    _, printed, _ = said("package", "naar-de-huisarts", "-w", refreshed.root, "--json")
    query = "SELECT loss_cap, net_value_eur FROM portfolio ORDER BY loss_cap NULLS LAST"
    _, published, _ = said("sql", query, "-w", refreshed.root, "--json")

    told = [(row["loss_cap"], row["net_value_eur"]) for row in json.loads(printed)["portfolio"]]
    rows = json.loads(published)
    rows = rows["rows"] if isinstance(rows, dict) else rows
    assert [(row["loss_cap"], pytest.approx(row["net_value_eur"])) for row in rows] == told


def test_an_initiative_that_is_none_of_the_scenario_is_named_with_its_nearest(said, refreshed: Workspace):
    code, _, told = said("package", "naar-de-huisarts", "--want", "ritmee", "-w", refreshed.root)

    assert code == 1
    assert "ritmee" in told
    assert "ritme" in told.split("ritmee")[-1]


def test_a_cap_below_0_is_not_understood(said, refreshed: Workspace):
    code, _, told = said("package", "naar-de-huisarts", "--loss-cap", "-0.1", "-w", refreshed.root)

    assert code == 2
    assert "--loss-cap" in told
