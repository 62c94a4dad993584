"""Whom the heat map of interests shows, and what stands in its tiles: stakes by party and dimension.

What belongs here: choosing and grouping the stakes in the whole scenario. A party that has a row at the table has one
here too; of the others, many of one kind are one row, of which a tile counts who loses and gains: nothing is netted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.telling.interests.clashes import GROUPED_FROM, Clashes, ClashSide
from dashboards.telling.interests.stakes import (
    CUSHION,
    DEPARTMENT,
    FACILITY,
    FUNCTION,
    MARGIN,
    REVENUE,
    SPEND,
    STAFF,
    is_payer,
)
from dashboards.telling.paths import Paths
from dashboards.telling.synopsis import GAINS, LOSES

Row = Mapping[str, Any]
DIMENSIONS = (REVENUE, MARGIN, CUSHION, DEPARTMENT, FUNCTION, STAFF, FACILITY)
"""The columns of the heat map; an insurer's spending on the care in question stands under revenue."""
_COLUMN = {SPEND: REVENUE}


@dataclass(frozen=True)
class InterestTile:
    """What a party, or several of a kind, have at stake under one heading: how many lose and gain, and the strongest.

    Attributes:
        strongest: the stake that is told: the most intense loss, else the most intense gain, else the first.
        losing, gaining: how many of its stakes lose and gain; of several parties, how many parties.
        of: how many there are.
    """

    strongest: Row
    losing: int
    gaining: int
    of: int


@dataclass(frozen=True)
class PartyRow:
    """A row of the heat map: one party, or several of a kind."""

    name: str
    kind: str
    parties: tuple[str, ...]
    tiles: Mapping[str, InterestTile]
    stakes: tuple[Row, ...]

    @property
    def is_payer(self) -> bool:
        """Whether it pays for care."""
        return is_payer(self.kind, self.parties[0])


def party_rows(clashes: Clashes, *, grouped: bool) -> tuple[PartyRow, ...]:
    """Returns the rows of the heat map, in the order of the parties at the table.

    Args:
        clashes: The interests of the scenario.
        grouped: Whether many parties of one kind are one row.
    """
    paths = clashes.findings.once(Paths)
    order = paths.parties["party"].to_list()
    own = set(paths.rows.filter(pl.col("members") == 1)["party"]) if grouped else set(order)
    stakes: dict[str, list[Row]] = {party: [] for party in order}
    for row in clashes.whole.iter_rows(named=True):
        if row["party"] in stakes:
            stakes[row["party"]].append(row)
    named = {party: rows for party, rows in stakes.items() if rows}
    kinds: dict[str, list[str]] = {}
    for party, rows in named.items():
        if party not in own:
            kinds.setdefault(str(rows[0]["kind"]), []).append(party)
    many = {kind: parties for kind, parties in kinds.items() if len(parties) >= GROUPED_FROM}
    crowd = {party for parties in many.values() for party in parties}
    singles = [_row([party], named) for party in named if party not in crowd]
    return (*singles, *(_row(parties, named) for parties in many.values()))


def _row(parties: Sequence[str], stakes: Mapping[str, Sequence[Row]]) -> PartyRow:
    rows = [row for party in parties for row in stakes[party]]
    by_column: dict[str, list[Row]] = {}
    for row in rows:
        dimension = str(row["dimension"])
        by_column.setdefault(_COLUMN.get(dimension, dimension), []).append(row)
    tiles = {column: _tile(found, many=len(parties) > 1) for column, found in by_column.items()}
    return PartyRow(rows[0]["name"], rows[0]["kind"], tuple(parties), tiles, tuple(rows))


def _tile(rows: Sequence[Row], *, many: bool) -> InterestTile:
    def count(stance: str) -> int:
        found = [row["party"] for row in rows if row["stance"] == stance]
        return len(set(found)) if many else len(found)

    ranked = sorted(rows, key=lambda row: (_rank(row["stance"]), -(row["intensity"] or 0.0)))
    of = len({row["party"] for row in rows}) if many else len(rows)
    return InterestTile(ranked[0], count(LOSES), count(GAINS), of)


def _rank(stance: str) -> int:
    return (LOSES, GAINS).index(stance) if stance in (LOSES, GAINS) else 2


@dataclass(frozen=True)
class Extreme:
    """Who loses and who gains most over an initiative (None: nobody), and how strong its sharpest clash is (None)."""

    title: str
    loses: ClashSide | None
    gains: ClashSide | None
    strength: float | None


def extremes(clashes: Clashes) -> tuple[Extreme, ...]:
    """Returns one entry an initiative, in order; many of a kind count one by one."""
    strongest = clashes.conflicts.group_by("initiative").agg(pl.col("strength").max())
    strengths = dict(strongest.iter_rows())
    return tuple(
        Extreme(title, _most(clashes, initiative, LOSES), _most(clashes, initiative, GAINS), strengths.get(initiative))
        for initiative, title in clashes.findings.initiatives.iter_rows()
    )


def _most(clashes: Clashes, initiative: str, stance: str) -> ClashSide | None:
    rows = clashes.stakes.filter((pl.col("initiative") == initiative) & (pl.col("stance") == stance))
    ranked = rows.filter(pl.col("intensity").is_not_null()).sort("intensity", "party", descending=[True, False])
    return ClashSide((ranked.row(0, named=True),)) if ranked.height else None
