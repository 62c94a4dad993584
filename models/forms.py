"""Linear forms: amounts as coefficients times tracks, multiplied out over the draws only where a figure needs it.

Nearly everything a transfer does is proportional to how much moves. So an amount of a party is kept as a row of
coefficients on a few tracks (one path over years and draws each); sums, means and present values are then small
matrix products, and parties whose rows are proportional share the sorting that percentiles cost. What is not
proportional (a ceiling, a refilled bed) is a track of its own.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.region.codes import Array, Integers, Mask, numbered

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
        if sign == 1:
            return self
        if self.coefficients is None:
            return Form(self.rows, None, self.tracks * sign)
        return Form(self.rows, self.coefficients * sign, self.tracks)

    def named(self, rows: Integers) -> "Form":
        """Returns the form with other names of its rows."""
        return Form(rows, self.coefficients, self.tracks)

    def until(self, years: int) -> "Form":
        """Returns the form in its first so many years."""
        if self.tracks.shape[1] == years:
            return self
        coefficients = self.coefficients
        if coefficients is not None and coefficients.ndim == 3:
            coefficients = coefficients[:, :, :years]
        return Form(self.rows, coefficients, self.tracks[:, :years])

    def only(self, which: Mask) -> "Form":
        """Returns the form of some of its rows."""
        if self.coefficients is None:
            return Form(self.rows[which], None, self.tracks[which])
        return Form(self.rows[which], self.coefficients[which], self.tracks)

    def by_year(self, factor: Array) -> "Form":
        """Returns the form times a factor by year, shape (years,), or by row and year, shape (rows, years)."""
        if self.coefficients is None:
            return Form(self.rows, None, self.tracks * factor[..., None])
        yearly = self.coefficients if self.coefficients.ndim == 3 else self.coefficients[:, :, None]
        return Form(self.rows, yearly * (factor if factor.ndim == 1 else factor[:, None, :]), self.tracks)

    @property
    def dimensions(self) -> int:
        """Number of dimensions of the coefficients; 0 without any."""
        return 0 if self.coefficients is None else self.coefficients.ndim


class Sum:
    """The sum of forms for given rows: every figure that is told of them.

    Args:
        forms: to be added up; rows that are not asked for are left out.
        rows: the rows asked for, sorted and each once.
        shape: numbers of years and draws; forms that go on for longer count as far as that.
    """

    def __init__(self, forms: list[Form], rows: Integers, shape: tuple[int, int]) -> None:
        self.rows = rows
        self.shape = shape
        parts = [part for form in forms if (part := _part(form.until(shape[0]), rows)).rows.size]
        self._same = _Block.of([part for part in parts if part.dimensions == 2], (rows.size,), shape)
        self._yearly = _Block.of([part for part in parts if part.dimensions == 3], (rows.size, shape[0]), shape)
        self._alone = [part for part in parts if part.coefficients is None]

    def values(self) -> Array:
        """Returns the amounts, shape (rows, years, draws)."""
        everybody = np.arange(self.rows.size)
        return np.stack([self._at(year, everybody) for year in range(self.shape[0])], axis=1)

    def at(self, year: int) -> Array:
        """Returns the amounts of one year by its place, shape (rows, draws)."""
        return self._at(year % self.shape[0], np.arange(self.rows.size))

    def mean(self) -> Array:
        """Returns the mean over the draws, shape (rows, years)."""
        mean = self._same.coefficients @ self._same.mean
        mean += np.einsum("nky,ky->ny", self._yearly.coefficients, self._yearly.mean)
        for part in self._alone:
            mean[part.rows] += part.tracks.mean(axis=-1)
        return mean

    def present_value(self, discount: Array) -> Array:
        """Returns the discounted sum over the years, shape (rows, draws)."""
        total: Array = self._same.coefficients @ self._same.discounted(discount)
        for year in range(self.shape[0]) if self._yearly.tracks else ():
            total += discount[year] * (self._yearly.coefficients[:, :, year] @ self._yearly.at(year))
        for part in self._alone:
            total[part.rows] += np.einsum("y,nyd->nd", discount, part.tracks)
        return total

    def spread(self) -> tuple[Array, Array]:
        """Returns mean (rows, years) and percentiles (3, rows, years) over the draws."""
        mean = self.mean()
        if self.shape[1] == 1:
            return mean, np.broadcast_to(mean, (len(PERCENTILES), *mean.shape))
        return mean, np.stack([self._percentiles(year) for year in range(self.shape[0])], axis=2)

    def above(self, limit: Array) -> Array:
        """Returns the share of the draws in which the sum is above a limit, both of shape (rows, years)."""
        everybody = np.arange(self.rows.size)
        shares = [(self._at(y, everybody) > limit[:, y, None]).mean(axis=-1) for y in range(self.shape[0])]
        return np.stack(shares, axis=1)

    def _at(self, year: int, chosen: Integers) -> Array:
        """Returns the amounts of one year of the chosen positions, shape (positions, draws)."""
        total: Array = self._same.coefficients[chosen] @ self._same.at(year)
        if self._yearly.tracks:
            total += self._yearly.coefficients[chosen, :, year] @ self._yearly.at(year)
        place_of = np.full(self.rows.size, -1)
        place_of[chosen] = np.arange(chosen.size)
        for part in self._alone:
            place = place_of[part.rows]
            total[place[place >= 0]] += part.tracks[place >= 0, year]
        return total

    def _percentiles(self, year: int) -> Array:
        """Returns the percentiles of one year, shape (3, rows); proportional rows share one sort."""
        scale, representative = self._directions(year)
        chosen, direction = np.unique(representative, return_inverse=True)
        amounts = self._at(year, chosen)
        amounts.sort(axis=-1)
        figures = quantiles(amounts)[:, direction.reshape(-1)]
        factor = scale / scale[representative]
        return np.where(factor >= 0, figures, figures[::-1]) * factor

    def _directions(self, year: int) -> tuple[Array, Integers]:
        """Returns each row's scale, and the position of the first row that is proportional to it."""
        if not self._yearly.tracks:
            return self._directions_of_all_years
        return _directions(
            np.concatenate([self._same.coefficients, self._yearly.coefficients[:, :, year], self._marks()], axis=1)
        )

    @cached_property
    def _directions_of_all_years(self) -> tuple[Array, Integers]:
        """The same where no coefficient differs by year."""
        return _directions(np.concatenate([self._same.coefficients, self._marks()], axis=1))

    def _marks(self) -> Array:
        """Returns two numbers a row that make one with a track of its own proportional to no other, shape (rows, 2)."""
        marks = np.zeros((self.rows.size, 2))
        for part in self._alone:
            marks[part.rows] = np.stack([np.ones(part.rows.size), part.rows + 1.0], axis=1)
        return marks


