"""Release: the static dashboards, and the publication itself, watched for freshness."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from data_contracts.text import Text
from pipelines.orchestration.assets.agreements import PROGRESS
from pipelines.orchestration.assets.workspace_lock import LOCK
from pipelines.release import publication
from pipelines.release.releases import ReleaseFolder
from pipelines.workspace.cron import longest_gap
from pipelines.workspace.workspace import Workspace

GROUP = "release"
OWNER = "team:publication"
DASHBOARDS = dg.AssetKey("dashboards")
RELEASE = dg.AssetKey("release")
SETTINGS_READ = "settings_are_read"

_PATIENCE = timedelta(hours=2)
"""How much later than a schedule says a release may be made before a round counts as missed."""


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


def release_asset(workspace: Workspace, *, remark: Text | None = None) -> dg.AssetsDefinition:
    """Returns the published release: checked, complete, and current; `remark` is why it is not by today's settings."""

    @dg.asset(
        key=RELEASE,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"duckdb"},
        description="One new DuckDB file with facts and results, its dashboards and manifest; `current` points to it.",
        deps=[DASHBOARDS],
        check_specs=[
            dg.AssetCheckSpec(
                SETTINGS_READ,
                asset=RELEASE,
                description="The region's settings are those of region.yaml as it is now",
                metadata={"owner": OWNER},
            )
        ],
        freshness_policy=freshness(workspace.region.schedule),
        required_resource_keys={LOCK},
    )
    def release() -> Iterator[dg.MaterializeResult[None]]:
        target = publication.find(workspace)
        published = publication.finish(workspace, target)
        yield dg.MaterializeResult(
            metadata=_metadata(published, unchanged=isinstance(target, ReleaseFolder)),
            check_results=[
                dg.AssetCheckResult(
                    check_name=SETTINGS_READ, passed=remark is None, description=remark.en if remark else None
                )
            ],
        )

    return release


def freshness(schedule: str) -> dg.FreshnessPolicy:
    """Returns when a release is stale: a warning when one round of its schedule was missed, a failure after two.

    A refresh takes time, and a clock is put back once a year: a round counts as missed a little later, of a schedule of
    hours or less after half a round more.
    """
    gap = longest_gap(schedule)
    return dg.FreshnessPolicy.time_window(warn_window=gap + min(_PATIENCE, gap / 2), fail_window=2 * gap)


def _metadata(release: ReleaseFolder, *, unchanged: bool) -> dict[str, dg.MetadataValue]:
    """Returns what the asset graph shows of a release."""
    refused = [scenario.file for scenario in release.manifest.scenarios if scenario.status == "refused"]
    return {
        "release": dg.MetadataValue.text(release.id),
        "unchanged": dg.MetadataValue.bool(unchanged),
        "database": dg.MetadataValue.path(str(release.database)),
        "dashboards": dg.MetadataValue.path(str(release.dashboards)),
        "scenarios_refused": dg.MetadataValue.text(", ".join(refused) or "none"),
        "checks": dg.MetadataValue.int(len(release.manifest.checks)),
    }
