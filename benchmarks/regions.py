"""Made regions and scenarios of any size, for measuring only: their figures mean nothing."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import yaml

from models.region import Region
from models.scenario import Scenario, parse_scenario

YEAR = "2025"
RESOURCES = ("bed_days", "operating_room_hours", "clinic_hours", "specialist_hours", "nurse_hours")
GP_RESOURCES = ("gp_hours", "practice_nurse_hours")


@dataclass(frozen=True)
class Size:
    """How large a region and a scenario are."""

    hospitals: int = 60
    gps: int = 500
    segments: int = 5_000
    payers: int = 5
    areas: int = 1_000
    cells_per_segment: int = 60
    initiatives: int = 40
    years: int = 10
    draws: int = 0


def tables(size: Size, *, seed: int = 1) -> dict[str, pl.DataFrame]:
    """Returns the fact tables of a made region."""
    rng = np.random.default_rng(seed)
    hospitals = [f"06{i:06d}" for i in range(size.hospitals)]
    gps = [f"01{i:06d}" for i in range(size.gps)]
    payers = [f"33{i:02d}" for i in range(size.payers)]
    products = np.array([f"{i:09d}" for i in range(size.segments)])
    specialisms = np.array([f"03{i % 28 + 1:02d}" for i in range(size.segments)])
    cells = size.segments * size.cells_per_segment
    product = np.repeat(np.arange(size.segments), size.cells_per_segment)
    volume = pl.DataFrame(
        {
            "provider_id": rng.choice(hospitals, cells),
            "period": [YEAR] * cells,
            "payer_id": rng.choice(payers, cells),
            "specialism": specialisms[product],
            "diagnosis": specialisms[product],
            "care_product": products[product],
            "area": rng.choice([f"{a:04d}" for a in range(size.areas)], cells),
            "units": rng.integers(1, 40, cells).astype(float),
        }
    )
    everyone = [*hospitals, *gps]
    return {
        "provider": pl.DataFrame(
            {
                "provider_id": everyone,
                "kind": ["general_hospital"] * size.hospitals + ["gp_organisation"] * size.gps,
                "latitude": rng.uniform(51.5, 52.5, len(everyone)),
                "longitude": rng.uniform(4.0, 5.5, len(everyone)),
                "annual_revenue_eur": [2e8] * size.hospitals + [5e6] * size.gps,
            }
        ),
        "payer": pl.DataFrame({"payer_id": payers}),
        "area": pl.DataFrame(
            {
                "area": [f"{a:04d}" for a in range(size.areas)],
                "latitude": rng.uniform(51.5, 52.5, size.areas),
                "longitude": rng.uniform(4.0, 5.5, size.areas),
            }
        ),
        "resource": pl.DataFrame(
            {
                "resource": [*RESOURCES, *GP_RESOURCES],
                "is_staff": [False] * 3 + [True] * 4,
                "hours_per_fte": [1550.0] * 7,
            }
        ),
        "volume": volume,
        "revenue": volume.group_by("provider_id", "period", "payer_id", "care_product").agg(
            units=pl.col("units").sum(), revenue_eur=pl.col("units").sum() * 350.0
        ),
        "contract": _contracts(hospitals, payers, rng),
        "capacity": _capacity(hospitals, gps),
        "resource_use": pl.DataFrame(
            {
                "specialism": sorted(set(specialisms.tolist())) * len(RESOURCES),
                "resource": np.repeat(RESOURCES, len(set(specialisms.tolist()))),
                "amount_per_unit": 0.4,
            }
        ),
        "volume_norm": pl.DataFrame(
            {"norm": [f"norm-{n}" for n in range(20)], "care_product": products[:20], "minimum_units": [20.0] * 20}
        ),
    }


def _contracts(hospitals: list[str], payers: list[str], rng: np.random.Generator) -> pl.DataFrame:
    pairs = [(h, p) for h in hospitals for p in payers]
    forms = rng.choice(["fee_for_service", "ceiling", "lump_sum", "corridor"], len(pairs))
    return pl.DataFrame(
        {
            "provider_id": [h for h, _ in pairs],
            "payer_id": [p for _, p in pairs],
            "valid_from": [2024] * len(pairs),
            "valid_to": rng.integers(2026, 2030, len(pairs)),
            "form": forms,
            "agreed_amount_eur": rng.uniform(5e6, 9e6, len(pairs)),
            "half_width": [0.02] * len(pairs),
            "rate_over": [0.3] * len(pairs),
        }
    )


def _capacity(hospitals: list[str], gps: list[str]) -> pl.DataFrame:
    rows = [(p, r) for p in hospitals for r in RESOURCES] + [(p, r) for p in gps for r in GP_RESOURCES]
    return pl.DataFrame(
        {
            "provider_id": [p for p, _ in rows],
            "period": [YEAR] * len(rows),
            "resource": [r for _, r in rows],
            "available": [60_000.0] * len(rows),
            "used": [55_000.0] * len(rows),
        }
    )


def scenario(size: Size, *, seed: int = 1) -> Scenario:
    """Returns a scenario: two of three initiatives go to the GPs, one concentrates care in three hospitals."""
    rng = np.random.default_rng(seed)
    initiatives = [_initiative(number, size, rng) for number in range(size.initiatives)]
    growth = {"default": [0.0, 0.01, 0.02], "specialism": {"0301": [0.0, 0.02, 0.03]}}
    text = yaml.safe_dump(
        {
            "scenario": "benchmark",
            "base_year": int(YEAR),
            "horizon": int(YEAR) + size.years - 1,
            "draws": size.draws,
            "seed": 7,
            "baseline": {"demand_growth": growth},
            "initiatives": initiatives,
        }
    )
    return parse_scenario(text, source="benchmark")


def _initiative(number: int, size: Size, rng: np.random.Generator) -> dict[str, Any]:
    products = [f"{p:09d}" for p in rng.choice(size.segments, min(40, size.segments), replace=False)]
    donors = [f"06{h:06d}" for h in rng.choice(size.hospitals, min(12, size.hospitals - 3), replace=False)]
    common = {
        "id": f"initiative-{number}",
        "care": [{"care_product": products}],
        "from": {"providers": donors},
        "eligible_share": [0.1, 0.25, 0.4],
        "uptake": {"start": 2027, "years_to_full": 3, "shape": "logistic", "maximum": [0.6, 0.8, 0.95]},
        "returns": [0.02, 0.05, 0.1],
    }
    if number % 3 == 2:
        sites = [f"06{h:06d}" for h in range(3)]
        return common | {"kind": "concentration", "to": {"providers": sites, "allocate": "nearest"}}
    return common | {
        "kind": "substitution",
        "to": {"kind": ["gp_organisation"], "allocate": ("nearest", "size")[number % 2]},
        "induced_demand": [0.0, 0.05, 0.15],
        "replacement": {
            "units_per_unit": [1.5, 2.0, 3.0],
            "tariff_eur": 26.0,
            "tariff_outside_contract": True,
            "cost_per_unit_eur": 21.0,
            "resources": {"gp_hours": 0.07, "practice_nurse_hours": [0.2, 0.28, 0.4]},
        },
    }


def region(size: Size, *, seed: int = 1) -> Region:
    """Returns a made region."""
    return Region.from_tables(tables(size, seed=seed), base_year=int(YEAR))
