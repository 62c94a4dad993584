"""Which parameters decide a party's outcome (section 8): rank correlation over the draws, and a one-at-a-time swing.

The swing of all parameters is one evaluation whose draws are the runs: in each, one parameter is at its 10th or 90th
percentile and everything else at its central value. What a world decides on means (who loses care to an enforced norm,
what is closed) is decided by each run for itself: runs that decide otherwise than together are evaluated apart.
"""

import numpy as np
import polars as pl
from scipy import stats

from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN, Outcome
from models.parameters import Parameter
from models.region.codes import Array, Integers
from models.run import run_fixed
from models.scenario.schema import parameters
from models.summary import frame

DRIVER = "driver:"
"""What the name of a driver begins with, in the place of a parameter's key path."""
SWING = np.array([0.1, 0.9])
"""The probabilities between which a parameter swings."""


def sensitivity(outcome: Outcome) -> pl.DataFrame:
    """Returns every uncertain parameter against every touched party's present value (`sensitivity`).

    The rank correlation is empty without draws, or where either side does not vary.
    """
    uncertain = [
        (path, parameter) for path, parameter in parameters(outcome.setting.scenario) if not parameter.is_number
    ]
    if not uncertain:
        return frame("sensitivity", {})
    names, values = present_values(outcome)
    swing = swings(outcome, uncertain)
    correlation = _correlations(outcome, uncertain, values)
    moves = (np.abs(swing).max(axis=(1, 2)) > 0) | (np.abs(values).max(axis=1) > 0)
    rows = np.flatnonzero(moves)
    own = frame(
        "sensitivity",
        {
            "scenario": outcome.setting.scenario.scenario,
            "party": np.repeat(np.array(names, dtype=object)[rows], len(uncertain)).tolist(),
            "parameter": [path for _ in rows for path, _ in uncertain],
            "rank_correlation": correlation[rows].reshape(-1),
            "low_eur": swing[rows, :, 0].reshape(-1),
            "high_eur": swing[rows, :, 1].reshape(-1),
        },
    )
    shared = _of_drivers(outcome, [path for path, _ in uncertain], [names[row] for row in rows], values[rows])
    return pl.concat([own, shared])


def _of_drivers(outcome: Outcome, paths: list[str], parties: list[str], values: Array) -> pl.DataFrame:
    """Returns every driver that uncertain parameters share against the parties' present values.

    A driver goes by `driver:` and the name of its key. It has no swing: it is nobody's figure, but how wrong all
    figures of one kind are together.
    """
    sample = outcome.setting.sample
    named = dict.fromkeys(sample.drivers.names[path] for path in paths if path in sample.drivers.names)
    shared = [name for name in named if sample.random and sample.drivers.weight(name)]
    if not shared or not parties:
        return frame("sensitivity", {})
    drawn = np.stack([sample.driver(name) for name in shared])
    correlation = _correlation_of_rows(stats.rankdata(values, axis=1), stats.rankdata(drawn, axis=1))
    return frame(
        "sensitivity",
        {
            "scenario": outcome.setting.scenario.scenario,
            "party": np.repeat(np.array(parties, dtype=object), len(shared)).tolist(),
            "parameter": [f"{DRIVER}{name}" for _ in parties for name in shared],
            "rank_correlation": correlation.reshape(-1),
        },
    )


def present_values(outcome: Outcome) -> tuple[list[str], Array]:
    """Returns the touched providers and all payers, with the present value of their margin change by draw."""
    region = outcome.setting.region
    names = [region.providers.ids[party] for party in outcome.parties]
    return [*names, *region.payers.ids], _values(outcome, outcome.parties)


def _values(outcome: Outcome, providers: Integers) -> Array:
    """Returns the present value of the margin change of some providers and of all payers, by draw."""
    totals = (
        outcome.sum(outcome.providers.signed(PROVIDER_MARGIN), providers),
        outcome.sum(outcome.payers.signed(PAYER_MARGIN), outcome.all_payers),
    )
    return np.concatenate([total.present_value(outcome.setting.discount) for total in totals])


def swings(outcome: Outcome, uncertain: list[tuple[str, Parameter]]) -> Array:
    """Returns present values with one parameter at its p10 and p90, all else central; (parties, parameters, 2)."""
    left = np.arange(2 * len(uncertain))
    values = np.zeros((outcome.parties.size + outcome.all_payers.size, left.size))
    by_itself = outcome.setting.scenario.scale_down != "all"  # what is closed is a matter of each run's own means
    while left.size:
        runs = left[:1] if by_itself else left
        other = _swung(outcome, uncertain, runs)
        alike = ~(other.agreement.norms.apart | other.no_agreement.norms.apart)
        values[:, runs[alike]] = _values(other, outcome.parties)[:, alike]
        left = np.setdiff1d(left, runs[alike])
        by_itself = by_itself or not alike.any()
    return values.reshape(values.shape[0], len(uncertain), 2)


def _swung(outcome: Outcome, uncertain: list[tuple[str, Parameter]], runs: Integers) -> Outcome:
    """Returns the outcome of some runs; run 2n has parameter n at its p10, run 2n + 1 at its p90."""
    fixed = {}
    for place, (path, parameter) in enumerate(uncertain):
        own = runs // 2 == place
        ends = parameter.quantile(SWING)[runs % 2] if own.any() else parameter.central
        fixed[path] = np.where(own, ends, parameter.central)
    return run_fixed(outcome.setting.region, outcome.setting.scenario, fixed=fixed, width=runs.size)


def _correlations(outcome: Outcome, uncertain: list[tuple[str, Parameter]], values: Array) -> Array:
    """Returns Spearman's rank correlation of each party's value with each parameter, (parties, parameters)."""
    sample = outcome.setting.sample
    if not sample.random:
        return np.full((values.shape[0], len(uncertain)), np.nan)
    drawn = np.stack([sample.values(path, parameter) for path, parameter in uncertain])
    return _correlation_of_rows(stats.rankdata(values, axis=1), stats.rankdata(drawn, axis=1))


def _correlation_of_rows(one: Array, other: Array) -> Array:
    """Returns Pearson's correlation of each row of one with each row of the other; NaN where a row does not vary."""
    one, other = (rows - rows.mean(axis=1, keepdims=True) for rows in (one, other))
    with np.errstate(divide="ignore", invalid="ignore"):
        return (one @ other.T) / np.outer(np.linalg.norm(one, axis=1), np.linalg.norm(other, axis=1))
