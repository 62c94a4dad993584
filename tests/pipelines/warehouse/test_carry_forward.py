"""Stale figures: carried forward only if the region says so, only so far back, and flagged to the last figure."""

from pathlib import Path

import duckdb
import pytest
from small_region import HOSPITALS, REGION, deliver, volume, write_region

from data_contracts.contract import load_contract
from pipelines.judging.from_contract import ddl
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.warehouse.carry_forward import carry_forward
from pipelines.workspace.workspace import Workspace, WorkspaceError

NORTH, MIDDLE, SOUTH = HOSPITALS


def region(root: Path, *, carry: str) -> Workspace:
    """North lacks two quarters of volume, the middle has only last year's, the south has all."""
    workspace = write_region(root)
    (root / "region.yaml").write_text(REGION + carry)
    for quarter in ("2025Q3", "2025Q4"):
        (workspace.inbox / HOSPITALS[NORTH] / quarter / "volume.csv").unlink()
    for quarter in range(1, 5):
        (workspace.inbox / HOSPITALS[MIDDLE] / f"2025Q{quarter}" / "volume.csv").unlink()
    deliver(workspace, f"{HOSPITALS[MIDDLE]}/2024/volume.csv", volume(MIDDLE, "2024"))
    return Workspace.open(root)


def query(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(
        str(releases.require_current(workspace.published).database.resolve()), read_only=True
    ) as connection:
        return connection.execute(sql).fetchall()


PERIODS = "SELECT DISTINCT provider_id, period, carried_from FROM volume WHERE left(period, 4) = '2025' ORDER BY ALL"


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    root = tmp_path_factory.mktemp("carried")
    workspace = region(root, carry="carry_forward: {datasets: [volume]}\n")
    refresh(workspace)
    return workspace


def test_the_last_period_stands_in_and_says_so(carried: Workspace) -> None:
    assert [row for row in query(carried, PERIODS) if row[0] != SOUTH] == [
        (NORTH, "2025Q1", None),
        (NORTH, "2025Q2", None),
        (NORTH, "2025Q3", "2025Q2"),
        (NORTH, "2025Q4", "2025Q2"),
        (MIDDLE, "2025", "2024"),
    ]
    units = "SELECT sum(units) FROM volume WHERE provider_id = '{}' AND period = '{}'"
    assert query(carried, units.format(NORTH, "2025Q4")) == query(carried, units.format(NORTH, "2025Q2"))
    assert {row[2] for row in query(carried, PERIODS) if row[0] == SOUTH} == {None}


def test_it_is_listed_covered_as_stale_and_flagged(carried: Workspace) -> None:
    listed = "SELECT dataset, supplier, provider_id, period, carried_from FROM carried_forward ORDER BY ALL"
    assert query(carried, listed) == [
        ("volume", "midden", MIDDLE, "2025", "2024"),
        ("volume", "noord", NORTH, "2025Q3", "2025Q2"),
        ("volume", "noord", NORTH, "2025Q4", "2025Q2"),
    ]
    coverage = "SELECT period, status FROM coverage WHERE supplier = 'noord' AND dataset = 'volume' ORDER BY 1"
    assert query(carried, coverage) == [
        ("2025Q1", "complete"),
        ("2025Q2", "complete"),
        ("2025Q3", "stale"),
        ("2025Q4", "stale"),
    ]
    flags = query(carried, "SELECT id, message_en FROM flag WHERE flag = 'volume_carried_forward' ORDER BY 1")
    assert [party for party, _ in flags] == [NORTH, MIDDLE]
    assert "2025Q3 < 2025Q2, 2025Q4 < 2025Q2" in str(flags[0][1])
    assert query(carried, "SELECT id FROM flag WHERE flag = 'volume_annualised'") == []


def test_unless_the_region_says_so_nothing_stands_in(tmp_path: Path) -> None:
    workspace = region(tmp_path / "region", carry="")
    refresh(workspace)
    assert {row[2] for row in query(workspace, PERIODS)} == {None}
    assert query(workspace, "SELECT id FROM flag WHERE flag = 'volume_annualised'") == [(NORTH,)]
    assert query(workspace, "SELECT count(*) FROM carried_forward") == [(0,)]


def test_too_old_is_too_old(tmp_path: Path) -> None:
    workspace = region(tmp_path / "region", carry="carry_forward: {datasets: [volume], most_quarters: 1}\n")
    refresh(workspace)
    assert [row for row in query(workspace, PERIODS) if row[0] != SOUTH and row[2]] == [(NORTH, "2025Q3", "2025Q2")]


def test_only_what_has_periods_can_be_carried(tmp_path: Path) -> None:
    root = tmp_path / "region"
    root.mkdir()
    (root / "region.yaml").write_text(REGION + "carry_forward: {datasets: [contracts]}\n")
    with pytest.raises(WorkspaceError, match="the dataset contracts"):
        Workspace.open(root)


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2030])
def test_whole_years_are_carried_whatever_digit_the_year_ends_in(tmp_path: Path, year: int) -> None:
    (tmp_path / "region.yaml").write_text(
        f"region: x\nname: {{nl: X, en: X}}\nbase_year: {year}\nperiods: ['{year}']\nsuppliers: []\n"
        "carry_forward: {datasets: [capacity]}\n"
    )
    with duckdb.connect() as connection:
        for statement in ddl.create_published_table(load_contract("capacity")):
            connection.execute(statement)
        for provider, last in (("a", year - 1), ("b", year - 2), ("c", year)):
            connection.execute(
                "INSERT INTO capacity (provider_id, period, resource, available, supplier, delivery) "
                f"VALUES ('{provider}', '{last}', 'bed_days', 5, 's', 'd')"
            )
        found = carry_forward(connection, Workspace.open(tmp_path).region)
    assert found.select("provider_id", "period", "carried_from").rows() == [("a", f"{year}", f"{year - 1}")]
