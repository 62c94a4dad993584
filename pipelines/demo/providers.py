"""Who takes part in the demonstration region: hospitals, GP organisations, other providers and payers, all invented.

Every id has 99 at its third and fourth place, which marks it as invented; the first two digits say the kind of provider
as in a Dutch AGB code (06 hospitals, 01 GPs). Turnover and margin stand at their order of magnitude:
sector margin 1.8 % in 2024 [V:S29], top-clinical about EUR 400 m [V:S28], general about EUR 200 m [V:S26]; the rest is
assumed [A].
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from pipelines.demo import geography

GP_TURNOVER_PER_PATIENT = 224.0  # practice cost of EUR 709,780 over some 3,600 patients in 2022, indexed [A]
GP_MARGIN_SHARE = 0.016  # [A]


@dataclass(frozen=True)
class Hospital:
    """A provider that delivers DBC care: its size, where it stands, and how its care and prices differ."""

    provider_id: str
    key: str
    name: str
    kind: str
    area: str
    annual_revenue_eur: int
    margin_share: float
    production_share: float  # insured DBC production of the modelled specialisms, share of turnover
    price_level: float  # contracted price against the reference price
    decay_km: float  # distance over which its pull on patients falls by a factor e
    outside_share: float  # patients from outside the region: their area is not delivered


@dataclass(frozen=True)
class OtherProvider:
    """A provider that delivers no DBC care."""

    provider_id: str
    name: str
    kind: str
    area: str
    annual_revenue_eur: int
    margin_share: float


@dataclass(frozen=True)
class Payer:
    """A health insurer: its size and its share of the region's insured."""

    payer_id: str
    name: str
    annual_revenue_eur: int
    share: float


UNIVERSITY = "06990101"
HAVENLICHT = "06990102"
KLUTENVEER = "06990103"
STERNENHOOFD = "06990104"
REIGERSMONDE = "06990105"
SCHORRENLAND = "06990106"
EYE_HOSPITAL = "06990107"
EYE_CLINIC = "22990101"
ORTHOPAEDIC_CLINIC = "22990102"
OUT_OF_HOURS = "01990901"
LABORATORY = "50990101"
SECOND_LABORATORY = "50990102"
ELDERLY_CARE = "42990101"
MATERNITY_CARE = "08990101"

HOSPITALS = (
    Hospital(
        provider_id=UNIVERSITY,
        key="university",
        name="UMC Veerdelta",
        kind="university_hospital",
        area="V102",
        annual_revenue_eur=1_084_600_000,
        margin_share=0.011,
        production_share=0.60,
        price_level=1.07,
        decay_km=16.0,
        outside_share=0.30,
    ),
    Hospital(
        provider_id=HAVENLICHT,
        key="havenlicht",
        name="Havenlicht Ziekenhuis",
        kind="top_clinical_hospital",
        area="V120",
        annual_revenue_eur=452_300_000,
        margin_share=0.019,
        production_share=0.78,
        price_level=1.02,
        decay_km=8.0,
        outside_share=0.04,
    ),
    Hospital(
        provider_id=KLUTENVEER,
        key="klutenveer",
        name="Klutenveer Ziekenhuis",
        kind="top_clinical_hospital",
        area="V201",
        annual_revenue_eur=378_900_000,
        margin_share=0.016,
        production_share=0.79,
        price_level=0.99,
        decay_km=8.0,
        outside_share=0.05,
    ),
    Hospital(
        provider_id=STERNENHOOFD,
        key="sternenhoofd",
        name="Sternenhoofd Ziekenhuis",
        kind="general_hospital",
        area="V301",
        annual_revenue_eur=212_400_000,
        margin_share=0.014,
        production_share=0.81,
        price_level=0.98,
        decay_km=6.5,
        outside_share=0.03,
    ),
    Hospital(
        provider_id=REIGERSMONDE,
        key="reigersmonde",
        name="Reigersmonde Ziekenhuis",
        kind="general_hospital",
        area="V501",
        annual_revenue_eur=163_700_000,
        margin_share=0.012,
        production_share=0.82,
        price_level=0.96,
        decay_km=6.5,
        outside_share=0.04,
    ),
    Hospital(
        provider_id=SCHORRENLAND,
        key="schorrenland",
        name="Schorrenland Ziekenhuis",
        kind="general_hospital",
        area="V701",
        annual_revenue_eur=131_200_000,
        margin_share=-0.007,
        production_share=0.83,
        price_level=1.01,
        decay_km=9.0,
        outside_share=0.05,
    ),
    Hospital(
        provider_id=EYE_HOSPITAL,
        key="eye_hospital",
        name="Oogziekenhuis De Stern",
        kind="other",
        area="V105",
        annual_revenue_eur=46_100_000,
        margin_share=0.018,
        production_share=0.84,
        price_level=1.04,
        decay_km=20.0,
        outside_share=0.35,
    ),
    Hospital(
        provider_id=EYE_CLINIC,
        key="eye_clinic",
        name="Oog- en Huidkliniek Lepelaar",
        kind="independent_treatment_centre",
        area="V402",
        annual_revenue_eur=11_600_000,
        margin_share=0.020,
        production_share=0.89,
        price_level=0.93,
        decay_km=14.0,
        outside_share=0.08,
    ),
    Hospital(
        provider_id=ORTHOPAEDIC_CLINIC,
        key="orthopaedic_clinic",
        name="Orthokliniek Otterkade",
        kind="independent_treatment_centre",
        area="V601",
        annual_revenue_eur=20_900_000,
        margin_share=0.018,
        production_share=0.90,
        price_level=0.93,
        decay_km=16.0,
        outside_share=0.12,
    ),
)

