"""What care the demonstration region delivers: 12 specialisms, 66 groups of complaints, 300 care products.

Specialism codes and names are real [V:S10]; a specialism's share of all subtrajecten and its mean price follow the
national totals of NZa Open DIS over 2024, rounded and indexed to 2025. Diagnosis codes without a letter V are real
[V:S12], except 401, 202, 801 and 802 of cardiology, which are general knowledge [G]; codes that begin with V are
invented, because no list of them was at hand. Care product codes, the price of each product and the division of a
specialism over products are assumptions [A]. What the marks mean and what the sources are stands in
docs/demo_region.md.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from pipelines.demo import providers
from pipelines.demo.assumptions import assumed

FORMS = ("light", "standard", "day", "admission", "operation")
FORM_NAMES = {
    "light": "1 of 2 polikliniekbezoeken",
    "standard": "meer dan 2 polikliniekbezoeken",
    "day": "dagbehandeling",
    "admission": "opname",
}
OPERATION_GROUP = "Grote ingrepen en bijzondere behandelingen"
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
CLINIC_HOURS = {"light": 0.40, "standard": 1.00, "day": 0.65, "admission": 0.80, "operation": 1.10}  # [A]
DAY_NURSING_HOURS = 3.5  # [A]


@dataclass(frozen=True)
class Catalogue:
    """All DBC care products in one order, the rows of `frame`.

    Attributes:
        frame: care_product, name, specialism, group, reference_price_eur, form, key, and what a unit takes:
            operation_hours, bed_days, clinic_hours, specialist_hours, nurse_hours.
        share: part of its specialism's subtrajecten in an average hospital, by product.
        fixed_units: yearly units of the operations under a norm [hospital, product].
        diagnosis_codes: the diagnoses of each product, the most frequent first.
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


def _care_product(stem: str) -> str:
    """Completes a stem of eight digits to a code (group of 6, product of 3) that is no citizen service number."""
    return next(code for code in (f"{stem}{tail}" for tail in range(1, 10)) if not passes_eleven_test(code))


@cache
def specialisms() -> pl.DataFrame:
    """Returns one row a specialism: specialism, name, name_en, chapter, share of all subtrajecten, mean_price_eur."""
    return assumed("specialisms")


@cache
def specialism_codes() -> list[str]:
    """Returns the codes of the specialisms, in their order everywhere."""
    return list(specialisms()["specialism"])


def _coded(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds the care product codes from chapter, number of the group and place: 98 in them marks them as invented."""
    chapter = specialisms().select("specialism", "chapter")
    number = pl.col("number").cast(pl.String).str.zfill(2)
    place = pl.col("place").cast(pl.String).str.zfill(2)
    stem = frame.join(chapter, on="specialism", maintain_order="left").select(
        pl.concat_str("chapter", pl.lit("98"), number, place)
    )
    return frame.with_columns(care_product=pl.Series([_care_product(code) for code in stem.to_series()]))


def _group_products() -> pl.DataFrame:
    """Returns four products a group of complaints, one per form of care."""
    groups = assumed("groups").with_columns(number=pl.int_range(1, pl.len() + 1).over("specialism"))
    return pl.concat([_in_form(groups, form=form) for form in FORM_NAMES]).sort(
        pl.col("specialism").cast(pl.Enum(specialism_codes())), "number", "place"
    )


def _in_form(groups: pl.DataFrame, *, form: str) -> pl.DataFrame:
    place = list(FORM_NAMES).index(form)
    part = pl.col("mix").replace_strict({mix: shares[place] for mix, shares in MIXES.items()}, return_dtype=pl.Float64)
    operated = f"{form}_operation_hours"
    hours = pl.col(operated) * OPERATED_SHARE if operated in groups.columns else pl.lit(0.0)
    stay = pl.col("bed_days") * STAY if form == "admission" else pl.lit(0.0)
    return groups.select(
        "specialism",
        "number",
        "group",
        "diagnoses",
        place=pl.lit(place + 1),
        name=pl.format("{}: {}", "group", pl.lit(FORM_NAMES[form])),
        form=pl.lit(form),
        reference_price_eur=pl.col(f"{form}_eur").cast(pl.Float64),
        share=pl.col("share") * part,
        operation_hours=hours.round(2),
        bed_days=stay.round(2),
        key=pl.lit(None, dtype=pl.String),
    )


def _operation_products(operations: pl.DataFrame) -> pl.DataFrame:
    return operations.with_columns(
        pl.col("reference_price_eur").cast(pl.Float64),
        pl.col("share").fill_null(0.0),
        number=pl.int_range(50, pl.len() + 50),
        place=pl.lit(1),
        group=pl.lit(OPERATION_GROUP),
        form=pl.lit("operation"),
    )


def _with_hours(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds the clinic, specialist and nurse hours of a unit [A], from its form, operation hours and bed days."""
    clinic = pl.col("form").replace_strict(CLINIC_HOURS, return_dtype=pl.Float64)
    operation, bed = pl.col("operation_hours"), pl.col("bed_days")
    day_nursing = pl.when(pl.col("form") == "day").then(DAY_NURSING_HOURS).otherwise(0.0)
    return frame.with_columns(
        clinic_hours=clinic,
        specialist_hours=(clinic * 1.15 + operation * 1.4 + bed * 0.35).round(2),
        nurse_hours=(clinic * 0.7 + day_nursing + operation * 3.0 + bed * 6.5).round(2),
    )


def _tilted(frame: pl.DataFrame) -> np.ndarray:
    """Returns the products' shares, day treatments and admissions scaled to give the specialism's mean price."""
    wanted = specialisms().select("specialism", "mean_price_eur")
    heavy = pl.col("form").is_in(["day", "admission"])
    excess = pl.col("share") * (pl.col("reference_price_eur") - pl.col("mean_price_eur"))
    factor = -(excess.filter(~heavy).sum() / excess.filter(heavy).sum()).over("specialism")
    scaled = frame.join(wanted, on="specialism", maintain_order="left").with_columns(
        share=pl.when(heavy).then(pl.col("share") * factor).otherwise("share")
    )
    return scaled.select(pl.col("share") / pl.col("share").sum().over("specialism")).to_series().to_numpy()


@cache
def catalogue() -> Catalogue:
    """Returns the DBC care products of the region."""
    operations = assumed("operations")
    groups = _group_products()
    columns = [*groups.columns]
    frame = _with_hours(_coded(pl.concat([groups, _operation_products(operations).select(columns)])))
    fixed = np.zeros((len(providers.HOSPITALS), frame.height))
    for place, hospital in enumerate(providers.HOSPITALS):
        column = f"units_{hospital.key}"
        if column in operations.columns:
            fixed[place, groups.height :] = operations[column].fill_null(0).to_numpy()
    codes = tuple(tuple(text.split(" ")) for text in frame["diagnoses"])
    return Catalogue(frame.drop("share", "diagnoses", "number", "place"), _tilted(frame), fixed, codes)


@cache
def first_line() -> pl.DataFrame:
    """Returns the products of other care (OZP) of laboratory, GP and maternity care, as in `care_products`.

    Prices: costing manual 2022 and consult fees 2023 [V:S31, S30], indexed to 2025 [A].
    """
    return assumed("first_line")


CARE_PRODUCT_COLUMNS = ("care_product", "name", "specialism", "group", "reference_price_eur")


def care_products() -> pl.DataFrame:
    """Returns one row a care product, in the columns of the dataset `care_products`."""
    return pl.concat([catalogue().frame.select(CARE_PRODUCT_COLUMNS), first_line().select(CARE_PRODUCT_COLUMNS)])
