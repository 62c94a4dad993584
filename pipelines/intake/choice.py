"""What of the inbox is read: what was read before, and whether anything that decides about it changed."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data_contracts.contract import load_contract
from pipelines.intake.inbox import PROGRAM_FAULT, Delivery
from pipelines.intake.log import NOWHERE, Group, Record
from pipelines.intake.one_file import CHANGED
from pipelines.judging import Register

READER_VERSION = "4"
"""Raise it when the same bytes would be read otherwise than before: every delivery is then read again."""

READ_AGAIN = frozenset({CHANGED, PROGRAM_FAULT})
"""Refusals that say nothing about the file: it is read again next time."""


@dataclass(frozen=True)
class Past:
    """What earlier runs read.

    Attributes:
        read: by group and hash.
        newest: of each group.
        present: what still lies in the inbox.
        damaged: hashes that were read before, though their entry in the log was found damaged.
    """

    read: dict[tuple[Group, str], Record]
    newest: dict[Group, Record]
    present: frozenset[tuple[Group, str]]
    damaged: frozenset[str]

    @classmethod
    def of(cls, log: Iterable[Record], *, present: Iterable[Delivery], damaged: Iterable[str] = ()) -> "Past":
        """Returns what a log and an inbox say."""
        records = list(log)
        return cls(
            read={(record.group, record.hash): record for record in records},
            newest=_newest(records),
            present=frozenset((delivery.group, delivery.hash) for delivery in present),
            damaged=frozenset(damaged),
        )

    def record_of(self, delivery: Delivery) -> Record | None:
        """Returns what was read of a delivery before, if it was."""
        return self.read.get((delivery.group, delivery.hash))

    def is_settled(self, delivery: Delivery, fingerprint: str) -> bool:
        """Returns whether a delivery was read before and nothing that decides about it has changed."""
        before = self.record_of(delivery)
        return before is not None and before.fingerprint == fingerprint

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
        if delivery.hash in self.damaged:  # read in an earlier run, which nobody can tell when: the file's date is left
            return delivery.received_at
        return delivery.received_at if newest is None else _later(delivery.received_at, newest)


def _later(moment: datetime, newest: Record) -> datetime:
    """Returns the moment, moved behind the newest delivery's if a copied file kept an older time of change."""
    last = datetime.fromisoformat(newest.received_at)
    return moment if moment > last else max(datetime.now(tz=UTC), last + timedelta(microseconds=1))


def _newest(known: Iterable[Record]) -> dict[Group, Record]:
    """Returns the newest delivery of every supplier, period and dataset."""
    return {record.group: record for record in sorted(known, key=lambda record: record.order)}


def is_reference(delivery: Delivery) -> bool:
    """Returns whether a delivery is reference data, which the rest refers to: it has no period of its own."""
    return (
        delivery.dataset != NOWHERE
        and not load_contract(delivery.dataset).has_period
        and delivery.dataset != "declarations"
    )


def is_chosen(delivery: Delivery, *, periods: Collection[str] | None, supplier: str | None) -> bool:
    """Returns whether a delivery is of one of some periods and of a supplier; None stands for any."""
    return (periods is None or delivery.period in periods) and supplier in {None, delivery.supplier}


def fingerprint_of(delivery: Delivery, register: Register) -> str:
    """Returns what decides whether a delivery is read again: bytes, source mapping, contract, identifiers."""
    parts = [READER_VERSION, delivery.hash, delivery.period]
    parts += [delivery.layout.mapping.fingerprint] if delivery.layout is not None else []
    parts += [delivery.sheet] if delivery.sheet is not None else []
    parts += [delivery.refusal.message.en] if delivery.refusal is not None else []
    if delivery.dataset != NOWHERE:
        contract = load_contract(delivery.dataset)
        references = {name for column in contract.columns for name in (column.references, column.differs_from)}
        known = {reference: ids for reference, ids in register.known.items() if reference in references}
        parts += [contract.fingerprint, Register(known).fingerprint]
        parts += [repr(sorted(register.of_others.items()))] if register.of_others and contract.has_period else []
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
