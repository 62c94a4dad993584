"""Views: what of the release each reader may have, made when `region.yaml` says so, with a blocking check a kind."""

from collections.abc import Iterator

import dagster as dg

from pipelines.orchestration.assets.release import RELEASE
from pipelines.orchestration.assets.workspace_lock import LOCK
from pipelines.release import releases
from pipelines.release.views import auditing, making
from pipelines.workspace.workspace import Workspace

GROUP = "release"
OWNER = "team:publication"
VIEWS = dg.AssetKey("views")


def views_assets(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """Returns the views that every refresh makes; none where `disclosure: {publish: …}` names none."""
    kinds = workspace.region.disclosure.publish
    return [_views_asset(workspace, tuple(kinds))] if kinds else []


def _views_asset(workspace: Workspace, kinds: tuple[str, ...]) -> dg.AssetsDefinition:
    @dg.asset(
        key=VIEWS,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"duckdb", "html"},
        description="A folder a reader, with nothing of others in it that the reader may not have.",
        deps=[RELEASE],
        check_specs=[
            dg.AssetCheckSpec(
                f"disclosure_{kind}", asset=VIEWS, blocking=True, description=auditing.HELD, metadata={"owner": OWNER}
            )
            for kind in kinds
        ],
        required_resource_keys={LOCK},
    )
    def views() -> Iterator[dg.MaterializeResult[None]]:
        release = releases.require_current(workspace.published)
        audited = auditing.audit_release(workspace, release)
        made = making.publish_views(workspace, audited, kinds) if audited.audited.passed else []
        yield dg.MaterializeResult(
            metadata={"views": len(made), "round": audited.round, "programs": audited.audited.programs},
            check_results=[_result(audited, kind) for kind in kinds],
        )

    return views


def _result(audited: auditing.AuditedRelease, kind: str) -> dg.AssetCheckResult:
    found = audited.check(kind)
    return dg.AssetCheckResult(
        asset_key=VIEWS,
        check_name=found.name,
        passed=bool(found.passed),
        severity=dg.AssetCheckSeverity.ERROR,
        description=found.found or None,
    )
