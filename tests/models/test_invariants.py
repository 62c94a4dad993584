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

until_the_model_follows = pytest.mark.xfail(
    reason="the model follows the rewritten page with its next landing", strict=False
)

COMPARED = ("party_baseline", "party_impact", "transfer_flow", "transfer_flow_detail", "capacity_gap", "feasible_share")
COMPARED += ("threshold",)
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
    return with_scenario(world, initiatives=[change(dict(one)) for one in world.scenario["initiatives"]])


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


def assert_same_tables(ours: Tables, theirs: Tables, *, names=None) -> None:
    for name in names or COMPARED:
        keys = [c for c, kind in ours[name].schema.items() if kind in (pl.String, pl.Int64) and c != "status"]
        one, other = (t[name].sort(keys, nulls_last=True).drop("scenario") for t in (ours, theirs))
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


@until_the_model_follows
@property_test
@given(worlds())
def test_what_is_received_is_what_moved_with_induced_demand_and_replacement(world):
    def fixed(initiative):
        kept = initiative | {"induced_demand": 0.2}
        if kept.get("replacement"):
            kept["replacement"] = kept["replacement"] | {"units_per_unit": 1.5}
        return kept

    world = with_initiatives(world, fixed)
    ratio = {i["id"]: 1.2 * (1.5 if i.get("replacement") else 1.0) for i in world.scenario["initiatives"]}
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
    for one, other in zip(*(frame.filter(pl.col("units_moved") > 1e-9).iter_rows() for frame in sums), strict=True):
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

    tables = outcome(with_initiatives(world, emptied), draws=draws)
    assert all(mean == 0 for mean in impact(tables).values())
    assert tables["capacity_gap"]["load_change"].abs().max() in (0, None)
    assert tables["transfer_flow"]["units_moved"].abs().max() in (0, None)
    untouched = tables["threshold"]
    assert (untouched["units_before"] == untouched["units_after"]).all()


@property_test
@given(worlds())
def test_without_initiatives_there_is_only_the_baseline(world):
    alone, beside = outcome(with_scenario(world, initiatives=[])), outcome(world)
    assert all(mean == 0 for mean in impact(alone).values())
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
@given(worlds(), st.sampled_from([0.5, 3.0, 1000.0]))
def test_scaling_all_units_scales_fee_for_service(world, k):
    world = with_initiatives(fee_for_service(world), without("transition_cost_eur"))
    scaled = {
        "volume": ("units",),
        "revenue": ("units", "revenue_eur"),
        "capacity": ("available", "used"),
        "waiting_list": ("patients_waiting",),
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
        # revenue is rounded to cents in the tables, so prices agree to that only
        assert math.isclose(small[key] * k, large[key], rel_tol=1e-4, abs_tol=0.05 * max(1.0, k)), key


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
    world = with_scenario(with_initiatives(world, _inside), initiatives=[_inside(first)], respect_capacity=False)
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


@until_the_model_follows
@property_test
@given(worlds(), DRAWS, st.sampled_from([0.8, 1.0]))
def test_avoided_and_stranded_are_the_cost_of_what_left(world, draws, intensity):
    def plain(initiative):
        return initiative | {"relative_intensity": intensity, "returns": 0.1}

    world = with_rows(with_initiatives(world, plain), cost_structure=[ONE_COST], unit_cost=[])
    tables = outcome(world, draws=draws)
    cost = defaultdict(float)
    for flow in tables["transfer_flow"].iter_rows(named=True):
        cost[flow["from_id"], flow["year"], flow["initiative"]] += 0.9 * intensity * flow["revenue_moved_eur"]
    found = impact(tables)
    for party, year, initiative in {key[:3] for key in found} | set(cost):
        if initiative is not None and year is not None:
            parts = [found[party, year, initiative, m] for m in ("avoided_cost_eur", "stranded_cost_eur")]
            assert same(sum(parts), cost[party, year, initiative], relative=1e-8)


@until_the_model_follows
@property_test
@given(worlds())
def test_stranded_cost_falls_to_the_fixed_part(world):
    def at_once(initiative):
        kept = without("backfill_share")(initiative)
        return kept | {"uptake": {"start": BASE_YEAR + 1}, "eligible_share": 0.3}

    growth = {"demand_growth": {"default": 0.0}, "capacity_growth": {"default": 0.0}}
    world = with_scenario(
        with_initiatives(world, at_once), horizon=BASE_YEAR + 5, baseline=growth, respect_capacity=False
    )
    world = with_rows(world, cost_structure=[ONE_COST], unit_cost=[])
    found = impact(outcome(world))
    for party in HOSPITALS:
        for year, expected in ((BASE_YEAR + 1, 0.7), (BASE_YEAR + 4, 0.25), (BASE_YEAR + 5, 0.25)):
            stranded = found[party, year, None, "stranded_cost_eur"]
            whole = stranded + found[party, year, None, "avoided_cost_eur"]
            assert same(stranded, expected * whole, relative=1e-8)


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
        if isinstance(value, dict) and "dist" in value:
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
    first, *rest = world.scenario["initiatives"]
    added = first | {"id": "added", "returns": [0.0, 0.1, 0.4], "relative_intensity": 1.0}
    longer = with_scenario(world, initiatives=[first, *rest, added])
    one, other = impact(outcome(world, draws=16)), impact(outcome(longer, draws=16))
    for key, mean in one.items():
        if key[2] is not None:
            assert same(mean, other[key]), key


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
    base = without("backfill_share")(world.scenario["initiatives"][0])
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
