"""The model beside the slow transcription of its page, on random small regions: every figure of every result table."""

import pytest
from reference import evaluate_reference
from reference.comparison import differences, report
from reference.worlds import make_world

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario

SEEDS = range(120)
VISITED = range(60)


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
    for seed in VISITED:
        world = make_world(seed)
        seen |= _met(evaluate_reference(world.tables, world.scenario)) | _written(world.scenario)
    assert seen >= CORNERS, f"never met: {sorted(CORNERS - seen, key=str)}"


def _met(tables):
    """What the results show."""
    seen = {row["measure"] for row in tables["party_impact"] if abs(row["mean"]) > 1}
    for row in tables["threshold"]:
        seen |= {row["status"], f"before: {row['status_before']}"}
    for row in tables["interest"]:
        seen |= {row["stance"], f"{row['dimension'].split(':')[0]} {row['stance']}"}
    seen |= {"conflict" for _ in tables["conflict"]}
    seen |= {_fits(row["feasible_share"]) for row in tables["feasible_share"]}
    seen |= {"pool" for row in tables["capacity_gap"] if row["provider"].startswith("pool") and row["gap_after"]}
    seen |= {"unknown load" for row in tables["capacity_gap"] if row["load_before"] is None}
    seen |= {f"{min(row['whole_steps'], 1)} steps or more" for row in tables["closure"]}
    seen |= {"turns never" if row["turn_year"] is None else "turns" for row in tables["path_summary"]}
    for row in tables["transfer_flow"]:
        if row["units_moved"] > 1 and row["initiative"].startswith(("norm-", "anyway")):
            seen.add(row["initiative"].split("-")[0])
        if row["units_moved"] > 1 and row["revenue_moved_eur"] < -1:
            seen.add("more comes back than went")
    return seen


def _fits(share):
    return "unknown fit" if share is None else "fits" if share == 1 else "fits not" if share == 0 else "fits in part"


def _written(scenario):
    """What the scenarios say."""
    everything = [*scenario["initiatives"], *scenario["baseline"].get("initiatives", ())]
    seen = {(one.get("to") or {}).get("allocate", "equal") for one in everything}
    seen |= {key for one in everything for key in one if one[key]} | {one["kind"] for one in everything}
    seen |= {f"replacement {key}" for one in everything for key in one.get("replacement", ())}
    seen |= {"dated tariff" for one in everything if _is_dated(one.get("replacement"))}
    seen |= {"refill with other care" for one in everything if (one.get("backfill") or {}).get("care")}
    seen |= {"stall" for one in everything if one["uptake"].get("stall")}
    seen |= {"shared budget" for _ in scenario.get("shared_budgets", ())}
    closing = scenario["scale_down"]
    return seen | {
        f"closing {closing if isinstance(closing, str) else 'by decision'}",
        f"respects capacity {scenario['respect_capacity']}",
    }


def _is_dated(replacement):
    tariff = (replacement or {}).get("tariff_eur")
    return isinstance(tariff, dict) and all(isinstance(key, int) for key in tariff)


_DIMENSIONS = ("revenue", "margin", "cushion", "department", "function", "staff_capacity", "facility_capacity", "spend")
CORNERS = {
    *("revenue_change_eur", "spend_change_eur", "avoided_cost_eur", "stranded_cost_eur", "stranded_if_kept_eur"),
    *("incremental_cost_eur", "support_cost_eur", "transition_cost_eur", "backfill_revenue_eur", "margin_change_eur"),
    *("present_value_eur", "patient_km_change"),
    *("met", "breach_caused", "breach_resolved", "breach_remains", "stopped", "started_below", "not_offered"),
    *("viable", "at_risk", "before: stopped", "before: at_risk", "before: breach_caused", "before: breach_remains"),
    *(f"{dimension} loses" for dimension in (*_DIMENSIONS, "travel", "quality")),
    *(f"{dimension} gains" for dimension in (*_DIMENSIONS, "travel", "quality") if dimension != "cushion"),
    *("neutral", "conflict", "pool", "unknown load", "shared budget", "turns", "turns never"),
    *("0 steps or more", "1 steps or more", "norm", "anyway", "more comes back than went"),
    *("unknown fit", "fits", "fits not", "fits in part", "shares", "equal", "size", "nearest", "capacity"),
    *("returns", "induced_demand", "induced_returns", "forgone", "prevention", "planned", "quality", "stall"),
    *("relative_intensity", "relative_price", "replacement", "support", "backfill", "backfill_share"),
    *("refill with other care", "visits_per_unit", "transition_cost_eur", "dated tariff"),
    *(f"replacement {key}" for key in ("cost_per_unit_eur", "tariff_outside_contract", "units_per_unit", "resources")),
    *("closing all", "closing none", "closing whole_steps", "closing by decision"),
    *("respects capacity False", "respects capacity True", "respects capacity reallocate"),
}
