"""Withdrawn deliveries: a file taken out of the inbox no longer counts, and stays in the log."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from delivering import VOLUME, accepted_rows, deliver, put, with_register

from data_contracts.problem import Problem
from pipelines.intake import deliveries
from pipelines.intake.pending import pending
from pipelines.workspace.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return with_register(tmp_path / "region")


def volume_log(workspace: Workspace) -> pl.DataFrame:
    return deliveries.records(workspace.lake).filter(dataset="volume")


def test_a_withdrawn_delivery_no_longer_counts_and_stays_in_the_log(workspace: Workspace) -> None:
    path = deliver(workspace, VOLUME).delivery.path
    path.unlink()
    deliveries.ingest(workspace)
    assert accepted_rows(workspace).is_empty()
    (row,) = volume_log(workspace).iter_rows(named=True)
    assert (row["status"], row["rows"], row["accepted"]) == ("withdrawn", 2, 2)
    assert row["withdrawn_at"] >= row["received_at"]
    line = deliveries.coverage(workspace.lake, workspace.region).filter(dataset="volume", period="2025Q1")
    assert line.select("delivered", "status").rows() == [(False, "missing")]


def test_a_withdrawn_delivery_that_comes_back_counts_again(workspace: Workspace) -> None:
    path = deliver(workspace, VOLUME).delivery.path
    path.unlink()
    deliveries.ingest(workspace)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    assert path in [one.path for one in pending(workspace)]
    deliveries.ingest(workspace)
    assert accepted_rows(workspace).height == 2
    assert volume_log(workspace).select("status", "withdrawn_at").rows() == [("accepted", None)]
    assert all(outcome.unchanged for outcome in deliveries.ingest(workspace))


def test_withdrawing_a_correction_does_not_bring_back_what_it_replaced(workspace: Workspace) -> None:
    deliver(workspace, VOLUME)
    path = deliver(workspace, VOLUME.replace("12;10", "13;10")).delivery.path
    path.unlink()
    deliveries.ingest(workspace)
    assert accepted_rows(workspace).is_empty()
    assert sorted(volume_log(workspace)["status"]) == ["superseded", "withdrawn"]


def test_an_earlier_version_that_still_lies_there_counts_when_the_later_is_withdrawn(workspace: Workspace) -> None:
    put(workspace, "noord/2025Q1/volume_a.csv", VOLUME, at=1_900_000_000)
    later = put(workspace, "noord/2025Q1/volume_b.csv", VOLUME.replace("12;10", "13;10"), at=1_900_000_100)
    deliveries.ingest(workspace)
    later.unlink()
    deliveries.ingest(workspace)
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 12]


def test_an_empty_inbox_withdraws_nothing(workspace: Workspace) -> None:
    deliver(workspace, VOLUME)
    shutil.rmtree(workspace.inbox)
    with pytest.raises(Problem, match=r"an empty inbox.*although 2 deliveries"):
        deliveries.ingest(workspace)
    assert accepted_rows(workspace).height == 2


def test_reading_one_period_withdraws_nothing(workspace: Workspace) -> None:
    deliver(workspace, VOLUME).delivery.path.unlink()
    deliveries.ingest(workspace, periods=["2025Q2"])
    assert accepted_rows(workspace).height == 2
