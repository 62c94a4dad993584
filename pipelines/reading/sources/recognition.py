"""Which mapping a file belongs to, and reading it with its companions: by name first, then by headings."""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from data_contracts.contract import normalised
from data_contracts.text import Text
from pipelines.reading.formats import RawTable, Unreadable, read_delivery
from pipelines.reading.formats.added_up import read_added_up
from pipelines.reading.formats.compressed import is_gzip, unpacked
from pipelines.reading.formats.headings import Known
from pipelines.reading.formats.opendocument import is_opendocument, read_opendocument
from pipelines.reading.formats.recognise import recognise
from pipelines.reading.formats.xml_records import looks_like_xml, read_xml
from pipelines.reading.sources.filled_forms import read_form
from pipelines.reading.sources.json_records import looks_like_json, read_records
from pipelines.reading.sources.mapping import MAIN, AddedUp, Companion, Mapping
from pipelines.reading.sources.text_table import is_meant

_HEAD_BYTES = 512 * 1024


def match(path: Path, *, mappings: Iterable[Mapping]) -> Mapping | None:
    """Returns the mapping that describes a file, or None: the first whose names and headings both fit."""
    return next((mapping for mapping in mappings if not misfit(path, mapping)), None)


def misfit(path: Path, mapping: Mapping) -> Text | None:
    """Returns why a mapping does not describe a file, or None if it does."""
    if not named(path.name, mapping.recognise.names):
        names = ", ".join(mapping.recognise.names)
        return Text(en=f"its name is none of {names}", nl=f"de naam is geen van {names}")
    if not mapping.recognise.headings and (mapping.form is None or mapping.recognise.names):
        return None
    try:
        headings = _headings(path, mapping)
    except Unreadable as problem:
        return problem.message
    except OSError:
        return Text(en="it cannot be opened", nl="hij is niet te openen")
    lacking = _lacking(headings, mapping.recognise.headings)
    return Text(en=f"no heading {lacking}", nl=f"geen kolomkop {lacking}") if lacking else None


def belongs_to(path: Path, *, mappings: Iterable[Mapping]) -> Mapping | None:
    """Returns the mapping that reads a file as a companion of another one, or None."""
    return next((m for m in mappings if any(named(path.name, one.names) for one in m.companions.values())), None)


def find_companions(path: Path, mapping: Mapping) -> dict[str, Path]:
    """Returns the other files that a file is read with, from the same folder, by the mapping's names for them.

    Raises:
        Unreadable: one is not there, or several could be meant.
    """
    found = {}
    for name, companion in mapping.companions.items():
        fitting = sorted(one for one in path.parent.iterdir() if _is_plain(one) and named(one.name, companion.names))
        if not fitting and companion.optional:
            continue
        if len(fitting) != 1:
            raise _no_companion(companion, [one.name for one in fitting])
        found[name] = fitting[0]
    return found


def read_source(path: Path, mapping: Mapping, *, table: str = MAIN, known: frozenset[str] = frozenset()) -> RawTable:
    """Returns the table of a file as the mapping says: the file itself, or the companion of that name.

    `known`: identifiers of the register, for a form that says whose it is.

    Raises:
        Unreadable: the file cannot be read, or lacks headings that it is recognised by.
    """
    if mapping.form is not None and table not in mapping.companions:
        return read_form(path, mapping.form, known=known)
    if mapping.added_up is not None and table not in mapping.companions:
        return _read_added_up(path, mapping.added_up)
    if mapping.sheets is not None and table not in mapping.companions and is_opendocument(path):
        return _read_sheets(path, mapping)
    companion = mapping.companions.get(table)
    records = companion.records if companion else mapping.records
    headings = companion.headings if companion else mapping.recognise.headings
    raw = _read(path, records=records, headings=headings, sheet=None if companion else mapping.sheets)
    if lacking := _lacking(raw.headings, headings):
        raise _no_headings(lacking, raw.headings)
    return raw


def _read(path: Path, *, records: str, headings: tuple[str, ...], sheet: str | None) -> RawTable:
    with unpacked(path) as file:
        if looks_like_xml(file):
            return read_xml(file)
        if records or looks_like_json(file):
            return read_records(file, records=records)
    return read_delivery(path, known=_knows(headings), sheet=sheet)


def _knows(headings: tuple[str, ...]) -> Known:
    """Returns the function that tells which of some references a heading is."""
    names = {normalised(one): one for one in headings if not one.startswith("~")}
    patterns = [one for one in headings if one.startswith("~")]

    def known(heading: str) -> str | None:
        name = names.get(normalised(heading))
        return name or next((one for one in patterns if is_meant(one, heading)), None)

    return known


def _read_added_up(path: Path, spec: AddedUp) -> RawTable:
    return read_added_up(path, of=spec.of, sums=spec.sums, known=_knows((*spec.of, *spec.sums)))


@dataclass(frozen=True)
class _Content:
    """A file as what it holds: two copies of it are the same."""

    path: Path = field(compare=False)
    digest: str


def _read_sheets(path: Path, mapping: Mapping) -> RawTable:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return _sheets_once(_Content(path, digest), mapping.sheets or "", mapping.references)


