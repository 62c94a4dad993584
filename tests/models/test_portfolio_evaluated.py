"""Packages on random small regions: what is chosen, against every package computed from the published tables alone."""

from dataclasses import replace
from itertools import chain, combinations

import polars as pl
import pytest
from reference.worlds import frame, make_world, scenario_text

from models.impact import evaluate
from models.portfolio.evaluated import Evaluating, limits_of, options_of, package_scenario
from models.region import Region
from models.scenario import parse_scenario

SEEDS = (1, 12, 24, 29, 84, 102, 144, 150)  # worlds in which some package is worth it, and one without
CENT = 0.02
CAPS = (None, 0.03, 0.0)


def case(seed, cap=None):
    """A world in which care moves at a gain now and then: no cost strands and hands are there."""
    world = make_world(seed)
    cost = {"provider_kind": None, "provider_id": None, "specialism": None, "cost_ratio": 0.9, "run_off_years": 1}
    rows = world.rows | {
        "cost_structure": [cost | {"variable_share": 0.9, "semi_fixed_share": 0.1, "fixed_share": 0.0}],
        "capacity": [row | {"available": _doubled(row.get("available"))} for row in world.rows.get("capacity", [])],
    }
    world = replace(world, rows=rows)
    fund = {"settlement": {"transition_fund_eur": 100_000 * (seed % 3)}} if seed % 2 else {}
    text = scenario_text(world.scenario | fund | {"portfolio": {} if cap is None else {"loss_cap": cap}})
    region = Region.from_tables(world.tables, base_year=world.scenario["base_year"])
    return region, parse_scenario(text, source=f"world-{seed}")


def _doubled(amount):
    return None if amount is None else 2 * amount


class Told:
    """What the published tables of one evaluation tell."""

    def __init__(self, region, scenario):
        evaluation = evaluate(region, scenario)
        impact = evaluation.table("party_impact").filter(pl.col("initiative").is_null())
        self.value = dict(
            impact.filter(pl.col("measure") == "present_value_eur", pl.col("party") != "patients")
            .select("party", "mean").iter_rows()
        )  # fmt: skip
        base = evaluation.table("party_baseline")
        self.size = {party: size or 0.0 for party, size in base.select("party", "size_eur").iter_rows()}
        years = range(scenario.base_year, scenario.horizon + 1)
        discount = {y: (1 + scenario.discount_rate) ** (scenario.base_year - y) for y in years}
        self.annuity = sum(discount.values())
        costs = impact.filter(pl.col("measure") == "transition_cost_eur").select("year", "mean").iter_rows()
        self.transition = sum(discount[year] * cost for year, cost in costs)
        gaps = evaluation.table("capacity_gap").select("provider", "resource", "year", "gap_before", "load_change")
        self.gaps = {row[:3]: row[3:] for row in gaps.iter_rows() if row[3] is not None}
        norms = evaluation.table("threshold").filter(pl.col("norm").is_not_null())
        self.norms = {
            row[:3]: row[3:]
            for row in norms.select(
                "provider", "norm", "year", "units_before", "units_after", "minimum_units", "status"
            ).iter_rows()
        }


def keeps(told, before, parties, limits):
    """Whether figures keep every limit; `told` has value, gaps, norms and transition as the tables tell them."""
    for party, value in told.value.items():
        if value / before.annuity < -limits.loss_cap * before.size[party] - 0.006 and limits.loss_cap < float("inf"):
            return False
    if told.transition > limits.fund_eur + 0.006:
        return False
    for (party, resource, _year), (gap, change) in told.gaps.items():
        if (party, resource) in parties and gap + change > max(0.0, gap) + 1e-6:
            return False
    for before_units, after, minimum, status in told.norms.values():
        if status == "breach_caused" or (before_units >= minimum and 0.5 <= after < minimum - 1e-6):
            return False
    return True


class Added:
    """The sum of what the tables tell of each initiative alone."""

    def __init__(self, before, alone):
        self.value = {p: sum(one.value[p] for one in alone) for p in before.value}
        self.transition = sum(one.transition for one in alone)
        self.gaps = {
            key: (gap, sum(one.gaps.get(key, (0, 0))[1] for one in alone)) for key, (gap, _) in before.gaps.items()
        }
        self.norms = {
            key: (units, units + sum(one.norms[key][1] - one.norms[key][0] for one in alone), minimum, None)
            for key, (units, _, minimum, _) in before.norms.items()
        }


def asked(scenario, region):
    """Recipients and supporters with each resource, a pool in the place of its members."""
    outcome = evaluate(region, scenario)
    rows = outcome.table("initiative").select("recipients").to_series().str.json_decode(pl.List(pl.String)).to_list()
    names = {name for row in rows for name in row} | {i.support.provider for i in scenario.initiatives if i.support}
    pairs = {(name, resource) for name in names for resource in region.resources.ids}
    for pool in scenario.pools:
        inside = {(name, pool.resource) for name in pool.providers}
        if inside & pairs:
            pairs = (pairs - inside) | {(pool.id, pool.resource)}
    return pairs


