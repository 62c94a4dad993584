"""One party's money over the years: the result each year with its band, and costs that stay behind and run off."""

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.canvas import extent, money_axis, separators
from dashboards.theme import Colour, colour_of
from dashboards.wording import Wording

_HEIGHT = 250
_MARGIN = {"l": 92, "r": 16, "t": 22, "b": 28}


def result_by_year(years: pl.DataFrame, *, words: Wording) -> go.Figure:
    """Returns one bar a year, up for a gain and down for a loss, with its p10-p90 whisker.

    Args:
        years: One row a year: year, mean, p10, p90 (euro).
        words: The language.
    """
    values = years["mean"].to_list()
    low, high = extent([*values, *years["p10"], *years["p90"]])
    figure = _blank(words)
    figure.add_bar(
        x=years["year"].to_list(),
        y=values,
        marker={"color": [colour_of(value).value for value in values]},
        error_y={
            "type": "data",
            "array": (years["p90"] - years["mean"]).clip(lower_bound=0.0).to_list(),
            "arrayminus": (years["mean"] - years["p10"]).clip(lower_bound=0.0).to_list(),
        },
        hovertext=_hover(years, words=words),
        hoverinfo="text",
        width=0.62,
    )
    money_axis(figure, low, high, words=words, title="", axis="y")
    figure.update_xaxes(tickvals=years["year"].to_list(), showline=False, zeroline=False)
    return figure


def run_off(years: pl.DataFrame, *, words: Wording) -> go.Figure:
    """Returns the cost of the care that left: what stays behind as an area, on top of it what was saved.

    Args:
        years: One row a year: year, stranded, stranded_p10, stranded_p90, avoided (euro, positive).
        words: The language.
    """
    figure = _blank(words)
    x = years["year"].to_list()
    stranded, avoided = years["stranded"], years["avoided"]
    figure.add_scatter(
        x=x,
        y=stranded.to_list(),
        mode="lines+markers",
        fill="tozeroy",
        fillcolor="rgba(213,94,0,0.30)",
        line={"color": Colour.LOSS.value, "width": 3},
        marker={"size": 6},
        error_y={
            "type": "data",
            "array": (years["stranded_p90"] - stranded).clip(lower_bound=0.0).to_list(),
            "arrayminus": (stranded - years["stranded_p10"]).clip(lower_bound=0.0).to_list(),
        },
        hovertext=[f"{year}: {words.numbers.money(value)}" for year, value in zip(x, stranded, strict=True)],
        hoverinfo="text",
    )
    figure.add_scatter(
        x=x,
        y=(stranded + avoided).to_list(),
        mode="lines",
        fill="tonexty",
        fillcolor="rgba(107,114,128,0.18)",
        line={"color": Colour.NEUTRAL.value, "width": 1.5},
        hoverinfo="skip",
    )
    high = max([*(stranded + avoided), *years["stranded_p90"], 1.0])
    _direct_labels(figure, years, words=words)
    money_axis(figure, 0.0, high * 1.04, words=words, title="", axis="y")
    figure.update_xaxes(tickvals=x, zeroline=False)
    return figure


def _blank(words: Wording) -> go.Figure:
    return go.Figure(layout={"height": _HEIGHT, "separators": separators(words), "margin": _MARGIN})


def _hover(years: pl.DataFrame, *, words: Wording) -> list[str]:
    return [words.numbers.money_between(low, high) for low, high in zip(years["p10"], years["p90"], strict=True)]


def _direct_labels(figure: go.Figure, years: pl.DataFrame, *, words: Wording) -> None:
    """Writes beside each area what it is, where it is widest."""
    for name, base in (("stranded", 0.0), ("avoided", None)):
        widest = years.sort(name, descending=True).row(0, named=True)
        if widest[name] <= 0:
            continue
        middle = widest[name] / 2 + (widest["stranded"] if base is None else 0.0)
        figure.add_annotation(
            x=widest["year"],
            y=middle,
            xref="x",
            xanchor="center",
            text=f"<b>{words.text(f'figures.{name}')}</b>",
            bgcolor=Colour.PAPER.value,
            opacity=0.9,
            borderpad=2,
        )
