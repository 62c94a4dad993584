"""A workspace kept elsewhere, and brought back: every file with its hash, links as words, nothing half.

The copy holds no links, so that a program that follows them, or a disk that knows none, copies it on unharmed. What
others keep (a lock, a build that was not finished, temporary names) stays behind.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.release.releases import PARTIAL, current_release, make_current
from pipelines.workspace.durable import OWNER_ONLY, sync_tree, write_text
from pipelines.workspace.headway import tell
from pipelines.workspace.lock import LOCK_FILE, exclusive
from pipelines.workspace.workspace import STATE_FOLDER, Workspace

LIST = "backup.json"
CONTENT = "workspace"
_UNFINISHED = (PARTIAL, ".tmp")


class KeptFile(BaseModel):
    """One file of a backup: its size in bytes and its SHA-256."""

    model_config = ConfigDict(frozen=True)

    size: int
    hash: str


class Backup(BaseModel):
    """What a backup holds: every file by its place in the workspace, and the release that was current."""

    model_config = ConfigDict(frozen=True)

    region: str
    made_at: datetime
    current: str | None
    files: dict[str, KeptFile]


def back_up(workspace: Workspace, target: Path) -> Backup:
    """Copies a workspace into a new or empty folder, with nobody refreshing it meanwhile.

    Raises:
        Problem: something stands there, or it lies inside the workspace.
        Busy: a refresh is running.
    """
    target = target.resolve()
    _require_empty(target)
    if workspace.root in (target, *target.parents):
        raise Problem(
            Text(en=f"{target}, inside the workspace", nl=f"{target}, in de werkmap zelf"),
            expected=Text(
                en="a folder elsewhere, best on another disk", nl="een map elders, liefst op een andere schijf"
            ),
            action=Text(en="name another folder", nl="noem een andere map"),
        )
    target.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    with exclusive(workspace):
        current = current_release(workspace.published)
        files = {}
        for place in _places(workspace.root):
            tell("Backing up", place)
            files[place] = _copied(workspace.root / place, target / CONTENT / place)
    kept = Backup(
        region=workspace.region.region,
        made_at=datetime.now(tz=UTC),
        current=current.id if current else None,
        files=files,
    )
    sync_tree(target)
    write_text(target / LIST, kept.model_dump_json(indent=1))
    return kept


def restore(source: Path, target: Path) -> Backup:
    """Brings a backup back into a new or empty folder: every file is held against its hash before anything is there.

    Raises:
        Problem: it is no backup, a file of it is gone or damaged, or something stands in the target.
    """
    source, target = source.resolve(), target.resolve()
    kept = read_backup(source)
    _require_empty(target)
    making = target.with_name(f"{target.name}.restoring")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=stat.S_IMODE(target.stat().st_mode) if target.exists() else OWNER_ONLY, parents=True)
    damaged = []
    for place, file in kept.files.items():
        tell("Restoring", place)
        path = source / CONTENT / place
        if not path.is_file() or _copied(path, making / place) != file:
            damaged.append(place)
    if damaged:
        shutil.rmtree(making, ignore_errors=True)
        raise _damaged(source, damaged)
    sync_tree(making)
    if target.exists():
        target.rmdir()
    making.rename(target)
    if kept.current is not None:
        make_current(Workspace.open(target).published, kept.current)
    return kept


def read_backup(source: Path) -> Backup:
    """Returns what a backup says it holds.

    Raises:
        Problem: there is none, it was never finished, or its list names a place outside of it.
    """
    try:
        kept = Backup.model_validate_json((source / LIST).read_bytes())
    except (OSError, ValidationError):
        kept = None
    if kept is None or any(_leads_out(place) for place in kept.files):
        raise Problem(
            Text(en=f"no whole {LIST} in {source}", nl=f"geen volledige {LIST} in {source}"),
            expected=Text(
                en="the folder of a backup that was finished", nl="de map van een reservekopie die is afgemaakt"
            ),
            action=Text(en="take another backup", nl="neem een andere reservekopie"),
        )
    return kept


def _places(root: Path) -> Iterator[str]:
    """Yields the place in the workspace of every file that a backup holds; links and what is not finished are left."""
    for top in sorted(root.iterdir()):  # itself it may be a link: an inbox on another disk is part of the workspace
        if top.is_file():
            yield top.name
        for folder, folders, names in os.walk(top, followlinks=False):
            folders[:] = sorted(name for name in folders if _is_kept(Path(folder, name), root))
            paths = (Path(folder, name) for name in sorted(names))
            yield from (path.relative_to(root).as_posix() for path in paths if _is_kept(path, root) and path.is_file())


def _is_kept(path: Path, root: Path) -> bool:
    """Returns whether a file or folder belongs to a backup."""
    place = path.relative_to(root)
    unfinished = place.parts[0] != "inbox" and path.name.endswith(_UNFINISHED)
    ours = (Path(STATE_FOLDER) / LOCK_FILE, Path(STATE_FOLDER) / "logs", Path("published") / "current")
    return not path.is_symlink() and not unfinished and place not in ours


def _copied(path: Path, target: Path) -> KeptFile:
    """Copies a file with its times; returns what was copied."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, target)
    with target.open("rb") as file:
        return KeptFile(size=target.stat().st_size, hash=hashlib.file_digest(file, "sha256").hexdigest())


def _leads_out(place: str) -> bool:
    path = PurePosixPath(place)
    return path.is_absolute() or ".." in path.parts


def _require_empty(target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Problem(
            Text(en=f"{target}: something stands there", nl=f"{target}: daar staat al iets"),
            expected=Text(en="a new or an empty folder", nl="een nieuwe of een lege map"),
            action=Text(
                en="name another folder; nothing is written over", nl="noem een andere map; er wordt niets overschreven"
            ),
        )


def _damaged(source: Path, places: list[str]) -> Problem:
    shown = ", ".join(places[:3]) + (", ..." if len(places) > 3 else "")
    return Problem(
        Text(
            en=f"{len(places)} of the files are gone or are not what was backed up: {shown}",
            nl=f"{len(places)} van de bestanden zijn weg of niet wat er was bewaard: {shown}",
        ),
        expected=Text(en=f"every file that {LIST} names, unchanged", nl=f"elk bestand dat {LIST} noemt, ongewijzigd"),
        action=Text(
            en=f"nothing was restored; take another backup, or, knowing what is missing, copy {CONTENT}/ by hand",
            nl=f"er is niets teruggezet; neem een andere reservekopie, of kopieer {CONTENT}/ zelf en weet wat mist",
        ),
        source=str(source),
    )
