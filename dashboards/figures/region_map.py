"""The region without a network: areas by how much further their patients travel, and the largest moves as arcs.

What belongs here: drawing places on a flat map. The map is an ordinary pair of axes in kilometres, east and north of
the middle (equirectangular, true in the middle): it needs no tiles and no map data from elsewhere.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import polars as pl

from dashboards.figures.canvas import separators, shortened
from dashboards.figures.drawing import Drawing, PlotlyLayout
from dashboards.figures.theme import Colour
from dashboards.words.wording import Wording

Ring = Sequence[tuple[float, float]]
Points = tuple[list[float | None], list[float | None]]
_HEIGHT, _FOOT = 430, 46
_KM_PER_DEGREE = 111.2
_MARGIN_OF_MAP = 0.05
_CURVE, _STEPS = 0.18, 14  # how far an arc bends, against its length; points it is drawn with
_WIDEST, _THINNEST = 9.0, 1.5
_BINS: tuple[tuple[float, str, str], ...] = (
    (-math.inf, "much_nearer", "#7db6dc"),
    (-3.0, "nearer", "#cfe3f1"),
    (-0.5, "same", "#eceef1"),
    (0.5, "further", "#f9d9c4"),
    (3.0, "much_further", "#ef9f6e"),
)
LEGEND_COLOURS = tuple(colour for _, _, colour in _BINS)
"""Of the marks in the map's legend."""
_UNTOUCHED = "#f8f9fa"
_GRID = 1500  # a figure shows no more steps than this from side to side
_LETTERS = 26
_LETTER_WIDTH, _LETTER_HEIGHT, _POINT = 8.4, 18, 8  # pixels: of a letter, of a line, around a point
_HALF_WIDTH, _OUTSIDE = 266, 300  # pixels: from the middle to where a name would be cut off, and beyond
_PLACES = (
    *("top center", "bottom center", "middle right", "middle left"),
    *("top right", "bottom right", "top left", "bottom left"),
)


@dataclass(frozen=True)
class _Map:
    """From degrees to kilometres east and north of the middle of the region."""

    longitude: float
    latitude: float
    step: float

    def points(self, longitude: Sequence[float], latitude: Sequence[float]) -> tuple[list[float], list[float]]:
        across = _KM_PER_DEGREE * math.cos(math.radians(self.latitude))
        east = (np.asarray(longitude, dtype=float) - self.longitude) * across
        north = (np.asarray(latitude, dtype=float) - self.latitude) * _KM_PER_DEGREE
        return ((np.round(axis / self.step) * self.step).round(3).tolist() for axis in (east, north))  # type: ignore[return-value]


def region_map(
    areas: pl.DataFrame, arcs: pl.DataFrame, *, outlines: Mapping[str, Sequence[Ring]], words: Wording
) -> Drawing:
    """Returns the map of the region.

    Args:
        areas: One row an area: area, name, latitude, longitude, units, km (how much further; null where nothing moves).
        arcs: One row a move, the largest first: from_name, from_longitude, from_latitude, to_*, value_eur, units.
        outlines: Rings of each area by its code; an area without is drawn as a dot at its middle.
        words: The language.
    """
    flat, corners = _projection(areas, arcs, outlines)
    layout = _layout(corners, words=words)
    layout["annotations"] = [_legend(words)]
    traces = [*_filled(areas, outlines, flat), _centres(areas, outlines, flat, words=words)]
    traces += [trace for row in arcs.to_dicts() for trace in _arc(row, arcs, flat, words=words)]
    return Drawing([*traces, *_ends(arcs, flat)], layout)


def bin_of(km: float) -> int:
    """Returns in which class of further travel kilometres fall, from much nearer (0) to much further (4)."""
    return max(place for place, (least, _, _) in enumerate(_BINS) if km >= least)


def _projection(
    areas: pl.DataFrame, arcs: pl.DataFrame, outlines: Mapping[str, Sequence[Ring]]
) -> tuple[_Map, tuple[float, float, float, float]]:
    """Returns the projection, and the corners of the map in km: west, east, south, north."""
    rings = [point for found in outlines.values() for ring in found for point in ring]
    east = [*(x for x, _ in rings), *areas["longitude"].drop_nulls(), *arcs["from_longitude"], *arcs["to_longitude"]]
    north = [*(y for _, y in rings), *areas["latitude"].drop_nulls(), *arcs["from_latitude"], *arcs["to_latitude"]]
    middle = _Map((min(east) + max(east)) / 2, (min(north) + max(north)) / 2, step=1e-3)
    x, y = middle.points([min(east), max(east)], [min(north), max(north)])
    width = max(x[1] - x[0], y[1] - y[0], 1.0)
    air = _MARGIN_OF_MAP * width
    flat = _Map(middle.longitude, middle.latitude, step=width / _GRID)
    return flat, (x[0] - air, x[1] + air, y[0] - air, y[1] + air)


