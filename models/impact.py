"""What a scenario does to every party: the one door into the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from models.interests import MOST_CONFLICTS
from models.outcome import Outcome
from models.parameters import Sample
from models.region import Region
from models.region.supposed import supposed
from models.result_tables import FROM_TABLE, HEADLINES, MAKERS, TOGETHER, flag_of_conflicts
from models.run import run
from models.scenario import Scenario, ScenarioError, check_against
from models.scenario.schema import EVERY, drivers
from models.settlement import Deal, settle
from models.settlement.deal_tables import DEAL_MAKERS
from models.tables import RESULT_TABLES


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
    suppose = scenario.suppose
    facts = supposed(region, contract=suppose.contract, capacity=suppose.capacity, every=EVERY)
    return Evaluation(run(facts, scenario, Sample(seed=scenario.seed, draws=scenario.draws, drivers=drivers(scenario))))


@dataclass(frozen=True)
class Evaluation:
    """The result of a scenario, as the tables of `models.tables`; each is made when it is first asked for."""

    outcome: Outcome
    _made: dict[str, pl.DataFrame] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def deal(self) -> Deal:
        """The agreement about all initiatives of the scenario, with its own transition fund."""
        return settle(self.outcome)

    def table(self, name: str) -> pl.DataFrame:
        """Returns one result table.

        Raises:
            KeyError: there is no result table of this name.
        """
        if name not in self._made and name in TOGETHER:
            self._made.update(TOGETHER[name](self.outcome))
        if name not in self._made and name in DEAL_MAKERS:
            self._made[name] = DEAL_MAKERS[name](self.deal)
        if name not in self._made and name in FROM_TABLE:
            other, made_of = FROM_TABLE[name]
            self._made[name] = made_of(self.table(other))
        if name not in self._made:
            maker = MAKERS.get(name)
            self._made[name] = RESULT_TABLES[name].empty() if maker is None else maker(self.outcome)
            if name == "flag" and self._may_clash_beyond_telling:
                cut = flag_of_conflicts(self.table("interest"), self.outcome.setting.scenario.scenario)
                self._made[name] = pl.concat([self._made[name], cut])
        return self._made[name]

    @property
    def _may_clash_beyond_telling(self) -> bool:
        """Whether there are so many parties that the table of conflicts might not hold all pairs."""
        return (self.outcome.parties.size + self.outcome.all_payers.size) ** 2 > MOST_CONFLICTS

    def headline(self, name: str) -> pl.DataFrame:
        """Returns the rows of a result table that a headline needs, where those cost a fraction of the whole.

        Of `party_impact` the present value of the whole scenario for every touched provider and every payer, and the
        patients' travel; of `capacity_gap` the providers whose load changes and the pools, without percentiles of gap
        and change; else the whole table.
        """
        maker = HEADLINES.get(name)
        return self.table(name) if maker is None else maker(self.outcome)

    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Returns every result table of this scenario by name."""
        return {name: self.table(name) for name in RESULT_TABLES}
