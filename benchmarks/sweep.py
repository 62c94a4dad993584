"""How long a setting of a sweep takes, beside that of evaluating it alone from the file on, as a script would.

`python -m benchmarks.sweep demo-region [settings]` prints seconds a setting of both (wall time and processor time, this
process and those it starts) and the one as a share of the other. The sweep has 200 settings, unless told otherwise.
"""

import os
import sys
import time
from collections.abc import Callable

import care_transfer as ct

ALONE = 10
"""So many settings are evaluated alone: each is as long as the others."""


def settings_of(release: ct.Release, name: str, count: int) -> list[str]:
    """Returns settings of the eligible share of the first initiative."""
    first = release.scenario(name).initiatives[0].id
    return [f"initiatives.{first}.eligible_share={0.05 + 0.4 * place / count:.4f}" for place in range(count)]


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Returns the seconds that something takes, by the clock and of the processor."""
    started, before = time.perf_counter(), os.times()
    work()
    after = os.times()
    used = sum(after[:4]) - sum(before[:4])
    return time.perf_counter() - started, used


def alone(path: str, name: str, setting: str) -> object:
    """Evaluates one setting as a script would that knows no sweep: release, facts, scenario, headline."""
    release = ct.open_release(path)
    return ct.evaluate(ct.region(release), release.scenario(name, setting)).headline("party_impact")


def main() -> None:
    """Prints both times and their ratio."""
    path, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200
    release = ct.open_release(path)
    name = max(release.scenarios)
    settings = settings_of(release, name, count)
    one = timed(lambda: [alone(path, name, setting) for setting in settings[:ALONE]])
    facts = ct.region(release)
    kept = timed(
        lambda: [
            ct.evaluate(facts, release.scenario(name, setting)).headline("party_impact") for setting in settings[:ALONE]
        ]
    )
    every = timed(lambda: ct.sweep(release, name, settings))
    for what, (clock, used), times in (
        ("alone, from the file on", one, ALONE),
        ("alone, on facts read once", kept, ALONE),
        (f"in a sweep of {count}", every, count),
    ):
        print(f"{clock / times:7.3f} s by the clock, {used / times:7.3f} s of the processor a setting, {what}")
    print(f"{every[0] / count / (one[0] / ALONE):7.2f}  a setting of the sweep as a share of one alone, by the clock")


if __name__ == "__main__":
    main()
