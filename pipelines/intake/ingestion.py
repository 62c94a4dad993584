"""Taking deliveries in: read, hold against the contract, write accepted and refused rows, and the record last.

Accepted rows go to the lake, refused rows to quarantine. A delivery whose bytes, contract and register have not changed
is not read again. Whatever happens halfway: a delivery without a record has not been read, and is read next time.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import polars as pl

from data_contracts.contract import Contract, Text, load_contract, load_contracts
from pipelines.intake import feedback
from pipelines.intake.feedback import REASONS_FILE, REJECTED_FILE
from pipelines.intake.inbox import PROGRAM_FAULT, Delivery, discover, file_hash, is_register, program_fault
from pipelines.intake.layouts import Layout, copied, plain_suffix, read_layout
from pipelines.intake.log import NOWHERE, Group, Record, commit, counting, lake_path, quarantine_folder, read_log
from pipelines.intake.withdrawal import withdraw_missing
from pipelines.judging import (
    PROVIDERS,
    Refusal,
    Register,
    Stored,
    Validated,
    refused,
    refused_unseen,
    unreadable,
    validate,
)
from pipelines.judging.large import Order, judge, large_kind
from pipelines.reading.formats import Unreadable, read_delivery
from pipelines.reading.formats.raw import three_parts
from pipelines.workspace.progress import tell
from pipelines.workspace.workspace import Workspace

READER_VERSION = "3"
"""Raise it when the same bytes would be read otherwise than before: every delivery is then read again."""

CHANGED = "changed_while_read"
READ_AGAIN = frozenset({CHANGED, PROGRAM_FAULT})
"""Refusals that say nothing about the file: it is read again next time."""

_LOG = logging.getLogger(__name__)
_READING = ".reading-"
ALL_REASONS_FILE, ALL_REJECTED_FILE = "every_reason.parquet", "every_refused_row.parquet"
_STALE_SECONDS = 3600


@dataclass(frozen=True)
class Outcome:
    """What became of a delivery in this run; `unchanged` if it had been read before and was left alone."""

    delivery: Delivery
    record: Record
    unchanged: bool


@dataclass(frozen=True)
class _Past:
    """What earlier runs read, by group and hash; the newest of each group; and what still lies in the inbox."""

    read: dict[tuple[Group, str], Record]
    newest: dict[Group, Record]
    present: frozenset[tuple[Group, str]]

    @classmethod
    def of(cls, log: Iterable[Record], *, present: Iterable[Delivery]) -> "_Past":
        records = list(log)
        return cls(
            read={(record.group, record.hash): record for record in records},
            newest=_newest(records),
            present=frozenset((delivery.group, delivery.hash) for delivery in present),
        )

    def record_of(self, delivery: Delivery) -> Record | None:
        return self.read.get((delivery.group, delivery.hash))

    def sent_again(self, delivery: Delivery, before: Record) -> datetime | None:
        """Returns when a delivery came back that was withdrawn, or replaced by a newer one that is now gone."""
        newest = self.newest[delivery.group]
        if before.withdrawn_at is not None:
            return _later(delivery.received_at, newest)
        if newest.hash == before.hash or (delivery.group, newest.hash) in self.present:
            return None
        return _later(delivery.received_at, newest)

    def received_at(self, delivery: Delivery, before: Record | None) -> datetime:
        """Returns when a delivery arrived: anew if it came back, never before one that was read in an earlier run."""
        if before is not None:
            return self.sent_again(delivery, before) or datetime.fromisoformat(before.received_at)
        newest = self.newest.get(delivery.group)
        return delivery.received_at if newest is None else _later(delivery.received_at, newest)


def _later(moment: datetime, newest: Record) -> datetime:
    """Returns the moment, moved behind the newest delivery's if a copied file kept an older time of change."""
    last = datetime.fromisoformat(newest.received_at)
    return moment if moment > last else max(datetime.now(tz=UTC), last + timedelta(microseconds=1))


SIDE_BY_SIDE = 2
"""How many deliveries are read at a time: more than two wait for the interpreter."""


