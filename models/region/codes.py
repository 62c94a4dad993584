"""Numbering: what the deliveries name by code, the model knows by position."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

UNKNOWN_PAYER = "unknown"
"""The payer of care whose payer was not delivered: a payer of its own."""


DENSE = 16
"""Up to how many possible keys a key it is quicker to mark which are there than to sort them."""


def numbered(keys: Integers) -> tuple[Integers, Integers]:
    """Returns the distinct keys in rising order, and the position of each key among them.

    What `np.unique(keys, return_inverse=True)` says, without sorting where the keys are not far apart.
    """
    low = int(keys.min(initial=0))
    span = int(keys.max(initial=0)) - low + 1
    if span > DENSE * keys.size:
        unique, inverse = np.unique(keys, return_inverse=True)
        return unique, inverse.reshape(-1)
    there = np.zeros(span, dtype=bool)
    there[keys - low] = True
    place = np.cumsum(there) - 1
    return np.flatnonzero(there) + low, place[keys - low]


def distinct(keys: Integers) -> tuple[Integers, Integers]:
    """Returns the distinct columns of some keys in rising order, and the position of each column among them.

    What `np.unique(keys, axis=1, return_inverse=True)` says, an order of magnitude quicker: a column is one number.

    Args:
        keys: shape (keys, columns), whole numbers.

    Returns:
        Shapes (keys, distinct columns) and (columns,).
    """
    low = keys.min(axis=1, initial=0)
    spans = [int(span) for span in keys.max(axis=1, initial=0) - low + 1]
    if math.prod(spans) > np.iinfo(np.int64).max:
        unique, inverse = np.unique(keys, axis=1, return_inverse=True)
        return unique, inverse.reshape(-1)
    code = np.zeros(keys.shape[1], dtype=np.int64)
    for row, least, span in zip(keys, low, spans, strict=True):
        code = code * span + (row - least)
    unique, place = numbered(code)
    one_of = np.zeros(unique.size, dtype=np.int64)
    one_of[place] = np.arange(code.size)
    return keys[:, one_of], place


def sums(rows: Integers, weights: Array, *, size: int) -> Array:
    """Returns the sum of the weights of each row, shape (size,)."""
    return np.bincount(rows, weights=weights, minlength=size).astype(float)


@dataclass(frozen=True)
class Flag:
    """A remark on the data that a reader of the figures must know, in both languages."""

    subject: str
    id: str
    flag: str
    message_nl: str
    message_en: str
    value: float | None = None


@dataclass(frozen=True)
class Index:
    """Codes in order, each known by its position. `None` is a code of its own: not delivered."""

    ids: tuple[str | None, ...]

    @classmethod
    def of(cls, *columns: Iterable[str | None]) -> "Index":
        """Returns the index of every code in the columns, in order of first appearance."""
        return cls(tuple(dict.fromkeys(code for column in columns for code in column)))

    @cached_property
    def position(self) -> dict[str | None, int]:
        """Position by code."""
        return {code: place for place, code in enumerate(self.ids)}

    def __len__(self) -> int:
        """Returns the number of codes."""
        return len(self.ids)

    def encode(self, column: pl.Series) -> Integers:
        """Returns the position of each code of a column; -1 for a code that is not here."""
        return np.array(
            column.replace_strict(
                list(self.position), list(self.position.values()), default=-1, return_dtype=pl.Int64
            ).to_numpy()
            if len(self)
            else np.full(len(column), -1),
            dtype=np.int64,
        )

    def positions(self, codes: Iterable[str]) -> Integers:
        """Returns the positions of the codes that are here."""
        return np.array([self.position[code] for code in codes if code in self.position], dtype=np.int64)


class Criteria(Protocol):
    """What selects care: any of specialism, diagnosis and care product."""

    @property
    def specialism(self) -> tuple[str, ...] | None:
        """Specialisms that match; None matches any."""

    @property
    def diagnosis(self) -> tuple[str, ...] | None:
        """Diagnoses that match; None matches any."""

    @property
    def care_product(self) -> tuple[str, ...] | None:
        """Care products that match; None matches any."""


@dataclass(frozen=True)
class Segments:
    """Care segments (specialism, diagnosis, care product), each of the three as positions in an index of its own.

    Attributes:
        specialisms, diagnoses, care_products: the codes.
        specialism, diagnosis, care_product: position of each segment's code, shape (segments,).
    """

    specialisms: Index
    diagnoses: Index
    care_products: Index
    specialism: Integers
    diagnosis: Integers
    care_product: Integers

    def __len__(self) -> int:
        """Returns the number of segments."""
        return self.specialism.size

    def matching(self, selections: Iterable[Criteria]) -> Mask:
        """Returns which segments any of the selections matches, shape (segments,)."""
        result = np.zeros(len(self), dtype=bool)
        for selection in selections:
            result |= (
                self._among(self.specialisms, self.specialism, selection.specialism)
                & self._among(self.diagnoses, self.diagnosis, selection.diagnosis)
                & self._among(self.care_products, self.care_product, selection.care_product)
            )
        return result

    def _among(self, index: Index, positions: Integers, codes: tuple[str, ...] | None) -> Mask:
        if codes is None:
            return np.ones(len(self), dtype=bool)
        return np.isin(positions, index.positions(codes))


@dataclass(frozen=True)
class Keyed:
    """Values by integer key: many keys answered at once, NaN (or the given default) where a key has no value."""

    keys: Integers
    values: Array

    @classmethod
    def of(cls, keys: Integers, values: Array) -> "Keyed":
        """Returns the values by key; keys must not repeat."""
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], values[order])

    def get(self, keys: Integers) -> Array:
        """Returns the value of each key, NaN where there is none."""
        if not self.keys.size:
            return np.full(keys.shape, np.nan)
        place = np.minimum(np.searchsorted(self.keys, keys), self.keys.size - 1)
        return np.where(self.keys[place] == keys, self.values[place], np.nan)
