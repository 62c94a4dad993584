"""Draws beside the reference: every draw of the model is the reference at that draw's parameters.

The reference draws nothing itself. So each draw's parameters are written into the scenario as plain numbers, the
reference is handed one such scenario for each draw, and must say what the model says in one run: means, percentiles
and probabilities.
"""

import copy

import pytest
from reference import evaluate_reference
from reference.comparison import differences, report
from reference.worlds import make_world

from models.impact import evaluate
from models.parameters import Sample
from models.region import Region
from models.scenario import parse_scenario
from models.scenario.schema import drivers, parameters

DRAWS = 4


def at_draw(scenario, read, sample, draw):
    """The scenario with the values that one draw has for its parameters; a stall happens or does not."""
    certain = copy.deepcopy(scenario)
    for path, parameter in parameters(read):
        place, key = place_of(certain, path.split("."))
        if place is not None:
            place[key] = float(sample.values(path, parameter)[draw])
    for start, listed in (("", certain), ("baseline.", certain["baseline"])):
        for initiative in listed.get("initiatives", ()):
            _stall(initiative, f"{start}initiatives.{initiative['id']}.uptake.stall", read, sample, draw)
    return certain


def _stall(initiative, path, read, sample, draw):
    stall = initiative["uptake"].get("stall")
    if stall:
        chance = next(p for key, p in parameters(read) if key == f"{path}.probability")
        stall["probability"] = float(sample.happens(path, sample.values(f"{path}.probability", chance))[draw])


def place_of(part, steps):
    """Where a key path ends in the scenario as a person wrote it; nowhere if it stands there by default."""
    for at, step in enumerate(steps[:-1]):
        if step == "backfill" and "backfill_share" in part:
            return part, "backfill_share"
        if isinstance(part, list):
            part = {item.get("id", item.get("measure")): item for item in part}
        part = part.get(step)
        if part is None:
            return None, None
        if steps[at] == "tariff_eur":
            return part, int(steps[-1])
    return (part, steps[-1]) if steps[-1] in part else (None, None)


@pytest.mark.parametrize("seed", range(25))
def test_the_draws_are_the_page_at_their_own_parameters(seed):
    world = make_world(seed)
    text = world.text.replace("draws: 0", f"draws: {DRAWS}")
    read = parse_scenario(text, source=f"world-{seed}.yaml")
    sample = Sample(seed=read.seed, draws=DRAWS, drivers=drivers(read))
    drawn = [at_draw(world.scenario, read, sample, draw) for draw in range(DRAWS)]
    assert drawn[0] != drawn[1], "nothing is uncertain in this world: the test would test nothing"
    expected = evaluate_reference(world.tables, world.scenario, drawn=drawn)
    evaluation = evaluate(Region.from_tables(world.tables, base_year=world.scenario["base_year"]), read)
    lines = differences({name: evaluation.table(name) for name in expected}, expected)
    assert not lines, f"world {seed} with {DRAWS} draws:\n{report(lines)}"
