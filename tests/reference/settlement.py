"""Section 10: flows, what they are worth, and what each party ends with under each rule.

Readings where the page leaves a choice: (o) avoided cost is split over the flows by N·cost through K, which is linear:
each flow avoids what its own path of N·cost sheds; (p) a refill's cost and revenue are not placed here: worlds with a
refill are compared by party only; (q) the fund's payment reaches a flow with the transition cost it pays for, so that
what all parties can do together is what the rules distribute.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations

from reference.budgets import budget_for
from reference.costs import Costs, Path, counts_as_received, full_cost_received
from reference.evaluation import Evaluation, transition_costs
from reference.moving import Flow
from reference.plan import Initiative, parameter
from reference.present_value import present_value
from reference.results import party_baseline, party_impact
from reference.world import Part, World, party_name

RULES = ("none", "keep_whole", "equal_gain", "proportional", "shapley")
FlowKey = tuple[str, str | None, str | None, str | None]


@dataclass
class Traded:
    """One flow of section 10: its members, and what it changes for all of them together, as a present value."""

    members: set[str]
    value: float = 0.0
    fund: float = 0.0
    present_units: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)


def has_refill(run: Evaluation) -> bool:
    return any(
        amount for (_, _, _, measure), amount in run.contributions[0].items() if measure == "backfill_revenue_eur"
    )


def margins(run: Evaluation) -> dict[str, float]:
    """z_p: the present value of a party's margin change."""
    return {
        row["party"]: row["mean"]
        for row in party_impact(run)
        if row["measure"] == "present_value_eur" and row["initiative"] is None
    }


def traded_flows(run: Evaluation) -> dict[FlowKey, Traded]:
    """Every (initiative, donor, recipient, payer), and one flow of its own for a bearer of transition cost without.

    Section 10: a flow of a baseline initiative counts with its value in W1 less that in W0.
    """
    found = _flows_of(run, run.after, run.costs_after)
    roles = {part.name: part.role for part in run.parts}
    for key, flow in _flows_of(run, run.before, run.costs_before).items():
        if roles[key[0]] == "baseline":
            mine = found.setdefault(key, Traded(flow.members))
            mine.members |= flow.members
            mine.value -= flow.value
            for party, cost in flow.parts.items():
                mine.parts[party] = mine.parts.get(party, 0.0) - cost
    return found


def _flows_of(run: Evaluation, world: World, costs: Costs) -> dict[FlowKey, Traded]:
    """The flows of one world, at the one draw that the modes are."""
    found: dict[FlowKey, Traded] = {}
    for part in world.parts:
        initiative = part.of(world.draws[0])
        moves = _moves(run, world, part.name)
        _members(run, initiative, moves, found)
        _avoided(run, costs, moves, found)
        _received(run, costs, initiative, moves, found)
        _transition(run, part, initiative, found)
    return found


def _moves(run: Evaluation, world: World, name: str) -> dict[FlowKey, list[Flow]]:
    """The moves of each flow; where nothing ever moves there is no flow."""
    moves: dict[FlowKey, list[Flow]] = defaultdict(list)
    for year in run.years:
        for flow in world.plays[year][0].steps[name].flows:
            if flow.moved > 0:
                moves[name, flow.donor, flow.to, flow.payer].append(flow)
    return moves


def _members(
    run: Evaluation, initiative: Initiative, moves: dict[FlowKey, list[Flow]], found: dict[FlowKey, Traded]
) -> None:
    support = initiative.get("support")
    outside = bool((initiative.get("replacement") or {}).get("tariff_outside_contract", False))
    for key, flows in moves.items():
        members = {key[1], key[2], party_name(key[3])} | ({support["provider"]} if support else set())
        for flow in flows:
            for provider in (flow.donor, flow.to):
                if provider is None or (provider == flow.to and outside):
                    continue
                budget = budget_for(run.scenario, provider, flow)
                members |= set(budget["members"]) if budget else set()
        found[key] = Traded({member for member in members if member is not None})
        found[key].present_units = present_value(run, _by_year(run, flows, lambda flow: flow.moved))


def _by_year(run: Evaluation, flows: list[Flow], amount: Callable[[Flow], float]) -> dict[int, float]:
    by_year = dict.fromkeys(run.years, 0.0)
    for flow in flows:
        by_year[flow.year] += amount(flow)
    return by_year


def _avoided(run: Evaluation, costs: Costs, moves: dict[FlowKey, list[Flow]], found: dict[FlowKey, Traded]) -> None:
    """Avoided cost by N·cost: K of each flow's own N·cost, for K is linear (reading o)."""
    for key, flows in moves.items():
        found[key].value += present_value(run, _avoided_by_year(run, costs, flows))


def _avoided_by_year(run: Evaluation, costs: Costs, flows: list[Flow]) -> dict[int, float]:
    net: dict[tuple[str, str | None], Path] = defaultdict(lambda: dict.fromkeys(run.moments, 0.0))
    for flow in flows:
        net[flow.donor, flow.cell[2]][flow.year] += flow.donor_cost
    return {
        year: sum(costs.avoided_by(path, *department, year) for department, path in net.items()) for year in run.years
    }


