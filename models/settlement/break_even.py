"""What leaves a party as it is: the compensation per moved unit, and for a recipient the tariff (section 10).

A tariff works through the recipient's contracts. Most pass it on in proportion, so that the break-even is a division;
under a ceiling or a corridor revenue depends on how much is delivered already, and it is found by narrowing down. The
initiatives are gone through in their order, as in the evaluation, so that every level of production is the one that
the earlier ones left.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from models.forms import Form, Ledger
from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN, InitiativeOutcome, Outcome
from models.region.codes import Array, Integers, sums
from models.revenue import Passed, Revenue, Stream, changed
from models.settlement.deal import Deal
from models.settlement.deal_flows import NO_UNITS

NO_EFFECT = 1e-9
"""Revenue per euro of tariff and unit, as a share, below which the tariff does not matter."""
DOUBLINGS = 40
"""How often a tariff is doubled before it is said that none suffices: far beyond any tariff there is."""
NARROWINGS = 100
EXACT = 1e-10
"""Share of what is at stake below which a present value counts as 0."""

DOES_NOT_MATTER = "tariff_does_not_matter"
NONE_SUFFICES = "no_tariff_suffices"
ANY_SUFFICES = "any_tariff_suffices"


@dataclass(frozen=True)
class BreakEven:
    """The break-even of one initiative's parties; all arrays have one entry a party.

    Attributes:
        initiative: its place in the scenario.
        party: positions, providers first, then payers.
        present_value: of the party's margin change by this initiative, in euro.
        units: present value of the units moved in the party's flows.
        tariff: tariff at which a recipient's present value is 0, NaN where there is none or it is no recipient.
        agreed: what recipients are paid by the unit as agreed, NaN for who is no recipient.
        note: why a recipient has no such tariff.
    """

    initiative: int
    party: Integers
    present_value: Array
    units: Array
    tariff: Array
    agreed: Array
    note: list[str | None]

    @property
    def compensation(self) -> Array:
        """What a party would have to be paid by the unit moved (negative: could pay) to be left as it is."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.units > NO_UNITS, 0.0 - self.present_value / self.units, np.nan)


def break_evens(deal: Deal) -> Iterator[BreakEven]:
    """Yields the break-even of each initiative of a deal, on expected values."""
    outcome = deal.outcome
    providers = len(outcome.setting.region.providers.ids)
    for place, tariffs in enumerate(_Tariffs(outcome).of_initiatives()):
        if place not in deal.initiatives:
            continue
        own = deal.flows.initiative == place
        members = deal.flows.members[own]
        party = np.flatnonzero(members.getnnz(axis=0))
        units = (members.T @ deal.flows.units[own])[party]
        tariff, agreed = np.full(party.size, np.nan), np.full(party.size, np.nan)
        there = np.isin(party, tariffs.provider)
        which = np.searchsorted(tariffs.provider, party[there])
        tariff[there], agreed[there] = tariffs.tariff[which], tariffs.agreed[which]
        notes = dict(zip(tariffs.provider.tolist(), tariffs.note, strict=True))
        note = [notes.get(one) for one in party.tolist()]
        value = _present_value(outcome, outcome.initiatives[place], party, providers)
        yield BreakEven(place, party, value, units, tariff, agreed, note)


def _present_value(outcome: Outcome, result: InitiativeOutcome, party: Integers, providers: int) -> Array:
    """Returns each party's present value of one initiative's contribution, on expected values."""
    of_providers = outcome.sum(result.providers.signed(PROVIDER_MARGIN), party[party < providers])
    of_payers = outcome.sum(result.payers.signed(PAYER_MARGIN), party[party >= providers] - providers)
    return np.concatenate([total.mean() for total in (of_providers, of_payers)]) @ outcome.setting.discount


@dataclass(frozen=True)
class _Found:
    """Tariffs of an initiative's recipients, sorted by provider."""

    provider: Integers
    tariff: Array
    agreed: Array
    note: list[str | None]


@dataclass(frozen=True)
class _Paid:
    """What recipients have of a stream: what passes in proportion, and what depends on the level of production.

    Attributes:
        linear: present value by recipient, in euro.
        production: present value of the change of production by recipient.
        passed: what contracts make of it.
    """

    linear: Array
    production: Array
    passed: Passed


