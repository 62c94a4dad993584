"""Many settings of one scenario in one call: the facts read once, the settings shared out over the processor's cores.

The other cores work in processes of their own that are handed the facts, so that a script or a notebook needs no guard
around its main part. `python -m pipelines.evaluation.sweeping` is such a process: work comes in, answers go out.
"""

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contracts.problem import Fault
from models.impact import evaluate
from models.region import Region
from models.scenario import ScenarioError, parse_scenario
from models.scenario.settings import with_settings

NUMBER, SETTINGS = "number", "settings"
"""Columns before those of the table: which of the settings, from 0, and what it was."""


@dataclass(frozen=True)
class Sweep:
    """A scenario to be evaluated under many settings.

    Attributes:
        region: the facts.
        text: of the scenario.
        source: its name, for messages.
        table: which result table is wanted, as far as a headline needs it.
    """

    region: Region
    text: str
    source: str
    table: str

    def answer(self, settings: Sequence[str]) -> pl.DataFrame:
        """Returns the table under one setting; raises `ScenarioError` if it cannot be."""
        scenario = parse_scenario(with_settings(self.text, settings), source=self.source)
        return evaluate(self.region, scenario).headline(self.table)

    def answers(self, every: Sequence[Sequence[str]]) -> "Answers":
        """Returns the table under each setting, or why one of them cannot be."""
        try:
            return [self.answer(settings) for settings in every]
        except ScenarioError as error:
            return error.faults


Answers = list[pl.DataFrame] | tuple[Fault, ...]
"""A table a setting; or what is wrong with one of them."""


def sweep(work: Sweep, every: Sequence[Sequence[str]], *, processes: int | None = None) -> pl.DataFrame:
    """Returns the rows of the table under every setting, with `number` and `settings` before them.

    Args:
        work: scenario, facts and table.
        every: the settings, KEY=VALUE each, several at a time.
        processes: over how many it is shared out; one a core, if none is given.

    Raises:
        ScenarioError: a setting cannot be; nothing is returned of the others.
    """
    shares = max(1, min(processes or len(os.sched_getaffinity(0)), len(every)))
    handed = [_Other(work, every[share::shares]) for share in range(1, shares)]
    try:
        found = [work.answers(every[::shares]), *(other.answers() for other in handed)]
    finally:
        for other in handed:
            other.end()
    told: list[pl.DataFrame] = []
    for share, answers in enumerate(found):
        if isinstance(answers, tuple):
            raise ScenarioError(answers)
        told += [_numbered(frame, share + place * shares, every) for place, frame in enumerate(answers)]
    return pl.concat(told).sort(NUMBER, maintain_order=True) if told else pl.DataFrame()


def _numbered(frame: pl.DataFrame, number: int, every: Sequence[Sequence[str]]) -> pl.DataFrame:
    before = (pl.lit(number).alias(NUMBER), pl.lit(" ".join(every[number])).alias(SETTINGS))
    return frame.select(*before, pl.all())


class _Other:
    """A process that answers a share of the settings; it is at work from the moment it is made."""

    def __init__(self, work: Sweep, settings: Sequence[Sequence[str]]) -> None:
        command = [sys.executable, "-m", __name__]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own
        if self._process.stdin is None:
            raise RuntimeError("a process without a way in")
        with self._process.stdin as handed:
            pickle.dump((work, settings), handed)

    def answers(self) -> Answers:
        """Returns what the process found, once it has."""
        told = self._process.stdout.read() if self._process.stdout else b""
        if code := self._process.wait():
            raise RuntimeError(f"a process that shared the sweep ended with {code}")
        answers: Answers = pickle.loads(told)  # noqa: S301 - of our own process
        return answers

    def end(self) -> None:
        """Ends the process, if something went wrong before it was asked, and lets go of it."""
        if self._process.poll() is None:
            self._process.kill()
        if self._process.stdout:
            self._process.stdout.close()
        self._process.wait()


def main() -> None:
    """Answers the share of a sweep that comes in, and ends."""
    work, settings = pickle.load(sys.stdin.buffer)  # noqa: S301 - of our own process
    pickle.dump(work.answers(settings), sys.stdout.buffer)


if __name__ == "__main__":
    main()
