"""One evaluation from beginning to end: each initiative moved, paid, costed and staffed on what the earlier ones left."""

from collections.abc import Mapping

import numpy as np

from models import cost, thresholds
from models.baseline import Loads, Setting
from models.capacity import Capacity
from models.ledger import Ledger
from models.outcome import InitiativeOutcome, Outcome
from models.parameters import Sample
from models.region import Region
from models.region.codes import Array, Integers
from models.revenue import Revenue
from models.scenario import Scenario
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
        region, scenario = setting.region, setting.scenario
        self.loads = Loads.of(setting)
        self.care = Care(setting)
        self.revenue = Revenue(setting)
        members = [scope.members for scope in self.revenue.scopes]
        self.parties = np.unique(np.concatenate([touched(region, scenario.initiatives), *members]))
        self.capacity = Capacity(setting, self.loads, self.parties)
        self.backfill = cost.Backfill(setting, self.loads)
        self.thresholds = thresholds.Thresholds(setting)
        self.total = Ledger(self.parties, setting.shape)
        self.payers = Ledger(np.arange(len(region.payers.ids)), setting.shape)

    def outcome(self) -> Outcome:
        """Runs every initiative in order and returns what came of it."""
        initiatives = [self._initiative(order) for order in range(len(self.setting.scenario.initiatives))]
        return Outcome(
            setting=self.setting,
            loads=self.loads,
            capacity=self.capacity,
            thresholds=self.thresholds,
            initiatives=initiatives,
            providers=self.total,
            payers=self.payers,
            scopes=self.revenue.scopes,
        )

    def _initiative(self, order: int) -> InitiativeOutcome:
        """Moves, pays, costs and staffs one initiative."""
        initiative = self.setting.scenario.initiatives[order]
        chosen, moved, present = self.care.take(order)
        move = plan_move(self.setting, self.loads, initiative, moved, present)
        feasible = self.capacity.feasible(move)
        if self.setting.scenario.respect_capacity:
            move = move.scaled(feasible.of_initiative)
        self.care.apply(order, chosen, present, move)
        ledger = Ledger(self._parties_of(move), self.setting.shape)
        payers = Ledger(self.payers.parties, self.setting.shape)
        load_change = self._settle(move, ledger, payers)
        self.total.merge(ledger)
        self.payers.merge(payers)
        return InitiativeOutcome(
            move=move,
            feasible=feasible,
            providers=ledger,
            payers=payers,
            load_change=load_change,
            patient_km=patient_km(self.setting, move),
            unknown_area_share=unknown_area_share(self.setting, move),
        )

    def _parties_of(self, move: Move) -> Integers:
        members = [scope.members for scope in self.revenue.scopes]
        return np.unique(np.concatenate([touched(self.setting.region, [move.initiative]), *members]))

    def _settle(self, move: Move, ledger: Ledger, payers: Ledger) -> dict[int, Array]:
        """Enters what an applied move does to money, capacity and thresholds; returns its mean load changes."""
        spend = np.zeros((len(self.setting.region.payers.ids), *self.setting.shape))
        self.revenue.apply(move, ledger, spend)
        departments = cost.reduced(self.setting, move)
        refill = self.backfill.refill(move, departments)
        semi_fixed = departments.semi_fixed
        if refill is not None:
            semi_fixed = semi_fixed * (1 - refill.refilled)
            self.backfill.enter(departments, refill, self.revenue, ledger, spend)
        avoided = departments.variable + semi_fixed
        stranded = departments.cost - avoided
        ledger.enter("avoided_cost_eur", departments.provider, avoided)
        ledger.enter("stranded_cost_eur", departments.provider, stranded)
        cost.incremental(self.setting, move, ledger)
        cost.support(self.setting, move, ledger)
        cost.transition(self.setting, move, ledger, payers)
        payers.enter("spend_change_eur", payers.parties, spend)
        self.thresholds.apply(move, departments, stranded)
        return self.capacity.apply(move, departments, refill)
