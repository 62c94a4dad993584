"""Many small files at once: which of them are accepted whole and without a word, found by looking at all as one table.

At sight only says yes. A file goes at sight if its every cell is plain (`large.plain`), its every row obeys the
contract, and nothing in it could mean more than it says. Of all others nothing is said: they are judged one by one, as
ever (`judgement.validate`). What is said here of a file is what would be said of it there, row by row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
import polars as pl

from data_contracts.contract import Column, DataContract
from pipelines.judging.aside import is_known_heading
from pipelines.judging.derived.ddl import quoted
from pipelines.judging.derived.storage import STORAGE
from pipelines.judging.headings import Matched, match_columns
from pipelines.judging.judgement import PROVIDERS
from pipelines.judging.large.plain import accepted_at_sight, cell_of
from pipelines.judging.personal import passes_eleven_test
from pipelines.judging.rows import codes_taken
from pipelines.judging.rules import memory
from pipelines.judging.verdict import Register, Validated
from pipelines.reading.formats.csv_text import CsvLayout, parse_rows
from pipelines.reading.formats.raw import REJECTION_SCHEMA, ROW_NUMBER, RawTable, unique_names
from pipelines.reading.formats.simple_csv import FIRST_ROW, SimpleCsv

_FILE = "_file"
"""Stands, beside every row, for the place of its file among those that are looked at together."""
_PLACE = "_place"


@dataclass(frozen=True)
class Sheet:
    """One file of those that are looked at together: all have one dataset, the same headings and separator.

    Attributes:
        csv: its lines.
        period: of the folder it lies in.
        own_providers: those that its supplier speaks for; none means any.
    """

    csv: SimpleCsv
    period: str
    own_providers: frozenset[str]


@dataclass(frozen=True)
class _Values:
    """A column of all files: its different values, as delivered and as stored, and which of them every row holds."""

    column: Column
    delivered: pl.Series
    stored: pl.Series
    plain: pl.Series
    index: pl.Series

    def of_rows(self, flags: pl.Series) -> pl.Series:
        """Returns what is said of each value for every row."""
        return flags.fill_null(value=False).gather(self.index)


def accepted_whole(sheets: Sequence[Sheet], contract: DataContract, *, register: Register) -> list[Validated | None]:
    """Returns what becomes of each file; None for one of which at sight nothing can be said.

    Args:
        sheets: the files, at least one.
        contract: of their dataset.
        register: the identifiers that rows may refer to.
    """
    contract = contract.of_country(register.country)
    layout = sheets[0].csv.layout
    matched = match_columns(_without_rows(layout), contract)
    text = parse_rows(b"".join(one.csv.body for one in sheets), layout, skip=0)
    if not isinstance(matched, Matched) or text.height != sum(one.csv.rows for one in sheets):
        return [None for _ in sheets]
    values = [_values(column, text[matched.source[column.name]]) for column in matched.columns]
    places = np.repeat(np.arange(len(sheets)), [one.csv.rows for one in sheets])
    typed = _typed(values, contract, height=text.height).with_columns(pl.Series(_FILE, places))
    doubtful = {place for found in _doubts(values, typed, sheets, contract, register) for place in found.to_list()}
    ends = accumulate(one.csv.rows for one in sheets)
    return [
        None if place in doubtful else _accepted(one, typed[end - one.csv.rows : end].drop(_FILE), contract, matched)
        for place, (one, end) in enumerate(zip(sheets, ends, strict=True))
    ]


def _without_rows(layout: CsvLayout) -> RawTable:
    """Returns a file with these headings and no rows."""
    names = unique_names(layout.headings)
    return RawTable(pl.DataFrame(schema={**dict.fromkeys(names, pl.String), ROW_NUMBER: pl.Int64}), layout.headings, "")


def _values(column: Column, text: pl.Series) -> _Values:
    """Returns a column's different values, each looked at once."""
    delivered = text.unique()
    numbered = delivered.to_frame("value").with_row_index("index")
    placed = text.to_frame("value").join(numbered, on="value", how="left", nulls_equal=True, maintain_order="left")
    cell = cell_of(column, "VARCHAR")
    query = f"SELECT {cell.value} AS stored, {cell.plain} AS plain FROM different ORDER BY {_PLACE}"
    with memory().cursor() as connection:
        connection.register("different", delivered.to_frame(column.name).with_row_index(_PLACE))
        found = connection.execute(query).pl()
        connection.unregister("different")
    stored = found["stored"].cast(STORAGE[column.kind].polars)
    return _Values(column, delivered, stored, found["plain"].fill_null(value=False), placed["index"])


def _typed(values: Sequence[_Values], contract: DataContract, *, height: int) -> pl.DataFrame:
    """Returns the rows of all files as stored; a column that was not delivered is empty."""
    there = {one.column.name: one.stored.gather(one.index) for one in values}
    empty = {c.name: pl.repeat(None, height, dtype=STORAGE[c.kind].polars, eager=True) for c in contract.columns}
    return pl.DataFrame([there.get(name, nothing).alias(name) for name, nothing in empty.items()])


