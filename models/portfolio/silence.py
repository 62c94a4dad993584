"""Keeps a library's own remarks off the terminal: HiGHS prints some whatever it is told, amid our output."""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

STDOUT = 1


@contextmanager
def silenced() -> Iterator[None]:
    """Sends what is written to standard output below Python nowhere, while it lasts."""
    try:
        kept = os.dup(STDOUT)
    except OSError:  # no standard output to keep clean
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    _flush()
    os.dup2(nowhere, STDOUT)
    try:
        yield
    finally:
        _flush(python=False)
        os.dup2(kept, STDOUT)
        os.close(nowhere)
        os.close(kept)


def _flush(*, python: bool = True) -> None:
    """Writes out what Python and C still hold back."""
    if python and sys.stdout is not None:
        sys.stdout.flush()
    if os.name == "posix":
        ctypes.CDLL(None).fflush(None)
