"""Who takes part in the demonstration region: hospitals, GP organisations, other providers and payers, all invented.

Every id has 99 at its third and fourth place, which marks it as invented; the first two digits say the kind of provider
as in a Dutch AGB code (06 hospitals, 01 GPs). Turnover and margin stand at the order of magnitude of the domain page:
sector margin 1.8 % in 2024 [V:S29], top-clinical about EUR 400 m [V:S28], general about EUR 200 m [V:S26]; the rest [A].
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
ELDERLY_CARE = "42990101"
MATERNITY_CARE = "08990101"

HOSPITALS = (
    Hospital(
        *(UNIVERSITY, "UMC Veerdelta", "university_hospital", "V102"),
        *(1_084_600_000, 0.011, 0.60, 1.07, 16.0, 0.30),
    ),
    Hospital(
        *(HAVENLICHT, "Havenlicht Ziekenhuis", "top_clinical_hospital", "V120"),
        *(452_300_000, 0.019, 0.78, 1.02, 8.0, 0.06),
    ),
    Hospital(
        *(KLUTENVEER, "Klutenveer Ziekenhuis", "top_clinical_hospital", "V201"),
        *(378_900_000, 0.016, 0.79, 0.99, 8.0, 0.07),
    ),
    Hospital(
        *(STERNENHOOFD, "Sternenhoofd Ziekenhuis", "general_hospital", "V301"),
        *(212_400_000, 0.014, 0.81, 0.98, 6.5, 0.03),
    ),
    Hospital(
        *(REIGERSMONDE, "Reigersmonde Ziekenhuis", "general_hospital", "V501"),
        *(163_700_000, 0.012, 0.82, 0.96, 6.5, 0.04),
    ),
    Hospital(
        *(SCHORRENLAND, "Schorrenland Ziekenhuis", "general_hospital", "V701"),
        *(131_200_000, -0.007, 0.83, 1.01, 9.0, 0.05),
    ),
    Hospital(
        *(EYE_HOSPITAL, "Oogziekenhuis De Stern", "other", "V105"),
        *(46_100_000, 0.018, 0.84, 1.04, 20.0, 0.35),
    ),
    Hospital(
        *(EYE_CLINIC, "Oog- en Huidkliniek Lepelaar", "independent_treatment_centre", "V402"),
        *(11_600_000, 0.020, 0.89, 0.93, 14.0, 0.08),
    ),
    Hospital(
        *(ORTHOPAEDIC_CLINIC, "Orthokliniek Otterkade", "independent_treatment_centre", "V601"),
        *(20_900_000, 0.018, 0.90, 0.93, 16.0, 0.12),
    ),
)

OTHERS = (
    OtherProvider(OUT_OF_HOURS, "Huisartsenspoedpost Veerdelta", "out_of_hours_gp", "V101", 30_400_000, 0.010),
    OtherProvider(LABORATORY, "Diagnostisch Centrum Getij", "diagnostic_laboratory", "V118", 47_800_000, 0.020),
    OtherProvider(ELDERLY_CARE, "Thuis aan de Kreek", "elderly_care", "V125", 118_500_000, 0.012),
    OtherProvider(MATERNITY_CARE, "Kraamzorg De Kluut", "maternity_care", "V210", 16_900_000, 0.013),
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
    place = geography.areas().with_row_index("row").with_columns(
        organisation=pl.col("row") // geography.AREAS_PER_GP_ORGANISATION
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
    rows = [(payer.payer_id, payer.name, payer.annual_revenue_eur) for payer in PAYERS]
    return pl.DataFrame(rows, schema=["payer_id", "name", "annual_revenue_eur"], orient="row")


def payer_ids() -> list[str | None]:
    """Returns the payers in order, with None last: care whose payer was not delivered."""
    return [*(payer.payer_id for payer in PAYERS), None]


def payer_shares(rng: np.random.Generator, *, parties: int) -> np.ndarray:
    """Returns each party's (rows) division of its care over the payers of `payer_ids` (columns), adding up to 1."""
    mean = np.array([*(payer.share for payer in PAYERS), UNKNOWN_PAYER_SHARE])
    return rng.dirichlet(mean * 150, size=parties)
