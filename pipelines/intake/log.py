"""The log of deliveries: one small file a delivery, written last and in one step: there whole, or not at all.

What a delivery's status is beyond accepted or refused (superseded, and by which) follows from the others in the log;
nothing that was written is changed for it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.reading.formats.raw import LeftOut, Note, Taken
from pipelines.workspace import durable
from pipelines.workspace.places import Lake

SHORT_HASH = 12
"""Characters of a delivery's hash in the names of its files."""

LOG_FOLDER = "_deliveries"

REMEMBERED_RECORDS = 20_000
"""How many entries of the log a process keeps: a refresh asks for all of them dozens of times."""

DAMAGED_FINGERPRINT = "damaged"
"""Of a delivery whose rows were found damaged: it is read again, in its place in time."""

NOWHERE = "_"
"""Stands for the supplier, period or dataset of a file that lies where none can be told."""

Group = tuple[str, str, str, str]
"""Supplier, period and dataset; and the file's name, where a folder holds many files of one layout."""

CORRECTION = "correction "
"""Begins the `part` of a delivery that brings corrected rows of an earlier one: it counts beside that one."""

RECORD_SCHEMA: dict[str, type[pl.DataType] | pl.DataType] = {
    "supplier": pl.String,
    "period": pl.String,
    "dataset": pl.String,
    "file": pl.String,
    "received_at": pl.Datetime("us"),
    "hash": pl.String,
    "format": pl.String,
    "rows_read": pl.Int64,
    "rows_left_out": pl.Int64,
    "rows": pl.Int64,
    "accepted": pl.Int64,
    "rejected": pl.Int64,
    "warnings": pl.Int64,
    "status": pl.String,
    "superseded_by": pl.String,
    "withdrawn_at": pl.Datetime("us"),
    "grade": pl.String,
    "notes": pl.String,
    "message_nl": pl.String,
    "message_en": pl.String,
    "fingerprint": pl.String,
}
"""One row a file that was delivered; `received_at` and `withdrawn_at` are UTC."""


@dataclass(frozen=True)
class Record:
    """What became of one delivery.

    `status` is accepted, accepted_in_part or refused; `received_at` is ISO 8601 in UTC; `periods` are those of the
    accepted rows; `remarks` are notes and warnings; `withdrawn_at` is when its file was found to be taken out of the
    inbox, likewise; `part` is the file's name where a folder holds many of its layout; `taken` is what a source mapping
    took of the file's own rows.
    """

    supplier: str
    period: str
    dataset: str
    file: str
    received_at: str
    hash: str
    format: str
    rows: int
    accepted: int
    rejected: int
    warnings: int
    status: str
    grade: str
    remarks: tuple[Note, ...]
    rule: str | None
    message: Text | None
    periods: tuple[str, ...]
    fingerprint: str
    withdrawn_at: str | None = None
    part: str = ""
    taken: Taken | None = None

    @property
    def short_hash(self) -> str:
        """Returns the hash as it stands in file names."""
        return self.hash[:SHORT_HASH]

    @property
    def counts(self) -> bool:
        """Returns whether rows of it were accepted, so that it may count."""
        return self.status != "refused"

    @property
    def rows_read(self) -> int:
        """Returns the rows of the file: without a source mapping, those that were judged."""
        return self.rows if self.taken is None else self.taken.read

    @property
    def rows_left_out(self) -> int:
        """Returns the rows of the file that its source mapping leaves out: totals, other years."""
        return 0 if self.taken is None else self.taken.rows_left_out

    @property
    def group(self) -> Group:
        """Returns what a newer delivery replaces."""
        return self.supplier, self.period, self.dataset, self.part

    @property
    def corrects(self) -> str | None:
        """Returns the short hash of the delivery whose refused rows it brings, corrected, if that is what it is."""
        return self.part.removeprefix(CORRECTION) if self.part.startswith(CORRECTION) else None

    @property
    def order(self) -> tuple[str, str, str]:
        """Returns what decides which of two deliveries is the newer."""
        return self.received_at, self.file, self.hash


def log_path(lake: Lake, *, supplier: str, period: str, dataset: str, short_hash: str) -> Path:
    """Returns where the record of a delivery lies."""
    return lake.folder / LOG_FOLDER / supplier / period / dataset / f"{short_hash}.json"


def lake_path(lake: Lake, record: Record) -> Path:
    """Returns where the accepted rows of a delivery lie."""
    return lake.folder / record.dataset / record.supplier / record.period / f"{record.short_hash}.parquet"


def quarantine_folder(lake: Lake, record: Record) -> Path:
    """Returns where the refused rows of a delivery and its report lie."""
    return lake.quarantine / record.supplier / record.period / f"{record.dataset}-{record.short_hash}"


def commit(lake: Lake, record: Record) -> None:
    """Writes a record: from here on the delivery has been read."""
    path = log_path(
        lake, supplier=record.supplier, period=record.period, dataset=record.dataset, short_hash=record.short_hash
    )
    durable.write_text(path, json.dumps(asdict(record), ensure_ascii=True, indent=1, sort_keys=True))


def read_log(lake: Lake) -> list[Record]:
    """Returns every delivery that was read, in a fixed order.

    Raises:
        Problem: an entry is damaged.
    """
    return [read_record(path) for path in log_files(lake)]


def log_files(lake: Lake) -> list[Path]:
    """Returns the entries of the log, in a fixed order."""
    paths = sorted((lake.folder / LOG_FOLDER).glob("*/*/*/*.json"))
    return [path for path in paths if not path.name.startswith(".")]


def read_record(path: Path) -> Record:
    """Returns one entry of the log; one that was not written since it was last asked for is not read again.

    An entry is never changed where it lies: a newer one is another file, put in its place.

    Raises:
        Problem: it is damaged.
    """
    seen = path.stat()
    return _read_as_seen(path, (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))


