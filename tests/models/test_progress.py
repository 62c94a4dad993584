"""Follow-up: what moved against what was agreed. The example can be followed with a pencil.

H1 and H2 each deliver 1,000 units a year of the selection in 2025; demand does not grow. From 2027 on 30 % moves at
full uptake, half of it in 2027: 150 a donor in 2027 (37.5 a quarter), 300 in 2028 (75 a quarter). Nothing returns.
"""

import polars as pl
import pytest
from reference.worlds import scenario_text

from models.impact import evaluate
from models.progress import progress, progress_impact
from models.region import Region
from models.scenario import parse_scenario

SCENARIO = {
    "scenario": "agreed",
    "base_year": 2025,
    "horizon": 2029,
    "agreed": {"release": "r1", "date": "2026-12-01"},
    "initiatives": [
        {
            "id": "out",
            "kind": "substitution",
            "from": {"providers": ["H1", "H2"]},
            "to": {"providers": ["G"]},
            "care": [{"specialism": "0320"}],
            "eligible_share": 0.3,
            "uptake": {"start": 2027, "years_to_full": 2},
            "replacement": {"tariff_eur": 10.0},
        }
    ],
}


def a_volume(*rows):
    schema = {"provider_id": pl.String, "period": pl.String, "specialism": pl.String, "units": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


BASE = [("H1", "2025", "0320", 1000.0), ("H2", "2025", "0320", 1000.0), ("H1", "2025", "0305", 50.0)]


def the_plan(**changes):
    tables = {
        "provider": pl.DataFrame(
            {"provider_id": ["H1", "H2", "G"], "name": ["H1", "H2", "G"], "kind": ["x", "x", "y"]}
        ),
        "volume": a_volume(*BASE),
        "revenue": pl.DataFrame(
            {
                "provider_id": ["H1", "H2"],
                "period": ["2025"] * 2,
                "units": [1050.0, 1000.0],
                "revenue_eur": [105000.0, 1e5],
            }
        ),
    }
    scenario = parse_scenario(scenario_text(SCENARIO | changes), source="agreed.yaml")
    return evaluate(Region.from_tables(tables, base_year=2025), scenario)


def followed(*volume, realised=None, **changes):
    tables = {"volume": a_volume(*BASE, *volume)}
    if realised is not None:
        schema = ["initiative", "period", "from_id", "to_id", "units"]
        tables["realised_transfer"] = pl.DataFrame(realised, schema=schema, orient="row")
    return progress(the_plan(**changes), tables)


def test_units_below_the_path_are_what_moved():
    table = followed(("H1", "2027", "0320", 900.0), ("H2", "2027", "0320", 820.0), ("H1", "2027", "0305", 10.0))
    (row,) = table.iter_rows(named=True)
    assert (row["period"], row["agreed_units"], row["realised_units"]) == ("2027", 300.0, 280.0)
    assert row["deviation"] == pytest.approx(-20.0)
    assert row["deviation_share"] == pytest.approx(-20 / 300)
    assert (row["source"], row["donors"], row["donors_delivered"]) == ("estimated", 2, 2)
    assert (row["material"], row["material_since"]) == (False, None)


def test_a_donor_that_did_not_deliver_is_no_transfer():
    table = followed(("H1", "2027Q1", "0320", 220.0))
    (row,) = table.iter_rows(named=True)
    assert (row["agreed_units"], row["realised_units"]) == (37.5, 30.0)
    assert (row["donors"], row["donors_delivered"]) == (2, 1)


def test_delivered_transfers_come_before_an_estimate():
    realised = [
        ("out", "2027Q1", "H1", "G", 40.0),
        ("out", "2027Q1", "H2", "G", 5.0),
        ("other", "2027Q1", "H1", "G", 9.0),
    ]
    table = followed(("H1", "2027Q1", "0320", 200.0), ("H1", "2027Q2", "0320", 240.0), realised=realised)
    assert table.select("period", "source", "agreed_units", "realised_units").rows() == [
        ("2027Q1", "delivered", 75.0, 45.0),
        ("2027Q2", "estimated", 37.5, 10.0),
    ]
    assert table["agreed_to_date"].to_list() == [75.0, 112.5]
    assert table["realised_to_date"].to_list() == [45.0, 55.0]


def test_the_day_on_which_the_gap_became_material_and_stayed_so():
    # to date: 30 of 75 (material), 75 + 75 of 150 (not), 150 of 225 (material), 155 of 300 (material)
    realised = [("out", f"2027Q{q}", "H1", "G", units) for q, units in enumerate((30.0, 120.0, 0.0, 5.0), start=1)]
    table = followed(realised=realised)
    assert table["material"].to_list() == [True, False, True, True]
    assert table["material_since"].to_list() == ["2027-03-31", None, "2027-09-30", "2027-09-30"]


def test_the_scenario_says_what_is_material():
    realised = [("out", "2027", "H1", "G", 270.0)]
    assert followed(realised=realised, materiality={"progress": 0.05})["material"].to_list() == [True]
    assert followed(realised=realised, materiality={"progress": 0.15})["material"].to_list() == [False]


def test_before_the_start_there_is_nothing_to_follow():
    assert followed(("H1", "2026", "0320", 500.0)).is_empty()


def test_what_follows_for_the_money_is_in_proportion():
    realised = [("out", "2027", "H1", "G", 150.0)]
    plan = the_plan()
    table = progress_impact(plan, followed(realised=realised))
    mine = table.filter(party="H1", measure="revenue_change_eur")
    # 150 units at 100 euro leave H1 in 2027; half of what was agreed for both donors moved
    assert mine.select("year", "agreed", "realised").rows() == [(2027, pytest.approx(-15000.0), pytest.approx(-7500.0))]


def test_without_later_deliveries_there_is_nothing_to_follow():
    assert followed().is_empty()


def test_what_returns_to_the_donor_has_moved_all_the_same():
    initiative = SCENARIO["initiatives"][0] | {"returns": 0.2}
    # 150 a donor moved and 30 came back: its units fall by 120
    table = followed(("H1", "2027", "0320", 880.0), ("H2", "2027", "0320", 940.0), initiatives=[initiative])
    (row,) = table.iter_rows(named=True)
    assert (row["agreed_units"], row["realised_units"]) == (pytest.approx(300.0), pytest.approx(150.0 + 75.0))


def test_two_initiatives_do_not_both_claim_the_same_fall():
    out = SCENARIO["initiatives"][0]
    # out: 0.15 * 1000 = 150 a donor; more: 0.15 of the 850 that are left = 127.5
    volume = [("H1", "2027", "0320", 722.5), ("H2", "2027", "0320", 722.5)]
    table = followed(*volume, initiatives=[out, out | {"id": "more"}])
    assert table.select("initiative", "agreed_units", "realised_units").rows() == [
        ("more", pytest.approx(255.0), pytest.approx(255.0)),
        ("out", pytest.approx(300.0), pytest.approx(300.0)),
    ]


def test_a_year_of_one_donor_beside_quarters_of_another_loses_neither():
    realised = [("out", "2027", "H1", "G", 140.0), *(("out", f"2027Q{q}", "H2", "G", 30.0) for q in range(1, 5))]
    realised.append(("out", "2027Q1", "H1", "G", 35.0))  # part of the year's 140
    table = followed(realised=realised)
    assert table.select("period", "agreed_units", "realised_units").rows() == [("2027", 300.0, 260.0)]
