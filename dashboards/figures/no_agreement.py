"""Without an agreement: small lines, one panel a party, all on one scale of the party's own size."""

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboards.figures.canvas import extent, padded, separators, ticks, wrapped
from dashboards.theme import Colour
from dashboards.wording import Wording

_HEIGHT = 156


def small_lines(years: pl.DataFrame, *, words: Wording) -> go.Figure:
    """Returns dotted black lines from the base year on: the change of the result as a share of the party's size.

    Args:
        years: One row a party and year: name, year, share, change_eur, in the order shown.
        words: The language.
    """
    panels = years.partition_by("name", maintain_order=True)
    count = max(1, len(panels))
    figure = make_subplots(rows=1, cols=count, shared_yaxes=True, horizontal_spacing=0.03)
    for place, panel in enumerate(panels, start=1):
        _add_panel(figure, panel.sort("year"), place=place, words=words)
    low, high = padded(*extent(years["share"].to_list(), otherwise=lambda: 0.01), by=0.25)
    values = ticks(low, high, most=3)
    figure.update_yaxes(
        range=[low, high],
        tickvals=values,
        ticktext=[words.numbers.share(value, signed=True) if value else "0" for value in values],
        zeroline=True,
        zerolinecolor=Colour.LINE.value,
    )
    figure.update_layout(height=_HEIGHT, separators=separators(words), margin={"l": 58, "r": 12, "t": 42, "b": 46})
    return figure


def _add_panel(figure: go.Figure, panel: pl.DataFrame, *, place: int, words: Wording) -> None:
    years = panel["year"].to_list()
    last = panel.row(-1, named=True)
    figure.add_scatter(
        x=years,
        y=panel["share"].to_list(),
        mode="lines",
        line={"color": Colour.BASELINE.value, "dash": "dot", "width": 2.5},
        hovertext=[
            f"{row['year']}: {words.numbers.money(row['change_eur'], signed=True)}"
            f" ({words.numbers.share(row['share'], signed=True)})"
            for row in panel.iter_rows(named=True)
        ],
        hoverinfo="text",
        row=1,
        col=place,
    )
    figure.update_xaxes(tickvals=[years[0], years[-1]], range=[years[0] - 1.2, years[-1] + 1.2], row=1, col=place)
    suffix = "" if place == 1 else str(place)
    both = f"{words.numbers.money(last['change_eur'], signed=True)} · {words.numbers.share(last['share'], signed=True)}"
    common = {
        "xref": f"x{suffix} domain",
        "yref": f"y{suffix} domain",
        "x": 0.5,
        "xanchor": "center",
        "align": "center",
    }
    figure.add_annotation(text=f"<b>{wrapped(last['name'], 18)}</b>", y=1, yanchor="bottom", yshift=2, **common)
    figure.add_annotation(text=both, y=0, yanchor="top", yshift=-22, **common)
