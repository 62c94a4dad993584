"""What an audit leaves behind for the next one in the round: figures as they were in truth, and what was said of them.

It holds what the views withhold, so it stays in the middle. Plain values only: whoever keeps it chooses how.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.disclosure.audit import Audited, Sent
from models.disclosure.cells import Cell, Key
from models.disclosure.statements import Statement

Written = dict[str, Any]


@dataclass(frozen=True)
class AuditRecord:
    """One audit, as the next one needs it.

    Attributes:
        cells: the confidential figures. known: identities and what the scenario said.
        own: what parties knew by their own rows. sent: what the views said, and to whom.
        known_to, open_to: as of the case.
        coarseness: how coarsely each family was told: what was withheld stays withheld for the round.
    """

    cells: tuple[Cell, ...]
    known: tuple[Statement, ...]
    own: tuple[Sent, ...]
    sent: tuple[Sent, ...]
    known_to: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    open_to: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    coarseness: Mapping[str, int] = field(default_factory=dict)


def record_of(audited: Audited) -> AuditRecord:
    """Returns what an audit leaves behind; what an earlier one left behind is not said again."""
    case = audited.case
    return AuditRecord(
        cells=tuple(case.cells.given.values()),
        known=case.known,
        own=case.own,
        sent=tuple(audited.statements()),
        known_to=case.known_to,
        open_to=case.open_to,
        coarseness=audited.coarseness,
    )


def written(record: AuditRecord) -> Written:
    """Returns a record as plain values; cells are named by their place."""
    place = {cell.key: n for n, cell in enumerate(record.cells)}
    return {
        "cells": [_cell(cell) for cell in record.cells],
        "known": [_statement(one, place) for one in record.known],
        "own": [[sorted(one.audience), _statement(one.statement, place)] for one in record.own],
        "sent": [[sorted(one.audience), _statement(one.statement, place)] for one in record.sent],
        "known_to": [[place[key], sorted(parties)] for key, parties in record.known_to.items() if key in place],
        "open_to": [[place[key], sorted(parties)] for key, parties in record.open_to.items() if key in place],
        "coarseness": dict(record.coarseness),
    }


def read(values: Written) -> AuditRecord:
    """Returns the record that plain values hold."""
    cells = tuple(Cell(Key(*row[:5]), *row[5:]) for row in values["cells"])
    return AuditRecord(
        cells=cells,
        known=tuple(_said(one, cells) for one in values["known"]),
        own=tuple(_sent(values["own"], cells)),
        sent=tuple(_sent(values["sent"], cells)),
        known_to={cells[n].key: frozenset(parties) for n, parties in values["known_to"]},
        open_to={cells[n].key: frozenset(parties) for n, parties in values["open_to"]},
        coarseness=values["coarseness"],
    )


def _cell(cell: Cell) -> list[Any]:
    key = cell.key
    return [key.measure, key.party, key.part, key.year, key.snapshot, cell.value, cell.neutral, cell.low, cell.high]


def _statement(one: Statement, place: Mapping[Key, int]) -> list[Any]:
    ends = [end if math.isfinite(end) else None for end in (one.low, one.high)]
    return [*ends, [[place[key], weight] for key, weight in one.terms]]


def _said(values: list[Any], cells: tuple[Cell, ...]) -> Statement:
    low, high, terms = values
    named = tuple((cells[place].key, weight) for place, weight in terms)
    return Statement(named, -math.inf if low is None else low, math.inf if high is None else high)


def _sent(values: Iterable[list[Any]], cells: tuple[Cell, ...]) -> Iterable[Sent]:
    for audience, statement in values:
        yield Sent(frozenset(audience), _said(statement, cells))