def ingest(
    workspace: Workspace, *, period: str | None = None, supplier: str | None = None, force: bool = False
) -> list[Outcome]:
    """Reads what is new in the inbox.

    Args:
        workspace: where.
        period: only deliveries of this period; reference data (without a period of its own) is always looked at,
            because the rest refers to it. Nothing is then withdrawn.
        supplier: only deliveries of this supplier, likewise.
        force: read again what was read before.

    Returns:
        One outcome a delivery looked at, in the order of reading.
    """
    chosen = [d for d in discover(workspace) if _is_reference(d) or _chosen(d, period=period, supplier=supplier)]
    if period is None and supplier is None:
        withdraw_missing(workspace, chosen)
    past = _Past.of(read_log(workspace), present=chosen)
    _clear_copies(workspace)
    outcomes = list(_taken_in(workspace, chosen, past, force=force))
    tell("ingest", "", done=len(chosen), total=len(chosen))
    return outcomes


def _taken_in(workspace: Workspace, chosen: Sequence[Delivery], past: _Past, *, force: bool) -> Iterator[Outcome]:
    """Yields what became of each delivery: reference data one after another, what refers to it side by side."""
    reference = [delivery for delivery in chosen if _is_reference(delivery)]
    others = [delivery for delivery in chosen if not _is_reference(delivery)]
    register = read_register(workspace)

    def take_in(number: int, delivery: Delivery) -> Outcome:
        tell("ingest", f"{delivery.supplier} {delivery.period} {delivery.file}", done=number, total=len(chosen))
        return _take_in(workspace, delivery, past, register=register, force=force)

    for number, delivery in enumerate(reference):
        outcome = take_in(number, delivery)
        yield outcome
        if not outcome.unchanged and is_register(delivery.dataset):
            register = read_register(workspace)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        copies: dict[tuple[Group, str], list[tuple[int, Delivery]]] = {}
        for number, delivery in enumerate(others, start=len(reference)):
            copies.setdefault((delivery.group, delivery.hash), []).append((number, delivery))
        waiting = [pool.submit(copy_context().run, _in_turn, take_in, same) for same in copies.values()]
        read = {number: outcome for one in waiting for number, outcome in one.result()}
        yield from (read[number] for number in sorted(read))


def _in_turn(
    take_in: Callable[[int, Delivery], Outcome], same: Iterable[tuple[int, Delivery]]
) -> list[tuple[int, Outcome]]:
    """Takes in copies of one file, which are written to the same places, one after another."""
    return [(number, take_in(number, delivery)) for number, delivery in same]


def _clear_copies(workspace: Workspace) -> None:
    """Removes copies that a killed run left behind; those of a run that is busy are younger."""
    for folder in workspace.lake.glob(f"{_READING}*"):
        if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _is_reference(delivery: Delivery) -> bool:
    return (
        delivery.dataset != NOWHERE
        and not load_contract(delivery.dataset).has_period
        and delivery.dataset != "declarations"
    )


def _chosen(delivery: Delivery, *, period: str | None, supplier: str | None) -> bool:
    return period in {None, delivery.period} and supplier in {None, delivery.supplier}


def _newest(known: Iterable[Record]) -> dict[Group, Record]:
    """Returns the newest delivery of every supplier, period and dataset."""
    return {record.group: record for record in sorted(known, key=lambda record: record.order)}


def _take_in(workspace: Workspace, delivery: Delivery, past: _Past, *, register: Register, force: bool) -> Outcome:
    """Reads one delivery, unless it was read before and nothing that decides about it has changed."""
    before = past.record_of(delivery)
    fingerprint = _fingerprint(delivery, register)
    if before is not None and before.fingerprint == fingerprint and not force:
        again = past.sent_again(delivery, before)
        record = replace(before, received_at=_iso(again), withdrawn_at=None) if again is not None else before
        if record != before:
            commit(workspace, record)
        return Outcome(delivery, record, unchanged=record == before)
    received = _iso(past.received_at(delivery, before))
    workspace.lake.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_READING, dir=workspace.lake) as folder:
        validated = _validated(workspace, delivery, register=register, folder=Path(folder))
        record = _record(delivery, validated, fingerprint=fingerprint, received_at=received)
        if validated.refusal is not None and validated.refusal.rule in READ_AGAIN:
            record = replace(record, fingerprint=validated.refusal.rule)
        _write(workspace, record, validated)
    return Outcome(delivery, record, unchanged=False)


def _validated(workspace: Workspace, delivery: Delivery, *, register: Register, folder: Path) -> Validated:
    """Returns a delivery held against its contract; a fault of the program costs this file, not those of others."""
    own = next((s.providers for s in workspace.region.suppliers if s.supplier == delivery.supplier), [])
    register = replace(register, own_providers=frozenset(own))
    try:
        return read_and_validate(delivery, register=register, folder=folder)
    except OSError:
        raise  # a full disk is nobody's file
    except (Exception, pl.exceptions.PanicException) as fault:  # noqa: BLE001 - logged, recorded, tried again
        _LOG.exception("the program failed on %s", delivery.path)
        return refused_unseen(delivery.dataset, program_fault(fault))


