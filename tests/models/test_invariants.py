"""The invariants of the model page, each as a property over random worlds, with and without draws."""

import dataclasses
import math
from collections import defaultdict

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from reference.worlds import BASE_YEAR, HOSPITALS, OUTSIDER, PAYERS, World, worlds

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario

COMPARED = ("party_baseline", "party_impact", "transfer_flow", "transfer_flow_detail", "capacity_gap", "feasible_share")
COMPARED += ("threshold", "path_summary", "closure", "quality")
DRAWS = st.sampled_from([0, 0, 16])
EVERYTHING = {"norm": "everything", "name": "Every unit", "minimum_units": 1.0}
property_test = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],  # a world is drawn from its seed: there is nothing to shrink
    suppress_health_check=[HealthCheck.too_slow],
)


# -- worlds, evaluated and changed ----


class Tables(dict[str, pl.DataFrame]):
    """The result tables of an evaluation, each made when it is asked for."""

    def __init__(self, evaluation):
        super().__init__()
        self.evaluation = evaluation

    def __missing__(self, name):
        self[name] = self.evaluation.table(name)
        return self[name]


def outcome(world: World, *, draws: int = 0) -> Tables:
    world = with_scenario(world, draws=draws)
    region = Region.from_tables(world.tables, base_year=BASE_YEAR)
    return Tables(evaluate(region, parse_scenario(world.text, source="world.yaml")))


def with_scenario(world: World, **keys) -> World:
    return dataclasses.replace(world, scenario=world.scenario | keys)


def with_rows(world: World, **tables) -> World:
    return dataclasses.replace(world, rows=world.rows | tables)


def with_initiatives(world: World, change) -> World:
    """The world with each of its initiatives changed, those that happen anyway too."""
    baseline = dict(world.scenario["baseline"]) if "baseline" in world.scenario else {}
    if baseline.get("initiatives"):
        baseline["initiatives"] = [change(dict(one)) for one in baseline["initiatives"]]
    agreed = [change(dict(one)) for one in world.scenario["initiatives"]]
    return with_scenario(world, initiatives=agreed, baseline=baseline)


def agreed_only(world: World) -> World:
    """Nothing happens anyway: no agreement is growth alone."""
    kept = {k: v for k, v in world.scenario["baseline"].items() if k not in ("initiatives", "enforce_norms")}
    return with_scenario(world, baseline=kept)


def without(*keys):
    return lambda initiative: {k: v for k, v in initiative.items() if k not in keys}


def fee_for_service(world: World) -> World:
    return with_scenario(with_rows(world, contract=[]), shared_budgets=[])


def impact(tables: Tables) -> dict[tuple, float]:
    """Means of party_impact by (party, year, initiative, measure); what has no row is 0."""
    rows = tables["party_impact"].select("party", "year", "initiative", "measure", "mean").iter_rows()
    return defaultdict(float, {row[:4]: row[4] for row in rows})


def same(one: float | None, other: float | None, *, relative: float = 1e-9) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=relative, abs_tol=1e-6)


def _telling(table: pl.DataFrame) -> pl.DataFrame:
    """Without rows of changes that say nothing changes: rounding decides whether they stand there."""
    changes = [c for c in ("mean", "p10", "p90", "units_moved") if c in table.columns]
    return table.filter(pl.any_horizontal(pl.col(changes).abs() > 1e-6)) if changes else table


def assert_same_tables(ours: Tables, theirs: Tables, *, names=None) -> None:
    for name in names or COMPARED:
        keys = [c for c, kind in ours[name].schema.items() if kind in (pl.String, pl.Int64) and c != "status"]
        one, other = (_telling(t[name]).sort(keys, nulls_last=True).drop("scenario") for t in (ours, theirs))
        assert one.height == other.height, name
        for left, right in zip(one.iter_rows(named=True), other.iter_rows(named=True), strict=True):
            # Rounding decides a shortage where capacity is filled to the brim, and which of two full resources binds.
            full = left.get("gap_after") is not None and abs(left["gap_after"]) < 1e-6
            for column, value in left.items():
                if column == "binding_resource" or (full and column.startswith("shortage_probability")):
                    continue
                agree = same(value, right[column]) if isinstance(value, float) else value == right[column]
                assert agree or right[column] is None is value, f"{name}: {column}\n{left}\n{right}"


# -- 1. care and money are conserved ----


@property_test
@given(worlds(), DRAWS)
def test_what_providers_receive_payers_spend(world, draws):
    received, spent = defaultdict(float), defaultdict(float)
    size = defaultdict(float)
    for (_, year, initiative, measure), mean in impact(outcome(world, draws=draws)).items():
        if measure in ("revenue_change_eur", "backfill_revenue_eur"):
            received[year, initiative] += mean
            size[year, initiative] += abs(mean)
        elif measure == "spend_change_eur":
            spent[year, initiative] += mean
    for key in set(received) | set(spent):
        assert abs(received[key] - spent[key]) <= 1e-9 * max(1.0, size[key]), key


