"""Worked cases: small regions with the arithmetic written out, for a controller with a calculator, and their run.

A file holds `defaults` (tables, scenario, initiative) and `cases`. A case gives only what differs: a table of its own
replaces the default table whole, keys of the scenario and of an initiative are laid over the defaults (null takes a key
away). Without `initiatives` a case has the one default initiative. What must come out stands under `output`: a cell
of a result table by its keys, and the figure it must hold (`expected`, within `tolerance`) or lie in (`between`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data_contracts.contract import DataContract, load_contracts
from data_contracts.problem import Problem, one_of
from data_contracts.text import Text
from data_contracts.yaml_file import read_yaml, write_yaml
from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario
from models.tables import RESULT_TABLES
from pipelines.judging.from_contract.storage import polars_schema

Row = dict[str, Any]
Tables = Mapping[str, Sequence[Row]]

TOLERANCE = 0.01
"""What a figure may differ from the arithmetic where an expectation does not say otherwise: a cent."""
CHANGES = ("party_impact", "transfer_flow", "transfer_flow_detail")
"""Tables of changes: where they have no row nothing changed, and 0 is meant."""
WHOLE = {"party_impact": {"initiative": None}}
"""Keys that a table's expectations need not write: without an initiative the whole scenario is meant."""
NEEDED = ("case", "title", "why", "arithmetic", "output")
"""What every case says."""


@dataclass(frozen=True)
class PublishedOutcome:
    """An outcome that was published of real care, and what stands behind it.

    Attributes:
        source: who published it, where.
        year: of publication.
        url: where it can be read; None where the source is on paper or behind a wall.
        outcome: the published figure and its range, in words.
        kind: `prediction` (the model could have been wrong), or `identity` (the inputs already hold the outcome, so
            that only the arithmetic is tried).
        assumed: what the publication does not say and this case takes.
        out: why the outcome is out of its range; None where it lies in it.
    """

    source: str
    year: int
    outcome: str
    kind: str
    assumed: str
    url: str | None = None
    out: str | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """What a reader of the case is told of it, a line each."""
        told = (
            f"Published ({self.kind}): {self.outcome}",
            f"Source: {self.source} ({self.year})" + (f", {self.url}" if self.url else ""),
            f"Assumed: {self.assumed}",
        )
        return (*told, f"Out of its range: {self.out}") if self.out else told


@dataclass(frozen=True)
class Expectation:
    """One cell of a result table, and the figure or the range that it must hold."""

    table: str
    keys: Row
    column: str
    expected: Any = None
    tolerance: float = TOLERANCE
    between: tuple[float, float] | None = None

    @property
    def wanted(self) -> str:
        """The figure or the range, as a person writes it."""
        if self.between is None:
            return _shown(self.expected)
        return f"{_shown(self.between[0])} to {_shown(self.between[1])}"

    def is_met_by(self, cell: object) -> bool:
        """Returns whether a cell holds what is expected."""
        if self.between is not None:
            return isinstance(cell, int | float) and self.between[0] <= cell <= self.between[1]
        if _is_number(self.expected) and _is_number(cell):
            return abs(cell - self.expected) <= self.tolerance
        return bool(cell == self.expected)

    def cell(self, rows: Iterable[Row]) -> object:
        """Returns the one cell that is meant; 0 where a table of changes has no row.

        Raises:
            Problem: no row or more than one fits the keys.
        """
        keys = WHOLE.get(self.table, {}) | self.keys
        matching = [row for row in rows if all(row[key] == value for key, value in keys.items())]
        if not matching and self.table in CHANGES:
            return 0.0
        if len(matching) != 1:
            raise Problem(
                Text(
                    en=f"{len(matching)} rows of {self.table} have {keys}",
                    nl=f"{len(matching)} rijen van {self.table} hebben {keys}",
                ),
                expected=Text(en="exactly one", nl="precies een"),
                action=Text(
                    en="write enough keys to name one row", nl="schrijf genoeg sleutels om één rij aan te wijzen"
                ),
            )
        return matching[0][self.column]


