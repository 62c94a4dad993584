"""From a publisher's tables to datasets: the steps of the mapping, then a text frame for each dataset it yields.

Every delivered row can be accounted for: it became rows of the dataset, was put together with another, was left out
for a reason that is told, or could not be read as a row at all.
"""

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Tables
from dataclasses import dataclass

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import ROW_NUMBER, LeftOut, Note, RawTable, Taken
from pipelines.reading.sources.columns import below_minimum, made_by, unfilled, unmatched_values, unnamed
from pipelines.reading.sources.mapping import CellOrigin, Companion, Dataset, Mapping
from pipelines.reading.sources.steps import run_steps
from pipelines.reading.sources.text_table import NO_ROW, TextTable


@dataclass(frozen=True)
class Translated:
    """What a file gives for one dataset.

    Attributes:
        dataset: which.
        raw: the translated rows: text cells under the contract's names, `row_number` of the delivered row (0 for a
            row that comes from none), what was done as notes, and the rows that the reader refused.
        table: the delivered table whose rows these are.
        rows_in: rows of that table as delivered.
        left_out: delivered rows that are not in the dataset, by reason.
        put_together: delivered rows that were put together with another.
    """

    dataset: str
    raw: RawTable
    table: str
    rows_in: int
    left_out: tuple[LeftOut, ...] = ()
    put_together: int = 0

    @property
    def rows_left_out(self) -> int:
        """Returns the number of delivered rows that are not in the dataset."""
        return sum(one.count for one in self.left_out)

    @property
    def notes(self) -> tuple[Note, ...]:
        """Returns what was done to the rows."""
        return self.raw.notes

    @property
    def frame(self) -> pl.DataFrame:
        """Returns the translated rows."""
        return self.raw.frame


def translate(
    raw: RawTable,
    mapping: Mapping,
    *,
    period: str,
    companions: Tables[str, RawTable] | None = None,
    datasets: Collection[str] | None = None,
) -> list[Translated]:
    """Returns what a file gives, one for each dataset of the mapping.

    Args:
        raw: the file as read.
        mapping: its layout.
        period: the period it was delivered for.
        companions: the other files of the delivery, by the name that the mapping gives them.
        datasets: only these.

    Raises:
        Unreadable: the file lacks a column that the mapping needs.
    """
    files = {mapping.main: raw, **(companions or {})}
    files |= {name: _missing(one) for name, one in mapping.companions.items() if name not in files}
    tables = {name: TextTable.of(file, source=name, mapping=mapping) for name, file in files.items()}
    tables |= {name: _written_table(name, mapping, period=period) for name in mapping.tables}
    tables = run_steps(tables, mapping, period=period)
    wanted = [one for one in mapping.datasets if datasets is None or one.dataset in datasets]
    return [_translated(one, tables, files, mapping=mapping, period=period) for one in wanted]


def _missing(companion: Companion) -> RawTable:
    """Returns the table of a file that is not there: its headings, and no rows."""
    schema = dict.fromkeys(companion.headings, pl.String) | {ROW_NUMBER: pl.Int64}
    return RawTable(frame=pl.DataFrame(schema=schema), headings=companion.headings, format="-")


def _written_table(name: str, mapping: Mapping, *, period: str) -> TextTable:
    """Returns a table that the mapping itself holds; its numbers are written as the publisher's."""
    one = TextTable(frame=pl.DataFrame({ROW_NUMBER: [NO_ROW]}, schema={ROW_NUMBER: pl.Int64}), source=name)
    parts = [_part(row, one, mapping=mapping, period=period) for row in mapping.tables[name]]
    frame = pl.concat(parts, how="diagonal")
    if mapping.numbers.decimal != ".":
        frame = frame.with_columns(pl.col(pl.String).str.replace(".", mapping.numbers.decimal, literal=True))
    return TextTable(frame=frame, source=name)


def _translated(
    spec: Dataset, tables: Tables[str, TextTable], files: Tables[str, RawTable], *, mapping: Mapping, period: str
) -> Translated:
    told = [_note("mapping", words) for words in (*mapping.notes, *spec.notes)]
    if spec.rows:
        return _written_out(spec, tables[mapping.main], files[mapping.main], mapping=mapping, period=period, told=told)
    table = tables[spec.table]
    parts = [_part({**spec.columns, **each}, table, mapping=mapping, period=period) for each in spec.each or ({},)]
    frame = pl.concat(parts, how="diagonal").select(ROW_NUMBER, *spec.named).sort(ROW_NUMBER, maintain_order=True)
    final, emptied = _complete(spec, table.with_frame(frame))
    if spec.alike:
        final = final.put_together(final.frame.unique(spec.alike, keep="first", maintain_order=True))
    file = files[table.source]
    told_of_cells = [note for name, cell in _cells(spec) for note in _told(name, cell, table, final, mapping=mapping)]
    notes = [
        _origin(mapping, file, final),
        *file.notes,
        *table.notes,
        *(one.note for one in final.left_out),
        *emptied,
        *told_of_cells,
        *told,
    ]
    return Translated(
        dataset=spec.dataset,
        raw=_raw(
            final.frame,
            file,
            notes=notes,
            numbers=[name for name, cell in _cells(spec) if cell.amount is not None],
            taken=Taken(read=file.rows, left_out=final.left_out, put_together=final.joined),
        ),
        table=table.source,
        rows_in=file.rows,
        left_out=final.left_out,
        put_together=final.joined,
    )


