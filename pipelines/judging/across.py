"""Runs the rules across datasets and deliveries (`data_contracts.across`) over the fact tables of a release.

Each rule's query returns the cases that break it; the cases of one delivery, provider and period are told together, by
the one that differs most. Nothing here is a rule: all of them stand in `data_contracts/across.yaml`.
"""

from collections.abc import Iterator

import duckdb
import polars as pl

from data_contracts.across import AcrossRule

SUBJECTS = ("care_product", "specialism", "resource", "payer_id", "successor_id")
"""What a case may be about, beside a provider and a period."""

CASE_SCHEMA: dict[str, type[pl.DataType]] = {
    "supplier": pl.String,
    "delivery": pl.String,
    "provider_id": pl.String,
    "period": pl.String,
    **dict.fromkeys(SUBJECTS, pl.String),
    "value": pl.Float64,
    "expected": pl.Float64,
}
"""One row a case: what was found (`value`) and what was expected, of a subject at a provider in a period."""

GROUP = ("supplier", "delivery", "provider_id", "period")
_DIGITS = 9

_PREVIOUS_PERIOD = """
CREATE OR REPLACE TEMP MACRO previous_period(period) AS CASE
    WHEN period ~ '^[0-9]{4}$' THEN (period::INTEGER - 1)::VARCHAR
    WHEN period ~ '^[0-9]{4}Q1$' THEN (left(period, 4)::INTEGER - 1)::VARCHAR || 'Q4'
    WHEN period ~ '^[0-9]{4}Q[2-4]$' THEN left(period, 5) || (right(period, 1)::INTEGER - 1)::VARCHAR
END
"""


def cases(connection: duckdb.DuckDBPyConnection, rule: AcrossRule) -> pl.DataFrame:
    """Returns every case that breaks a rule: the columns of `CASE_SCHEMA`, in a fixed order.

    Figures are rounded to nine digits: sums of many rows differ beyond that from run to run.
    """
    connection.execute(_PREVIOUS_PERIOD)
    found = connection.execute(rule.query, rule.parameters or None).pl()
    frame = found.select(
        (pl.col(name) if name in found.columns else pl.lit(None)).cast(dtype).alias(name)
        for name, dtype in CASE_SCHEMA.items()
    )
    return frame.with_columns(pl.col("value", "expected").round_sig_figs(_DIGITS)).sort(list(CASE_SCHEMA))


def worst(found: pl.DataFrame) -> pl.DataFrame:
    """Returns one row a delivery, provider and period: the case that differs most; `count` says of how many."""
    both = (pl.col("value") > 0) & (pl.col("expected") > 0)
    apart = pl.when(both).then((pl.col("value") / pl.col("expected")).log().abs()).otherwise(float("inf"))
    size = pl.max_horizontal(pl.col("value").abs(), pl.col("expected").abs())
    ordered = found.with_columns(apart=apart, size=size).sort(
        ["apart", "size", *SUBJECTS], descending=[True, True, *([False] * len(SUBJECTS))], maintain_order=True
    )
    first = ordered.group_by(GROUP, maintain_order=True).agg(pl.exclude("apart", "size").first(), count=pl.len())
    return first.select(*CASE_SCHEMA, pl.col("count").cast(pl.Int64)).sort(
        "supplier", "provider_id", "period", "delivery"
    )


def broken(
    connection: duckdb.DuckDBPyConnection, rules: tuple[AcrossRule, ...]
) -> Iterator[tuple[AcrossRule, pl.DataFrame]]:
    """Yields every rule that is broken, with its cases told together."""
    for rule in rules:
        found = cases(connection, rule)
        if found.height:
            yield rule, worst(found)
