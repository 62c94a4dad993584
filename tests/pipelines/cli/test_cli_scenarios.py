"""`templates` and `compare`, as a person at a terminal uses them."""

import json
import re

import pytest
from small_region import SCENARIO

from models.scenario import parse_scenario
from pipelines.cli import main
from pipelines.evaluation import shipped
from pipelines.workspace.workspace import Workspace


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]):
    """Runs a command; returns its exit code, what it printed and what it told."""

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def test_the_list_names_every_template_and_every_case(said) -> None:
    code, printed, _ = said("templates")

    assert code == 0
    assert all(name in printed for name in (*shipped.templates(), *shipped.cases()))


def test_the_list_is_there_for_programs(said) -> None:
    _, printed, _ = said("templates", "--json")
    listed = json.loads(printed)

    assert [row["number"] for row in listed["templates"]] == list(range(1, 32))
    assert {row["name"] for row in listed["cases"]} == set(shipped.cases())
    assert all(row["summary"] and row["summary_nl"] and row["title_nl"] for row in listed["templates"])


def test_a_printed_template_can_be_pasted(said) -> None:
    code, printed, _ = said("templates", "copd-to-gp")
    pasted = f"scenario: mine\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n{printed}"

    assert code == 0
    assert parse_scenario(pasted, source="mine").initiatives[0].id == "copd-to-gp"


def test_a_printed_case_is_a_whole_scenario(said) -> None:
    _, printed, _ = said("templates", "pilot-first")

    assert printed == shipped.cases()["pilot-first"]
    assert parse_scenario(printed, source="pilot-first").scenario == "pilot-first"


def test_every_template_and_every_case_can_be_printed(said) -> None:
    for name, template in shipped.templates().items():
        assert said("templates", name) == (0, template.text, "")
    for name, text in shipped.cases().items():
        assert said("templates", name, "--case") == (0, text, "")


def test_an_unknown_template_is_told_its_nearest(said) -> None:
    code, printed, told = said("templates", "coopd-to-gp")

    assert (code, printed) == (1, "")
    assert "did you mean 'copd-to-gp'" in told
    assert "Traceback" not in told


def write_more(workspace: Workspace) -> None:
    text = SCENARIO.replace("scenario: naar-de-huisarts", "scenario: meer").replace(
        "[0.2, 0.3, 0.4]", "[0.5, 0.6, 0.7]"
    )
    (workspace.scenarios / "meer.yaml").write_text(text)


def test_two_scenarios_stand_side_by_side(said, region: Workspace) -> None:
    write_more(region)
    code, printed, _ = said("compare", "naar-de-huisarts", "meer.yaml", "--workspace", str(region.root))

    assert code == 0
    assert printed.startswith("Under ‘")
    assert re.search(r"Ziekenhuis noord.*€[\d,]+ in 20\d\d", printed)
    assert "Nothing was published" in printed


def test_the_terminal_says_what_the_page_compare_says(said, region: Workspace) -> None:
    write_more(region)
    other = SCENARIO.replace("scenario: naar-de-huisarts", "scenario: minder")
    (region.scenarios / "minder.yaml").write_text(other.replace("[0.2, 0.3, 0.4]", "[0.1, 0.1, 0.2]"))
    names = ("naar-de-huisarts", "meer", "minder")
    _, printed, _ = said("compare", *names, "--json", "--workspace", str(region.root))
    found = json.loads(printed)
    boxes = {box["key"]: box for box in found["page"]["boxes"]}
    (table,) = boxes["parties"]["tables"]
    (differences,) = boxes["differences"]["tables"]

    assert found["scenarios"] == list(names)
    assert len(table["headings"]) == 1 + 3 * len(names)
    assert [row[0]["text"].split(" (")[0] for row in table["rows"]].count("Ziekenhuis noord") == 1
    assert [cell["text"] for cell in differences["rows"][0][1:]] == ["0.2; 0.3; 0.4", "0.5; 0.6; 0.7", "0.1; 0.1; 0.2"]
    _, dutch, _ = said("compare", *names, "--lang", "nl", "--workspace", str(region.root))
    assert dutch.startswith("Onder ‘")
    assert "Waarin de aannames verschillen".upper() in dutch


def test_a_comparison_is_there_for_programs(said, region: Workspace) -> None:
    write_more(region)
    _, printed, _ = said("compare", "naar-de-huisarts", "meer", "--json", "--workspace", str(region.root))
    found = json.loads(printed)
    noord = next(row for row in found["parties"] if row["party"] == "06010101")

    assert (found["one"], found["other"]) == ("naar-de-huisarts", "meer")
    assert noord["name"] == "Ziekenhuis noord"
    assert noord["revenue_difference_eur"] == pytest.approx(noord["revenue_other_eur"] - noord["revenue_one_eur"])
    assert noord["revenue_other_eur"] == pytest.approx(2 * noord["revenue_one_eur"], rel=0.02)


def test_a_scenario_beside_itself_differs_in_nothing(said, region: Workspace) -> None:
    arguments = ("compare", "naar-de-huisarts", "naar-de-huisarts", "--json", "--workspace", str(region.root))
    found = json.loads(said(*arguments)[1])

    assert {row["margin_difference_eur"] for row in found["parties"]} == {0.0}


def test_a_case_on_another_region_says_what_that_region_lacks(said, region: Workspace) -> None:
    code, printed, told = said("compare", "pilot-first", "naar-de-huisarts", "--workspace", str(region.root))

    assert (code, printed) == (1, "")
    assert "pilot-first (case)" in told
    assert "06990102" in told


def test_an_unknown_scenario_is_refused(said, region: Workspace) -> None:
    code, _, told = said("compare", "naar-de-huisarts", "nergens", "--workspace", str(region.root))

    assert code == 1
    assert "no scenario 'nergens'" in told