def _told(name: str, cell: CellOrigin, table: TextTable, made: TextTable, *, mapping: Mapping) -> Iterator[Note]:
    """Yields what is to be said of the cells of one column."""
    for note in (
        below_minimum(name, cell, table, mapping=mapping),
        unnamed(name, cell, table, mapping=mapping),
        unfilled(name, cell, made.frame),
        unmatched_values(name, cell, table, mapping=mapping),
    ):
        if note is not None:
            yield note


def _cells(spec: Dataset) -> Iterator[tuple[str, CellOrigin]]:
    for part in (spec.columns, *spec.each):
        yield from part.items()


def _part(cells: Tables[str, CellOrigin], table: TextTable, *, mapping: Mapping, period: str) -> pl.DataFrame:
    """Returns one row of the dataset for every row of the table."""
    made = [made_by(cell, table, mapping=mapping, period=period).alias(name) for name, cell in cells.items()]
    return table.frame.select(ROW_NUMBER, *made)


def _complete(spec: Dataset, table: TextTable) -> tuple[TextTable, list[Note]]:
    """Returns the rows in which everything required is filled in, and a note on those that one row of several lacks."""
    complete = table.frame.drop_nulls(spec.required) if spec.required else table.frame
    names = ", ".join(spec.required)
    final = table.with_frame(complete, reason=Text(en=f"{names} is empty", nl=f"{names} is leeg"))
    lacking = table.frame.height - complete.height
    whole = sum(one.count for one in final.left_out) - sum(one.count for one in table.left_out)
    if not lacking or len(spec.each) < 2 or lacking == whole * len(spec.each):
        return final, []
    text = Text(
        en=f"{lacking} rows were not made because {names} is empty; what is missing is not counted as 0.",
        nl=f"{lacking} rijen zijn niet gemaakt omdat {names} leeg is; wat ontbreekt telt niet als 0.",
    )
    return final, [Note(rule="missing_not_zero", count=lacking, text=text)]


def _origin(mapping: Mapping, file: RawTable, table: TextTable) -> Note:
    """Returns the note that accounts for the rows: delivered, left out, put together, made."""
    made, left = table.frame.height, sum(one.count for one in table.left_out)
    joined = table.joined
    text = Text(
        en=f"Read as '{mapping.title.en}': {file.rows} rows delivered, {left} left out, {joined} put together with "
        f"another, {made} rows made.",
        nl=f"Gelezen als '{mapping.title.nl}': {file.rows} rijen geleverd, {left} weggelaten, {joined} "
        f"samengevoegd met een "
        f"andere, {made} rijen gemaakt.",
    )
    return Note(rule="source_mapping", count=file.rows, text=text)


def _written_out(
    spec: Dataset, table: TextTable, file: RawTable, *, mapping: Mapping, period: str, told: list[Note]
) -> Translated:
    """Returns rows that the mapping itself holds."""
    one = pl.DataFrame({ROW_NUMBER: [NO_ROW]}, schema={ROW_NUMBER: pl.Int64})
    nothing = TextTable(frame=one, source=table.source)
    parts = [_part(row, nothing, mapping=mapping, period=period) for row in spec.rows]
    frame = pl.concat(parts, how="diagonal").select(ROW_NUMBER, *spec.named)
    text = Text(
        en=f"These rows come from the source mapping '{mapping.title.en}', not from the file.",
        nl=f"Deze rijen komen uit de bronbeschrijving '{mapping.title.nl}', niet uit het bestand.",
    )
    notes = [Note(rule="source_mapping", count=frame.height, text=text), *told]
    bare = RawTable(frame=table.frame.clear(), headings=(), format=file.format)
    return Translated(
        dataset=spec.dataset,
        raw=_raw(frame, bare, notes=notes, numbers=[], taken=Taken(0)),
        table=table.source,
        rows_in=0,
    )


def _raw(
    frame: pl.DataFrame, file: RawTable, *, notes: list[Note], numbers: list[str], taken: Taken | None = None
) -> RawTable:
    """Returns translated rows as what a reader returns, so that they go the way of every other delivery."""
    headings = tuple(name for name in frame.columns if name != ROW_NUMBER)
    frame = frame.select(pl.col(headings).cast(pl.String), pl.col(ROW_NUMBER).cast(pl.Int64))
    stored = pl.repeat(value=True, n=frame.height, eager=True, dtype=pl.Boolean)
    return RawTable(
        frame=frame,
        headings=headings,
        format=file.format,
        notes=tuple(notes),
        refused=file.refused,
        stored_numbers=dict.fromkeys(numbers, stored),
        taken=taken,
        written_here=True,
    )


def _note(rule: str, text: Text) -> Note:
    return Note(rule=rule, count=1, text=text)
