"""What the figures share: rows with a name at the left and a value at the right, axes with written-out ticks.

What belongs here: layout that two or more figures need, so that a party stands at the same place in each of them.
"""

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from dashboards.theme import Colour
from dashboards.wording import Wording

ROW_HEIGHT = 40
AXIS_HEIGHT = 44
LEFT = 262
_LEFT_LETTERS = 30
DETAIL_LETTERS = 33


_UNITS = ((1_000_000.0, "million_euro"), (1_000.0, "thousand_euro"), (1.0, "euro"))


@dataclass(frozen=True)
class RowLabel:
    """The words of one row: whom it is about at the left, what comes out at the right, both in two lines."""

    name: str
    detail: str
    value: str
    more: str = ""


def row_figure(labels: Sequence[RowLabel], *, words: Wording, right: int, left: int = LEFT) -> go.Figure:
    """Returns an empty figure with one row a label, the first at the top: row n lies at y = n."""
    count = max(len(labels), 1)
    return go.Figure(
        layout={
            "separators": separators(words),
            "height": count * ROW_HEIGHT + AXIS_HEIGHT,
            "margin": {"l": left, "r": right, "t": 2, "b": AXIS_HEIGHT - 2},
            "yaxis": {"range": [count - 0.5, -0.5], "visible": False},
            "annotations": [note for place, label in enumerate(labels) for note in _row_notes(place, label, left=left)],
            "barmode": "overlay",
            "bargap": 0.45,
        }
    )


def money_axis(figure: go.Figure, low: float, high: float, *, words: Wording, title: str, axis: str = "x") -> None:
    """Gives the figure's axis a range around the figures and zero, with ticks in a unit that the title names.

    Args:
        figure: The figure to change.
        low: The smallest figure in euro.
        high: The largest.
        words: The language.
        title: Key of the title, with a place for the unit; the unit alone if empty.
        axis: x or y.
    """
    low, high = padded(min(low, 0.0), max(high, 0.0))
    values = ticks(low, high)
    size, name = next(found for found in _UNITS if max(-low, high) >= found[0] or found[0] == 1.0)
    unit = words.text(f"figures.{name}")
    decimals = 0 if all(abs(value / size - round(value / size)) < 1e-9 for value in values) else 1
    layout = {
        "range": [low, high],
        "tickvals": values,
        "ticktext": [words.numbers.number(value / size, decimals=decimals) if value else "0" for value in values],
        "tickangle": 0,
        "title": {"text": words.text(title, unit=unit) if title else unit},
        "zeroline": True,
        "showgrid": True,
    }
    figure.update_layout({f"{axis}axis": layout})


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


def shortened(text: str, letters: int) -> str:
    """Returns a text of at most so many letters, with dots where it was cut."""
    return text if len(text) <= letters else text[: max(1, letters - 1)].rstrip(" ·,") + "…"


def wrapped(text: str, letters: int, *, lines: int = 2) -> str:
    """Returns a text on at most so many lines for use in a figure."""
    parts = textwrap.wrap(text, letters, max_lines=lines, placeholder="…", break_long_words=True) or [""]
    return "<br>".join(map(escape, parts))


def separators(words: Wording) -> str:
    """Returns the language's decimal and thousands signs as Plotly takes them."""
    return words.numbers.decimal + words.numbers.thousands


def extent(values: Sequence[float | None], *, otherwise: Callable[[], float] = lambda: 1.0) -> tuple[float, float]:
    """Returns the smallest and largest of the values that are known, zero included."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    return (min([*known, 0.0]), max([*known, 0.0])) if any(known) else (0.0, otherwise())


def _row_notes(place: int, label: RowLabel, *, left: int) -> list[dict[str, object]]:
    """Returns the left and right text of a row; how they are set is the template's (`annotationdefaults`)."""
    name = shortened(label.name, _LEFT_LETTERS)
    name_text = f"<b>{escape(name)}</b><br>{_grey(shortened(label.detail, DETAIL_LETTERS))}"
    if not label.detail:
        name_text = f"<b>{wrapped(label.name, _LEFT_LETTERS)}</b>"
    right = f"<b>{escape(label.value)}</b>" + (f"<br>{_grey(label.more)}" if label.more else "")
    return [{"x": 0, "xshift": -left, "y": place, "text": name_text}, {"x": 1, "xshift": 8, "y": place, "text": right}]


def _grey(text: str) -> str:
    return f'<span style="color:{Colour.NEUTRAL.value}">{escape(text)}</span>'
