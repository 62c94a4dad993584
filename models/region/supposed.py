"""A region whose facts are supposed to be other than delivered: another contract form, more or fewer hands.

What belongs here: putting what a scenario supposes in the place of delivered facts, before anything is computed of
them. Everything else of the region is the same and stays prepared.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from models.contract_forms import BY_ITSELF, NAMES, PASSED_AT_RENEWAL
from models.region.codes import Array, Integers, sums
from models.region.contracts import NO_END, Contracts
from models.region.region import Capacity, Region

AMOUNT, GROWTH, PASS_THROUGH = 0, 1, 5
"""Places of the agreed amount, its growth and what a renewal passes on among a contract's figures."""


def supposed(
    region: Region, *, contract: Mapping[str, str], capacity: Mapping[str, Mapping[str, float]], every: str
) -> Region:
    """Returns the region as supposed; the same one where nothing is.

    Args:
        region: as delivered.
        contract: the form by provider.
        capacity: by resource the factors by provider; `every` names the one for all others.
        every: what stands for every provider.
    """
    if not contract and not capacity:
        return region
    return region.with_facts(
        contracts=_contracts(region, contract),
        capacity=_capacity(region, capacity, every=every),
    )


def delivered_forms(region: Region, provider: str) -> tuple[str, ...]:
    """Returns the forms of a provider's contracts in the base year, each once; fee for service where it has none."""
    position, own = region.providers.ids.index(provider), region.contracts
    pairs = np.unique(own.pair[own.pair // own.payers == position])
    forms = own.terms(pairs, np.array([region.base_year])).form[:, 0]
    return tuple(NAMES[form] for form in np.unique(forms)) or (NAMES[BY_ITSELF],)


def _capacity(region: Region, factors: Mapping[str, Mapping[str, float]], *, every: str) -> Capacity:
    """Returns the capacities with what is available times its factor; what is used stays as it is."""
    own = region.capacity
    factor = np.ones_like(own.available)
    for resource, by_provider in factors.items():
        column = region.resources.ids.index(resource)
        factor[:, column] = by_provider.get(every, 1.0)
        for provider in by_provider.keys() - {every}:
            factor[region.providers.ids.index(provider), column] = by_provider[provider]
    return Capacity(own.available * factor, own.used, own.target)


def _contracts(region: Region, form: Mapping[str, str]) -> Contracts:
    """Returns the contracts, those of each provider named replaced by one with every payer it works for."""
    if not form:
        return region.contracts
    own, payers = region.contracts, region.contracts.payers
    production = _production(region)
    chosen = {region.providers.ids.index(provider): NAMES.index(name) for provider, name in form.items()}
    there = np.union1d(own.pair, np.flatnonzero(production))
    pairs = there[np.isin(there // payers, list(chosen))]
    kept = ~np.isin(own.pair, pairs)
    forms = np.array([chosen[pair // payers] for pair in pairs], dtype=np.int8)
    figures, last = _figures(own, pairs, forms, production, year=region.base_year)
    order = np.argsort(np.concatenate([own.pair[kept], pairs]), kind="stable")
    return Contracts(
        pair=np.concatenate([own.pair[kept], pairs])[order],
        first=np.concatenate([own.first[kept], np.full(pairs.size, region.base_year)])[order],
        last=np.concatenate([own.last[kept], last])[order],
        form=np.concatenate([own.form[kept], forms])[order],
        figures=np.concatenate([own.figures[kept], figures])[order],
        payers=payers,
    )


def _production(region: Region) -> Array:
    """Returns the base year's production in euro by provider * payers + payer."""
    payers = region.contracts.payers
    pair = region.cells.provider * payers + region.cells.payer
    worth = region.cells.units * region.base_price[0]
    return sums(pair, worth, size=len(region.providers.ids) * payers)


def _figures(
    own: Contracts, pairs: Integers, forms: npt.NDArray[np.int8], production: Array, *, year: int
) -> tuple[Array, Integers]:
    """Returns the figures of each pair's contract in the base year, and the last year of its last contract.

    The amount is what was agreed for that year; where none was, the year's production. Without a contract there is no
    end to it, and growth is 0; where fee for service is supposed there is no end either. What a renewal passes on is as
    agreed, unless a form comes or goes whose renewal passes on something else: a payer that renews capitation takes
    nothing out.
    """
    figures = np.tile([np.nan, 0.0, 0.0, 0.0, 0.0, 1.0], (pairs.size, 1))
    last = np.full(pairs.size, NO_END)
    were = np.full(pairs.size, BY_ITSELF)
    for place, pair in enumerate(pairs):
        rows = np.flatnonzero(own.pair == pair)
        if rows.size:
            row = _in_force(own, rows, year=year)
            figures[place], last[place], were[place] = _as_of(own, row, year=year), own.last[rows[-1]], own.form[row]
    passed = PASSED_AT_RENEWAL[forms]
    other_kind = PASSED_AT_RENEWAL[were] != passed
    figures[:, PASS_THROUGH] = np.where(other_kind, passed, figures[:, PASS_THROUGH])
    amount = figures[:, AMOUNT]
    figures[:, AMOUNT] = np.where(np.isnan(amount), production[pairs], amount)
    return figures, np.where(forms == BY_ITSELF, NO_END, last)


def _in_force(own: Contracts, rows: Integers, *, year: int) -> int:
    """Returns the row of the contract that holds in a year, of a pair's rows."""
    begun = rows[own.first[rows] <= year]
    return int(begun[-1] if begun.size else rows[0])


def _as_of(own: Contracts, row: int, *, year: int) -> Array:
    """Returns the figures of a contract, its amount as of a year."""
    figures = own.figures[row].copy()
    figures[AMOUNT] *= (1 + figures[GROWTH]) ** max(0, year - own.first[row])
    if own.form[row] == BY_ITSELF:
        figures[AMOUNT] = np.nan
    return figures
