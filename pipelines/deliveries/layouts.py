"""Files in a layout of their own: which source mapping describes one, what it is read with, and reading it.

A file whose name says no dataset may be a publisher's. It then is one delivery for each dataset its mapping yields,
and the files it is read together with are part of it.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_contracts.contract import Text
from pipelines import sources
from pipelines.readers.raw import RawTable, Unreadable, three_parts
from pipelines.sources import Mapping
from pipelines.validation.outcome import Refusal

Hash = Callable[[Path], str]


@dataclass(frozen=True)
class Part:
    """One file of a delivery: the table it is in the mapping, where it lies, its SHA-256."""

    table: str
    path: Path
    hash: str


@dataclass(frozen=True)
class Layout:
    """How a delivery is read: the mapping that describes it, and its files, the one that is named first."""

    mapping: Mapping
    parts: tuple[Part, ...]

    @property
    def hash(self) -> str:
        """Returns the SHA-256 of the file, or of the hashes of all files if there are several."""
        first, *rest = (part.hash for part in self.parts)
        return hashlib.sha256("".join([first, *rest]).encode()).hexdigest() if rest else first

    @property
    def datasets(self) -> tuple[str, ...]:
        """Returns the datasets that it yields."""
        return tuple(one.dataset for one in self.mapping.datasets)


def layout_of(path: Path, mappings: Sequence[Mapping], *, file_hash: Hash) -> Layout | None:
    """Returns how a file is to be read, or None if no mapping describes it.

    Raises:
        Unreadable: a mapping describes it, but a file that it is read with is not there.
    """
    mapping = sources.match(path, mappings=mappings)
    if mapping is None:
        return None
    files = {mapping.main: path, **sources.find_companions(path, mapping)}
    try:
        return Layout(mapping, tuple(Part(table, file, file_hash(file)) for table, file in files.items()))
    except OSError as fault:
        raise _closed(fault) from None


def _closed(fault: OSError) -> Unreadable:
    name = Path(fault.filename or "").name
    return Unreadable(
        Text(en=f"'{name}', which cannot be opened ({fault.strerror})", nl=f"'{name}', dat niet te openen is"),
        expected=Text(en="a file that this program may read", nl="een bestand dat dit programma mag lezen"),
        action=Text(en="give it read permission", nl="geef het leesrechten"),
    )


def is_read_along(path: Path, mappings: Sequence[Mapping]) -> bool:
    """Returns whether another file in the same folder is read together with this one."""
    mapping = sources.belongs_to(path, mappings=mappings)
    beside = (one for one in path.parent.iterdir() if one != path and one.is_file() and not one.is_symlink())
    return mapping is not None and any(sources.match(one, mappings=[mapping]) for one in beside)


def alone(path: Path, mappings: Sequence[Mapping]) -> Refusal | None:
    """Returns the refusal of a file that is only read together with another one that is not there, else None."""
    mapping = sources.belongs_to(path, mappings=mappings)
    if mapping is None:
        return None
    names = ", ".join(mapping.recognise.names)
    message = three_parts(
        Text(
            en=f"'{path.name}' without the file it belongs to",
            nl=f"'{path.name}' zonder het bestand waar het bij hoort",
        ),
        Text(en=f"{names} in the same folder ({mapping.title.en})", nl=f"{names} in dezelfde map ({mapping.title.nl})"),
        Text(en="put that file beside it", nl="zet dat bestand ernaast"),
    )
    return Refusal("without_companion", message)


def copied(layout: Layout, folder: Path, *, file_hash: Hash) -> dict[str, Path] | None:
    """Copies all files of a delivery; returns the copies by table, or None if one is no longer what was seen."""
    copies = {}
    for part in layout.parts:
        place = folder / part.table
        place.mkdir()
        try:
            copy = Path(shutil.copyfile(part.path, place / _plain_name(part.path)))
        except OSError:
            return None
        if file_hash(copy) != part.hash:
            return None
        copies[part.table] = copy
    return copies


def _plain_name(path: Path) -> str:
    """Returns a file's name, which may say something of what is in it, unless it holds bytes that are no text."""
    return path.name if path.name.isprintable() else f"delivery{path.suffix[:10]}"


def read_layout(mapping: Mapping, files: dict[str, Path], *, dataset: str, period: str) -> RawTable:
    """Returns one dataset of a delivery as a text table.

    Raises:
        Unreadable: a file cannot be read, or lacks what the mapping needs.
    """
    tables = {table: sources.read_source(file, mapping, table=table) for table, file in files.items()}
    main = tables.pop(mapping.main)
    (made,) = sources.translate(main, mapping, period=period, companions=tables, datasets={dataset})
    return made.raw
