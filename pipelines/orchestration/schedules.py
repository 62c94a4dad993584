"""The schedule of `region.yaml`: read whatever is still unread, then publish."""

from collections.abc import Iterator

import dagster as dg

from data_contracts.text import Text
from pipelines.intake.pending import pending
from pipelines.orchestration.assets import ingest
from pipelines.orchestration.jobs import REFRESH_JOB, publish_keys
from pipelines.workspace.workspace import Workspace


def refresh_schedule(workspace: Workspace, *, remark: Text | None = None) -> dg.ScheduleDefinition:
    """Returns the schedule: runs that read, then the run that publishes, one at a time and in this order."""

    @dg.schedule(
        name="refresh_on_schedule",
        job_name=REFRESH_JOB,
        cron_schedule=workspace.region.schedule,
        execution_timezone=workspace.region.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"{remark.en if remark else ''} Reads what is unread, then publishes one release.".lstrip(),
    )
    def refresh_on_schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        moment = context.scheduled_execution_time.isoformat()
        unread = {(delivery.supplier, delivery.period) for delivery in pending(workspace)}
        for period, keys in ingest.requests(workspace, unread):
            yield dg.RunRequest(run_key=f"{period or 'reference'}-{moment}", partition_key=period, asset_selection=keys)
        yield dg.RunRequest(run_key=f"publish-{moment}", asset_selection=publish_keys(workspace))

    return refresh_on_schedule
