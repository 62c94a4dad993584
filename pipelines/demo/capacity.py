"""Hands, beds and rooms of the demonstration region: what there is, what is used, what a unit of care takes, who waits.

Norms: beds 85 % [G], operating rooms 80 to 85 % [G], 56 % of a GP's time is direct [V:S63], 59 hours a week per GP
FTE [V:S62], hospital staff 1,878 hours gross and about 1,550 productive [G] (data/resources.csv). What a unit of care
takes, and all capacities, are assumptions [A].
"""

from typing import cast

import numpy as np
import polars as pl

from pipelines.demo import care, providers
from pipelines.demo.assumptions import assumed
from pipelines.demo.streams import stream
from pipelines.demo.volumes import BASE_YEAR, PERIODS, SEASON, HospitalUnits

GP_HOURS_PER_FTE = 2_700.0  # 59 hours a week [V:S62] in 46 weeks [A]
PRODUCTIVE_HOURS_PER_FTE = 1_550.0
PATIENTS_PER_GP_FTE = 2_095.0  # norm practice [G]
PRACTICE_NURSE_FTE_PER_1000 = 0.30  # [A]
ASSISTANT_FTE_PER_1000 = 0.58  # [A]

HOSPITAL_RESOURCES = ("bed_days", "operating_room_hours", "clinic_hours", "specialist_hours", "nurse_hours")
HOURS_OF = {
    "bed_days": "bed_days",
    "operating_room_hours": "operation_hours",
    "clinic_hours": "clinic_hours",
    "specialist_hours": "specialist_hours",
    "nurse_hours": "nurse_hours",
}
# Used against available over the year, per hospital, in the order of HOSPITAL_RESOURCES [A]
OCCUPANCY = {
    providers.UNIVERSITY: (0.85, 0.83, 0.88, 0.91, 0.92),
    providers.HAVENLICHT: (0.88, 0.84, 0.89, 0.91, 0.92),
    providers.KLUTENVEER: (0.84, 0.80, 0.87, 0.90, 0.91),
    providers.STERNENHOOFD: (0.82, 0.79, 0.88, 0.89, 0.90),
    providers.REIGERSMONDE: (0.80, 0.77, 0.85, 0.88, 0.91),
    providers.SCHORRENLAND: (0.76, 0.75, 0.81, 0.86, 0.89),
    providers.EYE_HOSPITAL: (0.75, 0.77, 0.87, 0.89, 0.88),
    providers.EYE_CLINIC: (0.75, 0.76, 0.80, 0.84, 0.83),
    providers.ORTHOPAEDIC_CLINIC: (0.75, 0.77, 0.79, 0.83, 0.84),
}
UNIVERSITY_SPECIALIST_FACTOR = 1.20  # training and research stretch a visit
CLINIC_FACTOR = 0.90  # an independent treatment centre works in fixed lanes

CAPACITY_COLUMNS = (*("provider_id", "period", "resource", "available", "used", "target_utilisation", "vacancies_fte"),)


def resources() -> pl.DataFrame:
    """Returns one row a resource, in the columns of the dataset `resources`."""
    return assumed("resources")


def resource_use() -> pl.DataFrame:
    """Returns the dataset `resource_use`: visits by specialism, heavier products by product, a few by kind of provider.

    The most specific row wins (care before who), so a visit takes its specialism's mean unless its product has a row.
    """
    frame = care.catalogue().frame
    long = (
        frame.select("care_product", "specialism", "form", *(pl.col(v).alias(k) for k, v in HOURS_OF.items()))
        .unpivot(index=["care_product", "specialism", "form"], variable_name="resource", value_name="amount_per_unit")
        .filter(pl.col("amount_per_unit") > 0)
    )
    visits = pl.col("form").is_in(["light", "standard"])
    by_product = long.filter(~visits).with_columns(provider_kind=pl.lit(None, dtype=pl.String))
    means = _visit_means()
    nobody = pl.lit(None, dtype=pl.String)
    by_specialism = means.with_columns(care_product=nobody, provider_kind=nobody)
    university = by_specialism.filter(resource="specialist_hours").with_columns(
        provider_kind=pl.lit("university_hospital"),
        amount_per_unit=pl.col("amount_per_unit") * UNIVERSITY_SPECIALIST_FACTOR,
    )
    clinics = by_specialism.filter(
        (pl.col("resource") == "clinic_hours") & pl.col("specialism").is_in(["0301", "0305"])
    )
    clinics = clinics.with_columns(
        provider_kind=pl.lit("independent_treatment_centre"), amount_per_unit=pl.col("amount_per_unit") * CLINIC_FACTOR
    )
    columns = ["provider_kind", "provider_id", "specialism", "care_product", "resource", "amount_per_unit"]
    parts = [by_specialism, university, clinics, by_product, _first_line_use()]
    return pl.concat(
        [
            part.with_columns(provider_id=nobody, amount_per_unit=pl.col("amount_per_unit").round(3)).select(columns)
            for part in parts
        ]
    )


