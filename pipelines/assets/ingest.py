"""Ingest: one asset a supplier. It reads what is new in the supplier's inbox, and says what was refused and why.

A supplier of period data is partitioned by period. One that only sends reference data (the register of providers, most
of all) is not: it may come in any period and is read first, because the others are held against it. A file that is
refused fails its supplier's blocking check and is kept out of the lake; the other suppliers go on.

The lake's datasets are assets that no step makes by itself: suppliers add to them. So the graph shows who delivers what,
and a supplier that fails stops nothing behind the lake.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import polars as pl

from data_contracts.contract import load_contract, load_contracts
from pipelines import deliveries
from pipelines.assets.workspace_lock import LOCK
from pipelines.progress import tell
from pipelines.workspace import Supplier, Workspace

GROUP = "ingest"
OWNER = "team:data-stewards"
PREFIX = "deliveries"
LAKE = "lake"
FILES_USABLE = "files_usable"
ROWS_VALID = "rows_valid"
ALL_ARRIVED = "all_arrived"
UNEXPECTED = dg.AssetKey("unexpected_deliveries")

_REFUSED = "refused"
_SUPERSEDED = "superseded"


def supplier_key(supplier: str) -> dg.AssetKey:
    """Returns the asset of a supplier's deliveries."""
    return dg.AssetKey([PREFIX, supplier.replace("-", "_")])


def lake_key(dataset: str) -> dg.AssetKey:
    """Returns the asset of a dataset in the lake."""
    return dg.AssetKey([LAKE, dataset])


def is_reference(supplier: Supplier) -> bool:
    """Returns whether a supplier sends only data without a period: it is then expected once, whenever it comes."""
    return not any(load_contract(dataset).has_period for dataset in supplier.datasets)


def period_partitions(workspace: Workspace) -> dg.StaticPartitionsDefinition:
    """Returns the region's periods as partitions."""
    return dg.StaticPartitionsDefinition(workspace.region.periods)


