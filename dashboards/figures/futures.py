"""Two futures beside each other: the result with and without an agreement, on one axis, against the same base year.

What belongs here: two lines a panel that share a zero. Without an agreement is the dotted black line everywhere; with
an agreement the drawn one, in the colour of what the agreement changes by the last year.
"""

import polars as pl

from dashboards.figures.canvas import (
    axis_name,
    extent,
    money_axis,
    padded,
    panel_axes,
    separators,
    ticks,
    wrapped,
)
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour, colour_of
from dashboards.words.wording import Wording

_HEIGHT, _PANEL_HEIGHT = 250, 168
_MARGIN = {"l": 64, "r": 132, "t": 16, "b": 28}
_PANEL_MARGIN = {"l": 58, "r": 12, "t": 42, "b": 62}
_PANEL_LETTERS = 18
_GAP = 0.03
_BAND = "rgba(107,114,128,0.25)"
_APART = 0.2  # of the height: labels nearer to each other than this would be one on top of the other
_ENDS = ("without", "with")
_DRAWN = ("without_share", "with_share", "with_low_share", "with_high_share")


def two_futures(years: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns both futures of one party in euro, each named at the end of its line.

    Args:
        years: One row a year, ascending: year, without_eur, with_eur (change of the result against the base year).
        words: The language.
    """
    axis = money_axis(*extent([*years["without_eur"], *years["with_eur"]]), words=words)
    first, last = years["year"][0], years["year"][-1]
    layout = {
        "height": _HEIGHT,
        "separators": separators(words),
        "margin": _MARGIN,
        "xaxis": {"tickvals": years["year"].to_list(), "zeroline": False, "range": [first - 0.4, last + 0.2]},
        "yaxis": axis,
        "annotations": _ends(years, axis, words=words),
    }
    return Drawing(_lines(years, place=0, words=words, measure="eur"), layout)


def small_futures(years: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns both futures of several parties as panels on one scale: as a share of each party's own size.

    Args:
        years: One row a party and year, ascending: name, year, without_eur, with_eur, without_share, with_share,
            and the ends of the band of the latter, with_low_share and with_high_share.
        words: The language.
    """
    panels = years.partition_by("name", maintain_order=True)
    notes = [note for place, panel in enumerate(panels) for note in _panel_notes(panel, place, words=words)]
    layout = {
        "height": _PANEL_HEIGHT,
        "separators": separators(words),
        "margin": _PANEL_MARGIN,
        "annotations": notes,
    }
    scale = _share_scale(years, words=words)
    for place, panel in enumerate(panels):
        across, up = panel_axes(place, len(panels), gap=_GAP)
        first, last = panel["year"][0], panel["year"][-1]
        name = axis_name(place)
        layout[f"xaxis{name}"] = {**across, "tickvals": [first, last], "range": [first - 1.2, last + 1.2]}
        layout[f"yaxis{name}"] = {**up, **scale, "showticklabels": place == 0}
    drawn = [
        line
        for place, panel in enumerate(panels)
        for line in (*_band(panel, place=place), *_lines(panel, place=place, words=words, measure="share"))
    ]
    return Drawing(drawn, layout)


def _lines(years: pl.DataFrame, *, place: int, words: Wording, measure: str) -> list[PlotlyLayout]:
    """Returns the dotted line without and the drawn one with an agreement."""
    name = axis_name(place)
    made = {
        "without": {"color": Colour.BASELINE.value, "dash": "dot", "width": 2.5},
        "with": {"color": _colour(years), "width": 3},
    }
    return [
        {
            "type": "scatter",
            "x": years["year"].to_list(),
            "y": years[f"{end}_{measure}"].to_list(),
            "mode": "lines",
            "line": made[end],
            "hovertext": [words.numbers.money(value, signed=True) for value in years[f"{end}_eur"]],
            "hoverinfo": "x+text",
            "xaxis": f"x{name}",
            "yaxis": f"y{name}",
        }
        for end in _ENDS
    ]


def _band(years: pl.DataFrame, *, place: int) -> list[PlotlyLayout]:
    """Returns where the line with an agreement lies in 8 of 10 draws; nothing where it was computed once."""
    low, high = years["with_low_share"], years["with_high_share"]
    if (high - low).max() == 0:
        return []
    name = axis_name(place)
    common = {"type": "scatter", "x": years["year"].to_list(), "mode": "lines", "line": {"width": 0},
              "hoverinfo": "skip", "xaxis": f"x{name}", "yaxis": f"y{name}"}  # fmt: skip
    return [
        {**common, "y": low.to_list()},
        {**common, "y": high.to_list(), "fill": "tonexty", "fillcolor": _BAND},
    ]


def _colour(years: pl.DataFrame) -> str:
    return colour_of(years["with_eur"][-1] - years["without_eur"][-1]).value


def _ends(years: pl.DataFrame, axis: PlotlyLayout, *, words: Wording) -> list[PlotlyLayout]:
    """Returns the name and the last value of each line at its end, kept apart where the lines end together."""
    low, high = axis["range"]
    last = years.row(-1, named=True)
    ends = sorted(_ENDS, key=lambda end: last[f"{end}_eur"])
    lower, upper = ((last[f"{end}_eur"] - low) / (high - low) for end in ends)
    missing = max(0.0, _APART - (upper - lower)) / 2
    lower = min(max(0.0, lower - missing), 1 - _APART)
    middles = (lower, max(lower + _APART, upper + missing))
    return [
        {
            "x": 1,
            "xshift": 6,
            "y": middle,
            "yref": "paper",
            "text": f"<b>{words.text(f'futures.{end}')}</b><br>{words.numbers.money(last[f'{end}_eur'], signed=True)}",
            "font": {"color": _colour(years) if end == "with" else Colour.BASELINE.value},
        }
        for end, middle in zip(ends, middles, strict=True)
    ]


def _share_scale(years: pl.DataFrame, *, words: Wording) -> PlotlyLayout:
    """Returns the one vertical scale of all panels, zero in it."""
    low, high = padded(*extent([value for name in _DRAWN for value in years[name]], otherwise=0.01), by=0.25)
    values = ticks(low, high, most=3)
    return {
        "range": [low, high],
        "tickvals": values,
        "ticktext": [words.numbers.share(value, signed=True) if value else "0" for value in values],
        "zeroline": True,
        "zerolinecolor": Colour.LINE.value,
    }


def _panel_notes(panel: pl.DataFrame, place: int, *, words: Wording) -> list[PlotlyLayout]:
    """Returns the party above its lines, and below them where both end, in euro."""
    name, last = axis_name(place), panel.row(-1, named=True)
    money = words.numbers.money
    said = "<br>".join(
        f"{words.text(f'futures.{end}')} {money(last[f'{end}_eur'], signed=True)}" for end in reversed(_ENDS)
    )
    common = {"xref": f"x{name} domain", "yref": f"y{name} domain", "x": 0.5, "xanchor": "center", "align": "center"}
    title = {"text": f"<b>{wrapped(last['name'], _PANEL_LETTERS)}</b>", "y": 1, "yanchor": "bottom", "yshift": 2}
    return [{**common, **title}, {**common, "text": said, "y": 0, "yanchor": "top", "yshift": -20}]
