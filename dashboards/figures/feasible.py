"""How much of each initiative fits: one bar an initiative, from nothing to all of it."""

import polars as pl

from dashboards.figures.canvas import RowLabel, row_layout
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

_RIGHT = 224
_HARDLY = 0.005
_TICKS = (0.0, 0.5, 1.0)


def feasible_shares(rows: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns one bar an initiative: what fits, and beside it what does not for want of hands or room.

    Args:
        rows: One row an initiative in the order shown: title, share (0 to 1), resource_name (what binds), tight, known.
        words: The language.
    """
    labels = [
        RowLabel(row["title"], "", fitting(row["share"], words=words), feasible_detail(row, words=words))
        for row in rows.to_dicts()
    ]
    layout = row_layout(labels, words=words, right=_RIGHT)
    layout["xaxis"] = {
        "range": [0, 1],
        "tickvals": list(_TICKS),
        "ticktext": [words.numbers.share(tick) for tick in _TICKS],
        "tickangle": 0,
        "title": {"text": words.text("feasible.axis")},
    }
    shares = rows["share"].to_list()
    fits = _bars(shares, base=[0.0] * len(shares), colour=Colour.NEUTRAL)
    short = _bars([1 - share for share in shares], base=shares, colour=Colour.SHORTAGE)
    return Drawing([fits, short], layout)


def fitting(share: float, *, words: Wording) -> str:
    """Returns a share that fits; nothing where there is none to speak of."""
    return words.numbers.share(share) if share >= _HARDLY else words.text("feasible.nothing")


def feasible_detail(row: dict[str, object], *, words: Wording) -> str:
    """Returns what binds, or that nothing does."""
    if row["resource_name"] is None:
        return words.text("feasible.nothing_binds")
    return words.text("feasible.binds", resource=row["resource_name"])


def _bars(lengths: list[float], *, base: list[float], colour: Colour) -> PlotlyLayout:
    return {
        "type": "bar",
        "orientation": "h",
        "x": lengths,
        "base": base,
        "y": list(range(len(lengths))),
        "marker": {"color": colour.value},
        "hoverinfo": "skip",
    }