@pytest.mark.parametrize("cap", CAPS)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_package_is_the_best_that_the_published_tables_allow(seed, cap):
    region, scenario = case(seed, cap)
    scenario = scenario.model_copy(
        update={"initiatives": tuple(i.model_copy(update={"start_choices": ()}) for i in scenario.initiatives)}
    )
    limits, parties = limits_of(scenario), asked(scenario, region)
    starts = {i.id: i.uptake.start for i in scenario.initiatives}

    def told(names):
        return Told(region, package_scenario(scenario, {name: starts[name] for name in names}))

    before = told(())
    alone = {name: told((name,)) for name in starts}
    packages = chain.from_iterable(combinations(starts, n) for n in range(len(starts) + 1))
    worth = {}
    for names in packages:
        added = Added(before, [alone[name] for name in names])
        if keeps(added, before, parties, limits) and keeps(told(names), before, parties, limits):
            worth[names] = sum(added.value.values())
    best = max(worth.values())
    evaluation = evaluate(region, scenario)
    own = evaluation.table("portfolio").filter("own_cap").row(0, named=True)
    assert own["status"] == "proven"
    assert own["net_value_eur"] == pytest.approx(best, abs=CENT, rel=1e-9)
    chosen = evaluation.table("portfolio_choice").filter(
        pl.col("loss_cap").eq_missing(pl.lit(own["loss_cap"], pl.Float64)), "chosen"
    )
    names = tuple(name for name in starts if name in chosen["initiative"].to_list())
    assert worth[names] == pytest.approx(best, abs=CENT, rel=1e-9)
    assert own["net_value_whole_eur"] == pytest.approx(sum(told(names).value.values()), abs=CENT, rel=1e-9)


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_what_an_initiative_contributes_alone_is_what_its_own_evaluation_tells(seed):
    """Every start is valued over as many years as the first: as if the horizon lay as much later as it starts."""
    region, scenario = case(seed)
    first = scenario.initiatives[0].uptake.start
    scenario = scenario.model_copy(
        update={
            "initiatives": tuple(
                i.model_copy(update={"start_choices": (first, first + 2)}) for i in scenario.initiatives
            )
        }
    )
    own = Evaluating(evaluate(region, scenario).outcome).contributions
    for place, option in enumerate(own.options):
        late = option.start - first
        one = package_scenario(scenario, {option.initiative: option.start})
        within = Told(region, one)
        longer = Told(region, one.model_copy(update={"horizon": scenario.horizon + late}))
        assert option.valued_until == scenario.horizon + late
        for party, name in enumerate(own.parties):
            assert own.effects.annual[place, party] == pytest.approx(within.value[name] / within.annuity, abs=CENT)
            assert own.effects.level[place, party] == pytest.approx(longer.value[name] / within.annuity, abs=CENT)
        assert own.effects.transition[place] == pytest.approx(within.transition, abs=CENT)


def test_a_fixed_horizon_favours_neither_early_nor_late():
    """Care that does not grow, euros that are not discounted, no contract that ends: every start is worth the same."""
    text = """
scenario: s
base_year: 2025
horizon: 2030
initiatives:
  - {id: a, kind: relocation, from: {providers: [A]}, to: {providers: [B]}, care: [{specialism: "0320"}],
     eligible_share: 0.5, uptake: {start: 2026, years_to_full: 2}, start_choices: [2026, 2028],
     transition_cost_eur: {A: 1000}}
"""
    rows = [
        {"provider_id": "A", "period": "2025", "payer_id": "Q", "specialism": "0320", "care_product": "c", "units": 100}
    ]
    paid = [
        {"provider_id": "A", "period": "2025", "payer_id": "Q", "care_product": "c", "units": 100.0, "revenue_eur": 1e5}
    ]
    tables = {
        "provider": frame("provider", [{"provider_id": p, "name": p, "kind": "general_hospital"} for p in "AB"]),
        "payer": frame("payer", [{"payer_id": "Q", "name": "Q"}]),
        "volume": frame("volume", rows),
        "revenue": frame("revenue", paid),
    }
    region = Region.from_tables(tables, base_year=2025)
    early, late = Evaluating(evaluate(region, parse_scenario(text, source="s")).outcome).contributions.values
    assert early == pytest.approx(late)
    assert early != 0


def test_where_demand_follows_a_population_a_later_start_counts_fewer_years_and_says_so():
    _, scenario = case(0)
    one = scenario.initiatives[0].model_copy(update={"start_choices": (2026, 2028)})
    growth = scenario.baseline.demand_growth.model_copy(update={"source": "population"})
    baseline = scenario.baseline.model_copy(update={"demand_growth": growth})
    early, late = options_of(scenario.model_copy(update={"initiatives": (one,), "baseline": baseline}))
    assert (early.valued_until, late.valued_until) == (scenario.horizon, scenario.horizon)
    assert (early.years_short, late.years_short) == (0, 2)


def test_a_region_where_nothing_is_considered_has_a_portfolio_of_nothing():
    region, scenario = case(1)
    evaluation = evaluate(region, scenario.model_copy(update={"initiatives": ()}))
    assert set(evaluation.table("portfolio")["net_value_eur"]) == {0.0}
    assert all(evaluation.table(name).is_empty() for name in ("portfolio_choice", "exchange", "portfolio_change"))


def test_a_fund_that_is_not_named_limits_nothing_and_a_fund_of_0_does():
    _, scenario = case(0)
    assert limits_of(scenario).fund_eur == float("inf")
    nothing = parse_scenario(
        "{scenario: s, base_year: 2025, horizon: 2026, settlement: {transition_fund_eur: 0}}", source="s"
    )
    assert limits_of(nothing).fund_eur == 0
    assert limits_of(nothing).loss_cap == float("inf")


@pytest.mark.parametrize("fund", [{}, {"settlement": {"transition_fund_eur": 0}}, {"settlement": {"rule": "shapley"}}])
def test_a_scenario_read_back_from_a_release_has_the_limits_it_was_published_with(fund):
    region, scenario = case(1)
    given = scenario.model_copy(update={"settlement": type(scenario.settlement)(**fund.get("settlement", {}))})
    published = evaluate(region, given).table("scenario")["parameters"].item()
    assert limits_of(parse_scenario(published, source="release")) == limits_of(given)
