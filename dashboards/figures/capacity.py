"""Who lacks which hands: what is needed against what is there, without and with the agreement."""

import math
from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl

from dashboards.figures.canvas import (
    RowLabel,
    axis_name,
    padded,
    panel_axes,
    row_layout,
    separators,
    ticks,
    whisker,
    wrapped,
)
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording, capitalised

Row = Mapping[str, Any]
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_ALMOST_CERTAIN = 0.95
_LEFT, _LEFT_OWN, _RIGHT, _RIGHT_OWN = 244, 190, 200, 216
_LINES_HEIGHT = 230


def capacity_bullets(rows: pl.DataFrame, *, words: Wording, own: bool = False) -> Drawing:
    """Returns one row a provider and resource: what is needed against what is there.

    The band is what is there (100 %), the dotted line what is needed without an agreement, the dot what with it.

    Args:
        rows: Rows with a known load, in the order shown: the columns of `Findings.capacity`.
        words: The language.
        own: Whether all rows are of one provider, so that a row is named after its resource.
    """
    needs = rows.with_columns(
        before=pl.col("load_before") / pl.col("usable"),
        after=pl.col("load_after") / pl.col("usable"),
        low=pl.col("load_after_p10") / pl.col("usable"),
        high=pl.col("load_after_p90") / pl.col("usable"),
    )
    labels = [capacity_label(row, words=words, own=own) for row in needs.to_dicts()]
    start, end = _range(needs)
    left, right = (_LEFT_OWN, _RIGHT_OWN) if own else (_LEFT, _RIGHT)
    layout = row_layout(labels, words=words, left=left, right=right)
    layout["shapes"] = [_baseline(place, before) for place, before in enumerate(needs["before"])]
    layout["xaxis"] = _share_axis(start, end, words=words)
    return Drawing([_available(needs.height, start=start), *_changes(needs, labels)], layout)


def capacity_label(row: Row, *, words: Wording, own: bool = False) -> RowLabel:
    """Returns the words of one capacity row: who and which hands at the left, how much short or free at the right."""
    value, more = _shortage_words(row, words=words) if _short(row) else _freed_words(row, words=words)
    if own:
        return RowLabel(name=row["resource_name"], detail=str(row["year"]), value=value, more=more)
    name = row["name"]
    if row["members"] != 1:
        name = capitalised(words.text("party.group", number=row["members"], kind=name))
    where = words.text("figures.resource_year", resource=row["resource_name"], year=row["year"])
    return RowLabel(name=name, detail=where, value=value, more=more)


def capacity_lines(years: pl.DataFrame, *, words: Wording) -> Drawing:
    """Returns small lines over the years, one panel a resource: what is there, what is needed without and with.

    Args:
        years: One row a resource and year of one provider: the columns of `Findings.capacity_years`.
        words: The language.
    """
    panels = [panel.sort("year") for panel in years.partition_by("resource", maintain_order=True)]
    layout: PlotlyLayout = {
        "height": _LINES_HEIGHT,
        "separators": separators(words),
        "margin": {"l": 58, "r": 12, "t": 44, "b": 26},
        "annotations": [_panel_title(panel.row(0, named=True), place) for place, panel in enumerate(panels)],
    }
    for place, panel in enumerate(panels):
        across, up = panel_axes(place, len(panels), gap=0.13 if len(panels) < 3 else 0.07)
        first, last = panel["year"][0], panel["year"][-1]
        across |= {"tickvals": [first, last], "range": [first - 0.3, last + 0.3]}
        layout[f"xaxis{axis_name(place)}"] = across
        layout[f"yaxis{axis_name(place)}"] = up | _amount_axis(panel, words=words)
    return Drawing([trace for place, panel in enumerate(panels) for trace in _panel(panel, place)], layout)


# --- words of a row ---------------------------------------------------------------------------------------------------


def _short(row: Row) -> bool:
    return bool(row["shortage_after"]) and row["shortage_after"] > 0


def _unit(row: Row) -> str | None:
    """Returns the unit, unless the resource is named after it."""
    return None if row["unit"] == row["resource_name"] else row["unit"]


def _shortage_words(row: Row, *, words: Wording) -> tuple[str, str]:
    amount = words.amount(fte=row["fte_after"], plain=row["shortage_after"], unit=_unit(row))
    value = words.text("figures.short", amount=amount)
    if row["members"] != 1:
        return value, words.text("figures.short_members", short=row["short"], members=row["members"])
    return value, " · ".join(filter(None, [_was(row, words), short_chance(row["shortage_probability_after"], words)]))


def _was(row: Row, words: Wording) -> str:
    """Returns the shortage without an agreement, in the same unit; nothing where that is what is shown."""
    before, fte = row["shortage_before"], row["fte_before"]
    if before is None:
        return ""
    if not before or (fte if fte is not None else _HARDLY) < _HARDLY:
        return words.text("figures.was_none")
    return words.text(
        "figures.was", before=words.numbers.plain_full_time(fte) if fte else words.numbers.quantity(before)
    )


def short_chance(chance: float | None, words: Wording) -> str:
    """Returns the chance of a shortage, short enough to stand beside a row or in a tile; nothing if not known."""
    if chance is None:
        return ""
    if chance > _ALMOST_CERTAIN:
        return words.text("figures.almost_certain")
    return words.text("figures.small_chance") if chance < 1 - _ALMOST_CERTAIN else words.numbers.probability(chance)


