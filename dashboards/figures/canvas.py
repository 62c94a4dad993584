"""What the figures share: rows with a name at the left and a value at the right, axes with written-out ticks, panels.

What belongs here: layout that two or more figures need, so that a party stands at the same place in each of them.
Figures are plain dictionaries (`drawing`).
"""

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

ROW_HEIGHT = 40
AXIS_HEIGHT = 44
LEFT = 262
DETAIL_LETTERS = 35
_LEFT_LETTERS = 30
_MARK_WIDTH, _MARK_HEIGHT = 200, 20  # of the mark that assumptions are in a figure
_UNITS = ((1_000_000.0, "million_euro"), (1_000.0, "thousand_euro"), (1.0, "euro"))


@dataclass(frozen=True)
class RowLabel:
    """The words of one row: whom it is about at the left, what comes out at the right, both in two lines."""

    name: str
    detail: str
    value: str
    more: str = ""


def row_layout(labels: Sequence[RowLabel], *, words: Wording, right: int, left: int = LEFT) -> PlotlyLayout:
    """Returns the layout of a figure with one row a label, the first at the top: row n lies at y = n."""
    count = max(len(labels), 1)
    return {
        "separators": separators(words),
        "height": count * ROW_HEIGHT + AXIS_HEIGHT,
        "margin": {"l": left, "r": right, "t": 2, "b": AXIS_HEIGHT - 2},
        "yaxis": {"range": [count - 0.5, -0.5], "visible": False},
        "annotations": [note for place, label in enumerate(labels) for note in _row_notes(place, label, left=left)],
        "barmode": "overlay",
        "meta": {"rows": count},
        "bargap": 0.45,
    }


def panel_axes(place: int, count: int, *, gap: float) -> tuple[PlotlyLayout, PlotlyLayout]:
    """Returns the horizontal and vertical axis of one of several panels side by side, counted from 0."""
    width = (1 - gap * (count - 1)) / count
    start = place * (width + gap)
    name = axis_name(place)
    return {"domain": [start, min(1.0, start + width)], "anchor": f"y{name}"}, {"anchor": f"x{name}"}


def axis_name(place: int) -> str:
    """Returns what Plotly puts behind x and y for a panel, counted from 0."""
    return "" if place == 0 else str(place + 1)


def money_axis(low: float, high: float, *, words: Wording, title: str = "") -> PlotlyLayout:
    """Returns an axis around the figures and zero, with ticks in a unit that its title names.

    Args:
        low: The smallest figure in euro.
        high: The largest.
        words: The language.
        title: Key of the title, with a place for the unit; the unit alone if empty.
    """
    low, high = padded(min(low, 0.0), max(high, 0.0))
    values = ticks(low, high)
    size, name = next(found for found in _UNITS if max(-low, high) >= found[0] or found[0] == 1.0)
    unit = words.text(f"figures.{name}")
    decimals = 0 if all(abs(value / size - round(value / size)) < 1e-9 for value in values) else 1
    return {
        "range": [low, high],
        "tickvals": values,
        "ticktext": [words.numbers.number(value / size, decimals=decimals) if value else "0" for value in values],
        "tickangle": 0,
        "title": {"text": words.text(title, unit=unit) if title else unit},
        "zeroline": True,
        "showgrid": True,
    }


def ticks(low: float, high: float, *, most: int = 5) -> list[float]:
    """Returns round values from low to high, at most so many, zero among them if it lies between."""
    width = high - low
    if not math.isfinite(width) or width <= 0:
        return [low]
    step = 10 ** math.floor(math.log10(width / most))
    factor = next(factor for factor in (1, 2, 5, 10, 20) if width / (step * factor) <= most)
    step *= factor
    first = math.ceil(low / step - 1e-9)
    return [round(n * step, 10) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def padded(low: float, high: float, *, by: float = 0.06) -> tuple[float, float]:
    """Returns a range with some air at both ends; a range without width gets one."""
    width = (high - low) or max(abs(high), 1.0)
    return (low - by * width if low < 0 else low), (high + by * width if high > 0 else high)


def extent(values: Sequence[float | None], *, otherwise: float = 1.0) -> tuple[float, float]:
    """Returns the smallest and largest of the values that are known, zero included."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return (min([*known, 0.0]), max([*known, 0.0])) if any(known) else (0.0, otherwise)


def whisker(values: Sequence[float], low: Sequence[float | None], high: Sequence[float | None]) -> PlotlyLayout:
    """Returns the p10-p90 band of values as Plotly takes it; a value without a band gets none."""

    def reach(ends: Sequence[float | None], sign: int) -> list[float]:
        pairs = zip(values, ends, strict=True)
        return [0.0 if end is None else max(0.0, sign * (end - value)) for value, end in pairs]

    return {"type": "data", "array": reach(high, 1), "arrayminus": reach(low, -1)}


def marked(drawing: Drawing, *, words: Wording) -> Drawing:
    """Returns a figure that says at its foot that assumptions are in it: beside the axis, else under it."""
    about = drawing.about
    margin = about["margin"]
    more = _MARK_HEIGHT if margin["l"] < _MARK_WIDTH else 0
    bottom = margin["b"] + more
    foot = {"x": 0, "xshift": -margin["l"], "y": 0, "yref": "paper", "yshift": -bottom, "yanchor": "bottom",
            "text": _grey(words.text("figures.assumed"))}  # fmt: skip
    changed = {"margin": {**margin, "b": bottom}, "height": about["height"] + more}
    return Drawing(drawing.traces, {**about, **changed, "annotations": [*about.get("annotations", ()), foot]})


def shortened(text: str, letters: int) -> str:
    """Returns a text of at most so many letters, with dots where it was cut."""
    return text if len(text) <= letters else text[: max(1, letters - 1)].rstrip(" ·,") + "…"


def wrapped(text: str, letters: int, *, lines: int = 2) -> str:
    """Returns a text on at most so many lines for use in a figure."""
    parts = textwrap.wrap(text, letters, max_lines=lines, placeholder="…") or [""]
    return "<br>".join(map(escape, parts))


def separators(words: Wording) -> str:
    """Returns the language's decimal and thousands signs as Plotly takes them."""
    return words.numbers.decimal + words.numbers.thousands


def _row_notes(place: int, label: RowLabel, *, left: int) -> list[PlotlyLayout]:
    """Returns the left and right text of a row; how they are set is the template's (`annotationdefaults`)."""
    name = f"<b>{escape(shortened(label.name, _LEFT_LETTERS))}</b><br>{_grey(shortened(label.detail, DETAIL_LETTERS))}"
    if not label.detail:
        name = f"<b>{wrapped(label.name, _LEFT_LETTERS)}</b>"
    right = f"<b>{escape(label.value)}</b>" + (f"<br>{_grey(label.more)}" if label.more else "")
    return [{"x": 0, "xshift": -left, "y": place, "text": name}, {"x": 1, "xshift": 8, "y": place, "text": right}]


def _grey(text: str) -> str:
    return f"<span style='color:{Colour.NEUTRAL.value}'>{escape(text)}</span>"
