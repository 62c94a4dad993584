"""Section 4, When it bites, and what lasts: the table path_summary."""

from collections import defaultdict
from itertools import accumulate
from typing import Any

from reference.evaluation import Evaluation
from reference.rounding import near
from reference.spread import mean, percentile
from reference.world import LASTING, Moment

EVEN = -0.50  # euro
Rows = list[dict[str, Any]]


def path_rows(run: Evaluation, parties: list[str]) -> Rows:
    """One row a party, and one for the region (None): the sum over all parties."""
    return [_row(run, party, [party]) for party in parties] + [_row(run, None, parties)]


def margin_changes(run: Evaluation, draw: int, parties: list[str]) -> dict[Moment, float]:
    """The margin change of these parties together, at each moment of one draw."""
    found: dict[Moment, float] = defaultdict(float)
    for (party, moment, _, measure), amount in run.contributions[draw].items():
        if measure == "margin_change_eur" and party in parties:
            found[moment] += amount
    return found


def _row(run: Evaluation, party: str | None, parties: list[str]) -> dict[str, Any]:
    paths = [margin_changes(run, draw, parties) for draw in range(len(run.draws))]
    yearly = [[path.get(year, 0.0) for year in run.years] for path in paths]
    cumulative = [list(accumulate(path)) for path in yearly]
    worst, low = (_lowest(one) for one in (yearly, cumulative))
    return {
        "party": party,
        "worst_year": run.years[worst],
        **_amounts("worst_year_eur", [path[worst] for path in yearly]),
        "low_point_year": run.years[low],
        **_amounts("low_point_eur", [path[low] for path in cumulative]),
        "turn_year": _turn_year(run, yearly),
        **_amounts("lasting_eur", [path.get(LASTING, 0.0) for path in paths]),
        # for the comparison: where years tie
        "first_year": run.years[0],
        "yearly": [mean([path[n] for path in yearly]) for n in range(len(run.years))],
        "cumulative": [mean([path[n] for path in cumulative]) for n in range(len(run.years))],
    }


def _lowest(paths: list[list[float]]) -> int:
    """Where the mean path is lowest (the first of equals)."""
    means = [mean(values) for values in zip(*paths, strict=True)]
    return next(place for place, amount in enumerate(means) if near(amount, min(means)))


def _turn_year(run: Evaluation, yearly: list[list[float]]) -> int | None:
    """The first year from which it and every later year is above −0.50 euro."""
    turn = None
    for n in range(len(run.years) - 1, -1, -1):
        if mean([path[n] for path in yearly]) <= EVEN:
            break
        turn = run.years[n]
    return turn


def _amounts(name: str, values: list[float]) -> dict[str, float]:
    return {
        name: mean(values),
        f"{name}_p10": percentile(values, 10),
        f"{name}_p90": percentile(values, 90),
    }
