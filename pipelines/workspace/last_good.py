"""Settings that cannot be used: what runs by itself goes on by the last that could, and says so.

A person at a keyboard is told at once, and mends the file. What runs on schedule would stop for everybody, and nobody
would look: so every `region.yaml` that was good is kept, and stands in for one that is not.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from data_contracts.text import Text
from pipelines.workspace.durable import write_text
from pipelines.workspace.workspace import REGION_FILE, STATE_FOLDER, Workspace, WorkspaceError, read_region

LAST_GOOD = f"{STATE_FOLDER}/last-good-{REGION_FILE}"


@dataclass(frozen=True)
class InForce:
    """A workspace by the settings that are in force; `remark` is why these are not what `region.yaml` says now."""

    workspace: Workspace
    remark: Text | None = None


def open_standing(path: Path | str) -> InForce:
    """Returns the workspace in a folder, by its `region.yaml`, else by the last one that could be used.

    Raises:
        WorkspaceError: it cannot be used, and none could before.
    """
    root = Path(path).expanduser().resolve()
    kept = root / LAST_GOOD
    try:
        workspace = Workspace.open(root)
    except WorkspaceError as problem:
        if not kept.is_file():
            raise
        return InForce(Workspace(root, read_region(kept), LAST_GOOD), _remark(problem, kept))
    text = (root / REGION_FILE).read_text(encoding="utf-8")
    if not kept.is_file() or kept.read_text(encoding="utf-8") != text:
        write_text(kept, text)
    return InForce(workspace)


def _remark(problem: WorkspaceError, kept: Path) -> Text:
    since = datetime.fromtimestamp(kept.stat().st_mtime, tz=UTC)
    return Text(
        en=f"{REGION_FILE} cannot be used; the one of {since:%Y-%m-%d %H:%M} UTC is still in force. {problem}",
        nl=f"{REGION_FILE} is niet te gebruiken; die van {since:%Y-%m-%d %H:%M} UTC geldt nog. "
        + "; ".join(fault.said("nl")["found"] for fault in problem.faults),
    )
