"""The frontier: under every loss cap, what trying every package finds."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from invented_packages import contributions, keeping, regions_of_choice, value

from models.portfolio.choosing import Search
from models.portfolio.frontier import frontier
from models.portfolio.limits import Limits

CENT = 0.011


@settings(max_examples=30)
@given(regions_of_choice(most=5))
def test_under_every_cap_the_frontier_says_what_trying_every_package_finds(case):
    own, limits = case
    found = frontier(Search(own), limits, most=100)
    caps = [point.loss_cap for point in found.points]
    assert caps == sorted(set(caps))
    assert {0.0, limits.loss_cap, math.inf} <= set(caps)
    between = [(low + high) / 2 for low, high in pairwise(caps[:-1])] if found.complete else []
    for cap in [*caps, *between]:
        best = max(value(own, p) for p in keeping(own, Limits(loss_cap=cap, fund_eur=limits.fund_eur)))
        told = [point.choice.value_eur for point in found.points if point.loss_cap <= cap][-1]
        assert told == pytest.approx(best, abs=CENT)


@settings(max_examples=30)
@given(regions_of_choice(most=5))
def test_a_looser_cap_is_never_worth_less(case):
    own, limits = case
    values = [point.choice.value_eur for point in frontier(Search(own), limits).points]
    assert all(later >= earlier - CENT for earlier, later in pairwise(values))


def test_the_caps_at_which_the_answer_changes():
    """Losses of 1, 2 and 4 % of one party's size, worth 10, 30 and 80: each cap allows what it adds up to."""
    own = contributions([[-10, 20], [-20, 50], [-40, 120]])
    found = frontier(Search(own), Limits(loss_cap=0.035))
    assert [round(point.loss_cap, 4) for point in found.points] == [
        0,
        0.01,
        0.02,
        0.03,
        0.035,
        0.04,
        0.05,
        0.06,
        0.07,
        math.inf,
    ]
    assert [round(point.choice.value_eur) for point in found.points] == [0, 10, 30, 40, 40, 80, 90, 110, 120, 120]
    assert found.complete


def test_at_most_twelve_points_and_it_says_that_there_are_more():
    own = contributions([[-(2.0**place), 3.0 * 2**place] for place in range(8)])
    found = frontier(Search(own), Limits())
    assert len(found.points) <= 12
    assert not found.complete
    assert np.diff([point.choice.value_eur for point in found.points]).max() < 200  # of 510: spread over the frontier


def test_nothing_to_choose_from_is_a_frontier_of_nothing():
    found = frontier(Search(contributions(np.zeros((0, 2)))), Limits(loss_cap=0.01))
    assert [(point.loss_cap, point.choice.package) for point in found.points] == [(0.0, ()), (0.01, ()), (math.inf, ())]
