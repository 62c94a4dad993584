"""Reading what suppliers sent, with a fault of the program in one supplier's file kept away from the others.

What is in the files is judged by `deliveries` and, a second time, by `vetting`; here is only who is read when.
"""

import shutil
import traceback
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from data_contracts.contract import load_contract
from pipelines.intake import deliveries
from pipelines.intake.deliveries import Ingested
from pipelines.intake.vetting import Verdict, vet
from pipelines.workspace.headway import stage
from pipelines.workspace.workspace import Supplier, Workspace

REGISTER = "providers"
LINE_LEVEL = "declarations"
READING = "Reading deliveries"


@dataclass(frozen=True)
class SupplierFailure:
    """A supplier's files that could not be read for a fault of the program."""

    supplier: str
    message: str
    detail: str


@dataclass(frozen=True)
class Intake:
    """What one reading did."""

    outcomes: tuple[Ingested, ...]
    verdicts: tuple[Verdict, ...]
    faults: tuple[SupplierFailure, ...]

    def fault_of(self, supplier: str) -> SupplierFailure | None:
        """Returns the fault that kept a supplier's files from being read, if there was one."""
        return next((fault for fault in self.faults if fault.supplier == supplier), None)


def is_register(supplier: Supplier) -> bool:
    """Returns whether a supplier sends the register of providers, which all rows are held against."""
    return REGISTER in supplier.datasets


def is_by_period(supplier: Supplier) -> bool:
    """Returns whether a supplier is read period by period: it sends period data, and not the register."""
    by_period = any(load_contract(dataset).has_period or dataset == LINE_LEVEL for dataset in supplier.datasets)
    return by_period and not is_register(supplier)


def clean_leftovers(workspace: Workspace) -> list[str]:
    """Removes what a killed reading left in the lake; returns the names. Call it with the workspace's lock held."""
    copies = list(workspace.lake.folder.glob(".reading-*"))
    unfinished = [path for path in workspace.lake.folder.rglob(".*.tmp") if path.is_file()]
    for path in copies:
        shutil.rmtree(path)
    for path in unfinished:
        path.unlink(missing_ok=True)
    return [path.name for path in (*copies, *unfinished)]


def read_periods(workspace: Workspace, periods: Sequence[str]) -> Intake:
    """Reads what is new in the folders of some periods, of all suppliers at once."""
    try:
        with stage(READING):
            outcomes = deliveries.ingest(workspace, periods=periods)
    except Exception:  # noqa: BLE001 - whose file it was is found out below; nothing is swallowed
        folders = [(one.supplier, period) for period in periods for one in workspace.region.suppliers]
        parts = [_read_apart(workspace, supplier, period=period) for supplier, period in folders]
        return _together(parts, workspace, periods)
    return Intake(tuple(outcomes), tuple(vet(workspace.lake, periods=periods)), ())


def read_suppliers(workspace: Workspace, suppliers: Iterable[str]) -> Intake:
    """Reads what is new of some suppliers, in all periods."""
    return _together([_read_apart(workspace, supplier) for supplier in suppliers], workspace)


def read_folders(workspace: Workspace, folders: Iterable[tuple[str, str]]) -> Intake:
    """Reads what is new in some folders, given as (supplier, period)."""
    parts = [_read_apart(workspace, supplier, period=period) for supplier, period in folders]
    return _together(parts, workspace)


def unexpected_folders(workspace: Workspace) -> list[tuple[str, str]]:
    """Returns (supplier, period) of what lies in the inbox and that `region.yaml` does not name."""
    by_period = {supplier.supplier: is_by_period(supplier) for supplier in workspace.region.suppliers}
    periods = frozenset(workspace.region.periods)
    found = {(delivery.supplier, delivery.period) for delivery in deliveries.discover(workspace)}
    return sorted(
        (supplier, period)
        for supplier, period in found
        if supplier not in by_period or (by_period[supplier] and period not in periods)
    )


def requests(workspace: Workspace, folders: Iterable[tuple[str, str]]) -> Iterator[tuple[str | None, list[str]]]:
    """Yields what to read for some (supplier, period) folders: a period and its suppliers; None, first, for others."""
    by_period = {supplier.supplier for supplier in workspace.region.suppliers if is_by_period(supplier)}
    asked: dict[str | None, set[str]] = {}
    for supplier, period in folders:
        known = supplier in by_period and period in workspace.region.periods
        asked.setdefault(period if known else None, set()).add(supplier)
    for one in (None, *workspace.region.periods):
        if one in asked:
            yield one, sorted(asked[one])


def _read_apart(workspace: Workspace, supplier: str, *, period: str | None = None) -> Intake:
    """Reads one supplier; a fault of the program becomes a `SupplierFailure`."""
    try:
        with stage(READING, at=supplier):
            periods = None if period is None else [period]
            return Intake(tuple(deliveries.ingest(workspace, periods=periods, supplier=supplier)), (), ())
    except Exception as fault:  # noqa: BLE001 - one supplier's file must not keep the others from being read
        message = f"{type(fault).__name__}: {fault}"
        return Intake((), (), (SupplierFailure(supplier, message, "".join(traceback.format_exception(fault))),))


def _together(parts: list[Intake], workspace: Workspace, periods: Collection[str] | None = None) -> Intake:
    """Returns several readings as one, with Great Expectations asked once."""
    return Intake(
        outcomes=tuple(outcome for part in parts for outcome in part.outcomes),
        verdicts=tuple(vet(workspace.lake, periods=periods)),
        faults=tuple(fault for part in parts for fault in part.faults),
    )
