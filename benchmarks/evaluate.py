"""What an evaluation of the demonstration region costs: time, time a draw and peak memory, against the bare limit.

    python -m benchmarks.evaluate

Twelve initiatives over eight years: the eight of the demonstration scenario and a second wave of four on what those
leave. What is timed is the evaluation with the tables a board reads from (party_impact and capacity_gap, percentiles
included). The bare limit is what any program must do that tells percentiles per party: sort the draws of every
touched party's margin, each year.
"""

import json
import sys
from importlib import resources

import numpy as np
import yaml

from benchmarks.measuring import apart, peak_mib, seconds
from data_contracts.contract import load_contracts
from models.impact import evaluate
from models.region import Region
from models.scenario import Scenario, parse_scenario
from pipelines.demo.datasets import make_figures

DRAWS = (0, 500, 2_000, 10_000)
SECOND_WAVE = 4


def demonstration() -> Region:
    """Returns the demonstration region, as its figures are before any defect of a delivery."""
    contracts = load_contracts()
    figures = make_figures(seed=2025)
    tables = {contracts[dataset].table: table for dataset, table in figures.tables.items()}
    return Region.from_tables(tables, base_year=2025)


def twelve_initiatives(*, draws: int) -> Scenario:
    """Returns the demonstration scenario with a second wave of its first initiatives, three years later."""
    text = (resources.files("pipelines.demo") / "scenarios" / "right-care-2027.yaml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=yaml.BaseLoader)
    wave = [dict(initiative) for initiative in content["initiatives"][:SECOND_WAVE]]
    for initiative in wave:
        initiative["id"] += "-second-wave"
        initiative["uptake"] = initiative["uptake"] | {"start": "2030"}
        initiative.pop("start_choices", None)
    content["initiatives"] += wave
    content["draws"] = str(draws)
    return parse_scenario(yaml.safe_dump(content, allow_unicode=True), source="benchmark")


def measure(draws: int) -> dict[str, float]:
    """Returns the figures of one number of draws, in this process."""
    region = demonstration()
    scenario = twelve_initiatives(draws=draws)
    before = peak_mib()

    def work() -> None:
        evaluation = evaluate(region, scenario)
        evaluation.table("party_impact")
        evaluation.table("capacity_gap")

    time = seconds(work)
    parties = evaluate(region, scenario).outcome.parties.size
    margins = np.random.default_rng(1).random((parties, len(scenario.years), max(draws, 1)))
    bare = seconds(lambda: np.sort(margins, axis=-1))
    return {"draws": draws, "seconds": time, "bare": bare, "before_mib": before, "peak_mib": peak_mib()}


def main() -> None:
    """Prints a line a number of draws."""
    print(f"{'draws':>7} {'seconds':>8} {'ms a draw':>10} {'bare sort s':>12} {'peak MiB':>9} {'of which facts':>15}")
    for draws in DRAWS:
        found = apart("benchmarks.evaluate", str(draws))
        each = 1000 * found["seconds"] / max(draws, 1)
        print(
            f"{draws:>7} {found['seconds']:>8.2f} {each:>10.3f} {found['bare']:>12.3f} {found['peak_mib']:>9.0f} "
            f"{found['before_mib']:>15.0f}"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        main()
