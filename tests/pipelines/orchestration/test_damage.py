"""Everything that a refresh leaves, cut to half and to nothing: the next ends well or names the file; no figure moves.

The files are found by walking the workspace, not from a list.
"""

import shutil
from pathlib import Path

import polars as pl
import pytest

from data_contracts.problem import Problem
from pipelines.cli import main
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.release.asking import ask
from pipelines.workspace.workspace import Workspace

READ_BACK = ("lake", "quarantine", ".care-transfer")
"""The folders of a workspace, beside the releases, that the program writes and reads back."""
FIGURES = "SELECT * FROM party_impact ORDER BY ALL"


def cut(path: Path, keep: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])


def written(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def figures(workspace: Workspace) -> pl.DataFrame:
    (answer,) = ask(FIGURES, database=releases.require_current(workspace.published).database)
    return answer.frame


def copied(workspace: Workspace, target: Path) -> Workspace:
    shutil.copytree(workspace.root, target, symlinks=True)
    return Workspace.open(target)


@pytest.mark.parametrize("keep", [0.5, 0.0], ids=["halved", "emptied"])
def test_a_refresh_after_damage_to_everything_ends_well(refreshed: Workspace, keep: float, tmp_path: Path) -> None:
    region = copied(refreshed, tmp_path / "region")
    before = figures(region)
    damaged = [path for name in READ_BACK for path in written(region.root / name)]
    assert {path.suffix for path in damaged} >= {".parquet", ".json"}
    for path in damaged:
        cut(path, keep)
    done = refresh(region)
    entries = (region.lake.folder / "_deliveries").rglob("*.json")
    assert {one.path for one in done.set_aside} >= set(entries)
    assert done.faults == ()
    assert figures(region).equals(before)


@pytest.mark.parametrize("keep", [0.5, 0.0], ids=["halved", "emptied"])
def test_every_file_of_a_release_is_missed(refreshed: Workspace, keep: float, tmp_path: Path) -> None:
    region = copied(refreshed, tmp_path / "region")
    release = releases.require_current(region.published)
    for path in written(release.path):
        content = path.read_bytes()
        if not content:
            continue
        cut(path, keep)
        with pytest.raises(Problem, match="the current release is damaged") as told:
            releases.require_current(region.published)
        assert path.relative_to(release.path).as_posix() in str(told.value)
        path.write_bytes(content)
    assert releases.require_current(region.published).id == release.id


def test_a_damaged_entry_of_the_log_is_named_and_its_delivery_read_again(
    refreshed: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region = copied(refreshed, tmp_path / "region")
    entry = next(iter(sorted((region.lake.folder / "_deliveries").rglob("volume/*.json"))))
    entry.write_text(entry.read_text("utf-8")[:40])
    with pytest.raises(SystemExit) as ended:
        main(["refresh", "--workspace", str(region.root)])
    told = capsys.readouterr().err
    assert ended.value.code in {0, None}
    assert f"Damaged, set aside, read again from the inbox: {entry.relative_to(region.root)}" in told
    assert entry.is_file()
    assert not list(region.lake.folder.rglob("*.damaged"))


def test_rows_that_are_gone_are_read_again_in_their_place_in_time(refreshed: Workspace, tmp_path: Path) -> None:
    region = copied(refreshed, tmp_path / "region")
    before = figures(region)
    rows = next(iter(sorted((region.lake.folder / "volume").rglob("*.parquet"))))
    rows.unlink()
    done = refresh(region)
    assert [one.path for one in done.set_aside] == [rows]
    assert rows.is_file()
    assert done.read.height == 1
    assert not done.published  # the same inputs: nothing to publish anew
    assert figures(region).equals(before)


def test_a_damaged_release_is_told_and_never_read(
    refreshed: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region = copied(refreshed, tmp_path / "region")
    database = releases.require_current(region.published).database
    cut(database, 0.5)
    with pytest.raises(Problem, match=r"the current release is damaged: care_transfer\.duckdb") as told:
        releases.require_current(region.published)
    assert "care-transfer refresh --force" in str(told.value)
    with pytest.raises(SystemExit):
        main(["releases", "--workspace", str(region.root)])
    assert "Damaged, not read any more" in capsys.readouterr().err
    done = refresh(region)
    assert done.published
    assert releases.require_current(region.published).id == done.release.id


def test_a_lost_link_beside_complete_releases_is_read_through_and_mended(refreshed: Workspace, tmp_path: Path) -> None:
    region = copied(refreshed, tmp_path / "region")
    release = releases.require_current(region.published).id
    region.published.current.unlink()
    assert releases.require_current(region.published).id == release
    assert refresh(region).release.id == release
    assert region.published.current.readlink().name == release


def test_releases_follow_each_other_also_where_the_clock_was_set_back(refreshed: Workspace, tmp_path: Path) -> None:
    region = copied(refreshed, tmp_path / "region")
    first = releases.require_current(region.published)
    second = refresh(region, force=True).release
    earlier = second.path.rename(second.path.with_name("20200101T000000Z-00000000"))
    releases.make_current(region.published, earlier.name)
    assert [one.id for one in releases.list_releases(region.published)] == [earlier.name, first.id]
    releases.rollback(region.published, first.id)
    assert releases.withdrawn(region.published) == {earlier.name}
    (region.published.folder / releases.WITHDRAWN).write_text("[", "utf-8")
    assert releases.withdrawn(region.published) == {earlier.name}
