"""Which keys may occur more than once, found by their hashes: whole keys need then be compared of few rows only."""

import duckdb
import numpy as np
import polars as pl

HASHES_AT_A_TIME = 60_000_000
"""Eight bytes each, held twice."""


def repeated_hashes(connection: duckdb.DuckDBPyConnection, hashes: str, *, rows: int) -> pl.DataFrame:
    """Returns the hashes that a query gives more than once, a share of all hashes at a time: the column `key`.

    Args:
        connection: where the query is asked.
        hashes: selects one column, `key`, of whole numbers of 64 bits without a sign.
        rows: about how many those are.
    """
    shares = rows // HASHES_AT_A_TIME + 1
    found = []
    for share in range(shares):
        within = f"SELECT key FROM ({hashes}) WHERE key % {shares} = {share}" if shares > 1 else hashes
        ordered = connection.execute(within).fetchnumpy()["key"]
        ordered.sort()
        found.append(np.unique(ordered[1:][ordered[1:] == ordered[:-1]]))
    return pl.DataFrame({"key": np.concatenate(found)}, schema={"key": pl.UInt64})
