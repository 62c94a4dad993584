"""How much care is delivered in the demonstration region: units per quarter, payer, care product and patient area.

A hospital's units follow its turnover, its mix of specialisms and its prices; quarters follow a season and a yearly
growth of 1 to 2 %; patients come to a hospital by gravity (inhabitants times a pull that fades with distance). Patients
of one product and payer come in clusters, a few areas a quarter, so that the table stays moderate. [A: all of it]
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl

from pipelines.demo import care, geography, providers
from pipelines.demo.streams import stream

PERIODS = ("2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4")
BASE_YEAR = 2025
SEASON = np.array([0.2575, 0.2515, 0.2355, 0.2555])  # share of a year's units per quarter: a dip in summer
CLUSTERS_PER_ROOT_UNIT = 1.0
FURNESS_ROUNDS = 12

# Against the national mix: pull of a specialism at the kinds of hospital, in the order of care.specialisms
SPECIALISM_PULL = {
    "university_hospital": (0.60, 0.95, 0.55, 0.80, 0.95, 0.90, 1.45, 1.70, 1.10, 1.10, 0.90, 1.40),
    "top_clinical_hospital": (0.85, 1.05, 1.00, 1.05, 1.05, 0.95, 1.00, 1.05, 1.05, 1.10, 1.10, 1.00),
    "general_hospital": (0.95, 1.00, 1.10, 1.05, 1.00, 0.95, 0.95, 0.85, 1.05, 1.00, 1.05, 0.95),
}
# Which specialisms the specialised providers deliver, with the weight of each
SPECIALISED = {
    providers.EYE_HOSPITAL: {"0301": 1.0},
    providers.EYE_CLINIC: {"0301": 0.72, "0310": 0.28},
    providers.ORTHOPAEDIC_CLINIC: {"0305": 1.0},
}
# Pull of the forms of care (in the order of care.FORMS): who sees the heavier patients
FORM_PULL = {
    "university_hospital": (0.85, 1.05, 1.15, 1.25, 1.40),
    "top_clinical_hospital": (1.0, 1.0, 1.0, 1.05, 1.15),
    "general_hospital": (1.05, 1.0, 1.0, 0.92, 0.85),
    "other": (0.85, 1.05, 1.25, 1.30, 1.0),
    "independent_treatment_centre": (1.05, 0.95, 1.35, 0.10, 0.55),
}
FORM_PULL_OF = {providers.EYE_CLINIC: (1.05, 0.95, 1.35, 0.0, 0.0)}  # no bed in the house


@dataclass(frozen=True)
class HospitalUnits:
    """Whole units of DBC care: `units` [hospital, payer, product, period], payers as in `providers.payer_ids`."""

    units: np.ndarray


def product_shares() -> np.ndarray:
    """Returns each hospital's (rows) expected division of its units over the DBC products without a fixed number."""
    frame = care.catalogue().frame
    specialism = _codes(frame["specialism"], care.specialism_codes())
    form = _codes(frame["form"], list(care.FORMS))
    national = care.specialisms()["share"].to_numpy()[specialism] * care.catalogue().share
    pull = np.array([_pull_of(hospital)[specialism] for hospital in providers.HOSPITALS])
    forms = np.array([FORM_PULL_OF.get(h.provider_id, FORM_PULL[h.kind]) for h in providers.HOSPITALS])[:, form]
    weight = national * pull * forms
    return cast("np.ndarray", weight / weight.sum(axis=1, keepdims=True))


def _codes(column: pl.Series, labels: list[str]) -> np.ndarray:
    return column.replace_strict(labels, list(range(len(labels))), return_dtype=pl.Int64).to_numpy()


def _pull_of(hospital: providers.Hospital) -> np.ndarray:
    if hospital.provider_id in SPECIALISED:
        wanted = SPECIALISED[hospital.provider_id]
        share = care.specialisms()["share"].to_numpy()
        return np.array([wanted.get(code, 0.0) for code in care.specialism_codes()]) / share
    return np.array(SPECIALISM_PULL[hospital.kind])


def expected_units(price: np.ndarray) -> np.ndarray:
    """Returns the expected units of the base year [hospital, product], given mean prices [hospital, product].

    The units are scaled so that the production value is `production_share` of the hospital's turnover.
    """
    fixed = care.catalogue().fixed_units
    target = np.array([hospital.annual_revenue_eur * hospital.production_share for hospital in providers.HOSPITALS])
    shares = product_shares()
    scale = (target - (fixed * price).sum(axis=1)) / (shares * price).sum(axis=1)
    return cast("np.ndarray", shares * scale[:, None] + fixed)


