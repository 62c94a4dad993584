"""Planted leaks are found, and what is left shown tells nobody anything: the rule of the trust page, section 3."""

from unittest.mock import patch

import numpy as np
import pytest
from disclosure_worlds import ALL, case, cell, digits, plainly_at_risk, said, told_by
from hypothesis import given, settings
from hypothesis import strategies as st

from models.disclosure import audit as audits
from models.disclosure import witnesses
from models.disclosure.attackers import attackers, coalitions, largest_coalition
from models.disclosure.audit import Sent, audit, risks_as_shown
from models.disclosure.statements import (
    band_of,
    could_be,
    in_digits,
    ratio,
    rounded,
    states,
    total,
    within,
)

BANDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10)


def at_risk(world):
    return {(risk.attacker, risk.cell.key.party, risk.cell.key.measure) for risk in risks_as_shown(world)}


def found_of(world, party, measure="revenue"):
    return {attacker for attacker, whose, what in at_risk(world) if (whose, what) == (party, measure)}


def hospitals(*values):
    return [cell("revenue", f"h{n}", value) for n, value in enumerate(values, start=1)]


# -- planted leaks ----


def test_a_total_with_one_member_tells_it_to_everybody():
    one = hospitals(-4.3e6)
    world = case([*one, cell("revenue", "g1", 1e6)], [digits("total", one)])
    assert found_of(world, "h1") == {"g1"}


def test_a_total_of_two_tells_each_the_other():
    two = hospitals(-4.3e6, -2.1e6)
    assert at_risk(case(two, [digits("total", two)])) == {("h1", "h2", "revenue"), ("h2", "h1", "revenue")}


def test_a_total_of_three_tells_nobody_anything():
    three = hospitals(-4.3e6, -2.1e6, -3.0e6)
    assert not risks_as_shown(case(three, [digits("total", three)]))


def test_a_coalition_of_all_but_one_is_an_attacker_where_it_is_named():
    four = hospitals(-4.3e6, -2.1e6, -3.0e6, -1.1e6)
    parties = [one.key.party for one in four]
    named = tuple(attackers(parties, groups={"hospital": parties}, named=[frozenset({"h1", "h2", "h3"})]))
    assert not risks_as_shown(case(four, [digits("total", four)], attackers=named))
    six = hospitals(-4.3e6, -2.1e6, -3.0e6, -1.1e6, -2.2e6, -1.7e6)
    ring = [one.key.party for one in six]
    every = tuple(attackers(ring, groups={"hospital": ring}, named=[frozenset(ring[:4])]))
    pair = digits("pair", six[3:5])
    assert ("h1 + h2 + h4", "h5", "revenue") in at_risk(case(six, [pair], attackers=every))


def test_two_nested_totals_tell_what_lies_between():
    five = hospitals(-4.3e6, -2.1e6, -3.0e6, -1.1e6, -8.0e6)
    world = case(five, [digits("all", five), digits("general", five[:4])])
    assert found_of(world, "h5") == {"h1", "h2", "h3", "h4"}


def test_equal_gain_tells_by_ones_own_row_what_the_others_gain_together():
    margins = [cell("margin", party, value) for party, value in (("a", 5e6), ("b", -2e6))]
    payment = sum(one.value for one in margins) / 2 - margins[0].value
    own = said("payment", in_digits({one.key: w for one, w in zip(margins, (-0.5, 0.5), strict=True)}, payment, 2),
               audience=frozenset({"a"}))  # fmt: skip
    world = case(margins, [own])
    assert at_risk(world) == {("a", "b", "margin")}


def test_an_own_payment_tells_a_donor_with_its_payer_what_it_does_not_tell_the_donor():
    margins = [cell("margin", party, value) for party, value in (("a", 5e6), ("b", -2e6), ("q", -1e6))]
    weights = dict(zip([one.key for one in margins], (-2 / 3, 1 / 3, 1 / 3), strict=True))
    payment = sum(one.value * weights[one.key] for one in margins)
    own = said("payment", in_digits(weights, payment, 2), audience=frozenset({"a"}))
    pair = tuple(attackers(["a", "b", "q"], donors=["a"], payers=["q"]))
    assert at_risk(case(margins, [own], attackers=pair)) == {("a + q", "b", "margin")}


