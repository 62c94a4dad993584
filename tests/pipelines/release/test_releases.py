"""Releases: complete before they have a name, current in one step, never written after."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from data_contracts.problem import Problem
from pipelines.release import releases
from pipelines.release.releases import DraftRelease, Manifest, ReleaseFolder
from pipelines.workspace.lock import Busy, exclusive
from pipelines.workspace.workspace import Workspace

REGION = """
region: proef
name: {nl: Proef, en: Trial}
base_year: 2025
periods: [2025]
keep_releases: 3
"""
FIRST = datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "region.yaml").write_text(REGION)
    return Workspace.open(tmp_path)


def manifest(draft: DraftRelease, fingerprint: str) -> Manifest:
    return Manifest(
        id=draft.id,
        created_at=draft.created_at,
        region="proef",
        region_name_nl="Proef",
        region_name_en="Trial",
        invented=False,
        base_year=2025,
        fingerprint=fingerprint,
        region_fingerprint="",
        deliveries=(),
        scenarios=(),
        contracts={},
        versions={},
        rows={},
        checks=(),
    )


def write(draft: DraftRelease, value: int) -> None:
    with duckdb.connect(str(draft.database)) as connection:
        connection.execute(f"CREATE TABLE answer AS SELECT {value} AS value")


def released(workspace: Workspace, number: int) -> ReleaseFolder:
    """Publishes the release of a day, with a database that holds its number."""
    fingerprint = f"{number:064x}"[::-1]
    draft = releases.start_draft(workspace.published, fingerprint=fingerprint, now=FIRST + timedelta(days=number))
    write(draft, number)
    return releases.publish(workspace.published, draft, manifest=manifest(draft, fingerprint))


def answer(workspace: Workspace) -> int:
    path = os.path.realpath(workspace.published.current / releases.DATABASE)
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute("SELECT value FROM answer").fetchall()[0][0]


def test_a_release_is_named_after_its_time_and_what_it_is_made_of(workspace: Workspace) -> None:
    release = released(workspace, 1)
    assert release.id == "20261122T060000Z-10000000"
    assert release.manifest.created_at == datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert (release.path / releases.MANIFEST).is_file()


def test_current_links_to_the_newest_by_a_relative_path(workspace: Workspace) -> None:
    released(workspace, 1)
    second = released(workspace, 2)
    assert (
        workspace.published.current.readlink() == Path("releases") / second.id
    )  # the folder may be moved or copied whole
    assert answer(workspace) == 2
    current = releases.current_release(workspace.published)
    assert current is not None
    assert current.id == second.id


def test_a_reader_keeps_the_release_it_opened(workspace: Workspace) -> None:
    released(workspace, 1)
    path = os.path.realpath(workspace.published.current / releases.DATABASE)
    with duckdb.connect(path, read_only=True) as reader:
        released(workspace, 2)
        assert reader.execute("SELECT value FROM answer").fetchall() == [(1,)]
        assert answer(workspace) == 2


def test_nobody_sees_a_release_before_it_is_complete(workspace: Workspace) -> None:
    first = released(workspace, 1)
    draft = releases.start_draft(workspace.published, fingerprint="f" * 64)
    write(draft, 2)
    assert [release.id for release in releases.list_releases(workspace.published)] == [first.id]
    assert answer(workspace) == 1


def test_two_drafts_of_one_second_have_two_names(workspace: Workspace) -> None:
    first = released(workspace, 1)
    draft = releases.start_draft(
        workspace.published, fingerprint=first.manifest.fingerprint, now=first.manifest.created_at
    )
    assert draft.id != first.id


def test_what_a_killed_build_left_is_removed_and_nothing_else(workspace: Workspace) -> None:
    release = released(workspace, 1)
    (workspace.published.releases / "20261130T060000Z-abcdefab.partial").mkdir()
    (workspace.published.releases / "20261130T060000Z-abcdefab").mkdir()  # a name, but no manifest
    (workspace.published.folder / ".current.123").symlink_to("nowhere")
    (workspace.published.folder / "withdrawn.json.tmp").write_text("[")
    assert len(releases.clean_leftovers(workspace.published)) == 4
    assert [path.name for path in workspace.published.releases.iterdir()] == [release.id]
    assert sorted(path.name for path in workspace.published.folder.iterdir()) == ["current", "releases"]
    assert answer(workspace) == 1


def test_a_new_draft_removes_what_an_earlier_one_left(workspace: Workspace) -> None:
    first = releases.start_draft(workspace.published, fingerprint="a" * 64)
    second = releases.start_draft(workspace.published, fingerprint="b" * 64)
    assert not first.path.exists()
    assert releases.find_draft(workspace.published) == second


def test_without_a_draft_nothing_can_be_added(workspace: Workspace) -> None:
    with pytest.raises(Problem, match="no release is being built"):
        releases.find_draft(workspace.published)


def test_the_oldest_releases_go_and_the_current_one_stays(workspace: Workspace) -> None:
    ids = [released(workspace, number).id for number in range(1, 4)]
    releases.rollback(workspace.published, ids[0])
    for number in range(4, 7):
        draft = releases.start_draft(
            workspace.published, fingerprint=f"{number:064x}"[::-1], now=FIRST + timedelta(days=number)
        )
        write(draft, number)
        made = manifest(draft, "x").model_copy(update={"sequence": number})
        (draft.path / releases.MANIFEST).write_text(made.model_dump_json())
        draft.path.rename(workspace.published.releases / draft.id)
    assert releases.prune(workspace.published) == [ids[2], ids[1]]
    assert ids[0] in {release.id for release in releases.list_releases(workspace.published)}
    assert answer(workspace) == 1


def test_rollback_makes_an_earlier_release_current_and_remembers_which_were_left(workspace: Workspace) -> None:
    first, second = released(workspace, 1), released(workspace, 2)
    assert releases.rollback(workspace.published, first.id).is_current
    assert answer(workspace) == 1
    assert releases.withdrawn(workspace.published) == {second.id}
    assert second.path.is_dir()


def _lose(current: Path) -> None:
    current.unlink()


def _copy_as_folder(current: Path) -> None:
    target = current.resolve()
    current.unlink()
    shutil.copytree(target, current)


def _point_nowhere(current: Path) -> None:
    current.unlink()
    current.symlink_to("releases/20200101T000000Z-gone")


def _point_outside(current: Path) -> None:
    target = current.resolve()
    current.unlink()
    shutil.copytree(target, current.parent.parent / "elsewhere" / target.name)
    current.symlink_to(current.parent.parent / "elsewhere" / target.name)


@pytest.mark.parametrize("spoil", [_lose, _copy_as_folder, _point_nowhere, _point_outside])
def test_current_is_read_and_mended_whatever_became_of_the_link(
    workspace: Workspace, spoil: Callable[[Path], None]
) -> None:
    released(workspace, 1)
    second = released(workspace, 2)
    spoil(workspace.published.current)
    assert releases.require_current(workspace.published).id == second.id
    assert releases.mend_current(workspace.published) == second.id
    assert workspace.published.current.is_symlink()
    assert answer(workspace) == 2
    assert sorted(path.name for path in workspace.published.folder.iterdir()) == ["current", "releases"]
    assert releases.mend_current(workspace.published) is None


def test_a_lost_link_does_not_bring_back_what_was_rolled_back_from(workspace: Workspace) -> None:
    first = released(workspace, 1)
    released(workspace, 2)
    releases.rollback(workspace.published, first.id)
    workspace.published.current.unlink()
    assert releases.require_current(workspace.published).id == first.id


def test_a_rollback_goes_where_a_folder_stands_in_the_place_of_the_link(workspace: Workspace) -> None:
    first = released(workspace, 1)
    released(workspace, 2)
    _copy_as_folder(workspace.published.current)
    releases.rollback(workspace.published, first.id)
    assert answer(workspace) == 1


def test_a_rollback_that_stops_halfway_has_changed_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever way it went: the link decides which of the releases that were left count as left."""
    ids = [released(workspace, number).id for number in range(1, 4)]

    def stop(*_: object) -> None:
        raise OSError("killed")

    def stopped(chosen: str) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(releases, "make_current", stop)
            with pytest.raises(OSError, match="killed"):
                releases.rollback(workspace.published, chosen)

    stopped(ids[0])
    assert (answer(workspace), releases.withdrawn(workspace.published)) == (3, frozenset())
    releases.rollback(workspace.published, ids[1])
    assert (answer(workspace), releases.withdrawn(workspace.published)) == (2, {ids[2]})
    for chosen in (ids[0], ids[2]):
        stopped(chosen)
        assert (answer(workspace), releases.withdrawn(workspace.published)) == (2, {ids[2]})
    releases.rollback(workspace.published, ids[2])
    assert (answer(workspace), releases.withdrawn(workspace.published)) == (3, frozenset())


