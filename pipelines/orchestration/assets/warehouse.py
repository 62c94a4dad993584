"""Warehouse: the accepted facts, a table a dataset, and the delivery log, in the draft of a new release.

One step fills all tables, because they lie in one file. It reads the lake as it stands: what a supplier did not
deliver, or what was refused, is missing from the tables and told in `coverage`; it does not stop the others.
"""

from collections.abc import Iterator

import dagster as dg

from data_contracts.contract import DataContract, load_contracts, published_contracts
from pipelines.judging.from_contract.ddl import column_text
from pipelines.orchestration.assets.ingest import arrived, lake_key
from pipelines.orchestration.assets.release_checks import release_check_results, release_check_specs
from pipelines.orchestration.assets.workspace_lock import LOCK
from pipelines.release import publication
from pipelines.release.releases import ReleaseFolder
from pipelines.warehouse import building as warehouse
from pipelines.warehouse import declarations
from pipelines.workspace.workspace import Workspace

GROUP = "warehouse"
OWNER = "team:analysts"
FORCE_TAG = "care_transfer/force"
DELIVERY_LOG = dg.AssetKey([GROUP, "delivery_log"])

_COUNTED_FROM = dict.fromkeys(declarations.FACTS, (declarations.DATASET,))
"""What else a fact's rows come from."""


def table_key(table: str) -> dg.AssetKey:
    """Returns the asset of a fact table."""
    return dg.AssetKey([GROUP, table])


def table_keys() -> list[dg.AssetKey]:
    """Returns the assets of all fact tables."""
    return [table_key(contract.table) for contract in published_contracts()]


def warehouse_asset(workspace: Workspace) -> dg.AssetsDefinition:
    """Returns the warehouse group: one step, an asset a table."""
    facts = [_fact_spec(contract) for contract in published_contracts()]

    @dg.multi_asset(
        name="warehouse",
        specs=[*facts, _log_spec()],
        check_specs=release_check_specs("warehouse", asset=DELIVERY_LOG),
        required_resource_keys={LOCK},
        op_tags={"dagster/priority": "-1"},  # no step depends on a supplier's: this one waits until none is left
    )
    def build_warehouse(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        target = publication.start(workspace, force=FORCE_TAG in context.run.tags)
        for told in arrived(workspace):
            context.instance.report_runless_asset_event(told)
        unchanged = {"unchanged_since": target.id} if isinstance(target, ReleaseFolder) else {}
        with warehouse.reading(target.database) as connection:
            rows = warehouse.row_counts(connection)
        for contract in published_contracts():
            count = {"dagster/row_count": rows[contract.table]}
            yield dg.MaterializeResult(asset_key=table_key(contract.table), metadata={**count, **unchanged})
        yield dg.MaterializeResult(
            asset_key=DELIVERY_LOG, metadata={"dagster/row_count": rows["delivery"], "release": target.id, **unchanged}
        )
        yield from release_check_results(publication.check(target, stage="warehouse"), asset=DELIVERY_LOG)

    return build_warehouse


def _fact_spec(contract: DataContract) -> dg.AssetSpec:
    """Returns the asset of one fact table, with what its columns mean."""
    columns = [
        dg.TableColumn(column.name, type=column.kind, description=column_text(column).en) for column in contract.columns
    ]
    return dg.AssetSpec(
        table_key(contract.table),
        deps=[lake_key(dataset) for dataset in (contract.dataset, *_COUNTED_FROM.get(contract.dataset, ()))],
        group_name=GROUP,
        owners=[OWNER],
        kinds={"duckdb", "table"},
        description=f"{contract.grain.en}. {contract.description.en}",
        metadata={"dagster/column_schema": dg.TableSchema(columns=columns)},
        skippable=False,
    )


def _log_spec() -> dg.AssetSpec:
    """Returns the asset of the delivery log."""
    return dg.AssetSpec(
        DELIVERY_LOG,
        deps=[lake_key(contract.dataset) for contract in load_contracts().values()],
        group_name=GROUP,
        owners=[OWNER],
        kinds={"duckdb", "table"},
        description="Every delivery, every refused row, what was expected, and what was loaded.",
    )
