"""Reading apart and judging twice: one supplier's trouble stays its own, and nothing is published unvetted."""

from pathlib import Path

import polars as pl
import pytest
from delivering import VOLUME, deliver, with_register
from small_region import write_region

from pipelines.intake import by_supplier as intake
from pipelines.intake import deliveries
from pipelines.intake.by_supplier import is_by_period, is_register
from pipelines.intake.inbox import dataset_in_dutch
from pipelines.intake.log import read_log
from pipelines.intake.vetting import verdict_on, vet
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.workspace.headway import listening
from pipelines.workspace.workspace import Supplier, Workspace


@pytest.fixture
def read(tmp_path: Path) -> Workspace:
    """The small region with everything read and nothing vetted."""
    workspace = write_region(tmp_path)
    deliveries.ingest(workspace)
    return workspace


def spoil(workspace: Workspace, supplier: str) -> None:
    """Changes an accepted row behind the program's back, so that only a second look finds it."""
    (path,) = (workspace.lake.folder / "volume" / supplier / "2025Q1").glob("*.parquet")
    frame = pl.read_parquet(path)
    frame.with_columns(units=pl.when(pl.int_range(pl.len()) == 0).then(-5.0).otherwise("units")).write_parquet(path)


def test_great_expectations_keeps_out_what_breaks_a_rule_and_nothing_else(read: Workspace) -> None:
    spoil(read, "midden")
    verdicts = vet(read.lake, periods=["2025Q1"])
    failed = [verdict for verdict in verdicts if not verdict.passed]
    assert [(verdict.supplier, verdict.dataset) for verdict in failed] == [("midden", "volume")]
    assert [(breach.column, breach.unexpected) for breach in failed[0].breaches] == [("units", 1)]
    log = deliveries.records(read.lake).filter(pl.col("supplier") == "midden", pl.col("period") == "2025Q1")
    refused = log.filter(pl.col("dataset") == "volume")
    assert refused.select("status", "accepted", "rejected").rows() == [("refused", 0, 12)]
    assert "Expected: none" in refused["message_en"].item()
    assert not any("volume/midden/2025Q1" in str(path) for path in deliveries.accepted(read.lake, "volume"))
    assert len(deliveries.accepted(read.lake, "volume")) == 11


def test_what_was_judged_is_not_judged_again(read: Workspace) -> None:
    first = vet(read.lake)
    assert len(first) == 46
    assert all(verdict.expectations > 0 for verdict in first)
    assert vet(read.lake) == []
    assert all(verdict_on(read.lake, record) is not None for record in read_log(read.lake))


def test_a_suite_is_asked_once_a_dataset_whatever_the_number_of_periods(read: Workspace) -> None:
    told: list[str] = []
    with listening(lambda step: told.append(step.label) if step.stage == "Asking Great Expectations" else None):
        vet(read.lake, periods=read.region.periods)
    assert "volume" in told
    assert len(told) == len(set(told))


def test_nothing_is_published_unvetted(tmp_path: Path) -> None:
    """Killed between reading and vetting: the next refresh finds nothing new to read, and vets all the same."""
    workspace = write_region(tmp_path)
    deliveries.ingest(workspace)
    spoil(workspace, "zuid")
    done = refresh(workspace)
    assert done.published
    statuses = {(d.supplier, d.period, d.dataset): d.status for d in done.release.manifest.deliveries}
    assert statuses["zuid", "2025Q1", "volume"] == "refused"
    assert statuses["zuid", "2025Q2", "volume"] == "accepted"


def test_a_fault_of_the_program_in_one_suppliers_file_stays_there(tmp_path: Path) -> None:
    workspace = write_region(tmp_path)
    (workspace.lake.folder / "volume").mkdir(parents=True)
    (workspace.lake.folder / "volume" / "midden").write_text("a file where a folder should be")
    done = refresh(workspace)
    assert {fault.step for fault in done.faults} == {"midden"}
    assert done.published
    delivered = set(done.read.filter(pl.col("dataset") == "volume")["supplier"])
    assert delivered == {"noord", "zuid"}
    (workspace.lake.folder / "volume" / "midden").unlink()
    assert set(refresh(workspace).read["supplier"]) == {"midden"}  # what could not be read is read next time


def test_what_a_killed_reading_left_is_removed(read: Workspace) -> None:
    (read.lake.folder / ".reading-abc").mkdir()
    (read.lake.folder / ".reading-abc" / "delivery.csv").write_text("half")
    (read.lake.folder / "volume" / ".x.parquet.12.tmp").write_text("half")
    before = deliveries.records(read.lake)
    assert sorted(intake.clean_leftovers(read)) == [".reading-abc", ".x.parquet.12.tmp"]
    assert deliveries.records(read.lake).equals(before)
    assert releases.list_releases(read.published) == []


def test_who_is_read_by_period_and_who_is_not() -> None:
    register = Supplier(supplier="bureau", datasets=["providers", "waiting_list"])
    insurer = Supplier(supplier="verzekeraar", datasets=["contracts"])
    hospital = Supplier(supplier="noord", datasets=["volume", "unit_costs"])
    lines = Supplier(supplier="lijnen", datasets=["declarations"])
    assert [is_register(supplier) for supplier in (register, insurer, hospital, lines)] == [True, False, False, False]
    assert [is_by_period(supplier) for supplier in (register, insurer, hospital, lines)] == [False, False, True, True]


def test_folders_are_read_by_period_and_what_has_none_first(read: Workspace) -> None:
    folders = [("noord", "2025Q2"), ("zuid", "2025Q2"), ("noord", "2026Q1"), ("bureau", "2025"), ("noord", "2025Q1")]
    assert list(intake.requests(read, folders)) == [
        (None, ["bureau", "noord"]),
        ("2025Q1", ["noord"]),
        ("2025Q2", ["noord", "zuid"]),
    ]


@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("omzet_2025.csv", "revenue"),
        ("Verzekeraars.xlsx", "payers"),
        ("zorgkosten regio 2024.csv", "regional_spending"),
        ("omzetderving.csv", None),
        ("Prijslijst-zuid.csv", "list_prices"),
    ],
)
def test_a_file_may_have_the_dutch_name_of_its_dataset(name: str, dataset: str | None) -> None:
    assert dataset_in_dutch(name) == dataset


def test_a_file_with_a_dutch_name_is_read_from_the_inbox(tmp_path: Path) -> None:
    workspace = with_register(tmp_path)
    found = deliver(workspace, VOLUME, place="noord/2025Q1/Volumes kwartaal 1.csv")
    assert (found.record.dataset, found.record.accepted) == ("volume", 2)
    revenue = "provider_id;period;payer_id;units;revenue_eur\n06010101;2025Q1;3311;5;100,00\n"
    assert deliver(workspace, revenue, place="noord/2025Q1/omzet.csv").record.dataset == "revenue"
