"""What a shown figure says of confidential ones, as `low ≤ Σ weight · cell ≤ high`."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.disclosure.cells import Key

Terms = Mapping[Key, float]


@dataclass(frozen=True)
class Statement:
    """One thing that is said: low ≤ Σ weight · cell ≤ high."""

    terms: tuple[tuple[Key, float], ...]
    low: float = -math.inf
    high: float = math.inf


def states(terms: Terms, low: float = -math.inf, high: float = math.inf) -> Statement:
    """Returns a statement of some weights by cell."""
    return Statement(tuple(terms.items()), low, high)


def total(keys: Sequence[Key], low: float, high: float) -> Statement:
    """Returns what a total within two limits says of its parts."""
    return states(dict.fromkeys(keys, 1.0), low, high)


def rounded(value: float, digits: int) -> float:
    """Returns a figure in so many significant digits, halves away from zero."""
    if value == 0 or not math.isfinite(value):
        return value
    unit = 10.0 ** (math.floor(math.log10(abs(value)) + 1e-12) - digits + 1)
    return math.copysign(math.floor(abs(value) / unit + 0.5) * unit, value)


def could_be(shown: float, digits: int) -> tuple[float, float]:
    """Returns between which limits a figure lies that is shown in so many significant digits.

    Below a power of ten the digits are finer: 100 in two digits is anything from 99.5 to 105.
    """
    if shown == 0:
        return 0.0, 0.0
    size = abs(shown)
    exponent = math.floor(math.log10(size) + 1e-12)
    unit = 10.0 ** (exponent - digits + 1)
    finer = unit / 10 if math.isclose(size, 10.0**exponent, rel_tol=1e-9) else unit
    low, high = size - finer / 2, size + unit / 2
    return (low, high) if shown > 0 else (-high, -low)


def in_digits(terms: Terms, value: float, digits: int) -> Statement:
    """Returns what a figure in so many digits says: its terms add up to something that is rounded to it."""
    return states(terms, *could_be(rounded(value, digits), digits))


def band_of(value: float, limits: Sequence[float]) -> tuple[float, float]:
    """Returns the limits between which a signed figure lies; about zero is the first band, on both sides of it.

    Args:
        value: as a share of what the limits are shares of.
        limits: rising, above zero.
    """
    edges = [*(-limit for limit in reversed(limits)), *limits]
    below = [edge for edge in edges if edge <= value]
    above = [edge for edge in edges if edge > value]
    return (below[-1] if below else -math.inf), (above[0] if above else math.inf)


def within(terms: Terms, yardstick: float, limits: tuple[float, float]) -> tuple[Statement, ...]:
    """Returns what a band says whose yardstick everybody knows (a size: annual accounts are public)."""
    low, high = limits
    return (states(terms, low * yardstick, high * yardstick),)


def ratio(terms: Terms, of: Terms, limits: tuple[float, float]) -> tuple[Statement, ...]:
    """Returns what a share says of something positive that is itself confidential: two inequalities."""
    low, high = limits
    found = []
    if math.isfinite(low):
        found.append(states(_less(terms, of, low), low=0.0))
    if math.isfinite(high):
        found.append(states(_less(terms, of, high), high=0.0))
    return tuple(found)


def _less(terms: Terms, of: Terms, factor: float) -> dict[Key, float]:
    result = dict(terms)
    for key, weight in of.items():
        result[key] = result.get(key, 0.0) - factor * weight
    return result
