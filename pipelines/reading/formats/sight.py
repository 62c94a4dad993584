"""What can be said of a very large file from its first and last bytes: one that is no table is not read through."""

from pathlib import Path

from pipelines.reading.formats import parquet
from pipelines.reading.formats.compressed import is_gzip
from pipelines.reading.formats.encoding import LONGEST_LINE, endless_line
from pipelines.reading.formats.recognise import recognise

LARGE_BYTES = 256 * 2**20
"""Smaller files are read before anything is said of them."""


def refuse_at_sight(path: Path) -> None:
    """Raises `Unreadable` if a large file cannot be a table: something else, cut off, or a line without an end."""
    if path.stat().st_size <= LARGE_BYTES or is_gzip(path):
        return
    kind = recognise(path)
    if kind == "parquet":
        parquet.check(path)
    if kind == "csv" and not _has_line_end(path):
        raise endless_line()


def _has_line_end(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(LONGEST_LINE + 1)
    return b"\n" in head or b"\r" in head
