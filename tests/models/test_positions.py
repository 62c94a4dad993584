"""What parties want, sealed: red lines as rows of the program, held against trying every package; and what is told."""

from dataclasses import replace
from itertools import product

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from invented_packages import contributions, keeping, regions_of_choice, value
from ten_parties import GPS, HOSPITALS, LAB, evaluated, scenario

from models.portfolio.choosing import Search
from models.portfolio.evaluated import Evaluating
from models.portfolio.limits import UNBOUNDED, Limits, excess
from models.positions.deal_room import DealRoom, deal_room, with_lines
from models.positions.lines import Line, LineBases, amounts_of, lines_of
from models.positions.measuring import Sealed
from models.positions.meeting import disagreements, held, ledger, reasons_to_stop, shared_interests, table_answer
from models.positions.position import TEMPLATE, Position, RedLine, parse_position
from models.scenario import ScenarioError
from models.scenario.schema import StopIf

FULL = """\
party: "06010101"
urgency: 4
since: 2024
openness: {revenue: table, capacity: table, wishes: table}
interests:
  - {words: {nl: de kaakchirurgie houden, en: keep oral surgery}, dimension: department, specialism: "0327", weight: 5}
red_lines:
  - {dimension: margin, at_least: -0.003}
  - {dimension: cushion, at_least: -0.25}
  - {dimension: department, specialism: "0327", keep: true}
  - {dimension: staff_capacity, resource: gp_hours, at_most_fte: 2}
  - {initiative: lab, refuse: true}
carries: [{initiative: stable-af-to-gp, champion: {nl: de cardiologen, en: the cardiologists}, drive: 4}]
"""


def test_a_position_as_on_the_page_is_read():
    own = parse_position(FULL, source="06010101.yaml")
    assert [line.name for line in own.red_lines] == [
        "margin", "cushion", "department:0327", "staff_capacity:gp_hours", "refuse:lab",
    ]  # fmt: skip
    assert own.interests[0].specialism == "0327"
    assert own.carries[0].drive == 4


def test_the_template_is_a_position():
    own = parse_position(TEMPLATE.format(party="06010101"), source="template")
    assert (own.party, own.urgency, own.red_lines) == ("06010101", 3, ())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{dimension: marge, at_least: -0.1}", "dimension: found 'marge'"),
        ("{dimension: margin}", "found nothing with margin; expected at_least"),
        ("{dimension: department, keep: true}", "found keep with department; expected keep and specialism"),
        ("{dimension: margin, at_most_fte: 2}", "found at_most_fte with margin; expected at_least"),
        ("{dimension: cushion, at_leest: -1}", "Did you mean 'at_least'?"),
        ("{initiative: lab, refuse: false}", "found false; expected true"),
        ("{initiative: lab}", "found initiative with no dimension; expected initiative and refuse"),
    ],
)
def test_a_line_that_says_too_little_is_told(line, told):
    text = f"party: p\nurgency: 2\nred_lines:\n  - {line}\n"
    with pytest.raises(ScenarioError, match=r"p\.yaml:4") as caught:
        parse_position(text, source="p.yaml")
    assert told in str(caught.value)


# -- the program ----


def red(party, place, limits, **keys):
    keys = keys or {"dimension": "margin", "at_least": -0.01}
    return Line(party, place, RedLine.model_validate(keys), np.array(limits, dtype=float), "eur", 1.0, known=True)


@st.composite
def rooms(draw):
    """Contributions with red lines of one to three amounts."""
    own, limits = draw(regions_of_choice(most=6))
    lines = [red(f"p{n}", 0, draw(st.lists(st.integers(-60, 0).map(float), min_size=1, max_size=3)))
             for n in range(draw(st.integers(0, 3)))]  # fmt: skip
    count = sum(line.limits.size for line in lines)
    amounts = [np.array(draw(st.lists(st.integers(-60, 40), min_size=count, max_size=count)), dtype=float)
               for _ in own.options]  # fmt: skip
    return with_lines(own, lines, amounts), limits, lines


