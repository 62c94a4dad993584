"""What a unit of care is paid and costs (sections 1 and 4)."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from models.region.codes import Array, Index, Integers, Keyed

SOURCES = ("provider_payer", "provider", "region", "reference", "none")
"""Where a price comes from, most specific first; the first two are the provider's own."""
OWN = 2
"""How many of the sources are a provider's own."""


@dataclass(frozen=True)
class Prices:
    """Unit prices by the most specific cell that has both revenue and units, in euro.

    Attributes:
        by_payer: by (provider, payer, care product).
        by_provider: by (provider, care product).
        by_region: by care product, over all providers.
        reference: reference price by care product.
        payers, care_products: numbers of payers and products, which make the keys.
    """

    by_payer: Keyed
    by_provider: Keyed
    by_region: Keyed
    reference: Keyed
    payers: int
    care_products: int

    @classmethod
    def of(cls, revenue: pl.DataFrame, reference: pl.DataFrame, *, index: dict[str, Index]) -> "Prices":
        """Returns the prices that the base year's revenue gives.

        Args:
            revenue: one row a provider, payer and product, with `priced_units` and `priced_revenue_eur`.
            reference: one row a product, with `reference_price_eur`.
            index: positions of `provider`, `payer` and `care_product`.
        """
        provider = index["provider"].encode(revenue["provider_id"])
        payer = index["payer"].encode(revenue["payer_id"])
        product = index["care_product"].encode(revenue["care_product"])
        payers, products = len(index["payer"]), len(index["care_product"])
        known = reference.filter(pl.col("reference_price_eur").is_not_null()).unique("care_product", keep="last")
        place = index["care_product"].encode(known["care_product"])
        return cls(
            by_payer=_ratio((provider * payers + payer) * products + product, revenue),
            by_provider=_ratio(provider * products + product, revenue),
            by_region=_ratio(product, revenue),
            reference=Keyed.of(place, known["reference_price_eur"].to_numpy().astype(float)),
            payers=payers,
            care_products=products,
        )

    def of_units(self, provider: Integers, payer: Integers, product: Integers) -> tuple[Array, Integers]:
        """Returns the unit price in euro (0 where there is none) and the position of its source in `SOURCES`."""
        found = np.stack(
            [
                self.by_payer.get((provider * self.payers + payer) * self.care_products + product),
                self.by_provider.get(provider * self.care_products + product),
                self.by_region.get(product),
                self.reference.get(product),
                np.zeros(product.shape),
            ]
        )
        source = np.argmax(~np.isnan(found), axis=0)
        return np.take_along_axis(found, source[None], axis=0)[0], source


def _ratio(keys: Integers, revenue: pl.DataFrame) -> Keyed:
    """Returns revenue over units by key, of the keys that have both."""
    unique, inverse = np.unique(keys, return_inverse=True)
    units = np.bincount(inverse, weights=revenue["priced_units"].to_numpy(), minlength=unique.size)
    euros = np.bincount(inverse, weights=revenue["priced_revenue_eur"].to_numpy(), minlength=unique.size)
    priced = units > 0
    return Keyed.of(unique[priced], euros[priced] / units[priced])
