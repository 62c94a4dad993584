"""Taking deliveries in: what is new in the inbox is read, held against its contract, and kept."""

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from data_contracts.problem import near
from pipelines.intake.at_sight import at_sight, waves
from pipelines.intake.choice import READ_AGAIN, Past, fingerprint_of, is_chosen, is_reference
from pipelines.intake.inbox import Delivery, is_register, look, program_fault
from pipelines.intake.keeping import iso, keep, record_of
from pipelines.intake.kept import read_register
from pipelines.intake.log import SHORT_HASH, Group, Record, commit, read_log, was_damaged
from pipelines.intake.one_file import read_and_validate
from pipelines.intake.standing import standing_rows, told
from pipelines.intake.withdrawal import withdraw_missing
from pipelines.judging import Register, Validated, refused_unseen
from pipelines.workspace.headway import tell
from pipelines.workspace.places import Lake
from pipelines.workspace.workspace import RegionConfig, Workspace

_LOG = logging.getLogger(__name__)
_READING = ".reading-"
_STALE_SECONDS = 3600
SIDE_BY_SIDE = 2
"""How many deliveries are read at a time: more than two wait for the interpreter."""


@dataclass(frozen=True)
class Ingested:
    """What became of a delivery in this run; `unchanged` if it had been read before and was left alone."""

    delivery: Delivery
    record: Record
    unchanged: bool


def ingest(
    workspace: Workspace,
    *,
    periods: Collection[str] | None = None,
    supplier: str | None = None,
    force: bool = False,
) -> list[Ingested]:
    """Reads what is new in the inbox.

    Args:
        workspace: where.
        periods: only deliveries of these periods; reference data (without a period of its own) is always looked at,
            because the rest refers to it. Nothing is then withdrawn.
        supplier: only deliveries of this supplier, likewise.
        force: read again what was read before.

    Returns:
        One outcome a delivery looked at, in the order of reading.
    """
    inbox = look(workspace)
    chosen = [d for d in inbox.deliveries if is_reference(d) or is_chosen(d, periods=periods, supplier=supplier)]
    if periods is None and supplier is None:
        withdraw_missing(workspace.lake, inbox)
    past = Past.of(read_log(workspace.lake), present=chosen, damaged=_damaged(workspace.lake, chosen))
    _clear_copies(workspace.lake)
    outcomes = list(_taken_in(workspace, chosen, past, force=force))
    tell("ingest", "", done=len(chosen), total=len(chosen))
    return outcomes


def _damaged(lake: Lake, chosen: Iterable[Delivery]) -> set[str]:
    """Returns the hashes of the deliveries whose entry in the log was found damaged."""
    return {
        one.hash
        for one in chosen
        if was_damaged(
            lake, supplier=one.supplier, period=one.period, dataset=one.dataset, short_hash=one.hash[:SHORT_HASH]
        )
    }


def _taken_in(workspace: Workspace, chosen: Sequence[Delivery], past: Past, *, force: bool) -> Iterator[Ingested]:
    """Yields what became of each delivery: reference data one after another, what refers to it side by side."""
    reference = sorted((delivery for delivery in chosen if is_reference(delivery)), key=_is_form)
    others = [delivery for delivery in chosen if not is_reference(delivery)]
    register = read_register(workspace.lake)

    seen: dict[Path, Validated] = {}

    def take_in(number: int, delivery: Delivery) -> Ingested:
        tell("ingest", f"{delivery.supplier} {delivery.period} {delivery.file}", done=number, total=len(chosen))
        before = seen.get(delivery.path)
        return _take_in(workspace, delivery, past, register=register, force=force, at_sight=before)

    for number, delivery in enumerate(reference):
        outcome = take_in(number, delivery)
        yield outcome
        if not outcome.unchanged and is_register(delivery.dataset):
            register = read_register(workspace.lake)
    number = len(reference)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for wave in waves(others):
            unread = [one for one in wave if force or not _is_settled(workspace, one, past, register=register)]
            seen = at_sight(unread, suppliers=workspace.region.suppliers, register=_in_region(register, workspace))
            yield from _side_by_side(pool, take_in, wave, first=number)
            number += len(wave)


