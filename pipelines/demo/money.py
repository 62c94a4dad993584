"""What the care of the demonstration region earns and costs: prices, revenue, contracts, cost behaviour, unit costs.

The market leader buys by lump sum or corridor over several years, the second payer by ceiling with a reduced price
above it, the third pays price times volume or a corridor (data/agreements.csv, `level` being the agreed amount
against the production of 2025) [A]. Cost behaviour is the program's default, bent per kind of provider
(data/cost_structure.csv) [A].
"""

from typing import cast

import numpy as np
import polars as pl

from pipelines.demo import care, providers
from pipelines.demo.assumptions import assumed
from pipelines.demo.streams import stream
from pipelines.demo.volumes import BASE_YEAR, PERIODS, HospitalUnits

PRICE_INDEX_OF_EARLIER_YEAR = 1 / 1.042  # wages and prices rose 4.2 % from 2024 to 2025 [A]
PASSER_BY_LEVEL = 1.10  # without a contract the list price is paid, which lies above contract prices [V:S32]


def price_levels(*, seed: int) -> np.ndarray:
    """Returns the contracted price level [hospital, payer] against the reference price, between 0.90 and 1.15."""
    rng = stream(seed, "price levels")
    own = np.array([hospital.price_level for hospital in providers.HOSPITALS])
    payers = np.array([-0.015, 0.005, 0.02, PASSER_BY_LEVEL - 1.0])
    level = own[:, None] + payers + rng.uniform(-0.012, 0.012, size=(len(own), len(payers)))
    return np.clip(level, 0.90, 1.15)


def prices(*, seed: int) -> np.ndarray:
    """Returns contracted prices of the base year [hospital, payer, product], in euro."""
    rng = stream(seed, "prices")
    reference = care.catalogue().frame["reference_price_eur"].to_numpy()
    own = rng.uniform(0.95, 1.05, size=(len(providers.HOSPITALS), 1, len(reference)))
    price = reference * own * price_levels(seed=seed)[:, :, None]
    within = np.clip(price, reference * 0.88, reference * 1.18)
    return np.where(reference < 1000, np.round(within, 2), np.round(within / 5) * 5)


def mean_prices(price: np.ndarray, *, seed: int) -> np.ndarray:
    """Returns prices averaged over the payers by their share [hospital, product]."""
    share = providers.payer_shares(stream(seed, "payer shares"), parties=len(providers.HOSPITALS))
    return cast("np.ndarray", np.einsum("hq,hqs->hs", share, price))


def hospital_revenue(units: HospitalUnits, *, price: np.ndarray) -> pl.DataFrame:
    """Returns the dataset `revenue` of the hospitals: one row a provider, period, payer and care product."""
    year = np.array([int(period[:4]) for period in PERIODS])
    index = np.where(year < BASE_YEAR, PRICE_INDEX_OF_EARLIER_YEAR, 1.0)
    hospital, payer, product, period = np.nonzero(units.units)
    count = units.units[hospital, payer, product, period]
    amount = count * np.round(price[hospital, payer, product] * index[period], 2)
    codes = care.catalogue().frame["care_product"]
    identifiers = pl.Series([item.provider_id for item in providers.HOSPITALS])
    return pl.DataFrame(
        {
            "provider_id": identifiers.gather(hospital),
            "period": pl.Series(PERIODS).gather(period),
            "payer_id": pl.Series(providers.payer_ids(), dtype=pl.String).gather(payer),
            "care_product": codes.gather(product),
            "units": count,
            "revenue_eur": np.round(amount, 2),
        }
    ).sort("provider_id", "period", "payer_id", "care_product")


def first_line_revenue(volume: pl.DataFrame) -> pl.DataFrame:
    """Returns the dataset `revenue` of laboratory, maternity care and GPs: units at the maximum tariff."""
    tariff = care.care_products().select("care_product", "reference_price_eur")
    earlier = pl.col("period").str.starts_with(str(BASE_YEAR)).not_()
    price = (pl.col("reference_price_eur") * pl.when(earlier).then(PRICE_INDEX_OF_EARLIER_YEAR).otherwise(1.0)).round(2)
    return (
        volume.group_by("provider_id", "period", "payer_id", "care_product")
        .agg(pl.col("units").sum())
        .join(tariff, on="care_product")
        .with_columns(revenue_eur=(pl.col("units") * price).round(2))
        .drop("reference_price_eur")
        .sort("provider_id", "period", "payer_id", "care_product")
    )


