"""The Dagster code location of one workspace: `dagster dev`, the deployment and `refresh` run these definitions.

The workspace is the folder named by CARE_TRANSFER_WORKSPACE, else ./demo-region.
"""

import dagster as dg

from pipelines.orchestration.assets.agreements import progress_asset
from pipelines.orchestration.assets.impact import impact_asset
from pipelines.orchestration.assets.ingest import ingest_assets, lake_specs
from pipelines.orchestration.assets.release import dashboards_asset, release_asset
from pipelines.orchestration.assets.views import views_assets
from pipelines.orchestration.assets.warehouse import warehouse_asset
from pipelines.orchestration.assets.workspace_lock import LOCK, WorkspaceLock
from pipelines.orchestration.jobs import jobs
from pipelines.orchestration.schedules import refresh_schedule
from pipelines.orchestration.sensors import inbox_sensor
from pipelines.workspace.workspace import Workspace, find_workspace


def build_definitions(workspace: Workspace) -> dg.Definitions:
    """Returns the assets, checks, jobs, schedule and sensor of a workspace.

    The executor stays in one process: two processes cannot write one DuckDB file, and a process per step costs more
    than the work.
    """
    return dg.Definitions(
        assets=[
            *ingest_assets(workspace),
            *lake_specs(workspace),
            warehouse_asset(workspace),
            impact_asset(workspace),
            progress_asset(workspace),
            dashboards_asset(workspace),
            release_asset(workspace),
            *views_assets(workspace),
        ],
        jobs=jobs(workspace),
        schedules=[refresh_schedule(workspace)],
        sensors=[inbox_sensor(workspace)],
        resources={LOCK: WorkspaceLock(root=str(workspace.root))},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Returns the definitions of the workspace that the environment names."""
    return build_definitions(Workspace.open(find_workspace()))
