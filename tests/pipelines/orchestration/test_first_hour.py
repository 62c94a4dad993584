"""The first hour of a region, played by a program: the example without a fault, and a newcomer's own first page."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result
from typing_in import fill

from pipelines.cli import app
from pipelines.cli.filling import own_region
from pipelines.evaluation import shipped
from pipelines.evaluation.evaluating import evaluate_text, read_regions
from pipelines.evaluation.own_templates import own_template
from pipelines.release import releases
from pipelines.warehouse.building import reading
from pipelines.workspace.workspace import Workspace

HEAD = "scenario: tried\nbase_year: 2025\nhorizon: 2028\ndraws: 20\nseed: 1\ninitiatives:\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def answers(workspace: Workspace, query: str) -> list[dict[str, object]]:
    asked = run("sql", query, "-w", workspace.root, "--json")
    assert asked.exit_code == 0, asked.output
    return json.loads(asked.stdout)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The example region, refreshed."""
    root = tmp_path_factory.mktemp("first-hour") / "voorbeeld"
    assert run("init", root, "--example", "--lang", "nl").exit_code == 0
    done = run("refresh", "-w", root)
    assert done.exit_code == 0, done.output
    return Workspace.open(root)


def test_the_example_has_forty_rows_that_are_all_accepted_without_a_finding(example: Workspace) -> None:
    care = answers(
        example,
        "SELECT sum(rows) AS n, sum(rejected) AS bad, max(grade) AS grade FROM delivery WHERE dataset <> 'revenue'",
    )
    assert care == [{"n": 40, "bad": 0, "grade": "A"}]
    assert answers(example, "SELECT * FROM data_finding") == []
    assert answers(example, "SELECT status FROM scenario_file") == [{"status": "evaluated"}]


def test_the_example_moves_care_and_tells_money_and_hands(example: Workspace) -> None:
    (moved,) = answers(example, "SELECT sum(units_moved) AS units FROM transfer_flow WHERE year = 2030")
    assert moved["units"] > 0
    (lost,) = answers(
        example,
        "SELECT mean FROM party_impact WHERE party = '06990001' AND year = 2030 AND initiative IS NULL "
        "AND measure = 'margin_change_eur'",
    )
    assert lost["mean"] < 0
    gaps = answers(example, "SELECT DISTINCT resource FROM capacity_gap ORDER BY resource")
    assert [row["resource"] for row in gaps] == ["clinic_hours", "gp_hours", "practice_nurse_hours", "specialist_hours"]


def test_every_template_runs_on_the_example_region(example: Workspace) -> None:
    region = own_region(example)
    with reading(releases.require_current(example.published).database) as connection:
        regions = read_regions(connection)
    for name, template in shipped.templates().items():
        own = own_template(template, region)
        text = _with_resources(own.text, own.resources)
        evaluation = evaluate_text(HEAD + text, source=name, regions=regions)
        assert evaluation.table("initiative")["initiative"].to_list() == [name]


def _with_resources(text: str, lacking: tuple[str, ...]) -> str:
    """The text with another resource for those that `templates --into` would deliver."""
    for name in lacking:
        text = text.replace(f"{name}:", "clinic_hours:", 1)
    return text


def test_a_newcomer_has_a_first_page_of_one_workbook_ten_cells_and_three_commands(tmp_path: Path) -> None:
    root = tmp_path / "streek"
    assert run("init", root, "--workbook", "--lang", "nl", "--year", 2025).exit_code == 0  # 1
    path = root / "inbox" / "regio" / "2025" / "regio.xlsx"
    cells = {
        "Aanbieders": [
            {"AGB-code": "06010101", "Naam": "Noord", "Soort": "algemeen ziekenhuis"},
            {"AGB-code": "41000001", "Naam": "Huisartsen", "Soort": "huisartsenorganisatie"},
        ],
        "Zorg": [
            {"AGB-code": "06010101", "Specialisme": "longziekten", "Diagnose": "1241", "Aantal": 600, "Omzet": 246000}
        ],
    }
    typed = fill(path, cells)
    beyond_names = typed - 2
    put = run("templates", "copd-to-gp", "--into", "eerste.yaml", "-w", root, "--lang", "nl")  # 2
    assert put.exit_code == 0, put.output
    done = run("refresh", "-w", root)  # 3
    assert done.exit_code == 0, done.output
    workspace = Workspace.open(root)
    assert releases.require_current(workspace.published).dashboards.is_file()
    assert beyond_names <= 10
    assert "Step 2 of 6: the region knows what each party loses or gains." in done.output
    assert (
        "Next, who lacks which hands: deliver `capacity`: provider_id, period, resource, available, used."
        in done.output
    )
    lost = answers(
        workspace,
        "SELECT mean FROM party_impact WHERE party = '06010101' AND year = 2030 AND initiative IS NULL "
        "AND measure = 'revenue_change_eur'",
    )
    assert lost[0]["mean"] < 0
