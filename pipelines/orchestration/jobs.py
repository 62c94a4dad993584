"""The Dagster jobs: reading what suppliers sent, and the whole refresh that publishes it."""

from collections.abc import Sequence

import dagster as dg

from pipelines.orchestration.assets import agreements, impact, ingest, release, views, warehouse
from pipelines.workspace.workspace import Workspace

INGEST_JOB = "ingest"
REFRESH_JOB = "refresh"


def publish_keys(workspace: Workspace) -> list[dg.AssetKey]:
    """Returns the assets from the warehouse to the release and its views: one run of them is one release."""
    return [
        *warehouse.table_keys(),
        warehouse.DELIVERY_LOG,
        impact.IMPACT,
        agreements.PROGRESS,
        release.DASHBOARDS,
        release.RELEASE,
        *([views.VIEWS] if workspace.region.disclosure.publish else []),
    ]


def jobs(workspace: Workspace) -> "Sequence[dg.UnresolvedAssetJobDefinition]":
    """Returns the jobs of a workspace."""
    partitions = ingest.period_partitions(workspace)
    return [
        dg.define_asset_job(
            INGEST_JOB,
            selection=dg.AssetSelection.groups(ingest.GROUP),
            partitions_def=partitions,
            description="Reads what is new of one period; the register and other reference data first.",
        ),
        dg.define_asset_job(
            REFRESH_JOB,
            selection=dg.AssetSelection.all(),
            partitions_def=partitions,
            description="Reads what is new of one period, then builds, checks and publishes one release.",
        ),
    ]
