"""One of the two worlds of section 1: growth, then initiatives one after another, year by year and draw by draw."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from reference.baseline import Department, Growth
from reference.budgets import budget_for, budget_key
from reference.contracts import contract_in, revenue_step
from reference.facts import Cell, Facts
from reference.feasibility import Rooms, as_far_as_it_fits, rooms_of
from reference.geography import extra_kilometres
from reference.moving import (
    NOISE,
    Amounts,
    Flow,
    asked_of_recipients,
    asked_of_support,
    freed,
    moving_cells,
    planned_flows,
    together,
)
from reference.norms import EnforcedNorm, enforced, norm_flows, norms_of
from reference.plan import Initiative, mode, parameter
from reference.refill import Refill, mean_use, refills_of

UNKNOWN_PAYER = "unknown"
LASTING = "lasting"  # the horizon year played again as if everything had run its course (section 4)
Moment = int | str  # a calendar year, or LASTING
Booking = tuple[str, str]  # party, measure


def party_name(payer: str | None) -> str:
    return UNKNOWN_PAYER if payer is None else payer


@dataclass(frozen=True)
class Part:
    """One initiative's place in a world."""

    name: str
    role: str  # agreed or baseline
    number: int  # where it stands in its list of the scenario
    norm: EnforcedNorm | None = None

    def of(self, growth: Growth) -> Initiative:
        """The initiative with the parameters of one draw."""
        if self.norm is not None:
            return self.norm.initiative
        listed = growth.scenario if self.role == "agreed" else growth.scenario["baseline"]
        return listed["initiatives"][self.number]


