"""Consents of a workspace: read, held against the release, and kept for the round once they are in effect.

A consent that took effect stays for the round: what was shown cannot be taken back, so who withdraws it does so for the
rounds after. `disclosure/<round>/consents.json` says since when which are in effect.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from data_contracts.problem import Fault, Problem, nearest
from data_contracts.references import Known
from data_contracts.text import Text
from data_contracts.yaml_file import YamlDocument
from models.disclosure.consents import ROOM, Allowed, Consent, kind_of, of_kind, openings
from models.disclosure.scenario_facts import ScenarioFacts
from models.scenario.parsing import document_of, read_part
from pipelines.release.known_names import faults_in
from pipelines.release.views.naming import parties_of
from pipelines.workspace.durable import read_kept
from pipelines.workspace.workspace import Workspace

IN_EFFECT = "consents.json"


@dataclass(frozen=True)
class Consents:
    """What is asked and given in a round.

    Attributes:
        every: each with who gave it and whose it takes.
        in_effect: those that all have given, and those that took effect earlier in the round.
    """

    every: tuple[Allowed, ...]
    in_effect: tuple[Allowed, ...]

    @property
    def seal(self) -> str:
        """A hash of those in effect."""
        return hashlib.sha256(repr(sorted(one.name for one in self.in_effect)).encode()).hexdigest()


NO_CONSENTS = Consents((), ())
"""Nobody allows anything besides."""


def consent_files(workspace: Workspace) -> list[Path]:
    """Returns the files in which consents stand, one consent a file."""
    return sorted([*workspace.consents.glob("*.yaml"), *workspace.consents.glob("*.yml")])


def read_consents(workspace: Workspace, facts: Sequence[ScenarioFacts], *, round_: str) -> Consents:
    """Returns the consents of a round.

    Raises:
        ScenarioError: a file cannot be read, or names what is never told. Problem: a consent by nobody, of a room that
            there is not or that the party is not in, or two that say the same.
    """
    read = [_of_file(path) for path in consent_files(workspace)]
    if faults := list(_faults(read, facts)):
        raise Problem.of(faults)
    every = openings((one for one, _ in read), facts, round_=round_)
    kept = _kept(workspace, round_)
    now = {one.name: one for one in every if one.in_effect}
    return Consents(every, (*kept.values(), *(one for name, one in now.items() if name not in kept)))


def _of_file(path: Path) -> tuple[Consent, YamlDocument]:
    text = path.read_text(encoding="utf-8-sig")
    return read_part(text, source=path.name, kind=Consent), document_of(text, source=path.name)


def _faults(read: Iterable[tuple[Consent, YamlDocument]], facts: Sequence[ScenarioFacts]) -> Iterator[Fault]:
    known: Known = {
        "party": parties_of(facts),
        "initiative": list(dict.fromkeys(own.id for one in facts for own in one.initiatives)),
    }
    seen: dict[tuple[str, ...], str] = {}
    for one, document in read:
        stray = faults_in(one, known, document)
        yield from stray
        room = one.audience.removeprefix(ROOM)
        if one.audience.startswith(ROOM) and room not in known["initiative"]:
            yield document.fault(
                ("audience",),
                found=Text(en=f"the room of the unknown initiative {room}",
                           nl=f"de kamer van het onbekende initiatief {room}"),
                expected=Text(en="an initiative of a scenario", nl="een initiatief van een scenario"),
                action=nearest(room, known["initiative"]),
            )  # fmt: skip
        if not stray and one.party not in of_kind(facts, one.initiative, kind_of(facts, one.party)):
            yield document.fault(
                ("initiative",),
                found=Text(en=f"{one.party}, which takes no part in {one.initiative}",
                           nl=f"{one.party}, die niet meedoet aan {one.initiative}"),
                expected=Text(en="one of its own rooms", nl="een van de eigen kamers"),
                action=Text(en="remove the consent", nl="haal de toestemming weg"),
            )  # fmt: skip
        said = (one.party, one.figure, one.initiative, one.audience, one.round)
        if said in seen:
            yield document.fault(
                (),
                found=Text(en=f"the same consent as {seen[said]}", nl=f"dezelfde toestemming als {seen[said]}"),
                expected=Text(en="each once", nl="ieder één keer"),
                action=Text(en="remove one", nl="haal er een weg"),
            )
        seen.setdefault(said, document.source)


def _kept(workspace: Workspace, round_: str) -> dict[tuple[str, str, str, str], Allowed]:
    path = workspace.disclosure / round_ / IN_EFFECT
    rows = read_kept(path) if path.is_file() else []
    return {one.name: one for one in map(_read, rows)}


def _read(row: dict[str, Any]) -> Allowed:
    own = {name: value for name, value in row.items() if name != "since"}
    lists = {name: tuple(own[name]) for name in ("given", "wanted")}
    return Allowed(**{**own, **lists, "purpose": Text(**own["purpose"])})


def keep_consents(workspace: Workspace, consents: Consents, *, round_: str) -> None:
    """Keeps which consents are in effect in a round, each with the moment since when; those kept stay as they are."""
    path = workspace.disclosure / round_ / IN_EFFECT
    kept = read_kept(path) if path.is_file() else []
    known = {_read(row).name for row in kept}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    new = [{**asdict(one), "since": now} for one in consents.in_effect if one.name not in known]
    if new:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps([*kept, *new], ensure_ascii=False, indent=1), encoding="utf-8")


def listed(consents: Consents) -> list[dict[str, Any]]:
    """Returns one row a consent, for the middle: who gave it, whom it waits for, whether it is in effect."""
    effective = {one.name for one in consents.in_effect}
    every = {one.name: one for one in (*consents.in_effect, *consents.every)}
    return [
        {"figure": one.figure, "initiative": one.initiative, "kind": one.kind, "audience": one.audience,
         "given": list(one.given), "waits_for": sorted(set(one.wanted) - set(one.given)),
         "in_effect": one.name in effective}
        for one in every.values()
    ]  # fmt: skip
