"""What lies in the inbox: which supplier, period and dataset each file belongs to, and its hash.

Every file is a delivery, also one in the wrong place or of a kind nobody can read: those carry their refusal with
them, so that nothing is passed over in silence. Files that programs leave behind while they work are the exception.
"""

import hashlib
import logging
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path

import polars as pl

from data_contracts.contract import DATASETS, load_contracts
from data_contracts.text import Text
from pipelines.intake.arriving import Arriving
from pipelines.intake.guessing import dataset_by_headings
from pipelines.intake.layouts import (
    NO_DATASET,
    MappedLayout,
    alone,
    faulty_mapping,
    is_read_along,
    layout_of,
    no_dataset,
    unknown_layout,
)
from pipelines.intake.log import CORRECTION, NOWHERE, Group
from pipelines.intake.region_book import RegionBook, region_book, unknown_sheets
from pipelines.judging.verdict import Refusal
from pipelines.reading.conversion.calendar import canonical_period
from pipelines.reading.formats.raw import Unreadable, three_parts
from pipelines.reading.formats.sight import refuse_at_sight
from pipelines.reading.sources import Mappings, known_mappings
from pipelines.workspace.workspace import Workspace

_LOG = logging.getLogger(__name__)

_SUPPLIER = re.compile(r"\w[\w .&+()-]*")
"""Names of folders in the lake, that other programs must be able to open: no sign that means something to them."""

PROGRAM_FAULT = "program_fault"

REFERENCE_FIRST = ("payers", "providers")
"""Read before everything else, in this order: no provider may have a payer's code, and all else refers to providers."""

_CORRECTION = re.compile(r"[-_ ]correction[-_ ]([0-9a-f]{12})(?![0-9a-z])")
"""In the name of a file with corrected rows: the delivery whose refused rows they were."""

REMEMBERED_BYTES = 16 * 2**20
"""The hash of a file this large is remembered for as long as the file is not touched."""

_LEFT_BEHIND = re.compile(
    r"(?i)^(\..*|~\$.*|.*~|thumbs\.db|desktop\.ini|.*\.(tmp|temp|part|partial|crdownload|filepart|swp|lock))$"
)


@dataclass(frozen=True)
class Delivery:
    """One file in the inbox, or one dataset of a file in a layout of its own.

    Attributes:
        supplier: the folder it lies in.
        period: the folder below, in its canonical form (2025Q3).
        dataset: by the beginning of its name.
        path: where it lies.
        hash: SHA-256 of its bytes; of its place too where nobody can tell whose, when or what it is.
        received_at: when it was put there (UTC), by the time of its last change.
        refusal: why it cannot be read at all: it lies in the wrong place, or its name says no dataset.
        layout: how it is read, if a source mapping describes it; the hash is then of all files it is read from.
        sheet: the name of the sheet it stands on, if the file is the workbook of a region.
        guessed: whether only its headings say which dataset it is.
        part: its name, if the folder may hold many files of its layout, or which delivery it corrects: such files
            replace no others.
    """

    supplier: str
    period: str
    dataset: str
    path: Path
    hash: str
    received_at: datetime
    refusal: Refusal | None = None
    layout: MappedLayout | None = None
    part: str = ""
    sheet: str | None = None
    guessed: bool = False

    @property
    def group(self) -> Group:
        """Returns what a newer delivery replaces."""
        return self.supplier, self.period, self.dataset, self.part

    @property
    def file(self) -> str:
        """Returns the file's name, with signs that are no text replaced."""
        return shown_name(self.path.name)


@dataclass(frozen=True)
class Inbox:
    """What lies in the inbox at one look.

    Attributes:
        deliveries: what can be read: providers first, then other reference data, then facts; older ones first.
        arriving: what is still on its way, with whose folders everybody waits.
        waiting: supplier and period of those folders.
    """

    deliveries: tuple[Delivery, ...]
    arriving: Arriving
    waiting: frozenset[tuple[str, str]]


