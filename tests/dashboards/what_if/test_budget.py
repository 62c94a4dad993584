"""How much a reader may have computed: refused in words before anything is computed, in both languages."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from small_release import SCENARIO, make_current, write_release

from dashboards.faces.app.application import application
from dashboards.faces.app.following import Following, OnAir
from dashboards.faces.app.impossible import refusals
from dashboards.what_if.budget import Size, TooLargeError, check_size
from dashboards.words.wording import wording
from models.scenario import ScenarioError, parse_scenario


def test_a_size_is_a_product_and_nothing_counts_as_one() -> None:
    assert Size(years=8, draws=500, parties=51, initiatives=8).results == 1_632_000
    assert Size(years=8, draws=0, parties=51, initiatives=0).results == 8 * 51


def test_more_than_is_allowed_is_refused_in_words() -> None:
    refused = TooLargeError("plan", size=Size(31, 500, 400, 30), most=20_000_000)
    (dutch,) = refusals(refused, wording("nl"))
    assert "186.000.000 uitkomsten" in dutch
    assert "31 jaren × 500 doorrekeningen × 400 partijen × 30 initiatieven" in dutch
    assert "hoogstens 20.000.000" in dutch
    (english,) = refusals(refused, wording("en"))
    assert "186,000,000 results" in english
    assert "choose an earlier last year" in english


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("budget")
    make_current(place, write_release(place / "releases"))
    return place / "current"


def test_what_was_filed_and_twice_that_is_never_too_large_to_try(published: Path) -> None:
    trial = OnAir(published.resolve(), ("nl", "en")).trial(SCENARIO)
    region, filed = trial.region, trial.filed
    check_size(filed, region, filed=filed, most=1)
    check_size(filed.model_copy(update={"draws": 2 * filed.draws}), region, filed=filed, most=1)
    with pytest.raises(TooLargeError):
        check_size(filed.model_copy(update={"draws": 3 * filed.draws}), region, filed=filed, most=1)


def test_a_proposal_counts_all_its_draws(published: Path) -> None:
    trial = OnAir(published.resolve(), ("nl", "en")).trial(SCENARIO)
    trial.check_proposal(("draws=10000",))
    assert trial.scenario(("draws=1000000",)).draws == 500
    with pytest.raises(TooLargeError):
        trial.check_proposal(("draws=1000000", "horizon=2055"))


def test_a_last_year_beyond_thirty_years_is_refused_by_its_line() -> None:
    text = "scenario: far\nbase_year: 2025\nhorizon: {}\ninitiatives: []\n"
    assert parse_scenario(text.format(2055), source="far.yaml").horizon == 2055
    with pytest.raises(ScenarioError) as refused:
        parse_scenario(text.format(2056), source="far.yaml")
    (finding,) = refused.value.faults
    assert (finding.line, finding.key, str(finding.found)) == (3, "horizon", "2056")
    assert "2055" in str(finding.expected)


@pytest.fixture(scope="module")
def client(published: Path) -> FlaskClient:
    return application(Following(published, languages=("nl", "en"))).test_client()


@pytest.mark.parametrize(
    ("language", "expected"),
    [("nl", "2055 of eerder, 30 jaar na het basisjaar"), ("en", "2055 or earlier, 30 years after the base year")],
)
def test_an_address_that_asks_for_centuries_is_told(client: FlaskClient, language: str, expected: str) -> None:
    answer = client.get(f"/{language}/{SCENARIO}/flows.html?set=horizon=2300")
    assert answer.status_code == 400
    assert wording(language).text("what_if.fault_title") in answer.text
    assert expected in answer.text
