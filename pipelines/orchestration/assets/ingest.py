"""Ingest: one asset a supplier, with what was refused and why; read by period, the register of providers first.

Three steps: the register, which all rows are held against; what has no period of its own, or was not expected; and, a
partition a period, all the others. A supplier whose file is refused fails its own blocking check and that file is kept
out of the lake; the others go on. The lake's datasets are assets that no step makes: suppliers add to them. So the
graph shows who delivers what, and a supplier that fails stops nothing behind the lake.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import polars as pl

from data_contracts.contract import load_contracts
from pipelines.intake import by_supplier as intake
from pipelines.intake import deliveries
from pipelines.intake.by_supplier import Intake, is_by_period, is_register
from pipelines.intake.log import read_log
from pipelines.orchestration.assets.workspace_lock import LOCK
from pipelines.workspace.workspace import Supplier, Workspace, asset_name

GROUP = "ingest"
LAKE = "lake"
OWNER = "team:data-stewards"
PREFIX = "deliveries"
FILES_ACCEPTED = "files_accepted"
EXPECTATIONS_MET = "expectations_met"
ROWS_ACCEPTED = "rows_accepted"
ALL_ARRIVED = "all_arrived"
FAULT = "fault"
UNEXPECTED = dg.AssetKey("unexpected_deliveries")

_CHECKS = {
    FILES_ACCEPTED: "No file was refused whole",
    EXPECTATIONS_MET: "Great Expectations: the accepted rows meet every expectation of their contract that refuses",
    ROWS_ACCEPTED: "No row was refused",
    ALL_ARRIVED: "Every dataset that region.yaml expects has arrived",
}
_BLOCKING = (FILES_ACCEPTED, EXPECTATIONS_MET)

_SHOWN = 5
"""Refused rows that a check tells of; the report tells of all."""

Event = dg.MaterializeResult[None] | dg.AssetCheckResult


def supplier_key(supplier: str) -> dg.AssetKey:
    """Returns the asset of a supplier's deliveries."""
    return dg.AssetKey([PREFIX, asset_name(supplier)])


def lake_key(dataset: str) -> dg.AssetKey:
    """Returns the asset of a dataset in the lake."""
    return dg.AssetKey([LAKE, dataset])


def period_partitions(workspace: Workspace) -> dg.StaticPartitionsDefinition:
    """Returns the region's periods as partitions."""
    return dg.StaticPartitionsDefinition(workspace.region.periods)


def reference_keys(workspace: Workspace) -> list[dg.AssetKey]:
    """Returns the ingest assets without partitions: the register, reference data, and what nobody expected."""
    return [*(supplier_key(s.supplier) for s in workspace.region.suppliers if not is_by_period(s)), UNEXPECTED]


def requests(
    workspace: Workspace, folders: Iterable[tuple[str, str]]
) -> Iterator[tuple[str | None, list[dg.AssetKey]]]:
    """Yields the runs that read some (supplier, period) folders: the period, or None, and the assets."""
    for period, suppliers in intake.requests(workspace, folders):
        yield period, reference_keys(workspace) if period is None else [supplier_key(name) for name in suppliers]


def ingest_assets(workspace: Workspace) -> list[dg.AssetsDefinition]:
    """Returns the steps of the ingest group: the register, reference data and the unexpected, the others by period."""
    suppliers = workspace.region.suppliers
    register = [supplier for supplier in suppliers if is_register(supplier)]
    others = [supplier for supplier in suppliers if not is_register(supplier) and not is_by_period(supplier)]
    by_period = [supplier for supplier in suppliers if is_by_period(supplier)]
    after = [supplier_key(supplier.supplier) for supplier in register]
    return [
        *([_whole_step(workspace, register, name="read_register")] if register else []),
        _whole_step(workspace, others, name="read_reference_data", after=after, unexpected=True),
        *([_period_step(workspace, by_period, after=after)] if by_period else []),
    ]


