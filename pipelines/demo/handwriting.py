"""How suppliers write their files: format, separator, encoding, decimal sign, language of the headings.

Dutch headings are aliases that the contracts list; a test holds them against the contracts.
"""

import datetime as dt
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl
import xlsxwriter

Format = Literal["csv", "xlsx", "parquet"]

_IDENTIFIERS = {"provider_id": "AGB-code", "payer_id": "UZOVI", "period": "Periode"}
_CARE = {"specialism": "Specialisme", "diagnosis": "Diagnose", "care_product": "Zorgproduct"}
DUTCH: dict[str, dict[str, str]] = {
    "volume": {
        **_IDENTIFIERS,
        **_CARE,
        "area": "Postcodegebied",
        "patients": "Aantal patiënten",
        "units": "Aantal subtrajecten",
    },
    "revenue": {**_IDENTIFIERS, "care_product": "Zorgproduct", "units": "Aantal", "revenue_eur": "Omzet (€)"},
    "capacity": {
        **_IDENTIFIERS,
        "resource": "Capaciteitssoort",
        "available": "Beschikbaar",
        "used": "Gebruikt",
        "target_utilisation": "Bezettingsnorm",
        "vacancies_fte": "Vacatures (fte)",
    },
    "unit_costs": {**_IDENTIFIERS, "care_product": "Zorgproduct", "unit_cost_eur": "Kostprijs"},
    "contracts": {
        **_IDENTIFIERS,
        "valid_from": "Geldig vanaf",
        "valid_to": "Geldig tot en met",
        "form": "Contractvorm",
        "agreed_amount_eur": "Contractsom",
        "agreed_growth": "Afgesproken groei",
        "half_width": "Halve bandbreedte",
        "rate_over": "Vergoeding boven",
        "rate_under": "Terugbetaling onder",
        "renewal_pass_through": "Doorwerking nieuw contract",
    },
    "waiting_list": {
        **_IDENTIFIERS,
        "specialism": "Specialisme",
        "patients_waiting": "Aantal wachtenden",
        "wait_days": "Wachttijd (dagen)",
    },
}
CODE_COLUMNS = ("provider_id", "payer_id", "specialism", "care_product")
MONEY_DECIMALS = 2
CREATED = dt.datetime(
    2025, 1, 1, tzinfo=dt.UTC
)  # a fixed date in the workbook, so that the same figures give the same bytes


@dataclass(frozen=True)
class Handwriting:
    """One supplier's way of writing a file."""

    format: Format = "csv"
    separator: str = ","
    encoding: str = "utf-8"
    decimal_comma: bool = False
    dutch: bool = False
    codes_as_numbers: bool = False  # Excel's way to lose leading zeros
    title: str = ""  # a line above the headings, in Excel

    def headed(self, frame: pl.DataFrame, *, dataset: str) -> pl.DataFrame:
        """Returns the frame under this layout's headings."""
        names = DUTCH.get(dataset, {}) if self.dutch else {}
        return frame.rename({column: names[column] for column in frame.columns if column in names})


def write(frame: pl.DataFrame, *, path: Path, dataset: str, layout: Handwriting) -> None:
    """Writes one delivery: the same frame and layout give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if layout.format == "parquet":
        layout.headed(frame, dataset=dataset).write_parquet(path, compression="zstd")
    elif layout.format == "xlsx":
        _write_excel(frame, path=path, dataset=dataset, layout=layout)
    else:
        _write_csv(frame, path=path, dataset=dataset, layout=layout)


def _write_csv(frame: pl.DataFrame, *, path: Path, dataset: str, layout: Handwriting) -> None:
    buffer = io.BytesIO()
    rounded = frame.with_columns(pl.col("^.*_eur$").cast(pl.Decimal(18, MONEY_DECIMALS)))
    layout.headed(rounded, dataset=dataset).write_csv(
        buffer, separator=layout.separator, decimal_comma=layout.decimal_comma
    )
    path.write_bytes(buffer.getvalue().decode().encode(layout.encoding))


def _write_excel(frame: pl.DataFrame, *, path: Path, dataset: str, layout: Handwriting) -> None:
    codes = [column for column in CODE_COLUMNS if column in frame.columns] if layout.codes_as_numbers else []
    cells = layout.headed(frame.with_columns(pl.col(codes).cast(pl.Int64)), dataset=dataset)
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as workbook:
        workbook.set_properties({"created": CREATED.replace(tzinfo=None)})
        sheet = workbook.add_worksheet("Export")
        first = 0
        if layout.title:
            sheet.write_string(0, 0, layout.title)
            first = 2
        sheet.write_row(first, 0, cells.columns)
        for place, column in enumerate(cells.iter_columns()):
            sheet.write_column(first + 1, place, column.to_list())
