"""The figures of *What if*: the present setting, with a diamond where the scenario stands as filed."""

from collections.abc import Sequence

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.canvas import extent, money_axis
from dashboards.figures.capacity import capacity_bullets
from dashboards.figures.gains import gains_and_losses
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

_ROOM = 0.06


def gains_and_filed(rows: pl.DataFrame, *, filed: Sequence[float | None], words: Wording) -> go.Figure:
    """Returns the diverging bars of gain and loss, with what was filed.

    Args:
        rows: As of `gains_and_losses`.
        filed: What each row is as filed, in euro; None where it is not known.
        words: The language.
    """
    figure = gains_and_losses(rows, words=words)
    shown = figure.layout.xaxis.range or (0.0, 1.0)
    low, high = extent([*filed])
    if low < shown[0] or high > shown[1]:
        figure.layout.xaxis = money_axis(min(low, shown[0]), max(high, shown[1]), words=words, title="figures.per_year")
    told = [words.text("what_if.as_filed", value=words.numbers.money(value, signed=True)) for value in filed]
    figure.add_trace(_diamonds(filed, told))
    return figure


def hands_and_filed(rows: pl.DataFrame, *, filed: Sequence[float | None], words: Wording) -> go.Figure:
    """Returns the bullets of needed against usable, with what was needed as filed.

    Args:
        rows: As of `capacity_bullets`.
        filed: What each row needed as filed, as a share of what was usable then; None where it is not known.
        words: The language.
    """
    figure = capacity_bullets(rows, words=words)
    start, end = figure.layout.xaxis.range
    known = [value for value in filed if value is not None]
    figure.layout.xaxis.range = [min([start, *(v - _ROOM * (end - start) for v in known)]), max([end, *known])]
    percent = words.numbers.percent
    told = [
        words.text(
            "what_if.as_filed", value=percent.format(number=words.numbers.number(100 * (value or 0), decimals=1))
        )
        for value in filed
    ]
    figure.add_trace(_diamonds(filed, told))
    return figure


def _diamonds(values: Sequence[float | None], told: Sequence[str]) -> go.Scatter:
    """Returns an open diamond a row, at the value as filed."""
    return go.Scatter(
        x=list(values),
        y=list(range(len(values))),
        mode="markers",
        marker={
            "symbol": "diamond-open",
            "size": 12,
            "color": Colour.INK.value,
            "line": {"width": 2, "color": Colour.INK.value},
        },
        hovertext=list(told),
        hoverinfo="text",
    )