def _whole_step(
    workspace: Workspace,
    suppliers: Sequence[Supplier],
    *,
    name: str,
    after: Sequence[dg.AssetKey] = (),
    unexpected: bool = False,
) -> dg.AssetsDefinition:
    """Returns the step that reads suppliers without periods; `unexpected` adds what `region.yaml` does not name."""
    blocking = bool(after)  # the register's check blocks nothing: the last accepted register still stands
    specs = [_supplier_spec(workspace, supplier, after=after) for supplier in suppliers]

    @dg.multi_asset(
        name=name,
        specs=[*specs, *([_unexpected_spec(after)] if unexpected else [])],
        check_specs=_check_specs(suppliers, blocking=blocking),
        can_subset=True,
        required_resource_keys={LOCK},
    )
    def read_whole(context: dg.AssetExecutionContext) -> Iterator[Event]:
        chosen = [supplier for supplier in suppliers if supplier_key(supplier.supplier) in context.selected_asset_keys]
        done = intake.read_suppliers(workspace, [supplier.supplier for supplier in chosen])
        _log_lake(context, done)
        reading = _Reading.of(workspace, done)
        for supplier in chosen:
            yield from _events(
                supplier, reading, metadata=_metadata(reading.of_supplier(supplier), reading, period="all")
            )
        if UNEXPECTED in context.selected_asset_keys:
            yield _unexpected(context, workspace)

    return read_whole


def _period_step(
    workspace: Workspace, suppliers: Sequence[Supplier], *, after: Sequence[dg.AssetKey]
) -> dg.AssetsDefinition:
    """Returns the step that reads some periods of all suppliers of period data, in one go."""

    @dg.multi_asset(
        name="read_period",
        specs=[_supplier_spec(workspace, supplier, after=after) for supplier in suppliers],
        check_specs=_check_specs(suppliers, blocking=True),
        partitions_def=period_partitions(workspace),
        backfill_policy=dg.BackfillPolicy.single_run(),
        can_subset=True,
        required_resource_keys={LOCK},
    )
    def read_period(context: dg.AssetExecutionContext) -> Iterator[Event]:
        periods = context.partition_keys
        chosen = [supplier for supplier in suppliers if supplier_key(supplier.supplier) in context.selected_asset_keys]
        done = intake.read_periods(workspace, periods)
        _log_lake(context, done)
        reading = _Reading.of(workspace, done, periods=periods)
        for supplier in chosen:
            _describe_periods(context, supplier, reading)
            yield from _events(supplier, reading, metadata=None)

    return read_period


def _supplier_spec(workspace: Workspace, supplier: Supplier, *, after: Sequence[dg.AssetKey]) -> dg.AssetSpec:
    """Returns the asset of one supplier."""
    speaks_for = f" It speaks for {', '.join(supplier.providers)}." if supplier.providers else ""
    return dg.AssetSpec(
        supplier_key(supplier.supplier),
        deps=list(after),
        group_name=GROUP,
        owners=[OWNER],
        kinds={"polars", "greatexpectations"},
        description=f"What {supplier.name or supplier.supplier} delivers: {', '.join(supplier.datasets)}.{speaks_for}",
        metadata={"inbox": dg.MetadataValue.path(str(workspace.inbox / supplier.supplier))},
        skippable=True,
    )


def _unexpected_spec(after: Sequence[dg.AssetKey]) -> dg.AssetSpec:
    return dg.AssetSpec(
        UNEXPECTED,
        deps=list(after),
        group_name=GROUP,
        owners=[OWNER],
        kinds={"polars", "greatexpectations"},
        description="Files from suppliers, or for periods, that region.yaml does not name.",
        skippable=True,
    )


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
            metadata={"folder": dg.MetadataValue.path(str(workspace.lake.folder / contract.dataset))},
        )
        for contract in load_contracts().values()
    ]


def _check_specs(suppliers: Sequence[Supplier], *, blocking: bool) -> list[dg.AssetCheckSpec]:
    """Returns the checks of suppliers; each says who has to act on it."""
    return [
        dg.AssetCheckSpec(
            name,
            asset=supplier_key(supplier.supplier),
            blocking=blocking and name in _BLOCKING,
            description=description,
            metadata={"owner": OWNER, "supplier": supplier.supplier},
        )
        for supplier in suppliers
        for name, description in _CHECKS.items()
    ]


