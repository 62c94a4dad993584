"""Scenarios of one release beside each other: party by party, and the assumptions in which they differ.

What belongs here: the paths of the parties under each scenario, and what stands in one scenario's text and not, or
otherwise, in another's. Nothing is added up over scenarios; a party that a scenario leaves alone has nothing there.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import Synopsis

MOST = 3
"""So many scenarios stand side by side."""
_TOLD_APART = ("scenario", "horizon", "initiatives", "title", "purpose", "necessity", "evidence", "seed", "draws", "id")
_EURO = 0.5  # less is nothing

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One assumption that is not the same everywhere.

    Attributes:
        key: of the parameter, as in the scenario's file.
        values: what it is in each scenario; None where it is not there.
        swing_eur: how much a party's present value turns on it at most; 0 where that was not computed.
    """

    key: str
    values: tuple[object | None, ...]
    swing_eur: float


@dataclass(frozen=True)
class SideBySide:
    """Scenarios side by side, the one that is read first."""

    findings: Synopsis

    @cached_property
    def scenarios(self) -> tuple[Synopsis, ...]:
        """The one that is read and the first others of the release."""
        own = self.findings
        others = [results for results in own.release.scenarios if results.name != own.results.name]
        return (own, *(Synopsis(own.release, results, own.words) for results in others[: MOST - 1]))

    @cached_property
    def parties(self) -> tuple[tuple[str, tuple[Row | None, ...]], ...]:
        """Each party's id with its path under every scenario (None: left alone), the largest difference first.

        The difference is that of its worst year: what it has to bear.
        """
        paths = [{row["party"]: row for row in one.once(Paths).parties.to_dicts()} for one in self.scenarios]
        every = dict.fromkeys(party for path in paths for party in path)
        rows = [(party, tuple(path.get(party) for path in paths)) for party in every]
        return tuple(sorted(rows, key=lambda row: (-_apart(row[1]), row[0])))

    @cached_property
    def initiatives(self) -> tuple[tuple[str, ...], ...]:
        """The titles of the initiatives of each scenario that no other has."""
        named = [dict(one.initiatives.iter_rows()) for one in self.scenarios]
        return tuple(
            tuple(title for name, title in own.items() if not any(name in other for other in named if other is not own))
            for own in named
        )

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """The parameters that differ: of the scenarios, and of initiatives that several have; the strongest first."""
        texts = [dict(_parameters(one)) for one in self.scenarios]
        has = [{"", *one.initiatives["initiative"]} for one in self.scenarios]
        shared = {key for text in texts for key in text if all(_initiative(key) in own for own in has)}
        found = (Difference(key, tuple(text.get(key) for text in texts), self._swing(key)) for key in shared)
        differing = [one for one in found if len({json.dumps(value) for value in one.values}) > 1]
        return tuple(sorted(differing, key=lambda one: (-one.swing_eur, one.key)))

    def _swing(self, key: str) -> float:
        return max((one.get(key, 0.0) for one in self._swings), default=0.0)

    @cached_property
    def _swings(self) -> tuple[dict[str, float], ...]:
        swing = (pl.col("high_eur") - pl.col("low_eur")).abs().max().alias("swing")
        tables = (one.results.table("sensitivity").group_by("parameter").agg(swing) for one in self.scenarios)
        return tuple(dict(table.drop_nulls().iter_rows()) for table in tables)


def _apart(rows: tuple[Row | None, ...]) -> float:
    """Returns how far a party's worst years lie apart; left alone is nothing lost."""
    worst = [0.0 if row is None else float(row["worst_eur"] or 0.0) for row in rows]
    return max(worst) - min(worst)


def _parameters(findings: Synopsis) -> Iterator[tuple[str, object]]:
    """Yields the parameters of a scenario and of its initiatives, by their keys in the file."""
    results = findings.results
    yield "horizon", results.horizon
    for text in results.table("scenario")["parameters"]:
        yield from _flat(json.loads(text or "{}"))
    table = results.table("initiative").select("initiative", "parameters")
    for name, text in table.iter_rows():
        yield from _flat(json.loads(text or "{}"), prefix=f"initiatives.{name}.")


def _flat(value: object, *, prefix: str = "") -> Iterator[tuple[str, object]]:
    if not isinstance(value, dict):
        yield prefix.removesuffix("."), value
        return
    for key, part in value.items():
        if key not in _TOLD_APART and part is not None:
            yield from _flat(part, prefix=f"{prefix}{key}.")


def _initiative(key: str) -> str:
    """Returns the initiative that a key is of; nothing for the scenario's own."""
    parts = key.split(".")
    return parts[1] if parts[0] == "initiatives" else ""