@property_test
@given(worlds(), DRAWS)
def test_care_is_conserved(world, draws):
    """Units after = units before − lost by donors + received where the care stays the same, and never below 0."""
    world = with_initiatives(agreed_only(world), without("induced_returns"))
    tables = outcome(with_rows(world, volume_norm=[EVERYTHING]), draws=draws)
    same_care = [i["id"] for i in world.scenario["initiatives"] if not i.get("replacement")]
    change = defaultdict(float)
    for flow in tables["transfer_flow"].iter_rows(named=True):
        change[flow["year"], flow["from_id"]] -= flow["units_moved"] - flow["units_returned"]
        if flow["initiative"] in same_care:
            change[flow["year"], flow["to_id"]] += flow["units_received"]
    for row in tables["threshold"].filter(pl.col("norm") == "everything").iter_rows(named=True):
        expected = row["units_before"] + change[row["year"], row["provider"]]
        assert same(row["units_after"], expected), row
        assert row["units_after"] >= -1e-9


@property_test
@given(worlds())
def test_what_is_received_is_what_moved_with_induced_demand_and_replacement(world):
    def fixed(initiative):
        if initiative["kind"] == "prevention":
            return initiative
        kept = without("forgone")(initiative) | {"induced_demand": 0.2}
        if kept.get("replacement"):
            kept["replacement"] = kept["replacement"] | {"units_per_unit": 1.5}
        return kept

    world = with_initiatives(agreed_only(world), fixed)
    ratio = {i["id"]: 1.2 * (1.5 if i.get("replacement") else 1.0) for i in world.scenario["initiatives"]}
    ratio |= {i["id"]: 0.0 for i in world.scenario["initiatives"] if i["kind"] == "prevention"}
    for flow in outcome(world, draws=16)["transfer_flow"].iter_rows(named=True):
        assert same(flow["units_received"], flow["units_moved"] * ratio[flow["initiative"]])


@property_test
@given(worlds(), DRAWS)
def test_both_flow_tables_say_the_same(world, draws):
    tables = outcome(world, draws=draws)
    keys = ["initiative", "year", "from_id", "to_id"]
    sums = [
        tables[name].group_by(keys).agg(pl.sum("units_moved"), pl.sum("revenue_moved_eur")).sort(keys)
        for name in ("transfer_flow", "transfer_flow_detail")
    ]
    moving = (frame.filter(pl.col("units_moved") > 1e-9).iter_rows() for frame in sums)
    for one, other in zip(*moving, strict=True):
        assert one[:4] == other[:4]
        assert same(one[4], other[4])
        assert same(one[5], other[5])


# -- 2. nothing eligible, nothing moves ----


@property_test
@given(worlds(), st.sampled_from(["eligible_share", "maximum"]), DRAWS)
def test_nothing_eligible_changes_nothing(world, which, draws):
    def emptied(initiative):
        if which == "eligible_share":
            return initiative | {"eligible_share": 0.0}
        return initiative | {"uptake": initiative["uptake"] | {"maximum": 0.0}}

    world = with_scenario(world, initiatives=[emptied(dict(one)) for one in world.scenario["initiatives"]])
    tables = outcome(world, draws=draws)
    assert all(abs(mean) < 1e-6 for mean in impact(tables).values())
    assert tables["capacity_gap"]["load_change"].abs().max() in (None, pytest.approx(0, abs=1e-6))
    agreed = [one["id"] for one in world.scenario["initiatives"]]
    assert tables["transfer_flow"].filter(pl.col("initiative").is_in(agreed))["units_moved"].abs().max() in (0, None)
    for row in tables["threshold"].iter_rows(named=True):
        assert same(row["units_before"], row["units_after"]), row


@property_test
@given(worlds())
def test_without_initiatives_there_is_only_the_baseline(world):
    alone, beside = outcome(with_scenario(world, initiatives=[])), outcome(world)
    assert all(abs(mean) < 1e-6 for mean in impact(alone).values())
    assert_same_tables(alone, beside, names=["party_baseline"])
    keys = ["provider", "resource", "year"]
    before = [t["capacity_gap"].drop_nulls("gap_before").sort(keys)["gap_before"].to_list() for t in (alone, beside)]
    assert before[0] == pytest.approx(before[1], rel=1e-9)


# -- 3. contributions add up ----


