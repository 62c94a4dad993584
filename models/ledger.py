"""Amounts by party while an evaluation runs: one array a measure, one row a party, over years and draws."""

from collections.abc import Iterator

import numpy as np

from models.region.codes import Array, Integers


class Ledger:
    """Amounts of some parties by measure, each of shape (parties, years, draws).

    A measure that nothing entered is absent.

    Args:
        parties: positions of the parties kept, sorted.
        shape: numbers of years and draws.
    """

    def __init__(self, parties: Integers, shape: tuple[int, int]) -> None:
        self.parties = parties
        self._shape = shape
        self._amounts: dict[str, Array] = {}

    def enter(self, measure: str, party: Integers, amounts: Array) -> None:
        """Adds amounts, one row a party given (a party may come twice); shape (parties given, years, draws)."""
        if not party.size:
            return
        place = np.searchsorted(self.parties, party)
        total = self._amounts.setdefault(measure, np.zeros((self.parties.size, *self._shape)))
        if party.size == np.unique(place).size:
            total[place] += amounts
        else:
            np.add.at(total, place, amounts)

    def merge(self, other: "Ledger") -> None:
        """Adds all that another ledger holds; its parties must be among these."""
        for measure, amounts in other.items():
            self.enter(measure, other.parties, amounts)

    def items(self) -> Iterator[tuple[str, Array]]:
        """Yields each measure that has amounts, with them."""
        yield from self._amounts.items()

    def get(self, measure: str) -> Array | None:
        """Returns the amounts of a measure, or None if nothing entered it."""
        return self._amounts.get(measure)

    def total(self, signs: dict[str, int]) -> Array:
        """Returns the signed sum over measures, shape (parties, years, draws)."""
        result = np.zeros((self.parties.size, *self._shape))
        for measure, sign in signs.items():
            amounts = self._amounts.get(measure)
            if amounts is not None:
                result += sign * amounts
        return result
