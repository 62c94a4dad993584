"""One party's own page: what matters most to it, its departments, hands and money, and what all that rests on.

What belongs here: which boxes stand on the page and in which order, and its key figures. Hands come first where hands
bind. The boxes themselves are in `party_departments` and `party_money`.
"""

from dataclasses import replace

import polars as pl

from dashboards.figures import capacity_lines
from dashboards.pages.at_the_table import hands_picture
from dashboards.pages.capacity_table import capacity_table, capacity_years_table
from dashboards.pages.page import Card, Illustration, KeyFigure, Page, PageRef, tone_of
from dashboards.pages.party_departments import departments_card, norms_card
from dashboards.pages.party_money import bridge_card, futures_card, result_card, stranded_card, years_card
from dashboards.pages.party_told import PartyStory, Row, before_and_after, behind
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.costs import is_unsettled, lasting_sign, worst_band_said
from dashboards.telling.one_party import party_lead, party_title
from dashboards.telling.synopsis import SHOWN, Synopsis
from dashboards.words.wording import Wording

_HALF, _WHOLE = 6, 12
_PANELS = 4
_VISIBLE = 0.01  # a smaller change of what is needed, against what is usable, is one line on top of another
_FLAGS = 6
_EURO = 0.5
_MOST_PRODUCTION = 1.2  # of the annual revenue: beyond this one of the two is wrong, or a period counted too often


def party_page(findings: Synopsis, party: str, *, alone: bool = False) -> Page:
    """Returns the page of one party that the scenario touches; `alone` where no page of sources goes with it."""
    told = PartyStory(findings, party, alone)
    page = Page(
        ref=PageRef("party", party),
        title=told.name,
        answer=party_title(findings, party),
        lead=party_lead(findings, party),
        key_figures=_key_figures(told),
        cards=_filled([card for card in (*_boxes(told), _rests(told)) if card is not None]),
        sheet="portrait",
    )
    return with_traces(page, findings, initiatives=told.touching["initiative"])


def _boxes(told: PartyStory) -> tuple[Card | None, ...]:
    """Returns the boxes in the order in which they matter to this party."""
    departments, (hands, by_year) = departments_card(told), _hands(told)
    first = (hands, departments) if told.shortage is not None else (departments, hands)
    money: tuple[Card | None, ...] = ()
    if told.has_money:
        money = (bridge_card(told), result_card(told), years_card(told), stranded_card(told))
    return (*first, futures_card(told), norms_card(told), by_year, *money)


# --- key figures ------------------------------------------------------------------------------------------------------


def _key_figures(told: PartyStory) -> tuple[KeyFigure, ...]:
    path = told.path
    short = () if told.shortage is None else (_shortage(told.shortage, told.words),)
    if not told.has_money or path is None or path["worst_eur"] is None:
        return short
    return (*short, _worst(path, told), _lasting(path, told), _money_in_year(told))


def _worst(path: Row, told: PartyStory) -> KeyFigure:
    """Returns the party's worst year, of a provider with the share of its cushion."""
    words, label = told.words, told.words.text("key.worst_payer" if told.is_payer else "key.worst")
    if path["worst_eur"] > -_EURO:
        return KeyFigure(label, words.text("key.none"), words.text("key.no_loss_year"))
    band = worst_band_said(path, words)
    if is_unsettled(path):
        return KeyFigure(label, words.text("key.about_nothing"), band)
    spread = None if path["worst_low"] is None else path["worst_high"] - path["worst_low"]
    value = words.numbers.money(path["worst_eur"], spread=spread, signed=True)
    detail = words.text("key.worst_year", year=path["worst_year"])
    if path["cushion_share"] is not None:
        part = words.numbers.part_of(abs(path["cushion_share"]))
        detail = words.text("key.worst_of_cushion", year=path["worst_year"], part=part)
    return KeyFigure(label, value, f"{detail}; {band}" if band else detail, tone_of(path["worst_eur"]))


def _lasting(path: Row, told: PartyStory) -> KeyFigure:
    """Returns what lasts a year when everything has run its course."""
    words, label = told.words, told.words.text("key.lasting_payer" if told.is_payer else "key.lasting")
    value, low, high = (path[f"lasting_{end}"] for end in ("eur", "low", "high"))
    spread = high - low if low is not None and high is not None and high - low > _EURO else None
    band = words.text("key.band", band=words.numbers.money_between(low, high)) if spread else ""
    if not lasting_sign(path):
        return KeyFigure(label, words.text("key.about_nothing"), band)
    return KeyFigure(label, words.numbers.money(value, spread=spread, signed=True), band, tone_of(value))


def _money_in_year(told: PartyStory) -> KeyFigure:
    words, change = told.words, told.revenue_change
    label = ("spend_more" if change < 0 else "spend_less") if told.is_payer else "revenue_up"
    if not told.is_payer and change < 0:
        label = "revenue"
    before, after = before_and_after(told, change)
    known = told.baseline_revenue is not None
    key = "key.revenue_same" if before == after else "key.revenue_detail"
    detail = words.text(key, before=before, after=after) if known else ""
    return KeyFigure(
        words.text(f"key.{label}", year=told.year), words.numbers.money(abs(change)), detail, tone_of(change)
    )


