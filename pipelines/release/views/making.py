"""Makes views: each a folder of its own from the release, replaced in one step, and noted in the log."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_contracts.problem import Problem
from data_contracts.text import Text
from models.disclosure.coarseness import WITHHELD
from models.disclosure.picture import Picture
from pipelines.judging.from_contract import ddl
from pipelines.release.publication import require_passed
from pipelines.release.releases import DASHBOARDS, DATABASE, ReleaseFolder
from pipelines.release.views import content, sent
from pipelines.release.views.answer import answer_rows
from pipelines.release.views.auditing import AuditedRelease, audit_release, keep_record
from pipelines.release.views.consenting import keep_consents
from pipelines.release.views.content import consents_in, necessity_of
from pipelines.release.views.naming import View, every_view, require
from pipelines.warehouse.building import writing
from pipelines.workspace.headway import tell
from pipelines.workspace.workspace import Workspace

DISCLOSURE = "disclosure.json"
MADE, UNCHANGED, WITHDRAWN, FROZEN = "made", "unchanged", "withdrawn", "frozen"
ENOUGH_CHANGED = 3
"""Within a round the table's view is made anew only when the data of so many parties changed."""


@dataclass(frozen=True)
class Made:
    """One view: where it lies, what became of it, and how many figures it shows and withholds."""

    view: View
    path: Path
    status: str
    shown: int
    withheld: int


def make_views(
    workspace: Workspace, release: ReleaseFolder, views: Iterable[View], *, round_: str | None = None
) -> list[Made]:
    """Makes views of a release.

    Args:
        workspace: where they go: `views/<view>/`.
        release: of which; every view is made from it and never from another view.
        views: which.
        round_: in which round; the one that `region.yaml` names, if none is given.

    Raises:
        Problem: a view is of nobody, or of a room without necessity.
        NotPublished: somebody could work out another's figure; nothing is written.
    """
    wanted = list(views)
    tell("Auditing the views", release.id)
    audited = audit_release(workspace, release, round_=round_)
    for view in wanted:
        require(view, audited.facts)
    return _make_all(workspace, audited, wanted)


def publish_views(workspace: Workspace, audited: AuditedRelease, kinds: Iterable[str]) -> list[Made]:
    """Makes every view of some kinds, as a refresh does.

    Raises:
        NotPublished: somebody could work out another's figure; nothing is written.
    """
    return _make_all(workspace, audited, list(every_view(audited.facts, kinds)))


def _make_all(workspace: Workspace, audited: AuditedRelease, wanted: Sequence[View]) -> list[Made]:
    require_passed([audited.check(view.name) for view in wanted])
    keep_record(workspace, audited)
    keep_consents(workspace, audited.consents, round_=audited.round)
    audited = replace(audited, answer=answer_rows(workspace, audited.release, round_=audited.round))
    made = []
    for number, view in enumerate(wanted):
        tell("Making the views", view.name, done=number, total=len(wanted))
        made.append(_make(workspace, audited, view))
    return made


