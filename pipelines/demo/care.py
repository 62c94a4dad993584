"""What care the demonstration region delivers: 12 specialisms, 66 groups of complaints, 300 care products.

Specialism codes and their names are those of the domain page (1.2) [V:S10]; a specialism's share of all subtrajecten and
its mean price follow the national totals of NZa Open DIS over 2024, rounded and indexed to 2025. Diagnosis codes without
a letter stand on the domain page (2.1) [V:S12], those of `GENERAL_DIAGNOSES` as general knowledge [G]; codes that begin
with V are invented, because no list of them was at hand. Care product codes, prices per product and the division of a
specialism over products are assumptions [A], within the price ranges of the domain page (6.3).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from pipelines.demo import providers

GENERAL_DIAGNOSES = frozenset({"401", "202", "801", "802"})  # of cardiology: [G] on the domain page

FORMS = ("light", "standard", "day", "admission", "operation", "other")
FORM_NAMES = {
    "light": "1 of 2 polikliniekbezoeken",
    "standard": "meer dan 2 polikliniekbezoeken",
    "day": "dagbehandeling",
    "admission": "opname",
}
OPERATED_SHARE = 0.7  # of the day treatments and admissions of a surgical group; the rest needs no operating room [A]
STAY = 0.78  # of the days of a full admission: many are for one night, so that the mean comes near 4 days [V:S59]
# Share of light, standard, day treatment and admission in a group of complaints [A]
MIXES = {
    "chronic": (0.56, 0.37, 0.05, 0.02),
    "clinic": (0.62, 0.32, 0.05, 0.01),
    "surgical": (0.46, 0.30, 0.15, 0.09),
    "acute": (0.32, 0.32, 0.10, 0.26),
    "oncology": (0.38, 0.38, 0.16, 0.08),
    "daycase": (0.45, 0.21, 0.31, 0.03),
}


@dataclass(frozen=True)
class Specialism:
    """A specialism: its share of the subtrajecten of the twelve, and its mean price per subtraject in euro of 2025."""

    code: str
    name: str
    name_en: str
    chapter: str  # first two digits of its care product codes
    share: float
    mean_price_eur: float


@dataclass(frozen=True)
class Group:
    """A group of complaints within a specialism, delivered in the four forms of `FORM_NAMES`."""

    specialism: str
    name: str
    diagnoses: tuple[str, ...]
    share: float
    mix: str
    prices_eur: tuple[float, float, float, float]
    day_operation_hours: float = 0.0
    admission_operation_hours: float = 0.0
    bed_days: float = 4.5


@dataclass(frozen=True)
class Operation:
    """A single heavy product beside the groups: `share` of its specialism, or `units` a year at named hospitals."""

    specialism: str
    name: str
    diagnoses: tuple[str, ...]
    price_eur: float
    operation_hours: float
    bed_days: float
    share: float = 0.0
    units: tuple[tuple[str, int], ...] = ()
    key: str = ""


SPECIALISMS = (
    Specialism("0301", "Oogheelkunde", "Ophthalmology", "07", 0.116, 460),
    Specialism("0303", "Chirurgie", "Surgery", "02", 0.111, 1_740),
    Specialism("0305", "Orthopedie", "Orthopaedics", "13", 0.072, 1_490),
    Specialism("0306", "Urologie", "Urology", "14", 0.054, 1_060),
    Specialism("0307", "Obstetrie en gynaecologie", "Obstetrics and gynaecology", "15", 0.074, 1_060),
    Specialism("0310", "Dermatologie", "Dermatology", "12", 0.083, 330),
    Specialism("0313", "Interne geneeskunde", "Internal medicine", "04", 0.154, 1_135),
    Specialism("0316", "Kindergeneeskunde", "Paediatrics", "16", 0.046, 1_315),
    Specialism("0318", "Maag-darm-leverziekten", "Gastroenterology", "11", 0.054, 1_140),
    Specialism("0320", "Cardiologie", "Cardiology", "09", 0.108, 1_210),
    Specialism("0322", "Longziekten", "Pulmonology", "10", 0.061, 1_210),
    Specialism("0330", "Neurologie", "Neurology", "06", 0.069, 975),
)

GROUPS = (
    Group("0301", "Staar", ("V01",), 0.26, "daycase", (115, 305, 1_365, 2_400), 0.45, 0.8, 1.2),
    Group("0301", "Glaucoom", ("V02",), 0.19, "chronic", (125, 290, 1_480, 3_100), 0.8, 1.4, 1.5),
    Group("0301", "Netvlies en macula", ("V03",), 0.18, "chronic", (150, 575, 1_150, 3_900), 0.5, 1.6, 1.8),
    Group("0301", "Refractie en scheelzien", ("V04",), 0.13, "clinic", (105, 255, 1_320, 2_600), 0.8, 1.0, 1.0),
    Group("0301", "Ooglid en traanwegen", ("V05",), 0.11, "daycase", (110, 270, 640, 2_500), 0.5, 1.2, 1.0),
    Group("0301", "Ontsteking en letsel van het oog", ("V06",), 0.13, "clinic", (110, 285, 980, 3_000), 0.5, 1.2, 2.0),
    Group("0303", "Tumor van de long", ("313",), 0.006, "oncology", (240, 610, 1_950, 6_900), 0.8, 1.5, 5.0),
    Group(
        *("0303", "Tumor van slokdarm, maag, alvleesklier of lever", ("315", "330", "332", "348"), 0.018),
        *("oncology", (260, 690, 2_250, 8_100), 0.8, 1.6, 6.5),
    ),
    Group("0303", "Tumor van de borst", ("318",), 0.13, "oncology", (275, 455, 2_150, 5_300), 0.9, 1.5, 2.0),
    Group("0303", "Tumor van dikke darm of endeldarm", ("333", "334", "335"), 0.06, "oncology", (265, 485, 1_750, 7_900)),
    Group("0303", "Vaatlijden", ("402", "403", "418"), 0.12, "surgical", (215, 560, 2_350, 8_200), 0.9, 2.2, 4.5),
    Group("0303", "Letsel, breuken en kleine chirurgie", ("V01", "V02"), 0.666, "surgical", (190, 460, 1_750, 5_600), 0.8, 1.4, 3.2),
    Group("0305", "Knie", ("V01",), 0.31, "surgical", (205, 430, 1_850, 5_700), 0.8, 1.5, 2.2),
    Group("0305", "Heup", ("V02",), 0.18, "surgical", (200, 420, 1_900, 6_400), 0.8, 1.6, 3.4),
    Group("0305", "Schouder en elleboog", ("V03",), 0.17, "surgical", (205, 435, 2_350, 5_100), 1.0, 1.6, 1.6),
    Group("0305", "Voet en enkel", ("V04",), 0.15, "surgical", (195, 415, 2_150, 4_800), 0.9, 1.4, 1.8),
    Group("0305", "Hand en pols", ("V05",), 0.09, "daycase", (190, 390, 1_450, 3_900), 0.5, 1.1, 1.2),
    Group("0305", "Rug en nek", ("V06",), 0.10, "clinic", (210, 445, 1_150, 8_900), 0.5, 2.6, 3.8),
    Group("0306", "Tumor van nier of bijnier", ("10",), 0.02, "oncology", (255, 590, 1_650, 4_600), 0.8, 1.2, 3.4),
    Group("0306", "Tumor van de blaas", ("30",), 0.10, "oncology", (245, 540, 1_550, 4_300), 0.7, 1.1, 2.8),
    Group("0306", "Tumor van de prostaat", ("40",), 0.17, "oncology", (225, 395, 1_650, 4_400), 0.7, 1.2, 2.4),
    Group("0306", "Plasklachten en goedaardige prostaat", ("V01",), 0.45, "surgical", (210, 390, 1_450, 3_900), 0.6, 1.1, 2.2),
    Group("0306", "Stenen en infecties van de urinewegen", ("V02",), 0.26, "surgical", (215, 420, 1_750, 3_700), 0.6, 1.1, 2.4),
    Group(
        *("0307", "Gynaecologische tumor", ("M11", "M13", "M14", "M16"), 0.06),
        *("oncology", (245, 560, 1_950, 6_100), 0.8, 1.8, 3.2),
    ),
    Group("0307", "Menstruatie en vleesbomen", ("V01",), 0.30, "surgical", (215, 395, 1_650, 4_700), 0.7, 1.5, 2.0),
    Group("0307", "Bekkenbodem en verzakking", ("V02",), 0.14, "surgical", (220, 410, 2_150, 4_400), 0.8, 1.4, 1.8),
    Group("0307", "Zwangerschap", ("V03",), 0.34, "clinic", (240, 690, 720, 2_650), 0.0, 0.0, 2.6),
    Group("0307", "Anticonceptie en lichte klachten", ("V04",), 0.16, "clinic", (215, 340, 880, 2_900), 0.5, 1.0, 1.0),
    Group("0310", "Actinische keratose en goedaardig", ("V01",), 0.36, "clinic", (140, 335, 480, 2_900), 0.0, 0.0, 4.0),
    Group("0310", "Basaalcelcarcinoom", ("V02",), 0.22, "daycase", (150, 415, 790, 3_400), 0.4, 1.0, 2.0),
    Group("0310", "Eczeem", ("V03",), 0.17, "chronic", (150, 385, 720, 4_800), 0.0, 0.0, 6.0),
    Group("0310", "Psoriasis", ("V04",), 0.12, "chronic", (155, 420, 860, 5_200), 0.0, 0.0, 6.5),
    Group("0310", "Overige huidaandoeningen", ("V05",), 0.13, "clinic", (140, 345, 560, 3_900), 0.0, 0.0, 4.0),
    Group("0313", "Diabetes zonder pomp", ("221", "222"), 0.12, "chronic", (255, 440, 1_250, 4_400), 0.0, 0.0, 6.0),
    Group("0313", "Diabetes met pomp", ("223",), 0.04, "chronic", (340, 690, 1_650, 4_900), 0.0, 0.0, 5.0),
    Group("0313", "Schildklier", ("V01",), 0.10, "chronic", (220, 345, 950, 3_800), 0.0, 0.0, 3.5),
    Group("0313", "Hartfalen, astma en COPD bij de internist", ("107", "601"), 0.04, "acute", (270, 560, 1_450, 5_100)),
    Group("0313", "Nieren en hoge bloeddruk", ("V02",), 0.22, "chronic", (275, 590, 2_350, 5_600), 0.0, 0.0, 6.0),
    Group("0313", "Bloed, kanker en infecties", ("V03",), 0.48, "oncology", (295, 780, 2_450, 7_400), 0.0, 0.0, 6.5),
    Group("0316", "Astma bij kinderen", ("V01",), 0.18, "chronic", (260, 470, 980, 2_900), 0.0, 0.0, 2.5),
    Group("0316", "Groei en voeding", ("V02",), 0.24, "chronic", (270, 560, 1_250, 4_100), 0.0, 0.0, 3.0),
    Group("0316", "Infecties en acute klachten", ("V03",), 0.26, "acute", (235, 490, 880, 2_700), 0.0, 0.0, 2.4),
    Group("0316", "Pasgeborenen", ("V04",), 0.16, "acute", (290, 680, 1_350, 6_900), 0.0, 0.0, 5.5),
    Group("0316", "Ontwikkeling en gedrag", ("V05",), 0.16, "clinic", (320, 720, 1_450, 4_400), 0.0, 0.0, 2.0),
    Group("0318", "Maagklachten en reflux", ("V01",), 0.24, "clinic", (230, 620, 850, 4_200), 0.0, 0.0, 3.5),
    Group("0318", "Darmontsteking", ("V02",), 0.22, "chronic", (265, 590, 2_150, 6_300), 0.0, 0.0, 5.5),
    Group("0318", "Prikkelbare darm en buikklachten", ("V03",), 0.19, "clinic", (225, 560, 840, 3_700), 0.0, 0.0, 2.5),
    Group("0318", "Lever en galwegen", ("V04",), 0.15, "acute", (270, 610, 1_850, 6_200), 0.0, 0.0, 5.5),
    Group("0318", "Darmpoliepen en bevolkingsonderzoek", ("V05",), 0.20, "daycase", (215, 520, 910, 3_900), 0.0, 0.0, 2.5),
    Group("0320", "Boezemfibrilleren", ("401",), 0.18, "chronic", (260, 470, 1_450, 3_100), 0.0, 0.0, 2.8),
    Group("0320", "Hartfalen", ("301", "302"), 0.12, "acute", (310, 660, 1_550, 5_400), 0.0, 0.0, 6.5),
    Group("0320", "Stabiele kransslagaders en nacontrole", ("202", "801", "802"), 0.30, "chronic", (210, 435, 1_850, 3_700)),
    Group("0320", "Ritme en geleiding", ("403", "404"), 0.10, "surgical", (265, 540, 2_650, 6_200), 0.0, 0.0, 3.2),
    Group("0320", "Hartkleppen", ("501",), 0.08, "chronic", (270, 560, 1_950, 8_800), 0.0, 0.0, 5.0),
    Group("0320", "Pijn op de borst en lichte klachten", ("V01",), 0.22, "acute", (260, 530, 880, 1_950), 0.0, 0.0, 1.4),
    Group("0322", "Astma", ("1201",), 0.20, "chronic", (255, 440, 1_150, 3_600), 0.0, 0.0, 4.0),
    Group("0322", "COPD", ("1241",), 0.26, "chronic", (265, 480, 1_250, 4_300), 0.0, 0.0, 6.5),
    Group("0322", "Interstitiële longziekten", ("1601",), 0.06, "chronic", (330, 780, 2_150, 6_700), 0.0, 0.0, 6.5),
    Group("0322", "Slaapapneu", ("V01",), 0.24, "clinic", (290, 820, 1_150, 1_900), 0.0, 0.0, 1.0),
    Group("0322", "Longkanker en longontsteking", ("V02",), 0.24, "acute", (330, 960, 2_450, 5_600), 0.0, 0.0, 6.5),
    Group("0330", "Beroerte", ("1111",), 0.12, "acute", (290, 620, 1_150, 5_600), 0.0, 0.0, 5.5),
    Group("0330", "Ziekte van Parkinson", ("501",), 0.07, "chronic", (300, 640, 1_450, 6_100), 0.0, 0.0, 6.0),
    Group("0330", "Hoofdpijn", ("V01",), 0.20, "clinic", (260, 490, 820, 2_700), 0.0, 0.0, 2.0),
    Group("0330", "Uitstralende pijn in been of arm", ("V02",), 0.19, "clinic", (265, 480, 890, 3_100), 0.0, 0.0, 2.5),
    Group("0330", "Epilepsie en wegraking", ("V03",), 0.13, "acute", (290, 560, 980, 3_300), 0.0, 0.0, 3.0),
    Group("0330", "Overige neurologie", ("V04",), 0.29, "clinic", (280, 610, 1_250, 5_900), 0.0, 0.0, 4.5),
)


def _at(*units: int) -> tuple[tuple[str, int], ...]:
    """Returns yearly units at the six hospitals, from the university hospital to the smallest, without the zeros."""
    return tuple((hospital.provider_id, n) for hospital, n in zip(providers.HOSPITALS, units, strict=False) if n)


# Operations under a volume norm have yearly units per hospital: some stand below the norm, as in domain page 5.
OPERATIONS = (
    Operation("0303", "Longresectie", ("313",), 11_600, 3.6, 5.6, units=_at(92, 68, 41, 17), key="lung_resection"),
    Operation("0303", "Slokdarmresectie", ("315",), 21_500, 5.5, 12.0, units=_at(44), key="oesophagus_resection"),
    Operation("0303", "Maagresectie", ("330",), 16_200, 4.2, 9.5, units=_at(27, 21), key="stomach_resection"),
    Operation("0303", "Alvleesklierresectie", ("332",), 22_800, 5.8, 13.0, units=_at(58), key="pancreas_resection"),
    Operation("0303", "Leverresectie", ("348",), 15_400, 4.4, 8.0, units=_at(61, 24)),
    Operation(
        *("0303", "Darmresectie", ("333", "334"), 11_900, 3.0, 6.4),
        **{"units": _at(66, 142, 128, 88, 71, 56), "key": "colon_resection"},
    ),
    Operation(
        *("0303", "Endeldarmresectie", ("335",), 13_600, 4.0, 7.0),
        **{"units": _at(34, 48, 41, 27, 22, 14), "key": "rectum_resection"},
    ),
    Operation(
        *("0303", "Borstoperatie", ("318",), 6_400, 1.6, 1.2),
        **{"units": _at(142, 268, 231, 152, 118, 83), "key": "breast_operation"},
    ),
    Operation("0303", "Halsslagaderoperatie", ("402",), 8_900, 2.2, 3.0, units=_at(24, 42, 36, 16)),
    Operation("0303", "Buikaneurysma-operatie", ("403",), 17_900, 3.2, 5.0, units=_at(46, 62, 48, 14)),
    Operation("0306", "Niertumoroperatie", ("10",), 9_400, 2.8, 4.4, units=_at(68, 60, 33, 16, 9), key="kidney_tumour"),
    Operation("0306", "Blaasverwijdering", ("30",), 15_800, 5.0, 9.0, units=_at(31, 26, 12), key="bladder_removal"),
    Operation("0306", "Prostaatverwijdering", ("40",), 9_900, 2.9, 1.8, units=_at(58, 124), key="prostate_removal"),
    Operation("0307", "Debulking eierstok", ("M16",), 13_900, 4.0, 6.0, units=_at(48, 23), key="ovary_debulking"),
    Operation("0307", "Vulvaoperatie", ("M11",), 7_300, 1.8, 3.0, units=_at(33, 5, 6), key="vulva_operation"),
    Operation("0307", "Baarmoederoperatie bij kanker", ("M14",), 8_100, 2.2, 2.2, units=_at(41, 38, 29, 11)),
    Operation("0307", "Bevalling, laag en middelgroot risico", ("V03",), 2_350, 0.0, 1.2, share=0.050),
    Operation("0307", "Bevalling, hoog risico of keizersnede", ("V03",), 4_700, 0.5, 3.4, share=0.034),
    Operation("0320", "Ablatie bij boezemfibrilleren", ("401",), 8_200, 2.2, 1.2, share=0.006),
    Operation("0320", "Dotterbehandeling", ("202",), 5_200, 1.2, 1.6, share=0.018),
    Operation("0320", "Pacemaker of ICD", ("404",), 8_900, 1.2, 1.4, share=0.008),
    Operation("0305", "Heupprothese", ("V02",), 10_400, 1.5, 2.4, share=0.029),
    Operation("0305", "Knieprothese", ("V01",), 10_900, 1.6, 2.4, share=0.022),
    Operation("0322", "Ernstig astma, biologische behandeling", ("1201",), 1_850, 0.0, 0.0, share=0.010),
)


@dataclass(frozen=True)
class FirstLineProduct:
    """A product of other care (OZP), delivered by laboratory, GP or maternity care."""

    care_product: str
    name: str
    group: str
    price_eur: float
    specialism: str | None = None


# Prices: costing manual 2022 indexed to 2025 [V:S31, index A]; consult fees 2023 indexed [V:S30, index A]
FIRST_LINE = (
    FirstLineProduct("039801013", "Ordertarief klinische chemie", "Eerstelijnsdiagnostiek", 12.60, "0386"),
    FirstLineProduct("039801024", "HbA1c", "Eerstelijnsdiagnostiek", 5.05, "0386"),
    FirstLineProduct("039801035", "TSH", "Eerstelijnsdiagnostiek", 4.60, "0386"),
    FirstLineProduct("039801046", "Bloedbeeld", "Eerstelijnsdiagnostiek", 2.10, "0386"),
    FirstLineProduct("039801057", "Nierfunctie en elektrolyten", "Eerstelijnsdiagnostiek", 1.95, "0386"),
    FirstLineProduct("039801068", "Urinekweek", "Eerstelijnsdiagnostiek", 14.80, "0387"),
    FirstLineProduct("039802012", "Consult huisarts, korter dan 5 minuten", "Huisartsenzorg", 6.60),
    FirstLineProduct("039802023", "Consult huisarts, 5 tot 20 minuten", "Huisartsenzorg", 13.20),
    FirstLineProduct("039802034", "Consult huisarts, 20 minuten en langer", "Huisartsenzorg", 26.40),
    FirstLineProduct("039802045", "Visite huisarts", "Huisartsenzorg", 19.80),
    FirstLineProduct("039802056", "Consult praktijkondersteuner", "Huisartsenzorg", 13.20),
    FirstLineProduct("039803011", "Kraamzorg, per uur", "Kraamzorg", 63.40),
)


@dataclass(frozen=True)
class Catalogue:
    """All DBC care products as arrays in one order (the rows of `frame`).

    `frame` holds care_product, name, specialism, group, reference_price_eur, form and the hours and days a unit takes;
    `share` is a product's part of its specialism's subtrajecten in an average hospital; `fixed_units` [hospital, product]
    are yearly units of the operations under a norm; `diagnosis` [product, k] cumulates over `diagnosis_codes[product]`.
    """

    frame: pl.DataFrame
    share: np.ndarray
    fixed_units: np.ndarray
    diagnosis_codes: tuple[tuple[str, ...], ...]

    def index(self, key: str) -> int:
        """Returns the row of an operation by its key, such as "kidney_tumour"."""
        return self.frame["key"].to_list().index(key)


def passes_eleven_test(code: str) -> bool:
    """Returns whether nine digits could be a citizen service number, which no care product may look like."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(code, weights, strict=True)) % 11 == 0


