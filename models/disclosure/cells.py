"""Confidential figures: whose they are, what they are in truth, and what anybody knows of them beforehand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from models.region.codes import Array

Measure = str
"""What a cell tells: revenue, margin, cushion, spend, cushion_size, contract, units, received, shortage, spare."""
SAME = 9
"""Two figures that agree in so many digits are one: what nothing has changed between two releases."""


@dataclass(frozen=True, order=True)
class Key:
    """Which confidential figure.

    Attributes:
        measure: what it tells.
        party: whose it is.
        part: an initiative, a resource, or another party; empty for the whole.
        year: the calendar year; None for an annual equivalent, or what is told of no year.
        snapshot: the scenario and release it is of; empty once it is known to be the same in all of them.
    """

    measure: Measure
    party: str
    part: str = ""
    year: int | None = None
    snapshot: str = ""


@dataclass(frozen=True)
class Cell:
    """One confidential figure.

    Attributes:
        key: which.
        value: in truth; euro, units or full-time equivalents.
        neutral: the size at or below which it means nothing to its party, and may be known.
        low, high: what anybody knows beforehand.
    """

    key: Key
    value: float
    neutral: float
    low: float
    high: float


@dataclass(frozen=True)
class Cells:
    """Every confidential figure of an audit, each once.

    Figures of two snapshots that are the same figure (same measure, party, part and year, the same value) are one: who
    knows that nothing changed there may subtract, so the audit takes everybody to know it.
    """

    given: Mapping[Key, Cell] = field(repr=False)

    @staticmethod
    def of(cells: Iterable[Cell]) -> "Cells":
        """Returns the cells by key."""
        return Cells({cell.key: cell for cell in cells})

    @cached_property
    def _merged(self) -> tuple[dict[Key, int], list[Cell]]:
        place: dict[Key, int] = {}
        distinct: list[Cell] = []
        seen: dict[tuple[object, ...], int] = {}
        for key, cell in self.given.items():
            same = (key.measure, key.party, key.part, key.year, float(f"{cell.value:.{SAME}e}"))
            if same not in seen:
                seen[same] = len(distinct)
                distinct.append(cell)
            place[key] = seen[same]
        return place, distinct

    def place(self, key: Key) -> int:
        """Returns the position of a figure among the distinct ones.

        Raises:
            KeyError: no cell has this key.
        """
        return self._merged[0][key]

    def __contains__(self, key: Key) -> bool:
        """Returns whether there is such a figure."""
        return key in self.given

    def __len__(self) -> int:
        """Returns how many distinct figures there are."""
        return len(self._merged[1])

    @property
    def distinct(self) -> list[Cell]:
        """The distinct figures, in the order of their positions."""
        return self._merged[1]

    @cached_property
    def parties(self) -> "np.ndarray[tuple[int], np.dtype[np.object_]]":
        """Whose each distinct figure is."""
        return np.array([cell.key.party for cell in self.distinct], dtype=object)

    def _column(self, name: str) -> Array:
        return np.array([getattr(cell, name) for cell in self.distinct], dtype=float)

    @cached_property
    def values(self) -> Array:
        """What each is in truth."""
        return self._column("value")

    @cached_property
    def neutral(self) -> Array:
        """Up to which size each may be known."""
        return self._column("neutral")

    @cached_property
    def bounds(self) -> tuple[Array, Array]:
        """What anybody knows of each beforehand."""
        return self._column("low"), self._column("high")