@property_test
@given(worlds(), DRAWS)
def test_contributions_of_initiatives_add_up_to_the_total(world, draws):
    whole, parts, size = defaultdict(float), defaultdict(float), defaultdict(float)
    for (party, year, initiative, measure), mean in impact(outcome(world, draws=draws)).items():
        if initiative is None:
            whole[party, year, measure] = mean
        else:
            parts[party, year, measure] += mean
            size[party, year, measure] += abs(mean)
    for key in set(whole) | set(parts):
        assert abs(whole[key] - parts[key]) <= 1e-9 * max(1.0, size[key]), key


@property_test
@given(worlds(), DRAWS)
def test_margin_and_present_value_follow_from_the_rest(world, draws):
    found = impact(outcome(world, draws=draws))
    rate = world.scenario["discount_rate"]
    years = range(BASE_YEAR, world.scenario["horizon"] + 1)
    gains = ("revenue_change_eur", "backfill_revenue_eur", "avoided_cost_eur")
    costs = ("incremental_cost_eur", "support_cost_eur", "transition_cost_eur", "spend_change_eur")
    for party, initiative in {(key[0], key[2]) for key in found} - {("patients", None)}:
        if party == "patients":
            continue
        value = 0.0
        for year in years:
            margin = found[party, year, initiative, "margin_change_eur"]
            value += margin / (1 + rate) ** (year - BASE_YEAR)
            made = sum(found[party, year, initiative, m] for m in gains)
            made -= sum(found[party, year, initiative, m] for m in costs)
            assert same(margin, made, relative=1e-8), (party, year, initiative)
        assert same(found[party, None, initiative, "present_value_eur"], value, relative=1e-8), (party, initiative)


# -- 4. scale ----


@property_test
@given(worlds(), st.sampled_from([2.0, 3.0, 1000.0]))
def test_scaling_all_units_scales_fee_for_service(world, k):
    world = with_initiatives(fee_for_service(agreed_only(world)), without("transition_cost_eur"))
    scaled = {
        "volume": ("units",),
        "revenue": ("units", "revenue_eur"),
        "capacity": ("available", "used"),
        "waiting_list": ("patients_waiting",),
        "resource": ("step",),
    }
    larger = with_rows(
        world,
        **{
            name: [row | {c: None if row[c] is None else row[c] * k for c in columns} for row in world.rows[name]]
            for name, columns in scaled.items()
            if name in world.rows
        },
    )
    small, large = impact(outcome(world)), impact(outcome(larger))
    for key in set(small) | set(large):
        assert math.isclose(small[key] * k, large[key], rel_tol=1e-7, abs_tol=1e-3 * k), key


# -- 5. lump sums and ceilings ----


def _all_under(world: World, contract: dict) -> World:
    """Every provider with every payer under one contract; no shared budgets, nobody pays whom we do not know."""
    pairs = [(p["provider_id"], q) for p in world.rows["provider"] for q in (*PAYERS, OUTSIDER)]
    rows = [{"provider_id": p, "payer_id": q, "valid_from": BASE_YEAR} | contract for p, q in pairs]
    volume = [row | {"payer_id": row["payer_id"] or PAYERS[0]} for row in world.rows.get("volume", [])]
    return with_scenario(with_rows(world, contract=rows, volume=volume), shared_budgets=[])


def _inside(initiative: dict) -> dict:
    """Nothing paid beside the contract."""
    kept = without("support")(initiative)
    if kept.get("replacement"):
        kept["replacement"] = kept["replacement"] | {"tariff_outside_contract": False}
    return kept


@property_test
@given(worlds(), DRAWS, st.sampled_from([1e5, None]))
def test_a_lump_sum_in_term_never_changes(world, draws, amount):
    world = _all_under(with_initiatives(world, _inside), {"form": "lump_sum", "agreed_amount_eur": amount})
    found = impact(outcome(world, draws=draws))
    assert all(abs(v) < 1e-6 for (*_, m), v in found.items() if m in ("revenue_change_eur", "spend_change_eur"))


@property_test
@given(worlds(), st.sampled_from([2e3, 3e4, 3e5]), st.sampled_from([0.0, 0.4]), DRAWS)
def test_a_ceiling_never_loses_more_than_fee_for_service(world, ceiling, rate_over, draws):
    first = world.scenario["initiatives"][0]
    world = with_scenario(agreed_only(world), initiatives=[_inside(first)], respect_capacity=False)
    contract = {"form": "ceiling", "agreed_amount_eur": ceiling, "rate_over": rate_over}
    capped = impact(outcome(_all_under(world, contract), draws=draws))
    free = impact(outcome(_all_under(world, {"form": "fee_for_service"}), draws=draws))
    for key, change in free.items():
        if key[3] == "revenue_change_eur" and change < 0:
            assert change - 1e-6 <= capped[key] <= 1e-6, key


# -- 6. cost of what left ----