@given(rooms())
@settings(max_examples=80, deadline=None)
def test_the_room_is_that_of_trying_every_package(case):
    own, limits, lines = case
    found = deal_room(Search(own), limits, lines)
    there = [package for package in keeping(own, limits) if package]
    assert found.proven
    assert found.is_open == bool(there)
    if found.choice:
        assert found.choice.value_eur == pytest.approx(max(value(own, package) for package in there), abs=0.02)


@given(rooms())
@settings(max_examples=60, deadline=None)
def test_the_line_that_opens_room_moves_as_little_as_any_package_needs(case):
    own, limits, lines = case
    found = deal_room(Search(own), limits, lines)
    if found.is_open:
        assert not found.openings
        return
    told = {lines.index(one.line): one.by for one in found.openings}
    without = [package for package in keeping(own, replace(limits, lines=False)) if package]
    for place in range(len(lines)):
        rows = np.array(own.line_of) == place
        needs = []
        for package in without:
            short = own.least - own.effects.of(package).lines
            if (short[~rows] <= 1e-6).all():
                needs.append(max(0.0, short[rows].max()))
        assert (place in told) == bool(needs)
        if needs:
            assert told[place] == pytest.approx(min(needs), abs=1e-6)


def test_fifteen_initiatives_exactly():
    stream = np.random.default_rng(5)
    own = contributions(stream.integers(-50, 60, (15, 4)))
    lines = [red("p0", 0, [-40.0, -30.0]), red("p1", 0, [-20.0]), red("p3", 0, [-10.0])]
    amounts = stream.integers(-30, 25, (15, 4)).astype(float)
    known = with_lines(own, lines, list(amounts))
    found = deal_room(Search(known), Limits(loss_cap=UNBOUNDED), lines)
    every = np.array(list(product([0, 1], repeat=15)))[1:]
    kept = (every @ amounts >= known.least - 1e-9).all(axis=1)
    assert found.choice.value_eur == pytest.approx((every[kept] @ own.values).max())


def test_a_refused_initiative_is_in_no_package_and_giving_the_refusal_up_opens_room():
    own = contributions([[10.0, 5.0], [-90.0, 5.0]])
    lines = [red("p0", 0, [-50.0]), replace(red("p1", 0, [0.0], initiative="i0", refuse=True), unit="refusal")]
    known = with_lines(own, lines, [np.array([10.0, -1.0]), np.array([-90.0, 0.0])])
    found = deal_room(Search(known), Limits(), lines)
    assert not found.is_open
    assert {one.line.party: one.by for one in found.openings} == pytest.approx({"p0": 40.0, "p1": 1.0})


def test_no_line_alone_opens_room_where_two_stand_in_the_way():
    own = contributions([[-90.0, -90.0]])
    lines = [red("p0", 0, [-50.0]), red("p1", 0, [-50.0])]
    known = with_lines(own, lines, [np.array([-90.0, -90.0])])
    found = deal_room(Search(known), Limits(), lines)
    assert (found.is_open, found.proven, found.openings) == (False, True, ())


def test_a_package_that_crosses_a_line_only_when_evaluated_whole_is_passed_over():
    own = contributions([[30.0], [20.0]])
    lines = [red("p0", 0, [-5.0])]
    known = with_lines(own, lines, [np.array([0.0]), np.array([0.0])])

    def whole(package):
        effects = known.effects.of(package)
        return replace(effects, lines=np.array([-10.0 if len(package) == 2 else 0.0]))

    found = deal_room(Search(known, whole), Limits(), lines)
    assert found.choice.package == (0,)
    assert excess(known, whole((0, 1)), Limits()).lines.tolist() == [5.0]


# -- lines as numbers ----

KNOWN = LineBases(
    size={"h": 100e6}, cushion={"h": 2e6}, units={("h", "0327"): {2025: 100.0, 2026: 110.0}},
    production={("h", "0327"): 1e6}, gap={("h", "gp_hours"): {2025: -1500.0, 2026: 6000.0}},
    hours_per_fte={"gp_hours": 1500.0}, years=(2025, 2026), discount={2025: 1.0, 2026: 0.97},
)  # fmt: skip


