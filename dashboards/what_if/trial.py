"""A scenario of a release tried under other settings, in memory: the facts are read once and prepared once."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from dashboards.data import (
    DEPARTMENT_FLOW_SCHEMA,
    FLOW_SCHEMA,
    TRAVEL_SCHEMA,
    Frame,
    Release,
    ScenarioResults,
    facts_for_model,
    limits_of,
    scenario_results,
    typed,
)
from dashboards.telling.synopsis import Synopsis
from dashboards.what_if.budget import PROPOSED, TRIED, check_size
from dashboards.what_if.remembering import Remembered
from dashboards.words.wording import Wording
from data_contracts.connections import NO_REPLACEMENTS
from models.impact import Evaluation, evaluate
from models.plausible import require_plausible
from models.region import Region
from models.scenario import Scenario
from models.scenario.parsing import read_content
from models.scenario.settings import with_changes
from models.tables import RESULT_TABLES

DRAWS = 500
"""Draws of a trial: enough for p10 and p90 to the digits that are shown, quick enough to answer a slider."""
ANSWERS_BYTES = 192 << 20
"""Of all answers of a release together; one takes some 10 MiB in the demonstration region."""
_AT_ONCE = 2
_TURNS = threading.BoundedSemaphore(_AT_ONCE)
"""Evaluations under way at once, of all scenarios together."""


class ReleaseFacts:
    """The regions of a release, by base year, each made when it is first asked for.

    Args:
        database: the release's file; read once, read-only, and closed again.
        made: is told of each region.
    """

    def __init__(self, database: Path, *, made: Callable[[Region], None]) -> None:
        self._database = database
        self._tell = made
        self._regions: dict[int, Region] = {}
        self._making = threading.Lock()

    def of(self, base_year: int) -> Region:
        """Returns the region of a base year, prepared for evaluations."""
        with self._making:
            if base_year not in self._regions:
                with duckdb.connect(str(self._database), read_only=True) as connection:
                    connection.execute(NO_REPLACEMENTS)
                    tables = facts_for_model(connection)
                self._regions[base_year] = Region.from_tables(tables, base_year=base_year)
                self._tell(self._regions[base_year])
            return self._regions[base_year]


class Trial:
    """One scenario as filed, and what it does under other settings.

    Args:
        results: the scenario as published; it holds its own text.
        content: the scenario's plain values, with the keys of its file.
        facts: of the same release.
        answers: where answers are remembered, of all scenarios of the release together.
    """

    def __init__(
        self, results: ScenarioResults, *, content: Mapping[str, Any], facts: ReleaseFacts, answers: Remembered
    ) -> None:
        self.results = results
        self.content = content
        self._facts = facts
        self._answers = answers

    @cached_property
    def filed(self) -> Scenario:
        """The scenario as filed."""
        return read_content(dict(self.content), source=self.results.name)

    @property
    def region(self) -> Region:
        """The facts of the scenario's base year."""
        return self._facts.of(self.results.base_year)

    def scenario(self, settings: Sequence[str]) -> Scenario:
        """Returns the scenario under settings, with the draws of a trial.

        Raises:
            ScenarioError: with every fault of the settings; `TooLargeError`: more to compute than a reader may ask for.
        """
        tried, filed = _tried(self._changed(settings)), _tried(self.filed)
        check_size(tried, self.region, filed=filed, most=TRIED)
        return tried

    def check_proposal(self, settings: Sequence[str]) -> None:
        """Refuses settings that make a scenario too large to be kept, with all its draws.

        Raises:
            ScenarioError: as of `scenario`.
        """
        check_size(self._changed(settings), self.region, filed=self.filed, most=PROPOSED)

    def _changed(self, settings: Sequence[str]) -> Scenario:
        return read_content(with_changes(dict(self.content), settings), source=self.results.name)

    def answer(self, settings: Sequence[str]) -> ScenarioResults:
        """Returns the results under settings; each table is made when it is first asked for, of impact the headline.

        Raises:
            ScenarioError: with every fault of the settings.
        """
        return self._answer(tuple(settings)).results

    def findings(self, release: Release, settings: Sequence[str], words: Wording) -> Synopsis:
        """Returns what the results under settings say in one language; remembered with the results.

        Raises:
            ScenarioError: with every fault of the settings.
        """
        return self._answer(tuple(settings)).findings(release, words)

    def whole(self, settings: Sequence[str]) -> ScenarioResults:
        """Returns the same results with every row of every table, for the pages that need them.

        Raises:
            ScenarioError: with every fault of the settings.
        """
        answer = self.answer(settings)
        tables = answer.tables
        return replace(answer, tables=tables.whole()) if isinstance(tables, _Made) else answer

    def _answer(self, settings: tuple[str, ...]) -> "_Answer":
        return self._answers.get((self.results.name, settings), lambda: _Answer(self._evaluated(settings)))

    def _evaluated(self, settings: tuple[str, ...]) -> ScenarioResults:
        scenario = self.scenario(settings)
        with _TURNS:
            evaluation = evaluate(self.region, scenario)
            require_plausible(evaluation)
        return replace(
            self.results,
            horizon=scenario.horizon,
            draws=scenario.draws,
            discount_rate=scenario.discount_rate,
            limits=limits_of(scenario.materiality),
            tables=_Made(evaluation),
        )


