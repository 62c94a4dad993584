"""Whether there is room within all red lines, what the best package in it is worth, and which line would open it.

The portfolio's program with one more row a line (`models.portfolio`): the same limits, the same search, the same proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.portfolio.choosing import Choice, Search, search
from models.portfolio.contributions import Contributions, Effects
from models.portfolio.limits import Limits
from models.portfolio.program import OutOfTimeError, Program
from models.positions.lines import Line
from models.region.codes import Array

REFUSED = 1.0
"""By how much a refusal is moved when it is given up."""


@dataclass(frozen=True)
class Opening:
    """One red line that, moved alone, opens room.

    Attributes:
        line: which.
        by: how much it moves, in its own unit; by_share: the same as the line is given, a share where it is one.
    """

    line: Line
    by: float
    by_share: float

    @property
    def given_in(self) -> str:
        """What the move is told in: a share where the line is one, else full-time equivalents, units or a refusal."""
        return "share" if self.line.unit == "eur" else self.line.unit


@dataclass(frozen=True)
class DealRoom:
    """What lies within all red lines.

    Attributes:
        choice: the package of highest value that keeps every line and every other limit; None where there is none.
        proven: whether the search came to an end: only then is "none" a proof.
        openings: where there is none, every line that alone would open room, the smallest move first.
        lines: all lines that were held against.
    """

    choice: Choice | None
    proven: bool
    openings: tuple[Opening, ...]
    lines: tuple[Line, ...]

    @property
    def is_open(self) -> bool:
        """Whether there is room."""
        return self.choice is not None


def with_lines(own: Contributions, lines: Sequence[Line], amounts: Sequence[Array]) -> Contributions:
    """Returns contributions that know the red lines.

    Args:
        own: what each option contributes.
        lines: the red lines.
        amounts: by option, what it adds to every amount of every line, in the order of the lines.
    """
    every = np.stack(list(amounts)) if len(amounts) else np.zeros((0, sum(line.limits.size for line in lines)))
    effects: Effects = replace(own.effects, lines=every)
    of = tuple(place for place, line in enumerate(lines) for _ in range(line.limits.size))
    least = np.concatenate([np.zeros(0), *(line.limits for line in lines)])
    return replace(own, effects=effects, least=least, line_of=of)


def deal_room(known: Search, limits: Limits, lines: Sequence[Line]) -> DealRoom:
    """Returns whether there is room within all red lines (at least one initiative), and if not, what would open it.

    Args:
        known: of contributions that know the lines, see `with_lines`.
        limits: every other limit.
        lines: the same lines.
    """
    try:
        choice, proven = search(known, limits, some=True), True
    except OutOfTimeError:
        choice, proven = None, False
    openings = () if choice is not None else _openings(known.contributions, limits, lines)
    return DealRoom(choice, proven, openings, tuple(lines))


def _openings(own: Contributions, limits: Limits, lines: Sequence[Line]) -> tuple[Opening, ...]:
    found = [(place, _moved(own, limits, place)) for place in sorted(set(own.line_of))]
    moves = [(lines[place], by) for place, by in found if by is not None]
    openings = [Opening(line, by, by / line.per_share) for line, by in moves]
    return tuple(sorted(openings, key=lambda one: (one.line.unit == "refusal", one.by_share)))


def _moved(own: Contributions, limits: Limits, line: int) -> float | None:
    """Returns by how much one line must move for some package to keep all the others; None if none would."""
    program = Program(own)
    program.keep(replace(limits, lines=False))
    slack = program.variable()
    program.keep_lines({line: slack})
    program.some()
    objective = np.zeros(slack + 1)
    objective[slack] = 1.0
    try:
        solution = program.solve(objective)
    except OutOfTimeError:
        return None
    return None if solution is None else float(solution.values[slack])
