"""The departments of the region (provider and specialism): their work without and with the agreement, their functions.

What belongs here: the release's departments (`threshold`, `interest`) with their names, the volume norms of their
care, and where the care goes. Departments of a provider of which too little was delivered are not told
(`Known.departments`). Nothing is drawn and no sentence made.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.data import Frame
from dashboards.telling.synopsis import Synopsis

Row = Mapping[str, Any]
STOPS = ("stopped", "breach_caused")
"""What a function's status is called when the agreement ends it, or its norm is no longer met by it."""
AT_STAKE = (*STOPS, "breach_remains", "started_below", "breach_resolved", "at_risk")
_LITTLE = 0.5  # fewer units than this are none
_MANY = 4  # so many parties of one kind are told by their kind


@dataclass(frozen=True)
class RegionDepartments:
    """The departments that one scenario touches."""

    findings: Synopsis

    @cached_property
    def rows(self) -> Frame:
        """One row a department of a scenario, most of its own work lost first.

        Columns: party, name, kind, specialism, specialism_name; units_now (base year), units_before and units_after
        (without and with the agreement in the last year); value_eur and share (production value that it loses or gains
        in `year`, the year in which that is largest, and as a share of its base-year production; null where nothing
        changes), stance; status, probability (to be at risk or stopped, last year), touched (its work changes), priced
        (its care has prices, so that a share that is null is none).
        """
        table = self.findings.results.table("threshold").filter(pl.col("specialism").is_not_null())
        keys = ["provider", "specialism"]
        now = table.filter(pl.col("year") == self.findings.results.base_year).select(*keys, units_now="units_before")
        last = table.filter(pl.col("year") == self.findings.results.horizon).select(
            *keys, "units_before", "units_after", "status", "probability"
        )
        changed = (pl.col("units_after") - pl.col("units_before")).abs() >= _LITTLE
        rows = (
            last.join(now, on=keys, how="left", maintain_order="left")
            .rename({"provider": "party"})
            .join(self._changes, on=["party", "specialism"], how="left", maintain_order="left")
            .filter(pl.col("party").is_in(self._told(last["provider"].unique().to_list())))
            .with_columns(
                touched=changed | pl.col("value_eur").is_not_null(),
                priced=~pl.col("party").is_in(list(self.findings.known.unknown_money)),
            )
            .pipe(self.findings.named)
        )
        names = [self.findings.words.known("specialisms", code) for code in rows["specialism"]]
        named = rows.with_columns(specialism_name=pl.Series(names, dtype=pl.String))
        return named.sort("share", "party", "specialism", nulls_last=True)

    def of(self, party: str) -> Frame:
        """Returns the departments of a provider, most of its own work lost first."""
        return self.rows.filter(pl.col("party") == party)

    @cached_property
    def specialisms(self) -> tuple[str, ...]:
        """The codes of the specialisms of which some department is touched, in their order."""
        return tuple(self.rows.filter("touched")["specialism"].unique().sort())

    @cached_property
    def functions(self) -> Frame:
        """One row a provider, norm and specialism whose state is worth a word, in the last year.

        Columns: party, specialism, norm, norm_name, status, probability (to meet it), minimum_units, units_before,
        units_after.
        """
        states = self.findings.results.table("threshold").filter(
            pl.col("norm").is_not_null()
            & (pl.col("year") == self.findings.results.horizon)
            & pl.col("status").is_in(AT_STAKE)
        )
        return (
            states.drop("specialism", "scenario")
            .rename({"provider": "party"})
            .join(self._norms, on="norm", how="inner", maintain_order="left")
            .sort("party", "specialism", ~pl.col("status").is_in(STOPS), "norm")
        )

    @cached_property
    def flows(self) -> Frame:
        """One row an initiative, donor, recipient and specialism in the last year: to_name, kind, units_moved."""
        flows = self.findings.results.table("department_flow").filter(pl.col("units_moved") >= _LITTLE / 10)
        return flows.pipe(self.findings.named, column="to_id").rename({"name": "to_name"})

    def steps(self, party: str) -> Frame:
        """Returns, per resource that a provider frees, the first year in which a whole part of it can be closed.

        Columns: resource, resource_name, unit, step, year and steps (null where no whole part ever comes free).
        """
        closing = self.findings.results.table("closure").filter(pl.col("provider") == party)
        first = (
            closing.filter(pl.col("whole_steps") >= 1)
            .sort("year")
            .group_by("resource", maintain_order=True)
            .agg(pl.col("year").first(), steps=pl.col("whole_steps").first())
        )
        every = closing.select("resource", "step").unique(maintain_order=True).sort("resource")
        return every.join(first, on="resource", how="left", maintain_order="left").join(
            self.findings.resources.select("resource", "resource_name", "unit"),
            on="resource", how="left", maintain_order="left",
        )  # fmt: skip

    # --- building blocks --------------------------------------------------------------------------------------------

    @cached_property
    def _changes(self) -> Frame:
        table = self.findings.results.table("interest").filter(
            pl.col("initiative").is_null() & (pl.col("dimension") == "department") & (pl.col("value").abs() >= _LITTLE)
        )
        return table.select("party", "specialism", "share", "stance", "year", value_eur="value")

    def _told(self, parties: list[str]) -> list[str]:
        return [party for party in parties if self.findings.known.departments(party)]

    @cached_property
    def _norms(self) -> Frame:
        """One row a norm and specialism: norm, norm_name, specialism (of the norm itself, or of its care products)."""
        products = self.findings.release.table("care_product").select("care_product", of="specialism")
        norms = self.findings.release.table("volume_norm").join(
            products.unique("care_product", keep="first"), on="care_product", how="left", maintain_order="left"
        )
        named = norms.select("norm", "name", specialism=pl.coalesce("specialism", "of")).unique(
            ["norm", "specialism"], keep="first", maintain_order=True
        )
        names = [self.findings.norm_name(row["norm"], row["name"]) for row in named.iter_rows(named=True)]
        return named.select("norm", "specialism", norm_name=pl.Series(names, dtype=pl.String))


