"""CSV files that can be laid out by counting: one read of the bytes says where every cell is, and no cell needs a look.

Most deliveries are such files. What is said of one here is what `read_csv` would say of it; of every file of which that
is not certain nothing is said, and it is read as all others are (`csv_text`).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from pipelines.reading.formats.csv_text import SEPARATORS, CsvLayout, first_row, parse_rows, spoken_format
from pipelines.reading.formats.encoding import LONGEST_LINE, survey_of
from pipelines.reading.formats.headings import Known
from pipelines.reading.formats.raw import ROW_NUMBER, RawTable, Unreadable

FIRST_ROW = 2
"""The number, as an editor shows it, of the line below the headings."""

_MARK = b"\xef\xbb\xbf"
_NEVER = (b'"', b"\0")


@dataclass(frozen=True)
class SimpleCsv:
    """A file whose first line holds known headings, each once, and every other line as many fields.

    Attributes:
        layout: how its lines are read.
        format: what the file turned out to be, for people.
        body: the lines below the headings, each with a line feed at its end.
        rows: how many those are.
    """

    layout: CsvLayout
    format: str
    body: bytes
    rows: int


def simple_csv(content: bytes, *, known: Known) -> SimpleCsv | None:
    """Returns the layout of a file's bytes, if it follows from its first line and from counting; else None.

    Only the headings may hold other signs than ASCII has, no quotation mark stands anywhere, and every line ends alike.
    """
    first, _, body = content.removeprefix(_MARK).replace(b"\r\n", b"\n").partition(b"\n")
    if not body or b"\r" in first or b"\r" in body or not body.isascii() or any(sign in content for sign in _NEVER):
        return None
    try:
        found = survey_of(io.BytesIO(content))
        line = first.decode(found.encoding)
    except (Unreadable, UnicodeDecodeError):
        return None
    layout = None if found.lossy else _layout(line, known)
    body = body if body.endswith(b"\n") else body + b"\n"
    rows = _rows(body, layout) if layout is not None else 0
    return SimpleCsv(layout, spoken_format(layout, found), body, rows) if layout is not None and rows else None


def laid_out(files: Sequence[SimpleCsv]) -> Iterator[RawTable]:
    """Yields files with the same headings and separator as text cells, all of them parsed in one go.

    Raises:
        ValueError: the lines give another number of rows.
    """
    frame = parse_rows(b"".join(one.body for one in files), files[0].layout, skip=0)
    if frame.height != sum(one.rows for one in files):
        raise ValueError(f"{sum(one.rows for one in files)} lines that give {frame.height} rows")
    start = 0
    for one in files:
        rows = frame[start : start + one.rows]
        numbers = pl.int_range(FIRST_ROW, FIRST_ROW + one.rows, dtype=pl.Int64, eager=True)
        yield RawTable(rows.with_columns(numbers.alias(ROW_NUMBER)), one.layout.headings, one.format)
        start += one.rows


def _layout(line: str, known: Known) -> CsvLayout | None:
    """Returns how lines are read below a first line of at least two headings, all of them known and none twice."""
    separators = [sign for sign in SEPARATORS if sign in line]
    if len(separators) != 1 or known(line) is not None:
        return None
    cells, _ = first_row([line], separators[0])
    headings = tuple(cell for cell in cells if cell)
    meant = {known(heading) for heading in headings}
    if len(cells) != len(headings) or len(meant) != len(headings) or None in meant:
        return None
    return CsvLayout(separator=separators[0], header_line=1, headings=headings, titles=())


def _rows(body: bytes, layout: CsvLayout) -> int:
    """Returns how many lines a body has, or 0 if a line has another number of fields or is longer than any row."""
    signs = np.frombuffer(body, dtype=np.uint8)
    ends = np.flatnonzero(signs == ord("\n"))
    starts = np.concatenate(([0], ends[:-1] + 1))
    fields = np.add.reduceat((signs == ord(layout.separator)).astype(np.int64), starts)
    fit = (fields == layout.width - 1).all() and int((ends - starts).max()) < LONGEST_LINE
    return len(ends) if fit else 0
