"""The frontier: the best net value as the loss cap goes from 0 to unbounded, at the caps where the answer changes.

A package is best for every cap from its own worst loss up to the cap for which it was found, so each search settles a
stretch. What lies between two stretches is searched, the largest difference in value first.
"""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from models.portfolio.choosing import SAME_VALUE_EUR, Choice, Search, search
from models.portfolio.limits import UNBOUNDED, Limits, least_cap, refusing_cap

MOST_POINTS = 12
"""So many points a frontier has at most (product page)."""
MOST_SEARCHES = 24
"""So many searches at most for them."""
SAME_CAP = 1e-6
"""Caps nearer to each other than this share are one."""


@dataclass(frozen=True)
class Point:
    """The best package under one loss cap.

    Attributes:
        loss_cap: share of a party's size; infinite where there is no cap.
        choice: the package.
    """

    loss_cap: float
    choice: Choice


@dataclass(frozen=True)
class Frontier:
    """The best packages by rising loss cap, the last without any cap.

    Attributes:
        points: those at cap 0, at the cap asked for, at caps where the answer changes, and without a cap.
        complete: whether these are all caps at which the answer changes.
    """

    points: tuple[Point, ...]
    complete: bool


def frontier(known: Search, limits: Limits, *, most: int = MOST_POINTS) -> Frontier:
    """Returns the best packages for every loss cap, all other limits as given.

    Args:
        known: what is chosen from, and what was evaluated already.
        limits: their own cap gets a point, too.
        most: number of points, at least 3.
    """
    under = _Under(known, limits)
    for cap in sorted({0.0, limits.loss_cap, UNBOUNDED}):
        under.settle(cap)
    searched: set[float] = set()
    while len(under.found) < MOST_SEARCHES and len(under.points()) < most and (gap := under.gap()):
        low, top = gap
        under.settle(top * (1 - SAME_CAP / 2) if top in searched else (low + top) / 2)
        searched.add(top)
    points = under.points()
    return Frontier(tuple(Point(cap, points[cap]) for cap in sorted(points)), under.gap() is None)


class _Under:
    """The best packages found so far, by the loss cap they were searched under."""

    def __init__(self, known: Search, limits: Limits) -> None:
        self._known, self._limits, self._own = known, limits, known.contributions
        self.found: dict[float, Choice] = {}

    def settle(self, cap: float) -> None:
        """Searches under a cap; there is always an answer, if only to do nothing."""
        choice = search(self._known, replace(self._limits, loss_cap=cap))
        self.found[cap] = choice or self._known.choice(())

    def gap(self) -> tuple[float, float] | None:
        """Returns between which caps the answer may still change, where most value lies between; None if nowhere."""
        best, gap = SAME_VALUE_EUR, None
        for low, high in pairwise(sorted(self.found)):
            top = min(high, self._refusing(self.found[high]))
            difference = self.found[high].value_eur - self.found[low].value_eur
            if difference > best and top - low > SAME_CAP * top:
                best, gap = difference, (low, top)
        return gap

    def points(self) -> dict[float, Choice]:
        """Returns the packages at cap 0, at the cap asked for, without a cap, and at each cap that first allows one."""
        asked = {0.0, self._limits.loss_cap, UNBOUNDED}
        points = {cap: choice for cap, choice in self.found.items() if cap in asked}
        for choice in self.found.values():
            first = max(least_cap(self._own, choice.effects), least_cap(self._own, choice.whole))
            if math.isfinite(first):
                points.setdefault(first, choice)
        return points

    def _refusing(self, choice: Choice) -> float:
        """Returns the cap below which a package is refused; where every cap does, one that no known size can pass."""
        cap = max(refusing_cap(self._own, effects) for effects in (choice.effects, choice.whole))
        return cap if math.isfinite(cap) else self._widest

    @cached_property
    def _widest(self) -> float:
        losses = np.zeros(len(self._own.parties))
        for places in self._own.of_initiative:
            losses += np.maximum(-self._own.effects.worst[places].min(axis=0), 0.0)
        sized = self._own.size > 0
        return float((losses[sized] / self._own.size[sized]).max(initial=0.0)) + 1.0
