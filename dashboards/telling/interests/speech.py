"""Interests, conflicts and tensions in words that a board member can read aloud.

What belongs here: from a row of `stakes` or `clashes` to a sentence. A *predicate* is what a party does, without its
name ("loses EUR 1.2 m a year"); a clause is name and predicate; a sentence holds one or two and ends in a full stop.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl

from dashboards.data import PATIENTS, PAYER, UNKNOWN, Frame
from dashboards.telling.findings import GAINS, LOSES, NEUTRAL, Synopsis
from dashboards.telling.interests.clashes import LOST, WON, conflicts, inner_tensions, nearest
from dashboards.telling.interests.stakes import FACILITY, MARGIN, NORMS, STAFF, stakes
from dashboards.telling.sentences import share_of_size
from dashboards.words.format import MINUS
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
POINTS = 3
_CONFLICTS = 2  # so many conflicts where there is a tension to tell as well
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_EURO = 0.5  # less is nothing
_SOME = 0.5  # fewer units of a facility than this are none


# --- every one of them ----------------------------------------------------------------------------------------------


def interest_sentences(findings: Synopsis) -> Frame:
    """Returns the stakes (see `stakes`) with `sentence`, one row a party, initiative and dimension."""
    return _with_sentences(stakes(findings), interest_sentence, findings.words)


def conflict_sentences(findings: Synopsis, *, grouped: bool = False) -> Frame:
    """Returns the pairs that clash (see `clashes.conflicts`) with `sentence`, strongest first."""
    return _with_sentences(conflicts(findings, stakes(findings), grouped=grouped), conflict_sentence, findings.words)


def tension_sentences(findings: Synopsis, *, grouped: bool = False) -> Frame:
    """Returns the tensions inside parties (see `clashes.inner_tensions`) with `sentence`, strongest first."""
    return _with_sentences(inner_tensions(stakes(findings), grouped=grouped), tension_sentence, findings.words)


def clash_points(findings: Synopsis) -> tuple[str, ...]:
    """Returns three sentences at most, strongest first: conflicts, or how near one comes, then inner tensions.

    A conflict gives up the last place to the strongest tension, and one party is in one tension only.
    """
    words, found = findings.words, stakes(findings)
    if not found.height:
        return (words.text("clash.no_interests"),)
    pairs = conflicts(findings, found)
    tense = _to_tell(inner_tensions(found).filter(pl.col("initiative").is_null()))
    kept = pairs.head(_CONFLICTS if tense.height else POINTS).to_dicts()
    said = [conflict_sentence(row, words) for row in kept] or [_no_conflict(findings, nearest(found))]
    inner = [tension_sentence(row, words) for row in tense.head(POINTS - len(said)).sort("place").to_dicts()]
    return (*said, *inner) if inner else (*said, words.text("clash.no_tension"))[:POINTS]


def all_clashes(findings: Synopsis, *, most: int | None = None) -> tuple[int, tuple[str, ...]]:
    """Returns how many the three sentences were chosen from, and those: conflicts, then tensions, strongest first.

    Args:
        findings: The scenario.
        most: So many sentences at most; None: all.
    """
    found, words = stakes(findings), findings.words
    pairs, tense = conflicts(findings, found), inner_tensions(found)
    said = [conflict_sentence(row, words) for row in pairs.head(most or pairs.height).to_dicts()]
    room = tense.height if most is None else most - len(said)
    return pairs.height + tense.height, (*said, *(tension_sentence(row, words) for row in tense.head(room).to_dicts()))


# --- one of them ----------------------------------------------------------------------------------------------------


def interest_sentence(row: Row, words: Wording) -> str:
    """Returns what a party has at stake on one dimension, for an initiative or the whole scenario."""
    return _of_initiative(row["title"], clause(row, words), words)


def conflict_sentence(row: Row, words: Wording) -> str:
    """Returns over what two parties clash, what the one loses and what the other gains."""
    lost, won = side(row, LOST), side(row, WON)
    loser, gainer = clause(lost, words), clause(won, words)
    return words.text("clash.conflict", initiative=lost["title"], loser=loser, gainer=gainer)


def tension_sentence(row: Row, words: Wording) -> str:
    """Returns what a party loses and what it gains against that."""
    lost, won = side(row, LOST), side(row, WON)
    said = words.text("clash.tension", name=_name(lost, words), loss=predicate(lost, words), gain=predicate(won, words))
    return _of_initiative(lost["title"], said, words)


def clause(row: Row, words: Wording, *, stance: str | None = None) -> str:
    """Returns a party's name and what it loses or gains; `stance` says a neutral stake as a loss or gain after all."""
    return f"{_name(row, words)} {predicate(row, words, stance=stance)}"


def predicate(row: Row, words: Wording, *, stance: str | None = None) -> str:
    """Returns what a party loses or gains, without its name."""
    stance = stance or str(row["stance"])
    many = "many" if row["members"] > 1 else "single"
    dimension = row["dimension"]
    if dimension in {STAFF, FACILITY}:
        return _capacity(row, words, stance=stance, many=many)
    if dimension == NORMS:
        return _norms(row, words, many=many)
    if row["party"] == PATIENTS:
        distance = words.numbers.kilometres.format(number=words.numbers.quantity(abs(row["value"]), digits=2))
        return words.text(f"stake.travel.{stance}", distance=distance)
    return _money(row, words, stance=stance, many=many)


def amount(row: Row, words: Wording) -> str:
    """Returns by how much a shortage of named hands or rooms shrinks (plus) or grows (minus), with its unit."""
    fte, plain = (_shortage(row, "before", measure) - _shortage(row, "after", measure) for measure in ("fte", "plain"))
    sign = "+" if plain > 0 else MINUS
    return sign + _text_of(row, words, abs(fte), abs(plain))


