"""From draws to figures: mean, percentiles and probabilities, and the rows that carry them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from models.region.codes import Array
from models.tables import RESULT_TABLES

PERCENTILES = (10, 50, 90)


def percentiles(amounts: Array) -> Array:
    """Returns the 10th, 50th and 90th percentile over the draws (last axis), shape (3, ...), linearly interpolated.

    Where all draws are equal by construction (one draw), that value thrice.
    """
    draws = amounts.shape[-1]
    if draws == 1:
        return np.broadcast_to(amounts[..., 0], (len(PERCENTILES), *amounts.shape[:-1]))
    ordered = np.sort(amounts, axis=-1)
    result = np.empty((len(PERCENTILES), *amounts.shape[:-1]))
    for row, percentile in enumerate(PERCENTILES):
        place = percentile / 100 * (draws - 1)
        low = int(place)
        high = min(low + 1, draws - 1)
        result[row] = ordered[..., low] + (place - low) * (ordered[..., high] - ordered[..., low])
    return result


def spread(amounts: Array, name: str = "") -> dict[str, Array]:
    """Returns the mean under `name` (or `mean`) and the percentiles, flattened over all axes but the draws."""
    prefix = f"{name}_" if name else ""
    figures = {name or "mean": amounts.mean(axis=-1).reshape(-1)}
    for percentile, values in zip(PERCENTILES, percentiles(amounts), strict=True):
        figures[f"{prefix}p{percentile}"] = values.reshape(-1)
    return figures


def frame(name: str, columns: dict[str, Any]) -> pl.DataFrame:
    """Returns a result table from its columns, as defined: NaN and absent columns become empty."""
    schema = RESULT_TABLES[name].schema()
    length = max(
        (len(c) for c in columns.values() if isinstance(c, Sequence | np.ndarray) and not isinstance(c, str)), default=0
    )
    series = []
    for column, kind in schema.items():
        values = columns.get(column)
        if values is None or isinstance(values, str | int):
            series.append(pl.repeat(values, length, dtype=kind, eager=True).alias(column))
        else:
            own = pl.Series(column, values, strict=False)
            series.append((own.fill_nan(None) if own.dtype.is_float() else own).cast(kind))
    return pl.DataFrame(series)


def stacked(name: str, frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Returns the rows of several frames of one result table."""
    parts = [part for part in frames if part.height]
    return pl.concat(parts) if parts else RESULT_TABLES[name].empty()
