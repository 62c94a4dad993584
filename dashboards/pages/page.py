"""The parts that every page is made of: answer, key figures, cards with a figure, its text alternative and its table.

What belongs here: the shapes only. Texts in them are complete and in one language; a link names a page, not an address.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import plotly.graph_objects as go

PageKind = Literal["at_the_table", "no_agreement", "party", "sources"]
Tone = Literal["plain", "loss", "gain", "warning", "bad", "good", "quiet"]


@dataclass(frozen=True)
class PageRef:
    """Which page: its kind, and the party for a party's own page."""

    kind: PageKind
    party: str | None = None


@dataclass(frozen=True)
class Cell:
    """One cell of a table: its text, what it means, and the page it leads to."""

    text: str
    tone: Tone = "plain"
    link: PageRef | None = None


@dataclass(frozen=True)
class Heading:
    """The heading of a table's column; figures stand at the right."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A real table: what it holds, its headings, its rows; the first column names the row."""

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A figure, and the text that states its finding for who cannot see it."""

    figure: go.Figure
    alternative: str


@dataclass(frozen=True)
class Extra:
    """What a card shows only when asked: a figure or a table under a line that says what it is."""

    label: str
    picture: Picture | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Card:
    """One box of a page.

    Attributes:
        key: Short name, unique on the page.
        kicker: What the box is about, in a few words.
        finding: The sentence that says what to see.
        columns: Width out of twelve.
        picture: The figure, if any.
        note: How to read the figure.
        points: Sentences, shown as a list.
        table: A table that is itself what the card shows.
        extras: What is shown when asked for; the table behind the figure first.
    """

    key: str
    kicker: str
    finding: str = ""
    columns: int = 12
    picture: Picture | None = None
    note: str = ""
    points: tuple[str, ...] = ()
    table: Table | None = None
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True)
class KeyFigure:
    """One figure at the top of a page."""

    label: str
    value: str
    detail: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Page:
    """A whole page in one language.

    Attributes:
        ref: Which page it is.
        title: Its short name, for the window and the links.
        answer: The answer, as its heading.
        lead: The sentences under it.
        key_figures: At most four.
        cards: The boxes, in reading order.
        sheet: Whether it is made to fit one A4 in landscape.
    """

    ref: PageRef
    title: str
    answer: str
    lead: str
    key_figures: tuple[KeyFigure, ...]
    cards: tuple[Card, ...]
    sheet: bool = False


def headings(words: Iterable[str], *, numbers: Sequence[int] = ()) -> tuple[Heading, ...]:
    """Returns the headings of a table; `numbers` are the places of the columns that hold figures."""
    return tuple(Heading(text, place in numbers) for place, text in enumerate(words))


def cells(*texts: str) -> tuple[Cell, ...]:
    """Returns a row of plain cells."""
    return tuple(map(Cell, texts))


def tone_of(value: float | None, *, stance: str | None = None) -> Tone:
    """Returns the tone of a change: loss, gain, or plain."""
    if not value or stance == "neutral":
        return "plain"
    return "loss" if value < 0 else "gain"
