"""Reading one delivered file: from a copy, by its layout, small or large, held against its contract.

Nothing is kept here; what somebody changes while it is read is not taken for what was delivered.
"""

import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from data_contracts.contract import DataContract, load_contract
from data_contracts.text import Text
from pipelines.intake.guessing import guessed
from pipelines.intake.inbox import Delivery, file_hash
from pipelines.intake.layouts import MappedLayout, copied, plain_suffix, read_layout
from pipelines.intake.region_book import read_region_sheet
from pipelines.judging import PROVIDERS, Refusal, Register, Validated, refused, refused_unseen, unreadable, validate
from pipelines.judging.large import Order, judge, large_kind
from pipelines.reading.formats import Unreadable, read_delivery
from pipelines.reading.formats.raw import three_parts

CHANGED = "changed_while_read"


def read_and_validate(delivery: Delivery, *, register: Register, folder: Path) -> Validated:
    """Returns a delivery held against its contract, read so that what somebody changes meanwhile is not taken for it.

    A file is read from a copy in a folder; a large one where it lies, and looked at again afterwards. Where its dataset
    follows from its headings alone, that is told.
    """
    found = _read_and_validate(delivery, register=register, folder=folder)
    return replace(found, notes=(*found.notes, guessed(delivery.dataset))) if delivery.guessed else found


def _read_and_validate(delivery: Delivery, *, register: Register, folder: Path) -> Validated:
    if delivery.refusal is not None:
        return refused_unseen(delivery.dataset, delivery.refusal)
    contract = load_contract(delivery.dataset)
    if delivery.layout is not None:
        return _read_described(delivery, delivery.layout, folder=folder, register=register)
    if delivery.sheet is None and _is_large(delivery.path):
        return _read_where_it_lies(delivery, contract, register=register, folder=folder)
    copy = folder / f"delivery{plain_suffix(delivery.path)}"
    if not _copied(delivery, copy):
        return refused(contract, _changed())
    if delivery.sheet is not None:
        return validate_sheet(copy, contract, sheet=delivery.sheet, register=register, period=delivery.period)
    return validate_file(copy, contract, register=register, period=delivery.period)


def _is_large(path: Path) -> bool:
    """Returns whether a file is judged in parts."""
    try:
        return large_kind(path) is not None
    except (Unreadable, OSError):
        return False


def _read_where_it_lies(delivery: Delivery, contract: DataContract, *, register: Register, folder: Path) -> Validated:
    """Returns a large file held against its contract; what comes of a file that changed meanwhile is not used."""
    keep = RowStore(folder, {"supplier": delivery.supplier, "delivery": delivery.hash})
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
class RowStore:
    """Where the accepted rows of a large file are written, and what is written beside every row."""

    folder: Path
    provenance: Mapping[str, str]


def validate_file(
    path: Path,
    contract: DataContract,
    *,
    register: Register,
    period: str | None,
    keep: RowStore | None = None,
    sheet: str | None = None,
) -> Validated:
    """Returns a file held against a contract; a file that is no table is refused whole.

    Args:
        path: the file.
        contract: what it should be.
        register: the identifiers that its rows may refer to.
        period: the period that it is for.
        keep: where the rows of a large file are kept; without it they are only counted.
        sheet: the name of the sheet of a workbook; by default the one with data.
    """
    asked = None if sheet is None else re.escape(sheet)
    known = partial(_name, contract)
    try:
        kind = large_kind(path)
        if kind is None:
            raw = read_delivery(path, known=known, sheet=asked)
            return validate(raw, contract, register=register, period=period)
        with nullcontext(keep.folder) if keep else tempfile.TemporaryDirectory(prefix="care-transfer-") as folder:
            order = Order(contract, register, period, keep.provenance if keep else {})
            return judge(path, kind, order=order, known=known, folder=Path(folder))
    except Unreadable as problem:
        return unreadable(contract, problem)


def validate_sheet(path: Path, contract: DataContract, *, sheet: str, register: Register, period: str) -> Validated:
    """Returns what the workbook of a region has for a dataset, held against its contract."""
    try:
        raw = read_region_sheet(path, contract, sheet=sheet, period=period, country=register.country)
    except Unreadable as problem:
        return unreadable(contract, problem)
    return validate(raw, contract, register=register, period=period)


def _read_described(delivery: Delivery, layout: MappedLayout, *, folder: Path, register: Register) -> Validated:
    """Returns one dataset of a file in a layout of its own, held against its contract."""
    contract = load_contract(delivery.dataset)
    files = copied(layout, folder, file_hash=file_hash)
    if files is None:
        return refused(contract, _changed())
    try:
        known = register.known.get(PROVIDERS, frozenset())
        raw = read_layout(layout.mapping, files, dataset=delivery.dataset, period=delivery.period, known=known)
    except Unreadable as problem:
        return unreadable(contract, problem)
    return validate(raw, contract, register=register, period=delivery.period)


def _name(contract: DataContract, heading: str) -> str | None:
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
