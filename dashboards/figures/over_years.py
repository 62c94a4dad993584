"""One party's money over the years: the result each year with its band, and costs that stay behind and run off."""

import polars as pl

from dashboards.figures.canvas import extent, money_axis, separators, whisker
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour, colour_of
from dashboards.words.wording import Wording

_HEIGHT = 250
_MARGIN = {"l": 92, "r": 16, "t": 22, "b": 28}
_STRANDED_AREA, _SAVED_AREA = "rgba(213,94,0,0.30)", "rgba(107,114,128,0.18)"


def result_by_year(years: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns one bar a year, up for a gain and down for a loss, with its p10-p90 whisker.

    Args:
        years: One row a year: year, mean, p10, p90 (euro).
        words: The language.
    """
    values, low, high = (years[name].to_list() for name in ("mean", "p10", "p90"))
    bands = zip(low, high, strict=True)
    bars = {
        "type": "bar",
        "x": years["year"].to_list(),
        "y": values,
        "marker": {"color": [colour_of(value).value for value in values]},
        "error_y": whisker(values, low, high),
        "hovertext": [words.numbers.money_between(*band) for band in bands],
        "hoverinfo": "text",
        "width": 0.62,
    }
    layout = _layout(words, years=years["year"].to_list())
    layout["yaxis"] = money_axis(*extent([*values, *low, *high]), words=words)
    return Drawing([bars], layout)


def run_off(years: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns the cost of the care that left: what stays behind as an area, on top of it what was saved.

    Args:
        years: One row a year: year, stranded, stranded_p10, stranded_p90, avoided (euro, positive).
        words: The language.
    """
    stranded, low, high = (years[name].to_list() for name in ("stranded", "stranded_p10", "stranded_p90"))
    whole = (years["stranded"] + years["avoided"]).to_list()
    area = {
        "type": "scatter",
        "x": years["year"].to_list(),
        "y": stranded,
        "mode": "lines+markers",
        "fill": "tozeroy",
        "fillcolor": _STRANDED_AREA,
        "line": {"color": Colour.LOSS.value, "width": 3},
        "marker": {"size": 6},
        "error_y": whisker(stranded, low, high),
        "hovertext": [words.numbers.money(value) for value in stranded],
        "hoverinfo": "text",
    }
    saved = {
        "type": "scatter",
        "x": years["year"].to_list(),
        "y": whole,
        "mode": "lines",
        "fill": "tonexty",
        "fillcolor": _SAVED_AREA,
        "line": {"color": Colour.NEUTRAL.value, "width": 1.5},
        "hoverinfo": "skip",
    }
    layout = _layout(words, years=years["year"].to_list())
    layout["yaxis"] = money_axis(0.0, max([*whole, *high, 1.0]), words=words)
    layout["annotations"] = _direct_labels(years, words=words)
    return Drawing([area, saved], layout)


def _layout(words: Wording, *, years: list[int]) -> PlotlyLayout:
    return {
        "height": _HEIGHT,
        "separators": separators(words),
        "margin": _MARGIN,
        "xaxis": {"tickvals": years, "zeroline": False},
    }


def _direct_labels(years: pl.DataFrame, *, words: Wording) -> list[PlotlyLayout]:
    """Returns beside each area what it is, where it is widest."""
    found = []
    for name, base in (("stranded", pl.lit(0.0)), ("avoided", pl.col("stranded"))):
        widest = years.select("year", width=name, middle=pl.col(name) / 2 + base).sort("width").row(-1, named=True)
        if widest["width"] > 0:
            text = f"<b>{words.text(f'figures.{name}')}</b>"
            place = {"x": widest["year"], "y": widest["middle"], "xref": "x", "xanchor": "center"}
            found.append({**place, "text": text, "bgcolor": Colour.PAPER.value, "opacity": 0.9, "borderpad": 2})
    return found
