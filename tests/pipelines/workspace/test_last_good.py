"""A `region.yaml` that cannot be used: what runs by itself goes on by the last good one, and says so."""

from pathlib import Path

import pytest

from pipelines.workspace.last_good import LAST_GOOD, open_standing
from pipelines.workspace.workspace import Workspace, WorkspaceError

GOOD = "name: {nl: Proef, en: Trial}\nbase_year: 2025\n"
BROKEN = "name: {nl: Proef, en: Trial\nbase_year: 2026\n"


def test_settings_that_can_be_used_are_in_force_and_kept(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text(GOOD)
    standing = open_standing(tmp_path)
    assert standing.remark is None
    assert standing.workspace == Workspace.open(tmp_path)
    assert (tmp_path / LAST_GOOD).read_text() == GOOD


@pytest.mark.parametrize("spoil", [BROKEN, GOOD + "schedule: 0 6 * * 8\n", "", None])
def test_the_last_good_settings_stand_in(tmp_path: Path, spoil: str | None) -> None:
    file = tmp_path / "region.yaml"
    file.write_text(GOOD)
    before = open_standing(tmp_path).workspace
    fingerprint = before.region_fingerprint
    if spoil is None:
        file.unlink()
    else:
        file.write_text(spoil)
    standing = open_standing(tmp_path)
    assert standing.remark is not None
    assert "region.yaml cannot be used" in standing.remark.en
    assert "region.yaml is niet te gebruiken" in standing.remark.nl
    assert standing.workspace.region == before.region
    assert standing.workspace.region_fingerprint == fingerprint
    file.write_text(GOOD.replace("2025", "2024"))
    assert open_standing(tmp_path).remark is None
    assert open_standing(tmp_path).workspace.region.base_year == 2024


def test_without_good_settings_before_nothing_stands_in(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text(BROKEN)
    with pytest.raises(WorkspaceError):
        open_standing(tmp_path)
