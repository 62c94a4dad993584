"""What readers propose: kept apart from the scenarios that count, never over another, and within limits."""

import os
import time
from pathlib import Path

import pytest

from dashboards.faces.app.proposals import NotKeptError
from dashboards.words.wording import LANGUAGES, wording
from models.scenario import parse_scenario
from pipelines.cli.proposals import MOST_AN_HOUR, MOST_BYTES, MOST_WAITING, Proposals
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.workspace.workspace import Workspace


def proposal(region: Workspace, name: str) -> str:
    return (region.scenarios / "naar-de-huisarts.yaml").read_text().replace("naar-de-huisarts", name)


def aged(folder: Path, *, hours: float) -> None:
    """Has every proposal be so old."""
    then = time.time() - hours * 3600
    for file in folder.iterdir():
        os.utime(file, (then, then))


def test_a_proposal_waits_beside_the_scenarios_and_counts_for_nothing(region: Workspace) -> None:
    before = releases.require_current(region.published).id
    assert Proposals(region).keep("anders", proposal(region, "anders")) == "scenarios/proposed/anders.yaml"
    kept = region.scenarios / "proposed" / "anders.yaml"
    assert parse_scenario(kept.read_text(), source="anders.yaml").scenario == "anders"
    assert kept not in region.scenario_files()
    refresh(region)
    assert releases.require_current(region.published).id == before


def test_the_operator_takes_it_up_by_moving_it(region: Workspace) -> None:
    Proposals(region).keep("anders", proposal(region, "anders"))
    taken = (region.scenarios / "proposed" / "anders.yaml").rename(region.scenarios / "anders.yaml")
    assert taken in region.scenario_files()


@pytest.mark.parametrize("there", ["scenarios/er-al.yaml", "scenarios/er-al.yml", "scenarios/proposed/er-al.yaml"])
def test_a_file_that_is_there_is_never_written(region: Workspace, there: str) -> None:
    path = region.root / there
    path.parent.mkdir(exist_ok=True)
    path.write_text("as it was")
    with pytest.raises(NotKeptError) as refused:
        Proposals(region).keep("er-al", "other")
    assert (refused.value.reason, refused.value.found) == ("taken", "er-al")
    assert path.read_text() == "as it was"


def test_a_file_that_is_too_large_is_not_kept(region: Workspace) -> None:
    with pytest.raises(NotKeptError) as refused:
        Proposals(region).keep("large", "é" * (MOST_BYTES // 2 + 1))
    assert (refused.value.reason, refused.value.found, refused.value.most) == ("too_large", MOST_BYTES + 2, MOST_BYTES)
    assert not (region.scenarios / "proposed").exists()


def test_so_many_an_hour_and_then_again(region: Workspace) -> None:
    proposals = Proposals(region)
    for number in range(MOST_AN_HOUR):
        proposals.keep(f"one-{number}", "text")
    with pytest.raises(NotKeptError) as refused:
        proposals.keep("one-more", "text")
    assert (refused.value.reason, refused.value.found) == ("too_often", MOST_AN_HOUR)
    aged(region.scenarios / "proposed", hours=1.1)
    assert proposals.keep("one-more", "text") == "scenarios/proposed/one-more.yaml"


def test_no_more_than_so_many_wait(region: Workspace) -> None:
    folder = region.scenarios / "proposed"
    folder.mkdir()
    for number in range(MOST_WAITING):
        (folder / f"old-{number}.yaml").write_text("text")
    aged(folder, hours=48)
    with pytest.raises(NotKeptError) as refused:
        Proposals(region).keep("one-more", "text")
    assert (refused.value.reason, refused.value.found) == ("too_many", MOST_WAITING)


def test_a_folder_that_cannot_be_written_is_told(region: Workspace) -> None:
    (region.scenarios / "proposed").write_text("a file in its place")
    with pytest.raises(NotKeptError) as refused:
        Proposals(region).keep("new", "text")
    assert refused.value.reason == "failed"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", ["taken", "too_large", "too_often", "too_many", "failed"])
def test_every_reason_is_told_in_three_parts(reason: str, language: str) -> None:
    said = wording(language).text(f"what_if.not_kept.{reason}", found="FOUND", most="MOST")
    assert "FOUND" in said
    assert ("MOST" in said) == reason.startswith("too_")
    assert ("Gevonden" in said, "Verwacht" in said) == ((language == "nl"),) * 2