def read_register(workspace: Workspace) -> Register:
    """Returns the identifiers of all accepted reference data; of providers also when there are none yet."""
    references = {c.references for contract in load_contracts().values() for c in contract.columns if c.references}
    files: dict[str, list[Path]] = {}
    for record in counting(workspace):
        files.setdefault(record.dataset, []).append(lake_path(workspace, record))
    known = {}
    for reference in sorted(references):
        dataset, column = reference.split(".")
        ids = [pl.read_parquet(path, columns=[column], glob=False)[column] for path in files.get(dataset, [])]
        if ids or reference == PROVIDERS:
            known[reference] = frozenset(pl.concat(ids).drop_nulls().to_list()) if ids else frozenset()
    return Register(known)


def read_and_validate(delivery: Delivery, *, register: Register, folder: Path) -> Validated:
    """Returns a delivery held against its contract, read so that what somebody changes meanwhile is not taken for it.

    A file is read from a copy in a folder; a large one where it lies, and looked at again afterwards.
    """
    if delivery.refusal is not None:
        return refused_unseen(delivery.dataset, delivery.refusal)
    contract = load_contract(delivery.dataset)
    if delivery.layout is not None:
        return _read_described(delivery, delivery.layout, folder=folder, register=register)
    if _is_large(delivery.path):
        return _read_where_it_lies(delivery, contract, register=register, folder=folder)
    copy = folder / f"delivery{plain_suffix(delivery.path)}"
    if not _copied(delivery, copy):
        return refused(contract, _changed())
    return validate_file(copy, contract, register=register, period=delivery.period)


def _is_large(path: Path) -> bool:
    """Returns whether a file is judged in parts."""
    try:
        return large_kind(path) is not None
    except (Unreadable, OSError):
        return False


def _read_where_it_lies(delivery: Delivery, contract: Contract, *, register: Register, folder: Path) -> Validated:
    """Returns a large file held against its contract; what comes of a file that changed meanwhile is not used."""
    keep = Keep(folder, {"supplier": delivery.supplier, "delivery": delivery.hash})
    try:
        found = validate_file(delivery.path, contract, register=register, period=delivery.period, keep=keep)
    except Exception:
        if _is_as_seen(delivery):
            raise
        return refused(contract, _changed())
    return found if _is_as_seen(delivery) else refused(contract, _changed())


def _is_as_seen(delivery: Delivery) -> bool:
    """Returns whether a file is what it was when the inbox was searched."""
    try:
        return file_hash(delivery.path) == delivery.hash
    except OSError:
        return False


@dataclass(frozen=True)
class Keep:
    """Where the accepted rows of a large file are written, and what is written beside every row."""

    folder: Path
    provenance: Mapping[str, str]


def validate_file(
    path: Path, contract: Contract, *, register: Register, period: str | None, keep: Keep | None = None
) -> Validated:
    """Returns a file held against a contract; a file that is no table is refused whole.

    Without `keep` the rows of a large file are counted and not kept.
    """
    known = partial(_name, contract)
    try:
        kind = large_kind(path)
        if kind is None:
            return validate(read_delivery(path, known=known), contract, register=register, period=period)
        with nullcontext(keep.folder) if keep else tempfile.TemporaryDirectory(prefix="care-transfer-") as folder:
            order = Order(contract, register, period, keep.provenance if keep else {})
            return judge(path, kind, order=order, known=known, folder=Path(folder))
    except Unreadable as problem:
        return unreadable(contract, problem)


def _read_described(delivery: Delivery, layout: Layout, *, folder: Path, register: Register) -> Validated:
    """Returns one dataset of a file in a layout of its own, held against its contract."""
    contract = load_contract(delivery.dataset)
    files = copied(layout, folder, file_hash=file_hash)
    if files is None:
        return refused(contract, _changed())
    try:
        raw = read_layout(layout.mapping, files, dataset=delivery.dataset, period=delivery.period)
    except Unreadable as problem:
        return unreadable(contract, problem)
    return validate(raw, contract, register=register, period=delivery.period)


