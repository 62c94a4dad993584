"""What each party has at stake, where two parties clash over an initiative, and what one party has against itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.data import PATIENTS, PAYER
from dashboards.pages.page import (
    Card,
    Extra,
    KeyFigure,
    Page,
    PageRef,
    Table,
    TableCell,
    Tone,
    cells,
    headings,
    tone_of,
)
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.findings import GAINS, LOSES, NEUTRAL, Synopsis
from dashboards.telling.interests import conflict_sentences, interest_sentence, interest_sentences, tension_sentences
from dashboards.telling.interests.clashes import money_conflicts
from dashboards.telling.interests.rows import DIMENSIONS, extremes, party_stakes
from dashboards.telling.interests.speech import amount, clause, side
from dashboards.telling.interests.stakes import FACILITY, MARGIN, NORMS, STAFF
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_FIRST = 3  # pairs of an initiative, told at once
_TENSIONS = 5  # tensions told at once
_MOST = 40  # told on request: beyond these none decides anything, and a bundle must stay small
_OWN = 2  # initiatives told of in a party's story
_SHADES = {"money": (0.005, 0.02), "capacity": (0.02, 0.05)}  # of size, of usable capacity
_TONES: dict[str, Tone] = {GAINS: "gain", LOSES: "loss", NEUTRAL: "plain"}


def interests(findings: Synopsis) -> Page:
    """Returns the page on interests of a scenario."""
    words = findings.words
    pairs, tense = conflict_sentences(findings, grouped=True), tension_sentences(findings, grouped=True)
    whole = tense.filter(pl.col("initiative").is_null())
    has_any = _has_any(findings)
    page = Page(
        ref=PageRef("interests"),
        title=words.text("pages.interests"),
        answer=_answer(pairs, whole, words) if has_any else _unknown(findings),
        lead=words.text("interests.lead") if has_any else "",
        key_figures=_key_figures(findings, tense) if has_any else (),
        cards=(_map(findings, tense), *_conflicts(findings, pairs), _tensions(whole, words), _pairs(findings))
        if has_any
        else (),
    )
    return with_traces(page, findings)


def _has_any(findings: Synopsis) -> bool:
    known = findings.known
    return findings.results.table("interest").height > 0 and known.care and known.money


def _unknown(findings: Synopsis) -> str:
    """Returns why nothing is said of interests."""
    if not findings.known.care:
        return sentences.nothing_moves(findings)
    return findings.words.text("interests.unknown") if findings.known.money else sentences.money_unknown(findings)


def _answer(pairs: pl.DataFrame, tense: pl.DataFrame, words: Wording) -> str:
    """Returns the sharpest clash, else how many parties have a gain against a loss."""
    if pairs.height:
        row = pairs.row(0, named=True)
        lost, won = side(row, "lost_"), side(row, "won_")
        loser, gainer = clause(lost, words), clause(won, words)
        return words.text("interests.answer_clash", initiative=lost["title"], loser=loser, gainer=gainer)
    if not tense.height:
        return words.text("interests.answer_none")
    members = int(tense.unique(["lost_party", "lost_members"])["lost_members"].sum())
    return words.count("interests.answer_tension", members)


def _key_figures(findings: Synopsis, tense: pl.DataFrame) -> tuple[KeyFigure, ...]:
    words, number = findings.words, findings.words.numbers.number
    every = findings.told
    counts = {stance: every.filter(pl.col("stance") == stance).height for stance in (LOSES, GAINS)}
    detail = words.text("interests.of_parties", number=number(every.height))
    conflict = money_conflicts(findings)
    over = words.count("interests.clashes_detail", conflict["initiative"].n_unique())
    parties = tense.filter(pl.col("initiative").is_null()).unique(["lost_party", "lost_members"])
    return (
        KeyFigure(words.text("interests.losers"), number(counts[LOSES]), detail, "loss"),
        KeyFigure(words.text("interests.gainers"), number(counts[GAINS]), detail, "gain"),
        KeyFigure(
            words.text("interests.clashes"),
            number(conflict.height),
            over if conflict.height else words.text("interests.far"),
        ),
        KeyFigure(
            words.text("interests.tense"),
            number(int(parties["lost_members"].sum() or 0)),
            words.text("interests.tense_detail"),
        ),
    )


# --- the heat map -----------------------------------------------------------------------------------------------------


def _map(findings: Synopsis, tense: pl.DataFrame) -> Card:
    """A tile a party and dimension; a party's story on request."""
    words = findings.words
    rows, every = party_stakes(findings, grouped=True), party_stakes(findings, grouped=False)
    told = _Stories(findings, tense)
    caption = words.text("interests.table")
    travel = interest_sentences(findings).filter((pl.col("party") == PATIENTS) & pl.col("initiative").is_null())
    label = words.text("gains.all", number=len(every))
    extras = (Extra(label, table=_tiles(every, told, caption=caption)),) if len(every) > len(rows) else ()
    return Card(
        key="interests",
        kicker=words.text("interests.kicker"),
        finding=words.text("interests.finding"),
        table=_tiles(rows, told, caption=caption),
        note=words.text("interests.note", materiality=words.numbers.share(findings.results.materiality)),
        points=tuple(travel["sentence"].to_list()),
        extras=extras,
    )


