"""Uncertain parameters and their draws (section 8 of the model).

A parameter is a number, a range `[low, mode, high]`, an expert's `{p10, mode, p90}` or a named distribution. What
belongs here: what such a parameter means (its central value, its quantiles) and how a whole set of them is drawn: each
has a stratified permutation of its own, seeded by its key path, so that two scenarios that differ in one parameter
differ by that parameter alone; those of one kind lean on a driver that they share.
"""

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

Array = npt.NDArray[np.float64]
Order = npt.NDArray[np.int64]
Shape = Literal["point", "pert", "percentiles", "uniform", "triangular", "normal", "lognormal", "beta"]

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

PERCENTILES = ("p10", "mode", "p90")
"""What an expert's range is described by: in 8 of 10 cases between p10 and p90, most likely the mode."""

BOUNDED = frozenset({"point", "pert", "uniform", "triangular"})
"""The shapes whose bounds are written down, and have to lie within those of their key."""

MOST_OUTSIDE = 0.05
"""The most of a distribution that may lie outside the bounds of its key: a twentieth of its mass (section 8)."""

ALL_AT_ONCE = "default"
"""Stands for every kind of parameter that has no correlation of its own."""

CORRELATION = 0.5
"""How far guesses of one kind are wrong together where a scenario does not say: an assumption (section 8)."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a scenario: a shape and its arguments, cut off at the limits that its key allows.

    Attributes:
        shape: `point` for a plain number, `percentiles` for p10, mode and p90, else the name of the distribution.
        arguments: in the order of `ARGUMENTS` or `PERCENTILES`; for a point the number itself.
        low: least value the key allows; what a distribution has below it is cut off.
        high: largest value the key allows, likewise.
    """

    shape: Shape
    arguments: tuple[float, ...]
    low: float = field(default=-math.inf, compare=False)
    high: float = field(default=math.inf, compare=False)

    @property
    def is_number(self) -> bool:
        """Whether this is one number, with nothing to draw."""
        if self.shape in {"point", "beta"}:
            return self.shape == "point"
        if self.shape in {"normal", "lognormal"}:
            return self.arguments[1] == 0
        return self.arguments[0] == self.arguments[-1]

    @property
    def support(self) -> tuple[float, float]:
        """The least and the largest value that can be drawn."""
        least, most = self.natural
        return max(least, self.low), min(most, self.high)

    @property
    def natural(self) -> tuple[float, float]:
        """The least and the largest value of the distribution as it was written, whatever its key allows."""
        if self.is_number:
            return self.arguments[0], self.arguments[0]
        if self.shape == "percentiles":
            return bounds_of(*self.arguments)
        if self.shape in BOUNDED:
            return self.arguments[0], self.arguments[-1]
        return {"normal": (-math.inf, math.inf), "lognormal": (0.0, math.inf), "beta": (0.0, 1.0)}[self.shape]

    @property
    def central(self) -> float:
        """The value at `draws: 0`: the number itself, the mode of PERT and triangular, otherwise the median.

        Of a distribution that is cut off it is the mode or median of what was written.
        """
        if self.is_number:
            return self.arguments[0]
        if self.shape in {"pert", "triangular", "percentiles"}:
            return self.arguments[1]
        return float(self._written_quantile(np.array([0.5]))[0])

    @property
    def outside(self) -> float:
        """The part of the distribution as written that lies outside what its key allows, and is cut off."""
        below, up_to = self._kept
        return below + 1.0 - up_to

    @property
    def _kept(self) -> tuple[float, float]:
        """From where to where in the distribution as written, as a probability, its key allows."""
        least, most = self.natural
        below = 0.0 if self.low <= least else self._mass_below(self.low)
        return below, 1.0 if self.high >= most else self._mass_below(self.high)

    def as_written(self) -> Any:  # noqa: ANN401 - a number, a list or keys with numbers
        """Returns the parameter as people write it in a scenario."""
        if self.shape == "point":
            return self.arguments[0]
        if self.shape == "pert":
            return list(self.arguments)
        if self.shape == "percentiles":
            return dict(zip(PERCENTILES, self.arguments, strict=True))
        return {"dist": self.shape, **dict(zip(ARGUMENTS[self.shape], self.arguments, strict=True))}

    def moved_to(self, central: float) -> "Parameter":
        """Returns the parameter with another central value, its range moved along and kept within the limits.

        A distribution that has no central value of its own to move (beta) becomes the number itself; so does one of
        which too much would then lie outside the limits.
        """
        step = central - self.central
        if self.shape in {"pert", "uniform", "triangular"}:
            return replace(self, arguments=tuple(float(np.clip(v + step, self.low, self.high)) for v in self.arguments))
        moved = replace(self, shape="point", arguments=(central,))
        if self.shape in {"normal", "lognormal"}:
            moved = replace(self, arguments=(central, self.arguments[1]))
        elif self.shape == "percentiles":
            moved = replace(self, arguments=tuple(value + step for value in self.arguments))
        return moved if moved.outside <= MOST_OUTSIDE else replace(self, shape="point", arguments=(central,))

    def quantile(self, probability: Array) -> Array:
        """Returns the quantiles at `probability` (any shape, values inside 0 to 1), cut off at the allowed limits."""
        if self.is_number:
            return np.full_like(probability, self.arguments[0])
        below, up_to = self._kept
        inside = self._written_quantile(below + probability * (up_to - below))
        return np.clip(inside, *self.support)

    def _written_quantile(self, probability: Array) -> Array:
        if self.shape == "percentiles":
            low, high = bounds_of(*self.arguments)
            return _pert(probability, low, self.arguments[1], high)
        return _QUANTILES[self.shape](probability, *self.arguments)

    def _mass_below(self, limit: float) -> float:
        """Returns how much of the distribution as written lies below a limit; all or nothing of one with bounds."""
        least, most = self.natural
        if self.is_number or self.shape in BOUNDED or not least < limit < most:
            return float(limit > least)
        arguments = (least, self.arguments[1], most) if self.shape == "percentiles" else self.arguments
        return float(_MASSES[self.shape](limit, *arguments))


