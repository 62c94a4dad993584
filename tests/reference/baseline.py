"""No agreement: volume, load and capacity as they grow by themselves (section 1), year by year."""

from reference.facts import Cell, Facts
from reference.plan import Scenario, growth_of

ResourceKey = tuple[str, str]


class Baseline:
    """The facts under a scenario's growth, without any initiative."""

    def __init__(self, facts: Facts, scenario: Scenario) -> None:
        self.facts = facts
        self.first = int(scenario["base_year"])
        self.years = list(range(self.first, int(scenario["horizon"]) + 1))
        growth = scenario.get("baseline") or {}
        self.demand_growth = growth.get("demand_growth")
        self.capacity_growth = growth.get("capacity_growth")
        self.resources = facts.all_resources() | _resources_of(scenario)
        self._load: dict[tuple[str, str, int], float | None] = {}
        self._modelled = {(p, r): facts.modelled_use(p, r) for p in facts.providers for r in self.resources}
        self._calibration = {(p, r): facts.calibration(p, r) for p in facts.providers for r in self.resources}

    def growth(self, specialism: str | None, year: int) -> float:
        return (1 + growth_of(self.demand_growth, "specialism", specialism)) ** (year - self.first)

    def units(self, year: int) -> dict[Cell, float]:
        """V0[p,q,s,a,y] = V · (1+g_s)^(y−y0)."""
        return {cell: units * self.growth(cell[2], year) for cell, units in self.facts.units.items()}

    def calibration(self, provider: str, resource: str) -> float:
        return self._calibration[provider, resource]

    def calibrated_use(self, provider: str, segment: tuple[str | None, ...], resource: str) -> float:
        """c·u: what one unit really takes."""
        return self._calibration[provider, resource] * self.facts.use_per_unit(provider, segment, resource)

    def load(self, provider: str, resource: str, year: int) -> float | None:
        """L0[p,r,y]; None where neither use nor volume gives a load."""
        key = (provider, resource, year)
        if key not in self._load:
            self._load[key] = self._find_load(provider, resource, year)
        return self._load[key]

    def _find_load(self, provider: str, resource: str, year: int) -> float | None:
        if self._modelled[provider, resource] > 0:
            return sum(
                units * self.growth(cell[2], year) * self.calibrated_use(provider, cell[2:5], resource)
                for cell, units in self.facts.units.items()
                if cell[0] == provider
            )
        used = self.facts.used.get((provider, resource))
        return None if used is None else used * self.growth(None, year)

    def available(self, provider: str, resource: str, year: int) -> float | None:
        """K[p,r,y]; None where no capacity was delivered."""
        amount = self.facts.available.get((provider, resource))
        if amount is None:
            return None
        return amount * (1 + growth_of(self.capacity_growth, "resource", resource)) ** (year - self.first)

    def usable(self, provider: str, resource: str, year: int) -> float | None:
        """τ·K."""
        available = self.available(provider, resource, year)
        return None if available is None else available * self.facts.target(provider, resource)

    def gap(self, provider: str, resource: str, year: int) -> float | None:
        """gap0 = L0 − τ·K; positive is a shortage; None where either is unknown."""
        load, usable = self.load(provider, resource, year), self.usable(provider, resource, year)
        return None if load is None or usable is None else load - usable


def _resources_of(scenario: Scenario) -> set[str]:
    """Resources that only the scenario names."""
    named = {pool["resource"] for pool in scenario.get("pools") or []}
    for initiative in scenario.get("initiatives") or []:
        for part in ("replacement", "support"):
            named |= set((initiative.get(part) or {}).get("resources") or {})
    return named