def _make(workspace: Workspace, audited: AuditedRelease, view: View) -> Made:
    target = workspace.views / view.folder
    status = _already(workspace, audited, view)
    if status is None:
        unfinished = workspace.views / f".{view.folder}.{os.getpid()}"
        shutil.rmtree(unfinished, ignore_errors=True)
        try:
            _write(unfinished, workspace, audited, view)
            _replace(unfinished, target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        status = MADE
        made_of = {"parties": _party_hashes(audited), "consents": audited.consents.seal}
        _parties_file(workspace, view, audited).write_text(json.dumps(made_of), encoding="utf-8")
        sent.note(workspace, what=MADE, view=view.name, release=audited.release.id, round_=audited.round,
                  digest=sent.folder_hash(target))  # fmt: skip
    told_of = json.loads((target / DISCLOSURE).read_text(encoding="utf-8"))
    return Made(view, target, status, told_of["shown"], told_of["withheld"])


def _already(workspace: Workspace, audited: AuditedRelease, view: View) -> str | None:
    """Returns why a view is left as it is: made of this release, or the table's, of which too few parties changed."""
    mine = [entry for entry in sent.entries(workspace) if entry.view == view.name]
    if not mine or mine[-1].what == WITHDRAWN or not (workspace.views / view.folder / DISCLOSURE).is_file():
        return None
    last = mine[-1]
    if last.round != audited.round:
        return None
    before = _made_of(workspace, view, audited)
    if last.release == audited.release.id:
        return UNCHANGED if before.get("consents") == audited.consents.seal else None
    if view.kind in {"table", "public"} and len(_changed_parties(workspace, view, audited)) < ENOUGH_CHANGED:
        return FROZEN
    return None


def _changed_parties(workspace: Workspace, view: View, audited: AuditedRelease) -> set[str]:
    """Returns the parties of whom something is other than when the view was last made."""
    before = _made_of(workspace, view, audited).get("parties", {})
    now = _party_hashes(audited)
    return {party for party in {*before, *now} if before.get(party) != now.get(party)}


def _made_of(workspace: Workspace, view: View, audited: AuditedRelease) -> dict[str, Any]:
    """Returns the parties' hashes and the consents that a view was last made of in the round; nothing at first."""
    path = _parties_file(workspace, view, audited)
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def _party_hashes(audited: AuditedRelease) -> dict[str, str]:
    """Returns a hash of everything confidential of each party; it stays in the middle, for who guesses could try it."""
    digests: dict[str, Any] = {}
    for facts in audited.facts:
        for key, value in Picture(facts).values.items():
            line = f"{facts.scenario}|{key.measure}|{key.part}|{value:.6e}"
            digests.setdefault(key.party, hashlib.sha256()).update(line.encode())
    return {party: digest.hexdigest() for party, digest in digests.items()}


def _parties_file(workspace: Workspace, view: View, audited: AuditedRelease) -> Path:
    return workspace.disclosure / audited.round / f"parties-{view.folder}.json"


def _replace(unfinished: Path, target: Path) -> None:
    """Puts a finished folder in the place of the one before."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    unfinished.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _write(folder: Path, workspace: Workspace, audited: AuditedRelease, view: View) -> None:
    """Writes a whole view: database, pages, and what was done to it."""
    folder.mkdir(parents=True)
    database = folder / DATABASE
    made_at = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    with writing(database) as connection:
        source = ddl.literal(str(audited.release.database.resolve()))
        connection.execute(f"ATTACH {source} AS {content.SOURCE} (READ_ONLY)")
        rows = content.fill(connection, audited, view, made_at=made_at)
    from dashboards.faces.views import write_view  # noqa: PLC0415 - drawing takes a second to import

    party = view.of[0] if view.kind == "party" else None
    write_view(database, folder / DASHBOARDS, languages=tuple(workspace.region.languages), party=party)
    manifest = _disclosure(audited, view, rows)
    (folder / DISCLOSURE).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")


def _disclosure(audited: AuditedRelease, view: View, rows: dict[str, int]) -> dict[str, Any]:
    """Returns what a view says of itself; what would have told whom what stays in the middle."""
    own = audited.audited
    figures = list(content.figures_in(audited, view))
    levels = [own.level(one) for one in figures]
    return {
        "view": view.name,
        "release": audited.release.id,
        "round": audited.round,
        "shown": sum(level != WITHHELD for level in levels),
        "withheld": sum(level == WITHHELD for level in levels),
        "coarsened": content.withheld_frame(audited, view).to_dicts(),
        "attackers": len(own.case.attackers),
        "cells": len(own.case.cells),
        "programs": own.programs,
        "narrowest_interval_left": own.narrowest if own.narrowest != float("inf") else None,
        "consents": consents_in(audited, view).to_dicts(),
        "necessity": necessity_of(audited, view),
        "rows": rows,
    }


def withdraw(workspace: Workspace, view: View, *, why: str) -> None:
    """Takes a view away at once, because a figure in it is wrong; the next round replaces it.

    Raises:
        Problem: it was never made.
    """
    folder = workspace.views / view.folder
    if not (folder / DISCLOSURE).is_file():
        raise Problem(
            Text(en=f"no view {view.name} that was made", nl=f"geen weergave {view.name} die is gemaakt"),
            expected=Text(en="a view that stands in views/", nl="een weergave die in views/ staat"),
            action=Text(en="nothing is withdrawn", nl="er wordt niets ingetrokken"),
        )
    about = json.loads((folder / DISCLOSURE).read_text(encoding="utf-8"))
    digest = sent.folder_hash(folder)
    shutil.rmtree(folder)
    sent.note(workspace, what=WITHDRAWN, view=view.name, release=about["release"], round_=about["round"], digest=digest,
              why=why)  # fmt: skip
