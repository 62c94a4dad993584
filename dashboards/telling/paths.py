"""What an agreement costs and brings each party over the years: its worst year, the last year, what lasts, what stops.

What belongs here: the release's `path_summary` beside what a party lives on (`interest`, dimension cushion), the change
of its revenue in the last year, and the functions it gives up. Every amount is of a year that exists, or of the last
year when everything has run its course (*lasting*); nothing is a mean over years. A group of parties never nets: its
worst year counts those that lose in it, and who lasts with a gain is another group than who lasts with a loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.data import PAYER, UNKNOWN, Frame
from dashboards.telling.functions import LostFunctions
from dashboards.telling.synopsis import LOSES, NEUTRAL, Synopsis
from dashboards.words.wording import Wording, capitalised

_LOSERS, _GAINERS = 5, 2
_EURO = 0.5  # less is nothing
CUSHION, DEPARTMENT, STAFF = "cushion", "department", "staff_capacity"
_MONEY = (
    *("worst_year", "worst_eur", "worst_low", "worst_high", "turn_year", "bridge_eur"),
    *("lasting_eur", "lasting_low", "lasting_high", "cushion_share", "cushion", "change_year_eur"),
    *("change_lost_eur", "change_won_eur"),
)


@dataclass(frozen=True)
class Paths:
    """The paths of the parties of one scenario."""

    findings: Synopsis

    @cached_property
    def parties(self) -> Frame:
        """One row a party that the scenario touches, the deepest worst year first.

        Columns: party, name, kind, kind_name, worst_year, worst_eur with worst_low and worst_high (p10, p90),
        turn_year, bridge_eur, lasting_eur with lasting_low and lasting_high, cushion_share (of the worst year), cushion
        (its stance), change_year_eur (revenue of the last year, of a payer what it spends less; change_lost_eur and
        change_won_eur are the falls and the rises in it, which a group tells apart), departments (how many
        lose work that matters), functions (names of what it gives up, stops or no longer meets), hands_more and
        hands_less (full-time equivalents by which its shortage grows or shrinks where it is tightest; null where that
        does not matter or is not known) with hands_resource, members (1).
        """
        summary = self.findings.results.table("path_summary").filter(pl.col("party").is_not_null())
        own = summary.select(
            "party", "worst_year", "turn_year",
            worst_eur="worst_year_eur", worst_low="worst_year_eur_p10", worst_high="worst_year_eur_p90",
            bridge_eur="low_point_eur", lasting_eur="lasting_eur", lasting_low="lasting_eur_p10",
            lasting_high="lasting_eur_p90",
        )  # fmt: skip
        touched = self.findings.outcomes.select("party", "name", "kind", "kind_name")
        return (
            touched.join(own, on="party", how="inner", maintain_order="left")
            .join(self._cushions, on="party", how="left", maintain_order="left")
            .join(self._last_year, on="party", how="left", maintain_order="left")
            .join(self._departments, on="party", how="left", maintain_order="left")
            .join(self._functions, on="party", how="left", maintain_order="left")
            .join(self._hands, on="party", how="left", maintain_order="left")
            .with_columns(
                change_lost_eur=pl.col("change_year_eur").clip(upper_bound=0.0),
                change_won_eur=pl.col("change_year_eur").clip(lower_bound=0.0),
            )
            .with_columns(
                pl.when(~pl.col("party").is_in(list(self.findings.known.unknown_money))).then(pl.col(name)).alias(name)
                for name in _MONEY
            )
            .with_columns(
                pl.col("departments").fill_null(0), pl.col("functions").fill_null([]), members=pl.lit(1, pl.Int64)
            )
            .sort("worst_eur", "party", nulls_last=True)
        )

    @cached_property
    def rows(self) -> Frame:
        """The rows of `parties` that have a row of their own, then the others by kind, losers apart from gainers."""
        return pl.concat([self._own_rows, self._groups], how="diagonal_relaxed")

    @cached_property
    def region(self) -> dict[str, Any] | None:
        """The path of all parties together; None where the release has none."""
        found = self.findings.results.table("path_summary").filter(pl.col("party").is_null()).to_dicts()
        return found[0] if found and found[0]["worst_year_eur"] is not None else None

    @cached_property
    def region_years(self) -> Frame:
        """One row a year: year, mean: what all parties together gain or lose in it."""
        every = self._margins.group_by("year").agg(mean=pl.col("mean").sum())
        return every.sort("year").with_columns(p10=pl.col("mean"), p90=pl.col("mean"))

    @cached_property
    def cushion_limit(self) -> float | None:
        """From which share of its cushion a worst year matters, as the scenario has it; None where nothing tells."""
        rows = self._interests(CUSHION).filter(pl.col("intensity") > 0)
        return float((rows["share"].abs() / rows["intensity"])[0]) if rows.height else None

    # --- choosing -------------------------------------------------------------------------------------------------

    @cached_property
    def _own_rows(self) -> Frame:
        """The parties with most to lose, then those with most to gain, each once."""
        named = self.parties.filter(pl.col("party") != UNKNOWN)
        felt = (
            (pl.col("cushion") == LOSES) | (pl.col("functions").list.len() > 0) | (pl.col("departments") > 0)
        ).fill_null(value=False)
        losers = named.filter(felt).sort("worst_eur", "party", nulls_last=True).head(_LOSERS)
        others = named.join(losers, on="party", how="anti", maintain_order="left").filter(pl.col("lasting_eur") > 0)
        gainers = others.sort("lasting_eur", "party", descending=[True, False]).head(_GAINERS)
        return pl.concat([losers, gainers])

    @cached_property
    def _groups(self) -> Frame:
        rest = self.parties.join(self._own_rows, on="party", how="anti", maintain_order="left")
        if not rest.height:
            return rest
        many = rest.group_by("kind").len().sort("len", "kind", descending=[True, False])["kind"][0]
        keyed = rest.with_columns(
            group=pl.when(pl.col("kind") == many).then("kind").otherwise(pl.lit("other")),
            lasts=pl.when(pl.col("lasting_eur") < -_EURO).then(pl.lit("loss")).otherwise(pl.lit("gain")),
        )
        parts = keyed.partition_by("group", "lasts", maintain_order=True)
        ordered = sorted(parts, key=lambda part: (part["group"][0] == "other", part["lasts"][0] == "gain"))
        return pl.concat([self._summed(part) for part in ordered])

    def _summed(self, part: Frame) -> Frame:
        """Returns several parties as one row; a single one keeps its own."""
        columns = self.parties.columns
        if part.height == 1:
            return part.select(columns)
        worst = self._worst_of(part["party"].to_list())
        row = {
            "party": f"{part['group'][0]}:{part['lasts'][0]}", "name": self._group_name(part), "kind": part["group"][0],
            "kind_name": "", "worst_year": worst[0], "worst_eur": worst[1], "lasting_eur": part["lasting_eur"].sum(),
            "change_year_eur": part["change_year_eur"].sum(),
            "change_lost_eur": part["change_year_eur"].clip(upper_bound=0.0).sum(),
            "change_won_eur": part["change_year_eur"].clip(lower_bound=0.0).sum(),
            "hands_more": part["hands_more"].sum() or None, "hands_less": part["hands_less"].sum() or None,
            "departments": int(part["departments"].sum()),
            "functions": sorted({name for names in part["functions"] for name in names}), "members": part.height,
        }  # fmt: skip
        return pl.DataFrame([{name: row.get(name) for name in columns}], schema=self.parties.schema)

    def _worst_of(self, parties: list[str]) -> tuple[int | None, float | None]:
        """Returns the year in which those of some parties that lose together lose most, and how much."""
        lost = self._margins.filter(pl.col("party").is_in(parties)).with_columns(pl.col("mean").clip(upper_bound=0.0))
        years = lost.group_by("year").agg(pl.col("mean").sum()).sort("mean", "year")
        return years.row(0) if years.height else (None, None)

    def _group_name(self, part: Frame) -> str:
        words, kind, lasts = self._words, str(part["group"][0]), part["lasts"][0]
        plural = words.text("party.others") if kind == "other" else self.findings.kinds_plural(kind)
        group = capitalised(words.text("party.group", number=part.height, kind=plural))
        return words.text(f"costs.group_{lasts}", group=group)

    # --- what each column comes from --------------------------------------------------------------------------------

    @property
    def _words(self) -> Wording:
        return self.findings.words

    def _interests(self, dimension: str) -> Frame:
        table = self.findings.results.table("interest")
        return table.filter(pl.col("initiative").is_null() & (pl.col("dimension") == dimension))

    @cached_property
    def _cushions(self) -> Frame:
        return self._interests(CUSHION).select("party", cushion_share="share", cushion="stance")

    @cached_property
    def _departments(self) -> Frame:
        losing = self._interests(DEPARTMENT).filter(pl.col("stance") == LOSES)
        return losing.group_by("party").agg(departments=pl.len().cast(pl.Int64))

    @cached_property
    def _hands(self) -> Frame:
        """By how much each provider's shortage of hands grows or shrinks, in the resource and year that decide."""
        own = self._interests(STAFF).filter(pl.col("stance") != NEUTRAL).select("party", "resource", "year")
        gaps = self.findings.with_shortages(self.findings.results.table("capacity_gap")).filter("known")
        extra = pl.col("fte_after") - pl.col("fte_before")
        found = own.join(
            gaps.select("resource", "year", "resource_name", party="provider", extra=extra),
            on=["party", "resource", "year"],
        )
        return found.select(
            "party",
            hands_more=pl.when(pl.col("extra") > 0).then("extra"),
            hands_less=pl.when(pl.col("extra") < 0).then(-pl.col("extra")),
            hands_resource="resource_name",
        )

    @cached_property
    def _margins(self) -> Frame:
        return self._impact("margin_change_eur").select("party", "year", "mean")

    @cached_property
    def _last_year(self) -> Frame:
        """Revenue of the last year, refill included; of a payer what it spends less."""
        horizon = self.findings.results.horizon
        earned = self._impact("revenue_change_eur", "backfill_revenue_eur")
        spent = self._impact("spend_change_eur").with_columns(-pl.col("mean"))
        rows = pl.concat([earned, spent]).filter(pl.col("year") == horizon)
        return rows.group_by("party").agg(change_year_eur=pl.col("mean").sum())

    def _impact(self, *measures: str) -> Frame:
        return (
            self.findings.results.table("party_impact")
            .filter(pl.col("measure").is_in(measures) & pl.col("initiative").is_null() & pl.col("year").is_not_null())
            .filter(pl.col("party").is_in(self.findings.outcomes["party"].to_list()))
            .select("party", "year", "mean")
        )

    @cached_property
    def _functions(self) -> Frame:
        """What each provider gives up by the last year."""
        lost = LostFunctions(self.findings)
        return pl.DataFrame(
            [(party, list(lost.names(party))) for party in lost.lost],
            schema={"party": pl.String, "functions": pl.List(pl.String)}, orient="row",
        )  # fmt: skip


def lasting_spread(row: Mapping[str, Any]) -> float | None:
    """Returns how wide the band of a party's lasting result is, to which the result is rounded; None without one."""
    low, high = row["lasting_low"], row["lasting_high"]
    return None if low is None or high is None else float(high - low)


def is_payer(row: Mapping[str, Any]) -> bool:
    """Returns whether a row of paths is of who pays, whose margin is what it spends less."""
    return row["kind"] == PAYER or row["party"] == UNKNOWN
