"""One scenario as a deal: rows for the page Package, from the tables on settlement, packages and progress.

What belongs here: choosing and adding up, as in `findings`. The parties of the deal stand in the rows, and in the
order, of *At the table*: the largest by themselves, the others together by kind. Amounts are present values; what is
set against a party's size is made a year's first.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.data import UNKNOWN, Frame
from dashboards.telling.packages import Packages
from dashboards.telling.settlements import TABLES, Settlements
from dashboards.telling.synopsis import REST, Synopsis
from dashboards.words.wording import Wording, capitalised

_PACKAGE_TABLES = (
    *("scenario", "portfolio", "portfolio_choice", "portfolio_change"),
    *("exchange", "exchange_party", "exchange_swap"),
)
FUND = "fund"
"""Stands for the transition fund among who pays."""
_PAYERS, _RECEIVERS = 7, 6  # rows and columns of the table of who pays whom


@dataclass(frozen=True)
class Deals:
    """The deal that one scenario is."""

    findings: Synopsis

    @property
    def words(self) -> Wording:
        """The language."""
        return self.findings.words

    @cached_property
    def settlements(self) -> Settlements:
        """What every rule makes of it, in words."""
        results = self.findings.results
        tables = {name: results.table(name) for name in TABLES}
        return Settlements(tables, self.party_names, self.words, is_drawn=results.draws > 1)

    @cached_property
    def packages(self) -> Packages | None:
        """Which initiatives together, in words; None where nobody searched for packages."""
        results, release = self.findings.results, self.findings.release
        if not results.table("portfolio").height:
            return None
        norms = release.table("volume_norm").drop_nulls()
        resources = self.findings.resources
        names = self.party_names | dict(zip(norms["norm"], norms["name"], strict=True))
        names |= dict(zip(resources["resource"], resources["resource_name"], strict=True))
        titles = dict(self.findings.initiatives.iter_rows())
        units = dict(zip(resources["resource"], resources["unit"], strict=True))
        return Packages({name: results.table(name) for name in _PACKAGE_TABLES}, names, units, titles, self.words)

    @cached_property
    def party_names(self) -> dict[str, str]:
        """Names of providers and payers, by id."""
        parties = self.findings.release.parties
        known = {key: name for key, name in zip(parties["party"], parties["name"], strict=True) if name}
        return known | {UNKNOWN: self.words.text("party.unknown")}

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """The scenario as filed."""
        rows = self.findings.results.table("scenario")["parameters"].to_list()
        found = json.loads(rows[0]) if rows and rows[0] else {}
        return found if isinstance(found, dict) else {}

    @property
    def fund_eur(self) -> float | None:
        """What the scenario's transition fund holds; None where it names none."""
        return (self.parameters.get("settlement") or {}).get("transition_fund_eur")

    @property
    def tolerance_fte(self) -> float:
        """How much shorter of each kind of staff a recipient may get in a package."""
        return (self.parameters.get("portfolio") or {}).get("shortage_tolerance_fte") or 0.0

    @property
    def agreed(self) -> dict[str, Any] | None:
        """The release and day on which it became an agreement; None where it is a proposal."""
        return self.parameters.get("agreed") or None

    # --- parties in rows ----------------------------------------------------------------------------------------

    @cached_property
    def places(self) -> Frame:
        """One row a party of the deal: party, row (the row it stands in), place (of that row), row_name, members."""
        parties = self.findings.results.table("settlement").select("party").unique().sort("party")
        shown = self.findings.shown.with_row_index("place").select("place", "kind", "parties", row="party")
        where = shown.explode("parties").select("place", "row", party="parties", row_kind="kind")
        named = self.findings.named(parties).select("party", "kind", "name")
        placed = named.join(where, on="party", how="left", maintain_order="left").with_columns(
            pl.col("row", "row_kind").fill_null(REST), place=pl.col("place").fill_null(shown.height).cast(pl.Int64)
        )
        counted = placed.with_columns(members=pl.len().over("row").cast(pl.Int64))
        names = [self._row_name(row) for row in counted.iter_rows(named=True)]
        return counted.with_columns(row_name=pl.Series(names, dtype=pl.String)).select(
            "party", "row", "place", "row_name", "members"
        )

    def _row_name(self, row: dict[str, Any]) -> str:
        if row["members"] == 1:
            return str(row["name"] or row["party"])
        kind = row["row_kind"]
        kind = self.words.text("party.others") if kind == REST else self.findings.kinds_plural(kind)
        return capitalised(self.words.text("party.group", number=row["members"], kind=kind))

    @cached_property
    def rule_rows(self) -> Frame:
        """One row a rule and row of parties, in the order shown.

        Columns: rule, row, place, row_name, members, before_eur, payment_eur, after_eur, below (so many of the members
        would rather have no agreement).
        """
        table = self.findings.results.table("settlement").join(self.places, on="party")
        return (
            table.group_by("rule", "row", "place", "row_name", "members")
            .agg(
                pl.col("before_eur", "payment_eur", "after_eur").sum(),
                below=pl.col("below_no_agreement").sum().cast(pl.Int64),
            )
            .sort("place", "rule")
        )

    @cached_property
    def standings(self) -> Frame:
        """One row a rule, in their order: rule, chosen, parties, below, excess_eur, group, chance (of all whole)."""
        counted = (
            self.findings.results.table("settlement")
            .group_by("rule")
            .agg(parties=pl.len().cast(pl.Int64), below=pl.col("below_no_agreement").sum().cast(pl.Int64))
        )
        summary = self.findings.results.table("settlement_summary")
        return summary.select("rule", "chosen", "in_core", "excess_eur", chance="probability_all_whole").join(
            counted, on="rule", how="inner", maintain_order="left"
        )

    @cached_property
    def party_rows(self) -> Frame:
        """One row a party of the deal under the scenario's rule, what it receives or pays also a year and by size."""
        told = self.settlements
        sizes = self.findings.sizes.select("party", "size_eur")
        annuity = self.findings.results.annuity
        return (
            told.parties(told.chosen)
            .join(sizes, on="party", how="left", maintain_order="left")
            .with_columns(
                payment_share=pl.col("payment_eur") / annuity / pl.col("size_eur"),
                after_share=pl.col("after_eur") / annuity / pl.col("size_eur"),
            )
        )

    @cached_property
    def transfers(self) -> Frame:
        """One row a payer and receiver under the scenario's rule: payer_row, receiver_row, euro.

        The largest payers and receivers stand by themselves, the others together as `REST`; the fund is `FUND`.
        """
        paid = self.settlements.transfers(self.settlements.chosen).with_columns(pl.col("payer").fill_null(FUND))
        for side, most in (("payer", _PAYERS), ("receiver", _RECEIVERS)):
            totals = paid.group_by(side).agg(pl.col("euro").sum()).sort("euro", side, descending=[True, False])
            singles = totals[side].to_list() if totals.height <= most else totals[side].head(most - 1).to_list()
            row = pl.when(pl.col(side).is_in([*singles, FUND])).then(side).otherwise(pl.lit(REST))
            paid = paid.with_columns(row.alias(f"{side}_row"))
        return paid.select("payer", "receiver", "payer_row", "receiver_row", "euro")

    # --- what each would need -----------------------------------------------------------------------------------

    @cached_property
    def break_even(self) -> Frame:
        """One row an initiative and party, the largest present value first; the columns of the table and `title`."""
        rows = self.settlements.break_even.join(self.findings.initiatives, on="initiative", how="left")
        return rows.sort(pl.col("present_value_eur").abs(), "party", descending=[True, False])

    @cached_property
    def needs(self) -> Frame:
        """One row an initiative and row of parties that loses by it, the largest loss first.

        Columns: initiative, title, row_name, present_value_eur, compensation_per_unit_eur (of the row as a whole).
        Parties of different kinds that share a row are left out: they have no price in common.
        """
        each = self.break_even.join(self.places.filter(~pl.col("row").str.starts_with(REST)), on="party")
        return (
            each.group_by("initiative", "title", "row", "row_name")
            .agg(pl.col("present_value_eur", "units_present_value").sum())
            .filter((pl.col("present_value_eur") < -0.5) & (pl.col("units_present_value") > 0))
            .with_columns(compensation_per_unit_eur=-pl.col("present_value_eur") / pl.col("units_present_value"))
            .sort("present_value_eur", "row_name")
        )

    @cached_property
    def tariffs(self) -> Frame:
        """One row an initiative and kind of recipient that is paid a tariff, in the scenario's order.

        Columns: title, kind, members, name (of the one, if there is one), low, high (break-even tariffs), agreed_low,
        agreed_high, too_low (how many are paid less than they need), note (of those without such a tariff, the first).
        """
        paid = self.break_even.filter(pl.col("agreed_tariff_eur").is_not_null())
        kinds = self.findings.named(paid.drop("name"))
        grouped = kinds.group_by("initiative", "kind").agg(
            pl.col("name", "note").drop_nulls().first(),
            members=pl.len().cast(pl.Int64),
            low=pl.col("tariff_eur").min(),
            high=pl.col("tariff_eur").max(),
            agreed_low=pl.col("agreed_tariff_eur").min(),
            agreed_high=pl.col("agreed_tariff_eur").max(),
            too_low=(pl.col("tariff_eur") > pl.col("agreed_tariff_eur")).sum().cast(pl.Int64),
        )
        ordered = grouped.sort("members", "kind", descending=[True, False])
        return self.findings.initiatives.join(ordered, on="initiative", how="inner", maintain_order="left_right")

    # --- packages -----------------------------------------------------------------------------------------------

    @cached_property
    def frontier(self) -> Frame:
        """One row a package that is best for some loss cap: cap (empty: none), value, initiatives, own, worst.

        Caps at which the best package stays the same are left out, but for the scenario's own.
        """
        table = self.findings.results.table("portfolio")
        points = table.select(
            "loss_cap", "own_cap", "initiatives", "worst_party", value_eur="net_value_eur", worst="worst_loss_share"
        ).with_columns(is_new=(pl.col("value_eur") - pl.col("value_eur").shift(1).fill_null(-1.0)).abs() >= 0.5)
        return points.filter(pl.col("is_new") | pl.col("own_cap"))

    # --- progress -----------------------------------------------------------------------------------------------

    @cached_property
    def progress(self) -> Frame:
        """One row an initiative of which something is known, its last period: title, to date and since when."""
        table = self.findings.results.table("progress").sort("period")
        last = table.unique("initiative", keep="last", maintain_order=True)
        return self.findings.initiatives.join(last, on="initiative", how="inner", maintain_order="left").with_columns(
            share=pl.when(pl.col("agreed_to_date") > 0).then(pl.col("realised_to_date") / pl.col("agreed_to_date"))
        )
