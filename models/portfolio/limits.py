"""The limits within which a package must stay (section 11), and by how much one passes them.

One rule for the sum of the contributions and for the package evaluated whole: both come here as `Effects`.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.portfolio.contributions import Contributions, Effects
from models.region.codes import Array
from models.region.region import NONE_BELOW

ROUNDING_EUR = 0.005
"""Less than half a cent a year is no loss, and no money short."""
ROUNDING_SHARE = 1e-9
"""A norm missed by no more than this share of its minimum, or a capacity passed by no more of itself, is rounding."""
UNBOUNDED = math.inf


@dataclass(frozen=True)
class Limits:
    """What a package must keep to.

    Attributes:
        loss_cap: the most that a party may lose a year, as a share of its size; infinite for no cap. A party whose size
            is not known may lose nothing under any cap.
        fund_eur: what the present value of the transition costs must stay within; infinite for no fund to stay within.
        capacity, norms: whether shortages and volume norms count.
        lines: whether the parties' red lines count.
    """

    loss_cap: float = UNBOUNDED
    fund_eur: float = UNBOUNDED
    capacity: bool = True
    norms: bool = True
    lines: bool = True


NOBODY_LOSES = Limits(loss_cap=0.0, capacity=False, norms=False, lines=False)
"""Nobody is below no agreement; nothing else counts."""


def allowed_loss(contributions: Contributions, loss_cap: float) -> Array:
    """Returns what each party may lose a year at most, in euro."""
    if math.isinf(loss_cap):
        return np.full(len(contributions.parties), np.inf)
    return loss_cap * contributions.size


@dataclass(frozen=True)
class Excess:
    """By how much a package passes its limits; 0 where it keeps them.

    Attributes:
        loss_eur: a year, by party. capacity: by place, in the resource's unit. fund_eur: present value.
        norm_units: by place. breaches: norms that the whole evaluation tells to be breached.
        lines: by row of a red line, in the row's own unit.
    """

    loss_eur: Array
    capacity: Array
    fund_eur: float
    norm_units: Array
    breaches: int
    lines: Array

    @cached_property
    def nothing(self) -> bool:
        """Whether every limit is kept."""
        amounts = (self.loss_eur, self.capacity, self.norm_units, self.lines)
        return not (self.fund_eur or self.breaches or any(amount.any() for amount in amounts))


def excess(contributions: Contributions, effects: Effects, limits: Limits) -> Excess:
    """Returns by how much the effects of a package pass the limits."""
    loss = -effects.worst - allowed_loss(contributions, limits.loss_cap)
    fund = float(effects.transition) - limits.fund_eur
    return Excess(
        loss_eur=np.where(loss > ROUNDING_EUR, loss, 0.0),
        capacity=_over(contributions, effects) if limits.capacity else np.zeros(len(contributions.capacities)),
        fund_eur=fund if fund > ROUNDING_EUR else 0.0,
        norm_units=_short(contributions, effects) if limits.norms else np.zeros(len(contributions.norms)),
        breaches=effects.breaches if limits.norms else 0,
        lines=_crossed(contributions, effects) if limits.lines else np.zeros(len(contributions.least)),
    )


def line_rounding(least: Array) -> Array:
    """Returns what each row of a red line may be missed by: rounding."""
    return ROUNDING_SHARE * np.maximum(1.0, np.abs(least))


def _crossed(contributions: Contributions, effects: Effects) -> Array:
    """Returns by how much each row of a red line is crossed."""
    if not contributions.least.size:
        return np.zeros(0)
    short = contributions.least - effects.lines
    return np.where(short > line_rounding(contributions.least), short, 0.0)


def _over(contributions: Contributions, effects: Effects) -> Array:
    over = effects.shortage - contributions.room
    return np.where(over > ROUNDING_SHARE * np.maximum(1.0, contributions.usable), over, 0.0)


def _short(contributions: Contributions, effects: Effects) -> Array:
    """Returns the units short of each norm; who gave the care up breaches nothing (section 6)."""
    after = contributions.norm_before + effects.norm_units
    short = contributions.norm_minimum - after
    breached = (after >= NONE_BELOW) & (short > ROUNDING_SHARE * np.maximum(1.0, contributions.norm_minimum))
    return np.where(breached, short, 0.0)


def loss_shares(contributions: Contributions, effects: Effects) -> Array:
    """Returns each party's loss as a share of its size: negative, else 0; minus infinity if the size is unknown."""
    loss = np.minimum(np.where(effects.worst < -ROUNDING_EUR, effects.worst, 0.0), 0.0)
    size = contributions.size
    unknown = np.where(loss < 0, -np.inf, 0.0)
    return np.where(size > 0, loss / np.where(size > 0, size, 1.0), unknown)


def least_cap(contributions: Contributions, effects: Effects) -> float:
    """Returns the smallest loss cap that allows the effects of a package; infinite if one of unknown size loses."""
    shares = loss_shares(contributions, effects)
    return float(-shares.min()) if shares.size else 0.0


def refusing_cap(contributions: Contributions, effects: Effects) -> float:
    """Returns the cap below which the effects of a package pass it, rounding allowed; infinite as of `least_cap`."""
    loss = np.maximum(-effects.worst - ROUNDING_EUR, 0.0)
    sized = contributions.size > 0
    if loss[~sized].any():
        return UNBOUNDED
    return float((loss[sized] / contributions.size[sized]).max(initial=0.0))
