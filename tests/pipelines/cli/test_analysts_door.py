"""`import care_transfer`: what it gives is what the release says, and the notebook in the docs runs."""

import json
from pathlib import Path

import polars as pl
import pytest

import care_transfer as ct
from pipelines.evaluation import sweeping
from pipelines.release import releases
from pipelines.workspace.workspace import WORKSPACE_VARIABLE, Workspace

NOTEBOOK = Path(__file__).parents[3] / "docs" / "examples" / "negotiation.ipynb"


@pytest.fixture
def release(refreshed: Workspace) -> ct.Release:
    return ct.open_release(refreshed.root)


def test_a_release_opens_by_its_region_its_folder_and_its_database(refreshed: Workspace, release: ct.Release) -> None:
    current = releases.require_current(refreshed.published)
    assert release.id == current.id
    assert ct.open_release(current.path) == ct.open_release(str(current.database)) == release


def test_what_is_no_release_is_told(tmp_path: Path) -> None:
    with pytest.raises(ct.Problem, match="no release at"):
        ct.open_release(tmp_path)


def test_tables_and_questions(release: ct.Release) -> None:
    assert "party_impact" in release.tables
    volume = release.table("volume")
    assert release.sql("SELECT sum(units) FROM volume").item() == volume["units"].sum()
    with pytest.raises(ct.Problem, match="did you mean 'volume'"):
        release.table("volumes")
    with pytest.raises(ct.Problem, match="does more than read"):
        release.sql("DROP TABLE volume")


def test_evaluating_again_gives_the_published_figures(release: ct.Release) -> None:
    (name,) = list(release.scenarios)[:1]
    result = ct.evaluate(ct.region(release), release.scenario(name))
    published = release.sql(
        f"SELECT party, year, initiative, measure, mean FROM party_impact WHERE scenario = '{name}'"
    )
    order = ["party", "year", "initiative", "measure"]
    made = result.table("party_impact").select(published.columns).sort(order)
    assert made.drop("mean").equals(published.sort(order).drop("mean"))
    assert made["mean"].to_list() == pytest.approx(published.sort(order)["mean"].to_list())


def test_a_changed_assumption_changes_who_it_concerns(release: ct.Release) -> None:
    (name,) = list(release.scenarios)[:1]
    facts, filed = ct.region(release), release.scenario(name, "draws=0")
    none = release.scenario(name, "draws=0", f"initiatives.{filed.initiatives[0].id}.eligible_share=0")
    difference = ct.compare(ct.evaluate(facts, filed), ct.evaluate(facts, none))["margin_difference_eur"]
    assert difference.abs().max() > 1


def test_the_notebook_runs(refreshed: Workspace, release: ct.Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WORKSPACE_VARIABLE, str(refreshed.root))
    (scenario,) = list(release.scenarios)[:1]
    cells = [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    names: dict[str, object] = {}
    for cell in cells:
        source = "".join(cell["source"]).replace('SCENARIO = "right-care-2027"', f'SCENARIO = "{scenario}"')
        exec(compile(source, str(NOTEBOOK), "exec"), names)
    shown = names["side_by_side"]
    assert isinstance(shown, pl.DataFrame)
    assert shown.height > 0
    assert len(names["figure"].data[0].x) == min(7, shown.height)  # type: ignore[attr-defined]


def test_a_sweep_is_every_setting_evaluated_by_itself(release: ct.Release) -> None:
    (name,) = list(release.scenarios)[:1]
    first = release.scenario(name).initiatives[0].id
    settings = [("draws=50", f"initiatives.{first}.eligible_share={share}") for share in (0.1, 0.2, 0.3)]
    found = ct.sweep(release, name, settings)
    facts = ct.region(release)
    for number, setting in enumerate(settings):
        own = ct.evaluate(facts, release.scenario(name, *setting)).headline("party_impact")
        told = found.filter(number=number)
        assert told["settings"].unique().to_list() == [" ".join(setting)]
        assert told.drop("number", "settings").equals(own)
    assert found["number"].n_unique() == 3


def test_a_sweep_shared_over_processes_is_that_of_one(release: ct.Release) -> None:
    (name,) = list(release.scenarios)[:1]
    work = sweeping.Sweep(ct.region(release), release.scenarios[name], name, "region_impact")
    settings = [(f"draws={draws}",) for draws in (20, 30, 40)]
    alone, shared = (sweeping.sweep(work, settings, processes=count) for count in (1, 2))
    assert alone.equals(shared)


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_setting_of_a_sweep_that_cannot_be_is_told_whoever_meets_it(release: ct.Release, wrong: int) -> None:
    (name,) = list(release.scenarios)[:1]
    settings = [("draws=20",), ("draws=30",)]
    settings[wrong] = ("drawss=20",)
    work = sweeping.Sweep(ct.region(release), release.scenarios[name], name, "region_impact")
    with pytest.raises(ct.Problem, match="drawss"):
        sweeping.sweep(work, settings, processes=2)
    with pytest.raises(ct.Problem, match="no-such"):
        ct.sweep(release, "no-such", settings)
