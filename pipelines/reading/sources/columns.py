"""The cells of a dataset from the cells of a table: text, coded or as it is, constants, numbers from sums."""

from collections.abc import Iterable

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import ROW_NUMBER, Note
from pipelines.reading.sources.mapping import CellOrigin, Mapping, MappingParameter
from pipelines.reading.sources.text_table import (
    SHOWN,
    TextTable,
    as_digits,
    as_list,
    as_number,
    exact,
    no_number,
    unmatched,
)

_FINE = pl.Decimal(precision=38, scale=12)


def made_by(cell: CellOrigin, table: TextTable, *, mapping: Mapping, period: str) -> pl.Expr:
    """Returns the text of a cell for every row of a table.

    An amount of which a part is filled in and no number stays that part, as delivered: the contract refuses it.

    Raises:
        Unreadable: the table has no such column.
    """
    if cell.period:
        return pl.lit(period)
    if cell.constant is not None:
        return pl.lit(_text(mapping.value(cell.constant)), dtype=pl.String)
    named = (cell.column or cell.amount or "", *cell.or_else, *cell.instead)
    if cell.optional and not any(table.has(one) for one in named):
        return pl.lit(None, dtype=pl.String)
    if cell.amount is not None:
        number = amount(cell, table, mapping=mapping)
        return pl.coalesce(*_not_numbers(cell, table, mapping), as_digits(number))
    return _coded(cell, table, mapping)


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _coded(cell: CellOrigin, table: TextTable, mapping: Mapping) -> pl.Expr:
    text = pl.coalesce(_given(cell.column or "", cell, table))
    if cell.item is not None:
        text = pl.lit(as_list(table, cell.column or "")).list.get(cell.item, null_on_oob=True)
    text = _rewritten(cell, text)
    values = mapping.value(cell.values)
    if cell.values is not None:
        other = text if cell.otherwise is None else _other(cell, text)
        text = text.replace_strict(values or {}, default=other, return_dtype=pl.String) if values else other
    text = pl.lit(cell.prefix) + text if cell.prefix else text
    return text if cell.empty is None else text.fill_null(cell.empty)


def _other(cell: CellOrigin, text: pl.Expr) -> pl.Expr:
    """Returns what is written for all values that are not coded; an empty text is an empty cell."""
    return pl.when(text.is_not_null()).then(pl.lit(cell.otherwise or None, dtype=pl.String))


def _given(reference: str, cell: CellOrigin, table: TextTable) -> list[str]:
    """Returns the columns whose cells count, the first that is filled in: the one meant, and those in its stead.

    Raises:
        Unreadable: the file has none of them.
    """
    there = [one for one in (reference, *cell.or_else) if table.has(one)]
    there = there or [one for one in cell.instead if table.has(one)][:1]
    return [table.column(one) for one in there] if there else [table.column(reference)]


def _rewritten(cell: CellOrigin, text: pl.Expr) -> pl.Expr:
    """Returns the text of a cell as its patterns make it."""
    if cell.extract is not None:
        text = text.str.extract(cell.extract, 1)
    if cell.lower:
        text = text.str.to_lowercase()
    for pattern, replacement in cell.replace.items():
        text = text.str.replace(pattern, replacement)
    if cell.code_length is not None:
        digits = text.str.contains(r"^\d+$")
        text = pl.when(digits).then(text.str.zfill(cell.code_length)).otherwise(text)
    return text


def amount(cell: CellOrigin, table: TextTable, *, mapping: Mapping) -> pl.Expr:
    """Returns the number that an amount comes to, empty where it cannot be told or lies below its minimum."""
    factor = float(mapping.value(cell.factor))
    value = exact(_unbounded(cell, table, mapping) * factor)
    if cell.decimals is not None:
        value = value.cast(pl.String).cast(_FINE, strict=False).round(cell.decimals, mode="half_away_from_zero")
        value = value.cast(pl.Float64)
    value = pl.when(value.is_finite()).then(value)
    return pl.when(value >= cell.minimum).then(value) if cell.minimum is not None else value


