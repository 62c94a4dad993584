"""Initiatives that claim the same care of the same donors: what keeps a whole region from being busy with one thing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from models.outcome import Outcome
from models.region import Region
from models.region.codes import Integers, Mask
from models.scenario.parties import donors_of
from models.scenario.schema import Initiative, Scenario
from models.summary import frame


@dataclass(frozen=True)
class Claim:
    """The care of which donors an initiative claims."""

    scenario: str
    initiative: str
    donors: Integers
    segments: Mask


def initiative_overlap(outcome: Outcome) -> pl.DataFrame:
    """Returns the overlaps within one scenario (`initiative_overlap`)."""
    return overlaps(outcome.setting.region, [outcome.setting.scenario])


def overlaps(region: Region, scenarios: Sequence[Scenario]) -> pl.DataFrame:
    """Returns every pair of initiatives that claim the same care of the same donors, within and across scenarios.

    Args:
        region: the facts of the scenarios' base year.
        scenarios: all to be held against each other.

    Returns:
        One row a pair, each pair once, in the order given (`initiative_overlap`).
    """
    claims = [_claim(region, scenario, i) for scenario in scenarios for i in scenario.initiatives]
    rows = [row for one, other in combinations(claims, 2) for row in _shared(region, one, other)]
    names = ("scenario", "initiative", "other_scenario", "other_initiative", "shared_units", "shared_donors")
    return frame("initiative_overlap", {name: [row[place] for row in rows] for place, name in enumerate(names)})


def _claim(region: Region, scenario: Scenario, initiative: Initiative) -> Claim:
    segments = region.segments.matching(initiative.care)
    return Claim(scenario.scenario, initiative.id, donors_of(initiative, region), segments)


def _shared(region: Region, one: Claim, other: Claim) -> Iterator[tuple[object, ...]]:
    donors, segments = np.intersect1d(one.donors, other.donors), one.segments & other.segments
    if not donors.size or not segments.any():
        return
    cells = region.cells
    inside = segments[cells.segment] & np.isin(cells.provider, donors)
    units = float(cells.units[inside].sum())
    if units > 0:
        giving = np.unique(cells.provider[inside & (cells.units > 0)])
        names = json.dumps([region.providers.ids[donor] for donor in giving])
        yield one.scenario, one.initiative, other.scenario, other.initiative, units, names