def test_break_even_times_units_tells_the_margin():
    units, margin = cell("units", "h1", 1200.0, low=0.0, size=1e6), cell("margin", "h1", -96_000.0)
    compensation = 96_000.0 / 1200.0
    shown = [digits("units", [units]), said("break even", states({margin.key: 1.0, units.key: compensation}, 0.0, 0.0))]
    world = case([units, margin, cell("margin", "g1", 5.0)], shown, open_to={units.key: frozenset({"g1"})})
    assert at_risk(world) == {("g1", "h1", "margin")}


def test_six_years_of_bands_of_a_known_shape_pin_what_one_band_leaves_open():
    money = cell("revenue", "g1", 123_456.0)
    size, shape = 10e6, [0.1, 0.35, 0.62, 0.81, 0.93, 1.0]
    bands = [
        said(f"{year}", *within({money.key: share}, size, band_of(money.value * share / size, BANDS)))
        for year, share in enumerate(shape, start=2027)
    ]
    worlds = [case([money, cell("revenue", "h1", 1.0)], bands[-n:]) for n in (1, 6)]
    assert not risks_as_shown(worlds[0])
    assert found_of(worlds[1], "g1") == {"h1"}


def test_two_releases_that_differ_in_one_party_tell_that_party():
    before = [cell("revenue", f"h{n}", v, snapshot="r1") for n, v in enumerate((-4.3e6, -2.1e6, -3.0e6), 1)]
    after = [cell("revenue", f"h{n}", v, snapshot="r2") for n, v in enumerate((-4.3e6, -2.1e6, -9.0e6), 1)]
    change = [cell("moved", "h3", -6.0e6)]
    tie = states({after[2].key: 1.0, before[2].key: -1.0, change[0].key: -1.0}, 0.0, 0.0)
    sent = digits("r1", before).levels[0].statements[0]
    first = case([*before, *after, *change], [digits("r2", after)], [tie])
    assert not risks_as_shown(first)
    second = case([*before, *after, *change], [digits("r2", after)], [tie], history=(Sent(ALL, sent),))
    assert {(r.attacker, r.cell.key.measure) for r in risks_as_shown(second)} == {("h1", "moved"), ("h2", "moved")}
    assert all(risk.before for risk in risks_as_shown(second))
    done = audit(second)
    assert done.passed
    assert done.level(second.figures[0]) in {"1_digits", "withheld"}


def test_two_scenarios_one_initiative_apart_tell_who_takes_part_in_it():
    of_lab = cell("revenue", "g1", 900_000.0, part="lab")
    of_af = [cell("revenue", f"g{n}", value, part="af") for n, value in enumerate((41e4, 52e4, 63e4), 1)]
    whole_a = [cell("revenue", f"g{n}", v, snapshot="A") for n, v in enumerate((41e4, 52e4, 63e4), 1)]
    whole_b = [cell("revenue", f"g{n}", v, snapshot="B") for n, v in enumerate((131e4, 52e4, 63e4), 1)]
    ties = [states({one.key: 1.0, part.key: -1.0}, 0.0, 0.0) for one, part in zip(whole_a, of_af, strict=True)]
    ties.append(states({whole_b[0].key: 1.0, of_af[0].key: -1.0, of_lab.key: -1.0}, 0.0, 0.0))
    both = [digits("A", whole_a), digits("B", whole_b)]
    cells = [of_lab, *of_af, *whole_a, *whole_b]
    assert {risk.cell.key.part for risk in risks_as_shown(case(cells, both, ties))} == {"lab"}
    assert not risks_as_shown(case(cells, both[1:], ties))


def test_flow_margins_with_one_donor_tell_the_donors_units():
    donor = cell("units", "h1", 840.0, part="x", low=0.0)
    given_to = [cell("received", f"g{n}", value, part="x", low=0.0) for n, value in enumerate((300.0, 340.0, 200.0), 1)]
    tie = states({donor.key: 1.0, **{one.key: -1.0 for one in given_to}}, 0.0, 0.0)
    world = case([donor, *given_to, cell("revenue", "q", 1.0)], [digits("received", given_to)], [tie])
    assert found_of(world, "h1", "units") >= {"q", "g1"}


