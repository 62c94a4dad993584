"""Page objects as HTML: what the static face shows of a page.

What belongs here: turning the parts of a page into markup that a keyboard, a screen reader and a printer can use. Where
files lie and what they link to is decided in `static`; what stands on a page in `pages`.
"""

import html
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from plotly.utils import PlotlyJSONEncoder

from dashboards.data import Release
from dashboards.faces.html import template
from dashboards.pages import Card, Extra, Illustration, Page, PageRef, Table, TableCell, Trace
from dashboards.words.format import unbroken
from dashboards.words.wording import Wording
from data_contracts.text import Language

Address = Callable[[PageRef], str | None]
_SIGNIFICANT, _SIGNIFICANT_IN_DOWNLOAD = 5, 7
_BARS = 20  # so many lengths has a bar in a table: classes, as a served page may not have styles of its own
_LONG_TABLE = 14  # a table of more rows may break over pages when printed; on request it is packed


@dataclass(frozen=True)
class Link:
    """One link of the page's frame: text, address, whether the reader is there, and its language if it names one."""

    text: str
    address: str
    is_here: bool = False
    language: Language | None = None


@dataclass(frozen=True)
class Frame:
    """What stands around a page: where it is, where one can go from it.

    Attributes:
        root: Path from the page to the bundle's folder, such as `../../`.
        scenario: Title of the scenario, if any.
        region: Name of the region.
        released: The date of the figures.
        release: Id of the release.
        base_year: Year of the prices.
        invented: Whether the region is a demonstration.
        pages: Links to the pages of this scenario.
        scenarios: Links to this page in the other scenarios; empty if there is one.
        languages: Links to this page in each language.
        address: Where a page lies; None where the bundle does not hold it.
        key: Short name of the page, unique in its scenario: its figures are found under it.
        file: What the name of a downloaded table begins with.
        figures: Path from the page to the file with the figures of its scenario.
    """

    root: str
    scenario: str
    region: str
    released: str
    release: str
    base_year: int
    invented: bool
    pages: Sequence[Link]
    scenarios: Sequence[Link]
    languages: Sequence[Link]
    address: Address
    key: str
    file: str
    figures: str


@dataclass(frozen=True)
class HtmlDocument:
    """A whole HTML document, and what only a script reads, as JSON by the name that the document knows it by.

    Attributes:
        html: The document.
        figures: The data of its figures, and the markup of its long tables on request.
    """

    html: str
    figures: Mapping[str, str]


def document(page: Page, frame: Frame, words: Wording) -> HtmlDocument:
    """Returns a page as HTML; the data of its figures lie elsewhere, together with those of the other pages."""
    drawn = _Drawn(words, frame)
    cards = [(card, Markup(drawn.card(card))) for card in page.cards]  # noqa: S704 - made of escaped parts
    filled = _filled(page, frame, words, cards=cards, scripts=drawn.scripts(), has_figures=bool(drawn.figures))
    return HtmlDocument(filled, drawn.figures)


def live_document(page: Page, frame: Frame, words: Wording, *, inside: str, scripts: str, styles: str = "") -> str:
    """Returns the HTML of a page that a program in the browser fills: the same surroundings, other content.

    Args:
        page: What it is called.
        frame: Where it is.
        words: The language.
        inside: Markup of the place that is filled.
        scripts: Markup of the program.
        styles: Markup of its style sheets.
    """
    return _filled(page, frame, words, inside=Markup(inside), scripts=scripts, styles=styles)  # noqa: S704 - Dash's own


def _filled(
    page: Page,
    frame: Frame,
    words: Wording,
    *,
    scripts: str,
    styles: str = "",
    cards: Sequence[tuple[Card, Markup]] = (),
    inside: Markup | None = None,
    has_figures: bool = False,
) -> str:
    """Returns a whole HTML document: the template with a page's parts in it."""
    return template("dashboards.faces.html", "page.html.j2").render(
        page=page,
        frame=frame,
        language=words.language,
        decimal=words.numbers.decimal,
        said=lambda key, **values: words.text(f"site.{key}", **values),
        sheet=page.sheet if inside is None else None,
        cards=cards,
        inside=inside,
        has_figures=has_figures,
        scripts=Markup(scripts),  # noqa: S704 - addresses of our own files, and Dash's own
        styles=Markup(styles),  # noqa: S704
    )


