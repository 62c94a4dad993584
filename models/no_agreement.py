"""What every party has without an agreement (`party_baseline`): growth, and what happens anyway (section 1).

Revenue is the path of growth under the contracts and what the baseline's initiatives change of it; cost likewise.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.baseline import Setting
from models.departments import COST, BaseDepartments, parted
from models.forms import Form
from models.outcome import Outcome
from models.region.codes import Array, Integers, numbered
from models.revenue import Revenue, Stream
from models.summary import frame, stacked
from models.world import Played

PROVIDER_COSTS = {
    "incremental_cost_eur": 1, "support_cost_eur": 1, "transition_cost_eur": 1, "avoided_cost_eur": -1,
}  # fmt: skip
PROVIDER_REVENUE = {"revenue_change_eur": 1, "backfill_revenue_eur": 1}


@dataclass(frozen=True)
class _Parties:
    """Providers or payers: who they are and what they have a year, amounts of shape (parties, years).

    A payer's premiums are not modelled: what it pays is its revenue and cost here, and its margin is 0.
    """

    ids: Sequence[str]
    production: Array
    revenue: Array
    cost: Array
    units: Array
    size: Array
    source: Sequence[str]
    margin: Array


class NoAgreement:
    """The parties of an outcome in the world without an agreement."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.setting = outcome.setting
        self.region = outcome.setting.region
        self.years = outcome.setting.years
        self.world = outcome.no_agreement

    def table(self) -> pl.DataFrame:
        """Returns the rows of all parties."""
        return stacked("party_baseline", (self._frame(parties) for parties in (self._providers(), self._payers())))

    def _providers(self) -> _Parties:
        own = self.region.providers
        pairs, production, revenue = self.outcome.pairs
        row = pairs // len(self.region.payers.ids)
        ledger = self.world.ledger("providers")
        return _Parties(
            own.ids,
            _by_row(row, production, len(own.ids)) + self._changed(self._production(by_payer=False), len(own.ids)),
            _by_row(row, revenue, len(own.ids)) + self._changed(ledger.signed(PROVIDER_REVENUE), len(own.ids)),
            self._growth_cost() + self._changed(ledger.signed(PROVIDER_COSTS), len(own.ids)),
            self._growth_units(self.region.cells.provider, len(own.ids)) + self._changed(
                self._units(by_payer=False), len(own.ids)
            ),
            own.size,
            own.size_source,
            own.margin,
        )  # fmt: skip

    def _payers(self) -> _Parties:
        own, count = self.region.payers, len(self.region.payers.ids)
        pairs, production, revenue = self.outcome.pairs
        ledger = self.world.ledger("payers")
        spend = _by_row(pairs % count, revenue, count) + self._changed(ledger.forms("spend_change_eur"), count)
        size, source = self.outcome.payer_size
        return _Parties(
            own.ids,
            _by_row(pairs % count, production, count) + self._changed(self._production(by_payer=True), count),
            spend,
            spend,
            self._growth_units(self.region.cells.payer, count) + self._changed(self._units(by_payer=True), count),
            size,
            source,
            np.full(count, np.nan),
        )

    def _frame(self, parties: _Parties) -> pl.DataFrame:
        count = len(parties.ids)
        delivered = np.full((count, self.years.size), np.nan)
        delivered[:, 0] = parties.margin
        return frame(
            "party_baseline",
            {
                "scenario": self.setting.scenario.scenario,
                "party": np.repeat(np.array(parties.ids, dtype=object), self.years.size).tolist(),
                "year": np.tile(self.years, count),
                "production_eur": parties.production.reshape(-1),
                "revenue_eur": parties.revenue.reshape(-1),
                "cost_eur": parties.cost.reshape(-1),
                "margin_eur": (parties.revenue - parties.cost).reshape(-1),
                "units": parties.units.reshape(-1),
                "delivered_margin_eur": delivered.reshape(-1),
                "size_eur": np.repeat(parties.size, self.years.size),
                "size_source": [
                    text or None for text in np.repeat(np.array(parties.source, dtype=object), self.years.size)
                ],
            },
        )

    def _changed(self, forms: list[Form], count: int) -> Array:
        """Returns what the baseline's initiatives change, mean, shape (parties, years)."""
        if not forms:
            return np.zeros((count, self.years.size))
        return self.outcome.sum(forms, np.arange(count)).mean()

    # -- growth alone ----

    def _growth_cost(self) -> Array:
        base = BaseDepartments(self.setting)
        count = len(self.region.providers.ids)
        forms = [form.named(parted(self.setting, form.rows)[0]) for form in base.forms(COST)]
        return self.outcome.sum(forms, np.arange(count)).mean()

    def _growth_units(self, party: Integers, count: int) -> Array:
        tracks = self.setting.demand.tracks[:, : self.years.size].mean(axis=-1)
        return self.setting.base_units_by_path(party, self.region.cells.units, size=count) @ tracks

    # -- what happens anyway, in production at contracted prices and in units of care ----

    def _production(self, *, by_payer: bool) -> list[Form]:
        revenue = Revenue(self.setting)
        streams = (stream for played in self.world.initiatives for stream in _streams(revenue, played))
        return [form.named(self._party(form.rows, by_payer=by_payer)) for stream in streams for form in stream.forms]

    def _units(self, *, by_payer: bool) -> list[Form]:
        forms = (form for played in self.world.initiatives for form in _unit_forms(self.setting, played))
        return [form.named(self._party(form.rows, by_payer=by_payer)) for form in forms]

    def _party(self, pairs: Integers, *, by_payer: bool) -> Integers:
        payers = len(self.region.payers.ids)
        return pairs % payers if by_payer else pairs // payers


def _streams(revenue: Revenue, played: Played) -> Iterator[Stream]:
    """Yields what an initiative changes of production under contracts."""
    for stream in (revenue.donated(played.move), revenue.received(played.move)):
        if stream.by_contract:
            yield stream
    if played.refill is not None:
        yield revenue.refill_stream(played.refill)


def _unit_forms(setting: Setting, played: Played) -> Iterator[Form]:
    """Yields what an initiative changes of the units of care, by provider and payer; not what care becomes."""
    move, payers, cells = played.move, len(setting.region.payers.ids), played.move.moved
    pairs, row = numbered(cells.provider * payers + cells.payer)
    yield Form(pairs, move.of_donors(row, cells.units, size=pairs.size), -move.given)
    if not move.replaces:
        lines = move.received
        yield from move.arriving(move.recipients[lines.recipient] * payers + lines.payer, lines.units)
    if played.refill is not None:
        base, refill = setting.region.cells, played.refill
        pair = base.provider[refill.cell] * payers + base.payer[refill.cell]
        yield refill.form(pair, np.ones(pair.size))


def _by_row(row: Integers, amounts: Array, size: int) -> Array:
    total = np.zeros((size, amounts.shape[1]))
    np.add.at(total, row, amounts)
    return total