ONE_COST = {
    "variable_share": 0.3,
    "semi_fixed_share": 0.45,
    "fixed_share": 0.25,
    "cost_ratio": 0.9,
    "run_off_years": 2.5,
}


@property_test
@given(worlds(), DRAWS, st.sampled_from([0.8, 1.0]))
def test_avoided_and_stranded_are_the_cost_of_what_left(world, draws, intensity):
    def plain(initiative):
        kept = without("relative_price")(initiative) | {"returns": 0.1}
        some = {"eligible_share": 0.4} if intensity != 1.0 else {}
        return kept | {"relative_intensity": intensity} | some

    world = with_rows(with_initiatives(agreed_only(world), plain), cost_structure=[ONE_COST], unit_cost=[])
    tables = outcome(world, draws=draws)
    cost = defaultdict(float)
    for flow in tables["transfer_flow"].iter_rows(named=True):
        cost[flow["from_id"], flow["year"], flow["initiative"]] += 0.9 * intensity * flow["revenue_moved_eur"]
    found = impact(tables)
    for party, year, initiative in {key[:3] for key in found} | set(cost):
        if initiative is not None and year is not None:
            parts = [found[party, year, initiative, m] for m in ("avoided_cost_eur", "stranded_cost_eur")]
            assert same(sum(parts), cost[party, year, initiative], relative=1e-8)


@property_test
@given(worlds())
def test_stranded_cost_falls_to_the_fixed_part(world):
    world = with_scenario(_at_once(world), scale_down="all")
    found = impact(outcome(world))
    for party in HOSPITALS:
        for year, expected in ((BASE_YEAR + 1, 0.7), (BASE_YEAR + 4, 0.25), (BASE_YEAR + 5, 0.25)):
            stranded = found[party, year, None, "stranded_cost_eur"]
            whole = stranded + found[party, year, None, "avoided_cost_eur"]
            assert same(stranded, expected * whole, relative=1e-8)


def _at_once(world: World) -> World:
    """Every initiative moves its share in the year after the base year and goes on; nothing grows, nothing refills."""

    def at_once(initiative):
        kept = without("backfill", "backfill_share")(initiative)
        if kept.get("replacement"):
            kept["replacement"] = kept["replacement"] | {"tariff_eur": 40.0}
        return kept | {"uptake": {"start": BASE_YEAR + 1}, "eligible_share": 0.3}

    still = {"demand_growth": {"default": 0.0}, "capacity_growth": {"default": 0.0}}
    world = with_scenario(with_initiatives(agreed_only(world), at_once), horizon=BASE_YEAR + 5, baseline=still)
    return with_rows(with_scenario(world, respect_capacity=False), cost_structure=[ONE_COST], unit_cost=[])


@property_test
@given(worlds(), DRAWS)
def test_the_less_is_closed_the_more_is_stranded(world, draws):
    """`none` ≥ `whole_steps` ≥ `all`, and what is reported as stranded if kept is what `none` strands."""
    world = agreed_only(world)
    every, steps, none = (
        impact(outcome(with_scenario(world, scale_down=how), draws=draws)) for how in ("all", "whole_steps", "none")
    )
    for key, least in every.items():
        if key[3] == "stranded_cost_eur":
            slack = 1e-9 * max(1.0, abs(least))
            assert least <= steps[key] + slack, key
            assert steps[key] <= none[key] + slack, key
            kept = (*key[:3], "stranded_if_kept_eur")
            assert same(none[key], every[kept], relative=1e-8), key
            assert same(steps[kept], every[kept], relative=1e-8), key


@property_test
@given(worlds())
def test_what_is_agreed_as_it_happens_anyway_changes_nothing(world):
    """An agreed initiative that moves all of a care where a baseline initiative moves all of it in the same years."""
    first = world.scenario["initiatives"][0]
    kept = without("transition_cost_eur", "relative_intensity", "relative_price", "returns", "induced_returns")(first)
    whole = kept | {"eligible_share": 1.0, "uptake": {"start": first["uptake"]["start"]}}
    anyway = agreed_only(world).scenario["baseline"] | {"initiatives": [whole | {"id": "anyway"}]}
    world = with_scenario(world, initiatives=[whole], baseline=anyway, respect_capacity=False)
    tables = outcome(world)
    for (party, year, initiative, measure), mean in impact(tables).items():
        if initiative is None:
            assert abs(mean) < 1e-4, (party, year, measure)
    assert tables["capacity_gap"]["load_change"].abs().max() in (None, pytest.approx(0, abs=1e-6))
    for row in tables["threshold"].iter_rows(named=True):
        assert same(row["units_before"], row["units_after"]), row


