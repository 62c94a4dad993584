"""The figures of *What if*: the present setting, with a diamond where the scenario stands as filed."""

from collections.abc import Sequence

import polars as pl

from dashboards.figures.canvas import extent, money_axis
from dashboards.figures.capacity import capacity_bullets
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.gains import gains_and_losses
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

_ROOM = 0.06


def gains_and_filed(rows: pl.DataFrame, *, filed: Sequence[float | None], words: Wording) -> Drawing:
    """Returns the diverging bars of gain and loss, with what was filed.

    Args:
        rows: As of `gains_and_losses`.
        filed: What each row is as filed, in euro; None where it is not known.
        words: The language.
    """
    drawing = gains_and_losses(rows, words=words)
    shown = drawing.about["xaxis"]["range"]
    low, high = extent([*filed])
    axis = drawing.about["xaxis"]
    if low < shown[0] or high > shown[1]:
        axis = money_axis(min(low, shown[0]), max(high, shown[1]), words=words, title="figures.per_year")
    told = [words.text("what_if.as_filed", value=words.numbers.money(value, signed=True)) for value in filed]
    return Drawing([*drawing.traces, _diamonds(filed, told)], {**drawing.about, "xaxis": axis})


def hands_and_filed(rows: pl.DataFrame, *, filed: Sequence[float | None], words: Wording) -> Drawing:
    """Returns the bullets of needed against usable, with what was needed as filed.

    Args:
        rows: As of `capacity_bullets`.
        filed: What each row needed as filed, as a share of what was usable then; None where it is not known.
        words: The language.
    """
    drawing = capacity_bullets(rows, words=words)
    axis = drawing.about["xaxis"]
    start, end = axis["range"]
    known = [value for value in filed if value is not None]
    reach = [min([start, *(v - _ROOM * (end - start) for v in known)]), max([end, *known])]
    percent = words.numbers.percent
    told = [
        words.text(
            "what_if.as_filed", value=percent.format(number=words.numbers.number(100 * (value or 0), decimals=1))
        )
        for value in filed
    ]
    return Drawing([*drawing.traces, _diamonds(filed, told)], {**drawing.about, "xaxis": {**axis, "range": reach}})


def _diamonds(values: Sequence[float | None], told: Sequence[str]) -> PlotlyLayout:
    """Returns an open diamond a row, at the value as filed."""
    ink = Colour.INK.value
    return {
        "type": "scatter",
        "x": list(values),
        "y": list(range(len(values))),
        "mode": "markers",
        "marker": {"symbol": "diamond-open", "size": 12, "color": ink, "line": {"width": 2, "color": ink}},
        "hovertext": list(told),
        "hoverinfo": "text",
    }
