"""One evaluation from beginning to end: the world without an agreement and the world with it, on the same draws."""

from collections.abc import Mapping

from models.baseline import Loads, Setting
from models.norms import enforcement
from models.outcome import Outcome
from models.parameters import Sample
from models.region import Region
from models.region.codes import Array
from models.scenario import Scenario
from models.transfer import planned_of
from models.world import World, play


def run_fixed(region: Region, scenario: Scenario, *, fixed: Mapping[str, Array], width: int) -> Outcome:
    """Returns the outcome with some parameters fixed, run by run, and all others at their central value."""
    return run(region, scenario, Sample(seed=scenario.seed, draws=0, fixed=fixed, width=width))


def run(region: Region, scenario: Scenario, sample: Sample, *, without: World | None = None) -> Outcome:
    """Returns the outcome of a checked scenario for given draws.

    Args:
        region: the facts.
        scenario: checked.
        sample: the draws.
        without: the world without an agreement, where a scenario that differs only in what is agreed has been run.
    """
    setting = Setting.of(region, scenario, sample)
    loads = Loads.of(setting)
    agreed = [planned_of(region, one, agreed=True) for one in scenario.initiatives]
    anyway = [planned_of(region, one, agreed=False) for one in scenario.baseline.initiatives] + enforcement(setting)
    return Outcome(setting, loads, play(setting, loads, [*agreed, *anyway]), without or play(setting, loads, anyway))
