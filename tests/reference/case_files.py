"""Worked cases from tests/cases: small regions with the arithmetic written out, for a controller with a calculator.

A file holds `defaults` (tables, scenario, initiative) and `cases`. A case gives only what differs: a table of its own
replaces the default table whole, keys of the scenario and of an initiative are laid over the defaults (None takes a key
away). Without `initiatives` the case has the one default initiative.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import yaml

from reference.worlds import frame, scenario_text

CASES = Path(__file__).resolve().parents[1] / "cases"
CHANGES = ("party_impact", "transfer_flow", "transfer_flow_detail")  # no row: nothing changed


@dataclass(frozen=True)
class Case:
    """One worked case: what goes in, what must come out, and why."""

    name: str
    title: str
    why: str
    arithmetic: str
    tables: dict[str, pl.DataFrame]
    scenario: dict[str, Any]
    output: list[dict[str, Any]]

    @property
    def text(self) -> str:
        return scenario_text(self.scenario)


def load_cases() -> list[Case]:
    """Every case of every file, in order."""
    return [case for path in sorted(CASES.glob("*.yaml")) for case in _cases_of(path)]


def _cases_of(path: Path) -> list[Case]:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    defaults = content.get("defaults") or {}
    return [_case(f"{path.stem}-{raw['case']}", raw, defaults) for raw in content["cases"]]


def _case(name: str, raw: dict[str, Any], defaults: dict[str, Any]) -> Case:
    given = raw.get("input") or {}
    rows = (defaults.get("tables") or {}) | (given.get("tables") or {})
    scenario = _laid_over(
        {"scenario": name.replace("_", "-"), "title": {"nl": raw["title"], "en": raw["title"]}, "draws": 0, "seed": 1},
        _laid_over(defaults.get("scenario") or {}, given.get("scenario") or {}),
    )
    basic = defaults.get("initiative") or {}
    own = given.get("initiatives", [{}])
    scenario["initiatives"] = [
        {"title": {"nl": "Stap", "en": "Step"}} | _laid_over(basic, initiative) for initiative in own
    ]
    tables = {table: frame(table, table_rows) for table, table_rows in rows.items()}
    return Case(name, raw["title"], raw["why"], raw["arithmetic"], tables, scenario, raw["output"])


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """The keys of both, those above winning; mappings are laid over each other, None takes a key away."""
    merged = dict(below)
    for key, value in above.items():
        both = isinstance(value, dict) and isinstance(below.get(key), dict)
        merged[key] = _laid_over(below[key], value) if both else value
    return {key: value for key, value in merged.items() if value is not None}


def found_in(rows: list[dict[str, Any]], expected: dict[str, Any]) -> Any:
    """The one cell that an expectation of a case speaks of; 0 where a change has no row."""
    keys = expected["keys"]
    if expected["table"] == "party_impact":
        keys = {"initiative": None} | keys
    matching = [row for row in rows if all(row[key] == value for key, value in keys.items())]
    if not matching and expected["table"] in CHANGES:
        return 0.0
    if len(matching) != 1:
        raise AssertionError(f"{expected['table']} has {len(matching)} rows for {keys}; expected exactly one.")
    return matching[0][expected["column"]]