def _visit_means() -> pl.DataFrame:
    """Returns what a visit takes on average per specialism: one row a specialism and resource."""
    catalogue = care.catalogue()
    visits = catalogue.frame.with_columns(share=pl.Series(catalogue.share)).filter(
        pl.col("form").is_in(["light", "standard"])
    )
    wanted = ["clinic_hours", "specialist_hours", "nurse_hours"]
    return (
        visits.group_by("specialism", maintain_order=True)
        .agg((pl.col(wanted) * pl.col("share")).sum() / pl.col("share").sum())
        .unpivot(index="specialism", variable_name="resource", value_name="amount_per_unit")
    )


def _first_line_use() -> pl.DataFrame:
    """Returns what a laboratory test, a GP contact and an hour of maternity care take (working hours, not direct)."""
    columns = ["care_product", "specialism", "resource", "amount_per_unit"]
    return care.first_line().select(columns).with_columns(provider_kind=pl.lit(None, dtype=pl.String))


def use_per_unit() -> np.ndarray:
    """Returns what a unit takes [hospital, product, resource], by the rows of `resource_use`."""
    frame = care.catalogue().frame
    means = _visit_means().pivot(on="resource", index="specialism")
    visit = frame.select("specialism").join(means, on="specialism", maintain_order="left")
    heavy = ~frame["form"].is_in(["light", "standard"]).to_numpy()
    own = np.stack([frame[HOURS_OF[name]].to_numpy() for name in HOSPITAL_RESOURCES], axis=1)
    mean = np.stack(
        [visit[name].to_numpy() if name in visit.columns else np.zeros(len(own)) for name in HOSPITAL_RESOURCES], axis=1
    )
    use = np.repeat(np.where(heavy[:, None], own, mean)[None], len(providers.HOSPITALS), axis=0)
    kinds = np.array([hospital.kind for hospital in providers.HOSPITALS])
    specialist, clinic = HOSPITAL_RESOURCES.index("specialist_hours"), HOSPITAL_RESOURCES.index("clinic_hours")
    lanes = ~heavy & frame["specialism"].is_in(["0301", "0305"]).to_numpy()
    factor = np.ones_like(use)
    factor[np.ix_(kinds == "university_hospital", ~heavy, np.array([specialist]))] = UNIVERSITY_SPECIALIST_FACTOR
    factor[np.ix_(kinds == "independent_treatment_centre", lanes, np.array([clinic]))] = CLINIC_FACTOR
    return cast("np.ndarray", use * factor)


def hospital_capacity(units: HospitalUnits, *, seed: int) -> pl.DataFrame:
    """Returns the dataset `capacity` of the hospitals: one row a provider, period and resource."""
    rng = stream(seed, "capacity")
    needed = np.einsum("hqst,hsr->htr", units.units, use_per_unit())
    calibration = rng.uniform(0.92, 1.09, size=(len(providers.HOSPITALS), 1, len(HOSPITAL_RESOURCES)))
    used = needed * calibration * rng.uniform(0.99, 1.01, size=needed.shape)
    occupancy = np.array([OCCUPANCY[hospital.provider_id] for hospital in providers.HOSPITALS])
    of_year = np.array([period.startswith(str(BASE_YEAR)) for period in PERIODS])
    quarter = used[:, of_year].sum(axis=1) / occupancy / of_year.sum()
    season = np.array([1.01, 1.005, 0.975, 1.01])[[int(period[-1]) - 1 for period in PERIODS]]
    available = quarter[:, None, :] * season[None, :, None] * np.where(of_year, 1.0, 0.995)[None, :, None]
    staff = np.array([name.endswith(("specialist_hours", "nurse_hours")) for name in HOSPITAL_RESOURCES])
    vacancies = available * 4 / PRODUCTIVE_HOURS_PER_FTE * rng.uniform(0.02, 0.06, size=available.shape)
    grid = _grid([hospital.provider_id for hospital in providers.HOSPITALS], HOSPITAL_RESOURCES)
    frame = grid.with_columns(
        available=pl.Series(available.ravel()).round(1),
        used=pl.Series(used.ravel()).round(1),
        target_utilisation=_own_targets(),
        vacancies_fte=pl.Series(np.where(staff, vacancies, np.nan).ravel()).round(1).fill_nan(None),
    )
    return frame.filter(pl.col("used") > 0).select(CAPACITY_COLUMNS)


