"""Exchange across initiatives: who loses in the one may gain in the other (section 11).

The smallest package without payments is the non-empty set in which nobody is below no agreement, with the highest net
value, then the fewest initiatives. Only that counts: shortages, norms and funds are no part of the definition. Where
there is none, the smallest payment between parties that makes one; and where no payment between them can, the least
money from outside.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from models.portfolio.choosing import MOST_EXCLUDED, SAME_VALUE_EUR, Choice, Search, search
from models.portfolio.contributions import Contributions, Effects, Package
from models.portfolio.limits import NOBODY_LOSES, ROUNDING_EUR
from models.portfolio.program import OutOfTimeError, Program
from models.region.codes import Array, Integers

Terms = Literal["without_payments", "with_payments", "with_outside_money", "none", "undecided"]


@dataclass(frozen=True)
class Payments:
    """Who pays and who receives, so that nobody is below no agreement; present values in euro, shape (parties,).

    Attributes:
        received: by party, positive; what a party pays is negative.
        total_eur: what is paid to losers in all.
        outside_eur: of this, what the gainers together cannot pay.
    """

    received: Array
    total_eur: float
    outside_eur: float


@dataclass(frozen=True)
class Exchange:
    """A package that leaves nobody below no agreement.

    Attributes:
        terms: without_payments; with_payments between the parties; with_outside_money on top; none where there is
            nothing to choose from; undecided where the search stopped before it found a package or proved that there
            is none.
        choice: the package; None with the last two.
        payments, payments_whole: by the sum of the contributions, and by the package evaluated whole.
    """

    terms: Terms
    choice: Choice | None = None
    payments: Payments | None = None
    payments_whole: Payments | None = None


def exchange(known: Search) -> Exchange:
    """Returns the smallest package without payments, else with the smallest payment, else with the least money."""
    if not known.contributions.options:
        return Exchange("none")
    try:
        choice = search(known, NOBODY_LOSES, some=True)
        if choice is not None:
            return _told(known, "without_payments", choice)
        package = _smallest_payment(known)
        if package is not None:
            return _told(known, "with_payments", known.choice(package))
        package = _least_paid(known.contributions, [], outside=True)
    except OutOfTimeError:
        return Exchange("undecided")
    return Exchange("undecided") if package is None else _told(known, "with_outside_money", known.choice(package))


def _told(known: Search, terms: Terms, choice: Choice) -> Exchange:
    own = known.contributions
    return Exchange(terms, choice, payments_of(own, choice.effects), payments_of(own, choice.whole))


def payments_of(own: Contributions, effects: Effects) -> Payments:
    """Returns the smallest payments that leave nobody below no agreement: gainers pay in proportion to their gain."""
    need = np.where(effects.worst < -ROUNDING_EUR, -effects.worst, 0.0) * own.annuity
    gain = np.maximum(effects.worst, 0.0) * own.annuity
    total, ability = float(need.sum()), float(gain.sum())
    paid = min(total, ability)
    share = gain / ability if ability > 0 else gain
    return Payments(need - paid * share, total, total - paid)


def _smallest_payment(known: Search) -> Package | None:
    """Returns the set of initiatives that the smallest payment makes acceptable; None where none can be paid for.

    Sets that their gainers cannot pay for when evaluated whole are passed over, as everywhere.
    """
    excluded: list[Package] = []
    while len(excluded) <= MOST_EXCLUDED:
        package = _least_paid(known.contributions, excluded, outside=False)
        if package is None:
            return None
        whole = payments_of(known.contributions, known.effects_of(package))
        if whole.outside_eur <= ROUNDING_EUR * known.contributions.annuity * len(known.contributions.parties):
            return package
        excluded.append(package)
    raise OutOfTimeError


def _least_paid(own: Contributions, excluded: list[Package], *, outside: bool) -> Package | None:
    """Returns the set with the smallest payment by the sum of contributions; the most valuable among equals."""
    first, received, gifts = _paid(own, excluded, outside=outside)
    least = first.solve(_weights(gifts if outside else received))
    if least is None:
        return None
    second, received, gifts = _paid(own, excluded, outside=outside)
    what = gifts if outside else received
    second.row(what, np.ones(len(what)), high=least.objective + SAME_VALUE_EUR)
    best = second.solve(-own.values)
    return first.chosen(best or least)


def _weights(variables: Integers) -> Array:
    weights = np.zeros(int(variables.max()) + 1)
    weights[variables] = 1.0
    return weights


def _paid(own: Contributions, excluded: list[Package], *, outside: bool) -> tuple[Program, Integers, Integers]:
    """Returns a program in which parties pay each other, and its variables of what is received and what is given."""
    program = Program(own)
    program.some()
    for package in excluded:
        program.exclude(package)
    losses = program.losses()
    losers = sorted({party for _, party in losses})
    received = {party: program.variable() for party in losers}
    paid = {party: program.variable() for party in range(len(own.parties))}
    for party in range(len(own.parties)):
        for weights in _annual(own, party):
            where, factors = [*program.options.tolist(), paid[party]], [*weights, -1.0]
            if party in received:
                where, factors = [*where, received[party]], [*factors, 1.0]
            program.row(where, factors, low=-ROUNDING_EUR)
    gift = program.variable(high=np.inf if outside else 0.0)
    every = [*received.values(), *paid.values(), gift]
    program.row(every, [1.0] * len(received) + [-1.0] * (len(paid) + 1), low=0.0, high=0.0)
    return program, np.array(list(received.values()) or [gift]), np.array([gift])


def _annual(own: Contributions, party: int) -> list[Array]:
    annual, level = own.effects.annual[:, party], own.effects.level[:, party]
    return [annual] if np.array_equal(annual, level) else [annual, level]


@dataclass(frozen=True)
class Swap:
    """Two parties and two initiatives: in the one the first gains and the second loses, in the other it is reversed.

    Attributes:
        gives, gets: the initiatives in which the first party loses, and gains; for the other party the reverse.
        party, other: the two parties.
        amounts: annual equivalents in euro: the first party's loss and gain, then the other's gain and loss.
        strength: the smallest of the four amounts.
    """

    gives: str
    gets: str
    party: str
    other: str
    amounts: tuple[float, float, float, float]
    strength: float


def swaps(own: Contributions, package: Package, *, materiality: float, most: int = 50) -> tuple[Swap, ...]:
    """Returns which parties of a package can set a loss in one initiative against a gain in another, strongest first.

    Args:
        own: the contributions.
        package: the chosen set.
        materiality: the share of a party's size below which nothing is a gain or a loss.
        most: how many to tell.
    """
    limit = np.maximum(materiality * own.size, 1.0)
    found = []
    for one, other in combinations(package, 2):
        first, second = own.effects.annual[one], own.effects.annual[other]
        loses_first = np.flatnonzero((first < -limit) & (second > limit))
        gains_first = np.flatnonzero((first > limit) & (second < -limit))
        for party in loses_first.tolist():
            for partner in gains_first.tolist():
                amounts = (first[party], second[party], first[partner], second[partner])
                strength = float(np.abs(amounts).min())
                found.append(
                    Swap(
                        own.options[one].initiative,
                        own.options[other].initiative,
                        own.parties[party],
                        own.parties[partner],
                        tuple(float(a) for a in amounts),  # type: ignore[arg-type]
                        strength,
                    )
                )
    return tuple(sorted(found, key=lambda swap: (-swap.strength, swap.party, swap.other))[:most])
