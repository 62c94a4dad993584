"""Section 6, Department viability: units, production and cost of a provider's specialism in one world."""

from collections import defaultdict

from reference.baseline import Department
from reference.costs import Costs
from reference.facts import Cell
from reference.world import Moment, Play, Step, World


def units_per_department(units: dict[Cell, float]) -> dict[Department, float]:
    found: dict[Department, float] = defaultdict(float)
    for cell, amount in units.items():
        found[cell[0], cell[2]] += amount
    return found


def department_units(play: Play) -> dict[Department, float]:
    """What the initiatives left, and the extra units of a refill (section 4: they count for departments)."""
    found = units_per_department(play.left)
    for place, extra in play.refilled_units.items():
        found[place] += extra
    return found


def production_change(step: Step, play: Play, *, replaced: bool) -> dict[Department, float]:
    """Care given, received and refilled at its price (moved care at λp·P); replacement care is no department's."""
    found: dict[Department, float] = defaultdict(float)
    for flow in step.flows:
        found[flow.donor, flow.cell[2]] -= flow.donor_value
        if flow.to is not None and not replaced:
            found[flow.to, flow.cell[2]] += flow.paid_value
    for refill in step.refills:
        found[refill.cell[0], refill.cell[2]] += refill.value(play.growth)
    return found


def department_margins(world: World, costs: Costs, draw: int, year: int) -> dict[Department, float]:
    """Section 6: production − cost under K (growth, received and refilled care; reductions shed what they shed)."""
    play = world.plays[year][draw]
    margin: dict[Department, float] = defaultdict(float, play.growth.department_production(year))
    for place, cost in costs.growth_cost(draw, year).items():
        margin[place] -= cost
    for part in world.parts:
        replaced = bool(part.of(play.growth).get("replacement"))
        for place, change in production_change(play.steps[part.name], play, replaced=replaced).items():
            margin[place] += change
        for place, cost in _cost_change(costs, draw, part.name, year, replaced=replaced).items():
            margin[place] -= cost
    return margin


def _cost_change(costs: Costs, draw: int, name: str, moment: Moment, *, replaced: bool) -> dict[Department, float]:
    found: dict[Department, float] = defaultdict(float)
    for place in {*costs.given[draw], *costs.came_back[draw]}:
        if place[0] == name:
            found[place[1:]] -= costs.avoided(draw, place, moment)
    for place, kind in list(costs.received[draw]):
        if place[0] == name and not replaced:
            found[place[1:]] += costs.received_cost(draw, place, kind, moment)
    for place in list(costs.refilled[draw]):
        if place[0] == name:
            found[place[1:]] += costs.refill_cost(draw, place, moment)
    return found
