"""From a figure back to what it rests on: release, scenario, deliveries, and whether assumptions are in it.

What belongs here: which datasets each box of a page rests on, and the mark in a figure that assumptions are in it. Only
datasets of which something was delivered are named.
"""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from dashboards.figures.canvas import marked
from dashboards.pages.page import Card, Page, Trace
from dashboards.telling.synopsis import Synopsis

_FACTS = ("declarations", "volume", "revenue")
_MONEY = (*_FACTS, "contracts", "cost_structure", "unit_costs")
_HANDS = ("declarations", "volume", "capacity", "resource_use")
_CARE = (*_FACTS, "areas")
_ALL = (*_MONEY, "capacity", "resource_use", "volume_norms")
_RESTS_ON: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("gains", "departments"), (*_MONEY, "volume_norms")),
    **dict.fromkeys(
        ("region", "results", "without", "futures", "bridge", "result", "years", "stranded", "pairs"), _MONEY
    ),
    **dict.fromkeys(("plan", "hands", "hands-years", "feasible", "resource", "resources"), _HANDS),
    **dict.fromkeys(("interests", "tensions", "clash"), _ALL),
    **dict.fromkeys(("care", "map", "areas"), _CARE),
    **dict.fromkeys(("zone", "rules", "payments", "risk", "needs", "tariffs"), _MONEY),
    **dict.fromkeys(("package", "frontier"), _ALL),
    "progress": ("declarations", "volume", "realised_transfers"),
    "moves": _CARE,
    "norms": ("declarations", "volume", "volume_norms"),
}


def with_traces(page: Page, findings: Synopsis, *, initiatives: Collection[str] | None = None) -> Page:
    """Returns the page with what each of its boxes rests on, and a mark in every figure that assumptions are in.

    Args:
        page: The page.
        findings: Its scenario.
        initiatives: The initiatives that its figures depend on; None: all.
    """
    delivered = _delivered(findings)
    assumptions = _assumptions(findings, initiatives)
    cards = tuple(_traced(card, findings, delivered=delivered, assumptions=assumptions) for card in page.cards)
    return replace(page, cards=cards)


def _traced(card: Card, findings: Synopsis, *, delivered: Collection[str], assumptions: int) -> Card:
    names = _RESTS_ON.get(card.key.partition(":")[0])
    if names is None or (card.picture is None and card.table is None):
        return card
    words, results = findings.words, findings.results
    picture = card.picture
    if assumptions and picture is not None:
        picture = replace(picture, figure=marked(picture.figure, words=words))
    trace = Trace(
        release=findings.release.id,
        scenario=results.titles[words.language],
        datasets=tuple(words.known("datasets", name) for name in names if name in delivered or not delivered),
        assumptions=assumptions,
    )
    return replace(card, trace=trace, picture=picture)


def _delivered(findings: Synopsis) -> frozenset[str]:
    """Returns the datasets of which rows were accepted."""
    table = findings.release.table("delivery")
    return frozenset(table.filter(pl.col("accepted") > 0)["dataset"].drop_nulls().to_list())


def _assumptions(findings: Synopsis, initiatives: Collection[str] | None) -> int:
    evidence = findings.results.table("evidence")
    assumed = evidence.filter(pl.col("confidence").fill_null("assumption") == "assumption")
    if initiatives is None:
        return assumed.height
    return assumed.filter(pl.col("initiative").is_null() | pl.col("initiative").is_in(list(initiatives))).height
