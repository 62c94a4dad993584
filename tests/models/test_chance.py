"""The chance to meet a volume norm is read from a table: held against the function itself."""

import numpy as np
import pytest
from scipy import stats

from models.chance import chance_to_meet


@pytest.mark.parametrize("minimum", [1, 2, 3, 7, 20, 50, 400.0, 5_000])
def test_chance_is_that_of_a_count_around_its_mean(minimum: float) -> None:
    """P(Poisson(units) >= minimum), from nothing to far beyond the norm."""
    units = np.concatenate([[0.0, 1e-9], np.linspace(0.01, minimum + 20 * np.sqrt(minimum) + 80, 997), [1e7]])
    told = chance_to_meet(units[:, None], minimum, window=1)
    assert told == pytest.approx(stats.poisson.sf(minimum - 1, units), abs=1e-10)


def test_a_window_of_three_years_counts_three_years() -> None:
    """18 a year against 20 over three years: P(Poisson(54) >= 60); the mean over the draws."""
    draws = np.array([[18.0, 22.0]])
    expected = np.mean([stats.poisson.sf(59, 54.0), stats.poisson.sf(59, 66.0)])
    assert chance_to_meet(draws, 20, window=3) == pytest.approx([expected], abs=1e-10)


def test_a_norm_of_nothing_is_met() -> None:
    """A minimum of 0 is met by nobody's care too."""
    assert chance_to_meet(np.zeros((2, 3)), 0.0, window=1).tolist() == [1.0, 1.0]
