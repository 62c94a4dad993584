"""Which scenario a command means: a path, a file of the workspace, or the name that a scenario gives itself."""

from pathlib import Path

from data_contracts.problem import Problem, nearest
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, outline_of
from pipelines.workspace.workspace import Workspace


def scenario_text(workspace: Workspace, name: str) -> tuple[str, str]:
    """Returns the text of a scenario and the name of its file; `name` is a path, a file of the workspace or its name.

    Raises:
        Problem: there is no such scenario.
    """
    files = workspace.scenario_files()
    for path in files:
        if name in {path.name, path.stem, str(path)} or _named(path.read_text(encoding="utf-8-sig")) == name:
            return path.read_text(encoding="utf-8-sig"), path.name
    elsewhere = Path(name)
    if elsewhere.is_file():
        return elsewhere.read_text(encoding="utf-8-sig"), elsewhere.name
    known = [path.stem for path in files]
    raise Problem(
        Text(en=f"no scenario {name!r}", nl=f"geen scenario {name!r}"),
        expected=Text(
            en=f"a file, or one of the workspace: {', '.join(known) or 'none yet'}",
            nl=f"een bestand, of een uit de werkmap: {', '.join(known) or 'nog geen'}",
        ),
        action=nearest(name, known),
    )


def _named(text: str) -> str | None:
    """Returns the name that a scenario gives itself; None for what cannot be read."""
    try:
        content = outline_of(text, source="", scalars="texts").content
    except YamlProblem:
        return None
    return str(content.get("scenario")) if isinstance(content, dict) else None
