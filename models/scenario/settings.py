"""A scenario with some of its values changed, for a what-if: `KEY=VALUE` in, changed content out, nothing written.

A value is found by its keys with dots between; in a list an entry by its `id` or its number from 0:
`draws`, `settlement.rule`, `initiatives.stable-af-to-gp.uptake.start`, `suppose.capacity.gp_hours`.
The same settings serve the command line (`whatif --set`) and the address of the page *What if*.
"""

import copy
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from data_contracts.problem import Fault, nearest, one_of
from data_contracts.text import Text, Told
from data_contracts.yaml_file import YamlProblem, parse_yaml, write_yaml
from models.scenario.errors import ScenarioError

SUPPOSE = "suppose"
"""The part of a scenario that few files have: a setting may be the first to name something in it."""

_SOURCE = "--set"
_HINT = Text(
    en="give the keys as in the file, such as initiatives.ID.eligible_share=0.3",
    nl="geef de sleutels zoals in het bestand, bijvoorbeeld initiatives.ID.eligible_share=0.3",
)


def with_settings(text: str, settings: Iterable[str]) -> str:
    """Returns a scenario's text with values changed.

    Args:
        text: the scenario.
        settings: KEY=VALUE each; the value is YAML, such as 0.3 or [0.1, 0.2, 0.3].

    Raises:
        ScenarioError: the text is no YAML, a setting is not KEY=VALUE, or its place does not exist.
    """
    chosen = list(settings)
    return written(with_changes(_read(text, key=""), chosen)) if chosen else text


def with_changes(content: Any, settings: Iterable[str]) -> Any:  # noqa: ANN401 - whatever a person wrote
    """Returns a scenario's plain values with some changed; those given stay as they are.

    Raises:
        ScenarioError: a setting is not KEY=VALUE, or its place does not exist.
    """
    changed = copy.deepcopy(content)
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not key or not equals:
            raise _fault(
                setting, found=f"{setting!r}", expected=Text(en="KEY=VALUE", nl="SLEUTEL=WAARDE"), action=_HINT
            )
        _change(changed, key, value)
    return changed


def written(content: Any) -> str:  # noqa: ANN401
    """Returns plain values as the text of a scenario file, without keys that hold nothing."""
    return write_yaml(_without_empty(content))


def _fault(key: str, *, found: Told, expected: Text, action: Text) -> ScenarioError:
    return ScenarioError([Fault(found, expected, action, source=_SOURCE, key=key)])


def _read(text: str, *, key: str) -> Any:  # noqa: ANN401 - whatever a person wrote; it is checked afterwards
    """Returns the outline of a text, every scalar still text, so that a code keeps its zero."""
    try:
        return parse_yaml(text, source=_SOURCE, scalars="texts").content
    except YamlProblem as problem:
        raise ScenarioError([replace(fault, key=key, line=0) for fault in problem.faults]) from None


def _change(content: Any, key: str, value: str) -> None:  # noqa: ANN401
    """Puts a value in its place; a key that is new in its mapping is added, and judged with the whole scenario."""
    *path, last = key.split(".")
    place = content
    for depth, part in enumerate(path):
        if isinstance(place, dict) and path[0] == SUPPOSE:
            place[part] = _group(place.get(part), where=".".join(path[: depth + 1]))
        place = _step(place, part, where=".".join(path[: depth + 1]))
    if isinstance(place, list):
        place[_position(place, last, where=key)] = _read(value, key=key)
    elif isinstance(place, dict):
        place[last] = _read(value, key=key)
    else:
        raise _fault(
            key,
            found=Text(en=f"a single value above {last!r}", nl=f"een enkele waarde boven {last!r}"),
            expected=Text(en="a group of keys", nl="een groep sleutels"),
            action=_HINT,
        )


def _group(there: Any, *, where: str) -> Any:  # noqa: ANN401
    """Returns the group of a supposition, new if it is the first; a factor for all becomes a group of its own."""
    if there is None or there == "":
        return {}
    return there if isinstance(there, dict) or where.count(".") < 2 else {"every": there}


def _step(place: Any, part: str, *, where: str) -> Any:  # noqa: ANN401
    if isinstance(place, list):
        return place[_position(place, part, where=where)]
    if isinstance(place, dict) and part in place:
        return place[part]
    known = list(place) if isinstance(place, dict) else []
    raise _fault(
        where,
        found=Text(en=f"no key {where!r} in the scenario", nl=f"geen sleutel {where!r} in het scenario"),
        expected=one_of(known),
        action=nearest(part, known),
    )


def _position(entries: list[Any], part: str, *, where: str) -> int:
    """Returns the position of an entry by its id, or by its number."""
    ids = [str(entry.get("id")) if isinstance(entry, dict) else str(entry) for entry in entries]
    if part in ids:
        return ids.index(part)
    if part.isdigit() and int(part) < len(entries):
        return int(part)
    raise _fault(
        where,
        found=Text(en=f"no entry {part!r} in {where}", nl=f"geen onderdeel {part!r} in {where}"),
        expected=one_of(ids),
        action=nearest(part, ids),
    )


def _without_empty(content: Any) -> Any:  # noqa: ANN401
    """Returns the outline without keys that hold nothing: written back they would hold an empty text."""
    if isinstance(content, dict):
        kept = {key: _without_empty(value) for key, value in content.items()}
        return {key: value for key, value in kept.items() if value is not None and value not in ("", [], {})}
    return [_without_empty(value) for value in content] if isinstance(content, list) else content
