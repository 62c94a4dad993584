"""Section 4, Refill: part of what is freed is filled again from the waiting list."""

import math
from dataclasses import dataclass

from reference.baseline import Department, Growth
from reference.facts import Cell, segment_of
from reference.moving import Amounts, Flow, freed
from reference.plan import Initiative, in_selection, refill_care, refill_share


@dataclass(frozen=True)
class Refill:
    """Extra units in one base cell of the refilled care."""

    cell: Cell
    units: float

    def value(self, growth: Growth) -> float:
        """Priced at P."""
        return self.units * growth.facts.price(self.cell[0], self.cell[1], self.cell[4])

    def full_cost(self, growth: Growth) -> float:
        """Extra · unit cost, at full average cost."""
        return self.units * growth.facts.unit_cost(self.cell[0], self.cell[1], segment_of(self.cell))


def refills_of(
    growth: Growth,
    initiative: Initiative,
    flows: list[Flow],
    *,
    year: int,
    changed: Amounts,
    taken: dict[Department, float],
) -> list[Refill]:
    """Section 4, Refill: per donor and freed specialism, in the order of the codes.

    Args:
        changed: change of the load by the earlier initiatives, this one's freeing not yet taken off.
        taken: extras so far (earlier years, and earlier initiatives of this year) per provider and specialism; what is
            refilled here is added.
    """
    share, refills = refill_share(initiative), []
    if share <= 0:
        return []
    for donor in sorted({flow.donor for flow in flows if flow.net > 0}):
        idle = {r: _idle(growth, donor, r, year, changed) for r in growth.resources}
        for specialism in sorted({flow.cell[2] for flow in flows if flow.donor == donor}, key=lambda s: s or ""):
            ours = [flow for flow in flows if flow.donor == donor and flow.cell[2] == specialism]
            released = freed(growth, initiative, ours)
            offered = {r: share * released.get((donor, r), 0.0) for r in growth.resources}
            cells = _refilled_cells(growth, initiative, donor, specialism)
            extra, use = _extra(growth, donor, cells, offered=offered, idle=idle, taken=taken)
            for resource, per_unit in use.items():
                idle[resource] = max(0.0, idle[resource] - max(0.0, per_unit * extra - offered[resource]))
            for cell, units in cells.items():
                part = extra * units / sum(cells.values())
                refills.append(Refill(cell, part))
                taken[donor, cell[2]] = taken.get((donor, cell[2]), 0.0) + part
    return [refill for refill in refills if refill.units > 0]


def _idle(growth: Growth, donor: str, resource: str, year: int, changed: Amounts) -> float:
    """idle_r = max(0, τK_r − L_r); unknown: 0."""
    gap = growth.gap(donor, resource, year)
    return 0.0 if gap is None else max(0.0, -(gap + changed.get((donor, resource), 0.0)))


def _refilled_cells(growth: Growth, initiative: Initiative, donor: str, specialism: str | None) -> dict[Cell, float]:
    """The donor's base cells of the refilled care; default: the freed specialism."""
    care = refill_care(initiative)
    return {
        cell: units
        for cell, units in growth.facts.units.items()
        if cell[0] == donor
        and units > 0
        and (cell[2] == specialism if care is None else in_selection(care, segment_of(cell)))
    }


def mean_use(growth: Growth, donor: str, cells: dict[Cell, float]) -> dict[str, float]:
    """ū_r: base-year mean calibrated use per unit of the refilled care, where it is above 0."""
    total, use = sum(cells.values()), {}
    for resource in growth.resources:
        spent = sum(units * growth.calibrated_use(donor, segment_of(cell), resource) for cell, units in cells.items())
        if total > 0 and spent > 0:
            use[resource] = spent / total
    return use


def _extra(
    growth: Growth,
    donor: str,
    cells: dict[Cell, float],
    *,
    offered: dict[str, float],
    idle: dict[str, float],
    taken: dict[Department, float],
) -> tuple[float, dict[str, float]]:
    """extra = E(φ·freed + idle) − E(idle), and ū_r."""
    use = mean_use(growth, donor, cells)
    if not use:
        return 0.0, {}
    waiting = _waiting_left(growth, donor, {cell[2] for cell in cells}, taken)
    after = _served({r: offered[r] + idle[r] for r in use}, use, waiting)
    return max(0.0, after - _served({r: idle[r] for r in use}, use, waiting)), use


def _served(room: dict[str, float], use: dict[str, float], waiting: float) -> float:
    """E(x) = min(min_r max(0, x_r) ÷ ū_r, waiting left)."""
    return min(min((max(0.0, room[r]) / use[r] for r in use), default=math.inf), waiting)


def _waiting_left(growth: Growth, donor: str, specialisms: set[str | None], taken: dict[Department, float]) -> float:
    """Patients waiting of the refilled care's specialisms − extras so far."""
    waiting = sum(growth.facts.waiting.get((donor, s), 0.0) for s in specialisms)
    return max(0.0, waiting - sum(taken.get((donor, s), 0.0) for s in specialisms))
