"""The cheapest change that makes a wanted package possible: which cap, which capacity, which fund, by how much.

Where a wanted initiative may start in several years, the starts are chosen that need the least in all: the sum of how
much the loss cap rises (share of a party's size), each capacity (share of what is usable), the fund (share of the
transition costs) and how far each norm is missed (share of its minimum).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.portfolio.choosing import Choice, Search
from models.portfolio.contributions import Contributions, LimitRow, Package
from models.portfolio.limits import ROUNDING_EUR, Excess, Limits, allowed_loss, excess, loss_shares
from models.portfolio.program import OutOfTimeError, Program
from models.region.codes import Array

Limit = Literal["loss_cap", "capacity", "transition_fund", "volume_norm"]


@dataclass(frozen=True)
class Change:
    """One limit that a package passes, and by how much it would have to give way.

    Attributes:
        limit: which kind.
        party: whose; None for the fund.
        what: the resource or norm; None for a loss or the fund.
        year: in which it is passed most; None for a loss or the fund.
        unit: what the amounts are in: share (of the party's size), fte, units, eur, or amount (of the resource).
        by: how much is short by the sum of the contributions; by_whole: when the package is evaluated whole.
        needed: what the limit would have to be: the loss cap, or the fund; None for the others.
    """

    limit: Limit
    party: str | None
    what: str | None
    year: int | None
    unit: str
    by: float
    by_whole: float
    needed: float | None = None


@dataclass(frozen=True)
class Changes:
    """What would make a package possible.

    Attributes:
        choice: the wanted package, at the starts that need least.
        changes: largest first within each limit; none where it keeps every limit.
    """

    choice: Choice
    changes: tuple[Change, ...]


def cheapest_change(known: Search, limits: Limits, *, wanted: Sequence[str] | None = None) -> Changes:
    """Returns what would have to give way for a wanted set of initiatives; all of them if none are named.

    Raises:
        KeyError: an initiative is wanted that is none of the scenario's.
    """
    own = known.contributions
    for name in wanted or ():
        if name not in own.initiatives:
            raise KeyError(name)
    names = own.initiatives if wanted is None else tuple(wanted)
    choice = known.choice(_starts(own, limits, names))
    return Changes(choice, tuple(_changes(own, limits, choice)))


def _starts(own: Contributions, limits: Limits, names: Sequence[str]) -> Package:
    """Returns the starts of the wanted initiatives that need least; the first ones where time runs out."""
    first = own.first_starts(names)
    if all(places.size == 1 for places in own.of_initiative):
        return first
    program = Program(own)
    program.exactly(names)
    weights = np.concatenate([np.zeros(len(own.options)), _elastic(program, limits)])
    try:
        solution = program.solve(weights)
    except OutOfTimeError:
        return first
    return first if solution is None else program.chosen(solution)


def _elastic(program: Program, limits: Limits) -> Array:
    """Adds every limit with room to give way; returns the weight of each variable that this adds."""
    own, weights = program.contributions, {}
    rise = program.variable()
    weights[rise] = 1.0
    allowed = allowed_loss(own, limits.loss_cap)
    for losses, party in program.losses():
        if np.isfinite(allowed[party]):
            extra, factor = rise, float(own.size[party])
            if factor == 0:
                extra, factor = program.variable(), 1.0
                weights[extra] = 1.0 / float(np.abs(losses).max())
            program.row([*program.options, extra], [*losses, factor], low=-allowed[party] - ROUNDING_EUR)
    if np.isfinite(limits.fund_eur):
        more = program.variable()
        weights[more] = 1.0 / max(float(own.effects.transition.sum()), 1.0)
        program.row([*program.options, more], [*own.effects.transition, -1.0], high=limits.fund_eur)
    if limits.capacity:
        weights |= _elastic_capacity(program)
    if limits.norms:
        weights |= _elastic_norms(program)
    last = max(weights, default=-1)
    options = len(own.options)
    return np.array([weights.get(place, 0.0) for place in range(options, last + 1)])


def _elastic_capacity(program: Program) -> dict[int, float]:
    own, weights = program.contributions, {}
    more: dict[tuple[str, str], int] = {}
    for place in program.capacities():
        key = (own.capacities[place].party, own.capacities[place].what)
        if key not in more:
            more[key] = program.variable()
            weights[more[key]] = 1.0 / max(float(own.usable[place]), 1.0)
        row = own.effects.shortage[:, place]
        program.row([*program.options, more[key]], [*row, -1.0], high=own.room[place])
    return weights


def _elastic_norms(program: Program) -> dict[int, float]:
    own, weights = program.contributions, {}
    for place in program.norms():
        missed = program.variable()
        weights[missed] = 1.0 / max(float(own.norm_minimum[place]), 1.0)
        program.keep_norm(int(place), slack=missed)
    return weights


def _changes(own: Contributions, limits: Limits, choice: Choice) -> Iterator[Change]:
    summed, whole = (excess(own, effects, limits) for effects in (choice.effects, choice.whole))
    yield from _of_losses(own, choice, (summed, whole))
    yield from _of_places("capacity", own.capacities, (summed.capacity, whole.capacity), own.per_fte)
    if max(summed.fund_eur, whole.fund_eur) > 0:
        needed = max(float(choice.effects.transition), float(choice.whole.transition))
        yield Change("transition_fund", None, None, None, "eur", summed.fund_eur, whole.fund_eur, needed)
    none = np.full(len(own.norms), np.nan)
    yield from _of_places("volume_norm", own.norms, (summed.norm_units, whole.norm_units), none)


def _of_losses(own: Contributions, choice: Choice, passed: tuple[Excess, Excess]) -> Iterator[Change]:
    """Yields the parties that lose more than the cap; of unknown size in euro a year."""
    amounts = [one.loss_eur for one in passed]
    most = np.maximum(*amounts)
    over = np.flatnonzero(most > 0)
    shares = np.minimum(loss_shares(own, choice.effects), loss_shares(own, choice.whole))
    order = over[np.argsort(shares[over], kind="stable")]
    for party in order.tolist():
        size = float(own.size[party])
        by, by_whole = (float(amount[party]) / (size or 1.0) for amount in amounts)
        needed = float(-shares[party]) if size > 0 else None
        unit = "share" if size > 0 else "eur"
        yield Change("loss_cap", own.parties[party], None, None, unit, by, by_whole, needed)


def _of_places(
    limit: Limit, places: tuple[LimitRow, ...], passed: tuple[Array, Array], per_fte: Array
) -> Iterator[Change]:
    """Yields what is short of each resource or norm of each party in its worst year, people first."""
    most = np.maximum(*passed)
    worst: dict[tuple[str, str], int] = {}
    for place in np.flatnonzero(most > 0).tolist():
        key = (places[place].party, places[place].what)
        if key not in worst or most[place] > most[worst[key]]:
            worst[key] = place
    people = np.nan_to_num(per_fte) > 0
    each = np.where(people, per_fte, 1.0)
    for place in sorted(worst.values(), key=lambda found: (not people[found], -most[found] / each[found])):
        unit = "fte" if people[place] else "units" if limit == "volume_norm" else "amount"
        by, by_whole = (float(amounts[place] / each[place]) for amounts in passed)
        yield Change(limit, places[place].party, places[place].what, places[place].year, unit, by, by_whole)
