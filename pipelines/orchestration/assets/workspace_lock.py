"""The workspace's lock as a Dagster resource: held for the length of a run, so that two runs never write at once."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from pipelines.workspace.last_good import open_standing
from pipelines.workspace.lock import exclusive

LOCK = "workspace_lock"


class WorkspaceLock(dg.ConfigurableResource["WorkspaceLock"]):
    """Waits for the workspace, then holds it until the run ends."""

    root: str
    wait_seconds: float = 1800.0

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["WorkspaceLock"]:  # noqa: ARG002
        """Holds the lock for the run."""
        with exclusive(open_standing(self.root).workspace, wait_seconds=self.wait_seconds):
            yield self
