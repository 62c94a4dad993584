"""Revenue under contracts and shared budgets, and what the payers spend (section 3).

A change of production value comes as a `Stream`: sums per (provider, payer) pair. Most contract forms pass a change
on in proportion (fee for service whole, a lump sum not at all in term); those are linear and cost next to nothing.
Ceilings and corridors depend on the level of production, which `Revenue` keeps per pair as the initiatives change it
one after another.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.baseline import Setting, combine
from models.contract_forms import FOLLOWS_NOTHING, FORMS
from models.forms import Form, Ledger, Sum
from models.region.codes import Array, Integers, Mask
from models.region.contracts import Terms
from models.region.prices import OWN
from models.scenario.errors import Finding, ScenarioError
from models.scenario.schema import Replacement, SharedBudget
from models.transfer import Move, Received, tariff, value


def settled(production: Array, terms: Terms) -> Array:
    """Returns F(B), the revenue that a contract makes of a production value.

    Args:
        production: B in euro, shape (pairs, years, draws).
        terms: of the same pairs and years.
    """
    agreed = _Agreed(*(getattr(terms, name)[:, :, None] for name in _Agreed._fields))
    revenue = production
    for number in np.unique(terms.form):
        here = (terms.form == number)[:, :, None]
        revenue = np.where(here, FORMS[number].law(production, agreed), revenue)
    return revenue


class _Agreed(NamedTuple):
    """The figures of contracts beside a production of shape (pairs, years, draws)."""

    amount: Array
    half_width: Array
    rate_over: Array
    rate_under: Array


def changed(before: Array, after: Array, terms: Terms) -> Array:
    """Returns ΔR of a change of production, in term and after it; shape (pairs, years, draws)."""
    fixed = FOLLOWS_NOTHING[terms.form][:, :, None]
    by_form = np.where(fixed, 0.0, settled(after, terms) - settled(before, terms))
    passed = terms.pass_through[:, :, None]
    renewed = passed * (after - before) + (1 - passed) * by_form
    return np.where(terms.in_term[:, :, None], by_form, renewed)


@dataclass(frozen=True)
class Stream:
    """A change of production value by (provider, payer) pair: coefficients on tracks.

    Attributes:
        pairs: provider * payers + payer, sorted, each once.
        coefficients: shape (pairs, tracks).
        scoped: for each shared budget the coefficients in its scope, shape (pairs, tracks); none beside the contracts.
        tracks: shape (tracks, years, draws).
        varying: share by pair where capacity divides the care, shape (pairs, years, draws).
        by_contract: whether it goes through the contracts, or is paid beside them.
    """

    pairs: Integers
    coefficients: Array
    scoped: tuple[Array, ...]
    tracks: Array
    varying: Array | None = None
    by_contract: bool = True

    def form(self, names: Integers, coefficients: Array, which: Mask | slice = slice(None)) -> Form:
        """Returns the change of some pairs under other names, which may repeat."""
        if self.varying is None:
            return Form(names, coefficients, self.tracks)
        return Form(names, None, combine(coefficients, self.tracks) * self.varying[which])

    def values(self, coefficients: Array, which: Mask | slice = slice(None)) -> Array:
        """Returns the change in euro per pair, shape (pairs, years, draws)."""
        amounts = combine(coefficients, self.tracks)
        return amounts if self.varying is None else amounts * self.varying[which]


@dataclass(frozen=True)
class Passed:
    """What the contracts make of a stream.

    Attributes:
        in_proportion: revenue of the pairs whose form passes a change on in proportion; rows are pairs.
        pairs: those whose revenue depends on the level of production.
        change: their change of production in euro, shape (pairs, years, draws).
        terms: what holds for them.
    """

    in_proportion: Form
    pairs: Integers
    change: Array
    terms: Terms


@dataclass(frozen=True)
class _Worth:
    """What changes, line by line: whose care it is, what it is worth, on which track.

    `share` is each line's position among the move's recipients, where they receive it.
    """

    provider: Integers
    payer: Integers
    segment: Integers
    worth: Array
    track: Integers
    share: Integers | None = None


class Scope:
    """What each shared budget covers: which years, payers, segments and members, and its key."""

    def __init__(self, budget: SharedBudget, setting: Setting) -> None:
        region = setting.region
        self.budget = budget
        self.years = (setting.years >= budget.first_year) & (setting.years <= budget.last_year)
        self.members = region.members(providers=budget.members, kind=None)
        self._segments = region.segments.matching(budget.care)
        self._payers = np.isin(np.array(region.payers.ids), budget.payers)
        self._member = np.zeros(len(region.providers.ids), dtype=bool)
        self._member[self.members] = True
        self.payer_share = setting.sample.values(f"shared_budgets.{budget.id}.payer_share", budget.payer_share)
        self.key, self.without_revenue = self._shares(setting)

    def covers(self, provider: Integers, payer: Integers, segment: Integers) -> Mask:
        """Returns which of the given care is in scope, whatever the year."""
        return self.has(provider) & self.concerns(payer, segment)

    def has(self, provider: Integers) -> Mask:
        """Returns which of the providers are members."""
        return self._member[provider]

    def concerns(self, payer: Integers, segment: Integers) -> Mask:
        """Returns which of the given care is of the budget's kind and payers, whoever delivers it."""
        return self._payers[payer] & self._segments[segment]

    def _shares(self, setting: Setting) -> tuple[Array, list[str]]:
        """Returns the key by member, and the members that get nothing because they have no revenue in scope."""
        ids = setting.region.providers.ids
        if self.budget.key is not None:
            return np.array([self.budget.key.get(ids[m], 0.0) for m in self.members]), []
        cells = setting.region.cells
        inside = self.covers(cells.provider, cells.payer, cells.segment)
        worth = cells.units * setting.region.base_price[0]
        sums = np.bincount(cells.provider[inside], weights=worth[inside], minlength=len(ids))[self.members]
        if sums.sum() <= 0:
            return np.full(self.members.size, 1 / self.members.size), []
        return sums / sums.sum(), [ids[m] for m, amount in zip(self.members, sums, strict=True) if amount == 0]


