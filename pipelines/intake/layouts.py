"""Files in a layout of their own: which source mapping describes one, what it is read with, and reading it.

A file whose name says no dataset may be a publisher's. It then is one delivery for each dataset its mapping yields,
and the files it is read together with are part of it.
"""

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_contracts.contract import DATASETS
from data_contracts.text import Text
from pipelines.judging.verdict import Refusal
from pipelines.reading import sources
from pipelines.reading.formats.raw import RawTable, Unreadable, three_parts
from pipelines.reading.sources import Mapping, Mappings

NO_DATASET = "unknown_dataset"
"""The refusal of a file whose name says no dataset, and that no source mapping describes."""

FAULTY_MAPPING = "faulty_mapping"
SHOWN_HEADINGS = 10
LONGEST_SUFFIX = 10

_RENAME_OR_DESCRIBE = Text(
    en="rename the file, such as volume-2025Q3.csv; or describe its layout: care-transfer source new FILE",
    nl="hernoem het bestand, bijvoorbeeld volume-2025Q3.csv; of beschrijf de opmaak: care-transfer source new BESTAND",
)

Hash = Callable[[Path], str]


@dataclass(frozen=True)
class FilePart:
    """One file of a delivery: the table it is in the mapping, where it lies, its SHA-256."""

    table: str
    path: Path
    hash: str


@dataclass(frozen=True)
class MappedLayout:
    """How a delivery is read: the mapping that describes it, and its files, the one that is named first."""

    mapping: Mapping
    parts: tuple[FilePart, ...]

    @property
    def hash(self) -> str:
        """Returns the SHA-256 of the file, or of the hashes of all files if there are several."""
        first, *rest = (part.hash for part in self.parts)
        return hashlib.sha256("".join([first, *rest]).encode()).hexdigest() if rest else first

    @property
    def datasets(self) -> tuple[str, ...]:
        """Returns the datasets that it yields."""
        return tuple(one.dataset for one in self.mapping.datasets)


def layout_of(path: Path, mappings: Sequence[Mapping], *, file_hash: Hash) -> MappedLayout | None:
    """Returns how a file is to be read, or None if no mapping describes it.

    Raises:
        Unreadable: a mapping describes it, but a file that it is read with is not there.
    """
    mapping = sources.match(path, mappings=mappings)
    if mapping is None:
        return None
    files = {mapping.main: path, **sources.find_companions(path, mapping)}
    try:
        return MappedLayout(mapping, tuple(FilePart(table, file, file_hash(file)) for table, file in files.items()))
    except OSError as fault:
        raise _closed(fault) from fault


