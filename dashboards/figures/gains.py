"""Who loses, who gains: diverging bars, one row a party, with the band of the draws and the party's own margin."""

from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl

from dashboards.figures.canvas import (
    DETAIL_LETTERS,
    RowLabel,
    extent,
    money_axis,
    row_layout,
    shortened,
    whisker,
)
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour, colour_of
from dashboards.words.wording import Wording

Row = Mapping[str, Any]
_RIGHT = 106
_MARGIN_STRETCH = 1.5  # a margin further out than this, against the longest bar, would only shrink the bars


def gains_and_losses(rows: pl.DataFrame, *, words: Wording, per: str = "per_year") -> Drawing:
    """Returns bars to the left for losses and to the right for gains.

    Args:
        rows: One row a party, in the order shown: the columns of `Findings.shown`.
        words: The language.
        per: What the axis counts: `per_year` (an annual equivalent) or `in_year`.
    """
    low, high = extent([*rows["value_eur"], *rows["low_eur"], *rows["high_eur"]])
    margins = _margins(rows, reach=_MARGIN_STRETCH * max(-low, high))
    traces = [_bars(rows, words=words), _whiskers(rows), _margin_ticks(margins, words=words)]
    low = min([low, *(x for x, _ in margins)])
    layout = row_layout([_label(party, words=words) for party in rows.to_dicts()], words=words, right=_RIGHT)
    layout["xaxis"] = money_axis(low, high, words=words, title=f"figures.{per}")
    return Drawing([trace for trace in traces if trace["y"]], layout)


def _bars(rows: pl.DataFrame, *, words: Wording) -> PlotlyLayout:
    parties = rows.to_dicts()
    return {
        "type": "bar",
        "orientation": "h",
        "x": rows["value_eur"].to_list(),
        "y": list(range(rows.height)),
        "marker": {"color": [colour_of(party["value_eur"], stance=party["stance"]).value for party in parties]},
        "hovertext": [_hover(party, words=words) for party in parties],
        "hoverinfo": "text",
    }


def _whiskers(rows: pl.DataFrame) -> PlotlyLayout:
    """Returns the p10-p90 band of the rows that have one; a sum of parties has none."""
    banded = rows.with_row_index("place").filter(pl.col("high_eur") > pl.col("low_eur"))
    values = banded["value_eur"].to_list()
    return {
        "type": "scatter",
        "x": values,
        "y": banded["place"].to_list(),
        "mode": "markers",
        "marker": {"opacity": 0},
        "hoverinfo": "skip",
        "error_x": whisker(values, banded["low_eur"].to_list(), banded["high_eur"].to_list()),
    }


def _margins(rows: pl.DataFrame, *, reach: float) -> list[tuple[float, int]]:
    """Returns where a loss would eat the party's whole yearly margin, for the rows where that fits the figure."""
    places = enumerate(rows["margin_eur"])
    return [(-margin, place) for place, margin in places if margin is not None and 0 < margin <= reach]


def _margin_ticks(margins: list[tuple[float, int]], *, words: Wording) -> PlotlyLayout:
    return {
        "type": "scatter",
        "x": [x for x, _ in margins],
        "y": [y for _, y in margins],
        "mode": "markers",
        "marker": {"symbol": "line-ns-open", "size": 22, "color": Colour.INK.value, "line": {"width": 2.5}},
        "hovertext": [words.text("figures.margin", margin=words.numbers.money(-x)) for x, _ in margins],
        "hoverinfo": "text",
    }


def _label(party: Row, *, words: Wording) -> RowLabel:
    numbers = words.numbers
    low, high, size, share = (party[name] for name in ("low_eur", "high_eur", "size_eur", "share"))
    spread = high - low if low is not None and high is not None else None
    worth = numbers.money(size, digits=3) if size else words.text("figures.no_size")
    kind = shortened(party["kind_name"], DETAIL_LETTERS - len(worth) - 3)
    return RowLabel(
        name=party["name"],
        detail=" · ".join(filter(None, (kind, worth))),
        value=numbers.money(party["value_eur"], spread=spread, signed=True),
        more=numbers.share(share, signed=True) if share is not None else "",
    )


def _hover(party: Row, *, words: Wording) -> str:
    """Returns the whole name, which a row may have cut, and the band."""
    name = escape(party["name"])
    if party["low_eur"] is None:
        return name
    band = words.numbers.money_between(party["low_eur"], party["high_eur"])
    return f"<b>{name}</b><br>{words.text('figures.band', band=band)}"