@dataclass(frozen=True)
class _Block:
    """Forms put side by side: coefficients of every row on all their tracks.

    Attributes:
        coefficients: shape (rows, tracks), or (rows, tracks, years).
        tracks: each form's, of shape (tracks, years, draws), in the order of the coefficients.
        shape: numbers of years and draws.
    """

    coefficients: Array
    tracks: tuple[Array, ...]
    shape: tuple[int, int]

    @classmethod
    def of(cls, parts: list[Form], size: tuple[int, ...], shape: tuple[int, int]) -> "_Block":
        """Returns the block of forms whose coefficients have the same dimensions: rows, or rows and years (`size`)."""
        coefficients = np.zeros((size[0], sum(part.tracks.shape[0] for part in parts), *size[1:]))
        start = 0
        for part in parts:
            end = start + part.tracks.shape[0]
            coefficients[part.rows, start:end] = part.coefficients
            start = end
        return cls(coefficients, tuple(part.tracks for part in parts), shape)

    def at(self, year: int) -> Array:
        """Returns the tracks of one year, shape (tracks, draws)."""
        return np.concatenate([np.zeros((0, self.shape[1])), *(tracks[:, year] for tracks in self.tracks)])

    @cached_property
    def mean(self) -> Array:
        """Means of the tracks over the draws, shape (tracks, years)."""
        return np.concatenate([np.zeros((0, self.shape[0])), *(tracks.mean(axis=-1) for tracks in self.tracks)])

    def discounted(self, discount: Array) -> Array:
        """Returns the discounted sum of each track over the years, shape (tracks, draws)."""
        sums = (np.einsum("y,kyd->kd", discount, tracks) for tracks in self.tracks)
        return np.concatenate([np.zeros((0, self.shape[1])), *sums])


def _directions(signature: Array) -> tuple[Array, Integers]:
    """Returns the scale of each row of coefficients, and the position of the first row that is proportional to it."""
    first = np.argmax(signature != 0, axis=1)
    scale = signature[np.arange(signature.shape[0]), first]
    scale = np.where(scale == 0, 1.0, scale)
    direction = np.round(signature / scale[:, None], SAME_DIRECTION)
    marks = (direction * np.random.default_rng(0).random(direction.shape[1])).sum(axis=1)
    _, representative, inverse = np.unique(marks, return_index=True, return_inverse=True)
    found = representative[inverse.reshape(-1)]
    if not np.array_equal(direction[found], direction):  # two directions with the same mark: compare them whole
        _, representative, inverse = np.unique(direction, axis=0, return_index=True, return_inverse=True)
        found = representative[inverse.reshape(-1)]
    return scale, found


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
    chosen = place[there]
    if bool(np.all(chosen[1:] > chosen[:-1])):  # as nearly all forms are: each row once, in order
        if form.coefficients is None:
            return Form(chosen, None, form.tracks[there])
        return Form(chosen, form.coefficients[there], form.tracks)
    unique, row = numbered(chosen)
    if form.coefficients is None and unique.size == there.size:
        return Form(chosen, None, form.tracks[there])
    own = np.eye(form.rows.size) if form.coefficients is None else form.coefficients
    coefficients = np.zeros((unique.size, *own.shape[1:]))
    np.add.at(coefficients, row, own[there])
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

    def less(self, other: "Ledger") -> "Ledger":
        """Returns what this ledger holds, less what another one does."""
        result = Ledger()
        result.merge(self)
        for key, form in other.items():
            result.enter(key, form.times(-1))
        return result

    def signed(self, signs: Mapping[str, int]) -> list[Form]:
        """Returns the forms of several keys, each times its sign."""
        return [form.times(sign) for key, sign in signs.items() for form in self._forms.get(key, ())]

    def rows(self) -> Integers:
        """Returns every row that anything was entered for, sorted."""
        every = [form.rows for _, form in self.items()]
        return np.unique(np.concatenate(every)) if every else np.zeros(0, dtype=np.int64)
