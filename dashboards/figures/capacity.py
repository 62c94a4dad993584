"""Who lacks which hands: what is needed against what is there, without and with the agreement."""

import math
from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl
from plotly.subplots import make_subplots

from dashboards.figures.canvas import RowLabel, padded, row_figure, separators, ticks, wrapped
from dashboards.theme import Colour
from dashboards.wording import Wording, capitalised

Row = Mapping[str, Any]
_HARDLY = 0.05  # fewer full-time equivalents than this are none
_ALMOST_CERTAIN = 0.95
_LEFT, _LEFT_OWN, _RIGHT = 244, 176, 192
_LINES_HEIGHT = 230


def capacity_bullets(rows: pl.DataFrame, *, words: Wording, own: bool = False) -> go.Figure:
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
    figure = row_figure(labels, words=words, right=_RIGHT, left=_LEFT_OWN if own else _LEFT)
    start, end = _range(needs)
    _add_available(figure, count=needs.height, start=start)
    _add_change(figure, needs, hover=[_hover(label) for label in labels])
    figure.update_layout(shapes=[_baseline(place, before) for place, before in enumerate(needs["before"])])
    values = ticks(start, end, most=4)
    figure.update_xaxes(
        range=[start, end],
        tickvals=values,
        ticktext=[words.numbers.share(value) if value < 0.0995 else _percent(value, words) for value in values],
        tickangle=0,
        title={"text": words.text("figures.of_usable")},
        zeroline=False,
    )
    return figure


def capacity_label(row: Row, *, words: Wording, own: bool = False) -> RowLabel:
    """Returns the words of one capacity row: who and which hands at the left, how much short or free at the right."""
    name = row["name"]
    if row["members"] != 1:
        name = capitalised(words.text("party.group", number=row["members"], kind=name))
    where = words.text("figures.resource_year", resource=row["resource_name"], year=row["year"])
    value, more = _shortage_words(row, words=words) if _short(row) else _freed_words(row, words=words)
    if own:
        return RowLabel(name=str(row["resource_name"]), detail=str(row["year"]), value=value, more=more)
    return RowLabel(name=name, detail=where, value=value, more=more)


def capacity_lines(years: pl.DataFrame, *, words: Wording) -> go.Figure:
    """Returns small lines over the years, one panel a resource: what is there, what is needed without and with.

    Args:
        years: One row a resource and year of one provider: the columns of `Findings.capacity_years`.
        words: The language.
    """
    panels = years.partition_by("resource", maintain_order=True)
    figure = make_subplots(rows=1, cols=max(1, len(panels)), horizontal_spacing=0.13 if len(panels) < 3 else 0.07)
    for place, panel in enumerate(panels, start=1):
        _add_panel(figure, panel.sort("year"), place=place, words=words)
    figure.update_layout(
        height=_LINES_HEIGHT, separators=separators(words), margin={"l": 58, "r": 12, "t": 44, "b": 26}
    )
    return figure


def _short(row: Row) -> bool:
    return bool(row["shortage_after"]) and row["shortage_after"] > 0


def _amount(row: Row, when: str, *, words: Wording) -> str:
    return words.amount(fte=row[f"fte_{when}"], plain=row[f"shortage_{when}"], unit=_unit(row))


def _unit(row: Row) -> str | None:
    """Returns the unit, unless the resource is named after it."""
    return None if row["unit"] == row["resource_name"] else row["unit"]


def _shortage_words(row: Row, *, words: Wording) -> tuple[str, str]:
    value = words.text("figures.short", amount=_amount(row, "after", words=words))
    if row["members"] != 1:
        return value, words.text("figures.short_members", short=row["short"], members=row["members"])
    return value, " · ".join(filter(None, [_was(row, words), _chance(row["shortage_probability_after"], words)]))


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


def _chance(chance: float | None, words: Wording) -> str:
    """Returns the chance of a shortage, short enough to stand beside a row."""
    if chance is None:
        return ""
    if chance > _ALMOST_CERTAIN:
        return words.text("figures.almost_certain")
    return words.text("figures.small_chance") if chance < 1 - _ALMOST_CERTAIN else words.numbers.probability(chance)


def _freed_words(row: Row, *, words: Wording) -> tuple[str, str]:
    change = row["load_change"] or 0.0
    fte = abs(change) / row["hours_per_fte"] if row["is_staff"] and row["hours_per_fte"] else None
    amount = words.amount(fte=fte, plain=abs(change), unit=_unit(row))
    return words.text("figures.freed" if change < 0 else "figures.extra", amount=amount), words.text(
        "figures.no_shortage"
    )


