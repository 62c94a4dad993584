"""The model beside the slow transcription of its page, on random small regions: every figure of every result table."""

import pytest
from reference import evaluate_reference
from reference.comparison import differences, report
from reference.worlds import make_world

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario

SEEDS = range(160)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_model_says_what_its_page_says(seed):
    world = make_world(seed)
    expected = evaluate_reference(world.tables, world.scenario)
    region = Region.from_tables(world.tables, base_year=world.scenario["base_year"])
    evaluation = evaluate(region, parse_scenario(world.text, source=f"world-{seed}.yaml"))
    found = {name: evaluation.table(name) for name in expected}
    lines = differences(found, expected)
    assert not lines, f"world {seed} (reference.worlds.make_world({seed})):\n{report(lines)}"


def test_the_worlds_visit_every_corner():
    """What no world ever meets is not checked: every measure, status, rule and extra must occur."""
    seen = set()
    for seed in SEEDS:
        world = make_world(seed)
        tables = evaluate_reference(world.tables, world.scenario)
        seen |= {row["measure"] for row in tables["party_impact"] if abs(row["mean"]) > 1}
        seen |= {row["status"] for row in tables["threshold"]}
        seen |= {row["stance"] for row in tables["interest"]}
        seen |= {"conflict" for _ in tables["conflict"]}
        seen |= {_fits(row["feasible_share"]) for row in tables["feasible_share"]}
        seen |= {"pool" for row in tables["capacity_gap"] if row["provider"].startswith("pool") and row["gap_after"]}
        seen |= {one["to"].get("allocate", "equal") for one in world.scenario["initiatives"]}
        seen |= {key for one in world.scenario["initiatives"] for key in one if one[key]}
        seen |= {"shared budget" for _ in world.scenario.get("shared_budgets", ())}
    assert seen >= CORNERS, f"never met: {sorted(CORNERS - seen, key=str)}"


def _fits(share):
    return "unknown fit" if share is None else "fits" if share == 1 else "fits not" if share == 0 else "fits in part"


CORNERS = {
    *("revenue_change_eur", "spend_change_eur", "avoided_cost_eur", "stranded_cost_eur", "incremental_cost_eur"),
    *("support_cost_eur", "transition_cost_eur", "backfill_revenue_eur", "margin_change_eur", "present_value_eur"),
    *("patient_km_change", "met", "breach_caused", "breach_resolved", "breach_remains", "stopped", "started_below"),
    *("not_offered", "viable", "at_risk", "gains", "loses", "neutral", "conflict", "pool", "shared budget"),
    *("unknown fit", "fits", "fits not", "fits in part", "shares", "equal", "size", "nearest", "capacity"),
    *("returns", "induced_demand", "relative_intensity", "replacement", "support", "backfill_share"),
    "visits_per_unit",
}
