"""The box of the page Package on an agreement: is it happening, and since when no longer as agreed."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.figures import progress_label, realised_against_agreed
from dashboards.pages.page import Card, Extra, Illustration, Table, TableCell, headings
from dashboards.telling.deals import Deals

Row = Mapping[str, Any]
_MOST = 60
_MONEY = ("revenue_change_eur", "spend_change_eur")


def progress_cards(deals: Deals) -> tuple[Card, ...]:
    """Returns the box on progress; none where the scenario is a proposal."""
    agreed, words = deals.agreed, deals.words
    if agreed is None:
        return ()
    kicker = words.text("deal.progress.kicker")
    since = words.text(
        "deal.progress.agreed", date=words.numbers.day(agreed.get("date")), release=agreed.get("release")
    )
    rows = deals.progress
    if not rows.height:
        return (Card("progress", kicker, words.text("deal.progress.nothing_yet"), points=(since,)),)
    said = "; ".join(_said(deals, row) for row in rows.to_dicts())
    card = Card(
        key="progress",
        kicker=kicker,
        finding=_finding(deals),
        picture=Illustration(
            realised_against_agreed(rows, words=words), words.text("deal.progress.alternative", rows=said)
        ),
        points=(since, *_estimated(deals)),
        note=words.text("deal.progress.note"),
        extras=(Extra(words.text("site.table_behind"), table=_periods(deals)), *_follows(deals)),
    )
    return (card,)


def _said(deals: Deals, row: Row) -> str:
    label = progress_label(dict(row), words=deals.words)
    return f"{label.name}: {label.value}, {label.more}"


def _finding(deals: Deals) -> str:
    """Returns how many initiatives are materially away from what was agreed, and which one most."""
    words, rows = deals.words, deals.progress
    away = rows.filter(pl.col("material")).sort((pl.col("share") - 1).abs(), "title", descending=[True, False])
    if not away.height:
        return words.text("deal.progress.on_plan")
    worst = away.row(0, named=True)
    return words.text(
        "deal.progress.away",
        number=words.numbers.number(away.height),
        of=words.numbers.number(rows.height),
        title=worst["title"],
        share=words.numbers.share(worst["share"]),
        date=words.numbers.day(worst["material_since"]),
    )


def _estimated(deals: Deals) -> tuple[str, ...]:
    """Returns that some figures are estimates, and of how many donors."""
    rows = deals.findings.results.table("progress").filter(pl.col("source") == "estimated")
    return (deals.words.text("deal.progress.estimated"),) if rows.height else ()


def _periods(deals: Deals) -> Table:
    words, numbers = deals.words, deals.words.numbers
    rows = deals.findings.initiatives.join(
        deals.findings.results.table("progress").sort("period"), on="initiative", how="inner", maintain_order="left"
    )
    body = tuple(
        (
            TableCell(row["title"]),
            TableCell(numbers.period(row["period"])),
            TableCell(numbers.quantity(row["agreed_units"]), value=row["agreed_units"]),
            TableCell(numbers.quantity(row["realised_units"]), value=row["realised_units"]),
            TableCell(numbers.share(row["deviation_share"], signed=True), value=row["deviation_share"]),
            TableCell(words.known("progress_source", row["source"])),
        )
        for row in rows.tail(_MOST).to_dicts()
    )
    names = (words.text(f"deal.progress.{name}") for name in ("initiative", "period", "due", "moved", "gap", "source"))
    return Table(words.text("deal.progress.table"), headings(names, numbers=(2, 3, 4)), body)


def _follows(deals: Deals) -> tuple[Extra, ...]:
    """Returns what that means for each party's revenue or spending to date; nothing where it is not known."""
    words = deals.words
    table = deals.findings.results.table("progress_impact").filter(pl.col("measure").is_in(_MONEY))
    if not table.height:
        return ()
    rows = table.group_by("party").agg(pl.col("agreed", "realised").sum())
    largest = rows.sort(pl.col("agreed").abs(), "party", descending=[True, False]).head(_MOST)
    body = tuple(
        (
            TableCell(deals.settlements.name(row["party"])),
            *(
                TableCell(words.numbers.money(row[name], digits=3, signed=True), value=row[name])
                for name in ("agreed", "realised")
            ),
        )
        for row in largest.to_dicts()
    )
    names = (words.text(f"deal.progress.{name}") for name in ("party", "money_due", "money_moved"))
    label = words.text("deal.progress.money")
    return (Extra(label, table=Table(label, headings(names, numbers=(1, 2)), body)),)
