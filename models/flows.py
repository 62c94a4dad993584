"""Who gives what to whom: the flow tables of an initiative (`transfer_flow`, `transfer_flow_detail`).

Nearly every flow rests on one track, so its percentiles are those of the track times a coefficient; only flows that
mix tracks are multiplied out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from models.baseline import Setting
from models.forms import PERCENTILES, Sum
from models.region.codes import Array, Integers, Mask, distinct, sums
from models.revenue import donor_price
from models.summary import frame, percentiles
from models.transfer import FIXED, Lines, Move, tariff

NUMBERS_AT_ONCE = 2_000_000
"""How many figures of mixed flows are multiplied out over the draws at a time."""
NOBODY = -1
"""In the place of a recipient: the care is prevented."""


@dataclass(frozen=True)
class Flows:
    """The flows of a move at some grain, and the lines that they are made of.

    Attributes:
        keys: recipient (position in the move's recipients) and grain of each flow, shape (1 + columns, flows).
        row: flow of each line.
        lines: with units and the donor's production value as weights.
        single: which lines make a flow by themselves, by a share that does not vary.
    """

    keys: Integers
    row: Integers
    lines: Lines
    single: Mask

    @classmethod
    def of(cls, setting: Setting, move: Move, *grain: Integers) -> "Flows":
        """Returns the flows of a move at a grain of its cells (columns of positions), by recipient."""
        cells = move.moved
        weights = (cells.units, cells.units * donor_price(setting.region, move))
        lines = lines_of(move, *grain, weights=weights)
        keys, row = distinct(np.stack([lines.recipient, *lines.keys]))
        counts = np.bincount(row, minlength=keys.shape[1])
        return cls(keys, row, lines, (counts[row] == 1) & (lines.share == FIXED))


def lines_of(move: Move, *grain: Integers, weights: Sequence[Array]) -> Lines:
    """Returns what reaches whom at a grain of the moved cells; of prevention, whose care goes, with NOBODY."""
    return move.lines(*grain, weights=weights) if move.parcels else _prevented(move, grain, weights)


def _prevented(move: Move, grain: Sequence[Integers], weights: Sequence[Array]) -> Lines:
    """Returns what nobody receives, by the grain of the cells and track."""
    kinds, kind = distinct(np.stack([*grain, move.moved.track]))
    nobody = np.full(kinds.shape[1], NOBODY)
    summed = tuple(sums(kind, weight, size=kinds.shape[1]) for weight in weights)
    return Lines(nobody, kinds[:-1], kinds[-1], nobody, summed)


def tracks_of(move: Move) -> Array:
    """Returns what lines are coefficients of: what is on offer, or what is prevented."""
    return move.offered if move.parcels else move.basis


def _spread_of(move: Move, flows: Flows, weights: Array, tracks: Array) -> tuple[Array, Array]:
    """Returns mean (flows, years) and percentiles (3, flows, years) of Σ weights · track · share."""
    years, count = tracks.shape[1], flows.keys.shape[1]
    mean, spread = np.zeros((count, years)), np.zeros((len(PERCENTILES), count, years))
    single, track = flows.single, flows.lines.track[flows.single]
    mean[flows.row[single]] = weights[single, None] * tracks.mean(axis=-1)[track]
    spread[:, flows.row[single]] = weights[single, None] * percentiles(tracks)[:, track]
    mixed = np.unique(flows.row[~single])
    at_once = max(1, NUMBERS_AT_ONCE // (years * tracks.shape[2]))
    for start in range(0, mixed.size, at_once):
        rows = mixed[start : start + at_once]
        amounts = _multiplied(move, flows, weights, tracks, rows)
        mean[rows], spread[:, rows] = amounts.mean(axis=-1), percentiles(amounts)
    return mean, spread


def _multiplied(move: Move, flows: Flows, weights: Array, tracks: Array, rows: Integers) -> Array:
    """Returns some flows over the draws, shape (flows given, years, draws)."""
    place = np.minimum(np.searchsorted(rows, flows.row), rows.size - 1)
    mine = rows[place] == flows.row
    lines = replace(
        flows.lines, recipient=flows.lines.recipient[mine], track=flows.lines.track[mine], share=flows.lines.share[mine]
    )
    forms = list(move.formed(lines, place[mine], weights[mine], tracks))
    return Sum(forms, np.arange(rows.size), tracks.shape[1:]).values()


def transfer_flow(setting: Setting, move: Move) -> pl.DataFrame:
    """Returns one row a year, donor, recipient, specialism and care product of an initiative (`transfer_flow`)."""
    region, cells = setting.region, move.moved
    segments = region.segments
    flows = Flows.of(
        setting, move, cells.provider, segments.specialism[cells.segment], segments.care_product[cells.segment]
    )
    units, worth = flows.lines.weights
    tracks = tracks_of(move)[:, : setting.years.size]
    received = move.seen * move.growth if move.parcels else np.zeros(1)
    figures = {
        "units_moved": _spread_of(move, flows, units, tracks),
        "units_returned": _spread_of(move, flows, units, tracks * (move.seen * move.returned)),
        "units_received": _spread_of(move, flows, units, tracks * received),
        "revenue_moved_eur": _spread_of(move, flows, worth, tracks * (move.leaving * move.price)),
    }
    row, year = np.nonzero(figures["units_moved"][0])
    columns: dict[str, object] = {
        "scenario": setting.scenario.scenario,
        "initiative": move.initiative.id,
        "year": setting.years[year],
        "from_id": _named(region.providers.ids, flows.keys[1][row]),
        "to_id": _recipients(setting, move, flows.keys[0][row]),
        "specialism": _named(segments.specialisms.ids, flows.keys[2][row]),
        "care_product": _named(segments.care_products.ids, flows.keys[3][row]),
    }
    for name, (mean, spread) in figures.items():
        columns[name] = mean[row, year]
        columns |= {f"{name}_p{p}": values[row, year] for p, values in zip(PERCENTILES, spread, strict=True)}
    return frame("transfer_flow", columns)


def transfer_flow_detail(setting: Setting, move: Move) -> pl.DataFrame:
    """Returns one row a year, donor, recipient, payer and area of an initiative, means only."""
    region, cells = setting.region, move.moved
    flows = Flows.of(setting, move, cells.provider, cells.payer, cells.area, cells.segment)
    units, worth = flows.lines.weights
    tracks = tracks_of(move)[:, : setting.years.size]
    price, factor = _recipient_price(setting, move, flows)
    coarse, row_of = distinct(flows.keys[:4])
    of_line = row_of[flows.row]
    sums_of = [
        _mean_of(move, flows, weights, tracks * by, of_line, coarse.shape[1])
        for weights, by in (
            (units, 1.0),
            (worth, move.leaving * move.price),
            (units * price[flows.row], move.seen * move.growth * factor),
        )
    ]
    row, year = np.nonzero(sums_of[0])
    areas = np.array([*region.areas.ids, None], dtype=object)
    return frame(
        "transfer_flow_detail",
        {
            "scenario": setting.scenario.scenario,
            "initiative": move.initiative.id,
            "year": setting.years[year],
            "from_id": _named(region.providers.ids, coarse[1][row]),
            "to_id": _recipients(setting, move, coarse[0][row]),
            "payer_id": _named(region.payers.ids, coarse[2][row]),
            "area": list(areas[coarse[3][row]]),
            "units_moved": sums_of[0][row, year],
            "revenue_moved_eur": sums_of[1][row, year],
            "value_eur": sums_of[2][row, year],
        },
    )


def _mean_of(move: Move, flows: Flows, weights: Array, tracks: Array, rows: Integers, size: int) -> Array:
    """Returns the mean of Σ weights · track · share, summed by row, shape (size, years)."""
    means = tracks.mean(axis=-1)
    result = np.zeros((size, tracks.shape[1]))
    lines, plain = flows.lines, flows.lines.share == FIXED
    kinds = tracks.shape[0]
    flat = sums(rows[plain] * kinds + lines.track[plain], weights[plain], size=size * kinds)
    result += flat.reshape(size, kinds) @ means
    if not plain.all():
        pairs, pair = distinct(np.stack([lines.share[~plain], lines.track[~plain]]))
        shares = move.shares[:, : tracks.shape[1]]
        together = np.stack([(shares[share] * tracks[track]).mean(axis=-1) for share, track in pairs.T])
        np.add.at(result, rows[~plain], weights[~plain, None] * together[pair])
    return result


def _recipient_price(setting: Setting, move: Move, flows: Flows) -> tuple[Array, Array]:
    """Returns what the recipient's units of each flow are priced at: by flow, times a factor by (year and) draw."""
    replacement, ones, count = move.initiative.replacement, np.ones(1), flows.keys.shape[1]
    if not move.parcels:
        return np.zeros(count), ones
    if replacement is not None and not isinstance(replacement.tariff_eur, str):
        paid = tariff(setting, move.initiative, replacement.tariff_eur)
        return np.ones(count), paid if paid.ndim == 1 else paid[: setting.years.size]
    product = setting.region.segments.care_product[flows.keys[4]]
    price, _ = setting.region.prices.of_units(move.recipients[flows.keys[0]], flows.keys[2], product)
    return price, move.price if replacement is None else ones


def _recipients(setting: Setting, move: Move, positions: Integers) -> list[str | None]:
    """Returns who receives, by position among the recipients; None for care that is prevented."""
    ids = np.array([*np.array(setting.region.providers.ids, dtype=object)[move.recipients], None], dtype=object)
    return list(ids[positions]) if positions.size else []


def _named(ids: tuple[str | None, ...], positions: Integers) -> list[str | None]:
    return list(np.array(ids, dtype=object)[positions]) if positions.size else []


def flows(setting: Setting, moves: Iterator[Move], *, detail: bool) -> Iterator[pl.DataFrame]:
    """Yields the flow table of each move."""
    for move in moves:
        if move.moved.units.size:
            yield (transfer_flow_detail if detail else transfer_flow)(setting, move)
