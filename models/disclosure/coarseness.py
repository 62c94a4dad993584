"""What a view holds: each figure in every coarseness in which it may be told, down to not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from models.disclosure.statements import Statement

Class = Literal["total", "stance", "band", "units"]
ORDER: tuple[Class, ...] = ("total", "stance", "band", "units")
"""In which order figures give way."""
WITHHELD = "withheld"
EVERYBODY = "everybody"
"""The audience of what all parties see."""


@dataclass(frozen=True)
class Level:
    """One way of telling a figure.

    Attributes:
        name: two_digits, one_digit, merged_kind, band, coarser_band, sign, stance, withheld.
        statements: what it says.
        shown: what a reader sees: numbers and words by name.
    """

    name: str
    statements: tuple[Statement, ...] = ()
    shown: Mapping[str, object] = field(default_factory=dict)


NOTHING = Level(WITHHELD)


@dataclass(frozen=True)
class Figure:
    """One figure that a view may hold.

    Attributes:
        id: which, within its audit.
        kind: its class, which says when it gives way.
        family: figures of one family are coarsened together: what is withheld, is withheld per kind and measure.
        audience: the parties that see it; those of `everybody` see it all.
        levels: from the finest to withheld.
        about: what it tells, for whoever lays out the view.
        in_room: whether it is told in the room of its initiative.
        also: whom consents tell it besides: `table`, or `room:INITIATIVE`.
    """

    id: str
    kind: Class
    family: str
    audience: frozenset[str]
    levels: tuple[Level, ...]
    about: Mapping[str, object] = field(default_factory=dict)
    in_room: bool = False
    also: frozenset[str] = frozenset()

    def at(self, coarseness: int) -> Level:
        """Returns how it is told at a coarseness; past its last level it is withheld."""
        return self.levels[coarseness] if coarseness < len(self.levels) else NOTHING


def withheld_last(levels: Iterable[Level]) -> tuple[Level, ...]:
    """Returns levels that end in not telling the figure at all."""
    return (*levels, NOTHING)
