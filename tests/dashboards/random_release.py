"""Releases of random regions: sixty parties, each with a random kind, gain or loss, drawn by a seed."""

from dataclasses import replace

import polars as pl
from fake_release import SCENARIO

from dashboards.data import Release

KINDS = ("gp_organisation", "general_hospital", "elderly_care")


def random_release(release: Release, *, seed: int) -> Release:
    """The small release, its parties each with a random kind, and a random gain or loss in every year."""
    few = pl.DataFrame({"n": range(60)}).select(party=pl.format("p{}", "n"), name=pl.format("Partij {}", "n"))
    drawn = few.with_columns(
        kind=pl.int_range(60).shuffle(seed=seed).mod(len(KINDS)).replace_strict(dict(enumerate(KINDS))),
        value=(pl.int_range(60).shuffle(seed=seed + 1) - 30) * 10_000.0,
    )
    results = release.scenarios[0]
    years = pl.DataFrame({"year": range(results.base_year + 1, results.horizon + 1)})
    impact = results.table("party_impact")
    yearly = drawn.join(years, how="cross").select(
        "party", pl.col("year").cast(pl.Int64), scenario=pl.lit(SCENARIO), mean="value", p10=pl.col("value") - 1,
        p50="value", p90=pl.col("value") + 1,
    )  # fmt: skip
    rows = [yearly.with_columns(measure=pl.lit(measure)) for measure in ("margin_change_eur", "revenue_change_eur")]
    worth = drawn.select(
        "party", scenario=pl.lit(SCENARIO), measure=pl.lit("present_value_eur"), mean="value", p10="value", p50="value",
        p90="value",
    )  # fmt: skip
    paths = drawn.select(
        "party", scenario=pl.lit(SCENARIO), worst_year=pl.lit(results.horizon),
        worst_year_eur=pl.min_horizontal("value", 0.0),
        lasting_eur="value", lasting_eur_p10="value", lasting_eur_p90="value",
    )  # fmt: skip
    tables = {
        "party_impact": pl.concat([impact.clear(), *rows, worth], how="diagonal_relaxed").select(impact.columns),
        "path_summary": pl.concat([results.table("path_summary").clear(), paths], how="diagonal_relaxed"),
        "interest": results.table("interest").clear(),
        "threshold": results.table("threshold").clear(),
    }
    return replace(
        release,
        parties=drawn.select("party", "name", "kind"),
        scenarios=(replace(results, tables={**results.tables, **tables}),),
    )
