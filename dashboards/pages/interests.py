"""What each party has at stake, where two clash over an initiative or both gain, what one has against itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from dashboards.data import PATIENTS
from dashboards.pages.clashes import nothing_found, speech_of
from dashboards.pages.page import Card, Extra, KeyFigure, Page, PageRef, Table, TableCell, Tone, cells, headings
from dashboards.pages.trace import with_traces
from dashboards.telling import sentences
from dashboards.telling.interests import (
    DIMENSIONS,
    Clashes,
    ClashPair,
    ClashSide,
    Extreme,
    InterestTile,
    PartyRow,
    Speech,
    extremes,
    party_rows,
)
from dashboards.telling.interests.stakes import CAPACITY, DEPARTMENT, FUNCTION, MARGIN, YEARLY
from dashboards.telling.synopsis import GAINS, LOSES, NEUTRAL, Synopsis
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_FIRST = 3  # pairs of an initiative, told at once
_TENSIONS = 5  # tensions told at once
_MOST = 40  # told on request: beyond these none decides anything, and a bundle must stay small
_OWN = 2  # initiatives told of in a party's story
_SHADES = (3.0, 10.0)  # times the limit: from here on a tile is darker
_TONES: dict[str, Tone] = {GAINS: "gain", LOSES: "loss", NEUTRAL: "plain"}


def interests(findings: Synopsis) -> Page:
    """Returns the page on interests of a scenario."""
    words, clashes = findings.words, Clashes(findings)
    has_any = _has_any(findings)
    page = Page(
        ref=PageRef("interests"),
        title=words.text("pages.interests"),
        answer=_answer(clashes) if has_any else _unknown(findings),
        lead=words.text("interests.lead") if has_any else "",
        key_figures=_key_figures(clashes) if has_any else (),
        cards=(_map(clashes), *_conflicts(clashes), _meetings(clashes), _tensions(clashes), _extremes(clashes))
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


def _answer(clashes: Clashes) -> str:
    """Returns the sharpest clash, else how many parties have a gain against a loss."""
    words, speech = clashes.findings.words, speech_of(clashes.findings)
    for pair in clashes.sharpest(1):
        one, other = speech.clause(pair.one), speech.clause(pair.other)
        return words.text("interests.answer_clash", initiative=pair.title, one=one, other=other)
    if not clashes.tensions:
        return nothing_found("interests.answer_none", "interests.answer_none_known", clashes.findings)
    return words.count("interests.answer_tension", _torn(clashes))


def _torn(clashes: Clashes) -> int:
    return sum(len(pair.one.rows) for pair in clashes.tensions)


def _key_figures(clashes: Clashes) -> tuple[KeyFigure, ...]:
    """Returns how many parties lose and gain on anything, how many pairs clash, and how many are torn."""
    words, number, rows = clashes.findings.words, clashes.findings.words.numbers.number, clashes.whole
    counts = {stance: rows.filter(pl.col("stance") == stance)["party"].n_unique() for stance in (LOSES, GAINS)}
    detail = words.text("interests.of_parties", number=number(clashes.findings.outcomes.height))
    over = clashes.conflicts["initiative"].n_unique()
    clash = words.count("interests.clashes_detail", over) if over else words.text("interests.clashes_none")
    return (
        KeyFigure(words.text("interests.losers"), number(counts[LOSES]), detail, "loss"),
        KeyFigure(words.text("interests.gainers"), number(counts[GAINS]), detail, "gain"),
        KeyFigure(words.text("interests.clashes"), number(clashes.conflicts.height), clash),
        KeyFigure(words.text("interests.tense"), number(_torn(clashes)), words.text("interests.tense_detail")),
    )


# --- the heat map -----------------------------------------------------------------------------------------------------


def _map(clashes: Clashes) -> Card:
    """A tile a party and dimension; a party's story on request."""
    words, speech = clashes.findings.words, speech_of(clashes.findings)
    rows, every = (party_rows(clashes, grouped=grouped) for grouped in (True, False))
    told, caption = _Stories(clashes), words.text("interests.table")
    label = words.text("gains.all", number=len(every))
    of_patients = clashes.stakes.filter((pl.col("party") == PATIENTS) & (pl.col("stance") != NEUTRAL))
    whole = of_patients.filter(pl.col("initiative").is_null() | pl.col("dimension").str.starts_with("quality:"))
    return Card(
        key="interests",
        kicker=words.text("interests.kicker"),
        finding=words.text("interests.finding"),
        table=_tiles(rows, told, caption=caption),
        note=words.text("interests.note"),
        points=tuple(speech.stake(ClashSide((row,))) for row in whole.to_dicts()),
        extras=(Extra(label, table=_tiles(every, told, caption=caption)),) if len(every) > len(rows) else (),
    )


