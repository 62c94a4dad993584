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

from data_contracts.problem import Fault
from data_contracts.text import Text
from models.backfill import Refill
from models.baseline import Setting, combine
from models.contract_forms import FOLLOWS_NOTHING, FORMS
from models.forms import Form, Ledger, Sum
from models.region import Region
from models.region.codes import Array, Integers, Mask, numbered
from models.region.contracts import Terms
from models.region.prices import OWN
from models.scenario.errors import ScenarioError
from models.scenario.schema import Replacement, SharedBudget
from models.transfer import Move, Received, tariff, value


def settled(production: Array, terms: Terms) -> Array:
    """Returns F(B), the revenue that a contract makes of a production value.

    Args:
        production: B in euro, shape (pairs, years, draws).
        terms: of the same pairs and years.
    """
    revenue = np.empty_like(production)
    for number in np.unique(terms.form):
        here = np.nonzero(terms.form == number)
        agreed = _Agreed(*(getattr(terms, name)[here][:, None] for name in _Agreed._fields))
        revenue[here] = FORMS[number].law(production[here], agreed)
    return revenue


class _Agreed(NamedTuple):
    """The figures of contracts beside a production of shape (pairs and years, draws)."""

    amount: Array
    half_width: Array
    rate_over: Array
    rate_under: Array


def changed(before: Array, after: Array, terms: Terms) -> Array:
    """Returns ΔR of a change of production, in term and after it; shape (pairs, years, draws)."""
    return _followed(after - before, settled(after, terms) - settled(before, terms), terms)


def _followed(change: Array, by_form: Array, terms: Terms) -> Array:
    """Returns ΔR of a change of production, and of what the form makes of it; `by_form` is written over."""
    by_form[FOLLOWS_NOTHING[terms.form]] = 0.0
    ended = np.nonzero(~terms.in_term)
    passed = terms.pass_through[ended][:, None]
    by_form[ended] = passed * change[ended] + (1 - passed) * by_form[ended]
    return by_form


@dataclass(frozen=True)
class Stream:
    """A change of production value by (provider, payer) pair.

    Attributes:
        forms: in euro; rows are provider * payers + payer.
        scoped: for each shared budget what is in its scope, whatever the year; none beside the contracts.
        by_contract: whether it goes through the contracts, or is paid beside them.
    """

    forms: tuple[Form, ...]
    scoped: tuple[tuple[Form, ...], ...] = ()
    by_contract: bool = True

    @property
    def pairs(self) -> Integers:
        """The pairs that it changes, sorted, each once."""
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *(form.rows for form in self.forms)]))


@dataclass(frozen=True)
class Passed:
    """What the contracts make of a stream.

    Attributes:
        in_proportion: revenue of the pairs whose form passes a change on in proportion; rows are pairs.
        pairs: those whose revenue depends on the level of production.
        change: their change of production in euro, shape (pairs, steps, draws).
        terms: what holds for them.
    """

    in_proportion: tuple[Form, ...]
    pairs: Integers
    change: Array
    terms: Terms


