"""A small invented region, from deliveries on: three hospitals, four GP organisations, one insurer, four quarters."""

from itertools import product
from pathlib import Path

import polars as pl

from pipelines.workspace.workspace import Workspace

PERIODS = ("2025Q1", "2025Q2", "2025Q3", "2025Q4")
HOSPITALS = {"06010101": "noord", "06010102": "midden", "06010103": "zuid"}
GPS = ("01010001", "01010002", "01010003", "01010004")
PAYER = "3311"
AREAS = ("3011", "3012", "3013", "3014")
PRODUCTS = {
    "099999001": ("0320", "401", 400.0),
    "099999002": ("0320", "402", 250.0),
    "099999003": ("0301", "554", 1200.0),
}

REGION = """
region: kleinland
name: {nl: Kleinland (verzonnen), en: Smallland (invented)}
invented: true
base_year: 2025
periods: [2025Q1, 2025Q2, 2025Q3, 2025Q4]
keep_releases: 3
suppliers:
  - {supplier: bureau, name: Bureau, datasets: [providers, payers, areas, resources, care_products]}
  - {supplier: noord, name: Noord, providers: ["06010101"], datasets: [volume, revenue, capacity]}
  - {supplier: midden, name: Midden, providers: ["06010102"], datasets: [volume, revenue, capacity]}
  - {supplier: zuid, name: Zuid, providers: ["06010103"], datasets: [volume, revenue, capacity]}
  - {supplier: huisartsen, name: Huisartsen, datasets: [capacity]}
  - {supplier: verzekeraar, name: Verzekeraar, datasets: [contracts]}
"""

SCENARIO = """
scenario: naar-de-huisarts
title: {nl: Naar de huisarts, en: To the general practitioner}
base_year: 2025
horizon: 2028
draws: 50
seed: 1
discount_rate: 0.03
initiatives:
  - id: ritme
    kind: substitution
    title: {nl: Ritme, en: Rhythm}
    from: {kind: [general_hospital]}
    to: {kind: [gp_organisation], allocate: nearest}
    care: [{specialism: "0320", diagnosis: ["401"]}]
    eligible_share: [0.2, 0.3, 0.4]
    uptake: {start: 2026, years_to_full: 2}
    returns: 0.05
    replacement: {units_per_unit: 2.0, tariff_eur: 26.0, cost_per_unit_eur: 21.0, resources: {gp_hours: 0.2}}
"""


def write_region(root: Path) -> Workspace:
    """Writes the region with all its deliveries and one scenario."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "region.yaml").write_text(REGION)
    (root / "scenarios").mkdir(exist_ok=True)
    (root / "scenarios" / "naar-de-huisarts.yaml").write_text(SCENARIO)
    workspace = Workspace.open(root)
    _reference(workspace)
    for period in PERIODS:
        for provider, supplier in HOSPITALS.items():
            deliver(workspace, f"{supplier}/{period}/volume.csv", volume(provider, period))
            deliver(workspace, f"{supplier}/{period}/revenue.csv", revenue(provider, period))
            deliver(workspace, f"{supplier}/{period}/capacity.csv", _beds(provider, period))
        deliver(workspace, f"huisartsen/{period}/capacity.csv", _gp_hours(period))
    return workspace


def deliver(workspace: Workspace, place: str, frame: pl.DataFrame) -> Path:
    """Puts a frame as CSV at <supplier>/<period>/<name> in the inbox."""
    path = workspace.inbox / place
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_csv(path)
    return path


def volume(provider: str, period: str, *, units: float = 10.0) -> pl.DataFrame:
    """A hospital's volume of one quarter: every product in every area."""
    return pl.DataFrame(
        [
            (provider, period, PAYER, PRODUCTS[code][0], PRODUCTS[code][1], code, area, units)
            for code, area in product(PRODUCTS, AREAS)
        ],
        schema=["provider_id", "period", "payer_id", "specialism", "diagnosis", "care_product", "area", "units"],
        orient="row",
    )


def revenue(provider: str, period: str) -> pl.DataFrame:
    """What its volume of one quarter was paid."""
    return pl.DataFrame(
        [(provider, period, PAYER, code, 40.0, 40.0 * price) for code, (_, _, price) in PRODUCTS.items()],
        schema=["provider_id", "period", "payer_id", "care_product", "units", "revenue_eur"],
        orient="row",
    )


def _beds(provider: str, period: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"provider_id": [provider], "period": period, "resource": "nurse_hours", "available": 900.0, "used": 800.0}
    )


def _gp_hours(period: str) -> pl.DataFrame:
    return pl.DataFrame(
        {"provider_id": GPS, "period": period, "resource": "gp_hours", "available": 450.0, "used": 440.0}
    )


def _reference(workspace: Workspace) -> None:
    """Delivers the register and the other data without a period."""
    hospitals = [
        (code, f"Ziekenhuis {name}", "general_hospital", 52.0, 4.0 + n)
        for n, (code, name) in enumerate(HOSPITALS.items())
    ]
    gps = [(code, f"Huisartsen {n}", "gp_organisation", 52.1, 4.0 + n) for n, code in enumerate(GPS)]
    columns = ["provider_id", "name", "kind", "latitude", "longitude"]
    deliver(workspace, "bureau/2025/providers.csv", pl.DataFrame([*hospitals, *gps], schema=columns, orient="row"))
    deliver(workspace, "bureau/2025/payers.csv", pl.DataFrame({"payer_id": [PAYER], "name": ["Verzekeraar"]}))
    places = pl.DataFrame({"area": AREAS, "latitude": [52.05] * 4, "longitude": [4.0, 5.0, 6.0, 7.0]})
    deliver(workspace, "bureau/2025/areas.csv", places)
    resources = pl.DataFrame(
        {
            "resource": ["nurse_hours", "gp_hours"],
            "name": ["Verpleegkundigen", "Huisartsen"],
            "unit": "hours",
            "is_staff": True,
            "hours_per_fte": [1500.0, 1600.0],
        }
    )
    deliver(workspace, "bureau/2025/resources.csv", resources)
    codes = [(code, f"Product {code}", specialism) for code, (specialism, _, _) in PRODUCTS.items()]
    deliver(
        workspace,
        "bureau/2025/care_products.csv",
        pl.DataFrame(codes, schema=["care_product", "name", "specialism"], orient="row"),
    )
    contracts = pl.DataFrame(
        {"provider_id": list(HOSPITALS), "payer_id": PAYER, "valid_from": 2024, "form": "fee_for_service"}
    )
    deliver(workspace, "verzekeraar/2025/contracts.csv", contracts)
