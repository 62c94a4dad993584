"""How much further patients travel (section 7)."""

from collections.abc import Iterator

import numpy as np

from models.baseline import Setting
from models.forms import Form, Ledger
from models.region.codes import Array, distinct
from models.transfer import Move, value

DETOUR = 1.3
"""Road kilometres per great-circle kilometre (model page, section 7)."""
THERE_AND_BACK = 2


def patient_km(setting: Setting, move: Move, ledger: Ledger) -> None:
    """Enters the change in patient kilometres of a move (`patient_km_change`); unknown places count nothing."""
    visits = value(setting, move.initiative, "visits_per_unit", move.initiative.visits_per_unit)
    patients = np.zeros(1, dtype=np.int64)
    for recipient, further in _further(setting, move):
        one = np.zeros(further.size, dtype=np.int64)
        coefficients = move.of_donors(one, move.moved.units * further, size=1)
        tracks = move.basis * (visits * THERE_AND_BACK * DETOUR)
        if move.allocation.varying is not None:
            tracks = tracks * move.allocation.varying[recipient]
        ledger.enter("patient_km_change", Form(patients, coefficients, tracks))


def unknown_area_share(setting: Setting, move: Move) -> float:
    """Returns the share of what an initiative may move whose patients' area is unknown (NaN where nothing is there)."""
    units = move.moved.units
    located = setting.region.areas.located(move.moved.area)
    return float(units[~located].sum() / units.sum()) if units.sum() > 0 else float("nan")


def _further(setting: Setting, move: Move) -> Iterator[tuple[int, Array]]:
    """Yields the extra great-circle km of each moved cell, weighted by its shares; 0 where a place is unknown.

    Where the shares are fixed, once for all recipients together; where they vary by year and draw, once for each.
    """
    region, cells = setting.region, move.moved
    located = region.areas.located(cells.area)
    if not located.any():
        return
    area = np.where(located, cells.area, 0)
    pairs, pair = distinct(np.stack([area, move.allocation.group]))
    km = region.km[np.ix_(pairs[0], move.recipients)]
    shares = move.allocation.fixed[pairs[1]].toarray() * ~np.isnan(km)
    weighted = shares * np.nan_to_num(km)
    own = region.km[area, cells.provider]
    counts = located & ~np.isnan(own)
    together = move.allocation.varying is None
    for recipient in range(1 if together else move.recipients.size):
        columns = slice(None) if together else slice(recipient, recipient + 1)
        there, share = (
            weighted[:, columns].sum(axis=1)[pair.reshape(-1)],
            shares[:, columns].sum(axis=1)[pair.reshape(-1)],
        )
        yield recipient, np.where(counts, there - share * np.nan_to_num(own), 0.0)
