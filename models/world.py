"""One world played from beginning to end: each initiative moved, staffed and refilled on what earlier ones left.

Two worlds are set against each other (section 1): with and without an agreement, on the same draws. A world is played
in two rounds. First what happens: who gives what to whom, what fits, who takes the freed places. Then what it comes to
in money: what is closed depends on all that a provider gives and gets in the whole world.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from models import closing, cost, departments
from models.backfill import Lists, Refill, Refilling
from models.baseline import Loads, Setting
from models.capacity import RunningLoads
from models.closing import Balance
from models.forms import Form, Ledger
from models.norms import NormUnits
from models.region.codes import Array, Integers
from models.revenue import Revenue, Scope
from models.room import Asked, asked, fitted
from models.transfer import Care, Move, Planned, plan_move, touched
from models.travel import patient_km, unknown_area_share


@dataclass(frozen=True)
class Played:
    """What one initiative does in one world, each amount as forms.

    Attributes:
        move: as applied.
        asked: what it asked of its recipients and supporter, before capacity scaled it.
        refill: what refills what it frees; None where nothing does.
        loads: load changes by resource; rows are providers.
        norms: changes of the units that count for norms; rows as of `NormUnits`.
        providers, payers, patients: amounts by measure.
        departments: units, production and cost of departments.
        unclosed: share of what each provider loses on balance that is not closed, shape (providers, steps).
        parties: positions of the providers it touches.
        unknown_area_share: share of the units whose patients' area is unknown.
    """

    move: Move
    asked: Asked
    refill: Refill | None
    loads: Ledger
    norms: Ledger
    providers: Ledger
    payers: Ledger
    patients: Ledger
    departments: Ledger
    unclosed: Array
    parties: Integers
    unknown_area_share: float


@dataclass(frozen=True)
class World:
    """What one world comes to.

    Attributes:
        initiatives: in the order in which they were played.
        capacity: loads as the initiatives left them.
        norms: units under norms as the initiatives left them.
        balance: what providers give and get.
        scopes: the shared budgets.
        contracts: what changes between each provider and payer, by measure; rows are provider * payers + payer.
    """

    initiatives: tuple[Played, ...]
    capacity: RunningLoads
    norms: NormUnits
    balance: Balance
    scopes: tuple[Scope, ...]
    contracts: Ledger

    def ledger(self, name: str) -> Ledger:
        """Returns one of the ledgers of `Played` over all initiatives."""
        total = Ledger()
        for played in self.initiatives:
            total.merge(getattr(played, name))
        return total


@dataclass
class _Happened:
    """What happens, before it is told in money."""

    capacity: RunningLoads
    norms: NormUnits
    lists: Lists
    moves: list[tuple[Move, Asked, Refill | None, Ledger, list[Form]]] = field(default_factory=list)


def play(setting: Setting, loads: Loads, planned: Sequence[Planned]) -> World:
    """Returns one world with some initiatives, played in this order."""
    happened = _happen(setting, loads, planned, Lists(setting))
    while happened.lists.shared and not happened.lists.settled:
        happened = _happen(setting, loads, planned, Lists(setting, before=happened.lists.taken))
    return _Telling(setting, loads, happened).world()


def _happen(setting: Setting, loads: Loads, planned: Sequence[Planned], lists: Lists) -> _Happened:
    """Moves, fits, staffs and refills one initiative after another."""
    happened = _Happened(RunningLoads(setting, loads), NormUnits(setting), lists)
    care, backfill = Care(setting, planned), Refilling(setting, loads, lists)
    respect = setting.scenario.respect_capacity
    for order, one in enumerate(planned):
        found = happened.norms.enforced(one) if one.norm is not None else one
        chosen, moved, present = care.take(order, found.donors)
        move = plan_move(setting, loads, found, moved, present)
        wants = asked(happened.capacity, move)
        if respect and one.agreed:
            move = fitted(move, wants.room(), reallocate=respect == "reallocate")
        care.apply(order, chosen, present, move)
        refill = backfill.refill(order, move, happened.capacity.changes)
        changes = happened.capacity.changed_by(move, refill)
        happened.capacity.changes.merge(changes)
        norms = happened.norms.changed_by(move)
        happened.norms.apply(norms)
        happened.moves.append((move, wants, refill, changes, norms))
    return happened


class _Telling:
    """What happened, told in money."""

    def __init__(self, setting: Setting, loads: Loads, happened: _Happened) -> None:
        self.setting = setting
        self.happened = happened
        self.revenue = Revenue(setting)
        self.balance = Balance(setting, loads)

    def world(self) -> World:
        """Returns the world with every amount."""
        told = [self._before_closing(*each) for each in self.happened.moves]
        decided = self.balance.closing()
        for played, leaving in told:
            left = closing.leave(leaving, decided, played.providers)
            departments.given(self.setting, played.move, leaving, left, played.departments)
        return World(
            initiatives=tuple(replace(played, unclosed=decided.unclosed) for played, _ in told),
            capacity=self.happened.capacity,
            norms=self.happened.norms,
            balance=self.balance,
            scopes=self.revenue.scopes,
            contracts=self.revenue.contracts,
        )

    def _before_closing(
        self, move: Move, wants: Asked, refill: Refill | None, loads: Ledger, norms: list[Form]
    ) -> tuple[Played, cost.Departments]:
        """Returns an initiative with all but what is avoided and stranded, and what leaves the departments."""
        setting = self.setting
        providers, payers, patients, own = Ledger(), Ledger(), Ledger(), Ledger()
        units = Ledger()
        for form in norms:
            units.enter("units", form)
        self.revenue.apply(move, providers, payers)
        leaving = cost.reduced(setting, move)
        self.balance.give(leaving)
        self.balance.work(self.happened.capacity, move, refill)
        self._receive(move, providers, own)
        if refill is not None:
            self._refill(refill, providers, payers, own)
        cost.support(setting, move, providers)
        cost.transition(setting, move, providers, payers)
        patient_km(setting, move, patients)
        played = Played(
            move=move,
            asked=wants,
            refill=refill,
            loads=loads,
            norms=units,
            providers=providers,
            payers=payers,
            patients=patients,
            departments=own,
            unclosed=np.zeros((0, setting.shape[0])),
            parties=self._parties_of(move),
            unknown_area_share=unknown_area_share(setting, move),
        )
        return played, leaving

    def _receive(self, move: Move, providers: Ledger, own: Ledger) -> None:
        """Enters what received care costs (`incremental_cost_eur`)."""
        if not move.parcels:
            return
        coming = cost.received(self.setting, move)
        for form in cost.marginal(self.setting, move):
            providers.enter("incremental_cost_eur", form)
        if coming is not None:
            self.balance.get(coming)
            for form in coming.cost():
                providers.enter("incremental_cost_eur", form.named(coming.provider[form.rows]))
        departments.received(self.setting, move, coming, own)

    def _refill(self, refill: Refill, providers: Ledger, payers: Ledger, own: Ledger) -> None:
        """Enters what refilled capacity brings and costs."""
        self.revenue.refilled(refill, providers, payers)
        coming = cost.refilled(self.setting, refill)
        self.balance.get(coming)
        for form in coming.cost():
            providers.enter("incremental_cost_eur", form.named(coming.provider[form.rows]))
        departments.refilled(self.setting, refill, coming, own)

    def _parties_of(self, move: Move) -> Integers:
        """Returns the providers that an initiative touches, members of shared budgets included."""
        members = [scope.members for scope in self.revenue.scopes]
        return np.unique(np.concatenate([touched(self.setting.region, [move.planned]), *members]))
