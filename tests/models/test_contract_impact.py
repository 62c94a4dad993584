"""What the initiatives do to each contract adds up: over the payers to a provider, over the providers to a payer."""

import polars as pl
import pytest
from hypothesis import given, settings
from reference.worlds import World, worlds
from ten_parties import HOSPITALS, PAYERS, evaluated, scenario

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario


def changed(impact, measures, side):
    rows = impact.filter(
        pl.col("initiative").is_null(), pl.col("measure").is_in(measures), pl.col("year").is_not_null()
    )
    return rows.group_by(pl.col("party").alias(side), "year").agg(expected=pl.col("mean").sum())


def added_up(made, side, measures):
    found = made.table("contract_impact").group_by(side, "year").agg(found=pl.col("revenue_change_eur").sum())
    expected = changed(made.table("party_impact"), measures, side)
    joined = expected.join(found, on=[side, "year"], how="left").fill_null(0.0)
    scale = max(1.0, joined["expected"].abs().max() or 0.0)
    return joined.filter((pl.col("expected") - pl.col("found")).abs() > 1e-6 * scale)


@given(worlds())
@settings(max_examples=25, deadline=None)
def test_contracts_add_up_over_payers_and_over_providers(world: World):
    made = evaluate(
        Region.from_tables(world.tables, base_year=2025), parse_scenario(world.text, source="world")
    )  # fmt: skip
    spend = added_up(made, "payer", ["spend_change_eur"])
    assert spend.is_empty(), spend
    if not made.outcome.scopes:
        revenue = added_up(made, "provider", ["revenue_change_eur", "backfill_revenue_eur"])
        assert revenue.is_empty(), revenue


def test_a_contract_tells_production_revenue_and_what_it_absorbs():
    rows = evaluated(scenario()).table("contract_impact")
    mine = rows.filter(pl.col("provider") == HOSPITALS[1], pl.col("payer") == PAYERS[0], pl.col("year") == 2030)
    row = mine.row(0, named=True)
    assert row["form"] == "fee_for_service"
    assert row["revenue_change_eur"] == pytest.approx(row["production_change_eur"])
    assert row["absorbed_eur"] == pytest.approx(0.0, abs=1e-6)
    assert row["revenue_change_eur"] < 0


def test_nothing_changes_without_initiatives():
    assert evaluated(scenario(initiatives=[])).table("contract_impact").is_empty()