def test_a_percentage_gives_a_confidential_size_away():
    cushion, size = cell("cushion", "h1", -2e6), cell("cushion_size", "h1", 8e6, low=0.0)
    shown = [digits("euro", [cushion]), said("share", *ratio({cushion.key: 1.0}, {size.key: 1.0}, (-0.255, -0.245)))]
    world = case([cushion, size, cell("revenue", "g1", 1.0)], shown)
    assert found_of(world, "h1", "cushion_size") == {"g1"}


def test_a_count_under_ten_is_betrayed_by_its_neighbours():
    units = [cell("units", f"h{n}", value, low=0.0) for n, value in enumerate((120.0, 85.0, 7.0), 1)]
    small = said("h3", total([units[2].key], 0.0, 9.5), kind="units")
    shown = [digits("h1", units[:1], kind="units"), digits("h2", units[1:2], kind="units"), small, digits("all", units)]
    exact = said("exact", total([one.key for one in units], 211.5, 212.5), kind="total")
    room = {units[0].key: frozenset({"g1"}), units[1].key: frozenset({"g1"})}
    parties = [*units, cell("revenue", "g1", 1.0)]
    assert found_of(case(parties, [small], open_to=room), "h3", "units") == set()
    world = case(parties, [*shown, exact], open_to=room)
    assert "h1" in found_of(world, "h3", "units")


def test_four_consents_and_a_total_tell_the_fifth():
    five = hospitals(-4.3e6, -2.1e6, -3.0e6, -1.1e6, -4.6e6)
    consents = [said(one.key.party, in_digits({one.key: 1.0}, one.value, 2), kind="units") for one in five[:4]]
    agreed = {one.key: frozenset(f"h{n}" for n in range(1, 6)) for one in five[:4]}
    without = case(five, [digits("all", five)], open_to=agreed)
    with_them = case(five, [digits("all", five), *consents], open_to=agreed)
    assert not risks_as_shown(without)
    assert {key[1] for key in at_risk(with_them)} == {"h5"}
    done = audit(with_them)
    assert done.passed
    assert done.level(with_them.figures[0]) != "2_digits"


def test_a_donor_with_its_payer_knows_what_neither_does():
    contracts = [cell("contract", p, v, part=q) for p, q, v in
                 (("h1", "q1", -2e6), ("h1", "q2", -1e6), ("h2", "q1", -3e6), ("h2", "q2", -2e6))]  # fmt: skip
    whole = [cell("revenue", "h1", -3e6), cell("revenue", "h2", -5e6)]
    ties = [states({whole[n].key: 1.0, contracts[2 * n].key: -1.0, contracts[2 * n + 1].key: -1.0}, 0.0, 0.0)
            for n in (0, 1)]  # fmt: skip
    both = {one.key: frozenset({one.key.part}) for one in contracts}
    cells = [*contracts, *whole, cell("spend", "q1", 1.0), cell("spend", "q2", 1.0)]
    everyone = ["h1", "h2", "q1", "q2"]
    alone = tuple(attackers(everyone))
    pairs = tuple(attackers(everyone, donors=["h1", "h2"], payers=["q1", "q2"]))
    shown = [digits("all", whole)]
    assert not {r.attacker for r in risks_as_shown(case(cells, shown, ties, known_to=both, attackers=alone))} & {"q1"}
    found = at_risk(case(cells, shown, ties, known_to=both, attackers=pairs))
    assert ("h1 + q1", "h2", "contract") in found


# -- the rule ----


def test_about_zero_may_be_known():
    near = [cell("revenue", "h1", 900.0, neutral=1000.0), cell("revenue", "h2", -2e6)]
    assert not risks_as_shown(case(near, [digits("h1", near[:1])]))


def test_what_is_known_anyway_is_not_told_by_the_view():
    narrow = [cell("margin", "h1", -1.0e6), cell("margin", "h2", 5e6)]
    known = states({narrow[0].key: 1.0}, -1.1e6, -0.9e6)
    world = case(narrow, [said("nearly the same", states({narrow[0].key: 1.0}, -1.1e6, -0.91e6))], [known])
    done = audit(world)
    assert not done.risks
    assert done.excused > 0


def test_totals_give_way_before_bands_and_bands_before_units():
    two = hospitals(-4.3e6, -2.1e6)
    size = 100e6
    band = said("band", *within({two[1].key: 1.0}, size, band_of(-0.021, BANDS)))
    done = audit(case(two, [digits("total", two), band]))
    assert done.passed
    assert [done.level(figure) for figure in done.case.figures] == ["withheld", "said"]


