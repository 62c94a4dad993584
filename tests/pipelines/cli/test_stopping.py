"""A process that computes in a library ends soon after SIGTERM, and one that ends by itself ends as it would."""

import signal
import subprocess
import sys

WORK = """
import signal, sys
import duckdb
from pipelines.cli.stopping import ending_soon
signal.signal(signal.SIGTERM, lambda *_: None)  # a handler that runs between two steps only, as Dagster's does
with ending_soon(seconds=0.2):
    print("at work", flush=True)
    duckdb.sql("SELECT sum(sqrt(a.range * b.range)) FROM range(10_000_000) a, range(10_000_000) b").fetchall()
"""


def test_a_long_query_does_not_keep_the_process_from_ending() -> None:
    with subprocess.Popen([sys.executable, "-c", WORK], stdout=subprocess.PIPE, text=True) as work:
        assert work.stdout is not None
        assert work.stdout.readline() == "at work\n"
        work.send_signal(signal.SIGTERM)
        assert work.wait(timeout=120) == 128 + signal.SIGTERM


def test_work_that_ends_in_time_is_left_to_end() -> None:
    quick = WORK.split("    print", maxsplit=1)[0] + "    signal.raise_signal(signal.SIGTERM)\nprint('ended')\n"
    done = subprocess.run([sys.executable, "-c", quick], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "ended\n")
