"""Where interests clash: pairs of parties over an initiative, and what one party loses against what it gains.

What belongs here: choosing and grouping. Many parties of one kind on the same side of the same thing are one row,
because a room of people hears "38 GP organisations" and not 38 names. Both sides of a clash are stakes (see `stakes`);
a frame of clashes holds the one that loses under `lost_` and the one that gains under `won_`.
"""

import polars as pl

from dashboards.data import Frame
from dashboards.telling.findings import GAINS, LOSES, Synopsis
from dashboards.telling.interests.stakes import COLUMNS, FACILITY, MARGIN, STAFF
from models.interests import tensions

GROUPED_FROM = 4  # so many parties of one kind on one side are one row
LOST, WON = "lost_", "won_"
_SUMMED = ("size_eur", "shortage_before", "shortage_after", "fte_before", "fte_after", "members")
_SIDE = ["initiative", "group"]


def conflicts(findings: Synopsis, stakes: Frame, *, grouped: bool = True) -> Frame:
    """Returns one row an initiative and pair that clash over it, strongest first: strength, lost_*, won_*.

    Args:
        findings: The scenario.
        stakes: Its stakes.
        grouped: Whether many parties of one kind are one row; else every row of the table `conflict`.
    """
    pairs = money_conflicts(findings)
    money = stakes.filter((pl.col("dimension") == MARGIN) & pl.col("initiative").is_not_null())
    sides = {
        prefix: _sides(money, pairs.select("initiative", party=party), stance=stance, grouped=grouped)
        for prefix, party, stance in ((LOST, "loser", LOSES), (WON, "gainer", GAINS))
    }
    names = {prefix: _members(side) for prefix, side in sides.items()}
    return (
        pairs.join(names[LOST], left_on=["initiative", "loser"], right_on=["initiative", "party"])
        .join(names[WON], left_on=["initiative", "gainer"], right_on=["initiative", "party"], suffix="_won")
        .group_by("initiative", "group", "group_won")
        .agg(pl.col("strength").max())
        .join(_prefixed(sides[LOST], LOST), on=_SIDE)
        .join(_prefixed(sides[WON], WON), left_on=["initiative", "group_won"], right_on=_SIDE)
        .sort("strength", "initiative", "group", "group_won", descending=[True, False, False, False])
        .drop("group", "group_won")
    )


def money_conflicts(findings: Synopsis) -> Frame:
    """Returns who loses and gains margin over an initiative: initiative, loser, gainer, strength (smaller share)."""
    money = findings.results.table("interest").filter(
        pl.col("dimension") == MARGIN, pl.col("initiative").is_not_null(), pl.col("share").is_not_null()
    )
    losers, gainers = (
        money.filter(pl.col("stance") == stance).select(
            "initiative", pl.col("party").alias(who), own=pl.col("share").abs()
        )
        for stance, who in ((LOSES, "loser"), (GAINS, "gainer"))
    )
    pairs = losers.join(gainers, on="initiative", suffix="_won", maintain_order="left_right").join(
        findings.results.table("conflict"), on=["initiative", "loser", "gainer"], how="semi", maintain_order="left"
    )
    strength = pl.min_horizontal("own", "own_won")
    return (
        pairs.with_columns(strength=strength)
        .sort("strength", descending=True, maintain_order=True)
        .select("initiative", "loser", "gainer", "strength")
    )


def nearest(stakes: Frame) -> Frame:
    """Returns the pair, in at most one row, that comes nearest to a conflict: the largest smaller share of the two."""
    money = stakes.filter(
        (pl.col("dimension") == MARGIN) & pl.col("initiative").is_not_null() & pl.col("share").is_not_null()
    )
    lost, won = (
        frame.sort(pl.col("share").abs(), "party", descending=[True, False]).unique("initiative", keep="first")
        for frame in (money.filter(pl.col("value") <= -0.5), money.filter(pl.col("value") >= 0.5))
    )
    pairs = _as(lost, LOST).join(_as(won, WON), left_on="lost_initiative", right_on="won_initiative", coalesce=False)
    strength = pl.min_horizontal(pl.col("lost_share").abs(), "won_share")
    return (
        pairs.with_columns(initiative=pl.col("lost_initiative"), strength=strength)
        .sort("strength", "initiative", descending=[True, False])
        .head(1)
    )


