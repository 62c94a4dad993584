"""Consents: which figures may go further, only all of a kind together, and never what is of the first class."""

import pytest
from disclosure_worlds import plainly_at_risk, told_by
from ten_parties import GPS, HOSPITALS, LAB, PAYERS, SETTINGS, plan

from models.disclosure.all_views import audit_views
from models.disclosure.coarseness import EVERYBODY
from models.disclosure.consents import NEVER, Consent, openings
from models.scenario import ScenarioError
from models.scenario.parsing import read_part

TEXT = """\
party: "{party}"
figure: {figure}
initiative: {initiative}
audience: {audience}
round: "{round}"
purpose: {{nl: samen plannen, en: to plan together}}
"""


def consent(party, figure="units", initiative="surgery", audience="table", round_="1"):
    text = TEXT.format(party=party, figure=figure, initiative=initiative, audience=audience, round=round_)
    return read_part(text, source="consent.yaml", kind=Consent)


@pytest.fixture(scope="module")
def facts():
    return plan()


def given(facts, *parties, **changes):
    return openings([consent(party, **changes) for party in parties], [facts], round_="1")


def at_the_table(done, initiative, measure):
    return {
        figure.about["party"]
        for figure in done.case.figures
        if EVERYBODY in figure.audience
        and figure.about.get("initiative") == initiative
        and figure.about["section"] == "units"
        and "party" in figure.about
        and figure.about["measure"] == measure
        and done.level(figure) != "withheld"
    }


@pytest.mark.parametrize("figure", NEVER)
def test_what_never_leaves_the_middle_is_refused_by_name(figure):
    with pytest.raises(ScenarioError) as caught:
        consent(HOSPITALS[0], figure=figure)
    assert figure in str(caught.value)
    assert "never leaves the middle, with consent or without" in str(caught.value)


def test_an_unknown_figure_and_audience_are_told_with_what_there_is():
    with pytest.raises(ScenarioError, match="units, capacity, norms"):
        consent(HOSPITALS[0], figure="unit")
    with pytest.raises(ScenarioError, match="expected table, or room:INITIATIVE"):
        consent(HOSPITALS[0], audience="everybody")


def test_a_consent_waits_for_every_party_of_its_kind_in_the_room(facts):
    (one,) = given(facts, *HOSPITALS[1:3])
    assert one.wanted == HOSPITALS[1:]
    assert not one.in_effect
    (whole,) = given(facts, *HOSPITALS[1:])
    assert whole.in_effect
    assert given(facts, *HOSPITALS[1:], round_="2") == ()


def test_in_effect_it_is_told_to_all_and_tells_nobody_anything_of_others(facts):
    closed = audit_views([facts], SETTINGS)
    assert at_the_table(closed, "diabetes", "units") == set()
    done = audit_views([facts], SETTINGS, consents=given(facts, *HOSPITALS[1:], initiative="diabetes"))
    assert done.passed
    assert at_the_table(done, "diabetes", "units") == set(HOSPITALS[1:])
    for attacker in done.case.attackers:
        if attacker.parties <= {LAB, GPS[0], PAYERS[1]}:
            assert plainly_at_risk(done.case, told_by(done), attacker) == []


def test_what_would_tell_of_one_that_gave_none_is_not_told(facts):
    """All that the others give one hospital receives: their consent would tell what it receives, and it gave none."""
    done = audit_views([facts], SETTINGS, consents=given(facts, *HOSPITALS[1:]))
    assert done.passed
    assert at_the_table(done, "surgery", "units") == set()


def test_of_another_room_only_those_who_are_in_it_hear_it(facts):
    allowed = given(facts, *HOSPITALS[1:], audience="room:lab")
    done = audit_views([facts], SETTINGS, consents=allowed)
    heard = {party for figure in done.case.figures if "room:lab" in figure.also for party in figure.audience}
    assert LAB in heard
    assert not heard & set(GPS)


def test_a_consent_does_not_open_what_it_would_tell_of_money(facts):
    """Units at a tariff that all know are revenue: what practices allow of their units gives way to that."""
    allowed = given(facts, *GPS, initiative="heart")
    assert allowed[0].in_effect
    done = audit_views([facts], SETTINGS, consents=allowed)
    assert done.passed
    assert at_the_table(done, "heart", "received") == set()
