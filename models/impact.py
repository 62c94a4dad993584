"""What a scenario does to every party: the one door into the model.

`evaluate` reads as the model page does: without an agreement, then each initiative in the scenario's order, moved,
paid, costed and staffed on what the earlier ones left. `Evaluation` then tells the tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from models import cost, result_tables, thresholds
from models.baseline import Loads, Setting
from models.capacity import Capacity
from models.ledger import Ledger
from models.outcome import InitiativeOutcome, Outcome
from models.parameters import Sample
from models.region import Region
from models.revenue import Revenue
from models.scenario import Scenario, ScenarioError, check_against
from models.tables import RESULT_TABLES
from models.transfer import Care, Move, plan_move, touched
from models.travel import patient_km, unknown_area_share


def evaluate(region: Region, scenario: Scenario) -> "Evaluation":
    """Returns what a scenario does to every party of a region.

    Args:
        region: the facts of the scenario's base year.
        scenario: as read; its `draws` and `seed` decide the uncertainty.

    Raises:
        ScenarioError: the scenario names what the region does not have, or asks for an own price that is not there.
    """
    faults = check_against(scenario, region, source=scenario.scenario)
    if faults:
        raise ScenarioError(faults)
    return Evaluation(run(region, scenario, Sample(seed=scenario.seed, draws=scenario.draws)))


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
        self._settle(move, ledger, payers)
        self.total.merge(ledger)
        self.payers.merge(payers)
        return InitiativeOutcome(
            move=move,
            feasible=feasible,
            providers=ledger,
            payers=payers,
            patient_km=patient_km(self.setting, move),
            unknown_area_share=unknown_area_share(self.setting, move),
        )

    def _parties_of(self, move: Move) -> np.ndarray:
        members = [scope.members for scope in self.revenue.scopes]
        return np.unique(np.concatenate([touched(self.setting.region, [move.initiative]), *members]))

    def _settle(self, move: Move, ledger: Ledger, payers: Ledger) -> None:
        """Enters what an applied move does to money, capacity and thresholds."""
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
        self.capacity.apply(move, departments, refill)
        self.thresholds.apply(move, departments, stranded)


@dataclass(frozen=True)
class Evaluation:
    """The result of a scenario, as the tables of `models.tables`; each is made when it is first asked for."""

    outcome: Outcome
    _made: dict[str, pl.DataFrame] = field(default_factory=dict, compare=False, repr=False)

    def table(self, name: str) -> pl.DataFrame:
        """Returns one result table.

        Raises:
            KeyError: there is no result table of this name.
        """
        if name not in self._made:
            maker = result_tables.MAKERS.get(name)
            self._made[name] = RESULT_TABLES[name].empty() if maker is None else maker(self.outcome)
        return self._made[name]

    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Returns every result table of this scenario by name."""
        return {name: self.table(name) for name in RESULT_TABLES}