def _range(needs: pl.DataFrame) -> tuple[float, float]:
    """Returns the axis: all rows and 100 %, from a round tenth."""
    values = [1.0, *needs["before"], *needs["after"], *needs["low"], *needs["high"]]
    known = [value for value in values if value is not None and math.isfinite(value)]
    start = max(0.0, math.floor((min(known) - 0.05) * 10) / 10)
    return min(start, 0.8), max(known) + 0.06 * (max(known) - min(start, 0.8))


def _add_available(figure: go.Figure, *, count: int, start: float) -> None:
    figure.add_bar(
        orientation="h",
        x=[1 - start] * count,
        base=start,
        y=list(range(count)),
        width=0.62,
        marker={"color": Colour.SPACE.value},
        hoverinfo="skip",
    )


def _add_change(figure: go.Figure, needs: pl.DataFrame, *, hover: list[str]) -> None:
    """Adds the change as a bar from without to with, and a dot with its band at what is needed with the agreement."""
    colours = [_colour(row).value for row in needs.iter_rows(named=True)]
    places = list(range(needs.height))
    figure.add_bar(
        orientation="h",
        x=(needs["after"] - needs["before"]).to_list(),
        base=needs["before"].to_list(),
        y=places,
        width=0.26,
        marker={"color": colours},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=needs["after"].to_list(),
        y=places,
        mode="markers",
        marker={"color": colours, "size": 13, "line": {"color": Colour.INK.value, "width": 1.5}},
        error_x={
            "type": "data",
            "array": (needs["high"] - needs["after"]).clip(lower_bound=0.0).to_list(),
            "arrayminus": (needs["after"] - needs["low"]).clip(lower_bound=0.0).to_list(),
        },
        hovertext=hover,
        hoverinfo="text",
    )


def _colour(row: Row) -> Colour:
    if _short(row):
        return Colour.SHORTAGE
    return Colour.FREED if (row["load_change"] or 0.0) < 0 else Colour.NEUTRAL


def _baseline(place: int, before: float) -> dict[str, object]:
    return {
        "type": "line",
        "x0": before,
        "x1": before,
        "y0": place - 0.38,
        "y1": place + 0.38,
        "line": {"color": Colour.BASELINE.value, "width": 2, "dash": "dot"},
    }


def _percent(value: float, words: Wording) -> str:
    return words.numbers.percent.format(number=words.numbers.number(value * 100))


def _hover(label: RowLabel) -> str:
    return f"<b>{label.name}</b><br>{label.detail}<br>{label.value}<br>{label.more}"


def _add_panel(figure: go.Figure, panel: pl.DataFrame, *, place: int, words: Wording) -> None:
    """Adds one resource: the area that is there, the dotted line without, the line with the agreement."""
    where = {"row": 1, "col": place}
    years = panel["year"].to_list()
    from_year = {"x0": years[0], "dx": 1}
    short = bool((panel["shortage_after"].fill_null(0.0) > 0).any())
    line = Colour.SHORTAGE if short else Colour.FREED
    if panel["usable"].is_not_null().any():
        area = {"fill": "tozeroy", "fillcolor": Colour.SPACE.value, "line": {"width": 0}}
        figure.add_scatter(**from_year, y=panel["usable"].to_list(), mode="lines", hoverinfo="skip", **area, **where)
    without = {"color": Colour.BASELINE.value, "dash": "dot", "width": 2}
    figure.add_scatter(
        **from_year, y=panel["load_before"].to_list(), mode="lines", line=without, hoverinfo="skip", **where
    )
    figure.add_scatter(
        **from_year,
        y=panel["load_after"].to_list(),
        mode="lines+markers",
        line={"color": line.value, "width": 3},
        marker={"size": 6},
        hoverinfo="x+y",
        **where,
    )
    known = [value for name in ("usable", "load_before", "load_after") for value in panel[name] if value is not None]
    _panel_axes(figure, known, years=years, where=where, words=words)
    title = wrapped(_panel_title(panel.row(0, named=True)), 26)
    suffix = "" if place == 1 else str(place)
    figure.add_annotation(
        text=f"<b>{title}</b>",
        xref=f"x{suffix} domain",
        yref=f"y{suffix} domain",
        x=0,
        y=1,
        yanchor="bottom",
        yshift=2,
    )


def _panel_title(row: Row) -> str:
    unit = _unit(row)
    return capitalised(f"{row['resource_name']} ({unit})" if unit else row["resource_name"])


def _panel_axes(
    figure: go.Figure, known: list[float], *, years: list[int], where: dict[str, int], words: Wording
) -> None:
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    air = (high - low) or max(abs(high), 1.0)
    low, high = max(0.0, low - 0.6 * air), padded(0.0, high + 0.1 * air)[1]
    values = ticks(low, high, most=4)
    figure.update_yaxes(
        range=[low, high], tickvals=values, ticktext=[words.numbers.quantity(value) for value in values], **where
    )
    figure.update_xaxes(tickvals=[years[0], years[-1]], range=[years[0] - 0.3, years[-1] + 0.3], **where)
