"""Damage in the lake: a file of ours that a broken disk or a person cut short is set aside, its delivery read again.

The inbox is never changed, so nothing is lost as long as the delivered file lies there. A verdict that cannot be read
is asked for again, by itself; here is what would count for a figure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from data_contracts.problem import Problem
from pipelines.intake.log import (
    DAMAGED_FINGERPRINT,
    commit,
    lake_path,
    log_files,
    quarantine_folder,
    read_record,
)
from pipelines.workspace.durable import set_aside
from pipelines.workspace.places import Lake

_MAGIC = b"PAR1"
"""Begins and ends every Parquet file."""


@dataclass(frozen=True)
class SetAside:
    """One damaged file: where it lay in the workspace, and whose delivery is read again for it."""

    path: Path
    supplier: str
    period: str
    dataset: str


def mend(lake: Lake) -> list[SetAside]:
    """Sets damaged files of the lake aside, so that their deliveries are read again from the inbox; returns them.

    Call it with the workspace's lock held.
    """
    entries = list(_damaged_entries(lake))
    return [*entries, *_missed_rows(lake), *_damaged_reasons(lake)]


def _damaged_entries(lake: Lake) -> Iterator[SetAside]:
    """Sets entries of the log aside that cannot be read: without its record a delivery has not been read."""
    for path in log_files(lake):
        try:
            read_record(path)
        except Problem:
            set_aside(path)
            supplier, period, dataset = path.parts[-4:-1]
            yield SetAside(path, supplier, period, dataset)


def _missed_rows(lake: Lake) -> Iterator[SetAside]:
    """Sets accepted rows aside that are gone or cut short; their record notes that the delivery is read again."""
    for record in map(read_record, log_files(lake)):
        rows = lake_path(lake, record)
        reasons = [path for path in quarantine_folder(lake, record).glob("*.parquet") if not _is_whole(path)]
        if record.counts and not _is_whole(rows):
            if rows.exists():
                set_aside(rows)
            yield SetAside(rows, record.supplier, record.period, record.dataset)
        elif not reasons:
            continue
        commit(lake, replace(record, fingerprint=DAMAGED_FINGERPRINT))


def _damaged_reasons(lake: Lake) -> Iterator[SetAside]:
    """Sets aside what is kept of refused rows and is cut short; it is written again with its delivery."""
    for path in sorted(lake.quarantine.rglob("*.parquet")):
        if not _is_whole(path):
            set_aside(path)
            supplier, period, folder = path.parts[-4:-1]
            yield SetAside(path, supplier, period, folder.rpartition("-")[0])


def _is_whole(path: Path) -> bool:
    """Returns whether a Parquet file has its two ends."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(_MAGIC))
            file.seek(-len(_MAGIC), 2)
            return begins == _MAGIC and file.read() == _MAGIC and file.tell() > 2 * len(_MAGIC)
    except OSError:
        return False
