"""A quarter's figures in a year's folder: the quarters count, both files are told, no table holds both."""

from pathlib import Path

import pytest
from delivering import PROVIDERS, make_workspace, put

from models.region import Region
from pipelines.intake import deliveries
from pipelines.release import publication
from pipelines.release.checks import CHECKS, run_check
from pipelines.warehouse import building as warehouse

NORTH = "06010101"
HEADS = {
    "volume": "provider_id;period;payer_id;specialism;diagnosis;care_product;area;units\n",
    "revenue": "provider_id;period;payer_id;care_product;units;revenue_eur\n",
    "capacity": "provider_id;period;resource;available;used\n",
}
ROWS = {
    "volume": f"{NORTH};{{period}};3311;0320;401;099999001;1011;{{amount}}\n",
    "revenue": f"{NORTH};{{period}};3311;099999001;10;{{amount}}\n",
    "capacity": f"{NORTH};{{period}};gp_hours;{{amount}};1\n",
}
NAMES = {"volume": "year_and_quarters"}
AMOUNTS = {"volume": "units", "revenue": "revenue_eur", "capacity": "available"}


def released(root: Path, dataset: str, amounts: dict[str, int]) -> Path:
    """The draft of a region in which a hospital delivered a dataset for some periods, a file each."""
    workspace = make_workspace(root)
    put(workspace, "region/2025/providers.csv", PROVIDERS)
    put(workspace, "region/2025/resources.csv", "resource;name;hours_per_fte;is_staff\ngp_hours;Huisartsen;1500;ja\n")
    for period, amount in amounts.items():
        row = ROWS[dataset].format(period=period, amount=amount)
        put(workspace, f"noord/{period}/{dataset}.csv", HEADS[dataset] + row)
    deliveries.ingest(workspace)
    return publication.start(workspace).database


QUARTERS = {"2025Q1": 300, "2025Q2": 320, "2025Q3": 348}


@pytest.mark.parametrize("dataset", HEADS)
def test_quarters_count_where_the_year_is_less_and_every_file_is_told(tmp_path: Path, dataset: str) -> None:
    with warehouse.reading(released(tmp_path, dataset, {**QUARTERS, "2025": 242})) as connection:
        amount = AMOUNTS[dataset]
        periods = connection.execute(f"SELECT period, {amount} FROM {dataset} ORDER BY period").fetchall()
        assert periods == [(period, float(value)) for period, value in QUARTERS.items()]
        told = connection.execute(
            "SELECT period, file, value, expected, message_en, message_nl FROM data_finding WHERE rule = ? ORDER BY 1",
            [NAMES.get(dataset, f"{dataset}_year_and_quarters")],
        ).fetchall()
        assert [(row[0], row[2], row[3]) for row in told] == [
            ("2025", 242.0, 968.0),
            *((quarter, 968.0, 242.0) for quarter in QUARTERS),
        ]
        assert all(row[1] == f"{dataset}.csv" for row in told)
        assert "242 in all the way 2025 was delivered, 968 the other way" in told[0][4]
        assert "samen 242 zoals 2025 is geleverd, 968 op de andere manier" in told[0][5]
        assert "no whole year and the quarters count" in told[0][4]


def test_the_model_counts_the_quarters_scaled_up(tmp_path: Path) -> None:
    with warehouse.reading(released(tmp_path, "volume", {**QUARTERS, "2025": 242})) as connection:
        tables = {name: connection.execute(f"SELECT * FROM {name}").pl() for name in ("provider", "volume")}
    region = Region.from_tables(tables, base_year=2025)
    assert float(region.cells.units.sum()) == pytest.approx(1290.67, abs=0.005)


@pytest.mark.parametrize("dataset", HEADS)
def test_a_year_that_is_no_less_counts_and_every_row_is_accounted_for(tmp_path: Path, dataset: str) -> None:
    with warehouse.reading(released(tmp_path, dataset, {**QUARTERS, "2025": 968})) as connection:
        assert connection.execute(f"SELECT DISTINCT period FROM {dataset}").fetchall() == [("2025",)]
        counts = connection.execute("SELECT period, counts FROM year_and_quarters ORDER BY 1").fetchall()
        assert counts == [("2025", True), *((quarter, False) for quarter in QUARTERS)]
        loaded = connection.execute(
            "SELECT accepted, replaced, loaded FROM loaded WHERE dataset = ?", [dataset]
        ).fetchall()
        assert loaded == [(4, 3, 1)]
        (check,) = (check for check in CHECKS if check.name == "accepted_rows_loaded")
        assert run_check(connection, check).passed


@pytest.mark.parametrize("dataset", HEADS)
def test_another_year_is_left_alone(tmp_path: Path, dataset: str) -> None:
    with warehouse.reading(released(tmp_path, dataset, {"2024": 242, "2025Q1": 300})) as connection:
        assert connection.execute(f"SELECT period FROM {dataset} ORDER BY 1").fetchall() == [("2024",), ("2025Q1",)]
        assert connection.execute("SELECT count(*) FROM year_and_quarters").fetchall() == [(0,)]
