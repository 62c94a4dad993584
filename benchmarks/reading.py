"""Reading deliveries, and a whole refresh, beside bare Polars and beside an older checkout: CPU seconds, in one run.

    python -m benchmarks.reading [OLD_CHECKOUT]

Pieces of work, each in a process of its own, on copies of one demonstration region: bare Polars reading its files
(no conversion, no rule, no release), `ingest`, a first refresh beyond its imports, a refresh after one file came that
changes a fact, and `ingest` of many small files (copies of the region's suppliers, each with its own providers). CPU
time of all threads (user and system), because wall time on a shared machine is no measure. The older checkout runs
with the same Python, or its own (`.venv`).
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.measuring import settled

BARE = """
import json, resource, sys, time
from pathlib import Path
import polars as pl

start = time.process_time()
rows = 0
for path in sorted(Path(sys.argv[1], "inbox").rglob("*")):
    if path.suffix == ".csv":
        head = path.read_bytes().split(b"\\n", 1)[0]
        sign = max(";,\\t|", key=lambda one: head.count(one.encode()))
        read = pl.read_csv(path, separator=sign, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True)
        rows += read.height
    elif path.suffix == ".parquet":
        rows += pl.read_parquet(path).height
    elif path.suffix == ".xlsx":
        rows += pl.read_excel(path).height
print(json.dumps({"seconds": time.process_time() - start, "rows": rows}))
"""

OPENED = """
import json, resource, sys, time
sys.path.insert(0, ".")
from pathlib import Path
try:
    from pipelines.workspace.workspace import Workspace
except ImportError:
    from pipelines.workspace import Workspace
workspace = Workspace.open(Path(sys.argv[1]))
"""

INGEST = f"""
{OPENED}
try:
    from pipelines.intake import deliveries
except ImportError:
    from pipelines import deliveries
start = time.process_time()
deliveries.ingest(workspace)
mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({{"seconds": time.process_time() - start, "mib": mib}}))
"""

REFRESH = f"""
{OPENED}
import great_expectations
try:
    from pipelines.orchestration import refresh
except ImportError:
    from pipelines import refresh
start = time.process_time()
done = refresh.refresh(workspace)
print(json.dumps({{"seconds": time.process_time() - start, "bytes": done.release.database.stat().st_size}}))
"""


def measured(checkout: Path, work: str, workspace: Path) -> dict[str, float]:
    """Returns what one piece of work took in a checkout."""
    own = checkout / ".venv" / "bin" / "python"
    python = str(own) if own.exists() else sys.executable
    command = [python, "-c", work, str(workspace)]
    result = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


MAKE = """
import sys
sys.path.insert(0, ".")
from pathlib import Path
from pipelines.demo import make_region
make_region(Path(sys.argv[1]))
print("{}")
"""


def copy_of(workspace: Path, name: str) -> Path:
    """Returns a copy of a workspace beside it, its files as old as they are."""
    return Path(shutil.copytree(workspace, workspace.parent / name, symlinks=True))


def with_one_changed(workspace: Path) -> None:
    """Changes one figure of one file in the inbox of a workspace."""
    path = next(p for p in sorted((workspace / "inbox").rglob("volume.csv")) if b"," in p.read_bytes()[:200])
    head, first, rest = path.read_bytes().split(b"\n", 2)
    cells = first.rstrip(b"\r").split(b",")
    changed = b",".join([*cells[:-1], b"%d" % (int(float(cells[-1])) + 1)])
    path.write_bytes(b"\n".join([head, changed, rest]))
    settled(path)


def many_files(workspace: Path, count: int) -> int:
    """Copies small files of period data to periods of their own until there are so many; returns how many there are."""
    quarter = (p for p in sorted((workspace / "inbox").rglob("*.csv")) if p.parent.name == "2025Q1")
    small = [path for path in quarter if path.stat().st_size < 10_000]
    there = sum(1 for p in (workspace / "inbox").rglob("*") if p.is_file())
    for number in range(max(0, count - there)):
        source = small[number % len(small)]
        period = f"{1991 + number // len(small) // 4}Q{1 + number // len(small) % 4}"
        target = source.parent.parent / period / source.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(source.read_bytes().replace(b"2025Q1", period.encode()))
    return max(count, there)


def works(checkout: Path, folder: Path) -> dict[str, dict[str, float]]:
    """Returns what every piece of work takes in a checkout, on a region that it makes itself."""
    region = folder / "region"
    measured(checkout, MAKE, region)
    settled(region / "inbox")
    bare = measured(checkout, BARE, region)
    read = measured(checkout, INGEST, copy_of(region, "read"))
    made = copy_of(region, "made")
    refreshed = measured(checkout, REFRESH, made)
    with_one_changed(made)
    again = measured(checkout, REFRESH, made)
    return {"bare Polars": bare, "ingest": read, "refresh": refreshed, "one fact changed": again}


def small_files(checkout: Path, folder: Path) -> dict[str, float]:
    """Returns what `ingest` of 5,000 small files takes."""
    region = folder / "many"
    measured(checkout, MAKE, region)
    files = many_files(region, 5_000)
    settled(region / "inbox")
    return measured(checkout, INGEST, region) | {"files": float(files)}


def main(old: Path | None) -> None:
    """Prints a line a piece of work."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        now = works(Path.cwd(), Path(one))
        small = small_files(Path.cwd(), Path(one))
        before = works(old, Path(two)) if old is not None else {}
    print(f"{'work':<18}{'CPU s':>8}{'before':>8}{'ratio':>7}")
    for name, found in now.items():
        was = before.get(name, {}).get("seconds")
        ratio = f"{found['seconds'] / was:.2f}" if was else "-"
        print(f"{name:<18}{found['seconds']:>8.2f}{was or 0:>8.2f}{ratio:>7}")
    print(f"ingest, times bare Polars: {now['ingest']['seconds'] / now['bare Polars']['seconds']:.1f}")
    print(f"ms a small file: {small['seconds'] / small['files'] * 1000:.1f}; peak memory {small['mib']:,.0f} MiB")
    for which, found in (("now", now), ("before", before)):
        if found:
            print(f"release file {which}: {found['refresh']['bytes'] / 1e6:.1f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else None)