def _layout(corners: tuple[float, float, float, float], *, words: Wording) -> PlotlyLayout:
    west, east, south, north = corners
    bare = {"visible": False, "zeroline": False, "constrain": "domain"}
    return {
        "height": _HEIGHT + _FOOT,
        "separators": separators(words),
        "margin": {"l": 4, "r": 4, "t": 4, "b": _FOOT},
        "xaxis": {**bare, "range": [west, east]},
        "yaxis": {**bare, "range": [south, north], "scaleanchor": "x", "scaleratio": 1},
    }


# --- areas ------------------------------------------------------------------------------------------------------------


def _filled(areas: pl.DataFrame, outlines: Mapping[str, Sequence[Ring]], flat: _Map) -> list[PlotlyLayout]:
    """Returns one trace a class of further travel with the outlines of its areas, and one of those without moves."""
    known = dict(areas.filter(pl.col("km").is_not_null()).select("area", "km").iter_rows())
    classes: dict[int | None, list[Ring]] = {}
    for area, rings in outlines.items():
        classes.setdefault(bin_of(known[area]) if area in known else None, []).extend(rings)
    return [
        _shape(rings, flat, colour=_UNTOUCHED if place is None else _BINS[place][2])
        for place, rings in sorted(classes.items(), key=lambda item: -1 if item[0] is None else item[0])
    ]


def _shape(rings: Sequence[Ring], flat: _Map, *, colour: str) -> PlotlyLayout:
    x, y = _joined([flat.points([lon for lon, _ in ring], [lat for _, lat in ring]) for ring in rings])
    line = {"color": Colour.PAPER.value, "width": 1}
    return {
        "type": "scatter", "x": x, "y": y, "mode": "lines", "fill": "toself", "fillcolor": colour, "line": line,
        "hoverinfo": "skip",
    }  # fmt: skip


def _joined(parts: Sequence[tuple[list[float], list[float]]]) -> Points:
    """Returns lines one after another, with a gap between each two."""
    x: list[float | None] = []
    y: list[float | None] = []
    for east, north in parts:
        x += [*east, None]
        y += [*north, None]
    return x[:-1], y[:-1]


def _centres(
    areas: pl.DataFrame, outlines: Mapping[str, Sequence[Ring]], flat: _Map, *, words: Wording
) -> PlotlyLayout:
    """Returns the middle of every area: seen where it has no outline, and what the pointer asks about in any case."""
    placed = areas.filter(pl.col("latitude").is_not_null() & pl.col("longitude").is_not_null())
    x, y = flat.points(placed["longitude"].to_list(), placed["latitude"].to_list())
    rows = placed.to_dicts()
    most = max([row["units"] or 0.0 for row in rows], default=0.0) or 1.0
    return {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "markers",
        "marker": {
            "color": [_UNTOUCHED if row["km"] is None else _BINS[bin_of(row["km"])][2] for row in rows],
            "size": [8 + 14 * math.sqrt((row["units"] or 0.0) / most) for row in rows],
            "opacity": [0.0 if row["area"] in outlines else 0.9 for row in rows],
            "line": {"width": 1, "color": Colour.LINE.value},
        },
        "hovertext": [_told(row, words=words) for row in rows],
        "hoverinfo": "text",
    }


def _told(row: Mapping[str, Any], *, words: Wording) -> str:
    name = escape(str(row["name"] or row["area"]))
    if row["km"] is None:
        return f"<b>{name}</b><br>{words.text('flows.untouched')}"
    return f"<b>{name}</b><br>{further(row['km'], words=words)}"


def further(km: float, *, words: Wording) -> str:
    """Returns in words how much further or nearer patients travel."""
    if abs(km) < _BINS[3][0]:
        return words.text("flows.hardly")
    distance = words.numbers.kilometres.format(number=words.numbers.number(abs(km), decimals=1))
    return words.text("flows.km_further" if km > 0 else "flows.km_nearer", distance=distance)


def _legend(words: Wording) -> PlotlyLayout:
    """Returns what the colours say, under the map."""
    said = [f"<span style='color:{colour}'>\u25a0</span> {words.text(f'flows.{name}')}" for _, name, colour in _BINS]
    text = "&nbsp; ".join(said[:3]) + "<br>" + "&nbsp; ".join(said[3:])
    return {"x": 0, "y": 0, "xref": "paper", "yref": "paper", "yanchor": "top", "yshift": -4, "text": text}


# --- arcs -------------------------------------------------------------------------------------------------------------


