"""What can be said of a scenario at all: asked before a figure or a sentence that would reassure.

What belongs here: whether there is care to move, who has no price for the care that moves, and whose hands are not
known. What was not delivered is computed as nothing; nothing is only told as nothing where the data could have shown
something. `Findings.known` is the one place that pages and sentences ask.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from dashboards.data import PATIENTS, PAYER, POOL, UNKNOWN, Frame
from data_contracts.usability import load_usability

_NO_PARTY = (PATIENTS, POOL, UNKNOWN)
_LITTLE = 1e-9


@dataclass(frozen=True)
class Known:
    """What is known of one scenario of one release.

    Attributes:
        parties: one row a party: its id and kind.
        usability: what the release says of each result of each provider.
        base_year: of the scenario.
        table: gives a result table of the scenario by its name.
    """

    parties: Frame
    usability: Frame
    base_year: int
    table: Callable[[str], Frame]

    # --- care -------------------------------------------------------------------------------------------------------

    @cached_property
    def care(self) -> bool:
        """Whether the care that the scenario would move was delivered, as far as none of it moves."""
        return self.moved.height > 0 or not self._flagged("no_care_found")

    @cached_property
    def moved(self) -> Frame:
        """One row an initiative, donor and recipient with care that moves, over all years: units, value_eur."""
        flows = self.table("transfer_flow")
        summed = flows.group_by("initiative", "from_id", "to_id").agg(
            units=pl.col("units_moved").sum(),
            value_eur=pl.col("revenue_moved_eur").sum(),
            withheld=pl.col("revenue_moved_eur").is_null().all(),
        )
        return summed.filter(pl.col("units") > _LITTLE).sort("initiative", "from_id", "to_id")

    def gives(self, party: str) -> bool:
        """Returns whether care leaves a party."""
        return party in self.moved["from_id"]

    # --- money ------------------------------------------------------------------------------------------------------

    @cached_property
    def money(self) -> bool:
        """Whether most of the care that moves has a price, so that totals of the region say something."""
        return self._is_little(self._unpriced)

    @cached_property
    def without_price(self) -> tuple[str, ...]:
        """The donors most of whose moved care has no price, in the order of their ids."""
        found = self.moved.group_by("from_id").agg(self._share_unpriced).filter(~self._little_of("unpriced"))
        return tuple(sorted({*found["from_id"], *self._not_usable("revenue_change_eur", self.moved["from_id"])}))

    @cached_property
    def unknown_money(self) -> frozenset[str]:
        """The parties whose money cannot be told: donors without a price, who gets that care unpaid, and the payers.

        Who pays for unpriced care is not asked: a payer's total holds what replaces it and not what it saves, so that
        it is not known wherever most of the moved care has no price.
        """
        gets = self.moved.group_by("to_id").agg(self._share_unpriced).filter(~self._little_of("unpriced"))
        earning = self.table("party_impact").filter(
            (pl.col("measure") == "revenue_change_eur") & (pl.col("mean").abs() > _LITTLE)
        )
        unpaid = {party for party in gets["to_id"] if party not in set(earning["party"])} - {*_NO_PARTY, None}
        payers = self.parties.filter(pl.col("kind") == PAYER)["party"]
        paying = set() if self.money else {*payers, UNKNOWN}
        return frozenset({*self.without_price, *unpaid, *paying})

    @cached_property
    def _unpriced(self) -> float:
        return float(self.moved.select(self._share_unpriced)["unpriced"][0] or 0.0) if self.moved.height else 0.0

    @property
    def _share_unpriced(self) -> pl.Expr:
        none = (pl.col("value_eur").abs() <= _LITTLE) & ~pl.col("withheld")
        return (pl.col("units").filter(none).sum() / pl.col("units").sum()).alias("unpriced")

    def production_share(self, party: str) -> float | None:
        """Returns which part of a provider's own annual revenue its delivered production is; None where it has none."""
        rows = self.table("party_baseline").filter(
            (pl.col("party") == party)
            & (pl.col("year") == self.base_year)
            & (pl.col("size_source") == "delivered")
            & (pl.col("size_eur") > 0)
            & (pl.col("production_eur") > 0)
        )
        return float(rows["production_eur"][0] / rows["size_eur"][0]) if rows.height else None

    def departments(self, party: str) -> bool:
        """Whether enough of a provider's production was delivered to say how its departments stand."""
        share = self.production_share(party)
        return share is None or share >= load_usability().least_production.value

    # --- hands ------------------------------------------------------------------------------------------------------

    @cached_property
    def receiving(self) -> tuple[str, ...]:
        """The providers that care comes to, and those that look along: whoever may run short by the scenario."""
        there = set(self.moved["to_id"].drop_nulls()) - set(_NO_PARTY)
        return tuple(sorted(there | set(self._flagged("capacity_unknown"))))

    @cached_property
    def unknown_hands(self) -> tuple[str, ...]:
        """Those of them of whom nobody knows whether they run short: no capacity, no use, or no hands of this care."""
        blind = {party for party in self.receiving if party not in self._seen}
        return tuple(sorted(blind | set(self._flagged("capacity_unknown"))))

    def blind(self, party: str) -> bool:
        """Returns whether care comes to or leaves a party of whose hands nothing is known."""
        takes_part = party in self.receiving or self.gives(party)
        return takes_part and (party not in self._seen or party in self.unknown_hands)

    @cached_property
    def _seen(self) -> frozenset[str]:
        """The providers of whom it is known what the scenario does to the use of some of their hands or rooms."""
        gaps = self.table("capacity_gap")
        told = gaps.filter(
            (pl.col("load_change").abs() > 0) & pl.col("gap_after").is_not_null() & (pl.col("usable") > 0)
        )
        return frozenset(told["provider"])

    @cached_property
    def any_hands(self) -> bool:
        """Whether the capacity of anybody at all is known."""
        gaps = self.table("capacity_gap")
        return bool(gaps.filter(pl.col("gap_before").is_not_null() & (pl.col("usable") > 0)).height)

    # --- building blocks --------------------------------------------------------------------------------------------

    def _flagged(self, flag: str) -> list[str]:
        flags = self.table("flag")
        return flags.filter(pl.col("flag") == flag)["id"].drop_nulls().unique(maintain_order=True).to_list()

    def _not_usable(self, result: str, parties: pl.Series) -> list[str]:
        """Returns those of some parties for whom the release says that a result cannot be used."""
        said = self.usability.filter((pl.col("result") == result) & (pl.col("usability") == "not_usable"))
        return said.filter(pl.col("provider_id").is_in(parties.unique().drop_nulls().to_list()))[
            "provider_id"
        ].to_list()

    @staticmethod
    def _is_little(share: float) -> bool:
        return share <= load_usability().most_empty.value

    @staticmethod
    def _little_of(column: str) -> pl.Expr:
        return pl.col(column).fill_null(0.0) <= load_usability().most_empty.value
