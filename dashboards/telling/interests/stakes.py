"""What is at stake for each party: the table `interest` with everything that a sentence about it needs.

What belongs here: joining names, sizes, bands and the tightest hands or beds to the interests. Every row is a *stake*:
the frames of `clashes` have the same columns, also where several parties of one kind are one row.
"""

import polars as pl

from dashboards.data import Frame
from dashboards.telling.findings import Synopsis

MARGIN, STAFF, FACILITY, NORMS = "margin", "staff_capacity", "facility_capacity", "volume_norms"
_FUNCTION = "function"
_TOLD = ("revenue", MARGIN, STAFF, FACILITY, _FUNCTION, "travel")
_CAPACITY = (
    *("resource_name", "unit", "year"),
    *("shortage_before", "shortage_after", "fte_before", "fte_after"),
)
COLUMNS = (
    *("scenario", "initiative", "title", "party", "name", "kind", "members"),
    *("dimension", "value", "share", "stance", "weight"),
    *("size_eur", "size_source", "spread", *_CAPACITY),
)


def stakes(findings: Synopsis) -> Frame:
    """Returns one row a party, initiative (null: the whole scenario) and dimension.

    Told are revenue, margin, hands, facilities, functions (as norms) and travel. Columns: those of `interest`; name,
    kind, members (1); title of the initiative; weight (the share of size, else of usable capacity; a norm weighs 1;
    null where the size is not known); size_eur, size_source;
    spread (p90 less p10 of a margin); and for the capacity of a whole scenario the resource and year that end up
    tightest: resource_name, unit, year, shortage and fte before and after. These are null where they are not known.
    """
    keys = ["party", "initiative", "dimension"]
    return (
        findings.results.table("interest")
        .filter(pl.col("dimension").is_in(_TOLD))
        .with_columns(pl.col("dimension").replace({_FUNCTION: NORMS}))
        .pipe(findings.named)
        .join(findings.sizes.select("party", "size_eur", "size_source"), on="party", how="left", maintain_order="left")
        .join(findings.initiatives, on="initiative", how="left", maintain_order="left")
        .join(_spreads(findings), on=keys, how="left", nulls_equal=True, maintain_order="left")
        .join(_shortages(findings), on=["party", "resource", "year"], how="left", maintain_order="left")
        .with_columns(members=pl.lit(1, dtype=pl.Int64), weight=_weight())
        .with_columns(pl.when(pl.col("initiative").is_null()).then(pl.col(name)).alias(name) for name in _CAPACITY)
        .select(COLUMNS)
    )


def _weight() -> pl.Expr:
    capacity = pl.col("dimension").is_in([STAFF, FACILITY])
    return (
        pl.when(capacity)
        .then("share")
        .when(pl.col("dimension") == NORMS)
        .then(pl.col("value").sign())
        .otherwise("share")
    )


def _spreads(findings: Synopsis) -> Frame:
    """Returns the width of the band of each margin, per year, as the other pages round by it."""
    table = findings.results.table("party_impact").filter(pl.col("measure") == "present_value_eur")
    width = (pl.col("p90") - pl.col("p10")) / findings.results.annuity
    return table.select("party", "initiative", dimension=pl.lit(MARGIN), spread=width)


def _shortages(findings: Synopsis) -> Frame:
    """Returns how much every provider lacks of each resource and year over the whole scenario."""
    rows = findings.with_shortages(findings.results.table("capacity_gap")).filter("known")
    measures = [name for name in _CAPACITY if name != "year"]
    return rows.select("resource", "year", *measures, party="provider")
