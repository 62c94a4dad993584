"""The best package: the solver against trying every package, and answers that one can see on sight."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from invented_packages import contributions, keeping, regions_of_choice, value

from models.portfolio.choosing import MOST_EXCLUDED, choose
from models.portfolio.contributions import Effects
from models.portfolio.limits import NOBODY_LOSES, UNBOUNDED, Limits, excess
from models.portfolio.silence import silenced

CENT = 0.011


@given(regions_of_choice())
def test_the_solver_finds_what_trying_every_package_finds(case):
    own, limits = case
    best = max(keeping(own, limits), key=lambda package: value(own, package))
    found = choose(own, limits)
    assert found.status == "proven"
    assert found.value_eur == pytest.approx(value(own, best), abs=CENT)
    assert excess(own, found.effects, limits).nothing


@pytest.mark.parametrize("seed", range(12))
def test_of_15_initiatives_all_32768_packages_are_tried(seed):
    """Every subset at once, as rows of 0 and 1 times what each initiative changes."""
    random = np.random.default_rng(seed)
    count, parties, places = 15, 6, 4
    annual, shortage = random.normal(2, 40, (count, parties)).round(2), random.normal(1, 10, (count, places)).round(2)
    transition, room = random.uniform(0, 20, count).round(2), random.uniform(0, 15, places).round(2)
    own = contributions(annual, transition=transition, shortage=shortage, room=room)
    limits = Limits(loss_cap=0.05 * (seed % 4), fund_eur=[60.0, UNBOUNDED][seed % 2])
    subsets = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
    kept = (subsets @ annual >= -limits.loss_cap * own.size - 1e-9).all(axis=1)
    kept &= (subsets @ shortage <= room + 1e-9).all(axis=1) & (subsets @ transition <= limits.fund_eur + 1e-9)
    best = (subsets @ annual).sum(axis=1)[kept].max()
    found = choose(own, limits)
    assert (found.status, found.value_eur) == ("proven", pytest.approx(best, abs=CENT))
    assert excess(own, found.effects, limits).nothing


@given(regions_of_choice())
def test_among_equals_the_fewest_initiatives_and_then_the_earliest_starts(case):
    own, limits = case
    packages = keeping(own, limits)
    best = max(value(own, package) for package in packages)
    equals = [package for package in packages if value(own, package) > best - CENT]
    first = {int(places[0]): 0 for places in own.of_initiative}
    found = choose(own, limits)
    assert len(found.package) == min(len(package) for package in equals)
    fewest = [package for package in equals if len(package) == len(found.package)]
    assert sum(place not in first for place in found.package) <= min(
        sum(2 * (place not in first) for place in package) for package in fewest
    )


@given(regions_of_choice())
def test_a_loss_cap_of_0_never_leaves_a_loser(case):
    own, _ = case
    found = choose(own, Limits(loss_cap=0.0))
    assert found.effects.annual.min() > -CENT
    assert found.effects.level.min() > -CENT


@given(regions_of_choice(most=5), st.randoms(use_true_random=False))
def test_a_package_that_fails_when_evaluated_whole_is_passed_over(case, random):
    """Whole, some packages come out worse than their parts add up to; the best of those that do not fail is found."""
    own, limits = case
    whole = worse_whole(own, random)
    packages = keeping(own, limits, whole)
    found = choose(own, limits, whole=whole)
    if found.status != "stopped":
        assert found.value_eur == pytest.approx(max(value(own, package) for package in packages), abs=CENT)
    assert excess(own, found.whole, limits).nothing
    assert excess(own, found.effects, limits).nothing
    assert all(not excess(own, whole(package), limits).nothing for package in found.failed)


def worse_whole(own, random):
    """Half of the packages of more than one initiative cost every party 40 euro more than the sum of their parts."""
    drawn = {}

    def whole(package):
        summed = own.effects.of(package)
        if len(package) < 2 or drawn.setdefault(package, random.random() < 0.5):
            return summed
        return Effects(summed.annual - 40, summed.level - 40, summed.transition, summed.shortage, summed.norm_units)

    return whole


def test_the_search_stops_after_so_many_failures_and_says_so():
    own = contributions(np.full((8, 1), 10.0))

    def whole(package):
        bad = Effects(np.array([-1e6]), np.array([-1e6]), np.zeros(()), np.zeros(0), np.zeros(0))
        return bad if package else own.effects.of(package)

    found = choose(own, Limits(loss_cap=0.0), whole=whole)
    assert (found.status, found.package, len(found.failed)) == ("stopped", (), MOST_EXCLUDED + 1)
    assert found.gap == pytest.approx(60.0, rel=0.5)  # worth 0, while a package of six or so adds up to 60


def test_nothing_to_choose_from():
    own = contributions(np.zeros((0, 2)))
    assert choose(own, Limits(loss_cap=0.0)).package == ()
    assert choose(own, Limits(), some=True) is None


def test_a_party_of_unknown_size_may_lose_nothing_under_any_cap():
    own = contributions([[-1, 50]], size=[0, 1000])
    assert choose(own, Limits(loss_cap=10.0)).package == ()
    assert choose(own, Limits(loss_cap=UNBOUNDED)).package == (0,)


def test_a_fund_of_0_allows_no_transition_cost():
    own = contributions([[10, 10], [5, 5]], transition=[1, 0])
    assert choose(own, Limits(fund_eur=0.0)).package == (1,)
    assert choose(own, Limits(fund_eur=1.0)).package == (0, 1)


def test_what_one_initiative_frees_another_may_use():
    own = contributions([[10], [-1]], shortage=[[5], [-5]], room=[0])
    assert choose(own, Limits()).package == (0, 1)
    assert choose(own, Limits(loss_cap=0.0, capacity=False)).package == (0,)


def test_who_gives_care_up_breaches_no_norm():
    """60 a year with a minimum of 50: losing 20 is a breach, losing 20 and 40 is giving it up, losing 10 is neither."""
    own = contributions([[10], [2]], norm_units=[[-20], [-40]], before=[60], minimum=[50])
    assert choose(own, Limits()).package == (0, 1)
    own = contributions([[10], [-20]], norm_units=[[-20], [-40]], before=[60], minimum=[50])
    assert choose(own, Limits()).package == ()
    assert choose(contributions([[10]], norm_units=[[-10]], before=[60], minimum=[50]), Limits()).package == (0,)


def test_who_loses_in_the_one_may_gain_in_the_other():
    own = contributions([[-10, 30], [25, -15]])
    assert choose(own, NOBODY_LOSES).package == (0, 1)
    assert choose(contributions([[-10, 30]]), NOBODY_LOSES, some=True) is None


def test_what_the_solver_prints_reaches_nobody(capfd):
    with silenced():
        os.write(1, b"a remark of a library")
    print("ours")
    assert capfd.readouterr().out == "ours\n"
