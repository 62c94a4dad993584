"""Linear forms: amounts as coefficients times tracks, multiplied out over the draws only where a figure needs it.

Nearly everything a transfer does is proportional to how much moves. So an amount of a party is kept as a row of
coefficients on a few tracks (one path over years and draws each); sums, means and present values are then small
matrix products, and parties whose rows are proportional share the sorting that percentiles cost. What is not
proportional (a ceiling, a refilled bed) is a track of its own.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from models.region.codes import Array, Integers, Mask

PERCENTILES = (10, 50, 90)
"""What is told of a spread; symmetric, so that a negative multiple only turns them around."""
SAME_DIRECTION = 12
"""Decimals to which two rows of coefficients must agree, up to a factor, to count as proportional."""


@dataclass(frozen=True)
class Form:
    """Amounts of some rows (parties, departments, ...), each a sum of tracks.

    Attributes:
        rows: what each row is, as an integer; a row may come more than once, which adds. coefficients: shape (rows,
        tracks), or (rows, tracks, years) where they differ by year; None where every row is its
            own track.
        tracks: shape (tracks, years, draws).
    """

    rows: Integers
    coefficients: Array | None
    tracks: Array

    def times(self, sign: float) -> "Form":
        """Returns the form times a number."""
        if self.coefficients is None:
            return Form(self.rows, None, self.tracks * sign)
        return self if sign == 1 else Form(self.rows, self.coefficients * sign, self.tracks)

    def named(self, rows: Integers) -> "Form":
        """Returns the form with other names of its rows."""
        return Form(rows, self.coefficients, self.tracks)

    def at(self, year: int) -> Array | None:
        """Returns the coefficients of one year, shape (rows, tracks)."""
        if self.coefficients is None or self.coefficients.ndim == 2:
            return self.coefficients
        return self.coefficients[:, :, year]


def product(coefficients: Array | None, tracks: Array) -> Array:
    """Returns rows of coefficients (rows, tracks) times tracks (tracks, draws); the tracks themselves without any."""
    return tracks if coefficients is None else coefficients @ tracks


class Sum:
    """The sum of forms for given rows: every figure that is told of them.

    Args:
        forms: to be added up; rows that are not asked for are left out.
        rows: the rows asked for, sorted and each once.
        shape: numbers of years and draws.
    """

    def __init__(self, forms: list[Form], rows: Integers, shape: tuple[int, int]) -> None:
        self.rows = rows
        self.shape = shape
        self._forms = [part for form in forms if (part := _part(form, rows)).rows.size]

    def values(self) -> Array:
        """Returns the amounts, shape (rows, years, draws)."""
        return np.stack([self._at(year) for year in range(self.shape[0])], axis=1)

    def mean(self) -> Array:
        """Returns the mean over the draws, shape (rows, years)."""
        means = [Form(form.rows, form.coefficients, form.tracks.mean(axis=-1, keepdims=True)) for form in self._forms]
        return Sum._of_parts(means, self.rows, (self.shape[0], 1)).values()[:, :, 0]

    def present_value(self, discount: Array) -> Array:
        """Returns the discounted sum over the years, shape (rows, draws)."""
        total = np.zeros((self.rows.size, self.shape[1]))
        for year in range(self.shape[0]):
            total += discount[year] * self._at(year)
        return total

    def spread(self) -> tuple[Array, Array]:
        """Returns mean (rows, years) and percentiles (3, rows, years) over the draws."""
        mean = self.mean()
        if self.shape[1] == 1:
            return mean, np.broadcast_to(mean, (len(PERCENTILES), *mean.shape))
        found = np.zeros((len(PERCENTILES), *mean.shape))
        for year in range(self.shape[0]):
            found[:, :, year] = self._percentiles(year)
        return mean, found

    def positive(self) -> Array:
        """Returns the share of the draws in which the sum is above 0, shape (rows, years)."""
        return np.stack([(self._at(year) > 0).mean(axis=-1) for year in range(self.shape[0])], axis=1)

    @classmethod
    def _of_parts(cls, forms: list[Form], rows: Integers, shape: tuple[int, int]) -> "Sum":
        result = cls([], rows, shape)
        result._forms = forms
        return result

    def _at(self, year: int, chosen: Integers | None = None) -> Array:
        """Returns the amounts of one year for all rows or for chosen positions, shape (rows, draws)."""
        place_of = np.arange(self.rows.size) if chosen is None else np.full(self.rows.size, -1)
        if chosen is not None:
            place_of[chosen] = np.arange(chosen.size)
        total = np.zeros((self.rows.size if chosen is None else chosen.size, self.shape[1]))
        for form in self._forms:
            place = place_of[form.rows]
            wanted: Mask = place >= 0
            if wanted.any():
                own = form.at(year)
                tracks = form.tracks[:, year]
                amounts = tracks[wanted] if own is None else own[wanted] @ tracks
                total[place[wanted]] += amounts
        return total

    def _percentiles(self, year: int) -> Array:
        """Returns the percentiles of one year, shape (3, rows); proportional rows share one sort."""
        scale, representative = self._directions(year)
        chosen, direction = np.unique(representative, return_inverse=True)
        ordered = np.sort(self._at(year, chosen), axis=-1)
        figures = quantiles(ordered)[:, direction.reshape(-1)]
        factor = scale / scale[representative]
        return np.where(factor >= 0, figures, figures[::-1]) * factor

    def _directions(self, year: int) -> tuple[Array, Integers]:
        """Returns each row's scale, and the position of the first row that is proportional to it."""
        signature = np.concatenate(
            [self._signature(form, year) for form in self._forms] or [np.zeros((self.rows.size, 1))], axis=1
        )
        first = np.argmax(signature != 0, axis=1)
        scale = signature[np.arange(self.rows.size), first]
        scale = np.where(scale == 0, 1.0, scale)
        direction = np.round(signature / scale[:, None], SAME_DIRECTION)
        _, representative, inverse = np.unique(direction, axis=0, return_index=True, return_inverse=True)
        return scale, representative[inverse.reshape(-1)]

    def _signature(self, form: Form, year: int) -> Array:
        """Returns what a form adds to each row, shape (rows, tracks); a row that is its own track is one of a kind."""
        own = form.at(year)
        if own is None:
            signature = np.zeros((self.rows.size, 2))
            signature[form.rows] = np.stack([form.rows + 1.0, (form.rows + 1.0) ** 2], axis=1)
            return signature
        result = np.zeros((self.rows.size, own.shape[1]))
        result[form.rows] = own
        return result