class _Stories:
    """What is told of each party: all that matters to it, what it has against itself, its weightiest initiatives."""

    def __init__(self, findings: Synopsis, tense: pl.DataFrame) -> None:
        self.findings = findings
        self.words = findings.words
        money = interest_sentences(findings).filter(
            pl.col("initiative").is_not_null() & (pl.col("dimension") == MARGIN) & (pl.col("stance") != NEUTRAL)
        )
        own = money.sort(pl.col("share").abs(), "initiative", descending=[True, False], nulls_last=True)
        self.by_initiative = {key[0]: part for key, part in own.partition_by("party", as_dict=True).items()}
        alone = tense.filter(pl.col("initiative").is_null() & (pl.col("lost_members") == 1))
        self.tensions = {key[0]: part for key, part in alone.partition_by("lost_party", as_dict=True).items()}

    def of(self, rows: pl.DataFrame) -> tuple[str, ...]:
        """Returns the sentences of one row of the heat map."""
        stakes = (
            rows.filter(pl.col("stance") != NEUTRAL).to_dicts() or rows.filter(pl.col("dimension") == MARGIN).to_dicts()
        )
        said = [interest_sentence(row, self.words) for row in stakes]
        if rows["members"][0] == 1:
            party = rows["party"][0]
            for found, most in ((self.tensions, 1), (self.by_initiative, _OWN)):
                said += found[party]["sentence"].head(most).to_list() if party in found else []
        return tuple(said)


def _tiles(rows: list[pl.DataFrame], told: _Stories, *, caption: str) -> Table:
    words = told.words
    names = (words.text("gains.party"), *(words.text(f"interests.{dimension}") for dimension in DIMENSIONS))
    return Table(caption, headings(names), tuple(_tile_row(row, told) for row in rows), look="tiles")


def _tile_row(rows: pl.DataFrame, told: _Stories) -> tuple[TableCell, ...]:
    words = told.words
    first = rows.row(0, named=True)
    by_dimension = {row["dimension"]: row for row in rows.to_dicts()}
    name = first["name"]
    if first["members"] > 1:
        plural = words.known("kinds_plural", first["kind"], otherwise=words.text("kinds_plural.other"))
        name = capitalised(words.text("party.group", number=first["members"], kind=plural))
    link = PageRef("party", first["party"]) if first["members"] == 1 else None
    tiles = (
        _tile(by_dimension[dimension], words) if dimension in by_dimension else _missing(first, words)
        for dimension in DIMENSIONS
    )
    return (TableCell(name, link=link, story=told.of(rows)), *tiles)


def _missing(row: Row, words: Wording) -> TableCell:
    """Returns why there is nothing in a tile: an insurer has no hands; of others it was not delivered."""
    return TableCell(words.text("interests.not_applicable" if row["kind"] == PAYER else "interests.not_known"), "quiet")


def _tile(row: Row, words: Wording) -> TableCell:
    dimension, tone = row["dimension"], _TONES[row["stance"]]
    if dimension in {STAFF, FACILITY}:
        return _capacity_tile(row, words, tone=tone)
    if dimension == NORMS:
        value = round(row["value"])
        shade = 2 if value and tone != "plain" else 0
        return TableCell(words.numbers.number(value, signed=True) if value else "0", tone, value=value, shade=shade)
    text = words.numbers.money(row["value"], spread=row["spread"] or None, signed=True)
    share = "" if row["share"] is None else words.numbers.share(row["share"], signed=True)
    shade = _shade(row["share"], tone, "money")
    return TableCell(text, tone, value=row["value"], shade=shade, more=share)


def _capacity_tile(row: Row, words: Wording, *, tone: Tone) -> TableCell:
    """Returns the shortage that grows or shrinks, by name where it is known, else as a share of what is usable."""
    if row["members"] > 1:
        short = words.text("interests.of_members", number=max(row["lose"], row["gain"]), members=row["members"])
        text = short if tone != "plain" else words.text("interests.same")
        return TableCell(text, tone, value=row["value"], shade=1 if tone != "plain" else 0)
    if tone == "plain":
        return TableCell(words.text("interests.same"), tone, value=row["value"])
    shade = _shade(row["value"], tone, "capacity")
    if row["resource_name"] is None:
        return TableCell(words.numbers.share(row["value"], signed=True), tone, value=row["value"], shade=shade)
    return TableCell(amount(row, words), tone, value=row["value"], shade=shade, more=row["resource_name"])


