"""Files that are there whole or not at all, and on the disk before anything counts on them."""

import json
import os
from pathlib import Path
from typing import Any

from data_contracts.problem import Problem
from data_contracts.text import Text

_A_MINUTE = 60.0
DAMAGED = ".damaged"
"""Ends the name of a file that was found damaged and set aside."""

OWNER_ONLY = 0o700
"""The rights of a new folder outside the workspace: in it lies what suppliers delivered, or what parties want."""


def put_in_place(unfinished: Path, target: Path) -> None:
    """Gives a finished file its name in one step, once its bytes are on the disk."""
    _sync(unfinished)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished.replace(target)
    target.with_name(f"{target.name}{DAMAGED}").unlink(missing_ok=True)
    sync_folder(target.parent)


def write_text(path: Path, text: str) -> None:
    """Writes a text whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = unfinished_name(path)
    unfinished.write_text(text, encoding="utf-8")
    put_in_place(unfinished, path)


def read_kept(path: Path) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Returns what a JSON file holds in which the program keeps something of its own.

    Raises:
        Problem: it is damaged: cut off, emptied or written over.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise Problem(
            Text(en="a file of the program that is damaged", nl="een bestand van het programma dat beschadigd is"),
            expected=Text(en="the file as it was written", nl="het bestand zoals het is geschreven"),
            action=Text(
                en="put it back from a backup, or take it away: what it kept is then forgotten",
                nl="zet het terug uit een reservekopie, of haal het weg: wat erin stond is dan vergeten",
            ),
            source=str(path),
        ) from None


def mark_whole(path: Path) -> Path:
    """Dates a file that this program has written whole a minute back, so that nobody waits for it; returns it."""
    written = path.stat().st_mtime - _A_MINUTE
    os.utime(path, (written, written))
    return path


def unfinished_name(path: Path) -> Path:
    """Returns under which name a file is written that nobody may read yet."""
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


def sync_tree(folder: Path) -> None:
    """Brings everything below a folder onto the disk."""
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def set_aside(path: Path) -> None:
    """Takes a damaged file out of the way, under a name beside it; what replaces it removes it."""
    path.replace(path.with_name(f"{path.name}{DAMAGED}"))


def was_set_aside(path: Path) -> bool:
    """Returns whether what lay at a place was damaged and has not been replaced."""
    return path.with_name(f"{path.name}{DAMAGED}").exists()


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder onto the disk."""
    _sync(folder)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