def look(workspace: Workspace) -> Inbox:
    """Returns what lies in the inbox: what can be read, and what is still arriving."""
    mappings = known_mappings(workspace.root)
    files = list(_files(workspace.inbox))
    coming = Arriving.among(files)
    folders = coming.folders
    placed = (_delivery(path, workspace.inbox) for path in files if path.parent not in folders)
    found = (one for delivery in placed for one in _recognised(delivery, mappings))
    waiting = (_placed(path, path.relative_to(workspace.inbox).parts) for path in coming.files)
    return Inbox(
        deliveries=tuple(sorted((_told_apart(one, workspace.inbox) for one in found), key=_reading_order)),
        arriving=coming,
        waiting=frozenset((one.supplier, one.period) for one in waiting),
    )


def discover(workspace: Workspace) -> list[Delivery]:
    """Returns every delivery in the inbox that can be read: nothing of a folder in which a file is still arriving."""
    return list(look(workspace).deliveries)


def arriving(workspace: Workspace) -> Arriving:
    """Returns which files of the inbox are still arriving."""
    return Arriving.among(_files(workspace.inbox))


def _told_apart(delivery: Delivery, inbox: Path) -> Delivery:
    """Returns a delivery of which nobody can tell whose, when or what it is with a hash of its own: of its place too.

    Copies of one file may lie in many wrong places, and each is refused for its own.
    """
    if NOWHERE not in (delivery.supplier, delivery.period, delivery.dataset):
        return delivery
    place = os.fsencode(delivery.path.relative_to(inbox))
    return replace(delivery, hash=hashlib.sha256(place + delivery.hash.encode()).hexdigest())


def _recognised(delivery: Delivery, mappings: Mappings) -> list[Delivery]:
    """Returns the deliveries that a file makes; a fault of the program costs this file, not those of others."""
    try:
        return _described(delivery, mappings)
    except OSError:
        return [replace(delivery, refusal=_closed())]
    except (Exception, pl.exceptions.PanicException) as fault:  # noqa: BLE001 - logged, recorded, tried again
        _LOG.exception("the program failed on %s", delivery.path)
        return [replace(delivery, refusal=program_fault(fault))]


def _described(delivery: Delivery, mappings: Mappings) -> list[Delivery]:
    """Returns a file whose name says no dataset as the deliveries that its source mapping makes of it, if one does."""
    if delivery.refusal is None or delivery.refusal.rule != NO_DATASET or not _is_text(delivery.path.name):
        return [delivery]
    try:
        layout = layout_of(delivery.path, mappings.usable, file_hash=file_hash)
    except Unreadable as problem:
        return [replace(delivery, refusal=Refusal("without_companion", problem.message))]
    if layout is not None:
        part = delivery.file if layout.mapping.recognise.many else ""
        read = replace(delivery, refusal=None, layout=layout, hash=layout.hash, part=part)
        return [replace(read, dataset=dataset) for dataset in layout.datasets]
    if is_read_along(delivery.path, mappings.usable):
        return []
    if (refusal := alone(delivery.path, mappings.usable) or faulty_mapping(delivery.path, mappings)) is not None:
        return [replace(delivery, refusal=refusal)]
    return _of_no_mapping(delivery, mappings)


def _of_no_mapping(delivery: Delivery, mappings: Mappings) -> list[Delivery]:
    """Returns the deliveries of a file that no source mapping describes: a workbook, a Dutch name, known headings."""
    if (book := region_book(delivery.path)) is not None:
        return _of_book(delivery, book)
    if (dataset := dataset_in_dutch(delivery.file)) is not None:
        return [replace(delivery, dataset=dataset, refusal=None)]
    if (dataset := dataset_by_headings(delivery.path)) is not None:
        return [replace(delivery, dataset=dataset, refusal=None, guessed=True)]
    return [replace(delivery, refusal=unknown_layout(delivery.path, mappings))]


def _of_book(delivery: Delivery, book: RegionBook) -> list[Delivery]:
    """Returns the workbook of a region as a delivery for every dataset that is filled in, and its refused sheets."""
    read = [replace(delivery, dataset=p.dataset, sheet=p.sheet, refusal=None) for p in book.parts]
    return [*read, *([replace(delivery, refusal=unknown_sheets(book.unknown))] if book.unknown else [])]


def dataset_of(name: str) -> str | None:
    """Returns the dataset that a file's name begins with (the longest that fits), else None."""
    plain = re.sub(r"[\s-]+", "_", name.casefold())
    fitting = [dataset for dataset in DATASETS if plain.startswith(dataset)]
    return max(fitting, key=len, default=None)