def ingest_assets(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """Returns the ingest group: reference suppliers first, then the others by period, then what nobody expected."""
    suppliers = workspace.region.suppliers
    reference = [supplier for supplier in suppliers if is_reference(supplier)]
    register = [supplier_key(supplier.supplier) for supplier in reference]
    return [
        *(_supplier_asset(workspace, supplier, after=(), blocking=False) for supplier in reference),
        *(
            _supplier_asset(workspace, supplier, after=register, partitions=period_partitions(workspace))
            for supplier in suppliers
            if not is_reference(supplier)
        ),
        _unexpected_asset(workspace, after=register),
    ]


def _supplier_asset(
    workspace: Workspace,
    supplier: Supplier,
    *,
    after: Sequence[dg.AssetKey],
    partitions: dg.PartitionsDefinition[str] | None = None,
    blocking: bool = True,
) -> dg.AssetsDefinition:
    """Returns the asset of one supplier, with its checks."""
    key = supplier_key(supplier.supplier)

    @dg.asset(
        key=key,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"polars", "greatexpectations"},
        description=_description(supplier),
        deps=list(after),
        partitions_def=partitions,
        check_specs=_check_specs(key, supplier, blocking=blocking),
        metadata={"inbox": dg.MetadataValue.path(str(workspace.inbox / supplier.supplier))},
        required_resource_keys={LOCK},
    )
    def supplier_deliveries(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        period = context.partition_key if context.has_partition_key and partitions is not None else None
        tell("Reading deliveries", f"{supplier.supplier} {period or ''}".strip())
        deliveries.ingest(workspace, period=period, supplier=supplier.supplier)
        log = _log(workspace, supplier.supplier, period=period)
        return dg.MaterializeResult(
            metadata=_metadata(workspace, log),
            check_results=_check_results(workspace, key, log, supplier, period=period),
        )

    return supplier_deliveries


def _description(supplier: Supplier) -> str:
    """Returns what the asset holds, for the asset graph."""
    speaks_for = f" It speaks for {', '.join(supplier.providers)}." if supplier.providers else ""
    return f"What {supplier.name or supplier.supplier} delivered: {', '.join(supplier.datasets)}.{speaks_for}"


def _check_specs(key: dg.AssetKey, supplier: Supplier, *, blocking: bool) -> list[dg.AssetCheckSpec]:
    """Returns the checks of a supplier; each says who has to act on it."""
    asker = {"owner": OWNER, "supplier": supplier.supplier}
    return [
        dg.AssetCheckSpec(
            FILES_USABLE,
            asset=key,
            blocking=blocking,
            description="No file was refused whole (Great Expectations: the rules of the contract that refuse a file)",
            metadata=asker,
        ),
        dg.AssetCheckSpec(
            ROWS_VALID,
            asset=key,
            description="No row was refused (Great Expectations: the rules of the contract that refuse a row)",
            metadata=asker,
        ),
        dg.AssetCheckSpec(
            ALL_ARRIVED, asset=key, description="Every dataset that region.yaml expects has arrived", metadata=asker
        ),
    ]


def _log(workspace: Workspace, supplier: str, *, period: str | None) -> pl.DataFrame:
    """Returns the delivery log of a supplier, superseded files left out, one row a file."""
    log = deliveries.records(workspace).filter(pl.col("supplier") == supplier, pl.col("status") != _SUPERSEDED)
    return log if period is None else log.filter(pl.col("period") == period)


def _check_results(
    workspace: Workspace, key: dg.AssetKey, log: pl.DataFrame, supplier: Supplier, *, period: str | None
) -> list[dg.AssetCheckResult]:
    """Returns the supplier's checks, as its log stands."""
    refused = log.filter(pl.col("status") == _REFUSED)
    partly = log.filter(pl.col("status") != _REFUSED, pl.col("rejected") > 0)
    missing = _missing(workspace, supplier, period=period)
    return [
        dg.AssetCheckResult(
            asset_key=key,
            check_name=FILES_USABLE,
            passed=refused.is_empty(),
            severity=dg.AssetCheckSeverity.ERROR,
            description=_lines(
                f"{file}: {reason}" for file, reason in refused.select("file", "message_en").iter_rows()
            ),
            metadata={"files": refused.height, **_reports(workspace, refused)},
        ),
        dg.AssetCheckResult(
            asset_key=key,
            check_name=ROWS_VALID,
            passed=partly.is_empty(),
            severity=dg.AssetCheckSeverity.WARN,
            description=_lines(f"{file}: {rows} rows" for file, rows in partly.select("file", "rejected").iter_rows()),
            metadata={"rows": int(partly["rejected"].sum()), **_reports(workspace, partly)},
        ),
        dg.AssetCheckResult(
            asset_key=key,
            check_name=ALL_ARRIVED,
            passed=not missing,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"missing: {', '.join(missing)}" if missing else None,
        ),
    ]


def _missing(workspace: Workspace, supplier: Supplier, *, period: str | None) -> list[str]:
    """Returns the datasets that were expected of a supplier and have not arrived."""
    coverage = deliveries.coverage(workspace).filter(
        pl.col("supplier") == supplier.supplier, pl.col("status") == "missing"
    )
    if period is not None:
        coverage = coverage.filter(pl.col("period") == period)
    return coverage["dataset"].unique().sort().to_list()


def _metadata(workspace: Workspace, log: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    """Returns what the asset graph shows of a materialisation: counts, files, and the reports to send back."""
    rows, accepted, rejected = (int(log[name].sum()) for name in ("rows", "accepted", "rejected"))
    return {
        "dagster/row_count": dg.MetadataValue.int(accepted),
        "files": dg.MetadataValue.int(log.height),
        "rows": dg.MetadataValue.int(rows),
        "accepted": dg.MetadataValue.int(accepted),
        "refused": dg.MetadataValue.int(rejected),
        **_reports(workspace, log.filter(pl.col("rejected") > 0)),
    }


def _reports(workspace: Workspace, log: pl.DataFrame) -> dict[str, dg.MetadataValue]:
    """Returns links to the quarantine reports of the files in a log that have one."""
    files = log.select("supplier", "period", "dataset", "hash", "file").iter_rows()
    reports = (
        (file, deliveries.report_path(workspace, supplier=supplier, period=period, dataset=dataset, digest=digest))
        for supplier, period, dataset, digest, file in files
    )
    return {f"report {file}": dg.MetadataValue.url(path.as_uri()) for file, path in reports if path.is_file()}


def _lines(texts: Iterator[str]) -> str | None:
    """Returns texts as lines, or None without any."""
    return "\n".join(texts) or None


def lake_specs(workspace: Workspace) -> list[dg.AssetSpec]:
    """Returns the lake's datasets, with the suppliers that are expected to send each."""
    return [
        dg.AssetSpec(
            lake_key(contract.dataset),
            deps=[
                *(supplier_key(s.supplier) for s in workspace.region.suppliers if contract.dataset in s.datasets),
                UNEXPECTED,
            ],
            group_name=LAKE,
            owners=[OWNER],
            kinds={"parquet"},
            description=f"Accepted rows as Parquet, a file a delivery. {contract.grain.en}.",
            metadata={"folder": dg.MetadataValue.path(str(workspace.lake / contract.dataset))},
        )
        for contract in load_contracts().values()
    ]


def reference_keys(workspace: Workspace) -> list[dg.AssetKey]:
    """Returns the ingest assets without partitions: reference suppliers, and what nobody expected."""
    suppliers = [supplier for supplier in workspace.region.suppliers if is_reference(supplier)]
    return [*(supplier_key(supplier.supplier) for supplier in suppliers), UNEXPECTED]


def _unexpected_asset(workspace: Workspace, *, after: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """Returns the asset of the folders that belong to no expected supplier or period."""

    @dg.asset(
        key=UNEXPECTED,
        group_name=GROUP,
        owners=[OWNER],
        kinds={"polars", "greatexpectations"},
        description="Files from suppliers, or for periods, that region.yaml does not name.",
        deps=list(after),
        required_resource_keys={LOCK},
    )
    def unexpected_deliveries() -> dg.MaterializeResult[None]:
        folders = unexpected_folders(workspace)
        for supplier, period in folders:
            tell("Reading deliveries", f"{supplier} {period}")
            deliveries.ingest(workspace, period=period, supplier=supplier)
        return dg.MaterializeResult(metadata={"folders": [f"{supplier}/{period}" for supplier, period in folders]})

    return unexpected_deliveries


def unexpected_folders(workspace: Workspace) -> list[tuple[str, str]]:
    """Returns (supplier, period) of the inbox folders that no supplier's asset reads."""
    reference = {supplier.supplier: is_reference(supplier) for supplier in workspace.region.suppliers}
    periods = frozenset(workspace.region.periods)

    def expected(folder: Path) -> bool:
        supplier, period = folder.parent.name, folder.name
        return supplier in reference and (reference[supplier] or period in periods)

    folders = sorted(folder for folder in workspace.inbox.glob("*/*") if folder.is_dir())
    return [(folder.parent.name, folder.name) for folder in folders if not expected(folder)]
