"""Every figure of the demonstration region, as its parties know it: one frame per dataset, before anybody delivers."""

from dataclasses import dataclass

import polars as pl

from pipelines.demo import capacity, care, geography, money, providers, volumes


@dataclass(frozen=True)
class RegionDatasets:
    """The region's datasets, complete and without defects: `tables` by dataset name, in the contracts' columns."""

    tables: dict[str, pl.DataFrame]

    def of(self, dataset: str, *provider_ids: str) -> pl.DataFrame:
        """Returns a dataset, or its rows of some providers."""
        table = self.tables[dataset]
        return table.filter(pl.col("provider_id").is_in(provider_ids)) if provider_ids else table


def make_figures(*, seed: int) -> RegionDatasets:
    """Returns the figures of the region: the same for the same seed."""
    price = money.prices(seed=seed)
    units = volumes.hospital_units(money.mean_prices(price, seed=seed), seed=seed)
    first_line = volumes.first_line_volume(seed=seed)
    revenue = money.hospital_revenue(units, price=price)
    return RegionDatasets(
        {
            "providers": providers.providers(),
            "payers": providers.payers(),
            "areas": geography.areas().drop("municipality"),
            "resources": capacity.resources(),
            "care_products": care.care_products(),
            "volume": pl.concat([volumes.hospital_volume(units, seed=seed), first_line]),
            "revenue": pl.concat([revenue, money.first_line_revenue(first_line).select(revenue.columns)]),
            "contracts": money.contracts(revenue),
            "capacity": pl.concat(
                [
                    capacity.hospital_capacity(units, seed=seed),
                    capacity.gp_capacity(seed=seed),
                    capacity.other_capacity(first_line),
                ]
            ),
            "resource_use": capacity.resource_use(),
            "cost_structure": money.cost_structure(),
            "unit_costs": money.unit_costs(price, units=units, seed=seed),
            "waiting_list": capacity.waiting_list(units, seed=seed),
            "volume_norms": capacity.volume_norms(),
        }
    )