@dataclass
class Step:
    """What one initiative did at one moment in one draw."""

    flows: list[Flow]
    rooms: Rooms
    refills: list[Refill]
    freed: Amounts
    received: Amounts  # asked of recipients
    supported: Amounts  # asked of the supporter
    refilled: Amounts
    before: dict[Cell, float]  # units that the earlier initiatives left
    after: dict[Cell, float]
    booked: dict[Booking, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def load_change(self) -> Amounts:
        """Section 5: required − freed, and what is refilled."""
        given = {key: -amount for key, amount in self.freed.items()}
        return together(given, self.received, self.supported, self.refilled)


class Play:
    """One moment of one draw: what the initiatives so far left, and what each of them did."""

    def __init__(self, growth: Growth, moment: Moment) -> None:
        self.growth, self.moment = growth, moment
        self.year = growth.horizon if moment == LASTING else int(moment)
        self.left: dict[Cell, float] = growth.units(self.year)
        self.contract_value = growth.production(self.year)
        self.changed: Amounts = defaultdict(float)
        self.steps: dict[str, Step] = {}

    @property
    def refilled_units(self) -> dict[Department, float]:
        """Extra units per provider and specialism: they count for departments, not for norms."""
        units: dict[Department, float] = defaultdict(float)
        for step in self.steps.values():
            for refill in step.refills:
                units[refill.cell[0], refill.cell[2]] += refill.units
        return units


class World:
    """Section 1: W0 (the baseline's initiatives alone) or W1 (the agreed ones, then the baseline's)."""

    def __init__(self, draws: list[Growth], *, agreed: bool) -> None:
        self.draws, self.facts, self.years = draws, draws[0].facts, draws[0].years
        self.parts = _parts(draws[0], agreed=agreed)
        self.taken: list[dict[Department, float]] = [{} for _ in draws]  # refills so far
        self.plays: dict[Moment, list[Play]] = {}
        for year in self.years:
            waiting_before = [dict(taken) for taken in self.taken]
            self._play(year)
        self.taken = waiting_before  # the horizon year again, after the real years before it
        self._play(LASTING)

    def _play(self, moment: Moment) -> None:
        plays = [Play(growth, moment) for growth in self.draws]
        self.plays[moment] = plays
        for place in range(len(self.parts)):
            self._enforce(place, moment, plays)
            part = self.parts[place]
            for play, taken in zip(plays, self.taken, strict=True):
                play.steps[part.name] = _apply(play, part, taken)

    def _enforce(self, place: int, moment: Moment, plays: list[Play]) -> None:
        """Section 1: donors and recipients of an enforced norm are fixed in its year, by mean units."""
        part = self.parts[place]
        if part.norm is not None and moment == part.norm.since:
            fixed = enforced(part.norm, self.facts, _mean([play.left for play in plays]))
            self.parts[place] = Part(part.name, part.role, part.number, fixed)


def _parts(growth: Growth, *, agreed: bool) -> list[Part]:
    """Section 1: agreed initiatives in order, the baseline's as listed, then one per norm where norms are enforced."""
    scenario, baseline = growth.scenario, growth.scenario.get("baseline") or {}
    parts = [
        Part(one["id"], role, number)
        for role, listed in (("agreed", scenario.get("initiatives")), ("baseline", baseline.get("initiatives")))
        if agreed or role == "baseline"
        for number, one in enumerate(listed or [])
    ]
    since = baseline.get("enforce_norms")
    if since is None:
        return parts
    norms = [EnforcedNorm(norm, tuple(rows), int(since)) for norm, rows in norms_of(growth.facts).items()]
    return parts + [Part(f"norm-{norm.norm}", "baseline", 0, norm) for norm in norms]


def _mean(units: list[dict[Cell, float]]) -> dict[Cell, float]:
    cells = {cell for one in units for cell in one}
    return {cell: sum(one.get(cell, 0.0) for one in units) / len(units) for cell in cells}


# -- one initiative at one moment ----


def _apply(play: Play, part: Part, taken: dict[Department, float]) -> Step:
    """Section 2: each initiative works on what the earlier ones left."""
    growth, initiative, before = play.growth, part.of(play.growth), dict(play.left)
    planned = _planned(play, part, initiative)
    asked = together(asked_of_recipients(growth, initiative, planned), asked_of_support(growth, initiative, planned))
    rooms = rooms_of(growth, initiative, planned, asked=asked, changed=play.changed)
    flows = planned if part.role == "baseline" else as_far_as_it_fits(growth, initiative, planned, rooms)
    refills = refills_of(growth, initiative, flows, year=play.year, changed=play.changed, taken=taken)
    _move(play, initiative, flows)
    step = Step(
        flows=flows,
        rooms=rooms,
        refills=refills,
        freed=freed(growth, initiative, flows),
        received=asked_of_recipients(growth, initiative, flows),
        supported=asked_of_support(growth, initiative, flows),
        refilled=_asked_by_refills(growth, refills),
        before=before,
        after=dict(play.left),
    )
    play.changed = together(play.changed, step.load_change)
    _pay_for_moves(play, initiative, step)
    _pay_for_refills(play, step)
    _support(initiative, step)
    _travel(growth.facts, initiative, step)
    return step


def _planned(play: Play, part: Part, initiative: Initiative) -> list[Flow]:
    if part.norm is not None:
        return norm_flows(play.growth, part.norm, play.left, play.year)
    lasting = play.moment == LASTING
    moving = moving_cells(play.growth, initiative, left=play.left, year=play.year, lasting=lasting)
    return planned_flows(play.growth, initiative, moving=moving, year=play.year)


def _move(play: Play, initiative: Initiative, flows: list[Flow]) -> None:
    """Section 2: V_left ← V_left − N; without replacement the units join the recipient's volume of that segment."""
    for flow in flows:
        play.left[flow.cell] -= flow.net
        if flow.to is not None and not initiative.get("replacement"):
            cell = (flow.to, *flow.cell[1:])
            play.left[cell] = play.left.get(cell, 0.0) + flow.received
    for cell in {flow.cell for flow in flows}:
        if abs(play.left[cell]) < NOISE:
            play.left[cell] = 0.0


def _asked_by_refills(growth: Growth, refills: list[Refill]) -> Amounts:
    """Section 4, Refill: ū_r·extra, cell by cell the calibrated use of each."""
    amounts: Amounts = defaultdict(float)
    for refill in refills:
        for resource, per_unit in mean_use(growth, refill.cell[0], {refill.cell: 1.0}).items():
            amounts[refill.cell[0], resource] += per_unit * refill.units
    return amounts


# -- section 3: revenue ----


def _pay_for_moves(play: Play, initiative: Initiative, step: Step) -> None:
    """ΔR: through the contract, through a shared budget, or beside the contract; sequential, so it adds up."""
    outside = bool((initiative.get("replacement") or {}).get("tariff_outside_contract", False))
    in_contract: dict[tuple[str, str | None], float] = defaultdict(float)
    in_budget: dict[tuple[str, str, str | None], float] = defaultdict(float)
    for flow in step.flows:
        for provider, value in ((flow.donor, -flow.donor_value), (flow.to, flow.paid_value)):
            if provider is None:
                continue
            budget = budget_for(play.growth.scenario, provider, flow)
            if provider == flow.to and outside:
                _receive(step, provider, flow.payer, value)
                continue
            step.booked[provider, "production_change_eur"] += value
            step.booked[party_name(flow.payer), "production_change_eur"] += value
            if budget is not None:
                in_budget[budget["id"], provider, flow.payer] += value
            else:
                in_contract[provider, flow.payer] += value
    for (provider, payer), change in in_contract.items():
        _receive(step, provider, payer, _through_contract(play, provider, payer, change))
    _share_budgets(play.growth, step, in_budget)


def _receive(step: Step, provider: str, payer: str | None, amount: float, measure: str = "revenue_change_eur") -> None:
    """Section 3: the payer's spend changes by what the provider receives."""
    step.booked[provider, measure] += amount
    step.booked[party_name(payer), "spend_change_eur"] += amount


def _through_contract(play: Play, provider: str, payer: str | None, change: float) -> float:
    """F(B1) − F(B0) of this step, from where the earlier ones left B."""
    before = play.contract_value.get((provider, payer), 0.0)
    play.contract_value[provider, payer] = before + change
    contract = contract_in(play.growth.facts, provider, payer, play.year)
    return revenue_step(contract, before, before + change, play.year)


def _share_budgets(growth: Growth, step: Step, changes: dict[tuple[str, str, str | None], float]) -> None:
    """Section 3, Shared budgets: ΔR_k = ΔB_k − key_k·(1−s)·Σ ΔB; the payer's spend changes by s·Σ ΔB."""
    for budget in growth.scenario.get("shared_budgets") or []:
        key, payer_share = budget_key(growth, budget), mode(budget["payer_share"])
        for payer in dict.fromkeys(budget["payers"]):
            own = {k: changes.get((budget["id"], k, payer), 0.0) for k in budget["members"]}
            total = sum(own.values())
            for member, change in own.items():
                _receive(step, member, payer, change - key[member] * (1 - payer_share) * total)


def _pay_for_refills(play: Play, step: Step) -> None:
    """Section 4, Refill: priced at P, enters B after the donor's reduction, and is in the payer's spend."""
    value: dict[tuple[str, str | None], float] = defaultdict(float)
    for refill in step.refills:
        value[refill.cell[0], refill.cell[1]] += refill.value(play.growth)
    for (provider, payer), change in value.items():
        step.booked[provider, "production_change_eur"] += change
        step.booked[party_name(payer), "production_change_eur"] += change
        _receive(step, provider, payer, _through_contract(play, provider, payer, change), "backfill_revenue_eur")


def _support(initiative: Initiative, step: Step) -> None:
    """Sections 2 and 3: paid per moved unit, always outside the contract, or not at all; its cost per moved unit."""
    support: dict[str, Any] | None = initiative.get("support")
    if not support:
        return
    for flow in step.flows:
        tariff = parameter(support, "tariff_eur", default=0.0)
        _receive(step, support["provider"], flow.payer, tariff * flow.moved)
        cost = parameter(support, "cost_per_unit_eur", default=0.0)
        step.booked[support["provider"], "support_cost_eur"] += cost * flow.moved


def _travel(facts: Facts, initiative: Initiative, step: Step) -> None:
    """Section 7: those who are seen travel; who is forgone or prevented does not."""
    visits = parameter(initiative, "visits_per_unit", default=1.0)
    for flow in step.flows:
        if flow.to is not None:
            extra = extra_kilometres(facts, area=flow.cell[5], donor=flow.donor, recipient=flow.to, visits=visits)
            step.booked["patients", "patient_km_change"] += flow.seen * extra
