"""What happens without an agreement too, beyond growth: listed initiatives, enforced norms, departments that stop.

Read from the published tables, so that a release tells the same as an evaluation in memory.
"""

import polars as pl

LISTED, NORM, DEPARTMENT = "listed", "norm", "department"
ANYWAY_SCHEMA: dict[str, type[pl.DataType]] = {
    "scenario": pl.String,
    "kind": pl.String,
    "party": pl.String,
    "what": pl.String,
    "year": pl.Int64,
}
_OF_NORM = "norm-"


def happens_anyway(initiatives: pl.DataFrame, thresholds: pl.DataFrame) -> pl.DataFrame:
    """Returns what happens without an agreement too, one row each, in the order of listing and then of years.

    `kind` listed: an initiative of the baseline by its id in `what`, without party or year. `norm` and `department`:
    the norm whose care, or the specialism that, `party` loses on the way without an agreement, from `year` on.

    Args:
        initiatives: the table `initiative`.
        thresholds: the table `threshold`.
    """
    listed = initiatives.filter(
        pl.col("role") == "baseline", ~pl.col("initiative").str.starts_with(_OF_NORM)
    ).with_columns(kind=pl.lit(LISTED), party=None, what="initiative", year=None)
    stopped = (
        thresholds.filter(pl.col("status_before") == "stopped")
        .with_columns(
            kind=pl.when(pl.col("norm").is_null()).then(pl.lit(DEPARTMENT)).otherwise(pl.lit(NORM)),
            what=pl.coalesce("norm", "specialism"),
        )
        .group_by("scenario", "kind", "what", party="provider")
        .agg(pl.col("year").min())
        .sort("scenario", pl.col("kind") == DEPARTMENT, "year", "what", "party")
    )
    return pl.concat([part.select(pl.col(n).cast(k) for n, k in ANYWAY_SCHEMA.items()) for part in (listed, stopped)])
