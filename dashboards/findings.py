"""What the results of one scenario say, in frames that a figure or a sentence can use without further arithmetic.

What belongs here: choosing (which parties are shown, which year is the worst), dividing by size and by the annuity, summing
parties of one kind, and giving ids their names in one language. No drawing and no sentence. A change is seen from the party.
"""

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dashboards.data import PATIENTS, PAYER, POOL, UNKNOWN, Frame, Release, ScenarioResults, kind_names
from dashboards.wording import Wording

SHOWN = 7
_LARGEST_IN_EURO = 4
_LARGEST_IN_SHARE = 1
_GROUPED_FROM = 4  # so many parties of one kind that need the same hands are one row
_MATERIAL_LOAD = 0.0005  # a smaller change of the use, against what is usable, is not worth a row
REST = "other"

LOSES, GAINS, NEUTRAL = "loses", "gains", "neutral"


@dataclass(frozen=True)
class Findings:
    """One scenario of one release, named in one language."""

    release: Release
    results: ScenarioResults
    words: Wording

    @cached_property
    def outcomes(self) -> Frame:
        """One row a party that the scenario touches, largest loss first.

        Columns: party, name, kind, kind_name, size_eur, size_source, margin_eur, value_eur (annual equivalent of the whole
        scenario) with low_eur and high_eur (p10, p90), share (of size) with low_share and high_share, stance.
        """
        annuity = self.results.annuity
        totals = self._impact("present_value_eur").filter(pl.col("initiative").is_null())
        values = totals.select(
            "party",
            value_eur=pl.col("mean") / annuity,
            low_eur=pl.col("p10") / annuity,
            high_eur=pl.col("p90") / annuity,
        )
        return (
            values.join(self._touched, on="party", how="semi")
            .join(self.sizes, on="party", how="left")
            .with_columns(
                share=pl.col("value_eur") / pl.col("size_eur"),
                low_share=pl.col("low_eur") / pl.col("size_eur"),
                high_share=pl.col("high_eur") / pl.col("size_eur"),
            )
            .with_columns(stance=_stance(self.results.materiality))
            .pipe(self.named)
            .sort("value_eur", "party")
        )

    @cached_property
    def shown(self) -> Frame:
        """At most seven rows of `outcomes`: the largest in euro, the largest in share, and the others summed by kind.

        A summed row has no band (percentiles do not add up), `members` above 1 and the kind in `party`.
        """
        largest = self.outcomes.sort(pl.col("value_eur").abs(), descending=True)
        if largest.height <= SHOWN:
            return self.outcomes.with_columns(members=pl.lit(1, dtype=pl.Int64))
        first = largest.head(_LARGEST_IN_EURO)
        rest = largest.slice(_LARGEST_IN_EURO).sort(pl.col("share").abs(), descending=True, nulls_last=True)
        singles = pl.concat([first, rest.head(_LARGEST_IN_SHARE)])
        others = self._others(rest.slice(_LARGEST_IN_SHARE))
        singles = singles.with_columns(members=pl.lit(1, dtype=pl.Int64))
        return pl.concat([singles.sort("value_eur", "party"), others.select(singles.columns)])

    @cached_property
    def net_eur(self) -> float:
        """Annual equivalent of what all parties together gain (mean)."""
        return float(self.outcomes["value_eur"].sum())

    @cached_property
    def sizes(self) -> Frame:
        """One row a party: its size, where that comes from, and its delivered margin."""
        return (
            self.results.table("party_baseline")
            .sort("party", "year")
            .group_by("party", maintain_order=True)
            .agg(pl.col("size_eur", "size_source", "margin_eur").first())
        )

    @cached_property
    def kinds(self) -> dict[str, str]:
        """What each kind of party is called."""
        own = {kind: self.words.text(f"kinds.{kind}") for kind in (PAYER, POOL)}
        return {**kind_names(self.words.language), **own}

    def kinds_plural(self, kind: str) -> str:
        """Returns what several parties of a kind are called."""
        return self.words.known("kinds_plural", kind, otherwise=self.words.text("kinds_plural.other"))

    def named(self, frame: Frame, *, column: str = "party") -> Frame:
        """Returns the frame with `name`, `kind` and `kind_name` for the party ids in a column."""
        names = self.release.parties.rename({"party": column})
        unnamed = {PATIENTS: self.words.text("party.patients"), UNKNOWN: self.words.text("party.unknown")}
        unknown_kind = pl.when(pl.col(column) == UNKNOWN).then(pl.lit(PAYER)).otherwise(pl.lit(POOL))
        return (
            frame.join(names, on=column, how="left", maintain_order="left")
            .with_columns(
                name=pl.coalesce("name", pl.col(column).replace_strict(unnamed, default=None), column),
                kind=pl.coalesce("kind", unknown_kind),
            )
            .with_columns(kind_name=pl.col("kind").replace(self.kinds))
        )

    # --- money over the years ---------------------------------------------------------------------------------------

    def yearly(self, party: str, measure: str) -> Frame:
        """Returns one row a year of a party's measure for the whole scenario: year, mean, p10, p90; also zero years."""
        found = self._impact(measure).filter(
            pl.col("initiative").is_null() & (pl.col("party") == party) & pl.col("year").is_not_null()
        )
        return self._years.join(found.select("year", "mean", "p10", "p90"), on="year", how="left").fill_null(0.0)

    def in_year(self, party: str, year: int) -> dict[str, float]:
        """Returns the mean of every measure of a party in a year, for the whole scenario."""
        found = self.results.table("party_impact").filter(
            (pl.col("party") == party) & (pl.col("year") == year) & pl.col("initiative").is_null()
        )
        return dict(zip(found["measure"], found["mean"], strict=True))

    def by_initiative(self, party: str, measures: tuple[str, ...], year: int) -> Frame:
        """Returns one row an initiative that touches the party in a year: initiative, title, value (sum of the measures)."""
        found = (
            self.results.table("party_impact")
            .filter(
                pl.col("initiative").is_not_null()
                & (pl.col("party") == party)
                & (pl.col("year") == year)
                & pl.col("measure").is_in(measures)
            )
            .group_by("initiative")
            .agg(value=pl.col("mean").sum())
        )
        return self.initiatives.join(found, on="initiative", how="inner").filter(pl.col("value").abs() >= 0.5)

    @cached_property
    def initiatives(self) -> Frame:
        """One row an initiative in the scenario's order: initiative, title."""
        table = self.results.table("initiative").sort("order")
        return table.select(
            "initiative", title=pl.coalesce(f"title_{self.words.language}", "title_nl", "title_en", "initiative")
        )

    @cached_property
    def no_agreement(self) -> Frame:
        """One row a party and year: what its result does without an agreement, against the base year.

        Columns: party, year, change_eur, share (of size). A payer's result is minus what it spends. Parties that deliver
        no production have no rows: their baseline is not known, not zero.
        """
        table = self.results.table("party_baseline").join(
            self.release.parties.select("party", "kind"), on="party", how="left"
        )
        payer = (pl.col("kind") == PAYER) | (pl.col("party") == UNKNOWN)
        worked = table.with_columns(
            result=pl.when(payer).then(-pl.col("revenue_eur")).otherwise(pl.col("revenue_eur") - pl.col("cost_eur"))
        ).filter((pl.col("production_eur").abs().max().over("party") > 0) | payer)
        start = worked.filter(pl.col("year") == self.results.base_year).select("party", start="result")
        return (
            worked.join(start, on="party", how="inner")
            .with_columns(change_eur=pl.col("result") - pl.col("start"))
            .select("party", "year", "change_eur", "size_eur", share=pl.col("change_eur") / pl.col("size_eur"))
            .sort("party", "year")
        )

    # --- hands and beds ---------------------------------------------------------------------------------------------

    @cached_property
    def capacity_years(self) -> Frame:
        """One row a provider, resource and year that the scenario touches, with names, units and shortages.

        Columns beside those of `capacity_gap`: name, kind, kind_name, resource_name, unit, is_staff, members (1), short
        (1 if it lacks), shortage_before, shortage_after, fte_before, fte_after (shortages in full-time equivalents; empty
        if no staff), known.
        """
        table = self.results.table("capacity_gap")
        usable = pl.coalesce(pl.col("usable"), pl.col("load_before"), pl.lit(0.0))
        touched = table.filter(pl.col("load_change").abs() > _MATERIAL_LOAD * usable).select("provider", "resource")
        per_fte = (
            pl.when(pl.col("gap_after").abs() > 1e-9)
            .then(pl.col("gap_fte_after") / pl.col("gap_after"))
            .otherwise(1 / pl.col("hours_per_fte"))
        )
        return (
            table.join(touched.unique(), on=["provider", "resource"], how="semi")
            .join(self._resources, on="resource", how="left")
            .with_columns(
                known=pl.col("gap_after").is_not_null() & (pl.col("usable") > 0),
                shortage_before=pl.col("gap_before").clip(lower_bound=0),
                shortage_after=pl.col("gap_after").clip(lower_bound=0),
                resource_name=pl.coalesce("resource_name", "resource"),
                members=pl.lit(1, dtype=pl.Int64),
            )
            .with_columns(
                fte_before=pl.col("shortage_before") * per_fte,
                fte_after=pl.col("shortage_after") * per_fte,
                short=(pl.col("shortage_after") > 0).cast(pl.Int64),
            )
            .pipe(self.named, column="provider")
        )

    @cached_property
    def capacity(self) -> Frame:
        """One row a provider and resource, in its worst year; many of one kind are one row.

        Sorted: the largest shortage that the scenario adds first, freed capacity last, what is not known at the very end.
        """
        return _worst_years(pl.concat([self._singles, self._groups], how="diagonal"))

    def capacity_of(self, provider: str) -> Frame:
        """Returns the same rows for one provider, never grouped."""
        return _worst_years(self.capacity_years.filter(pl.col("provider") == provider))

    @cached_property
    def capacity_each(self) -> Frame:
        """The same rows for every provider by itself."""
        return _worst_years(self.capacity_years)

    @cached_property
    def worst_shortage(self) -> dict[str, object] | None:
        """The row of `capacity` with the most full-time equivalents short because of the scenario; None if nobody is."""
        staff = self.capacity.filter(pl.col("known") & (pl.col("fte_after") - pl.col("fte_before") >= 0.05))
        rows = staff.sort(pl.col("fte_after") - pl.col("fte_before"), descending=True).head(1).to_dicts()
        return rows[0] if rows else None

    @cached_property
    def _group_keys(self) -> Frame:
        known = self.capacity_years.filter("known").unique(["provider", "resource"])
        return known.group_by("kind", "resource").len().filter(pl.col("len") >= _GROUPED_FROM)

    @cached_property
    def _singles(self) -> Frame:
        grouped = self.capacity_years.filter("known").join(self._group_keys, on=["kind", "resource"], how="semi")
        return self.capacity_years.join(grouped, on=["provider", "resource"], how="anti")

    @cached_property
    def _groups(self) -> Frame:
        """One row a kind, resource and year: what its members have and need together; shortages do not cancel out."""
        summed = ["available", "usable", "load_before", "load_after", "gap_before", "gap_after", "load_change"]
        summed += ["shortage_before", "shortage_after", "fte_before", "fte_after", "members", "short"]
        first = ["resource_name", "unit", "is_staff", "hours_per_fte", "kind_name", "known"]
        groups = (
            self.capacity_years.filter("known")
            .join(self._group_keys, on=["kind", "resource"], how="semi")
            .group_by("kind", "resource", "year")
            .agg(*(pl.col(name).sum() for name in summed), *(pl.col(name).first() for name in first))
        )
        plural = {kind: self.kinds_plural(kind) for kind in groups["kind"].unique()}
        return groups.with_columns(
            provider=pl.concat_str(pl.lit("kind:"), "kind"), name=pl.col("kind").replace(plural)
        ).with_columns(pl.when(pl.col("is_staff")).then(pl.col("fte_before", "fte_after")))

    @cached_property
    def _resources(self) -> Frame:
        table = self.release.table("resource").rename({"name": "delivered"})
        names = [self.words.known("resources", code, otherwise="") for code in table["resource"]]
        units = [self.words.known("units", unit) for unit in table["unit"].fill_null("")]
        named = pl.Series("own", [name or None for name in names], dtype=pl.String)
        return table.with_columns(
            resource_name=pl.coalesce(named, "delivered", "resource"), unit=pl.Series(units, dtype=pl.String)
        ).drop("delivered")

    # --- what this rests on -----------------------------------------------------------------------------------------

    @cached_property
    def units_moved(self) -> float:
        """Care products moved in the last year (mean)."""
        return self._moved("units_moved")

    @cached_property
    def revenue_moved_eur(self) -> float:
        """Production value moved in the last year (mean)."""
        return self._moved("revenue_moved_eur")

    @cached_property
    def travel_km(self) -> float | None:
        """Kilometres that patients travel more in the last year (mean); None if nothing is known."""
        found = self._impact("patient_km_change").filter(
            pl.col("initiative").is_null() & (pl.col("year") == self.results.horizon)
        )
        return float(found["mean"].sum()) if found.height else None

    @cached_property
    def confidence(self) -> dict[str, int]:
        """How many parameters rest on verified, general or assumed figures."""
        counted = self.results.table("evidence").group_by("confidence").len()
        return {row["confidence"] or "assumption": row["len"] for row in counted.iter_rows(named=True)}

    @cached_property
    def missing(self) -> Frame:
        """Deliveries that were expected and did not come, or are stale."""
        return self.release.table("coverage").filter(pl.col("status").is_in(["missing", "stale"]))

    # --- building blocks --------------------------------------------------------------------------------------------

    @cached_property
    def _years(self) -> Frame:
        return pl.DataFrame({"year": range(self.results.base_year, self.results.horizon + 1)}, schema={"year": pl.Int64})

    @cached_property
    def _touched(self) -> Frame:
        impact = self.results.table("party_impact").filter(pl.col("party") != PATIENTS)
        money = impact.filter(pl.col("mean").abs() >= 0.5).select("party")
        hands = self.results.table("capacity_gap").filter(pl.col("load_change").abs() > 0).select(party="provider")
        return pl.concat([money, hands]).unique()

    def _impact(self, measure: str) -> Frame:
        return self.results.table("party_impact").filter(pl.col("measure") == measure)

    def _moved(self, column: str) -> float:
        flows = self.results.table("transfer_flow")
        return float(flows.filter(pl.col("year") == self.results.horizon)[column].sum())

    def _others(self, rest: Frame) -> Frame:
        """Returns the parties that get no row of their own, summed: the kind with most of them, and all further ones."""
        many = rest.group_by("kind").len().sort("len", "kind", descending=[True, False])["kind"].to_list()[:1]
        group = pl.when(pl.col("kind").is_in(many)).then("kind").otherwise(pl.lit(REST))
        others = rest.with_columns(group=group).group_by("group").agg(
            pl.col("value_eur").sum(),
            pl.col("size_eur").sum(),
            pl.col("size_eur").is_null().any().alias("unsized"),
            pl.col("kind_name").first(),
            pl.col("name").first().alias("only"),
            members=pl.len().cast(pl.Int64),
        )
        names = [self._group_name(row) for row in others.iter_rows(named=True)]
        return (
            others.with_columns(name=pl.Series(names, dtype=pl.String), party=pl.col("group"), kind=pl.col("group"))
            .with_columns(pl.when(~pl.col("unsized")).then("size_eur"))
            .with_columns(share=pl.col("value_eur") / pl.col("size_eur"))
            .with_columns(stance=_stance(self.results.materiality), size_source=pl.lit(None, dtype=pl.String))
            .with_columns(
                pl.lit(None, dtype=pl.Float64).alias(name)
                for name in ("low_eur", "high_eur", "low_share", "high_share", "margin_eur")
            )
            .sort(pl.col("group") == REST)
        )

    def _group_name(self, row: dict[str, object]) -> str:
        if row["members"] == 1:
            return str(row["only"])
        kind = str(row["group"])
        plural = self.words.text("party.others") if kind == REST else self.kinds_plural(kind)
        return self.words.text("party.group", number=row["members"], kind=plural)


