"""How fast a command answers that needs no data: processor time of one command beside that of another.

`python -m benchmarks.start_up "before/.venv/bin/care-transfer --help" ".venv/bin/care-transfer --help"` prints the
time that each takes of the processor (user, the least of some turns, taken alternately) and the second as a share of
the first. Without arguments: this program's help beside a Python that imports NumPy, Polars and SciPy.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

TURNS = 9
HERE = Path(sys.executable).parent
DEFAULT = (f"{sys.executable} -c 'import numpy, polars, scipy.optimize'", f"{HERE / 'care-transfer'} --help")


def user_seconds(command: list[str]) -> float:
    """Returns the processor time that a command takes in user mode, its own processes included."""
    before = os.times().children_user
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return os.times().children_user - before


def main() -> None:
    """Prints both times and their ratio."""
    first, second = (shlex.split(command) for command in (sys.argv[1:3] if len(sys.argv) > 2 else DEFAULT))
    turns = [(user_seconds(first), user_seconds(second)) for _ in range(TURNS)]
    one, other = (min(times) for times in zip(*turns, strict=True))
    print(f"{one * 1000:6.0f} ms  {shlex.join(first)}")
    print(f"{other * 1000:6.0f} ms  {shlex.join(second)}")
    print(f"{other / one:9.2f}  the second as a share of the first")


if __name__ == "__main__":
    main()
