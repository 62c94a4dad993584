"""How much further patients travel (section 7)."""

from collections.abc import Iterator

import numpy as np

from models.baseline import Setting
from models.forms import Form, Ledger
from models.region.codes import Array, Integers, distinct, numbered
from models.transfer import Move, Parcel, value

DETOUR = 1.3
"""Road kilometres per great-circle kilometre (model page, section 7)."""
THERE_AND_BACK = 2


def patient_km(setting: Setting, move: Move, ledger: Ledger) -> None:
    """Enters the change in patient kilometres of a move (`patient_km_change`); unknown places count nothing."""
    for form in travelled(setting, move):
        ledger.enter("patient_km_change", form)


def travelled(setting: Setting, move: Move, *, by_area: bool = False) -> Iterator[Form]:
    """Yields the change in patient kilometres. Who is seen nowhere does not travel.

    Args:
        setting: facts, scenario and draws.
        move: as applied.
        by_area: whether the rows are the patients' areas; else the one row is all patients.
    """
    if not setting.region.areas.located(move.moved.area).any() or not move.parcels:
        return
    visits = value(setting, move.initiative, "visits_per_unit", move.initiative.visits_per_unit)
    per_km = move.seen * (visits * THERE_AND_BACK * DETOUR)
    parcel = move.parcels[0]
    if len(move.parcels) == 1 and parcel.allocation.varying is None:
        further = _further_of_cells(setting, move, parcel)
        rows, row = numbered(_row(move.moved.area, by_area=by_area))
        coefficients = move.of_donors(row, move.moved.units * further, size=rows.size)
        yield Form(rows, coefficients, move.basis * per_km)
        return
    cells = move.moved
    lines = move.lines(cells.provider, cells.area, weights=(cells.units,))
    weights = lines.weights[0] * _further(setting, lines.keys[1], lines.keys[0], move.recipients[lines.recipient])
    yield from move.formed(lines, _row(lines.keys[1], by_area=by_area), weights, move.offered * per_km)


def _row(area: Integers, *, by_area: bool) -> Integers:
    return area if by_area else np.zeros_like(area)


def unknown_area_share(setting: Setting, move: Move) -> float:
    """Returns the share of what an initiative may move whose patients' area is unknown (NaN where nothing is there)."""
    units = move.moved.units
    located = setting.region.areas.located(move.moved.area)
    return float(units[~located].sum() / units.sum()) if units.sum() > 0 else float("nan")


def _further(setting: Setting, area: Integers, donor: Integers, recipient: Integers) -> Array:
    """Returns the extra great-circle km of a patient of an area, by line; 0 where a place is unknown."""
    region = setting.region
    place = np.where(region.areas.located(area), area, 0)
    further = region.km[place, recipient] - region.km[place, donor]
    return np.where(region.areas.located(area), np.nan_to_num(further), 0.0)


def _further_of_cells(setting: Setting, move: Move, parcel: Parcel) -> Array:
    """Returns the extra great-circle km of each moved cell, by its fixed shares; 0 where a place is unknown."""
    region, cells = setting.region, move.moved
    located = region.areas.located(cells.area)
    area = np.where(located, cells.area, 0)
    pairs, pair = distinct(np.stack([area, parcel.allocation.group]))
    km = region.km[np.ix_(pairs[0], move.recipients)]
    shares = parcel.allocation.fixed[pairs[1]].toarray() * ~np.isnan(km)
    own = region.km[area, cells.provider]
    there, share = (shares * np.nan_to_num(km)).sum(axis=1)[pair], shares.sum(axis=1)[pair]
    return np.where(located & ~np.isnan(own), there - share * np.nan_to_num(own), 0.0)