@dataclass(frozen=True)
class _Reading:
    """What one step read, of some periods or of all, and how the whole log stands after it: superseded files left out.

    A check speaks of all that a supplier sent: what was refused of one period stays red while another is read.
    """

    workspace: Workspace
    done: Intake
    periods: Sequence[str] | None
    log: pl.DataFrame
    reports: dict[str, Path]

    @classmethod
    def of(cls, workspace: Workspace, done: Intake, *, periods: Sequence[str] | None = None) -> "_Reading":
        """Returns the state of the log, read once for all suppliers."""
        log = deliveries.records(workspace.lake).filter(~pl.col("status").is_in(["superseded", "withdrawn"]))
        found = {record.hash: deliveries.report_of(workspace.lake, record) for record in read_log(workspace.lake)}
        return cls(
            workspace=workspace,
            done=done,
            periods=periods,
            log=log,
            reports={digest: path for digest, path in found.items() if path is not None},
        )

    def of_supplier(self, supplier: Supplier) -> pl.DataFrame:
        """Returns a supplier's files, one row a file."""
        return self.log.filter(pl.col("supplier") == supplier.supplier)

    def links(self, log: pl.DataFrame) -> dict[str, dg.MetadataValue]:
        """Returns where the reports on files lie, as text to copy: a browser opens no file from Dagster's pages."""
        return {
            f"report {name}": dg.MetadataValue.path(str(self.reports[digest]))
            for name, digest in zip(_names(log), log["hash"], strict=True)
            if digest in self.reports
        }


def _names(log: pl.DataFrame) -> Iterator[str]:
    """Yields the names of a log's files, with their period where there is more than one."""
    several = log["period"].n_unique() > 1
    for period, file in log.select("period", "file").iter_rows():
        yield f"{period}/{file}" if several else file


def _events(supplier: Supplier, reading: _Reading, *, metadata: dict[str, dg.MetadataValue] | None) -> Iterator[Event]:
    """Yields what became of a supplier; without `metadata` that of its periods was added to the step."""
    if reading.done.fault_of(supplier.supplier) is None:
        yield dg.MaterializeResult(asset_key=supplier_key(supplier.supplier), metadata=metadata)
    yield from _check_results(supplier, reading)


def _describe_periods(context: dg.AssetExecutionContext, supplier: Supplier, reading: _Reading) -> None:
    """Adds to the asset of a supplier what is shown of each of its periods."""
    for period in reading.periods or ():
        log = reading.of_supplier(supplier).filter(pl.col("period") == period)
        about = _metadata(log, reading, period=period)
        context.add_asset_metadata(about, asset_key=supplier_key(supplier.supplier), partition_key=period)


def _log_lake(context: dg.AssetExecutionContext, done: Intake) -> None:
    """Notes in the graph which datasets of the lake were added to, and by how many rows."""
    rows: dict[str, int] = {}
    for outcome in done.outcomes:
        if not outcome.unchanged and outcome.record.counts:
            rows[outcome.record.dataset] = rows.get(outcome.record.dataset, 0) + outcome.record.accepted
    for dataset, count in rows.items():
        context.log_event(dg.AssetMaterialization(lake_key(dataset), metadata={"rows_added": count}))


def _check_results(supplier: Supplier, reading: _Reading) -> Iterator[dg.AssetCheckResult]:
    """Yields the supplier's checks, as its log stands."""
    log, done = reading.of_supplier(supplier), reading.done
    refused = log.filter(pl.col("status") == "refused")
    partly = log.filter(pl.col("status") != "refused", pl.col("rejected") > 0)
    fault = done.fault_of(supplier.supplier)
    failed = [v for v in done.verdicts if v.supplier == supplier.supplier and not v.passed]
    reasons = [f"{name}: {reason}" for name, reason in zip(_names(refused), refused["message_en"], strict=True)]
    yield _result(
        supplier,
        FILES_ACCEPTED,
        [*reasons, *([f"not read: {fault.message}"] if fault else [])],
        more={**reading.links(refused), **({FAULT: dg.MetadataValue.text(fault.detail)} if fault else {})},
    )
    yield _result(
        supplier,
        EXPECTATIONS_MET,
        [f"{verdict.period}/{verdict.file}: {breach.rule}" for verdict in failed for breach in verdict.breaches],
    )
    counts = [f"{name}: {rows} rows refused" for name, rows in zip(_names(partly), partly["rejected"], strict=True)]
    why = _first_refused(reading.workspace, [*refused["hash"], *partly["hash"]])
    yield _result(supplier, ROWS_ACCEPTED, counts, warn=True, more={**reading.links(partly), **why})
    yield _arrived(reading.workspace, supplier, log)


