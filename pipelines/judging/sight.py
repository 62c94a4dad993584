"""Many small files at once: which of them are accepted whole and without a warning, found by looking at all as one.

At sight only says yes. A file goes at sight if its every cell is plain (`large.plain`) or a code that lost the zero it
begins with, its every row obeys the contract, and nothing in it could mean more than it says. Of all others nothing is
said: they are judged one by one, as ever (`judgement.validate`). What is said here of a file is what would be said of
it there, row by row.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np
import polars as pl

from data_contracts.contract import Column, DataContract
from data_contracts.meanings import of_title
from pipelines.judging.aside import is_known_heading
from pipelines.judging.columns_meant import Matched, match_columns
from pipelines.judging.from_contract.ddl import quoted
from pipelines.judging.from_contract.storage import STORAGE
from pipelines.judging.judgement import PROVIDERS
from pipelines.judging.large.plain import accepted_at_sight, cell_of
from pipelines.judging.personal import passes_eleven_test
from pipelines.judging.rows import codes_taken
from pipelines.judging.rules import memory
from pipelines.judging.verdict import Register, Validated
from pipelines.reading.conversion import NUMERIC
from pipelines.reading.conversion.categories import zero_restored
from pipelines.reading.formats.raw import REJECTION_SCHEMA, ROW_NUMBER, Note, RawTable

_FILE = "_file"
"""Stands, beside every row, for the place of its file among those that are looked at together."""
_PLACE = "_place"


@dataclass(frozen=True)
class Sheet:
    """One file of those that are looked at together: all have one dataset and the same headings.

    Attributes:
        table: the file as read.
        period: of the folder it lies in.
        own_providers: those that its supplier speaks for; none means any.
    """

    table: RawTable
    period: str
    own_providers: frozenset[str]


@dataclass(frozen=True)
class _Values:
    """A column of all files: its different values, as delivered and as stored, and which of them every row holds.

    `restored` are codes that had lost the zero they begin with.
    """

    column: Column
    delivered: pl.Series
    stored: pl.Series
    plain: pl.Series
    restored: pl.Series
    index: pl.Series

    def of_rows(self, flags: pl.Series) -> pl.Series:
        """Returns what is said of each value for every row."""
        return flags.fill_null(value=False).gather(self.index)


def can_be_looked_at(table: RawTable, contract: DataContract) -> bool:
    """Returns whether a file as read is nothing but a table of the contract's columns, each of them once.

    Its numbers are all stored as such or all written as text: beside each other they can put each other in doubt.
    """
    meant = [contract.for_heading(heading) for heading in table.headings]
    known = {column.name for column in meant if column is not None}
    stored = [
        table.stored_numbers.get(name, pl.repeat(value=False, n=table.frame.height, eager=True))
        | table.frame[name].is_null()
        for name, column in zip(table.columns, meant, strict=True)
        if column is not None and column.kind in NUMERIC
    ]
    return (
        len(known) == len(table.headings)
        and table.frame.height == table.rows > 0
        and table.taken is None
        and not any(note.odd for note in table.notes)
        and not any(of_title(text, contract) for text in table.said)
        and (not table.stored_numbers or all(column.all() for column in stored))
    )


def accepted_whole(sheets: Sequence[Sheet], contract: DataContract, *, register: Register) -> list[Validated | None]:
    """Returns what becomes of each file; None for one of which at sight nothing can be said.

    Args:
        sheets: the files, at least one; of each `can_be_looked_at` is true.
        contract: of their dataset.
        register: the identifiers that rows may refer to.
    """
    contract = contract.of_country(register.country)
    text = pl.concat([one.table.frame for one in sheets])
    matched = match_columns(replace(sheets[0].table, frame=text.clear()), contract)
    if not isinstance(matched, Matched):
        return [None for _ in sheets]
    values = [_values(column, text[matched.source[column.name]]) for column in matched.columns]
    rows = [one.table.frame.height for one in sheets]
    places = pl.Series(_FILE, np.repeat(np.arange(len(sheets)), rows))
    typed = _typed(values, contract, height=text.height).with_columns(text[ROW_NUMBER], places)
    doubtful = {place for found in _doubts(values, typed, sheets, contract, register) for place in found.to_list()}
    zeros = {one.column: one.of_rows(one.restored) for one in values if one.restored.any()}
    spans = [slice(end - count, end) for count, end in zip(rows, accumulate(rows), strict=True)]
    return [
        None
        if place in doubtful
        else _accepted(one.table, typed[span].drop(_FILE), contract, (*matched.notes, *_restored(zeros, span)))
        for place, (one, span) in enumerate(zip(sheets, spans, strict=True))
    ]


def _values(column: Column, text: pl.Series) -> _Values:
    """Returns a column's different values, each looked at once."""
    delivered = text.unique()
    numbered = delivered.to_frame("value").with_row_index("index")
    placed = text.to_frame("value").join(numbered, on="value", how="left", nulls_equal=True, maintain_order="left")
    restored = _one_short(column, delivered)
    whole = pl.select(pl.when(restored).then("0" + delivered).otherwise(delivered)).to_series()
    cell = cell_of(column, "VARCHAR")
    query = f"SELECT {cell.value} AS stored, {cell.plain} AS plain FROM different ORDER BY {_PLACE}"
    with memory().cursor() as connection:
        connection.register("different", whole.to_frame(column.name).with_row_index(_PLACE))
        found = connection.execute(query).pl()
        connection.unregister("different")
    stored = found["stored"].cast(STORAGE[column.kind].polars)
    return _Values(column, delivered, stored, found["plain"].fill_null(value=False), restored, placed["index"])


def _one_short(column: Column, delivered: pl.Series) -> pl.Series:
    """Returns which values are a code without the zero it begins with."""
    if column.code_length is None or column.allowed or column.kind != "text":
        return pl.repeat(value=False, n=delivered.len(), eager=True)
    return delivered.str.contains(rf"^[0-9]{{{column.code_length - 1}}}$").fill_null(value=False)


def _restored(zeros: Mapping[Column, pl.Series], span: slice) -> Iterator[Note]:
    """Yields what is said of the rows of one file in which a lost zero was put back."""
    for column, rows in zeros.items():
        if rows[span].any():
            yield zero_restored(column, rows[span]).note(column.name)


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


def _accepted(table: RawTable, rows: pl.DataFrame, contract: DataContract, notes: tuple[Note, ...]) -> Validated:
    """Returns a file of which every row is accepted."""
    return Validated(
        dataset=contract.dataset,
        rows=table.rows,
        accepted=rows,
        rejections=pl.DataFrame(schema=REJECTION_SCHEMA),
        refused_rows=table.frame.clear(),
        notes=(*table.notes, *notes),
        format=table.format,
        refused_keys=rows.select(contract.key).clear(),
    )
