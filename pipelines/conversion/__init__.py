"""From text to types, a column at a time: numbers in any notation, dates and periods, codes, lists and yes or no.

`convert_columns` is the door in. Nothing here knows where a delivery comes from or what becomes of a faulty cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from data_contracts.contract import Column
from pipelines.conversion.calendar import convert_dates, convert_periods, convert_years
from pipelines.conversion.numbers import convert_numbers, signs_shown, take_apart
from pipelines.conversion.outcome import Converted, Fault
from pipelines.conversion.words import convert_allowed, convert_booleans, convert_text

__all__ = ["Converted", "Fault", "convert_columns"]

_NUMERIC = {"integer", "number", "money", "share"}
_LONG = 20_000
"""Rows from which on it pays to convert different values only."""
_REPEATED = 4
"""How often a value must occur on average for that."""


def convert_columns(
    text: pl.DataFrame, columns: tuple[Column, ...], *, stored_numbers: Mapping[str, pl.Series]
) -> dict[str, Converted]:
    """Returns every column converted, by name.

    Args:
        text: all cells text, one column for each of `columns`, under the contract's names.
        columns: what each column is.
        stored_numbers: which cells of a column the file itself stores as numbers.
    """
    parts = {column.name: _different(text[column.name], stored_numbers.get(column.name)) for column in columns}
    notations = {
        c.name: take_apart(parts[c.name].values, stored=parts[c.name].stored) for c in columns if c.kind in _NUMERIC
    }
    elsewhere = signs_shown(list(notations.values()))
    converted = {}
    for column in columns:
        if column.name in notations:
            made = convert_numbers(notations[column.name], kind=column.kind, elsewhere=elsewhere)
        else:
            made = _convert_other(parts[column.name].values, column)
        index = parts[column.name].index
        converted[column.name] = made if index is None else made.spread(index)
    return converted


@dataclass(frozen=True)
class _Cells:
    """What is converted of a column: all its cells, or where values repeat a lot, every different one once.

    `index` then says which of the values each row holds.
    """

    values: pl.Series
    stored: pl.Series | None
    index: pl.Series | None


def _different(text: pl.Series, stored: pl.Series | None) -> _Cells:
    """Returns the different values of a long column that repeats them, else the column itself."""
    whole = _Cells(text, stored, index=None)
    if text.len() < _LONG or stored is not None or text.head(_LONG).n_unique() * _REPEATED > _LONG:
        return whole
    values = text.unique()
    if values.len() * _REPEATED > text.len():
        return whole
    numbered = values.to_frame("value").with_row_index("index")
    placed = text.to_frame("value").join(numbered, on="value", how="left", nulls_equal=True, maintain_order="left")
    return _Cells(values, None, placed["index"])


def _convert_other(text: pl.Series, column: Column) -> Converted:
    if column.allowed:
        return convert_allowed(text, column)
    if column.kind == "boolean":
        return convert_booleans(text)
    if column.kind == "date":
        return convert_dates(text)
    if column.kind == "year":
        return convert_years(text, ends=column.name.endswith("_to"))
    if column.kind == "period":
        return convert_periods(text)
    return convert_text(text, column)
