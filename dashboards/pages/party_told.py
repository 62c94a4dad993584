"""One party within one scenario, read once: what the boxes of its page are made from.

What belongs here: the party's own rows of the findings, and nothing that is shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.data import PAYER, UNKNOWN
from dashboards.pages.page import Extra, Table
from dashboards.telling.one_party import path_of, shortage_of
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import Wording

Row = Mapping[str, Any]
_REVENUE = ("revenue_change_eur", "backfill_revenue_eur")
_SPEND = ("spend_change_eur",)
_EURO = 0.5


@dataclass(frozen=True)
class PartyStory:
    """A party that a scenario touches.

    Attributes:
        findings: the scenario.
        party: the party.
        alone: whether no page of sources and of departments goes with its own.
    """

    findings: Synopsis
    party: str
    alone: bool = False

    @property
    def words(self) -> Wording:
        """The language."""
        return self.findings.words

    @property
    def year(self) -> int:
        """The last year."""
        return self.findings.results.horizon

    @cached_property
    def row(self) -> Row:
        """Its row of `Synopsis.outcomes`."""
        return self.findings.outcomes.row(by_predicate=pl.col("party") == self.party, named=True)

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.row["name"])

    @property
    def is_payer(self) -> bool:
        """Whether it pays for care."""
        return self.row["kind"] == PAYER or self.party == UNKNOWN

    @property
    def has_money(self) -> bool:
        """Whether its money is known."""
        return self.row["value_eur"] is not None

    @cached_property
    def path(self) -> Row | None:
        """Its row of `Paths.parties`."""
        return path_of(self.findings, self.party)

    @cached_property
    def shortage(self) -> Row | None:
        """The hands or rooms that it lacks most by the agreement."""
        return shortage_of(self.findings, self.party)

    @cached_property
    def capacity(self) -> pl.DataFrame:
        """Its rows of `Synopsis.capacity_of`."""
        return self.findings.capacity_of(self.party)

    @cached_property
    def measures(self) -> dict[str, float]:
        """The mean of each of its measures in the last year."""
        return self.findings.in_year(self.party, self.year)

    @cached_property
    def is_unsettled(self) -> bool:
        """Whether the draws cannot tell the sign of its result in the last year."""
        years = self.findings.yearly(self.party, "margin_change_eur").filter(pl.col("year") == self.year)
        last = years.row(0, named=True)
        return bool(last["p10"] < -_EURO and last["p90"] > _EURO)

    @cached_property
    def stranded(self) -> pl.DataFrame:
        """One row a year: what stays behind with its band, and what is saved."""
        stranded = self.findings.yearly(self.party, "stranded_cost_eur")
        avoided = self.findings.yearly(self.party, "avoided_cost_eur").select("year", avoided="mean")
        renamed = stranded.rename({"mean": "stranded", "p10": "stranded_p10", "p90": "stranded_p90"})
        return renamed.join(avoided, on="year", how="left", maintain_order="left")

    @cached_property
    def revenue_steps(self) -> pl.DataFrame:
        """Revenue by initiative; of a payer its spending with the sign turned, so that less spending is a gain."""
        measures = _SPEND if self.is_payer else _REVENUE
        steps = self.findings.by_initiative(self.party, measures, self.year)
        return steps.with_columns(pl.col("value") * (-1 if self.is_payer else 1))

    @property
    def revenue_change(self) -> float:
        """What changes of its revenue in the last year; of a payer what it spends less."""
        measures = _SPEND if self.is_payer else _REVENUE
        change = sum(self.measures.get(measure, 0.0) for measure in measures)
        return -change if self.is_payer else change

    @cached_property
    def baseline_revenue(self) -> float | None:
        """A year's revenue (or spending) without an agreement; None if no production was delivered."""
        table = self.findings.results.table("party_baseline")
        found = table.filter((pl.col("party") == self.party) & (pl.col("year") == self.year))
        return float(found["revenue_eur"].sum()) or None

    @cached_property
    def touching(self) -> pl.DataFrame:
        """The initiatives that change money of the party."""
        impact = self.findings.results.table("party_impact").filter(
            (pl.col("party") == self.party) & pl.col("initiative").is_not_null() & (pl.col("mean").abs() >= _EURO)
        )
        return self.findings.initiatives.filter(pl.col("initiative").is_in(impact["initiative"].unique().to_list()))


def behind(table: Table, words: Wording) -> tuple[Extra, ...]:
    """Returns the table behind a figure, on request."""
    return (Extra(words.text("site.table_behind"), table=table),)


def before_and_after(told: PartyStory, change: float) -> tuple[str, str]:
    """Returns a year's revenue (or spending) without and with the agreement; what was not delivered is not zero."""
    words, before = told.words, told.baseline_revenue
    if before is None:
        return words.text("bridge.not_delivered"), words.numbers.unknown
    after = before - change if told.is_payer else before + change
    return words.numbers.money(before, digits=4), words.numbers.money(after, digits=4)
