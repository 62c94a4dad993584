"""From which size on a file is large: it would take more memory than a small machine has to judge it at once."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

CSV_BYTES = 64 * 2**20
"""A row takes ten times its bytes in memory while it is judged."""
PARQUET_ROWS = 500_000


def is_large(path: Path, kind: str) -> bool:
    """Returns whether a file of a kind (`csv`, `parquet`, another) is judged in parts."""
    if kind == "csv":
        return path.stat().st_size > CSV_BYTES
    return kind == "parquet" and _rows(path) > PARQUET_ROWS


def _rows(path: Path) -> int:
    """Returns the number of rows of a Parquet file; none if it cannot be told, which its reader explains."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError, ValueError):
        return 0
