"""What an evaluation leaves behind: amounts by party, initiative, year and draw, before they become tables."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.baseline import Loads, Setting
from models.forms import Form, Ledger, Sum
from models.region.codes import Array, Integers
from models.revenue import Scope, base_production, baseline_production, settled
from models.room import Room
from models.transfer import Move
from models.world import Played, World

PROVIDER_MEASURES = (
    "revenue_change_eur", "avoided_cost_eur", "stranded_cost_eur", "stranded_if_kept_eur", "incremental_cost_eur",
    "support_cost_eur", "transition_cost_eur", "backfill_revenue_eur",
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
    """What one initiative contributes, each amount as forms: with the agreement, less without it where it happens too.

    Attributes:
        played: what it does in the world with the agreement.
        without: what it does in the world without; None for an agreed initiative.
    """

    played: Played
    without: Played | None = None

    @property
    def agreed(self) -> bool:
        """Whether it is agreed, or happens anyway."""
        return self.without is None

    @property
    def move(self) -> Move:
        """The move as applied, with the agreement."""
        return self.played.move

    def rooms(self, steps: int) -> Iterator[Room]:
        """Yields what of it fitted in each of the first steps, before capacity scaled it, with the agreement."""
        return self.played.asked.rooms(steps)

    @property
    def worlds(self) -> list[tuple[Played, int]]:
        """What it does in each world, with the sign with which that counts."""
        return [(self.played, 1), *([] if self.without is None else [(self.without, -1)])]

    @cached_property
    def parties(self) -> Integers:
        """Positions of the providers it touches."""
        return np.unique(np.concatenate([played.parties for played, _ in self.worlds]))

    @cached_property
    def providers(self) -> Ledger:
        """Amounts by measure, by provider."""
        return self._contribution("providers")

    @cached_property
    def payers(self) -> Ledger:
        """The same by payer."""
        return self._contribution("payers")

    @cached_property
    def patients(self) -> Ledger:
        """The same of the patients, whose row is 0."""
        return self._contribution("patients")

    @cached_property
    def loads(self) -> Ledger:
        """Load changes by resource; rows are providers."""
        return self._contribution("loads")

    @cached_property
    def departments(self) -> Ledger:
        """Units, production and cost of departments."""
        return self._contribution("departments")

    def _contribution(self, name: str) -> Ledger:
        own: Ledger = getattr(self.played, name)
        return own if self.without is None else own.less(getattr(self.without, name))


@dataclass(frozen=True)
class Outcome:
    """What a scenario does, over all initiatives.

    Attributes:
        setting: facts, scenario and draws.
        loads: load and capacity of growth alone.
        agreement: the world with the agreement.
        no_agreement: the world without.
    """

    setting: Setting
    loads: Loads
    agreement: World
    no_agreement: World

    @cached_property
    def initiatives(self) -> Sequence[InitiativeOutcome]:
        """The contributions: agreed initiatives in the scenario's order, then what happens anyway."""
        agreed = len(self.agreement.initiatives) - len(self.no_agreement.initiatives)
        without = [*[None] * agreed, *self.no_agreement.initiatives]
        return [InitiativeOutcome(*both) for both in zip(self.agreement.initiatives, without, strict=True)]

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """The shared budgets."""
        return self.agreement.scopes

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

    @cached_property
    def contracts(self) -> Ledger:
        """What changes between each provider and payer, by measure; rows are provider * payers + payer."""
        return self.agreement.contracts.less(self.no_agreement.contracts)

    @cached_property
    def loads_without(self) -> Ledger:
        """What happens to the loads without an agreement, by resource."""
        return self.no_agreement.ledger("loads")

    def sum(self, forms: list[Form], rows: Integers) -> Sum:
        """Returns the sum of forms for given rows, over this outcome's years and draws."""
        return Sum(forms, rows, self.setting.told)

    @cached_property
    def pairs(self) -> tuple[Integers, Array, Array]:
        """Each (provider, payer) with volume or a contract; its mean production and revenue of growth alone.

        Pairs are provider * payers + payer; the two amounts have shape (pairs, years), in euro.
        """
        region, years = self.setting.region, self.setting.years
        of_cells = region.cells.provider * len(region.payers.ids) + region.cells.payer
        pairs = np.unique(np.concatenate([of_cells, region.contracts.pair]))
        terms = region.contracts.terms(pairs, years)
        tracks = self.setting.demand.tracks[:, : years.size]
        production = base_production(self.setting, pairs) @ tracks.mean(axis=-1)
        revenue = settled(production[:, :, None], terms)[:, :, 0]
        by_level = np.flatnonzero(terms.depends_on_level)
        for start in range(0, by_level.size, PAIRS_AT_ONCE):
            block = by_level[start : start + PAIRS_AT_ONCE]
            amounts = baseline_production(self.setting, pairs[block])[:, : years.size]
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