class Scope:
    """What each shared budget covers: which years, payers, segments and members, and its key."""

    def __init__(self, budget: SharedBudget, setting: Setting) -> None:
        region = setting.region
        self.budget = budget
        self.years = (setting.steps >= budget.first_year) & (setting.steps <= budget.last_year)
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
        self._settled: dict[int, Array] = {}
        self.contracts = Ledger()
        """What changes between each provider and payer; rows are provider * payers + payer."""

    def apply(self, move: Move, providers: Ledger, payers: Ledger) -> None:
        """Enters an initiative's `revenue_change_eur` by provider and `spend_change_eur` by payer."""
        shared: list[list[Form]] = [[] for _ in self.scopes]
        for stream in self._streams(move):
            self._by_contract(stream, "revenue_change_eur", providers, payers)
            for place, forms in enumerate(shared):
                forms.extend(self.in_scope(stream, place))
        for scope, forms in zip(self.scopes, shared, strict=True):
            self._share_out(scope, forms, providers, payers)

    def refilled(self, refill: Refill, providers: Ledger, payers: Ledger) -> None:
        """Enters the revenue of refilled capacity (`backfill_revenue_eur`)."""
        self._by_contract(self.refill_stream(refill), "backfill_revenue_eur", providers, payers)

    def refill_stream(self, refill: Refill) -> Stream:
        """Returns what refilled capacity adds to production."""
        cells, price = self._region.cells, self._region.base_price[0]
        pair = cells.provider[refill.cell] * self._payers + cells.payer[refill.cell]
        return Stream((refill.form(pair, price[refill.cell]),))

    def _streams(self, move: Move) -> Iterator[Stream]:
        """Yields what a move changes: the donors' production, the recipients', and what supporters are paid."""
        yield self.donated(move)
        yield self.received(move)
        support = move.initiative.support
        if support is not None:
            paid = value(self._setting, move.initiative, "support.tariff_eur", support.tariff_eur)
            cells = move.moved
            supporter = self._region.providers.ids.index(support.provider)
            pairs, row = numbered(supporter * self._payers + cells.payer)
            coefficients = move.of_donors(row, cells.units, size=pairs.size)
            yield Stream((Form(pairs, coefficients, move.basis * paid),), by_contract=False)

    def donated(self, move: Move) -> Stream:
        """Returns what the donors' production changes by."""
        cells = move.moved
        worth = cells.units * donor_price(self._region, move)
        pairs, row = numbered(cells.provider * self._payers + cells.payer)
        tracks = move.given * -move.price

        def form(weights: Array) -> tuple[Form, ...]:
            return (Form(pairs, move.of_donors(row, weights, size=pairs.size), tracks),)

        inside = (scope.covers(cells.provider, cells.payer, cells.segment) for scope in self.scopes)
        return Stream(form(worth), tuple(form(worth * mask) if mask.any() else () for mask in inside))

    def received(self, move: Move, *, each_eur: float | None = None) -> Stream:
        """Returns what the recipients' production changes by: as agreed, or at a price for every received unit."""
        lines, replacement = move.received, move.initiative.replacement
        provider = move.recipients[lines.recipient]
        each, factor = (1.0, np.array(each_eur)) if each_eur is not None else paid_price(self._setting, move, lines)
        worth, pair = lines.units * each, provider * self._payers + lines.payer
        contract = replacement is None or not replacement.tariff_outside_contract

        def forms(weights: Array) -> tuple[Form, ...]:
            return tuple(move.arriving(pair, weights, factor))

        inside = (scope.covers(provider, lines.payer, lines.segment) for scope in self.scopes if contract)
        scoped = tuple(forms(worth * mask) if mask.any() else () for mask in inside)
        return Stream(forms(worth), scoped, by_contract=contract)

    def passed(self, stream: Stream) -> Passed:
        """Returns what the contracts make of a change of production, budgets' scope left out."""
        pairs = stream.pairs
        terms = self._region.contracts.terms(pairs, self._setting.steps)
        by_level = terms.depends_on_level if stream.by_contract else np.zeros(pairs.size, dtype=bool)
        outside = [*stream.forms, *self._within_budgets(stream)]
        linear = []
        for form in outside:
            place = np.searchsorted(pairs, form.rows)
            own, slope = form.only(~by_level[place]), terms.slope[place[~by_level[place]]]
            if own.rows.size:
                plain = not stream.by_contract or bool((slope == 1).all())
                linear.append(own if plain else own.by_year(slope))
        level = pairs[by_level]
        change = (
            Sum(outside, level, self._setting.shape).values() if level.size else np.zeros((0, *self._setting.shape))
        )
        return Passed(tuple(linear), level, change, terms.take(by_level))

    def _by_contract(self, stream: Stream, measure: str, providers: Ledger, payers: Ledger) -> None:
        """Enters what the contracts make of a change of production, budgets' scope left out."""
        passed = self.passed(stream)
        for form in stream.forms:
            self.contracts.enter("production_change_eur", form)
        forms = list(passed.in_proportion)
        if passed.pairs.size:
            forms.append(Form(passed.pairs, None, self._through(passed.pairs, passed.change, passed.terms)))
        for form in forms:
            self.contracts.enter("revenue_change_eur", form)
            providers.enter(measure, form.named(form.rows // self._payers))
            payers.enter("spend_change_eur", form.named(form.rows % self._payers))

    def _within_budgets(self, stream: Stream) -> Iterator[Form]:
        """Yields what shared budgets take over of a stream, in their years, less than 0 where it is more than 0."""
        for scope, forms in zip(self.scopes, stream.scoped, strict=False):
            for form in forms:
                yield form.by_year(-scope.years.astype(float))

    def _through(self, pairs: Integers, change: Array, terms: Terms) -> Array:
        """Returns the revenue of a change at the present level of each pair's production, and moves the level."""
        before = self.levels(pairs)
        was, after = self._settled_at(pairs, before, terms), before + change
        now = settled(after, terms)
        for place, pair in enumerate(pairs.tolist()):
            self._production[pair], self._settled[pair] = after[place], now[place]
        return _followed(change, now - was, terms)

    def _settled_at(self, pairs: Integers, levels: Array, terms: Terms) -> Array:
        """Returns what the contracts make of the present levels; what an earlier initiative left is known."""
        new = np.array([pair not in self._settled for pair in pairs.tolist()])
        first = iter(settled(levels[new], terms.take(new)))
        return np.stack([self._settled[pair] if pair in self._settled else next(first) for pair in pairs.tolist()])

    def levels(self, pairs: Integers) -> Array:
        """Returns the production value of pairs as the initiatives so far left it, shape (pairs, years, draws)."""
        missing = np.array([pair for pair in pairs.tolist() if pair not in self._production], dtype=np.int64)
        if missing.size:
            for pair, production in zip(missing.tolist(), baseline_production(self._setting, missing), strict=True):
                self._production[pair] = production
        return np.stack([self._production[pair] for pair in pairs.tolist()])

    def in_scope(self, stream: Stream, place: int) -> Iterator[Form]:
        """Yields a stream's change in the scope of a budget (by its place), in its years; rows are pairs."""
        for form in stream.scoped[place] if stream.scoped else ():
            yield form.by_year(self.scopes[place].years.astype(float))

    def _share_out(self, scope: Scope, forms: list[Form], providers: Ledger, payers: Ledger) -> None:
        """Enters a budget's outcome: each member its own change less its key of what is not the payer's (section 3)."""
        together = np.zeros(1, dtype=np.int64)
        for form in forms:
            provider, payer = form.rows // self._payers, form.rows % self._payers
            self.contracts.enter(
                "revenue_change_eur", Form(form.rows, form.coefficients, form.tracks * scope.payer_share)
            )
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


def donor_price(region: Region, move: Move) -> Array:
    """Returns the donor's unit price of each moved cell, in euro, before λp."""
    cells = move.moved
    price, _ = region.prices.of_units(cells.provider, cells.payer, region.segments.care_product[cells.segment])
    return price


def paid_price(setting: Setting, move: Move, lines: Received) -> tuple[Array, Array]:
    """Returns what a received unit is paid: euro by line, times a factor in each draw (of a dated tariff, and step)."""
    replacement = move.initiative.replacement
    if replacement is None:
        return own_prices(setting, move, lines), move.price
    if isinstance(replacement.tariff_eur, str):
        return own_prices(setting, move, lines), np.ones(1)
    return np.ones(lines.units.size), tariff(setting, move.initiative, replacement.tariff_eur)


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


def _no_own_price(setting: Setting, move: Move, provider: int, product: int) -> Fault:
    region = setting.region
    return Fault(
        source=setting.scenario.scenario,
        key=f"initiatives.{move.initiative.id}.replacement.tariff_eur",
        found=Text(
            en=f"own_price, while {region.providers.ids[provider]} has no own price for care product "
            f"{region.segments.care_products.ids[product]}",
            nl=f"own_price, terwijl {region.providers.ids[provider]} geen eigen prijs heeft voor zorgproduct "
            f"{region.segments.care_products.ids[product]}",
        ),
        expected=Text(
            en="a recipient with delivered revenue and units for that care",
            nl="een ontvanger met geleverde omzet en aantallen voor die zorg",
        ),
        action=Text(
            en="give a tariff in euro, or leave this recipient out",
            nl="geef een tarief in euro, of laat deze ontvanger weg",
        ),
    )
