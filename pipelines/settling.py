"""A deal told in rows and sentences: who pays whom what, who stays below no agreement, who would rather leave.

From a `Deal` and the names of the parties to what a terminal, a page or JSON shows, in Dutch or English. What is
computed is in `models.settlement`; here are only the words.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from models.settlement import Deal, Rule

Language = Literal["nl", "en"]
MOST_NAMED = 6
"""How many parties of a group are named in a sentence."""

RULE_NAMES: dict[str, dict[Language, str]] = {
    "none": {"nl": "geen onderlinge betalingen", "en": "no payments between parties"},
    "keep_whole": {"nl": "niemand gaat erop achteruit", "en": "nobody is left worse off"},
    "equal_gain": {"nl": "ieder evenveel", "en": "the same gain for everyone"},
    "proportional": {"nl": "naar omvang", "en": "in proportion to size"},
    "shapley": {"nl": "naar wie nodig is", "en": "by who is needed"},
}
EXPLAINED: dict[str, dict[Language, str]] = {
    "none": {
        "nl": "Iedere partij houdt wat zij wint of verliest; alleen het transitiefonds betaalt.",
        "en": "Every party keeps what it gains or loses; only the transition fund pays.",
    },
    "keep_whole": {
        "nl": "Wie wint, legt naar verhouding bij tot niemand meer verliest. Is er te weinig winst, dan is die op en "
        "delen de verliezers het tekort naar verhouding.",
        "en": "Those who gain chip in, in proportion, until nobody loses. If the gains are too small they are used up, "
        "and the losers share what is short in proportion.",
    },
    "equal_gain": {
        "nl": "Wat de afspraak samen oplevert, wordt gelijk verdeeld over alle partijen die voor een stap nodig zijn.",
        "en": "What the deal is worth together is shared equally among all parties that some step needs.",
    },
    "proportional": {
        "nl": "Wat de afspraak samen oplevert, wordt verdeeld naar de jaaromzet van de partijen.",
        "en": "What the deal is worth together is shared in proportion to the parties' annual revenue.",
    },
    "shapley": {
        "nl": "Elke stap van de afspraak heeft bepaalde partijen nodig; wat die stap oplevert of kost, wordt gelijk "
        "verdeeld over de partijen die ervoor nodig zijn.",
        "en": "Each step of the deal needs certain parties; its gain (or cost) is shared equally among those it needs.",
    },
}
_FUND: dict[Language, str] = {"nl": "transitiefonds", "en": "transition fund"}


@dataclass(frozen=True)
class Settled:
    """A deal under one rule, ready to be shown.

    Attributes:
        rule: the rule.
        parties: one row a party: party, name, before_eur, payment_eur, after_eur, below_no_agreement,
            probability_whole, probability_whole_fixed, probability_whole_per_unit; the largest payer first.
        transfers: one row a payment: payer, payer_name, receiver, receiver_name, euro; the largest first.
        break_even: one row an initiative and party, with its name.
        sentences: what it means, in order.
    """

    rule: "Rule"
    parties: pl.DataFrame
    transfers: pl.DataFrame
    break_even: pl.DataFrame
    sentences: tuple[str, ...]


def settled(deal: "Deal", rule: "Rule", *, names: Mapping[str, str], language: Language) -> Settled:
    """Returns a deal under one rule, with the parties by name.

    Args:
        deal: the agreement.
        rule: how it is divided.
        names: name by party id.
        language: of the sentences.
    """
    from models.settlement.tables import DEAL_MAKERS, break_even  # noqa: PLC0415 - SciPy takes a second to import

    def of_rule(table: str) -> pl.DataFrame:
        return DEAL_MAKERS[table](deal).filter(pl.col("rule") == rule)

    risk = of_rule("settlement_risk").select("party", "probability_whole_fixed", "probability_whole_per_unit")
    parties = _named(of_rule("settlement").drop("scenario", "rule").join(risk, on="party"), names).sort(
        "payment_eur", "party"
    )
    even = _named(break_even(deal).drop("scenario"), names)
    sentences = tuple(_sentences(deal, rule, parties, names=names, language=language))
    return Settled(rule, parties, _transfers(deal, rule, names, language), even, sentences)


def _named(rows: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    return rows.with_columns(name=pl.col("party").replace(dict(names)))


def _transfers(deal: "Deal", rule: "Rule", names: Mapping[str, str], language: Language) -> pl.DataFrame:
    rows = [
        {
            "payer": None if one.payer is None else deal.ids[one.payer],
            "payer_name": _FUND[language] if one.payer is None else _name(deal.ids[one.payer], names),
            "receiver": deal.ids[one.receiver],
            "receiver_name": _name(deal.ids[one.receiver], names),
            "euro": one.euro,
        }
        for one in deal.transfers(rule)
    ]
    schema = dict.fromkeys(("payer", "payer_name", "receiver", "receiver_name"), pl.String) | {"euro": pl.Float64}
    return pl.DataFrame(rows, schema=schema).sort("euro", "receiver", descending=[True, False])


def _name(party: str, names: Mapping[str, str]) -> str:
    return names.get(party, party)


def _sentences(
    deal: "Deal", rule: "Rule", parties: pl.DataFrame, *, names: Mapping[str, str], language: Language
) -> Iterator[str]:
    """Yields what a board needs to know, in order."""
    if not deal.ids:
        yield {
            "nl": "Er verschuift geen zorg en er zijn geen eenmalige kosten: er valt niets te verdelen.",
            "en": "No care moves and there are no one-off costs: there is nothing to settle.",
        }[language]
        return
    yield EXPLAINED[rule][language]
    yield _worth(deal, language)
    yield _room(deal, language)
    yield _below(parties, names, language)
    yield _leaving(deal, rule, names, language)
    if deal.before_draws.shape[1] > 1:
        yield _risk(parties, language)


def _worth(deal: "Deal", language: Language) -> str:
    euro = _euro(abs(deal.net_value), language)
    if deal.net_value >= 0:
        return {
            "nl": f"Samen levert de afspraak {euro} op, over alle jaren en tegen de rente teruggerekend naar nu.",
            "en": f"Together the deal is worth {euro} over all years, discounted to today.",
        }[language]
    return {
        "nl": f"Samen kost de afspraak {euro} meer dan zij oplevert. Geen verdeling laat dan iedereen heel.",
        "en": f"Together the deal costs {euro} more than it yields. No division then leaves everybody whole.",
    }[language]


def _room(deal: "Deal", language: Language) -> str:
    zone = deal.zone
    need, ability = _euro(zone.need_with_fund, language), _euro(zone.ability_with_fund, language)
    fund = {
        "nl": f" (na {_euro(deal.fund_paid, language)} uit het transitiefonds)",
        "en": f" (after {_euro(deal.fund_paid, language)} from the transition fund)",
    }[language] if deal.fund_paid else ""  # fmt: skip
    if zone.short:
        short = _euro(zone.short, language)
        return {
            "nl": f"Wie verliest heeft {need} nodig en wie wint kan {ability} missen{fund}: er ontbreekt {short}.",
            "en": f"Those who lose need {need} and those who gain can give {ability}{fund}: {short} is short.",
        }[language]
    return {
        "nl": f"Wie verliest heeft {need} nodig en wie wint kan {ability} missen{fund}: er is ruimte voor een akkoord.",
        "en": f"Those who lose need {need} and those who gain can give {ability}{fund}: there is room to agree.",
    }[language]


def _below(parties: pl.DataFrame, names: Mapping[str, str], language: Language) -> str:
    below = parties.filter("below_no_agreement").sort("after_eur", "party")["party"].to_list()
    if not below:
        return {
            "nl": "Met deze betalingen staat niemand er slechter voor dan zonder afspraak.",
            "en": "With these payments nobody is worse off than without an agreement.",
        }[language]
    listed = _list(below, names, language)
    return {
        "nl": f"Ook met deze betalingen slechter af dan zonder afspraak: {listed}.",
        "en": f"Still worse off than without an agreement: {listed}.",
    }[language]


def _leaving(deal: "Deal", rule: "Rule", names: Mapping[str, str], language: Language) -> str:
    found = deal.blocking(rule)
    unsure = "" if not found.gap else {
        "nl": f" (hooguit {_euro(found.gap, language)} meer: het zoeken is gestopt voor het bewijs)",
        "en": f" (at most {_euro(found.gap, language)} more: the search stopped before the proof)",
    }[language]  # fmt: skip
    if not found.coalition.size:
        return {
            "nl": f"Geen groep partijen is beter af met alleen elkaar{unsure}.",
            "en": f"No group of parties would be better off with only each other{unsure}.",
        }[language]
    largest = sorted(found.coalition.tolist(), key=lambda party: -float(np.nan_to_num(deal.size[party])))
    listed, euro = _list([deal.ids[party] for party in largest], names, language), _euro(found.excess, language)
    return {
        "nl": f"Samen {euro} beter af als zij alleen met elkaar verdergaan{unsure}: {listed}.",
        "en": f"Together {euro} better off if they go on with only each other{unsure}: {listed}.",
    }[language]


def _risk(parties: pl.DataFrame, language: Language) -> str:
    fixed, per_unit = (parties[f"probability_whole_{way}"].min() for way in ("fixed", "per_unit"))
    return {
        "nl": f"Bij vaste bedragen is de minst zekere partij in {_tenths(fixed)} van de 10 trekkingen heel; "
        f"bij betaling per verschoven eenheid in {_tenths(per_unit)} van de 10.",
        "en": f"With fixed sums the least certain party is whole in {_tenths(fixed)} of 10 draws; "
        f"when paid by the unit moved, in {_tenths(per_unit)} of 10.",
    }[language]


def _tenths(share: Any) -> str:  # noqa: ANN401 - what Polars gives back for a column's least value
    return f"{float(share) * 10:.0f}"


def _list(parties: list[str], names: Mapping[str, str], language: Language) -> str:
    shown = [_name(party, names) for party in parties[:MOST_NAMED]]
    more = len(parties) - len(shown)
    rest = {"nl": f" en nog {more}", "en": f" and {more} more"}[language] if more else ""
    return ", ".join(shown) + rest


def _euro(amount: float, language: Language) -> str:
    """Returns an amount as people say it: in millions from a million on."""
    if abs(amount) >= 1e6:
        text = f"{amount / 1e6:,.2f}"
        return f"€ {_dutch(text)} mln" if language == "nl" else f"€{text} million"
    text = f"{amount:,.0f}"
    return f"€ {_dutch(text)}" if language == "nl" else f"€{text}"


def _dutch(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))
