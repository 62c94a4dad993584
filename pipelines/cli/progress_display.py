"""How progress looks: a moving line and times on a terminal, one plain line a stage elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipelines.cli.output import err
from pipelines.workspace.headway import Step, Stopwatch, listening

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def shown() -> Iterator[None]:
    """Shows the progress of the work in a `with` block on stderr."""
    if sys.stderr.isatty():
        with _bars() as bars:
            terminal = _OnTerminal(bars)
            with listening(terminal):
                yield
            terminal.end()
    else:
        lines = _AsLines()
        with listening(lines):
            yield
        lines.end()


def _bars() -> Progress:
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    return Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[label]}[/]"),
        console=err(),
        transient=False,
    )


class _OnTerminal:
    """One line a stage; the line of the last stage moves."""

    def __init__(self, bars: Progress) -> None:
        self.bars = bars
        self.tasks: dict[str, TaskID] = {}
        self.stage: str | None = None

    def __call__(self, step: Step) -> None:
        if step.stage != self.stage and self.stage is not None:
            self._finish(self.stage)
        self.stage = step.stage
        if step.stage not in self.tasks:
            self.tasks[step.stage] = self.bars.add_task(step.stage, total=None, label="")
        self.bars.update(self.tasks[step.stage], label=step.label[:60], completed=step.done, total=step.total)

    def end(self) -> None:
        """Marks the last stage as done."""
        if self.stage is not None:
            self._finish(self.stage)

    def _finish(self, stage: str) -> None:
        self.bars.update(self.tasks[stage], total=1, completed=1, label="")


class _AsLines:
    """A line when a stage first begins; the seconds of all at the end."""

    def __init__(self) -> None:
        self.stage: str | None = None
        self.watch = Stopwatch()

    def __call__(self, step: Step) -> None:
        if step.stage not in self.watch.seconds and step.stage != self.stage:
            sys.stderr.write(f"{step.stage} ...\n")
            sys.stderr.flush()
        self.stage = step.stage
        self.watch(step)

    def end(self) -> None:
        """Says how long each stage took, all its turns together."""
        self.watch.stop()
        times = (f"{stage} {seconds:.1f} s" for stage, seconds in self.watch.seconds.items())
        sys.stderr.write(f"{', '.join(times)}\n" if self.watch.seconds else "")
