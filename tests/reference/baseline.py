"""Section 1: volume, load and capacity as they grow by themselves, year by year, at one draw of the parameters."""

from reference.facts import Cell, Facts, segment_of
from reference.plan import Scenario, growth_of

ResourceKey = tuple[str, str]
Department = tuple[str, str | None]


class Growth:
    """The facts under a scenario's growth alone, without any initiative: V0, L0, K and gap0."""

    def __init__(self, facts: Facts, scenario: Scenario) -> None:
        self.facts, self.scenario = facts, scenario
        self.first, self.horizon = int(scenario["base_year"]), int(scenario["horizon"])
        self.years = list(range(self.first, self.horizon + 1))
        growth = scenario.get("baseline") or {}
        self.demand_growth = growth.get("demand_growth")
        self.capacity_growth = growth.get("capacity_growth")
        self.resources = sorted(facts.all_resources() | _resources_of(scenario))
        self._load: dict[tuple[str, str, int], float | None] = {}
        self._full_cost: dict[int, dict[Department, float]] = {}
        self._modelled = {(p, r): facts.modelled_use(p, r) for p in facts.providers for r in self.resources}
        self._calibration = {(p, r): facts.calibration(p, r) for p in facts.providers for r in self.resources}

    def growth(self, specialism: str | None, year: int) -> float:
        """Section 1: (1+g_s)^(y−y0); without a specialism the default growth."""
        return (1 + growth_of(self.demand_growth, "specialism", specialism)) ** (year - self.first)

    def units(self, year: int) -> dict[Cell, float]:
        """Section 1: V0[p,q,s,a,y] = V · (1+g_s)^(y−y0)."""
        return {cell: units * self.growth(cell[2], year) for cell, units in self.facts.units.items()}

    def calibrated_use(self, provider: str, segment: tuple[str | None, ...], resource: str) -> float:
        """Section 1, Load: c·u, what one unit really takes."""
        return self._calibration[provider, resource] * self.facts.use_per_unit(provider, segment, resource)

    def load(self, provider: str, resource: str, year: int) -> float | None:
        """Section 1, Load: L0[p,r,y]; None where neither use nor volume gives a load."""
        key = (provider, resource, year)
        if key not in self._load:
            self._load[key] = self._find_load(provider, resource, year)
        return self._load[key]

    def _find_load(self, provider: str, resource: str, year: int) -> float | None:
        by_default = self.growth(None, year)
        if self._modelled[provider, resource] > 0:
            return self.facts.load_of_other_care(provider, resource) * by_default + sum(
                units * self.growth(cell[2], year) * self.calibrated_use(provider, segment_of(cell), resource)
                for cell, units in self.facts.units.items()
                if cell[0] == provider
            )
        used = self.facts.used.get((provider, resource))
        return None if used is None else used * by_default

    def available(self, provider: str, resource: str, year: int) -> float | None:
        """Section 1, Capacity: K[p,r,y]; None where no capacity was delivered."""
        amount = self.facts.available.get((provider, resource))
        if amount is None:
            return None
        return amount * (1 + growth_of(self.capacity_growth, "resource", resource)) ** (year - self.first)

    def usable(self, provider: str, resource: str, year: int) -> float | None:
        """Section 1, Capacity: τ·K."""
        available = self.available(provider, resource, year)
        return None if available is None else available * self.facts.target(provider, resource)

    def gap(self, provider: str, resource: str, year: int) -> float | None:
        """Section 1, Baseline gap: gap0 = L0 − τ·K; positive is a shortage; None where either is unknown."""
        load, usable = self.load(provider, resource, year), self.usable(provider, resource, year)
        return None if load is None or usable is None else load - usable

    def production(self, year: int) -> dict[tuple[str, str | None], float]:
        """Section 3: B[p,q,y] = Σ units · P of growth alone."""
        value: dict[tuple[str, str | None], float] = {}
        for cell, units in self.units(year).items():
            place = (cell[0], cell[1])
            value[place] = value.get(place, 0.0) + units * self.facts.price(cell[0], cell[1], cell[4])
        return value

    def department_production(self, year: int) -> dict[Department, float]:
        """Section 6: production of growth alone per provider and specialism."""
        value: dict[Department, float] = {}
        for cell, units in self.units(year).items():
            place = (cell[0], cell[2])
            value[place] = value.get(place, 0.0) + units * self.facts.price(cell[0], cell[1], cell[4])
        return value

    def full_cost(self, year: int) -> dict[Department, float]:
        """Section 4: X0[y], the base care at full average cost, per provider and specialism."""
        if year not in self._full_cost:
            value: dict[Department, float] = {}
            for cell, units in self.units(year).items():
                place = (cell[0], cell[2])
                value[place] = value.get(place, 0.0) + units * self.facts.unit_cost(cell[0], cell[1], segment_of(cell))
            self._full_cost[year] = value
        return self._full_cost[year]


def _resources_of(scenario: Scenario) -> set[str]:
    """Resources that only the scenario names."""
    named = {pool["resource"] for pool in scenario.get("pools") or []}
    for initiative in [*(scenario.get("initiatives") or []), *baseline_initiatives(scenario)]:
        for part in ("replacement", "support"):
            named |= set((initiative.get(part) or {}).get("resources") or {})
        named |= {(initiative.get("to") or {}).get("resource")} - {None}
    return named


def baseline_initiatives(scenario: Scenario) -> list[dict]:
    """Section 1, What happens without an agreement: the initiatives that are listed."""
    return (scenario.get("baseline") or {}).get("initiatives") or []