def hospital_units(price: np.ndarray, *, seed: int) -> HospitalUnits:
    """Returns whole units of the hospitals for every period, drawn around what is expected at these mean prices."""
    rng = stream(seed, "units")
    base = expected_units(price)
    specialism = _codes(care.catalogue().frame["specialism"], care.specialism_codes())
    growth = rng.uniform(0.010, 0.020, size=len(care.specialism_codes()))[specialism]
    year = np.array([int(period[:4]) for period in PERIODS]) - BASE_YEAR
    quarter = SEASON[np.array([int(period[-1]) - 1 for period in PERIODS])]
    path = quarter * (1 + growth[:, None]) ** year  # [product, period]
    payers = providers.payer_shares(stream(seed, "payer shares"), parties=len(providers.HOSPITALS))
    mean = base[:, None, :, None] * payers[:, :, None, None] * path[None, None]
    return HospitalUnits(rng.poisson(mean))


def hospital_volume(units: HospitalUnits, *, seed: int) -> pl.DataFrame:
    """Returns the dataset `volume` of the hospitals: one row a provider, period, payer, segment and patient area."""
    rng = stream(seed, "origin")
    cell = np.argwhere(units.units > 0)
    count = units.units[units.units > 0]
    clusters = np.clip(np.rint(CLUSTERS_PER_ROOT_UNIT * np.sqrt(count)), 1, count).astype(np.int64)
    owner = np.repeat(np.arange(len(count)), clusters)
    size = _split(count, clusters=clusters, owner=owner, rng=rng)
    hospital, payer, product, period = cell[owner].T
    frame = pl.DataFrame(
        {
            "hospital": hospital,
            "payer": payer,
            "product": product,
            "period": period,
            "diagnosis": _diagnoses(product, rng=rng),
            "area": _origins(hospital, size=size, rng=rng),
            "units": size,
        }
    )
    cells = frame.group_by("hospital", "period", "payer", "product", "diagnosis", "area").agg(pl.col("units").sum())
    ordered = cells.sort("hospital", "period", "payer", "product", "diagnosis", "area")
    patients = ordered["units"].to_numpy() - rng.binomial(ordered["units"].to_numpy() - 1, 0.09)
    return _labelled(ordered.with_columns(patients=pl.Series(patients)))


