"""Refreshes of a workspace in processes that are killed at a point of their work; a program of its own.

It imports everything once and forks a process for each refresh. A point is a file that is opened, made, renamed, linked
or taken away (Python tells of each by an audit event), so that how far a killed refresh came does not hang on how fast
the machine is. It reads a line `WORKSPACE POINT` or `WORKSPACE whole` for each refresh and answers with one: how it
ended, and after how many points (of one that was killed: the point asked).
"""

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

_POINTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")


class _Points:
    """Counts the points of this process and ends it at one of them, as a power cut would."""

    def __init__(self, root: str, last: int | None) -> None:
        self.passed = 0
        self._root, self._last = root, last
        self._lock = threading.Lock()

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if event not in _POINTS or not str(arguments[0]).startswith(self._root):
            return
        with self._lock:
            self.passed += 1
            reached = self.passed
        if reached == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def _import_what_a_refresh_needs() -> None:
    import dashboards.faces.static  # noqa: F401, PLC0415
    import models.portfolio.package_tables  # noqa: PLC0415
    import models.settlement.deal_tables  # noqa: F401, PLC0415


def _refresh(root: str, last: int | None, told: int) -> None:
    """Refreshes and ends the process, whatever becomes of it; writes how many points it passed."""
    from pipelines.orchestration.refresh import refresh  # noqa: PLC0415
    from pipelines.workspace.workspace import Workspace  # noqa: PLC0415

    points = _Points(str(Path(root).resolve()), last)
    sys.addaudithook(points)
    code = 1
    with suppress(BaseException):
        done = refresh(Workspace.open(root))
        code = 2 if done.faults else 0
    os.write(told, str(points.passed).encode())
    os._exit(code)


def _answer(root: str, asked: str) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        _refresh(root, None if asked == "whole" else int(asked), write)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with os.fdopen(read) as pipe:
        passed = pipe.read()
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return f"killed {asked}"
    return f"{'done' if status == 0 else f'failed({status})'} {passed}"


def main() -> None:
    _import_what_a_refresh_needs()
    for line in sys.stdin:
        root, _, asked = line.strip().rpartition(" ")
        print(_answer(root, asked), flush=True)


if __name__ == "__main__":
    main()