def _care_product(chapter: str, group: int, product: int) -> str:
    """Returns a nine-digit code (group of 6, product of 3) that cannot be mistaken for a citizen service number.

    The 98 at the third and fourth place marks the code as invented.
    """
    candidates = (f"{chapter}98{group:02d}{product * 10 + tail:03d}" for tail in range(1, 10))
    return next(code for code in candidates if not passes_eleven_test(code))


def _rows_of_groups() -> Iterator[dict[str, object]]:
    chapters = {specialism.code: specialism.chapter for specialism in SPECIALISMS}
    numbers: dict[str, int] = {}
    for group in GROUPS:
        numbers[group.specialism] = numbers.get(group.specialism, 0) + 1
        day, admission = group.day_operation_hours, group.admission_operation_hours
        operation_hours = (0.0, 0.0, round(day * OPERATED_SHARE, 2), round(admission * OPERATED_SHARE, 2))
        bed_days = (0.0, 0.0, 0.0, round(group.bed_days * STAY, 2))
        for place, (form, label) in enumerate(FORM_NAMES.items()):
            yield {
                "care_product": _care_product(chapters[group.specialism], numbers[group.specialism], place + 1),
                "name": f"{group.name}: {label}",
                "specialism": group.specialism,
                "group": group.name,
                "reference_price_eur": float(group.prices_eur[place]),
                "form": form,
                "operation_hours": operation_hours[place],
                "bed_days": bed_days[place],
                "share": group.share * MIXES[group.mix][place],
                "diagnoses": list(group.diagnoses),
                "key": "",
            }


