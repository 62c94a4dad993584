"""What the results of one scenario say, in frames that a figure or a sentence can use without further arithmetic.

What belongs here: choosing (which parties are shown, which year is the worst), dividing by size and by the annuity,
summing parties of one kind, and giving ids their names in one language. No drawing and no sentence. A change is seen
from the party.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from dashboards.data import PATIENTS, PAYER, POOL, UNKNOWN, Frame, Release, ScenarioResults, kind_names
from dashboards.telling.known import Known
from dashboards.words.wording import Wording, capitalised

SHOWN = 7
_LARGEST_IN_EURO = 4
_LARGEST_IN_SHARE = 1
_MUCH_HARDER = 1.5
_GROUPED_FROM = 4  # so many parties of one kind that need the same hands are one row
_NOTABLE_FTE = 0.25  # a quarter of a person: less is no headline
_MATERIAL_LOAD = 0.0005  # a smaller change of the use, against what is usable, is not worth a row
_BAND = ("low_eur", "high_eur", "low_share", "high_share")
_SUMMED = (
    *("available", "usable", "load_before", "load_after", "gap_before", "gap_after", "load_change"),
    *("shortage_before", "shortage_after", "fte_before", "fte_after", "members", "short"),
)
_FIRST = ("resource_name", "unit", "is_staff", "hours_per_fte", "kind_name", "known")
_WITH = (("change", "with"), ("low", "with_low"), ("high", "with_high"))
_YEARLY = {"year": pl.Int64, "mean": pl.Float64, "p10": pl.Float64, "p90": pl.Float64}
_WHOLE = ("party", "measure", *_YEARLY)
_FUTURES = tuple(
    f"{end}_{measure}" for measure in ("eur", "share") for end in ("without", "with", "with_low", "with_high")
)
REST = "other"

LOSES, GAINS, NEUTRAL = "loses", "gains", "neutral"
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class Synopsis:
    """One scenario of one release, named in one language."""

    release: Release
    results: ScenarioResults
    words: Wording
    _made: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, make: "Callable[[Synopsis], _Made]") -> _Made:
        """Returns what something makes of these findings (a class, such as `Paths`), made once for all pages."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _Made = self._made[make]
        return made

    @cached_property
    def known(self) -> Known:
        """What can be said at all: asked before a figure or a sentence that would reassure."""
        return Known(self.release.parties, self.release.table("usability"), self.results.base_year, self.results.table)

    @cached_property
    def outcomes(self) -> Frame:
        """One row a party that the scenario touches, largest loss first.

        Columns: party, name, kind, kind_name, size_eur, size_source, margin_eur, value_eur (annual equivalent of the
        whole scenario) with low_eur and high_eur (p10, p90), share (of size) with low_share and high_share, stance.
        Parties whose money is not known (`Known.unknown_money`) stand last, value, band, share and stance empty.
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
            .with_columns(
                pl.when(~pl.col("party").is_in(self.known.unknown_money)).then(pl.col(name)).alias(name)
                for name in ("value_eur", "share", "stance", *_BAND)
            )
            .pipe(self.named)
            .sort("value_eur", "party", nulls_last=True)
        )

    @cached_property
    def told(self) -> Frame:
        """The rows of `outcomes` whose money is known."""
        return self.outcomes.filter(pl.col("value_eur").is_not_null())

    @cached_property
    def shown(self) -> Frame:
        """At most seven rows of `told`: the largest in euro, the largest in share, the others by kind and side.

        A summed row has no band (percentiles do not add up), `members` above 1 and its parties in `parties`.
        """
        return self._seven(self.told)

    @cached_property
    def without(self) -> Frame:
        """The columns of `outcomes`, for the last year's result without an agreement, against the base year."""
        last = self.no_agreement.filter(pl.col("year") == self.results.horizon)
        nothing = [pl.lit(None, dtype=pl.Float64).alias(name) for name in _BAND]
        return (
            last.select("party", "share", value_eur="change_eur")
            .join(self.sizes, on="party", how="left")
            .with_columns(*nothing, stance=_stance(self.results.materiality))
            .pipe(self.named)
            .sort("value_eur", "party")
        )

    @cached_property
    def without_shown(self) -> Frame:
        """At most seven providers of `without`, chosen as in `shown`; an insurer's spending is of another order."""
        return self._seven(self.without.filter(pl.col("kind") != PAYER))

    @cached_property
    def extra_spending_eur(self) -> float:
        """What all payers together spend more in the last year than in the base year, without an agreement."""
        return -float(self.without.filter(pl.col("kind") == PAYER)["value_eur"].sum())

    @cached_property
    def largest_loss(self) -> dict[str, Any] | None:
        """The row of `outcomes` that loses most euro among those that lose something that matters for their size."""
        losers = self.told.filter(pl.col("stance") == LOSES).head(1).to_dicts()
        return losers[0] if losers else None

    @cached_property
    def net_eur(self) -> float:
        """Annual equivalent of what all parties together gain (mean), of those whose money is known."""
        return float(self.told["value_eur"].sum())

    @cached_property
    def sizes(self) -> Frame:
        """One row a party: its size, where that comes from, and its delivered margin."""
        return (
            self.results.table("party_baseline")
            .sort("party", "year")
            .group_by("party", maintain_order=True)
            .agg(pl.col("size_eur", "size_source").first(), margin_eur=pl.col("delivered_margin_eur").first())
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
        found = self._whole_by_year.get((party, measure), {})
        years = range(self.results.base_year, self.results.horizon + 1)
        rows = [(year, *found.get(year, (0.0, 0.0, 0.0))) for year in years]
        return pl.DataFrame(rows, schema=_YEARLY, orient="row")

    def in_year(self, party: str, year: int) -> dict[str, float]:
        """Returns the mean of every measure of a party in a year, for the whole scenario."""
        measures = (measure for whom, measure in self._whole_by_year if whom == party)
        every = {measure: self._whole_by_year[party, measure] for measure in measures}
        return {measure: years[year][0] for measure, years in every.items() if year in years}

    def by_initiative(self, party: str, measures: tuple[str, ...], year: int) -> Frame:
        """Returns one row an initiative that touches the party in a year: initiative, title, value (their sum)."""
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
        joined = self.initiatives.join(found, on="initiative", how="inner", maintain_order="left")
        return joined.filter(pl.col("value").abs() >= 0.5)

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

        Columns: party, year, change_eur, share (of size). A payer's result is minus what it spends. Parties that
        deliver no production have no rows: their baseline is not known, not zero.
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

    @cached_property
    def futures(self) -> Frame:
        """One row a party and year, ascending: its result without and with the agreement, both against the base year.

        Columns: party, year, without_eur, with_eur, and both as a share of size: without_share, with_share;
        with_low_eur and with_high_eur (and _share) are the ends of what the agreement changes in 8 of 10 draws,
        around the mean of no agreement. Parties of which either is not known have no rows.
        """
        changes = (
            self._impact("margin_change_eur")
            .filter(pl.col("initiative").is_null() & pl.col("year").is_not_null())
            .filter(~pl.col("party").is_in(list(self.known.unknown_money)))
            .select("party", "year", change="mean", low="p10", high="p90")
        )
        without = self.no_agreement.join(changes.select("party").unique(), on="party", how="semi")
        return (
            without.join(changes, on=["party", "year"], how="left", maintain_order="left")
            .with_columns(
                (pl.col("change_eur") + pl.col(change).fill_null(0.0)).alias(f"{end}_eur") for change, end in _WITH
            )
            .with_columns((pl.col(f"{end}_eur") / pl.col("size_eur")).alias(f"{end}_share") for _, end in _WITH)
            .rename({"change_eur": "without_eur", "share": "without_share"})
            .select("party", "year", *_FUTURES)
        )

    # --- hands and beds ---------------------------------------------------------------------------------------------

    @cached_property
    def capacity_years(self) -> Frame:
        """One row a provider, resource and year that the scenario touches, with names, units and shortages.

        Columns beside those of `capacity_gap`: name, kind, kind_name, resource_name, unit, is_staff, members (1), short
        (1 if it lacks), shortage_before, shortage_after, fte_before, fte_after (shortages in full-time equivalents;
        empty if no staff), known.
        """
        table = self.results.table("capacity_gap")
        usable = pl.coalesce(pl.col("usable"), pl.col("load_before"), pl.lit(0.0))
        touched = table.filter(pl.col("load_change").abs() > _MATERIAL_LOAD * usable).select("provider", "resource")
        rows = table.join(touched.unique(), on=["provider", "resource"], how="semi")
        return self.with_shortages(rows).sort("provider", "resource", "year")

    @cached_property
    def capacity(self) -> Frame:
        """One row a provider and resource, in its worst year; many of one kind are one row.

        Sorted: the largest shortage that the scenario adds first, freed capacity last, what is not known at the very
        end.
        """
        return _worst_years(self.grouped(self.capacity_years))

    def capacity_of(self, provider: str) -> Frame:
        """Returns the same rows for one provider, never grouped."""
        none = self.capacity_years.clear()
        return _worst_years(self._capacity_by_provider.get((provider,), none))

    @cached_property
    def _capacity_by_provider(self) -> dict[tuple[object, ...], Frame]:
        return self.capacity_years.partition_by("provider", as_dict=True)

    @cached_property
    def capacity_each(self) -> Frame:
        """The same rows for every provider by itself."""
        return _worst_years(self.capacity_years)

    @cached_property
    def shortages_without(self) -> Frame:
        """One row a provider and resource short without an agreement, in its worst year; many of one kind are one.

        The columns of `capacity`, the figures "after" being those without an agreement too.
        """
        table = self.results.table("capacity_gap").with_columns(
            pl.col("load_before").alias("load_after"),
            pl.col("gap_before").alias("gap_after"),
            pl.col("shortage_probability_before").alias("shortage_probability_after"),
            gap_fte_after=pl.lit(None, dtype=pl.Float64),
            load_after_p10=pl.lit(None, dtype=pl.Float64),
            load_after_p90=pl.lit(None, dtype=pl.Float64),
            load_change=pl.lit(0.0),
        )
        short = table.filter(pl.col("gap_before") > 0).select("provider", "resource").unique()
        rows = self.with_shortages(table.join(short, on=["provider", "resource"], how="semi"))
        worst = _worst_years(self.grouped(rows.filter("known")))
        return worst.with_columns(shortage_before=pl.lit(None, dtype=pl.Float64)).sort(
            pl.col("shortage_after") / pl.col("usable"), "provider", descending=[True, False]
        )

    @cached_property
    def worst_shortage(self) -> dict[str, Any] | None:
        """The row of `capacity` with most full-time equivalents short because of the scenario; None if nobody is."""
        staff = self.capacity.filter(pl.col("known") & (pl.col("fte_after") - pl.col("fte_before") >= _NOTABLE_FTE))
        rows = staff.sort(pl.col("fte_after") - pl.col("fte_before"), descending=True).head(1).to_dicts()
        return rows[0] if rows else None

    def with_shortages(self, table: Frame) -> Frame:
        """Returns rows of `capacity_gap` with names, units and shortages in full-time equivalents."""
        per_fte = (
            pl.when(pl.col("gap_after").abs() > 1e-9)
            .then(pl.coalesce(pl.col("gap_fte_after") / pl.col("gap_after"), 1 / pl.col("hours_per_fte")))
            .otherwise(1 / pl.col("hours_per_fte"))
        )
        return (
            table.join(self.resources, on="resource", how="left")
            .with_columns(
                known=pl.col("gap_after").is_not_null() & (pl.col("usable") > 0),
                shortage_before=pl.col("gap_before").clip(lower_bound=0),
                shortage_after=pl.col("gap_after").clip(lower_bound=0),
                resource_name=pl.coalesce("resource_name", "resource"),
                members=pl.lit(1, dtype=pl.Int64),
            )
            .with_columns(
                pl.when(pl.col("is_staff")).then(pl.col("shortage_before") * per_fte).alias("fte_before"),
                pl.when(pl.col("is_staff")).then(pl.col("shortage_after") * per_fte).alias("fte_after"),
                short=(pl.col("shortage_after") > 0).cast(pl.Int64),
            )
            .pipe(self.named, column="provider")
        )

    def grouped(self, years: Frame) -> Frame:
        """Returns the rows with many providers of one kind and resource as one; shortages do not cancel out."""
        known = years.filter("known")
        many = known.unique(["provider", "resource"]).group_by("kind", "resource").len()
        keys = many.filter(pl.col("len") >= _GROUPED_FROM).select("kind", "resource")
        grouped = known.join(keys, on=["kind", "resource"], how="semi")
        singles = years.join(grouped, on=["provider", "resource"], how="anti")
        groups = grouped.group_by("kind", "resource", "year").agg(
            *(pl.col(name).sum() for name in _SUMMED), *(pl.col(name).first() for name in _FIRST)
        )
        plural = {kind: self.kinds_plural(kind) for kind in groups["kind"].unique()}
        named = groups.with_columns(
            pl.when(pl.col("is_staff")).then(pl.col("fte_before", "fte_after")),
            provider=pl.concat_str(pl.lit("kind:"), "kind"),
            name=pl.col("kind").replace(plural),
        )
        return pl.concat([singles, named], how="diagonal")

    @cached_property
    def resources(self) -> Frame:
        """One row a resource: its name and unit in this language, and what makes full-time equivalents of hours."""
        table = self.release.table("resource").rename({"name": "delivered"})
        names = [self.words.known("resources", code, otherwise="") for code in table["resource"]]
        delivered = zip(table["resource"], table["unit"], strict=True)
        units = [self.words.unit_of(code, delivered=unit) for code, unit in delivered]
        named = pl.Series("own", [name or None for name in names], dtype=pl.String)
        return table.with_columns(
            resource_name=pl.coalesce(named, "delivered", "resource"), unit=pl.Series(units, dtype=pl.String)
        ).drop("delivered")

    def norm_name(self, norm: str, delivered: str | None) -> str:
        """Returns what a volume norm is called inside a sentence: in this language where it has a name there.

        Elsewhere it is the delivered name, which is Dutch: in an English sentence between quotation marks.
        """
        name = delivered or norm
        unnamed = self.words.text("norm_names.unnamed", name=name[:1].lower() + name[1:])
        return self.words.known("norm_names", norm, otherwise=unnamed)

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
    def unsourced(self) -> int:
        """How many parameters are assumptions for which nobody named a source."""
        assumed = pl.col("confidence").fill_null("assumption") == "assumption"
        return self.results.table("evidence").filter(assumed & pl.col("source").is_null()).height

    @cached_property
    def missing(self) -> Frame:
        """Deliveries that were expected and did not come, or are stale."""
        return self.release.table("coverage").filter(pl.col("status").is_in(["missing", "stale"]))

    @cached_property
    def signed(self) -> Frame:
        """One row a party of the scenario that accepted its own figures, its last sign-off: party, name, who, holds."""
        last = self.release.table("sign_off").sort("when").unique("party", keep="last", maintain_order=True)
        touched = self.outcomes.select("party", "name")
        return touched.join(last.select("party", "who", "holds"), on="party", how="inner", maintain_order="left")

    # --- building blocks --------------------------------------------------------------------------------------------

    @cached_property
    def _whole_by_year(self) -> dict[tuple[str, str], dict[int, tuple[float, float, float]]]:
        """By party and measure of the whole scenario its mean, p10 and p90 in every year that has a row."""
        whole = self.results.table("party_impact").filter(pl.col("initiative").is_null() & pl.col("year").is_not_null())
        found: dict[tuple[str, str], dict[int, tuple[float, float, float]]] = {}
        for party, measure, year, *figures in whole.select(*_WHOLE).iter_rows():
            mean, low, high = (figure or 0.0 for figure in figures)
            found.setdefault((party, measure), {})[year] = (mean, low, high)
        return found

    @cached_property
    def _touched(self) -> Frame:
        impact = self.results.table("party_impact").filter(pl.col("party") != PATIENTS)
        money = impact.filter(pl.col("mean").abs() >= 0.5).select("party")
        hands = self.results.table("capacity_gap").filter(pl.col("load_change").abs() > 0).select(party="provider")
        moved = self.known.moved
        unknown = pl.concat([moved.select(party="from_id"), moved.select(party="to_id")]).filter(
            pl.col("party").is_in(self.known.unknown_money)
        )
        return pl.concat([money, hands, unknown]).unique()

    def _impact(self, measure: str) -> Frame:
        return self.results.table("party_impact").filter(pl.col("measure") == measure)

    def _moved(self, column: str) -> float:
        flows = self.results.table("transfer_flow")
        return float(flows.filter(pl.col("year") == self.results.horizon)[column].sum())

    def _seven(self, outcomes: Frame) -> Frame:
        """Returns at most seven rows: the largest in euro, the largest in share, the others by kind and side.

        Columns besides those of `outcomes`: members, and parties (their ids).
        """
        each = outcomes.with_columns(members=pl.lit(1, dtype=pl.Int64), parties=pl.concat_list("party"))
        if outcomes.height <= SHOWN:
            return each
        largest = each.sort(pl.col("value_eur").abs(), "party", descending=[True, False])
        for own in (_LARGEST_IN_EURO, _LARGEST_IN_EURO - 1):
            rest = largest.slice(own).sort(pl.col("share").abs(), descending=True, nulls_last=True)
            standing_out = _LARGEST_IN_SHARE if own == _LARGEST_IN_EURO and _stands_out(rest) else 0
            singles = pl.concat([largest.head(own), rest.head(standing_out)]).sort("value_eur", "party")
            others = self._others(rest.slice(standing_out))
            if singles.height + others.height <= SHOWN:
                break
        return pl.concat([singles, others.select(singles.columns)])

    def _others(self, rest: Frame) -> Frame:
        """Returns the parties without a row of their own: the kind with most of them, and all further ones.

        Those that lose and those that do not are two rows: no loss is netted against a gain.
        """
        many = rest.group_by("kind").len().sort("len", "kind", descending=[True, False])["kind"].to_list()[:1]
        group = pl.when(pl.col("kind").is_in(many)).then("kind").otherwise(pl.lit(REST))
        side = pl.when(pl.col("value_eur") < 0).then(pl.lit(LOSES)).otherwise(pl.lit(GAINS))
        others = (
            rest.with_columns(group=group, side=side)
            .group_by("group", "side")
            .agg(
                pl.col("value_eur").sum(),
                pl.col("size_eur").sum(),
                pl.col("size_eur").is_null().any().alias("unsized"),
                parties="party",
                members=pl.len().cast(pl.Int64),
            )
        )
        alone, others = others.filter(pl.col("members") == 1), others.filter(pl.col("members") > 1)
        own = rest.filter(pl.col("party").is_in(alone["parties"].list.first().to_list()))
        names = [self._group_name(row) for row in others.iter_rows(named=True)]
        sides = [self.words.text(f"party.side_{side}") for side in others["side"]]
        groups = (
            others.with_columns(
                name=pl.Series(names, dtype=pl.String),
                kind_name=pl.Series(sides, dtype=pl.String),
                party=pl.concat_str("group", "side", separator=":"),
                kind=pl.col("group"),
            )
            .with_columns(pl.when(~pl.col("unsized")).then("size_eur"))
            .with_columns(share=pl.col("value_eur") / pl.col("size_eur"))
            .with_columns(stance=_stance(self.results.materiality), size_source=pl.lit(None, dtype=pl.String))
            .with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in (*_BAND, "margin_eur"))
            .sort(pl.col("group") == REST, "value_eur")
        )
        return pl.concat([own, groups.select(own.columns)])

    def _group_name(self, row: dict[str, object]) -> str:
        kind = str(row["group"])
        plural = self.words.text("party.others") if kind == REST else self.kinds_plural(kind)
        return capitalised(self.words.text("party.group", number=row["members"], kind=plural))


def _stands_out(rest: Frame) -> bool:
    """Returns whether the first party without a row is hit much harder, for its size, than others on its side are."""
    first = rest["share"][0]
    if first is None:
        return False
    alike = rest.filter((pl.col("value_eur") < 0) == (first < 0))
    size, value = float(alike["size_eur"].sum()), float(alike["value_eur"].sum())
    return size > 0 and abs(first) > _MUCH_HARDER * abs(value / size)


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
    """Returns one row a provider and resource: the year of the largest shortage, else of the largest change."""
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
