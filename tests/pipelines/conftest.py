"""The small region and the demonstration region, each refreshed once; tests that change something get a copy."""

import fcntl
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


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demonstration region after its first refresh, made once for all processes of a run. Read only."""
    from pipelines.demo.writing import make_region  # noqa: PLC0415 - as above
    from pipelines.orchestration.refresh import refresh  # noqa: PLC0415

    base = tmp_path_factory.getbasetemp()
    place = (base.parent if base.name.startswith("popen-") else base) / "demonstration"
    with (place.parent / "demonstration.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not place.is_dir():
            unfinished = place.with_suffix(".unfinished")
            make_region(unfinished)
            refresh(Workspace.open(unfinished))
            unfinished.rename(place)
    return Workspace.open(place)


@pytest.fixture
def region(refreshed: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the refreshed small region."""
    shutil.copytree(refreshed.root, tmp_path / "kleinland", symlinks=True)
    return Workspace.open(tmp_path / "kleinland")