def results_of(evaluation: Evaluation) -> ScenarioResults:
    """Returns what a release would hold of an evaluation, every table made when it is first asked for."""
    (row,) = evaluation.table("scenario").to_dicts()
    return scenario_results(row, _Made(evaluation, is_whole=True))


class _Answer:
    """The results under some settings, and what they say in each language that it was asked for in."""

    def __init__(self, results: ScenarioResults) -> None:
        self.results = results
        self._said: dict[str, Synopsis] = {}

    def findings(self, release: Release, words: Wording) -> Synopsis:
        """Returns what the results say; two threads that ask at once may both make it, and get the same."""
        if words.language not in self._said:
            self._said.setdefault(words.language, Synopsis(release, self.results, words))
        return self._said[words.language]


def _tried(scenario: Scenario) -> Scenario:
    """Returns a scenario with no more draws than a trial has."""
    return scenario.model_copy(update={"draws": min(scenario.draws, DRAWS)})


class _Made(Mapping[str, Frame]):
    """The tables of an evaluation by name, each made when it is first asked for."""

    def __init__(self, evaluation: Evaluation, *, is_whole: bool = False) -> None:
        self._evaluation = evaluation
        self._is_whole = is_whole
        self._made: dict[str, Frame] = {}

    def whole(self) -> "_Made":
        """Returns the same tables, that of impact with every row."""
        return _Made(self._evaluation, is_whole=True)

    def __getitem__(self, name: str) -> Frame:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(RESULT_TABLES)

    def __len__(self) -> int:
        return len(RESULT_TABLES)

    def _make(self, name: str) -> Frame:
        if name == "travel":
            return _travel(self._evaluation.table("transfer_flow_detail"))
        if name == "department_flow":
            return _of_departments(self._evaluation.table("transfer_flow"))
        table = self._evaluation.table(name) if self._is_whole else self._evaluation.headline(name)
        return _flows(table) if name == "transfer_flow" else table


def _travel(table: Frame) -> Frame:
    """Returns moved care of the last year as a release is read: per area, donor and recipient."""
    last = table.filter(pl.col("year") == pl.col("year").max())
    keys = ["scenario", "area", "from_id", "to_id"]
    return typed(last.group_by(keys).agg(units=pl.col("units_moved").sum()), TRAVEL_SCHEMA).sort(keys)


def _of_departments(table: Frame) -> Frame:
    """Returns moved care of the last year as a release is read: per initiative, donor, recipient and specialism."""
    last = table.filter(pl.col("year") == pl.col("year").max())
    keys = ["scenario", "initiative", "from_id", "to_id", "specialism"]
    summed = last.group_by(keys).agg(pl.col("units_moved", "revenue_moved_eur").sum())
    return typed(summed, DEPARTMENT_FLOW_SCHEMA).sort(keys)


def _flows(table: Frame) -> Frame:
    """Returns moved care as a release is read: per initiative, year, donor and recipient."""
    keys = ["scenario", "initiative", "year", "from_id", "to_id"]
    summed = table.group_by(keys).agg(pl.col("units_moved", "revenue_moved_eur").sum())
    return typed(summed, FLOW_SCHEMA).sort(keys)