def _shortage(row: Row, words: Wording) -> KeyFigure:
    """Returns the hands or rooms that the party lacks most by the agreement."""
    unit = None if row["unit"] == row["resource_name"] else row["unit"]
    before, after = (
        words.amount(fte=row[f"fte_{when}"], plain=row[f"shortage_{when}"], unit=unit) for when in ("before", "after")
    )
    label = words.text("key.short_of", resource=row["resource_name"], year=row["year"])
    return KeyFigure(label, after, words.text("key.short_before", before=before), tone="warning")


# --- hands ------------------------------------------------------------------------------------------------------------


def _hands(told: PartyStory) -> tuple[Card | None, Card | None]:
    """Capacity in the worst year, and over the years; nothing for a payer."""
    if told.is_payer:
        return None, None
    words, capacity = told.words, told.capacity
    known = capacity.filter("known").head(SHOWN)
    table = capacity_table(told.findings, capacity, caption=words.text("hands.table"), own=True)
    own = Card(
        key="hands",
        kicker=words.text("own_capacity.kicker"),
        finding=sentences.own_capacity_finding(
            capacity, words, name=told.name, blind=told.findings.known.blind(told.party)
        ),
        columns=_HALF,
        picture=hands_picture(known, words, own=True) if known.height else None,
        note=words.text("hands.note") if known.height else "",
        points=tuple(filter(None, [_unknown_resources(capacity, words)])),
        extras=behind(table, words) if capacity.height else (),
    )
    moved = known.filter(pl.col("load_change").abs() >= _VISIBLE * pl.col("usable"))
    return own, _hands_over_years(told, moved) if moved.height else None


def _hands_over_years(told: PartyStory, known: pl.DataFrame) -> Card:
    words = told.words
    order = known.head(_PANELS).select("provider", "resource")
    years = order.join(
        told.findings.capacity_years, on=["provider", "resource"], how="inner", maintain_order="left_right"
    )
    last = years.filter(pl.col("year") == told.year)
    quantity = words.numbers.quantity
    said = [
        words.text(
            "own_capacity.row",
            resource=row["resource_name"],
            year=row["year"],
            after=quantity(row["load_after"]),
            usable=quantity(row["usable"]),
        )
        for row in last.to_dicts()
    ]
    table = capacity_years_table(years, words, caption=words.text("own_capacity.table"))
    return Card(
        key="hands-years",
        kicker=words.text("own_capacity.over_years"),
        columns=_HALF if order.height < 3 else _WHOLE,
        picture=Illustration(
            capacity_lines(years, words=words), words.text("own_capacity.alternative", rows="; ".join(said))
        ),
        note=words.text("own_capacity.over_years_note"),
        extras=behind(table, words),
    )


def _unknown_resources(rows: pl.DataFrame, words: Wording) -> str:
    names = rows.filter(~pl.col("known"))["resource_name"].unique(maintain_order=True).to_list()
    return words.text("hands.not_known", names=sentences.listed(names, words)) if names else ""


# --- what it rests on -------------------------------------------------------------------------------------------------


def _rests(told: PartyStory) -> Card:
    words, findings = told.words, told.findings
    flags = findings.results.table("flag").filter(pl.col("id") == told.party)
    messages = flags[f"message_{words.language}"].drop_nulls().to_list()
    touching = told.touching["title"].to_list()
    points = [
        words.text("rests.initiatives", name=told.name, names=", ".join(touching)) if touching else "",
        _production(told),
        *messages[:_FLAGS],
        words.text("rests.more", number=len(messages) - _FLAGS) if len(messages) > _FLAGS else "",
        "" if messages else words.text("rests.none", name=told.name),
        "" if told.alone else words.text("rests.sources"),
    ]
    return Card(key="rests", kicker=words.text("rests.kicker"), columns=_WHOLE, points=tuple(filter(None, points)))


def _production(told: PartyStory) -> str:
    """Returns which part of the annual revenue the delivered production is."""
    share = None if told.is_payer else told.findings.known.production_share(told.party)
    if share is None:
        return ""
    key = "rests.production" if share <= _MOST_PRODUCTION else "rests.production_too_much"
    return told.words.text(key, share=told.words.numbers.share(share))


def _filled(cards: list[Card]) -> tuple[Card, ...]:
    """Returns the boxes with no half row left empty: a narrow box that stands alone in its row takes the whole row."""
    rows: list[list[Card]] = [[]]
    for card in cards:
        if sum(other.columns for other in rows[-1]) + card.columns > _WHOLE:
            rows.append([])
        rows[-1].append(card)
    return tuple(replace(row[0], columns=_WHOLE) if len(row) == 1 else card for row in rows for card in row)
