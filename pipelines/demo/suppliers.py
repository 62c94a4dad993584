"""Who delivers what in the demonstration region, and how: every supplier with its datasets and its way of writing."""

from dataclasses import dataclass

from pipelines.demo import money, providers
from pipelines.demo.handwriting import Handwriting

REGION = "regiobureau"
REFERENCE = (
    *("providers", "payers", "areas", "resources", "care_products"),
    *("resource_use", "cost_structure", "volume_norms"),
)
HOSPITAL_DATASETS = ("volume", "revenue", "capacity")


PLAIN = Handwriting()
DUTCH_WINDOWS = Handwriting(separator=";", encoding="cp1252", decimal_comma=True, dutch=True)
DUTCH_WITH_MARK = Handwriting(separator=";", encoding="utf-8-sig", decimal_comma=True, dutch=True)
TABBED = Handwriting(separator="\t")
PARQUET = Handwriting(format="parquet")


@dataclass(frozen=True)
class InventedSupplier:
    """One supplier: its folder in the inbox, whom it speaks for, what it sends and how it writes."""

    supplier: str
    name: str
    datasets: tuple[str, ...]
    layout: Handwriting = PLAIN
    provider_ids: tuple[str, ...] = ()
    payer_id: str | None = None
    dated_names: bool = False  # volume_2025Q1.csv in place of volume.csv


def _excel(title: str, *, codes_as_numbers: bool = False) -> Handwriting:
    return Handwriting(format="xlsx", dutch=True, codes_as_numbers=codes_as_numbers, title=title)


def _hospital(provider_id: str, *, supplier: str, layout: Handwriting, dated_names: bool = False) -> InventedSupplier:
    name = next(hospital.name for hospital in providers.HOSPITALS if hospital.provider_id == provider_id)
    own = ("unit_costs",) if provider_id in money.UNIT_COST_HOSPITALS else ()
    return InventedSupplier(
        supplier, name, (*HOSPITAL_DATASETS, *own), layout, provider_ids=(provider_id,), dated_names=dated_names
    )


def suppliers() -> tuple[InventedSupplier, ...]:
    """Returns all suppliers of the region, in the order in which they deliver."""
    gps = tuple(providers.gp_organisations()["provider_id"])
    excel = _excel("Productie Sternenhoofd Ziekenhuis (verzonnen)", codes_as_numbers=True)
    first, second, third = (payer.payer_id for payer in providers.PAYERS)
    return (
        InventedSupplier(REGION, "Regiobureau Veerdelta", (*REFERENCE, "waiting_list"), PLAIN),
        _hospital(providers.UNIVERSITY, supplier="umc-veerdelta", layout=PARQUET),
        _hospital(providers.HAVENLICHT, supplier="havenlicht-ziekenhuis", layout=DUTCH_WINDOWS),
        _hospital(providers.KLUTENVEER, supplier="klutenveer-ziekenhuis", layout=PLAIN),
        _hospital(providers.STERNENHOOFD, supplier="sternenhoofd-ziekenhuis", layout=excel, dated_names=True),
        _hospital(providers.REIGERSMONDE, supplier="reigersmonde-ziekenhuis", layout=DUTCH_WITH_MARK),
        _hospital(providers.SCHORRENLAND, supplier="schorrenland-ziekenhuis", layout=TABBED),
        _hospital(providers.EYE_HOSPITAL, supplier="oogziekenhuis-de-stern", layout=PLAIN, dated_names=True),
        _hospital(providers.EYE_CLINIC, supplier="kliniek-lepelaar", layout=PLAIN),
        _hospital(providers.ORTHOPAEDIC_CLINIC, supplier="orthokliniek-otterkade", layout=PLAIN),
        InventedSupplier(
            "huisartsenfederatie",
            "Huisartsenfederatie Veerdelta",
            ("volume", "revenue", "capacity"),
            DUTCH_WITH_MARK,
            provider_ids=(*gps, providers.OUT_OF_HOURS),
        ),
        InventedSupplier(
            "diagnostisch-centrum-getij",
            "Diagnostisch Centrum Getij",
            HOSPITAL_DATASETS,
            PLAIN,
            provider_ids=(providers.LABORATORY,),
        ),
        InventedSupplier(
            "streeklaboratorium-kwelder",
            "Streeklaboratorium Kwelder",
            HOSPITAL_DATASETS,
            PLAIN,
            provider_ids=(providers.SECOND_LABORATORY,),
        ),
        InventedSupplier(
            "thuis-aan-de-kreek",
            "Thuis aan de Kreek",
            ("capacity",),
            _excel("Capaciteit Thuis aan de Kreek (verzonnen)"),
            provider_ids=(providers.ELDERLY_CARE,),
        ),
        InventedSupplier(
            "kraamzorg-de-kluut",
            "Kraamzorg De Kluut",
            HOSPITAL_DATASETS,
            PLAIN,
            provider_ids=(providers.MATERNITY_CARE,),
        ),
        InventedSupplier("polderbaak", "Polderbaak Zorgverzekeraar", ("contracts",), PLAIN, payer_id=first),
        InventedSupplier(
            "kreekwacht", "Kreekwacht Zorgverzekeringen", ("contracts",), _excel("Contracten"), payer_id=second
        ),
        InventedSupplier("zeeklei", "Zeeklei Zorg", ("contracts",), DUTCH_WINDOWS, payer_id=third),
    )
