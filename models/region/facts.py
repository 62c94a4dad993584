"""The base year's facts out of the delivered tables (section 1).

Flows are summed over the year and annualised per provider and table where quarters are missing; stocks are those of the
provider's last period. Everything that was annualised or chosen is flagged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from models.region.codes import Flag

QUARTERS = 4

COLUMNS: dict[str, dict[str, type[pl.DataType]]] = {
    "provider": {
        "provider_id": pl.String, "name": pl.String, "kind": pl.String, "latitude": pl.Float64, "longitude": pl.Float64,
        "annual_revenue_eur": pl.Float64, "annual_margin_eur": pl.Float64, "until": pl.Date, "successor_id": pl.String,
    },
    "payer": {"payer_id": pl.String, "name": pl.String, "kind": pl.String, "annual_revenue_eur": pl.Float64},
    "area": {"area": pl.String, "latitude": pl.Float64, "longitude": pl.Float64},
    "resource": {
        "resource": pl.String, "name": pl.String, "is_staff": pl.Boolean, "hours_per_fte": pl.Float64,
        "target_utilisation": pl.Float64, "direct_share": pl.Float64, "step": pl.Float64,
    },
    "volume": {
        "provider_id": pl.String, "period": pl.String, "payer_id": pl.String, "specialism": pl.String,
        "diagnosis": pl.String, "care_product": pl.String, "area": pl.String, "units": pl.Float64,
    },
    "revenue": {
        "provider_id": pl.String, "period": pl.String, "payer_id": pl.String, "care_product": pl.String,
        "units": pl.Float64, "revenue_eur": pl.Float64,
    },
    "contract": {
        "provider_id": pl.String, "payer_id": pl.String, "valid_from": pl.Int64, "valid_to": pl.Int64,
        "form": pl.String, "agreed_amount_eur": pl.Float64, "agreed_growth": pl.Float64, "half_width": pl.Float64,
        "rate_over": pl.Float64, "rate_under": pl.Float64, "renewal_pass_through": pl.Float64,
    },
    "capacity": {
        "provider_id": pl.String, "period": pl.String, "resource": pl.String, "available": pl.Float64,
        "used": pl.Float64, "target_utilisation": pl.Float64,
    },
    "resource_use": {
        "provider_kind": pl.String, "provider_id": pl.String, "specialism": pl.String, "care_product": pl.String,
        "resource": pl.String, "amount_per_unit": pl.Float64,
    },
    "cost_structure": {
        "provider_kind": pl.String, "provider_id": pl.String, "specialism": pl.String, "cost_ratio": pl.Float64,
        "variable_share": pl.Float64, "semi_fixed_share": pl.Float64, "fixed_share": pl.Float64,
        "run_off_years": pl.Float64,
    },
    "unit_cost": {"provider_id": pl.String, "care_product": pl.String, "unit_cost_eur": pl.Float64},
    "waiting_list": {
        "provider_id": pl.String, "period": pl.String, "specialism": pl.String, "patients_waiting": pl.Float64,
    },
    "volume_norm": {
        "norm": pl.String, "name": pl.String, "specialism": pl.String, "care_product": pl.String,
        "minimum_units": pl.Float64,
    },
    "care_product": {"care_product": pl.String, "reference_price_eur": pl.Float64},
    "regional_spending": {
        "area": pl.String, "year": pl.Int64, "age_class": pl.String, "sex": pl.String, "care_type": pl.String,
        "insured_years": pl.Float64, "cost_eur": pl.Float64,
    },
    "population": {"area": pl.String, "year": pl.Int64, "age_class": pl.String, "inhabitants": pl.Float64},
}  # fmt: skip
"""The columns that the model needs of each published fact table; a missing table or column is as good as empty."""


@dataclass
class Facts:
    """The base year's tables, ready to be numbered, and the flags raised on the way.

    Attributes:
        tables: by published name; `volume`, `revenue`, `capacity` one row a key with yearly figures, `waiting_list` one
            row a provider and specialism.
        flags: what a reader of the results must know.
    """

    tables: dict[str, pl.DataFrame]
    flags: list[Flag] = field(default_factory=list)


def base_year_facts(tables: Mapping[str, pl.DataFrame], *, base_year: int) -> Facts:
    """Returns the facts of the base year.

    Args:
        tables: published fact tables by name, with their contract's columns; absent ones count as empty.
        base_year: calendar year.
    """
    facts = Facts({name: _shaped(tables.get(name), columns) for name, columns in COLUMNS.items()})
    for name in ("volume", "revenue", "capacity", "waiting_list"):
        _flag_carried(facts, name, tables.get(name), base_year=base_year)
    volume = _flow(facts, "volume", base_year=base_year)
    revenue = _flow(facts, "revenue", base_year=base_year)
    capacity = _flow(facts, "capacity", base_year=base_year)
    facts.tables |= {
        "volume": _summed_volume(volume),
        "revenue": _summed_revenue(revenue),
        "capacity": _summed_capacity(capacity),
        "waiting_list": _last_stock(facts.tables["waiting_list"], base_year=base_year),
    }
    return facts


def _shaped(table: pl.DataFrame | None, columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Returns the table with just these columns, an absent one empty."""
    if table is None:
        return pl.DataFrame(schema=dict(columns))
    return table.select(
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in columns.items()
    )


