"""Where the people of the demonstration region live: 120 invented patient areas in 9 invented municipalities.

An area code has the shape of a Dutch PC4 but starts with a letter, so that nobody takes it for a real postcode. The
places are drawn over the mouths of the great rivers; no municipality of these names exists. [A: all figures here]
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from scipy.spatial import Voronoi

CENTRE_LATITUDE = 51.80
CENTRE_LONGITUDE = 4.05
KM_PER_DEGREE_LATITUDE = 111.2
KM_PER_DEGREE_LONGITUDE = 68.8  # at 51.8 degrees north
GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))
AREAS_PER_GP_ORGANISATION = 3
HORIZON_KM = 150.0  # where the land ends, as far as the outlines are concerned
OUTLINE_REACH_KM = 3.4  # no corner of an outline lies further from the middle of its area


@dataclass(frozen=True)
class Municipality:
    """An invented municipality: its areas lie in a spiral around its centre, given in km east and north."""

    number: int
    name: str
    areas: int
    inhabitants: int
    east_km: float
    north_km: float
    radius_km: float


MUNICIPALITIES = (
    Municipality(1, "Wulpenmonde", 33, 381_000, 0.0, 0.0, 6.5),
    Municipality(2, "Klutenveer", 21, 228_000, 17.0, -9.0, 6.0),
    Municipality(3, "Sternenhoofd", 15, 157_000, -14.0, 10.0, 5.5),
    Municipality(4, "Grutterswaard", 12, 104_000, 9.0, 11.0, 4.5),
    Municipality(5, "Reigersmonde", 12, 121_000, 3.0, -19.0, 5.5),
    Municipality(6, "Otterkade", 9, 82_000, 23.0, 5.0, 4.5),
    Municipality(7, "Zilverschor", 6, 53_000, -24.0, -11.0, 6.0),
    Municipality(8, "Lepelaarsdam", 6, 47_000, -10.0, -9.0, 5.0),
    Municipality(9, "Kwelderhaven", 6, 36_000, -30.0, 4.0, 5.0),
)

QUARTERS_OF_TOWN = (
    *("Centrum", "Noord", "Oost", "Zuid", "West", "Haven", "Veerkwartier", "Molenwijk", "Stationsbuurt", "Singel"),
    *("Vogelwijk", "Bloemenbuurt", "Park", "Dijkzicht", "Buitenwaard", "Oude Sluis", "Nieuwe Sluis", "Hoge Kade"),
    *("Lage Kade", "Kreekrand", "Polderzicht", "Boomgaard", "Watertoren", "Rietland", "Zandweg", "Wilgenhof"),
    *("Lindenhof", "Kastanjehof", "Touwbaan", "Werf", "Duinrand", "Griend", "Slikken"),
)


@cache
def areas() -> pl.DataFrame:
    """Returns one row a patient area: area, name, latitude, longitude, inhabitants, municipality."""
    return pl.concat([_areas_of(municipality) for municipality in MUNICIPALITIES])


def _areas_of(municipality: Municipality) -> pl.DataFrame:
    order = np.arange(municipality.areas)
    radius = municipality.radius_km * np.sqrt(order / municipality.areas)
    east = municipality.east_km + radius * np.cos(order * GOLDEN_ANGLE)
    north = municipality.north_km + radius * np.sin(order * GOLDEN_ANGLE)
    density = 1.25 - 0.5 * order / municipality.areas + 0.12 * np.sin(order * 2.4)
    inhabitants = np.round(municipality.inhabitants * density / density.sum() / 5) * 5
    return pl.DataFrame(
        {
            "area": [f"V{municipality.number}{place + 1:02d}" for place in order],
            "name": [f"{municipality.name} {QUARTERS_OF_TOWN[place]}" for place in order],
            "latitude": np.round(CENTRE_LATITUDE + north / KM_PER_DEGREE_LATITUDE, 5),
            "longitude": np.round(CENTRE_LONGITUDE + east / KM_PER_DEGREE_LONGITUDE, 5),
            "inhabitants": inhabitants.astype(np.int64),
            "municipality": [municipality.name] * municipality.areas,
        }
    )


def outlines() -> dict[str, Any]:
    """Returns the outlines of all areas as GeoJSON: what lies nearest to the middle of an area, and no further away.

    Each is the cell of its middle in a Voronoi diagram. Corners that lie far out are drawn in towards the middle,
    within the cell, so that no two overlap.
    """
    place = areas()
    middle = place.select(
        east=(pl.col("longitude") - CENTRE_LONGITUDE) * KM_PER_DEGREE_LONGITUDE,
        north=(pl.col("latitude") - CENTRE_LATITUDE) * KM_PER_DEGREE_LATITUDE,
    ).to_numpy()
    around = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    horizon = HORIZON_KM * np.column_stack([np.cos(around), np.sin(around)])
    cells = Voronoi(np.concatenate([middle, horizon]))
    features = [
        _feature(code, name, cells.vertices[cells.regions[cells.point_region[row]]], middle[row])
        for row, (code, name) in enumerate(place.select("area", "name").iter_rows())
    ]
    return {"type": "FeatureCollection", "features": features}


def _feature(code: str, name: str, corners: np.ndarray, middle: np.ndarray) -> dict[str, Any]:
    out = corners - middle
    length = np.hypot(out[:, 0], out[:, 1])
    corners = middle + out * np.minimum(1.0, OUTLINE_REACH_KM / length)[:, None]
    corners = corners[np.argsort(np.arctan2(out[:, 1], out[:, 0]))]
    degrees = corners / (KM_PER_DEGREE_LONGITUDE, KM_PER_DEGREE_LATITUDE) + (CENTRE_LONGITUDE, CENTRE_LATITUDE)
    ring = np.concatenate([degrees, degrees[:1]]).round(5).tolist()
    return {
        "type": "Feature",
        "properties": {"area": code, "name": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def distance_km(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Returns the distance in km from each place (rows) to each area (columns), on the flat map of the region."""
    place = areas()
    north = (latitude[:, None] - place["latitude"].to_numpy()[None, :]) * KM_PER_DEGREE_LATITUDE
    east = (longitude[:, None] - place["longitude"].to_numpy()[None, :]) * KM_PER_DEGREE_LONGITUDE
    return np.hypot(north, east)