def _own_targets() -> pl.Expr:
    """Returns the few norms that differ from the region's: small wards need a lower one [G]."""
    small = pl.col("provider_id").is_in([providers.SCHORRENLAND, providers.REIGERSMONDE])
    return pl.when(small & (pl.col("resource") == "bed_days")).then(0.82).otherwise(None)


def _grid(identifiers: list[str], names: tuple[str, ...]) -> pl.DataFrame:
    """Returns one row a provider, period and resource, in this order."""
    grid = pl.DataFrame({"provider_id": identifiers})
    for column, values in (("period", list(PERIODS)), ("resource", list(names))):
        grid = grid.join(pl.DataFrame({column: values}), how="cross", maintain_order="left_right")
    return grid


GP_RESOURCES = ("gp_hours", "practice_nurse_hours", "assistant_hours")


def gp_capacity(*, seed: int) -> pl.DataFrame:
    """Returns the dataset `capacity` of the GP organisations: use stands at 93 to 103 % of the usable GP hours."""
    rng = stream(seed, "gp capacity")
    organisation = providers.gp_organisations()
    patients = organisation["patients"].to_numpy().astype(float)
    yearly = np.array(
        [
            GP_HOURS_PER_FTE / PATIENTS_PER_GP_FTE,
            PRACTICE_NURSE_FTE_PER_1000 * PRODUCTIVE_HOURS_PER_FTE / 1000,
            ASSISTANT_FTE_PER_1000 * PRODUCTIVE_HOURS_PER_FTE / 1000,
        ]
    )
    share = _quarter_path(growth=0.011)
    used = patients[:, None, None] * share[None, :, None] * yearly * rng.uniform(0.94, 1.06, size=(len(patients), 1, 3))
    tight = np.stack(
        [rng.uniform(low, high, size=len(patients)) for low, high in ((0.93, 1.03), (0.93, 1.02), (0.89, 0.99))], axis=1
    )
    norms = dict(resources().select("resource", "target_utilisation").iter_rows())
    target = np.array([norms[name] for name in GP_RESOURCES])
    of_year = np.array([period.startswith(str(BASE_YEAR)) for period in PERIODS])
    available = (used[:, of_year].sum(axis=1) / tight / target / of_year.sum())[:, None, :] * np.ones(
        (1, len(PERIODS), 1)
    )
    hours = np.array([GP_HOURS_PER_FTE, PRODUCTIVE_HOURS_PER_FTE, PRODUCTIVE_HOURS_PER_FTE])
    vacancies = available * 4 / hours * rng.uniform(0.0, 0.09, size=available.shape)
    return (
        _grid(organisation["provider_id"].to_list(), GP_RESOURCES)
        .with_columns(
            available=pl.Series(available.ravel()).round(0),
            used=pl.Series(used.ravel()).round(0),
            target_utilisation=pl.lit(None, dtype=pl.Float64),
            vacancies_fte=pl.Series(vacancies.ravel()).round(1),
        )
        .select(CAPACITY_COLUMNS)
    )


def _quarter_path(*, growth: float) -> np.ndarray:
    """Returns the share of a base year's use that falls in each period."""
    return np.array([SEASON[int(period[-1]) - 1] * (1 + growth) ** (int(period[:4]) - BASE_YEAR) for period in PERIODS])


