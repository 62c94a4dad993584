"""Killed at fifty random points of a refresh: nothing is lost, nothing counts twice, the last good release stays.

Two workspaces start equal. In one, files are sent, sent again, corrected, withdrawn and brought back while one refresh
after another is killed; in the other the same files come to lie there at once, and nobody is killed. In the end both
say the same.
"""

import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
from small_region import deliver, revenue, volume

from data_contracts.contract import published_contracts
from pipelines.intake import deliveries, feedback
from pipelines.release import releases
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace

KILLS = 25
"""In each of two tests, so that they run side by side."""
RESULTS = ("party_baseline", "party_impact", "transfer_flow")
CORRECTED = volume("06010102", "2025Q2")


class Refreshing:
    """A process that refreshes workspaces when asked, and has refreshes killed at a point of their work."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("killing.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, workspace: Workspace, what: str) -> tuple[str, int]:
        """Refreshes: `whole`, or killed at a point. Returns how it ended, and after how many points."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{workspace.root} {what}\n")
        self._process.stdin.flush()
        ended, points = self._process.stdout.readline().split()
        return ended, int(points)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@pytest.fixture
def refreshing() -> Iterator[Refreshing]:
    process = Refreshing()
    yield process
    process.end()


def start(region: Workspace, refreshing: Refreshing) -> tuple[str, int]:
    """Has one delivery with refused rows read; returns the name of what corrects them, and its points."""
    bad = CORRECTED.with_columns(units=pl.when(pl.int_range(pl.len()) < 2).then(-5.0).otherwise("units"))
    deliver(region, "midden/2025Q2/volume.csv", bad)
    ended, points = refreshing.ask(region, "whole")
    assert ended == "done"
    log = deliveries.records(region.lake).filter(supplier="midden", period="2025Q2", dataset="volume", rejected=2)
    return feedback.correction_name("volume", log["hash"].item()[:12]), points


def changes(correction: str) -> list[Callable[[Workspace], object]]:
    """What happens in the inbox, one thing after another: sent again, corrected, withdrawn, new, brought back."""
    return [
        lambda w: deliver(w, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=17.0)),
        lambda w: deliver(w, f"midden/2025Q2/{correction}.csv", CORRECTED.head(2)),
        lambda w: (w.inbox / "zuid/2025Q3/volume.csv").unlink(),
        lambda w: (w.inbox / "zuid/2025Q3/revenue.csv").unlink(),
        lambda w: deliver(w, "midden/2025Q4/revenue_v2.csv", revenue("06010102", "2025Q4").head(2)),
        lambda w: deliver(w, "bureau/2025/payers.csv", pl.DataFrame({"payer_id": ["3311", "7000"]})),
        lambda w: deliver(w, "zuid/2025Q3/revenue.csv", revenue("06010103", "2025Q3")),
        lambda w: deliver(w, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=19.0)),
    ]


def facts(workspace: Workspace) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the current release says of the region and of its scenario, row by row."""
    tables = [*(contract.table for contract in published_contracts()), *RESULTS]
    with warehouse.reading(releases.require_current(workspace.published).database) as connection:
        return {name: connection.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in tables}


def require_good(workspace: Workspace) -> str:
    """Opens the current release and everything in it; returns its name."""
    current = releases.require_current(workspace.published)
    assert current.dashboards.is_file()
    assert sum(map(len, facts(workspace).values())) > 100
    return current.id


def counted_twice(workspace: Workspace) -> list[tuple[object, ...]]:
    query = """SELECT supplier, period, dataset, file FROM delivery WHERE status IN ('accepted', 'accepted_in_part')
        GROUP BY ALL HAVING count(*) > 1"""
    with warehouse.reading(releases.require_current(workspace.published).database) as connection:
        return connection.execute(query).fetchall()


def moments(seed: int) -> list[float]:
    """Points in random order, as a share of those of a refresh of one file: one in each of as many equal parts."""
    draw = random.Random(seed)
    found = [(part + draw.random()) / KILLS for part in range(KILLS)]
    draw.shuffle(found)
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_points(region: Workspace, tmp_path: Path, refreshing: Refreshing, seed: int) -> None:
    correction, one_file = start(region, refreshing)
    shutil.copytree(region.root, tmp_path / "undisturbed", symlinks=True)
    undisturbed = Workspace.open(tmp_path / "undisturbed")
    steps = changes(correction)
    for change in steps:
        change(undisturbed)
    assert refreshing.ask(undisturbed, "whole")[0] == "done"

    good, killed = require_good(region), 0
    for number, moment in enumerate(moments(seed)):
        if number % 3 == 0 and steps:
            steps.pop(0)(region)
        else:  # something to read for every refresh
            deliver(region, "noord/2025Q4/volume.csv", volume("06010101", "2025Q4", units=10.0 + number))
        ended, _ = refreshing.ask(region, str(1 + int(moment * one_file)))
        assert not ended.startswith("failed"), ended
        killed += ended == "killed"
        now = require_good(region)
        assert now >= good
        good = now
    assert killed > KILLS / 2
    assert not steps
    deliver(region, "noord/2025Q4/volume.csv", volume("06010101", "2025Q4"))
    assert refreshing.ask(region, "whole")[0] == "done"
    assert facts(region) == facts(undisturbed)
    assert counted_twice(region) == []
    assert [path.name for path in region.published.releases.iterdir() if path.name.endswith(releases.PARTIAL)] == []
