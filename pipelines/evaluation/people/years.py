"""The facts by calendar year, by the model's own rules: what makes deliveries a year, capacity, contracts in force."""

from collections.abc import Sequence

import duckdb
import numpy as np
import polars as pl

from models.contract_forms import NAMES
from models.region import Region
from models.region.calendar_years import CalendarYears
from models.summary import each
from pipelines.warehouse.building import write_release_table


def write_years(connection: duckdb.DuckDBPyConnection, years: CalendarYears, region: Region, *, last_year: int) -> None:
    """Writes `year_factor`, `capacity_year` and `contract_in_force` into an open draft.

    Args:
        connection: to the draft.
        years: what was delivered, by calendar year.
        region: of the base year of the release.
        last_year: up to which contracts are told.
    """
    write_release_table(connection, "year_factor", _year_factors(years))
    write_release_table(connection, "capacity_year", _capacities(years))
    settled = connection.execute("SELECT DISTINCT provider, payer FROM contract_impact").fetchall()
    contracts = contracts_in_force(region, last_year=last_year, settled=settled)
    write_release_table(connection, "contract_in_force", contracts)


def _year_factors(years: CalendarYears) -> pl.DataFrame:
    return years.parts.select(
        "dataset",
        "year",
        "delivered_by",
        pl.col("provider_id").alias("provider"),
        quarters=pl.when("yearly").then(4).otherwise("quarters").cast(pl.Int64),
        expected=pl.col("expected"),
        factor=pl.col("factor"),
    ).sort("dataset", "year", "delivered_by")


def _capacities(years: CalendarYears) -> pl.DataFrame:
    scaled = (
        years.parts.filter(pl.col("dataset") == "capacity")
        .group_by("provider_id", "year")
        .agg(annualised=(pl.col("factor") > 1).any())
    )
    joined = years.capacity.join(scaled, on=["provider_id", "year"], how="left")
    columns = ("resource", "year", "available", "used", "target_utilisation", "annualised")
    return joined.select(pl.col("provider_id").alias("provider"), *columns).sort("provider", "resource", "year")


def contracts_in_force(region: Region, *, last_year: int, settled: Sequence[tuple[str, str]] = ()) -> pl.DataFrame:
    """Returns one row a provider, payer and year: the contract that the model settles with.

    Of pairs with care in the base year, with a contract, or that a scenario settles something between.

    Args:
        region: of the base year.
        last_year: up to which contracts are told.
        settled: provider and payer that a scenario settles something between.
    """
    payers = len(region.payers.ids)
    provider, payer = ({code: place for place, code in enumerate(own.ids)} for own in (region.providers, region.payers))
    brought = np.array([provider[one] * payers + payer[other] for one, other in settled], dtype=np.int64)
    with_care = region.cells.provider * payers + region.cells.payer
    pairs = np.unique(np.concatenate([with_care, region.contracts.pair, brought]))
    years = np.arange(region.base_year, max(last_year, region.base_year) + 1)
    terms, delivered = region.contracts.terms(pairs, years), region.contracts.delivered(pairs, years)
    figures = {
        "form": [NAMES[form] for form in terms.form.reshape(-1).tolist()],
        "delivered": delivered.reshape(-1).tolist(),
        "in_term": (terms.in_term & delivered).reshape(-1).tolist(),
        "agreed_amount_eur": np.where(delivered, terms.amount, np.nan).reshape(-1),
        "half_width": terms.half_width.reshape(-1),
        "rate_over": terms.rate_over.reshape(-1),
        "rate_under": terms.rate_under.reshape(-1),
        "renewal_pass_through": terms.pass_through.reshape(-1),
    }
    keys = {
        "provider": each([region.providers.ids[pair // payers] for pair in pairs.tolist()], years.size),
        "payer": each([region.payers.ids[pair % payers] for pair in pairs.tolist()], years.size),
        "year": np.tile(years, pairs.size),
    }
    return pl.DataFrame({**keys, **figures}).with_columns(pl.col("agreed_amount_eur").fill_nan(None))
