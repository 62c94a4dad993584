"""How the benchmarks measure: wall time of the best of a few runs, and the peak memory of a process of its own."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path


def seconds(work: Callable[[], object], *, runs: int = 3) -> float:
    """Returns the least wall time of some runs, after nothing to warm up."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def peak_mib() -> float:
    """Returns the peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(program: str, *arguments: str) -> dict[str, float]:
    """Runs a benchmark's own measurement in a process of its own, so that its peak memory is only its own.

    The program prints one line of JSON last.
    """
    command = [sys.executable, "-m", program, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


def settled(place: Path) -> None:
    """Dates a file, or all in a folder, an hour back: what was written just now is waited for as still arriving."""
    then = time.time() - 3600
    for path in (place, *place.rglob("*")):
        os.utime(path, (then, then))
