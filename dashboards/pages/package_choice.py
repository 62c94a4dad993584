"""The boxes of the page Package on choosing: the best package, the frontier, the exchange, what would have to give."""

from dataclasses import replace

import polars as pl

from dashboards.figures import loss_frontier
from dashboards.pages.page import Card, Extra, Illustration, Table, TableCell, cells, headings
from dashboards.telling.deals import Deals
from dashboards.telling.packages import Packages
from dashboards.words.wording import capitalised

_HALF = 6
_HALF_EURO = 0.5
_CHANGES = 4  # limits told before the others are asked for


def choice_cards(deals: Deals) -> tuple[Card, ...]:
    """Returns the boxes on choosing; one that says so where nobody searched or there is nothing to choose from."""
    words, found = deals.words, deals.packages
    if found is None or not found.titles:
        key = "deal.choice.not_computed" if found is None else "deal.choice.nothing"
        return (Card("package", words.text("deal.choice.kicker"), words.text(key)),)
    return (_chosen(deals, found), _frontier(deals, found), _exchange(found), replace(_changes(found), is_folded=True))


def _chosen(deals: Deals, found: Packages) -> Card:
    words = deals.words
    finding, *rest = found.answer()
    rows = found.chosen_rows()
    return Card(
        key="package",
        kicker=words.text("deal.choice.kicker"),
        finding=finding,
        columns=_HALF,
        table=_texts(rows, words.text("deal.choice.table"), numbers=(1, 2)) if rows.height else None,
        points=(*rest, found.limits(fund_eur=deals.fund_eur, tolerance_fte=deals.tolerance_fte)),
    )


def _frontier(deals: Deals, found: Packages) -> Card:
    words, points = deals.words, deals.frontier
    of, own = deals.findings.initiatives.height, found.own
    said = "; ".join(
        words.text(
            "deal.frontier.row",
            cap=words.text("package.no_cap") if row["loss_cap"] is None else words.numbers.share(row["loss_cap"]),
            value=words.numbers.money(row["value_eur"], digits=3),
            number=row["initiatives"],
        )
        for row in points.to_dicts()
    )
    table = _texts(found.frontier_rows(), found.heading("frontier"), numbers=(1, 2, 3, 4))
    kicker, finding = words.text("deal.frontier.kicker"), _frontier_finding(deals)
    if float(points["value_eur"].max()) < _HALF_EURO:  # type: ignore[arg-type]
        return Card("frontier", kicker, finding, _HALF)
    return Card(
        key="frontier",
        kicker=kicker,
        finding=finding,
        columns=_HALF,
        picture=Illustration(
            loss_frontier(points, words=words, own_cap=own["loss_cap"], of=of),
            words.text("deal.frontier.alternative", rows=said),
        ),
        note=words.text("deal.frontier.note"),
        extras=(Extra(words.text("site.table_behind"), table=table),),
    )


def _frontier_finding(deals: Deals) -> str:
    """Returns what allowing more loss brings: from nobody losing anything to where more brings nothing more."""
    words, points = deals.words, deals.frontier
    first, last = float(points["value_eur"][0]), points.sort("value_eur").row(-1, named=True)
    money = words.numbers.money
    if last["value_eur"] < _HALF_EURO:
        return words.text("deal.frontier.worthless")
    if last["value_eur"] - first < _HALF_EURO:
        return words.text("deal.frontier.flat", value=money(first, digits=3))
    reached = points.filter((pl.col("value_eur") - last["value_eur"]).abs() < _HALF_EURO).row(0, named=True)
    key = "deal.frontier.rising" if reached["loss_cap"] is not None else "deal.frontier.rising_uncapped"
    return words.text(
        key,
        first=money(first, digits=3),
        last=money(last["value_eur"], digits=3),
        cap=words.numbers.share(reached["loss_cap"]),
    )


def _exchange(found: Packages) -> Card:
    words = found.words
    finding, *rest = found.exchange()
    swaps = tuple(found.swaps()) or (words.text("deal.choice.no_swaps"),)
    return Card("exchange", found.heading("exchange"), finding, points=(*rest, *swaps))


def _changes(found: Packages) -> Card:
    """The box on what all initiatives together would break: the limits that would have to give way, and by how much."""
    words, heading = found.words, found.heading("change")
    said = tuple(found.changes())
    broken = found.tables["portfolio_change"].height
    if not broken:
        return Card("change", heading, said[0], _HALF)
    body = tuple(cells(sentence) for sentence in said)
    every = Table(heading, headings([words.text("deal.change.limit")]), body)
    extras = (Extra(words.text("deal.change.all", number=broken), table=every),) if len(said) > _CHANGES else ()
    of = words.numbers.counted(len(found.titles))
    finding = capitalised(words.count("deal.change.finding", broken, of=of))
    return Card("change", heading, finding, _HALF, points=said[:_CHANGES], extras=extras)


def _texts(rows: pl.DataFrame, caption: str, *, numbers: tuple[int, ...]) -> Table:
    """Returns rows of text as a table, its headings with a capital."""
    names = [capitalised(name) for name in rows.columns]
    return Table(
        caption, headings(names, numbers=numbers), tuple(tuple(map(TableCell, row)) for row in rows.iter_rows())
    )