def _weights(low: float, mode: float, high: float) -> tuple[float, float]:
    """Returns the arguments of the beta distribution that a PERT is on its own width."""
    width = high - low
    return 1 + PERT_SHAPE * (mode - low) / width, 1 + PERT_SHAPE * (high - mode) / width


def _pert(probability: Array, low: float, mode: float, high: float) -> Array:
    return low + (high - low) * special.betaincinv(*_weights(low, mode, high), probability)


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
_MASSES: dict[str, Callable[..., float]] = {
    "percentiles": lambda x, low, mode, high: special.betainc(*_weights(low, mode, high), (x - low) / (high - low)),
    "normal": lambda x, mean, sd: special.ndtr((x - mean) / sd),
    "lognormal": lambda x, median, sigma: special.ndtr(math.log(x / median) / sigma),
    "beta": lambda x, a, b: special.betainc(a, b, x),
}
"""How much lies below x, of the shapes that may reach beyond what their key allows."""


@lru_cache(maxsize=1024)
def bounds_of(p10: float, mode: float, p90: float) -> tuple[float, float]:
    """Returns the bounds of the PERT with this mode whose 10th and 90th percentiles are these.

    On a width of one the mode stands at t; the place of the mode between the percentiles rises with t from below 0 to
    above 1, so that there is one such PERT wherever the mode lies between them.
    """
    wanted = (mode - p10) / (p90 - p10)

    def miss(at: float) -> float:
        low, high = _unit_percentiles(at)
        return (at - low) / (high - low) - wanted

    at = float(optimize.brentq(miss, 0.0, 1.0, xtol=1e-14))
    low, high = _unit_percentiles(at)
    width = (p90 - p10) / (high - low)
    return mode - at * width, mode + (1 - at) * width


def _unit_percentiles(at: float) -> tuple[float, float]:
    """Returns the 10th and 90th percentile of the PERT from 0 to 1 with its mode there."""
    low, high = special.betaincinv(1 + PERT_SHAPE * at, 1 + PERT_SHAPE * (1 - at), np.array([0.1, 0.9]))
    return float(low), float(high)


