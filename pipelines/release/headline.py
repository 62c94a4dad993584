"""The headline of a scenario in a few rows: what each party's revenue does, and who lacks which hands.

Frames in, frames out, for the terminal; the dashboards tell the same at length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
import polars as pl

from dashboards.data import PAYER, UNKNOWN
from dashboards.telling.known import Known

RESULTS = ("scenario", "party_baseline", "party_impact", "capacity_gap", "transfer_flow", "flag", "draw")
FACTS = ("provider", "payer", "resource", "usability")
MOST_SHORTAGES = 8
CHANGES = ("revenue_change_eur", "spend_change_eur")
"""What changes of a provider, and of a payer."""
LEAST_EURO = 0.5
"""Less is no change."""


@dataclass(frozen=True)
class Headline:
    """A scenario's headline: `parties` one row a party, `shortages` one row a provider and resource, in `year`.

    Attributes:
        unknown: whose money cannot be told for want of a price (`money`), whose hands nobody knows (`hands`); by name.
        any_hands: whether anybody's capacity is known.
    """

    scenario: str
    title_nl: str
    title_en: str
    year: int
    parties: pl.DataFrame
    shortages: pl.DataFrame
    unknown: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: {"money": (), "hands": ()})
    any_hands: bool = True


def read_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    """Returns the tables of an open release that a headline needs."""
    return {name: connection.execute(f'SELECT * FROM "{name}"').pl() for name in (*RESULTS, *FACTS)}


def headlines(tables: Mapping[str, pl.DataFrame]) -> list[Headline]:
    """Returns the headline of every scenario in the result tables, in their order."""
    return [_headline(tables, row) for row in tables["scenario"].sort("scenario").iter_rows(named=True)]


def _headline(tables: Mapping[str, pl.DataFrame], row: Mapping[str, Any]) -> Headline:
    name, year, known = row["scenario"], row["horizon"], _known(tables, row)
    rows = party_rows(tables, scenario=name, year=year)
    names = dict(_names(tables).select("party", "name").iter_rows())
    return Headline(
        scenario=name,
        title_nl=row["title_nl"],
        title_en=row["title_en"],
        year=year,
        parties=rows.filter(~pl.col("party").is_in(sorted(known.unknown_money))),
        shortages=shortage_rows(tables, scenario=name, year=year),
        unknown={
            "money": tuple(names.get(party) or party for party in sorted(known.unknown_money)),
            "hands": tuple(names.get(party) or party for party in known.unknown_hands),
        },
        any_hands=known.any_hands,
    )


def _known(tables: Mapping[str, pl.DataFrame], row: Mapping[str, Any]) -> Known:
    """Returns what can be said of a scenario at all, as the dashboards ask it."""

    def own(table: str) -> pl.DataFrame:
        return tables[table].filter(pl.col("scenario") == row["scenario"])

    return Known(_names(tables), tables["usability"], row["base_year"], own)


def party_rows(tables: Mapping[str, pl.DataFrame], *, scenario: str, year: int) -> pl.DataFrame:
    """Returns what a year brings each party: revenue (payers: spend) and margin, in euro and as a share of its size.

    One row a party that anything changes for, the largest loss of margin first. `draws_changed` is the share of the
    draws in which its revenue (a payer: its spend) changes at all and `furthest_eur` the change in the draw in which
    that is largest in size; both are empty where no draw is kept.
    """
    whole = tables["party_impact"].filter(
        pl.col("scenario") == scenario, pl.col("year") == year, pl.col("initiative").is_null()
    )
    money = whole.filter(pl.col("measure").is_in(CHANGES))
    margin = whole.filter(pl.col("measure") == "margin_change_eur")
    size = tables["party_baseline"].filter(pl.col("scenario") == scenario, pl.col("year") == year)
    return (
        money.select("party", change_eur="mean", p10="p10", p90="p90")
        .join(margin.select("party", margin_change_eur="mean"), on="party", how="full", coalesce=True)
        .filter((pl.col("change_eur").fill_null(0) != 0) | (pl.col("margin_change_eur").fill_null(0) != 0))
        .join(size.select("party", "size_eur"), on="party", how="left")
        .join(_names(tables), on="party", how="left")
        .join(_by_draws(tables, scenario=scenario, year=year), on="party", how="left")
        .select(
            "party",
            pl.col("name").fill_null(pl.col("party")),
            "kind",
            "change_eur",
            share_of_size=pl.col("change_eur") / pl.col("size_eur"),
            p10_eur="p10",
            p90_eur="p90",
            margin_change_eur="margin_change_eur",
            margin_share_of_size=pl.col("margin_change_eur") / pl.col("size_eur"),
            draws_changed="draws_changed",
            furthest_eur="furthest_eur",
        )
        .sort("margin_change_eur", "party", nulls_last=True)
    )


def _by_draws(tables: Mapping[str, pl.DataFrame], *, scenario: str, year: int) -> pl.DataFrame:
    """Returns in what share of the draws a party's revenue changes in a year, and how far at most, one row a party."""
    kept = tables["draw"].filter(
        pl.col("scenario") == scenario, pl.col("year") == year, pl.col("subject").is_in(CHANGES)
    )
    draws = kept.select("party", value="draws").explode("value")
    furthest = pl.col("value").get(pl.col("value").abs().arg_max())
    return draws.group_by("party").agg(
        draws_changed=(pl.col("value").abs() >= LEAST_EURO).mean(), furthest_eur=furthest
    )


def seldom(parties: pl.DataFrame) -> pl.DataFrame:
    """Returns the rows of `party_rows` whose mean comes from so few draws that p10 and p90 are both nothing."""
    nothing = pl.max_horizontal(pl.col("p10_eur").abs(), pl.col("p90_eur").abs()) < LEAST_EURO
    return parties.filter(nothing & (pl.col("change_eur").abs() >= LEAST_EURO))


def shortage_rows(tables: Mapping[str, pl.DataFrame], *, scenario: str, year: int) -> pl.DataFrame:
    """Returns the largest shortages of staff in a year, one row a provider and resource, the largest first."""
    resources = tables["resource"].select("resource", resource_name="name")
    return (
        tables["capacity_gap"]
        .filter(pl.col("scenario") == scenario, pl.col("year") == year, pl.col("gap_fte_after") > 0)
        .join(_names(tables).select("name", provider="party"), on="provider", how="left")
        .join(resources, on="resource", how="left")
        .select(
            "provider",
            pl.col("name").fill_null(pl.col("provider")),
            "resource",
            pl.col("resource_name").fill_null(pl.col("resource")),
            fte_short_before=_fte_before(),
            fte_short_after="gap_fte_after",
            probability_before="shortage_probability_before",
            probability_after="shortage_probability_after",
        )
        .sort("fte_short_after", "provider", "resource", descending=[True, False, False])
        .head(MOST_SHORTAGES)
    )


def _fte_before() -> pl.Expr:
    """Returns the gap without an agreement in full-time equivalents, by the hours per FTE of the gap after it."""
    return pl.max_horizontal(pl.lit(0.0), pl.col("gap_before") * pl.col("gap_fte_after") / pl.col("gap_after"))


def _names(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Returns the name and kind of every party, one row a party."""
    providers = tables["provider"].select("name", "kind", party="provider_id")
    payers = tables["payer"].select("name", pl.lit(PAYER).alias("kind"), party="payer_id")
    unknown = pl.DataFrame({"name": "payer unknown", "kind": PAYER, "party": UNKNOWN})
    return pl.concat([providers, payers, unknown]).unique("party", keep="first", maintain_order=True)
