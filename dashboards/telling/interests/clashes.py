"""Where interests clash and where they meet: pairs of parties over an initiative, and what a party has against itself.

What belongs here: choosing and grouping, on every dimension of the tables `interest` and `conflict`. Many parties of
one kind on the same side of the same thing are one side: a room of people hears "38 GP organisations" and not 38
names. Sides lose or gain alike, so that nothing is netted in one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.data import PATIENTS, Frame
from dashboards.telling.interests.stakes import FUNCTION, KEY, stakes
from dashboards.telling.synopsis import GAINS, LOSES, Synopsis
from models.interests import shared_interests, tensions

Row = Mapping[str, Any]
LOSER, GAINER = "loser", "gainer"
_SIDES = (f"{LOSER}_side", f"{GAINER}_side")
GROUPED_FROM = 4  # so many parties of one kind on one side are one row
_DIMENSION = ("dimension", "specialism")
_ALIKE = ["initiative", "kind", *_DIMENSION]


@dataclass(frozen=True)
class ClashSide:
    """One party, or several of a kind, that lose or gain on the same dimension of the same initiative: their stakes."""

    rows: tuple[Row, ...]

    @property
    def first(self) -> Row:
        """The stake of the one, or of the first of several."""
        return self.rows[0]

    @property
    def is_many(self) -> bool:
        """Whether several parties are on it."""
        return len(self.rows) > 1

    @property
    def is_open(self) -> bool:
        """Whether the draws leave open if it loses or gains at all; a group is not asked."""
        return not self.is_many and bool(self.first["is_open"])


@dataclass(frozen=True)
class ClashPair:
    """Two sides over one initiative (of a tension: of one party), and how strong what stands between them is."""

    title: str | None
    one: ClashSide
    other: ClashSide
    strength: float | None


@dataclass(frozen=True)
class Clashes:
    """The interests of one scenario, held against each other."""

    findings: Synopsis

    @cached_property
    def stakes(self) -> Frame:
        """All that is at stake, see `stakes`."""
        return stakes(self.findings)

    @cached_property
    def whole(self) -> Frame:
        """The stakes in the whole scenario, of parties."""
        return self.stakes.filter(pl.col("initiative").is_null() & (pl.col("party") != PATIENTS))

    # --- between parties --------------------------------------------------------------------------------------------

    @cached_property
    def conflicts(self) -> Frame:
        """The rows of the table `conflict` whose both sides are known, strongest first."""
        known = self.stakes.filter(pl.col("initiative").is_not_null()).select(KEY)
        pairs = self.findings.results.table("conflict")
        for who in (LOSER, GAINER):
            pairs = pairs.join(known, left_on=_key(who), right_on=KEY, how="semi", nulls_equal=True,
                               maintain_order="left")  # fmt: skip
        return pairs.sort("strength", descending=True, nulls_last=True, maintain_order=True)

    @cached_property
    def clashes(self) -> Frame:
        """One row an initiative and pair of sides: initiative, loser_side, gainer_side, strength.

        A function that is lost comes before hands and money, then the strongest first.
        """
        pairs = self.conflicts.select("strength", *dict.fromkeys([*_key(LOSER), *_key(GAINER)]))
        for who, sides in self._sides.items():
            own = sides.select(*KEY, pl.col("side").alias(f"{who}_side"), pl.col("intensity").alias(f"{who}_intensity"))
            pairs = pairs.join(own, left_on=_key(who), right_on=KEY, nulls_equal=True, maintain_order="left")
        grouped = pairs.group_by("initiative", *_SIDES, maintain_order=True).agg(
            pl.col("strength").max(),
            stops=(pl.col("loser_dimension") == FUNCTION).any(),
            felt=pl.sum_horizontal("loser_intensity", "gainer_intensity").max(),
        )
        order = ["stops", "strength", "felt", *_SIDES]
        ranked = grouped.sort(order, descending=[True, True, True, False, False], nulls_last=True)
        return ranked.drop("stops", "felt")

    def pairs(self, clashes: Frame) -> tuple[ClashPair, ...]:
        """Returns the pairs of some rows of `clashes`."""
        return tuple(
            ClashPair(one.first["title"], one, other, row["strength"])
            for row in clashes.iter_rows(named=True)
            for one, other in [[self._side(row, who) for who in (LOSER, GAINER)]]
        )

    def sharpest(self, most: int) -> tuple[ClashPair, ...]:
        """Returns the first clash of each initiative, in the order of `clashes`.

        A clash of which the draws leave a side open comes after those that are settled.
        """
        told = self.pairs(self.clashes.unique("initiative", keep="first", maintain_order=True))
        settled = sorted(told, key=lambda pair: pair.one.is_open or pair.other.is_open)
        return tuple(settled[:most])

    @cached_property
    def shared(self) -> tuple[ClashPair, ...]:
        """The two strongest sides that gain on each initiative that several gain on, the strongest pair first."""
        gaining = shared_interests(self.findings.results.table("interest")).join(
            self.stakes.select(KEY), on=KEY, how="semi", nulls_equal=True, maintain_order="left"
        )
        sided = self._sided(gaining.select(KEY), GAINS)
        found = []
        for part in sided.partition_by("initiative", maintain_order=True):
            names = part.sort("intensity", descending=True, nulls_last=True, maintain_order=True)["side"]
            first = names.unique(maintain_order=True).to_list()[:2]
            if len(first) > 1:
                one, other = (ClashSide(tuple(part.filter(pl.col("side") == name).to_dicts())) for name in first)
                found.append(ClashPair(one.first["title"], one, other, _weaker(one, other)))
        return tuple(sorted(found, key=lambda pair: -(pair.strength or 0.0)))

    # --- inside a party ---------------------------------------------------------------------------------------------

    @cached_property
    def tensions(self) -> tuple[ClashPair, ...]:
        """What each party loses most over the whole scenario beside what it gains most, strongest first.

        Many parties of one kind that lose and gain on the same dimensions are one.
        """
        torn = tensions(self.whole.select("scenario", *KEY, "stance", "value")).select("party").unique()
        rows = self.whole.join(torn, on="party", how="semi", maintain_order="left")
        sides = {
            stance: rows.filter(pl.col("stance") == stance)
            .sort("intensity", descending=True, nulls_last=True, maintain_order=True)
            .unique("party", keep="first", maintain_order=True)
            for stance in (LOSES, GAINS)
        }
        loses, gains = ({row["party"]: row for row in side.to_dicts()} for side in sides.values())
        found = [
            ClashPair(None, one, other, _weaker(one, other))
            for parties in _alike(loses, gains)
            for one, other in [[ClashSide(tuple(side[party] for party in parties)) for side in (loses, gains)]]
        ]
        return tuple(sorted(found, key=lambda pair: -(pair.strength or 0.0)))

    # --- building blocks --------------------------------------------------------------------------------------------

    @cached_property
    def _sides(self) -> dict[str, Frame]:
        """The stakes on each side of the conflicts, with `side`."""
        return {
            who: self._sided(self.conflicts.select(_key(who)).rename(dict(zip(_key(who), KEY, strict=True))), stance)
            for who, stance in ((LOSER, LOSES), (GAINER, GAINS))
        }

    def _sided(self, keys: Frame, stance: str) -> Frame:
        """Returns the stakes with some keys, with `side`: many of one kind that are alike are one."""
        own = self.stakes.filter(pl.col("stance") == stance)
        rows = own.join(keys.unique(), on=KEY, how="semi", nulls_equal=True, maintain_order="left")
        many = pl.len().over(_ALIKE) >= GROUPED_FROM
        who = pl.when(many).then(pl.concat_str(pl.lit("kind:"), "kind")).otherwise("party")
        return rows.with_columns(
            side=pl.concat_str(who, "dimension", pl.col("specialism").fill_null(""), separator="|")
        )

    def _side(self, row: Row, who: str) -> ClashSide:
        own = self._sides[who].filter(
            (pl.col("initiative") == row["initiative"]) & (pl.col("side") == row[f"{who}_side"])
        )
        return ClashSide(tuple(own.to_dicts()))


def _key(who: str) -> list[str]:
    """Returns the columns of `conflict` that name the stake on one of its sides, in the order of `KEY`."""
    return ["initiative", who, f"{who}_dimension", f"{who}_specialism"]


def _weaker(one: ClashSide, other: ClashSide) -> float | None:
    """Returns the smaller of the strongest intensities of two sides; None where one has none."""
    known = [[row["intensity"] for row in side.rows if row["intensity"] is not None] for side in (one, other)]
    return min(map(max, known)) if all(known) else None


def _alike(loses: Mapping[str, Row], gains: Mapping[str, Row]) -> list[list[str]]:
    """Returns the parties that are torn, many of one kind between the same dimensions together."""
    kinds: dict[tuple[Any, ...], list[str]] = {}
    for party, loss in loses.items():
        if party in gains:
            gain = gains[party]
            key = (loss["kind"], *(row[name] for row in (loss, gain) for name in _DIMENSION))
            kinds.setdefault(key, []).append(party)
    return [
        group
        for parties in kinds.values()
        for group in ([parties] if len(parties) >= GROUPED_FROM else [[party] for party in parties])
    ]
