"""What the table learns of the positions: once in a round, of one package, only when all who were asked handed in.

An answer that was given stays for the round: another one, of a package that differs in one party's term, would be a
search for that party's red line.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from models.positions.meeting import TableAnswer, table_answer
from pipelines.release.known_names import names_of
from pipelines.release.positions import read_positions
from pipelines.release.releases import ReleaseFolder
from pipelines.warehouse.building import reading
from pipelines.workspace.durable import read_kept
from pipelines.workspace.workspace import Workspace

ANSWER = "answer.json"
SECTION = "deal"


def answer_rows(workspace: Workspace, release: ReleaseFolder, *, round_: str) -> list[dict[str, Any]]:
    """Returns what the table learns in a round, one row a thing told; none before everybody has handed in."""
    settings = workspace.region.disclosure
    path = workspace.disclosure / round_ / ANSWER
    if not path.is_file():
        answer = _answer(workspace, release) if settings.put_forward and settings.positions else None
        if answer is None:
            return []
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"scenario": settings.put_forward, "rows": list(_rows(answer))}
        path.write_text(json.dumps({**told, "answer": asdict(answer)}), encoding="utf-8")
    kept = read_kept(path)
    return [{"scenario": kept["scenario"], "section": SECTION, "told": "told", **row} for row in kept["rows"]]


def _answer(workspace: Workspace, release: ReleaseFolder) -> TableAnswer | None:
    settings = workspace.region.disclosure
    with reading(release.database) as connection:
        handed_in = read_positions(workspace, names_of(connection))
        wanted = {"scenario": settings.put_forward}
        room = connection.execute("SELECT DISTINCT has_room, proven FROM deal_room WHERE scenario = $scenario", wanted)
        found = room.fetchone()
        lines = connection.execute(
            "SELECT party, bool_and(coalesce(holds, false)) FROM position WHERE scenario = $scenario GROUP BY 1", wanted
        ).fetchall()
    if found is None:
        return None
    has_room, proven = found
    positions = [one.position for one in handed_in]
    told = has_room if has_room or proven else None
    return table_answer(positions, settings.positions, has_room=told, kept=dict(lines))


def _rows(answer: TableAnswer) -> Iterator[dict[str, Any]]:
    yield {"measure": "has_room", "status": {True: "yes", False: "no", None: "not_known"}[answer.has_room]}
    yield {"measure": "lines_kept", "value": float(answer.lines_kept), "parties": answer.parties}
    for party, urgency in answer.open.items():
        yield {"measure": "urgency", "party": party, "value": float(urgency)}
    for dimension, specialism, count in answer.shared:
        yield {"measure": "shared", "kind": ":".join(filter(None, (dimension, specialism))), "parties": count}
