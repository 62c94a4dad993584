"""A deal in words: what each rule leaves whom with, who pays whom, who would rather leave, who holds the risk.

What belongs here: sentences and named rows from the result tables on settlement of one scenario, in one language. A
terminal and a page tell the same. The words are in `texts/`; nothing is drawn, nothing is computed that the tables do
not hold, but from whom to whom each payment goes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.words.wording import Wording

TABLES = ("settlement_summary", "settlement", "settlement_risk", "break_even")
_NAMED = 6  # so many parties of a group are named in a sentence
_FEW, _MOST = 0.05, 0.95  # shares of the draws beyond which tenths would say "never" or "always"
_SHOWN_RISK = (
    *("payment_per_unit_eur", "probability_whole_fixed", "after_fixed_p10_eur", "after_fixed_p90_eur"),
    *("probability_whole_per_unit", "after_per_unit_p10_eur", "after_per_unit_p90_eur"),
)
_TRANSFER = dict.fromkeys(("payer", "payer_name", "receiver", "receiver_name"), pl.String) | {"euro": pl.Float64}


@dataclass(frozen=True)
class Settlements:
    """The settlement of one scenario.

    Attributes:
        tables: the result tables in `TABLES`, of this scenario only.
        names: of parties, by id; an id without a name stands for itself.
        words: the language.
        is_drawn: whether the scenario was computed more than once, so that chances can be told.
    """

    tables: Mapping[str, pl.DataFrame]
    names: Mapping[str, str]
    words: Wording
    is_drawn: bool

    @property
    def is_empty(self) -> bool:
        """Whether nobody is needed for anything: no care moves and there are no one-off costs."""
        return self.tables["settlement"].is_empty()

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that were applied, in their order."""
        return tuple(self.tables["settlement_summary"]["rule"])

    @property
    def chosen(self) -> str:
        """The rule that the scenario names."""
        return str(self.tables["settlement_summary"].filter("chosen")["rule"][0])

    def summary(self, rule: str) -> dict[str, Any]:
        """Returns what the deal comes to under a rule: a row of `settlement_summary`."""
        return self.tables["settlement_summary"].filter(pl.col("rule") == rule).row(0, named=True)

    def parties(self, rule: str) -> pl.DataFrame:
        """Returns one row a party with its name, what the rule leaves it with and its risk; who pays most first."""
        risk = self._of_rule("settlement_risk", rule).select("party", *_SHOWN_RISK)
        parties = self._of_rule("settlement", rule).drop("scenario", "rule").join(risk, on="party", how="left")
        return self._named(parties).sort("payment_eur", "party")

    def transfers(self, rule: str) -> pl.DataFrame:
        """Returns one row a payment, the largest first: payer (empty: the fund), receiver, their names, euro."""
        from models.settlement.payments import transfers  # noqa: PLC0415 - SciPy takes a second to import

        rows = self._of_rule("settlement", rule)
        fund, ids = self.words.text("settlement.fund"), rows["party"].to_list()
        paid = transfers(rows["payment_eur"].to_numpy(), rows["from_fund_eur"].to_numpy())
        found = [
            (None, fund, ids[one.receiver], self.name(ids[one.receiver]), one.euro)
            if one.payer is None
            else (ids[one.payer], self.name(ids[one.payer]), ids[one.receiver], self.name(ids[one.receiver]), one.euro)
            for one in paid
        ]
        rows = pl.DataFrame(found, schema=_TRANSFER, orient="row")
        once = rows.group_by(*[name for name in _TRANSFER if name != "euro"]).agg(pl.col("euro").sum().round(2))
        return once.sort("euro", "receiver", "payer", descending=[True, False, False])

    @property
    def break_even(self) -> pl.DataFrame:
        """One row an initiative and party, with its name."""
        return self._named(self.tables["break_even"].drop("scenario"))

    def rule_name(self, rule: str) -> str:
        """Returns what a rule is called."""
        return self.words.text(f"settlement.rule.{rule}")

    def name(self, party: str) -> str:
        """Returns the name of a party."""
        return self.names.get(party, party)

    # --- sentences ----------------------------------------------------------------------------------------------

    def sentences(self, rule: str) -> Iterator[str]:
        """Yields what a board needs to know about the deal under a rule, in order."""
        if self.is_empty:
            yield self.words.text("settlement.nothing")
            return
        yield self.explained(rule)
        yield self.worth(rule)
        yield self.room(rule)
        yield self.below(rule)
        yield self.leaving(rule)
        if self.is_drawn:
            yield self.risk(rule)

    def explained(self, rule: str) -> str:
        """Returns how a rule divides, for who has never heard of it."""
        return self.words.text(f"settlement.explained.{rule}")

    def worth(self, rule: str) -> str:
        """Returns what the deal is worth to all parties together."""
        net = self.summary(rule)["net_value_eur"]
        return self.words.text(f"settlement.{'worth' if net >= 0 else 'costs'}", value=self._money(abs(net)))

    def room(self, rule: str) -> str:
        """Returns what the losers need against what the gainers can give, once the fund has paid."""
        row = self.summary(rule)
        fund = ""
        if row["fund_eur"]:
            fund = self.words.text("settlement.after_fund", fund=self._money(row["fund_eur"]))
        return self.words.text(
            f"settlement.{'short' if row['short_with_fund_eur'] else 'room'}",
            need=self._money(row["need_with_fund_eur"]),
            ability=self._money(row["ability_with_fund_eur"]),
            short=self._money(row["short_with_fund_eur"]),
            fund=fund,
        )

    def below(self, rule: str) -> str:
        """Returns who would rather have no agreement under a rule, the worst off first."""
        below = self.parties(rule).filter("below_no_agreement").sort("after_eur", "party")["party"].to_list()
        if not below:
            return self.words.text("settlement.below.none")
        return self.words.text("settlement.below.some", names=self.listed(below))

    def leaving(self, rule: str) -> str:
        """Returns which group would be better off with only each other, and by how much."""
        row = self.summary(rule)
        unsure = ""
        if row["excess_gap_eur"]:
            unsure = self.words.text("settlement.leaving.unsure", value=self._money(row["excess_gap_eur"]))
        group = self.coalition(rule)
        if not group:
            return self.words.text("settlement.leaving.none", unsure=unsure)
        names, value = self.listed(group), self._money(row["excess_eur"])
        return self.words.text("settlement.leaving.some", names=names, value=value, unsure=unsure)

    def coalition(self, rule: str) -> list[str]:
        """Returns the ids of the parties that together would gain most by leaving, the largest stake first."""
        members = json.loads(self.summary(rule)["blocking_coalition"] or "[]")
        stakes = self._of_rule("settlement", rule).filter(pl.col("party").is_in(members))
        return stakes.sort(pl.col("before_eur").abs(), "party", descending=[True, False])["party"].to_list()

    def risk(self, rule: str) -> str:
        """Returns in how many draws the least certain party is whole: by fixed sums, and by payments by the unit."""
        parties = self.parties(rule)
        chances = {way: self.draws(parties[f"probability_whole_{way}"].min()) for way in ("fixed", "per_unit")}
        same = len(set(chances.values())) == 1
        return self.words.text("settlement.risk_same" if same else "settlement.risk", **chances)

    def draws(self, share: Any) -> str:  # noqa: ANN401 - what Polars gives back for a column's least value
        """Returns a share of the draws as people count them: in 8 of the 10 draws."""
        for key, holds in (("none", share <= 0), ("all", share >= 1), ("few", share < _FEW), ("most", share > _MOST)):
            if holds:
                return self.words.text(f"settlement.draws.{key}")
        return self.words.text("settlement.draws.tenths", number=min(9, max(1, round(share * 10))))

    def listed(self, parties: Sequence[str], *, most: int = _NAMED) -> str:
        """Returns the names of parties one after another, the first few and how many others there are."""
        names = ", ".join(map(self.name, parties[:most]))
        rest = len(parties) - most
        return self.words.count("sure.and_more", rest, names=names) if rest > 0 else names

    # --- building blocks ----------------------------------------------------------------------------------------

    def _of_rule(self, table: str, rule: str) -> pl.DataFrame:
        return self.tables[table].filter(pl.col("rule") == rule)

    def _named(self, rows: pl.DataFrame) -> pl.DataFrame:
        return rows.with_columns(name=pl.col("party").replace(dict(self.names)))

    def _money(self, amount: float) -> str:
        return self.words.numbers.money(amount, digits=3)
