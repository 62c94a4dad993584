"""Small invented worlds of confidential figures, and an attacker that is written a second time, plainly.

The attacker here knows nothing of the program's blocks, caches, witnesses and duals: one dense pair of linear programs
a figure, over everything that it hears.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from scipy.optimize import linprog

from models.disclosure.attackers import Attacker, attackers
from models.disclosure.audit import Audited, AuditInput
from models.disclosure.cells import Cell, Cells, Key
from models.disclosure.coarseness import EVERYBODY, Class, Figure, Level, withheld_last
from models.disclosure.statements import Statement, in_digits

ALL = frozenset({EVERYBODY})


def cell(measure: str, party: str, value: float, *, part: str = "", year: int | None = None, size: float = 1e8,
         neutral: float = 0.0, low: float | None = None, snapshot: str = "") -> Cell:  # fmt: skip
    return Cell(Key(measure, party, part, year, snapshot), value, neutral, -size if low is None else low, size)


def digits(name: str, cells: Sequence[Cell], *, audience: frozenset[str] = ALL, kind: Class = "total",
           weights: Sequence[float] | None = None, family: str | None = None) -> Figure:  # fmt: skip
    """A total in two digits, then one, then not at all."""
    own = weights or [1.0] * len(cells)
    terms = {one.key: weight for one, weight in zip(cells, own, strict=True)}
    value = sum(one.value * weight for one, weight in zip(cells, own, strict=True))
    levels = [Level(f"{n}_digits", (in_digits(terms, value, n),), {"value": value}) for n in (2, 1)]
    return Figure(name, kind, family or name, audience, withheld_last(levels))


def said(name: str, *statements: Statement, audience: frozenset[str] = ALL, kind: Class = "band") -> Figure:
    """Something that is said, or not."""
    return Figure(name, kind, name, audience, withheld_last([Level("said", statements)]))


def case(cells: Iterable[Cell], figures: Iterable[Figure], known: Iterable[Statement] = (), **others) -> AuditInput:
    listed = list(cells)
    parties = sorted({one.key.party for one in listed})
    others.setdefault("attackers", tuple(attackers(parties)))
    return AuditInput(Cells.of(listed), tuple(known), tuple(figures), **others)


def plainly_at_risk(
    audited: AuditInput, told: Iterable[tuple[frozenset[str], Statement]], attacker: Attacker
) -> list[tuple[Key, float]]:
    """Returns what an attacker works out from what is told: every figure with its width, if it is too narrow."""
    cells, ears = audited.cells, attacker.parties | {"public"} | ({EVERYBODY} if attacker.parties else set())
    heard = [*audited.known, *(one for audience, one in told if audience & ears)]
    bare = list(audited.known)
    found = []
    for place, one in enumerate(cells.distinct):
        key = one.key
        if key.party in attacker.parties or abs(one.value) <= one.neutral:
            continue
        if audited.open_to.get(key, frozenset()) & attacker.parties:
            continue
        if audited.known_to.get(key, frozenset()) & attacker.parties:
            continue
        width = _width(audited, heard, attacker, place)
        if width < 0.499 * abs(one.value) and width < 0.899 * _width(audited, bare, attacker, place):
            found.append((key, width))
    return found


def told_by(audited: Audited) -> list[tuple[frozenset[str], Statement]]:
    return [(sent.audience, sent.statement) for sent in audited.statements()] + [
        (sent.audience, sent.statement) for sent in audited.case.history
    ]


def _width(audited: AuditInput, heard: Sequence[Statement], attacker: Attacker, place: int) -> float:
    cells = audited.cells
    scale = np.array([max(abs(one.value), (one.high - one.low) * 1e-4, 1e-9) for one in cells.distinct])
    low, high = (side / scale for side in cells.bounds)
    for n, one in enumerate(cells.distinct):
        if one.key.party in attacker.parties or audited.known_to.get(one.key, frozenset()) & attacker.parties:
            low[n] = high[n] = one.value / scale[n]
    matrix, limit = [], []
    for one in heard:
        row = np.zeros(len(cells))
        for key, weight in one.terms:
            row[cells.place(key)] += weight * scale[cells.place(key)]
        size = max(np.abs(row).max(), 1e-12)
        if np.isfinite(one.high):
            matrix.append(row / size)
            limit.append(one.high / size + 1e-7)
        if np.isfinite(one.low):
            matrix.append(-row / size)
            limit.append(-one.low / size + 1e-7)
    ends = []
    for sign in (1.0, -1.0):
        objective = np.zeros(len(cells))
        objective[place] = sign
        result = linprog(objective, A_ub=np.array(matrix) if matrix else None, b_ub=limit or None,
                         bounds=np.column_stack([low, high]))  # fmt: skip
        if result.status != 0:
            return 0.0
        ends.append(result.x[place])
    return (ends[1] - ends[0]) * scale[place]
