"""What a reader must know of the figures: each remark is there where it should be, and nowhere else."""

from typing import Any

import polars as pl
import pytest
import yaml

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario

MOVE: dict[str, Any] = {
    "id": "move", "kind": "relocation", "from": {"providers": ["a"]},
    "to": {"providers": ["b", "c"], "allocate": "nearest"}, "care": [{"specialism": "0320"}], "eligible_share": 0.5,
    "uptake": {"start": 2026},
}  # fmt: skip


def region(places: dict[str, tuple[float | None, float | None]]) -> Region:
    register = {
        "provider_id": ["a", "b", "c"], "kind": ["general_hospital"] * 3, "annual_revenue_eur": [1e6] * 3,
        "latitude": [places.get(one, (None, None))[0] for one in "abc"],
        "longitude": [places.get(one, (None, None))[1] for one in "abc"],
    }  # fmt: skip
    floats = {"latitude": pl.Float64, "longitude": pl.Float64}
    volume = {
        "provider_id": ["a"], "period": ["2025"], "payer_id": ["q"], "specialism": ["0320"], "diagnosis": ["401"],
        "care_product": ["p"], "area": [None], "units": [100.0],
    }  # fmt: skip
    tables = {"provider": pl.DataFrame(register, schema_overrides=floats), "volume": pl.DataFrame(volume)}
    return Region.from_tables(tables, base_year=2025)


def test_norms_that_are_enforced_and_not_there_are_told() -> None:
    content = {"scenario": "s", "base_year": 2025, "horizon": 2027, "baseline": {"enforce_norms": 2026}}
    flags = evaluate(region({}), parse_scenario(yaml.safe_dump(content), source="s.yaml")).table("flag")
    (row,) = flags.filter(flag="no_norms_delivered").iter_rows(named=True)
    assert "dataset volume_norms" in row["message_en"]
    assert "geen normen aangeleverd" in row["message_nl"]


def remarks(places: dict[str, tuple[float | None, float | None]], **changes: Any) -> dict[str, tuple[str, str]]:
    content = {"scenario": "s", "base_year": 2025, "horizon": 2027, "initiatives": [MOVE | changes]}
    evaluation = evaluate(region(places), parse_scenario(yaml.safe_dump(content), source="s.yaml"))
    rows = evaluation.table("flag").filter(pl.col("id") == "move").iter_rows(named=True)
    return {row["flag"]: (row["message_nl"], row["message_en"]) for row in rows}


HERE, THERE = (51.9, 4.5), (52.1, 4.9)


@pytest.mark.parametrize(
    ("places", "dutch", "english"),
    [
        ({"a": HERE}, "de zorg is gelijk verdeeld", "No coordinates of b, c: the care is divided equally"),
        ({"a": HERE, "b": THERE}, "krijgen zij niets", "No coordinates of c: dividing to whoever is nearest gives"),
    ],
)
def test_nearest_says_whose_place_is_missing(places: Any, dutch: str, english: str) -> None:
    nl, en = remarks(places)["recipient_place_unknown"]
    assert dutch in nl
    assert english in en


def test_a_code_that_nobody_delivers_is_told_with_the_nearest() -> None:
    nl, en = remarks({}, care=[{"specialism": ["0320", "0302"], "diagnosis": ["401", "411"]}])["code_not_delivered"]
    assert en in {
        "Specialism 0302 is not in the delivered care, so it does nothing. Did you mean 0320?",
        "Diagnosis 411 is not in the delivered care, so it does nothing. Did you mean 401?",
    }
    assert "doet dus niets. Bedoelt u" in nl
    assert "code_not_delivered" not in remarks({})


def test_nearest_says_nothing_where_every_place_is_known() -> None:
    assert "recipient_place_unknown" not in remarks({"a": HERE, "b": THERE, "c": HERE})
    assert "recipient_place_unknown" not in remarks({}, to={"providers": ["b", "c"], "allocate": "equal"})


def rates(**changes: Any) -> dict[str, tuple[float, str, str]]:
    content = {"scenario": "s", "base_year": 2025, "horizon": 2027, **changes}
    flags = evaluate(region({}), parse_scenario(yaml.safe_dump(content), source="s.yaml")).table("flag")
    rows = flags.filter(flag="rate_is_large").iter_rows(named=True)
    return {row["id"]: (row["value"], row["message_nl"], row["message_en"]) for row in rows}


def test_a_rate_that_may_be_meant_as_per_cents_is_told() -> None:
    growth = {"default": 0.9, "specialism": {"0320": [0.0, 0.01, 0.6]}}
    told = rates(baseline={"demand_growth": growth, "capacity_growth": {"default": -0.5}}, discount_rate=0.3)
    assert list(told) == [
        "baseline.demand_growth.default", "baseline.demand_growth.specialism.0320", "baseline.capacity_growth.default",
        "discount_rate",
    ]  # fmt: skip
    assert told["baseline.demand_growth.default"] == (
        0.9, "90 % per jaar; is 0,9 % bedoeld, schrijf dan 0.009.", "90% a year; if 0.9% is meant, write 0.009.",
    )  # fmt: skip
    assert told["baseline.capacity_growth.default"][2] == "-50% a year; if -0.5% is meant, write -0.005."


def test_usual_rates_are_not_told() -> None:
    growth = {"default": [-0.02, 0.01, 0.15], "specialism": {"0320": 0.15}}
    assert rates(baseline={"demand_growth": growth}, discount_rate=0.15) == {}
