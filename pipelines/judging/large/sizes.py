"""From which size on a file is large: judging it at once would take more memory than a small machine has."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.reading.formats.compressed import is_gzip
from pipelines.reading.formats.recognise import recognise

CSV_BYTES = 64 * 2**20
"""A row takes ten times its bytes in memory while it is judged."""
PARQUET_ROWS = 500_000


def large_kind(path: Path) -> str | None:
    """Returns what a large file is, `csv` or `parquet`; None if it is not large, or packed.

    Raises:
        Unreadable: it is neither, nor anything else that is read.
    """
    if is_gzip(path):
        return None
    kind = recognise(path)
    large = (kind == "csv" and path.stat().st_size > CSV_BYTES) or (kind == "parquet" and _rows(path) > PARQUET_ROWS)
    return kind if large else None


def _rows(path: Path) -> int:
    """Returns the number of rows of a Parquet file; none if it cannot be told, which its reader explains."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError, ValueError):
        return 0
