"""The parts that every page is made of: answer, key figures, cards with a figure, its text alternative and its table.

What belongs here: the shapes only, and nothing of a face. A page is a title, an answer, sentences, key figures and
cards; a card holds sentences, a figure (a `Drawing`), a table, and what is shown on request. Texts are complete and
in one language; a link names a page (`PageRef`), never an address; a colour is named by what it means (`Tone`). The
static face turns these into markup, the interactive one into its own components: neither asks for more than stands
here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from dashboards.figures.drawing import Drawing

PageKind = Literal[
    "at_the_table", "no_agreement", "interests", "departments", "flows", "capacity", "package", "compare", "what_if",
    "party", "department", "sources", "positions",
]  # fmt: skip
Tone = Literal["plain", "loss", "gain", "warning", "bad", "good", "quiet"]
Look = Literal["plain", "tiles"]
Against = Literal["no_agreement", "base_year"]
Sheet = Literal["landscape", "portrait"]


@dataclass(frozen=True)
class PageRef:
    """Which page: its kind, whose it is (a party's own, a specialism's), and the key of the card to land on, if any."""

    kind: PageKind
    party: str | None = None
    card: str | None = None
    specialism: str | None = None


@dataclass(frozen=True)
class TableCell:
    """One cell of a table.

    Attributes:
        text: What it says.
        tone: What it means.
        link: The page it leads to.
        value: The figure behind the text, unrounded: what a download holds in its place.
        shade: How strong a tile is coloured, 0 (not) to 3.
        story: Sentences told when the cell is asked for more.
        more: A second, quieter line.
        bar: How long a bar under the text is, of the longest of its column (0 to 1); None: no bar.
    """

    text: str
    tone: Tone = "plain"
    link: PageRef | None = None
    value: float | None = None
    shade: int = 0
    story: tuple[str, ...] = ()
    more: str = ""
    bar: float | None = None


@dataclass(frozen=True)
class Heading:
    """The heading of a table's column; figures stand at the right."""

    text: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """A real table: what it holds, its headings, its rows; the first column names the row.

    `tiles` is a heat map: every cell after the first a tile, coloured by its tone and shade, that says its figure too.
    """

    caption: str
    headings: tuple[Heading, ...]
    rows: tuple[tuple[TableCell, ...], ...]
    look: Look = "plain"


@dataclass(frozen=True)
class Illustration:
    """A figure, and the text that states its finding for who cannot see it."""

    figure: Drawing
    alternative: str


@dataclass(frozen=True)
class Extra:
    """What a card shows only when asked: a figure or a table under a line that says what it is."""

    label: str
    picture: Illustration | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Trace:
    """What a card's figures rest on.

    Attributes:
        release: Id of the release.
        scenario: Title of the scenario.
        datasets: Names of the datasets whose deliveries they come from, in the reader's language.
        assumptions: How many of the parameters behind them are assumptions.
    """

    release: str
    scenario: str
    datasets: tuple[str, ...]
    assumptions: int


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
        trace: What the figures rest on; None for a box without figures from the model.
        is_folded: Whether it stands, with its like, behind one click at the end of the page.
    """

    key: str
    kicker: str
    finding: str = ""
    columns: int = 12
    picture: Illustration | None = None
    note: str = ""
    points: tuple[str, ...] = ()
    table: Table | None = None
    extras: tuple[Extra, ...] = ()
    trace: Trace | None = None
    is_folded: bool = False


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
        sheet: How the one A4 lies that it is made to fit; None where it takes as many as it needs.
        against: What every change on it is measured against.
    """

    ref: PageRef
    title: str
    answer: str
    lead: str
    key_figures: tuple[KeyFigure, ...]
    cards: tuple[Card, ...]
    sheet: Sheet | None = None
    against: Against = "no_agreement"


def headings(words: Iterable[str], *, numbers: Sequence[int] = ()) -> tuple[Heading, ...]:
    """Returns the headings of a table; `numbers` are the places of the columns that hold figures."""
    return tuple(Heading(text, place in numbers) for place, text in enumerate(words))


def cells(*texts: str) -> tuple[TableCell, ...]:
    """Returns a row of plain cells."""
    return tuple(map(TableCell, texts))


def tone_of(value: float | None, *, stance: str | None = None) -> Tone:
    """Returns the tone of a change: loss, gain, or plain."""
    if not value or stance == "neutral":
        return "plain"
    return "loss" if value < 0 else "gain"
