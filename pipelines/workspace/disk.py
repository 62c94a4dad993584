"""Room on the disk: looked at before much is written, and told in words where it ran out after all."""

import errno
import shutil
from pathlib import Path

from data_contracts.problem import Problem
from data_contracts.text import Text

LEAST = 50 * 2**20
"""Bytes that the smallest release needs while it is built."""
TIMES = 2
"""A release is built beside the one before it, and DuckDB writes what does not fit in memory beside both."""
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SAID = ("No space left on device", "Disk quota exceeded", "os error 28", "failed to offload data block")


class NoRoom(Problem):
    """The disk has no room for what is to be written; nothing that was published is touched."""


def require_room(folder: Path, *, like: Path) -> None:
    """Looks whether there is room in a folder for a release about as large as a folder of files.

    Raises:
        NoRoom: less is free than about twice that.
    """
    needed = max(LEAST, TIMES * _size(like))
    free = _free(folder)
    if free < needed:
        raise no_room(folder, needed=needed)


def no_room(folder: Path, *, needed: int | None = None) -> NoRoom:
    """Returns what to tell where the disk of a folder is full, or has less free than the bytes that are needed."""
    free = _megabytes(_free(folder))
    about = f", about {_megabytes(needed)} MB needed" if needed else ""
    ongeveer = f", ongeveer {_megabytes(needed)} MB nodig" if needed else ""
    return NoRoom(
        Text(en=f"no room: {free} MB free{about}", nl=f"geen ruimte: {free} MB vrij{ongeveer}"),
        expected=Text(en=f"room on the disk of {folder}", nl=f"ruimte op de schijf van {folder}"),
        action=Text(
            en="make room (care-transfer releases lists what may go), then try again; what was published is untouched",
            nl="maak ruimte (care-transfer releases noemt wat weg kan), probeer opnieuw; wat er stond, staat er nog",
        ),
    )


def is_full(fault: BaseException) -> bool:
    """Returns whether a fault, or what it came from, is a disk that is full, whichever library says so."""
    seen: set[int] = set()
    one: BaseException | None = fault
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        if (isinstance(one, OSError) and one.errno in _FULL) or says_full(str(one)):
            return True
        one = one.__cause__ or one.__context__
    return False


def says_full(text: str) -> bool:
    """Returns whether a message of a library says that the disk is full."""
    return any(said in text for said in _SAID)


def _free(folder: Path) -> int:
    """Returns the bytes that are free where a folder is, or is going to be made."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.resolve().rglob("*") if path.is_file()) if folder.exists() else 0


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.0f}"
