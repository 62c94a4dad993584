"""Two scenarios side by side, on a region small enough to work out by hand."""

import polars as pl
import pytest

from models.comparison import compare
from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario import parse_scenario

TABLES = {
    "provider": pl.DataFrame(
        {
            "provider_id": ["large", "small", "clinic"],
            "kind": ["general_hospital", "general_hospital", "independent_treatment_centre"],
            "annual_revenue_eur": [1_000_000.0, 200_000.0, None],
        }
    ),
    "payer": pl.DataFrame({"payer_id": ["insurer"], "annual_revenue_eur": [5_000_000.0]}),
    "volume": pl.DataFrame(
        {
            "provider_id": ["large", "small"],
            "period": ["2025", "2025"],
            "payer_id": ["insurer", "insurer"],
            "specialism": ["0303", "0303"],
            "diagnosis": [None, None],
            "care_product": ["knee", "knee"],
            "area": [None, None],
            "units": [100.0, 50.0],
        },
        schema_overrides={"diagnosis": pl.String, "area": pl.String},
    ),
    "revenue": pl.DataFrame(
        {
            "provider_id": ["large", "small"],
            "period": ["2025", "2025"],
            "payer_id": ["insurer", "insurer"],
            "care_product": ["knee", "knee"],
            "units": [100.0, 50.0],
            "revenue_eur": [100_000.0, 40_000.0],
        }
    ),
}
SCENARIO = """
scenario: {name}
base_year: 2025
horizon: {horizon}
discount_rate: {rate}
initiatives:
  - id: knees
    kind: relocation
    from: {{providers: [large]}}
    to: {{providers: [{to}]}}
    care: [{{specialism: "0303"}}]
    eligible_share: {share}
    uptake: {{start: 2026}}
"""


def evaluation(
    name: str, *, to: str = "small", share: float = 0.1, horizon: int = 2026, rate: float = 0.0
) -> Evaluation:
    text = SCENARIO.format(name=name, to=to, share=share, horizon=horizon, rate=rate)
    return evaluate(Region.from_tables(TABLES, base_year=2025), parse_scenario(text, source=name))


def row(frame: pl.DataFrame, party: str) -> dict[str, float]:
    return frame.filter(party=party).row(0, named=True)


def test_a_change_of_one_year_in_two_counts_half() -> None:
    """10 knees of EUR 1,000 leave in 2026, not in 2025: EUR 10,000 over two years is 5,000 a year."""
    both = compare(evaluation("one"), evaluation("other", share=0.2))

    assert row(both, "large")["revenue_one_eur"] == pytest.approx(-5_000)
    assert row(both, "large")["revenue_other_eur"] == pytest.approx(-10_000)
    assert row(both, "large")["revenue_difference_eur"] == pytest.approx(-5_000)
    assert row(both, "small")["revenue_one_eur"] == pytest.approx(10 * 800 / 2)
    assert row(both, "insurer")["spend_one_eur"] == pytest.approx(-5_000 + 4_000)
    assert row(both, "insurer")["margin_one_share"] == pytest.approx(1_000 / 5_000_000)


def test_an_annual_equivalent_is_the_present_value_spread_over_the_years() -> None:
    one = evaluation("one", rate=0.05, horizon=2029)
    both = compare(one, one)
    value = (
        one.table("party_impact")
        .filter(pl.col("initiative").is_null(), measure="present_value_eur", party="large")["mean"]
        .item()
    )
    annuity = sum(1.05**-year for year in range(5))

    assert row(both, "large")["margin_one_eur"] * annuity == pytest.approx(value)


def test_a_scenario_beside_itself_differs_in_nothing() -> None:
    one = evaluation("one")
    differences = compare(one, one).select(pl.col("^.*_difference_.*$"))

    assert differences.fill_null(0.0).sum_horizontal().abs().max() == 0


def test_who_only_the_other_changes_stands_beside_nothing() -> None:
    both = compare(evaluation("one"), evaluation("other", to="clinic"))

    assert row(both, "clinic")["revenue_one_eur"] == 0.0
    assert row(both, "clinic")["revenue_other_eur"] == pytest.approx(5_000 * 140 / 150)  # the region's mean price
    assert row(both, "clinic")["spend_one_eur"] is None
    assert row(both, "clinic")["margin_other_share"] is None  # its size is unknown
    assert row(both, "small")["revenue_other_eur"] == 0.0
    assert both["party"].n_unique() == both.height == 4


def test_different_horizons_are_set_on_the_same_footing() -> None:
    both = compare(evaluation("one", horizon=2026), evaluation("other", horizon=2034))

    assert row(both, "large")["revenue_other_eur"] == pytest.approx(-10_000 * 9 / 10)


def test_the_largest_loss_by_the_change_comes_first() -> None:
    both = compare(evaluation("one"), evaluation("other", share=0.4))

    assert both["margin_difference_eur"].is_sorted()
    assert both.columns[:2] == ["party", "size_eur"]
