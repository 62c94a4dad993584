"""A real release of a very small region, evaluated by the model: what *What if* needs and an invented one cannot give.

Two hospitals, two GP organisations, two payers; one hospital has a lump sum. One initiative moves half a specialism.
"""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from models.impact import evaluate
from models.region import Region
from models.scenario.parsing import read_content
from models.tables import RESULT_TABLES

SCENARIO = "to-the-gp"
DATABASE = "care_transfer.duckdb"
CONTENT: dict[str, Any] = {
    "scenario": SCENARIO,
    "title": {"nl": "Naar de huisarts", "en": "To the GP"},
    "base_year": 2025,
    "horizon": 2029,
    "draws": 60,
    "seed": 5,
    "discount_rate": 0.03,
    "baseline": {"demand_growth": {"default": [0.0, 0.01, 0.02]}},
    "initiatives": [
        {
            "id": "rhythm",
            "kind": "substitution",
            "title": {"nl": "Ritmestoornissen", "en": "Arrhythmia"},
            "from": {"kind": ["general_hospital"]},
            "to": {"kind": ["gp_organisation"], "allocate": "equal"},
            "care": [{"specialism": ["0320"]}],
            "eligible_share": [0.2, 0.3, 0.5],
            "uptake": {"start": 2026, "years_to_full": 2, "maximum": [0.5, 0.7, 0.9]},
            "returns": [0.02, 0.05, 0.1],
            "relative_intensity": 0.9,
            "replacement": {"tariff_eur": 26, "cost_per_unit_eur": 24, "resources": {"gp_hours": 1.0}},
            "evidence": [
                {"parameter": "eligible_share", "source": "A study of 2020", "url": "https://example.org/study",
                 "year": 2020, "confidence": "general"},
                {"parameter": "uptake.maximum", "source": "To be agreed", "confidence": "assumption"},
            ],
        }
    ],
}  # fmt: skip
HOSPITALS, GPS = ("06010101", "06010102"), ("41000001", "41000002")
PAYERS = ("3311", "0104")


def facts() -> dict[str, pl.DataFrame]:
    """The fact tables of the region."""
    pairs = [(hospital, payer) for hospital in HOSPITALS for payer in PAYERS]
    units = [4000.0, 1000.0, 2500.0, 500.0]
    return {
        "provider": pl.DataFrame(
            {
                "provider_id": [*HOSPITALS, *GPS],
                "name": ["Noordziekenhuis", "Zuidziekenhuis", "Huisartsen Noord", "Huisartsen Zuid"],
                "kind": ["general_hospital"] * 2 + ["gp_organisation"] * 2,
                "annual_revenue_eur": [4_000_000.0, 2_500_000.0, 300_000.0, 250_000.0],
                "annual_margin_eur": [60_000.0, 30_000.0, None, None],
            }
        ),
        "payer": pl.DataFrame({"payer_id": list(PAYERS), "name": ["Verzekeraar Een", "Verzekeraar Twee"]}),
        "resource": pl.DataFrame(
            {"resource": ["gp_hours"], "name": ["GP hours"], "unit": ["hours"], "is_staff": [True],
             "hours_per_fte": [1500.0], "target_utilisation": [0.95]}
        ),
        "volume": pl.DataFrame(
            {"provider_id": [h for h, _ in pairs], "period": ["2025"] * 4, "payer_id": [p for _, p in pairs],
             "specialism": ["0320"] * 4, "diagnosis": ["401"] * 4, "care_product": ["099999001"] * 4, "units": units}
        ),
        "revenue": pl.DataFrame(
            {"provider_id": [h for h, _ in pairs], "period": ["2025"] * 4, "payer_id": [p for _, p in pairs],
             "care_product": ["099999001"] * 4, "units": units, "revenue_eur": [400.0 * amount for amount in units]}
        ),
        "capacity": pl.DataFrame(
            {"provider_id": list(GPS), "period": ["2025"] * 2, "resource": ["gp_hours"] * 2,
             "available": [6000.0, 5000.0], "used": [5600.0, 4700.0]}
        ),
        "contract": pl.DataFrame(
            {"provider_id": [HOSPITALS[1]], "payer_id": [PAYERS[0]], "valid_from": [2025], "valid_to": [2027],
             "form": ["lump_sum"], "agreed_amount_eur": [1_000_000.0]}
        ),
    }  # fmt: skip


def write_release(
    folder: Path,
    *,
    name: str = "20261122T060000Z-ab12cd34",
    scenario: Mapping[str, Any] = CONTENT,
    tables: Mapping[str, pl.DataFrame] | None = None,
) -> Path:
    """Writes a release folder, complete and closed, and returns it; `tables` are other facts than those of `facts`."""
    target = folder / name
    target.mkdir(parents=True)
    tables = dict(facts() if tables is None else tables)
    region = Region.from_tables(tables, base_year=2025)
    evaluation = evaluate(region, read_content(dict(scenario), source="test"))
    about = {
        "id": name, "created_at": "2026-11-22T06:00:00+00:00", "name_nl": "Kleinland", "name_en": "Smallland",
        "invented": True, "base_year": 2025, "versions": json.dumps({"care-transfer": "0.1.0"}),
    }  # fmt: skip
    tables |= {"release": pl.DataFrame([about])}
    tables |= {key: evaluation.table(key) for key in RESULT_TABLES}
    with duckdb.connect(str(target / DATABASE)) as connection:
        for key, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f'CREATE TABLE "{key}" AS SELECT * FROM frame')
            connection.unregister("frame")
    return target


def make_current(published: Path, release: Path) -> None:
    """Lets `current` point to a release, in one step."""
    link = published / f".current.{threading.get_ident()}"
    link.unlink(missing_ok=True)
    link.symlink_to(release, target_is_directory=True)
    link.replace(published / "current")
