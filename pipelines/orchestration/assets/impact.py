"""Impact: every scenario of the workspace, evaluated on the facts of the draft. A broken one stops no other."""

from collections.abc import Iterator

import dagster as dg

from pipelines.evaluation.evaluating import ScenarioFile
from pipelines.orchestration.assets.release_checks import release_check_results, release_check_specs
from pipelines.orchestration.assets.warehouse import DELIVERY_LOG, table_keys
from pipelines.orchestration.assets.workspace_lock import LOCK
from pipelines.release import publication
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace

GROUP = "impact"
OWNER = "team:modellers"
IMPACT = dg.AssetKey("impact")


def impact_asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Returns the impact group: the result tables of all scenarios."""

    @dg.asset(
        key=IMPACT,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"numpy", "duckdb"},
        description="What every scenario does to every party: flows, revenue, cost, capacity, thresholds, interests.",
        deps=[*table_keys(), DELIVERY_LOG],
        check_specs=release_check_specs("impact", asset=IMPACT),
        metadata={"scenarios": dg.MetadataValue.path(str(workspace.scenarios))},
        required_resource_keys={LOCK},
    )
    def impact() -> Iterator[dg.MaterializeResult[None]]:
        target = publication.find(workspace)
        files = publication.add_results(workspace, target)
        with warehouse.reading(target.database) as connection:
            rows = warehouse.row_counts(connection)
        yield dg.MaterializeResult(
            metadata={"dagster/row_count": rows["party_impact"], "scenarios": _scenario_table(files)},
            check_results=release_check_results(publication.check(target, stage="impact"), asset=IMPACT),
        )

    return impact


def _scenario_table(files: list[ScenarioFile]) -> dg.TableMetadataValue:
    """Returns what became of each scenario file, for the asset graph."""
    names = ("file", "scenario", "status", "message")
    return dg.MetadataValue.table(
        records=[dg.TableRecord({name: getattr(file, name) or "" for name in names}) for file in files],
        schema=dg.TableSchema(columns=[dg.TableColumn(name) for name in names]),
    )
