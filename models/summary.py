"""From draws to figures: mean, percentiles and probabilities, and the rows that carry them."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import polars as pl

from models.baseline import near
from models.forms import PERCENTILES, Form, Sum, quantiles
from models.region.codes import Array, Integers, Mask
from models.tables import RESULT_TABLES


def lowest(amounts: Array) -> Integers:
    """Returns the first place along the last axis that is as low as the lowest, but for rounding."""
    least = np.nanmin(amounts, axis=-1, keepdims=True)
    return np.asarray((amounts <= least + near(least)).argmax(axis=-1))


def percentiles(amounts: Array) -> Array:
    """Returns the 10th, 50th and 90th percentile over the draws (last axis), shape (3, ...), linearly interpolated."""
    if amounts.shape[-1] == 1:
        return np.broadcast_to(amounts[..., 0], (len(PERCENTILES), *amounts.shape[:-1]))
    return quantiles(np.sort(amounts, axis=-1))


def spread(amounts: Array) -> dict[str, Array]:
    """Returns mean and percentiles over the draws (last axis), flattened over all other axes."""
    figures = {"mean": amounts.mean(axis=-1).reshape(-1)}
    return figures | {f"p{p}": values.reshape(-1) for p, values in zip(PERCENTILES, percentiles(amounts), strict=True)}


def spread_of(total: Sum, name: str) -> dict[str, Array]:
    """Returns the mean of a sum under `name` and its percentiles beside it, flattened."""
    mean, around = total.spread()
    named = {f"{name}_p{p}": values.reshape(-1) for p, values in zip(PERCENTILES, around, strict=True)}
    return {name: mean.reshape(-1), **named}


class PartlyKnown(Sum):
    """A sum of which some rows are not known: their figures are NaN.

    Args:
        forms, rows, shape: as of `Sum`.
        known: which rows are known.
    """

    def __init__(self, forms: list[Form], rows: Integers, shape: tuple[int, int], known: Mask) -> None:
        super().__init__(forms, rows, shape)
        self._unknown = ~known

    def mean(self) -> Array:
        """Returns the mean over the draws, shape (rows, years)."""
        return self._hidden(super().mean())

    def spread(self) -> tuple[Array, Array]:
        """Returns mean (rows, years) and percentiles (3, rows, years) over the draws."""
        mean, around = super().spread()
        return mean, np.stack([self._hidden(values) for values in around])

    def above(self, limit: Array) -> Array:
        """Returns the share of the draws in which the sum is above a limit, both of shape (rows, years)."""
        return self._hidden(super().above(limit))

    def _hidden(self, figures: Array) -> Array:
        return np.where(self._unknown[:, None], np.nan, figures)


def each(names: Sequence[str], times: int) -> pl.Series:
    """Returns a column of names, each so many times in a row."""
    return pl.Series(names, dtype=pl.String).gather(np.repeat(np.arange(len(names)), times))


def frame(name: str, columns: dict[str, Any]) -> pl.DataFrame:
    """Returns a result table from its columns, as defined: NaN and absent columns become empty."""
    schema = RESULT_TABLES[name].schema()
    length = max(
        (
            len(c)
            for c in columns.values()
            if isinstance(c, Sequence | np.ndarray | pl.Series) and not isinstance(c, str)
        ),
        default=0,
    )
    return pl.DataFrame([_series(column, columns.get(column), kind, length) for column, kind in schema.items()])


def _series(name: str, values: Any, kind: type[pl.DataType] | pl.DataType, length: int) -> pl.Series:  # noqa: ANN401
    """Returns a column: values as they are, or one value for all rows; NaN becomes empty."""
    if values is None or isinstance(values, str | int):
        return pl.Series(name, [values], dtype=kind).new_from_index(0, length)
    if isinstance(values, pl.Series):
        return values.alias(name).cast(kind)
    if isinstance(values, np.ndarray):
        return pl.Series(name, values, dtype=kind, nan_to_null=True)
    return pl.Series(name, values, dtype=kind, strict=False)


def stacked(name: str, frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Returns the rows of several frames of one result table."""
    parts = [part for part in frames if part.height]
    return pl.concat(parts) if parts else RESULT_TABLES[name].empty()
