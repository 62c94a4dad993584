"""The chance that a yearly count meets a volume norm (section 6): units of a year are a count around their mean.

P(Poisson(x) >= n) is smooth in x and asked for in every draw, while the function itself is dear. So it is tabulated
once a norm, with its slope, and read between the nodes by a cubic that has both: at most 2e-11 beside the function.
"""

from functools import lru_cache

import numpy as np
from scipy import special

from models.baseline import near
from models.region.codes import Array

NODES_A_UNIT = 200
"""Nodes of the table a unit, or half a standard deviation of the count that is needed where that is more."""
DEVIATIONS, FURTHER = 9.0, 40.0
"""How far from the count that is needed, in standard deviations and then units, the chance is certain: within 1e-16."""


def chance_to_meet(units: Array, minimum: float, *, window: int) -> Array:
    """Returns the chance that a count around these units, taken over some years, meets a norm; mean over the last axis.

    Args:
        units: mean units a year.
        minimum: units a year that the norm asks for.
        window: years over which it is counted.
    """
    needed = float(np.ceil(window * minimum - near(window * minimum)))
    if needed <= 0:
        return np.ones(units.shape[:-1])
    return np.asarray(_Table.of(needed).read(window * units).mean(axis=-1))


class _Table:
    """P(Poisson(x) >= needed) between its nodes: a cubic in the place between two of them, by its four coefficients."""

    def __init__(self, needed: float) -> None:
        deviation = np.sqrt(needed)
        self._step = max(1.0, deviation / 2) / NODES_A_UNIT
        self._low = max(0.0, needed - DEVIATIONS * deviation)
        nodes = np.arange(self._low, needed + DEVIATIONS * deviation + FURTHER + self._step, self._step)
        chance = special.gammainc(needed, nodes)
        slope = self._step * np.exp(special.xlogy(needed - 1, nodes) - nodes - special.gammaln(needed))
        rise = np.diff(chance)
        self._last = nodes.size - 1
        self._cubic = (
            chance[:-1], slope[:-1], 3 * rise - 2 * slope[:-1] - slope[1:], slope[:-1] + slope[1:] - 2 * rise,
        )  # fmt: skip

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, needed: float) -> "_Table":
        """Returns the table of a count that is needed."""
        return cls(needed)

    def read(self, mean: Array) -> Array:
        """Returns the chance at each mean."""
        place = np.clip((mean - self._low) / self._step, 0.0, self._last)
        node = np.minimum(place.astype(np.int32), self._last - 1)
        place -= node
        constant, linear, square, cube = (part[node] for part in self._cubic)
        return np.asarray(constant + place * (linear + place * (square + place * cube)))
