"""What cannot be had by adding up published rows is published: groups, departments, areas, and the draws themselves."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from reference.worlds import World, worlds
from ten_parties import evaluated, scenario

from models.impact import evaluate
from models.interests import conflicts_cut
from models.region import Region
from models.result_tables import flag_of_conflicts
from models.scenario import parse_scenario
from models.together import KINDS


@pytest.fixture(scope="module")
def drawn():
    written = scenario(draws=400)
    for initiative in written["initiatives"][:2]:
        initiative["eligible_share"] = [0.1, 0.25, 0.4]
        initiative["replacement"]["resources"] = {"gp_hours": [0.03, 0.07, 0.15]}
    growth = {"demand_growth": {"default": [0.0, 0.01, 0.02]}, "capacity_growth": {"default": [-0.02, 0.0, 0.01]}}
    return evaluated(written | {"baseline": growth})


def test_percentiles_of_a_group_are_those_of_the_sum_draw_by_draw(drawn):
    draws = drawn.table("draw").filter(pl.col("subject") == "margin_change_eur")
    providers = drawn.table("party_impact")["party"].unique().to_list()
    payers = set(drawn.outcome.setting.region.payers.ids)
    rows = drawn.table("region_impact").filter(pl.col("measure") == "margin_change_eur", pl.col("year") == 2030)
    for group, members in (("payers", payers), ("providers", set(providers) - payers), ("region", set(providers))):
        mine = draws.filter(pl.col("party").is_in(list(members)), pl.col("year") == 2030)["draws"].to_list()
        total = np.sum(mine, axis=0)
        row = rows.filter(pl.col("group") == group).row(0, named=True)
        assert row["mean"] == pytest.approx(total.mean(), abs=0.1)
        assert [row["p10"], row["p50"], row["p90"]] == pytest.approx(np.percentile(total, (10, 50, 90)), abs=0.1)


def test_draws_are_those_behind_the_figures(drawn):
    impact = drawn.table("party_impact").filter(pl.col("initiative").is_null())
    told = drawn.table("draw").filter(pl.col("resource").is_null())
    both = told.join(impact, left_on=["party", "year", "subject"], right_on=["party", "year", "measure"])
    assert both.height == told.height > 20
    for row in both.iter_rows(named=True):
        assert np.mean(row["draws"]) == pytest.approx(row["mean"], abs=0.01)
        assert np.percentile(row["draws"], 90) == pytest.approx(row["p90"], abs=0.01)
    gaps = drawn.table("draw").filter(pl.col("resource").is_not_null())
    both = gaps.join(
        drawn.table("capacity_gap"), left_on=["party", "resource", "year"], right_on=["provider", "resource", "year"]
    )
    assert both.height == gaps.height > 20
    for row in both.iter_rows(named=True):
        assert np.mean(row["draws"]) == pytest.approx(row["gap_after"], abs=0.01)
        short = np.mean(np.array(row["draws"]) > 0.001)
        assert short == pytest.approx(row["shortage_probability_after"], abs=0.01)


def test_a_figure_that_never_varies_has_no_draws():
    assert evaluated(scenario(draws=0)).table("draw").is_empty()


def test_shortages_of_the_region_are_the_sum_of_the_providers_shortages(drawn):
    gaps = drawn.table("draw").filter(pl.col("subject") == "gap_after", pl.col("year") == 2030)
    steady = drawn.table("capacity_gap").filter(pl.col("year") == 2030)
    resources = drawn.outcome.setting.region.resources
    rows = drawn.table("region_gap").filter(pl.col("year") == 2030, pl.col("fte_after").is_not_null())
    assert rows.height
    for row in rows.iter_rows(named=True):
        resource = row["resource"]
        mine = gaps.filter(pl.col("resource") == resource)
        own = steady.filter(pl.col("resource") == resource, pl.col("gap_after").is_not_null())
        fixed = own.filter(~pl.col("provider").is_in(mine["party"].implode()))["gap_after"]
        short = np.maximum(0, np.array(mine["draws"].to_list() or [[0.0]])).sum(axis=0) + fixed.clip(0).sum()
        fte = short / resources.hours_per_fte[resources.ids.index(resource)]
        assert [row["fte_after"], row["fte_after_p90"]] == pytest.approx([fte.mean(), np.percentile(fte, 90)], abs=1e-3)
        assert row["providers_short"] == pytest.approx(own["shortage_probability_after"].sum(), abs=1e-9)


def _added(table, keys, figure):
    return table.group_by(keys).agg(found=pl.col(figure).sum())


def _same(found, expected, keys):
    joined = expected.join(found, on=keys, how="left").with_columns(pl.col("found").fill_null(0.0))
    scale = max(1.0, joined["expected"].abs().max() or 0.0)
    wrong = joined.filter((pl.col("expected") - pl.col("found")).abs() > 1e-6 * scale)
    assert wrong.is_empty(), wrong


@given(worlds())
@settings(max_examples=25, deadline=None)
def test_groups_departments_and_areas_add_up(world: World):
    made = evaluate(Region.from_tables(world.tables, base_year=2025), parse_scenario(world.text, source="world"))
    impact = made.table("party_impact").rename({"mean": "expected"})
    whole = impact.filter(pl.col("initiative").is_null())
    region = made.outcome.setting.region
    kinds = dict(zip(region.providers.ids, region.providers.kinds, strict=True))
    members = {
        "providers": list(kinds),
        "payers": list(region.payers.ids),
        "region": [*kinds, *region.payers.ids],
        **{group: [one for one, kind in kinds.items() if kind in own] for group, own in KINDS.items()},
    }
    for group, own in members.items():
        keys = ["year", "measure"]
        told = made.table("region_impact").filter(pl.col("group") == group)
        expected = whole.filter(pl.col("party").is_in(own)).group_by(keys).agg(pl.col("expected").sum())
        found = told.select(*keys, found="mean")
        joined = expected.join(found, on=keys, how="inner", nulls_equal=True)
        assert joined.height == expected.height
        _same(found.filter(pl.col("year").is_not_null()), expected.filter(pl.col("year").is_not_null()), keys)
    departments = made.table("department_impact")
    for measure in ("avoided_cost_eur", "stranded_cost_eur"):
        keys = ["party", "year"]
        found = _added(departments.rename({"provider": "party"}), keys, measure)
        _same(found, whole.filter(pl.col("measure") == measure).select(*keys, "expected"), keys)
    keys = ["initiative", "year"]
    km = impact.filter(pl.col("initiative").is_not_null(), pl.col("measure") == "patient_km_change")
    _same(_added(made.table("travel_area"), keys, "patient_km_change"), km.select(*keys, "expected"), keys)


def test_share_of_units_is_of_the_department_in_that_year_without_an_agreement(drawn):
    rows = drawn.table("department_impact").join(
        drawn.table("threshold").filter(pl.col("specialism").is_not_null()), on=["provider", "specialism", "year"]
    )
    assert rows.height
    for row in rows.iter_rows(named=True):
        assert row["units_change"] == pytest.approx(row["units_after"] - row["units_before"], abs=1e-6)
        if row["share_of_units"] is not None:
            assert row["share_of_units"] == pytest.approx(row["units_after"] / row["units_before"] - 1, abs=1e-9)


def test_conflicts_beyond_the_limit_are_said():
    """200 losers against 150 gainers: 30,000 pairs, of which the table holds the 20,000 sharpest."""
    rows = [
        ("plan", f"{stance}{n}", "one", stance)
        for stance, size in (("loses", 200), ("gains", 150))
        for n in range(size)
    ]
    interests = pl.DataFrame(rows, schema=["scenario", "party", "initiative", "stance"], orient="row")
    assert conflicts_cut(interests) == {"one": 30_000}
    flag = flag_of_conflicts(interests, "plan").row(0, named=True)
    assert flag["message_en"] == "30000 pairs of parties clash; the table holds the 20000 sharpest."
    assert conflicts_cut(interests.filter(pl.col("stance") == "loses")) == {}
