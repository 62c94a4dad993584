"""Tells how far a long job is. The work tells; whoever started it decides how that looks: a bar, lines, or nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Step:
    """One message: the stage, what it is at, and how much is done where that is known."""

    stage: str
    label: str = ""
    done: int | None = None
    total: int | None = None


Listener = Callable[[Step], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def tell(stage: str, label: str = "", *, done: int | None = None, total: int | None = None) -> None:
    """Tells whoever listens how far the work is; nobody has to listen."""
    listener = _listener.get()
    if listener is not None:
        listener(Step(stage, label, done, total))


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Sends all messages of a `with` block to a listener."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def stage(name: str, *, at: str = "") -> Iterator[None]:
    """Tells everything that is told in a `with` block under one stage, what it is `at` before each label."""
    outer = _listener.get()

    def onward(step: Step) -> None:
        if outer is not None:
            outer(Step(name, " ".join(part for part in (at, step.label) if part), step.done, step.total))

    tell(name, at)
    with listening(onward):
        yield


@dataclass
class Stopwatch:
    """A listener that adds up the seconds of each stage, in order of appearance; may pass messages on."""

    onward: Listener | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    _stage: str | None = None
    _since: float = 0.0

    def __call__(self, step: Step) -> None:
        """Notes a message."""
        if step.stage != self._stage:
            self.stop()
            self._stage, self._since = step.stage, time.perf_counter()
        if self.onward is not None:
            self.onward(step)

    def stop(self) -> None:
        """Ends the last stage."""
        if self._stage is not None:
            spent = time.perf_counter() - self._since
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + spent
        self._stage = None
