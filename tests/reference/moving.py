"""Section 2: what one initiative moves in one year out of what the earlier ones left, and what that asks of whom."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from reference.baseline import Growth, ResourceKey
from reference.facts import Cell, Segment, segment_of
from reference.geography import nearest
from reference.plan import (
    Initiative,
    donors,
    first_tariff,
    in_selection,
    mode,
    parameter,
    recipients,
    tariff_in,
    uptake,
)

NOISE = 1e-9  # units; what subtraction leaves where everything has left
Amounts = dict[ResourceKey, float]


@dataclass(frozen=True)
class Flow:
    """What moves in one year out of one cell to one recipient (None: care is prevented)."""

    year: int
    cell: Cell
    to: str | None
    moved: float  # M·w
    seen: float  # M·(1−ω)·w: what the recipient handles
    returned: float  # b of those seen
    net: float  # N·w: what the donor really loses; negative where induced cases referred on outweigh
    received: float  # A, in the recipient's units
    donor_price: float  # λp·P of the donor
    paid_price: float  # what one recipient unit is paid
    cost_per_unit: float  # λ · the donor's unit cost
    recipient_cost: float  # full average cost (or the marginal cost that is given) of one recipient unit

    @property
    def donor(self) -> str:
        return self.cell[0]

    @property
    def payer(self) -> str | None:
        return self.cell[1]

    @property
    def segment(self) -> Segment:
        return segment_of(self.cell)

    @property
    def donor_value(self) -> float:
        """Production value that leaves the donor: N at its price."""
        return self.net * self.donor_price

    @property
    def paid_value(self) -> float:
        return self.received * self.paid_price

    @property
    def donor_cost(self) -> float:
        """Section 4: N · cost per moved unit."""
        return self.net * self.cost_per_unit

    def scaled(self, share: float) -> "Flow":
        """The same flow with M scaled (section 5, respect_capacity)."""
        return replace(
            self,
            moved=self.moved * share,
            seen=self.seen * share,
            returned=self.returned * share,
            net=self.net * share,
            received=self.received * share,
        )


def weights(growth: Growth, initiative: Initiative, *, cell: Cell, year: int) -> dict[str, float]:
    """Section 2, Allocation: w over the recipients, adding up to 1; where a rule's weights are all 0: equal."""
    facts, to = growth.facts, initiative["to"]
    receiving = recipients(initiative, facts)
    rule = to.get("allocate") or ("shares" if to.get("shares") else "equal")
    if rule == "shares":
        raw = {j: mode(to["shares"][j]) for j in receiving}
    elif rule == "size":
        raw = {j: sum(units for other, units in facts.units.items() if other[0] == j) for j in receiving}
    elif rule == "nearest":
        raw = nearest(facts, area=cell[5], donor=cell[0], recipients=receiving)
    elif rule == "capacity":
        raw = {j: spare_capacity(growth, j, to["resource"], year) for j in receiving}
    else:
        raw = dict.fromkeys(receiving, 1.0)
    total = sum(raw.values())
    if total <= 0:
        return {j: 1 / len(receiving) for j in receiving}
    return {j: weight / total for j, weight in raw.items()}


def spare_capacity(growth: Growth, provider: str, resource: str, year: int) -> float:
    """Section 2, Allocation: max(0, τK − L0); a party whose gap is unknown is left out."""
    gap = growth.gap(provider, resource, year)
    return 0.0 if gap is None else max(0.0, -gap)


def moving_cells(
    growth: Growth, initiative: Initiative, *, left: dict[Cell, float], year: int, lasting: bool
) -> dict[Cell, float]:
    """Section 2: M = V_left · e · m(y) per (p,q,s,a) of the donors and the selected care."""
    giving = donors(initiative, growth.facts)
    share = mode(initiative["eligible_share"]) * uptake(initiative, year, lasting=lasting)
    chosen = {
        cell: units * share
        for cell, units in left.items()
        if cell[0] in giving and in_selection(initiative.get("care"), segment_of(cell))
    }
    return {cell: moved for cell, moved in chosen.items() if moved >= NOISE}


def planned_flows(growth: Growth, initiative: Initiative, *, moving: dict[Cell, float], year: int) -> list[Flow]:
    """Section 2: M · w per cell and recipient (or what is prevented), before any respect for capacity."""
    flows = []
    for cell, moved in moving.items():
        if initiative["kind"] == "prevention":
            flows.append(flow_of(growth, initiative, cell=cell, to=None, moved=moved, year=year))
            continue
        for to, weight in weights(growth, initiative, cell=cell, year=year).items():
            flows.append(flow_of(growth, initiative, cell=cell, to=to, moved=moved * weight, year=year))
    return flows


