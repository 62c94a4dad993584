"""The deal drawn: the room between what losers need and gainers can give, and what each rule leaves whom with."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

from dashboards.figures.canvas import (
    ROW_HEIGHT,
    axis_name,
    money_axis,
    padded,
    panel_axes,
    separators,
    wrapped,
)
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour, colour_of
from dashboards.words.wording import Wording

Row = dict[str, Any]
_CASE_HEIGHT, _CASES_FOOT, _CASES_LEFT, _CASES_RIGHT = 72, 50, 150, 128
_RANGE_WIDTH = 12
_HALF_EURO = 0.5
_WHOLE_FROM = 100  # a bar's figure from here on has no decimals
_LEFT, _TOP, _FOOT, _GAP = 236, 58, 34, 0.018
_TITLE_LETTERS, _NAME_LETTERS = 16, 24
_ROOM_FOR_VALUES = 0.6  # of the longest bar, at both ends: there its figure stands


@dataclass(frozen=True)
class RulePanel:
    """One rule of the figure: its id, its name, and whether it is the scenario's own."""

    rule: str
    name: str
    is_chosen: bool


def zone_of_agreement(cases: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns one range a case, from what the losers need to what the gainers can give.

    A gainers' mark to the right of the losers' is room to agree; to the left of it, what is short.

    Args:
        cases: One row a case in the order shown: case (its name), need, ability, short (euro).
        words: The language.
    """
    rows = cases.to_dicts()
    top = max([1.0, *cases["need"], *cases["ability"]])
    axis = money_axis(0.0, top, words=words, title="deal.zone_axis")
    axis |= {"range": [-0.04 * top, 1.08 * top], "zeroline": True}
    layout: PlotlyLayout = {
        "height": _CASE_HEIGHT * len(rows) + _CASES_FOOT,
        "separators": separators(words),
        "margin": {"l": _CASES_LEFT, "r": _CASES_RIGHT, "t": 2, "b": _CASES_FOOT - 2},
        "xaxis": axis,
        "yaxis": {"range": [len(rows) - 0.5, -0.5], "visible": False},
        "annotations": [note for place, row in enumerate(rows) for note in _case_notes(row, place, words=words)],
    }
    ranges = [_range(row, place) for place, row in enumerate(rows)]
    marks = [
        _marks(rows, side, words=words, middle=top / 2)
        for side in (("need", Colour.LOSS, "bottom"), ("ability", Colour.GAIN, "top"))
    ]
    return Drawing([*ranges, *marks], layout)


def rules_side_by_side(rows: pl.DataFrame, panels: Sequence[RulePanel], *, words: Wording) -> Drawing:
    """Returns one panel a rule: bars to the left for who ends below no agreement, to the right for who gains.

    Args:
        rows: One row a rule and row of parties: the columns of `Deals.rule_rows`.
        panels: The rules, in the order shown.
        words: The language.
    """
    names = rows.select("place", "row_name").unique(maintain_order=True).sort("place")["row_name"].to_list()
    longest = max([1.0, *(abs(value) for value in rows["after_eur"])])
    low, high = padded(min([0.0, *rows["after_eur"]]), max([0.0, *rows["after_eur"]]), by=_ROOM_FOR_VALUES)
    scale = {"range": [low if low < 0 else -0.1 * longest, high if high > 0 else 0.1 * longest]}
    layout: PlotlyLayout = {
        "height": _TOP + ROW_HEIGHT * len(names) + _FOOT,
        "separators": separators(words),
        "margin": {"l": _LEFT, "r": 10, "t": _TOP, "b": _FOOT},
        "bargap": 0.45,
        "annotations": [
            *(_party_name(name, place) for place, name in enumerate(names)),
            *(_panel_title(panel, place, words=words) for place, panel in enumerate(panels)),
        ],
    }
    for place in range(len(panels)):
        across, up = panel_axes(place, len(panels), gap=_GAP)
        layout[f"xaxis{axis_name(place)}"] = across | scale | {"showticklabels": False, "zeroline": True}
        layout[f"yaxis{axis_name(place)}"] = up | {"range": [len(names) - 0.5, -0.5], "visible": False}
    unit = money_axis(low, high, words=words)["title"]["text"]
    layout["xaxis"] |= {"title": {"text": words.text("deal.rules_axis", unit=unit)}}
    bars = [
        _bars(rows.filter(pl.col("rule") == panel.rule), place, words=words, unit=_unit(low, high))
        for place, panel in enumerate(panels)
    ]
    return Drawing(bars, layout)


# --- the zone of agreement --------------------------------------------------------------------------------------------


def _range(row: Row, place: int) -> PlotlyLayout:
    colour = Colour.SHORTAGE if row["short"] >= _HALF_EURO else Colour.FREED
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [row["need"], row["ability"]],
        "y": [place, place],
        "line": {"color": colour.value, "width": _RANGE_WIDTH},
        "hoverinfo": "skip",
    }


def _marks(rows: list[Row], side: tuple[str, Colour, str], *, words: Wording, middle: float) -> PlotlyLayout:
    """Returns the marks of one side with their amounts, needs under the line and abilities above it."""
    name, colour, edge = side
    amounts = [row[name] for row in rows]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": amounts,
        "y": list(range(len(rows))),
        "marker": {"color": colour.value, "size": 15, "symbol": "diamond" if name == "need" else "circle"},
        "text": [words.text(f"deal.zone_{name}", value=words.numbers.money(amount, digits=3)) for amount in amounts],
        "textposition": [f"{edge} {'right' if amount < middle else 'left'}" for amount in amounts],
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def _case_notes(row: Row, place: int, *, words: Wording) -> list[PlotlyLayout]:
    is_short = row["short"] >= _HALF_EURO
    amount = words.numbers.money(row["short"] if is_short else row["ability"] - row["need"], digits=3)
    verdict = words.text("deal.zone_short" if is_short else "deal.zone_room")
    name = {"x": 0, "xshift": -_CASES_LEFT, "y": place, "text": f"<b>{wrapped(row['case'], 18)}</b>"}
    return [name, {"x": 1, "xshift": 8, "y": place, "text": f"<b>{escape(amount)}</b><br>{escape(verdict)}"}]


# --- the rules side by side -------------------------------------------------------------------------------------------


def _bars(rows: pl.DataFrame, place: int, *, words: Wording, unit: float) -> PlotlyLayout:
    name = axis_name(place)
    after = rows["after_eur"].to_list()
    return {
        "type": "bar",
        "orientation": "h",
        "x": after,
        "y": list(range(rows.height)),
        "xaxis": f"x{name}",
        "yaxis": f"y{name}",
        "marker": {"color": [colour_of(value if abs(value) >= _HALF_EURO else None).value for value in after]},
        "text": [_figure(value, unit, words=words) for value in after],
        "textposition": "outside",
        "textangle": 0,
        "cliponaxis": False,
        "hovertext": [_hover(row, words=words) for row in rows.to_dicts()],
        "hoverinfo": "text",
    }


def _unit(low: float, high: float) -> float:
    return next(size for size in (1e6, 1e3, 1.0) if max(-low, high) >= size or size == 1.0)


def _figure(value: float, unit: float, *, words: Wording) -> str:
    scaled = value / unit
    decimals = 0 if unit == 1 or abs(scaled) >= _WHOLE_FROM else 2 if abs(scaled) < 1 else 1
    text = words.numbers.number(scaled, decimals=decimals, signed=True)
    return text if abs(value) >= _HALF_EURO and float(f"{scaled:.{decimals}f}") else "0"


def _hover(row: Row, *, words: Wording) -> str:
    money = words.numbers.money
    return f"<b>{escape(row['row_name'])}</b><br>" + escape(
        words.text(
            "deal.rules_hover",
            before=money(row["before_eur"], digits=3, signed=True),
            payment=money(row["payment_eur"], digits=3, signed=True),
            after=money(row["after_eur"], digits=3, signed=True),
        )
    )


def _party_name(name: str, place: int) -> PlotlyLayout:
    text = f"<b>{wrapped(name, _NAME_LETTERS)}</b>"
    return {"x": 0, "xshift": -_LEFT, "y": place, "text": text}


def _panel_title(panel: RulePanel, place: int, *, words: Wording) -> PlotlyLayout:
    """Returns a rule's name over its panel, the scenario's own marked."""
    own = f"<br><b>{escape(words.text('deal.rules_own'))}</b>" if panel.is_chosen else ""
    return {
        "x": 0,
        "xref": f"x{axis_name(place)} domain",
        "y": 1,
        "yref": "paper",
        "yanchor": "bottom",
        "text": wrapped(panel.name, _TITLE_LETTERS) + own,
    }
