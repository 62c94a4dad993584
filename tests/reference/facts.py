"""Section 1: what is known of the base year. Flows of one year, prices, costs, use of resources, capacity, stocks.

A *cell* is (provider, payer, specialism, diagnosis, care_product, area); a *segment* its middle three. An empty payer
is None here, a payer of its own.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import polars as pl

from reference.rounding import above

Row = dict[str, Any]
Segment = tuple[str | None, str | None, str | None]
Cell = tuple[str, str | None, str | None, str | None, str | None, str | None]

DEFAULT_COST_STRUCTURE = {
    "cost_ratio": 1.0,
    "variable_share": 0.28,
    "semi_fixed_share": 0.48,
    "fixed_share": 0.24,
    "run_off_years": 3.2,
}
CARE_NOT_DELIVERED = 2.0  # `used` more than this many times Σ u·V: care was not delivered (section 1, Load)


def segment_of(cell: Cell) -> Segment:
    return cell[2], cell[3], cell[4]


def rows_of(tables: dict[str, pl.DataFrame], name: str) -> list[Row]:
    return tables[name].to_dicts() if name in tables else []


def known(value: Any, otherwise: float) -> float:
    """The value, or the default where it is empty."""
    return otherwise if value is None else float(value)


class BaseYear:
    """The rows of one dataset that count in the base year, and by what they are made a year's figure (section 1).

    A yearly row ('2025') is a whole year; four quarters are; fewer are scaled up by 4 / delivered quarters, per
    provider and dataset. Reading (h): of a provider with both, the yearly rows count.
    """

    def __init__(self, rows: Iterable[Row], base_year: int) -> None:
        in_year = [row for row in rows if str(row["period"])[:4] == str(base_year)]
        yearly = {row["provider_id"] for row in in_year if "Q" not in row["period"]}
        self.rows = [row for row in in_year if row["provider_id"] not in yearly or "Q" not in row["period"]]
        quarters: dict[str, set[str]] = defaultdict(set)
        for row in self.rows:
            quarters[row["provider_id"]].add(row["period"])
        self.factor = {p: 1.0 if p in yearly else 4 / len(periods) for p, periods in quarters.items()}

    def last_period(self, provider: str) -> str:
        """The last period that the provider delivered (stocks are of that period)."""
        return max(row["period"] for row in self.rows if row["provider_id"] == provider)


class Facts:
    """Everything section 1 says about the base year, by plain look-up."""

    def __init__(self, tables: dict[str, pl.DataFrame], base_year: int) -> None:
        self.base_year = base_year
        self.providers = {row["provider_id"]: row for row in rows_of(tables, "provider")}
        self.payers = {row["payer_id"]: row for row in rows_of(tables, "payer")}
        self.areas = {row["area"]: row for row in rows_of(tables, "area")}
        self.resources = {row["resource"]: row for row in rows_of(tables, "resource")}
        self.products = {row["care_product"]: row for row in rows_of(tables, "care_product")}
        self.contracts = rows_of(tables, "contract")
        self.use_rows = rows_of(tables, "resource_use")
        self.cost_rows = rows_of(tables, "cost_structure")
        self.norm_rows = rows_of(tables, "volume_norm")
        self.unit_costs = {
            (row["provider_id"], row["care_product"]): row["unit_cost_eur"]
            for row in rows_of(tables, "unit_cost")
            if row["unit_cost_eur"] is not None
        }
        self._cost: dict[tuple[str, str | None], Row] = {}
        self._use: dict[tuple[str, Segment, str], float] = {}
        self.units = self._base_units(BaseYear(rows_of(tables, "volume"), base_year))
        self._read_revenue(BaseYear(rows_of(tables, "revenue"), base_year))
        self._read_capacity(BaseYear(rows_of(tables, "capacity"), base_year))
        self._read_waiting(BaseYear(rows_of(tables, "waiting_list"), base_year))

    # -- volume ----

    def _base_units(self, volume: BaseYear) -> dict[Cell, float]:
        """V[p,q,s,a]: units of the base year."""
        units: dict[Cell, float] = defaultdict(float)
        for row in volume.rows:
            provider = row["provider_id"]
            cell = (
                provider,
                row.get("payer_id"),
                row.get("specialism"),
                row.get("diagnosis"),
                row.get("care_product"),
                row.get("area"),
            )
            units[cell] += float(row["units"]) * volume.factor[provider]
        return dict(units)

    # -- prices and costs ----

    def _read_revenue(self, revenue: BaseYear) -> None:
        """Delivered revenue and units, per price cell and per provider.

        Reading (j): a row needs both to price anything.
        """
        self._price_cells: dict[tuple[Any, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.delivered_revenue: dict[str, float] = defaultdict(float)
        for row in revenue.rows:
            provider, factor = row["provider_id"], revenue.factor[row["provider_id"]]
            amount, units, product = row["revenue_eur"], row["units"], row.get("care_product")
            if amount is not None:
                self.delivered_revenue[provider] += float(amount) * factor
            if amount is None or units is None:
                continue
            for key in (
                ("own", provider, row.get("payer_id"), product),
                ("own", provider, product),
                ("region", product),
            ):
                self._price_cells[key][0] += float(amount) * factor
                self._price_cells[key][1] += float(units) * factor

    def _cell_price(self, *key: Any) -> float | None:
        amount, units = self._price_cells.get(key, (0.0, 0.0))
        return amount / units if units > 0 else None

    def price(self, provider: str, payer: str | None, product: str | None) -> float:
        """P[p,q,s]: the most specific cell with revenue and units; then the reference price; then 0."""
        for key in (("own", provider, payer, product), ("own", provider, product), ("region", product)):
            found = self._cell_price(*key)
            if found is not None:
                return found
        return known(self.products.get(product, {}).get("reference_price_eur"), 0.0)

    def has_own_price(self, provider: str, payer: str | None, product: str | None) -> bool:
        """Whether the recipient's own deliveries price this care (without it `own_price` is refused)."""
        own = self._cell_price("own", provider, payer, product), self._cell_price("own", provider, product)
        return any(price is not None for price in own)

    def cost_structure(self, provider: str, specialism: str | None) -> Row:
        """Section 4: the one row that matches most specifically (provider_id 4, specialism 2, provider_kind 1)."""
        if (provider, specialism) not in self._cost:
            self._cost[provider, specialism] = self._find_cost_structure(provider, specialism)
        return self._cost[provider, specialism]

    def _find_cost_structure(self, provider: str, specialism: str | None) -> Row:
        best, best_weight = DEFAULT_COST_STRUCTURE, -1
        for row in self.cost_rows:
            weight = 0
            for key, has, counts in (
                ("provider_id", provider, 4),
                ("specialism", specialism, 2),
                ("provider_kind", self.kind(provider), 1),
            ):
                if row.get(key) is not None:
                    weight += counts if row[key] == has else -100
            if weight > best_weight:
                best, best_weight = row, weight
        return best

    def unit_cost(self, provider: str, payer: str | None, segment: Segment) -> float:
        """Section 4: delivered unit cost, else P · cost_ratio."""
        delivered = self.unit_costs.get((provider, segment[2]))
        if delivered is not None:
            return float(delivered)
        return self.price(provider, payer, segment[2]) * self.cost_structure(provider, segment[0])["cost_ratio"]

    # -- use of resources ----

    def kind(self, provider: str) -> str | None:
        return self.providers.get(provider, {}).get("kind")

    def use_per_unit(self, provider: str, segment: Segment, resource: str) -> float:
        """u[p,s,r]: of the matching resource_use rows the most specific, first by care, then by who.

        Reading (m): a row with product and specialism is more specific than one with the product alone.
        """
        key = (provider, segment, resource)
        if key not in self._use:
            self._use[key] = self._find_use(provider, segment, resource)
        return self._use[key]

    def _find_use(self, provider: str, segment: Segment, resource: str) -> float:
        best, best_rank = 0.0, (-1, -1)
        for row in self.use_rows:
            if row["resource"] != resource:
                continue
            care = {"care_product": (segment[2], 2), "specialism": (segment[0], 1)}
            who = {"provider_id": (provider, 2), "provider_kind": (self.kind(provider), 1)}
            if all(row.get(key) in (None, has) for key, (has, _) in (care | who).items()):
                rank = (
                    sum(counts for key, (_, counts) in care.items() if row.get(key) is not None),
                    sum(counts for key, (_, counts) in who.items() if row.get(key) is not None),
                )
                if rank > best_rank:
                    best, best_rank = float(row["amount_per_unit"]), rank
        return best

    # -- capacity and stocks ----

    def _read_capacity(self, capacity: BaseYear) -> None:
        """Available and used in the base year, and the provider's own target utilisation weighted by available.

        Reading (k): the sum over the quarters that have a value, times rows / rows with a value, times 4 / quarters.
        """
        rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in capacity.rows:
            rows[row["provider_id"], row["resource"]].append(row)
        self.available: dict[tuple[str, str], float] = {}
        self.used: dict[tuple[str, str], float] = {}
        self.own_target: dict[tuple[str, str], float] = {}
        self.capacity_keys = set(rows)
        for key, group in rows.items():
            for column, into in (("available", self.available), ("used", self.used)):
                values = [float(row[column]) for row in group if row.get(column) is not None]
                if values:
                    into[key] = sum(values) * len(group) / len(values) * capacity.factor[key[0]]
            with_target = [row for row in group if row.get("target_utilisation") is not None]
            if with_target:
                weights = [known(row.get("available"), 0.0) for row in with_target]
                if sum(weights) == 0:  # a target without any capacity to weigh it by: each quarter counts the same
                    weights = [1.0 for _ in with_target]
                targets = [float(row["target_utilisation"]) for row in with_target]
                self.own_target[key] = sum(t * w for t, w in zip(targets, weights, strict=True)) / sum(weights)

    def target(self, provider: str, resource: str) -> float:
        """τ[p,r]: the provider's own, else the resource's, else 1."""
        own = self.own_target.get((provider, resource))
        return own if own is not None else known(self.resources.get(resource, {}).get("target_utilisation"), 1.0)

    def step(self, resource: str) -> float | None:
        """Section 4: the smallest part of a resource that can be closed; None where none is known."""
        return self.resources.get(resource, {}).get("step")

    def direct_share(self, resource: str) -> float:
        """Section 5: the part of a working hour that is direct patient time, default 1."""
        return known(self.resources.get(resource, {}).get("direct_share"), 1.0)

    def _read_waiting(self, waiting: BaseYear) -> None:
        """Patients waiting per provider and specialism, at the last period that the provider delivered."""
        self.waiting: dict[tuple[str, str | None], float] = {}
        for row in waiting.rows:
            if row["period"] == waiting.last_period(row["provider_id"]) and row["patients_waiting"] is not None:
                self.waiting[row["provider_id"], row["specialism"]] = float(row["patients_waiting"])

    def all_resources(self) -> set[str]:
        """Every resource that is named anywhere in the facts."""
        return set(self.resources) | {r for _, r in self.capacity_keys} | {row["resource"] for row in self.use_rows}

    def modelled_use(self, provider: str, resource: str) -> float:
        """Σ u·V of the base year."""
        return sum(
            units * self.use_per_unit(provider, segment_of(cell), resource)
            for cell, units in self.units.items()
            if cell[0] == provider
        )

    def misses_care(self, provider: str, resource: str) -> bool:
        """Section 1, Load: whether `used` is more than twice Σ u·V, so that care was not delivered."""
        modelled, used = self.modelled_use(provider, resource), self.used.get((provider, resource))
        return used is not None and modelled > 0 and above(used, CARE_NOT_DELIVERED * modelled)

    def calibration(self, provider: str, resource: str) -> float:
        """Section 1, Load: c[p,r] = used ÷ Σ u·V where the provider delivered `used`, else 1."""
        modelled, used = self.modelled_use(provider, resource), self.used.get((provider, resource))
        if used is None or modelled <= 0 or self.misses_care(provider, resource):
            return 1.0
        return used / modelled

    def load_of_other_care(self, provider: str, resource: str) -> float:
        """Section 1, Load: the rest `used − Σ u·V` of a provider whose care was not delivered; else 0."""
        if not self.misses_care(provider, resource):
            return 0.0
        return self.used[provider, resource] - self.modelled_use(provider, resource)
