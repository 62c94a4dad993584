"""The region as arrays: who is there, what they deliver, what they are paid, what it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from models.region.ageing import Ageing
from models.region.codes import UNKNOWN_PAYER, Array, Flag, Index, Integers, Keyed, Segments, distinct, sums
from models.region.contracts import Contracts
from models.region.cost_behaviour import CostStructures
from models.region.facts import Facts, base_year_facts
from models.region.geography import Places
from models.region.prices import Prices
from models.region.uses import ResourceUse

NONE_BELOW = 0.5
"""Fewer units a year than this count as none (model page, section 6): no norm binds whoever gives none."""
INSURER = "insurer"
"""What a payer is where its kind was not delivered."""


@dataclass(frozen=True)
class Providers:
    """The providers. `size` is what every share is of, with its source (`delivered`, `sum_of_revenue`, or empty)."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str | None, ...]
    places: Places
    size: Array
    size_source: tuple[str, ...]
    margin: Array


@dataclass(frozen=True)
class Payers:
    """The payers, the unknown one last if there is one.

    `kinds` says which law each pays, an insurer where not delivered. `size` is NaN where not delivered: what they spend
    in the region then stands in.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    size: Array


@dataclass(frozen=True)
class Areas:
    """Patient areas; one without coordinates counts as an unknown area wherever a place is needed."""

    ids: tuple[str, ...]
    places: Places

    def located(self, area: Integers) -> npt.NDArray[np.bool_]:
        """Returns which of the given areas (by position, -1 unknown) have a known place."""
        there = ~np.isnan(self.places.latitude + self.places.longitude)
        return (area >= 0) & np.append(there, False)[area]


@dataclass(frozen=True)
class Resources:
    """Resources.

    `hours_per_fte` is NaN where unknown or no staff, `direct_share` 1 where not delivered; `step`, the smallest part
    that can be closed (in the resource's unit and a year), is NaN where any part can.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    is_staff: npt.NDArray[np.bool_]
    hours_per_fte: Array
    direct_share: Array
    step: Array


@dataclass(frozen=True)
class VolumeCells:
    """Base-year volume, one cell a provider, payer, segment and area, by position; area -1 is unknown."""

    provider: Integers
    payer: Integers
    segment: Integers
    area: Integers
    units: Array


@dataclass(frozen=True)
class Norms:
    """Volume norms. `rows` holds for each row of a norm (norm, specialism, care product) by position, -1 for any."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    minimum: Array
    rows: Integers


@dataclass(frozen=True)
class Capacity:
    """Base-year capacity, each of shape (providers, resources), NaN where not delivered.

    `target` is the target utilisation: the provider's own, else the resource's, else 1.
    """

    available: Array
    used: Array
    target: Array


@dataclass(frozen=True)
class Region:
    """Everything that an evaluation needs of a region; see `Region.from_tables`.

    `merged` says by code that is no more as which provider it counts.
    """

    base_year: int
    providers: Providers
    payers: Payers
    areas: Areas
    resources: Resources
    segments: Segments
    cells: VolumeCells
    prices: Prices
    costs: CostStructures
    uses: ResourceUse
    contracts: Contracts
    capacity: Capacity
    waiting: Keyed
    norms: Norms
    ageing: Ageing
    flags: tuple[Flag, ...]
    merged: Mapping[str, str]

    @classmethod
    def from_tables(cls, tables: Mapping[str, pl.DataFrame], *, base_year: int) -> "Region":
        """Returns the region of a base year.

        Args:
            tables: published fact tables by name (`provider`, `volume`, `revenue`, ...) with their contract's columns.
                Absent tables count as empty.
            base_year: the calendar year of the facts.
        """
        return _Builder(base_year_facts(tables, base_year=base_year), base_year).build()

    @cached_property
    def km(self) -> Array:
        """Great-circle km from each area to each provider, shape (areas, providers); NaN where a place is unknown."""
        return self.areas.places.km_to(self.providers.places)

    @cached_property
    def km_between(self) -> Array:
        """Great-circle km from each provider to each, shape (providers, providers); NaN where a place is unknown."""
        return self.providers.places.km_to(self.providers.places)

    @cached_property
    def base_price(self) -> tuple[Array, Integers]:
        """Unit price of each cell and the position of its source."""
        product = self.segments.care_product[self.cells.segment]
        return self.prices.of_units(self.cells.provider, self.cells.payer, product)

    @cached_property
    def base_unit_cost(self) -> Array:
        """Cost of a unit of each cell, in euro."""
        return self.unit_cost(self.cells.provider, self.cells.segment, self.base_price[0])

    @cached_property
    def norm_segments(self) -> npt.NDArray[np.bool_]:
        """Which segments count for which volume norm, shape (norms, segments)."""
        result = np.zeros((len(self.norms.ids), len(self.segments)), dtype=bool)
        for norm, specialism, product in self.norms.rows:
            result[norm] |= ((specialism == -1) | (self.segments.specialism == specialism)) & (
                (product == -1) | (self.segments.care_product == product)
            )
        return result

    @cached_property
    def served(self) -> tuple[Integers, Integers, Array]:
        """Each provider and segment with volume, by position, and its units over all payers and areas."""
        keys = self.cells.provider * len(self.segments.specialism) + self.cells.segment
        pairs, pair = np.unique(keys, return_inverse=True)
        units = sums(pair.reshape(-1), self.cells.units, size=pairs.size)
        provider, segment = np.divmod(pairs, max(len(self.segments.specialism), 1))
        return provider, segment, units

    def with_facts(self, *, contracts: Contracts, capacity: Capacity) -> "Region":
        """Returns the region under other contracts and capacities; what was prepared of all else stays prepared."""
        other = replace(self, contracts=contracts, capacity=capacity)
        prepared = ("km", "km_between", "base_price", "base_unit_cost", "norm_segments", "served")
        other.__dict__.update({name: self.__dict__[name] for name in prepared if name in self.__dict__})
        return other

    def members(self, *, providers: tuple[str, ...] | None, kind: tuple[str, ...] | None) -> Integers:
        """Returns the positions of the providers named, or of these kinds, or of both at once."""
        chosen = np.ones(len(self.providers.ids), dtype=bool)
        if providers is not None:
            chosen &= np.isin(np.array(self.providers.ids, dtype=object), providers)
        if kind is not None:
            chosen &= np.array([own in kind for own in self.providers.kinds], dtype=bool)
        return np.flatnonzero(chosen)

    def unit_cost(self, provider: Integers, segment: Integers, price: Array) -> Array:
        """Returns the cost of a unit in euro: as delivered, else the price times the department's cost ratio."""
        delivered = self.costs.delivered_unit_cost(provider, self.segments.care_product[segment])
        specialism = self.segments.specialism[segment]
        pairs, inverse = distinct(np.stack([provider, specialism]))
        ratio = self.costs.behaviour(pairs[0], pairs[1]).ratio[inverse.reshape(-1)]
        return np.where(np.isnan(delivered), price * ratio, delivered)


@dataclass(frozen=True)
class _Builder:
    """Numbers the facts and puts them into arrays."""

    facts: Facts
    base_year: int

    def _column(self, table: str, column: str) -> pl.Series:
        return self.facts.tables[table][column]

    @cached_property
    def index(self) -> dict[str, Index]:
        column = self._column
        ids = {
            "provider": [
                column(table, "provider_id") for table in ("provider", "volume", "revenue", "capacity", "contract")
            ],
            "area": [column(table, "area").drop_nulls() for table in ("area", "volume")],
            "resource": [column(table, "resource") for table in ("resource", "capacity", "resource_use")],
            "kind": [column("provider", "kind").drop_nulls()],
            "specialism": [column("volume", "specialism")],
            "diagnosis": [column("volume", "diagnosis")],
            "care_product": [column(table, "care_product") for table in ("volume", "revenue", "unit_cost")],
        }
        index = {name: Index.of(*columns) for name, columns in ids.items()}
        payers = [column(table, "payer_id").drop_nulls() for table in ("payer", "volume", "revenue", "contract")]
        known = tuple(payer for payer in Index.of(*payers).ids if payer != UNKNOWN_PAYER)
        return index | {"payer": Index((*known, UNKNOWN_PAYER) if self._some_payer_unknown() else known)}

    def _some_payer_unknown(self) -> bool:
        """Whether care or revenue was delivered without its payer."""
        return any(
            column.null_count() or (column == UNKNOWN_PAYER).any()
            for column in (self._column(table, "payer_id") for table in ("volume", "revenue"))
        )

    def build(self) -> Region:
        index = self.index
        segments, cells = self._volume()
        kinds = dict(self.facts.tables["provider"].select("provider_id", "kind").iter_rows())
        kind = np.array([index["kind"].position.get(kinds.get(p), -1) for p in index["provider"].ids], dtype=np.int64)
        revenue = self.facts.tables["revenue"].with_columns(pl.col("payer_id").fill_null(UNKNOWN_PAYER))
        tables = self.facts.tables
        return Region(
            base_year=self.base_year,
            providers=self._providers(kinds, revenue),
            payers=self._payers(),
            areas=Areas(_texts(index["area"]), self._places("area", "area")),
            resources=self._resources(),
            segments=segments,
            cells=cells,
            prices=Prices.of(revenue, tables["care_product"], index=index),
            costs=CostStructures.of(tables["cost_structure"], tables["unit_cost"], index=index, provider_kind=kind),
            uses=ResourceUse.of(tables["resource_use"], index=index, provider_kind=kind),
            contracts=Contracts.of(tables["contract"], index=index),
            capacity=self._capacity(),
            waiting=self._waiting(),
            norms=self._norms(),
            ageing=Ageing(tables["regional_spending"], tables["population"], self.base_year),
            flags=tuple(self.facts.flags),
            merged=self.facts.merged,
        )

    def _attribute(self, table: str, key: str, name: str, *, of: str) -> Array:
        """Returns a number by position of an index, NaN where the register has none."""
        register = self.facts.tables[table].unique(key, keep="last").select(key, name)
        values = dict(register.iter_rows())
        found = (values.get(code) for code in self.index[of].ids)
        return np.array([np.nan if value is None else value for value in found], dtype=float)

    def _names(self, table: str, key: str, *, of: str) -> tuple[str, ...]:
        names = dict(self.facts.tables[table].select(key, "name").iter_rows())
        return tuple(names.get(code) or str(code) for code in self.index[of].ids)

    def _places(self, table: str, of: str) -> Places:
        key = "provider_id" if of == "provider" else of
        return Places(self._attribute(table, key, "latitude", of=of), self._attribute(table, key, "longitude", of=of))

    def _providers(self, kinds: dict[str, str | None], revenue: pl.DataFrame) -> Providers:
        ids = _texts(self.index["provider"])
        delivered = self._attribute("provider", "provider_id", "annual_revenue_eur", of="provider")
        sums = dict(revenue.group_by("provider_id").agg(pl.col("revenue_eur").sum()).iter_rows())
        summed = np.array([sums.get(provider) or np.nan for provider in ids], dtype=float)
        has_size = ~np.isnan(delivered)
        sources = np.where(has_size, "delivered", np.where(np.isnan(summed), "", "sum_of_revenue"))
        for provider in np.array(ids)[sources == "sum_of_revenue"] if ids else ():
            self.facts.flags.append(
                Flag(
                    "provider", str(provider), "size_is_sum_of_revenue",
                    "Jaaromzet niet aangeleverd; de som van de aangeleverde opbrengsten staat ervoor in de plaats.",
                    "Annual revenue not delivered; the sum of its delivered revenue stands in.",
                )
            )  # fmt: skip
        return Providers(
            ids=ids,
            names=self._names("provider", "provider_id", of="provider"),
            kinds=tuple(kinds.get(provider) for provider in ids),
            places=self._places("provider", "provider"),
            size=np.where(has_size, delivered, summed),
            size_source=tuple(sources.tolist()),
            margin=self._attribute("provider", "provider_id", "annual_margin_eur", of="provider"),
        )

    def _payers(self) -> Payers:
        size = self._attribute("payer", "payer_id", "annual_revenue_eur", of="payer")
        kinds = dict(self.facts.tables["payer"].select("payer_id", "kind").iter_rows())
        ids = _texts(self.index["payer"])
        names = self._names("payer", "payer_id", of="payer")
        return Payers(ids, names, tuple(kinds.get(payer) or INSURER for payer in ids), size)

    def _resources(self) -> Resources:
        staff = dict(self.facts.tables["resource"].select("resource", "is_staff").iter_rows())
        is_staff = np.array([bool(staff.get(resource)) for resource in self.index["resource"].ids], dtype=bool)
        hours = self._attribute("resource", "resource", "hours_per_fte", of="resource")
        direct = self._attribute("resource", "resource", "direct_share", of="resource")
        return Resources(
            ids=_texts(self.index["resource"]),
            names=self._names("resource", "resource", of="resource"),
            is_staff=is_staff,
            hours_per_fte=np.where(is_staff, hours, np.nan),
            direct_share=np.where(np.isnan(direct), 1.0, direct),
            step=self._attribute("resource", "resource", "step", of="resource"),
        )

    def _volume(self) -> tuple[Segments, VolumeCells]:
        volume, index = self.facts.tables["volume"], self.index
        names = ("specialism", "diagnosis", "care_product")
        codes = np.stack([index[name].encode(volume[name]) for name in names]).reshape(3, -1)
        unique, inverse = distinct(codes)
        segments = Segments(index["specialism"], index["diagnosis"], index["care_product"], *unique)
        payer = volume["payer_id"].fill_null(UNKNOWN_PAYER)
        cells = VolumeCells(
            provider=index["provider"].encode(volume["provider_id"]),
            payer=index["payer"].encode(payer),
            segment=inverse.reshape(-1).astype(np.int64),
            area=index["area"].encode(volume["area"]),
            units=volume["units"].fill_null(0.0).to_numpy().astype(float),
        )
        return segments, cells

    def _capacity(self) -> Capacity:
        table = self.facts.tables["capacity"]
        shape = (len(self.index["provider"]), len(self.index["resource"]))
        place = (self.index["provider"].encode(table["provider_id"]), self.index["resource"].encode(table["resource"]))
        arrays = {name: np.full(shape, np.nan) for name in ("available", "used", "target_utilisation")}
        for name, array in arrays.items():
            array[place] = table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        general = self._attribute("resource", "resource", "target_utilisation", of="resource")
        general = np.where(np.isnan(general), 1.0, general)
        own = arrays["target_utilisation"]
        return Capacity(arrays["available"], arrays["used"], np.where(np.isnan(own), general, own))

    def _waiting(self) -> Keyed:
        waiting = self.facts.tables["waiting_list"].drop_nulls("patients_waiting")
        specialism = self.index["specialism"].encode(waiting["specialism"])
        key = self.index["provider"].encode(waiting["provider_id"]) * len(self.index["specialism"]) + specialism
        known = (specialism >= 0) & (key >= 0)
        return Keyed.of(key[known], waiting["patients_waiting"].to_numpy().astype(float)[known])

    def _norms(self) -> Norms:
        table = self.facts.tables["volume_norm"].sort("norm", maintain_order=True)  # who enforces them knows no order
        norm = Index.of(table["norm"])
        first = table.unique("norm", keep="first", maintain_order=True)
        columns = [norm.encode(table["norm"])]
        for name in ("specialism", "care_product"):
            position = self.index[name].encode(table[name])
            columns.append(np.where(table[name].is_null().to_numpy(), -1, np.where(position < 0, -2, position)))
        return Norms(
            ids=_texts(norm),
            names=tuple(name or norm_id for norm_id, name in first.select("norm", "name").iter_rows()),
            minimum=table.group_by("norm", maintain_order=True)
            .agg(pl.col("minimum_units").max())["minimum_units"]
            .to_numpy(),
            rows=np.stack(columns, axis=1).reshape(-1, 3),
        )


def _texts(index: Index) -> tuple[str, ...]:
    return tuple(str(code) for code in index.ids)
