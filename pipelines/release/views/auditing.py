"""The audit of a release's views: what may be shown, with what was sent earlier in the round. Its records stay here."""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from data_contracts.problem import Problem
from data_contracts.text import Text
from models.disclosure.all_views import audit_views, case_of
from models.disclosure.audit import Audited, AuditInput, DisclosureRisk
from models.disclosure.ladders import Settings
from models.disclosure.record import AuditRecord, read, record_of, written
from models.disclosure.scenario_facts import ScenarioFacts, facts_of, register, scenarios_of
from pipelines.release.inputs import versions
from pipelines.release.known_names import disclosure_faults, names_of
from pipelines.release.releases import CheckResult, ReleaseFolder
from pipelines.release.views.consenting import NO_CONSENTS, Consents, read_consents
from pipelines.release.views.told_together import ToldTogether, delivered, read_together
from pipelines.warehouse.building import reading
from pipelines.workspace.durable import read_kept
from pipelines.workspace.workspace import RegionConfig, Workspace

TABLES = ("provider", "payer", "resource", "scenario", "initiative", "party_impact", "party_baseline", "interest",
          "transfer_flow", "capacity_gap", "settlement", "settlement_summary", "contract_impact", "feasible_share",
          "threshold", "transfer_flow_detail", "travel_area")  # fmt: skip
"""What an audit reads of a release; a table that an older release does not have is left out."""
RECORDS = "audits"
HELD = "Nobody can work out another's confidential figure from what the views show"


@dataclass(frozen=True)
class AuditedRelease:
    """A release with what may be shown of it.

    Attributes:
        release, facts: what was audited.
        audited: how finely each figure may be told.
        round: in which round.
        before: what the audits earlier in the round left behind.
        told: in words which figures together would have told whom what, for the middle only.
        consents: what parties allow besides, and what of it is in effect.
        told_before: in words what the views sent earlier in the round tell by themselves; it holds up nothing new.
        seal: what the audit rests on: while it is the same, the audit need not be done again.
        answer: what the table learns of the positions, as rows of what a view shows.
        together: what all were told earlier in the round, where it is repeated; None where it is told anew.
        basis, data: under which settings, and of whose data, what all are told now.
        suppliers: for which providers each supplier delivers, as the settings say.
    """

    release: ReleaseFolder
    facts: tuple[ScenarioFacts, ...]
    audited: Audited
    round: str
    before: tuple[AuditRecord, ...]
    told: tuple[str, ...]
    seal: str
    answer: list[dict[str, Any]] = field(default_factory=list)
    told_before: tuple[str, ...] = ()
    consents: Consents = NO_CONSENTS
    together: ToldTogether | None = None
    basis: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    suppliers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self, view: str) -> CheckResult:
        """Returns the blocking check of one view: that nothing of another is at risk by it."""
        left = [risk for risk in self.audited.left if not risk.earlier]
        return CheckResult(
            name=f"disclosure_{view.replace(':', '_')}",
            passed=self.audited.passed,
            blocking=True,
            description=HELD,
            found="; ".join(told(risk) for risk in left[:5]),
        )


def settings_of(region: RegionConfig) -> Settings:
    """Returns what `region.yaml` says of views, as the audit reads it."""
    own = region.disclosure
    return Settings(
        minimum_count=own.minimum_count,
        kinds_merge=tuple(frozenset(kinds) for kinds in own.kinds_merge),
        groups={name: tuple(members) for name, members in own.groups.items()},
        coalitions=tuple(frozenset(members) for members in own.coalitions),
    )


def _require_names(workspace: Workspace, release: ReleaseFolder) -> None:
    """Raises `Problem` where `disclosure` in `region.yaml` names a party or scenario that the release does not know."""
    with reading(release.database) as connection:
        faults = disclosure_faults(workspace, names_of(connection))
    if faults:
        raise Problem.of(faults)


def audit_release(workspace: Workspace, release: ReleaseFolder, *, round_: str | None = None) -> AuditedRelease:
    """Returns what may be shown of a release in a round; an audit that passed is not done again while nothing changed.

    Args:
        workspace: whose settings and earlier audits count.
        release: of which.
        round_: which round; the one that `region.yaml` names, if none is given.
    """
    name = round_ or workspace.region.disclosure.round
    _require_names(workspace, release)
    settings = settings_of(workspace.region)
    facts = read_facts(release, settings)
    consents = read_consents(workspace, facts, round_=name)
    past, mine = _earlier(workspace, name, release), _of_release(workspace, name, release.id)
    basis, data = _basis(settings, consents), _delivered(release)
    together = read_together(workspace, name)
    if together is not None and together.is_stale(release.id, basis, data):
        together = None
    anew = together is None
    seal = _seal(release, basis, past, together=together)
    kept = mine.pop() if mine and mine[-1]["seal"] == seal else None
    before = tuple(read(one["record"]) for one in (*past, *mine))
    if kept is not None:
        case = case_of(facts, settings, before=before, consents=consents.in_effect, together=anew)
        words, words_before = tuple(kept["told"]), tuple(kept["told_before"])
        audited = _as_kept(case, kept)
    else:
        audited = audit_views(facts, settings, before=before, consents=consents.in_effect, together=anew)
        words = _in_words(audited.risks)
        words_before = _in_words(risk for risk in audited.left if risk.earlier)
    suppliers = {one.supplier: tuple(one.providers) for one in workspace.region.suppliers}
    return AuditedRelease(
        release, facts, audited, name, before, words, seal, told_before=words_before, consents=consents,
        together=together, basis=basis, data=data, suppliers=suppliers,
    )  # fmt: skip


