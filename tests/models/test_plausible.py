"""Figures that cannot be are refused, whatever made them; figures that merely surprise are not."""

import math

import polars as pl
import pytest
from test_remarks import HERE, THERE, region
from test_scenario_references import MOVE

from models.impact import evaluate
from models.plausible import implausible, limit_of, require_plausible
from models.scenario import ScenarioError
from models.scenario.parsing import read_content


@pytest.mark.parametrize(
    ("column", "figure"),
    [("margin_eur", 2e12), ("gap_fte_after", 1.2e18), ("mean", -1e13), ("probability", 1.2), ("units", math.inf)],
)
def test_a_figure_beyond_any_nation_is_found(column: str, figure: float) -> None:
    (found,) = implausible(pl.DataFrame({column: [1.0, figure, None], "name": ["a", "b", "c"]}))
    assert found[0] == column
    assert found[1] == abs(figure)


def test_figures_of_a_large_region_are_none() -> None:
    table = pl.DataFrame(
        {"margin_eur": [9e11, -9e11, None], "gap_fte_after": [9e6, 0.0, None], "year": [2025, 2026, 2027]}
    )
    assert list(implausible(table)) == []


def test_not_a_number_is_found() -> None:
    (found,) = implausible(pl.DataFrame({"load_before": [math.nan]}))
    assert found[0] == "load_before"
    assert limit_of("load_before") == 1e12


def test_a_scenario_whose_figures_run_away_is_refused_in_both_languages() -> None:
    """100 units at no price move to a tariff of a hundred billion: a thousand billion a year and more."""
    move = {key: MOVE[key] for key in ("id", "kind", "care", "eligible_share", "uptake")}
    sides = {"from": {"providers": ["a"]}, "to": {"providers": ["b"]}}
    content = {"scenario": "s", "base_year": 2025, "horizon": 2028}
    known = region({"a": HERE, "b": THERE})
    plain = read_content(content | {"initiatives": [move | sides | {"replacement": {"tariff_eur": 26}}]}, source="s")
    require_plausible(evaluate(known, plain))
    absurd = read_content(content | {"initiatives": [move | sides | {"replacement": {"tariff_eur": 1e11}}]}, source="s")
    with pytest.raises(ScenarioError) as caught:
        require_plausible(evaluate(known, absurd))
    told = caught.value.faults[0]
    assert "a figure of 6e+12 in party_impact" in str(told.found)
    assert "zoek naar een vergissing" in told.sentence("nl").lower()
