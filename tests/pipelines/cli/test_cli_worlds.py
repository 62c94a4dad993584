"""What commands tell of both worlds: without an agreement a hospital closes its eye clinic anyway."""

import json
from pathlib import Path

import pytest
from small_region import HOSPITALS, SCENARIO

from pipelines.cli import main
from pipelines.workspace.workspace import Workspace

NORTH, _, SOUTH = HOSPITALS
ANYWAY = f"""
baseline:
  initiatives:
    - id: north-stops
      kind: concentration
      title: {{nl: Noord stopt, en: North stops}}
      from: {{providers: ["{NORTH}"]}}
      to: {{providers: ["{SOUTH}"]}}
      care: [{{specialism: "0301"}}]
      eligible_share: 1.0
      uptake: {{start: 2027}}
"""
COMMANDS = ("whatif", "settle", "package")


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], refreshed: Workspace, tmp_path: Path):
    """Runs a command on the scenario in which something happens anyway; returns what it printed."""
    path = tmp_path / "anyway.yaml"
    path.write_text(SCENARIO.replace("draws: 50", "draws: 0") + ANYWAY)

    def run(command: str, *options: str, scenario: str = str(path)) -> str:
        with pytest.raises(SystemExit) as ended:
            main([command, scenario, *options, "-w", str(refreshed.root)])
        assert ended.value.code in (0, None)
        return capsys.readouterr().out

    return run


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ("Without an agreement this happens too", "‘North stops’", "Ziekenhuis noord stops with ophthalmology")),
        ("nl", ("Zonder akkoord gebeurt dit ook", "‘Noord stopt’", "Ziekenhuis noord stopt vanaf 2027 met oogheel")),
    ],
)
def test_what_happens_anyway_is_told(said, command: str, lang: str, told: tuple[str, ...]) -> None:
    printed = said(command, "--lang", lang)
    for line in told:
        assert line in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_json_carries_what_happens_anyway(said, command: str) -> None:
    assert json.loads(said(command, "--json"))["anyway"] == [
        {"kind": "listed", "party": None, "what": "north-stops", "year": None},
        {"kind": "department", "party": NORTH, "what": "0301", "year": 2027},
    ]


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "nothing happens but growth"), ("nl", "gebeurt er niets dan groei van vraag")]
)
@pytest.mark.parametrize("command", COMMANDS)
def test_growth_alone_is_told_too(said, command: str, lang: str, told: str) -> None:
    assert told in said(command, "--lang", lang, scenario="naar-de-huisarts")


def test_whatif_tells_every_hospital_in_both_worlds(said) -> None:
    """160 operations of 1,200 euro a year leave the north in either world; the agreement changes only what it moves."""
    found = json.loads(said("whatif", "--json"))
    with_norm = {row["party"]: row for row in found["worlds"]}
    alone = {row["party"]: row for row in json.loads(said("whatif", "--json", scenario="naar-de-huisarts"))["worlds"]}
    gone = alone[NORTH]["revenue_without_eur"] - with_norm[NORTH]["revenue_without_eur"]
    assert gone == pytest.approx(160 * 1200.0)
    for party, row in with_norm.items():
        change = next((one for one in found["impact"] if one["party"] == party), {"margin_change_eur": 0.0})
        assert row["margin_with_eur"] - row["margin_without_eur"] == pytest.approx(change["margin_change_eur"])
    assert "2028 without agreement" in said("whatif")
    assert "2028 zonder akkoord" in said("whatif", "--lang", "nl")
