"""The schedule of `region.yaml`: read whatever is still unread, then publish."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from pipelines.assets import ingest
from pipelines.jobs import REFRESH_JOB, publish_keys
from pipelines.pending import pending_periods
from pipelines.workspace import Workspace


def refresh_schedule(workspace: Workspace) -> dg.ScheduleDefinition:
    """Returns the schedule; the queue runs one run at a time, in the order in which they are asked for."""

    @dg.schedule(
        name="refresh_on_schedule",
        job_name=REFRESH_JOB,
        cron_schedule=workspace.region.schedule,
        execution_timezone=workspace.region.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Reads what is unread, then publishes one release.",
    )
    def refresh_on_schedule(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        moment = context.scheduled_execution_time.isoformat()
        ...

    return refresh_on_schedule