class _Tariffs:
    """The tariffs of one initiative after another."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        self.setting = outcome.setting
        self.revenue = Revenue(outcome.setting)
        self.payers = len(outcome.setting.region.payers.ids)

    def of_initiatives(self) -> Iterator[_Found]:
        """Yields the tariffs of each initiative, in the scenario's order."""
        for result in self.outcome.initiatives:
            yield self._of(result)
            self.revenue.apply(result.move, Ledger(), Ledger())
            if result.played.refill is not None:
                self.revenue.refilled(result.played.refill, Ledger(), Ledger())

    def _of(self, result: InitiativeOutcome) -> _Found:
        lines = result.move.received
        rows = np.unique(result.move.recipients[lines.recipient[lines.units != 0]])
        now = self._paid(self.revenue.received(result.move), rows)
        one = self._paid(self.revenue.received(result.move, each_eur=1.0), rows)
        own = outcome_mean(self.outcome, result.providers.signed(PROVIDER_MARGIN), rows)
        by_level = self._by_level(rows, one.passed)
        rest = own - now.linear - by_level(None, now.passed.change)
        with np.errstate(divide="ignore", invalid="ignore"):
            agreed = np.where(one.production > 0, now.production / one.production, np.nan)
        tariff = np.full(rows.size, np.nan)
        level = np.isin(rows, one.passed.pairs // self.payers)
        matters = one.linear > NO_EFFECT * one.production
        plain = ~level & matters
        tariff[plain] = -rest[plain] / one.linear[plain]
        notes = np.where(~level & ~matters & (one.production > 0), DOES_NOT_MATTER, "").astype(object)
        if level.any():
            stake = np.abs(own) + np.abs(now.linear) + one.production
            found, said = _narrowed(lambda t: rest + t * one.linear + by_level(t, one.passed.change), agreed, stake)
            tariff[level], notes[level] = found[level], said[level]
        return _Found(rows, tariff, agreed, [text or None for text in notes])

    def _paid(self, stream: Stream, rows: Integers) -> _Paid:
        """Returns what some recipients have of a stream; in a shared budget less what they give up of it by its key."""
        passed = self.revenue.passed(stream)
        linear = self._mean([form.named(form.rows // self.payers) for form in passed.in_proportion], rows)
        for place, scope in enumerate(self.revenue.scopes):
            key = np.zeros(len(self.setting.region.providers.ids))
            key[scope.members] = scope.key
            forms = [form.named(form.rows // self.payers) for form in self.revenue.in_scope(stream, place)]
            shared = [Form(form.rows, form.coefficients, form.tracks * (1 - scope.payer_share)) for form in forms]
            linear += self._mean(forms, rows) - key[rows] * self._mean(shared, rows)
        production = self._mean([form.named(form.rows // self.payers) for form in stream.forms], rows)
        return _Paid(linear, production, passed)

    def _mean(self, forms: list[Form], rows: Integers) -> Array:
        return outcome_mean(self.outcome, forms, rows)

    def _by_level(self, rows: Integers, passed: Passed) -> Callable[[Array | None, Array], Array]:
        """Returns a function from tariffs by recipient (None: as is) and a change of production to present values."""
        if not passed.pairs.size:
            return lambda _, __: np.zeros(rows.size)
        before = self.revenue.levels(passed.pairs)
        place = np.searchsorted(rows, passed.pairs // self.payers)
        discount, draws = self.setting.discount_of_steps, before.shape[2]

        def worth(tariff: Array | None, change: Array) -> Array:
            step = change if tariff is None else change * tariff[place][:, None, None]
            gained = changed(before, before + step, passed.terms)
            return sums(place, np.einsum("y,pyd->p", discount, gained) / draws, size=rows.size)

        return worth


def outcome_mean(outcome: Outcome, forms: list[Form], rows: Integers) -> Array:
    """Returns the present value of the mean of forms, by row."""
    return outcome.sum(forms, rows).mean() @ outcome.setting.discount


def _narrowed(value: Callable[[Array], Array], start: Array, stake: Array) -> tuple[Array, Array]:
    """Returns where each of several rising functions is 0, NaN with the reason where one never is.

    Args:
        value: from a tariff for each recipient to its present value.
        start: tariffs to begin at.
        stake: what a value is small against.
    """
    near = EXACT * np.maximum(stake, 1.0)
    high = np.maximum(np.nan_to_num(start, nan=1.0), 1.0)
    low = -high
    for _ in range(DOUBLINGS):
        short, over = value(high) < 0, value(low) > 0
        if not (short | over).any():
            break
        high, low = np.where(short, 2 * high, high), np.where(over, 2 * low, low)
    at_high, at_low = value(high), value(low)
    note = np.select([at_high < -near, at_low > near], [NONE_SUFFICES, ANY_SUFFICES], "").astype(object)
    for step in range(NARROWINGS):
        with np.errstate(divide="ignore", invalid="ignore"):
            along = low - at_low * (high - low) / (at_high - at_low)
        halfway = (low + high) / 2
        tried = np.where((step % 3 == 2) | ~np.isfinite(along), halfway, np.clip(along, low, high))
        found = value(tried)
        up = found < 0
        low, at_low = np.where(up, tried, low), np.where(up, found, at_low)
        high, at_high = np.where(up, high, tried), np.where(up, at_high, found)
        if ((np.abs(found) <= near) | (high - low <= EXACT * np.abs(high))).all():
            break
    nearest = np.where(np.abs(at_low) < np.abs(at_high), low, high)
    return np.where(note == "", nearest, np.nan), note
