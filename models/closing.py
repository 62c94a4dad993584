"""What a provider loses on balance, and what of that is closed (section 4, Closing something).

Semi-fixed cost is not shed by itself: somebody has to close a ward, a session, an operating day. What a provider gives
away and what it receives, refills and grows by are set against each other, means over the draws; what is lost on
balance and not closed stays as cost. One `Balance` is of one world.
"""

from dataclasses import dataclass

import numpy as np

from models.backfill import Refill
from models.baseline import NEAR, Loads, Setting, near
from models.capacity import RunningLoads
from models.cost import Coming, Departments, Left
from models.forms import Form, Ledger, Sum
from models.region.codes import Array, Integers, Mask
from models.scenario.schema import Closing
from models.transfer import Move


@dataclass(frozen=True)
class ClosedShares:
    """Shares of what each provider loses, shape (providers, steps).

    Attributes:
        on_balance: κ, what is lost on balance.
        unclosed: κ · (1 − σ), what is lost on balance and not closed.
    """

    on_balance: Array
    unclosed: Array


class Balance:
    """What providers give and get in one world, at full average cost and in the resources that close in steps."""

    def __init__(self, setting: Setting, loads: Loads) -> None:
        self._setting = setting
        self._loads = loads
        shape = (len(setting.region.providers.ids), setting.shape[0])
        self._given, self._coming, self._growing = np.zeros(shape), np.zeros(shape), _growth_of_cost(setting)
        self.freed, self.needed, self.growing = Ledger(), Ledger(), Ledger()

    @property
    def stepped(self) -> Integers:
        """Positions of the resources that close in steps."""
        step = self._setting.region.resources.step
        return np.flatnonzero(np.nan_to_num(step) > 0)

    def give(self, departments: Departments) -> None:
        """Enters what leaves; where more comes back than left, that is growth."""
        lost = departments.cost @ departments.lost.mean(axis=-1)
        gone = departments.cost @ departments.gone.mean(axis=-1)
        np.add.at(self._given, departments.provider, lost)
        np.add.at(self._growing, departments.provider, lost - gone)

    def get(self, coming: Coming) -> None:
        """Enters what is received or refilled."""
        for form in coming.forms:
            rows = np.unique(form.rows)
            amounts = Sum([form], rows, self._setting.shape).mean()
            np.add.at(self._coming, coming.provider[rows], amounts)

    def work(self, capacity: RunningLoads, move: Move, refill: Refill | None) -> None:
        """Enters what a move frees and what received and refilled care requires, of resources that close in steps."""
        stepped = set(self.stepped.tolist())
        if not stepped:
            return
        positive = np.where(move.leaving > 0, 1.0, 0.0)
        for resource, form in capacity.freed(move):
            if resource in stepped:
                self.freed.enter(resource, Form(form.rows, form.coefficients, form.tracks * positive))
                if (positive == 0).any():
                    grown = form.tracks * (positive - 1)
                    self.growing.enter(resource, Form(form.rows, form.coefficients, grown))
        for resource, form in (*capacity.required(move), *(() if refill is None else refill.used())):
            if resource in stepped:
                self.needed.enter(resource, form)

    def closing(self) -> ClosedShares:
        """Returns what of each provider's losses stays, by what the scenario says about scaling down."""
        on_balance = self._lost_on_balance()
        return ClosedShares(on_balance, on_balance * (1 - self._closed_share()))

    def _lost_on_balance(self) -> Array:
        """Returns κ, shape (providers, steps)."""
        left = self._given - self._coming - np.maximum(0.0, self._growing)
        left = np.where(left > near(self._given), left, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self._given > 0, left / self._given, 0.0)

    def _closed_share(self) -> Array:
        """Returns σ, shape (providers, steps)."""
        policy = self._setting.scenario.scale_down
        if policy == "all":
            return np.ones_like(self._given)
        if policy == "none":
            return np.zeros_like(self._given)
        if policy == "whole_steps":
            return self._by_whole_steps()
        return self._decided(policy)

    def _decided(self, decisions: tuple[Closing, ...]) -> Array:
        """Returns the share that each provider decided to close; once all has settled it holds whatever its year."""
        share = np.zeros_like(self._given)
        for decision in decisions:
            row = share[self._setting.region.providers.ids.index(decision.provider)]
            row[self._setting.steps >= decision.first_year] = decision.share
            row[-1] = decision.share
        return share

    def _by_whole_steps(self) -> Array:
        share = np.ones_like(self._given)
        for resource in self.stepped.tolist():
            rows = self._freeing(resource)
            frees = Sum(self.freed.forms(resource), rows, self._setting.shape).mean() > NEAR
            on_balance = self.on_balance(resource, rows)
            closed = whole_steps(on_balance, self._step(resource)) * self._step(resource)
            with np.errstate(divide="ignore", invalid="ignore"):
                own = np.where(on_balance > NEAR, np.minimum(1.0, closed / on_balance), 1.0)
            share[rows] = np.where(frees, np.minimum(share[rows], own), share[rows])
        return share

    def _step(self, resource: int) -> float:
        return float(self._setting.region.resources.step[resource])

    def on_balance(self, resource: int, providers: Integers) -> Array:
        """Returns F, what is freed of a resource on balance: the mean over the draws, shape (providers, steps)."""
        growth, rest = self._flows(resource, providers)
        grown = [np.maximum(0.0, growth.at(step)).mean(axis=-1) for step in range(self._setting.shape[0])]
        return rest.mean() - np.stack(grown, axis=1)

    def on_balance_draws(self, resource: int, providers: Integers) -> Array:
        """Returns the same in every draw, shape (providers, steps, draws)."""
        growth, rest = self._flows(resource, providers)
        return rest.values() - np.maximum(0.0, growth.values())

    def _flows(self, resource: int, providers: Integers) -> tuple[Sum, Sum]:
        """Returns the growth of the load, and what is freed less what is required."""
        shape, setting = self._setting.shape, self._setting
        load = Form(providers, self._loads.coefficients[providers, resource], setting.demand.tracks - 1.0)
        growth = Sum([load, *self.growing.forms(resource)], providers, shape)
        freed = [*self.freed.forms(resource), *(form.times(-1) for form in self.needed.forms(resource))]
        return growth, Sum(freed, providers, shape)

    def givers(self, resource: int) -> tuple[Integers, Mask]:
        """Returns who gives care that takes of a resource, sorted, and in which years it frees any of it."""
        rows = self._freeing(resource)
        return rows, Sum(self.freed.forms(resource), rows, self._setting.told).mean() > NEAR

    def _freeing(self, resource: int) -> Integers:
        rows = (form.rows for form in self.freed.forms(resource))
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *rows]))