def _doubts(
    values: Sequence[_Values],
    typed: pl.DataFrame,
    sheets: Sequence[Sheet],
    contract: DataContract,
    register: Register,
) -> Iterator[pl.Series]:
    """Yields the places of files that do not go at sight, for each reason."""
    files = typed[_FILE]
    for one in values:
        yield files.filter(~one.of_rows(one.plain)).unique()
        yield _of_unknown(one, files, register)
        yield _of_other_parties(one, files, register)
        yield _with_personal_numbers(one, files)
    headings = sum((one.of_rows(is_known_heading(one.delivered)).cast(pl.Int32) for one in values), start=0 * files)
    yield files.filter(headings >= 2).unique()  # the headings again, or those of another table
    filled = sum((one.of_rows(one.delivered.is_not_null()).cast(pl.Int32) for one in values), start=0 * files)
    yield files.filter(filled < 2).unique()  # what stands alone in a row is a remark
    yield _breaking(typed, contract)
    yield files.filter(typed.select(_FILE, *contract.key).is_duplicated()).unique()
    yield _of_another_period(typed, sheets, contract)
    yield _of_others(typed, sheets, contract)


def _of_unknown(values: _Values, files: pl.Series, register: Register) -> pl.Series:
    """Returns the files that refer to something the register does not hold."""
    known = register.known.get(values.column.references or "")
    if known is None:
        return files.clear()
    there = values.stored.is_null() | values.stored.is_in(pl.Series(sorted(known), dtype=pl.String).implode())
    return files.filter(~values.of_rows(there)).unique()


def _of_other_parties(values: _Values, files: pl.Series, register: Register) -> pl.Series:
    """Returns the files with a code that stands for a party of the other side."""
    taken = pl.Series(sorted(codes_taken(values.column, register)), dtype=pl.String)
    if taken.is_empty():
        return files.clear()
    return files.filter(values.of_rows(values.stored.is_in(taken.implode()).fill_null(value=False))).unique()


def _with_personal_numbers(values: _Values, files: pl.Series) -> pl.Series:
    """Returns the files in which half of the values of a column pass the test of citizen service numbers."""
    passing = passes_eleven_test(values.delivered)
    if not passing.any():
        return files.clear()
    frame = pl.DataFrame({_FILE: files, "value": values.index, "passing": values.of_rows(passing)}).unique()
    most = frame.group_by(_FILE).agg(most=pl.col("passing").sum() * 2 >= pl.len())
    return most.filter("most")[_FILE]


def _breaking(typed: pl.DataFrame, contract: DataContract) -> pl.Series:
    """Returns the files with a row that breaks a rule of the contract or of its columns."""
    obeyed = " AND ".join(f"({condition})" for condition in accepted_at_sight(contract, Register(), period=None))
    with memory().cursor() as connection:
        connection.register("delivered", typed)
        query = f"SELECT DISTINCT {quoted(_FILE)} FROM delivered WHERE ({obeyed or 'TRUE'}) IS NOT TRUE"
        found = connection.execute(query).pl()[_FILE]
        connection.unregister("delivered")
    return found


def _of_another_period(typed: pl.DataFrame, sheets: Sequence[Sheet], contract: DataContract) -> pl.Series:
    """Returns the files with a row of another period than their folder's, or its quarters."""
    column = next((column for column in contract.columns if column.kind == "period"), None)
    if column is None:
        return typed[_FILE].clear()
    different = typed.select(_FILE, column.name).unique().drop_nulls()
    own = pl.DataFrame({_FILE: range(len(sheets)), "own": [one.period for one in sheets]})
    joined = different.join(own, on=_FILE)
    return joined.filter(~pl.col(column.name).str.starts_with(pl.col("own")))[_FILE].unique()


def _of_others(typed: pl.DataFrame, sheets: Sequence[Sheet], contract: DataContract) -> pl.Series:
    """Returns the files with a row of a provider that their supplier does not speak for."""
    column = next((column for column in contract.columns if column.references == PROVIDERS and column.key), None)
    if column is None or not contract.has_period:
        return typed[_FILE].clear()
    different = typed.select(_FILE, column.name).unique().drop_nulls()
    own = [(place, provider) for place, one in enumerate(sheets) for provider in one.own_providers]
    spoken_for = pl.DataFrame(own, schema={_FILE: pl.Int64, column.name: pl.String}, orient="row")
    others = different.join(spoken_for, on=[_FILE, column.name], how="anti")
    return others.join(spoken_for.select(_FILE).unique(), on=_FILE)[_FILE].unique()


def _accepted(sheet: Sheet, rows: pl.DataFrame, contract: DataContract, matched: Matched) -> Validated:
    """Returns a file of which every row is accepted."""
    numbered = rows.with_columns(pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW, dtype=pl.Int64).alias(ROW_NUMBER))
    nothing = _without_rows(sheet.csv.layout).frame
    return Validated(
        dataset=contract.dataset,
        rows=sheet.csv.rows,
        accepted=numbered,
        rejections=pl.DataFrame(schema=REJECTION_SCHEMA),
        refused_rows=nothing,
        notes=matched.notes,
        format=sheet.csv.format,
    )
