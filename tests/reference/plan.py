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
    if "mode" in parameter:  # triangular, and the PERT told by its percentiles
        return float(parameter["mode"])
    if parameter["dist"] == "uniform":
        return statistics.fmean([parameter["low"], parameter["high"]])
    if parameter["dist"] == "normal":
        return float(parameter["mean"])
    if parameter["dist"] == "lognormal":
        return float(parameter["median"])
    return float(stats.beta.median(parameter["a"], parameter["b"]))


def parameter(part: dict[str, Any] | None, key: str, *, default: float) -> float:
    """The mode of a parameter of an initiative (or of a part of it), or its default."""
    return mode(part[key]) if part and part.get(key) is not None else default


def growth_of(growth: dict[str, Any] | None, axis: str, code: str | None) -> float:
    """Section 1: yearly growth of a specialism's demand or of a resource's capacity, else the default."""
    growth = growth or {}
    own = (growth.get(axis) or {}).get(code)
    return mode(own if own is not None else growth.get("default", 0.0))


# -- who and which care ----


def members(selection: dict[str, Any], facts: Facts) -> list[str]:
    """Section 2: `providers` and `kind` together are the intersection; keys of `shares` are the recipients."""
    if selection.get("shares"):
        return list(selection["shares"])
    chosen = list(facts.providers)
    if selection.get("providers") is not None:
        chosen = [p for p in selection["providers"] if p in facts.providers]
    if selection.get("kind") is not None:
        kinds = as_list(selection["kind"])
        chosen = [p for p in chosen if facts.kind(p) in kinds]
    return chosen


def recipients(initiative: Initiative, facts: Facts) -> list[str]:
    """Section 2: who receives; of prevention nobody."""
    return members(initiative["to"], facts) if initiative.get("to") else []


def donors(initiative: Initiative, facts: Facts) -> list[str]:
    """Section 2: donors are the `from` providers that are not in `to`."""
    receiving = recipients(initiative, facts)
    return [p for p in members(initiative["from"], facts) if p not in receiving]


def as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def in_selection(selections: Any, segment: Segment) -> bool:
    """A list of selections, each any of specialism, diagnosis and care_product; without a list everything."""
    if selections is None:
        return True
    named = dict(zip(("specialism", "diagnosis", "care_product"), segment, strict=True))
    return any(all(named[key] in as_list(codes) for key, codes in one.items()) for one in as_list(selections))


# -- how fast ----


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def stalls(initiative: Initiative) -> bool:
    """Section 2, Uptake: at the modes it stalls if the probability exceeds one half."""
    stall = initiative["uptake"].get("stall")
    return bool(stall) and mode(stall["probability"]) > 0.5


def uptake(initiative: Initiative, year: int, *, lasting: bool = False) -> float:
    """Section 2, Uptake: m(y); for the lasting change its maximum, or where it stalled (section 4)."""
    plan = initiative["uptake"]
    start, full = int(plan["start"]), parameter(plan, "years_to_full", default=1.0)
    n: float = math.inf if lasting else year - start + 1
    if stalls(initiative):
        n = min(n, int(mode(plan["stall"]["after_years"])))
    if n < 1:
        return 0.0
    return _reached(n, full, plan.get("shape", "linear")) * parameter(plan, "maximum", default=1.0)


def _reached(n: float, full: float, shape: str) -> float:
    if n >= full:
        return 1.0
    if shape == "linear":
        return min(1.0, n / full)
    k = LOGISTIC_STEEPNESS
    return min(1.0, _logistic(k * (n / full - 0.5)) / _logistic(k / 2))


# -- money and refill as the scenario writes them ----


def first_and_later(tariff: dict[Any, Any]) -> list[tuple[int, float]]:
    return sorted((int(year), mode(amount)) for year, amount in tariff.items())


def is_dated(tariff: Any) -> bool:
    """`{2027: 26.0, 2030: 27.5}`: keys are years (a distribution's keys are words)."""
    return isinstance(tariff, dict) and all(str(key).isdigit() for key in tariff)


def tariff_in(tariff: Any, year: int) -> float:
    """Section 3: a number, or the dated tariff of the latest year not after this one."""
    if not is_dated(tariff):
        return mode(tariff)
    dated = first_and_later(tariff)
    return next((amount for since, amount in reversed(dated) if since <= year), dated[0][1])


def first_tariff(tariff: Any) -> float:
    """Section 4: the cost of a recipient follows a dated tariff's first."""
    return first_and_later(tariff)[0][1] if is_dated(tariff) else mode(tariff)


def refill_share(initiative: Initiative) -> float:
    """Section 4, Refill: φ; the older key `backfill_share` is still read."""
    if initiative.get("backfill"):
        return parameter(initiative["backfill"], "share", default=0.0)
    return parameter(initiative, "backfill_share", default=0.0)


def refill_care(initiative: Initiative) -> Any:
    """Section 4, Refill: the care that refills; None: the specialism that was freed."""
    return (initiative.get("backfill") or {}).get("care")