def _unbounded(cell: CellOrigin, table: TextTable, mapping: Mapping) -> pl.Expr:
    def number(reference: str) -> pl.Expr:
        return as_number(table.column(reference), written=mapping.numbers)

    value = pl.coalesce(as_number(name, written=mapping.numbers) for name in _given(cell.amount or "", cell, table))
    for reference in cell.plus:
        value = value + number(reference).fill_null(0)
    for reference in cell.minus:
        value = value - number(reference).fill_null(0)
    for reference in cell.times:
        value = value * number(reference)
    for reference in cell.over:
        value = value / number(reference)
    return value


def _not_numbers(cell: CellOrigin, table: TextTable, mapping: Mapping) -> Iterable[pl.Expr]:
    """Returns, for every part of an amount, the cells that are filled in and are no number."""
    given = _given(cell.amount or "", cell, table)
    others = (table.column(reference) for reference in (*cell.plus, *cell.minus, *cell.times, *cell.over))
    for name in (*given, *others):
        yield no_number(name, written=mapping.numbers)


def below_minimum(name: str, cell: CellOrigin, table: TextTable, *, mapping: Mapping) -> Note | None:
    """Returns what to say of the amounts that were left empty because they lie below the minimum."""
    if cell.minimum is None or cell.amount is None:
        return None
    value = _unbounded(cell, table, mapping) * float(mapping.value(cell.factor))
    rows = table.frame.filter(value < cell.minimum)[ROW_NUMBER]
    if rows.is_empty():
        return None
    text = Text(
        en=f"{rows.len()} values of {name} lie below {cell.minimum} and were left empty: the dataset has "
        f"no such values.",
        nl=f"{rows.len()} waarden van {name} liggen onder {cell.minimum} en zijn leeg gelaten: de dataset "
        f"kent die niet.",
    )
    return Note(rule="below_minimum", count=rows.len(), text=text, column=name, rows=tuple(rows.head(SHOWN).to_list()))


def unnamed(name: str, cell: CellOrigin, table: TextTable, *, mapping: Mapping) -> Note | None:
    """Returns which values the mapping does not know, where it names those that it does; they stand as they are."""
    if not cell.named:
        return None
    values = table.frame.select(_coded(cell, table, mapping).alias("value"))["value"].drop_nulls().unique().sort()
    unknown = values.filter(~values.is_in(list(cell.named))).to_list()
    if not unknown:
        return None
    shown = ", ".join(unknown[:SHOWN]) + (", ..." if len(unknown) > SHOWN else "")
    text = Text(
        en=f"{name}: the source mapping does not know {shown}; kept under the publisher's own name.",
        nl=f"{name}: de bronbeschrijving kent {shown} niet; bewaard onder de naam van de uitgever.",
    )
    return Note(rule="unnamed_values", count=len(unknown), text=text, column=name)


def unfilled(name: str, cell: CellOrigin, made: pl.DataFrame) -> Note | None:
    """Returns in how many made rows a cell is empty, where the mapping says why it may be."""
    rows = made.filter(pl.col(name).is_null())[ROW_NUMBER] if cell.unfilled is not None else pl.Series([])
    if cell.unfilled is None or rows.is_empty():
        return None
    text = Text(
        en=f"{rows.len()} rows have no {name}: {cell.unfilled.en}.",
        nl=f"{rows.len()} rijen hebben geen {name}: {cell.unfilled.nl}.",
    )
    return Note(rule="unfilled", count=rows.len(), text=text, column=name, rows=tuple(rows.head(SHOWN).to_list()))


def unmatched_values(name: str, cell: CellOrigin, table: TextTable, *, mapping: Mapping) -> Note | None:
    """Returns which values that a workspace gave codes for are in no row of the file."""
    codes = mapping.value(cell.values)
    if not isinstance(cell.values, MappingParameter) or not isinstance(codes, dict) or cell.column is None:
        return None
    cells = table.frame.select(_rewritten(cell, pl.coalesce(_given(cell.column, cell, table))).alias("cell"))["cell"]
    parameter = cell.values.parameter
    what = Text(
        en=f"parameter {parameter} of the source mapping ({name})",
        nl=f"parameter {parameter} van de bronbeschrijving ({name})",
    )
    return next(iter(unmatched(what, map(str, codes), cells)), None)
