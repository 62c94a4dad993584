"""The base year's facts out of the delivered tables (section 1).

Flows are summed over the year and annualised per provider and table where quarters are missing; stocks are those of the
provider's last period. Everything that was annualised or chosen is flagged.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from data_contracts.release import release_table
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
from models.tables import Schema, schema_of

_DUTCH = {"volume": "volume", "revenue": "omzet", "capacity": "capaciteit", "waiting_list": "wachtlijst"}
DELIVERIES = ("volume", "revenue", "capacity", "waiting_list")
"""What is delivered per period: it counts as the successor's where a provider merged into another."""
CALENDAR_YEAR = "calendar year"
"""The unit of what is a date, not a figure."""
SUCCESSION = ("provider_id", "successor_id")
FLOWS = ("volume", "revenue", "capacity")
"""What adds up over the periods of a year."""
PARTS: dict[str, type[pl.DataType]] = {
    DELIVERED_BY: pl.String,
    "provider_id": pl.String,
    "quarters": pl.Int64,
    "expected": pl.Int64,
    "yearly": pl.Boolean,
    "factor": pl.Float64,
}
"""What `year_parts` returns."""
TERMS = ("provider", "contract", "unit_cost", "cost_structure", "resource_use")
"""What holds of a provider as it is: of a code that merged it does not count."""


def _figures(table: str, *columns: str) -> Schema:
    """Returns the columns of a fact table as the model computes with them: what is counted is a number like others."""
    declared = release_table(table)
    counted = {name for name in columns if declared.column(name).unit not in (None, CALENDAR_YEAR)}
    kinds = schema_of(table, *columns)
    return {name: pl.Float64 if name in counted else kind for name, kind in kinds.items()}


COLUMNS: dict[str, Schema] = {
    table: _figures(table, *columns.split())
    for table, columns in {
        "provider": (
            "provider_id name kind latitude longitude annual_revenue_eur annual_margin_eur until successor_id"
        ),
        "payer": "payer_id name kind annual_revenue_eur",
        "area": "area latitude longitude",
        "resource": "resource name is_staff hours_per_fte target_utilisation direct_share step",
        "volume": "provider_id period payer_id specialism diagnosis care_product area units",
        "revenue": "provider_id period payer_id care_product units revenue_eur",
        "contract": (
            "provider_id payer_id valid_from valid_to form agreed_amount_eur agreed_growth half_width "
            "rate_over rate_under renewal_pass_through"
        ),
        "capacity": "provider_id period resource available used target_utilisation",
        "resource_use": "provider_kind provider_id specialism care_product resource amount_per_unit",
        "cost_structure": (
            "provider_kind provider_id specialism cost_ratio variable_share semi_fixed_share fixed_share run_off_years"
        ),
        "unit_cost": "provider_id care_product unit_cost_eur",
        "waiting_list": "provider_id period specialism patients_waiting",
        "volume_norm": "norm name specialism care_product minimum_units",
        "care_product": "care_product reference_price_eur",
        "regional_spending": "area year age_class sex care_type insured_years cost_eur",
        "population": "area year age_class inhabitants",
    }.items()
}
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
    facts = Facts({name: shaped(tables.get(name), columns) for name, columns in COLUMNS.items()})
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
        "capacity": summed_capacity(capacity),
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