@property_test
@given(worlds(), st.sampled_from([1.5, 20.0]))
def test_more_room_never_lowers_a_feasible_share(world, factor):
    def plain(initiative):
        kept = without("backfill", "backfill_share")(initiative)
        if kept.get("to", {}).get("allocate") == "capacity":
            kept["to"] = {k: v for k, v in kept["to"].items() if k not in ("allocate", "resource")}
        return kept

    world = with_scenario(with_initiatives(agreed_only(world), plain), respect_capacity=False)
    rows = [
        row | {"available": None if row["available"] is None else row["available"] * factor}
        for row in world.rows.get("capacity", [])
    ]
    keys = ["initiative", "recipient", "year"]
    less, more = (outcome(w)["feasible_share"].sort(keys) for w in (world, with_rows(world, capacity=rows)))
    for one, other in zip(less.iter_rows(named=True), more.iter_rows(named=True), strict=True):
        assert [one[key] for key in keys] == [other[key] for key in keys]
        if one["feasible_share"] is not None:
            assert other["feasible_share"] >= one["feasible_share"] - 1e-9, (one, other)


@property_test
@given(worlds(), DRAWS)
def test_under_respect_nobody_is_given_more_than_there_is_room_for(world, draws):
    """One initiative, no pools, nothing freed at who receives: no recipient ends shorter of hands than it began."""
    first = without("support")(world.scenario["initiatives"][0])
    world = with_scenario(agreed_only(world), initiatives=[first], pools=[])
    for how in (True, "reallocate"):
        tables = outcome(with_scenario(world, respect_capacity=how), draws=draws)
        receiving = set(tables["transfer_flow"]["to_id"].drop_nulls())
        for row in tables["capacity_gap"].iter_rows(named=True):
            if row["provider"] in receiving and row["gap_after"] is not None and how is True:
                room = max(0.0, row["gap_before"])
                assert draws or row["gap_after"] <= room + 1e-6 * max(1.0, row["usable"]), row


@property_test
@given(worlds(), DRAWS)
def test_reallocation_places_no_less_and_never_more_than_there_is(world, draws):
    def moved(how):
        world_of = with_scenario(agreed_only(world), initiatives=world.scenario["initiatives"][:1])
        flows = outcome(with_scenario(world_of, respect_capacity=how), draws=draws)["transfer_flow"]
        keys = ["initiative", "year", "from_id", "specialism", "care_product"]
        sums = flows.group_by(keys).agg(pl.sum("units_moved")).iter_rows()
        return {row[:-1]: row[-1] for row in sums}

    whole, own, shared = moved(how=False), moved(how=True), moved(how="reallocate")
    for key, units in whole.items():
        assert own.get(key, 0.0) <= shared.get(key, 0.0) + 1e-6 * max(1.0, units), key
        assert shared.get(key, 0.0) <= units + 1e-9 * max(1.0, units), key


# -- 6. cost and refill in a small region ----

CLOSINGS = st.sampled_from(["all", "none", "whole_steps"])


def _swap(share: float, *, costs: dict, closing: str, back: int = 2026) -> dict[tuple, float]:
    """East gives part of its care to west, and west as many units of the same kind to east, from a year on."""
    hospitals = ("east", "west")
    rows = {
        "provider": [{"provider_id": p, "name": p, "kind": "general_hospital"} for p in hospitals],
        "volume": [
            {"provider_id": p, "period": "2025", "payer_id": "3311", "specialism": s, "care_product": s, "units": 1000}
            for p, s in zip(hospitals, ("0320", "0303"), strict=True)
        ],
        "care_product": [{"care_product": s, "name": s, "reference_price_eur": 100.0} for s in ("0320", "0303")],
        "cost_structure": [costs],
        "resource": [{"resource": "bed_days", "name": "beds", "unit": "day", "is_staff": False, "step": 70.0}],
        "resource_use": [{"resource": "bed_days", "amount_per_unit": 2.0}],
    }
    initiatives = [
        {
            "id": f"from-{one}",
            "kind": "relocation",
            "from": {"providers": [one]},
            "to": {"providers": [other]},
            "care": [{"specialism": care}],
            "eligible_share": share,
            "uptake": {"start": start},
        }
        for one, other, care, start in (("east", "west", "0320", 2026), ("west", "east", "0303", back))
    ]
    scenario = {"scenario": "swap", "base_year": 2025, "horizon": 2033, "scale_down": closing}
    return impact(outcome(World(0, rows, scenario | {"initiatives": initiatives})))


@property_test
@given(st.floats(0.05, 0.9), st.floats(0.0, 6.0), CLOSINGS)
def test_a_unit_given_and_an_equal_one_received_cost_nothing(share, run_off, closing):
    found = _swap(share, costs=ONE_COST | {"run_off_years": run_off}, closing=closing)
    for hospital in ("east", "west"):
        for year in range(2025, 2034):
            avoided = found[hospital, year, None, "avoided_cost_eur"]
            assert same(avoided, found[hospital, year, None, "incremental_cost_eur"])


