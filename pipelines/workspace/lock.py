"""One refresh at a time: a workspace's lock, held by the operating system, so that a killed process never leaves it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.workspace.workspace import Workspace

LOCK_FILE = "refresh.lock"
_POLL_SECONDS = 0.5

_held: dict[Path, int] = {}  # locks this process holds, and how often: a refresh takes it once for all its runs


class Busy(Problem):
    """Another process is refreshing this workspace."""


@contextmanager
def exclusive(workspace: Workspace, *, wait_seconds: float = 0.0) -> Iterator[None]:
    """Holds the workspace's lock for the length of a `with` block; nested blocks of one process share it.

    Raises:
        Busy: another process holds it, and still did after `wait_seconds`.
    """
    path = workspace.state / LOCK_FILE
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    descriptor = _take(path, wait_seconds=wait_seconds)
    _held[path] = 1
    try:
        yield
    finally:
        del _held[path]
        os.close(descriptor)


def _take(path: Path, *, wait_seconds: float) -> int:
    """Returns the descriptor that holds the lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.read(descriptor, 100).decode(errors="replace").strip()
                os.close(descriptor)
                raise Busy(
                    Text(
                        en=f"a refresh of this workspace is running{f' (process {holder})' if holder else ''}",
                        nl=f"er loopt een verversing van deze werkmap{f' (proces {holder})' if holder else ''}",
                    ),
                    expected=Text(en="one refresh at a time", nl="één verversing tegelijk"),
                    action=Text(
                        en="wait until it is done, then try again", nl="wacht tot zij klaar is en probeer het opnieuw"
                    ),
                ) from None
            time.sleep(_POLL_SECONDS)
        else:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
            return descriptor
