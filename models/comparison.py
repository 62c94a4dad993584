"""Two scenarios side by side, party by party: what is each party better or worse off under the other?

Annual equivalents (section 4 of the model), so that scenarios with different horizons can be set beside each other.
"""

import polars as pl

from models.impact import Evaluation

MEASURES = {
    "revenue": ("revenue_change_eur", "backfill_revenue_eur"),
    "spend": ("spend_change_eur",),
    "margin": ("margin_change_eur",),
}
"""What is compared, and the measures that make it: revenue of providers, spend of payers, margin of both."""
SUFFIXES = ("one", "other")
NOTHING_EUR = 1e-3
"""A tenth of a cent: less than this is what adding up leaves, no change."""


def compare(one: Evaluation, other: Evaluation) -> pl.DataFrame:
    """Returns what two scenarios do to every party, as means over the draws.

    One row a party that either of them changes, the largest loss of margin by the change from one to the other first.
    Columns: party, size_eur, then for revenue, spend and margin: `<measure>_one_eur`, `<measure>_other_eur` and
    `<measure>_difference_eur` (other minus one, annual equivalents), and the same of margin as shares of size:
    `margin_one_share`, `margin_other_share`, `margin_difference_share`. A measure that a party does not have is empty;
    so is a share where its size is unknown.
    """
    sides = [_side(evaluation, suffix) for evaluation, suffix in zip((one, other), SUFFIXES, strict=True)]
    both = sides[0].join(sides[1], on="party", how="full", coalesce=True)
    complete = both.with_columns(_completed(name, suffix) for name in MEASURES for suffix in SUFFIXES)
    differing = complete.with_columns(_difference(name) for name in MEASURES)
    sized = differing.join(_sizes(one, other), on="party", how="left").with_columns(_shares())
    return sized.select(_columns()).sort("margin_difference_eur", "party")


def _side(evaluation: Evaluation, suffix: str) -> pl.DataFrame:
    """Returns the annual equivalents of one scenario: one row a party that it changes, one column a measure."""
    sums = evaluation.table("party_impact").filter(
        pl.col("initiative").is_null(), pl.col("year").is_not_null(), pl.col("party") != "patients"
    )
    weighted = sums.join(_weights(evaluation), on="year").with_columns(pl.col("mean") * pl.col("weight"))
    wide = weighted.group_by("party", maintain_order=True).agg(
        _summed(measures).alias(f"{name}_{suffix}_eur") for name, measures in MEASURES.items()
    )
    return wide.filter(pl.any_horizontal(pl.exclude("party").fill_null(0.0).abs() > NOTHING_EUR))


def _summed(measures: tuple[str, ...]) -> pl.Expr:
    """Returns the sum of the measures' rows, empty where there is none."""
    own = pl.col("mean").filter(pl.col("measure").is_in(measures))
    return pl.when(own.len() > 0).then(own.sum())


def _weights(evaluation: Evaluation) -> pl.DataFrame:
    """Returns the weight of each year in an annual equivalent: its discount factor over the sum of all."""
    own = evaluation.table("scenario").row(0, named=True)
    years = pl.DataFrame({"year": range(own["base_year"], own["horizon"] + 1)}, schema={"year": pl.Int64})
    factor = (1 + own["discount_rate"]) ** (own["base_year"] - pl.col("year")).cast(pl.Float64)
    return years.with_columns(weight=factor / factor.sum())


def _completed(name: str, suffix: str) -> pl.Expr:
    """Returns a measure with 0 where only the other scenario changes it."""
    of_either = pl.coalesce(f"{name}_{given}_eur" for given in SUFFIXES).is_not_null()
    column = pl.col(f"{name}_{suffix}_eur")
    return pl.when(of_either).then(column.fill_null(0.0)).alias(column.meta.output_name())


def _difference(name: str) -> pl.Expr:
    return (pl.col(f"{name}_other_eur") - pl.col(f"{name}_one_eur")).alias(f"{name}_difference_eur")


def _sizes(one: Evaluation, other: Evaluation) -> pl.DataFrame:
    """Returns every party's size, from whichever scenario knows it first."""
    tables = (evaluation.table("party_baseline").select("party", "size_eur") for evaluation in (one, other))
    return pl.concat(tables).drop_nulls().unique("party", keep="first", maintain_order=True)


def _shares() -> list[pl.Expr]:
    size = pl.when(pl.col("size_eur") > 0).then("size_eur")
    return [(pl.col(f"margin_{of}_eur") / size).alias(f"margin_{of}_share") for of in ("one", "other", "difference")]


def _columns() -> list[str]:
    sides = (*SUFFIXES, "difference")
    euros = [f"{name}_{side}_eur" for name in MEASURES for side in sides]
    return ["party", "size_eur", *euros, *(f"margin_{side}_share" for side in sides)]
