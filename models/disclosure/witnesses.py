"""Points that fit everything that is told to anybody, kept for many readers at once.

A point that fits all that is told to anybody, and leaves what some parties know as it is, is possible in the eyes of
each of those parties: so it shows every other figure to be as wide as the point moves it. A few programs for a whole
group of readers thus spare most programs of each of them; what they do not show to be wide is asked of each alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.disclosure.programs import FITS, Block, Rows, interval, widen
from models.region.codes import Array, Integers, Mask

GROUPS = 8
"""Into so many groups readers are put each time, so that a figure is in a reader's own group by chance only."""
MANY = 200
"""Of fewer readers each is asked alone: that takes no more programs."""
STEADY = 4
"""Groups are asked once so many readers in a row let nothing give way: before that the points would not last."""
TIMES = 3
"""So many times they are put into groups, each time otherwise."""
MOST_ALONE = 24
"""So many figures that a group's common pushes leave narrow are asked for alone, a block."""


@dataclass(frozen=True)
class Points:
    """Points of one block of figures; all others are as they are in truth."""

    cells: Integers
    moved: Array

    def of(self, chosen: Mask) -> "Points":
        """Returns some of the points."""
        return Points(self.cells, self.moved[chosen])


class Witnesses:
    """Points that fit all that is told now; forgotten once they do not."""

    def __init__(self, truth: Array, readers: int) -> None:
        self.truth = truth
        self._points: list[Points] = []
        self._groups = list(_groups(readers))
        self._asked: set[int] = set()
        self._steady = 0

    def told(self, rows: Rows) -> None:
        """Forgets the points that do not fit what is told now, and asks all groups again once that lasts."""
        self._asked, self._steady = set(), 0
        self._points = [kept for one in self._points if (kept := self._fitting(one, rows)).moved.size]

    def _fitting(self, points: Points, rows: Rows) -> Points:
        there = rows.matrix @ self.truth
        said = rows.matrix[:, points.cells] @ points.moved.T + there[:, np.newaxis]
        fits = (said >= (rows.low - FITS)[:, np.newaxis]) & (said <= (rows.high + FITS)[:, np.newaxis])
        return points.of(fits.all(axis=0))

    def widths(self, known: Mask) -> Array:
        """Returns how far the points move each figure that leave as they are those that a reader knows."""
        least, greatest = np.zeros(self.truth.size), np.zeros(self.truth.size)
        for one in self._points:
            moved = one.moved[~(one.moved[:, known[one.cells]] != 0).any(axis=1)]
            if moved.size:
                least[one.cells] = np.minimum(least[one.cells], moved.min(axis=0))
                greatest[one.cells] = np.maximum(greatest[one.cells], moved.max(axis=0))
        return greatest - least

    def groups_of(self, reader: int) -> Iterator[Integers]:
        """Yields the groups that a reader is in and that were not asked yet: the readers in each."""
        self._steady += 1
        if self._steady <= STEADY:
            return
        for number, group in enumerate(self._groups):
            if number not in self._asked and reader in group:
                self._asked.add(number)
                yield group

    def push(self, block: Block, cells: Integers, targets: Integers, enough: Array) -> int:
        """Looks for points of a block that move its narrow figures; returns how many programs that took."""
        widen(block, targets.tolist(), enough)
        narrow = targets[block.widths[targets] < enough[targets]]
        for place in narrow[:MOST_ALONE].tolist():
            interval(block, place, enough=enough[place])
        if block.points:
            self._points.append(Points(cells, np.array(block.points) - block.truth))
        return block.programs


def _groups(readers: int) -> Iterator[Integers]:
    """Yields groups of readers: several times, each time put together otherwise."""
    stream = np.random.default_rng(1)
    for _ in range(TIMES if readers >= MANY else 0):
        yield from (group for group in np.array_split(stream.permutation(readers), GROUPS) if group.size)
