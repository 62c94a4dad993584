"""What an evaluation leaves behind: amounts by party, initiative, year and draw, before they become tables."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.baseline import Loads, Setting
from models.capacity import Asked, Capacity, Feasible
from models.cost import Refill
from models.forms import Form, Ledger, Sum
from models.region.codes import Array, Integers
from models.revenue import Scope, base_production, baseline_production, settled
from models.thresholds import Thresholds
from models.transfer import Move

PROVIDER_MEASURES = (
    "revenue_change_eur", "avoided_cost_eur", "stranded_cost_eur", "incremental_cost_eur", "support_cost_eur",
    "transition_cost_eur", "backfill_revenue_eur",
)  # fmt: skip
PROVIDER_MARGIN = {
    "revenue_change_eur": 1,
    "backfill_revenue_eur": 1,
    "incremental_cost_eur": -1,
    "avoided_cost_eur": 1,
    "support_cost_eur": -1,
    "transition_cost_eur": -1,
}
"""What makes a provider's margin change (section 4)."""
PAYER_MEASURES = ("spend_change_eur", "transition_cost_eur")
PAYER_MARGIN = {"spend_change_eur": -1, "transition_cost_eur": -1}
PAIRS_AT_ONCE = 8
"""How many contracts are multiplied out over the draws at a time, to keep memory bounded."""
PATIENTS = "patients"
"""The party that travels."""


@dataclass(frozen=True)
class InitiativeOutcome:
    """What one initiative contributes, each amount as forms.

    Attributes:
        move: as applied.
        asked: what it asked of its recipients, before their capacity scaled it.
        parties: positions of the providers it touches.
        providers, payers, patients: amounts by measure.
        loads: load changes by resource.
        refill: how freed capacity is refilled; None where it is not.
        unknown_area_share: share of the units whose patients' area is unknown.
    """

    move: Move
    asked: Asked
    parties: Integers
    providers: Ledger
    payers: Ledger
    patients: Ledger
    loads: Ledger
    refill: Refill | None
    unknown_area_share: float

    @cached_property
    def feasible(self) -> Feasible:
        """What share of the move its recipients could bear, after the earlier initiatives."""
        return self.asked.feasible()


@dataclass(frozen=True)
class Outcome:
    """What a scenario does, over all initiatives.

    Attributes:
        setting: facts, scenario and draws.
        loads: load and capacity without an agreement.
        capacity, thresholds: as the initiatives left them.
        initiatives: in the scenario's order.
        scopes: the shared budgets.
    """

    setting: Setting
    loads: Loads
    capacity: Capacity
    thresholds: Thresholds
    initiatives: Sequence[InitiativeOutcome]
    scopes: tuple[Scope, ...]

    @cached_property
    def parties(self) -> Integers:
        """Positions of the providers that any initiative touches."""
        every = [result.parties for result in self.initiatives]
        return np.unique(np.concatenate(every)) if every else np.zeros(0, dtype=np.int64)

    @cached_property
    def all_payers(self) -> Integers:
        """Positions of all payers."""
        return np.arange(len(self.setting.region.payers.ids))

    @cached_property
    def providers(self) -> Ledger:
        """Amounts by measure of all initiatives together, by provider."""
        return _merged(result.providers for result in self.initiatives)

    @cached_property
    def payers(self) -> Ledger:
        """The same by payer."""
        return _merged(result.payers for result in self.initiatives)

    @cached_property
    def patients(self) -> Ledger:
        """The same of the patients, whose row is 0."""
        return _merged(result.patients for result in self.initiatives)

    def sum(self, forms: list[Form], rows: Integers) -> Sum:
        """Returns the sum of forms for given rows, over this outcome's years and draws."""
        return Sum(forms, rows, self.setting.shape)

    @cached_property
    def pairs(self) -> tuple[Integers, Array, Array]:
        """Each (provider, payer) with volume or a contract; its mean production and revenue without an agreement.

        Pairs are provider * payers + payer; the two amounts have shape (pairs, years), in euro.
        """
        region = self.setting.region
        of_cells = region.cells.provider * len(region.payers.ids) + region.cells.payer
        pairs = np.unique(np.concatenate([of_cells, region.contracts.pair]))
        terms = region.contracts.terms(pairs, self.setting.years)
        production = base_production(self.setting, pairs) @ self.setting.demand.tracks.mean(axis=-1)
        revenue = settled(production[:, :, None], terms)[:, :, 0]
        by_level = np.flatnonzero(terms.depends_on_level)
        for start in range(0, by_level.size, PAIRS_AT_ONCE):
            block = by_level[start : start + PAIRS_AT_ONCE]
            amounts = baseline_production(self.setting, pairs[block])
            revenue[block] = settled(amounts, terms.take(block)).mean(axis=-1)
        return pairs, production, revenue

    @cached_property
    def payer_size(self) -> tuple[Array, list[str]]:
        """Each payer's size in euro with its source: as delivered, else its base-year spend in the region."""
        region = self.setting.region
        pairs, _, revenue = self.pairs
        payers = len(region.payers.ids)
        spend = np.bincount(pairs % payers, weights=revenue[:, 0], minlength=payers)
        delivered = ~np.isnan(region.payers.size)
        size = np.where(delivered, region.payers.size, np.where(spend > 0, spend, np.nan))
        sources = np.where(delivered, "delivered", np.where(spend > 0, "spend_in_region", ""))
        return size, sources.tolist()


def _merged(ledgers: Iterable[Ledger]) -> Ledger:
    result = Ledger()
    for ledger in ledgers:
        result.merge(ledger)
    return result