def flow_of(growth: Growth, initiative: Initiative, *, cell: Cell, to: str | None, moved: float, year: int) -> Flow:
    """Section 2: N = M − M·(1−ω)·(b + ι·b_ι) and A = M·(1−ω)·(1+ι)·ρ of this part of M."""
    back = parameter(initiative, "returns", default=0.0)
    induced = parameter(initiative, "induced_demand", default=0.0)
    referred_on = parameter(initiative, "induced_returns", default=0.0)
    ratio = parameter(initiative.get("replacement"), "units_per_unit", default=1.0)
    seen = moved * (1 - parameter(initiative, "forgone", default=0.0))
    lighter = parameter(initiative, "relative_intensity", default=1.0)
    cheaper = parameter(initiative, "relative_price", default=1.0)
    facts = growth.facts
    return Flow(
        year=year,
        cell=cell,
        to=to,
        moved=moved,
        seen=seen,
        returned=seen * back,
        net=moved - seen * (back + induced * referred_on),
        received=0.0 if to is None else seen * (1 + induced) * ratio,
        donor_price=cheaper * facts.price(cell[0], cell[1], cell[4]),
        paid_price=0.0 if to is None else paid_price(growth, initiative, to=to, cell=cell, year=year),
        cost_per_unit=lighter * facts.unit_cost(cell[0], cell[1], segment_of(cell)),
        recipient_cost=0.0 if to is None else recipient_cost(growth, initiative, to=to, cell=cell),
    )


def paid_price(growth: Growth, initiative: Initiative, *, to: str, cell: Cell, year: int) -> float:
    """Sections 2 and 3: own price (× λp without replacement), or the tariff of this year."""
    own, swapped = growth.facts.price(to, cell[1], cell[4]), initiative.get("replacement")
    if not swapped:
        return parameter(initiative, "relative_price", default=1.0) * own
    return own if swapped["tariff_eur"] == "own_price" else tariff_in(swapped["tariff_eur"], year)


def recipient_cost(growth: Growth, initiative: Initiative, *, to: str, cell: Cell) -> float:
    """Section 4, A recipient: one unit's given marginal cost; else its unit cost; else price · cost_ratio.

    × λ without replacement; without λp; of a dated tariff its first.
    """
    facts, swapped = growth.facts, initiative.get("replacement")
    if swapped and swapped.get("cost_per_unit_eur") is not None:
        return mode(swapped["cost_per_unit_eur"])
    lighter = 1.0 if swapped else parameter(initiative, "relative_intensity", default=1.0)
    if not swapped or swapped["tariff_eur"] == "own_price":
        return lighter * facts.unit_cost(to, cell[1], segment_of(cell))
    return lighter * first_tariff(swapped["tariff_eur"]) * facts.cost_structure(to, cell[2])["cost_ratio"]


# -- section 5: what a move frees and asks ----


def freed(growth: Growth, initiative: Initiative, flows: Iterable[Flow]) -> Amounts:
    """Section 5: λ·c·u·N at the donor."""
    lighter = parameter(initiative, "relative_intensity", default=1.0)
    amounts: Amounts = defaultdict(float)
    for flow in flows:
        for resource in growth.resources:
            use = growth.calibrated_use(flow.donor, flow.segment, resource)
            amounts[flow.donor, resource] += lighter * use * flow.net
    return amounts


def asked_of_recipients(growth: Growth, initiative: Initiative, flows: Iterable[Flow]) -> Amounts:
    """Section 5: the replacement's resources · A ÷ direct_share, or λ·c·u·A for the same care elsewhere."""
    lighter = parameter(initiative, "relative_intensity", default=1.0)
    swapped = initiative.get("replacement")
    amounts: Amounts = defaultdict(float)
    for flow in flows:
        if flow.to is None:
            continue
        if swapped:
            for resource, per_unit in (swapped.get("resources") or {}).items():
                amounts[flow.to, resource] += mode(per_unit) * flow.received / growth.facts.direct_share(resource)
        else:
            for resource in growth.resources:
                use = growth.calibrated_use(flow.to, flow.segment, resource)
                amounts[flow.to, resource] += lighter * use * flow.received
    return amounts


def asked_of_support(growth: Growth, initiative: Initiative, flows: Iterable[Flow]) -> Amounts:
    """Section 5: a support party's resources · M ÷ direct_share."""
    support: dict[str, Any] = initiative.get("support") or {}
    amounts: Amounts = defaultdict(float)
    for flow in flows:
        for resource, per_unit in (support.get("resources") or {}).items():
            share = growth.facts.direct_share(resource)
            amounts[support["provider"], resource] += mode(per_unit) * flow.moved / share
    return amounts


def together(*parts: Amounts) -> Amounts:
    total: Amounts = defaultdict(float)
    for part in parts:
        for key, amount in part.items():
            total[key] += amount
    return total
