"""The outlines of a region's areas, from the GeoJSON beside `region.yaml` into the release: a map needs nothing else.

What belongs here: reading `areas.geojson`, matching its features with the area codes of the release, and making the
outlines no finer than a map of the region shows. A workspace without the file gets a map of dots.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.warehouse.building import write_release_table

OUTLINES_FILE = "areas.geojson"
GRID = 700
"""Steps that an outline distinguishes over the width of the region: finer than a map on a screen or on paper shows."""
_SCHEMA = {"area": pl.String, "outline": pl.String}
_DECIMALS = 5  # of a degree: about a metre
_FEWEST = 4  # points of a closed ring
_SHOWN = 5  # examples in a message
_EXPECTED = Text(
    en="a GeoJSON FeatureCollection of polygons in degrees (WGS 84), an area code of the dataset areas with each",
    nl="een GeoJSON FeatureCollection van vlakken in graden (WGS 84), bij elk een gebiedscode van de dataset areas",
)
_ACTION = Text(
    en=f"export the areas again as GeoJSON (EPSG:4326) with their code as a property, or remove {OUTLINES_FILE}",
    nl=f"exporteer de gebieden weer als GeoJSON (EPSG:4326) met hun code als eigenschap, of verwijder {OUTLINES_FILE}",
)

Ring = np.ndarray[Any, np.dtype[np.float64]]


def outlines_file(root: Path) -> Path | None:
    """Returns the file with the outlines of the areas; None where the workspace has none."""
    file = root / OUTLINES_FILE
    return file if file.is_file() else None


def write_outlines(connection: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Writes the outlines of the areas that the release knows.

    Raises:
        Problem: the file is no GeoJSON of polygons with area codes; says what was found.
    """
    file = outlines_file(root)
    areas = [code for (code,) in connection.execute("SELECT area FROM area").fetchall()]
    frame = read_outlines(file, areas=areas) if file is not None and areas else pl.DataFrame(schema=_SCHEMA)
    write_release_table(connection, "area_outline", frame)


def read_outlines(file: Path, *, areas: Sequence[str]) -> pl.DataFrame:
    """Returns one row an area of which the file has an outline: area, outline (a GeoJSON MultiPolygon).

    The property that holds the code is found by its values: it is the one of which most are codes of areas. Features of
    other areas are left out. Borders that two areas share stay shared: points are moved to a grid, the same for all.

    Raises:
        Problem: the file is no GeoJSON of polygons with area codes; says what was found.
    """
    features = _features(file)
    known = set(areas)
    code = _code_property(features, areas=known, file=file)
    rings: dict[str, list[list[Ring]]] = {}
    for feature in features:
        area = _text(feature["properties"].get(code))
        if area in known:
            rings.setdefault(area, []).extend(_polygons(feature.get("geometry")))
    found = {area: polygons for area, polygons in rings.items() if polygons}
    if not found:
        kinds = ", ".join(sorted(_kinds(features)))
        without = Text(en=f"areas without polygons: only {kinds}", nl=f"gebieden zonder vlakken: alleen {kinds}")
        raise _problem(without, file)
    step = _step([ring for polygons in found.values() for polygon in polygons for ring in polygon], file=file)
    rows = [(area, _geometry(polygons, step=step)) for area, polygons in sorted(found.items())]
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _features(file: Path) -> list[dict[str, Any]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeDecodeError) as error:
        raise _problem(Text(en="text that is not JSON", nl="tekst die geen JSON is"), file) from error
    found = content.get("features") if isinstance(content, dict) else None
    features = [one for one in found or [] if isinstance(one, dict) and isinstance(one.get("properties"), dict)]
    if not features:
        without = Text(en="JSON without features that have properties", nl="JSON zonder features met properties")
        raise _problem(without, file)
    return features


def _code_property(features: Sequence[Mapping[str, Any]], *, areas: set[str], file: Path) -> str:
    """Returns the property whose values are most often codes of areas."""
    names = list(dict.fromkeys(name for feature in features for name in feature["properties"]))
    hits = {name: sum(_text(feature["properties"].get(name)) in areas for feature in features) for name in names}
    best = max(hits, key=lambda name: hits[name], default="")
    if not hits.get(best):
        examples = ", ".join(sorted(areas)[:_SHOWN])
        shown = ", ".join(names[:_SHOWN])
        no_code = Text(
            en=f"the properties {shown}; none holds an area code such as {examples}",
            nl=f"de properties {shown}; geen daarvan bevat een gebiedscode zoals {examples}",
        )
        raise _problem(no_code, file)
    return best


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _kinds(features: Sequence[Mapping[str, Any]]) -> set[str]:
    return {str((feature.get("geometry") or {}).get("type")) for feature in features}


def _polygons(geometry: Mapping[str, Any] | None) -> Iterator[list[Ring]]:
    """Yields the polygons of a geometry, each its outer ring and its holes."""
    kind = (geometry or {}).get("type")
    if geometry is None or kind not in {"Polygon", "MultiPolygon"}:
        return
    for polygon in geometry["coordinates"] if kind == "MultiPolygon" else [geometry["coordinates"]]:
        yield [np.asarray(ring, dtype=np.float64)[:, :2] for ring in polygon if len(ring) >= _FEWEST]


def _step(rings: Sequence[Ring], *, file: Path) -> tuple[float, float]:
    """Returns the grid's step in degrees of longitude and latitude: equal on the ground in the middle of the region."""
    points = np.concatenate(list(rings))
    (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90:
        place = f"{west:.0f}, {south:.0f}"
        no_degrees = Text(
            en=f"coordinates such as {place}, which are no degrees",
            nl=f"coördinaten zoals {place}, die geen graden zijn",
        )
        raise _problem(no_degrees, file)
    across = math.cos(math.radians((south + north) / 2))
    step = max((east - west) * across, north - south) / GRID
    return step / across, step


def _geometry(polygons: Sequence[Sequence[Ring]], *, step: tuple[float, float]) -> str:
    """Returns the polygons on the grid as GeoJSON; what is smaller than the grid is left out, but never all of them."""
    drawn = [
        [ring for ring in (_on_grid(ring, step) for ring in polygon) if len(ring) >= _FEWEST] for polygon in polygons
    ]
    kept = [[ring.round(_DECIMALS).tolist() for ring in polygon] for polygon in drawn if polygon]
    kept = kept or [[ring.round(_DECIMALS).tolist() for ring in max(polygons, key=lambda one: len(one[0]))]]
    return json.dumps({"type": "MultiPolygon", "coordinates": kept}, separators=(",", ":"))


def _on_grid(ring: Ring, step: tuple[float, float]) -> Ring:
    """Returns a closed ring with its points moved to the grid, without points that add nothing to its shape."""
    cells = np.rint(ring / step)[:-1] if np.array_equal(ring[0], ring[-1]) else np.rint(ring / step)
    cells = cells[np.any(cells != np.roll(cells, 1, axis=0), axis=1)]
    into, out = cells - np.roll(cells, 1, axis=0), np.roll(cells, -1, axis=0) - cells
    cells = cells[into[:, 0] * out[:, 1] != into[:, 1] * out[:, 0]] if len(cells) else cells
    return np.concatenate([cells, cells[:1]]) * step


def _problem(found: Text, file: Path) -> Problem:
    return Problem(found, expected=_EXPECTED, action=_ACTION, source=file.name)
