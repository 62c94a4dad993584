"""Between which limits a confidential figure lies, by two linear programs; the only place here that knows the solver.

Every solved program is a point that fits all that is said. So the least and the greatest value that any such point has
given a figure are kept, and programs are solved only for figures that these do not yet show to be wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import OptimizeResult, linprog
from scipy.sparse import csgraph

from models.portfolio.silence import silenced
from models.region.codes import Array, Integers, Mask

FITS = 1e-6
"""A point fits if it passes no scaled row by more than this."""
NAMED = 1e-7
"""A row is named by a program whose multiplier is larger than this."""
TOGETHER = 6
"""So many programs that push all narrow figures of a block at once come before those of single figures."""


@dataclass(frozen=True)
class Rows:
    """What is said: low ≤ matrix · cells ≤ high, one row a statement."""

    matrix: sparse.csr_matrix
    low: Array
    high: Array

    def of(self, chosen: Integers, columns: Integers, rest: Array) -> "Rows":
        """Returns some rows over some cells; `rest` is what the others, which are known, add up to in each row."""
        return Rows(self.matrix[chosen][:, columns], self.low[chosen] - rest[chosen], self.high[chosen] - rest[chosen])

    def scaled(self, by: Array) -> "Rows":
        """Returns the rows over cells in units of their own, each row with a largest weight of 1."""
        matrix = self.matrix @ sparse.diags_array(by)
        most = abs(matrix).max(axis=1).toarray().reshape(-1)
        factor = 1.0 / np.where(most > 0, most, 1.0)
        return Rows(sparse.csr_matrix(sparse.diags_array(factor) @ matrix), self.low * factor, self.high * factor)


@dataclass
class Block:
    """Cells that statements tie together, with what is known of them; everything in units of the cells' own.

    Attributes:
        rows: what is said of them.
        low, high: what anybody knows beforehand.
        truth: what they are.
        least, greatest: the extremes over all points that fit, seen so far.
        points: those points.
        programs: how many programs were solved.
    """

    rows: Rows
    low: Array
    high: Array
    truth: Array
    points: list[Array] = field(default_factory=list)
    programs: int = 0

    def __post_init__(self) -> None:
        """Takes account of the points that fitted before."""
        self.least, self.greatest = self.truth.copy(), self.truth.copy()
        seeds, self.points = self.points, []
        for point in seeds:
            self.note(point)

    @property
    def widths(self) -> Array:
        """How far apart the extremes seen are."""
        return self.greatest - self.least

    def note(self, point: Array) -> None:
        """Takes account of a point, if it fits."""
        point = np.clip(point, self.low, self.high)
        said = self.rows.matrix @ point
        if (said >= self.rows.low - FITS).all() and (said <= self.rows.high + FITS).all():
            self.points.append(point)
            np.minimum(self.least, point, out=self.least)
            np.maximum(self.greatest, point, out=self.greatest)

    def solve(self, objective: Array) -> OptimizeResult:
        """Returns what the solver says of the least value of an objective; a point that fits is noted."""
        equal = self.rows.low == self.rows.high
        above, below = ~equal & np.isfinite(self.rows.high), ~equal & np.isfinite(self.rows.low)
        self.programs += 1
        with silenced():
            result = linprog(
                objective,
                A_ub=sparse.vstack([self.rows.matrix[above], -self.rows.matrix[below]]).tocsr(),
                b_ub=np.concatenate([self.rows.high[above], -self.rows.low[below]]),
                A_eq=self.rows.matrix[equal],
                b_eq=self.rows.low[equal],
                bounds=np.column_stack([self.low, self.high]),
                method="highs",
            )
        if result.x is not None and result.status == 0:
            self.note(result.x)
        return result

    def named(self, result: OptimizeResult) -> Integers:
        """Returns the rows that the multipliers of a solved program name."""
        if result.status != 0:
            return np.arange(self.rows.low.size)
        return np.flatnonzero(np.abs(self._multipliers(result)) > NAMED)

    def _multipliers(self, result: OptimizeResult) -> Array:
        """Returns one multiplier a row: of the side that holds it."""
        equal = self.rows.low == self.rows.high
        above, below = ~equal & np.isfinite(self.rows.high), ~equal & np.isfinite(self.rows.low)
        found = np.zeros(self.rows.low.size)
        found[equal] = result.eqlin.marginals
        upper = int(above.sum())
        found[above] += np.minimum(result.ineqlin.marginals[:upper], 0.0)
        found[below] -= np.minimum(result.ineqlin.marginals[upper:], 0.0)
        return found

    def certain(self, objective: Array, result: OptimizeResult) -> float:
        """Returns a value below which the objective cannot fall whatever the solver's tolerance: a bound by duality.

        For min c·x, low ≤ A x ≤ high and l ≤ x ≤ u every multiplier y of the rows gives the bound
        Σ (y > 0: y·low, y < 0: y·high) + Σ min(d·l, d·u) with d = c − Aᵀy; so rounding in y costs sharpness, not truth.
        """
        if result.status != 0:
            return -np.inf
        y = self._multipliers(result)
        rest = objective - self.rows.matrix.T @ y
        used = y != 0
        said = np.where(y > 0, self.rows.low, self.rows.high)[used] @ y[used]
        return float(said + np.minimum(rest * self.low, rest * self.high).sum())


@dataclass(frozen=True)
class Interval:
    """Between which limits a figure lies for somebody.

    Attributes:
        width: how far apart the extremes are that points which fit have shown.
        outer: how far apart they can be at most, whatever the solver's tolerance; infinite where it cannot tell.
        solved: whether both programs came to an end.
        named: the rows that hold the extremes.
    """

    width: float
    outer: float
    solved: bool
    named: tuple[int, ...]


def interval(block: Block, cell: int, *, enough: float) -> Interval | None:
    """Returns between which limits a cell of a block lies; None as soon as it is seen to be as wide as is enough."""
    if block.widths[cell] >= enough:
        return None
    objective = np.zeros(block.truth.size)
    objective[cell] = 1.0
    lowest = block.solve(objective)
    if block.widths[cell] >= enough:
        return None
    highest = block.solve(-objective)
    if block.widths[cell] >= enough:
        return None
    outer = -block.certain(-objective, highest) - block.certain(objective, lowest)
    named = np.union1d(block.named(lowest), block.named(highest))
    solved = lowest.status == 0 and highest.status == 0
    return Interval(float(block.widths[cell]), outer, solved, tuple(named.tolist()))


def widen(block: Block, cells: Sequence[int], enough: Array) -> None:
    """Pushes all cells that are still narrow at once, this way and that, as long as it helps."""
    left = np.array(cells, dtype=np.int64)
    for turn in range(TOGETHER):
        left = left[block.widths[left] < enough[left]]
        if left.size < 3:
            return
        signs = np.where((np.arange(left.size) >> (turn // 2)) & 1, 1.0, -1.0) * (1.0 if turn % 2 else -1.0)
        objective = np.zeros(block.truth.size)
        objective[left] = signs / np.maximum(enough[left], 1e-9)
        block.solve(objective)


def blocks_of(rows: Rows, free: Mask) -> list[tuple[Integers, Integers]]:
    """Returns the cells and rows of each block: what statements tie together among the cells that are not known."""
    own = np.flatnonzero(free)
    matrix = rows.matrix[:, own]
    ties = sparse.block_array([[None, matrix.T], [matrix, None]], format="csr")
    count, label = csgraph.connected_components(ties, directed=False)
    of_cell, of_row = label[: own.size], label[own.size :]
    cells, said = (_grouped(labels, count) for labels in (of_cell, of_row))
    return [(own[cells[n]], said[n]) for n in range(count) if cells[n].size]


def _grouped(labels: Integers, count: int) -> list[Integers]:
    """Returns the positions of each label, in rising order."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.cumsum(np.bincount(labels, minlength=count))[:-1])
