"""Which parameters decide a party's outcome, and how wrong all guesses of one kind would have to be together."""

from typing import Any

import polars as pl
from test_remarks import HERE, THERE, region

from models.impact import evaluate
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
