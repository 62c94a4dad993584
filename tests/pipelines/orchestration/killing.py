"""Refreshes of a workspace in processes that are killed after some time; a program of its own.

It imports everything once and forks a process for each refresh, so that the time until the kill is spent at work. It
reads a line `WORKSPACE SECONDS` or `WORKSPACE whole` for each refresh and answers with one: how it ended, and after how
many seconds.
"""

import os
import signal
import sys
import time
from contextlib import suppress


def _import_what_a_refresh_needs() -> None:
    import dashboards.faces.static  # noqa: F401, PLC0415
    import models.portfolio.tables  # noqa: PLC0415
    import models.settlement.tables  # noqa: F401, PLC0415


def _refresh(root: str) -> None:
    """Refreshes and ends the process, whatever becomes of it."""
    from pipelines.orchestration.refresh import refresh  # noqa: PLC0415
    from pipelines.workspace.workspace import Workspace  # noqa: PLC0415

    code = 1
    with suppress(BaseException):
        done = refresh(Workspace.open(root))
        code = 2 if done.faults else 0
    os._exit(code)


def _answer(root: str, asked: str) -> str:
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        _refresh(root)
    if asked != "whole":
        time.sleep(float(asked))
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    took = time.monotonic() - start
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return f"killed {took}"
    return f"{'done' if status == 0 else f'failed({status})'} {took}"


def main() -> None:
    _import_what_a_refresh_needs()
    for line in sys.stdin:
        root, _, asked = line.strip().rpartition(" ")
        print(_answer(root, asked), flush=True)


if __name__ == "__main__":
    main()
