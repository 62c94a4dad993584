"""Measures a refresh of the demonstration region: total, and the share of each stage; then one with nothing new.

Run: python -m benchmarks.refresh
"""

import tempfile
import time
from pathlib import Path

from benchmarks.measuring import peak_mib, settled
from pipelines.demo import make_region
from pipelines.workspace.headway import Stopwatch, listening
from pipelines.workspace.workspace import Workspace

IMPORTS = "importing Dagster and Great Expectations"


def first_refresh(workspace: Workspace) -> dict[str, float]:
    """Returns the seconds of each stage of a first refresh, imports apart."""
    start = time.perf_counter()
    from pipelines.judging import suite  # noqa: F401, PLC0415
    from pipelines.orchestration import refresh  # noqa: PLC0415 - the import is what is measured

    watch = Stopwatch()
    watch.seconds[IMPORTS] = time.perf_counter() - start
    start = time.perf_counter()
    with listening(watch):
        refresh.refresh(workspace)
    watch.stop()
    return {**watch.seconds, "total without imports": time.perf_counter() - start}


def second_refresh(workspace: Workspace) -> float:
    """Returns the seconds of a refresh with nothing new."""
    from pipelines.orchestration import refresh  # noqa: PLC0415

    start = time.perf_counter()
    refresh.refresh(workspace)
    return time.perf_counter() - start


def report(stages: dict[str, float], *, again: float) -> None:
    """Prints the table."""
    total = stages.pop("total without imports")
    imports = stages.pop(IMPORTS)
    rest = total - sum(stages.values())
    print(f"{'stage':<28}{'seconds':>9}{'share':>8}")
    for name, seconds in [*stages.items(), ("everything else", rest)]:
        print(f"{name:<28}{seconds:>9.1f}{seconds / total:>8.0%}")
    print(f"{'total':<28}{total:>9.1f}")
    print(f"{IMPORTS}: {imports:.1f} s before that")
    print(f"a refresh with nothing new: {again:.1f} s")
    print(f"peak memory: {peak_mib():,.0f} MiB")


def main() -> None:
    """Makes the demonstration region in a temporary folder and measures."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "demo"
        start = time.perf_counter()
        make_region(target)
        print(f"making the region: {time.perf_counter() - start:.1f} s")
        workspace = Workspace.open(target)
        settled(workspace.inbox)
        stages = first_refresh(workspace)
        report(stages, again=second_refresh(workspace))


if __name__ == "__main__":
    main()
