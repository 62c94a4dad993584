"""Positions of a workspace: read and held against the release, sealed with a hash, opened together.

Sealed means that nobody can say later that another line was given: the hash of a position is kept in `sign_offs/` when
it comes in. Opened are all of a round at once.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import duckdb
import polars as pl
from pydantic import BaseModel, ConfigDict

from data_contracts.problem import Fault, Problem, one_of
from data_contracts.references import Known
from data_contracts.text import Text
from models.impact import evaluate
from models.positions.deal_room import DealRoom
from models.positions.measuring import Sealed
from models.positions.meeting import Held, meeting_rows
from models.positions.position import Position, parse_position
from models.scenario import ScenarioError
from models.scenario.parsing import document_of
from models.tables import RESULT_TABLES
from pipelines.evaluation.evaluating import read_regions
from pipelines.release.agreements import scenarios_of
from pipelines.release.known_names import faults_in, names_of
from pipelines.warehouse.building import add_results
from pipelines.workspace.durable import read_kept
from pipelines.workspace.headway import tell
from pipelines.workspace.workspace import Workspace

SEAL, OPENED = ".seal", "opened"


class Seal(BaseModel):
    """That a position came in: of whom, when, and the hash of its file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    party: str
    round: str
    when: datetime
    hash: str


@dataclass(frozen=True)
class HandedIn:
    """A position with the file that it stands in."""

    position: Position
    path: Path

    @property
    def hash(self) -> str:
        """The SHA-256 of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


def position_files(workspace: Workspace) -> list[Path]:
    """Returns the files in which positions stand."""
    return sorted([*workspace.positions.glob("*.yaml"), *workspace.positions.glob("*.yml")])


def read_positions(workspace: Workspace, known: Known) -> tuple[HandedIn, ...]:
    """Returns what every party handed in.

    Args:
        workspace: where.
        known: the names that the release knows.

    Raises:
        ScenarioError: a file cannot be read. Problem: something is named that there is not, or two are of one party.
    """
    found = [
        HandedIn(parse_position(path.read_text(encoding="utf-8-sig"), source=path.name), path)
        for path in position_files(workspace)
    ]
    if faults := list(_faults(found, known)):
        raise Problem.of(faults)
    return tuple(found)


def _faults(found: list[HandedIn], known: Known) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for one in found:
        party, file = one.position.party, one.path.name
        document = document_of(one.path.read_text(encoding="utf-8-sig"), source=file)
        yield from faults_in(one.position, known, document)
        if party in seen:
            yield document.fault(
                ("party",),
                found=Text(en=f"a second position of {party}, after {seen[party]}",
                           nl=f"een tweede positie van {party}, na {seen[party]}"),
                expected=Text(en="one position a party", nl="één positie per partij"),
                action=Text(en="remove one of them", nl="haal een van beide weg"),
            )  # fmt: skip
        seen.setdefault(party, file)


# -- seals ----


def seal(workspace: Workspace, handed_in: Iterable[HandedIn]) -> list[Seal]:
    """Seals what is not sealed yet in the round; returns the seals of all.

    Raises:
        Problem: a position is other than when it was sealed in this round.
    """
    return [_sealed(workspace, one) for one in handed_in]


def _sealed(workspace: Workspace, one: HandedIn) -> Seal:
    round_ = workspace.region.disclosure.round
    path = _folder(workspace, round_) / f"{quote(one.position.party, safe='')}{SEAL}"
    if not path.is_file():
        new = Seal(party=one.position.party, round=round_, when=datetime.now(UTC), hash=one.hash)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(new.model_dump_json(indent=1))
    kept = Seal.model_validate(read_kept(path))
    if kept.hash != one.hash:
        raise Problem(
            Text(
                en=f"a position of {kept.party} other than the one sealed on {kept.when:%Y-%m-%d}",
                nl=f"een positie van {kept.party} die anders is dan de op {kept.when:%Y-%m-%d} verzegelde",
            ),
            expected=Text(en="the same position until the round ends", nl="dezelfde positie tot de ronde eindigt"),
            action=Text(
                en="put the sealed file back, or begin the next round in region.yaml",
                nl="zet het verzegelde bestand terug, of begin de volgende ronde in region.yaml",
            ),
            source=one.path.name,
        )
    return kept


def open_together(workspace: Workspace, handed_in: Iterable[HandedIn], *, round_: str) -> list[Seal]:
    """Records that all positions of a round were opened, and returns their seals, each held against its file.

    Raises:
        Problem: nothing was sealed in this round, or a file is other than its seal says.
    """
    folder = _folder(workspace, round_)
    seals = {kept.party: kept for path in sorted(folder.glob(f"*{SEAL}"))
             for kept in (Seal.model_validate(read_kept(path)),)}  # fmt: skip
    now = {one.position.party: one.hash for one in handed_in}
    broken = [party for party, kept in seals.items() if now.get(party) != kept.hash]
    if not seals or broken:
        raise Problem(
            Text(
                en=f"the position of {broken[0]}, other than it was sealed" if broken else f"no seals in {round_!r}",
                nl=f"de positie van {broken[0]}, anders dan verzegeld" if broken else f"geen zegels in {round_!r}",
            ),
            expected=Text(en="positions as they were sealed", nl="posities zoals zij zijn verzegeld"),
            action=one_of(path.name for path in sorted(folder.parent.glob("*"))),
        )
    (folder / OPENED).write_text(datetime.now(UTC).isoformat(timespec="seconds"), encoding="utf-8")
    return list(seals.values())


def _folder(workspace: Workspace, round_: str) -> Path:
    return workspace.root / "sign_offs" / "positions" / round_


# -- tables ----


def add_positions(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> None:
    """Writes into an open draft how every red line stands in every scenario, and the room within all of them."""
    if not position_files(workspace):
        return
    handed_in = read_positions(workspace, names_of(connection))
    seal(workspace, handed_in)
    positions = tuple(one.position for one in handed_in)
    regions = read_regions(connection)
    for name, scenario in scenarios_of(connection).items():
        tell("Holding red lines", name)
        try:
            sealed = Sealed(evaluate(regions.of(scenario.base_year), scenario), positions)
        except ScenarioError:  # told where the scenario is evaluated
            continue
        room = sealed.room()
        tables = {"position": position_frame(name, sealed), "deal_room": room_frame(name, sealed, room),
                  "meeting": meeting_frame(name, sealed, room)}  # fmt: skip
        add_results(connection, tables)


def position_frame(scenario: str, sealed: Sealed) -> pl.DataFrame:
    """Returns one row a red line."""
    urgency = {position.party: position.urgency for position in sealed.positions}
    rows = [_line_row(scenario, one, urgency[one.line.party]) for one in sealed.held]
    return pl.DataFrame(rows, schema=RESULT_TABLES["position"].schema(), orient="row")


def _line_row(scenario: str, one: Held, urgency: int) -> tuple[object, ...]:
    red = one.line.red
    of = red.specialism or red.resource or red.initiative
    return (scenario, one.line.party, one.line.place + 1, red.dimension or "refuse", of, one.holds, one.share_of_draws,
            one.holds_without, urgency)  # fmt: skip


def meeting_frame(scenario: str, sealed: Sealed, room: DealRoom) -> pl.DataFrame:
    """Returns what the middle reads in positions beside the figures, one row a thing."""
    frames = {name: sealed.evaluation.table(name) for name in ("interest", "threshold")}
    rule = sealed.evaluation.outcome.setting.scenario.stop_if
    rows = [(scenario, *row) for row in meeting_rows(rule, sealed.positions, room, frames, sealed.held)]
    return pl.DataFrame(rows, schema=RESULT_TABLES["meeting"].schema(), orient="row")


def room_frame(scenario: str, sealed: Sealed, room: DealRoom) -> pl.DataFrame:
    """Returns the best package within all red lines, or the lines that alone would open room; one row at least."""
    rows = list(_package_rows(scenario, room, sealed)) + [
        (
            scenario,
            room.is_open,
            room.proven,
            None,
            None,
            None,
            one.line.party,
            one.line.place + 1,
            one.by_share,
            one.given_in,
        )
        for one in room.openings
    ]
    rows = rows or [(scenario, room.is_open, room.proven, None, None, None, None, None, None, None)]
    return pl.DataFrame(rows, schema=RESULT_TABLES["deal_room"].schema(), orient="row")


def _package_rows(scenario: str, room: DealRoom, sealed: Sealed) -> Iterator[tuple[object, ...]]:
    if room.choice is not None:
        for option in sealed.options_of(room.choice.package):
            value = room.choice.value_whole_eur
            yield (scenario, True, room.proven, option.initiative, option.start, value, None, None, None, None)
