"""The scenario as section 2 reads it: modes of the parameters, who gives, who receives, which care, how fast."""

import math
import statistics
from typing import Any

from scipy import stats

from reference.facts import Facts, Segment

Scenario = dict[str, Any]
Initiative = dict[str, Any]
LOGISTIC_STEEPNESS = 8.0


def mode(parameter: Any) -> float:
    """Section 8, draws 0: a number itself, the mode of PERT and triangular, otherwise the median."""
    if isinstance(parameter, (list, tuple)):
        return float(parameter[1])
    if isinstance(parameter, dict):
        return _mode_of_distribution(parameter)
    return float(parameter)


def _mode_of_distribution(parameter: dict[str, Any]) -> float:
    dist = parameter["dist"]
    if dist == "triangular":
        return float(parameter["mode"])
    if dist == "uniform":
        return statistics.fmean([parameter["low"], parameter["high"]])
    if dist == "normal":
        return float(parameter["mean"])
    if dist == "lognormal":
        return float(parameter["median"])
    return float(stats.beta.median(parameter["a"], parameter["b"]))


def parameter(initiative: Initiative, key: str, *, default: float) -> float:
    """The mode of an initiative's parameter, or its default."""
    return mode(initiative[key]) if initiative.get(key) is not None else default


def growth_of(growth: dict[str, Any] | None, axis: str, code: str | None) -> float:
    """Yearly growth of a specialism's demand (axis 'specialism') or a resource's capacity (axis 'resource')."""
    growth = growth or {}
    own = growth.get(axis, {}).get(code)
    return mode(own if own is not None else growth.get("default", 0.0))


def members(selection: dict[str, Any], facts: Facts) -> list[str]:
    """Parties by `providers` and `kind` together are the intersection; keys of `shares` are the recipients."""
    if selection.get("shares"):
        return list(selection["shares"])
    chosen = list(facts.providers)
    if selection.get("providers") is not None:
        chosen = [p for p in selection["providers"] if p in facts.providers]
    if selection.get("kind") is not None:
        kinds = _as_list(selection["kind"])
        chosen = [p for p in chosen if facts.kind(p) in kinds]
    return chosen


def recipients(initiative: Initiative, facts: Facts) -> list[str]:
    return members(initiative["to"], facts)


def donors(initiative: Initiative, facts: Facts) -> list[str]:
    """Donors are the `from` providers that are not in `to`."""
    receiving = recipients(initiative, facts)
    return [p for p in members(initiative["from"], facts) if p not in receiving]


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def in_selection(selections: list[dict[str, Any]] | None, segment: Segment) -> bool:
    """A list of selections, each any of specialism, diagnosis and care_product; without a list everything."""
    if selections is None:
        return True
    named = dict(zip(("specialism", "diagnosis", "care_product"), segment, strict=True))
    return any(all(named[key] in _as_list(codes) for key, codes in one.items()) for one in selections)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def uptake(initiative: Initiative, year: int) -> float:
    """Section 2, uptake: m(y), stalled at the modes if the probability of a stall exceeds one half."""
    plan = initiative["uptake"]
    start, full = int(plan["start"]), parameter(plan, "years_to_full", default=1.0)
    stall = plan.get("stall")
    if stall and mode(stall["probability"]) > 0.5:
        year = min(year, start + int(mode(stall["after_years"])) - 1)
    n = year - start + 1
    if n < 1:
        return 0.0
    reached = 1.0
    if n < full and plan.get("shape", "linear") == "linear":
        reached = min(1.0, n / full)
    elif n < full:
        k = LOGISTIC_STEEPNESS
        reached = min(1.0, _logistic(k * (n / full - 0.5)) / _logistic(k / 2))
    return reached * parameter(plan, "maximum", default=1.0)