def test_with_nothing_shown_nothing_is_at_risk():
    margins = [cell("margin", "h1", -1e6), cell("margin", "h2", 5e6)]
    known = states({one.key: 1.0 for one in margins}, 4e6, 4e6)
    assert not risks_as_shown(case(margins, [], [known]))


def test_what_was_withheld_stays_withheld():
    three = hospitals(-4.3e6, -2.1e6, -3.0e6)
    done = audit(case(three, [digits("total", three)]), coarseness={"total": 2})
    assert done.level(done.case.figures[0]) == "withheld"


def test_what_was_sent_before_and_cannot_be_mended_is_told_and_holds_up_nothing():
    two = hospitals(-4.3e6, -2.1e6)
    sent = Sent(ALL, digits("total", two).levels[0].statements[0])
    done = audit(case(two, [], history=(sent,)))
    assert done.passed
    assert {(risk.cell.key.party, risk.before, risk.earlier) for risk in done.left} == {
        ("h1", True, True), ("h2", True, True),
    }  # fmt: skip


def test_what_was_sent_before_does_not_take_away_what_tells_nothing_more():
    two = hospitals(-4.3e6, -2.1e6)
    sent = Sent(ALL, digits("total", two).levels[0].statements[0])
    harmless = said("band", *within({two[0].key: 1.0}, 100e6, band_of(-0.043, BANDS)))
    done = audit(case(two, [harmless], history=(sent,)))
    assert done.passed
    assert done.level(harmless) == "said"
    finer = said("finer", states({two[0].key: 1.0}, -4.301e6, -4.299e6))
    assert audit(case(two, [finer], history=(sent,))).level(finer) == "withheld"


def test_who_knows_a_figure_to_a_ten_thousandth_is_told_nothing_by_one_that_is_finer():
    """A payer knows its practices' revenue, and by tariff and cost their margin; what rounding leaves is no leak."""
    margin = cell("margin", "g1", 220_326.0)
    known = states({margin.key: 1.0}, 220_316.0, 220_336.0)
    shown = said("all but the same", states({margin.key: 1.0}, 220_325.9, 220_326.1))
    done = audit(case([margin, cell("margin", "h1", 5e6)], [shown], [known]))
    assert done.level(shown) == "said"
    assert done.excused > 0
    wider = states({margin.key: 1.0}, 215_000.0, 225_000.0)
    assert audit(case([margin, cell("margin", "h1", 5e6)], [shown], [wider])).level(shown) == "withheld"


# -- statements ----


@given(st.floats(-1e9, 1e9).filter(lambda v: v == 0 or abs(v) > 1e-3), st.sampled_from([1, 2, 3]))
def test_a_figure_lies_where_its_rounding_says(value, count):
    low, high = could_be(rounded(value, count), count)
    slack = 1e-9 * abs(value)
    assert low - slack <= value <= high + slack
    assert rounded(rounded(value, count), count) == pytest.approx(rounded(value, count))


def test_rounding_below_a_power_of_ten_is_finer():
    assert could_be(rounded(99.7, 2), 2) == pytest.approx((99.5, 105.0))
    assert could_be(rounded(-0.0997, 2), 2) == pytest.approx((-0.105, -0.0995))


@pytest.mark.parametrize(
    ("share", "limits"),
    [(0.0, (-0.001, 0.001)), (0.0012, (0.001, 0.0025)), (-0.0012, (-0.0025, -0.001)), (0.2, (0.1, np.inf))],
)
def test_bands_are_signed_and_about_zero_is_one_of_them(share, limits):
    assert band_of(share, BANDS) == limits


def test_a_band_alone_tells_nobody_anything():
    for share in (0.0011, 0.0024, 0.0049, 0.0099, 0.0199, 0.0499, 0.0999, 0.3):
        one = cell("revenue", "h1", share * 1e8, neutral=1e5, size=3e8)
        assert not risks_as_shown(
            case([one, cell("revenue", "g", 0.0)], [said("band", *within({one.key: 1.0}, 1e8, band_of(share, BANDS)))])
        )


# -- attackers ----


def test_how_large_a_coalition_may_be():
    assert [largest_coalition(n) for n in (1, 2, 3, 4, 5, 6, 9)] == [1, 1, 1, 1, 2, 3, 6]


