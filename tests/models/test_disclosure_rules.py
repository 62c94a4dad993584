"""What the views of a region of ten parties hold, and that nobody works out another's figures from them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from disclosure_worlds import plainly_at_risk, told_by
from ten_parties import GPS, HOSPITALS, LAB, PAYERS, SETTINGS, plan

from models.disclosure.all_views import audit_views, case_of
from models.disclosure.at_the_table import considered
from models.disclosure.audit import risks_as_shown
from models.disclosure.ladders import Settings
from models.disclosure.primary import attackers_of, figures_of
from models.disclosure.record import read, record_of, written
from models.disclosure.scenario_facts import Party


@pytest.fixture(scope="module")
def facts():
    return plan()


@pytest.fixture(scope="module")
def done(facts):
    return audit_views([facts], SETTINGS)


def sections(audited):
    """How each kind of figure is told: section and measure, the levels that there are."""
    found = {}
    for figure in audited.case.figures:
        found.setdefault(figure.about["section"], set()).add(audited.level(figure))
    return found


def test_what_is_said_is_true_at_every_level(facts):
    case = case_of([facts], SETTINGS)
    values = {cell.key: cell.value for cell in case.cells.given.values()}
    said = [*case.known, *(sent.statement for sent in case.own)]
    said += [one for figure in case.figures for level in figure.levels for one in level.statements]
    for one in said:
        amounts = [values[key] * weight for key, weight in one.terms]
        slack = 1e-7 * max(1.0, *map(abs, amounts))
        assert one.low - slack <= sum(amounts) <= one.high + slack, one


def test_the_views_pass_and_are_not_empty(done):
    assert done.passed
    told = sections(done)
    assert "stance" in told["stance"]
    assert told["cover"] <= {"band", "coarser_band"}
    rooms = [f for f in done.case.figures if f.about["section"] == "units" and "party" in f.about]
    shown = {f.about["initiative"] for f in rooms if done.level(f) != "withheld"}
    assert shown == {"heart", "diabetes", "surgery", "lab"}


def test_a_plain_attacker_finds_nothing_in_what_is_left(done):
    for attacker in done.case.attackers:
        if attacker.parties <= {HOSPITALS[0], HOSPITALS[2], GPS[0], LAB, PAYERS[0]}:
            assert plainly_at_risk(done.case, told_by(done), attacker) == []


def test_units_at_a_tariff_that_everybody_knows_are_money_and_give_way(facts, done):
    shown = {risk.cell.key.party for risk in risks_as_shown(case_of([facts], SETTINGS))}
    assert shown & set(GPS)
    received = [f for f in done.case.figures if f.about.get("measure") == "received" and f.about["party"] in GPS]
    assert {done.level(figure) for figure in received} == {"withheld"}


def test_two_scenarios_one_initiative_apart_are_as_two_releases():
    both = [plan(), plan("smaller", without="lab")]
    alone = [audit_views([one], SETTINGS) for one in both]
    done = audit_views(both, SETTINGS)
    assert done.passed
    merged = len(done.case.cells)
    assert merged < sum(len(one.case.cells) for one in alone)
    for attacker in done.case.attackers:
        if attacker.parties == {HOSPITALS[1], PAYERS[1]}:
            assert plainly_at_risk(done.case, told_by(done), attacker) == []


def test_what_was_sent_before_counts():
    first = audit_views([plan("smaller", without="lab", release="r0")], SETTINGS)
    kept = read(json.loads(json.dumps(written(record_of(first)))))
    assert kept == record_of(first)
    second = audit_views([plan()], SETTINGS, before=[kept])
    assert second.passed
    assert all(second.coarseness.get(family, 0) >= level for family, level in first.coarseness.items())
    told = [(one.audience, one.statement) for one in (*first.statements(), *second.statements())]
    for attacker in second.case.attackers:
        if attacker.parties == {HOSPITALS[1], PAYERS[1]}:
            assert plainly_at_risk(second.case, told, attacker) == []


@pytest.mark.parametrize("rule", ["equal_gain", "proportional", "keep_whole", "shapley"])
def test_an_own_payment_is_as_true_as_it_is_told(rule):
    own = plan(rule=rule)
    payments = [figure for figure in figures_of(own, SETTINGS) if figure.about["section"] == "payment"]
    assert {figure.about["party"] for figure in payments} == set(own.payment.received)
    assert all(len(figure.audience) == 1 for figure in payments)
    case = case_of([own], SETTINGS)
    values = {cell.key: cell.value for cell in case.cells.given.values()}
    for figure in payments:
        for one in (one for level in figure.levels for one in level.statements):
            told = sum(values[key] * weight for key, weight in one.terms)
            assert one.low - 1e-3 <= told <= one.high + 1e-3
    assert audit_views([own], SETTINGS).passed


@pytest.mark.parametrize("rule", ["equal_gain", "proportional", "shapley"])
def test_the_direction_of_a_payment_says_something_too(rule):
    """Who hears that it pays knows that its part of the sum is less than it has: one side of the others' margins."""
    own = plan(rule=rule)
    said = {
        figure.about["party"]: next(level for level in figure.levels if level.name == "sign")
        for figure in figures_of(own, SETTINGS) if figure.about["section"] == "payment"
    }  # fmt: skip
    assert all(level.statements for level in said.values())
    assert {"receives"} == {name for level in said.values() for name in level.shown}


