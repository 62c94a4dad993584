"""From text to types, a column at a time: numbers in any notation, dates and periods, codes, lists and yes or no.

`convert_columns` is the door in. Nothing here knows where a delivery comes from or what becomes of a faulty cell.
"""

from collections.abc import Mapping

import polars as pl

from data_contracts.contract import Column
from pipelines.conversion.calendar import convert_dates, convert_periods, convert_years
from pipelines.conversion.numbers import convert_numbers, signs_shown, take_apart
from pipelines.conversion.outcome import Converted, Fault
from pipelines.conversion.words import convert_allowed, convert_booleans, convert_text

__all__ = ["Converted", "Fault", "convert_columns"]

_NUMERIC = {"integer", "number", "money", "share"}


def convert_columns(
    text: pl.DataFrame, columns: tuple[Column, ...], *, stored_numbers: Mapping[str, pl.Series]
) -> dict[str, Converted]:
    """Returns every column converted, by name.

    Args:
        text: all cells text, one column for each of `columns`, under the contract's names.
        columns: what each column is.
        stored_numbers: which cells of a column the file itself stores as numbers.
    """
    notations = {
        column.name: take_apart(text[column.name], stored=stored_numbers.get(column.name))
        for column in columns
        if column.kind in _NUMERIC
    }
    elsewhere = signs_shown(list(notations.values()))
    converted = {}
    for column in columns:
        if column.name in notations:
            converted[column.name] = convert_numbers(notations[column.name], kind=column.kind, elsewhere=elsewhere)
        else:
            converted[column.name] = _convert_other(text[column.name], column)
    return converted


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
