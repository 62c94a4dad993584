"""Who lacks which hands and rooms, year by year, and how much of the initiatives fits into what there is."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.figures import feasible_detail, feasible_shares, fitting
from dashboards.figures.capacity import short_chance
from dashboards.pages.page import Card, Extra, Illustration, KeyFigure, Page, PageRef, Table, TableCell, Tone, headings
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.shortages import Shortages
from dashboards.telling.synopsis import SHOWN, Synopsis
from dashboards.words.wording import Wording, capitalised
from data_contracts.staircase import unlocks

Row = Mapping[str, Any]
_SHADES = (0.02, 0.05)  # shares of usable capacity from which a shortage is coloured stronger
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_SOME = 0.5  # fewer units than this are none
_TELLING = 0.02  # a difference smaller than this share of the shortage is none
_MOST_TIGHT = 40  # recipients told one by one; a bundle must stay small


def capacity(findings: Synopsis) -> Page:
    """Returns the page on hands and rooms of a scenario."""
    short = Shortages(findings)
    words = findings.words
    cards = [_resource(short, row) for row in short.resources.to_dicts()]
    page = Page(
        ref=PageRef("capacity"),
        title=words.text("pages.capacity"),
        answer=_answer(short),
        lead=words.text("capacity.lead") if cards else "",
        key_figures=_key_figures(short) if short.each.height else (),
        cards=(*_feasible(short), *_summary(short), *_rest(short), *cards),
    )
    return with_traces(page, findings)


def _answer(short: Shortages) -> str:
    """Returns who ends up short of most, and which initiative fits least."""
    words, findings = short.findings.words, short.findings
    if not findings.known.care:
        return sentences.nothing_moves(findings)
    first = capitalised(sentences.hands_answer(findings))
    tight = short.feasible.filter(pl.col("tight") > 0).head(1).to_dicts()
    if not tight:
        return first
    share = fitting(tight[0]["share"], words=words)
    return words.text(
        "answer.joined", first=first, second=words.text("feasible.answer", title=tight[0]["title"], share=share)
    )


def _key_figures(short: Shortages) -> tuple[KeyFigure, ...]:
    words, year = short.findings.words, short.findings.results.horizon
    after, before = (short.full_time_short(f"fte_{when}") for when in ("after", "before"))
    people = KeyFigure(
        label=words.text("capacity.people", year=year),
        value=words.numbers.full_time(after),
        detail=words.text("capacity.people_detail", before=words.numbers.full_time(before)),
        tone="warning" if after - before >= _HARDLY else "plain",
    )
    providers = KeyFigure(
        label=words.text("capacity.providers", year=year),
        value=words.numbers.number(short.providers_short),
        detail=words.text("capacity.providers_detail", known=words.numbers.number(short.each["provider"].n_unique())),
    )
    return (people, providers, *_feasible_figure(short))


def _feasible_figure(short: Shortages) -> tuple[KeyFigure, ...]:
    words, rows = short.findings.words, short.feasible
    if not rows.height:
        return ()
    whole = rows.filter(pl.col("tight") == 0).height
    detail = words.text("capacity.fits_detail", number=words.numbers.number(rows.height))
    return (KeyFigure(words.text("capacity.fits"), words.numbers.number(whole), detail),)


# --- all resources ----------------------------------------------------------------------------------------------------


def _summary(short: Shortages) -> tuple[Card, ...]:
    """One row a resource: what is lacked in its worst year, without and with, by how many, most by whom."""
    rows, words = short.resources, short.findings.words
    if not rows.height:
        return ()
    keys = ("resource", "year", "before", "after", "parties", "most")
    table = Table(
        words.text("capacity.summary_table"),
        headings((words.text(f"capacity.{key}") for key in keys), numbers=(1, 2, 3, 4)),
        tuple(_summary_row(row, short) for row in rows.to_dicts()),
    )
    larger = [row for row in rows.to_dicts() if _is_larger(row)]
    finding = words.count("capacity.larger", len(larger), names=sentences.listed(_names(larger), words, most=SHOWN))
    note = words.text("capacity.summary_note")
    return (Card("resources", words.text("capacity.summary"), capitalised(finding), table=table, note=note),)


def _names(rows: Sequence[Row]) -> list[str]:
    return [str(row["resource_name"]) for row in rows]


def _is_larger(row: Row) -> bool:
    """Returns whether the agreement makes a shortage larger than what is told as no difference."""
    before, after = (_plain_or_fte(row, when) for when in ("before", "after"))
    return after - before > max(_TELLING * after, _HARDLY if row["fte_after"] is not None else _SOME)


def _plain_or_fte(row: Row, when: str) -> float:
    fte = row[f"fte_{when}"]
    return float(row[f"shortage_{when}"] if fte is None else fte)


def _summary_row(row: Row, short: Shortages) -> tuple[TableCell, ...]:
    words = short.findings.words
    none = words.text("key.none")
    tone: Tone = "warning" if _is_larger(row) else "plain"
    return (
        TableCell(capitalised(row["resource_name"])),
        TableCell(str(row["year"])),
        TableCell(_amount(row, "before", words) or none, value=_plain_or_fte(row, "before")),
        TableCell(_amount(row, "after", words) or none, tone, value=_plain_or_fte(row, "after")),
        TableCell(words.numbers.number(row["providers"]), value=row["providers"]),
        TableCell(short.first(row["resource"], year=row["year"]) or "–"),
    )


# --- one resource -----------------------------------------------------------------------------------------------------


def _resource(short: Shortages, row: Row) -> Card:
    """One resource: a tile a provider and year."""
    words = short.findings.words
    grouped, every = short.rows(row["resource"]), short.rows(row["resource"], grouped=False)
    name = capitalised(row["resource_name"])
    caption = words.text("capacity.table", resource=name, unit=_unit(row, words))
    extras: tuple[Extra, ...] = ()
    if len(grouped) > SHOWN or len(every) > len(grouped):
        label = words.text("capacity.all", number=len(every))
        extras = (Extra(label, table=_tiles(every, short.findings, caption=caption)),)
    return Card(
        key=f"resource:{row['resource']}",
        kicker=name,
        finding=_finding(row, words, name=short.first(row["resource"], year=row["year"])),
        table=_tiles(grouped[:SHOWN], short.findings, caption=caption),
        note=words.text("capacity.note" if short.findings.results.draws else "capacity.note_single"),
        extras=extras,
        is_folded=True,
    )


def _finding(row: Row, words: Wording, *, name: str) -> str:
    before = _amount(row, "before", words)
    return words.count(
        "capacity.finding",
        row["providers"],
        name=name,
        year=row["year"],
        amount=_amount(row, "after", words) or words.text("key.none"),
        resource=row["resource_name"],
        before=before or words.text("key.none"),
    )


def _amount(row: Row, when: str, words: Wording) -> str:
    """Returns a shortage with its unit; nothing where there is none to speak of."""
    fte, plain = row[f"fte_{when}"], row[f"shortage_{when}"] or 0.0
    if fte < _HARDLY if fte is not None else plain < _SOME:
        return ""
    unit = None if row["unit"] == row["resource_name"] else row["unit"]
    return words.amount(fte=fte, plain=plain, unit=unit)


def _unit(row: Row, words: Wording) -> str:
    return words.text("units.fte") if row["is_staff"] else str(row["unit"] or row["resource_name"])


def _tiles(rows: Sequence[pl.DataFrame], findings: Synopsis, *, caption: str) -> Table:
    words = findings.words
    years = list(range(findings.results.base_year, findings.results.horizon + 1))
    names = [words.text("gains.party"), *map(str, years)]
    return Table(caption, headings(names), tuple(_tile_row(row, years, findings) for row in rows), look="tiles")


def _tile_row(rows: pl.DataFrame, years: Sequence[int], findings: Synopsis) -> tuple[TableCell, ...]:
    words = findings.words
    by_year = {row["year"]: row for row in rows.to_dicts()}
    first = next(iter(by_year.values()))
    name = first["name"]
    if first["members"] > 1:
        name = capitalised(words.text("party.group", number=first["members"], kind=name))
    is_linked = first["members"] == 1 and first["provider"] in findings.outcomes["party"]
    link = PageRef("party", first["provider"]) if is_linked else None
    tiles = (_tile(by_year[year], words) if year in by_year else TableCell("") for year in years)
    return (TableCell(name, link=link), *tiles)


def _tile(row: Row, words: Wording) -> TableCell:
    """Returns a shortage with whether it is larger or smaller than without an agreement, and its chance."""
    fte, plain = row["fte_after"], row["shortage_after"]
    value = plain if fte is None else fte
    least = _SOME if fte is None else _HARDLY
    before = row["shortage_before"] if fte is None else row["fte_before"]
    if value < least:
        return _no_shortage(words, before=before if before >= least else None, is_staff=fte is not None)
    arrow = "" if abs(value - before) <= _TELLING * value else "▲ " if value > before else "▼ "
    figure = words.numbers.quantity(value) if fte is None else words.numbers.plain_full_time(value)
    shade = 1 + sum(plain / row["usable"] >= limit for limit in _SHADES)
    return TableCell(f"{arrow}{figure}", "warning", value=value, shade=shade, more=_more(row, words))


def _no_shortage(words: Wording, *, before: float | None, is_staff: bool) -> TableCell:
    """Returns a tile without a shortage; where there would be one without an agreement it says how large."""
    if before is None:
        return TableCell(words.text("capacity.no_shortage"), "quiet", value=0.0)
    amount = words.numbers.plain_full_time(before) if is_staff else words.numbers.quantity(before)
    return TableCell("0", "gain", value=0.0, shade=1, more=words.text("figures.was", before=amount))


def _more(row: Row, words: Wording) -> str:
    if row["members"] > 1:
        return words.text("capacity.of_members", short=row["short"], members=row["members"])
    return short_chance(row["shortage_probability_after"], words)


# --- what fits --------------------------------------------------------------------------------------------------------


def _feasible(short: Shortages) -> tuple[Card, ...]:
    """The box on what share of the initiatives fits; none where it is not known for any."""
    rows, words = short.feasible, short.findings.words
    if not rows.height:
        return ()
    shown = rows if rows.height <= SHOWN + 1 else rows.head(SHOWN)  # a rest of one takes as much room as itself
    said = "; ".join(
        f"{row['title']}: {fitting(row['share'], words=words)}, {feasible_detail(row, words=words)}"
        for row in shown.to_dicts()
    )
    tight = rows.filter(pl.col("tight") > 0)
    told = {
        "all": words.numbers.counted(rows.height),
        "year": short.findings.results.horizon,
        "title": rows["title"][0],
        "share": fitting(rows["share"][0], words=words),
        "resource": rows["resource_name"][0],
    }
    if rows.height == tight.height:
        finding = words.text("feasible.finding_all" if rows.height > 1 else "feasible.finding_only", **told)
    else:
        finding = words.count("feasible.finding", tight.height, **told)
    card = Card(
        key="feasible",
        kicker=words.text("feasible.kicker"),
        finding=capitalised(finding),
        picture=Illustration(feasible_shares(shown, words=words), words.text("feasible.alternative", rows=said)),
        note=words.text("feasible.note"),
        extras=(Extra(words.text("site.table_behind"), table=_feasible_table(short)), *_tightest(short)),
    )
    return (card,)


def _feasible_table(short: Shortages) -> Table:
    words = short.findings.words
    body = tuple(
        (
            TableCell(row["title"]),
            TableCell(words.numbers.share(row["share"]), value=row["share"]),
            TableCell(row["resource_name"] or words.text("feasible.nothing")),
            TableCell(words.numbers.number(row["tight"]), value=row["tight"]),
            TableCell(words.numbers.number(row["known"]), value=row["known"]),
        )
        for row in short.feasible.to_dicts()
    )
    titles = (words.text(f"feasible.{key}") for key in ("initiative", "share", "resource", "tight", "known"))
    caption = words.text("feasible.table", year=short.findings.results.horizon)
    return Table(caption, headings(titles, numbers=(1, 3, 4)), body)


def _tightest(short: Shortages) -> tuple[Extra, ...]:
    """The parties where not everything fits, what is lost most first."""
    words = short.findings.words
    lost = ((1 - pl.col("share")) * pl.col("units")).alias("lost")
    tight = short.feasible_each.filter(pl.col("share") < 1).sort(lost, "name", descending=[True, False])
    if not tight.height:
        return ()
    shown = tight.head(_MOST_TIGHT)
    body = tuple(
        (
            TableCell(row["name"]),
            TableCell(row["title"] or row["initiative"]),
            TableCell(words.numbers.share(row["share"]), value=row["share"]),
            TableCell(row["resource_name"] or ""),
            TableCell(words.numbers.quantity(row["units"]), value=row["units"]),
        )
        for row in shown.to_dicts()
    )
    titles = (words.text(f"feasible.{key}") for key in ("party", "initiative", "share", "resource", "units"))
    key = "feasible.all" if tight.height <= _MOST_TIGHT else "feasible.first"
    label = words.text(key, number=words.numbers.number(tight.height), shown=shown.height)
    return (Extra(label, table=Table(label, headings(titles, numbers=(2, 4)), body)),)


def _rest(short: Shortages) -> tuple[Card, ...]:
    """What nobody lacks, and for whom it cannot be said."""
    words, findings = short.findings.words, short.findings
    unknown, blind = findings.with_shortages(findings.results.table("capacity_gap")), findings.known.unknown_hands
    points = [
        words.text("capacity.enough", names=", ".join(short.enough)) if short.enough else "",
        words.text("capacity.blind", names=sentences.named(findings, blind)) if blind else "",
        sentences.hands_not_known(unknown, words),
        "" if unknown.height or blind else f"{words.text('capacity.unknown')} {unlocks('hands').of(words.language)}",
    ]
    said = tuple(filter(None, points))
    return (Card(key="rest", kicker=words.text("capacity.rest"), points=said),) if said else ()