def point(value: float) -> Parameter:
    """Returns the parameter that is just this number."""
    return Parameter("point", (value,))


@lru_cache(maxsize=256)
def _stratified_quantiles(parameter: Parameter, limits: tuple[float, float], draws: int) -> Array:
    """Returns the parameter's quantiles at the middles of `draws` equal strata, in rising order."""
    values = replace(parameter, low=limits[0], high=limits[1]).quantile((np.arange(draws) + 0.5) / draws)
    values.setflags(write=False)
    return values


@lru_cache(maxsize=4)
def _scores(draws: int) -> Array:
    """Returns the standard normal scores of the strata, in rising order."""
    return special.ndtri((np.arange(draws) + 0.5) / draws)


def _permutation(seed: int, path: str, draws: int) -> Order:
    """Returns the order of the strata for one stream: from the scenario's seed and the stream's name."""
    digest = hashlib.sha256(f"{seed}:{path}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big"))).permutation(draws)


@dataclass(frozen=True)
class Drivers:
    """What parameters of one kind share (section 8).

    Attributes:
        names: by key path of a parameter, the name of its key; a path that is not there shares nothing.
        correlation: by name of a key, how far its parameters are wrong together; `default` for all others.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    correlation: Mapping[str, float] = field(default_factory=dict)

    def weight(self, name: str) -> float:
        """Returns the correlation of the parameters of one name, from 0 to 1."""
        return self.correlation.get(name, self.correlation.get(ALL_AT_ONCE, CORRELATION))


class Sample:
    """One value per draw of every parameter asked for, the same whatever else is asked for.

    Args:
        seed: the scenario's seed.
        draws: number of draws; 0 gives one computation at the central values.
        fixed: values to use instead of drawing, by key path, each of length `width` (for one-at-a-time runs).
        width: number of values a parameter when `fixed` is given; everything else then stays at its central value.
        drivers: what parameters of one kind share; none given: every parameter is drawn by itself.
    """

    def __init__(
        self,
        *,
        seed: int,
        draws: int,
        fixed: Mapping[str, Array] | None = None,
        width: int = 1,
        drivers: Drivers | None = None,
    ) -> None:
        self._seed = seed
        self._fixed = fixed
        self.drivers = drivers or Drivers()
        self.random = draws > 0 and fixed is None
        self.size = draws if self.random else width
        self._strata: dict[str, Order] = {}

    def values(self, path: str, parameter: Parameter) -> Array:
        """Returns the parameter's value in each draw, shape (draws,)."""
        if self._fixed is not None and path in self._fixed:
            return self._fixed[path]
        if not self.random or parameter.is_number:
            return np.full(self.size, parameter.central)
        quantiles = _stratified_quantiles(parameter, (parameter.low, parameter.high), self.size)
        return quantiles[self._strata_of(path)]

    def happens(self, path: str, probability: Array) -> npt.NDArray[np.bool_]:
        """Returns in which draws an event happens; at the modes, whether its probability exceeds a half."""
        if not self.random:
            return probability > 0.5
        return (_permutation(self._seed, path, self.size) + 0.5) / self.size < probability

    def driver(self, name: str) -> Array:
        """Returns the driver of the parameters of one key name: its standard normal score in each draw."""
        return _scores(self.size)[self._permuted(f"driver:{name}")]

    def _strata_of(self, path: str) -> Order:
        """Returns which stratum of a parameter each draw takes, in the order of z = √c · Z_driver + √(1−c) · Z_own."""
        if path not in self._strata:
            name = self.drivers.names.get(path)
            weight = 0.0 if name is None else self.drivers.weight(name)
            self._strata[path] = self._permuted(path) if not weight else self._led(path, str(name), weight)
        return self._strata[path]

    def _led(self, path: str, name: str, weight: float) -> Order:
        own = _scores(self.size)[self._permuted(path)]
        z = math.sqrt(weight) * self.driver(name) + math.sqrt(1 - weight) * own
        strata = np.empty(self.size, dtype=np.int64)
        strata[np.argsort(z, kind="stable")] = np.arange(self.size)
        return strata

    def _permuted(self, stream: str) -> Order:
        return _permutation(self._seed, stream, self.size)
