"""Whom the heat map of interests shows, and what stands in its tiles and stories: stakes by party and dimension.

What belongs here: choosing and grouping the stakes in the whole scenario. A party that has a row at the table has one
here too; of the others, many of one kind are one row.
"""

import polars as pl

from dashboards.data import PATIENTS, Frame
from dashboards.telling.findings import GAINS, LOSES, NEUTRAL, Synopsis
from dashboards.telling.interests.clashes import GROUPED_FROM, group_of, money_conflicts, shares_of
from dashboards.telling.interests.stakes import COLUMNS, FACILITY, MARGIN, NORMS, STAFF, stakes

DIMENSIONS = ("revenue", MARGIN, STAFF, FACILITY, NORMS)
_MONEY = ("revenue", MARGIN)
_OTHER = ("travel",)


def party_stakes(findings: Synopsis, *, grouped: bool) -> list[Frame]:
    """Returns the stakes of each party (or kind) in the whole scenario, in the order of the parties at the table.

    One frame a row of the heat map, with the columns of a stake, `group`, and `lose` and `gain` (how many of its
    members do). Parties on whom nothing has an effect have none.

    Args:
        findings: The scenario.
        grouped: Whether many parties of one kind are one row.
    """
    whole = stakes(findings).filter(pl.col("initiative").is_null() & (pl.col("party") != PATIENTS))
    order = findings.outcomes.select("party").with_row_index("place")
    rows = whole.join(order, on="party", how="inner", maintain_order="left")
    own = findings.shown.filter(pl.col("members") == 1)["party"].to_list() if grouped else []
    many = pl.col("party").n_unique().over("kind") >= GROUPED_FROM
    is_grouped = many & ~pl.col("party").is_in(own) & pl.lit(grouped)
    named = rows.with_columns(group=pl.when(is_grouped).then(pl.concat_str(pl.lit("kind:"), "kind")).otherwise("party"))
    keys = ["group", "dimension"]
    summed = named.group_by(keys, maintain_order=True).agg(
        *(group_of(name) for name in COLUMNS if name != "dimension"),
        lose=(pl.col("stance") == LOSES).sum(),
        gain=(pl.col("stance") == GAINS).sum(),
        place=pl.col("place").min(),
    )
    shared = shares_of(summed, prefixes=("",)).with_columns(stance=_stance(findings.results.materiality))
    dimension = pl.col("dimension").cast(pl.Enum([*DIMENSIONS, *_OTHER]))
    ordered = shared.sort((pl.col("members") > 1), "place", "group", dimension)
    return ordered.partition_by("group", maintain_order=True)


def _stance(materiality: float) -> pl.Expr:
    """Returns the stance of a row: of one party its own, of many that of their sum of money, else of most of them."""
    money = pl.col("share") / materiality
    most = (pl.col("gain").cast(pl.Int64) - pl.col("lose").cast(pl.Int64)).cast(pl.Float64)
    measure = pl.when(pl.col("dimension").is_in(_MONEY)).then(money).otherwise(most)
    many = pl.when(measure >= 1).then(pl.lit(GAINS)).when(measure <= -1).then(pl.lit(LOSES)).otherwise(pl.lit(NEUTRAL))
    return pl.when(pl.col("members") == 1).then("stance").otherwise(many)


def extremes(findings: Synopsis) -> Frame:
    """Returns one row an initiative, in order: who loses and who gains most margin over it, and the sharpest clash.

    Columns: initiative, title; lost_name, lost_value, lost_share and won_name, won_value, won_share (null where nobody
    does; many parties of one kind count one by one); strength (of the sharpest conflict; null where none).
    """
    money = stakes(findings).filter((pl.col("dimension") == MARGIN) & pl.col("initiative").is_not_null())
    sides = {
        "lost": money.filter(pl.col("value") <= -0.5).sort("value", "party"),
        "won": money.filter(pl.col("value") >= 0.5).sort("value", "party", descending=[True, False]),
    }
    found = findings.initiatives
    for prefix, side in sides.items():
        first = side.unique("initiative", keep="first", maintain_order=True)
        columns = first.select("initiative", pl.col("party", "name", "value", "share").name.prefix(f"{prefix}_"))
        found = found.join(columns, on="initiative", how="left", maintain_order="left")
    strongest = money_conflicts(findings).group_by("initiative").agg(pl.col("strength").max())
    return found.join(strongest, on="initiative", how="left", maintain_order="left")