def _split(count: np.ndarray, *, clusters: np.ndarray, owner: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Splits each count over its clusters, at least one unit each, the remainder by gamma weights."""
    weight = rng.gamma(1.5, size=len(owner))
    total = np.bincount(owner, weights=weight)
    spare = (count - clusters)[owner]
    extra = np.floor(spare * weight / total[owner]).astype(np.int64)
    left = count - clusters - np.bincount(owner, weights=extra).astype(np.int64)
    first = np.concatenate([[0], np.cumsum(clusters)[:-1]])
    size = 1 + extra
    size[first] += left
    return size


def _origins(hospital: np.ndarray, *, size: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Returns an area row per cluster by gravity; -1 for a patient from outside the region."""
    inside = np.cumsum(origin_shares(np.bincount(hospital, weights=size)), axis=1)
    outside = np.array([h.outside_share for h in providers.HOSPITALS])
    draw, leaves = rng.random(len(hospital)), rng.random(len(hospital)) < outside[hospital]
    offset = np.arange(len(inside))[:, None] * 2.0  # each hospital's cumulative shares on a stretch of their own
    found = np.searchsorted((inside + offset).ravel(), draw + hospital * 2.0)
    area = np.clip(found - hospital * inside.shape[1], 0, inside.shape[1] - 1)
    return np.where(leaves, -1, area)


def origin_shares(units: np.ndarray) -> np.ndarray:
    """Returns from which areas (columns) each hospital's (rows) patients of the region come, given its units.

    Inhabitants times a pull that fades with distance, with a factor per area (Furness) so that every area uses about as
    much hospital care per inhabitant as any other.
    """
    place = geography.areas()
    site = pl.DataFrame({"area": [h.area for h in providers.HOSPITALS]}).join(place, on="area", maintain_order="left")
    distance = geography.distance_km(site["latitude"].to_numpy(), site["longitude"].to_numpy())
    decay = np.array([h.decay_km for h in providers.HOSPITALS])
    from_region = units * (1 - np.array([h.outside_share for h in providers.HOSPITALS]))
    inhabitants = place["inhabitants"].to_numpy().astype(float)
    wanted = inhabitants / inhabitants.sum() * from_region.sum()
    flow = inhabitants * np.exp(-distance / decay[:, None])
    for _ in range(FURNESS_ROUNDS):
        flow *= (from_region / flow.sum(axis=1))[:, None]
        flow *= (wanted / flow.sum(axis=0)) ** 0.5
    return cast("np.ndarray", flow / flow.sum(axis=1, keepdims=True))


def _diagnoses(product: np.ndarray, *, rng: np.random.Generator) -> np.ndarray:
    """Returns which of its product's diagnoses each cluster has: the first most often."""
    number = np.array([len(codes) for codes in care.catalogue().diagnosis_codes])[product]
    return np.minimum((number * rng.random(len(product)) ** 1.3).astype(np.int64), number - 1)


def _labelled(cells: pl.DataFrame) -> pl.DataFrame:
    catalogue = care.catalogue()
    codes = pl.Series([list(codes) for codes in catalogue.diagnosis_codes])
    area = pl.when(pl.col("area") >= 0).then(pl.col("area"))
    return cells.with_columns(
        provider_id=_label("hospital", [hospital.provider_id for hospital in providers.HOSPITALS]),
        period=_label("period", list(PERIODS)),
        payer_id=_label("payer", providers.payer_ids()),
        specialism=_label("product", catalogue.frame["specialism"].to_list()),
        diagnosis=pl.lit(codes).gather(pl.col("product")).list.get(pl.col("diagnosis")),
        care_product=_label("product", catalogue.frame["care_product"].to_list()),
        area=pl.lit(geography.areas()["area"]).gather(area),
    ).select(
        *("provider_id", "period", "payer_id", "specialism", "diagnosis", "care_product", "area", "patients", "units")
    )


def _label(column: str, labels: list[str] | list[str | None]) -> pl.Expr:
    return pl.lit(pl.Series(labels, dtype=pl.String)).gather(pl.col(column))


def first_line_volume(*, seed: int) -> pl.DataFrame:
    """Returns the dataset `volume` of laboratories, maternity care and the GP organisations that deliver contacts."""
    rng = stream(seed, "first line")
    place = geography.areas()
    everyone = pl.concat(
        [
            _yearly(place, group=LABORATORY_GROUP, provider=_laboratory()),
            _yearly(place, group=MATERNITY_GROUP, provider=pl.lit(providers.MATERNITY_CARE)),
            _yearly(_gp_places(), group=GP_GROUP, provider=pl.col("provider_id")),
        ]
    )
    path = pl.DataFrame(
        {
            "period": PERIODS,
            "path": [SEASON[int(period[-1]) - 1] * 1.013 ** (int(period[:4]) - BASE_YEAR) for period in PERIODS],
        }
    )
    payers = pl.DataFrame(
        {
            "payer_id": providers.payer_ids(),
            "payer_share": [*(payer.share for payer in providers.PAYERS), providers.UNKNOWN_PAYER_SHARE],
        }
    )
    mean = everyone.join(path, how="cross", maintain_order="left_right").join(
        payers, how="cross", maintain_order="left_right"
    )
    expected = mean["yearly"].to_numpy() * mean["path"].to_numpy() * mean["payer_share"].to_numpy()
    counted = mean.with_columns(units=pl.Series(rng.poisson(expected)), diagnosis=pl.lit(None, dtype=pl.String))
    return counted.filter(pl.col("units") > 0).select(
        *("provider_id", "period", "payer_id", "specialism", "diagnosis", "care_product", "area"),
        pl.lit(None, dtype=pl.Int64).alias("patients"),
        "units",
    )


SECOND_LABORATORY_SERVES = ("Reigersmonde", "Zilverschor", "Lepelaarsdam", "Kwelderhaven")  # municipalities


def _laboratory() -> pl.Expr:
    """Returns the laboratory that works for the GPs of an area."""
    second = pl.col("municipality").is_in(SECOND_LABORATORY_SERVES)
    return pl.when(second).then(pl.lit(providers.SECOND_LABORATORY)).otherwise(pl.lit(providers.LABORATORY))


GP_ORGANISATIONS_WITH_VOLUME = (2, 13, 22, 31)  # rows of providers.gp_organisations
LABORATORY_GROUP, GP_GROUP, MATERNITY_GROUP = "Eerstelijnsdiagnostiek", "Huisartsenzorg", "Kraamzorg"


def _yearly(place: pl.DataFrame, *, group: str, provider: pl.Expr) -> pl.DataFrame:
    """Returns the expected units of the base year of one group of products, by area.

    Units per inhabitant are assumed [A]: some 7.8 tests a year, 0.2 hours of maternity care (8.6 births per 1,000, 42
    hours each, a market share of 58 %), and 5.1 contacts with a GP practice [V:S43].
    """
    rate = care.first_line().filter(group=group)
    return place.join(rate, how="cross", maintain_order="left_right").select(
        provider.alias("provider_id"),
        "specialism",
        "care_product",
        "area",
        (pl.col("inhabitants") * pl.col("units_per_inhabitant")).alias("yearly"),
    )


def _gp_places() -> pl.DataFrame:
    """Returns the areas of the GP organisations that deliver contacts: provider_id, area, inhabitants."""
    return (
        providers.gp_organisations()
        .filter(pl.col("organisation").is_in(GP_ORGANISATIONS_WITH_VOLUME))
        .select("provider_id", pl.col("areas").alias("area"))
        .explode("area")
        .join(geography.areas().select("area", "inhabitants"), on="area", maintain_order="left")
    )