def _received(
    run: Evaluation,
    costs: Costs,
    initiative: Initiative,
    moves: dict[FlowKey, list[Flow]],
    found: dict[FlowKey, Traded],
) -> None:
    """What receiving and supporting cost, in the flow that causes it: booked alone, flow by flow."""
    per_unit = parameter(initiative.get("support"), "cost_per_unit_eur", default=0.0)
    for key, flows in moves.items():
        cost = _by_year(run, flows, lambda flow: per_unit * flow.moved)
        for specialism in {flow.cell[2] for flow in flows}:
            ours = [flow for flow in flows if flow.cell[2] == specialism and flow.to is not None]
            path: Path = {**_by_year(run, ours, full_cost_received)}
            for year in run.years if ours else ():
                cost[year] += costs.received_by(path, str(key[2]), specialism, counts_as_received(initiative), year)
        found[key].value -= present_value(run, cost)


def _transition(run: Evaluation, part: Part, initiative: Initiative, found: dict[FlowKey, Traded]) -> None:
    """Over the flows of the party that bears it by present value of M; without one a flow of that party alone."""
    for (party, year), amount in transition_costs(part, initiative, run.years).items():
        cost = present_value(run, {year: amount})
        ours = [flow for key, flow in found.items() if key[0] == part.name and party in flow.members]
        units = sum(flow.present_units for flow in ours)
        if not units:
            alone = Traded({party})
            found[part.name, party, None, "transition"] = alone
            ours = [alone]
        for flow in ours:
            share = flow.present_units / units if units else 1.0
            flow.value -= share * cost
            flow.parts[party] = flow.parts.get(party, 0.0) + share * cost


def fund_payments(run: Evaluation) -> dict[str, float]:
    """min(fund, present value of transition costs), pro rata to the bearers."""
    fund = float((run.scenario.get("settlement") or {}).get("transition_fund_eur", 0.0))
    costs: dict[str, float] = defaultdict(float)
    for (party, moment, _, measure), amount in run.contributions[0].items():
        if measure == "transition_cost_eur" and moment in run.years:
            costs[party] += present_value(run, {int(moment): amount})
    total = sum(costs.values())
    return {party: cost * min(1.0, fund / total) for party, cost in costs.items()} if total > 0 else {}


def outcomes(run: Evaluation) -> dict[str, dict[str, float]]:
    """φ by rule and party."""
    flows, paid = traded_flows(run), fund_payments(run)
    z = margins(run)
    whole = {party: value + paid.get(party, 0.0) for party, value in z.items()}
    parties = sorted(set().union(*(flow.members for flow in flows.values()))) if flows else []
    total = sum(z.values()) + sum(paid.values())
    sizes = {row["party"]: row["size_eur"] or 0.0 for row in party_baseline(run)}
    weight = sum(sizes.get(party, 0.0) for party in parties)
    return {
        "none": whole,
        "keep_whole": _keep_whole(whole),
        "equal_gain": {party: total / len(parties) if party in parties else 0.0 for party in z},
        "proportional": {
            party: total * sizes.get(party, 0.0) / weight if party in parties and weight else 0.0 for party in z
        },
        "shapley": _shapley(flows, z, paid),
    }


def _keep_whole(z: dict[str, float]) -> dict[str, float]:
    """Losers at 0, gainers pay pro rata; if gains fall short gainers end at 0, losers share the gains pro rata."""
    need, ability = sum(-v for v in z.values() if v < 0), sum(v for v in z.values() if v > 0)
    if need <= ability:
        kept = 1 - need / ability if ability else 1.0
        return {party: value * kept if value > 0 else 0.0 for party, value in z.items()}
    return {party: value * (1 - ability / need) if value < 0 else 0.0 for party, value in z.items()}


def _shapley(flows: dict[FlowKey, Traded], z: dict[str, float], paid: dict[str, float]) -> dict[str, float]:
    """Each flow's value, with what the fund pays of its transition cost, split equally over its members."""
    phi = dict.fromkeys(z, 0.0)
    for flow, value in funded(flows, paid):
        for party in flow.members:
            phi[party] += value / len(flow.members)
    return phi


def funded(flows: dict[FlowKey, Traded], paid: dict[str, float]) -> list[tuple[Traded, float]]:
    """Every flow with its value and what the fund pays of its transition cost (reading q)."""
    costs = {party: sum(flow.parts.get(party, 0.0) for flow in flows.values()) for party in paid}
    return [
        (flow, flow.value + sum(paid.get(p, 0.0) * cost / costs[p] for p, cost in flow.parts.items() if costs.get(p)))
        for flow in flows.values()
    ]


def largest_excess(flows: dict[FlowKey, Traded], paid: dict[str, float], phi: dict[str, float]) -> float:
    """The largest v(S) − Σ φ over every set of parties, the empty one included; parties of some flow only."""
    parties = sorted(set().union(*(flow.members for flow in flows.values()))) if flows else []
    values, best = funded(flows, paid), 0.0
    for size in range(1, len(parties) + 1):
        for chosen in combinations(parties, size):
            together = set(chosen)
            value = sum(value for flow, value in values if flow.members <= together)
            best = max(best, value - sum(phi[party] for party in chosen))
    return best


def present_units(run: Evaluation, initiative: str) -> float:
    """The present value of the units that an initiative moves in W1."""
    flows = [flow for flows in _moves(run, run.after, initiative).values() for flow in flows]
    return present_value(run, _by_year(run, flows, lambda flow: flow.moved))
