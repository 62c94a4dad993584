"""Present value and its annual equivalent (section 4)."""

from collections.abc import Mapping

from reference.evaluation import Evaluation
from reference.plan import mode


def _discount(run: Evaluation, year: int) -> float:
    return (1 + mode(run.scenario.get("discount_rate", 0.0))) ** (year - run.years[0])


def present_value(run: Evaluation, by_year: Mapping[int, float]) -> float:
    """Section 4: Σ x[y] / (1+discount_rate)^(y−y0), y0 to the horizon inclusive."""
    return sum(amount / _discount(run, year) for year, amount in by_year.items())


def annual_equivalent(run: Evaluation, by_year: Mapping[int, float]) -> float:
    """Section 4: present value ÷ Σ (1+discount_rate)^−(y−y0)."""
    return present_value(run, by_year) / sum(1 / _discount(run, year) for year in run.years)