@property_test
@given(st.floats(0.05, 0.9), st.floats(0.0, 4.0), CLOSINGS)
def test_care_back_at_its_level_for_the_run_off_costs_what_it_did(share, run_off, closing):
    back = 2028
    found = _swap(share, costs=ONE_COST | {"run_off_years": run_off}, closing=closing, back=back)
    for year in range(back + math.ceil(run_off), 2034):
        avoided = found["east", year, None, "avoided_cost_eur"]
        assert same(avoided, found["east", year, None, "incremental_cost_eur"]), year


def _refilling(*, idle: float, waiting: float, resources: dict[str, float], share: float = 1.0) -> float:
    """How many are refilled by a hospital that gives a fifth of 1,000 units away."""
    rows = {
        "provider": [
            {"provider_id": "hospital", "name": "Hospital", "kind": "general_hospital"},
            {"provider_id": "gp", "name": "GPs", "kind": "gp_organisation"},
        ],
        "volume": [
            {"provider_id": "hospital", "period": "2025", "payer_id": "3311", "specialism": "0320", "units": 1000}
        ],
        "revenue": [
            {"provider_id": "hospital", "period": "2025", "payer_id": "3311", "units": 1000, "revenue_eur": 100000}
        ],
        "resource": [{"resource": r, "name": r, "unit": "hour", "is_staff": False} for r in resources],
        "resource_use": [{"resource": r, "amount_per_unit": use} for r, use in resources.items()],
        "capacity": [
            {"provider_id": "hospital", "period": "2025", "resource": r, "available": 1000 * use + idle, "used": None}
            for r, use in resources.items()
            if r != "theatre"
        ]
        + [
            {"provider_id": "hospital", "period": "2025", "resource": r, "available": 1e7, "used": None}
            for r in resources
            if r == "theatre"
        ],
        "waiting_list": [
            {"provider_id": "hospital", "period": "2025", "specialism": "0320", "patients_waiting": waiting}
        ],
    }
    initiative = {
        "id": "to-gp",
        "kind": "substitution",
        "from": {"providers": ["hospital"]},
        "to": {"providers": ["gp"]},
        "care": [{"specialism": "0320"}],
        "eligible_share": 0.2,
        "uptake": {"start": 2026},
        "replacement": {"tariff_eur": 30.0},
        "backfill": {"share": share},
    }
    scenario = {"scenario": "refill", "base_year": 2025, "horizon": 2026, "initiatives": [initiative]}
    found = impact(outcome(World(0, rows, scenario)))
    return found["hospital", 2026, None, "backfill_revenue_eur"] / 100


_USE = st.floats(0.2, 4.0)


@property_test
@given(st.floats(0, 500), st.sampled_from([0.0, 90.0, 5000.0]), _USE, _USE, st.floats(0.1, 1.0))
def test_one_patients_room_moved_refills_at_most_one_patients_room(idle, waiting, clinic, ward, share):
    refilled = _refilling(idle=idle, waiting=waiting, resources={"clinic": clinic, "ward": ward}, share=share)
    assert 0 <= refilled <= min(200 * share, waiting) + 1e-9


@property_test
@given(st.floats(0, 500), st.sampled_from([0.0, 90.0, 5000.0]), _USE, _USE)
def test_a_resource_that_could_serve_the_whole_list_changes_no_refill(idle, waiting, clinic, theatre):
    without_it = _refilling(idle=idle, waiting=waiting, resources={"clinic": clinic})
    beside_it = _refilling(idle=idle, waiting=waiting, resources={"clinic": clinic, "theatre": theatre})
    assert same(without_it, beside_it)


@property_test
@given(st.integers(2, 40))
def test_one_full_recipient_of_n_costs_one_nth(n):
    practices = [f"gp-{number:02d}" for number in range(n)]
    rows = {
        "provider": [{"provider_id": "hospital", "name": "Hospital", "kind": "general_hospital"}]
        + [{"provider_id": p, "name": p, "kind": "gp_organisation"} for p in practices],
        "volume": [
            {"provider_id": "hospital", "period": "2025", "payer_id": "3311", "specialism": "0320", "units": 1000}
        ],
        "resource": [{"resource": "gp_hours", "name": "hours", "unit": "hour", "is_staff": True}],
        "capacity": [
            {"provider_id": p, "period": "2025", "resource": "gp_hours", "available": 9000.0, "used": used}
            for p, used in zip(practices, [9000.0] + [1000.0] * n, strict=False)
        ],
    }
    initiative = {
        "id": "to-gp",
        "kind": "substitution",
        "from": {"providers": ["hospital"]},
        "to": {"kind": ["gp_organisation"]},
        "care": [{"specialism": "0320"}],
        "eligible_share": 0.2,
        "uptake": {"start": 2026},
        "replacement": {"tariff_eur": 30.0, "resources": {"gp_hours": 1.0}},
    }
    scenario = {"scenario": "n", "base_year": 2025, "horizon": 2026, "initiatives": [initiative]}
    shares = outcome(World(0, rows, scenario))["feasible_share"]
    row = shares.filter(pl.col("recipient").is_null() & (pl.col("year") == 2026)).row(0, named=True)
    assert row["feasible_share"] == pytest.approx(1 - 1 / n)
    assert (row["recipients"], row["full_recipients"]) == (n, 1)