def _name(contract: Contract, heading: str) -> str | None:
    column = contract.for_heading(heading)
    return column.name if column is not None else None


def _copied(delivery: Delivery, copy: Path) -> bool:
    """Copies a delivery; returns whether the copy is what was seen when the inbox was searched."""
    try:
        shutil.copyfile(delivery.path, copy)
    except (FileNotFoundError, PermissionError):  # it has gone since the inbox was searched
        return False
    return file_hash(copy) == delivery.hash


def _changed() -> Refusal:
    message = three_parts(
        Text(en="a file that changed while it was read", nl="een bestand dat veranderde terwijl het gelezen werd"),
        Text(en="a file that is complete", nl="een bestand dat compleet is"),
        Text(
            en="nothing: it is read again at the next refresh",
            nl="niets: het wordt bij de volgende verversing opnieuw gelezen",
        ),
    )
    return Refusal(CHANGED, message)


def _fingerprint(delivery: Delivery, register: Register) -> str:
    """Returns what decides whether a delivery is read again: bytes, source mapping, contract, identifiers."""
    parts = [READER_VERSION, delivery.hash, delivery.period]
    parts += [delivery.layout.mapping.fingerprint] if delivery.layout is not None else []
    parts += [delivery.refusal.message.en] if delivery.refusal is not None else []
    if delivery.dataset != NOWHERE:
        contract = load_contract(delivery.dataset)
        references = {column.references for column in contract.columns}
        known = {reference: ids for reference, ids in register.known.items() if reference in references}
        parts += [contract.fingerprint, Register(known).fingerprint]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _record(delivery: Delivery, validated: Validated, *, fingerprint: str, received_at: str) -> Record:
    accepted, refusal = validated.accepted_rows, validated.refusal
    status = "refused" if not accepted else "accepted" if accepted == validated.rows else "accepted_in_part"
    return Record(
        supplier=delivery.supplier,
        period=delivery.period,
        dataset=delivery.dataset,
        file=delivery.file,
        received_at=received_at,
        hash=delivery.hash,
        format=validated.format,
        rows=validated.rows,
        accepted=accepted,
        rejected=validated.rejected,
        warnings=validated.warned_rows,
        status=status,
        grade=validated.grade,
        remarks=(*validated.notes, *validated.warnings),
        rule=refusal.rule if refusal else None,
        message=refusal.message if refusal else None,
        periods=validated.periods,
        fingerprint=fingerprint,
        part=delivery.part,
        taken=validated.taken,
    )


def _write(workspace: Workspace, record: Record, validated: Validated) -> None:
    """Writes accepted rows, then refused rows with their report, then the record that makes them count."""
    if record.counts and validated.stored is not None:
        _move(validated.stored.accepted, lake_path(workspace, record))
    elif record.counts:
        provenance = [pl.lit(record.supplier).alias("supplier"), pl.lit(record.hash).alias("delivery")]
        _write_parquet(validated.accepted.with_columns(provenance), lake_path(workspace, record))
    folder = quarantine_folder(workspace, record)
    if feedback.says_something(record):
        folder.mkdir(parents=True, exist_ok=True)
        _write_parquet(validated.rejections, folder / REASONS_FILE)
        _write_parquet(validated.refused_rows, folder / REJECTED_FILE)
        _keep_all_refused(validated.stored, folder)
        feedback.write_reports(folder, record)
    elif folder.exists():
        _only_beside_others(folder, record)
    commit(workspace, record)


def _keep_all_refused(stored: Stored | None, folder: Path) -> None:
    """Keeps all refused rows and their reasons, where a report does not tell of all."""
    every = (stored.reasons, stored.refused_rows) if stored is not None else (None, None)
    for name, path in zip((ALL_REASONS_FILE, ALL_REJECTED_FILE), every, strict=True):
        if path is not None:
            _move(path, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _move(path: Path, target: Path) -> None:
    """Puts a finished file in its place in one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    path.replace(target)


def _only_beside_others(folder: Path, record: Record) -> None:
    """Leaves of a report what the whole region shows about a delivery that is without fault by itself."""
    if not (folder / feedback.FINDINGS_FILE).exists():
        shutil.rmtree(folder)
        return
    for name in (REASONS_FILE, REJECTED_FILE):
        (folder / name).unlink(missing_ok=True)
    feedback.write_reports(folder, record)


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Writes a Parquet file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    frame.write_parquet(unfinished, compression="zstd")
    unfinished.replace(path)