@lru_cache(maxsize=4)
def _sheets_once(content: _Content, sheets: str, wanted: tuple[str, ...]) -> RawTable:
    """Returns the columns of a workbook that a mapping refers to: slow to read, and read for each of its datasets."""

    def is_wanted(heading: str) -> bool:
        return any(is_meant(one, heading) for one in wanted)

    return read_opendocument(content.path, sheets=sheets, wanted=is_wanted)


def _is_plain(path: Path) -> bool:
    """Returns whether a path is a file of its own: a link may lead anywhere and is not followed."""
    return path.is_file() and not path.is_symlink()


def headings_of(path: Path, *, headings: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the headings that a file has, looked for in the row that has most of those given.

    Raises:
        Unreadable: the file is no table.
    """
    stat = path.stat()
    return _headings_once(path, _Part("", None), headings, (stat.st_mtime_ns, stat.st_size))


def named(name: str, patterns: tuple[str, ...]) -> bool:
    """Returns whether a name fits; without patterns every name does."""
    return not patterns or any(fnmatch(name.casefold(), pattern.casefold()) for pattern in patterns)


def _headings(path: Path, mapping: Mapping) -> tuple[str, ...]:
    if mapping.form is not None:
        return read_form(path, mapping.form).headings
    if mapping.sheets is not None and is_opendocument(path):
        return _read_sheets(path, mapping).headings
    stat = path.stat()
    if looks_like_xml(path):
        return _xml_headings(path, (stat.st_mtime_ns, stat.st_size))
    part = _Part(mapping.records, mapping.sheets)
    return _headings_once(path, part, mapping.recognise.headings, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=64)
def _xml_headings(path: Path, changed: tuple[int, int]) -> tuple[str, ...]:
    """Returns the headings of an XML file, which are the same whatever is looked for."""
    del changed  # a part of the key: a file that changes is looked at again
    return read_xml(path).headings


@lru_cache(maxsize=256)
def _headings_once(path: Path, part: "_Part", headings: tuple[str, ...], changed: tuple[int, int]) -> tuple[str, ...]:
    """Returns the headings of a file; of a long CSV file only the first lines are read."""
    del changed  # a part of the key: a file that changes is looked at again
    return _head(path, part, headings).headings


@dataclass(frozen=True)
class _Part:
    """Which part of a file is its table: the records of a JSON file, a sheet of a workbook."""

    records: str
    sheet: str | None


def head_of(path: Path, *, headings: tuple[str, ...], sheet: str | None = None) -> RawTable:
    """Returns the first rows of a file, of a long CSV file; else all of it.

    Args:
        path: the file.
        headings: what its row of headings is known by.
        sheet: a regular expression for the name of the sheet of a workbook.

    Raises:
        Unreadable: the file is no table.
    """
    return _head(path, _Part("", sheet), headings)


def _head(path: Path, part: _Part, headings: tuple[str, ...]) -> RawTable:
    with unpacked(path, head=_HEAD_BYTES) as begin:
        long = is_gzip(path) or path.stat().st_size > _HEAD_BYTES
        other = part.records or looks_like_json(begin) or looks_like_xml(begin)
        if not long or other or recognise(begin) != "csv":
            return _read(path, records=part.records, headings=headings, sheet=part.sheet)
        with tempfile.TemporaryDirectory(prefix="care-transfer-") as folder:
            head = Path(folder) / f"head{begin.suffix}"
            with begin.open("rb") as file:
                head.write_bytes(file.read(_HEAD_BYTES))
            return _read(head, records=part.records, headings=headings, sheet=part.sheet)


def _lacking(headings: Iterable[str], wanted: Iterable[str]) -> str:
    """Returns the wanted headings that are not there, as text."""
    there = tuple(headings)
    return ", ".join(f"'{one}'" for one in wanted if not any(is_meant(one, heading) for heading in there))


def _no_headings(lacking: str, headings: tuple[str, ...]) -> Unreadable:
    shown = ", ".join(f"'{one}'" for one in headings[:20])
    return Unreadable(
        Text(
            en=f"no heading {lacking}; the headings are {shown}",
            nl=f"geen kolomkop {lacking}; de kolomkoppen zijn {shown}",
        ),
        expected=Text(
            en="the publisher's layout as its source mapping says",
            nl="de opmaak van de uitgever zoals in de bronbeschrijving",
        ),
        action=Text(
            en="check which file this is, or correct the mapping",
            nl="ga na welk bestand dit is, of verbeter de bronbeschrijving",
        ),
    )


def _no_companion(companion: Companion, found: list[str]) -> Unreadable:
    names = ", ".join(companion.names)
    seen = ", ".join(os.fsencode(name).decode("utf-8", errors="replace") for name in found) or "-"
    return Unreadable(
        Text(
            en=f"{len(found)} files {names} beside it ({seen})", nl=f"{len(found)} bestanden {names} ernaast ({seen})"
        ),
        expected=Text(en="exactly one, in the same folder", nl="precies één, in dezelfde map"),
        action=Text(en=f"put {names} beside this file", nl=f"zet {names} naast dit bestand"),
    )
