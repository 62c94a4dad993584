"""How a provider's cost behaves when care leaves or comes (section 4)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from models.region.codes import Array, Index, Integers, Keyed

DEFAULT_COST = (1.0, 0.28, 0.48, 0.24, 3.2)
"""Cost ratio, variable, semi-fixed and fixed share, run-off years where nothing was delivered.

An assumption: fitted to the decay of the domain page, section 3.4 (28 % in year 1, 43 % in year 2, 59 % in year 3, 76 %
in year 5; 3.2 years give 28, 43, 58, 73 and 76 %).
"""


@dataclass(frozen=True)
class CostBehaviour:
    """The cost structure of each of a list of departments, all of shape (departments,).

    Attributes:
        ratio: cost as a share of the price, where no unit cost was delivered.
        variable: share of the cost that goes at once.
        semi_fixed: share that goes in equal steps over `run_off` years.
        run_off: years until all of the semi-fixed cost is gone; 0 is at once.
        assumed: whether this is the default, because nothing was delivered.
    """

    ratio: Array
    variable: Array
    semi_fixed: Array
    run_off: Array
    assumed: np.ndarray


@dataclass(frozen=True)
class CostStructures:
    """The delivered cost structures and unit costs.

    Attributes:
        kind, provider, specialism: what each row speaks of, by position; -1 for any. Shape (rows,).
        values: cost ratio, variable, semi-fixed and fixed share, run-off years. Shape (rows, 5).
        provider_kind: position of each provider's kind, shape (providers,).
        unit_costs: delivered unit cost in euro by provider and care product.
        care_products: number of care products.
    """

    kind: Integers
    provider: Integers
    specialism: Integers
    values: Array
    provider_kind: Integers
    unit_costs: Keyed
    care_products: int

    @classmethod
    def of(
        cls, structure: pl.DataFrame, unit_cost: pl.DataFrame, *, index: dict[str, Index], provider_kind: Integers
    ) -> "CostStructures":
        """Returns the structures as delivered, without rows for what the region does not have."""
        columns = (("provider_kind", "kind"), ("provider_id", "provider"), ("specialism", "specialism"))
        positions = {name: _any_or(index[name], structure[column]) for column, name in columns}
        there = np.all([position != _ELSEWHERE for position in positions.values()], axis=0)
        costs = unit_cost.filter(pl.col("unit_cost_eur").is_not_null()).unique(
            ["provider_id", "care_product"], keep="last"
        )
        products = len(index["care_product"])
        key = index["provider"].encode(costs["provider_id"]) * products + index["care_product"].encode(
            costs["care_product"]
        )
        figures = ("cost_ratio", "variable_share", "semi_fixed_share", "fixed_share", "run_off_years")
        return cls(
            **{name: position[there] for name, position in positions.items()},
            values=structure.select(figures).to_numpy().astype(float)[there].reshape(-1, len(figures)),
            provider_kind=provider_kind,
            unit_costs=Keyed.of(key, costs["unit_cost_eur"].to_numpy().astype(float)),
            care_products=products,
        )

    def behaviour(self, provider: Integers, specialism: Integers) -> CostBehaviour:
        """Returns the most specific structure of each department: provider counts 4, specialism 2, kind 1."""
        named = self._most_specific.shape[1] - 1
        column = np.where((specialism < 0) | (specialism >= named), named, specialism)
        row = self._most_specific[provider, column]
        values = np.vstack([self.values, DEFAULT_COST])[row]
        return CostBehaviour(values[:, 0], values[:, 1], values[:, 2], values[:, 4], row < 0)

    @cached_property
    def _most_specific(self) -> Integers:
        """The row that holds for each provider and specialism, -1 for none; the last column is for all others."""
        provider = np.arange(self.provider_kind.size)[:, None]
        specialism = np.arange(self.specialism.max(initial=-1) + 2)
        found = np.full((provider.size, specialism.size), -1)
        best = np.full(found.shape, -1)
        for row in range(self.kind.size):
            matches = (
                ((self.kind[row] < 0) | (self.kind[row] == self.provider_kind[provider]))
                & ((self.provider[row] < 0) | (self.provider[row] == provider))
                & ((self.specialism[row] < 0) | (self.specialism[row] == specialism))
            )
            weight = 4 * (self.provider[row] >= 0) + 2 * (self.specialism[row] >= 0) + (self.kind[row] >= 0)
            better = matches & (weight > best)
            found[better] = row
            best[better] = weight
        return found

    def delivered_unit_cost(self, provider: Integers, product: Integers) -> Array:
        """Returns the delivered unit cost in euro, NaN where none was."""
        return self.unit_costs.get(provider * self.care_products + product)


_ELSEWHERE = -2


def _any_or(index: Index, column: pl.Series) -> Integers:
    """Returns the position of each code, -1 for an empty one (any), -2 for one that the region does not have."""
    position = index.encode(column)
    return np.where(column.is_null().to_numpy(), -1, np.where(position < 0, _ELSEWHERE, position))
