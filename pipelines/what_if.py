"""A scenario with some of its values changed, for `whatif --set`: text in, text out, nothing written.

A value is found by its keys with dots between; in a list an entry by its `id` or its number from 0:
`draws`, `settlement.rule`, `initiatives.stable-af-to-gp.uptake.start`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import Problem
from pipelines.workspace import Workspace, near

_HINT = "give the keys as in the file, such as initiatives.ID.eligible_share=0.3"


def with_settings(text: str, settings: Iterable[str]) -> str:
    """Returns a scenario's text with values changed.

    Args:
        text: the scenario.
        settings: KEY=VALUE each; the value is YAML, such as 0.3 or [0.1, 0.2, 0.3].

    Raises:
        Problem: a setting is not KEY=VALUE, or its place does not exist.
    """
    chosen = list(settings)
    if not chosen:
        return text
    content = _read(text)
    for setting in chosen:
        key, equals, value = setting.partition("=")
        if not key or not equals:
            raise Problem(f"--set {setting!r}", expected="KEY=VALUE", action=_HINT)
        _change(content, key, value)
    return yaml.safe_dump(_without_empty(content), sort_keys=False, allow_unicode=True)


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
        f"no scenario {name!r}",
        expected=f"a file, or one of the workspace: {', '.join(known) or 'none yet'}",
        action=near(name, known),
    )


def _read(text: str) -> Any:  # noqa: ANN401 - whatever a person wrote; it is checked afterwards
    """Returns the outline of a scenario, every scalar still text, so that a code keeps its zero."""
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes texts, lists and dicts only
    except yaml.YAMLError as error:
        raise Problem(str(error), expected="a scenario in YAML", action="correct the file") from None


def _named(text: str) -> str | None:
    """Returns the name that a scenario gives itself; None for what cannot be read."""
    try:
        content = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - makes texts, lists and dicts only
    except yaml.YAMLError:
        return None
    return str(content.get("scenario")) if isinstance(content, dict) else None


def _change(content: Any, key: str, value: str) -> None:  # noqa: ANN401
    """Puts a value in its place; a key that is new in its mapping is added, and judged with the whole scenario."""
    *path, last = key.split(".")
    place = content
    for depth, part in enumerate(path):
        place = _step(place, part, where=".".join(path[: depth + 1]))
    if isinstance(place, list):
        place[_position(place, last, where=key)] = _read(value)
    elif isinstance(place, dict):
        place[last] = _read(value)
    else:
        raise Problem(f"--set {key}: a single value above {last!r}", expected="a group of keys", action=_HINT)


def _step(place: Any, part: str, *, where: str) -> Any:  # noqa: ANN401
    if isinstance(place, list):
        return place[_position(place, part, where=where)]
    if isinstance(place, dict) and part in place:
        return place[part]
    known = list(place) if isinstance(place, dict) else []
    raise Problem(
        f"--set: no key {where!r} in the scenario", expected=f"one of {', '.join(known)}", action=near(part, known)
    )


def _position(entries: list[Any], part: str, *, where: str) -> int:
    """Returns the position of an entry by its id, or by its number."""
    ids = [str(entry.get("id")) if isinstance(entry, dict) else str(entry) for entry in entries]
    if part in ids:
        return ids.index(part)
    if part.isdigit() and int(part) < len(entries):
        return int(part)
    raise Problem(
        f"--set: no entry {where!r} in the scenario", expected=f"one of {', '.join(ids)}", action=near(part, ids)
    )


def _without_empty(content: Any) -> Any:  # noqa: ANN401
    """Returns the outline without keys that hold nothing: written back they would hold an empty text."""
    if isinstance(content, dict):
        return {key: _without_empty(value) for key, value in content.items() if value != ""}
    return [_without_empty(value) for value in content] if isinstance(content, list) else content
