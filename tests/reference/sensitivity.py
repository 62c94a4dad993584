"""Section 8, sensitivity, and section 10, break-even: each figure from whole evaluations, one after another."""

from typing import Any

from scipy import stats

from reference.evaluation import Evaluation
from reference.facts import Facts
from reference.plan import Scenario
from reference.present_value import present_value
from reference.settlement import traded_flows

PERT_SHAPE = 4


def tenth_and_ninetieth(value: Any) -> tuple[float, float] | None:
    """p10 and p90 of a parameter as a scenario writes it; None of a distribution that may be cut at its limits."""
    if isinstance(value, list):
        low, mode, high = map(float, value)
        rising, falling = (1 + PERT_SHAPE * part / (high - low) for part in (mode - low, high - mode))
        return tuple(float(low + (high - low) * stats.beta.ppf(at, rising, falling)) for at in (0.1, 0.9))
    if "p10" in value:
        return float(value["p10"]), float(value["p90"])
    if value["dist"] not in ("uniform", "triangular"):
        return None
    low, high = float(value["low"]), float(value["high"])
    known = stats.uniform(low, high - low)
    if value["dist"] == "triangular":
        known = stats.triang((float(value["mode"]) - low) / (high - low), low, high - low)
    return float(known.ppf(0.1)), float(known.ppf(0.9))


def values_by_party(run: Evaluation, draw: int = 0, name: str | None = None) -> dict[str, float]:
    """The present value of each party's margin change in one draw: of one initiative, or of all together."""
    found: dict[str, dict[int, float]] = {}
    for (party, year, own, measure), amount in run.contributions[draw].items():
        if year in run.years and measure == "margin_change_eur" and party != "patients" and name in (None, own):
            by_year = found.setdefault(party, dict.fromkeys(run.years, 0.0))
            by_year[year] += amount
    return {party: present_value(run, by_year) for party, by_year in found.items()}


def values_of(facts: Facts, scenario: Scenario) -> dict[str, float]:
    """The same of a scenario at its modes."""
    return values_by_party(Evaluation(facts, [scenario]))


def rank_correlation(one: list[float], other: list[float]) -> float | None:
    """Spearman's; None where a side does not vary."""
    if len(set(one)) == 1 or len(set(other)) == 1:
        return None
    return float(stats.spearmanr(one, other).statistic)


def compensations(run: Evaluation, name: str) -> dict[str, float]:
    """Section 10, Break-even: −PV of a party's margin change ÷ PV of the units moved in the flows it is a member of."""
    values = values_by_party(run, name=name)
    units: dict[str, float] = {}
    for key, flow in traded_flows(run).items():
        for party in flow.members if key[0] == name else ():
            units[party] = units.get(party, 0.0) + flow.present_units
    return {party: -values.get(party, 0.0) / moved for party, moved in units.items() if moved > 1e-6}
