"""Killed at any moment: the last good release stays current and readable, and the next refresh completes."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_region import deliver, volume

from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace

COMMAND = "import sys; from pipelines.cli import main; main(['refresh', '--workspace', sys.argv[1]])"
MOMENTS = (
    "Reading deliveries",
    "Asking Great Expectations",
    "Building the warehouse",
    "Evaluating scenarios",
    "Drawing the dashboards",
    "Checking and publishing",
)


def killed_at(workspace: Workspace, moment: str) -> bool:
    """Refreshes in a process of its own and kills it when it says that a stage begins; returns whether it got there."""
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, str(workspace.root)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(moment):
                process.send_signal(signal.SIGKILL)
                process.wait()
                return True
    return False


def units(workspace: Workspace) -> float:
    """The units of the hospital whose file changes, in the current release."""
    with warehouse.reading(releases.require_current(workspace.published).database) as connection:
        ((total,),) = connection.execute("SELECT sum(units) FROM volume WHERE provider_id = '06010101'").fetchall()
    return float(total)


def test_killed_at_any_stage_the_last_good_release_stays_and_the_next_refresh_completes(region: Workspace) -> None:
    """Each refresh starts on what the killed one before it left behind, and is killed a stage later."""
    before = releases.require_current(region.published)
    good = units(region)
    for number, moment in enumerate(MOMENTS, start=1):
        deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=10.0 + number))
        assert killed_at(region, moment), moment
        current = releases.require_current(region.published)
        if (
            moment != MOMENTS[-1]
        ):  # the last stage may have just ended when the signal comes: then the new one is current
            assert current.id == before.id, moment
            assert units(region) == good, moment
        assert current.dashboards.is_file(), moment
    done = refresh(region)
    assert units(region) == good + 12 * len(MOMENTS)
    assert done.release.is_current
    assert [path.name for path in region.published.releases.iterdir() if path.name.endswith(releases.PARTIAL)] == []
    log = "SELECT supplier, period, dataset FROM delivery WHERE status <> 'superseded' GROUP BY ALL HAVING count(*) > 1"
    with warehouse.reading(done.release.database) as connection:
        assert connection.execute(log).fetchall() == []


PUBLISH = """
import os, signal, sys
from pathlib import Path
from pipelines.release import publication
from pipelines.workspace.workspace import Workspace
workspace = Workspace.open(sys.argv[1])
target = publication.start(workspace, force=True)
publication.add_results(workspace, target)
publication.draw(workspace, target)
wanted = sys.argv[2]
def watch(event, arguments):
    if event == wanted and any(str(argument).startswith(str(workspace.published.folder)) for argument in arguments):
        os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
publication.finish(workspace, target)
"""


@pytest.mark.parametrize("call", ["os.rename", "os.symlink", "shutil.rmtree"])
def test_killed_in_the_middle_of_publishing(region: Workspace, call: str) -> None:
    """The moments between the manifest, the name, the link and the removal of the oldest release."""
    if call == "shutil.rmtree":  # as many releases as are kept, so that the oldest has to go
        for _ in range(region.region.keep_releases - 1):
            refresh(region, force=True)
    known = {release.id for release in releases.list_releases(region.published)}
    process = subprocess.run([sys.executable, "-c", PUBLISH, str(region.root), call], check=False, capture_output=True)
    assert process.returncode == -signal.SIGKILL, process.stderr.decode()
    current = releases.require_current(region.published)
    assert current.dashboards.is_file()
    assert units(region) == 480
    assert (current.id in known) == (call != "shutil.rmtree")
    done = refresh(region)
    assert done.release.is_current
    assert len(releases.list_releases(region.published)) <= region.region.keep_releases + 1
    assert leftovers(region) == []


def leftovers(workspace: Workspace) -> list[Path]:
    """What is neither a release nor the link nor a note about them."""
    complete = {release.path for release in releases.list_releases(workspace.published)}
    return [path for path in workspace.published.releases.iterdir() if path not in complete] + list(
        workspace.published.folder.glob(".*")
    )
