"""Deliveries looked at together before each is read by itself: most are plain, and go at sight.

What is not found here is read and judged as ever; so nothing depends on this but how long it takes.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from data_contracts.contract import DataContract, load_contract
from pipelines.intake.inbox import Delivery, file_hash
from pipelines.intake.log import NOWHERE
from pipelines.judging import Register, Validated
from pipelines.judging.large import large_kind
from pipelines.judging.sight import Sheet, accepted_whole, can_be_looked_at
from pipelines.reading.formats import RawTable, read_delivery
from pipelines.reading.formats.headings import Known
from pipelines.reading.formats.simple_csv import SimpleCsv, laid_out, simple_csv
from pipelines.workspace.workspace import Supplier

_LOG = logging.getLogger(__name__)

WAVE_BYTES = 64 * 2**20
"""How much of the inbox is looked at together; it takes some ten times as much memory."""
WAVE_FILES = 1_000


def waves(deliveries: Iterable[Delivery]) -> Iterator[list[Delivery]]:
    """Yields deliveries in their order, as many at a time as are looked at together."""
    wave: list[Delivery] = []
    size = 0
    for delivery in deliveries:
        more = _size(delivery.path)
        if wave and (size + more > WAVE_BYTES or len(wave) >= WAVE_FILES):
            yield wave
            wave, size = [], 0
        wave.append(delivery)
        size += more
    if wave:
        yield wave


def at_sight(
    deliveries: Iterable[Delivery], *, suppliers: Sequence[Supplier], register: Register
) -> dict[Path, Validated]:
    """Returns what becomes of the deliveries that go at sight, by their file; others are left out.

    Args:
        deliveries: what is to be read.
        suppliers: those of the region; a delivery of another one never goes at sight.
        register: the identifiers that rows may refer to.
    """
    speaks_for = {one.supplier: frozenset(one.providers) for one in suppliers}
    sets: dict[tuple[object, ...], list[_Seen]] = {}
    for seen in (one for delivery in deliveries if delivery.supplier in speaks_for and (one := _seen(delivery))):
        sets.setdefault(seen.alike, []).append(seen)
    found: dict[Path, Validated] = {}
    for together in sets.values():
        found |= _accepted(together, speaks_for, register)
    return found


@dataclass(frozen=True)
class _Seen:
    """A delivery as read, or of a simple CSV its lines, which are parsed together with others."""

    delivery: Delivery
    read: SimpleCsv | RawTable

    @property
    def alike(self) -> tuple[object, ...]:
        """Returns what files have in common that are looked at together."""
        if isinstance(self.read, SimpleCsv):
            return self.delivery.dataset, self.read.layout.headings, self.read.layout.separator
        return self.delivery.dataset, self.read.headings, self.read.columns


def _seen(delivery: Delivery) -> _Seen | None:
    """Returns a delivery as read, if it is a small and simple file of a published dataset."""
    whole = delivery.layout is None and delivery.sheet is None and not delivery.guessed
    if delivery.refusal is not None or not whole or delivery.dataset == NOWHERE:
        return None
    contract = load_contract(delivery.dataset)
    if not contract.is_published or _size(delivery.path) > WAVE_BYTES // 4:
        return None
    if delivery.path.suffix in {".parquet", ".xlsx"}:
        return _table(delivery, contract)
    return _lines(delivery) if delivery.path.suffix.lower() == ".csv" else None


def _table(delivery: Delivery, contract: DataContract) -> _Seen | None:
    """Returns a workbook or a Parquet file as read, looked at again afterwards: what changed meanwhile is not used."""
    try:
        if large_kind(delivery.path) is not None:
            return None
        table = read_delivery(delivery.path, known=_known(delivery.dataset))
        unchanged = file_hash(delivery.path) == delivery.hash
    except Exception:  # noqa: BLE001 - it is read by itself, and told there
        return None
    return _Seen(delivery, table) if unchanged and can_be_looked_at(table, contract) else None


def _lines(delivery: Delivery) -> _Seen | None:
    """Returns a CSV file laid out by counting, if it can be."""
    try:
        content = delivery.path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != delivery.hash:  # it changed since the inbox was searched
        return None
    csv = simple_csv(content, known=_known(delivery.dataset))
    return _Seen(delivery, csv) if csv is not None else None


@cache
def _known(dataset: str) -> Known:
    """Returns which column of a dataset a heading means, remembered."""
    contract = load_contract(dataset)
    return cache(lambda heading: column.name if (column := contract.for_heading(heading)) is not None else None)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _accepted(
    together: Sequence[_Seen], speaks_for: Mapping[str, frozenset[str]], register: Register
) -> dict[Path, Validated]:
    """Returns what becomes of files with the same headings; a fault of the program leaves each to be read by itself."""
    contract = load_contract(together[0].delivery.dataset)
    try:
        tables = laid_out([one.read for one in together if isinstance(one.read, SimpleCsv)])
        sheets = [
            Sheet(
                one.read if isinstance(one.read, RawTable) else next(tables),
                one.delivery.period,
                speaks_for[one.delivery.supplier],
            )
            for one in together
        ]
        validated = accepted_whole(sheets, contract, register=register)
    except (Exception, pl.exceptions.PanicException):  # noqa: BLE001 - logged; each is then read by itself
        _LOG.exception("the program failed on %s files of %s at sight", len(together), contract.dataset)
        return {}
    pairs = zip(together, validated, strict=True)
    return {seen.delivery.path: one for seen, one in pairs if one is not None}
