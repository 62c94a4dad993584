"""What is at stake for each party: the table `interest` with everything that a sentence about it needs.

What belongs here: joining names, sizes, the money of every year, and the tightest hands or beds to the interests. A
*stake* is one row: one party, one dimension, one initiative or the whole scenario. Money is told of a year that exists,
never as a mean over years: `path` holds every year, and a sentence takes the year in which it is largest.
"""

import polars as pl

from dashboards.data import PAYER, UNKNOWN, Frame
from dashboards.telling.functions import LostFunctions
from dashboards.telling.synopsis import Synopsis

REVENUE, MARGIN, SPEND, CUSHION, DEPARTMENT = "revenue", "margin", "spend", "cushion", "department"
FUNCTION, STAFF, FACILITY, TRAVEL = "function", "staff_capacity", "facility_capacity", "travel"
CAPACITY = (STAFF, FACILITY)
YEARLY = (REVENUE, MARGIN, SPEND)
"""The dimensions of money that the release tells of every year."""
_IN_EURO = (*YEARLY, CUSHION, DEPARTMENT)
_MEASURES = {
    "revenue_change_eur": (REVENUE, 1.0), "backfill_revenue_eur": (REVENUE, 1.0),
    "margin_change_eur": (MARGIN, 1.0), "spend_change_eur": (SPEND, -1.0),
}  # fmt: skip
_GAPS = ("usable", "resource_name", "unit", "is_staff", "hours_per_fte",
         "shortage_before", "shortage_after", "fte_before", "fte_after")  # fmt: skip
KEY = ("initiative", "party", "dimension", "specialism")
"""What names a stake."""


def stakes(findings: Synopsis) -> Frame:
    """Returns one row a party, initiative (null: the whole scenario), dimension and, of departments, specialism.

    Columns: those of `interest`; title of the initiative; name and kind of the party; size_eur, size_source; path (of
    revenue, margin and spend the euro of every year from the base year on, seen from the party); is_open (their sign is
    not settled by the draws in the year that is told; null where there is no band); limit (below which it is neutral);
    functions (names of what it gives up; empty where they do not add up to its value); and of hands and rooms
    usable, resource_name, unit, is_staff, hours_per_fte, and over the whole scenario shortage and fte before and after.
    Money of parties whose money is not known is left out.
    """
    rows = findings.results.table("interest").pipe(findings.named)
    unknown = pl.col("party").is_in(list(findings.known.unknown_money)) & pl.col("dimension").is_in(_IN_EURO)
    return (
        rows.filter(~unknown)
        .join(findings.sizes.select("party", "size_eur", "size_source"), on="party", how="left", maintain_order="left")
        .join(findings.initiatives, on="initiative", how="left", maintain_order="left")
        .join(_paths(findings), on=["initiative", "party", "dimension"], how="left", nulls_equal=True,
              maintain_order="left")
        .pipe(_with_told_sign)
        .join(_gaps(findings), on=["party", "resource", "year"], how="left", maintain_order="left")
        .with_columns(limit=_limit(findings))
        .pipe(_with_functions, findings=findings)
    )  # fmt: skip


def is_payer(kind: str, party: str) -> bool:
    """Returns whether a party pays for care."""
    return kind == PAYER or party == UNKNOWN


def _paths(findings: Synopsis) -> Frame:
    """Returns the euro of every year of each party, initiative and dimension of money, with the ends of its band."""
    results = findings.results
    years = pl.DataFrame({"year": range(results.base_year, results.horizon + 1)}, schema={"year": pl.Int64})
    known = pl.DataFrame(
        [(measure, dimension, sign) for measure, (dimension, sign) in _MEASURES.items()],
        schema=["measure", "dimension", "sign"], orient="row",
    )  # fmt: skip
    keys = ["initiative", "party", "dimension"]
    signed = (
        results.table("party_impact")
        .filter(pl.col("year").is_not_null())
        .join(known, on="measure", how="inner")
        .group_by(*keys, "year")
        .agg(
            mean=(pl.col("mean") * pl.col("sign")).sum(),
            low=(pl.when(pl.col("sign") > 0).then("p10").otherwise(-pl.col("p90"))).sum(),
            high=(pl.when(pl.col("sign") > 0).then("p90").otherwise(-pl.col("p10"))).sum(),
        )
    )
    every = signed.select(keys).unique().join(years, how="cross")
    whole = every.join(signed, on=[*keys, "year"], how="left", nulls_equal=True).with_columns(
        pl.col("mean", "low", "high").fill_null(0.0)
    )
    listed = whole.sort("year").group_by(keys).agg(path="mean", lows="low", highs="high")
    return listed.with_columns(has_band=pl.lit(results.draws > 0))


def _with_told_sign(rows: Frame) -> Frame:
    """Adds `is_open`: whether the band of the year that is told (the largest in the stake's direction) holds zero."""
    place = pl.when(pl.col("stance") == "gains").then(pl.col("path").list.arg_max()).otherwise(
        pl.col("path").list.arg_min()
    )  # fmt: skip
    low, high = (pl.col(end).list.get(place, null_on_oob=True) for end in ("lows", "highs"))
    is_open = pl.when("has_band").then((low < 0) & (high > 0))
    return rows.with_columns(is_open=is_open).drop("lows", "highs", "has_band")


def _gaps(findings: Synopsis) -> Frame:
    """Returns how much every provider has and lacks of each resource and year, without and with the agreement."""
    rows = findings.with_shortages(findings.results.table("capacity_gap")).filter("known")
    return rows.select("resource", "year", *_GAPS, party="provider")


def _with_functions(rows: Frame, *, findings: Synopsis) -> Frame:
    """Adds the names of the functions that a party loses, where these are as many as it loses."""
    lost, names = LostFunctions(findings), []
    for row in rows.select("party", "initiative", "dimension", "value").iter_rows(named=True):
        loses = row["dimension"] == FUNCTION and row["value"] < 0
        found = list(lost.names(row["party"], initiative=row["initiative"])) if loses else []
        names.append(found if len(found) == round(-row["value"]) else [])
    return rows.with_columns(functions=pl.Series(names, dtype=pl.List(pl.String)))


def _limit(findings: Synopsis) -> pl.Expr:
    """Returns the share below which a stake is neutral, as the scenario has it; null where none is set."""
    limits = findings.results.limits
    return pl.col("dimension").replace_strict(list(limits), list(limits.values()), default=None)
