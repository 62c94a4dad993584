"""A workspace kept elsewhere and brought back: whole, on another path, also by a program that follows links."""

import shutil
import stat
from pathlib import Path

import pytest

from data_contracts.problem import Problem
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.release.backup import back_up, restore
from pipelines.release.sign_offs import read_sign_offs, sign_off
from pipelines.workspace.lock import Busy
from pipelines.workspace.workspace import Workspace


def contents(root: Path) -> dict[str, bytes]:
    """Every file of a workspace but its lock and what the link leads to."""
    paths = (path for path in root.rglob("*") if path.is_file() and path.name != "refresh.lock")
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def test_what_comes_back_is_what_was_kept_and_goes_on_where_it_was(region: Workspace, tmp_path: Path) -> None:
    """Signatures and releases whole, the link made anew, nothing read or published again: on another path."""
    current = releases.require_current(region.published)
    sign_off(region, current, party="06010101", who="de directie")
    before = contents(region.root)
    (region.root / "inbox").rename(tmp_path / "other-disk")
    (region.root / "inbox").symlink_to(tmp_path / "other-disk")
    kept = back_up(region, tmp_path / "kept")
    assert not any(path.is_symlink() for path in (tmp_path / "kept").rglob("*"))
    shutil.copytree(tmp_path / "kept", tmp_path / "carried", symlinks=False)
    restore(tmp_path / "carried", tmp_path / "elsewhere" / "kleinland")
    back = Workspace.open(tmp_path / "elsewhere" / "kleinland")
    assert kept.current == current.id
    assert contents(back.root) == before
    assert [one.release for one in read_sign_offs(back)] == [current.id]
    assert back.published.current.readlink() == region.published.current.readlink()
    done = refresh(back)
    assert done.read.is_empty()
    assert done.withdrawn.is_empty()


def test_a_damaged_or_unfinished_backup_restores_nothing(region: Workspace, tmp_path: Path) -> None:
    back_up(region, tmp_path / "kept")
    lost = tmp_path / "kept" / "workspace" / "region.yaml"
    text = lost.read_text()
    lost.write_text(text.replace("2025", "2024"))
    with pytest.raises(Problem, match=r"1 of the files are gone or are not what was backed up: region\.yaml"):
        restore(tmp_path / "kept", tmp_path / "back")
    assert not (tmp_path / "back").exists()
    assert not (tmp_path / "back.restoring").exists()
    lost.write_text(text)
    (tmp_path / "kept" / "backup.json").rename(tmp_path / "list")
    with pytest.raises(Problem, match=r"no whole backup\.json"):
        restore(tmp_path / "kept", tmp_path / "back")
    outside = (tmp_path / "list").read_text().replace('"region.yaml"', '"../region.yaml"')
    (tmp_path / "kept" / "backup.json").write_text(outside)
    with pytest.raises(Problem, match=r"no whole backup\.json"):
        restore(tmp_path / "kept", tmp_path / "back")


def test_a_folder_that_is_made_is_open_to_its_owner_only(region: Workspace, tmp_path: Path) -> None:
    """Deliveries and positions lie in it; what was there keeps the rights it was given."""
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o750)
    back_up(region, tmp_path / "kept")
    restore(tmp_path / "kept", tmp_path / "again")
    restore(tmp_path / "kept", shared)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("kept", "again", "shared")]
    assert modes == [0o700, 0o700, 0o750]


def test_nothing_is_written_over(region: Workspace, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine").write_text("mine")
    with pytest.raises(Problem, match="something stands there"):
        back_up(region, tmp_path / "there")
    with pytest.raises(Problem, match="inside the workspace"):
        back_up(region, region.root / "kept")
    back_up(region, tmp_path / "kept")
    with pytest.raises(Problem, match="something stands there"):
        restore(tmp_path / "kept", region.root)


def test_a_backup_waits_for_no_refresh(region: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.workspace import lock  # noqa: PLC0415

    with lock.exclusive(region):
        monkeypatch.setattr(lock, "_held", {})  # as another process sees it
        with pytest.raises(Busy):
            back_up(region, tmp_path / "kept")
        monkeypatch.undo()
