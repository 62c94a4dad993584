"""The Dagster code location of one workspace: `dagster dev`, the deployment and `refresh` run these definitions.

The workspace is the folder named by CARE_TRANSFER_WORKSPACE, else ./demo-region.
"""

import dagster as dg

from data_contracts.text import Text
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
from pipelines.workspace.last_good import open_standing
from pipelines.workspace.workspace import Workspace, find_workspace

_LOG = dg.get_dagster_logger("care_transfer")


def build_definitions(workspace: Workspace, *, remark: Text | None = None) -> dg.Definitions:
    """Returns the assets, checks, jobs, schedule and sensor of a workspace.

    `remark` is why they are not by what `region.yaml` says now: a check of the release, the schedule and the sensor
    tell it.

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
            release_asset(workspace, remark=remark),
            *views_assets(workspace),
        ],
        jobs=jobs(workspace),
        schedules=[refresh_schedule(workspace, remark=remark)],
        sensors=[inbox_sensor(workspace, remark=remark)],
        resources={LOCK: WorkspaceLock(root=str(workspace.root))},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Returns the definitions of the workspace that the environment names, by the settings that are in force."""
    standing = open_standing(find_workspace())
    if standing.remark is not None:
        _LOG.error(standing.remark.en)
    return build_definitions(standing.workspace, remark=standing.remark)
