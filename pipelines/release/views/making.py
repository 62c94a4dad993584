"""Makes views: each a folder of its own from the release, replaced in one step, and noted in the log."""

import json
import math
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from data_contracts.problem import Problem
from data_contracts.text import Text
from models.disclosure.coarseness import WITHHELD
from pipelines.judging.from_contract import ddl
from pipelines.release.publication import require_passed
from pipelines.release.releases import DASHBOARDS, DATABASE, ReleaseFolder
from pipelines.release.views import content, sent
from pipelines.release.views.answer import answer_rows
from pipelines.release.views.auditing import AuditedRelease, audit_release, keep_record
from pipelines.release.views.consenting import keep_consents
from pipelines.release.views.content import consents_in, necessity_of
from pipelines.release.views.naming import View, every_view, require
from pipelines.release.views.told_together import keep_together, withdraw_together
from pipelines.warehouse.building import writing
from pipelines.workspace.durable import read_kept
from pipelines.workspace.headway import tell
from pipelines.workspace.workspace import Workspace

DISCLOSURE = "disclosure.json"
MADE, UNCHANGED, WITHDRAWN, FROZEN = "made", "unchanged", "withdrawn", "frozen"


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
    if audited.together is None and any(view.kind in content.TOLD_AS for view in wanted):
        keep_together(workspace, audited.round, content.told_now(audited))
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
        _made_of_file(workspace, view, audited).write_text(json.dumps(_made_of(audited)), encoding="utf-8")
        sent.note(workspace, what=MADE, view=view.name, release=audited.release.id, round_=audited.round,
                  digest=sent.folder_hash(target))  # fmt: skip
    if status == WITHDRAWN:
        return Made(view, target, status, shown=0, withheld=0)
    told_of = read_kept(target / DISCLOSURE)
    return Made(view, target, status, told_of["shown"], told_of["withheld"])


def _already(workspace: Workspace, audited: AuditedRelease, view: View) -> str | None:
    """Returns why a view is left as it is: nothing it rests on changed, or what all see is not told anew yet."""
    mine = [entry for entry in sent.entries(workspace) if entry.view == view.name]
    if _is_withdrawn(audited, view, mine):
        return WITHDRAWN
    if not mine or mine[-1].what == WITHDRAWN or not (workspace.views / view.folder / DISCLOSURE).is_file():
        return None
    last = mine[-1]
    path = _made_of_file(workspace, view, audited)
    if last.round != audited.round or not path.is_file():
        return None
    before, now = read_kept(path), _made_of(audited)
    if last.release == audited.release.id:
        return UNCHANGED if before == now else None
    repeats = audited.together is not None and all(before.get(name) == now[name] for name in ("together", "answer"))
    return FROZEN if view.kind in {"table", "public"} and repeats else None


def _is_withdrawn(audited: AuditedRelease, view: View, mine: Sequence[sent.SentView]) -> bool:
    """Returns whether what all see was withdrawn in this round, and nothing since has it told anew."""
    told_to_all = view.kind in {"table", "public"} and audited.together is not None
    return told_to_all and bool(mine) and (mine[-1].what, mine[-1].round) == (WITHDRAWN, audited.round)


def _made_of(audited: AuditedRelease) -> dict[str, Any]:
    """Returns what a view rests on besides its release: the audit, what all are told together, and the answer."""
    told_of = audited.together.release if audited.together else audited.release.id
    return {"seal": audited.seal, "together": told_of, "answer": audited.answer}


def _made_of_file(workspace: Workspace, view: View, audited: AuditedRelease) -> Path:
    return workspace.disclosure / audited.round / f"made-{view.folder}.json"


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
    withheld = content.withheld_frame(audited, view)
    return {
        "view": view.name,
        "release": audited.release.id,
        "round": audited.round,
        "shown": rows["shown_figure"],
        "withheld": int(withheld.filter(pl.col("told") == WITHHELD)["figures"].sum()),
        "coarsened": withheld.to_dicts(),
        "attackers": len(own.case.attackers),
        "cells": len(own.case.cells),
        "programs": own.programs,
        "undecided": own.undecided,
        "narrowest_interval_left": _in_tenths(own.narrowest),
        "consents": consents_in(audited, view).to_dicts(),
        "necessity": necessity_of(audited, view),
        "rows": rows,
    }


def _in_tenths(narrowest: float) -> float | None:
    """Returns the narrowest interval left, rounded down: whose it is could else divide it out of its own limits."""
    return math.floor(10 * narrowest + 1e-9) / 10 if math.isfinite(narrowest) else None


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
    about = read_kept(folder / DISCLOSURE)
    digest = sent.folder_hash(folder)
    shutil.rmtree(folder)
    if view.kind in {"table", "public"}:
        withdraw_together(workspace, about["round"])
    sent.note(workspace, what=WITHDRAWN, view=view.name, release=about["release"], round_=about["round"], digest=digest,
              why=why)  # fmt: skip
