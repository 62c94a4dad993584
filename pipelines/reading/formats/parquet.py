"""Reading Parquet: typed columns become text, and which cells were numbers is remembered."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from data_contracts.text import Text
from pipelines.reading.formats.headings import Known
from pipelines.reading.formats.raw import ROW_NUMBER, Note, RawTable, Unreadable, require_bearable_width, unique_names

MAXIMUM_ROWS = 500_000_000
MAXIMUM_BYTES = 64 * 2**30


def read_parquet(path: Path, *, known: Known) -> RawTable:
    """Returns a Parquet file as text cells; the row number counts the data rows from 1.

    Raises:
        Unreadable: the file is truncated or damaged, or far larger than any delivery.
    """
    del known  # a Parquet file always says where its headings are
    check(path)
    return raw_table(_read(path))


def raw_table(table: pa.Table, *, row_numbers: pl.Series | None = None) -> RawTable:
    """Returns an Arrow table as text cells; its rows are numbered from 1, unless their numbers are given.

    Raises:
        Unreadable: it holds bytes that are no text.
    """
    frame = pl.DataFrame(pl.from_arrow(table.rename_columns(unique_names(tuple(table.column_names)))))
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    pairs = zip(frame.columns, table.column_names, strict=True)
    headings = tuple(str(heading) for name, heading in pairs if name not in nested)
    frame = frame.drop(nested)
    numbers = {n: pl.repeat(value=True, n=frame.height, eager=True) for n, t in frame.schema.items() if t.is_numeric()}
    try:
        text = frame.select(_as_text(pl.col(name), dtype).alias(name) for name, dtype in frame.schema.items())
    except pl.exceptions.PolarsError as fault:  # bytes that are no text
        raise damaged() from fault
    numbered = pl.int_range(1, pl.len() + 1, dtype=pl.Int64) if row_numbers is None else row_numbers.cast(pl.Int64)
    return RawTable(
        frame=text.with_columns(numbered.alias(ROW_NUMBER)),
        headings=headings,
        format="Parquet",
        notes=_nested_notes(nested),
        stored_numbers=numbers,
    )


def _read(path: Path) -> pa.Table:
    """Returns all columns, every page and every text of them checked.

    Arrow's own reader is used because damage makes it raise; the faster one of Polars panics on some and prints that.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            table = file.read()
        table.validate(full=True)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as fault:
        raise damaged() from fault
    return table


def _as_text(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Returns a cell as text; a code that became a float because others are empty gets no `.0`.

    A number too large to be exact is in powers of ten, with their sign, as a spreadsheet shows it.
    """
    if not dtype.is_float():
        return cell.cast(pl.String)
    whole = (cell == cell.round(0)) & (cell.abs() < 2.0**53)
    return (
        pl.when(whole)
        .then(cell.cast(pl.Int64, strict=False).cast(pl.String))
        .otherwise(cell.cast(pl.String).str.replace(r"e(\d)", "E+$1"))
    )


def check(path: Path) -> None:
    """Reads the footer only: a truncated file has none, a bomb says how large it would become."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError, ValueError) as fault:
        raise damaged() from fault
    require_bearable_width(metadata.num_columns)
    size = sum(metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
    if metadata.num_rows > MAXIMUM_ROWS or size > MAXIMUM_BYTES:
        raise Unreadable(
            Text(en=f"{metadata.num_rows:,} rows", nl=f"{metadata.num_rows} rijen"),
            expected=Text(
                en=f"at most {MAXIMUM_ROWS:,} rows in a file", nl=f"hoogstens {MAXIMUM_ROWS} rijen per bestand"
            ),
            action=Text(en="send it in parts, one a period", nl="stuur het in delen, een per periode"),
        )


def damaged() -> Unreadable:
    """Returns what is said of a Parquet file that cannot be read to its end."""
    return Unreadable(
        Text(
            en="a Parquet file that is damaged or was cut off", nl="een Parquet-bestand dat beschadigd of afgekapt is"
        ),
        expected=Text(en="a complete Parquet file", nl="een volledig Parquet-bestand"),
        action=Text(
            en="write it again and send it again; often the transfer stopped halfway",
            nl="schrijf het opnieuw en stuur het opnieuw; vaak is de overdracht halverwege gestopt",
        ),
    )


def _nested_notes(nested: list[str]) -> tuple[Note, ...]:
    """Returns a note when columns hold lists or records, which no contract knows."""
    if not nested:
        return ()
    names = ", ".join(nested)
    text = Text(
        en=f"The columns {names} hold lists or records and were not read.",
        nl=f"De kolommen {names} bevatten lijsten of records en zijn niet gelezen.",
    )
    return (Note(rule="nested_column", count=len(nested), text=text),)