def side(row: Row, prefix: str) -> Row:
    """Returns the stake on one side of a clash."""
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}


# --- predicates -----------------------------------------------------------------------------------------------------


def _money(row: Row, words: Wording, *, stance: str, many: str) -> str:
    """Returns euro and share always together; of a change in revenue the share needs no 'of revenue'."""
    spread = row["spread"] or None
    signed = stance == NEUTRAL
    if signed and abs(row["value"]) < _EURO:
        return words.text(f"stake.nothing.{many}")
    value = words.numbers.money(row["value"] if signed else abs(row["value"]), spread=spread, signed=signed)
    pays = row["kind"] == PAYER or row["party"] == UNKNOWN
    if row["dimension"] == MARGIN:
        share = share_of_size(row, words, signed=signed)
        result = "spending" if pays else "margin"
        return words.text(f"stake.{result}.{stance}.{many}", value=value, share=share)
    known = row["share"] is not None
    share = words.numbers.share(row["share"] if signed else abs(row["share"]), signed=signed) if known else ""
    return words.text(f"stake.revenue.{stance}.{many}", value=value, share=share or words.text("one_party.unsized"))


def _capacity(row: Row, words: Wording, *, stance: str, many: str) -> str:
    """Returns the shortage that grows or shrinks with its hands or beds by name, else as a share of what is usable.

    Of a group whose members lack different hands the full-time equivalents are added up, but no other units.
    """
    kind = row["dimension"]
    if stance == NEUTRAL:
        return words.text(f"stake.{kind}.neutral.{many}")
    is_mixed = row["resource_name"] is None and row["fte_after"] is not None
    if row["shortage_after"] is None or (row["resource_name"] is None and not is_mixed):
        share = words.numbers.share(abs(row["value"]))
        return words.text(f"stake.{kind}.{stance}_unnamed.{many}", share=share)
    before, after = _amount(row, words, "before"), _amount(row, words, "after")
    freed = _text_of(row, words, *(_shortage(row, "before", i) - _shortage(row, "after", i) for i in ("fte", "plain")))
    none = words.text("key.none")
    said = f"{stance}_mixed" if is_mixed else "slightly" if stance == LOSES and before == after else stance
    return words.text(
        f"stake.capacity.{said}.{many}",
        resource=row["resource_name"] or "",
        year=row["year"],
        before=before or none,
        after=after or none,
        freed=freed,
    )


def _amount(row: Row, words: Wording, when: str) -> str:
    """Returns a shortage with its unit; nothing where there is none to speak of."""
    fte, plain = (_shortage(row, when, measure) for measure in ("fte", "plain"))
    is_none = fte < _HARDLY if row["fte_after"] is not None else plain < _SOME
    return "" if is_none else _text_of(row, words, fte, plain)


def _shortage(row: Row, when: str, measure: str) -> float:
    return float(row[f"fte_{when}" if measure == "fte" else f"shortage_{when}"] or 0.0)


def _text_of(row: Row, words: Wording, fte: float, plain: float) -> str:
    unit = None if row["unit"] == row["resource_name"] else row["unit"]
    return words.amount(fte=fte if row["fte_after"] is not None else None, plain=plain, unit=unit)


def _norms(row: Row, words: Wording, *, many: str) -> str:
    count = round(abs(row["value"]))
    change = "neutral" if not count else GAINS if row["value"] > 0 else LOSES
    if change == NEUTRAL:
        return words.text(f"stake.norms_neutral.{many}")
    return words.count(f"stake.norms_{change}.{many}", count)


# --- around them ----------------------------------------------------------------------------------------------------


def _no_conflict(findings: Synopsis, near: Frame) -> str:
    """Returns that no pair clashes over an initiative in a way that matters, and which comes nearest."""
    words = findings.words
    if not near.height:
        return words.text("clash.nobody")
    row = near.row(0, named=True)
    lost, won = side(row, LOST), side(row, WON)
    return words.text(
        "clash.nearest",
        materiality=words.numbers.share(findings.results.materiality),
        initiative=lost["title"],
        loser=clause(lost, words, stance=LOSES),
        gainer=clause(won, words, stance=GAINS),
    )


def _name(row: Row, words: Wording) -> str:
    if row["party"] in {PATIENTS, UNKNOWN}:
        return words.text(f"clash.{row['party']}")
    if row["members"] == 1:
        return str(row["name"])
    plural = words.known("kinds_plural", row["kind"], otherwise=words.text("kinds_plural.other"))
    return words.text("clash.group", number=words.numbers.counted(row["members"]), kind=plural)


def _of_initiative(title: str | None, said: str, words: Wording) -> str:
    if title is None:
        return words.text("clash.whole", said=capitalised(said))
    return words.text("clash.of_initiative", initiative=title, said=said)


def _to_tell(tense: Frame) -> Frame:
    """Returns one tension a party or kind, and first one of each direction: who loses money, who loses capacity."""
    one = tense.unique(["lost_name", "lost_members"], keep="first", maintain_order=True).with_row_index("place")
    money = [pl.col(f"{prefix}dimension").is_in(["revenue", MARGIN]).alias(f"{prefix}money") for prefix in (LOST, WON)]
    first = one.with_columns(money).unique([f"{LOST}money", f"{WON}money"], keep="first", maintain_order=True)
    return pl.concat([first.select(one.columns), one.join(first, on="place", how="anti", maintain_order="left")])


def _with_sentences(frame: Frame, sentence: Callable[[Row, Wording], str], words: Wording) -> Frame:
    rows: Iterable[Row] = frame.iter_rows(named=True)
    return frame.with_columns(sentence=pl.Series([sentence(row, words) for row in rows], dtype=pl.String))