def whole_steps(amount: Array, step: float) -> Array:
    """Returns how many whole steps fit in an amount; one that misses a whole by no more than rounding is whole."""
    count = amount / step
    return np.floor(np.maximum(0.0, count + near(count)))


def _growth_of_cost(setting: Setting) -> Array:
    """Returns how much more the care of growth alone costs than in the base year, mean, shape (providers, steps)."""
    region = setting.region
    cost = setting.base_units_by_path(
        region.cells.provider, region.cells.units * region.base_unit_cost, size=len(region.providers.ids)
    )
    return cost @ (setting.demand.tracks.mean(axis=-1) - 1.0)


def leave(departments: Departments, closing: ClosedShares, ledger: Ledger) -> Left:
    """Enters what the donors avoid and what strands (`avoided_cost_eur`, `stranded_cost_eur`, `stranded_if_kept_eur`).

    Returns:
        What is avoided and what strands; rows are departments by their place.
    """
    avoided, stranded = [departments.avoided()], [departments.stranded()]
    kept = [*stranded, departments.unclosed(closing.on_balance)]
    unclosed = departments.unclosed(closing.unclosed)
    if unclosed is not None:
        avoided.append(unclosed.times(-1))
        stranded.append(unclosed)
    for measure, forms in (
        ("avoided_cost_eur", avoided), ("stranded_cost_eur", stranded), ("stranded_if_kept_eur", kept),
    ):  # fmt: skip
        for form in forms:
            if form is not None:
                ledger.enter(measure, form.named(departments.provider[form.rows]))
    return Left(tuple(avoided), tuple(stranded))
