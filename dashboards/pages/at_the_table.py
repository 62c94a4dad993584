"""The one page to bring: who gains and loses, who lacks which hands, what if there is no agreement, how sure it is."""

from collections.abc import Collection, Mapping
from typing import Any

import polars as pl

from dashboards.data import PAYER
from dashboards.figures import capacity_bullets, small_futures
from dashboards.figures.capacity import capacity_label
from dashboards.pages.capacity_table import capacity_table
from dashboards.pages.clashes import clash_cards
from dashboards.pages.costs import costs_card, plan_card, region_card
from dashboards.pages.page import (
    Card,
    Extra,
    Illustration,
    KeyFigure,
    Page,
    PageRef,
    Table,
    TableCell,
    headings,
    tone_of,
)
from dashboards.pages.positions import stop_card
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import SHOWN, Synopsis
from dashboards.words.wording import Wording, capitalised

_PANELS, _PANELS_IN_HALF = 5, 3
_MOST_HANDS = 3
_FREED = 2
_HALF, _WHOLE, _SURE = 6, 12, 8  # columns
_EURO = 0.5  # less is nothing
_ENDS = ("without", "with")
_HARDLY = 0.05  # fewer full-time equivalents than this are none


def at_the_table(findings: Synopsis) -> Page:
    """Returns the first page of a scenario."""
    words = findings.words
    touched = findings.outcomes.height > 0
    page = Page(
        ref=PageRef("at_the_table"),
        title=words.text("pages.at_the_table"),
        answer=sentences.table_answer(findings),
        lead=sentences.table_lead(findings) if touched else "",
        key_figures=_key_figures(findings) if touched else (),
        cards=_cards(findings) if touched else (),
        sheet="landscape",
    )
    return with_traces(page, findings)


def _cards(findings: Synopsis) -> tuple[Card, ...]:
    without = without_card(findings, columns=_HALF)
    known = findings.known.money
    clashes = clash_cards(findings) if known else ()
    region = region_card(findings, columns=_WHOLE - _SURE) if known else None
    cards = (stop_card(findings), plan_card(findings), costs_card(findings), hands_card(findings), without, *clashes,
             region, _sure(findings))  # fmt: skip
    return tuple(card for card in cards if card is not None)


def gains_table(
    rows: pl.DataFrame, words: Wording, *, caption: str | None = None, linked: Collection[str] | None = None
) -> Table:
    """Returns the table of results per party; those in `linked` (None: all) with a link to their page."""
    columns = ("party", "kind", "size", "value", "band", "share", "margin")
    return Table(
        caption=caption or words.text("gains.table"),
        headings=headings((words.text(f"gains.{column}") for column in columns), numbers=range(2, 7)),
        rows=tuple(_gains_row(row, words, linked=linked is None or row["party"] in linked) for row in rows.to_dicts()),
    )


def hands_card(findings: Synopsis, *, columns: int = 6) -> Card:
    """Returns the box on hands and beds: at most seven rows, the others on request."""
    words = findings.words
    known = findings.capacity.filter("known")
    shown = shown_capacity(known)
    each = findings.capacity_each
    caption = words.text("hands.table")
    points = tuple(filter(None, [sentences.hands_not_known(findings.capacity, words)]))
    extras = (
        Extra(words.text("site.table_behind"), table=capacity_table(findings, shown, caption=caption)),
        Extra(words.text("hands.all", number=each.height), table=capacity_table(findings, each, caption=caption)),
    )
    return Card(
        key="hands",
        kicker=words.text("hands.kicker"),
        finding=sentences.hands_finding(findings),
        columns=columns,
        picture=hands_picture(shown, words) if shown.height else None,
        note=words.text("hands.note") if shown.height else "",
        points=points,
        extras=extras if each.height else (),
    )