def _stance(materiality: float) -> pl.Expr:
    """Returns gains, loses or neutral: by share of size, and by sign alone where the size is not known."""
    measure = pl.coalesce(pl.col("share"), pl.col("value_eur").sign())
    return (
        pl.when(measure <= -materiality)
        .then(pl.lit(LOSES))
        .when(measure >= materiality)
        .then(pl.lit(GAINS))
        .otherwise(pl.lit(NEUTRAL))
    )


def _worst_years(frame: Frame) -> Frame:
    """Returns one row a provider and resource: the year of the largest shortage, else of the largest change of the use."""
    extra = (pl.col("shortage_after") - pl.col("shortage_before")) / pl.col("usable")
    order = pl.when(pl.col("load_change") < 0).then(0.0).otherwise(pl.col("shortage_after"))
    return (
        frame.with_columns(extra_share=extra)
        .sort(order.fill_null(0.0), pl.col("load_change").abs(), "year", descending=True, nulls_last=True)
        .unique(["provider", "resource"], keep="first", maintain_order=True)
        .sort(
            ~pl.col("known"),
            pl.col("load_change") < 0,
            -pl.col("extra_share").fill_null(0.0),
            -(pl.col("load_change").abs() / pl.col("usable")).fill_null(0.0),
            "provider",
            "resource",
        )
    )