def inner_tensions(stakes: Frame, *, grouped: bool = True) -> Frame:
    """Returns one row a party, initiative (null: the whole scenario) and pair of dimensions, strongest first.

    Its strength is the smaller of the two weights, as that of a conflict; last where a size is not known. Many parties
    of one kind that lose and gain the same things are one row, as strong as the strongest among them.
    """
    pairs = tensions(stakes).select("party", "initiative", "loses_on", "gains_on")
    keys = ["party", "initiative"]
    rows = pairs.join(
        _as(stakes, LOST),
        left_on=[*keys, "loses_on"],
        right_on=["lost_party", "lost_initiative", "lost_dimension"],
        nulls_equal=True,
        coalesce=False,
    ).join(
        _as(stakes, WON),
        left_on=[*keys, "gains_on"],
        right_on=["won_party", "won_initiative", "won_dimension"],
        nulls_equal=True,
        coalesce=False,
    )
    strength = pl.when(pl.col("lost_weight").is_not_null() & pl.col("won_weight").is_not_null()).then(
        pl.min_horizontal(pl.col("lost_weight").abs(), pl.col("won_weight").abs())
    )
    rows = rows.with_columns(strength=strength)
    rows = _tensions_of_kinds(rows) if grouped and rows.height else rows
    return rows.select("initiative", "strength", *_both(COLUMNS)).sort(
        "strength", "lost_party", "initiative", descending=[True, False, False], nulls_last=True, maintain_order=True
    )


def _tensions_of_kinds(rows: Frame) -> Frame:
    """Returns the rows with many parties of one kind, that lose and gain the same, as one."""
    alike = ["initiative", "lost_kind", "loses_on", "gains_on"]
    many = pl.len().over(alike) >= GROUPED_FROM
    singles, crowd = rows.filter(~many), rows.filter(many)
    groups = crowd.group_by(alike, maintain_order=True).agg(
        pl.col("strength").max(),
        *(
            group_of(name, prefix=prefix)
            for prefix in (LOST, WON)
            for name in COLUMNS
            if f"{prefix}{name}" not in alike
        ),
    )
    wanted = ["initiative", "strength", *_both(COLUMNS)]
    return pl.concat([singles.select(wanted), shares_of(groups).select(wanted)], how="vertical_relaxed")


def _sides(money: Frame, parties: Frame, *, stance: str, grouped: bool) -> Frame:
    """Returns one row an initiative and group of parties on one side, with the columns of a stake and `parties`."""
    rows = money.filter(pl.col("stance") == stance).join(parties.unique(), on=["initiative", "party"], how="semi")
    many = (pl.len().over("initiative", "kind") >= GROUPED_FROM) & pl.lit(grouped)
    group = pl.when(many).then(pl.concat_str(pl.lit("kind:"), "kind")).otherwise("party")
    sides = (
        rows.with_columns(group=group)
        .group_by(_SIDE, maintain_order=True)
        .agg(pl.col("party").alias("parties"), *(group_of(name) for name in COLUMNS if name != "initiative"))
    )
    return shares_of(sides, prefixes=("",))


def _members(sides: Frame) -> Frame:
    """Returns which group each party of a side is in."""
    return sides.select("initiative", "group", party="parties").explode("party")


def group_of(name: str, *, prefix: str = "") -> pl.Expr:
    """Returns a column of several stakes as one: their sum, or what they have in common, or the first."""
    label = f"{prefix}{name}"
    column = pl.col(label)
    if name in {"spread", "year"}:
        return pl.when(pl.len() == 1).then(column.first()).alias(label)
    if name in {"resource_name", "unit"}:
        return pl.when(column.n_unique() == 1).then(column.first()).alias(label)
    if name == "value":
        is_share = pl.col(f"{prefix}dimension").first().is_in([STAFF, FACILITY])
        return pl.when(is_share).then(column.mean()).otherwise(column.sum()).alias(label)
    if name in _SUMMED:
        return pl.when(column.is_not_null().all()).then(column.sum()).alias(label)
    return column.first()


def shares_of(groups: Frame, *, prefixes: tuple[str, ...] = (LOST, WON)) -> Frame:
    """Returns the groups with their share of what they are together; one party keeps its own."""
    return groups.with_columns(
        pl.when(pl.col(f"{prefix}members") == 1)
        .then(f"{prefix}share")
        .when(pl.col(f"{prefix}size_eur") > 0)
        .then(pl.col(f"{prefix}value") / pl.col(f"{prefix}size_eur"))
        .alias(f"{prefix}share")
        for prefix in prefixes
    )


def _as(stakes: Frame, prefix: str) -> Frame:
    return stakes.select(pl.col(COLUMNS).name.prefix(prefix))


def _prefixed(sides: Frame, prefix: str) -> Frame:
    own = [name for name in COLUMNS if name != "initiative"]
    initiative = pl.col("initiative").alias(f"{prefix}initiative")
    return sides.select(*_SIDE, initiative, pl.col(own).name.prefix(prefix))


def _both(names: tuple[str, ...]) -> list[str]:
    return [f"{prefix}{name}" for prefix in (LOST, WON) for name in names]
