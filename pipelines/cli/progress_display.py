"""How progress looks: a moving line and times on a terminal, one plain line a stage elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from pipelines.cli.output import err
from pipelines.progress import Step, listening


@contextmanager
def shown() -> Iterator[None]:
    """Shows the progress of the work in a `with` block on stderr."""
    if sys.stderr.isatty():
        with _bars() as bars, listening(_OnTerminal(bars)):
            yield
    else:
        lines = _AsLines()
        with listening(lines):
            yield
        lines.end()


def _bars() -> Progress:
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

    def _finish(self, stage: str) -> None:
        self.bars.update(self.tasks[stage], total=1, completed=1, label="")


class _AsLines:
    """A line when a stage begins, and its seconds when it ends."""

    def __init__(self) -> None:
        self.stage: str | None = None
        self.since = 0.0

    def __call__(self, step: Step) -> None:
        if step.stage != self.stage:
            self.end()
            self.stage, self.since = step.stage, time.monotonic()
            sys.stderr.write(f"{step.stage} ...\n")
            sys.stderr.flush()

    def end(self) -> None:
        """Ends the last stage."""
        if self.stage is not None:
            sys.stderr.write(f"  {self.stage}: {time.monotonic() - self.since:.1f} s\n")
        self.stage = None