def _flow(facts: Facts, name: str, *, base_year: int) -> pl.DataFrame:
    """Returns the year's rows of a flow table with `factor`, which makes a provider's delivered quarters a year."""
    year = (
        facts.tables[name]
        .filter(pl.col("period").str.slice(0, 4) == str(base_year))
        .with_columns(quarterly=pl.col("period").str.len_chars() > 4)
    )
    providers = year.group_by("provider_id", maintain_order=True).agg(
        quarters=pl.col("period").filter("quarterly").n_unique(), yearly=(~pl.col("quarterly")).any()
    )
    for provider, quarters, yearly in providers.iter_rows():
        _flag_periods(facts, name, provider, quarters=quarters, yearly=yearly)
    factor = pl.when("yearly").then(1.0).otherwise(QUARTERS / pl.col("quarters"))
    joined = year.join(providers.with_columns(factor=factor), on="provider_id", nulls_equal=True, maintain_order="left")
    return joined.filter(~(pl.col("yearly") & pl.col("quarterly")))


def _flag_carried(facts: Facts, name: str, table: pl.DataFrame | None, *, base_year: int) -> None:
    """Flags every provider of which an earlier period stands in for one that was not delivered."""
    if table is None or "carried_from" not in table.columns:
        return
    carried = table.drop_nulls("carried_from").filter(pl.col("period").str.head(4) == str(base_year))
    pairs = carried.group_by("provider_id", "period", "carried_from").agg().sort("provider_id", "period")
    for provider, rows in pairs.group_by("provider_id", maintain_order=True):
        stand_ins = ", ".join(f"{period} < {earlier}" for _, period, earlier in rows.iter_rows())
        facts.flags.append(
            Flag(
                "provider", str(provider[0]), f"{name}_carried_forward",
                f"{name}: niet aangeleverd; een eerdere periode staat ervoor in de plaats ({stand_ins}).",
                f"{name}: not delivered; an earlier period stands in ({stand_ins}).",
                float(rows.height),
            )
        )  # fmt: skip


def _flag_periods(facts: Facts, name: str, provider: str, *, quarters: int, yearly: bool) -> None:
    if yearly and quarters:
        facts.flags.append(
            Flag(
                "provider", provider, f"{name}_year_and_quarters",
                f"{name}: zowel een heel jaar als {quarters} kwartalen aangeleverd; het jaarcijfer telt.",
                f"{name}: both a whole year and {quarters} quarters were delivered; the yearly figures count.",
                float(quarters),
            )
        )  # fmt: skip
    elif not yearly and quarters < QUARTERS:
        facts.flags.append(
            Flag(
                "provider", provider, f"{name}_annualised",
                f"{name}: {quarters} van 4 kwartalen aangeleverd; omgerekend naar een heel jaar.",
                f"{name}: {quarters} of 4 quarters were delivered; scaled up to a whole year.",
                float(quarters),
            )
        )  # fmt: skip


def _summed_volume(volume: pl.DataFrame) -> pl.DataFrame:
    keys = ["provider_id", "payer_id", "specialism", "diagnosis", "care_product", "area"]
    return volume.group_by(keys, maintain_order=True).agg(units=(pl.col("units") * pl.col("factor")).sum())


def _summed_revenue(revenue: pl.DataFrame) -> pl.DataFrame:
    """Returns per provider, payer and product the revenue, and units and revenue of the rows with both."""
    both = pl.col("units").is_not_null() & pl.col("revenue_eur").is_not_null()
    return revenue.group_by("provider_id", "payer_id", "care_product", maintain_order=True).agg(
        revenue_eur=(pl.col("revenue_eur") * pl.col("factor")).sum(),
        priced_units=(pl.col("units") * pl.col("factor")).filter(both).sum(),
        priced_revenue_eur=(pl.col("revenue_eur") * pl.col("factor")).filter(both).sum(),
    )


def _summed_capacity(capacity: pl.DataFrame) -> pl.DataFrame:
    """Returns per provider and resource what is available and used in the year, and its own target, null if not given.

    A period whose figure is empty while others have one counts as an average period.
    """

    def year_sum(column: str) -> pl.Expr:
        return (
            pl.when(pl.col(column).count() > 0)
            .then((pl.col(column) * pl.col("factor")).sum() * pl.len() / pl.col(column).count())
            .otherwise(None)
        )

    weight = pl.col("available").fill_null(0.0).filter(pl.col("target_utilisation").is_not_null())
    target = pl.col("target_utilisation").drop_nulls()
    weighted = pl.when(weight.sum() > 0).then((target * weight).sum() / weight.sum()).otherwise(target.mean())
    return capacity.group_by("provider_id", "resource", maintain_order=True).agg(
        available=year_sum("available"), used=year_sum("used"), target_utilisation=weighted
    )


def _last_stock(waiting: pl.DataFrame, *, base_year: int) -> pl.DataFrame:
    """Returns the waiting list at each provider's last period; a whole year ends with its fourth quarter."""
    year = waiting.filter(pl.col("period").str.slice(0, 4) == str(base_year)).with_columns(
        moment=pl.when(pl.col("period").str.len_chars() > 4).then("period").otherwise(pl.col("period") + "Q5")
    )
    last = year.filter(pl.col("moment") == pl.col("moment").max().over("provider_id"))
    return last.group_by("provider_id", "specialism", maintain_order=True).agg(pl.col("patients_waiting").sum())
