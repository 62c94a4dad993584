"""The ladders by which a figure gives way: digits, counts, bands; and what all primary rules have in common."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from models.disclosure.cells import Key
from models.disclosure.coarseness import EVERYBODY, Level
from models.disclosure.picture import MINIMUM_COUNT, Picture
from models.disclosure.scenario_facts import ScenarioFacts
from models.disclosure.statements import Statement, band_of, could_be, rounded, states
from models.disclosure.statements import in_digits as said_in_digits

FTE_BANDS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
WIDER_FTE_BANDS = (0.5, 5.0, 50.0)
IMPLIED = "implied"
"""The section of what is told by other figures and shown nowhere."""
TABLE = frozenset({EVERYBODY})
Said = Callable[[tuple[float, float]], Iterable[Statement]]
"""What a band says, given its limits."""


@dataclass(frozen=True)
class Settings:
    """What a region's settings say of its views.

    Attributes:
        minimum_count: counts below this are told as under it.
        kinds_merge: which kinds are neighbours.
        groups: which parties count once, by name.
        coalitions: which parties are taken to put together what they know.
    """

    minimum_count: int = MINIMUM_COUNT
    kinds_merge: tuple[frozenset[str], ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coalitions: tuple[frozenset[str], ...] = ()


@dataclass(frozen=True)
class Rules:
    """What all primary rules have in common."""

    picture: Picture
    settings: Settings

    @property
    def facts(self) -> ScenarioFacts:
        """What the scenario says of everybody."""
        return self.picture.facts

    def name(self, *parts: str) -> str:
        """Returns the name of a figure of this scenario."""
        return ":".join((self.facts.scenario, *parts))

    def value(self, key: Key) -> float:
        """Returns what a confidential figure is in truth."""
        return self.picture.values[key]

    def amounts(self, measure: str, parties: Iterable[str]) -> dict[str, float]:
        """Returns a measure of some parties, those that have it."""
        keys = {party: self.picture.key(measure, party) for party in parties}
        return {party: self.value(key) for party, key in keys.items() if key in self.picture.values}

    def of_initiative(self, measure: str, initiative: str) -> dict[str, float]:
        """Returns units given or received of an initiative, by party."""
        keys = (key for key in self.picture.values if key.measure == measure and key.part == initiative)
        return {key.party: self.value(key) for key in keys}

    def in_digits(self, told: str, measure: str, amounts: Mapping[str, float], digits: int) -> Level:
        """Returns a total of some parties in so many digits."""
        value = math.fsum(amounts.values())
        terms = {self.picture.key(measure, party): 1.0 for party in amounts}
        shown = {"value": rounded(value, digits), "parties": len(amounts)}
        return Level(told, (said_in_digits(terms, value, digits),), shown)

    def counted(self, terms: Mapping[Key, float], value: float, shape: tuple[float, float] = (1.0, 1.0)) -> list[Level]:
        """Returns a count in two digits and in one, under the minimum count told as such.

        Args:
            terms: of the horizon year.
            value: the count of the year told.
            shape: between which shares of the horizon's units those of that year lie.
        """
        levels: list[Level] = []
        few = self.settings.minimum_count
        for name, digits in (("two_digits", 2), ("one_digit", 1)):
            shown: dict[str, object] = {"below": few}
            low, high = 0.0, few - 0.5
            if value >= few - 0.5:
                figure = rounded(value, digits)
                low, high = could_be(figure, digits)
                shown = {"value": figure}
            bounds = (low / shape[1] if shape[1] else 0.0), (high / shape[0] if shape[0] else math.inf)
            levels.append(Level(name, (states(terms, *bounds),), shown))
        return levels

    @staticmethod
    def banded(name: str, share: float, limits: Sequence[float], said: Said) -> Level:
        """Returns a band, or the sign where no limits are left."""
        edges = band_of(share, limits) if limits else ((0.0, math.inf) if share >= 0 else (-math.inf, 0.0))
        return Level(name, tuple(said(edges)), {"low": finite(edges[0]), "high": finite(edges[1])})


def finite(edge: float) -> float | None:
    """Returns an edge of a band, nothing where it has none on that side."""
    return edge if math.isfinite(edge) else None