def _delivered(release: ReleaseFolder) -> dict[str, str]:
    with reading(release.database) as connection:
        return delivered(connection)


def _in_words(risks: Iterable[DisclosureRisk]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(told(risk) for risk in risks))


def _as_kept(case: AuditInput, kept: dict[str, Any]) -> Audited:
    """Returns an audit that passed, as it was kept."""
    narrowest = math.inf if kept["narrowest"] is None else kept["narrowest"]
    held = kept["record"]["coarseness"]
    return Audited(case, held, (), (), programs=kept["programs"], narrowest=narrowest, excused=kept["excused"],
                   undecided=kept["undecided"])  # fmt: skip


def _basis(settings: Settings, consents: Consents) -> str:
    """Returns the hash of the settings and consents under which figures are told."""
    kinds, coalitions = ([sorted(one) for one in sets] for sets in (settings.kinds_merge, settings.coalitions))
    said = (settings.minimum_count, kinds, sorted(settings.groups.items()), coalitions, consents.seal)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def _seal(
    release: ReleaseFolder, basis: str, earlier: Iterable[dict[str, Any]], *, together: ToldTogether | None
) -> str:
    """Returns the hash of what an audit rests on: release, settings, consents, what was told before, the program."""
    said = (release.id, basis, together.release if together else "", _program())
    digest = hashlib.sha256(repr(said).encode())
    for one in earlier:
        digest.update(one["seal"].encode())
    return digest.hexdigest()


@cache
def _program() -> str:
    """Returns the hash of the audit's own code: what another program passed is audited again."""
    digest = hashlib.sha256(json.dumps(versions(), sort_keys=True).encode())
    for source in sorted(files("models.disclosure").iterdir(), key=lambda one: one.name):
        if source.name.endswith(".py"):
            digest.update(source.read_bytes())
    return digest.hexdigest()


def keep_record(workspace: Workspace, audited: AuditedRelease) -> None:
    """Keeps what an audit leaves behind for the next one in the round, in one step.

    An audit of the same release under other settings or consents stands beside the one before: what was sent then was
    sent.
    """
    path = _place(workspace, audited)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    own = audited.audited
    kept = {
        "seal": audited.seal,
        "programs": own.programs,
        "narrowest": own.narrowest if math.isfinite(own.narrowest) else None,
        "excused": own.excused,
        "undecided": own.undecided,
        "told": audited.told,
        "told_before": audited.told_before,
        "record": written(record_of(own)),
    }
    unfinished.write_text(json.dumps(kept), encoding="utf-8")
    unfinished.chmod(0o600)
    unfinished.replace(path)


def read_facts(release: ReleaseFolder, settings: Settings) -> tuple[ScenarioFacts, ...]:
    """Returns what every scenario of a release says of everybody.

    Raises:
        Problem: the release holds no scenario.
    """
    with reading(release.database) as connection:
        frames = _frames(connection)
    known = register(frames, groups=settings.groups)
    found = tuple(facts_of(name, frames, known, release=release.id) for name in scenarios_of(frames))
    if not found:
        raise Problem(
            Text(en="a release without a scenario", nl="een release zonder scenario"),
            expected=Text(en="a scenario that was evaluated", nl="een scenario dat is doorgerekend"),
            action=Text(en="write one and refresh", nl="schrijf er een en ververs"),
        )
    return found


def _frames(connection: duckdb.DuckDBPyConnection) -> dict[str, pl.DataFrame]:
    there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    return {name: connection.execute(f'SELECT * FROM "{name}"').pl() for name in TABLES if name in there}


def _earlier(workspace: Workspace, name: str, release: ReleaseFolder) -> list[dict[str, Any]]:
    """Returns what the audits of earlier releases in the round left behind."""
    return [_read(path) for path in _kept(workspace, name) if _release_of(path) < release.id]


def _of_release(workspace: Workspace, name: str, release: str) -> list[dict[str, Any]]:
    """Returns what the audits of one release in the round left behind, oldest first."""
    return [_read(path) for path in _kept(workspace, name) if _release_of(path) == release]


def _place(workspace: Workspace, audited: AuditedRelease) -> Path:
    """Returns where an audit is kept: in the place of the last of its release if it is the same, else after it."""
    own = [path for path in _kept(workspace, audited.round) if _release_of(path) == audited.release.id]
    if own and _read(own[-1])["seal"] == audited.seal:
        return own[-1]
    number = f".{len(own) + 1:04}" if own else ""
    return _records(workspace, audited.round) / f"{audited.release.id}{number}.json"


def _kept(workspace: Workspace, name: str) -> list[Path]:
    return sorted(_records(workspace, name).glob("*.json"), key=lambda path: (_release_of(path), path.stem))


def _release_of(path: Path) -> str:
    return path.name.split(".", maxsplit=1)[0]


def _read(path: Path) -> dict[str, Any]:
    kept: dict[str, Any] = read_kept(path)
    return kept


def _records(workspace: Workspace, name: str) -> Path:
    return workspace.disclosure / name / RECORDS


def told(risk: DisclosureRisk) -> str:
    """Returns in words which figures together would tell whom what, for the middle."""
    key = risk.cell.key
    what = f"{key.measure} of {key.party}" + (f" ({key.part})" if key.part else "")
    by = ", ".join(name for name in risk.named[:4]) + (", …" if len(risk.named) > 4 else "")
    if not risk.solved:
        return f"whether {risk.attacker} can work out {what} could not be told"
    if risk.earlier:
        return f"what was sent before in this round tells {risk.attacker} the {what} to within {risk.width:,.0f}"
    earlier = ", with what was sent before," if risk.before else ""
    return f"{by}{earlier} would tell {risk.attacker} the {what} to within {risk.width:,.0f}"
