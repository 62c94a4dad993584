"""Which parameters decide a party's outcome, and how wrong all guesses of one kind would have to be together."""

from typing import Any

import polars as pl
import pytest
from reference.sensitivity import tenth_and_ninetieth
from test_remarks import HERE, THERE, region

from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario.parsing import read_content

SIDES = {"from": {"providers": ["a"]}, "care": [{"specialism": "0320"}], "uptake": {"start": 2026}}
MOVES = [
    SIDES
    | {"id": f"to-{to}", "kind": "relocation", "to": {"providers": [to]}, "eligible_share": [0.1, 0.2, 0.4],
       "replacement": {"tariff_eur": 30, "cost_per_unit_eur": 20}}
    for to in ("b", "c")
]  # fmt: skip


def sensitivity(**changes: Any) -> pl.DataFrame:
    content = {"scenario": "s", "base_year": 2025, "horizon": 2027, "draws": 500, "initiatives": MOVES} | changes
    evaluation = evaluate(region({"a": HERE, "b": THERE, "c": THERE}), read_content(content, source="s"))
    return evaluation.table("sensitivity")


def test_a_driver_stands_beside_the_parameters_that_share_it() -> None:
    table = sensitivity(correlation={"default": 0.8})
    of_gainer = dict(table.filter(party="b").select("parameter", "rank_correlation").iter_rows())
    assert set(of_gainer) == {
        "initiatives.to-b.eligible_share",
        "initiatives.to-c.eligible_share",
        "driver:eligible_share",
    }
    assert of_gainer["initiatives.to-b.eligible_share"] > 0.99, "what it receives hangs on its own share"
    assert 0.8 < of_gainer["driver:eligible_share"] < 0.95, "and by the square root of .8 on what both share"
    driver = table.filter(parameter="driver:eligible_share")
    assert driver["low_eur"].null_count() == driver.height


def test_nothing_shared_has_no_driver() -> None:
    for changes in ({"correlation": {"default": 0}}, {"draws": 0}):
        assert not sensitivity(**changes)["parameter"].str.starts_with("driver:").any()


GROWTH = [-0.03, 0.0, 0.05]
HELPED: dict[str, Any] = {
    "id": "helped", "kind": "concentration", "from": {"providers": ["b"]}, "to": {"providers": ["a"]},
    "care": [{"specialism": "0320"}], "eligible_share": 0.02, "uptake": {"start": 2026},
}  # fmt: skip


def with_a_norm(growth: object) -> Evaluation:
    """Two houses with 100 and 200 operations, a norm of 99 that is enforced, and 2 % of the larger's to the smaller."""
    ids = ["a", "b"]
    tables = {
        "provider": pl.DataFrame({"provider_id": ids, "kind": "general_hospital"}),
        "volume": pl.DataFrame(
            {"provider_id": ids, "period": "2025", "payer_id": "q", "specialism": "0320", "care_product": "p",
             "units": [100.0, 200.0]}
        ),
        "revenue": pl.DataFrame(
            {"provider_id": ids, "period": "2025", "payer_id": "q", "care_product": "p", "units": [100.0, 200.0],
             "revenue_eur": [1e5, 2e5]}
        ),
        "volume_norm": pl.DataFrame({"norm": ["n"], "name": "n", "specialism": "0320", "minimum_units": [99.0]}),
    }  # fmt: skip
    baseline = {"demand_growth": {"default": growth}, "enforce_norms": 2026}
    content = {"scenario": "s", "base_year": 2025, "horizon": 2027, "baseline": baseline, "initiatives": [HELPED]}
    return evaluate(Region.from_tables(tables, base_year=2025), read_content(content, source="s"))


@pytest.mark.parametrize(("side", "at"), [("low_eur", 0), ("high_eur", 1)])
def test_each_run_of_a_swing_enforces_the_norm_for_itself(side: str, at: int) -> None:
    """At p10 the smaller falls below 99 without the agreement and loses all; at p90 and on the mean it keeps it."""
    ends = tenth_and_ninetieth(GROWTH)
    assert ends is not None
    assert 100 * (1 + ends[0]) < 99 < 100 * (1 + sum(ends) / 2)
    swung = with_a_norm(GROWTH).table("sensitivity").filter(parameter="baseline.demand_growth.default")
    certain = with_a_norm(ends[at]).table("party_impact")
    expected = certain.filter(pl.col("initiative").is_null(), measure="present_value_eur", party="a")["mean"].item()
    assert swung.filter(party="a")[side].item() == pytest.approx(expected)
    assert (expected > 20_000) == (side == "low_eur")