# -- 7. draws ----


@property_test
@given(worlds())
def test_same_seed_same_figures(world):
    one, other = outcome(world, draws=16), outcome(world, draws=16)
    assert all(one[name].equals(other[name]) for name in COMPARED)


@property_test
@given(worlds())
def test_percentiles_stand_in_order_and_the_mean_between_least_and_most(world):
    table = outcome(world, draws=16)["party_impact"]
    assert (table["p10"] <= table["p50"] + 1e-9).all()
    assert (table["p50"] <= table["p90"] + 1e-9).all()


@property_test
@given(worlds())
def test_without_uncertain_parameters_draws_change_nothing(world):
    certain = _certain(world)
    assert_same_tables(outcome(certain, draws=0), outcome(certain, draws=8))


def _certain(world: World) -> World:
    """Every uncertain parameter replaced by its most likely value, no stall."""

    def settle(value):
        if isinstance(value, dict) and value.keys() & {"dist", "p90"}:
            return value.get("mode", value.get("low", 0.3))
        if isinstance(value, dict):
            return {k: settle(v) for k, v in value.items() if k != "stall"}
        if isinstance(value, list) and len(value) == 3 and all(isinstance(v, float) for v in value):
            return value[1]
        return [settle(v) for v in value] if isinstance(value, list) else value

    return dataclasses.replace(world, scenario=settle(world.scenario))


@property_test
@given(worlds())
def test_a_changed_parameter_changes_nothing_before_it(world):
    """Common random numbers: the earlier initiatives keep every draw when a later one changes."""
    world = with_scenario(agreed_only(world), scale_down="all")
    first, *rest = world.scenario["initiatives"]
    added = without("backfill", "backfill_share", "relative_price")(first)
    added |= {"id": "added", "returns": [0.0, 0.1, 0.4], "relative_intensity": 1.0}
    longer = with_scenario(world, initiatives=[first, *rest, added])
    one, other = impact(outcome(world, draws=16)), impact(outcome(longer, draws=16))
    for key, mean in one.items():
        if key[2] is not None and key[3] != "stranded_if_kept_eur":  # what would be kept open is the whole world's
            assert same(mean, other[key]), key


@property_test
@given(st.sampled_from([0.5, 1.0]), st.sampled_from(["eligible_share", "returns"]))
def test_means_of_linear_figures_do_not_depend_on_correlation(together, key):
    """What is wrong together spreads more, and is on average where it was."""

    def uncertain(initiative):
        plain = initiative | {"eligible_share": 0.3, "returns": 0.0, "uptake": {"start": 2026}}
        return plain | {key: [0.0, 0.2, 0.4], "replacement": {"tariff_eur": 30}}

    region = with_initiatives(_small_region(), uncertain)
    one = region.scenario["initiatives"][0]
    region = with_scenario(region, initiatives=[one, one | {"id": "other", "care": [{"specialism": "0303"}]}])
    more = [row | {"specialism": "0303"} for row in region.rows["volume"]]
    region = with_rows(region, volume=[*region.rows["volume"], *more])
    alone, shared = (
        outcome(with_scenario(region, correlation={"default": c}), draws=2000)["party_impact"]
        .filter(pl.col("initiative").is_null(), pl.col("party") == "hospital", pl.col("year") == 2026)
        .filter(pl.col("measure") == "revenue_change_eur")
        .row(0, named=True)
        for c in (0.0, together)
    )
    assert alone["mean"] == pytest.approx(shared["mean"], rel=1e-6)
    assert shared["p90"] - shared["p10"] > 1.05 * (alone["p90"] - alone["p10"])