class _Stories:
    """What is told of each party: all that matters to it, what it has against itself, its weightiest initiatives."""

    def __init__(self, clashes: Clashes) -> None:
        self.words = clashes.findings.words
        self.speech = speech_of(clashes.findings)
        own = clashes.stakes.filter(
            pl.col("initiative").is_not_null() & (pl.col("stance") != NEUTRAL) & pl.col("intensity").is_not_null()
        ).sort("intensity", "initiative", descending=[True, False])
        first = own.unique(["party", "initiative"], keep="first", maintain_order=True)
        self.by_initiative = {key[0]: part for key, part in first.partition_by("party", as_dict=True).items()}
        self.tensions = {pair.one.first["party"]: pair for pair in clashes.tensions if not pair.one.is_many}

    def of(self, row: PartyRow) -> tuple[str, ...]:
        """Returns the sentences of one row of the heat map; of a group those are told party by party."""
        if len(row.parties) > 1:
            return ()
        felt = [stake for stake in row.stakes if stake["stance"] != NEUTRAL]
        felt = felt or [stake for stake in row.stakes if stake["dimension"] == MARGIN]
        said = [self.speech.stake(ClashSide((stake,))) for stake in felt]
        party = row.parties[0]
        if party in self.tensions:
            said.append(self.speech.tension(self.tensions[party]))
        if party in self.by_initiative:
            said += [
                self.speech.stake(ClashSide((stake,))) for stake in self.by_initiative[party].head(_OWN).to_dicts()
            ]
        return tuple(said)


def _tiles(rows: Sequence[PartyRow], told: _Stories, *, caption: str) -> Table:
    names = (told.words.text("gains.party"), *(told.words.text(f"interests.{dimension}") for dimension in DIMENSIONS))
    return Table(caption, headings(names), tuple(_tile_row(row, told) for row in rows), look="tiles")


def _tile_row(row: PartyRow, told: _Stories) -> tuple[TableCell, ...]:
    words, name, link = told.words, row.name, None
    if len(row.parties) > 1:
        plural = words.known("kinds_plural", row.kind, otherwise=words.text("kinds_plural.other"))
        name = capitalised(words.text("party.group", number=len(row.parties), kind=plural))
    else:
        link = PageRef("party", row.parties[0])
    tiles = (
        _tile(row.tiles[dimension], told.speech, many=len(row.parties) > 1)
        if dimension in row.tiles
        else _missing(row, words)
        for dimension in DIMENSIONS
    )
    return (TableCell(name, link=link, story=told.of(row)), *tiles)


def _missing(row: PartyRow, words: Wording) -> TableCell:
    """Returns why there is nothing in a tile: an insurer has no hands; of others it was not delivered."""
    return TableCell(words.text("interests.not_applicable" if row.is_payer else "interests.not_known"), "quiet")


def _tile(tile: InterestTile, speech: Speech, *, many: bool) -> TableCell:
    """Returns the strongest stake of one party, or how many of several lose and gain."""
    words, row = speech.words, tile.strongest
    tone = _TONES[row["stance"]]
    shade = 0 if tone == "plain" else 1 + sum((row["intensity"] or 0.0) >= limit for limit in _SHADES)
    if tone == "plain" and row["dimension"] not in YEARLY:
        return TableCell(words.text("interests.same"), tone, value=row["value"])
    if many:
        return TableCell(_counted(tile, words), tone, value=float(tile.losing or tile.gaining), shade=shade)
    text, more, value = _told(row, speech)
    others = [tile.losing - (tone == "loss"), tile.gaining - (tone == "gain")]
    if row["dimension"] == DEPARTMENT and any(others):
        more += f"; {words.text('interests.others', losing=others[0], gaining=others[1])}"
    return TableCell(text, tone, value=value, shade=shade, more=more)


def _counted(tile: InterestTile, words: Wording) -> str:
    number = words.numbers.number
    if tile.losing and tile.gaining:
        counts = {"losing": number(tile.losing), "gaining": number(tile.gaining), "of": number(tile.of)}
        return words.text("interests.count_both", **counts)
    if not tile.losing and not tile.gaining:
        return words.text("interests.same")
    key, found = ("loses", tile.losing) if tile.losing else ("gains", tile.gaining)
    return words.text(f"interests.count_{key}", number=number(found), of=number(tile.of))


def _told(row: Row, speech: Speech) -> tuple[str, str, float]:
    """Returns what a tile of one party says, its second line, and the figure behind it."""
    words, numbers = speech.words, speech.words.numbers
    dimension = row["dimension"]
    if dimension in YEARLY:
        value, year = speech.told(ClashSide((row,)))
        base = row["value"] / row["share"] if row["share"] else None
        share = numbers.share(value / base, signed=True) if base else ""
        return numbers.money(value, signed=True), ", ".join(filter(None, (str(year), share))), value
    if dimension == FUNCTION:
        return numbers.number(round(row["value"]), signed=True), "", row["value"]
    if dimension in CAPACITY:
        amount = speech.shortage(row)
        sign = "+" if row["stance"] == GAINS else "−"
        text = f"{sign}{amount}" if amount else numbers.share(row["value"], signed=True)
        return text, row["resource_name"] or "", row["value"]
    share = numbers.share(row["share"], signed=True) if row["share"] is not None else ""
    which = words.known("specialisms", row["specialism"]) if dimension == DEPARTMENT else ""
    more = ", ".join(filter(None, (which, str(row["year"]), share)))
    return numbers.money(row["value"], signed=True), more, row["value"]