def test_a_coalition_that_is_too_large_is_every_part_of_it_that_is_not():
    group = ["a", "b", "c", "d", "e"]
    assert coalitions(group, [frozenset("abc")]) == {frozenset("ab"), frozenset("ac"), frozenset("bc")}
    assert coalitions(["a", "b", "c"], [frozenset("ab")]) == {frozenset("a"), frozenset("b")}


def test_only_the_strongest_attackers_of_a_party_are_asked():
    found = {one.name: one for one in attackers(["h1", "h2", "q1"], donors=["h1"], payers=["q1"])}
    assert found["h1 + q1"].targets == {"h2"}
    assert found["h1"].targets == {"q1"}
    assert found["h1"].weaker == {"h2"}
    assert found["public"].targets == frozenset()


# -- no false safety ----


@st.composite
def regions(draw):
    """Random regions: kinds with revenue and margin, contracts, totals, bands and an own payment."""
    seed = draw(st.integers(0, 2**32 - 1))
    stream = np.random.default_rng(seed)
    count = int(stream.integers(3, 9))
    sizes = 10 ** stream.uniform(6, 8.5, count)
    shares = stream.normal(0, 0.03, count) * stream.choice([0.01, 1.0, 3.0], count)
    revenue = [cell("revenue", f"p{n}", float(s * z), size=3 * float(z), neutral=0.001 * float(z))
               for n, (s, z) in enumerate(zip(shares, sizes, strict=True))]  # fmt: skip
    margin = [cell("margin", f"p{n}", float(one.value * stream.uniform(-0.3, 0.8)), size=one.high, neutral=one.neutral)
              for n, one in enumerate(revenue)]  # fmt: skip
    spend = [cell("spend", "q", sum(one.value for one in revenue), size=1e9)]
    known = [states({**{one.key: 1.0 for one in revenue}, spend[0].key: -1.0}, 0.0, 0.0)]
    figures = []
    for n, one in enumerate(revenue):
        if stream.random() < 0.7:
            limits = within({one.key: 1.0}, float(sizes[n]), band_of(one.value / float(sizes[n]), BANDS))
            figures.append(said(f"band {n}", *limits))
    for n in range(int(stream.integers(1, 5))):
        members = stream.permutation(count)[: int(stream.integers(1, count + 1))]
        which = revenue if stream.random() < 0.6 else margin
        figures.append(digits(f"total {n}", [which[m] for m in members]))
    weights = np.full(count, 1.0 / count)
    weights[0] -= 1.0
    paid = {one.key: float(w) for one, w in zip(margin, weights, strict=True)}
    amount = sum(one.value * paid[one.key] for one in margin)
    figures.append(said("payment", in_digits(paid, amount, 2), audience=frozenset({"p0"})))
    parties = [*(f"p{n}" for n in range(count)), "q"]
    every = tuple(attackers(parties, donors=parties[:2], payers=["q"]))
    return case([*revenue, *margin, *spend], figures, known, attackers=every)


@given(regions())
@settings(max_examples=25, deadline=None)
def test_an_attacker_of_our_own_finds_nothing_at_risk_in_what_is_left(world):
    done = audit(world)
    assert done.passed
    for attacker in world.attackers:
        assert plainly_at_risk(world, told_by(done), attacker) == []


@given(regions())
@settings(max_examples=15, deadline=None)
def test_what_the_plain_attacker_finds_the_audit_finds(world):
    shown = [(figure.audience, one) for figure in world.figures for one in figure.levels[0].statements]
    found = {(risk.attacker, risk.cell.key) for risk in risks_as_shown(world)}
    for attacker in world.attackers:
        plainly = {key for key, _ in plainly_at_risk(world, shown, attacker) if key.party in attacker.targets}
        assert plainly <= {key for name, key in found if name == attacker.name}


@given(regions())
@settings(max_examples=10, deadline=None)
def test_points_that_many_readers_share_spare_programs_and_hide_nothing(world):
    """A region of few is asked as one of many: by groups of readers first, from the first reader on."""
    with (
        patch.object(witnesses, "MANY", 1),
        patch.object(witnesses, "STEADY", 0),
        patch.object(audits, "WORTH_ASKING", 1),
    ):
        done = audit(world)
    assert done.passed
    assert done.narrowest >= 0.5 - 1e-6
    for attacker in world.attackers:
        assert plainly_at_risk(world, told_by(done), attacker) == []