def without_card(findings: Synopsis, *, columns: int = 8) -> Card:
    """Returns both futures of the providers that matter most, without and with an agreement, on one axis."""
    words, rows = findings.words, _futures(findings, most=_PANELS_IN_HALF if columns <= _HALF else _PANELS)
    base = findings.results.base_year
    if not rows.height:
        return Card("without", words.text("futures.kicker"), words.text("without.unknown"), columns)
    return Card(
        key="without",
        kicker=words.text("futures.kicker"),
        finding=sentences.futures_finding(rows, words),
        columns=columns,
        picture=Illustration(small_futures(rows, words=words), sentences.futures_alternative(rows, words)),
        note=" ".join([words.text("futures.note", base=base), words.text("without.band")]),
        points=(sentences.shortages_before(findings),),
        extras=(Extra(words.text("site.table_behind"), table=_futures_table(rows, words)),),
    )


def _futures(findings: Synopsis, *, most: int) -> pl.DataFrame:
    """Returns both futures of some providers: who is worst off without an agreement, then who loses most by one."""
    known = findings.futures.filter(pl.col("without_share").is_not_null())
    last = findings.without.filter(pl.col("kind") != PAYER).select("party")
    worst = last.join(known.select("party").unique(), on="party", how="semi", maintain_order="left").head(1)
    others = findings.once(Paths).parties.filter(pl.col("kind") != PAYER).select("party")
    order = pl.concat([worst, others]).unique(maintain_order=True)
    present = order.join(known.select("party").unique(), on="party", how="semi", maintain_order="left").head(most)
    return findings.named(present.join(known, on="party", how="inner", maintain_order="left_right"))


def _key_figures(findings: Synopsis) -> tuple[KeyFigure, ...]:
    if not findings.known.money:
        return (_largest_shortage(findings), _moved(findings))
    return (_region(findings), _largest_loss(findings), _largest_shortage(findings), _moved(findings))


def _region(findings: Synopsis) -> KeyFigure:
    """Returns what lasts for all parties together, and their worst year."""
    words, row, label = findings.words, findings.once(Paths).region, findings.words.text("key.region")
    if row is None:
        return KeyFigure(label, words.numbers.unknown, "")
    lasting = row["lasting_eur"]
    worst = words.numbers.money(row["worst_year_eur"], signed=True)
    detail = words.text("key.region_detail", value=worst, year=row["worst_year"])
    low, high = row["lasting_eur_p10"], row["lasting_eur_p90"]
    spread = None if low is None or high is None else high - low
    if (low or 0.0) < -_EURO and (high or 0.0) > _EURO:
        return KeyFigure(label, words.text("key.about_nothing"), detail)
    return KeyFigure(label, words.numbers.money(lasting, spread=spread, signed=True), detail, tone_of(lasting))


def _largest_loss(findings: Synopsis) -> KeyFigure:
    """Returns the deepest worst year of one party."""
    words, rows, label = findings.words, findings.once(Paths).parties, findings.words.text("key.largest_loss")
    row = rows.row(0, named=True) if rows.height else None
    if row is None or row["worst_eur"] is None:
        return KeyFigure(label, words.numbers.unknown, "")
    if row["worst_eur"] > -_EURO:
        return KeyFigure(label, words.text("key.none"), words.text("key.no_loss_detail"))
    low, high = row["worst_low"], row["worst_high"]
    spread = None if low is None or high is None else high - low
    value = words.numbers.money(row["worst_eur"], spread=spread, signed=True)
    known = row["cushion_share"] is not None
    detail = words.text(
        "key.largest_loss_detail" if known else "key.largest_loss_detail_plain",
        name=row["name"], year=row["worst_year"],
        part=words.numbers.part_of(abs(row["cushion_share"])) if known else "",
    )  # fmt: skip
    return KeyFigure(label, value, detail, tone="loss")


def _largest_shortage(findings: Synopsis) -> KeyFigure:
    words, row = findings.words, findings.worst_shortage
    label = words.text("key.largest_shortage")
    if row is None:
        unknown = bool(findings.known.unknown_hands)
        key = "key.capacity_unknown" if unknown else "key.no_shortage_detail"
        value = words.numbers.unknown if unknown else words.text("key.none")
        return KeyFigure(label, value, words.text(key))
    extra = row["fte_after"] - (row["fte_before"] or 0.0)
    detail = words.text(
        "key.largest_shortage_detail",
        name=_who(row, words),
        resource=row["resource_name"],
        year=row["year"],
    )
    return KeyFigure(label, words.numbers.full_time(extra), detail, tone="warning")


