"""Shortages of hands and beds over the years, and what share of the initiatives fits: the frames of the page Capacity.

What belongs here: choosing and adding up, as in `findings`, whose capacity rows these are made from. Many providers of
one kind are one row; a shortage of one is never set off against what another has left.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dashboards.data import Frame
from dashboards.telling.synopsis import Synopsis

_SOME = 0.5  # fewer units than this are none
_FITS = 0.9995  # from here on everything fits
_PER_RESOURCE = ("shortage_before", "shortage_after", "fte_before", "fte_after")


@dataclass(frozen=True)
class Shortages:
    """The shortages of one scenario."""

    findings: Synopsis

    @cached_property
    def each(self) -> Frame:
        """One row a provider, resource and year whose shortage is known: the columns of `Findings.capacity_years`."""
        table = self.findings.results.table("capacity_gap")
        return self.findings.with_shortages(table).filter("known").sort("provider", "resource", "year")

    @cached_property
    def grouped(self) -> Frame:
        """The same rows, those of many providers of one kind as one."""
        return self.findings.grouped(self.each)

    @cached_property
    def resources(self) -> Frame:
        """One row a resource that anybody lacks in some year, the resource that the scenario adds most to first.

        Columns: resource, resource_name, unit, is_staff, year (with the largest shortage), shortage_before,
        shortage_after, fte_before, fte_after (of all providers in that year), providers (short of it then).
        """
        by_year = self.each.group_by("resource", "year").agg(
            pl.col("resource_name", "unit", "is_staff").first(),
            *(pl.col(name).sum() for name in _PER_RESOURCE),
            usable=pl.col("usable").sum(),
            providers=pl.col("short").sum(),
        )
        extra = (pl.col("shortage_after") - pl.col("shortage_before")) / pl.col("usable")
        return (
            by_year.filter(pl.max_horizontal("shortage_after", "shortage_before") >= _SOME)
            .with_columns(pl.when(pl.col("is_staff")).then(pl.col("fte_before", "fte_after")), extra=extra)
            .sort("shortage_after", "year", descending=True)
            .unique("resource", keep="first", maintain_order=True)
            .sort(~pl.col("is_staff"), -pl.col("extra"), "resource")
        )

    @cached_property
    def enough(self) -> list[str]:
        """Names of the resources that are known and that nobody lacks in any year."""
        names = self.each.select("resource", "resource_name").unique(maintain_order=True)
        return (
            names.join(self.resources, on="resource", how="anti")["resource_name"].unique(maintain_order=True).to_list()
        )

    def rows(self, resource: str, *, grouped: bool = True) -> list[Frame]:
        """Returns the years of each provider (or kind) that ever lacks a resource, the largest shortage first."""
        every = (self.grouped if grouped else self.each).filter(pl.col("resource") == resource)
        worst = pl.max_horizontal("shortage_after", "shortage_before").max().over("provider")
        short = every.with_columns(worst=worst).filter(pl.col("worst") >= _SOME)
        ordered = short.sort("worst", "provider", "year", descending=[True, False, False])
        return ordered.partition_by("provider", maintain_order=True)

    def first(self, resource: str, *, year: int) -> str:
        """Returns who lacks most of a resource in a year; nothing where nobody does."""
        rows = self.each.filter((pl.col("resource") == resource) & (pl.col("year") == year))
        short = rows.filter(pl.col("shortage_after") >= _SOME).sort("shortage_after", "name", descending=[True, False])
        return str(short["name"][0]) if short.height else ""

    @cached_property
    def providers_short(self) -> int:
        """How many providers lack anything in the last year."""
        last = self.each.filter(pl.col("year") == self.findings.results.horizon)
        return last.filter(pl.col("shortage_after") >= _SOME)["provider"].n_unique()

    def full_time_short(self, column: str) -> float:
        """Returns the full-time equivalents that all providers lack together in the last year: fte_before or _after."""
        last = self.each.filter((pl.col("year") == self.findings.results.horizon) & pl.col("is_staff"))
        return float(last[column].sum())

    # --- what share fits --------------------------------------------------------------------------------------------

    @cached_property
    def feasible_each(self) -> Frame:
        """One row an initiative and recipient or supporter in the last year: share, resource_name, name, units, weight.

        Columns: initiative, title, recipient, name, kind, share (0 to 1; null where capacity is unknown), resource,
        resource_name (what binds; null where nothing does), units (moved there; 0 at a supporter).
        """
        year = self.findings.results.horizon
        flows = self.findings.results.table("transfer_flow").filter(pl.col("year") == year)
        units = flows.group_by("initiative", recipient="to_id").agg(units=pl.col("units_moved").sum())
        named = self.findings.resources.select("resource", "resource_name")
        return (
            self.findings.results.table("feasible_share")
            .filter(pl.col("year") == year, pl.col("recipient").is_not_null())
            .rename({"feasible_share": "share", "binding_resource": "resource"})
            .join(units, on=["initiative", "recipient"], how="left", maintain_order="left")
            .with_columns(pl.col("units").fill_null(0.0))
            .join(named, on="resource", how="left", maintain_order="left")
            .join(self.findings.initiatives, on="initiative", how="left", maintain_order="left")
            .pipe(self.findings.named, column="recipient")
        )

    @cached_property
    def feasible(self) -> Frame:
        """One row an initiative, the least feasible first: title, share, resource_name (binds most), tight, known.

        The share is the release's own, a mean over the draws: who gets how much may depend on room, so the recipients'
        mean shares do not add up to it. `tight` counts the parties where not all fits, `known` those whose capacity is.
        """
        parties = self.feasible_each.filter(pl.col("share").is_not_null())
        counts = parties.group_by("initiative", "title", maintain_order=True).agg(
            tight=(pl.col("share") < _FITS).sum(), known=pl.len()
        )
        named = self.findings.resources.select("resource", "resource_name")
        whole = (
            self.findings.results.table("feasible_share")
            .filter(pl.col("year") == self.findings.results.horizon, pl.col("recipient").is_null())
            .select("initiative", share="feasible_share", resource="binding_resource")
            .filter(pl.col("share").is_not_null())
            .join(named, on="resource", how="left", maintain_order="left")
        )
        return counts.join(whole, on="initiative", maintain_order="left").sort("share", "initiative")