def dataset_in_dutch(name: str) -> str | None:
    """Returns the dataset whose Dutch name a file's name begins with, such as omzet_2025.csv, else None.

    Looked at only where no source mapping recognises the file: what a workspace says of its files goes first.
    """
    plain = re.sub(r"[\s-]+", "_", name.casefold())
    names = {dutch: dataset for dataset, contract in load_contracts().items() for dutch in contract.dutch_names}
    fitting = [dutch for dutch in names if re.match(rf"{dutch}(?![a-z])", plain)]
    return names[max(fitting, key=len)] if fitting else None


def shown_name(name: str) -> str:
    """Returns a file's name as text, whatever bytes it is made of."""
    return os.fsencode(name).decode("utf-8", errors="replace")


def _is_text(name: str) -> bool:
    """Returns whether a file's name is text, and not bytes that mean nothing, which no reader could open it by."""
    return shown_name(name) == name


def file_hash(path: Path) -> str:
    """Returns the SHA-256 of a file; a large one that was not touched since it was last asked is not read again."""
    seen = path.stat()
    if seen.st_size < REMEMBERED_BYTES:
        return _hash(path)
    return _hash_as_seen(path, (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))


@lru_cache(maxsize=1000)
def _hash_as_seen(path: Path, seen: tuple[int, ...]) -> str:
    del seen  # a file that was touched has another
    return _hash(path)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_left_behind(name: str) -> bool:
    """Returns whether a file's name says that it is unfinished, or a program's own: it is never read."""
    return _LEFT_BEHIND.match(name) is not None


def _files(inbox: Path) -> Iterator[Path]:
    """Yields all that lies below the inbox and is no folder; links are not followed: they may lead anywhere."""
    for folder, folders, names in os.walk(inbox, followlinks=False):
        folders[:] = sorted(name for name in folders if not is_left_behind(name))
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*names, *links]):
            if not is_left_behind(name):
                yield Path(folder) / name


def _delivery(path: Path, inbox: Path) -> Delivery:
    parts = path.relative_to(inbox).parts
    placed = _placed(path, parts)
    if path.is_symlink():
        return replace(placed, hash=_hash_of_place(path), refusal=_link())
    try:
        seen = path.stat()
        if not stat.S_ISREG(seen.st_mode):  # a pipe, a socket, a device: opening it may wait for ever
            return replace(placed, hash=_hash_of_place(path), refusal=_no_file())
        received = datetime.fromtimestamp(seen.st_mtime, tz=UTC)
        if placed.refusal is None or placed.refusal.rule == NO_DATASET:
            refuse_at_sight(path)
        return replace(placed, hash=file_hash(path), received_at=received)
    except Unreadable as problem:
        return replace(placed, hash=_hash_of_place(path), received_at=received, refusal=_at_sight(problem))
    except OSError:
        return replace(placed, hash=_hash_of_place(path), refusal=_closed())


def _at_sight(problem: Unreadable) -> Refusal:
    return Refusal("unreadable", problem.message)


