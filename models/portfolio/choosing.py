"""The best package within its limits: highest net value, then fewest initiatives, then earliest starts.

The search goes by the sum of the initiatives' own contributions. A package that passes a limit when it is evaluated
whole is excluded and the search goes on with the next best.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from models.portfolio.contributions import Contributions, Effects, Package
from models.portfolio.limits import Limits, excess
from models.portfolio.program import OutOfTimeError, Program
from models.region.codes import Array

MOST_EXCLUDED = 40
"""So many packages that fail when evaluated whole are passed over before the search stops, and says so."""
SAME_VALUE_EUR = 0.01
"""Packages whose net values differ by no more than a cent are equally good; fewest initiatives decide."""
SAME_SHARE = 1e-6
"""A gap of no more than this counts as none."""
QUICK = 100
"""Only where the best value took no more branches than this are equals looked for: elsewhere ties do not occur."""

Whole = Callable[[Package], Effects]
"""What evaluates a package whole."""
Status = Literal["proven", "within_gap", "stopped"]
"""proven: nothing better keeps the limits; within_gap: nothing better by more than the gap; stopped: too many packages
failed when evaluated whole, this is the best known that does not."""


@dataclass(frozen=True)
class Choice:
    """A package, and how sure it is that none is better.

    Attributes:
        package: positions of the options; empty where doing nothing is best.
        value_eur: net value, the sum of the contributions.
        effects: the sum of the contributions.
        whole: effects of the package evaluated whole; the sum again where nothing evaluates.
        value_whole_eur: its net value.
        gap: proven distance to the best, as a share of the value.
        status: see `Status`.
        failed: the packages with a higher value that passed a limit when evaluated whole.
    """

    package: Package
    value_eur: float
    effects: Effects
    whole: Effects
    value_whole_eur: float
    gap: float = 0.0
    status: Status = "proven"
    failed: tuple[Package, ...] = ()


@dataclass
class Search:
    """What is known of packages already, so that searches under other limits need not evaluate them again.

    Attributes:
        contributions: what is chosen from.
        whole: what evaluates a package whole; None takes the sum of the contributions for it.
        known: effects of packages evaluated whole.
    """

    contributions: Contributions
    whole: Whole | None = None
    known: dict[Package, Effects] = field(default_factory=dict)

    def effects_of(self, package: Package) -> Effects:
        """Returns the effects of a package evaluated whole."""
        if package not in self.known:
            summed = self.contributions.effects.of(package)
            self.known[package] = self.whole(package) if self.whole and package else summed
        return self.known[package]

    def choice(self, package: Package) -> Choice:
        """Returns a package with its effects."""
        summed, whole = self.contributions.effects.of(package), self.effects_of(package)
        value, value_whole = (float(self.contributions.value_of(effects)) for effects in (summed, whole))
        return Choice(package, value, summed, whole, value_whole)

    def keeps(self, package: Package, limits: Limits) -> bool:
        """Returns whether a package keeps the limits, both summed and evaluated whole."""
        summed = self.contributions.effects.of(package)
        own = self.contributions
        return excess(own, summed, limits).nothing and excess(own, self.effects_of(package), limits).nothing


def choose(
    contributions: Contributions, limits: Limits, *, whole: Whole | None = None, some: bool = False
) -> Choice | None:
    """Returns the package with the highest net value within the limits (section 11).

    Args:
        contributions: what each initiative contributes by itself.
        limits: caps on losses, funds, capacity and norms.
        whole: evaluates a package whole; without it only the sum of the contributions counts.
        some: whether doing nothing is no answer.

    Returns:
        The best package: the fewest initiatives among equals, then the earliest starts. None only with `some`, where no
        package keeps the limits.

    Raises:
        OutOfTimeError: as of `search`.
    """
    return search(Search(contributions, whole), limits, some=some)


def search(known: Search, limits: Limits, *, some: bool = False) -> Choice | None:
    """Returns what `choose` does, with the help of what earlier searches evaluated.

    Raises:
        OutOfTimeError: with `some`, where no package was found and nothing proves that there is none.
    """
    own, bound = known.contributions, np.inf
    failed: list[Package] = []
    rounding: list[Package] = []
    while len(failed) <= MOST_EXCLUDED and len(rounding) <= MOST_EXCLUDED:
        try:
            found = _best(own, limits, excluded=[*failed, *rounding], some=some)
        except OutOfTimeError:
            break
        if found is None:
            return None
        package, bound, gap = found
        if not excess(own, own.effects.of(package), limits).nothing:
            rounding.append(package)
        elif known.keeps(package, limits):
            status: Status = "proven" if gap <= SAME_SHARE else "within_gap"
            return replace(known.choice(package), gap=gap, status=status, failed=tuple(failed))
        else:
            failed.append(package)
    return _best_known(known, limits, failed, bound=bound, some=some)


def _best_known(known: Search, limits: Limits, failed: list[Package], *, bound: float, some: bool) -> Choice:
    """Returns the best package among those evaluated, when the search stops before its end."""
    packages: list[Package] = [package for package in known.known if package and known.keeps(package, limits)]
    if not some:
        packages.append(())
    if not packages:
        raise OutOfTimeError
    best = max((known.choice(package) for package in packages), key=lambda one: one.value_eur)
    highest = bound if np.isfinite(bound) else float(np.maximum(known.contributions.values, 0.0).sum())
    gap = (highest - best.value_eur) / max(abs(best.value_eur), 1.0)
    return replace(best, gap=max(0.0, gap), status="stopped", failed=tuple(failed))


def _best(
    own: Contributions, limits: Limits, *, excluded: list[Package], some: bool
) -> tuple[Package, float, float] | None:
    """Returns the best package by the sum of contributions, the bound on its value, and the gap; None if there is none.

    A second program picks the fewest initiatives and the earliest starts among the packages that are as good.
    """
    if not own.options:
        return None if some else ((), 0.0, 0.0)
    first = _program(own, limits, excluded=excluded, some=some)
    solution = first.solve(-own.values)
    if solution is None:
        return None
    value = -solution.objective
    bound = value + solution.gap * abs(value)
    if solution.nodes > QUICK:
        return first.chosen(solution), bound, solution.gap
    second = _program(own, limits, excluded=excluded, some=some)
    second.row(second.options, own.values, low=value - SAME_VALUE_EUR)
    tidy = second.solve(tidiness(own))
    return first.chosen(tidy or solution), bound, solution.gap


def tidiness(own: Contributions) -> Array:
    """Returns the weight of each option that makes fewer initiatives win, and then earlier starts."""
    order = np.zeros(len(own.options))
    for places in own.of_initiative:
        order[places] = np.arange(places.size)
    return 1.0 + order / (1.0 + order.sum())


def _program(own: Contributions, limits: Limits, *, excluded: list[Package], some: bool) -> Program:
    program = Program(own)
    program.keep(limits)
    for package in excluded:
        program.exclude(package)
    if some:
        program.some()
    return program