@dataclass(frozen=True)
class Check:
    """What a model computed for an expectation."""

    expectation: Expectation
    computed: Any

    @property
    def holds(self) -> bool:
        """Whether the computed figure is the expected one."""
        return self.expectation.is_met_by(self.computed)

    @property
    def written(self) -> str:
        """The computed figure, as a person writes it."""
        return _shown(self.computed)


@dataclass(frozen=True)
class Case:
    """One worked case: what goes in, what must come out, and why.

    Attributes:
        name: the file's name and the case's own.
        rows: fact tables by published name, as written: only the columns that are filled.
        scenario: as plain values.
        published: of a case that tries a published outcome.
    """

    name: str
    title: str
    why: str
    arithmetic: str
    rows: dict[str, list[Row]]
    scenario: dict[str, Any]
    output: tuple[Expectation, ...]
    published: PublishedOutcome | None = None

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The facts as a release holds them: every column of the contract, empty where a row does not say."""
        return {table: fact_table(table, rows) for table, rows in self.rows.items()}

    @property
    def text(self) -> str:
        """The scenario as a person would have it in a file."""
        return write_yaml(self.scenario)

    @property
    def is_drawn(self) -> bool:
        """Whether the case is about draws, in place of one computation at the modes."""
        return bool(self.scenario["draws"])


def read_cases(file: Path) -> list[Case]:
    """Returns the cases of a file, in its order.

    Raises:
        Problem: the file is not there, is no file of cases, or a case lacks what every case says.
    """
    content = _content(file)
    defaults = content.get("defaults") or {}
    return [_case(file, raw, defaults) for raw in content["cases"]]


def run(case: Case) -> list[Check]:
    """Returns what the program computes for each expectation of a case.

    Raises:
        Problem: a table or a column is expected that no result has.
        ScenarioError: the case's scenario is refused.
    """
    _refuse_unknown(case)
    region = Region.from_tables(case.tables, base_year=case.scenario["base_year"])
    evaluation = evaluate(region, parse_scenario(case.text, source=case.name))
    wanted = {expectation.table for expectation in case.output}
    return checks(case, {name: evaluation.table(name).to_dicts() for name in wanted})


def checks(case: Case, tables: Tables) -> list[Check]:
    """Returns what result tables, whoever computed them, hold for each expectation of a case."""
    return [Check(expectation, expectation.cell(tables[expectation.table])) for expectation in case.output]


def fact_table(name: str, rows: Sequence[Row]) -> pl.DataFrame:
    """Returns rows as the published table that they are of.

    Raises:
        Problem: there is no such table, or a row has a column that the table has not.
    """
    contracts = {contract.table: contract for contract in load_contracts().values()}
    if name not in contracts:
        raise Problem(
            Text(en=f"a table {name}", nl=f"een tabel {name}"),
            expected=one_of(sorted(contracts)),
            action=Text(en="correct the name", nl="verbeter de naam"),
        )
    schema = polars_schema(contracts[name])
    _refuse_stray(contracts[name], rows)
    loose = {column: pl.Float64() if kind.is_numeric() else kind for column, kind in schema.items()}
    full = [{column: _value(row.get(column), kind) for column, kind in loose.items()} for row in rows]
    return pl.DataFrame(full, schema=loose).cast(schema)


def _refuse_stray(contract: DataContract, rows: Sequence[Row]) -> None:
    stray = sorted({key for row in rows for key in row} - {column.name for column in contract.columns})
    if stray:
        raise Problem(
            Text(
                en=f"{contract.table} with a column {', '.join(stray)}",
                nl=f"{contract.table} met een kolom {', '.join(stray)}",
            ),
            expected=Text(
                en=f"its columns: {', '.join(column.name for column in contract.columns)}",
                nl=f"haar kolommen: {', '.join(column.name for column in contract.columns)}",
            ),
            action=Text(en="correct the name of the column", nl="verbeter de naam van de kolom"),
        )


def _value(value: object, kind: pl.DataType) -> object:
    if value is None or not kind.is_numeric():
        return value
    return float(value)  # type: ignore[arg-type]


def _content(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise Problem(
            Text(en=f"no file {file}", nl=f"geen bestand {file}"),
            expected=Text(en="a file of worked cases", nl="een bestand met uitgewerkte casussen"),
            action=Text(en="correct the path", nl="verbeter het pad"),
            source=str(file),
        )
    content = read_yaml(file).content
    if not isinstance(content, dict) or not isinstance(content.get("cases"), list):
        raise Problem(
            Text(en="no list `cases`", nl="geen lijst `cases`"),
            expected=Text(
                en="`defaults` and `cases`, as in tests/cases", nl="`defaults` en `cases`, zoals in tests/cases"
            ),
            action=Text(
                en="take a file of tests/cases as an example", nl="neem een bestand uit tests/cases als voorbeeld"
            ),
            source=str(file),
        )
    return content


def _case(file: Path, raw: dict[str, Any], defaults: dict[str, Any]) -> Case:
    missing = [key for key in NEEDED if not raw.get(key)]
    if missing:
        raise Problem(
            Text(en=f"a case without {', '.join(missing)}", nl=f"een casus zonder {', '.join(missing)}"),
            expected=Text(en=f"in every case {', '.join(NEEDED)}", nl=f"in elke casus {', '.join(NEEDED)}"),
            action=Text(en="write what is missing", nl="schrijf op wat ontbreekt"),
            source=f"{file}, case {raw.get('case')}",
        )
    given = raw.get("input") or {}
    name = f"{file.stem}-{raw['case']}"
    return Case(
        name=name,
        title=raw["title"],
        why=raw["why"],
        arithmetic=raw["arithmetic"],
        rows=(defaults.get("tables") or {}) | (given.get("tables") or {}),
        scenario=_scenario(name, raw["title"], given, defaults),
        output=tuple(_expectation(one) for one in raw["output"]),
        published=PublishedOutcome(**raw["published"]) if "published" in raw else None,
    )


def _scenario(name: str, title: str, given: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    shared = {"scenario": name.replace("_", "-"), "title": {"nl": title, "en": title}, "draws": 0, "seed": 1}
    whole = laid_over(shared, laid_over(defaults.get("scenario") or {}, given.get("scenario") or {}))
    named = {"title": {"nl": "Stap", "en": "Step"}} | (defaults.get("initiative") or {})
    return whole | {"initiatives": [laid_over(named, own) for own in given.get("initiatives", [{}])]}


def _expectation(raw: Mapping[str, Any]) -> Expectation:
    between = raw.get("between")
    return Expectation(**{**raw, "between": tuple(between) if between else None})


def _refuse_unknown(case: Case) -> None:
    """Refuses expectations of a table or a column that no result has."""
    for expectation in case.output:
        table = RESULT_TABLES.get(expectation.table)
        if table is None:
            raise Problem(
                Text(en=f"a result table {expectation.table}", nl=f"een resultaattabel {expectation.table}"),
                expected=one_of(sorted(RESULT_TABLES)),
                action=Text(en="correct the name", nl="verbeter de naam"),
                source=case.name,
            )
        stray = sorted({*expectation.keys, expectation.column} - set(table.schema()))
        if stray:
            raise Problem(
                Text(
                    en=f"{expectation.table} with a column {', '.join(stray)}",
                    nl=f"{expectation.table} met een kolom {', '.join(stray)}",
                ),
                expected=Text(
                    en=f"its columns: {', '.join(table.schema())}", nl=f"haar kolommen: {', '.join(table.schema())}"
                ),
                action=Text(en="correct the name of the column", nl="verbeter de naam van de kolom"),
                source=case.name,
            )


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the keys of both, those above winning; mappings are laid over each other, None takes a key away."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(key), dict)
        merged[key] = laid_over(below[key], value) if both else value
    return {key: value for key, value in merged.items() if value is not None}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: object) -> str:
    if value is None:
        return "(empty)"
    return f"{value:,.10g}" if _is_number(value) else str(value)
