"""Which initiatives together, in words: the best package, the frontier, the exchange, and what would have to give way.

What belongs here: sentences and rows of text from the result tables on packages of one scenario, in one language. The
words are in `texts/`; nothing is drawn, nothing is computed that the tables do not hold.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from dashboards.words.wording import Wording, capitalised

_NAMED = 3  # so many parties before "and others"
_SWAPS = 5  # so many swaps are told
_CHANGES = 12  # so many limits are told
_TINY_FTE = 0.05  # fewer hands than this would be told as 0.0


@dataclass(frozen=True)
class Packages:
    """The packages of one scenario.

    Attributes:
        tables: the result tables on packages, of this scenario only, and `scenario`.
        names: of parties, resources and norms, by id; an id without a name stands for itself.
        units: in which resources are told, by id.
        titles: of the initiatives, by id.
        words: the language.
    """

    tables: Mapping[str, pl.DataFrame]
    names: Mapping[str, str]
    units: Mapping[str, str]
    titles: Mapping[str, str]
    words: Wording

    @property
    def own(self) -> dict[str, Any]:
        """The row of the scenario's own loss cap."""
        return self.tables["portfolio"].filter("own_cap").row(0, named=True)

    @property
    def chosen(self) -> pl.DataFrame:
        """The initiatives of the best package under the scenario's own cap."""
        cap = pl.lit(self.own["loss_cap"], pl.Float64)
        return self.tables["portfolio_choice"].filter(pl.col("loss_cap").eq_missing(cap), "chosen")

    def heading(self, of: str, **values: object) -> str:
        """Returns a heading: of all, chosen, frontier, exchange or change."""
        return self.words.text(f"package.heading.{of}", **values)

    # --- the best package ---------------------------------------------------------------------------------------

    def answer(self) -> Iterator[str]:
        """Yields what the best package is worth, who loses most by it, and how sure that is."""
        words, own = self.words, self.own
        of = self.words.numbers.counted(len(self.titles))
        money = {"value": self._money(own["net_value_eur"]), "whole": self._money(own["net_value_whole_eur"])}
        if len(self.titles) == own["initiatives"] == 1:
            yield capitalised(words.text("package.answer_only", **money))
        else:
            yield capitalised(words.count("package.answer", own["initiatives"], of=of, **money))
        if own["initiatives"]:
            yield self._worst(own)
        yield words.text(f"package.status.{own['status']}", gap=words.numbers.share(own["gap"]))
        if own["failed_whole"]:
            yield capitalised(words.count("package.failed", own["failed_whole"]))
        yield from self._years()

    def limits(self, *, fund_eur: float | None, tolerance_fte: float) -> str:
        """Returns within which limits it was chosen.

        Args:
            fund_eur: what the transition fund holds; None where the scenario names none.
            tolerance_fte: how much shorter of each kind of staff a recipient may get.
        """
        cap, words = self.own["loss_cap"], self.words
        loss = words.text("package.limits.no_cap")
        if cap is not None:
            loss = words.text("package.limits.cap", cap=words.numbers.rate(cap))
        fund = words.text("package.limits.no_fund")
        if fund_eur is not None:
            fund = words.text("package.limits.fund", fund=self._money(fund_eur))
        hands = words.text("package.limits.hands")
        if tolerance_fte:
            hands = words.text("package.limits.hands_tolerated", fte=words.numbers.full_time(tolerance_fte))
        return words.text("package.limits.all", loss=loss, hands=hands, fund=fund)

    def _worst(self, own: Mapping[str, Any]) -> str:
        if own["worst_party"] is None:
            return self.words.text("package.nobody_loses")
        share = self.words.numbers.share(own["worst_loss_share"])
        return self.words.text("package.worst", party=self._name(own["worst_party"]), share=share.lstrip("-−"))

    def _years(self) -> Iterator[str]:
        """Yields which later starts count years past the horizon, and which count fewer."""
        horizon = self.tables["scenario"]["horizon"].item()
        for row in self.chosen.iter_rows(named=True):
            if row["years_short"]:
                yield self.words.text(
                    "package.fewer_years", initiative=self._title(row["initiative"]), number=row["years_short"]
                )
            elif row["valued_until"] > horizon:
                yield self.words.text(
                    "package.later_start", initiative=self._title(row["initiative"]), year=row["valued_until"]
                )

    def chosen_rows(self) -> pl.DataFrame:
        """Returns one row a chosen initiative: its title, its start and what it contributes, as text."""
        rows = self.chosen.iter_rows(named=True)
        return self._frame(
            ("initiative", "start", "value"),
            [(self._title(r["initiative"]), str(r["start"]), self._money(r["net_value_eur"])) for r in rows],
        )

    def frontier_rows(self) -> pl.DataFrame:
        """Returns one row a loss cap: what is best under it, as text."""
        numbers = self.words.numbers
        rows = [
            (
                numbers.share(row["loss_cap"]) if row["loss_cap"] is not None else self.words.text("package.no_cap"),
                str(row["initiatives"]),
                self._money(row["net_value_eur"]),
                self._money(row["net_value_whole_eur"]),
                numbers.share(row["worst_loss_share"]),
                self._name(row["worst_party"]),
            )
            for row in self.tables["portfolio"].iter_rows(named=True)
        ]
        return self._frame(("cap", "initiatives", "value", "whole", "worst", "party"), rows)

    def _frame(self, columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> pl.DataFrame:
        headings = [self.words.text(f"package.column.{column}") for column in columns]
        return pl.DataFrame(list(rows), schema=dict.fromkeys(headings, pl.String), orient="row")

    # --- exchange -----------------------------------------------------------------------------------------------

    def exchange(self) -> Iterator[str]:
        """Yields the smallest package that leaves nobody worse off, who pays whom if need be, and the swaps."""
        table = self.tables["exchange"]
        if table.is_empty():
            yield self.words.text("package.exchange.undecided" if self.titles else "package.exchange.none")
            return
        terms, parties = table["terms"][0], self.tables["exchange_party"]
        paid = parties.filter(pl.col("payment_eur") > 0).sort("payment_eur", descending=True)
        payers = parties.filter(pl.col("payment_eur") < 0).sort("payment_eur")
        yield self.words.text(
            f"package.exchange.{terms}",
            initiatives=self._listed([self._title(name) for name in table["initiative"]], most=len(self.titles)),
            value=self._money(float(table["net_value_eur"].sum())),
            payment=self._money(float(paid["payment_eur"].sum())),
            outside=self._money(float(parties["payment_eur"].sum())),
            payers=self._listed([self._name(name) for name in payers["party"]]),
            receivers=self._listed([self._name(name) for name in paid["party"]]),
        )
        if not table["keeps_limits"][0]:
            yield self.words.text("package.exchange.breaks")

    def swaps(self) -> Iterator[str]:
        """Yields who loses in one initiative what it gains in another, and with whom; strongest first."""
        table = self.tables["exchange_swap"]
        kinds = table["package"].unique().to_list()
        chosen = table.filter(pl.col("package") == ("chosen" if "chosen" in kinds else "exchange"))
        for row in chosen.head(_SWAPS).iter_rows(named=True):
            yield self.words.text(
                "package.swap",
                party=self._name(row["party"]),
                loss=self._money(abs(row["loss_eur"])),
                first=self._title(row["loses_in"]),
                gain=self._money(row["gain_eur"]),
                second=self._title(row["gains_in"]),
                other=self._name(row["other_party"]),
            )

    # --- what would have to give way ----------------------------------------------------------------------------

    def changes(self) -> Iterator[str]:
        """Yields which limits the wanted initiatives pass together, and by how much."""
        table = self.tables["portfolio_change"]
        if table.is_empty():
            yield self.words.text("package.change.nothing")
        is_tiny = (pl.col("unit") == "fte") & (pl.max_horizontal("short", "short_whole") < _TINY_FTE)
        told, tiny = table.filter(~is_tiny), table.filter(is_tiny)
        for row in told.head(_CHANGES).iter_rows(named=True):
            yield self._change(row)
        if told.height > _CHANGES:
            yield capitalised(self.words.count("package.change.others", told.height - _CHANGES))
        if tiny.height:
            most = self.words.numbers.number(_TINY_FTE, decimals=2)
            yield capitalised(self.words.count("package.change.tiny", tiny.height, most=most))

    def _change(self, row: Mapping[str, Any]) -> str:
        numbers, short = self.words.numbers, max(row["short"], row["short_whole"])
        amount = {
            "share": numbers.share(short),
            "fte": numbers.full_time(short),
            "eur": self._money(short),
            "amount": self.words.amount(fte=None, plain=short, unit=self.units.get(row["what"])),
        }.get(row["unit"], numbers.quantity(short))
        key = "loss_of_unknown_size" if (row["limit"], row["unit"]) == ("loss_cap", "eur") else row["limit"]
        needed = numbers.share(row["needed"]) if row["limit"] == "loss_cap" else self._money(row["needed"])
        return self.words.text(
            f"package.change.{key}",
            party=self._name(row["party"]),
            what=self._name(row["what"]),
            year=row["year"],
            amount=amount,
            needed=needed,
        )

    def _money(self, amount: float | None) -> str:
        return self.words.numbers.money(amount, digits=3)

    def _name(self, party: str | None) -> str:
        return self.names.get(party, party) if party else ""

    def _title(self, initiative: str) -> str:
        return self.titles.get(initiative, initiative)

    def _listed(self, names: Sequence[str], *, most: int = _NAMED) -> str:
        """Returns names one after another, the first few and "others" after them."""
        told = list(names[:most])
        if len(names) > most:
            told.append(self.words.count("package.others", len(names) - most))
        if len(told) < 2:
            return "".join(told)
        return self.words.text("package.list", first=", ".join(told[:-1]), last=told[-1])
