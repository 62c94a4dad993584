"""From which size on a file is large: judging it at once would take more memory than a small machine has."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.reading.formats.compressed import is_gzip
from pipelines.reading.formats.recognise import recognise

CSV_BYTES = 64 * 2**20
"""A row takes ten times its bytes in memory while it is judged."""
PARQUET_ROWS = 500_000
PARQUET_VALUES = 8_000_000
"""Rows times columns: a file of few rows and very many columns takes as much memory as one of many rows."""


def large_kind(path: Path) -> str | None:
    """Returns what a large file is, `csv` or `parquet`; None if it is not large, or packed.

    Raises:
        Unreadable: it is neither, nor anything else that is read.
    """
    if is_gzip(path):
        return None
    kind = recognise(path)
    large = (kind == "csv" and path.stat().st_size > CSV_BYTES) or (kind == "parquet" and _is_large(path))
    return kind if large else None


def _is_large(path: Path) -> bool:
    """Returns whether a Parquet file is large; not if its size cannot be told, which its reader explains."""
    try:
        found = pq.read_metadata(path)
    except (pa.ArrowException, OSError, ValueError):
        return False
    return bool(found.num_rows > PARQUET_ROWS or found.num_rows * found.num_columns > PARQUET_VALUES)