def own_line(**keys):
    position = Position(party="h", urgency=3, red_lines=(RedLine.model_validate(keys),))
    return lines_of([position], KNOWN)[0]


def impact(**yearly):
    rows = [{"party": "h", "initiative": None, "measure": m, "year": y, "mean": v}
            for m, values in yearly.items() for y, v in zip((2025, 2026), values, strict=True)]  # fmt: skip
    return pl.DataFrame(rows, schema={"party": pl.String, "initiative": pl.String, "measure": pl.String,
                                      "year": pl.Int64, "mean": pl.Float64})  # fmt: skip


def test_a_line_is_a_share_of_what_it_is_a_share_of():
    assert own_line(dimension="margin", at_least=-0.003).limits.tolist() == [-300_000.0]
    assert own_line(dimension="cushion", at_least=-0.25).limits.tolist() == [-500_000.0, -500_000.0]
    assert own_line(dimension="department", specialism="0327", keep=True).limits.tolist() == [-99.5, -109.5]
    assert own_line(dimension="staff_capacity", resource="gp_hours", at_most_fte=2).limits.tolist() == [-3.0, 0.0]
    assert not own_line(dimension="department", specialism="0301", keep=True).known


def test_what_a_scenario_adds_to_a_line():
    frames = {
        "party_impact": impact(margin_change_eur=[0.0, -900_000.0], revenue_change_eur=[0.0, -2e6]),
        "initiative": pl.DataFrame({"initiative": ["af"]}),
        "threshold": pl.DataFrame(
            {"provider": ["h"], "specialism": ["0327"], "norm": [None], "year": [2026], "units_before": [110.0],
             "units_after": [0.2]}, schema_overrides={"norm": pl.String},
        ),
        "capacity_gap": pl.DataFrame(
            {"provider": ["h"], "resource": ["gp_hours"], "year": [2026], "load_change": [3e3]}
        ),
    }  # fmt: skip
    margin = amounts_of(own_line(dimension="margin", at_least=-0.003), frames, KNOWN)
    assert margin[0] == pytest.approx(-900_000 * 0.97 / 1.97)
    cushion = own_line(dimension="cushion", at_least=-0.25)
    assert not held(cushion, amounts_of(cushion, frames, KNOWN)).holds
    kept = own_line(dimension="department", specialism="0327", keep=True)
    assert not held(kept, amounts_of(kept, frames, KNOWN)).holds
    hands = own_line(dimension="staff_capacity", resource="gp_hours", at_most_fte=2)
    assert amounts_of(hands, frames, KNOWN).tolist() == [0.0, -2.0]
    assert held(hands, amounts_of(hands, frames, KNOWN)).holds is False
    refused = own_line(initiative="af", refuse=True)
    assert held(refused, amounts_of(refused, frames, KNOWN)).holds is False


def test_in_how_many_draws_a_line_holds():
    line = red("h", 0, [-10.0])
    found = held(line, np.array([-8.0]), np.array([[-8.0, -12.0, -9.0, -11.0]]))
    assert (found.holds, found.share_of_draws) == (True, 0.5)


# -- words and figures ----

INTEREST = pl.DataFrame(
    {
        "party": ["h", "h", "g", "g"],
        "initiative": [None, "af", None, "af"],
        "dimension": ["margin", "margin", "margin", "margin"],
        "value": [-9e5, -9e5, 10.0, 4e4],
        "share": [-0.009, -0.009, 0.0, 0.01],
        "stance": ["loses", "loses", "neutral", "gains"],
    }
)


def test_words_and_figures_that_disagree_are_told():
    found = disagreements([Position(party="h", urgency=2), Position(party="g", urgency=5)], INTEREST, [])
    assert {(one.party, one.kind) for one in found} == {
        ("h", "no_line_on_largest_loss"), ("g", "urgent_nothing_at_stake"),
    }  # fmt: skip


def test_the_ledger_says_who_gives_and_who_gets():
    rows = {row["party"]: row for row in ledger(INTEREST).iter_rows(named=True)}
    assert rows["h"]["gives_in"] == ["af"]
    assert rows["g"]["gets_in"] == ["af"]
    assert rows["h"]["balance_eur"] == -9e5


