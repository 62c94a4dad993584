"""How a headline is printed: parties, then shortages; or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.cli.output import ColumnStyle, out, print_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from pipelines.release.headline import Headline

MOST_PARTIES = 14
"""A table in a terminal shows no more; JSON carries all."""

MOST_NAMED = 8
"""So many parties are named in a line."""

_PARTIES = (
    ColumnStyle("name", "party"),
    ColumnStyle("kind", "kind"),
    ColumnStyle("change_eur", "revenue (payer: spend) €/year", "euro"),
    ColumnStyle("share_of_size", "% of own revenue", "share"),
    ColumnStyle("p10_eur", "p10", "euro"),
    ColumnStyle("p90_eur", "p90", "euro"),
    ColumnStyle("margin_change_eur", "margin €/year", "euro"),
    ColumnStyle("margin_share_of_size", "margin % of own revenue", "share"),
)
_SHORTAGES = (
    ColumnStyle("name", "party"),
    ColumnStyle("resource_name", "resource"),
    ColumnStyle("fte_short_before", "FTE short without", "fte"),
    ColumnStyle("fte_short_after", "FTE short with", "fte"),
    ColumnStyle("probability_before", "chance without", "chance"),
    ColumnStyle("probability_after", "chance with", "chance"),
)


def print_headline(headline: Headline) -> None:
    """Prints a scenario's headline."""
    from pipelines.release.headline import seldom

    title = f"{headline.title_en} ({headline.scenario}), {headline.year}, against no agreement"
    if headline.parties.is_empty():
        nothing = "nothing changes for anybody" if not headline.unknown["money"] else "no change in money is known"
        out().print(f"{title}: {nothing}.")
    else:
        print_table(largest(headline.parties), title=title, columns=_PARTIES)
        if headline.parties.height > MOST_PARTIES:
            out().print(f"... and {headline.parties.height - MOST_PARTIES} parties with smaller changes.")
        for row in seldom(largest(headline.parties)).iter_rows(named=True):
            out().print(f"{row['name']}: in most draws nothing moves; {_seldom(row)}.", soft_wrap=True)
    if headline.unknown["money"]:
        out().print(
            f"Not known in money, for want of a price: {_listed(headline.unknown['money'])}. "
            "Deliver revenue, or a reference price of the care that moves.",
            soft_wrap=True,
        )
    if headline.shortages.height:
        out().print()
        print_table(headline.shortages, title=f"Largest shortages of staff, {headline.year}", columns=_SHORTAGES)
    elif headline.any_hands:
        out().print("No shortage of staff, as far as capacity was delivered.")
    if headline.unknown["hands"] or not headline.any_hands:
        whom = f" at {_listed(headline.unknown['hands'])}" if headline.unknown["hands"] else ""
        out().print(
            f"Whether staff runs short{whom} is not known: no capacity was delivered, or not what this care takes.",
            soft_wrap=True,
        )


def _listed(names: tuple[str, ...]) -> str:
    """Returns names as a list, and of many the first with how many there are more."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _seldom(row: Mapping[str, Any]) -> str:
    """Returns in how many draws something moves, and how far at most; where no draw is kept only what the mean is."""
    if row["draws_changed"] is None:
        return f"the mean of {row['change_eur']:+,.0f} is of the few in which something does"
    return (
        f"in {row['draws_changed']:.0%} of them something does, at most {row['furthest_eur']:+,.0f} "
        f"(the mean over all is {row['change_eur']:+,.0f})"
    )


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
