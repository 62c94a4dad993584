"""Payments as they are made: in whole cents that add up, and from whom to whom."""

from dataclasses import dataclass

import numpy as np

from models.region.codes import Array

FUND = None
"""Who pays when the transition fund does."""


@dataclass(frozen=True)
class Transfer:
    """One payment: from a party (or `FUND`) to a party, by position among those of the deal, in euro."""

    payer: int | None
    receiver: int
    euro: float


def cents(amounts: Array, *, total: float) -> Array:
    """Returns amounts in whole cents that add up to a total in whole cents, by largest remainder.

    Args:
        amounts: in euro, adding up to `total` but for rounding.
        total: in euro.
    """
    scaled = amounts * 100
    whole = np.floor(scaled)
    missing = int(round(total * 100) - whole.sum())
    order = np.argsort(-(scaled - whole), kind="stable")
    each, more = divmod(missing, max(amounts.size, 1))
    whole += each
    whole[order[:more]] += 1
    return whole / 100


def transfers(payment: Array, from_fund: Array) -> list[Transfer]:
    """Returns who pays whom: each receiver gets the same mix of what the fund and the paying parties bring in.

    What the fund pays a party stays with that party as far as it receives anything; the rest of the fund and the
    payments of the parties are one purse, divided in proportion to what each receiver still has to get.

    Args:
        payment: what each party receives (positive) or pays, in whole cents.
        from_fund: what the fund pays on account of each party; adds up to the sum of the payments.
    """
    receives = np.maximum(payment, 0.0)
    direct = np.minimum(receives, from_fund)
    direct = cents(direct, total=round(float(direct.sum()), 2))
    left = receives - direct
    purse = [*np.maximum(-payment, 0.0).tolist(), max(0.0, float(from_fund.sum() - direct.sum()))]
    whole = left.sum()
    found = [Transfer(FUND, int(place), float(direct[place])) for place in np.flatnonzero(direct)]
    for payer, euro in enumerate(purse):
        if euro > 0 and whole > 0:
            parts = cents(left * euro / whole, total=round(euro, 2))
            name = FUND if payer == payment.size else payer
            found += [Transfer(name, int(place), float(parts[place])) for place in np.flatnonzero(parts > 0)]
    return found
