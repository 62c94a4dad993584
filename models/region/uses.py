"""How much of each resource a unit of care takes (section 1): of the rows that match, the most specific wins."""

from dataclasses import dataclass
from itertools import product

import numpy as np
import polars as pl

from models.region.codes import Array, Index, Integers, Mask


@dataclass(frozen=True)
class _Pattern:
    """The rows that name the same of the four key columns: which columns, their sorted keys, and the amounts.

    `amounts` has shape (keys, resources), NaN where a row does not speak of a resource.
    """

    named: tuple[bool, bool, bool, bool]
    keys: Integers
    amounts: Array


@dataclass(frozen=True)
class ResourceUse:
    """Resource per unit, by provider and segment.

    Attributes:
        patterns: from the least to the most specific; care product, specialism, then provider, then kind.
        sizes: numbers of care products, specialisms, providers and kinds, which make the keys.
        provider_kind: position of each provider's kind.
        resources: number of resources.
    """

    patterns: tuple[_Pattern, ...]
    sizes: tuple[int, int, int, int]
    provider_kind: Integers
    resources: int

    @classmethod
    def of(cls, use: pl.DataFrame, *, index: dict[str, Index], provider_kind: Integers) -> "ResourceUse":
        """Returns the resource use as delivered."""
        order = (
            ("care_product", "care_product"),
            ("specialism", "specialism"),
            ("provider_id", "provider"),
            ("provider_kind", "kind"),
        )
        sizes = tuple(max(1, len(index[name])) for _, name in order)
        positions = np.stack([index[name].encode(use[column]) for column, name in order], axis=1).reshape(-1, 4)
        given = np.stack([use[column].is_not_null().to_numpy() for column, _ in order], axis=1).reshape(-1, 4)
        known = ((positions >= 0) | ~given).all(axis=1)
        resource = index["resource"].encode(use["resource"])
        amount = use["amount_per_unit"].to_numpy().astype(float)
        patterns = [
            _pattern(
                named, positions[rows], resource[rows], amount[rows], sizes=sizes, resources=len(index["resource"])
            )
            for named in product((False, True), repeat=4)
            if (rows := known & (given == named).all(axis=1)).any()
        ]
        return cls(tuple(patterns), sizes, provider_kind, len(index["resource"]))  # type: ignore[arg-type]

    def per_unit(self, provider: Integers, specialism: Integers, care_product: Integers) -> Array:
        """Returns the amount of every resource that a unit takes, shape (units, resources); 0 where none matches."""
        columns = np.stack([care_product, specialism, provider, self.provider_kind[provider]], axis=1)
        amounts = np.zeros((provider.size, self.resources))
        for pattern in self.patterns:
            keys = _keys(columns, pattern.named, self.sizes)
            place = np.minimum(np.searchsorted(pattern.keys, keys), pattern.keys.size - 1)
            found: Mask = pattern.keys[place] == keys
            rows = pattern.amounts[place]
            amounts = np.where(found[:, None] & ~np.isnan(rows), rows, amounts)
        return amounts


def _keys(columns: Integers, named: tuple[bool, ...], sizes: tuple[int, ...]) -> Integers:
    """Returns one integer for the named columns of each row."""
    key = np.zeros(columns.shape[0], dtype=np.int64)
    for place, (used, size) in enumerate(zip(named, sizes, strict=True)):
        key = key * (size + 1) + (columns[:, place] + 1 if used else 0)
    return key


def _pattern(
    named: tuple[bool, ...],
    positions: Integers,
    resource: Integers,
    amount: Array,
    *,
    sizes: tuple[int, ...],
    resources: int,
) -> _Pattern:
    keys, inverse = np.unique(_keys(positions, named, sizes), return_inverse=True)
    amounts = np.full((keys.size, resources), np.nan)
    amounts[inverse, resource] = amount
    return _Pattern(named, keys, amounts)  # type: ignore[arg-type]
