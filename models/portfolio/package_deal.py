"""All that is said of the packages of one scenario: the frontier, the exchange, and what all of it would take."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.outcome import Outcome
from models.portfolio.changes import Changes, cheapest_change
from models.portfolio.choosing import Search
from models.portfolio.contributions import Contributions
from models.portfolio.evaluated import Evaluating, limits_of
from models.portfolio.exchange import Exchange, exchange
from models.portfolio.frontier import Frontier, Point, frontier
from models.portfolio.limits import Limits


@dataclass(frozen=True)
class PackageDeal:
    """The packages of one scenario.

    Attributes:
        search: what is chosen from, and every package that was evaluated whole.
        limits: the scenario's own, or with the loss cap asked for.
        frontier: the best package under each loss cap.
        exchange: the smallest package that leaves nobody below no agreement.
        changes: what would have to give way for the wanted initiatives, all of them unless some were named.
    """

    search: Search
    limits: Limits
    frontier: Frontier
    exchange: Exchange
    changes: Changes

    @property
    def contributions(self) -> Contributions:
        """What each initiative contributes by itself."""
        return self.search.contributions

    @property
    def own(self) -> Point:
        """The best package under the scenario's own loss cap."""
        return next(point for point in self.frontier.points if point.loss_cap == self.limits.loss_cap)


def deal_of(outcome: Outcome, *, loss_cap: float | None = None, wanted: Sequence[str] | None = None) -> PackageDeal:
    """Returns the packages of an evaluated scenario.

    Args:
        outcome: of the whole scenario.
        loss_cap: in the place of the scenario's own.
        wanted: initiatives that are to be possible together; all if none are named.
    """
    evaluating = Evaluating(outcome)
    search = Search(evaluating.contributions, evaluating.whole)
    limits = limits_of(outcome.setting.scenario, loss_cap=loss_cap)
    return PackageDeal(
        search=search,
        limits=limits,
        frontier=frontier(search, limits),
        exchange=exchange(search),
        changes=cheapest_change(search, limits, wanted=wanted),
    )
