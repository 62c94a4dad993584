"""When it bites, and what lasts (section 4): the path of each party's margin change over the years (`path_summary`)."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from models.forms import Form, Sum, quantiles
from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN, Outcome
from models.region.codes import Array, Integers
from models.summary import frame, lowest, stacked

TURN_ABOVE_EUR = -0.50
"""From a margin change above this on a year counts as turned (model page, section 4)."""
PARTIES_AT_ONCE = 64


def path_summary(outcome: Outcome) -> pl.DataFrame:
    """Returns worst year, what has to be bridged, the turn and what lasts, of every party and of the region."""
    region = outcome.setting.region
    providers, payers = outcome.providers.signed(PROVIDER_MARGIN), outcome.payers.signed(PAYER_MARGIN)
    parts = [
        *_blocks(outcome, providers, region.providers.ids),
        *_blocks(outcome, payers, region.payers.ids),
        _summary(outcome, [None], _region(outcome, [*providers, *payers])),
    ]
    return stacked("path_summary", parts)


def _blocks(outcome: Outcome, forms: list[Form], ids: tuple[str, ...]) -> Iterator[pl.DataFrame]:
    everybody = np.arange(len(ids))
    for start in range(0, len(ids), PARTIES_AT_ONCE):
        rows = everybody[start : start + PARTIES_AT_ONCE]
        yield _summary(outcome, [ids[row] for row in rows], Sum(forms, rows, outcome.setting.shape).values())


def _region(outcome: Outcome, forms: list[Form]) -> Array:
    """Returns the sum over all parties, shape (1, steps, draws)."""
    together = [form.named(np.zeros_like(form.rows)) for form in forms]
    return Sum(together, np.zeros(1, dtype=np.int64), outcome.setting.shape).values()


def _summary(outcome: Outcome, parties: list[str | None], change: Array) -> pl.DataFrame:
    """Returns the rows of some parties, from their margin change by step and draw."""
    years = outcome.setting.years
    yearly, lasting = change[:, : years.size], change[:, years.size]
    summed = yearly.cumsum(axis=1)
    worst, low = (lowest(amounts.mean(axis=-1)) for amounts in (yearly, summed))
    return frame(
        "path_summary",
        {
            "scenario": outcome.setting.scenario.scenario,
            "party": parties,
            "worst_year": years[worst],
            **_told("worst_year_eur", _picked(yearly, worst)),
            "low_point_year": years[low],
            **_told("low_point_eur", _picked(summed, low)),
            "turn_year": [_turn(path, years) for path in yearly.mean(axis=-1)],
            **_told("lasting_eur", lasting),
        },
    )


def _picked(amounts: Array, year: Integers) -> Array:
    """Returns the amounts of each party in its own year, shape (parties, draws)."""
    return np.take_along_axis(amounts, year[:, None, None], axis=1)[:, 0]


def _told(name: str, amounts: Array) -> dict[str, Array]:
    low, _, high = quantiles(np.sort(amounts, axis=-1))
    return {name: amounts.mean(axis=-1), f"{name}_p10": low, f"{name}_p90": high}


def _turn(path: Array, years: Integers) -> int | None:
    """Returns the first year from which the change is never a loss again; None where the last year is one."""
    below = np.flatnonzero(path <= TURN_ABOVE_EUR)
    if not below.size:
        return int(years[0])
    return int(years[below[-1] + 1]) if below[-1] + 1 < years.size else None
