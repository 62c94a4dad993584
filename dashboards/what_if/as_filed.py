"""The present setting beside the scenario as filed: party by party, row by row of a figure."""

import polars as pl

from dashboards.data import PAYER
from dashboards.telling.synopsis import Synopsis


def filed_values(shown: pl.DataFrame, *, filed: Synopsis) -> list[float | None]:
    """Returns what each row of `Findings.shown` is as filed, in euro a year; sums of the same parties for a group."""
    values = dict(filed.outcomes.select("party", "value_eur").iter_rows())
    return [sum(values.get(party) or 0.0 for party in parties) for parties in shown["parties"]]


def filed_needs(rows: pl.DataFrame, *, filed: Synopsis) -> list[float | None]:
    """Returns what each row of capacity needed as filed, as a share of what was usable; None where it is not known."""
    years = filed.capacity_years.filter("known")
    return [_need(row, years) for row in rows.to_dicts()]


def _need(row: dict[str, object], years: pl.DataFrame) -> float | None:
    who = pl.col("provider") == row["provider"] if row["members"] == 1 else pl.col("kind") == row["kind"]
    same = years.filter(who & (pl.col("resource") == row["resource"]) & (pl.col("year") == row["year"]))
    usable = float(same["usable"].sum())
    return float(same["load_after"].sum()) / usable if same.height and usable > 0 else None


def side_by_side(*, now: Synopsis, filed: Synopsis) -> pl.DataFrame:
    """Returns one row a party that either touches, largest difference first.

    Columns: party, name, kind_name, filed_eur, now_eur (annual equivalents), difference_eur, share (of size, now).
    """
    keys = ["party", "name", "kind_name", "size_eur"]
    joined = now.outcomes.select(*keys, now_eur="value_eur").join(
        filed.outcomes.select(*keys, filed_eur="value_eur"), on="party", how="full", coalesce=True
    )
    return (
        joined.with_columns(
            pl.coalesce("name", "name_right").alias("name"),
            pl.coalesce("kind_name", "kind_name_right").alias("kind_name"),
            pl.coalesce("size_eur", "size_eur_right").alias("size_eur"),
            pl.col("now_eur", "filed_eur").fill_null(0.0),
        )
        .with_columns(
            difference_eur=pl.col("now_eur") - pl.col("filed_eur"), share=pl.col("now_eur") / pl.col("size_eur")
        )
        .select("party", "name", "kind_name", "filed_eur", "now_eur", "difference_eur", "share")
        .sort(pl.col("difference_eur").abs().round(0), "now_eur", "party", descending=[True, False, False])
    )


def payers_together(findings: Synopsis) -> float:
    """Returns what all payers together gain a year, in euro; what they spend more counts against it."""
    return float(findings.outcomes.filter(pl.col("kind") == PAYER)["value_eur"].sum())
