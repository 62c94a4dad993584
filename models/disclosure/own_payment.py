"""What each party receives or pays under the scenario's rule, and what its own row tells it of the others."""

import math
from collections.abc import Iterator, Mapping

from models.disclosure.cells import Key
from models.disclosure.coarseness import Figure, Level, withheld_last
from models.disclosure.ladders import Rules
from models.disclosure.scenario_facts import UNKNOWN, Payment
from models.disclosure.statements import Statement, could_be, rounded, states

LEAST_SUM = 1.0
"""A sum of less than a euro cannot be said to be divided."""


class PaymentRules(Rules):
    """The rules of a party's own payment."""

    def figures(self) -> Iterator[Figure]:
        """Yields what each party receives or pays under the scenario's rule, to itself, and what that tells it."""
        own = self.facts.payment
        if own is None:
            return
        for party, received in own.received.items():
            if party not in self.facts.parties or party == UNKNOWN:
                continue
            level = Level("two_digits", tuple(self._paid(own, party)), {"value": rounded(received, 2)})
            sign = Level("sign", tuple(self._direction(own, party)), {"receives": received >= 0})
            about = {"section": "payment", "party": party, "measure": own.rule}
            kind = self.facts.parties[party].kind
            levels = [sign] if own.rule == "shapley" else [level, sign]
            yield Figure(
                self.name("payment", party), "band", f"payment:{kind}", frozenset({party}), withheld_last(levels), about
            )

    def _paid(self, own: Payment, party: str) -> Iterator[Statement]:
        """Yields what a payment in two digits says, by the rule that everybody knows."""
        if own.rule == "keep_whole":
            yield from self._kept_whole(own, party)
        elif weights := self._weights(own, party):
            annuity = self.facts.annuity
            terms = {self.picture.key("margin", other): weight * annuity for other, weight in weights.items()}
            constant = own.received[party] - sum(self.value(key) * weight for key, weight in terms.items())
            low, high = could_be(rounded(own.received[party], 2), 2)
            yield states(terms, low - constant, high - constant)

    def _direction(self, own: Payment, party: str) -> Iterator[Statement]:
        """Yields what it says that a party receives, or pays: its part of the sum is more, or less, than it has.

        Under `keep_whole` who loses receives, which its own figures say. Under `shapley` no reader knows which part of
        the sum is its own: it is taken to know it, which is more than it does.
        """
        weights = self._weights(own, party) or self._shapley_weights(own, party)
        if weights:
            terms = {self.picture.key("margin", other): weight for other, weight in weights.items()}
            there = sum(self.value(key) * weight for key, weight in terms.items())
            rest = own.received[party] / self.facts.annuity - there
            yield states(terms, low=-rest) if own.received[party] >= 0 else states(terms, high=-rest)

    def _shapley_weights(self, own: Payment, party: str) -> dict[str, float]:
        """Returns the same as `_weights` under `shapley`, by the part of the sum that the party has in truth."""
        parties = [p for p in own.received if self.picture.key("margin", p) in self.picture.values]
        worth = {p: self.value(self.picture.key("margin", p)) * self.facts.annuity for p in parties}
        whole = math.fsum(worth.values()) + math.fsum(own.from_fund.get(p, 0.0) for p in parties)
        if own.rule != "shapley" or party not in worth or abs(whole) < LEAST_SUM:
            return {}
        part = (worth[party] + own.received[party]) / whole
        return {p: part - (p == party) for p in parties}

    def _weights(self, own: Payment, party: str) -> dict[str, float]:
        """Returns by how much of each party's value a party's payment moves, under a rule that divides the sum."""
        parties = [p for p in own.received if self.picture.key("margin", p) in self.picture.values]
        if own.rule == "equal_gain":
            parts = dict.fromkeys(parties, 1.0 / len(parties))
        elif own.rule == "proportional":
            sizes = {p: self.facts.parties[p].size or 0.0 for p in parties}
            whole = math.fsum(sizes.values())
            parts = dict.fromkeys(parties, sizes.get(party, 0.0) / whole) if whole else {}
        else:
            return {}
        if party in parts:
            parts[party] -= 1.0
        return parts

    def _kept_whole(self, own: Payment, party: str) -> Iterator[Statement]:
        """Yields that who gives, gives the same part of it as all who do: all losses ÷ all gains, or the other way."""
        worth = {p: v + own.from_fund.get(p, 0.0) for p, v in own.before.items() if p in self.facts.parties}
        gains, losses = ({p: v * sign for p, v in worth.items() if v * sign > 0} for sign in (1, -1))
        top, bottom = sorted((gains, losses), key=lambda side: math.fsum(side.values()))
        if party not in bottom or not own.received[party]:
            return
        fund = own.from_fund.get(party, 0.0)
        ends = sorted(abs((end - fund) / worth[party]) for end in could_be(rounded(own.received[party], 2), 2))
        for end, is_low in zip(ends, (True, False), strict=True):
            terms = self._share_terms(top, 1.0, gains) | self._share_terms(bottom, -end, gains)
            exact = math.fsum(top.values()) - end * math.fsum(bottom.values())
            constant = sum(self.value(key) * weight for key, weight in terms.items()) - exact
            yield states(terms, low=constant) if is_low else states(terms, high=constant)

    def _share_terms(self, side: Mapping[str, float], factor: float, gains: Mapping[str, float]) -> dict[Key, float]:
        """Returns a side's gains or losses as terms of margin."""
        keys = {party: self.picture.key("margin", party) for party in side}
        signed = {key: factor * (1 if party in gains else -1) for party, key in keys.items()}
        return {key: weight * self.facts.annuity for key, weight in signed.items() if key in self.picture.values}
