"""How a headline is printed: parties, then shortages; or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.cli.output import ColumnStyle, Style, out, print_table, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from data_contracts.text import Language
    from pipelines.release.headline import Headline

MOST_PARTIES = 14
"""A table in a terminal shows no more; JSON carries all."""

MOST_NAMED = 8
"""So many parties are named in a line."""

_HEADINGS: dict[Language, dict[str, str]] = {
    "en": {
        "name": "party", "kind": "kind", "change_eur": "revenue (payer: spend) €/year",
        "share_of_size": "% of own revenue", "p10_eur": "p10", "p90_eur": "p90",
        "margin_change_eur": "margin €/year", "margin_share_of_size": "margin % of own revenue",
        "resource_name": "resource", "fte_short_before": "FTE short without", "fte_short_after": "FTE short with",
        "probability_before": "chance without", "probability_after": "chance with",
        "title": "{title} ({scenario}), {year}, against no agreement",
        "nothing": "{title}: nothing changes for anybody.",
        "no_money": "{title}: no change in money is known.",
        "seldom": "{name}: in most draws nothing moves; {what}.",
        "seldom_mean": "the mean of {mean} is of the few in which something does",
        "seldom_share": "in {share} of them something does, at most {most} (the mean over all is {mean})",
        "unpriced": "Not known in money, for want of a price: {names}. "
        "Deliver revenue, or a reference price of the care that moves.",
        "unknown_hands": "Whether staff runs short{whom} is not known: no capacity was delivered, or not what this "
        "care takes.",
        "at": " at {names}", "and_more": "{names} and {number} more",
        "smaller": "... and {number} parties with smaller changes.",
        "no_shortage": "No shortage of staff, as far as capacity was delivered.",
        "shortages": "Largest shortages of staff, {year}",
    },
    "nl": {
        "name": "partij", "kind": "soort", "change_eur": "opbrengst (betaler: uitgave) €/jaar",
        "share_of_size": "% van eigen opbrengst", "p10_eur": "p10", "p90_eur": "p90",
        "margin_change_eur": "marge €/jaar", "margin_share_of_size": "marge % van eigen opbrengst",
        "resource_name": "middel", "fte_short_before": "fte tekort zonder", "fte_short_after": "fte tekort met",
        "probability_before": "kans zonder", "probability_after": "kans met",
        "title": "{title} ({scenario}), {year}, tegen geen akkoord",
        "nothing": "{title}: voor niemand verandert er iets.",
        "no_money": "{title}: in geld is geen verandering bekend.",
        "seldom": "{name}: in de meeste trekkingen verplaatst er niets; {what}.",
        "seldom_mean": "het gemiddelde van {mean} komt uit de weinige waarin dat wel zo is",
        "seldom_share": "in {share} ervan wel, hoogstens {most} (het gemiddelde over alle is {mean})",
        "unpriced": "In geld niet bekend, want zonder prijs: {names}. "
        "Lever opbrengsten aan, of een referentieprijs van de zorg die verplaatst.",
        "unknown_hands": "Of personeel tekortschiet{whom} is niet bekend: er is geen capaciteit geleverd, of niet wat "
        "deze zorg vraagt.",
        "at": " bij {names}", "and_more": "{names} en nog {number}",
        "smaller": "... en {number} partijen met kleinere veranderingen.",
        "no_shortage": "Geen tekort aan personeel, voor zover capaciteit is aangeleverd.",
        "shortages": "Grootste tekorten aan personeel, {year}",
    },
}  # fmt: skip
_PARTIES: dict[str, Style] = {
    "name": "plain",
    "kind": "plain",
    "change_eur": "euro",
    "share_of_size": "share",
    "p10_eur": "euro",
    "p90_eur": "euro",
    "margin_change_eur": "euro",
    "margin_share_of_size": "share",
}
_SHORTAGES: dict[str, Style] = {
    "name": "plain",
    "resource_name": "plain",
    "fte_short_before": "fte",
    "fte_short_after": "fte",
    "probability_before": "chance",
    "probability_after": "chance",
}


def print_headline(headline: Headline, *, lang: Language = "en") -> None:
    """Prints a scenario's headline in a language."""
    _print_parties(headline, lang)
    _print_shortages(headline, lang)


