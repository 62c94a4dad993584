"""Mapping files: those that ship with the program, and a workspace's own in `sources/`, which come first.

A workspace's file may extend one that ships and say only what differs: `extends`, the `parameters` it sets, and the
datasets it does `without`.
"""

import hashlib
import json
from collections.abc import Mapping as Pairs
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

import data_contracts
from pipelines.errors import Finding, Problem
from pipelines.sources.mapping import Mapping

SHIPPED = Path(str(data_contracts.__file__)).parent / "sources"
FOLDER = "sources"
"""The folder of a workspace with its own mappings."""

_EXTENDS = "extends"
_WITHOUT = "without"


def load_mappings(workspace_root: Path | None = None) -> tuple[Mapping, ...]:
    """Returns the mappings that count: a workspace's own first, then those that ship and are not replaced by one.

    Raises:
        Problem: a file that is no mapping, with every fault: line, key, what was expected.
    """
    own = [] if workspace_root is None else sorted((workspace_root / FOLDER).glob("*.y*ml"))
    mappings: dict[str, Mapping] = {}
    for path in (*own, *sorted(SHIPPED.glob("*.yaml"))):
        stat = path.stat()
        mapping = _read_once(path, changed=(stat.st_mtime_ns, stat.st_size))
        mappings.setdefault(mapping.source, mapping)
    return tuple(mappings.values())


@cache
def _read_once(path: Path, *, changed: tuple[int, int]) -> Mapping:
    del changed  # a part of the key: a file that changes is read again
    return read_mapping(path)


def read_mapping(path: Path) -> Mapping:
    """Returns the mapping in a file.

    Raises:
        Problem: with every fault that was found: the line, the key, what was expected.
    """
    content = _content(path)
    digest = hashlib.sha256(path.read_bytes())
    if _EXTENDS in content:
        base = _base(content.pop(_EXTENDS), path)
        digest.update(base.read_bytes())
        content = _extended(_content(base), content)
    try:
        made = Mapping.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise Problem.of(_finding(one, path) for one in error.errors()) from None
    return made.model_copy(update={"fingerprint": digest.hexdigest()})


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise Problem(
            f"text that is not YAML: {getattr(error, 'problem', None) or error}",
            expected="a YAML file in UTF-8",
            action="correct the line; often a quote, a colon or the indentation is missing",
            where=f"{path}, line {mark.line + 1}" if mark else str(path),
        ) from None
    if not isinstance(content, dict):
        raise Problem(
            "no keys", expected="source, recognise, datasets, ...", action="fill in the file", where=str(path)
        )
    return content


def _base(name: object, path: Path) -> Path:
    """Returns the file that ships under a name."""
    base = SHIPPED / f"{name}.yaml"
    shipped = sorted(one.stem for one in SHIPPED.glob("*.yaml"))
    if not isinstance(name, str) or name not in shipped:
        raise Problem(
            f"extends: {name}",
            expected=f"the name of a mapping that ships: {', '.join(shipped)}",
            action="correct the name",
            where=str(path),
        )
    return base


def _extended(base: dict[str, Any], own: Pairs[str, Any]) -> dict[str, Any]:
    """Returns a mapping with what differs put in place: parameters one by one, all else key by key."""
    parameters = {**base.get("parameters", {}), **own.get("parameters", {})}
    without = own.get(_WITHOUT, [])
    kept = [one for one in base["datasets"] if one["dataset"] not in without]
    return {**base, "datasets": kept, **{key: own[key] for key in own if key != _WITHOUT}, "parameters": parameters}


def _finding(error: ErrorDetails, path: Path) -> Finding:
    """Returns a fault of pydantic's in our three parts, with the line of the key."""
    place = [part for part in error["loc"] if not _is_choice(part)]
    where = f"{path}, line {_line(path, place)}" + (f", {'.'.join(map(str, place))}" if place else "")
    context: dict[str, Any] = error.get("ctx", {})
    if error["type"] == "three_parts":
        return Finding(context["found"], expected=context["expected"], action=context["action"], where=where)
    if error["type"] == "extra_forbidden":
        return Finding(
            f"the unknown key '{place[-1]}'", expected="a key of a mapping", action="correct it", where=where
        )
    if error["type"] == "missing":
        key = place[-1]
        return Finding(f"no {key}", expected=f"a line that starts with '{key}:'", action="add it", where=where)
    expected = error["msg"].removeprefix("Input should be ")
    return Finding(repr(error["input"])[:200], expected=expected, action="correct the value", where=where)


def _is_choice(part: int | str) -> bool:
    """Returns whether a part of a place is pydantic's name for a kind of value, not a key of the file."""
    return isinstance(part, str) and (part.startswith("function-") or part in _CHOICES)


_CHOICES = frozenset(
    {
        "keep",
        "calendar",
        "of_period",
        "reduce",
        "latest",
        "compute",
        "spread",
        "annualise",
        "unlist",
        "join",
        "first",
        "apportion",
        "long",
        "str",
        "int",
        "float",
        "bool",
        "Parameter",
        "tuple[str, ...]",
    }
)


def _line(path: Path, place: list[int | str]) -> int:
    """Returns the line (from 1) at which a key path stands, or of the nearest that does."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
