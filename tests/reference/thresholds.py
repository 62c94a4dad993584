"""Section 6: volume norms and the viability of departments, in both worlds."""

import math
from typing import Any

from scipy import stats

from reference.baseline import Department
from reference.departments import department_margins, department_units, units_per_department
from reference.evaluation import Evaluation
from reference.facts import Row
from reference.norms import NONE_BELOW, minimum_of, norm_units, norms_of
from reference.rounding import above, below
from reference.spread import mean

Rows = list[dict[str, Any]]
OF_NORMS = ("met", "breach_caused", "breach_resolved", "breach_remains", "stopped", "started_below", "not_offered")
STATUSES = ("viable", "at_risk", *OF_NORMS)


def threshold_rows(run: Evaluation) -> Rows:
    return norm_rows(run) + department_rows(run)


# -- volume norms ----


def norm_rows(run: Evaluation) -> Rows:
    """Section 6, Volume norm: units per location and year in growth alone, in W0 and in W1."""
    return [
        _norm_row(run, provider, norm, rows, year)
        for norm, rows in norms_of(run.facts).items()
        for provider in run.facts.providers
        for year in run.years
    ]


def _norm_row(run: Evaluation, provider: str, norm: str, rows: list[Row], year: int) -> dict[str, Any]:
    minimum, window = minimum_of(rows), float(run.scenario.get("norm_window", 1))
    grown = [norm_units(growth.units(year), provider, rows) for growth in run.draws]
    before, after = (
        [norm_units(play.left, provider, rows) for play in world.plays[year]] for world in (run.before, run.after)
    )
    return {
        "provider": provider,
        "norm": norm,
        "specialism": None,
        "year": year,
        "status_before": most_frequent([norm_status(*pair, minimum) for pair in zip(grown, before, strict=True)]),
        "status": most_frequent([norm_status(*pair, minimum) for pair in zip(before, after, strict=True)]),
        "probability_before": mean([chance_to_meet(units, minimum, window) for units in before]),
        "probability": mean([chance_to_meet(units, minimum, window) for units in after]),
        "minimum_units": minimum,
        "units_grown": mean(grown),  # for the comparison
        "units_before": mean(before),
        "units_after": mean(after),
    }


def most_frequent(statuses: list[str]) -> str:
    """The status of most draws; of equals the first in the page's order."""
    return max(STATUSES, key=statuses.count)


def norm_status(before: float, after: float, minimum: float) -> str:
    """Section 6: what became of a norm. Nothing before and enough after is `met`."""
    had, has = not below(before, NONE_BELOW), not below(after, NONE_BELOW)
    met_before, met_after = had and not below(before, minimum), has and not below(after, minimum)
    if not has:
        return "stopped" if had else "not_offered"
    if met_after:
        return "breach_resolved" if had and not met_before else "met"
    if not had:
        return "started_below"
    return "breach_caused" if met_before else "breach_remains"


def chance_to_meet(units: float, minimum: float, window: float) -> float:
    """Section 6: P(Poisson(w · units) ≥ w · minimum)."""
    least = window * minimum
    at_least = math.ceil(least - 1e-9 * max(1.0, least))
    return float(stats.poisson.sf(at_least - 1, window * max(0.0, units)))


# -- departments ----


def department_rows(run: Evaluation) -> Rows:
    places = departments_of(run)
    return [row for year in run.years for row in _departments_of_year(run, places, year)]


def _departments_of_year(run: Evaluation, places: list[Department], year: int) -> Rows:
    draws = range(len(run.draws))
    before = [department_margins(run.before, run.costs_before, draw, year) for draw in draws]
    after = [department_margins(run.after, run.costs_after, draw, year) for draw in draws]
    return [
        _department_row(
            run,
            place,
            year,
            [margins.get(place, 0.0) for margins in before],
            [margins.get(place, 0.0) for margins in after],
        )
        for place in places
    ]


def departments_of(run: Evaluation) -> list[Department]:
    """Every provider and specialism that has units in growth alone or in either world."""
    found = set(units_per_department(run.facts.units))
    for world in (run.before, run.after):
        for year in run.years:
            for play in world.plays[year]:
                found |= set(department_units(play))
    return sorted(found, key=str)


def _department_row(
    run: Evaluation, place: Department, year: int, margins_before: list[float], margins_after: list[float]
) -> dict[str, Any]:
    base = run.draws[0].department_production(run.years[0]).get(place, 0.0)
    grown = [units_per_department(growth.units(year)).get(place, 0.0) for growth in run.draws]
    before, after = (
        [department_units(play).get(place, 0.0) for play in world.plays[year]] for world in (run.before, run.after)
    )
    judge_before, judge = _Judge(run, base, "_before"), _Judge(run, base, "")
    return {
        "provider": place[0],
        "norm": None,
        "specialism": place[1],
        "year": year,
        **judge_before.told(margins_before, before, grown, after),
        **judge.told(margins_after, after, before, grown),
        "minimum_units": None,
        "units_before": mean(before),
        "units_after": mean(after),
        # for the comparison: how far from where rounding decides
        "edge_before": min(map(judge_before.edge, margins_before, before, grown)),
        "edge": min(map(judge.edge, margins_after, after, before)),
    }


class _Judge:
    """Section 6: whether a department is viable, at risk or stopped."""

    def __init__(self, run: Evaluation, base: float, ending: str) -> None:
        limits = run.scenario.get("thresholds") or {}
        self.floor, self.drop = limits.get("viability_floor", -0.05), limits.get("viability_volume_drop", 0.30)
        self.base, self.ending = base, ending

    def status(self, margin: float, units: float, against: float, other: float) -> str:
        """`against`: the world it is set beside; a department has stopped where that, or the other, has it."""
        if below(units, NONE_BELOW) and any(not below(u, NONE_BELOW) for u in (against, other)):
            return "stopped"
        too_low = self.base > 0 and below(margin / self.base, self.floor)
        too_few = against > 0 and above(1 - units / against, self.drop)
        return "at_risk" if too_low or too_few else "viable"

    def told(
        self, margins: list[float], units: list[float], against: list[float], others: list[float]
    ) -> dict[str, Any]:
        """Its most frequent status over the draws, and the chance to be at risk or stopped."""
        statuses = list(map(self.status, margins, units, against, others))
        return {
            f"status{self.ending}": most_frequent(statuses),
            f"probability{self.ending}": mean([float(status != "viable") for status in statuses]),
        }

    def edge(self, margin: float, units: float, against: float) -> float:
        """The distance to the nearest limit."""
        distances = [abs(units - NONE_BELOW), abs(against - NONE_BELOW)]
        if self.base > 0:
            distances.append(abs(margin / self.base - self.floor))
        if against > 0:
            distances.append(abs(1 - units / against - self.drop))
        return min(distances)
