"""Boxes of the first page on interests: where they clash, and where they meet, three sentences each."""

from dashboards.pages.page import Card, Extra, Table, cells, headings
from dashboards.telling.interests import Clashes, Speech
from dashboards.telling.synopsis import Synopsis

_HALF = 6
_POINTS = 3
_MOST = 20  # told on request: beyond these none decides anything, and a bundle must stay small


def clash_cards(findings: Synopsis) -> tuple[Card, Card]:
    """Returns where interests clash and, beside it, where they meet."""
    clashes = Clashes(findings)
    return _clash(clashes), _meet(clashes)


def clash_points(clashes: Clashes) -> tuple[str, ...]:
    """Returns three sentences at most: the sharpest clashes, one an initiative, then what a party has against itself.

    Where nobody clashes that is said first, and never of more than is known.
    """
    words, speech = clashes.findings.words, speech_of(clashes.findings)
    if not clashes.stakes.height:
        return (words.text("clash.no_interests"),)
    said = [speech.clash(pair) for pair in clashes.sharpest(_POINTS)]
    said = said or [nothing_found("clash.none", "clash.none_known", clashes.findings)]
    return (*said, *map(speech.tension, clashes.tensions[: _POINTS - len(said)]))


def meeting_points(clashes: Clashes) -> tuple[str, ...]:
    """Returns three sentences at most on what initiatives bring to several, or that none does."""
    if not clashes.stakes.height:
        return (clashes.findings.words.text("clash.no_interests"),)
    said = tuple(map(speech_of(clashes.findings).meeting, clashes.shared[:_POINTS]))
    return said or (nothing_found("meet.none", "meet.none_known", clashes.findings),)


def speech_of(findings: Synopsis) -> Speech:
    """Returns who says the interests of a scenario."""
    return Speech(findings.words, base_year=findings.results.base_year)


def nothing_found(key: str, as_far: str, findings: Synopsis) -> str:
    """Returns that nothing was found; only as far as is known where money or hands of some party are not known."""
    everything = not findings.known.unknown_money and not findings.known.unknown_hands
    return findings.words.text(key if everything else as_far)


def _clash(clashes: Clashes) -> Card:
    words, speech = clashes.findings.words, speech_of(clashes.findings)
    pairs = clashes.pairs(clashes.clashes.head(_MOST))
    every = [*map(speech.clash, pairs), *map(speech.tension, clashes.tensions)]
    number = clashes.clashes.height + len(clashes.tensions)
    table = Table(words.text("clash.table"), headings([words.text("clash.says")]), tuple(map(cells, every[:_MOST])))
    label = words.text(
        "clash.all" if number <= _MOST else "clash.first", shown=_MOST, number=words.numbers.number(number)
    )
    return Card(
        key="clash",
        kicker=words.text("clash.kicker"),
        columns=_HALF,
        points=clash_points(clashes),
        extras=(Extra(label, table=table),) if number else (),
    )


def _meet(clashes: Clashes) -> Card:
    words = clashes.findings.words
    return Card(key="meet", kicker=words.text("meet.kicker"), columns=_HALF, points=meeting_points(clashes))
