"""The contract between a provider and a payer in each year (section 3): of several rows the latest begun one holds."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from models.contract_forms import BY_ITSELF, FOLLOWS_LEVEL, FOLLOWS_NOTHING, NAMES, PASSED_AT_RENEWAL
from models.region.codes import Array, Index, Integers, Mask

NO_END = 10_000
_BEYOND = 100_000
"""More than any calendar year: pair and year as one number, in the order in which contracts are sorted."""


@dataclass(frozen=True)
class Terms:
    """What holds between each of a list of pairs in each year; every array has shape (pairs, years).

    Attributes:
        form: position in `contract_forms.FORMS`.
        amount: agreed amount C of the year, in euro; NaN if unknown.
        half_width: h of a corridor, as a share of C.
        rate_over, rate_under: marginal rates above and below.
        in_term: whether the year lies within the contract.
        pass_through: π, what a renewal passes on of a change of production.
    """

    form: npt.NDArray[np.int8]
    amount: Array
    half_width: Array
    rate_over: Array
    rate_under: Array
    in_term: Mask
    pass_through: Array

    def take(self, pairs: Integers | Mask) -> "Terms":
        """Returns the terms of some of the pairs."""
        return Terms(**{name: getattr(self, name)[pairs] for name in self.__dataclass_fields__})

    @property
    def depends_on_level(self) -> Mask:
        """Which pairs have a form whose marginal rate depends on the production (ceiling, corridor), shape (pairs,)."""
        return np.asarray(FOLLOWS_LEVEL[self.form].any(axis=1))

    @property
    def slope(self) -> Array:
        """Change of revenue per euro of production in the years of every other form, shape (pairs, years)."""
        return np.where(FOLLOWS_NOTHING[self.form], np.where(self.in_term, 0.0, self.pass_through), 1.0)


@dataclass(frozen=True)
class Contracts:
    """The delivered contracts, sorted by pair and first year.

    Attributes:
        pair: provider * payers + payer of each row.
        first, last: first and last calendar year, inclusive.
        form: position in `contract_forms.FORMS`.
        figures: amount, growth, half width, rate over, rate under, pass-through; shape (rows, 6).
        payers: number of payers.
    """

    pair: Integers
    first: Integers
    last: Integers
    form: npt.NDArray[np.int8]
    figures: Array
    payers: int

    @classmethod
    def of(cls, contract: pl.DataFrame, *, index: dict[str, Index]) -> "Contracts":
        """Returns the contracts as delivered, missing rates 0 and a missing pass-through that of its form.

        Raises:
            ValueError: a form that no law is written down for: it is never taken for another.
        """
        if unknown := set(contract["form"]) - set(NAMES):
            raise ValueError(f"contracts of the form {unknown}; expected one of {', '.join(NAMES)}")
        payers = len(index["payer"])
        rows = contract.with_columns(
            pair=pl.Series(index["provider"].encode(contract["provider_id"])) * payers
            + pl.Series(index["payer"].encode(contract["payer_id"])),
            number=pl.col("form").replace_strict(NAMES, range(len(NAMES)), return_dtype=pl.Int8),
        ).sort("pair", "valid_from")
        passed = PASSED_AT_RENEWAL[rows["number"].to_numpy()]
        growth_and_rates = ("agreed_growth", "half_width", "rate_over", "rate_under")
        figures = np.column_stack(
            [
                rows["agreed_amount_eur"].fill_null(float("nan")).to_numpy(),
                *(rows[name].fill_null(0.0).to_numpy() for name in growth_and_rates),
                rows["renewal_pass_through"].fill_null(pl.Series(passed)).to_numpy(),
            ]
        )
        return cls(
            pair=rows["pair"].to_numpy(),
            first=rows["valid_from"].to_numpy(),
            last=rows["valid_to"].fill_null(NO_END).to_numpy(),
            form=rows["number"].to_numpy(),
            figures=figures.reshape(-1, 6),
            payers=payers,
        )

    def terms(self, pairs: Integers, years: Integers) -> Terms:
        """Returns what holds for each pair in each year; without a contract begun by then, fee for service.

        Args:
            pairs: provider * payers + payer.
            years: calendar years.
        """
        shape = (pairs.size, years.size)
        row = self._rows(pairs, years)
        held = row >= 0
        amount, growth, half_width, over, under, passed = (
            np.where(held, self.figures[row, figure], 0.0) if self.pair.size else np.zeros(shape) for figure in range(6)
        )
        first = np.where(held, self.first[row], 0) if self.pair.size else np.zeros(shape)
        last = np.where(held, self.last[row], NO_END) if self.pair.size else np.full(shape, NO_END)
        form = np.where(held, self.form[row], BY_ITSELF) if self.pair.size else np.zeros(shape)
        return Terms(
            form=form.astype(np.int8),
            amount=amount * (1 + growth) ** np.where(held, years - first, 0),
            half_width=half_width,
            rate_over=over,
            rate_under=under,
            in_term=years <= last,
            pass_through=np.where(held, passed, 1.0),
        )

    def delivered(self, pairs: Integers, years: Integers) -> Mask:
        """Returns whether a contract that has begun was delivered of each pair in each year, shape (pairs, years)."""
        return self._rows(pairs, years) >= 0

    def _rows(self, pairs: Integers, years: Integers) -> Integers:
        """Returns the position of the contract that holds of each pair in each year; -1 where none has begun."""
        asked = pairs[:, None] * _BEYOND + years
        row = np.searchsorted(self.pair * _BEYOND + self.first, asked, side="right") - 1
        own = self.pair[row] == pairs[:, None] if self.pair.size else np.zeros(asked.shape, dtype=bool)
        return np.where((row >= 0) & own, row, -1)
