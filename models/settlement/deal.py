"""One deal: what every party has without and with it, who is needed for what, and what each rule makes of it.

Present values, in euro. A figure under a bare name is of the expected values (means over the draws); what ends in
`_draws` is draw by draw.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.forms import Ledger, quantiles
from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN, Outcome
from models.region.codes import Array, Integers, Mask
from models.settlement.core import Blocking, blocking
from models.settlement.deal_flows import DealFlows, Shares, flows_of
from models.settlement.division import RULES, Rule, divided
from models.settlement.payments import Transfer, cents, transfers
from models.settlement.sets import Sets

CENT = 0.01
"""Who is left less than this below no agreement counts as whole."""


def settle(outcome: Outcome, *, initiatives: Sequence[str] | None = None, fund_eur: float | None = None) -> "Deal":
    """Returns what it takes to make an agreement acceptable to everyone.

    Args:
        outcome: of an evaluation.
        initiatives: the ids of a package, each with its own contribution to the whole; None for all of them.
        fund_eur: transition fund; None for the scenario's.

    Raises:
        ValueError: an id that is not an initiative of the scenario.
    """
    ids = [result.move.initiative.id for result in outcome.initiatives]
    unknown = [name for name in initiatives or () if name not in ids]
    if unknown:
        raise ValueError(f"found initiatives {', '.join(unknown)}; expected some of {', '.join(ids)}; correct the ids")
    chosen = tuple(place for place, name in enumerate(ids) if initiatives is None or name in initiatives)
    fund = (outcome.setting.scenario.settlement.transition_fund_eur or 0.0) if fund_eur is None else fund_eur
    return Deal(outcome, chosen, fund)


@dataclass(frozen=True)
class Zone:
    """What the losers need to be whole against what the gainers can give, in euro.

    Attributes:
        need, ability: without the transition fund.
        need_with_fund, ability_with_fund: after the fund has paid.
    """

    need: float
    ability: float
    need_with_fund: float
    ability_with_fund: float

    @property
    def short(self) -> float:
        """What is short even with the fund; 0 where the zone is not empty."""
        return _beyond_rounding(self.need_with_fund - self.ability_with_fund)

    @property
    def short_without_fund(self) -> float:
        """What would be short without the fund; 0 where nothing would."""
        return _beyond_rounding(self.need - self.ability)

    @classmethod
    def of(cls, own: Array, with_fund: Array) -> "Zone":
        """Returns the zone of present values without and with the fund."""
        return cls(*(float(np.maximum(sign * z, 0.0).sum()) for z in (own, with_fund) for sign in (-1, 1)))


def _beyond_rounding(amount: float) -> float:
    return amount if amount > CENT else 0.0


@dataclass(frozen=True)
class Risk:
    """What the draws leave a party with, when payments are a fixed sum or depend on what really moves.

    Attributes:
        whole: share of the draws in which each party is not below no agreement, shape (parties,).
        low, high: 10th and 90th percentile of the outcome, in euro.
    """

    whole: Array
    low: Array
    high: Array

    @classmethod
    def of(cls, after: Array) -> "Risk":
        """Returns the risk of outcomes by draw, shape (parties, draws)."""
        ordered = np.sort(after, axis=1)
        low, high = (ordered[:, 0],) * 2 if after.shape[1] == 1 else quantiles(ordered)[[0, 2]]
        return cls((after >= -CENT).mean(axis=1), low, high)


@dataclass(frozen=True)
class Deal:
    """An agreement to be settled. Made by `settle`; parties are numbered providers first, then payers.

    Attributes:
        outcome: what the scenario does.
        initiatives: the places of the initiatives that are part of the deal.
        fund_eur: what a transition fund has.
    """

    outcome: Outcome
    initiatives: tuple[int, ...]
    fund_eur: float

    @cached_property
    def _built(self) -> tuple[DealFlows, Shares]:
        return flows_of(self.outcome, self.initiatives)

    @property
    def flows(self) -> DealFlows:
        """The flows, over all parties of the region."""
        return self._built[0]

    @cached_property
    def parties(self) -> Integers:
        """The parties of at least one flow: those the deal is between."""
        return np.flatnonzero(self.flows.members.getnnz(axis=0))

    @cached_property
    def shares(self) -> Shares:
        """What the flows come to for each party of the deal, by draw."""
        return Shares(*(getattr(self._built[1], name)[self.parties] for name in Shares.__dataclass_fields__))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Provider or payer id of each party of the deal."""
        region = self.outcome.setting.region
        every = (*region.providers.ids, *region.payers.ids)
        return tuple(every[party] for party in self.parties)

    @cached_property
    def size(self) -> Array:
        """Annual revenue (or what stands for it) of each party, NaN where unknown."""
        return np.concatenate([self.outcome.setting.region.providers.size, self.outcome.payer_size[0]])[self.parties]

    @cached_property
    def before_draws(self) -> Array:
        """The present value (z) of each party's margin change, shape (parties, draws)."""
        outcome, providers = self.outcome, len(self.outcome.setting.region.providers.ids)
        blocks = []
        for of, signs, rows in (
            ("providers", PROVIDER_MARGIN, self.parties[self.parties < providers]),
            ("payers", PAYER_MARGIN, self.parties[self.parties >= providers] - providers),
        ):
            ledger = Ledger()
            for place in self.initiatives:
                ledger.merge(getattr(outcome.initiatives[place], of))
            blocks.append(outcome.sum(ledger.signed(signs), rows).present_value(outcome.setting.discount))
        return np.concatenate(blocks)

    @cached_property
    def before(self) -> Array:
        """Each party's present value on expected values (z)."""
        return self.before_draws.mean(axis=1)

    @property
    def net_value(self) -> float:
        """W, the sum of z, in euro."""
        return float(self.before.sum())

    # -- the fund ----

    @cached_property
    def fund_paid(self) -> float:
        """What the fund pays: all one-off costs, as far as it reaches."""
        return float(self._fund(self.shares.borne.mean(axis=1)).sum())

    def _fund(self, borne: Array) -> Array:
        """Returns what the fund pays each party, in proportion to the one-off cost it bears (parties first)."""
        total = borne.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return borne * np.where(total > 0, np.minimum(self.fund_eur, total) / total, 0.0)

    @cached_property
    def from_fund(self) -> Array:
        """What the fund pays each party, on expected values."""
        return self._fund(self.shares.borne.mean(axis=1))

    @cached_property
    def _covered(self) -> float:
        """The share of one-off costs that the fund pays."""
        borne = float(self.shares.borne.mean(axis=1).sum())
        return self.fund_paid / borne if borne > 0 else 0.0

    @cached_property
    def zone(self) -> Zone:
        """The zone of possible agreement."""
        return Zone.of(self.before, self.before + self.from_fund)

    # -- what a rule makes of it ----

    def after(self, rule: Rule) -> Array:
        """Returns φ, each party's outcome under a rule on expected values."""
        shares = self.shares
        equal = shares.value.mean(axis=1) - (1 - self._covered) * shares.transition.mean(axis=1)
        return divided(rule, own=self.before + self.from_fund, size=self.size, equal_parts=equal)

    def payment(self, rule: Rule) -> Array:
        """Returns t, what each party receives (positive) or pays, in whole cents; adds up to what the fund pays."""
        return cents(self.after(rule) - self.before, total=round(self.fund_paid, 2))

    def after_draws(self, rule: Rule) -> Array:
        """Returns φ with the rule applied in every draw anew, shape (parties, draws)."""
        shares = self.shares
        fund = self._fund(shares.borne)
        borne = shares.borne.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            own_account = np.where(borne > 0, 1 - fund.sum(axis=0) / borne, 1.0)
        equal = shares.value - own_account * shares.transition
        return divided(rule, own=self.before_draws + fund, size=self.size, equal_parts=equal)

    def whole_draws(self, rule: Rule) -> Mask:
        """Returns in which draws each party is whole with the rule applied anew, shape (parties, draws)."""
        whole: Mask = self.after_draws(rule) >= -CENT
        return whole

    # -- who holds the risk ----

    def side_payment(self, rule: Rule) -> Array:
        """Returns what parties pay each other beside what the fund pays: adds up to 0."""
        return self.after(rule) - self.before - self.from_fund

    def fixed(self, rule: Rule) -> Risk:
        """Returns the risk when payments are fixed sums, agreed on expected values."""
        return Risk.of(self.before_draws + (self.after(rule) - self.before)[:, None])

    def per_unit(self, rule: Rule) -> Risk:
        """Returns the risk when who receives is paid by the unit of care that really moves in its flows.

        The price is such that the expected payment is the same; who pays carries a fixed part of all that is paid.
        What the fund pays stays a fixed sum.
        """
        side, units = self.side_payment(rule), self.shares.units
        expected = units.mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            realised = np.where(expected[:, None] > 0, units / expected[:, None], 1.0)
        received = np.maximum(side, 0.0)[:, None] * realised
        paying = np.maximum(-side, 0.0)
        part = paying / paying.sum() if paying.sum() > 0 else paying
        return Risk.of(self.before_draws + self.from_fund[:, None] + received - np.outer(part, received.sum(axis=0)))

    def price_per_unit(self, rule: Rule) -> Array:
        """Returns what who receives would be paid by the unit moved in its flows, in euro; NaN for who pays."""
        side, units = self.side_payment(rule), self.shares.units.mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where((side > CENT) & (units > 0), side / units, np.nan)

    # -- who would rather leave ----

    def blocking(self, rule: Rule) -> Blocking:
        """Returns the coalition that the rule leaves furthest below what it is worth alone, on expected values."""
        if rule not in self._blocking:
            self._blocking[rule] = blocking(self._sets, self.after(rule))
        return self._blocking[rule]

    @cached_property
    def _blocking(self) -> dict[Rule, Blocking]:
        """What was found before."""
        return {}

    @cached_property
    def _sets(self) -> Sets:
        flows = self.flows
        value = flows.value - (1 - self._covered) * flows.transition
        return Sets.of(flows.members[:, self.parties].tocsr(), value)

    def transfers(self, rule: Rule) -> list[Transfer]:
        """Returns who pays whom what, in whole cents; parties by position among those of the deal."""
        return transfers(self.payment(rule), self.from_fund)


__all__ = ["CENT", "RULES", "Deal", "Risk", "Rule", "Zone", "settle"]
