"""Without an agreement: small lines, one panel a party, all on one scale of the party's own size."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.canvas import PlotlyLayout, axis_name, extent, padded, panel_axes, separators, ticks, wrapped
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

_HEIGHT = 156
_LINE = 18  # what a name on one line in place of two saves
_WIDE, _NARROW = 28, 18  # letters of a name on one line, with few panels and with many
_FEW, _FITS = 3, 20  # panels, and letters of their names, that need one line only
_GAP = 0.03


def small_lines(years: pl.DataFrame, *, words: Wording) -> go.Figure:
    """Returns dotted black lines from the base year on: the change of the result as a share of the party's size.

    Args:
        years: One row a party and year: name, year, share, change_eur, in the order shown.
        words: The language.
    """
    panels = [panel.sort("year") for panel in years.partition_by("name", maintain_order=True)]
    is_short = all(len(name) <= _FITS for name in years["name"])
    saved = _LINE if len(panels) <= _FEW and is_short else 0
    layout = {
        "height": _HEIGHT - saved,
        "separators": separators(words),
        "margin": {"l": 58, "r": 12, "t": 42 - saved, "b": 46},
        "annotations": [
            note
            for place, panel in enumerate(panels)
            for note in _notes(panel, place, words=words, width=_WIDE if saved else _NARROW)
        ],
    }
    scale = _scale(years, words=words)
    for place, panel in enumerate(panels):
        across, up = panel_axes(place, len(panels), gap=_GAP)
        first, last = panel["year"][0], panel["year"][-1]
        name = axis_name(place)
        layout[f"xaxis{name}"] = {**across, "tickvals": [first, last], "range": [first - 1.2, last + 1.2]}
        layout[f"yaxis{name}"] = {**up, **scale} if place == 0 else {**up, **scale, "showticklabels": False}
    return go.Figure([_line(panel, place, words=words) for place, panel in enumerate(panels)], layout)


def _scale(years: pl.DataFrame, *, words: Wording) -> PlotlyLayout:
    """Returns the one vertical scale of all panels."""
    low, high = padded(*extent(years["share"].to_list(), otherwise=0.01), by=0.25)
    values = ticks(low, high, most=3)
    return {
        "range": [low, high],
        "tickvals": values,
        "ticktext": [words.numbers.share(value, signed=True) if value else "0" for value in values],
        "zeroline": True,
        "zerolinecolor": Colour.LINE.value,
    }


def _line(panel: pl.DataFrame, place: int, *, words: Wording) -> PlotlyLayout:
    name = axis_name(place)
    return {
        "type": "scatter",
        "x": panel["year"].to_list(),
        "y": panel["share"].to_list(),
        "mode": "lines",
        "line": {"color": Colour.BASELINE.value, "dash": "dot", "width": 2.5},
        "hovertext": [words.numbers.money(change, signed=True) for change in panel["change_eur"]],
        "hoverinfo": "x+text",
        "xaxis": f"x{name}",
        "yaxis": f"y{name}",
    }


def _notes(panel: pl.DataFrame, place: int, *, words: Wording, width: int) -> list[PlotlyLayout]:
    """Returns the party above its line, and below it where it ends: in euro and as a share."""
    name, last = axis_name(place), panel.row(-1, named=True)
    both = f"{words.numbers.money(last['change_eur'], signed=True)} · {words.numbers.share(last['share'], signed=True)}"
    common = {"xref": f"x{name} domain", "yref": f"y{name} domain", "x": 0.5, "xanchor": "center", "align": "center"}
    title = {"text": f"<b>{wrapped(last['name'], width)}</b>", "y": 1, "yanchor": "bottom", "yshift": 2}
    return [{**common, **title}, {**common, "text": both, "y": 0, "yanchor": "top", "yshift": -22}]
