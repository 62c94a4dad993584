"""What care goes from whom to whom, and how much further patients travel for it: the frames of the page Flows.

What belongs here: adding up the moves of the last year, choosing the few that a figure shows, and the places on the
map. Distances are those of the model (great circle, with its detour), one way.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from dashboards.data import Frame
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import capitalised
from models.region.geography import Places
from models.travel import DETOUR

DONORS, RECIPIENTS = 3, 4  # rows at the left and right of the figure: seven things together
ARCS = 7
GROUPED_FROM = 4  # so many recipients of one kind are one row
NOTABLE_KM = 0.5  # a shorter detour is none
_SOME = 0.5  # fewer care products than this are none
Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Movements:
    """The moves of one scenario in its last year."""

    findings: Synopsis

    @cached_property
    def pairs(self) -> Frame:
        """One row a donor and recipient, the largest in value first: units, value_eur; both with name and kind.

        Care that is prevented has no recipient: its `to_id` is empty and its `to_name` says so.
        """
        flows = self.findings.results.table("transfer_flow")
        last = flows.filter(pl.col("year") == self.findings.results.horizon)
        summed = last.group_by("from_id", "to_id").agg(
            units=pl.col("units_moved").sum(), value_eur=pl.col("revenue_moved_eur").sum()
        )
        moved = summed.filter(pl.col("units") > 0).sort(
            "value_eur", "from_id", "to_id", descending=[True, False, False]
        )
        nobody = pl.lit(self.findings.words.text("flows.prevented"))
        named = self._named(self._named(moved, "from"), "to")
        return named.with_columns(to_name=pl.when(pl.col("to_id").is_null()).then(nobody).otherwise("to_name"))

    @cached_property
    def links(self) -> Frame:
        """One row a donor and recipient as the figure shows them: from_name, to_name, units, value_eur, place of each.

        The largest stand alone, many recipients of one kind are one, all others are one at each side.
        """
        named = self.pairs.with_columns(
            self._grouped("from", most=DONORS, groups=False), self._grouped("to", most=RECIPIENTS, groups=True)
        )
        links = named.group_by("from_name", "to_name").agg(pl.col("units", "value_eur").sum())
        for side in ("from", "to"):
            total = pl.col("value_eur").sum().over(f"{side}_name")
            rest = pl.col(f"{side}_name").is_in([self._rest("from"), self._rest("to")])
            links = links.with_columns(total.alias(f"{side}_eur"), rest.alias(f"{side}_rest"))
        return links.sort(
            "from_rest", "from_eur", "from_name", "to_rest", "to_eur", "to_name",
            descending=[False, True, False, False, True, False],
        )  # fmt: skip

    @cached_property
    def travel(self) -> Frame:
        """One row an area with moved care, the furthest first: area, name, latitude, longitude, units, km.

        `km` is what a patient travels further for one visit, one way, on average; less than nothing is nearer. Care
        from or to places that are not known is left out, and areas where hardly anything moves.
        """
        mean = (pl.col("km") * pl.col("units")).sum() / pl.col("units").sum()
        by_area = self._located.group_by("area").agg(km=mean, units=pl.col("units").sum())
        notable = by_area.filter(pl.col("units") >= _SOME)
        areas = self.findings.release.table("area")
        return notable.join(areas, on="area", how="inner").sort("km", "area", descending=[True, False])

    @cached_property
    def unlocated_share(self) -> float:
        """The share of the moved care for which it is not known how far its patients travel."""
        total = float(self.findings.results.table("travel")["units"].sum())
        return 1 - float(self._located["units"].sum()) / total if total > 0 else 0.0

    @cached_property
    def _located(self) -> Frame:
        """One row an area, donor and recipient of which the places are known: area, units, km (further, one way)."""
        areas, providers = self.findings.release.table("area"), self.findings.release.table("provider")
        places = {"area": areas["area"], "from_id": providers["provider_id"], "to_id": providers["provider_id"]}
        moves = self.findings.results.table("travel").filter(
            pl.col(name).is_in(codes) for name, codes in places.items()
        )
        if not moves.height:
            return moves.select("area", "units", km=pl.lit(0.0))
        row, donor, recipient = (
            moves[name].replace_strict(codes, range(codes.len()), return_dtype=pl.Int64).to_numpy()
            for name, codes in places.items()
        )
        distance = _places(areas).km_to(_places(providers)) * DETOUR
        further = pl.Series("km", distance[row, recipient] - distance[row, donor], dtype=pl.Float64)
        return moves.select("area", "units", further).filter(pl.col("km").is_finite() & (pl.col("units") > 0))

    @cached_property
    def arcs(self) -> Frame:
        """The largest moves between two providers whose places are known: the columns of `pairs`, and coordinates."""
        places = self.findings.release.table("provider").select("provider_id", "latitude", "longitude").drop_nulls()
        found = self.pairs
        for side in ("from", "to"):
            own = places.rename({name: f"{side}_{name}" for name in ("latitude", "longitude")})
            found = found.join(own, left_on=f"{side}_id", right_on="provider_id", how="inner", maintain_order="left")
        return found.head(ARCS)

    @cached_property
    def outlines(self) -> Mapping[str, list[Ring]]:
        """The outlines of the areas by code, as rings of longitude and latitude; empty where the release has none."""
        table = self.findings.release.table("area_outline")
        return {area: list(_rings(json.loads(text))) for area, text in table.select("area", "outline").iter_rows()}

    # --- building blocks ----------------------------------------------------------------------------------------------

    def _named(self, frame: Frame, side: str) -> Frame:
        renamed = {name: f"{side}_{name}" for name in ("name", "kind", "kind_name")}
        return self.findings.named(frame, column=f"{side}_id").rename(renamed)

    def _grouped(self, side: str, *, most: int, groups: bool) -> pl.Series:
        """Returns under which name each row of `pairs` goes."""
        pairs = self.pairs
        many = pl.col(f"{side}_id").n_unique().over(f"{side}_kind")
        plural = {kind: capitalised(self.findings.kinds_plural(kind)) for kind in pairs[f"{side}_kind"].unique()}
        kinds = [
            self.findings.words.text("party.group", number=count, kind=plural[kind])
            for kind, count in pairs.select(f"{side}_kind", many.alias("count")).iter_rows()
        ]
        grouped = pairs.select(
            name=pl.when((many >= GROUPED_FROM) & pl.lit(groups))
            .then(pl.Series(kinds, dtype=pl.String))
            .otherwise(f"{side}_name"),
            value_eur="value_eur",
        )
        ranked = (
            grouped.group_by("name").agg(pl.col("value_eur").sum()).sort("value_eur", "name", descending=[True, False])
        )
        kept = ranked["name"].head(most if ranked.height <= most else most - 1)
        rest = pl.lit(self._rest(side))
        return grouped.select(
            pl.when(pl.col("name").is_in(kept)).then("name").otherwise(rest).alias(f"{side}_name")
        ).to_series()

    def _rest(self, side: str) -> str:
        return self.findings.words.text(f"flows.other_{side}")


def _places(frame: Frame) -> Places:
    return Places(*(frame[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("latitude", "longitude")))


def _rings(geometry: Mapping[str, object]) -> Iterator[Ring]:
    """Yields the rings of a GeoJSON polygon or multipolygon."""
    shapes = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for shape in shapes:  # type: ignore[attr-defined]
        for ring in shape:
            yield [(float(point[0]), float(point[1])) for point in ring]
