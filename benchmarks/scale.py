"""How an evaluation grows: one dimension at a time from the largest region it is meant for.

    python -m benchmarks.scale

The largest: 60 hospitals, 500 GP organisations, 5,000 segments, 40 initiatives, 10 years. What is timed is `evaluate`
and, apart, the tables a board reads from (party_impact and capacity_gap).
"""

import json
import sys
from dataclasses import replace

from benchmarks.measuring import apart, peak_mib, seconds
from benchmarks.regions import Size, region, scenario
from models.impact import evaluate

FULL = Size()
STEPS: dict[str, tuple[int, ...]] = {
    "draws": (0, 100, 1_000),
    "hospitals": (15, 30),
    "gps": (100, 250),
    "segments": (1_000, 2_500),
    "initiatives": (10, 20),
    "years": (5, 20),
}


def measure(size: Size) -> dict[str, float]:
    """Returns the figures of one size, in this process."""
    facts, plan = region(size), scenario(size)
    time = seconds(lambda: evaluate(facts, plan), runs=2)
    evaluation = evaluate(facts, plan)

    def tables() -> None:
        evaluation.table("party_impact")
        evaluation.table("capacity_gap")

    return {"evaluate": time, "tables": seconds(tables, runs=1), "peak_mib": peak_mib()}


def main() -> None:
    """Prints a line a size."""
    print(f"{'dimension':<12} {'value':>6} {'evaluate s':>11} {'tables s':>9} {'peak MiB':>9}")
    for dimension, values in STEPS.items():
        for value in values:
            found = apart("benchmarks.scale", dimension, str(value))
            figures = f"{found['evaluate']:>11.2f} {found['tables']:>9.2f} {found['peak_mib']:>9.0f}"
            print(f"{dimension:<12} {value:>6} {figures}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(replace(FULL, **{sys.argv[1]: int(sys.argv[2])}))))
    else:
        main()
