"""Work that ends soon after it was asked to, also while a library computes and Python's own handlers wait for it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

GRACE_SECONDS = 5.0
"""So long a handler has to end the work in order; a refresh may be killed at any moment and loses nothing."""


@contextmanager
def ending_soon(*, seconds: float = GRACE_SECONDS) -> Iterator[None]:
    """Ends the process some seconds after SIGTERM where the work of a `with` block has not ended by then.

    A handler in Python, such as Dagster's, runs only between two steps of the main thread: a query of a minute is deaf
    to it. The signal itself is written to a pipe at once, which a thread watches.
    """
    read, write = os.pipe()
    os.set_blocking(write, False)
    before, ended = signal.set_wakeup_fd(write, warn_on_full_buffer=False), Event()
    watch = Thread(target=_watch, args=(read, ended, seconds), daemon=True)
    watch.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        ended.set()
        os.close(write)
        watch.join()
        os.close(read)


def _watch(read: int, ended: Event, seconds: float) -> None:
    while told := os.read(read, 1):
        if told[0] == signal.SIGTERM and not ended.wait(seconds):
            os._exit(128 + signal.SIGTERM)