def test_no_total_of_two_and_none_that_one_party_makes(facts):
    amounts = dict(zip(HOSPITALS, (1.0, 1.0, 1.0, 1.0), strict=True))
    assert considered(amounts, facts)
    assert not considered(dict.fromkeys(HOSPITALS[:2], 1.0), facts)
    assert not considered(amounts | {HOSPITALS[0]: 4.0}, facts)


def test_parties_of_one_group_count_once(facts):
    parties = dict(facts.parties) | {
        one: Party(one, "general_hospital", 1e8, "chain") for one in HOSPITALS[:2]
    }  # fmt: skip
    grouped = replace(facts, parties=parties)
    assert not considered(dict.fromkeys(HOSPITALS[:3], 1.0), grouped)


def test_of_a_kind_with_three_parties_nothing_is_told_of_that_kind_alone(facts):
    kinds = {figure.about.get("kind") for figure in figures_of(facts, Settings()) if figure.about["section"] == "total"}
    assert not kinds & {"gp_organisation", "diagnostic_laboratory", "general_hospital", "top_clinical_hospital"}
    merged = {figure.about.get("kind") for figure in figures_of(facts, SETTINGS) if figure.about["section"] == "total"}
    assert "general_hospital+top_clinical_hospital" in merged


def test_no_euro_of_a_party_is_at_the_table_or_in_a_room(done):
    for figure in done.case.figures:
        if figure.about["section"] in {"stance", "band", "room"}:
            assert "value" not in done.shown(figure)
        if figure.about["section"] == "total":
            assert "party" not in figure.about


def test_small_counts_are_told_as_under_the_minimum(facts):
    few = Settings(minimum_count=100, kinds_merge=SETTINGS.kinds_merge)
    units = [f for f in figures_of(facts, few) if f.about["section"] == "units"]
    assert any(f.levels[0].shown == {"below": 100} for f in units)
    assert all(f.levels[0].shown.get("value", 100) >= 100 for f in units)


def test_everybody_is_asked_and_donors_with_each_payer(facts):
    found = {one.name for one in attackers_of([facts], SETTINGS)}
    assert {"public", *HOSPITALS, *GPS, LAB, *PAYERS} <= found
    assert f"{PAYERS[1]} + {HOSPITALS[0]}" in found


def test_the_two_of_a_pool_of_parties_that_is_named_are_asked_together(facts):
    named = Settings(coalitions=(frozenset(HOSPITALS[1:3]),))
    kinds = {one.name for one in attackers_of([facts], named)}
    assert f"{HOSPITALS[1]} + {HOSPITALS[2]}" not in kinds
    grouped = Settings(coalitions=(frozenset({*HOSPITALS[1:3]}),), groups={"hospitals": (*HOSPITALS, LAB)})
    assert f"{HOSPITALS[1]} + {HOSPITALS[2]}" in {one.name for one in attackers_of([facts], grouped)}


def test_the_narrowest_interval_left_is_at_least_half(done):
    assert done.narrowest >= 0.5
    assert np.isfinite(done.narrowest)
    assert done.programs > 0


def test_hands_needed_are_units_by_the_time_of_a_unit_and_around_it(facts):
    """0.3 direct hours a unit, 60 % of an hour direct, 1,500 hours an equivalent: 6,849 units take 2.3 of them."""
    (nurses,) = [
        one
        for one in figures_of(facts, SETTINGS)
        if one.about["section"] == "need"
        and (one.about["party"], one.about["initiative"], one.about["measure"])
        == (GPS[0], "heart", "practice_nurse_hours")
    ]
    assert facts.needs["heart", "practice_nurse_hours"] == pytest.approx(0.3 / 0.6 / 1500)
    assert facts.received["heart", GPS[0], 2032] * 0.3 / 0.6 / 1500 == pytest.approx(2.28, abs=0.01)
    assert (nurses.levels[0].shown["low"], nurses.levels[0].shown["high"]) == (2.0, 5.0)