def shaped(table: pl.DataFrame | None, columns: Schema) -> pl.DataFrame:
    """Returns the table with just these columns, an absent one empty."""
    if table is None:
        return pl.DataFrame(schema=dict(columns))
    return table.select(
        (pl.col(name) if name in table.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in columns.items()
    )


def _flow(facts: Facts, name: str, register: pl.DataFrame, *, base_year: int) -> pl.DataFrame:
    """Returns the year's rows of a flow table with `factor`, which makes a provider's delivered quarters a year."""
    year = of_year(facts.tables[name], base_year)
    parts = year_parts(year, register, facts.merged, year=base_year)
    for part in parts.iter_rows(named=True):
        _flag_periods(
            facts, name, part[DELIVERED_BY], quarters=part["quarters"], of=part["expected"], yearly=part["yearly"]
        )
    both = parts.select(DELIVERED_BY, "yearly", "factor")
    joined = year.join(both, on=DELIVERED_BY, nulls_equal=True, maintain_order="left")
    return joined.filter(~(pl.col("yearly") & pl.col("quarterly")))


def of_year(flow: pl.DataFrame, year: int) -> pl.DataFrame:
    """Returns the rows of a calendar year, and of each whether it is of a quarter."""
    rows = flow.filter(pl.col("period").str.slice(0, 4) == str(year))
    return rows.with_columns(quarterly=pl.col("period").str.len_chars() > 4)


def year_parts(rows: pl.DataFrame, register: pl.DataFrame, merged: Mapping[str, str], *, year: int) -> pl.DataFrame:
    """Returns one row a code that delivered in a year: how much of the year that was, and what makes a year of it.

    Args:
        rows: of one flow table and one year, as `of_year` gives them, under today's codes (`succession.renamed`).
        register: of providers.
        merged: by old code, the provider that it counts as.
        year: calendar year.

    Returns:
        `delivered_by`, `provider_id` (as whom it counts), `quarters` (delivered), `expected` (quarters in which it
        delivered care of its own), `yearly` (delivered as one year), `factor` (times the rows: the year's figure).
    """
    codes = rows.group_by(DELIVERED_BY, maintain_order=True).agg(
        pl.col("provider_id").first(),
        quarters=pl.col("period").filter("quarterly").str.slice(5, 1).cast(pl.Int64).unique(),
        yearly=(~pl.col("quarterly")).any(),
    )
    into = dict(register.filter(pl.col("provider_id").is_in(list(merged))).select(*SUCCESSION).iter_rows())
    delivered = {
        code: Delivered(provider, into.get(code, code), frozenset(quarters), yearly)
        for code, provider, quarters, yearly in codes.iter_rows()
    }
    last = last_quarters(register, base_year=year)
    expected, factors = quarters_expected(delivered, last), year_factors(delivered, last)
    parts = [
        (code, own.provider, len(own.quarters), len(expected[code]), own.yearly, factors[code])
        for code, own in delivered.items()
    ]
    return pl.DataFrame(parts, schema=PARTS, orient="row")


def _flag_carried(facts: Facts, name: str, table: pl.DataFrame | None, *, base_year: int) -> None:
    """Flags every provider of which an earlier period stands in for one that was not delivered."""
    if table is None or "carried_from" not in table.columns:
        return
    dutch = _DUTCH[name]
    carried = table.drop_nulls("carried_from").filter(pl.col("period").str.head(4) == str(base_year))
    pairs = carried.group_by("provider_id", "period", "carried_from").agg().sort("provider_id", "period")
    for provider, rows in pairs.group_by("provider_id", maintain_order=True):
        stand_ins = ", ".join(f"{period} < {earlier}" for _, period, earlier in rows.iter_rows())
        facts.flags.append(
            Flag(
                "provider", str(provider[0]), f"{name}_carried_forward",
                f"{dutch}: niet aangeleverd; een eerdere periode staat ervoor in de plaats ({stand_ins}).",
                f"{name}: not delivered; an earlier period stands in ({stand_ins}).",
                float(rows.height),
            )
        )  # fmt: skip


def _flag_periods(facts: Facts, name: str, provider: str, *, quarters: int, of: int, yearly: bool) -> None:
    dutch = _DUTCH[name]
    if yearly and quarters:
        facts.flags.append(
            Flag(
                "provider", provider, f"{name}_year_and_quarters",
                f"{dutch}: zowel een heel jaar als {quarters} kwartalen aangeleverd; het jaarcijfer telt.",
                f"{name}: both a whole year and {quarters} quarters were delivered; the yearly figures count.",
                float(quarters),
            )
        )  # fmt: skip
    elif not yearly and quarters < of:
        facts.flags.append(
            Flag(
                "provider", provider, f"{name}_annualised",
                f"{dutch}: {quarters} van {of} kwartalen aangeleverd; omgerekend naar een heel jaar.",
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


def summed_capacity(capacity: pl.DataFrame) -> pl.DataFrame:
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