def test_rollback_to_an_unknown_release_names_the_known_ones(workspace: Workspace) -> None:
    first = released(workspace, 1)
    with pytest.raises(Problem, match="no release 'yesterday'") as caught:
        releases.rollback(workspace.published, "yesterday")
    assert first.id in str(caught.value.faults[0].expected)


def test_the_same_inputs_are_found_in_the_current_or_the_newest_release(workspace: Workspace) -> None:
    first, second = released(workspace, 1), released(workspace, 2)
    releases.rollback(workspace.published, first.id)
    for release in (first, second):
        found = releases.same_inputs(workspace.published, fingerprint=release.manifest.fingerprint)
        assert found is not None
        assert found.id == release.id
    assert releases.same_inputs(workspace.published, fingerprint="other") is None


def test_before_the_first_release_there_is_none(workspace: Workspace) -> None:
    assert releases.list_releases(workspace.published) == []
    with pytest.raises(Problem, match="no release in") as caught:
        releases.require_current(workspace.published)
    assert "care-transfer refresh" in str(caught.value.faults[0].action)


HOLD = """
import sys
from pipelines.workspace.lock import exclusive
from pipelines.workspace.workspace import Workspace
with exclusive(Workspace.open(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_two_processes_do_not_refresh_at_once_and_a_killed_one_lets_go(workspace: Workspace) -> None:
    command = [sys.executable, "-c", HOLD, str(workspace.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Busy, match=f"process {holder.pid}"), exclusive(workspace):
            pass
        holder.kill()
        holder.wait()
    with exclusive(workspace):
        pass


def test_one_process_may_hold_the_lock_within_itself(workspace: Workspace) -> None:
    with exclusive(workspace), exclusive(workspace):
        pass
    with exclusive(workspace):
        pass
