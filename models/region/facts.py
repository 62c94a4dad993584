"""The base year's facts out of the delivered tables (section 1).

Flows are summed over the year and annualised per provider and table where quarters are missing; stocks are those of the
provider's last period. Everything that was annualised or chosen is flagged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from models.region.codes import Flag
from models.region.succession import (
    DELIVERED_BY,
    Delivered,
    last_quarters,
    quarters_expected,
    renamed,
    successors,
    year_factors,
)

DELIVERIES = ("volume", "revenue", "capacity", "waiting_list")
"""What is delivered per period: it counts as the successor's where a provider merged into another."""
SUCCESSION = ("provider_id", "successor_id")
TERMS = ("provider", "contract", "unit_cost", "cost_structure", "resource_use")
"""What holds of a provider as it is: of a code that merged it does not count."""

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
        merged: by code that is no more, the provider that it counts as.
    """

    tables: dict[str, pl.DataFrame]
    flags: list[Flag] = field(default_factory=list)
    merged: dict[str, str] = field(default_factory=dict)


def base_year_facts(tables: Mapping[str, pl.DataFrame], *, base_year: int) -> Facts:
    """Returns the facts of the base year.

    Args:
        tables: published fact tables by name, with their contract's columns; absent ones count as empty.
        base_year: calendar year.
    """
    facts = Facts({name: _shaped(tables.get(name), columns) for name, columns in COLUMNS.items()})
    for name in ("volume", "revenue", "capacity", "waiting_list"):
        _flag_carried(facts, name, tables.get(name), base_year=base_year)
    register = facts.tables["provider"]
    _succeed(facts, base_year=base_year)
    volume = _flow(facts, "volume", register, base_year=base_year)
    revenue = _flow(facts, "revenue", register, base_year=base_year)
    capacity = _flow(facts, "capacity", register, base_year=base_year)
    facts.tables |= {
        "volume": _summed_volume(volume),
        "revenue": _summed_revenue(revenue),
        "capacity": _summed_capacity(capacity),
        "waiting_list": _last_stock(facts.tables["waiting_list"], base_year=base_year),
    }
    return facts


def _succeed(facts: Facts, *, base_year: int) -> None:
    """Puts deliveries under the codes of today; terms and costs of a code that merged do not count, its successor's do.

    Notes in `facts.merged` who merged into whom, and flags it.
    """
    facts.merged.update(successors(facts.tables["provider"], base_year=base_year))
    for name in DELIVERIES:
        facts.tables[name] = renamed(facts.tables[name], facts.merged)
    for name in TERMS:
        old = pl.col("provider_id").is_in(list(facts.merged)).fill_null(value=False)
        facts.tables[name] = facts.tables[name].filter(~old)
    for old_code, code in facts.merged.items():
        facts.flags.append(
            Flag(
                "provider", code, "counts_what_merged_into_it",
                f"Wat onder {old_code} is aangeleverd, telt als van {code}: de twee zijn gefuseerd.",
                f"What was delivered under {old_code} counts as {code}'s: the two merged.",
            )
        )  # fmt: skip


def _shaped(table: pl.DataFrame | None, columns: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """Returns the table with just these columns, an absent one empty."""
    if table is None:
        return pl.DataFrame(schema=dict(columns))
    return table.select(
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in columns.items()
    )


def _flow(facts: Facts, name: str, register: pl.DataFrame, *, base_year: int) -> pl.DataFrame:
    """Returns the year's rows of a flow table with `factor`, which makes a provider's delivered quarters a year."""
    last = last_quarters(register, base_year=base_year)
    year = (
        facts.tables[name]
        .filter(pl.col("period").str.slice(0, 4) == str(base_year))
        .with_columns(quarterly=pl.col("period").str.len_chars() > 4)
    )
    codes = year.group_by(DELIVERED_BY, maintain_order=True).agg(
        pl.col("provider_id").first(),
        quarters=pl.col("period").filter("quarterly").str.slice(5, 1).cast(pl.Int64).unique(),
        yearly=(~pl.col("quarterly")).any(),
    )
    into = dict(register.filter(pl.col("provider_id").is_in(list(facts.merged))).select(*SUCCESSION).iter_rows())
    delivered = {
        code: Delivered(provider, into.get(code, code), frozenset(quarters), yearly)
        for code, provider, quarters, yearly in codes.iter_rows()
    }
    expected, factors = quarters_expected(delivered, last), year_factors(delivered, last)
    for code, own in delivered.items():
        quarters, of = len(own.quarters), len(expected[code])
        _flag_periods(facts, name, code, quarters=quarters, of=of, yearly=own.yearly)
    factor = pl.DataFrame(
        {DELIVERED_BY: list(factors), "factor": list(factors.values())},
        schema={DELIVERED_BY: pl.String, "factor": pl.Float64},
    )
    both = codes.select(DELIVERED_BY, "yearly").join(factor, on=DELIVERED_BY, nulls_equal=True)
    joined = year.join(both, on=DELIVERED_BY, nulls_equal=True, maintain_order="left")
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


def _flag_periods(facts: Facts, name: str, provider: str, *, quarters: int, of: int, yearly: bool) -> None:
    if yearly and quarters:
        facts.flags.append(
            Flag(
                "provider", provider, f"{name}_year_and_quarters",
                f"{name}: zowel een heel jaar als {quarters} kwartalen aangeleverd; het jaarcijfer telt.",
                f"{name}: both a whole year and {quarters} quarters were delivered; the yearly figures count.",
                float(quarters),
            )
        )  # fmt: skip
    elif not yearly and quarters < of:
        facts.flags.append(
            Flag(
                "provider", provider, f"{name}_annualised",
                f"{name}: {quarters} van {of} kwartalen aangeleverd; omgerekend naar een heel jaar.",
                f"{name}: {quarters} of {of} quarters were delivered; scaled up to a whole year.",
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