def production(revenue: pl.DataFrame) -> pl.DataFrame:
    """Returns the production value of the base year: one row a provider and payer, column production_eur."""
    of_year = revenue.filter(pl.col("period").str.starts_with(str(BASE_YEAR)))
    return of_year.group_by("provider_id", "payer_id").agg(pl.col("revenue_eur").sum().alias("production_eur"))


def contracts(revenue: pl.DataFrame) -> pl.DataFrame:
    """Returns the dataset `contracts`: hospitals by agreement, GP organisations by capitation, others by their form."""
    hospital = assumed("agreements").join(
        production(revenue), on=["provider_id", "payer_id"], how="left", maintain_order="left"
    )
    grown = (1 + pl.col("agreed_growth").fill_null(0.0)) ** (BASE_YEAR - pl.col("valid_from")).clip(lower_bound=0)
    amount = (pl.col("production_eur") * pl.col("level") / grown / 10_000).round(0) * 10_000
    hospital = hospital.with_columns(agreed_amount_eur=amount).drop("level", "production_eur")
    return pl.concat([hospital.select(CONTRACT_COLUMNS), _first_line_contracts()])


CONTRACT_COLUMNS = (
    *("provider_id", "payer_id", "valid_from", "valid_to", "form", "agreed_amount_eur", "agreed_growth"),
    *("half_width", "rate_over", "rate_under", "renewal_pass_through"),
)
FIRST_LINE_FORMS = {
    "gp_organisation": "capitation",
    "out_of_hours_gp": "lump_sum",
    "elderly_care": "lump_sum",
    "diagnostic_laboratory": "fee_for_service",
    "maternity_care": "fee_for_service",
}


def _first_line_contracts() -> pl.DataFrame:
    payer = pl.DataFrame(
        {"payer_id": [p.payer_id for p in providers.PAYERS], "share": [p.share for p in providers.PAYERS]}
    )
    named = providers.providers().filter(pl.col("kind").is_in(list(FIRST_LINE_FORMS)))
    joined = named.join(payer, how="cross", maintain_order="left_right")
    form = pl.col("kind").replace_strict(FIRST_LINE_FORMS)
    of_payers = 0.96  # a little of the turnover comes from municipalities, patients and others [A]
    amount = (pl.col("annual_revenue_eur") * pl.col("share") * of_payers / 1000).round(0) * 1000
    nothing = pl.lit(None, dtype=pl.Float64)
    return joined.select(
        "provider_id",
        "payer_id",
        pl.lit(BASE_YEAR, dtype=pl.Int64).alias("valid_from"),
        pl.lit(None, dtype=pl.Int64).alias("valid_to"),
        form.alias("form"),
        pl.when(form == "fee_for_service").then(None).otherwise(amount).alias("agreed_amount_eur"),
        *(nothing.alias(column) for column in CONTRACT_COLUMNS[6:]),
    )


def cost_structure() -> pl.DataFrame:
    """Returns the dataset `cost_structure`: by kind of provider, some by specialism, one by provider [A]."""
    return assumed("cost_structure")


UNIT_COST_HOSPITALS = (providers.HAVENLICHT, providers.STERNENHOOFD)


def unit_costs(price: np.ndarray, *, units: HospitalUnits, seed: int) -> pl.DataFrame:
    """Returns the dataset `unit_costs` of two hospitals that know what a product costs them."""
    rng = stream(seed, "unit costs")
    first_of_year = next(place for place, period in enumerate(PERIODS) if period.startswith(str(BASE_YEAR)))
    count = units.units[:, :, :, first_of_year:].sum(axis=3)
    mean = (price * count).sum(axis=1) / np.maximum(count.sum(axis=1), 1)
    code = care.catalogue().frame["care_product"]
    frames = []
    for place, hospital in enumerate(providers.HOSPITALS):
        if hospital.provider_id in UNIT_COST_HOSPITALS:
            cost = np.round(mean[place] * rng.uniform(0.92, 1.035, size=len(code)), 2)
            frame = pl.DataFrame({"provider_id": hospital.provider_id, "care_product": code, "unit_cost_eur": cost})
            frames.append(frame.filter(pl.col("unit_cost_eur") > 0))
    return pl.concat(frames)
