"""The model beside an older checkout of itself: CPU time and peak memory of the same work, each in its own process.

    python -m benchmarks.against OLD_CHECKOUT

Three pieces of work: 10,000 draws of the demonstration scenario with every table that the build publishes (here with
norms enforced, so with two worlds), one computation of the largest region, and 5,000 GP organisations with 100 draws
and the two tables a board reads first. CPU time, because wall time on a shared machine is no measure; the older
checkout runs in its own environment (`.venv`) if it has one.
"""

import json
import subprocess
import sys
from pathlib import Path

WORK = """
import json, resource, sys, time
sys.path.insert(0, ".")
from importlib import resources
import yaml
from benchmarks.evaluate import demonstration
from benchmarks.regions import Size, region, scenario
from models.impact import evaluate
from models.scenario import parse_scenario
from models.tables import RESULT_TABLES

def demonstrated():
    text = (resources.files("pipelines.demo") / "scenarios" / "right-care-2027.yaml").read_text(encoding="utf-8")
    content = yaml.load(text, Loader=yaml.BaseLoader) | {"draws": "10000"}
    if sys.argv[2] == "new":
        content["baseline"]["enforce_norms"] = "2028"
    return demonstration(), parse_scenario(yaml.safe_dump(content, allow_unicode=True), source="benchmark")

def made(**size):
    return region(Size(**size)), scenario(Size(**size))

makers = {"demonstration": demonstrated, "largest": made, "practices": lambda: made(gps=5000, draws=100)}
facts, plan = makers[sys.argv[1]]()
start = time.process_time()
evaluation = evaluate(facts, plan)
tables = {"demonstration": tuple(RESULT_TABLES), "largest": (), "practices": ("party_impact", "capacity_gap")}
for name in tables[sys.argv[1]]:
    evaluation.table(name)
seconds = time.process_time() - start
print(json.dumps({"seconds": seconds, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
WORKS = ("demonstration", "largest", "practices")


def measured(checkout: Path, work: str, which: str) -> dict[str, float]:
    """Returns CPU seconds and peak MiB of one piece of work in a checkout."""
    own = checkout / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    result = subprocess.run([python, "-c", WORK, work, which], cwd=checkout, capture_output=True, text=True, check=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


def main(old: Path) -> None:
    """Prints a line a piece of work."""
    print(f"{'work':<14} {'old CPU s':>10} {'new CPU s':>10} {'ratio':>6} {'old MiB':>8} {'new MiB':>8}")
    for work in WORKS:
        before, now = measured(old, work, "old"), measured(Path.cwd(), work, "new")
        ratio = now["seconds"] / before["seconds"]
        print(
            f"{work:<14} {before['seconds']:>10.2f} {now['seconds']:>10.2f} {ratio:>6.2f} "
            f"{before['mib']:>8.0f} {now['mib']:>8.0f}"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