def _shade(weight: float | None, tone: Tone, scale: str) -> int:
    if tone == "plain":
        return 0
    return 1 + sum(abs(weight or 0.0) >= limit for limit in _SHADES[scale])


# --- pairs and tensions -----------------------------------------------------------------------------------------------


def _conflicts(findings: Synopsis, pairs: pl.DataFrame) -> tuple[Card, ...]:
    """One box an initiative over which parties clash: the strongest pairs, the others on request."""
    return tuple(
        _conflict(found, findings)
        for initiative in findings.initiatives["initiative"]
        if (found := pairs.filter(pl.col("lost_initiative") == initiative)).height
    )


def _conflict(pairs: pl.DataFrame, findings: Synopsis) -> Card:
    words = findings.words
    rows = pairs.to_dicts()
    key = "interests.all_pairs" if len(rows) <= _MOST else "interests.first_pairs"
    label = words.text(key, number=words.numbers.number(len(rows)), shown=_MOST)
    said = (
        f"{capitalised(clause(side(row, 'lost_'), words))}; {clause(side(row, 'won_'), words)}."
        for row in rows[:_FIRST]
    )
    return Card(
        key=f"clash:{rows[0]['lost_initiative']}",
        kicker=rows[0]["lost_title"],
        columns=6,
        points=tuple(said),
        extras=(Extra(label, table=_pairs_table(rows[:_MOST], words)),),
    )


def _pairs_table(rows: Sequence[Row], words: Wording) -> Table:
    body = tuple(
        (
            TableCell(clause(side(row, "lost_"), words)),
            TableCell(clause(side(row, "won_"), words)),
            TableCell(words.numbers.share(row["strength"]), value=row["strength"]),
        )
        for row in rows
    )
    titles = (words.text(f"interests.{key}") for key in ("loser", "gainer", "strength"))
    return Table(words.text("interests.pairs_table"), headings(titles, numbers=(2,)), body)


def _tensions(tense: pl.DataFrame, words: Wording) -> Card:
    said = tense["sentence"].to_list()
    first = tense.unique(["lost_party", "lost_members"], keep="first", maintain_order=True)["sentence"].head(_TENSIONS)
    if not said:
        return Card(key="tension", kicker=words.text("interests.tensions"), finding=words.text("clash.no_tension"))
    label = words.text("interests.all_tensions", number=words.numbers.number(len(said)))
    table = Table(label, headings([words.text("clash.says")]), tuple(cells(sentence) for sentence in said[:_MOST]))
    return Card(
        key="tension",
        kicker=words.text("interests.tensions"),
        finding=words.text("interests.tensions_finding"),
        points=tuple(first.to_list()),
        extras=(Extra(label, table=table),) if len(said) > first.len() else (),
    )


def _pairs(findings: Synopsis) -> Card:
    """Who loses and who gains most over each initiative, also where that is no clash."""
    words, rows = findings.words, extremes(findings)
    titles = (
        words.text(f"interests.{key}") for key in ("initiative", "loses_most", "loss", "gains_most", "gain", "clash")
    )
    table = Table(
        words.text("interests.extremes_table"),
        headings(titles, numbers=(2, 4, 5)),
        tuple(_extreme(row, words) for row in rows.to_dicts()),
    )
    none = money_conflicts(findings).height == 0
    materiality = words.numbers.share(findings.results.materiality)
    finding = words.text("interests.no_clash" if none else "interests.extremes_finding", materiality=materiality)
    return Card(key="pairs", kicker=words.text("interests.extremes"), finding=finding, table=table)


def _extreme(row: Row, words: Wording) -> tuple[TableCell, ...]:
    found = [TableCell(row["title"])]
    for prefix in ("lost", "won"):
        value = row[f"{prefix}_value"]
        if value is None:
            found += [TableCell(words.text("interests.nobody"), "quiet"), TableCell("")]
            continue
        link = PageRef("party", row[f"{prefix}_party"])
        money = (
            f"{words.numbers.money(value, signed=True)} ({words.numbers.share(row[f'{prefix}_share'], signed=True)})"
        )
        found += [TableCell(row[f"{prefix}_name"], link=link), TableCell(money, tone_of(value), value=value)]
    strength = row["strength"]
    clash = words.numbers.share(strength) if strength is not None else words.text("interests.no")
    return (*found, TableCell(clash, "warning" if strength is not None else "plain", value=strength))