def _rows_of_operations() -> Iterator[dict[str, object]]:
    chapters = {specialism.code: specialism.chapter for specialism in SPECIALISMS}
    for number, operation in enumerate(OPERATIONS):
        yield {
            "care_product": _care_product(chapters[operation.specialism], 50 + number, 1),
            "name": operation.name,
            "specialism": operation.specialism,
            "group": "Grote ingrepen en bijzondere behandelingen",
            "reference_price_eur": float(operation.price_eur),
            "form": "operation",
            "operation_hours": operation.operation_hours,
            "bed_days": operation.bed_days,
            "share": operation.share,
            "diagnoses": list(operation.diagnoses),
            "key": operation.key,
        }


def _with_hours(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds the clinic, specialist and nurse hours that a unit takes [A], from its form, operation hours and bed days."""
    clinic = {"light": 0.40, "standard": 1.00, "day": 0.65, "admission": 0.80, "operation": 1.10}
    hours = pl.col("form").replace_strict(clinic, return_dtype=pl.Float64)
    operation, bed = pl.col("operation_hours"), pl.col("bed_days")
    day_nursing = pl.when(pl.col("form") == "day").then(3.5).otherwise(0.0)
    return frame.with_columns(clinic_hours=hours).with_columns(
        specialist_hours=(pl.col("clinic_hours") * 1.15 + operation * 1.4 + bed * 0.35).round(2),
        nurse_hours=(pl.col("clinic_hours") * 0.7 + day_nursing + operation * 3.0 + bed * 6.5).round(2),
    )


def _tilted(frame: pl.DataFrame, specialism: Specialism) -> np.ndarray:
    """Returns the shares of one specialism, its day treatments and admissions scaled so that the mean price is right."""
    share = frame["share"].to_numpy()
    price = frame["reference_price_eur"].to_numpy()
    mine = (frame["specialism"] == specialism.code).to_numpy()
    heavy = mine & frame["form"].is_in(["day", "admission"]).to_numpy()
    light = mine & ~heavy
    excess = price - specialism.mean_price_eur
    factor = -(share[light] @ excess[light]) / (share[heavy] @ excess[heavy])
    tilted = np.where(heavy, share * factor, share) * mine
    return np.asarray(tilted / tilted.sum())


@cache
def catalogue() -> Catalogue:
    """Returns the DBC care products of the region."""
    frame = _with_hours(pl.DataFrame([*_rows_of_groups(), *_rows_of_operations()]))
    share = np.sum([_tilted(frame, specialism) for specialism in SPECIALISMS], axis=0)
    fixed = np.zeros((len(providers.HOSPITALS), frame.height))
    place = {hospital.provider_id: row for row, hospital in enumerate(providers.HOSPITALS)}
    first = 4 * len(GROUPS)
    for number, operation in enumerate(OPERATIONS):
        for provider_id, units in operation.units:
            fixed[place[provider_id], first + number] = units
    codes = tuple(tuple(row) for row in frame["diagnoses"].to_list())
    return Catalogue(frame.drop("share", "diagnoses"), share, fixed, codes)


def care_products() -> pl.DataFrame:
    """Returns one row a care product, in the columns of the dataset `care_products`."""
    columns = ["care_product", "name", "specialism", "group", "reference_price_eur"]
    rows = [(p.care_product, p.name, p.specialism, p.group, p.price_eur) for p in FIRST_LINE]
    first_line = pl.DataFrame(rows, schema=columns, orient="row")
    return pl.concat([catalogue().frame.select(columns), first_line])