class Revenue:
    """The revenue of every provider and the spend of every payer, as the initiatives change them one after another."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._region = setting.region
        self._payers = len(setting.region.payers.ids)
        self.scopes = tuple(Scope(budget, setting) for budget in setting.scenario.shared_budgets)
        self._production: dict[int, Array] = {}

    def apply(self, move: Move, providers: Ledger, payers: Ledger) -> None:
        """Enters an initiative's `revenue_change_eur` by provider and `spend_change_eur` by payer."""
        shared: list[list[Form]] = [[] for _ in self.scopes]
        for stream in self._streams(move):
            self._by_contract(stream, "revenue_change_eur", providers, payers)
            for scope, within, forms in zip(self.scopes, stream.scoped, shared, strict=False):
                forms.extend(self.in_scope(stream, scope, within))
        for scope, forms in zip(self.scopes, shared, strict=True):
            self._share_out(scope, forms, providers, payers)

    def backfill(
        self, provider: Integers, payer: Integers, production: Array, providers: Ledger, payers: Ledger
    ) -> None:
        """Enters the revenue of refilled capacity: production in euro by row, shape (rows, years, draws)."""
        pairs, row = np.unique(provider * self._payers + payer, return_inverse=True)
        coefficients = np.zeros((pairs.size, provider.size))
        coefficients[row.reshape(-1), np.arange(provider.size)] = 1.0
        self._by_contract(Stream(pairs, coefficients, (), production), "backfill_revenue_eur", providers, payers)

    def _streams(self, move: Move) -> Iterator[Stream]:
        """Yields what a move changes: the donors' production, the recipients', and what supporters are paid."""
        yield self._donors(move)
        yield self.received(move)
        support = move.initiative.support
        if support is not None:
            paid = value(self._setting, move.initiative, "support.tariff_eur", support.tariff_eur)
            cells = move.moved
            supporter = np.full(cells.units.size, self._region.providers.ids.index(support.provider))
            worth = _Worth(supporter, cells.payer, cells.segment, cells.units, cells.track)
            yield self._stream(move, worth, paid, contract=False)

    def _donors(self, move: Move) -> Stream:
        cells = move.moved
        price, _ = self._region.prices.of_units(
            cells.provider, cells.payer, self._region.segments.care_product[cells.segment]
        )
        worth = _Worth(cells.provider, cells.payer, cells.segment, cells.units * price, cells.track)
        return self._stream(move, worth, -(1 - move.returns))

    def received(self, move: Move, *, each_eur: float | None = None) -> Stream:
        """Returns what the recipients' production changes by: as agreed, or at a price for every received unit."""
        lines, replacement = move.received, move.initiative.replacement
        provider = move.recipients[lines.recipient]
        units, factor = lines.units, move.growth
        if each_eur is not None:
            factor = factor * each_eur
        elif replacement is None or replacement.tariff_eur == "own_price":
            units = units * own_prices(self._setting, move, lines)
        elif not isinstance(replacement.tariff_eur, str):
            factor = factor * tariff(self._setting, move.initiative, replacement.tariff_eur)
        worth = _Worth(provider, lines.payer, lines.segment, units, lines.track, lines.recipient)
        contract = replacement is None or not replacement.tariff_outside_contract
        return self._stream(move, worth, factor, contract=contract)

    def _stream(self, move: Move, lines: _Worth, factor: Array, *, contract: bool = True) -> Stream:
        """Returns a change by pair, through the contracts and shared budgets or beside them."""
        pairs, row = np.unique(lines.provider * self._payers + lines.payer, return_inverse=True)
        row = row.reshape(-1)
        scoped = []
        for scope in self.scopes if contract else ():
            inside = scope.covers(lines.provider, lines.payer, lines.segment)
            scoped.append(move.coefficients(row, lines.worth * inside, lines.track, size=pairs.size))
        varying = None
        if lines.share is not None and move.allocation.varying is not None:
            of_pair = np.zeros(pairs.size, dtype=np.int64)
            of_pair[row] = lines.share
            varying = move.allocation.varying[of_pair]
        return Stream(
            pairs=pairs,
            coefficients=move.coefficients(row, lines.worth, lines.track, size=pairs.size),
            scoped=tuple(scoped),
            tracks=move.basis * factor,
            varying=varying,
            by_contract=contract,
        )

    def passed(self, stream: Stream) -> "Passed":
        """Returns what the contracts make of a change of production, budgets' scope left out."""
        terms = self._region.contracts.terms(stream.pairs, self._setting.years)
        by_level = terms.depends_on_level if stream.by_contract else np.zeros(stream.pairs.size, dtype=bool)
        coefficients = self._outside_budgets(stream)
        linear = ~by_level
        own = coefficients[linear]
        if stream.by_contract and (terms.slope[linear] != 1).any():
            own = (own if own.ndim == 3 else own[:, :, None]) * terms.slope[linear][:, None, :]
        change = (
            stream.values(coefficients[by_level], by_level) if by_level.any() else np.zeros((0, *self._setting.shape))
        )
        in_proportion = stream.form(stream.pairs[linear], own, linear)
        return Passed(in_proportion, stream.pairs[by_level], change, terms.take(by_level))

    def _by_contract(self, stream: Stream, measure: str, providers: Ledger, payers: Ledger) -> None:
        """Enters what the contracts make of a change of production, budgets' scope left out."""
        if not stream.pairs.size:
            return
        passed = self.passed(stream)
        forms = [passed.in_proportion]
        if passed.pairs.size:
            forms.append(Form(passed.pairs, None, self._through(passed.pairs, passed.change, passed.terms)))
        for form in forms:
            providers.enter(measure, form.named(form.rows // self._payers))
            payers.enter("spend_change_eur", form.named(form.rows % self._payers))

    def _outside_budgets(self, stream: Stream) -> Array:
        """Returns a stream's coefficients without what shared budgets take over, by year where that differs."""
        if not any(within.any() for within in stream.scoped):
            return stream.coefficients
        coefficients: Array = np.repeat(stream.coefficients[:, :, None], self._setting.years.size, axis=2)
        for scope, within in zip(self.scopes, stream.scoped, strict=True):
            coefficients -= within[:, :, None] * scope.years
        return coefficients

    def _through(self, pairs: Integers, change: Array, terms: Terms) -> Array:
        """Returns the revenue of a change at the present level of each pair's production, and moves the level."""
        before = self.levels(pairs)
        after = before + change
        for place, pair in enumerate(pairs.tolist()):
            self._production[pair] = after[place]
        return changed(before, after, terms)

    def levels(self, pairs: Integers) -> Array:
        """Returns the production value of pairs as the initiatives so far left it, shape (pairs, years, draws)."""
        missing = np.array([pair for pair in pairs.tolist() if pair not in self._production], dtype=np.int64)
        if missing.size:
            for pair, production in zip(missing.tolist(), baseline_production(self._setting, missing), strict=True):
                self._production[pair] = production
        return np.stack([self._production[pair] for pair in pairs.tolist()])

    def in_scope(self, stream: Stream, scope: Scope, within: Array) -> Iterator[Form]:
        """Yields a stream's change in a budget's scope, in its years; rows are pairs."""
        mask = np.asarray(within.any(axis=1))
        if mask.any():
            yield stream.form(stream.pairs[mask], within[mask][:, :, None] * scope.years, mask)

    def _share_out(self, scope: Scope, forms: list[Form], providers: Ledger, payers: Ledger) -> None:
        """Enters a budget's outcome: each member its own change less its key of what is not the payer's (section 3)."""
        together = np.zeros(1, dtype=np.int64)
        for form in forms:
            provider, payer = form.rows // self._payers, form.rows % self._payers
            providers.enter("revenue_change_eur", form.named(provider))
            payers.enter("spend_change_eur", Form(payer, form.coefficients, form.tracks * scope.payer_share))
            total = Sum([form.named(np.zeros_like(form.rows))], together, self._setting.shape).values()
            saving = -(1 - scope.payer_share) * total
            providers.enter("revenue_change_eur", Form(scope.members, scope.key[:, None], saving))


def baseline_production(setting: Setting, pairs: Integers) -> Array:
    """Returns B0, the production value without an agreement, shape (pairs, years, draws).

    Args:
        setting: facts, scenario and draws.
        pairs: provider * payers + payer.
    """
    return combine(base_production(setting, pairs), setting.demand.tracks)


def base_production(setting: Setting, pairs: Integers) -> Array:
    """Returns base-year production value by pair and growth path."""
    return setting.production_by_pair[pairs]


def own_prices(setting: Setting, move: Move, lines: Received) -> Array:
    """Returns the recipient's own price of each line that it receives, in euro.

    Raises:
        ScenarioError: replacement care is to be paid at `own_price` and a recipient has none for it.
    """
    region = setting.region
    provider = move.recipients[lines.recipient]
    product = region.segments.care_product[lines.segment]
    price, source = region.prices.of_units(provider, lines.payer, product)
    if isinstance(move.initiative.replacement, Replacement):
        without = np.flatnonzero((source >= OWN) & (lines.units != 0))
        if without.size:
            raise ScenarioError([_no_own_price(setting, move, provider[without[0]], product[without[0]])])
    return price


def _no_own_price(setting: Setting, move: Move, provider: int, product: int) -> Finding:
    region = setting.region
    return Finding(
        source=setting.scenario.scenario,
        line=0,
        key=f"initiatives.{move.initiative.id}.replacement.tariff_eur",
        found=f"own_price, while {region.providers.ids[provider]} has no own price for care product "
        f"{region.segments.care_products.ids[product]}",
        expected="a recipient with delivered revenue and units for that care",
        action="Give a tariff in euro, or leave this recipient out.",
    )
