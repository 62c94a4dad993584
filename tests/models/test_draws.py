"""Draws beside the reference: every draw of the model is the reference at that draw's parameters.

The reference knows no draws. So each draw's parameters are written into the scenario as plain numbers, the reference
runs once for each draw, and the mean of these runs must be what the model says in one run.
"""

import copy

import pytest
from reference import evaluate_reference
from reference.comparison import mean_differences, report
from reference.worlds import make_world

from models.impact import evaluate
from models.parameters import Sample
from models.region import Region
from models.scenario import parse_scenario
from models.scenario.schema import parameters

DRAWS = 3


def at_draw(scenario, read, sample, draw):
    """The scenario with the values that one draw has for its parameters; a stall happens or does not."""
    certain = copy.deepcopy(scenario)
    for path, parameter in parameters(read):
        place, key = _place(certain, path.split("."))
        if place is not None:
            place[key] = float(sample.values(path, parameter)[draw])
    for initiative in certain["initiatives"]:
        stall = initiative["uptake"].get("stall")
        if stall:
            path = f"initiatives.{initiative['id']}.uptake.stall"
            chance = next(p for key, p in parameters(read) if key == f"{path}.probability")
            happens = sample.happens(path, sample.values(f"{path}.probability", chance))
            stall["probability"] = float(happens[draw])
    return certain


def _place(part, steps):
    """Where a key path ends in the scenario as a person wrote it; nowhere if it stands there by default."""
    if steps[-2:] == ["backfill", "share"]:
        steps = [*steps[:-2], "backfill_share"]
    for step in steps[:-1]:
        named = {item["id"]: item for item in part} if isinstance(part, list) else part
        part = named.get(step)
        if part is None:
            return None, None
    return (part, steps[-1]) if steps[-1] in part else (None, None)


@pytest.mark.parametrize("seed", range(25))
def test_each_draw_is_the_page_at_its_own_parameters(seed):
    world = make_world(seed)
    text = world.text.replace("draws: 0", f"draws: {DRAWS}")
    read = parse_scenario(text, source=f"world-{seed}.yaml")
    sample = Sample(seed=read.seed, draws=DRAWS)
    runs = [evaluate_reference(world.tables, at_draw(world.scenario, read, sample, d)) for d in range(DRAWS)]
    assert runs[0] != runs[1], "nothing is uncertain in this world: the test would test nothing"
    evaluation = evaluate(Region.from_tables(world.tables, base_year=world.scenario["base_year"]), read)
    lines = mean_differences({name: evaluation.table(name) for name in runs[0]}, runs)
    assert not lines, f"world {seed} with {DRAWS} draws:\n{report(lines)}"