# Available a year, use against it, own norm: beds and nurses in elderly care, the out-of-hours post [A]
OTHER_CAPACITY = (
    (providers.OUT_OF_HOURS, "gp_hours", 112_000.0, 0.93, None),
    (providers.OUT_OF_HOURS, "assistant_hours", 168_000.0, 0.92, None),
    (providers.ELDERLY_CARE, "bed_days", 164_000.0, 0.92, 0.95),
    (providers.ELDERLY_CARE, "nurse_hours", 1_935_000.0, 0.91, None),
)
OTHER_COLUMNS = ["provider_id", "resource", "yearly", "occupancy", "target_utilisation"]


def other_capacity(volume: pl.DataFrame) -> pl.DataFrame:
    """Returns the dataset `capacity` of the providers beside hospitals and GP organisations."""
    path = pl.DataFrame({"period": PERIODS, "path": _quarter_path(growth=0.012)})
    rows = pl.DataFrame(OTHER_CAPACITY, schema=OTHER_COLUMNS, orient="row")
    fixed = rows.join(path, how="cross", maintain_order="left_right").with_columns(
        available=pl.col("yearly") / 4, used=pl.col("yearly") * pl.col("occupancy") * pl.col("path")
    )
    counted = [
        _following(volume, provider_id=providers.LABORATORY, resource="lab_tests", per_unit=1.03, occupancy=0.78),
        _following(
            volume, provider_id=providers.SECOND_LABORATORY, resource="lab_tests", per_unit=1.05, occupancy=0.62
        ),
        _following(volume, provider_id=providers.MATERNITY_CARE, resource="nurse_hours", per_unit=1.17, occupancy=0.90),
    ]
    columns = ["provider_id", "period", "resource", "available", "used", "target_utilisation"]
    both = pl.concat([fixed.select(columns), *(frame.select(columns) for frame in counted)])
    vacancies = pl.lit(None, dtype=pl.Float64)
    return both.with_columns(pl.col("available", "used").round(0), vacancies_fte=vacancies).select(CAPACITY_COLUMNS)


def _following(
    volume: pl.DataFrame, *, provider_id: str, resource: str, per_unit: float, occupancy: float
) -> pl.DataFrame:
    """Returns the capacity of a provider whose use follows its units."""
    used = (
        volume.filter(provider_id=provider_id)
        .group_by("period")
        .agg((pl.col("units").sum() * per_unit).alias("used"))
        .sort("period")
    )
    of_year = pl.col("used").filter(pl.col("period").str.starts_with(str(BASE_YEAR))).mean()
    return used.with_columns(
        provider_id=pl.lit(provider_id),
        resource=pl.lit(resource),
        available=of_year / occupancy,
        target_utilisation=pl.lit(None, dtype=pl.Float64),
    )


def waiting_list(units: HospitalUnits, *, seed: int) -> pl.DataFrame:
    """Returns the dataset `waiting_list`: one row a hospital, period and specialism that it delivers.

    Days lie around the norm of 28 for a first visit [V:S67], by specialism as assumed [A].
    """
    rng = stream(seed, "waiting list")
    specialism = care.catalogue().frame["specialism"].to_numpy()
    codes = care.specialism_codes()
    member = (specialism[:, None] == np.array(codes)[None, :]).astype(float)
    count = np.einsum("hqst,sk->htk", units.units, member)
    own = rng.uniform(0.7, 1.3, size=(len(providers.HOSPITALS), 1, len(codes)))
    days = care.specialisms()["wait_days"].to_numpy() * own * rng.uniform(0.94, 1.06, size=count.shape)
    first_visits = 0.28  # of the subtrajecten starts with a new referral [A]
    waiting = count * first_visits * days / 91.0
    grid = _grid([hospital.provider_id for hospital in providers.HOSPITALS], tuple(codes)).rename(
        {"resource": "specialism"}
    )
    return grid.with_columns(
        patients_waiting=pl.Series(np.rint(waiting).ravel().astype(np.int64)),
        wait_days=pl.Series(np.rint(days).ravel().astype(np.int64)),
    ).filter(pl.col("patients_waiting") > 0)


def volume_norms() -> pl.DataFrame:
    """Returns the dataset `volume_norms`: one row a norm and care product that counts for it."""
    product = care.catalogue().frame.select("key", "specialism", "care_product").drop_nulls("key")
    norms = assumed("norms").join(product, on="key", how="left", maintain_order="left")
    return norms.select("norm", "name", "specialism", "care_product", "minimum_units", "source")
