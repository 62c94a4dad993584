"""Is it happening: one bar an initiative, what really moved against what was agreed to move by then."""

from typing import Any

import polars as pl

from dashboards.figures.canvas import RowLabel, row_layout
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

_RIGHT = 190
_TICK = 0.5


def realised_against_agreed(rows: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns a grey bar for what was agreed to date, and over it a dark one for what really moved.

    Args:
        rows: One row an initiative: the columns of `Deals.progress`.
        words: The language.
    """
    labels = [progress_label(row, words=words) for row in rows.to_dicts()]
    shares = rows["share"].fill_null(0.0).to_list()
    end = max([1.0, *shares]) * 1.05
    layout = row_layout(labels, words=words, right=_RIGHT)
    ticks = [n * _TICK for n in range(int(end / _TICK) + 1)]
    layout["xaxis"] = {
        "range": [0, end],
        "tickvals": ticks,
        "ticktext": [words.numbers.share(tick) for tick in ticks],
        "tickangle": 0,
        "title": {"text": words.text("deal.progress_axis")},
    }
    behind = rows["material"].fill_null(value=False) & (rows["share"].fill_null(0.0) < 1)
    colours = [Colour.SHORTAGE.value if found else Colour.INK.value for found in behind]
    agreed = _bars([1.0] * rows.height, [Colour.SPACE.value] * rows.height, width=0.62)
    return Drawing([agreed, _bars(shares, colours, width=0.3)], layout)


def progress_label(row: dict[str, Any], *, words: Wording) -> RowLabel:
    """Returns the words of one initiative: what moved of what was agreed, and since when that is a material gap."""
    said = words.text("deal.progress_units", realised=_units(row["realised_to_date"], words=words),
                      agreed=_units(row["agreed_to_date"], words=words))  # fmt: skip
    more = words.text("deal.progress_on_plan")
    if row["material"]:
        more = words.text("deal.progress_since", date=words.numbers.day(row["material_since"]))
    return RowLabel(row["title"], "", said, more)


def _units(amount: float | None, *, words: Wording) -> str:
    return words.numbers.quantity(amount)


def _bars(lengths: list[float], colours: list[str], *, width: float) -> PlotlyLayout:
    return {
        "type": "bar",
        "orientation": "h",
        "x": lengths,
        "y": list(range(len(lengths))),
        "width": width,
        "marker": {"color": colours},
        "hoverinfo": "skip",
    }
