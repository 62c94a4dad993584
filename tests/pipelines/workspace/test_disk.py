"""A disk without room is told in words, before a release is built and wherever it runs out."""

import errno
import shutil
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
from small_region import write_region

from pipelines.cli import faults
from pipelines.release import publication
from pipelines.workspace.disk import LEAST, NoRoom, is_full, require_room


class Usage(NamedTuple):
    """What is told of a disk, in bytes."""

    total: int
    used: int
    free: int


def with_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))


def test_room_is_looked_at_before_a_release_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = write_region(tmp_path / "region")
    with_free(monkeypatch, 12 * 2**20)
    with pytest.raises(NoRoom) as told:
        publication.start(workspace)
    (fault,) = told.value.faults
    assert str(fault.found) == "no room: 12 MB free, about 50 MB needed"
    assert fault.found.of("nl") == "geen ruimte: 12 MB vrij, ongeveer 50 MB nodig"  # type: ignore[union-attr]
    assert not any(workspace.published.releases.glob("*"))


def test_twice_what_a_release_takes_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(LEAST)
    with_free(monkeypatch, 2 * LEAST)
    require_room(tmp_path, like=tmp_path)
    with_free(monkeypatch, 2 * LEAST - 1)
    with pytest.raises(NoRoom, match="100 MB needed"):
        require_room(tmp_path, like=tmp_path)


def test_a_folder_that_is_going_to_be_made_has_the_room_of_its_place(tmp_path: Path) -> None:
    require_room(tmp_path / "published" / "releases", like=tmp_path / "nothing yet")


@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device", "x"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        duckdb.IOException('IO Error: Could not write file "/x/y": No space left on device'),
        RuntimeError("ComputeError: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_no_fault_of_the_program(
    fault: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with_free(monkeypatch, 3 * 2**20)
    outer = RuntimeError("a step failed")
    outer.__cause__ = fault
    for one in (fault, outer):
        assert is_full(one)
        assert faults.told(one) == faults.FAILED
        said = " ".join(capsys.readouterr().err.split())
        assert "no room: 3 MB free" in said
        assert "fault in the program" not in said


def test_other_faults_are_not_taken_for_a_full_disk() -> None:
    assert not is_full(ValueError("no space in this name"))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
