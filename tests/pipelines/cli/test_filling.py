"""A template made a region's own: parties filled in, resources added to be confirmed, what is left said; it runs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from data_contracts.problem import Problem
from models.scenario.parsing import parse_scenario
from pipelines.cli import app
from pipelines.evaluation import shipped
from pipelines.evaluation.own_templates import OwnParty, OwnRegion, own_template
from pipelines.intake import deliveries
from pipelines.workspace.workspace import Workspace

HOSPITAL = OwnParty("06010101", "Noord", "general_hospital", has_place=True)
DOCTORS = OwnParty("41000001", "Huisartsen", "gp_organisation", has_place=True)
SMALL = OwnRegion((HOSPITAL, DOCTORS), frozenset({"gp_hours"}), {"0310": ["12", "14"]})
HEAD = "scenario: small\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


def begun(folder: Path) -> Workspace:
    north, doctors = "06010101;Noord;algemeen ziekenhuis;Utrecht", "41000001;Huisartsen;huisartsenorganisatie"
    made = run("init", folder, "--year", 2025, "--provider", north, "--provider", doctors)
    assert made.exit_code == 0
    return Workspace.open(folder)


def test_kinds_that_the_region_has_stay_and_others_go() -> None:
    own = own_template(shipped.templates()["copd-to-gp"], SMALL)
    (initiative,) = parse_scenario(HEAD + own.text, source="x").initiatives
    assert initiative.donors.kind == ("general_hospital",)
    assert (initiative.recipients.kind, initiative.recipients.allocate) == (("gp_organisation",), "nearest")
    assert own.left == ()
    assert own.resources == ("practice_nurse_hours",)


def test_care_that_is_left_is_told_with_the_codes_that_were_delivered() -> None:
    own = own_template(shipped.templates()["teledermatology"], SMALL)
    assert 'provider: "06010101"' in own.text
    support, care = (one.en for one in own.left)
    assert support == "support.provider names Noord (06010101) as a stand-in: confirm or change it"
    assert care == "care.diagnosis says fill-in and moves nothing until codes stand there; delivered here: 12, 14"


def test_a_party_that_stands_in_is_marked_in_the_text_and_told() -> None:
    own = own_template(shipped.templates()["kidney-tumour-surgery-to-centre"], SMALL)
    assert "stand-in, to be confirmed: Huisartsen; this region has no university_hospital" in own.text
    assert [one.nl for one in own.left] == ["to noemt Huisartsen (41000001) als invulling: bevestig of verander dat"]


def test_without_places_care_is_divided_equally_and_that_is_told() -> None:
    nowhere = OwnParty("41000001", "Huisartsen", "gp_organisation", has_place=False)
    own = own_template(shipped.templates()["copd-to-gp"], OwnRegion((HOSPITAL, nowhere)))
    assert "allocate: equal" in own.text
    assert "the places of Huisartsen are not known" in own.left[0].en


@pytest.mark.parametrize("parties", [(), (HOSPITAL,)])
def test_one_party_alone_moves_nothing(parties: tuple[OwnParty, ...]) -> None:
    with pytest.raises(Problem, match="one who gives care away and another who receives it"):
        own_template(shipped.templates()["copd-to-gp"], OwnRegion(parties))


@pytest.mark.parametrize("name", list(shipped.templates()))
@pytest.mark.parametrize(
    "kinds", [("general_hospital", "university_hospital"), ("other", "gp_practice"), ("other",) * 2]
)
def test_any_two_parties_get_a_scenario_that_can_be_read(name: str, kinds: tuple[str, str]) -> None:
    parties = tuple(OwnParty(f"0601010{n}", f"P{n}", kind, has_place=False) for n, kind in enumerate(kinds))
    own = own_template(shipped.templates()[name], OwnRegion(parties))
    (initiative,) = parse_scenario(HEAD + own.text, source="x").initiatives
    assert initiative.id == name


def test_into_begins_a_scenario_and_goes_on_in_it_before_anything_was_read(tmp_path: Path) -> None:
    place = begun(tmp_path / "r")
    first = run("templates", "copd-to-gp", "-w", place.root, "--into", "scenarios/mine.yaml", "--lang", "nl")
    assert first.exit_code == 0, first.output
    second = run("templates", "teledermatology", "-w", place.root, "--into", "mine.yaml")
    assert second.exit_code == 0, second.output
    scenario = parse_scenario((place.scenarios / "mine.yaml").read_text(), source="mine")
    assert [one.id for one in scenario.initiatives] == ["copd-to-gp", "teledermatology"]
    resources = (place.inbox / "shipped-assumptions" / "2025" / "resources.csv").read_text("utf-8-sig")
    rows = [line.split(";")[0] for line in resources.splitlines()[1:]]
    assert sorted(rows) == ["gp_hours", "practice_nurse_hours", "specialist_hours"]
    assert "specialist_hours: not delivered by the region, so shipped assumptions were put in" in second.output
    read = {one.delivery.dataset: one.record for one in deliveries.ingest(place)}
    assert (read["resources"].accepted, read["resources"].rejected) == (3, 0)


def test_into_never_writes_what_is_no_scenario(tmp_path: Path) -> None:
    place = begun(tmp_path / "r")
    run("templates", "copd-to-gp", "-w", place.root, "--into", "mine.yaml")
    before = (place.scenarios / "mine.yaml").read_text()
    again = run("templates", "copd-to-gp", "-w", place.root, "--into", "mine.yaml")
    assert again.exit_code != 0
    assert (place.scenarios / "mine.yaml").read_text() == before
