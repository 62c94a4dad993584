"""Sensitivity and break-even beside whole evaluations of the slow transcription, one parameter or tariff at a time."""

import copy
from itertools import pairwise

import pytest
from reference.evaluation import Evaluation
from reference.facts import Facts
from reference.sensitivity import (
    compensations,
    rank_correlation,
    tenth_and_ninetieth,
    values_by_party,
    values_of,
)
from reference.worlds import make_world
from test_draws import at_draw, place_of

from models.impact import evaluate
from models.parameters import Sample
from models.region import Region
from models.scenario import parse_scenario
from models.scenario.schema import drivers, parameters

SWINGING, RANKED, EVEN = range(300, 312), (320, 322, 323, 324, 325), range(340, 370)
DRAWS = 6
MOST = 8
"""So many parameters of a world are swung: each takes two whole evaluations of the reference."""


def close(one, other, stake=1.0):
    return abs(one - other) <= 1e-7 * max(1.0, abs(one), abs(other), stake)


def read(world, draws=0):
    text = world.text.replace("draws: 0", f"draws: {draws}")
    scenario = parse_scenario(text, source="world.yaml")
    return scenario, evaluate(Region.from_tables(world.tables, base_year=world.scenario["base_year"]), scenario)


def facts_of(world):
    return Facts(world.tables, int(world.scenario["base_year"]))


@pytest.mark.parametrize("seed", SWINGING)
def test_a_swing_is_two_evaluations_with_one_parameter_at_its_ends(seed):
    world = make_world(seed)
    _, evaluation = read(world)
    table = evaluation.table("sensitivity")
    tried = 0
    for path in table["parameter"].unique().sort().to_list()[:MOST]:
        ends = tenth_and_ninetieth(_written(world.scenario, path))
        if ends is None:
            continue
        tried += 1
        rows = {row["party"]: row for row in table.filter(parameter=path).iter_rows(named=True)}
        for side, end in zip(("low_eur", "high_eur"), ends, strict=True):
            expected = values_of(facts_of(world), _with(world.scenario, path, end))
            found = {party: row[side] for party, row in rows.items()}
            differing = {p: (found.get(p, 0.0), v) for p, v in expected.items() if not close(found.get(p, 0.0), v)}
            assert not differing, f"world {seed}, {path} at {end}: model, reference"
    assert tried or not table.height


def _written(scenario, path):
    holder, key = place_of(copy.deepcopy(scenario), path.split("."))
    return holder[key]


def _with(scenario, path, value):
    changed = copy.deepcopy(scenario)
    holder, key = place_of(changed, path.split("."))
    holder[key] = value
    return changed


@pytest.mark.parametrize("seed", RANKED)
def test_a_rank_correlation_is_spearmans_over_the_draws_of_the_reference(seed):
    world = make_world(seed)
    scenario, evaluation = read(world, DRAWS)
    sample = Sample(seed=scenario.seed, draws=DRAWS, drivers=drivers(scenario))
    run = Evaluation(facts_of(world), [at_draw(world.scenario, scenario, sample, draw) for draw in range(DRAWS)])
    values = [values_by_party(run, draw) for draw in range(DRAWS)]
    uncertain = dict(parameters(scenario))
    tried = 0
    for row in evaluation.table("sensitivity").iter_rows(named=True):
        series = [one.get(row["party"], 0.0) for one in values]
        if row["parameter"] not in uncertain or _tied(series):
            continue
        drawn = [float(value) for value in sample.values(row["parameter"], uncertain[row["parameter"]])]
        expected = rank_correlation(drawn, series)
        assert expected is not None
        assert close(row["rank_correlation"], expected), f"world {seed}, {row['party']}, {row['parameter']}"
        tried += 1
    assert tried


def _tied(series):
    """Whether rounding decides the ranks."""
    ordered = sorted(series)
    return any(b - a < 1e-6 * max(1.0, abs(a)) for a, b in pairwise(ordered))


@pytest.mark.parametrize("seed", EVEN)
def test_what_breaks_even_leaves_a_party_as_it_is(seed):
    world = make_world(seed)
    _, evaluation = read(world)
    table = evaluation.table("break_even")
    run = Evaluation(facts_of(world), [world.scenario])
    for place, initiative in enumerate(world.scenario["initiatives"]):
        rows = table.filter(initiative=initiative["id"])
        expected = compensations(run, initiative["id"])
        found = dict(rows.select("party", "compensation_per_unit_eur").drop_nulls().iter_rows())
        differing = {p: (found.get(p), v) for p, v in expected.items() if not close(found.get(p, 0.0), v)}
        assert not differing, f"world {seed}, {initiative['id']}: model, reference"
        for party, tariff in rows.select("party", "tariff_eur").drop_nulls().iter_rows():
            if (initiative.get("replacement") or {}).get("cost_per_unit_eur") is None:
                continue  # its cost is a share of the tariff: "all else held" is not what another tariff does
            changed = copy.deepcopy(world.scenario)
            changed["initiatives"][place]["replacement"]["tariff_eur"] = tariff
            left = values_by_party(Evaluation(facts_of(world), [changed]), name=initiative["id"]).get(party, 0.0)
            stake = values_by_party(run, name=initiative["id"]).get(party, 0.0)
            assert close(left, 0.0, 10 * abs(stake)), f"world {seed}, {party} at {tariff}: {left} left of {stake}"
