"""Who would rather do without the others: the coalition that a division leaves furthest below what it could do alone.

The excess of a coalition is what the flows within it are worth less what it is given. This is where the question is
asked; `search` answers it.
"""

from dataclasses import dataclass

import numpy as np

from models.region.codes import Array, Integers
from models.settlement.search import most_valuable
from models.settlement.sets import Sets

TIME_LIMIT = 30.0
"""Seconds after which a proof is given up; the best coalition found is told with its gap."""
SMALL = 1e-9
"""Share of all that is at stake below which a value is rounding."""
CENT = 0.01


@dataclass(frozen=True)
class Blocking:
    """The coalition with the largest excess.

    Attributes:
        coalition: its parties, by position; empty where nobody gains by leaving.
        excess: v(S) less what S is given, in euro; 0 where nobody gains.
        gap: how much larger the excess of another coalition could at most be, in euro; 0 where that is proven.
    """

    coalition: Integers
    excess: float
    gap: float

    @property
    def in_core(self) -> bool | None:
        """Whether nobody gains by leaving; None where none was found but the proof was given up."""
        if self.coalition.size:
            return False
        return None if self.gap else True


def blocking(sets: Sets, given: Array, *, time_limit: float = TIME_LIMIT) -> Blocking:
    """Returns the coalition with the largest excess over what its parties are given.

    All parties together have an excess of 0 under every rule, so that no coalition at all stands for them.

    Args:
        sets: the value of each set of parties that is needed together.
        given: what each party is given, shape (parties,).
        time_limit: seconds after which the proof is given up.
    """
    tolerance = max(CENT, SMALL * float(np.abs(sets.value).sum() + np.abs(given).sum()))
    chosen, gap = most_valuable(sets, -given, tolerance=tolerance, time_limit=time_limit)
    active = sets.members[sets.members @ (~chosen).astype(float) == 0]
    chosen &= (active.getnnz(axis=0) > 0) | (given < 0)  # who adds nothing is not named
    excess = sets.within(chosen) - float(given[chosen].sum())
    if excess <= tolerance:
        return Blocking(np.zeros(0, dtype=np.int64), 0.0, gap)
    return Blocking(np.flatnonzero(chosen), excess, gap)
