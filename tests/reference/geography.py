"""Great circles (sections 2 and 7): whoever has no coordinates has no place."""

import math
from typing import Any

from reference.facts import Facts

EARTH_RADIUS_KM = 6371.0088
ROAD_FACTOR = 1.3
TIE_KM = 1e-9

Place = tuple[float, float]


def place(row: dict[str, Any] | None) -> Place | None:
    if row is None or row.get("latitude") is None or row.get("longitude") is None:
        return None
    return float(row["latitude"]), float(row["longitude"])


def kilometres(one: Place, other: Place) -> float:
    """Great-circle distance (haversine)."""
    phi_1, phi_2 = math.radians(one[0]), math.radians(other[0])
    half_phi, half_lambda = (phi_2 - phi_1) / 2, math.radians(other[1] - one[1]) / 2
    a = math.sin(half_phi) ** 2 + math.cos(phi_1) * math.cos(phi_2) * math.sin(half_lambda) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(a)))


def nearest(facts: Facts, *, area: str | None, donor: str, recipients: list[str]) -> dict[str, float]:
    """Per patient area the nearest recipient, ties split equally; an unknown area is seen from the donor.

    Reading (i): a recipient without a place gets no weight unless none has one; nowhere to look from: equal (all 0).
    """
    seen_from = place(facts.areas.get(area)) if area is not None else None
    seen_from = seen_from or place(facts.providers[donor])
    places = {j: place(facts.providers[j]) for j in recipients}
    if seen_from is None or not any(places.values()):
        return dict.fromkeys(recipients, 0.0)
    distance = {j: kilometres(seen_from, there) for j, there in places.items() if there is not None}
    closest = min(distance.values())
    return {j: 1.0 if j in distance and distance[j] <= closest + TIE_KM else 0.0 for j in recipients}


def extra_kilometres(facts: Facts, *, area: str | None, donor: str, recipient: str, visits: float) -> float:
    """Section 7, per moved unit: visits · 2 · 1.3 · (km to the recipient − km to the donor); unknown counts nothing."""
    home = place(facts.areas.get(area)) if area is not None else None
    there, here = place(facts.providers[recipient]), place(facts.providers[donor])
    if home is None or there is None or here is None:
        return 0.0
    return visits * 2 * ROAD_FACTOR * (kilometres(home, there) - kilometres(home, here))
