"""What comes without an agreement, followed with a pencil: it is told, and nothing to tell is no fault."""

import polars as pl

from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario import parse_scenario
from pipelines.release.review import forced

SCENARIO = """
scenario: nothing
base_year: 2025
horizon: {horizon}
baseline: {{demand_growth: {{default: 0.1}}}}
"""


def evaluated(*, horizon: int = 2027, **tables: pl.DataFrame) -> Evaluation:
    facts = {
        "provider": pl.DataFrame({"provider_id": ["H"], "name": ["H"], "kind": ["general_hospital"]}),
        "volume": pl.DataFrame({"provider_id": ["H"], "period": ["2025"], "specialism": ["0320"], "units": [100.0]}),
    }
    region = Region.from_tables(facts | tables, base_year=2025)
    return evaluate(region, parse_scenario(SCENARIO.format(horizon=horizon), source="nothing.yaml"))


def beds(available: float) -> dict[str, pl.DataFrame]:
    rows = {
        "provider_id": ["H"],
        "period": ["2025"],
        "resource": ["bed_days"],
        "available": [available],
        "used": [50.0],
    }
    return {"capacity": pl.DataFrame(rows)}


def test_a_region_without_capacity_has_no_shortage_to_tell() -> None:
    assert forced(evaluated()).rows() == []


def test_a_shortage_that_grows_is_told() -> None:
    # 50 bed days used of 55; demand grows by a tenth a year: 50 * 1.21 = 60.5 in 2027, 5.5 too few, and 5 to spare now
    (row,) = forced(evaluated(**beds(55.0))).rows()
    assert row[:4] == ("H", "resource", "bed_days", 0.0)
    assert abs(row[4] - 5.5) < 1e-9
    assert forced(evaluated(**beds(70.0))).is_empty()


def test_where_the_horizon_is_the_base_year_nothing_grows() -> None:
    assert forced(evaluated(horizon=2025, **beds(40.0))).is_empty()