def _arc(row: Mapping[str, Any], arcs: pl.DataFrame, flat: _Map, *, words: Wording) -> list[PlotlyLayout]:
    """Returns a bent line from donor to recipient, as wide as what moves, and the head of its arrow."""
    (x0, x1), (y0, y1) = flat.points(
        [row["from_longitude"], row["to_longitude"]], [row["from_latitude"], row["to_latitude"]]
    )
    t = np.linspace(0.0, 1.0, _STEPS)
    bend_x, bend_y = (x0 + x1) / 2 - _CURVE * (y1 - y0), (y0 + y1) / 2 + _CURVE * (x1 - x0)
    x = (1 - t) ** 2 * x0 + 2 * t * (1 - t) * bend_x + t**2 * x1
    y = (1 - t) ** 2 * y0 + 2 * t * (1 - t) * bend_y + t**2 * y1
    width = max(_THINNEST, _WIDEST * row["value_eur"] / (float(arcs["value_eur"].max() or 0.0) or 1.0))  # type: ignore[arg-type]
    said = words.text(
        "flows.hover",
        donor=escape(row["from_name"]),
        recipient=escape(row["to_name"]),
        value=words.numbers.money(row["value_eur"]),
        units=words.numbers.quantity(row["units"], digits=2),
    )
    line = {
        "type": "scatter", "x": x.round(2).tolist(), "y": y.round(2).tolist(), "mode": "lines",
        "line": {"color": "rgba(17,24,39,0.62)", "width": round(width, 1), "shape": "spline"},
        "hovertext": said, "hoverinfo": "text",
    }  # fmt: skip
    head = {
        "type": "scatter", "x": x[-2:].round(2).tolist(), "y": y[-2:].round(2).tolist(), "mode": "markers",
        "marker": {"symbol": "arrow", "angleref": "previous", "size": [0, 9 + width], "color": Colour.INK.value},
        "hoverinfo": "skip",
    }  # fmt: skip
    return [line, head]


def _ends(arcs: pl.DataFrame, flat: _Map) -> list[PlotlyLayout]:
    """Returns the providers at the ends of the arcs, each named once, away from the middle of the map."""
    ends = pl.concat(
        [
            arcs.select(name=f"{side}_name", longitude=f"{side}_longitude", latitude=f"{side}_latitude")
            for side in ("from", "to")
        ]
    ).unique("name", keep="first", maintain_order=True)
    x, y = flat.points(ends["longitude"].to_list(), ends["latitude"].to_list())
    names = [shortened(name, _LETTERS) for name in ends["name"]]
    return [
        {
            "type": "scatter",
            "x": x,
            "y": y,
            "mode": "markers+text",
            "marker": {"size": 10, "color": Colour.PAPER.value, "line": {"width": 2.5, "color": Colour.INK.value}},
            "text": [f"<b>{escape(name)}</b>" for name in names],
            "textposition": _positions(names, x, y, pixel=flat.step * _GRID / _HEIGHT),
            "hoverinfo": "skip",
            "cliponaxis": False,
        }
    ]


def _positions(names: Sequence[str], x: Sequence[float], y: Sequence[float], *, pixel: float) -> list[str]:
    """Returns where each name stands beside its point, one after another where no earlier name or point is.

    Args:
        names: What is written.
        x: Kilometres east.
        y: Kilometres north.
        pixel: Kilometres that a pixel of the map is worth, about.
    """
    taken = [(east, north, 2 * _POINT * pixel, 2 * _POINT * pixel) for east, north in zip(x, y, strict=True)]
    edge = (_HALF_WIDTH + _OUTSIDE) * pixel
    edges = [(side * edge, 0.0, 2 * _OUTSIDE * pixel, 9 * edge) for side in (-1, 1)]
    chosen = []
    for name, east, north in zip(names, x, y, strict=True):
        boxes = {place: _box(name, (east, north), place=place, pixel=pixel) for place in _PLACES}
        place = min(_PLACES, key=lambda one: (_overlaps(boxes[one], [*taken, *edges]), _PLACES.index(one)))
        taken.append(boxes[place])
        chosen.append(place)
    return chosen


def _box(name: str, point: tuple[float, float], *, place: str, pixel: float) -> tuple[float, float, float, float]:
    """Returns the middle, width and height of a name at a place beside its point."""
    width, height = _LETTER_WIDTH * len(name) * pixel, _LETTER_HEIGHT * pixel
    row, column = place.split()
    up = {"top": 1, "middle": 0, "bottom": -1}[row] * (height / 2 + _POINT * pixel)
    aside = {"left": -1, "center": 0, "right": 1}[column] * (width / 2 + _POINT * pixel)
    return point[0] + aside, point[1] + up, width, height


def _overlaps(box: tuple[float, float, float, float], others: Sequence[tuple[float, float, float, float]]) -> float:
    """Returns how much of a box lies under others."""
    x, y, width, height = box
    return sum(
        max(0.0, (width + w) / 2 - abs(x - east)) * max(0.0, (height + h) / 2 - abs(y - north))
        for east, north, w, h in others
    )