def _who(row: Mapping[str, Any], words: Wording) -> str:
    if row["members"] == 1:
        return str(row["name"])
    return capitalised(words.text("party.group", number=row["members"], kind=row["name"]))


def _moved(findings: Synopsis) -> KeyFigure:
    words, numbers = findings.words, findings.words.numbers
    units = numbers.quantity(findings.units_moved, digits=2)
    travel, value = findings.travel_km, numbers.money(findings.revenue_moved_eur)
    detail = words.text("key.moved_detail" if findings.known.money else "key.moved_unpriced", value=value)
    if travel and findings.known.money:
        key = "key.travel_more" if travel > 0 else "key.travel_less"
        kilometres = words.text(key, km=numbers.quantity(abs(travel), digits=2))
        detail = words.text("key.moved_detail_travel", value=value, kilometres=kilometres)
    return KeyFigure(
        label=words.text("key.moved", year=findings.results.horizon),
        value=words.text("key.moved_value", units=units),
        detail=detail,
    )


def _gains_row(row: Mapping[str, Any], words: Wording, *, linked: bool) -> tuple[TableCell, ...]:
    numbers = words.numbers
    value, low, high, share, size, margin = (
        row[name] for name in ("value_eur", "low_eur", "high_eur", "share", "size_eur", "margin_eur")
    )
    tone = tone_of(value, stance=str(row["stance"]))
    return (
        TableCell(row["name"], link=PageRef("party", row["party"]) if linked else None),
        TableCell(str(row["kind_name"])),
        TableCell(numbers.money(size, digits=3), value=size),
        TableCell(numbers.money(value, signed=True), tone, value=value),
        TableCell(numbers.money_between(low, high)),
        TableCell(numbers.share(share, signed=True), tone, value=share),
        TableCell(numbers.money(margin, signed=True), value=margin),
    )


def shown_capacity(known: pl.DataFrame) -> pl.DataFrame:
    """Returns at most seven rows: where the scenario makes most hands short, where most for its size, what it frees."""
    extra = pl.col("fte_after") - pl.col("fte_before")
    needed, freed = known.filter(pl.col("load_change") >= 0), known.filter(pl.col("load_change") < 0)
    most = needed.filter(extra >= _HARDLY).sort(extra, descending=True).head(_MOST_HANDS)
    others = needed.join(most, on=["provider", "resource"], how="anti", maintain_order="left")
    room = max(SHOWN - most.height - freed.height, SHOWN - most.height - _FREED)
    shown = pl.concat([most, others.head(room)])
    return pl.concat([shown, freed.head(SHOWN - shown.height)])


def hands_picture(rows: pl.DataFrame, words: Wording, *, own: bool = False) -> Illustration:
    """Returns the bullets of needed against usable capacity; `own` where all rows are of one provider."""
    return Illustration(capacity_bullets(rows, words=words, own=own), hands_alternative(rows, words, own=own))


def hands_alternative(rows: pl.DataFrame, words: Wording, *, own: bool = False) -> str:
    """Returns what those bullets say."""
    labels = [capacity_label(row, words=words, own=own) for row in rows.to_dicts()]
    said = [
        words.text("hands.row", name=label.name, where=label.detail, value=label.value, more=label.more)
        for label in labels
    ]
    return words.text("hands.alternative", rows="; ".join(said))


def _futures_table(rows: pl.DataFrame, words: Wording) -> Table:
    """Returns the figures behind both lines of each party."""
    titles = [words.text("gains.party"), words.text("years.year"), *(words.text(f"futures.{end}") for end in _ENDS)]
    body = tuple(
        (
            TableCell(row["name"], link=PageRef("party", row["party"])),
            TableCell(str(row["year"])),
            *(
                TableCell(words.numbers.money(row[f"{end}_eur"], signed=True), tone_of(row[f"{end}_eur"]),
                          value=row[f"{end}_eur"])
                for end in _ENDS
            ),
        )
        for row in rows.to_dicts()
    )  # fmt: skip
    return Table(words.text("futures.table"), headings(titles, numbers=(2, 3)), body)


def _sure(findings: Synopsis) -> Card:
    words = findings.words
    return Card(key="sure", kicker=words.text("sure.kicker"), columns=_SURE, points=sentences.sure_points(findings))
