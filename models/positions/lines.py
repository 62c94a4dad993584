"""Red lines as numbers: for each, the amounts that it is held against, and what they may be at least.

One line may be several amounts (the margin of every year for the cushion); it holds where each is at least its limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from models.disclosure.scenario_facts import MONEY
from models.positions.position import AMOUNTS, Position, RedLine
from models.region.codes import Array

LEAST_UNITS = 0.5
"""A department with fewer units than this has stopped (model page, section 6)."""
Unit = Literal["eur", "fte", "units", "refusal"]
UNITS: dict[str, Unit] = {"department": "units", "staff_capacity": "fte", "refuse": "refusal"}
Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class LineBases:
    """What red lines are shares of: size and cushion by party, units and production by department, limits of hands.

    Attributes:
        size: euro a year, by party; cushion: what the cushion is a share of, by party.
        units: units of a department without an agreement, by (party, specialism) and year; production: in euro.
        gap: hours short without an agreement, by (party, resource) and year. hours_per_fte: by resource.
        years: from the base year to the horizon. discount: by year.
    """

    size: Mapping[str, float]
    cushion: Mapping[str, float]
    units: Mapping[tuple[str, str], Mapping[int, float]]
    production: Mapping[tuple[str, str], float]
    gap: Mapping[tuple[str, str], Mapping[int, float]]
    hours_per_fte: Mapping[str, float]
    years: tuple[int, ...]
    discount: Mapping[int, float]


@dataclass(frozen=True)
class Line:
    """One red line of one party, ready to be held against.

    Attributes:
        party: whose; place: where it stands in the party's list.
        red: as handed in.
        limits: what each of its amounts must be at least, in its own unit.
        unit: what the amounts are in.
        per_share: how much of the unit is a whole share, for a line that is given as one; else 1.
        known: whether there are figures to hold it against.
    """

    party: str
    place: int
    red: RedLine
    limits: Array
    unit: Unit
    per_share: float
    known: bool


def lines_of(positions: Iterable[Position], known: LineBases) -> tuple[Line, ...]:
    """Returns every red line of every party, in the order of the positions."""
    return tuple(
        _line(position.party, place, red, known)
        for position in positions
        for place, red in enumerate(position.red_lines)
    )


def _line(party: str, place: int, red: RedLine, known: LineBases) -> Line:
    unit: Unit = UNITS.get(red.dimension or "refuse", "eur")
    if red.refuse:
        return Line(party, place, red, np.zeros(1), unit, 1.0, known=True)
    if red.dimension == "department":
        return _department(party, place, red, known)
    if red.dimension == "staff_capacity":
        gaps = known.gap.get((party, red.resource or ""))
        hours = known.hours_per_fte.get(red.resource or "", 0.0)
        if gaps is None or not hours:
            return Line(party, place, red, np.zeros(0), unit, 1.0, known=False)
        short = np.array([max(0.0, (red.at_most_fte or 0.0) - gaps[year] / hours) for year in known.years])
        return Line(party, place, red, -short, unit, 1.0, known=True)
    whole = (known.cushion if red.dimension == "cushion" else known.size).get(party, 0.0)
    count = len(known.years) if red.dimension == "cushion" else 1
    limits = np.full(count, (red.at_least or 0.0) * whole)
    return Line(party, place, red, limits, unit, whole or 1.0, known=whole > 0)


def _department(party: str, place: int, red: RedLine, known: LineBases) -> Line:
    key = (party, red.specialism or "")
    if red.keep:
        units = known.units.get(key, {})
        limits = np.array([min(0.0, LEAST_UNITS - units.get(year, 0.0)) for year in known.years])
        return Line(party, place, red, limits, "units", 1.0, known=bool(units))
    production = known.production.get(key, 0.0)
    limits = np.full(len(known.years), (red.at_least or 0.0) * production)
    return Line(party, place, red, limits, "eur", production or 1.0, known=production > 0)


def amounts_of(line: Line, frames: Frames, known: LineBases) -> Array:
    """Returns what a scenario's results add to each amount of a line.

    Args:
        line: which.
        frames: result tables of one scenario: party_impact, threshold, interest, capacity_gap and initiative.
        known: what shares are of.
    """
    if not line.known:
        return np.zeros(line.limits.size)
    red = line.red
    if red.refuse:
        return np.array([-1.0 if red.initiative in frames["initiative"]["initiative"].to_list() else 0.0])
    if red.dimension in AMOUNTS:
        return _money(line, frames["party_impact"], known)
    if red.dimension == "department":
        return _department_change(line, frames, known)
    rows = frames["capacity_gap"].filter(pl.col("provider") == line.party, pl.col("resource") == red.resource)
    return -_by_year(rows, "load_change", known.years) / known.hours_per_fte[red.resource or ""]


def _department_change(line: Line, frames: Frames, known: LineBases) -> Array:
    """Returns the change of a department by year: of its units where it must stay, else of its production."""
    if line.red.keep:
        rows = frames["threshold"].filter(
            pl.col("provider") == line.party, pl.col("specialism") == line.red.specialism, pl.col("norm").is_null()
        )
        return _by_year(rows.with_columns(change=pl.col("units_after") - pl.col("units_before")), "change", known.years)
    rows = frames["interest"].filter(
        pl.col("party") == line.party, pl.col("specialism") == line.red.specialism, pl.col("initiative").is_null(),
        pl.col("dimension") == "department",
    )  # fmt: skip
    return np.full(len(known.years), float(rows["value"].sum()))


def _money(line: Line, impact: pl.DataFrame, known: LineBases) -> Array:
    """Returns the margin of every year for the cushion, else the annual equivalent; a payer's spend as it feels it."""
    measure = line.red.dimension or ""
    names = MONEY.get(measure, ("margin_change_eur",))
    rows = impact.filter(pl.col("party") == line.party, pl.col("initiative").is_null(), pl.col("measure").is_in(names))
    yearly = _by_year(rows.drop_nulls("year"), "mean", known.years)
    if measure == "cushion":
        return yearly
    factors = np.array([known.discount[year] for year in known.years])
    sign = -1.0 if measure == "spend" else 1.0
    return np.array([sign * float(yearly @ factors) / float(factors.sum())])


def _by_year(rows: pl.DataFrame, column: str, years: Sequence[int]) -> Array:
    found = dict(rows.group_by("year").agg(pl.col(column).sum()).iter_rows())
    return np.array([found.get(year) or 0.0 for year in years])