def quantiles(ordered: Array) -> Array:
    """Returns the percentiles of sorted draws (last axis), linearly interpolated, shape (3, ...)."""
    draws = ordered.shape[-1]
    result = np.empty((len(PERCENTILES), *ordered.shape[:-1]))
    for row, percentile in enumerate(PERCENTILES):
        place = percentile / 100 * (draws - 1)
        low = int(place)
        high = min(low + 1, draws - 1)
        result[row] = ordered[..., low] + (place - low) * (ordered[..., high] - ordered[..., low])
    return result


def _part(form: Form, rows: Integers) -> Form:
    """Returns the part of a form that speaks of the given rows: its rows as positions among them, each once."""
    place = np.minimum(np.searchsorted(rows, form.rows), max(rows.size - 1, 0))
    there = np.flatnonzero(rows[place] == form.rows) if rows.size else np.zeros(0, dtype=np.int64)
    unique, row = np.unique(place[there], return_inverse=True)
    if form.coefficients is None and unique.size == there.size:
        return Form(place[there], None, form.tracks[there])
    own = np.eye(form.rows.size) if form.coefficients is None else form.coefficients
    coefficients = np.zeros((unique.size, *own.shape[1:]))
    np.add.at(coefficients, row.reshape(-1), own[there])
    return Form(unique, coefficients, form.tracks)


class Ledger:
    """Forms by what they are of (a measure, a resource), in the order in which they were entered."""

    def __init__(self) -> None:
        self._forms: dict[Hashable, list[Form]] = {}

    def enter(self, key: Hashable, form: Form) -> None:
        """Adds a form; one without rows or tracks says nothing."""
        if form.rows.size and form.tracks.shape[0]:
            self._forms.setdefault(key, []).append(form)

    def merge(self, other: "Ledger") -> None:
        """Adds all that another ledger holds."""
        for key, form in other.items():
            self.enter(key, form)

    def items(self) -> Iterator[tuple[Hashable, Form]]:
        """Yields each form with its key."""
        for key, forms in self._forms.items():
            for form in forms:
                yield key, form

    def forms(self, key: Hashable) -> list[Form]:
        """Returns the forms of one key."""
        return list(self._forms.get(key, ()))

    def signed(self, signs: Mapping[str, int]) -> list[Form]:
        """Returns the forms of several keys, each times its sign."""
        return [form.times(sign) for key, sign in signs.items() for form in self._forms.get(key, ())]

    def rows(self) -> Integers:
        """Returns every row that anything was entered for, sorted."""
        every = [form.rows for _, form in self.items()]
        return np.unique(np.concatenate(every)) if every else np.zeros(0, dtype=np.int64)
