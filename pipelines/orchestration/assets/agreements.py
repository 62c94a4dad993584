"""Agreements: how far each is from its plan, brought up to date in every release, with a check that warns."""

from collections.abc import Iterator

import dagster as dg

from pipelines.orchestration.assets.impact import IMPACT
from pipelines.orchestration.assets.release_checks import release_check_results, release_check_specs
from pipelines.orchestration.assets.workspace_lock import LOCK
from pipelines.release import publication
from pipelines.workspace.workspace import Workspace

GROUP = "impact"
OWNER = "team:modellers"
PROGRESS = dg.AssetKey("progress")


def progress_asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Returns the follow-up of all agreements: realised against agreed, and what follows from it."""

    @dg.asset(
        key=PROGRESS,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"polars", "duckdb"},
        description="What really moved against what was agreed, for every scenario that is an agreement.",
        deps=[IMPACT],
        check_specs=release_check_specs("progress", asset=PROGRESS),
        required_resource_keys={LOCK},
    )
    def progress() -> Iterator[dg.MaterializeResult[None]]:
        target = publication.find(workspace)
        agreements = publication.follow(workspace, target)
        yield dg.MaterializeResult(
            metadata={"agreements": dg.MetadataValue.text(", ".join(agreements) or "none")},
            check_results=release_check_results(publication.check(target, stage="progress"), asset=PROGRESS),
        )

    return progress