def wishing(party, *dimensions, urgency=3, openness="table"):
    return Position.model_validate({
        "party": party, "urgency": urgency, "openness": {"wishes": openness},
        "interests": [{"words": "x", "dimension": one} for one in dimensions],
    })  # fmt: skip


NO_ROOM = DealRoom(None, proven=True, openings=(), lines=())


def test_the_table_learns_nothing_until_everybody_has_handed_in():
    assert table_answer([wishing("a")], ["a", "b"], has_room=True, kept={}) is None
    assert table_answer([wishing("a"), wishing("c")], ["a", "b"], has_room=True, kept={}) is None


def test_the_table_learns_whether_there_is_room_and_what_three_want():
    three = [wishing("a", "travel", "margin"), wishing("b", "travel", "margin"), wishing("c", "travel", urgency=5),
             wishing("d", "margin", openness="middle")]  # fmt: skip
    found = table_answer(three, ["a", "b"], has_room=False, kept={"a": False, "b": True})
    assert (found.has_room, found.lines_kept, found.parties) == (False, 1, 2)
    assert found.shared == (("travel", None, 3),)
    assert found.open == {"a": 3, "b": 3, "c": 5}


def test_when_it_is_better_to_stop():
    rule = StopIf(no_room=True, urgency_gap=3, shared_interests_below=1)
    apart = [wishing("a", "travel", urgency=1), wishing("b", "margin", urgency=5)]
    assert reasons_to_stop(rule, apart, NO_ROOM) == ("no_room", "urgency_gap", "shared_interests")
    together = [wishing("a", "travel", urgency=4), wishing("b", "travel", urgency=5)]
    assert reasons_to_stop(rule, together, None) == ()
    assert set(shared_interests(together)) == {("travel", None)}
    assert reasons_to_stop(StopIf(), apart, NO_ROOM) == ()


# -- by the model itself ----


def sealed(*positions, **changes):
    return Sealed(evaluated(scenario(**changes)), tuple(Position.model_validate(one) for one in positions))


@pytest.fixture(scope="module")
def laboratory():
    """The laboratory case of the founding texts: the hospital that would lose its laboratory refuses."""
    stays = {"dimension": "department", "specialism": "0303", "keep": "true"}
    hands = {"dimension": "staff_capacity", "resource": "gp_hours", "at_most_fte": 40}
    return sealed(
        {"party": HOSPITALS[0], "urgency": 1, "red_lines": [{"initiative": "lab", "refuse": "true"}]},
        {"party": LAB, "urgency": 5, "red_lines": [{"dimension": "margin", "at_least": 0.0001}]},
        {"party": HOSPITALS[2], "urgency": 3, "red_lines": [stays]},
        {"party": GPS[0], "urgency": 3, "red_lines": [hands]},
        portfolio={"shortage_tolerance_fte": 100},
    )


def test_each_line_is_held_against_the_scenario_as_filed(laboratory):
    found = {one.line.party: one for one in laboratory.held}
    assert found[HOSPITALS[0]].holds is False
    assert found[HOSPITALS[2]].holds is False
    assert found[LAB].share_of_draws in {0.0, 1.0}
    assert all(one.line.known for one in laboratory.held)


def test_the_laboratory_case_stops_and_says_which_line_would_open_room(laboratory):
    found = laboratory.room()
    assert found.proven
    assert not found.is_open
    assert {one.line.party for one in found.openings} == {HOSPITALS[0], LAB}
    assert reasons_to_stop(StopIf(no_room=True, urgency_gap=3), laboratory.positions, found) == (
        "no_room", "urgency_gap",
    )  # fmt: skip


def test_without_the_laboratorys_own_line_there_is_room_without_it(laboratory):
    without = Sealed(laboratory.evaluation, tuple(one for one in laboratory.positions if one.party != LAB))
    found = without.room()
    assert found.choice is not None
    options = Evaluating(without.evaluation.outcome).options
    assert {options[place].initiative for place in found.choice.package} <= {"heart", "diabetes"}
