"""Both worlds of section 1 on the same draws, and what each initiative contributes: sections 2 to 7 together."""

from collections import defaultdict

from reference.baseline import Growth
from reference.costs import Costs
from reference.facts import Facts
from reference.plan import Initiative, Scenario, mode, parameter
from reference.world import LASTING, Moment, Part, World

Booked = dict[tuple[str, Moment, str, str], float]  # party, moment, initiative, measure
OUTGOINGS = ("incremental_cost_eur", "support_cost_eur", "transition_cost_eur")


class Evaluation:
    """W0 and W1, what is booked in each, and the contributions: W1, of a baseline initiative W1 less W0."""

    def __init__(self, facts: Facts, scenarios: list[Scenario]) -> None:
        """One scenario per draw, its parameters plain numbers; or one alone, at the modes."""
        self.facts, self.scenario = facts, scenarios[0]
        self.draws = [Growth(facts, scenario) for scenario in scenarios]
        self.years = self.draws[0].years
        self.moments: list[Moment] = [*self.years, LASTING]
        self.before, self.after = World(self.draws, agreed=False), World(self.draws, agreed=True)
        self.costs_before, self.costs_after = Costs(self.before), Costs(self.after)
        self.booked_before = [booked(self.before, self.costs_before, d) for d in range(len(self.draws))]
        self.booked_after = [booked(self.after, self.costs_after, d) for d in range(len(self.draws))]
        self.contributions = [
            self._contributions(one, other) for one, other in zip(self.booked_before, self.booked_after, strict=True)
        ]

    @property
    def parts(self) -> list[Part]:
        """Every initiative, in the order of W1."""
        return self.after.parts

    @property
    def names(self) -> list[str]:
        return [part.name for part in self.parts]

    def _contributions(self, before: Booked, after: Booked) -> Booked:
        """Section 1: an agreed initiative's in W1; a baseline initiative's in W1 less that in W0; their total."""
        roles = {part.name: part.role for part in self.parts}
        found: Booked = defaultdict(float, after)
        for key, amount in before.items():
            if roles[key[2]] == "baseline":
                found[key] -= amount
        return found


def booked(world: World, costs: Costs, draw: int) -> Booked:
    """Everything that a world books in one draw, by party, moment, initiative and measure."""
    found: Booked = defaultdict(float)
    for moment, plays in world.plays.items():
        for name, step in plays[draw].steps.items():
            for (party, measure), amount in step.booked.items():
                found[party, moment, name, measure] += amount
    for moment in costs.moments:
        _book_donors(found, costs, draw, moment)
        _book_recipients(found, costs, draw, moment)
    _book_transition(found, world, draw)
    _book_margins(found, world)
    return found


def _book_donors(found: Booked, costs: Costs, draw: int, moment: Moment) -> None:
    """Section 4, A donor: avoided = K(N·cost) less what nobody closes; stranded = N·cost − avoided."""
    for place in {*costs.given[draw], *costs.came_back[draw]}:
        name, provider, _ = place
        net, avoided = costs.net_cost(draw, place, moment), costs.avoided(draw, place, moment)
        if_kept = net - costs.avoided(draw, place, moment, kept=True)
        found[provider, moment, name, "avoided_cost_eur"] += avoided
        found[provider, moment, name, "stranded_cost_eur"] += net - avoided
        found[provider, moment, name, "stranded_if_kept_eur"] += if_kept


def _book_recipients(found: Booked, costs: Costs, draw: int, moment: Moment) -> None:
    """Section 4: the cost of received and of refilled care."""
    for place, kind in list(costs.received[draw]):
        cost = costs.received_cost(draw, place, kind, moment)
        found[place[1], moment, place[0], "incremental_cost_eur"] += cost
    for place in list(costs.refilled[draw]):
        found[place[1], moment, place[0], "incremental_cost_eur"] += costs.refill_cost(draw, place, moment)


def _book_transition(found: Booked, world: World, draw: int) -> None:
    """Section 4: transition cost falls in the start year; never in what lasts."""
    for part in world.parts:
        for (party, year), cost in transition_costs(part, part.of(world.draws[draw]), world.years).items():
            found[party, year, part.name, "transition_cost_eur"] += cost


def transition_costs(part: Part, initiative: Initiative, years: list[int]) -> dict[tuple[str, int], float]:
    """Section 4: by party and year. Reading (b): if anything can move at all (e·maximum > 0)."""
    if part.norm is not None:
        return {}
    start = int(initiative["uptake"]["start"])
    moves = mode(initiative["eligible_share"]) * parameter(initiative["uptake"], "maximum", default=1.0) > 0
    costs = initiative.get("transition_cost_eur") or {}
    return {(party, start): mode(cost) for party, cost in costs.items() if moves and start in years}


def _book_margins(found: Booked, world: World) -> None:
    """Section 4: ΔR + refill − incremental + avoided − support − transition; a payer's is minus its spend."""
    for party, moment, name, _ in list(found):
        found[party, moment, name, "margin_change_eur"] = _margin(found, world, party, moment, name)


def _margin(found: Booked, world: World, party: str, moment: Moment, name: str) -> float:
    def of(measure: str) -> float:
        return found.get((party, moment, name, measure), 0.0)

    if party not in world.facts.providers:
        return -of("spend_change_eur") - of("transition_cost_eur")
    gains = of("revenue_change_eur") + of("backfill_revenue_eur") + of("avoided_cost_eur")
    return gains - sum(of(measure) for measure in OUTGOINGS)