class _Drawn:
    """The markup of a page's parts, and the figures that were met on the way."""

    def __init__(self, words: Wording, frame: Frame) -> None:
        self.words = words
        self.frame = frame
        self.address = frame.address
        self.figures: dict[str, str] = {}
        self.is_drawn = False

    def scripts(self) -> str:
        """Returns the files that draw the figures, and their data; only the page's own script where there are none."""
        assets = ("plotly.packed.js", "template.js", "page.js") if self.is_drawn else ("page.js",)
        paths = [f"{self.frame.root}assets/{name}" for name in assets]
        return "\n".join(
            f'<script src="{path}"></script>' for path in [*([self.frame.figures] * bool(self.figures)), *paths]
        )

    def card(self, card: Card) -> str:
        long = card.table is not None and len(card.table.rows) > _LONG_TABLE
        parts = [
            _heading(card),
            self.picture(card.picture, name=card.key) if card.picture else "",
            self.table(card.table) if card.table else "",
            _points(card.points),
            f'<p class="note">{escape(card.note)}</p>' if card.note else "",
            self.extras(card),
        ]
        inner = "\n".join(part for part in parts if part)
        classes = f"card span-{card.columns} kind-{card.key.partition(':')[0]}{' flows' if long else ''}"
        return f'<section id="{escape(card.key)}" class="{classes}">\n{inner}\n</section>'

    def extras(self, card: Card) -> str:
        boxes = [self.asked_for(extra, name=f"{card.key}-{place}") for place, extra in enumerate(card.extras)]
        boxes += [self.trace(card.trace)] if card.trace else []
        return f'<div class="extras">{"".join(boxes)}</div>' if boxes else ""

    def asked_for(self, extra: Extra, *, name: str) -> str:
        picture = self.picture(extra.picture, name=name) if extra.picture else ""
        table = self.table_on_request(extra.table, name=name) if extra.table else ""
        return f"<details><summary>{escape(extra.label)}</summary>{picture}{table}</details>"

    def table_on_request(self, table: Table, *, name: str) -> str:
        """Returns a table, or the place of a long one: most of a bundle would be tables that hardly anybody opens."""
        if len(table.rows) <= _LONG_TABLE:
            return self.table(table)
        key = f"{self.frame.key}/{name}/table"
        self.figures[key] = json.dumps(self.table(table), ensure_ascii=False)
        return f'<div data-table="{escape(key)}"></div>'

    def trace(self, trace: Trace) -> str:
        """Returns where a figure comes from, with links to the deliveries and the assumptions where they are shown."""
        words = self.words
        datasets = self.linked(", ".join(trace.datasets), PageRef("sources", card="coverage"))
        said = escape(words.text("site.trace", release=trace.release, scenario=trace.scenario, datasets="{datasets}"))
        parts = [said.replace("{datasets}", datasets)]
        if trace.assumptions:
            number = self.linked(words.numbers.number(trace.assumptions), PageRef("sources", card="assumptions"))
            parts.append(words.text("site.trace_assumptions", number=number) + ".")
        summary = f"<summary>{escape(words.text('site.where_from'))}</summary>"
        return f"<details class=trace>{summary}<p>{' '.join(parts)}</p></details>"

    def linked(self, text: str, ref: PageRef) -> str:
        """Returns a text as a link to a page, or as it is where the bundle does not hold that page."""
        address = self.address(ref)
        return f'<a href="{escape(address)}">{escape(text)}</a>' if address else escape(text)

    def picture(self, picture: Illustration, *, name: str) -> str:
        """Returns the place of a figure with its text alternative; its data goes to the figures of the scenario."""
        key = f"{self.frame.key}/{name}"
        self.is_drawn = True
        self.figures[key] = figure_data(picture.figure.plain())
        about = picture.figure.about
        rows = " data-rows" if about.get("meta", {}).get("rows") else ""
        return (
            f'<div class="plot-scroll"><div class="plot" role="img" aria-label="{escape(picture.alternative)}" '
            f'data-figure="{escape(key)}" data-height="{int(about["height"])}"{rows}></div></div>'
        )

    def table(self, table: Table) -> str:
        head = "".join(f'<th scope="col">{escape(heading.text)}</th>' for heading in table.headings)
        rows = "\n".join(self.row(row) for row in table.rows)
        label = escape(table.caption)
        return (
            f'<div class="scroll"><table{_classes(table)}><caption>{label}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )

    def row(self, row: Sequence[TableCell]) -> str:
        """Returns a row without the end tags that HTML does not need: tables are most of a bundle's size."""
        first, *rest = row
        cells = "".join(f"<td{_attributes(cell)}>{self.cell(cell)}" for cell in rest)
        return f"<tr><th scope=row>{self.cell(first)}{cells}"

    def cell(self, cell: TableCell) -> str:
        text = self.linked(cell.text, cell.link) if cell.link else escape(cell.text)
        text += f"<small>{escape(cell.more)}</small>" if cell.more else ""
        if not cell.story:
            return text
        text = escape(cell.text)
        address = self.address(cell.link) if cell.link else None
        own = escape(self.words.text("site.own_page"))
        leads = f'<li><a href="{escape(address)}">{own}</a>' if address else ""
        told = "".join(f"<li>{escape(sentence)}" for sentence in cell.story)
        return f"<details class=story><summary>{text}</summary><ul>{told}{leads}</ul></details>"


def figure_data(figure: dict[str, Any]) -> str:
    """Returns a figure as JSON, rounded; the template of all figures lies in the bundle once."""
    return json.dumps(_rounded(figure), cls=PlotlyJSONEncoder, ensure_ascii=False, separators=(",", ":"))


def escape(text: str) -> str:
    """Returns a text for use in markup; a sign stays on the line of its euro."""
    return html.escape(unbroken(text))


def _rounded(value: object) -> object:
    """Returns the same figure with no more digits than a screen can show."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    if isinstance(value, float):
        return _short_number(value) if math.isfinite(value) else None
    return value


def _short_number(value: float, *, digits: int = _SIGNIFICANT) -> float | int:
    rounded = float(f"{value:.{digits}g}")
    return int(rounded) if rounded.is_integer() else rounded


def _heading(card: Card) -> str:
    """Returns the finding as the heading, with its topic as a label above it; the topic where nothing was found."""
    if not card.finding:
        return f'<h2 class="kicker">{escape(card.kicker)}</h2>'
    return f'<p class="kicker">{escape(card.kicker)}</p>\n<h2 class="finding">{escape(card.finding)}</h2>'


def _points(points: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(point)}</li>" for point in points)
    return f'<ul class="points">{items}</ul>' if items else ""


def paper(release: Release, words: Wording) -> str:
    """Returns the style sheet of printed pages in one language: what each says in its margin about where it is from."""
    said = [words.text("site.demonstration")] if release.invented else []
    said += [words.text("site.region", region=release.region[words.language])]
    said += [words.text("site.release_id", id=release.id), words.text("site.prices", year=release.base_year)]
    page = _css_text(words.text("site.page_number") + " ")
    font = "font: 7pt Arial, sans-serif; color: #4b5563"
    return (
        f"@page {{ @bottom-left {{ content: {_css_text(' · '.join(said))}; width: 86%; {font} }} "
        f"@bottom-right {{ content: {page} counter(page) ' / ' counter(pages); width: 14%; {font} }} }}\n"
    )


def _css_text(text: str) -> str:
    """Returns a text as a style sheet quotes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _classes(table: Table) -> str:
    """Returns what a table looks like, and which columns stand at the right, counted from 1 as the style sheet does."""
    names = [f"n{place}" for place, heading in enumerate(table.headings, start=1) if heading.is_number]
    names += ["tiles"] if table.look == "tiles" else []
    return f' class="{" ".join(names)}"' if names else ""


def _attributes(cell: TableCell) -> str:
    """Returns what a cell means, as classes, and the figure behind its text, for who downloads the table."""
    names = [f"tone-{cell.tone}"] if cell.tone != "plain" else []
    names += [f"s{cell.shade}"] if cell.shade else []
    names += ["length", f"b{max(1, round(_BARS * cell.bar))}"] if cell.bar else []
    means = f" class={names[0]}" if len(names) == 1 else f' class="{" ".join(names)}"' if names else ""
    if cell.value is None or not math.isfinite(cell.value):
        return means
    return f"{means} data-v={_short_number(cell.value, digits=_SIGNIFICANT_IN_DOWNLOAD)}"