def _hash_of_place(path: Path) -> str:
    """Returns a hash for a file whose bytes are not read: of where it lies."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()


def _placed(path: Path, parts: tuple[str, ...]) -> Delivery:
    """Returns the delivery by its place and name; what cannot be told becomes a refusal."""
    nothing = Delivery(NOWHERE, NOWHERE, NOWHERE, path, hash="", received_at=datetime.fromtimestamp(0, tz=UTC))
    if len(parts) != 3:
        supplier = shown_name(parts[0]) if len(parts) > 1 and _SUPPLIER.fullmatch(shown_name(parts[0])) else NOWHERE
        return replace(nothing, supplier=supplier, refusal=_wrong_place(parts))
    supplier, folder, name = (shown_name(part) for part in parts)
    period, dataset = canonical_period(folder), dataset_of(name)
    refusal = None
    if not _SUPPLIER.fullmatch(supplier):
        return replace(nothing, refusal=_no_supplier(supplier))
    if period is None:
        refusal = _no_period(folder)
    elif dataset is None:
        refusal = no_dataset(name)
    corrects = _CORRECTION.search(name.casefold())
    part = CORRECTION + corrects.group(1) if corrects and dataset else ""
    placed = replace(nothing, supplier=supplier, period=period or NOWHERE, dataset=dataset or NOWHERE, part=part)
    return replace(placed, refusal=refusal)


def _reading_order(delivery: Delivery) -> tuple[int, int, str, str, datetime, str]:
    """Registers first, for other deliveries are held against them; of these the payers, then the providers."""
    names = (*REFERENCE_FIRST, *DATASETS)
    order = names.index(delivery.dataset) if delivery.dataset in names else len(names)
    kind = 0 if delivery.dataset in REFERENCE_FIRST else 1 if is_register(delivery.dataset) else 2
    return kind, order, delivery.period, delivery.supplier, delivery.received_at, delivery.path.name


def is_register(dataset: str) -> bool:
    """Returns whether rows of other datasets refer to those of this one."""
    return dataset in _registers()


@cache
def _registers() -> frozenset[str]:
    """Returns the datasets that rows of others refer to."""
    references = [column.references for contract in load_contracts().values() for column in contract.columns]
    return frozenset(reference.split(".")[0] for reference in references if reference)


def program_fault(fault: BaseException) -> Refusal:
    """Returns the refusal of a file on which the program failed: it is read again next time."""
    kind = type(fault).__name__
    message = three_parts(
        Text(en=f"a fault of this program ({kind})", nl=f"een fout van dit programma ({kind})"),
        Text(en="a file that can be judged", nl="een bestand dat beoordeeld kan worden"),
        Text(
            en="report it, with the log; the file is read again at the next refresh",
            nl="meld het, met het logboek; het bestand wordt bij de volgende verversing opnieuw gelezen",
        ),
    )
    return Refusal(PROGRAM_FAULT, message)


def _wrong_place(parts: tuple[str, ...]) -> Refusal:
    place = "/".join(shown_name(part) for part in parts)
    message = three_parts(
        Text(en=f"the file inbox/{place}", nl=f"het bestand inbox/{place}"),
        Text(
            en="a file in inbox/<supplier>/<period>/, such as inbox/maasdijk/2025Q3/volume.csv",
            nl="een bestand in inbox/<leverancier>/<periode>/, zoals inbox/maasdijk/2025Q3/volume.csv",
        ),
        Text(en="move it there", nl="verplaats het daarheen"),
    )
    return Refusal("wrong_place", message)


def _no_period(folder: str) -> Refusal:
    message = three_parts(
        Text(en=f"a folder '{folder}'", nl=f"een map '{folder}'"),
        Text(
            en="a folder named after a year (2025) or a quarter (2025Q3)",
            nl="een map genoemd naar een jaar (2025) of een kwartaal (2025Q3)",
        ),
        Text(en="rename the folder", nl="hernoem de map"),
    )
    return Refusal("no_such_period", message)


def _no_supplier(folder: str) -> Refusal:
    message = three_parts(
        Text(en=f"a supplier's folder '{folder}'", nl=f"een leveranciersmap '{folder}'"),
        Text(
            en="a name of letters, digits, spaces and hyphens",
            nl="een naam van letters, cijfers, spaties en koppeltekens",
        ),
        Text(
            en="rename the folder to the supplier's name in region.yaml",
            nl="hernoem de map naar de naam van de leverancier in region.yaml",
        ),
    )
    return Refusal("supplier_name", message)


def _closed() -> Refusal:
    message = three_parts(
        Text(en="a file that cannot be opened", nl="een bestand dat niet te openen is"),
        Text(en="a file that this program may read", nl="een bestand dat dit programma mag lezen"),
        Text(
            en="give the program the right to read it, or put the file there again",
            nl="geef het programma leesrecht, of zet het bestand er opnieuw neer",
        ),
    )
    return Refusal("no_permission", message)


def _no_file() -> Refusal:
    message = three_parts(
        Text(
            en="a pipe, a socket or a device under the name of a file",
            nl="een pijp, een socket of een apparaat onder de naam van een bestand",
        ),
        Text(en="an ordinary file", nl="een gewoon bestand"),
        Text(en="put the file itself in its place", nl="zet het bestand zelf ervoor in de plaats"),
    )
    return Refusal("no_file", message)


def _link() -> Refusal:
    message = three_parts(
        Text(en="a link to another file", nl="een koppeling naar een ander bestand"),
        Text(en="the file itself", nl="het bestand zelf"),
        Text(en="put a copy in its place", nl="zet er een kopie voor in de plaats"),
    )
    return Refusal("link", message)
