"""What each initiative contributes by itself, and what a package of them adds up to (section 11).

What belongs here: the numbers that choosing a package rests on, and nothing about where they came from. An *option* is
one initiative at one start year; a package is a set of options, at most one an initiative.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from models.region.codes import Array, Integers

Package = tuple[int, ...]
"""Positions of options, in rising order."""


@dataclass(frozen=True)
class Option:
    """One initiative at one start year.

    Attributes:
        initiative: its id.
        start: the year in which it starts.
        valued_until: the last year that counts in its value.
        years_valued: how many years count from its start on.
        years_short: how many fewer than of the initiative's first start.
    """

    initiative: str
    start: int
    valued_until: int
    years_valued: int
    years_short: int = 0


@dataclass(frozen=True)
class LimitRow:
    """One row of a limit: a provider or pool and a resource, or a provider and a norm, in a year."""

    party: str
    what: str
    year: int


@dataclass(frozen=True)
class Effects:
    """What options, or one package, change; for one package without the first axis.

    All are means over the draws, except the shortage where the scenario asks for its 90th percentile.

    Attributes:
        annual: margin change of each party, annual equivalent to the horizon in euro, shape (options, parties).
        level: the same with every start valued over the same number of years, shape (options, parties).
        transition: present value of the transition costs in euro, shape (options,).
        shortage: what is added to the gap between load and usable capacity, shape (options, places).
        norm_units: what is added to the units that a norm counts, shape (options, places).
        breaches: norms that a whole evaluation tells to be breached because of it; of an option alone 0.
        lines: what is added to each row of the parties' red lines, shape (options, rows).
    """

    annual: Array
    level: Array
    transition: Array
    shortage: Array
    norm_units: Array
    breaches: int = 0
    lines: Array = field(default_factory=lambda: np.zeros((0, 0)))

    def of(self, package: Package) -> "Effects":
        """Returns the sum of the effects of a package's options."""
        rows = list(package)

        def summed(amounts: Array) -> Array:
            return np.asarray(amounts[rows].sum(axis=0))

        return Effects(
            annual=summed(self.annual),
            level=summed(self.level),
            transition=summed(self.transition),
            shortage=summed(self.shortage),
            norm_units=summed(self.norm_units),
            lines=summed(self.lines) if self.lines.size else np.zeros(0),
        )

    def put(self, place: int, one: "Effects") -> None:
        """Enters the effects of one option at its place, while these are being made."""
        self.annual[place], self.level[place], self.transition[place] = one.annual, one.level, one.transition
        self.shortage[place], self.norm_units[place] = one.shortage, one.norm_units
        if self.lines.size:
            self.lines[place] = one.lines

    @cached_property
    def worst(self) -> Array:
        """The worse of a party's two annual equivalents, in euro."""
        worse: Array = np.minimum(self.annual, self.level)
        return worse


@dataclass(frozen=True)
class Contributions:
    """Everything that choosing a package needs to know.

    Attributes:
        options: by initiative in the scenario's order, then by start.
        parties: ids of providers and payers.
        size: annual revenue of each party in euro; 0 where it is not known.
        annuity: what turns an annual equivalent into a present value.
        effects: of each option by itself.
        capacities: who may not get shorter of what, in which year; room: how much more it can bear, shape (places,).
        per_fte: amount of the resource in one full-time equivalent, by place; NaN where it is not people.
        usable: usable capacity, by place.
        norms: who may not fall below which norm, in which year: those that meet it without an agreement.
        norm_before, norm_minimum: units without an agreement and the minimum, shape (places,).
        least: what the effects on each row of a red line must add up to at least, shape (rows,).
        line_of: which red line each row belongs to.
    """

    options: tuple[Option, ...]
    parties: tuple[str, ...]
    size: Array
    annuity: float
    effects: Effects
    capacities: tuple[LimitRow, ...]
    room: Array
    per_fte: Array
    usable: Array
    norms: tuple[LimitRow, ...]
    norm_before: Array
    norm_minimum: Array
    least: Array = field(default_factory=lambda: np.zeros(0))
    line_of: tuple[int, ...] = ()

    @cached_property
    def initiatives(self) -> tuple[str, ...]:
        """The initiatives, each once, in order."""
        return tuple(dict.fromkeys(option.initiative for option in self.options))

    @cached_property
    def of_initiative(self) -> tuple[Integers, ...]:
        """The positions of each initiative's options, in the order of `initiatives`."""
        names = np.array([option.initiative for option in self.options], dtype=object)
        return tuple(np.flatnonzero(names == name) for name in self.initiatives)

    @cached_property
    def values(self) -> Array:
        """Net value of each option by itself: present value over all parties, in euro, shape (options,)."""
        return self.value_of(self.effects)

    def value_of(self, effects: Effects) -> Array:
        """Returns the net value of effects, Σ z over all parties, in euro."""
        return np.asarray(effects.level.sum(axis=-1) * self.annuity)

    def first_starts(self, initiatives: Sequence[str] | None = None) -> Package:
        """Returns the package of these initiatives (all, if none are named), each at its first start."""
        wanted = self.initiatives if initiatives is None else initiatives
        chosen = zip(self.initiatives, self.of_initiative, strict=True)
        return tuple(int(places[0]) for name, places in chosen if name in wanted)
