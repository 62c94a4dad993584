"""The settlement beside the slow transcription of its section, on random small regions, with and without a fund."""

import pytest
from reference import settlement
from reference.evaluation import Evaluation
from reference.facts import Facts
from reference.worlds import make_world, scenario_text

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario
from models.settlement import RULES, settle

SEEDS = range(70)
BRUTE_FORCE = 9  # parties: 512 coalitions


def settled(seed, fund):
    """What the reference and the model make of a world with a transition fund."""
    world = make_world(seed)
    scenario = world.scenario | {"settlement": {"rule": "shapley", "transition_fund_eur": fund}}
    run = Evaluation(Facts(world.tables, int(scenario["base_year"])), [scenario])
    region = Region.from_tables(world.tables, base_year=scenario["base_year"])
    return run, settle(evaluate(region, parse_scenario(scenario_text(scenario), source=f"world-{seed}.yaml")).outcome)


def close(one, other):
    return abs(one - other) <= 1e-7 * max(1.0, abs(one), abs(other)) * 10


@pytest.mark.parametrize("seed", SEEDS)
def test_every_rule_gives_every_party_what_the_page_says(seed):
    run, deal = settled(seed, fund=50_000.0 if seed % 2 else 0.0)
    expected = settlement.outcomes(run)
    placed = not settlement.has_refill(run)  # a refill's flows are a reading of their own
    for rule in RULES if placed else ("none", "keep_whole"):
        found = dict(zip(deal.ids, deal.after(rule), strict=True))
        differing = {p: (found.get(p, 0.0), v) for p, v in expected[rule].items() if not close(found.get(p, 0.0), v)}
        assert not differing, f"world {seed}, {rule}: model, reference"
    assert close(deal.net_value, sum(settlement.margins(run).values()))


@pytest.mark.parametrize("seed", SEEDS[:40])
def test_no_coalition_has_a_larger_excess(seed):
    run, deal = settled(seed, fund=50_000.0 if seed % 2 else 0.0)
    if settlement.has_refill(run) or len(deal.ids) > BRUTE_FORCE:
        pytest.skip("a refill, or more coalitions than can be tried one by one")
    flows, paid = settlement.traded_flows(run), settlement.fund_payments(run)
    for rule, phi in settlement.outcomes(run).items():
        expected = settlement.largest_excess(flows, paid, phi)
        found = deal.blocking(rule)
        assert abs(found.excess - expected) <= 0.02 + 1e-6 * abs(expected), rule
        assert found.in_core == (expected <= 0.02) or abs(expected) < 0.1


def test_enough_coalitions_are_tried():
    tried = [seed for seed in SEEDS[:40] if len(settled(seed, fund=0.0)[1].ids) <= BRUTE_FORCE]
    assert len(tried) >= 15
