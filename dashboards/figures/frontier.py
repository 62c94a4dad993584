"""What a package is worth against what the worst-off party must bear for it."""

from typing import Any

import polars as pl

from dashboards.figures.canvas import money_axis, separators, ticks
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

_HEIGHT = 290
_RIGHT = 0.6  # of the axis: from here on a label stands at the left of its point
_ROOM = 1.3  # how much further than the last cap that matters the axis goes
_TICKS = 4
_NEAR = 0.05  # of either axis: packages nearer to each other on both are one mark
_AIR = 0.07  # above and below the values, for the marks


def loss_frontier(points: pl.DataFrame, *, words: Wording, own_cap: float | None, of: int) -> Drawing:
    """Returns the best net value for every loss cap as stairs, each package a point that says how many it holds.

    Args:
        points: One row a package, by rising cap: loss_cap (empty: none), value_eur, initiatives, own_cap.
        words: The language.
        own_cap: The scenario's own loss cap; None: none.
        of: How many initiatives there are.
    """
    steps = points.filter(pl.col("loss_cap").is_not_null()).unique("value_eur", keep="first", maintain_order=True)
    caps, values = steps["loss_cap"].to_list(), steps["value_eur"].to_list()
    end = _ROOM * max([*caps[1:], 0.0]) or max(own_cap or 0.0, 0.001)
    if own_cap is not None and own_cap <= 2 * end:
        end = max(end, 1.15 * own_cap)
    top = (1 + 3 * _AIR) * max([*values, 1.0])
    layout: PlotlyLayout = {
        "height": _HEIGHT,
        "separators": separators(words),
        "margin": {"l": 84, "r": 30, "t": 30, "b": 50},
        "xaxis": _cap_axis(end, words=words),
        "yaxis": money_axis(0.0, top, words=words) | {"range": [-_AIR * top, top]},
        "annotations": _own_note(own_cap, end, words=words),
        "shapes": _own_line(own_cap, end),
    }
    return Drawing(
        [
            _stairs([*caps, end], [*values, values[-1]]),
            _points(_apart(steps, end=end, top=top), words=words, of=of, end=end),
        ],
        layout,
    )


def _apart(steps: pl.DataFrame, *, end: float, top: float) -> pl.DataFrame:
    """Returns the packages that can be told apart in the figure: of those on top of each other the last, worth most."""
    kept: list[dict[str, Any]] = []
    for row in steps.to_dicts():
        near = kept and row["loss_cap"] - kept[-1]["loss_cap"] < _NEAR * end
        if near and row["value_eur"] - kept[-1]["value_eur"] < _NEAR * top:
            kept.pop()
        kept.append(row)
    return pl.DataFrame(kept, schema=steps.schema)


def _stairs(caps: list[float], values: list[float]) -> PlotlyLayout:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": caps,
        "y": values,
        "line": {"color": Colour.NEUTRAL.value, "width": 2, "shape": "hv"},
        "hoverinfo": "skip",
    }


def _points(packages: pl.DataFrame, *, words: Wording, of: int, end: float) -> PlotlyLayout:
    rows = packages.to_dicts()
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": packages["loss_cap"].to_list(),
        "y": packages["value_eur"].to_list(),
        "marker": {"color": Colour.GAIN.value, "size": 13},
        "text": [_label(row, words=words, of=of) for row in rows],
        "textposition": ["top right" if row["loss_cap"] < _RIGHT * end else "top left" for row in rows],
        "cliponaxis": False,
        "hovertext": [_hover(row, words=words) for row in rows],
        "hoverinfo": "text",
    }


def _label(row: dict[str, Any], *, words: Wording, of: int) -> str:
    """Returns how many initiatives a package holds and what it is worth: two packages of as many are told apart."""
    value = words.numbers.money(row["value_eur"], digits=3)
    return words.text("deal.frontier_point", number=row["initiatives"], of=of, value=value)


def _hover(row: dict[str, Any], *, words: Wording) -> str:
    value, cap = words.numbers.money(row["value_eur"], digits=3), words.numbers.share(row["loss_cap"])
    return words.text("deal.frontier_hover", value=value, cap=cap)


def _cap_axis(end: float, *, words: Wording) -> PlotlyLayout:
    values = ticks(0.0, end, most=_TICKS)
    return {
        "range": [-0.02 * end, 1.04 * end],
        "tickvals": values,
        "ticktext": [words.numbers.share(value) if value else "0" for value in values],
        "tickangle": 0,
        "title": {"text": words.text("deal.frontier_axis")},
    }


def _own_line(own_cap: float | None, end: float) -> list[PlotlyLayout]:
    if own_cap is None or own_cap > end:
        return []
    line = {"color": Colour.BASELINE.value, "width": 1.5, "dash": "dot"}
    return [{"type": "line", "x0": own_cap, "x1": own_cap, "y0": 0, "y1": 1, "yref": "paper", "line": line}]


def _own_note(own_cap: float | None, end: float, *, words: Wording) -> list[PlotlyLayout]:
    """Returns what the scenario's own cap is: at its line, or at the right edge where it lies further out."""
    if own_cap is None:
        return []
    key = "deal.frontier_own" if own_cap <= end else "deal.frontier_own_beyond"
    text = words.text(key, cap=words.numbers.rate(own_cap))
    place = {"x": min(own_cap, end), "xref": "x", "xanchor": "center" if own_cap < 0.8 * end else "right"}
    return [place | {"y": 1, "yref": "paper", "yanchor": "bottom", "text": text}]
