"""The initiatives one after another, each over all years: sections 2 to 7 brought together."""

from collections import defaultdict
from typing import Any

from reference.baseline import Baseline, ResourceKey
from reference.budgets import budget_for, budget_key
from reference.contracts import contract_in, revenue_step
from reference.facts import Cell, Facts, segment_of
from reference.feasibility import Bearing, bearings, initiative_share
from reference.geography import extra_kilometres
from reference.moving import Flow, freed, planned_flows, required
from reference.plan import Initiative, Scenario, mode, parameter

Department = tuple[str, str | None]
UNKNOWN_PAYER = "unknown"


def party_name(payer: str | None) -> str:
    return UNKNOWN_PAYER if payer is None else payer


class Evaluation:
    """State that one initiative hands to the next, and what is written down along the way."""

    def __init__(self, facts: Facts, scenario: Scenario) -> None:
        self.facts, self.scenario = facts, scenario
        self.baseline = Baseline(facts, scenario)
        self.years = self.baseline.years
        # What the earlier initiatives left: units per cell, production value under contract, load, patients waiting.
        self.left: dict[int, dict[Cell, float]] = {y: dict(self.baseline.units(y)) for y in self.years}
        self.contract_value = {y: self._production(y) for y in self.years}
        self.load_change: dict[int, dict[ResourceKey, float]] = {y: defaultdict(float) for y in self.years}
        self.load_by_initiative: dict[str, dict[tuple[int, str, str], float]] = defaultdict(lambda: defaultdict(float))
        self.waiting = dict(facts.waiting)
        # What came of it.
        self.impact: dict[tuple[str, int, str, str], float] = defaultdict(float)
        self.flows: dict[str, list[Flow]] = {}
        self.bearings: dict[tuple[str, int], dict[str, Bearing]] = {}
        self.department_stranded: dict[tuple[str, str | None, int], float] = defaultdict(float)
        for initiative in scenario.get("initiatives") or []:
            self._apply(initiative)

    def _production(self, year: int) -> dict[tuple[str, str | None], float]:
        """B0[p,q,y]: units · P."""
        value: dict[tuple[str, str | None], float] = defaultdict(float)
        for cell, units in self.left[year].items():
            value[cell[0], cell[1]] += units * self.facts.price(cell[0], cell[1], cell[4])
        return value

    def book(self, party: str, year: int, initiative: Initiative, measure: str, amount: float) -> None:
        self.impact[party, year, initiative["id"], measure] += amount

    # -- one initiative ----

    def _apply(self, initiative: Initiative) -> None:
        """Section 2: each initiative works on what the earlier ones left."""
        flows: list[Flow] = []
        refilled: dict[tuple[Department, int], float] = {}
        for year in self.years:
            moving = self._flows_of_year(initiative, year)
            self._move_units(initiative, moving, year)
            self._change_load(initiative, moving, year)
            self._pay_for_moves(initiative, moving, year)
            for department in {(flow.donor, flow.cell[2]) for flow in moving}:
                refilled[department, year] = self._backfill(initiative, moving, year=year, department=department)
            self._recipient_costs(initiative, moving, year)
            self._support(initiative, moving, year)
            self._travel(initiative, moving, year)
            flows += moving
        self.flows[initiative["id"]] = flows
        self._donor_costs(initiative, flows, refilled)
        self._transition(initiative)

    def _flows_of_year(self, initiative: Initiative, year: int) -> list[Flow]:
        """What moves; under respect_capacity scaled by the initiative's feasible share, without reallocation."""
        flows = planned_flows(self.baseline, initiative, left=self.left[year], year=year)
        asked = required(self.baseline, initiative, flows)
        found = bearings(
            self.baseline, self.scenario, initiative, asked=asked, changed=self.load_change[year], year=year
        )
        self.bearings[initiative["id"], year] = found
        if self.scenario.get("respect_capacity"):
            flows = [flow.scaled(initiative_share(found)) for flow in flows]
        return flows

    def _move_units(self, initiative: Initiative, flows: list[Flow], year: int) -> None:
        """V_left ← V_left − N; without replacement the units join the recipient's volume of the same segment."""
        left = self.left[year]
        for flow in flows:
            left[flow.cell] -= flow.net
            if not initiative.get("replacement"):
                cell = (flow.to, *flow.cell[1:])
                left[cell] = left.get(cell, 0.0) + flow.received

    def _change_load(self, initiative: Initiative, flows: list[Flow], year: int) -> None:
        """Section 5: L1 = L0 − freed + required."""
        for key, amount in freed(self.baseline, initiative, flows).items():
            self._book_load(initiative, year, key, -amount)
        for key, amount in required(self.baseline, initiative, flows).items():
            self._book_load(initiative, year, key, amount)

    def _book_load(self, initiative: Initiative, year: int, key: ResourceKey, amount: float) -> None:
        self.load_change[year][key] += amount
        self.load_by_initiative[initiative["id"]][year, *key] += amount

    # -- section 3: revenue ----

    def _pay_for_moves(self, initiative: Initiative, flows: list[Flow], year: int) -> None:
        """ΔR: through the contract, through a shared budget, or beside the contract."""
        replacement = initiative.get("replacement") or {}
        outside = bool(replacement.get("tariff_outside_contract", False))
        in_contract: dict[tuple[str, str | None], float] = defaultdict(float)
        in_budget: dict[tuple[str, str, str | None], float] = defaultdict(float)
        for flow in flows:
            for provider, value in ((flow.donor, -flow.donor_value), (flow.to, flow.paid_value)):
                budget = budget_for(self.scenario, provider, flow)
                if provider == flow.to and outside:
                    self._receive(initiative, provider, flow.payer, year, value)
                elif budget is not None:
                    in_budget[budget["id"], provider, flow.payer] += value
                else:
                    in_contract[provider, flow.payer] += value
        for (provider, payer), change in in_contract.items():
            self._receive(initiative, provider, payer, year, self._through_contract(provider, payer, year, change))
        self._share_budgets(initiative, in_budget, year)

    def _receive(
        self,
        initiative: Initiative,
        provider: str,
        payer: str | None,
        year: int,
        amount: float,
        measure: str = "revenue_change_eur",
    ) -> None:
        """The payer's spend changes by what the provider receives: money is conserved."""
        self.book(provider, year, initiative, measure, amount)
        self.book(party_name(payer), year, initiative, "spend_change_eur", amount)

    def _through_contract(self, provider: str, payer: str | None, year: int, change: float) -> float:
        """F(B1) − F(B0) of this step, from where the earlier initiatives left B."""
        before = self.contract_value[year].get((provider, payer), 0.0)
        self.contract_value[year][provider, payer] = before + change
        contract = contract_in(self.facts, provider, payer, year)
        return revenue_step(contract, before, before + change, year)

    def _share_budgets(
        self, initiative: Initiative, changes: dict[tuple[str, str, str | None], float], year: int
    ) -> None:
        """ΔR_k = ΔB_k − key_k·(1−s)·Σ ΔB; the payer's spend changes by s·Σ ΔB."""
        for budget in self.scenario.get("shared_budgets") or []:
            key, payer_share = budget_key(self.baseline, budget), mode(budget["payer_share"])
            for payer in dict.fromkeys(budget["payers"]):
                own = {k: changes.get((budget["id"], k, payer), 0.0) for k in budget["members"]}
                total = sum(own.values())
                for member, change in own.items():
                    self._receive(initiative, member, payer, year, change - key[member] * (1 - payer_share) * total)

    # -- section 4: costs ----

    def _recipient_costs(self, initiative: Initiative, flows: list[Flow], year: int) -> None:
        """The recipient's incremental cost.

        A · cost_per_unit_eur; else at own price A · delivered unit cost · (v+f); else A · price · cost_ratio · (v+f).
        """
        replacement = initiative.get("replacement")
        lighter = 1.0 if replacement else parameter(initiative, "relative_intensity", default=1.0)
        at_own_price = replacement is None or replacement["tariff_eur"] == "own_price"
        for flow in flows:
            row = self.facts.cost_structure(flow.to, flow.cell[2])
            avoidable = row["variable_share"] + row["semi_fixed_share"]
            delivered = self.facts.unit_costs.get((flow.to, flow.cell[4]))
            if replacement and replacement.get("cost_per_unit_eur") is not None:
                per_unit = mode(replacement["cost_per_unit_eur"])
            elif at_own_price and delivered is not None:
                per_unit = float(delivered) * avoidable
            else:
                per_unit = flow.paid_price * row["cost_ratio"] * avoidable
            self.book(flow.to, year, initiative, "incremental_cost_eur", lighter * flow.received * per_unit)

    def _support(self, initiative: Initiative, flows: list[Flow], year: int) -> None:
        """Paid per moved unit, outside the contract, or not at all; its cost per moved unit."""
        support = initiative.get("support")
        if not support:
            return
        for flow in flows:
            tariff = parameter(support, "tariff_eur", default=0.0)
            self._receive(initiative, support["provider"], flow.payer, year, tariff * flow.moved)
            cost = parameter(support, "cost_per_unit_eur", default=0.0) * flow.moved
            self.book(support["provider"], year, initiative, "support_cost_eur", cost)

    def _transition(self, initiative: Initiative) -> None:
        """Falls in the start year. Reading (b): if anything can move at all (e·maximum > 0)."""
        start = int(initiative["uptake"]["start"])
        moves = mode(initiative["eligible_share"]) * parameter(initiative["uptake"], "maximum", default=1.0) > 0
        for party, cost in (initiative.get("transition_cost_eur") or {}).items():
            if moves and start in self.years:
                self.book(party, start, initiative, "transition_cost_eur", mode(cost))

    def _backfill(self, initiative: Initiative, flows: list[Flow], *, year: int, department: Department) -> float:
        """Refills freed capacity from the waiting list; gives the refilled share at the binding resource."""
        share = parameter(initiative, "backfill_share", default=0.0)
        provider, specialism = department
        ours = [flow for flow in flows if (flow.donor, flow.cell[2]) == department]
        released = freed(self.baseline, initiative, ours)
        mean_use = self._mean_use(department)
        room = {r: share * released[provider, r] / use for r, use in mean_use.items() if use > 0}
        if share <= 0 or not room:
            return 0.0
        binding = min(room, key=lambda r: room[r])
        extra = min(room[binding], max(0.0, self.waiting.get(department, 0.0)))
        if extra <= 0:
            return 0.0
        self.waiting[department] -= extra
        for resource, use in mean_use.items():
            self._book_load(initiative, year, (provider, resource), use * extra)
        self._pay_for_backfill(initiative, department, year, extra)
        variable = self.facts.cost_structure(provider, specialism)["variable_share"]
        cost = extra * variable * self._mean_unit_cost(department)
        self.book(provider, year, initiative, "incremental_cost_eur", cost)
        return extra * mean_use[binding] / released[provider, binding]

    def _department_cells(self, department: Department) -> dict[Cell, float]:
        return {c: units for c, units in self.facts.units.items() if (c[0], c[2]) == department}

    def _mean_use(self, department: Department) -> dict[str, float]:
        """ū_r: the donor's base-year mean calibrated use per unit of the specialism."""
        cells = self._department_cells(department)
        total = sum(cells.values())
        if total <= 0:
            return {}
        use = self.baseline.calibrated_use
        return {
            r: sum(units * use(department[0], segment_of(cell), r) for cell, units in cells.items()) / total
            for r in self.baseline.resources
        }

    def _mean_unit_cost(self, department: Department) -> float:
        cells = self._department_cells(department)
        costs = (units * self.facts.unit_cost(cell[0], cell[1], segment_of(cell)) for cell, units in cells.items())
        return sum(costs) / sum(cells.values())

    def _pay_for_backfill(self, initiative: Initiative, department: Department, year: int, extra: float) -> None:
        """Split over payers by base units, at the specialism's mean P per payer; enters B after the donor's reduction.

        Reading (a): the payer pays for it, so that money is conserved.
        """
        cells = self._department_cells(department)
        total = sum(cells.values())
        for payer in {cell[1] for cell in cells}:
            ours = {cell: units for cell, units in cells.items() if cell[1] == payer}
            if sum(ours.values()) <= 0:
                continue
            value = sum(units * self.facts.price(cell[0], cell[1], cell[4]) for cell, units in ours.items())
            # extra · (units of this payer / units) · (value of this payer / units of this payer)
            gained = self._through_contract(department[0], payer, year, extra * value / total)
            self._receive(initiative, department[0], payer, year, gained, "backfill_revenue_eur")

    def _donor_costs(
        self, initiative: Initiative, flows: list[Flow], refilled: dict[tuple[Department, int], float]
    ) -> None:
        """Avoided and stranded cost, per (i,p,q,s)."""
        lighter = parameter(initiative, "relative_intensity", default=1.0)
        net: dict[tuple[Any, ...], dict[int, float]] = defaultdict(lambda: dict.fromkeys(self.years, 0.0))
        for flow in flows:
            net[flow.donor, flow.payer, flow.segment][flow.year] += flow.net
        for (provider, payer, segment), by_year in net.items():
            cost = lighter * self.facts.unit_cost(provider, payer, segment)
            for year in self.years:
                refill = refilled.get(((provider, segment[0]), year), 0.0)
                avoided = self._avoided(provider, segment[0], by_year, year=year, refilled=refill) * cost
                stranded = by_year[year] * cost - avoided
                self.book(provider, year, initiative, "avoided_cost_eur", avoided)
                self.book(provider, year, initiative, "stranded_cost_eur", stranded)
                self.department_stranded[provider, segment[0], year] += stranded

    def _avoided(
        self, provider: str, specialism: str | None, net: dict[int, float], *, year: int, refilled: float
    ) -> float:
        """Σ over the years up to now of dN · h(years since), in units.

        h(n) = v + f·min(1, n/T); with T = 0: v + f at once.
        """
        row = self.facts.cost_structure(provider, specialism)
        run_off, total, before = float(row["run_off_years"]), 0.0, 0.0
        for then in (y for y in self.years if y <= year):
            shed = 1.0 if run_off == 0 else min(1.0, (year - then) / run_off)
            step = net[then] - before
            total += step * (row["variable_share"] + row["semi_fixed_share"] * shed * (1 - refilled))
            before = net[then]
        return total

    # -- section 7: travel ----

    def _travel(self, initiative: Initiative, flows: list[Flow], year: int) -> None:
        """Reading (d): M·w units travel, the returned part too."""
        visits = parameter(initiative, "visits_per_unit", default=1.0)
        for flow in flows:
            extra = extra_kilometres(self.facts, area=flow.cell[5], donor=flow.donor, recipient=flow.to, visits=visits)
            self.book("patients", year, initiative, "patient_km_change", flow.moved * extra)
