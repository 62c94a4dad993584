"""What is wrong with a workspace: mended where nothing is lost by it, else told with what to do."""

import shutil

from pipelines.release import releases
from pipelines.release.doctor import examine
from pipelines.release.sign_offs import sign_off
from pipelines.workspace.workspace import Workspace


def found(workspace: Workspace) -> list[tuple[str, bool]]:
    return [(str(one.fault.found), one.mended) for one in examine(workspace)]


def test_a_workspace_in_order_has_nothing_wrong(region: Workspace) -> None:
    assert found(region) == []


def test_what_can_be_mended_is_and_is_not_complained_of_again(region: Workspace) -> None:
    current = releases.require_current(region.published)
    region.published.current.unlink()
    shutil.copytree(current.path, region.published.current)
    (region.published.releases / "20260101T000000Z-abc.partial").mkdir()
    rows = next((region.lake.folder / "volume").rglob("*.parquet"))
    rows.write_bytes(rows.read_bytes()[:20])
    told = found(region)
    assert [mended for _, mended in told] == [True] * 3
    assert "20260101T000000Z-abc.partial" in told[0][0]
    assert str(rows.relative_to(region.root)) in told[1][0]
    assert "published/current" in told[2][0]
    assert region.published.current.is_symlink()
    assert found(region) == [(told[1][0], True)]  # until the refresh has read the delivery again


def test_a_damaged_release_and_a_signature_without_one_are_told(region: Workspace) -> None:
    current = releases.require_current(region.published)
    sign_off(region, current, party="06010101", who="de directie")
    (current.path / "dashboards" / "index.html").write_text("")
    damaged, signed = examine(region)
    assert damaged.fault.said("en")["found"] == f"the release {current.id} is damaged: dashboards/index.html"
    assert "refresh --force" in damaged.fault.said("nl")["action"]
    assert current.id in signed.fault.said("nl")["found"]
    assert not damaged.mended
    assert not signed.mended
