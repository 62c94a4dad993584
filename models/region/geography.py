"""Where everybody is, and how far apart (sections 2 and 7)."""

from dataclasses import dataclass

import numpy as np

from models.region.codes import Array

EARTH_RADIUS_KM = 6371.0088
"""Mean Earth radius (model page, section 2; the IUGG mean radius)."""


@dataclass(frozen=True)
class Places:
    """Coordinates in degrees, NaN where unknown, shape (places,)."""

    latitude: Array
    longitude: Array

    def km_to(self, other: "Places") -> Array:
        """Returns great-circle distances in km, shape (places, other places); NaN where a place is unknown."""
        phi, psi = np.radians(self.latitude)[:, None], np.radians(other.latitude)[None, :]
        apart = np.radians(self.longitude)[:, None] - np.radians(other.longitude)[None, :]
        haversine = np.sin((phi - psi) / 2) ** 2 + np.cos(phi) * np.cos(psi) * np.sin(apart / 2) ** 2
        return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(haversine, 0, 1)))
