"""What is at stake for each party, and where interests clash (section 9).

Everything here is a mean over the draws. A value is seen from the party: positive is a gain. Its stance says whether
it is large enough to matter to that party (materiality).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from models.forms import Ledger, Sum
from models.outcome import PATIENTS, PAYER_MARGIN, PROVIDER_MARGIN, Outcome
from models.region.codes import Array, Integers
from models.summary import frame, stacked

MATERIAL_KM = 1.0
"""Kilometres a year below which patients' travel is neutral: an assumption, there to keep rounding out."""
REVENUE = {"revenue_change_eur": 1, "backfill_revenue_eur": 1}


@dataclass(frozen=True)
class Stakes:
    """One dimension of some parties.

    Attributes:
        dimension: revenue, margin, staff_capacity, facility_capacity, volume_norms or travel.
        party: names.
        value: in the dimension's unit.
        share: of the party's size, NaN where that is unknown or means nothing.
        weight: what the stance is taken of: the share, else the value.
        resource: the resource behind each value; empty where that means nothing.
        year: the year behind it; None where that means nothing.
    """

    dimension: str
    party: Sequence[str]
    value: Array
    share: Array
    weight: Array
    resource: Sequence[str] = ()
    year: Integers | None = None


def interest(outcome: Outcome) -> pl.DataFrame:
    """Returns what is at stake for each party, for the whole scenario and for each initiative (`interest`)."""
    parts = [_rows(outcome, None, stakes) for stakes in _of_scenario(outcome)]
    for order, result in enumerate(outcome.initiatives):
        name = result.move.initiative.id
        money = _money(outcome, result.parties, result.providers, result.payers)
        parts += [_rows(outcome, name, stakes) for stakes in (*money, *_capacity(outcome, order))]
        parts.append(_rows(outcome, name, _travel(outcome, result.patients)))
    return stacked("interest", parts)


def _of_scenario(outcome: Outcome) -> Iterator[Stakes]:
    everybody = np.arange(len(outcome.setting.region.providers.ids))
    yield from _money(outcome, everybody, outcome.providers, outcome.payers)
    yield from _capacity(outcome, None)
    yield from _norms(outcome)
    yield _travel(outcome, outcome.patients)


def _rows(outcome: Outcome, initiative: str | None, stakes: Stakes) -> pl.DataFrame:
    columns: dict[str, Any] = {
        "scenario": outcome.setting.scenario.scenario,
        "party": list(stakes.party),
        "initiative": initiative,
        "dimension": stakes.dimension,
        "value": stakes.value,
        "share_of_size": stakes.share,
        "stance": stances(stakes.weight, _materiality(outcome, stakes)),
        "resource": list(stakes.resource) or None,
        "year": stakes.year,
    }
    return frame("interest", columns)


def _materiality(outcome: Outcome, stakes: Stakes) -> Array:
    """Returns what counts as large enough: of a share the scenario's, of a bare value any whole unit."""
    if stakes.dimension in {"volume_norms", "travel"}:
        return np.full(len(stakes.party), MATERIAL_KM / 2)
    limit = outcome.setting.scenario.materiality.limit(stakes.dimension)
    if stakes.dimension in {"revenue", "margin"}:
        return np.where(np.isnan(stakes.share), 1.0, limit)
    return np.full(len(stakes.party), limit)


def stances(weight: Array, limit: Array) -> list[str]:
    """Returns gains, loses or neutral for each weight against its limit."""
    return np.select([weight > limit, weight < -limit], ["gains", "loses"], "neutral").tolist()


def annual_equivalent(outcome: Outcome, total: Sum) -> Array:
    """Returns the mean annual equivalent of each row of a sum, shape (rows,)."""
    return total.mean() @ outcome.setting.discount / outcome.setting.annuity


def _money(outcome: Outcome, parties: Integers, providers: Ledger, payers: Ledger) -> Iterator[Stakes]:
    own, paying = outcome.setting.region.providers, outcome.setting.region.payers
    for dimension, rows, forms, ids, sizes in (
        ("revenue", parties, providers.signed(REVENUE), own.ids, own.size),
        ("margin", parties, providers.signed(PROVIDER_MARGIN), own.ids, own.size),
        ("margin", outcome.all_payers, payers.signed(PAYER_MARGIN), paying.ids, outcome.payer_size[0]),
    ):
        value = annual_equivalent(outcome, outcome.sum(forms, rows))
        size = sizes[rows]
        share = np.where(size > 0, value / np.where(size > 0, size, 1.0), np.nan)
        yield Stakes(dimension, [ids[row] for row in rows], value, share, np.where(np.isnan(share), value, share))


def _capacity(outcome: Outcome, order: int | None) -> Iterator[Stakes]:
    """Yields staff and facilities: −(gap after − gap before) ÷ usable, in the resource and year that end up worst."""
    parties = (
        np.arange(len(outcome.setting.region.providers.ids)) if order is None else outcome.initiatives[order].parties
    )
    before, change, usable = _gaps(outcome, order, parties)
    resources = outcome.setting.region.resources
    for dimension, kind in (("staff_capacity", resources.is_staff), ("facility_capacity", ~resources.is_staff)):
        if kind.any():
            gaps = (before[:, kind], change[:, kind], usable[:, kind])
            yield from _worst(outcome, dimension, parties, gaps, names=np.array(resources.ids, dtype=object)[kind])


