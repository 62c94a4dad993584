"""One evaluation from beginning to end: each initiative moved, paid, costed and staffed on what earlier ones left."""

from collections.abc import Mapping

import numpy as np

from models import cost
from models.baseline import Loads, Setting
from models.capacity import Asked, Capacity
from models.forms import Ledger
from models.outcome import InitiativeOutcome, Outcome
from models.parameters import Sample
from models.region import Region
from models.region.codes import Array, Integers
from models.revenue import Revenue
from models.scenario import Scenario
from models.thresholds import Thresholds
from models.transfer import Care, Move, plan_move, touched
from models.travel import patient_km, unknown_area_share


def run_fixed(region: Region, scenario: Scenario, *, fixed: Mapping[str, Array], width: int) -> Outcome:
    """Returns the outcome with some parameters fixed, run by run, and all others at their central value."""
    return run(region, scenario, Sample(seed=scenario.seed, draws=0, fixed=fixed, width=width))


def run(region: Region, scenario: Scenario, sample: Sample) -> Outcome:
    """Returns the outcome of a checked scenario for given draws."""
    return _Run(Setting.of(region, scenario, sample)).outcome()


class _Run:
    """One evaluation under way: the state that each initiative leaves to the next."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.loads = Loads.of(setting)
        self.care = Care(setting)
        self.revenue = Revenue(setting)
        self.capacity = Capacity(setting, self.loads)
        self.backfill = cost.Backfill(setting, self.loads)
        self.thresholds = Thresholds(setting)

    def outcome(self) -> Outcome:
        """Runs every initiative in order and returns what came of it."""
        initiatives = [self._initiative(order) for order in range(len(self.setting.scenario.initiatives))]
        return Outcome(
            setting=self.setting,
            loads=self.loads,
            capacity=self.capacity,
            thresholds=self.thresholds,
            initiatives=initiatives,
            scopes=self.revenue.scopes,
        )

    def _initiative(self, order: int) -> InitiativeOutcome:
        """Moves, pays, costs and staffs one initiative."""
        initiative = self.setting.scenario.initiatives[order]
        chosen, moved, present = self.care.take(order)
        move = plan_move(self.setting, self.loads, initiative, moved, present)
        asked = self.capacity.asked(move)
        if self.setting.scenario.respect_capacity:
            move = move.scaled(asked.feasible().of_initiative)
        self.care.apply(order, chosen, present, move)
        return self._settled(move, asked)

    def _settled(self, move: Move, asked: Asked) -> InitiativeOutcome:
        """Returns what an applied move does to money, capacity, thresholds and travel."""
        providers, payers, patients = Ledger(), Ledger(), Ledger()
        self.revenue.apply(move, providers, payers)
        departments = cost.reduced(self.setting, move)
        refill = self.backfill.refill(move, departments)
        if refill is not None:
            self.backfill.enter(departments, refill, self.revenue, providers, payers)
        cost.leave(departments, refill, providers)
        cost.incremental(self.setting, move, providers)
        cost.support(self.setting, move, providers)
        cost.transition(self.setting, move, providers, payers)
        patient_km(self.setting, move, patients)
        self.thresholds.apply(move, departments, refill)
        return InitiativeOutcome(
            move=move,
            asked=asked,
            parties=self._parties_of(move),
            providers=providers,
            payers=payers,
            patients=patients,
            loads=self.capacity.apply(move, departments, refill),
            refill=refill,
            unknown_area_share=unknown_area_share(self.setting, move),
        )

    def _parties_of(self, move: Move) -> Integers:
        """Returns the providers that an initiative touches, members of shared budgets included."""
        members = [scope.members for scope in self.revenue.scopes]
        return np.unique(np.concatenate([touched(self.setting.region, [move.initiative]), *members]))
