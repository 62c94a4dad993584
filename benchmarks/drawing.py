"""Drawing all pages of the demonstration region beside an older checkout: CPU time, each in its own process.

    python -m benchmarks.drawing OLD_CHECKOUT

Each checkout makes its own demonstration region and release, as its pages read its own tables; then each draws its
bundle, in turns, and the least of so many turns counts. The older checkout runs in its own environment (`.venv`) if it
has one. The newer one has more pages: the CPU time a page is told too.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TURNS = 3
MAKE = "import sys; from pipelines.cli import main; main(['demo', '--workspace', sys.argv[1]])"
DRAW = """
import json, sys, time
from pathlib import Path
sys.path.insert(0, ".")
try:
    from dashboards.faces.static import write_bundle
except ModuleNotFoundError:  # a checkout from before the dashboards had rooms
    from dashboards.static import write_bundle
database = next(Path(sys.argv[1]).glob("published/releases/*/care_transfer.duckdb"))
start = time.process_time()
index = write_bundle(database, Path(sys.argv[2]))
files = [path for path in index.parent.rglob("*") if path.is_file()]
size = sum(path.stat().st_size for path in files) / 2**20
print(json.dumps({"seconds": time.process_time() - start, "files": len(files), "mib": size}))
"""


def run(checkout: Path, program: str, *arguments: str) -> str:
    """Returns what a program prints in the environment of a checkout."""
    own = checkout / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    done = subprocess.run([python, "-c", program, *arguments], cwd=checkout, capture_output=True, text=True, check=True)
    return done.stdout


def drawn(checkout: Path, workspace: Path, target: Path) -> dict[str, float]:
    """Returns CPU seconds, files and MiB of one bundle."""
    return dict(json.loads(run(checkout, DRAW, str(workspace), str(target)).splitlines()[-1]))


def main(old: Path) -> None:
    """Prints a line a checkout and their ratio."""
    checkouts = {"old": old, "new": Path.cwd()}
    with tempfile.TemporaryDirectory() as folder:
        places = {name: Path(folder) / name for name in checkouts}
        for name, checkout in checkouts.items():
            run(checkout, MAKE, str(places[name]))
        turns = [
            {
                name: drawn(checkout, places[name], Path(folder) / f"{name}-{turn}")
                for name, checkout in checkouts.items()
            }
            for turn in range(TURNS)
        ]
    best = {name: min((turn[name] for turn in turns), key=lambda one: one["seconds"]) for name in checkouts}
    for name, one in best.items():
        each = 1000 * one["seconds"] / one["files"]
        print(
            f"{name}: {one['seconds']:.2f} CPU s for {one['files']:.0f} files, {one['mib']:.1f} MiB; {each:.1f} ms each"
        )
    print(f"ratio: {best['new']['seconds'] / best['old']['seconds']:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