def _side_by_side(
    pool: ThreadPoolExecutor, take_in: Callable[[int, Delivery], Ingested], wave: Sequence[Delivery], *, first: int
) -> Iterator[Ingested]:
    """Yields what becomes of deliveries that are taken in at the same time, in their order; the first has a number."""
    copies: dict[tuple[Group, str], list[tuple[int, Delivery]]] = {}
    for number, delivery in enumerate(wave, start=first):
        copies.setdefault((delivery.group, delivery.hash), []).append((number, delivery))
    waiting = [pool.submit(copy_context().run, _in_turn, take_in, same) for same in copies.values()]
    read = {number: outcome for one in waiting for number, outcome in one.result()}
    yield from (read[number] for number in sorted(read))


def _is_settled(workspace: Workspace, delivery: Delivery, past: Past, *, register: Register) -> bool:
    """Returns whether a delivery was read before and nothing that decides about it has changed."""
    return past.is_settled(
        delivery, fingerprint_of(delivery, _for_supplier(register, workspace.region, delivery.supplier))
    )


def _in_region(register: Register, workspace: Workspace) -> Register:
    return replace(register, country=workspace.region.country)


def _is_form(delivery: Delivery) -> bool:
    """Returns whether a delivery is a form, which is read after the registers that say who may have filled it in."""
    return delivery.layout is not None and delivery.layout.mapping.form is not None


def _in_turn(
    take_in: Callable[[int, Delivery], Ingested], same: Iterable[tuple[int, Delivery]]
) -> list[tuple[int, Ingested]]:
    """Takes in copies of one file, which are written to the same places, one after another."""
    return [(number, take_in(number, delivery)) for number, delivery in same]


def _clear_copies(lake: Lake) -> None:
    """Removes copies that a killed run left behind; those of a run that is busy are younger."""
    for folder in lake.folder.glob(f"{_READING}*"):
        if time.time() - folder.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _take_in(
    workspace: Workspace,
    delivery: Delivery,
    past: Past,
    *,
    register: Register,
    force: bool,
    at_sight: Validated | None,
) -> Ingested:
    """Reads one delivery, unless it was read before and nothing that decides about it has changed.

    `at_sight` is what becomes of it, if that is known already.
    """
    before = past.record_of(delivery)
    register = _for_supplier(register, workspace.region, delivery.supplier)
    fingerprint = fingerprint_of(delivery, register)
    if before is not None and past.is_settled(delivery, fingerprint) and not force:
        again = past.sent_again(delivery, before)
        record = replace(before, received_at=iso(again), withdrawn_at=None) if again is not None else before
        if record != before:
            commit(workspace.lake, record)
        return Ingested(delivery, record, unchanged=record == before)
    received = iso(past.received_at(delivery, before))
    workspace.lake.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=_READING, dir=workspace.lake.folder) as folder:
        validated = at_sight or _validated(delivery, register=register, folder=Path(folder))
        standing = standing_rows(workspace.lake, delivery, validated, received_at=received)
        validated = told(validated, standing)
        record = record_of(delivery, validated, fingerprint=fingerprint, received_at=received)
        if validated.refusal is not None and validated.refusal.rule in READ_AGAIN:
            record = replace(record, fingerprint=validated.refusal.rule)
        keep(workspace.lake, record, validated, standing=standing)
    return Ingested(delivery, record, unchanged=False)


def _for_supplier(register: Register, region: RegionConfig, name: str) -> Register:
    """Returns what the rows of a supplier may refer to; of one that the region does not name, whose providers not."""
    named = {supplier.supplier: supplier.providers for supplier in region.suppliers}
    if name in named:
        return replace(register, own_providers=frozenset(named[name]), country=region.country)
    of_others = {provider: supplier for supplier, providers in named.items() for provider in providers}
    return replace(register, of_others=of_others, near=near(name, named), country=region.country)


def _validated(delivery: Delivery, *, register: Register, folder: Path) -> Validated:
    """Returns a delivery held against its contract; a fault of the program costs this file, not those of others."""
    try:
        return read_and_validate(delivery, register=register, folder=folder)
    except OSError:
        raise  # a full disk is nobody's file
    except (Exception, pl.exceptions.PanicException) as fault:  # noqa: BLE001 - logged, recorded, tried again
        _LOG.exception("the program failed on %s", delivery.path)
        return refused_unseen(delivery.dataset, program_fault(fault))
