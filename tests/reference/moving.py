"""What one initiative moves in one year, given what the earlier ones left (section 2); what that asks of whom (5)."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from reference.baseline import Baseline, ResourceKey
from reference.facts import Cell, Segment, segment_of
from reference.geography import nearest
from reference.plan import Initiative, donors, in_selection, mode, parameter, recipients, uptake

NOISE = 1e-9  # units; what subtraction leaves where everything has left


@dataclass(frozen=True)
class Flow:
    """What moves in one year out of one cell to one recipient."""

    year: int
    cell: Cell
    to: str
    moved: float  # M·w
    returned: float  # b·M·w
    received: float  # A, in the recipient's units
    donor_price: float  # P of the donor
    paid_price: float  # what one recipient unit is paid

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
    def net(self) -> float:
        """N: what the donor really loses."""
        return self.moved - self.returned

    @property
    def donor_value(self) -> float:
        return self.net * self.donor_price

    @property
    def paid_value(self) -> float:
        return self.received * self.paid_price

    def scaled(self, share: float) -> "Flow":
        """The same flow with M scaled (respect_capacity)."""
        return Flow(
            self.year,
            self.cell,
            self.to,
            self.moved * share,
            self.returned * share,
            self.received * share,
            self.donor_price,
            self.paid_price,
        )


def weights(baseline: Baseline, initiative: Initiative, *, cell: Cell, year: int) -> dict[str, float]:
    """Allocation over the recipients, adding up to 1; where a rule's weights are all 0: equal."""
    facts, to = baseline.facts, initiative["to"]
    receiving = recipients(initiative, facts)
    rule = to.get("allocate") or ("shares" if to.get("shares") else "equal")
    if rule == "shares":
        raw = {j: mode(to["shares"][j]) for j in receiving}
    elif rule == "size":
        raw = {j: sum(units for other, units in facts.units.items() if other[0] == j) for j in receiving}
    elif rule == "nearest":
        raw = nearest(facts, area=cell[5], donor=cell[0], recipients=receiving)
    elif rule == "capacity":
        raw = {j: spare_capacity(baseline, j, to["resource"], year) for j in receiving}
    else:
        raw = dict.fromkeys(receiving, 1.0)
    total = sum(raw.values())
    if total <= 0:
        return {j: 1 / len(receiving) for j in receiving}
    return {j: weight / total for j, weight in raw.items()}


def spare_capacity(baseline: Baseline, provider: str, resource: str, year: int) -> float:
    """max(0, τK − L0); a party whose gap is unknown is left out."""
    gap = baseline.gap(provider, resource, year)
    return 0.0 if gap is None else max(0.0, -gap)


def planned_flows(baseline: Baseline, initiative: Initiative, *, left: dict[Cell, float], year: int) -> list[Flow]:
    """M = V_left · e · m(y) per cell, split over the recipients, before any respect for capacity."""
    facts = baseline.facts
    giving = donors(initiative, facts)
    share = mode(initiative["eligible_share"]) * uptake(initiative, year)
    back = parameter(initiative, "returns", default=0.0)
    induced = parameter(initiative, "induced_demand", default=0.0)
    replacement = initiative.get("replacement")
    ratio = parameter(replacement, "units_per_unit", default=1.0) if replacement else 1.0
    flows = []
    for cell, units in left.items():
        moved = units * share
        if cell[0] not in giving or not in_selection(initiative.get("care"), segment_of(cell)) or moved < NOISE:
            continue
        for to, weight in weights(baseline, initiative, cell=cell, year=year).items():
            flow = Flow(
                year=year,
                cell=cell,
                to=to,
                moved=moved * weight,
                returned=moved * weight * back,
                received=moved * weight * (1 + induced) * ratio,
                donor_price=facts.price(cell[0], cell[1], cell[4]),
                paid_price=paid_price(baseline, replacement, to=to, cell=cell),
            )
            flows.append(flow)
    return flows


def paid_price(baseline: Baseline, replacement: dict[str, Any] | None, *, to: str, cell: Cell) -> float:
    """Without replacement, or with `own_price`, the recipient's own price (with P's fallbacks); else the tariff."""
    if replacement is None or replacement["tariff_eur"] == "own_price":
        return baseline.facts.price(to, cell[1], cell[4])
    return mode(replacement["tariff_eur"])


def freed(baseline: Baseline, initiative: Initiative, flows: list[Flow]) -> dict[ResourceKey, float]:
    """λ·c·u·N at the donor (section 5)."""
    lighter = parameter(initiative, "relative_intensity", default=1.0)
    amounts: dict[ResourceKey, float] = defaultdict(float)
    for flow in flows:
        for resource in baseline.resources:
            use = baseline.calibrated_use(flow.donor, flow.segment, resource)
            amounts[flow.donor, resource] += lighter * use * flow.net
    return amounts


def required(baseline: Baseline, initiative: Initiative, flows: list[Flow]) -> dict[ResourceKey, float]:
    """Section 5, what is asked of recipients and supporter.

    The replacement's resources · A ÷ direct_share, or λ·c·u·A; a support party's resources · M ÷ direct_share.
    """
    lighter = parameter(initiative, "relative_intensity", default=1.0)
    replacement, support = initiative.get("replacement"), initiative.get("support")
    amounts: dict[ResourceKey, float] = defaultdict(float)
    for flow in flows:
        if replacement:
            for resource, per_unit in (replacement.get("resources") or {}).items():
                amounts[flow.to, resource] += mode(per_unit) * flow.received / baseline.facts.direct_share(resource)
        else:
            for resource in baseline.resources:
                use = baseline.calibrated_use(flow.to, flow.segment, resource)
                amounts[flow.to, resource] += lighter * use * flow.received
        for resource, per_unit in ((support or {}).get("resources") or {}).items():
            share = baseline.facts.direct_share(resource)
            amounts[support["provider"], resource] += mode(per_unit) * flow.moved / share
    return amounts
