"""Files that are still arriving: one rule, which everybody who looks into the inbox goes by.

A file arrives while a program has it open to write in, while it was written to in the last seconds, and, because an
upload may stall, for an hour while it plainly breaks off: in the middle of a line, or without the end that its kind
has. The files in its folder wait with it: they are one supplier's of one period, and belong together.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from data_contracts.text import Text

QUIET_SECONDS = 10.0
"""A file that was written to this recently may still be on its way."""

PATIENCE = 360.0
"""A file that breaks off is waited for this many times as long; then it is judged as it lies there."""

_A_DAY = 24 * 3600.0
"""A file that was not written to for longer is not asked who has it open."""

_LOOKED_AT = 65_536
"""Bytes at the beginning and at the end of a file that show whether it breaks off."""

_SEPARATORS = b";,\t|"
_ZIPPED = (".xlsx", ".xlsm", ".ods", ".zip")
_LINES = (".csv", ".txt", ".tsv")
_ZIP_END, _PARQUET_END = b"PK\x05\x06", b"PAR1"


@dataclass(frozen=True)
class Arriving:
    """The files that are still arriving, and the folders that wait for them."""

    files: tuple[Path, ...] = ()

    @classmethod
    def among(cls, files: Iterable[Path]) -> "Arriving":
        """Returns those of some files that are still arriving."""
        now = time.time()
        return cls(tuple(path for path in files if is_arriving(path, now=now)))

    @property
    def folders(self) -> frozenset[Path]:
        """Returns the folders in which nothing is read for the moment."""
        return frozenset(path.parent for path in self.files)

    def said(self, inbox: Path) -> Text:
        """Returns what to tell: how many files, which, and what becomes of them."""
        names = ", ".join(os.fsencode(path.relative_to(inbox)).decode(errors="replace") for path in self.files)
        one = len(self.files) == 1
        return Text(
            en=f"{len(self.files)} file{' is' if one else 's are'} still arriving: {names}. "
            f"{'Its folder is' if one else 'Their folders are'} read once {'it is' if one else 'they are'} whole.",
            nl=f"{len(self.files)} bestand{' komt' if one else 'en komen'} nog binnen: {names}. "
            f"{'Zijn map wordt' if one else 'Hun mappen worden'} gelezen zodra {'het' if one else 'ze'} compleet "
            f"{'is' if one else 'zijn'}.",
        )


def is_arriving(path: Path, *, now: float) -> bool:
    """Returns whether a file is still on its way; a date in the future (a clock that is wrong) says nothing."""
    try:
        age = abs(now - path.lstat().st_mtime)
        if age < QUIET_SECONDS:
            return True
        if not path.is_file() or path.is_symlink():
            return False
        return (age < _A_DAY and _is_being_written(path)) or (age < QUIET_SECONDS * PATIENCE and breaks_off(path))
    except OSError:  # gone, or closed to us: who reads it tells
        return False


def wait_until_settled(look: Callable[[], Arriving]) -> Arriving:
    """Waits until what is arriving has settled, or a little longer than one file needs for that; returns the rest."""
    until = time.monotonic() + 1.5 * QUIET_SECONDS
    while (found := look()).files and time.monotonic() < until:
        time.sleep(min(1.0, QUIET_SECONDS / 10))
    return found


def _is_being_written(path: Path) -> bool:
    """Returns whether a program on this machine has a file open to write in; False where that cannot be asked."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # another's file, or a disk that knows no leases
        return False
    finally:
        os.close(descriptor)
    return False


def breaks_off(path: Path) -> bool:
    """Returns whether a file plainly has no end: half a last line, or a container without its closing bytes."""
    kind = path.suffix.casefold()
    with path.open("rb") as file:
        begin = file.read(_LOOKED_AT)
        file.seek(max(0, path.stat().st_size - _LOOKED_AT))
        end = file.read()
    if kind in _ZIPPED:
        return begin.startswith(b"PK") and _ZIP_END not in end
    if kind == ".parquet":
        return begin.startswith(_PARQUET_END) and not (end.endswith(_PARQUET_END) and len(end) > len(_PARQUET_END))
    return kind in _LINES and _half_a_line(begin, end)


def _half_a_line(begin: bytes, end: bytes) -> bool:
    """Returns whether the last line has no end and fewer cells than the first has headings."""
    first, found, _ = begin.partition(b"\n")
    last = end.rpartition(b"\n")[2]
    return bool(found) and bool(last.strip()) and _cells(last) < _cells(first)


def _cells(line: bytes) -> int:
    return max(line.count(bytes([separator])) for separator in _SEPARATORS)
