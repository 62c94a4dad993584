"""Uncertain parameters and their draws (section 8 of the model).

A parameter is a number, a range `[low, mode, high]` or a named distribution. What belongs here: what such a parameter
means (its central value, its quantiles) and how a whole set of them is drawn, each with a random stream of its own,
so that two scenarios that differ in one parameter differ by that parameter alone.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import special

Array = npt.NDArray[np.float64]
Shape = Literal["point", "pert", "uniform", "triangular", "normal", "lognormal", "beta"]

PERT_SHAPE = 4.0
"""Weight of the mode in a PERT distribution (model page, section 8)."""

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "pert": ("low", "mode", "high"),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": ("median", "sigma"),
    "beta": ("a", "b"),
}
"""What each named distribution is described by, in order; `sigma` is the standard deviation of the logarithm."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a scenario: a shape and its arguments, kept within the limits its key allows.

    Attributes:
        shape: `point` for a plain number, else the name of the distribution.
        arguments: in the order of `ARGUMENTS`; for a point the number itself.
        low: least value the key allows; draws of an unbounded distribution are set to it where they fall below.
        high: largest value the key allows, likewise.
    """

    shape: Shape
    arguments: tuple[float, ...]
    low: float = field(default=-math.inf, compare=False)
    high: float = field(default=math.inf, compare=False)

    @property
    def is_number(self) -> bool:
        """Whether this is one number, with nothing to draw."""
        return self.shape == "point" or (
            self.shape in {"pert", "uniform", "triangular"} and self.support[0] == self.support[1]
        )

    @property
    def support(self) -> tuple[float, float]:
        """The least and the largest value that can be drawn."""
        if self.shape == "point":
            return self.arguments[0], self.arguments[0]
        if self.shape in {"pert", "uniform", "triangular"}:
            return self.arguments[0], self.arguments[-1]
        natural = {"normal": (-math.inf, math.inf), "lognormal": (0.0, math.inf), "beta": (0.0, 1.0)}[self.shape]
        return max(natural[0], self.low), min(natural[1], self.high)

    @property
    def central(self) -> float:
        """The value at `draws: 0`: the number itself, the mode of PERT and triangular, otherwise the median."""
        if self.shape == "point":
            return self.arguments[0]
        if self.shape in {"pert", "triangular"}:
            return self.arguments[1]
        return float(self.quantile(np.array([0.5]))[0])

    def moved_to(self, central: float) -> "Parameter":
        """Returns the parameter with another central value, its range moved along and kept within the limits.

        A distribution that has no central value of its own to move (beta) becomes the number itself.
        """
        step = central - self.central
        moved = tuple(float(np.clip(value + step, self.low, self.high)) for value in self.arguments)
        if self.shape in {"pert", "uniform", "triangular"}:
            return replace(self, arguments=moved)
        if self.shape in {"normal", "lognormal"}:
            return replace(self, arguments=(central, self.arguments[1]))
        return replace(self, shape="point", arguments=(central,))

    def quantile(self, probability: Array) -> Array:
        """Returns the quantiles at `probability` (any shape, values inside 0 to 1), within the allowed limits."""
        if self.is_number:
            return np.full_like(probability, self.arguments[0])
        return np.clip(_QUANTILES[self.shape](probability, *self.arguments), self.low, self.high)


def _pert(probability: Array, low: float, mode: float, high: float) -> Array:
    width = high - low
    alpha = 1 + PERT_SHAPE * (mode - low) / width
    beta = 1 + PERT_SHAPE * (high - mode) / width
    return low + width * special.betaincinv(alpha, beta, probability)


def _triangular(probability: Array, low: float, mode: float, high: float) -> Array:
    at_mode = (mode - low) / (high - low)
    rising = low + np.sqrt(probability * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - probability) * (high - low) * (high - mode))
    return np.where(probability < at_mode, rising, falling)


_QUANTILES: dict[str, Callable[..., Array]] = {
    "pert": _pert,
    "uniform": lambda probability, low, high: low + (high - low) * probability,
    "triangular": _triangular,
    "normal": lambda probability, mean, sd: mean + sd * special.ndtri(probability),
    "lognormal": lambda probability, median, sigma: median * np.exp(sigma * special.ndtri(probability)),
    "beta": lambda probability, a, b: special.betaincinv(a, b, probability),
}


def point(value: float) -> Parameter:
    """Returns the parameter that is just this number."""
    return Parameter("point", (value,))


@lru_cache(maxsize=256)
def _stratified_quantiles(parameter: Parameter, draws: int) -> Array:
    """Returns the parameter's quantiles at the middles of `draws` equal strata, in rising order."""
    values = parameter.quantile((np.arange(draws) + 0.5) / draws)
    values.setflags(write=False)
    return values


def _permutation(seed: int, path: str, draws: int) -> npt.NDArray[np.int64]:
    """Returns the order of the strata for one parameter: its own stream, from the scenario's seed and its key path."""
    digest = hashlib.sha256(f"{seed}:{path}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big"))).permutation(draws)


class Sample:
    """One value per draw of every parameter asked for, the same whatever else is asked for.

    Args:
        seed: the scenario's seed.
        draws: number of draws; 0 gives one computation at the central values.
        fixed: values to use instead of drawing, by key path, each of length `width` (for one-at-a-time runs).
        width: number of values a parameter when `fixed` is given; everything else then stays at its central value.
    """

    def __init__(self, *, seed: int, draws: int, fixed: Mapping[str, Array] | None = None, width: int = 1) -> None:
        self._seed = seed
        self._fixed = fixed
        self.random = draws > 0 and fixed is None
        self.size = draws if self.random else width

    def values(self, path: str, parameter: Parameter) -> Array:
        """Returns the parameter's value in each draw, shape (draws,)."""
        if self._fixed is not None and path in self._fixed:
            return self._fixed[path]
        if not self.random or parameter.is_number:
            return np.full(self.size, parameter.central)
        return _stratified_quantiles(parameter, self.size)[_permutation(self._seed, path, self.size)]

    def happens(self, path: str, probability: Array) -> npt.NDArray[np.bool_]:
        """Returns in which draws an event happens; at the modes, whether its probability exceeds a half."""
        if not self.random:
            return probability > 0.5
        return (_permutation(self._seed, path, self.size) + 0.5) / self.size < probability