# --- pairs and tensions -----------------------------------------------------------------------------------------------


def _conflicts(clashes: Clashes) -> tuple[Card, ...]:
    """One box an initiative over which parties clash: the strongest pairs, the others on request."""
    every = clashes.clashes
    return tuple(
        _conflict(clashes, found)
        for initiative in clashes.findings.initiatives["initiative"]
        if (found := every.filter(pl.col("initiative") == initiative)).height
    )


def _conflict(clashes: Clashes, found: pl.DataFrame) -> Card:
    words, speech = clashes.findings.words, speech_of(clashes.findings)
    pairs = clashes.pairs(found.head(_MOST))
    key = "interests.all_pairs" if found.height <= _MOST else "interests.first_pairs"
    label = words.text(key, number=words.numbers.number(found.height), shown=_MOST)
    said = (f"{capitalised(speech.clause(pair.one))}; {speech.clause(pair.other)}." for pair in _different(pairs))
    return Card(
        key=f"clash:{found['initiative'][0]}",
        kicker=str(pairs[0].title),
        columns=6,
        points=tuple(said),
        extras=(Extra(label, table=_pairs_table(pairs, speech)),),
    )


def _different(pairs: Sequence[ClashPair]) -> list[ClashPair]:
    """Returns three pairs at most, in which no side stands twice."""
    found: list[ClashPair] = []
    for pair in pairs:
        if all(pair.one != other.one and pair.other != other.other for other in found):
            found.append(pair)
    return found[:_FIRST]


def _pairs_table(pairs: Sequence[ClashPair], speech: Speech) -> Table:
    words = speech.words
    body = tuple(
        (TableCell(speech.clause(pair.one)), TableCell(speech.clause(pair.other)), _times(pair.strength, words))
        for pair in pairs
    )
    titles = (words.text(f"interests.{key}") for key in ("loser", "gainer", "strength"))
    return Table(words.text("interests.pairs_table"), headings(titles, numbers=(2,)), body)


def _times(strength: float | None, words: Wording) -> TableCell:
    if strength is None:
        return TableCell(words.numbers.unknown)
    text = words.text("interests.times", number=words.numbers.number(strength, decimals=0 if strength >= 10 else 1))
    return TableCell(text, "warning", value=strength)


def _meetings(clashes: Clashes) -> Card:
    """Where two sides gain on the same initiative, strongest first."""
    words, speech = clashes.findings.words, speech_of(clashes.findings)
    kicker = words.text("meet.kicker")
    if not clashes.shared:
        return Card(key="meet", kicker=kicker, finding=nothing_found("meet.none", "meet.none_known", clashes.findings))
    return Card(key="meet", kicker=kicker, points=tuple(map(speech.meeting, clashes.shared)))


def _tensions(clashes: Clashes) -> Card:
    words, said = clashes.findings.words, list(map(speech_of(clashes.findings).tension, clashes.tensions))
    if not said:
        none = nothing_found("clash.no_tension", "clash.no_tension_known", clashes.findings)
        return Card(key="tension", kicker=words.text("interests.tensions"), finding=none)
    label = words.text("interests.all_tensions", number=words.numbers.number(len(said)))
    table = Table(label, headings([words.text("clash.says")]), tuple(cells(sentence) for sentence in said[:_MOST]))
    return Card(
        key="tension",
        kicker=words.text("interests.tensions"),
        finding=words.text("interests.tensions_finding"),
        points=tuple(said[:_TENSIONS]),
        extras=(Extra(label, table=table),) if len(said) > _TENSIONS else (),
    )


def _extremes(clashes: Clashes) -> Card:
    """Who loses and who gains most over each initiative, also where that is no clash."""
    words, speech = clashes.findings.words, speech_of(clashes.findings)
    titles = (
        words.text(f"interests.{key}") for key in ("initiative", "loses_most", "loss", "gains_most", "gain", "clash")
    )
    table = Table(
        words.text("interests.extremes_table"),
        headings(titles, numbers=(5,)),
        tuple(_extreme(row, speech) for row in extremes(clashes)),
    )
    none = nothing_found("interests.no_clash", "interests.no_clash_known", clashes.findings)
    finding = words.text("interests.extremes_finding") if clashes.conflicts.height else none
    return Card(key="pairs", kicker=words.text("interests.extremes"), finding=finding, table=table)


def _extreme(row: Extreme, speech: Speech) -> tuple[TableCell, ...]:
    words = speech.words
    found = [TableCell(row.title)]
    for side in (row.loses, row.gains):
        if side is None:
            found += [TableCell(words.text("interests.nobody"), "quiet"), TableCell("")]
            continue
        said = capitalised(speech.predicate(side))
        found += [TableCell(speech.name(side), link=PageRef("party", side.first["party"])), TableCell(said)]
    clash = _times(row.strength, words) if row.strength is not None else TableCell(words.text("interests.no"))
    return (*found, clash)
