"""The functions that providers give up by the last year: norms that they no longer meet, departments that stop."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from dashboards.telling.synopsis import Synopsis

_STOPS = ("stopped", "breach_caused")


@dataclass(frozen=True)
class LostFunction:
    """One function that a provider gives up: what it is called, and the care that it is of."""

    name: str
    specialism: str | None
    products: tuple[str, ...] = ()

    def is_of(self, care: Mapping[str, Any]) -> bool:
        """Returns whether a selection of care of an initiative may hold some of it."""
        products, specialisms = care.get("care_product"), care.get("specialism")
        if products and self.products:
            return not set(products).isdisjoint(self.products)
        return not specialisms or self.specialism in specialisms


@dataclass(frozen=True)
class LostFunctions:
    """The functions that are given up in one scenario."""

    findings: Synopsis

    @cached_property
    def lost(self) -> dict[str, tuple[LostFunction, ...]]:
        """By provider what it gives up."""
        table = self.findings.results.table("threshold").filter(pl.col("year") == self.findings.results.horizon)
        gone = table.filter(
            pl.when(pl.col("norm").is_not_null())
            .then(pl.col("status").is_in(_STOPS))
            .otherwise(pl.col("specialism").is_not_null() & (pl.col("status") == "stopped"))
        )
        found: dict[str, tuple[LostFunction, ...]] = {}
        for row in gone.iter_rows(named=True):
            found[row["provider"]] = (*found.get(row["provider"], ()), self._function(row))
        return found

    def names(self, provider: str, *, initiative: str | None = None) -> tuple[str, ...]:
        """Returns what a provider gives up by name, over the whole scenario or by the care of one initiative."""
        every = self.lost.get(provider, ())
        if initiative is not None:
            every = tuple(one for one in every if any(map(one.is_of, self._care.get(initiative, ({},)))))
        return tuple(one.name for one in every)

    @cached_property
    def _care(self) -> dict[str, tuple[Mapping[str, Any], ...]]:
        """By initiative the care that it selects."""
        table = self.findings.results.table("initiative").select("initiative", "parameters")
        return {name: tuple(json.loads(text or "{}").get("care") or ({},)) for name, text in table.iter_rows()}

    @cached_property
    def _norms(self) -> dict[str, list[dict[str, Any]]]:
        rows: dict[str, list[dict[str, Any]]] = {}
        for row in self.findings.release.table("volume_norm").iter_rows(named=True):
            rows.setdefault(row["norm"], []).append(row)
        return rows

    def _function(self, row: Mapping[str, Any]) -> LostFunction:
        if row["norm"] is None:
            return LostFunction(self.findings.words.known("specialisms", row["specialism"]), row["specialism"])
        norms = self._norms.get(row["norm"], [])
        name = self.findings.norm_name(row["norm"], norms[0]["name"] if norms else None)
        products = tuple(norm["care_product"] for norm in norms if norm["care_product"])
        return LostFunction(name, norms[0]["specialism"] if norms else None, products)
