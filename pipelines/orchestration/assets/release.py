"""Release: the static dashboards, and the publication itself, watched for freshness."""

from datetime import timedelta

import dagster as dg

from pipelines.orchestration.assets.agreements import PROGRESS
from pipelines.orchestration.assets.workspace_lock import LOCK
from pipelines.release import publication
from pipelines.release.releases import ReleaseFolder
from pipelines.workspace.workspace import Workspace

GROUP = "release"
OWNER = "team:publication"
DASHBOARDS = dg.AssetKey("dashboards")
RELEASE = dg.AssetKey("release")


def dashboards_asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Returns the static dashboards of the draft."""

    @dg.asset(
        key=DASHBOARDS,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"plotly", "html"},
        description="The static dashboards: open index.html from disk, no server, no internet.",
        deps=[PROGRESS],
        required_resource_keys={LOCK},
    )
    def dashboards() -> dg.MaterializeResult[None]:
        page = publication.draw(workspace, publication.find(workspace))
        return dg.MaterializeResult(metadata={"pages": len(list(page.parent.rglob("*.html")))})

    return dashboards


def release_asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Returns the published release: checked, complete, and current."""
    gap = longest_gap(workspace.region.schedule)

    @dg.asset(
        key=RELEASE,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"duckdb"},
        description="One new DuckDB file with facts and results, its dashboards and manifest; `current` points to it.",
        deps=[DASHBOARDS],
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=2 * gap, warn_window=gap + timedelta(hours=1)),
        required_resource_keys={LOCK},
    )
    def release() -> dg.MaterializeResult[None]:
        target = publication.find(workspace)
        published = publication.finish(workspace, target)
        return dg.MaterializeResult(metadata=_metadata(published, unchanged=isinstance(target, ReleaseFolder)))

    return release


def longest_gap(schedule: str) -> timedelta:
    """Returns the longest time between two runs of a cron schedule, by its coarsest field."""
    _, hour, day, month, weekday = schedule.split()
    if month != "*":
        return timedelta(days=366)
    if day != "*":
        return timedelta(days=31)
    if weekday != "*":
        return timedelta(days=7)
    return timedelta(hours=1) if hour == "*" else timedelta(days=1)


def _metadata(release: ReleaseFolder, *, unchanged: bool) -> dict[str, dg.MetadataValue]:
    """Returns what the asset graph shows of a release."""
    refused = [scenario.file for scenario in release.manifest.scenarios if scenario.status == "refused"]
    return {
        "release": dg.MetadataValue.text(release.id),
        "unchanged": dg.MetadataValue.bool(unchanged),
        "database": dg.MetadataValue.path(str(release.database)),
        "dashboards": dg.MetadataValue.url(release.dashboards.as_uri()),
        "scenarios_refused": dg.MetadataValue.text(", ".join(refused) or "none"),
        "checks": dg.MetadataValue.int(len(release.manifest.checks)),
    }
