"""A mixed-integer program under construction, and its solution by HiGHS: the only place that knows the solver.

What the solver says is turned into numbers or None here; its messages reach nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from models.portfolio.contributions import Contributions, Package
from models.portfolio.limits import ROUNDING_EUR, ROUNDING_SHARE, Limits, allowed_loss, line_rounding
from models.portfolio.silence import silenced
from models.region.codes import Array, Integers
from models.region.region import NONE_BELOW

NODES = 5_000
"""So many branches one program is given; what is not proven by then is told with its gap, the same on any machine."""
LARGEST_WEIGHT = 1e4
"""What the largest weight of an objective is scaled to: large enough for cents, small enough for the solver."""
SECONDS = 20.0
"""The longest that one program may take on a slow machine all the same."""
RELATIVE_GAP = 1e-9
"""When the best found counts as proven best: the gap to the bound, as a share of the best."""
_NO_SOLUTION = 2
"""What `milp` says of rows that contradict each other."""
BELOW_NONE = 1e-6
"""How far below `NONE_BELOW` units must fall for the solver to take the care as given up."""


class OutOfTimeError(Exception):
    """Nothing that keeps every row was found in the time given, and nothing proves that there is none."""


@dataclass(frozen=True)
class Solution:
    """What the solver found.

    Attributes:
        values: of every variable. objective: at these values. gap: proven distance to the best, as a share.
        nodes: how many branches it took.
    """

    values: Array
    objective: float
    gap: float
    nodes: int


class Program:
    """Variables, rows and a solution; the first variables are one a option, 1 if it is chosen."""

    def __init__(self, contributions: Contributions) -> None:
        self.contributions = contributions
        options = len(contributions.options)
        self._low, self._high = [0.0] * options, [1.0] * options
        self._integer = [1] * options
        self._rows: list[tuple[Integers, Array, float, float]] = []
        for places in contributions.of_initiative:
            if places.size > 1:
                self.row(places, np.ones(places.size), high=1.0)

    @property
    def options(self) -> Integers:
        """Positions of the options' variables."""
        return np.arange(len(self.contributions.options))

    def variable(self, *, low: float = 0.0, high: float = np.inf, whole: bool = False) -> int:
        """Adds a variable and returns its position."""
        self._low.append(low)
        self._high.append(high)
        self._integer.append(int(whole))
        return len(self._low) - 1

    def row(
        self, where: Integers | Sequence[int], weights: Array | Sequence[float], *, low: float = -np.inf,
        high: float = np.inf,
    ) -> None:  # fmt: skip
        """Adds low ≤ Σ weights · variables ≤ high, scaled so that the largest weight is 1."""
        places, factors = np.asarray(where, dtype=np.int64), np.asarray(weights, dtype=float)
        scale = float(np.abs(factors).max(initial=0.0))
        if scale > 0:
            self._rows.append((places, factors / scale, low / scale, high / scale))

    def exclude(self, package: Package) -> None:
        """Forbids exactly this package."""
        weights = np.full(self.options.size, -1.0)
        weights[list(package)] = 1.0
        self.row(self.options, weights, high=len(package) - 1.0)

    def some(self) -> None:
        """Asks for at least one initiative."""
        self.row(self.options, np.ones(self.options.size), low=1.0)

    def exactly(self, initiatives: Sequence[str]) -> None:
        """Asks for these initiatives, each at one of its starts, and for no other."""
        for name, places in zip(self.contributions.initiatives, self.contributions.of_initiative, strict=True):
            wanted = float(name in initiatives)
            self.row(places, np.ones(places.size), low=wanted, high=wanted)

    def keep(self, limits: Limits) -> None:
        """Asks for every limit to be kept by the sum of the contributions."""
        allowed = allowed_loss(self.contributions, limits.loss_cap)
        for weights, party in self.losses():
            if np.isfinite(allowed[party]):
                self.row(self.options, weights, low=-allowed[party] - ROUNDING_EUR)
        if np.isfinite(limits.fund_eur):
            self.row(self.options, self.contributions.effects.transition, high=limits.fund_eur + ROUNDING_EUR)
        for place in self.capacities() if limits.capacity else ():
            rounding = ROUNDING_SHARE * max(1.0, self.contributions.usable[place])
            weights = self.contributions.effects.shortage[:, place]
            self.row(self.options, weights, high=self.contributions.room[place] + rounding)
        for place in self.norms() if limits.norms else ():
            self.keep_norm(place)
        if limits.lines:
            self.keep_lines()

    def keep_lines(self, moved: Mapping[int, int] | None = None) -> None:
        """Asks for every red line to be kept, or to be missed by a variable.

        Args:
            moved: by red line, the variable that says by how much it may be missed, in the row's own unit.
        """
        own = self.contributions
        rounding = line_rounding(own.least)
        for row, line in enumerate(own.line_of):
            where, weights = list(self.options), list(own.effects.lines[:, row])
            if moved and line in moved:
                where, weights = [*where, moved[line]], [*weights, 1.0]
            self.row(where, weights, low=float(own.least[row] - rounding[row]))

    def losses(self) -> list[tuple[Array, int]]:
        """Returns what each option does to each party that some option makes lose, a year in euro; each once."""
        effects = self.contributions.effects
        found = []
        for party in np.flatnonzero((effects.worst < 0).any(axis=0)):
            found.append((effects.annual[:, party], int(party)))
            if not np.array_equal(effects.annual[:, party], effects.level[:, party]):
                found.append((effects.level[:, party], int(party)))
        return found

    def capacities(self) -> Integers:
        """Returns the places that some package could make shorter than they may be, where no harder year says it."""
        own = self.contributions
        places = np.flatnonzero(self._most(own.effects.shortage) > own.room)
        groups: dict[tuple[str, str], list[int]] = {}
        for place in places.tolist():
            groups.setdefault((own.capacities[place].party, own.capacities[place].what), []).append(place)
        return np.array([place for years in groups.values() for place in self._hardest(years)], dtype=np.int64)

    def _hardest(self, years: list[int]) -> list[int]:
        """Returns the places of one party and resource of which no other asks as much of less room."""
        need, room = self.contributions.effects.shortage[:, years], self.contributions.room[years]
        harder = (need[:, :, None] >= need[:, None, :]).all(axis=0) & (room[:, None] <= room[None, :])
        same = harder & harder.T
        harder &= ~same | (np.arange(len(years))[:, None] < np.arange(len(years))[None, :])
        np.fill_diagonal(harder, val=False)
        return [year for place, year in enumerate(years) if not harder[:, place].any()]

    def norms(self) -> Integers:
        """Returns the places that some package could bring below their norm."""
        own = self.contributions
        return np.flatnonzero(own.norm_before - self._most(-own.effects.norm_units) < own.norm_minimum)

    def _most(self, amounts: Array) -> Array:
        """Returns the most that any package adds up to, shape (places,)."""
        most = np.zeros(amounts.shape[1])
        for places in self.contributions.of_initiative:
            most += np.maximum(amounts[places].max(axis=0), 0.0)
        return most

    def keep_norm(self, place: int, slack: int | None = None) -> None:
        """Asks a location to keep a norm, or to give the care up; `slack` is a variable of units that it may miss."""
        own = self.contributions
        change, before, minimum = own.effects.norm_units[:, place], own.norm_before[place], own.norm_minimum[place]
        extra = [] if slack is None else [slack]
        rounding = ROUNDING_SHARE * max(1.0, float(minimum))
        least = before - float(self._most(-own.effects.norm_units[:, [place]])[0])
        if least >= NONE_BELOW:
            where = np.concatenate([self.options, np.array(extra, dtype=np.int64)])
            self.row(where, np.concatenate([change, np.ones(len(extra))]), low=minimum - before - rounding)
            return
        given_up = self.variable(high=1.0, whole=True)
        where = np.concatenate([self.options, np.array([given_up, *extra], dtype=np.int64)])
        keeps = np.concatenate([change, [minimum - least], np.ones(len(extra))])
        self.row(where, keeps, low=minimum - before - rounding)
        most = before + float(self._most(own.effects.norm_units[:, [place]])[0])
        none = NONE_BELOW - BELOW_NONE
        stops = np.concatenate([change, [max(most - none, 0.0)]])
        self.row(np.append(self.options, given_up), stops, high=none - before + max(most - none, 0.0))

    def solve(self, objective: Array) -> Solution | None:
        """Returns the variables that make the objective least, or None if nothing keeps every row.

        Args:
            objective: weight of each of the first variables; of the others 0.

        Raises:
            OutOfTimeError: neither was settled in the time given.
        """
        size = len(self._low)
        weights = np.zeros(size)
        weights[: objective.size] = objective
        if not size:
            return Solution(weights, 0.0, 0.0, 0)
        scale = LARGEST_WEIGHT / max(float(np.abs(weights).max()), 1e-9)
        with silenced():
            result = milp(
                weights * scale,
                integrality=np.array(self._integer),
                bounds=Bounds(np.array(self._low), np.array(self._high)),
                constraints=self._constraints(size),
                options={"mip_rel_gap": RELATIVE_GAP, "node_limit": NODES, "time_limit": SECONDS},
            )
        if result.x is None and result.status == _NO_SOLUTION:
            return None
        if result.x is None:
            raise OutOfTimeError
        gap = 0.0 if result.status == 0 and result.mip_gap is None else float(result.mip_gap or 0.0)
        return Solution(result.x, float(weights @ result.x), gap, int(result.mip_node_count or 0))

    def _constraints(self, size: int) -> list[LinearConstraint]:
        if not self._rows:
            return []
        lengths = [places.size for places, _, _, _ in self._rows]
        matrix = sparse.csr_matrix(
            (
                np.concatenate([weights for _, weights, _, _ in self._rows]),
                np.concatenate([places for places, _, _, _ in self._rows]),
                np.concatenate([[0], np.cumsum(lengths)]),
            ),
            shape=(len(self._rows), size),
        )
        low, high = np.array([row[2] for row in self._rows]), np.array([row[3] for row in self._rows])
        return [LinearConstraint(matrix, low, high)]

    def chosen(self, solution: Solution) -> Package:
        """Returns the package of a solution."""
        return tuple(np.flatnonzero(solution.values[: self.options.size] > 0.5).tolist())