def _small_region() -> World:
    rows = {
        "provider": [
            {"provider_id": "hospital", "name": "Hospital", "kind": "general_hospital"},
            {"provider_id": "gp", "name": "GPs", "kind": "gp_organisation"},
        ],
        "volume": [
            {"provider_id": "hospital", "period": "2025", "payer_id": "3311", "specialism": "0320", "units": 1000}
        ],
        "revenue": [
            {"provider_id": "hospital", "period": "2025", "payer_id": "3311", "units": 1000, "revenue_eur": 100000}
        ],
    }
    initiative = {
        "id": "to-gp",
        "kind": "substitution",
        "from": {"providers": ["hospital"]},
        "to": {"providers": ["gp"]},
        "care": [{"specialism": "0320"}],
        "eligible_share": [0.1, 0.2, 0.5],
        "uptake": {"start": 2026, "maximum": [0.5, 0.8, 0.9]},
        "returns": {"dist": "uniform", "low": 0.0, "high": 0.2},
        "replacement": {"tariff_eur": {"dist": "triangular", "low": 20, "mode": 30, "high": 46}},
    }
    scenario = {"scenario": "closed-form", "base_year": 2025, "horizon": 2026, "seed": 7, "initiatives": [initiative]}
    return World(0, rows, scenario)


def test_many_draws_agree_with_the_closed_form_mean():
    """PERT has mean (low + 4·mode + high) / 6; the parameters are independent, so means multiply."""
    found = impact(outcome(_small_region(), draws=100_000))
    share, maximum, back, tariff = (0.1 + 0.8 + 0.5) / 6, (0.5 + 3.2 + 0.9) / 6, 0.1, (20 + 30 + 46) / 3
    lost = -1000 * share * maximum * (1 - back) * 100
    earned = 1000 * share * maximum * tariff
    assert found["hospital", 2026, None, "revenue_change_eur"] == pytest.approx(lost, rel=2e-3)
    assert found["gp", 2026, None, "revenue_change_eur"] == pytest.approx(earned, rel=2e-3)


def test_one_uncertain_parameter_has_its_exact_mean_and_percentiles():
    """Stratified draws: with one parameter the mean is that of the distribution to five figures."""
    world = with_initiatives(
        _small_region(),
        lambda one: (
            one
            | {"uptake": {"start": 2026}, "returns": 0.0, "replacement": {"tariff_eur": 30}}
            | {"eligible_share": {"dist": "uniform", "low": 0.1, "high": 0.3}}
        ),
    )
    table = outcome(world, draws=100_000)["party_impact"]
    row = table.filter(
        (pl.col("party") == "hospital")
        & (pl.col("year") == 2026)
        & pl.col("initiative").is_null()
        & (pl.col("measure") == "revenue_change_eur")
    ).row(0, named=True)
    assert row["mean"] == pytest.approx(-20_000, rel=1e-5)
    assert row["p10"] == pytest.approx(-28_000, rel=1e-4)
    assert row["p50"] == pytest.approx(-20_000, rel=1e-4)
    assert row["p90"] == pytest.approx(-12_000, rel=1e-4)


# -- 8. names and order ----


@property_test
@given(worlds(), DRAWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(world, draws, random):
    shuffled = with_rows(world, **{name: random.sample(rows, len(rows)) for name, rows in world.rows.items()})
    assert_same_tables(outcome(world, draws=draws), outcome(shuffled, draws=draws))


@property_test
@given(worlds(), DRAWS)
def test_renaming_providers_changes_nothing_but_their_names(world, draws):
    names = {p: f"9{9 - n}{p}" for n, p in enumerate(sorted(p["provider_id"] for p in world.rows["provider"]))}

    def renamed(value):
        if isinstance(value, dict):
            return {names.get(k, k): renamed(v) for k, v in value.items()}
        if isinstance(value, list):
            return [renamed(v) for v in value]
        return names.get(value, value) if isinstance(value, str) else value

    other = dataclasses.replace(world, rows=renamed(world.rows), scenario=renamed(world.scenario))
    found, expected = impact(outcome(other, draws=draws)), impact(outcome(world, draws=draws))
    assert {key[0] for key in found} == {names.get(key[0], key[0]) for key in expected}
    for (party, *rest), mean in expected.items():
        assert same(mean, found[(names.get(party, party), *rest)]), (party, *rest)


@property_test
@given(worlds(), DRAWS)
def test_reordering_initiatives_that_do_not_meet_changes_nothing(world, draws):
    """Two initiatives with donors and care of their own, nothing but fee for service: order is only order."""
    world = agreed_only(world)
    base = without("backfill", "backfill_share")(world.scenario["initiatives"][0])
    first = base | {"id": "one", "care": [{"specialism": "0320"}]}
    second = base | {"id": "two", "care": [{"specialism": "0303"}]}
    world = with_scenario(fee_for_service(world), respect_capacity=False)
    ahead, behind = (
        impact(outcome(with_scenario(world, initiatives=order), draws=draws))
        for order in ([first, second], [second, first])
    )
    assert set(ahead) == set(behind)
    for key, mean in ahead.items():
        assert same(mean, behind[key], relative=1e-8), key
