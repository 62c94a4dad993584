"""From where patients travel further (`travel_area`)."""

import numpy as np
import polars as pl

from models.forms import Form
from models.outcome import InitiativeOutcome, Outcome
from models.region.codes import numbered
from models.summary import frame
from models.travel import travelled


def travel_area(outcome: Outcome) -> pl.DataFrame:
    """Returns what moves from each known patient area and how much further its patients travel; means.

    Units are those that move with the agreement; kilometres are set against no agreement. Care that is prevented moves
    to nobody and has no rows. Over the areas the kilometres add up to those of `party_impact`.
    """
    return pl.concat([frame("travel_area", {}), *(_of(outcome, result) for result in outcome.initiatives)])


def _of(outcome: Outcome, result: InitiativeOutcome) -> pl.DataFrame:
    setting, cells = outcome.setting, result.move.moved
    known = np.flatnonzero(setting.region.areas.located(np.arange(len(setting.region.areas.ids))))
    if not result.move.parcels or not known.size:
        return frame("travel_area", {})
    rows, row = numbered(cells.area)
    moved = Form(rows, result.move.of_donors(row, cells.units, size=rows.size), result.move.basis)
    further = [
        form.times(sign) for played, sign in result.worlds for form in travelled(setting, played.move, by_area=True)
    ]
    units, km = outcome.sum([moved], known).mean(), outcome.sum(further, known).mean()
    area, year = np.nonzero((units != 0) | (km != 0))
    return frame(
        "travel_area",
        {
            "scenario": setting.scenario.scenario,
            "initiative": result.move.initiative.id,
            "area": [setting.region.areas.ids[known[place]] for place in area],
            "year": setting.years[year],
            "units_moved": units[area, year],
            "patient_km_change": km[area, year],
        },
    )
