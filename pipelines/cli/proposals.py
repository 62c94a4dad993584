"""What readers of `serve` propose: settings of What if as scenario files that wait until the operator takes them up.

They lie in `scenarios/proposed/`, which no refresh reads. The operator takes one up by moving it to `scenarios/`.
"""

import threading
import time
from pathlib import Path

from dashboards.faces.app.proposals import NotKeptError
from pipelines.workspace.workspace import Workspace

FOLDER = "proposed"
MOST_BYTES = 200_000
MOST_AN_HOUR = 20
MOST_WAITING = 100
_HOUR_SECONDS = 3600


class Proposals:
    """Keeps proposals of readers in a workspace; an existing file is never written.

    Args:
        place: the workspace.
    """

    def __init__(self, place: Workspace) -> None:
        self._place = place
        self._folder = place.scenarios / FOLDER
        self._one_at_a_time = threading.Lock()

    def keep(self, name: str, text: str) -> str:
        """Keeps the text of a scenario; returns the new file as seen from the workspace.

        Raises:
            NotKeptError: the name is taken, or there is too much of it, or it cannot be written.
        """
        content = text.encode("utf-8")
        if len(content) > MOST_BYTES:
            raise NotKeptError("too_large", len(content), most=MOST_BYTES)
        try:
            with self._one_at_a_time:
                return self._kept(name, content)
        except OSError as fault:
            raise NotKeptError("failed", fault.strerror or str(fault)) from None

    def _kept(self, name: str, content: bytes) -> str:
        waiting = sorted(self._folder.glob("*.yaml")) if self._folder.is_dir() else []
        if name in {file.stem for file in (*self._place.scenario_files(), *waiting)}:
            raise NotKeptError("taken", name)
        _check_number(waiting)
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}.yaml"
        with path.open("xb") as file:
            file.write(content)
        return path.relative_to(self._place.root).as_posix()


def _check_number(waiting: list[Path]) -> None:
    """Refuses one more where too many wait, or too many came in the last hour."""
    if len(waiting) >= MOST_WAITING:
        raise NotKeptError("too_many", len(waiting), most=MOST_WAITING)
    since = time.time() - _HOUR_SECONDS
    lately = sum(file.stat().st_mtime > since for file in waiting)
    if lately >= MOST_AN_HOUR:
        raise NotKeptError("too_often", lately, most=MOST_AN_HOUR)
