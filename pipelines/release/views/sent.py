"""The log of what was sent to whom: one line a view, appended and never changed, each with the hash of the last."""

import hashlib
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.workspace.workspace import Workspace

LOG = "sent.jsonl"
START = "0" * 64


class SentView(BaseModel):
    """One line: a view that was made or withdrawn, of which release, in which round, and the hash of its files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    what: str
    view: str
    release: str
    round: str
    hash: str
    note: str = ""
    before: str


def folder_hash(folder: Path) -> str:
    """Returns the SHA-256 of a folder: of every file's path and bytes, in the order of the paths."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def note(
    workspace: Workspace, *, what: str, view: str, release: str, round_: str, digest: str, why: str = ""
) -> SentView:
    """Appends one line to the log and returns it."""
    before = START
    for line in _lines(workspace):
        before = hashlib.sha256(line.encode()).hexdigest()
    entry = SentView(at=datetime.now(UTC), what=what, view=view, release=release, round=round_, hash=digest, note=why,
                  before=before)  # fmt: skip
    path = workspace.disclosure / LOG
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(entry.model_dump_json() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return entry


def entries(workspace: Workspace) -> list[SentView]:
    """Returns every line of the log, oldest first.

    Raises:
        Problem: a line was changed or taken out after it was written.
    """
    found, before = [], START
    for number, line in enumerate(_lines(workspace), start=1):
        try:
            entry = SentView.model_validate(json.loads(line))
        except (ValidationError, json.JSONDecodeError):
            raise _changed(workspace, number) from None
        if entry.before != before:
            raise _changed(workspace, number)
        before = hashlib.sha256(line.encode()).hexdigest()
        found.append(entry)
    return found


def _lines(workspace: Workspace) -> Iterator[str]:
    path = workspace.disclosure / LOG
    if path.is_file():
        yield from path.read_text(encoding="utf-8").splitlines()


def _changed(workspace: Workspace, number: int) -> Problem:
    return Problem(
        Text(
            en=f"a log that was changed at or before line {number}",
            nl=f"een logboek dat bij of voor regel {number} is veranderd",
        ),
        expected=Text(
            en="lines that only this program wrote, each after the one before",
            nl="regels die alleen dit programma schreef, elk na de vorige",
        ),
        action=Text(
            en="restore the log from a backup; what was sent cannot be told without it",
            nl="zet het logboek terug uit een back-up; zonder is niet te zeggen wat is verstuurd",
        ),
        source=str(workspace.disclosure / LOG),
    )