def _freed_words(row: Row, *, words: Wording) -> tuple[str, str]:
    change, none = row["load_change"] or 0.0, words.text("figures.no_shortage")
    fte = abs(change) / row["hours_per_fte"] if row["is_staff"] and row["hours_per_fte"] else None
    if fte is not None and fte < _HARDLY:
        return words.text("figures.hardly"), none
    amount = words.amount(fte=fte, plain=abs(change), unit=_unit(row))
    return words.text("figures.freed" if change < 0 else "figures.extra", amount=amount), none


# --- rows -------------------------------------------------------------------------------------------------------------


def _range(needs: pl.DataFrame) -> tuple[float, float]:
    """Returns the axis: all rows and 100 %, from a round tenth."""
    values = [1.0, *needs["before"], *needs["after"], *needs["low"], *needs["high"]]
    known = [value for value in values if value is not None and math.isfinite(value)]
    start = min(0.8, max(0.0, math.floor((min(known) - 0.05) * 10) / 10))
    return start, max(known) + 0.06 * (max(known) - start)


def _share_axis(start: float, end: float, *, words: Wording) -> PlotlyLayout:
    values = ticks(start, end, most=4)
    percent = words.numbers.percent
    return {
        "range": [start, end],
        "tickvals": values,
        "ticktext": [percent.format(number=words.numbers.number(value * 100)) for value in values],
        "tickangle": 0,
        "title": {"text": words.text("figures.of_usable")},
        "zeroline": False,
    }


def _available(count: int, *, start: float) -> PlotlyLayout:
    return {
        "type": "bar",
        "orientation": "h",
        "x": [1 - start] * count,
        "base": start,
        "y": list(range(count)),
        "width": 0.62,
        "marker": {"color": Colour.SPACE.value},
        "hoverinfo": "skip",
    }


def _changes(needs: pl.DataFrame, labels: list[RowLabel]) -> list[PlotlyLayout]:
    """Returns the change as a bar from without to with, and a dot with its band at what is needed with."""
    colours = [_colour(row).value for row in needs.iter_rows(named=True)]
    places, after = list(range(needs.height)), needs["after"].to_list()
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": (needs["after"] - needs["before"]).to_list(),
        "base": needs["before"].to_list(),
        "y": places,
        "width": 0.26,
        "marker": {"color": colours},
        "hoverinfo": "skip",
    }
    dots = {
        "type": "scatter",
        "x": after,
        "y": places,
        "mode": "markers",
        "marker": {"color": colours, "size": 13, "line": {"color": Colour.INK.value, "width": 1.5}},
        "error_x": whisker(after, needs["low"].to_list(), needs["high"].to_list()),
        "hovertext": [f"<b>{escape(label.name)}</b><br>{label.value}" for label in labels],
        "hoverinfo": "text",
    }
    return [bar, dots]


def _colour(row: Row) -> Colour:
    if _short(row):
        return Colour.SHORTAGE
    return Colour.FREED if (row["load_change"] or 0.0) < 0 else Colour.NEUTRAL


def _baseline(place: int, before: float) -> PlotlyLayout:
    line = {"color": Colour.BASELINE.value, "width": 2, "dash": "dot"}
    return {"type": "line", "x0": before, "x1": before, "y0": place - 0.38, "y1": place + 0.38, "line": line}


# --- panels -----------------------------------------------------------------------------------------------------------


def _panel(panel: pl.DataFrame, place: int) -> list[PlotlyLayout]:
    """Returns one resource: the area that is there, the dotted line without, the line with the agreement."""
    name = axis_name(place)
    short = bool((panel["shortage_after"].fill_null(0.0) > 0).any())
    colour = Colour.SHORTAGE if short else Colour.FREED
    common = {"type": "scatter", "x0": panel["year"][0], "dx": 1, "xaxis": f"x{name}", "yaxis": f"y{name}"}
    area = {"fill": "tozeroy", "fillcolor": Colour.SPACE.value, "line": {"width": 0}}
    dotted = {"line": {"color": Colour.BASELINE.value, "dash": "dot", "width": 2}}
    solid = {"line": {"color": colour.value, "width": 3}, "marker": {"size": 6}}
    lines = [
        {**common, **area, "y": panel["usable"].to_list(), "mode": "lines", "hoverinfo": "skip"},
        {**common, **dotted, "y": panel["load_before"].to_list(), "mode": "lines", "hoverinfo": "skip"},
        {**common, **solid, "y": panel["load_after"].to_list(), "mode": "lines+markers", "hoverinfo": "x+y"},
    ]
    return lines if panel["usable"].is_not_null().any() else lines[1:]


def _panel_title(row: Row, place: int) -> PlotlyLayout:
    name, unit = axis_name(place), _unit(row)
    title = capitalised(f"{row['resource_name']} ({unit})" if unit else row["resource_name"])
    where = {"xref": f"x{name} domain", "yref": f"y{name} domain", "x": 0, "y": 1}
    return {**where, "text": f"<b>{wrapped(title, 26)}</b>", "yanchor": "bottom", "yshift": 2}


def _amount_axis(panel: pl.DataFrame, *, words: Wording) -> PlotlyLayout:
    """Returns an axis around the figures of a panel; it does not start at zero, which the page says."""
    columns = ("usable", "load_before", "load_after")
    known = [value for name in columns for value in panel[name] if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    air = (high - low) or max(abs(high), 1.0)
    low, high = max(0.0, low - 0.6 * air), padded(0.0, high + 0.1 * air)[1]
    values = ticks(low, high, most=4)
    return {
        "range": [low, high],
        "tickvals": values,
        "ticktext": [words.numbers.quantity(value) for value in values],
    }
