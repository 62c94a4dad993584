"""The small region, refreshed once; tests that change something get a copy of their own."""

import shutil
from pathlib import Path

import pytest
from small_region import write_region

from pipelines.workspace.workspace import Workspace


@pytest.fixture(scope="session")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small region after its first refresh. Read only: copy it to change it."""
    from pipelines.orchestration.refresh import refresh  # noqa: PLC0415 - Dagster takes a second: only where it is used

    workspace = write_region(tmp_path_factory.mktemp("region") / "kleinland")
    refresh(workspace)
    return workspace


@pytest.fixture
def region(refreshed: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the refreshed small region."""
    shutil.copytree(refreshed.root, tmp_path / "kleinland", symlinks=True)
    return Workspace.open(tmp_path / "kleinland")