def arrived(workspace: Workspace) -> Iterator[dg.AssetCheckEvaluation]:
    """Yields of every supplier whether all has arrived, also of one who sent nothing, for whom no step ever runs."""
    log = deliveries.records(workspace.lake).filter(~pl.col("status").is_in(["superseded", "withdrawn"]))
    for supplier in workspace.region.suppliers:
        found = _arrived(workspace, supplier, log.filter(pl.col("supplier") == supplier.supplier))
        yield dg.AssetCheckEvaluation(
            asset_key=supplier_key(supplier.supplier),
            check_name=ALL_ARRIVED,
            passed=found.passed,
            severity=found.severity,
            description=found.description,
            metadata=found.metadata,
        )


def _arrived(workspace: Workspace, supplier: Supplier, log: pl.DataFrame) -> dg.AssetCheckResult:
    periods = workspace.region.periods if is_by_period(supplier) else None
    nothing = ["nothing came at all"] if supplier.datasets and log.is_empty() else []
    return _result(supplier, ALL_ARRIVED, [*nothing, *_missing(log, supplier, periods=periods)], warn=True)


def _first_refused(workspace: Workspace, hashes: Sequence[str]) -> dict[str, dg.MetadataValue]:
    """Returns the first rows that were refused, each with where it stands and why."""
    told = deliveries.rejections(workspace.lake, of=hashes).head(_SHOWN)
    lines = [
        f"{file}, row {row}, {column or 'the row'}: {message}"
        for file, row, column, message in told.select("file", "row", "column", "message_en").iter_rows()
    ]
    return {"first refused": dg.MetadataValue.text("\n".join(lines))} if lines else {}


def _result(
    supplier: Supplier,
    name: str,
    faults: Sequence[str],
    *,
    warn: bool = False,
    more: Mapping[str, dg.MetadataValue] | None = None,
) -> dg.AssetCheckResult:
    """Returns one check: it passes without faults."""
    return dg.AssetCheckResult(
        asset_key=supplier_key(supplier.supplier),
        check_name=name,
        passed=not faults,
        severity=dg.AssetCheckSeverity.WARN if warn else dg.AssetCheckSeverity.ERROR,
        description="\n".join(faults) or None,
        metadata={"found": len(faults), **(more or {})},
    )


def _missing(log: pl.DataFrame, supplier: Supplier, *, periods: Sequence[str] | None) -> Iterator[str]:
    """Yields the datasets that were expected of a supplier, in each period or at all, and of which nothing counts."""
    contracts = load_contracts()
    there = log.filter(pl.col("status") != "refused")
    if periods is None:
        yield from (f"missing: {dataset}" for dataset in supplier.datasets if dataset not in set(there["dataset"]))
        return
    by_period = [d for d in supplier.datasets if contracts[d].has_period or d == intake.LINE_LEVEL]
    arrived = set(there.select("period", "dataset").iter_rows())
    yield from (f"missing: {d} of {p}" for p in periods for d in by_period if (p, d) not in arrived)


def _metadata(log: pl.DataFrame, reading: _Reading, *, period: str) -> dict[str, dg.MetadataValue]:
    """Returns what the asset graph shows of a supplier's files: counts, and the reports to send back."""
    rows, accepted, rejected = (int(log[name].sum()) for name in ("rows", "accepted", "rejected"))
    return {
        "dagster/row_count": dg.MetadataValue.int(accepted),
        "period": dg.MetadataValue.text(period),
        "files": dg.MetadataValue.int(log.height),
        "rows": dg.MetadataValue.int(rows),
        "accepted": dg.MetadataValue.int(accepted),
        "refused": dg.MetadataValue.int(rejected),
        **reading.links(log),
    }


def _unexpected(context: dg.AssetExecutionContext, workspace: Workspace) -> dg.MaterializeResult[None]:
    """Reads what was not expected; says what it was."""
    folders = intake.unexpected_folders(workspace)
    done = intake.read_folders(workspace, folders)
    _log_lake(context, done)
    return dg.MaterializeResult(
        asset_key=UNEXPECTED, metadata={"folders": [f"{supplier}/{period}" for supplier, period in folders]}
    )
