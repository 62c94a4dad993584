"""The model beside the slow transcription of its page, on random small regions: every figure of every result table."""

import pytest
from reference import evaluate_reference
from reference.comparison import differences, report
from reference.worlds import make_world

from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario

SEEDS = range(200)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_model_says_what_its_page_says(seed):
    world = make_world(seed)
    expected = evaluate_reference(world.tables, world.scenario)
    region = Region.from_tables(world.tables, base_year=world.scenario["base_year"])
    found = evaluate(region, parse_scenario(world.text, source=f"world-{seed}.yaml")).tables()
    lines = differences(found, expected)
    assert not lines, f"world {seed} (reference.worlds.make_world({seed})):\n{report(lines)}"
