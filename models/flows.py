"""Who gives what to whom: the flow tables of an initiative (`transfer_flow`, `transfer_flow_detail`).

Nearly every flow rests on one track, so its percentiles are those of the track times a coefficient; only flows that
mix tracks are multiplied out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.baseline import Setting
from models.forms import PERCENTILES
from models.region.codes import Array, Integers, distinct
from models.summary import frame, percentiles
from models.transfer import Move, tariff

ROWS_AT_ONCE = 2_000
"""How many mixed flows are multiplied out over the draws at a time."""


@dataclass(frozen=True)
class Lines:
    """Flows at some grain, by track; every array has one entry a (row, track).

    Attributes:
        row: flow that the line belongs to.
        cell: one of the moved cells behind the line, for what the cells of a flow have in common.
        recipient: position in the move's recipients.
        track: position in the move's basis.
        units, worth: coefficients of units and of the donor's production value.
        rows: number of flows.
    """

    row: Integers
    recipient: Integers
    keys: Integers
    track: Integers
    units: Array
    worth: Array
    rows: int


def _lines(setting: Setting, move: Move, *grain: Integers) -> Lines:
    """Returns the flows of a move at a grain of its cells (columns of positions), by recipient."""
    region, cells = setting.region, move.moved
    price, _ = region.prices.of_units(cells.provider, cells.payer, region.segments.care_product[cells.segment])
    recipient, kinds, (units, worth) = move.lines(*grain, weights=(cells.units, cells.units * price))
    keys = np.stack([recipient, *kinds[:-1]])
    flows, row = distinct(keys)
    return Lines(row.reshape(-1), flows[0], flows[1:], kinds[-1], units, worth, flows.shape[1])


def _spread_of(move: Move, lines: Lines, weights: Array, factor: Array) -> tuple[Array, Array]:
    """Returns mean (rows, years) and percentiles (3, rows, years) of Σ weights · track · factor · share."""
    years = move.basis.shape[1]
    mean, spread = np.zeros((lines.rows, years)), np.zeros((len(PERCENTILES), lines.rows, years))
    counts = np.bincount(lines.row, minlength=lines.rows)
    single = (counts[lines.row] == 1) & (move.allocation.varying is None)
    basis = move.basis * factor
    on_track = percentiles(basis)
    mean[lines.row[single]] = weights[single, None] * basis.mean(axis=-1)[lines.track[single]]
    spread[:, lines.row[single]] = weights[single, None] * on_track[:, lines.track[single]]
    mixed = np.unique(lines.row[~single])
    for start in range(0, mixed.size, ROWS_AT_ONCE):
        rows = mixed[start : start + ROWS_AT_ONCE]
        amounts = _multiplied(move, lines, weights, basis, rows)
        mean[rows], spread[:, rows] = amounts.mean(axis=-1), percentiles(amounts)
    return mean, spread


def _multiplied(move: Move, lines: Lines, weights: Array, basis: Array, rows: Integers) -> Array:
    """Returns some flows over the draws, shape (rows given, years, draws)."""
    mine = np.isin(lines.row, rows)
    place = np.searchsorted(rows, lines.row[mine])
    tracks = basis.shape[0]
    flat = np.bincount(place * tracks + lines.track[mine], weights=weights[mine], minlength=rows.size * tracks)
    amounts = (flat.reshape(rows.size, tracks) @ basis.reshape(tracks, -1)).reshape(rows.size, *basis.shape[1:])
    varying = move.allocation.varying
    return amounts if varying is None else amounts * varying[lines.recipient[rows]]


def transfer_flow(setting: Setting, move: Move) -> pl.DataFrame:
    """Returns one row a year, donor, recipient, specialism and care product of an initiative (`transfer_flow`)."""
    region, cells = setting.region, move.moved
    segments = region.segments
    lines = _lines(
        setting, move, cells.provider, segments.specialism[cells.segment], segments.care_product[cells.segment]
    )
    ones = np.ones(setting.sample.size)
    figures = {
        "units_moved": _spread_of(move, lines, lines.units, ones),
        "units_returned": _spread_of(move, lines, lines.units, move.returns),
        "units_received": _spread_of(move, lines, lines.units, move.growth),
        "revenue_moved_eur": _spread_of(move, lines, lines.worth, 1 - move.returns),
    }
    row, year = np.nonzero(figures["units_moved"][0])
    columns: dict[str, object] = {
        "scenario": setting.scenario.scenario,
        "initiative": move.initiative.id,
        "year": setting.years[year],
        "from_id": _named(region.providers.ids, lines.keys[0][row]),
        "to_id": _named(region.providers.ids, move.recipients[lines.recipient[row]]),
        "specialism": _named(segments.specialisms.ids, lines.keys[1][row]),
        "care_product": _named(segments.care_products.ids, lines.keys[2][row]),
    }
    for name, (mean, spread) in figures.items():
        columns[name] = mean[row, year]
        columns |= {f"{name}_p{p}": values[row, year] for p, values in zip(PERCENTILES, spread, strict=True)}
    return frame("transfer_flow", columns)


def transfer_flow_detail(setting: Setting, move: Move) -> pl.DataFrame:
    """Returns one row a year, donor, recipient, payer and area of an initiative, means only."""
    region, cells = setting.region, move.moved
    lines = _lines(setting, move, cells.provider, cells.payer, cells.area, cells.segment)
    price, factor = _recipient_price(setting, move, lines)
    means = [
        _mean_of(move, lines, lines.units, np.ones(setting.sample.size)),
        _mean_of(move, lines, lines.worth, 1 - move.returns),
        _mean_of(move, lines, lines.units * price[lines.row], move.growth * factor),
    ]
    coarse, row_of = distinct(np.stack([lines.recipient, *lines.keys[:3]]))
    sums = []
    for mean in means:
        total = np.zeros((coarse.shape[1], mean.shape[1]))
        np.add.at(total, row_of.reshape(-1), mean)
        sums.append(total)
    row, year = np.nonzero(sums[0])
    areas = np.array([*region.areas.ids, None], dtype=object)
    return frame(
        "transfer_flow_detail",
        {
            "scenario": setting.scenario.scenario,
            "initiative": move.initiative.id,
            "year": setting.years[year],
            "from_id": _named(region.providers.ids, coarse[1][row]),
            "to_id": _named(region.providers.ids, move.recipients[coarse[0][row]]),
            "payer_id": _named(region.payers.ids, coarse[2][row]),
            "area": list(areas[coarse[3][row]]),
            "units_moved": sums[0][row, year],
            "revenue_moved_eur": sums[1][row, year],
            "value_eur": sums[2][row, year],
        },
    )


def _mean_of(move: Move, lines: Lines, weights: Array, factor: Array) -> Array:
    """Returns the mean of Σ weights · track · factor, allocation included, shape (rows, years)."""
    basis = move.basis * factor
    varying = move.allocation.varying
    result = np.zeros((lines.rows, basis.shape[1]))
    if varying is None:
        np.add.at(result, lines.row, weights[:, None] * basis.mean(axis=-1)[lines.track])
    else:
        means = np.einsum("kyd,jyd->jky", basis, varying) / basis.shape[-1]
        np.add.at(result, lines.row, weights[:, None] * means[lines.recipient[lines.row], lines.track])
    return result


def _recipient_price(setting: Setting, move: Move, lines: Lines) -> tuple[Array, Array]:
    """Returns what the recipient's units of each flow are priced at: a price by row and a factor by draw."""
    replacement, ones = move.initiative.replacement, np.ones(setting.sample.size)
    if replacement is not None and not isinstance(replacement.tariff_eur, str):
        return np.ones(lines.rows), tariff(setting, move.initiative, replacement.tariff_eur)
    product = setting.region.segments.care_product[lines.keys[3]]
    price, _ = setting.region.prices.of_units(move.recipients[lines.recipient], lines.keys[1], product)
    return price, ones


def _named(ids: tuple[str | None, ...], positions: Integers) -> list[str | None]:
    return list(np.array(ids, dtype=object)[positions]) if positions.size else []


def flows(setting: Setting, moves: Iterator[Move], *, detail: bool) -> Iterator[pl.DataFrame]:
    """Yields the flow table of each move."""
    for move in moves:
        if move.moved.units.size:
            yield (transfer_flow_detail if detail else transfer_flow)(setting, move)