def _closed(fault: OSError) -> Unreadable:
    name = Path(fault.filename or "").name
    return Unreadable(
        Text(en=f"'{name}', which cannot be opened", nl=f"'{name}', dat niet te openen is"),
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


def no_dataset(name: str) -> Refusal:
    """Returns the refusal of a file whose name says no dataset."""
    found = Text(en=f"a file named '{name}'", nl=f"een bestand met de naam '{name}'")
    return _unknown(found, near=None)


def unknown_layout(path: Path, mappings: Mappings) -> Refusal:
    """Returns the refusal of a file in no known layout, with the nearest ones and what each of them lacks."""
    found, found_nl = f"a file named '{path.name}'", f"een bestand met de naam '{path.name}'"
    if headings := sources.seen_headings(path):
        shown = ", ".join(f"'{one}'" for one in headings[:SHOWN_HEADINGS] if one)
        shown += ", ..." if len(headings) > SHOWN_HEADINGS else ""
        found, found_nl = f"{found} with the headings {shown}", f"{found_nl} en de kolomkoppen {shown}"
    near = sources.told(sources.nearest(path, mappings.usable))
    if told := _that_cannot_be_used(path, mappings):
        near = told if near is None else Text(en=f"{near.en}. {told.en}", nl=f"{near.nl}. {told.nl}")
    return _unknown(Text(en=found, nl=found_nl), near=near)


def _that_cannot_be_used(path: Path, mappings: Mappings) -> Text | None:
    """Returns which mappings of the workspace have a fault and may be meant for a file, by its headings."""
    faulty = [one for one in mappings.faulty if not one.names or sources.named(path.name, one.names)]
    if not faulty:
        return None
    reasons = "; ".join(one.reason for one in faulty)
    return Text(
        en=f"A source mapping of this workspace that may describe it cannot be used: {reasons}",
        nl=f"Een bronbeschrijving van deze werkmap die het misschien beschrijft, is niet bruikbaar: {reasons}",
    )


def _unknown(found: Text, *, near: Text | None) -> Refusal:
    datasets = ", ".join(DATASETS)
    expected = Text(
        en=f"a name that begins with a dataset: {datasets}; or a layout that a source mapping describes",
        nl=f"een naam die begint met een dataset: {datasets}; of een opmaak met een bronbeschrijving",
    )
    message = three_parts(found, expected, _RENAME_OR_DESCRIBE)
    if near is not None:
        message = Text(en=f"{message.en} {near.en}.", nl=f"{message.nl} {near.nl}.")
    return Refusal(NO_DATASET, message)


def faulty_mapping(path: Path, mappings: Mappings) -> Refusal | None:
    """Returns the refusal of a file that a faulty mapping of the workspace is meant for, else None."""
    faulty = next((one for one in mappings.faulty if one.names and sources.named(path.name, one.names)), None)
    if faulty is None:
        return None
    message = three_parts(
        Text(
            en=f"a source mapping that cannot be used ({faulty.reason})",
            nl=f"een bronbeschrijving die niet bruikbaar is ({faulty.reason})",
        ),
        Text(en="a mapping without faults", nl="een bronbeschrijving zonder fouten"),
        Text(
            en="correct that line; `care-transfer source test` shows every fault. Other files are not affected",
            nl="verbeter die regel; `care-transfer source test` toont elke fout. Andere bestanden raakt dit niet",
        ),
    )
    return Refusal(FAULTY_MAPPING, message)


def copied(layout: MappedLayout, folder: Path, *, file_hash: Hash) -> dict[str, Path] | None:
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
    return path.name if path.name.isprintable() else f"delivery{plain_suffix(path)}"


def plain_suffix(path: Path) -> str:
    """Returns the ending of a file's name, with its point; nothing if it is no ending that any program gives."""
    suffix = path.suffix
    return suffix if suffix.isascii() and suffix.isprintable() and len(suffix) <= LONGEST_SUFFIX else ""


def read_layout(
    mapping: Mapping, files: dict[str, Path], *, dataset: str, period: str, known: frozenset[str] = frozenset()
) -> RawTable:
    """Returns one dataset of a delivery as a text table; `known` are the providers of the register.

    Raises:
        Unreadable: a file cannot be read, lacks what the mapping needs, or is of another year by its name.
    """
    _refuse_other_year(mapping, files[mapping.main], period=period)
    tables = {table: sources.read_source(file, mapping, table=table, known=known) for table, file in files.items()}
    main = tables.pop(mapping.main)
    (made,) = sources.translate(main, mapping, period=period, companions=tables, datasets={dataset})
    return made.raw


def _refuse_other_year(mapping: Mapping, path: Path, *, period: str) -> None:
    year = mapping.recognise.year_of(path.name)
    if year is None or period.startswith(year):
        return
    raise Unreadable(
        Text(
            en=f"a file of {year} by its name, in the folder {period}",
            nl=f"een bestand van {year} volgens zijn naam, in de map {period}",
        ),
        expected=Text(
            en="the year of the folder: the file itself names none",
            nl="het jaar van de map: het bestand zelf noemt er geen",
        ),
        action=Text(en=f"put it in the folder {year}", nl=f"leg het in de map {year}"),
    )
