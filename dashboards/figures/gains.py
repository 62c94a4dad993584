"""Who loses, who gains: diverging bars, one row a party, with the band of the draws and the party's own margin."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from dashboards.figures.canvas import DETAIL_LETTERS, RowLabel, extent, money_axis, row_figure, shortened
from dashboards.theme import Colour, colour_of
from dashboards.wording import Wording

Row = Mapping[str, Any]
_RIGHT = 106
_MARGIN_STRETCH = 1.5  # a margin further out than this, against the longest bar, would only shrink the bars


def gains_and_losses(rows: pl.DataFrame, *, words: Wording, per: str = "per_year") -> go.Figure:
    """Returns bars to the left for losses and to the right for gains.

    Args:
        rows: One row a party, in the order shown: the columns of `Findings.shown`.
        words: The language.
        per: What the axis counts: `per_year` (an annual equivalent) or `in_year`.
    """
    parties = rows.to_dicts()
    figure = row_figure([_label(party, words=words) for party in parties], words=words, right=_RIGHT)
    figure.add_bar(
        orientation="h",
        x=rows["value_eur"].to_list(),
        y=list(range(rows.height)),
        marker={"color": [colour_of(party["value_eur"], stance=party["stance"]).value for party in parties]},
        hovertext=[_hover(party, words=words) for party in parties],
        hoverinfo="text",
    )
    _add_whiskers(figure, rows)
    low, high = extent([*rows["value_eur"], *rows["low_eur"], *rows["high_eur"]])
    margins = _margins(rows, reach=_MARGIN_STRETCH * max(-low, high))
    _add_margins(figure, margins, words=words)
    low = min([low, *(x for x, _ in margins)])
    money_axis(figure, low, high, words=words, title=f"figures.{per}")
    return figure


def _label(party: Row, *, words: Wording) -> RowLabel:
    numbers = words.numbers
    value, low, high = (party[name] for name in ("value_eur", "low_eur", "high_eur"))
    spread = high - low if low is not None and high is not None else None
    size = party["size_eur"]
    worth = numbers.money(size, digits=3) if size else words.text("figures.no_size")
    kind = shortened(party["kind_name"], DETAIL_LETTERS - len(worth) - 3) if party["members"] == 1 else ""
    return RowLabel(
        name=party["name"],
        detail=" · ".join(filter(None, (kind, worth))),
        value=numbers.money(value, spread=spread, signed=True),
        more=numbers.share(party["share"], signed=True) if party["share"] is not None else "",
    )


def _add_whiskers(figure: go.Figure, rows: pl.DataFrame) -> None:
    """Adds the p10-p90 band of the rows that have one; a sum of parties has none."""
    banded = rows.with_row_index("place").filter(pl.col("high_eur") > pl.col("low_eur"))
    if not banded.height:
        return
    figure.add_scatter(
        x=banded["value_eur"].to_list(),
        y=banded["place"].to_list(),
        mode="markers",
        marker={"opacity": 0},
        hoverinfo="skip",
        error_x={
            "type": "data",
            "array": (banded["high_eur"] - banded["value_eur"]).clip(lower_bound=0.0).to_list(),
            "arrayminus": (banded["value_eur"] - banded["low_eur"]).clip(lower_bound=0.0).to_list(),
        },
    )


def _margins(rows: pl.DataFrame, *, reach: float) -> list[tuple[float, int]]:
    """Returns where a loss would eat the party's whole yearly margin, for the rows where that fits the figure."""
    places = enumerate(rows["margin_eur"])
    return [(-margin, place) for place, margin in places if margin is not None and 0 < margin <= reach]


def _add_margins(figure: go.Figure, margins: list[tuple[float, int]], *, words: Wording) -> None:
    if not margins:
        return
    figure.add_scatter(
        x=[x for x, _ in margins],
        y=[y for _, y in margins],
        mode="markers",
        marker={"symbol": "line-ns-open", "size": 22, "color": Colour.INK.value, "line": {"width": 2.5}},
        hovertext=[words.text("figures.margin", margin=words.numbers.money(-x)) for x, _ in margins],
        hoverinfo="text",
    )


def _hover(party: Row, *, words: Wording) -> str:
    label = _label(party, words=words)
    lines = [f"<b>{label.name}</b>", label.detail, f"{label.value} ({label.more})" if label.more else label.value]
    if party["low_eur"] is not None:
        band = words.numbers.money_between(party["low_eur"], party["high_eur"])
        lines.append(words.text("figures.band", band=band))
    return "<br>".join(lines)