def _print_parties(headline: Headline, lang: Language) -> None:
    """Prints what changes for each party, who seldom sees any of it, and who is not known in money."""
    from pipelines.release.headline import seldom

    words = _HEADINGS[lang]
    own = headline.title_nl if lang == "nl" else headline.title_en
    title = words["title"].format(title=own, scenario=headline.scenario, year=headline.year)
    unknown = headline.unknown["money"]
    if headline.parties.is_empty():
        out().print(words["no_money" if unknown else "nothing"].format(title=title), markup=False)
    else:
        print_table(largest(headline.parties), title=title, columns=_columns(_PARTIES, lang), lang=lang)
        if headline.parties.height > MOST_PARTIES:
            out().print(words["smaller"].format(number=headline.parties.height - MOST_PARTIES))
        for row in seldom(largest(headline.parties)).iter_rows(named=True):
            out().print(words["seldom"].format(name=row["name"], what=_seldom(row, lang)), soft_wrap=True)
    if unknown:
        out().print(words["unpriced"].format(names=_listed(unknown, lang)), soft_wrap=True)


def _print_shortages(headline: Headline, lang: Language) -> None:
    """Prints who is short of which staff, and of whom that is not known."""
    words, unknown = _HEADINGS[lang], headline.unknown["hands"]
    if headline.shortages.height:
        out().print()
        title = words["shortages"].format(year=headline.year)
        print_table(headline.shortages, title=title, columns=_columns(_SHORTAGES, lang), lang=lang)
    elif headline.any_hands:
        out().print(words["no_shortage"])
    if unknown or not headline.any_hands:
        whom = words["at"].format(names=_listed(unknown, lang)) if unknown else ""
        out().print(words["unknown_hands"].format(whom=whom), soft_wrap=True)


def _columns(styles: dict[str, Style], lang: Language) -> list[ColumnStyle]:
    return [ColumnStyle(name, _HEADINGS[lang][name], style) for name, style in styles.items()]


def _listed(names: tuple[str, ...], lang: Language) -> str:
    """Returns names as a list, and of many the first with how many there are more."""
    told = ", ".join(names[:MOST_NAMED])
    if len(names) <= MOST_NAMED:
        return told
    return _HEADINGS[lang]["and_more"].format(names=told, number=len(names) - MOST_NAMED)


def _seldom(row: Mapping[str, Any], lang: Language) -> str:
    """Returns in how many draws something moves, and how far at most; where no draw is kept only what the mean is."""
    words, mean = _HEADINGS[lang], written(row["change_eur"], "euro", lang)
    if row["draws_changed"] is None:
        return words["seldom_mean"].format(mean=mean)
    share, most = written(row["draws_changed"], "chance", lang), written(row["furthest_eur"], "euro", lang)
    return words["seldom_share"].format(share=share, most=most, mean=mean)


def largest(parties: pl.DataFrame) -> pl.DataFrame:
    """Returns the parties with the largest changes in euro, in the order they have."""
    biggest = parties["change_eur"].abs().fill_null(0).rank("ordinal", descending=True) <= MOST_PARTIES
    return parties.filter(biggest)


def headline_json(headline: Headline) -> dict[str, object]:
    """Returns a headline for JSON."""
    return {
        "scenario": headline.scenario,
        "title": {"nl": headline.title_nl, "en": headline.title_en},
        "year": headline.year,
        "impact": headline.parties.to_dicts(),
        "gaps": headline.shortages.to_dicts(),
        "unknown": {name: list(parties) for name, parties in headline.unknown.items()},
    }