def _worst(
    outcome: Outcome,
    dimension: str,
    everybody: Integers,
    gaps: tuple[Array, Array, Array],
    *,
    names: np.ndarray[Any, np.dtype[np.object_]],
) -> Iterator[Stakes]:
    """Yields the stakes of the parties whose gap is known; gaps as `_gaps` returns them, of the resources named."""
    before, change, usable = gaps
    with np.errstate(divide="ignore", invalid="ignore"):
        pressure = np.where(usable > 0, (before + change) / usable, np.nan)
    known = np.flatnonzero(~np.isnan(pressure).all(axis=(1, 2)))
    if not known.size:
        return
    flat = np.nanargmax(pressure[known].reshape(known.size, -1), axis=1)
    resource, year = np.unravel_index(flat, pressure.shape[1:])
    gap, moved, room = (part[known, resource, year] for part in (before, change, usable))
    scarce = np.maximum(0, gap + moved) - np.maximum(0, gap)
    yield Stakes(
        dimension=dimension,
        party=[outcome.setting.region.providers.ids[party] for party in everybody[known]],
        value=-moved / room,
        share=np.full(known.size, np.nan),
        weight=-scarce / room,
        resource=names[resource].tolist(),
        year=outcome.setting.years[year],
    )


def _gaps(outcome: Outcome, order: int | None, parties: Integers) -> tuple[Array, Array, Array]:
    """Returns mean gap before, change and usable capacity, shape (parties, resources, years).

    For one initiative, before is after the earlier ones; for the whole scenario (None), without an agreement.
    """
    loads, resources = outcome.loads, range(len(outcome.setting.region.resources.ids))
    last = len(outcome.initiatives) - 1 if order is None else order
    before, change, usable = (np.zeros((parties.size, len(resources), outcome.setting.years.size)) for _ in range(3))
    demand = outcome.setting.demand.tracks.mean(axis=-1)
    for r in resources:
        usable[:, r] = loads.usable[parties, r][:, None] * loads.growth(r).mean(axis=-1)
        load = np.where(loads.load_known[parties, r][:, None], loads.coefficients[parties, r] @ demand, np.nan)
        before[:, r] = load - usable[:, r]
        for place, result in enumerate(outcome.initiatives[: last + 1]):
            amounts = outcome.sum(result.loads.forms(r), parties).mean()
            (change if order is None or place == order else before)[:, r] += amounts
    return before, change, usable


def _norms(outcome: Outcome) -> Iterator[Stakes]:
    """Yields norms resolved less norms breached because of the scenario, at the horizon."""
    counts: dict[int, int] = {}
    for finding in outcome.thresholds.findings():
        worth = {"breach_resolved": 1, "breach_caused": -1}.get(finding.status[-1], 0)
        if finding.norm is not None and finding.provider in outcome.parties:
            counts[finding.provider] = counts.get(finding.provider, 0) + worth
    names = [outcome.setting.region.providers.ids[provider] for provider in counts]
    value = np.array(list(counts.values()), dtype=float)
    if names:
        yield Stakes("volume_norms", names, value, np.full(value.size, np.nan), value)


def _travel(outcome: Outcome, patients: Ledger) -> Stakes:
    """Returns what patients gain: kilometres a year that they need not travel."""
    further = outcome.sum(patients.forms("patient_km_change"), np.zeros(1, dtype=np.int64))
    value = 0.0 - annual_equivalent(outcome, further)
    return Stakes("travel", [PATIENTS], value, np.full(1, np.nan), value)


def conflict(outcome: Outcome) -> pl.DataFrame:
    """Returns each pair of parties of which one gains and the other loses margin over an initiative (`conflict`)."""
    table = interest(outcome).filter(
        pl.col("dimension") == "margin", pl.col("initiative").is_not_null(), pl.col("share_of_size").is_not_null()
    )
    keys = ["scenario", "initiative"]
    losers = table.filter(pl.col("stance") == "loses").select(*keys, loser="party", loser_share="share_of_size")
    gainers = table.filter(pl.col("stance") == "gains").select(*keys, gainer="party", gainer_share="share_of_size")
    pairs = losers.join(gainers, on=keys, maintain_order="left_right")
    strength = pl.min_horizontal(pl.col("loser_share").abs(), pl.col("gainer_share"))
    columns = frame("conflict", {}).columns
    return pairs.with_columns(strength=strength).sort("strength", descending=True, maintain_order=True).select(columns)


def tensions(interests: pl.DataFrame) -> pl.DataFrame:
    """Returns where one party loses on one dimension what it gains on another.

    Args:
        interests: the table `interest`.

    Returns:
        One row a scenario, party, initiative (null = whole scenario) and pair of dimensions: `loses_on`, `loss`
        (value), `gains_on`, `gain` (value).
    """
    keys = ["scenario", "party", "initiative"]
    losses = interests.filter(pl.col("stance") == "loses").select(*keys, loses_on="dimension", loss="value")
    gains = interests.filter(pl.col("stance") == "gains").select(*keys, gains_on="dimension", gain="value")
    return losses.join(gains, on=keys, nulls_equal=True, maintain_order="left_right")
