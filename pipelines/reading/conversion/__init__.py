"""From text to types, a column at a time: numbers in any notation, dates and periods, codes, lists and yes or no.

`convert_columns` is the door in. Nothing here knows where a delivery comes from or what becomes of a faulty cell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from data_contracts.contract import Column
from pipelines.reading.conversion.calendar import convert_dates, convert_periods, convert_years
from pipelines.reading.conversion.categories import (
    broken_code,
    convert_allowed,
    convert_booleans,
    convert_text,
    holds_other_codes,
)
from pipelines.reading.conversion.converted import Converted, Misfit, first_of_each, formula_without_value, trimmed
from pipelines.reading.conversion.numbers import SIGNS, Notation, Sign, convert_numbers, stored_in_doubt, take_apart

__all__ = ["NUMERIC", "SIGNS", "Beyond", "Converted", "Misfit", "Sign", "convert_columns", "shown_in"]

NUMERIC = {"integer", "number", "money", "share"}
"""Kinds of columns that hold numbers."""
_LONG = 20_000
"""Rows from which on it pays to convert different values only."""
_REPEATED = 4
"""How often a value must occur on average for that."""


@dataclass(frozen=True)
class Beyond:
    """What the rest of a file shows of a column, where only some of its rows are converted at a time.

    Attributes:
        signs: the decimal signs that its numbers show beyond doubt.
        other_codes: columns with a code that does not end in `.0`.
    """

    signs: Mapping[str, frozenset[Sign]] = field(default_factory=dict)
    other_codes: frozenset[str] = frozenset()

    def and_of(self, other: "Beyond") -> "Beyond":
        """Returns what both show together."""
        names = {*self.signs, *other.signs}
        signs = {name: self.signs.get(name, frozenset()) | other.signs.get(name, frozenset()) for name in names}
        return Beyond(signs, self.other_codes | other.other_codes)


NOTHING_BEYOND = Beyond()


def shown_in(text: pl.DataFrame, columns: tuple[Column, ...], *, stored_numbers: Mapping[str, pl.Series]) -> Beyond:
    """Returns what some rows show that the others are converted by."""
    numeric = [column.name for column in columns if column.kind in NUMERIC]
    signs = {name: take_apart(text[name], stored=stored_numbers.get(name)).decimal_signs for name in numeric}
    others = [c.name for c in columns if c.kind == "text" and not c.allowed and holds_other_codes(text[c.name])]
    return Beyond(signs, frozenset(others))


def convert_columns(
    text: pl.DataFrame,
    columns: tuple[Column, ...],
    *,
    stored_numbers: Mapping[str, pl.Series],
    beyond: Beyond = NOTHING_BEYOND,
    written_here: bool = False,
) -> dict[str, Converted]:
    """Returns every column converted, by name.

    Args:
        text: all cells text, one column for each of `columns`, under the contract's names.
        columns: what each column is.
        stored_numbers: which cells of a column the file itself stores as numbers.
        beyond: what rows of the file show that are not among these.
        written_here: whether the stored numbers were written by this program, so that no text can put them in doubt.
    """
    parts = {column.name: _different(text[column.name], stored_numbers.get(column.name)) for column in columns}
    notations = {
        c.name: take_apart(parts[c.name].values, stored=parts[c.name].stored) for c in columns if c.kind in NUMERIC
    }
    shown = {name: notation.decimal_signs | beyond.signs.get(name, frozenset()) for name, notation in notations.items()}
    elsewhere = frozenset(sign for signs in shown.values() for sign in signs)
    converted = {}
    for column in columns:
        if column.name in notations:
            own = shown[column.name]
            made = _convert_number(notations[column.name], column, own=own, elsewhere=elsewhere)
            made = replace(made, remarks=()) if written_here else made
        else:
            others = column.name in beyond.other_codes
            made = _convert_other(parts[column.name].values, column, other_codes=others)
            made = _with_formulas(made, parts[column.name].values)
            made = _with_broken_codes(made, column, parts[column.name])
        index = parts[column.name].index
        converted[column.name] = made if index is None else made.spread(index)
    return converted


def _convert_number(
    notation: Notation, column: Column, *, own: frozenset[Sign], elsewhere: frozenset[Sign]
) -> Converted:
    """Returns a column of numbers; those that are stored are doubted where texts show the sender's own notation."""
    if own:
        return convert_numbers(notation.with_stored_in_doubt(), kind=column.kind, signs=own)
    made = convert_numbers(notation, kind=column.kind, signs=elsewhere)
    doubted = notation.could_be_thousands
    if not elsewhere or not doubted.any():
        return made
    return replace(made, remarks=(*made.remarks, stored_in_doubt(column.name, doubted)))


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


def _with_formulas(made: Converted, text: pl.Series) -> Converted:
    """Returns a column in which a formula without a value is refused for that, whatever else is wrong with it."""
    formula = formula_without_value(trimmed(text))
    if not formula.rows.any():
        return made
    values = pl.select(pl.when(~formula.rows).then(made.values)).to_series().alias(made.values.name)
    return Converted(values, first_of_each((formula, *made.faults)), made.remarks)


def _with_broken_codes(made: Converted, column: Column, cells: _Cells) -> Converted:
    """Returns a column of codes without those that are stored as numbers with decimals: `12.50` lost its nought."""
    if cells.stored is None or not column.is_code:
        return made
    decimals = cells.values.str.contains(r"^-?\d+\.\d+$").fill_null(value=False)
    broken = broken_code(cells.stored.fill_null(value=False) & decimals & made.values.is_not_null())
    if not broken.rows.any():
        return made
    values = pl.select(pl.when(~broken.rows).then(made.values)).to_series().alias(made.values.name)
    return Converted(values, (*made.faults, broken), made.remarks)


def _convert_other(text: pl.Series, column: Column, *, other_codes: bool) -> Converted:
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
    return convert_text(text, column, other_codes=other_codes)
