"""Files that are still arriving: nobody reads them, nor what lies beside them, and it is said."""

import os
import time
from pathlib import Path

import pytest
from delivering import PROVIDERS, VOLUME, accepted_rows, make_workspace, put, with_register, workbook_of

from pipelines.intake import arriving, deliveries
from pipelines.intake.arriving import breaks_off, is_arriving, wait_until_settled
from pipelines.intake.pending import pending
from pipelines.workspace.workspace import Workspace

LONG_AGO = time.time() - 7200
JUST_BEFORE = time.time() - 60


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "QUIET_SECONDS", 10.0)


def settled(workspace: Workspace) -> None:
    for path in workspace.inbox.rglob("*.*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.mark.usefixtures("patient")
def test_a_file_that_was_just_written_waits_with_its_folder_and_no_other(tmp_path: Path) -> None:
    """Whoever asks: what is pending, what is there, what a run of the period reads."""
    workspace = make_workspace(tmp_path)
    put(workspace, "region/2025/providers.csv", PROVIDERS, at=LONG_AGO)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    put(workspace, "noord/2025Q1/revenue.csv", "provider_id;period\n", at=LONG_AGO)
    put(workspace, "noord/2025Q2/volume.csv", VOLUME.replace("2025Q1", "2025Q2"), at=LONG_AGO)
    expected = [("region", "2025"), ("noord", "2025Q2")]
    assert [(one.supplier, one.period) for one in deliveries.discover(workspace)] == expected
    assert [(one.supplier, one.period) for one in pending(workspace)] == expected
    read = deliveries.ingest(workspace, periods=["2025Q1", "2025Q2"])
    assert [(one.delivery.supplier, one.delivery.period) for one in read] == expected
    said = deliveries.arriving(workspace).said(workspace.inbox)
    assert said.en == "1 file is still arriving: noord/2025Q1/volume.csv. Its folder is read once it is whole."
    assert said.nl.startswith("1 bestand komt nog binnen: noord/2025Q1/volume.csv.")
    settled(workspace)
    assert len(deliveries.discover(workspace)) == 4


@pytest.mark.usefixtures("patient")
def test_what_is_being_replaced_is_not_withdrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "QUIET_SECONDS", 0.0)
    workspace = with_register(tmp_path)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    deliveries.ingest(workspace)
    monkeypatch.setattr(arriving, "QUIET_SECONDS", 10.0)
    settled(workspace)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME[:120])
    assert deliveries.withdraw_missing(workspace.lake, deliveries.look(workspace)) == []
    assert deliveries.ingest(workspace)
    assert accepted_rows(workspace).height == 2


@pytest.mark.usefixtures("patient")
def test_an_upload_that_stalls_is_waited_for_while_it_is_open(tmp_path: Path) -> None:
    path = tmp_path / "volume.csv"
    with path.open("w") as upload:
        upload.write(VOLUME)
        upload.flush()
        os.utime(path, (JUST_BEFORE, JUST_BEFORE))
        assert is_arriving(path, now=time.time())
    os.utime(path, (JUST_BEFORE, JUST_BEFORE))
    assert not is_arriving(path, now=time.time())


@pytest.mark.usefixtures("patient")
def test_a_file_that_breaks_off_is_waited_for_an_hour_and_then_judged(tmp_path: Path) -> None:
    path = tmp_path / "volume.csv"
    path.write_text(VOLUME[:-12])
    os.utime(path, (JUST_BEFORE, JUST_BEFORE))
    assert is_arriving(path, now=time.time())
    os.utime(path, (LONG_AGO, LONG_AGO))
    assert not is_arriving(path, now=time.time())


@pytest.mark.parametrize(
    ("name", "content", "broken"),
    [
        ("a.csv", VOLUME, False),
        ("a.csv", VOLUME.rstrip(), False),
        ("a.csv", VOLUME.rstrip()[:-5], True),
        ("a.csv", "one heading\nand a row", False),
        ("a.csv", "", False),
        ("a.csv", "a;b;c", False),
        ("a.parquet", "PAR1 rows and no end", True),
        ("a.parquet", "PAR1 rows and an end PAR1", False),
        ("a.xlsx", "PK\x03\x04 sheets and no end", True),
        ("a.xlsx", "no workbook at all", False),
        ("a.json", '{"half": ', False),
    ],
)
def test_a_file_breaks_off_where_its_end_is_plainly_missing(
    tmp_path: Path, name: str, content: str, broken: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode())
    assert breaks_off(path) is broken


def test_a_whole_workbook_has_its_end_and_its_half_has_not(tmp_path: Path) -> None:
    whole = workbook_of(tmp_path / "made.xlsx", volume=[["provider_id"], ["06010101"]])
    path = tmp_path / "volume.xlsx"
    path.write_bytes(whole)
    assert not breaks_off(path)
    path.write_bytes(whole[: len(whole) // 2])
    assert breaks_off(path)


@pytest.mark.usefixtures("patient")
def test_a_date_in_the_future_does_not_keep_a_file_waiting(tmp_path: Path) -> None:
    path = tmp_path / "volume.csv"
    path.write_text(VOLUME)
    os.utime(path, (time.time() + 86_400, time.time() + 86_400))
    assert not is_arriving(path, now=time.time())


def test_a_command_waits_for_what_settles_and_goes_on_without_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "QUIET_SECONDS", 0.3)
    workspace = make_workspace(tmp_path)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    assert not wait_until_settled(lambda: deliveries.arriving(workspace)).files
    path = put(workspace, "noord/2025Q2/volume.csv", VOLUME)
    with path.open("a"):
        assert wait_until_settled(lambda: deliveries.arriving(workspace)).files == (path,)


@pytest.mark.usefixtures("patient")
def test_an_unfinished_name_is_never_read(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    put(workspace, "noord/2025Q1/volume.csv.part", VOLUME)
    put(workspace, "noord/2025Q1/revenue.csv", "provider_id;period\n", at=LONG_AGO)
    assert [one.file for one in deliveries.discover(workspace)] == ["revenue.csv"]