OTHERS = (
    OtherProvider(OUT_OF_HOURS, "Huisartsenspoedpost Veerdelta", "out_of_hours_gp", "V101", 30_400_000, 0.010),
    OtherProvider(LABORATORY, "Diagnostisch Centrum Getij", "diagnostic_laboratory", "V118", 37_700_000, 0.020),
    OtherProvider(ELDERLY_CARE, "Thuis aan de Kreek", "elderly_care", "V125", 118_500_000, 0.012),
    OtherProvider(MATERNITY_CARE, "Kraamzorg De Kluut", "maternity_care", "V210", 16_900_000, 0.013),
    OtherProvider(SECOND_LABORATORY, "Streeklaboratorium Kwelder", "diagnostic_laboratory", "V501", 10_100_000, -0.004),
)

MARKET_LEADER = "9101"
SECOND_PAYER = "9202"
THIRD_PAYER = "0930"

PAYERS = (
    Payer(MARKET_LEADER, "Polderbaak Zorgverzekeraar", 3_420_000_000, 0.52),
    Payer(SECOND_PAYER, "Kreekwacht Zorgverzekeringen", 2_180_000_000, 0.28),
    Payer(THIRD_PAYER, "Zeeklei Zorg", 1_260_000_000, 0.16),
)
UNKNOWN_PAYER_SHARE = 0.04  # passers-by and small insurers: delivered without a payer


@cache
def gp_organisations() -> pl.DataFrame:
    """Returns one row a GP organisation (three neighbouring areas): provider_id, name, place, patients, areas."""
    place = (
        geography.areas()
        .with_row_index("row")
        .with_columns(organisation=pl.col("row") // geography.AREAS_PER_GP_ORGANISATION)
    )
    grouped = place.group_by("organisation", maintain_order=True).agg(
        pl.col("name").first().alias("quarter"),
        pl.col("municipality", "area").first(),
        pl.col("area").alias("areas"),
        pl.col("latitude", "longitude").mean().round(5),
        pl.col("inhabitants").sum().alias("patients"),
    )
    return grouped.with_columns(
        provider_id=pl.format("0199{}", (pl.col("organisation") + 1).cast(pl.String).str.zfill(4)),
        name=pl.format("Huisartsen {}", pl.col("quarter")),
        kind=pl.lit("gp_organisation"),
    )


def _to_thousands(amount: pl.Expr) -> pl.Expr:
    """Returns euro rounded to thousands, as annual accounts state them."""
    return (amount / 1000).round(0).cast(pl.Int64) * 1000


@cache
def providers() -> pl.DataFrame:
    """Returns one row a provider, in the columns of the dataset `providers`."""
    place = geography.areas().select("area", "municipality", "latitude", "longitude")
    named = pl.DataFrame(
        [(p.provider_id, p.name, p.kind, p.area, p.annual_revenue_eur, p.margin_share) for p in (*HOSPITALS, *OTHERS)],
        schema=["provider_id", "name", "kind", "area", "annual_revenue_eur", "margin_share"],
        orient="row",
    ).join(place, on="area", maintain_order="left")
    turnover = pl.col("patients") * GP_TURNOVER_PER_PATIENT * (1 + 0.05 * (pl.col("organisation") * 1.7).sin())
    organisations = gp_organisations().with_columns(
        annual_revenue_eur=_to_thousands(turnover),
        margin_share=GP_MARGIN_SHARE + 0.005 * (pl.col("organisation") * 2.9).sin(),
    )
    columns = ["provider_id", "name", "kind", "area", "municipality", "latitude", "longitude"]
    money = ["annual_revenue_eur", "margin_share"]
    both = pl.concat([named.select(*columns, *money), organisations.select(*columns, *money)])
    margin = _to_thousands(pl.col("annual_revenue_eur") * pl.col("margin_share"))
    return both.rename({"area": "postcode"}).with_columns(annual_margin_eur=margin).drop("margin_share")


@cache
def payers() -> pl.DataFrame:
    """Returns one row a payer, in the columns of the dataset `payers`."""
    rows = [(payer.payer_id, payer.name, "insurer", payer.annual_revenue_eur) for payer in PAYERS]
    return pl.DataFrame(rows, schema=["payer_id", "name", "kind", "annual_revenue_eur"], orient="row")


def payer_ids() -> list[str | None]:
    """Returns the payers in order, with None last: care whose payer was not delivered."""
    return [*(payer.payer_id for payer in PAYERS), None]


def payer_shares(rng: np.random.Generator, *, parties: int) -> np.ndarray:
    """Returns each party's (rows) division of its care over the payers of `payer_ids` (columns), adding up to 1."""
    mean = np.array([*(payer.share for payer in PAYERS), UNKNOWN_PAYER_SHARE])
    return rng.dirichlet(mean * 150, size=parties)