def destinations(departments: RegionDepartments, party: str, specialism: str) -> tuple[str, ...]:
    """Returns to whom care of a department goes, the most units first; many of one kind by their kind and number."""
    flows = departments.flows.filter((pl.col("from_id") == party) & (pl.col("specialism") == specialism))
    return _grouped(flows, departments.findings)


def limit(findings: Synopsis) -> float | None:
    """Returns from which share of its work a loss matters to a department, as the scenario has it; None: not told."""
    rows = findings.results.table("interest").filter(
        (pl.col("dimension") == "department") & (pl.col("intensity") > 0) & pl.col("share").is_not_null()
    )
    return float((rows["share"].abs() / rows["intensity"])[0]) if rows.height else None


def _grouped(flows: Frame, findings: Synopsis) -> tuple[str, ...]:
    """Returns the names of who gets care, those of a kind with many members as one."""
    known = flows.filter(pl.col("to_id").is_not_null())
    summed = known.group_by("to_id", "to_name", "kind").agg(pl.col("units_moved").sum())
    many = pl.len().over("kind") >= _MANY
    keyed = summed.with_columns(group=pl.when(many).then("kind").otherwise("to_id"), many=many)
    groups = (
        keyed.group_by("group", "many")
        .agg(pl.col("units_moved").sum(), pl.col("to_name").first().alias("name"), pl.col("kind").first(), n=pl.len())
        .sort("units_moved", "group", descending=[True, False])
    )
    return tuple(
        findings.words.text("clash.group", number=findings.words.numbers.counted(row["n"]),
                            kind=findings.kinds_plural(row["kind"])) if row["many"] else row["name"]
        for row in groups.to_dicts()
    )  # fmt: skip
