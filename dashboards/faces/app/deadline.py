"""A reader gets an answer in time: the one that was asked for, or that it is not ready yet.

What is being made goes on while its reader is told to come back, and is remembered when it is done. A few things are
made at once; of more than a few dozen no more are begun.
"""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any, TypeVar

SECONDS = 25.0
"""Before proxies give up by themselves: those wait for 30 or 60 seconds."""
AT_ONCE, WAITING = 4, 48
_Made = TypeVar("_Made")


class BusyError(Exception):
    """An answer that is not ready in time, or was not begun: too much is being made already."""


class Deadline:
    """Makes answers beside the threads that wait for them.

    Args:
        seconds: how long who asks waits.
        at_once: how many answers are made at once.
        waiting: how many are begun or wait for their turn.
    """

    def __init__(self, seconds: float = SECONDS, *, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._seconds = seconds
        self._waiting = waiting
        self._turns = threading.BoundedSemaphore(at_once)
        self._under_way: dict[Hashable, Future[Any]] = {}
        self._looking = threading.Lock()

    @property
    def under_way(self) -> int:
        """How many answers are being made or wait for their turn."""
        return len(self._under_way)

    def within(self, key: Hashable, make: Callable[[], _Made]) -> _Made:
        """Returns what is made; who asks for the same at the same time waits for the same.

        Raises:
            BusyError: it is not there in time.
        """
        answer: Future[_Made] = self._begun(key, make)
        try:
            return answer.result(self._seconds)
        except TimeoutError:
            if answer.done():
                raise
            raise BusyError(f"not made in {self._seconds:g} seconds") from None

    def _begun(self, key: Hashable, make: Callable[[], _Made]) -> "Future[_Made]":
        with self._looking:
            there = self._under_way.get(key)
            if there is not None:
                return there
            if len(self._under_way) >= self._waiting:
                raise BusyError(f"{self._waiting} answers are being made")
            answer: Future[_Made] = Future()
            self._under_way[key] = answer
        threading.Thread(target=self._make, args=(key, make, answer), daemon=True, name="making").start()
        return answer

    def _make(self, key: Hashable, make: Callable[[], _Made], answer: "Future[_Made]") -> None:
        with self._turns:
            try:
                answer.set_result(make())
            except BaseException as fault:  # noqa: BLE001 - raised again by who waits for it
                answer.set_exception(fault)
            finally:
                with self._looking:
                    del self._under_way[key]