@lru_cache(maxsize=REMEMBERED_RECORDS)
def _read_as_seen(path: Path, seen: tuple[int, ...]) -> Record:
    del seen  # an entry that was written again has another
    try:
        return _record(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError):
        raise Problem(
            Text(
                en="an entry in the log of deliveries that cannot be read",
                nl="een regel in het register van leveringen die niet gelezen kan worden",
            ),
            expected=Text(en="the file as it was written", nl="het bestand zoals het is geschreven"),
            action=Text(
                en="care-transfer refresh sets it aside and reads the delivery again from the inbox",
                nl="care-transfer refresh zet haar apart en leest de levering opnieuw uit de inbox",
            ),
            source=str(path),
        ) from None


def was_damaged(lake: Lake, *, supplier: str, period: str, dataset: str, short_hash: str) -> bool:
    """Returns whether the entry of a delivery was found damaged, and the delivery has not been read again since."""
    return durable.was_set_aside(
        log_path(lake, supplier=supplier, period=period, dataset=dataset, short_hash=short_hash)
    )


def _record(content: dict[str, Any]) -> Record:
    message, taken = content["message"], content.get("taken")
    remarks = tuple(
        Note(**{**remark, "text": Text(**remark["text"]), "rows": tuple(remark["rows"])})
        for remark in content["remarks"]
    )
    return Record(
        **{
            **content,
            "remarks": remarks,
            "message": Text(**message) if message else None,
            "periods": tuple(content["periods"]),
            "taken": _taken(taken) if taken else None,
        }
    )


def _taken(content: dict[str, Any]) -> Taken:
    left_out = tuple(LeftOut(Text(**one["reason"]), one["count"], tuple(one["rows"])) for one in content["left_out"])
    return Taken(**{**content, "left_out": left_out})


def superseded_by(log: Iterable[Record]) -> dict[Record, Record]:
    """Returns, for every delivery that no longer counts, the one that replaced it.

    A newer delivery of the same supplier, period and dataset replaces the older one, unless it was refused whole;
    corrections fall with the delivery that they correct. A file of which nobody could tell what it holds is replaced by
    what it was read as once a source mapping described it.
    """
    log = list(log)
    groups: dict[Group, list[Record]] = {}
    for record in log:
        if record.counts:
            groups.setdefault(record.group, []).append(record)
    replaced: dict[Record, Record] = {}
    for group in groups.values():
        ordered = sorted(group, key=lambda record: record.order)
        replaced |= dict(pairwise(ordered))
    for record, corrected in _corrections(log).items():
        if record.counts and corrected in replaced:
            replaced.setdefault(record, replaced[corrected])
    return replaced | _read_after_all(log)


def _read_after_all(log: Iterable[Record]) -> dict[Record, Record]:
    """Returns, for every file that was refused because its dataset was not known, what it was read as later."""
    log = list(log)
    read = {(one.supplier, one.period, one.file): one for one in log if one.dataset != NOWHERE}
    unknown = ((one, read.get((one.supplier, one.period, one.file))) for one in log if one.dataset == NOWHERE)
    return {one: later for one, later in unknown if later is not None and one.received_at <= later.received_at}


def _corrections(log: Iterable[Record]) -> dict[Record, Record]:
    """Returns, for every delivery of corrected rows, the delivery that it corrects."""
    log = list(log)
    by_hash = {(*record.group[:3], record.short_hash): record for record in log if record.corrects is None}
    found = {record: by_hash.get((*record.group[:3], record.corrects or "")) for record in log}
    return {record: corrected for record, corrected in found.items() if corrected is not None}


def still_refused(record: Record, there: Iterable[Record]) -> int:
    """Returns how many rows of a delivery are refused that no correction among `there` has brought."""
    brought = sum(one.accepted for one in there if one.corrects == record.short_hash and one.dataset == record.dataset)
    return max(0, record.rejected - brought)


def counting(lake: Lake) -> Iterator[Record]:
    """Yields the deliveries whose accepted rows count now: not refused, not superseded, not withdrawn."""
    log = read_log(lake)
    replaced = superseded_by(log)
    gone = {record for record, corrected in _corrections(log).items() if corrected.withdrawn_at is not None}
    standing = (record for record in log if record.counts and record not in replaced and record not in gone)
    yield from (record for record in standing if record.withdrawn_at is None)


def records(lake: Lake) -> pl.DataFrame:
    """Returns the log as a table, one row a delivery: the columns of `RECORD_SCHEMA`."""
    log = read_log(lake)
    replaced = superseded_by(log)
    rows = [_row(record, replaced.get(record)) for record in log]
    return pl.DataFrame(rows, schema=RECORD_SCHEMA, orient="row").sort(
        "supplier", "period", "dataset", "received_at", "hash"
    )


def _row(record: Record, newer: Record | None) -> tuple[object, ...]:
    message = record.message
    return (
        record.supplier,
        record.period,
        record.dataset,
        record.file,
        _moment(record.received_at),
        record.hash,
        record.format,
        record.rows_read,
        record.rows_left_out,
        record.rows,
        record.accepted,
        record.rejected,
        record.warnings,
        "superseded" if newer is not None else "withdrawn" if record.withdrawn_at else record.status,
        newer.hash if newer is not None else None,
        _moment(record.withdrawn_at) if record.withdrawn_at else None,
        record.grade,
        json.dumps([asdict(remark) for remark in record.remarks], ensure_ascii=False),
        message.nl if message else None,
        message.en if message else None,
        record.fingerprint,
    )


def _moment(text: str) -> datetime:
    """Returns a moment in UTC, as DuckDB keeps it."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)
