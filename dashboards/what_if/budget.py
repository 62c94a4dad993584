"""How large a setting may be: what one reader tries must not cost the others their answers, or a region its refresh."""

from dataclasses import dataclass
from math import prod

from data_contracts.problem import Fault
from data_contracts.text import Text
from models.region import Region
from models.scenario import Scenario, ScenarioError

TRIED, PROPOSED = 20_000_000, 100_000_000
"""Results of what is tried at once, and of what is kept to be computed later; the demonstration region's larger
scenario has 1.6 million of the first, 3.3 million of the second."""


@dataclass(frozen=True)
class Size:
    """How much there is to compute of a scenario: a result a year, draw, party and initiative."""

    years: int
    draws: int
    parties: int
    initiatives: int

    @property
    def results(self) -> int:
        """Years x draws x parties x initiatives, each at least one."""
        return prod(max(1, one) for one in (self.years, self.draws, self.parties, self.initiatives))


class TooLargeError(ScenarioError):
    """A scenario with more to compute than is allowed; `size` and `most` say how much more."""

    def __init__(self, source: str, *, size: Size, most: int) -> None:
        self.size, self.most = size, most
        found = Text(
            en=f"{size.results:,} results to compute ({size.years} years, {size.draws:,} draws)",
            nl=f"{size.results:,} uitkomsten te berekenen ({size.years} jaren, {size.draws:,} doorrekeningen)",
        )
        allowed = Text(en=f"at most {most:,}", nl=f"hoogstens {most:,}")
        action = Text(
            en="choose an earlier horizon, fewer draws or fewer initiatives",
            nl="kies een eerdere horizon, minder doorrekeningen of minder initiatieven",
        )
        super().__init__([Fault(found, allowed, action, source=source, key="horizon, draws")])


def size_of(scenario: Scenario, region: Region) -> Size:
    """Returns how much there is to compute of a scenario."""
    parties = len(region.providers.ids) + len(region.payers.ids)
    return Size(len(scenario.years), scenario.draws, parties, len(scenario.every_initiative))


def check_size(scenario: Scenario, region: Region, *, filed: Scenario, most: int) -> None:
    """Refuses a scenario that is larger than it may be: than the limit, and than twice what was filed.

    Raises:
        TooLargeError: it is.
    """
    size, allowed = size_of(scenario, region), max(most, 2 * size_of(filed, region).results)
    if size.results > allowed:
        raise TooLargeError(scenario.scenario, size=size, most=allowed)
