"""Mapping files: those that ship with the program, and a workspace's own in `sources/`, which come first.

A workspace's file may extend one that ships and say only what differs: `extends`, the `parameters` it sets, and the
datasets it does `without`.
"""

import hashlib
import json
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

import data_contracts
from data_contracts.yaml_places import place_in
from pipelines.reading.sources.mapping import Mapping
from pipelines.workspace.errors import Finding, Problem

SHIPPED = Path(str(data_contracts.__file__)).parent / "sources"
FOLDER = "sources"
"""The folder of a workspace with its own mappings."""

_EXTENDS = "extends"
_WITHOUT = "without"


@dataclass(frozen=True)
class Faulty:
    """A mapping file of a workspace that cannot be used: where it is, why, and the names of files it is meant for."""

    path: Path
    names: tuple[str, ...]
    problem: Problem
    fingerprint: str

    @property
    def reason(self) -> str:
        """Returns the first fault: the file, the line, the key, and what was found there."""
        first = self.problem.findings[0]
        place = first.where.replace(str(self.path), f"{FOLDER}/{self.path.name}")
        return f"{place or f'{FOLDER}/{self.path.name}'}: {first.found}"


@dataclass(frozen=True)
class Mappings:
    """The mappings that count in a workspace, and those of its own that cannot be used."""

    usable: tuple[Mapping, ...]
    faulty: tuple[Faulty, ...] = ()

    @property
    def fingerprints(self) -> list[str]:
        """Returns what changes when any of them does."""
        return [*(one.fingerprint for one in self.usable), *(one.fingerprint for one in self.faulty)]


def load_mappings(workspace_root: Path | None = None) -> tuple[Mapping, ...]:
    """Returns the mappings that can be used: see `known_mappings`."""
    return known_mappings(workspace_root).usable


def known_mappings(workspace_root: Path | None = None) -> Mappings:
    """Returns the mappings that count: a workspace's own first, then those that ship and are not replaced by one.

    One of the workspace's that is faulty is set apart, and one that ships under its name does not step in for it: a
    file would be read otherwise than the workspace means.
    """
    usable: dict[str, Mapping] = {}
    faulty = []
    for path in [] if workspace_root is None else sorted((workspace_root / FOLDER).glob("*.y*ml")):
        try:
            mapping = _read_once(path, changed=_changed(path))
            _require_new(mapping.source, usable, path)
        except Problem as problem:
            faulty.append(_faulty(path, problem))
        else:
            usable[mapping.source] = mapping
    replaced = {name for one in faulty for name in _sources(one.path)}
    for path in sorted(SHIPPED.glob("*.yaml")):
        mapping = _read_once(path, changed=_changed(path))
        if mapping.source not in replaced:
            usable.setdefault(mapping.source, mapping)
    return Mappings(tuple(usable.values()), tuple(faulty))


def _changed(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size


def _require_new(source: str, known: Pairs[str, Mapping], path: Path) -> None:
    if source in known:
        raise Problem(
            f"source: {source}, which another file in {FOLDER} has too",
            expected="every source once",
            action="take one of the two away, or give it a name of its own",
            where=str(path),
        )


def _faulty(path: Path, problem: Problem) -> Faulty:
    content = _as_far_as_it_goes(path)
    recognise = content.get("recognise")
    names = recognise.get("names") if isinstance(recognise, dict) else None
    if not isinstance(names, list):
        bases = [SHIPPED / f"{source}.yaml" for source in _sources(path)]
        names = [name for base in bases if base.is_file() for name in read_mapping(base).recognise.names]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Faulty(path, tuple(str(name) for name in names), problem, digest)


def _sources(path: Path) -> set[str]:
    """Returns the names that a faulty file goes by: its own, that of what it extends, its file's."""
    content = _as_far_as_it_goes(path)
    return {str(content[key]) for key in ("source", _EXTENDS) if key in content} | {path.stem}


def _as_far_as_it_goes(path: Path) -> dict[str, Any]:
    """Returns what can be read of a file, nothing if it is no YAML."""
    try:
        content = _content(path)
    except Problem:
        return {}
    return content


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


_EXPECTED = {
    "dict_type": "keys with their values, such as {key: value}",
    "model_type": "keys with their values, such as {key: value}",
    "model_attributes_type": "keys with their values, such as {key: value}",
    "list_type": "a list, such as [one, other]",
    "tuple_type": "a list, such as [one, other]",
    "string_type": "a text; put what looks like a number between quotes",
    "bool_parsing": "true or false",
}
"""What was expected, where pydantic says it to a programmer."""


def _finding(error: ErrorDetails, path: Path) -> Finding:
    """Returns a fault of pydantic's in our three parts, with the line of the key."""
    place = [part for part in error["loc"] if not _is_choice(part)]
    content = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    where = place_in(path, content, place)
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
    expected = _EXPECTED.get(error["type"], error["msg"].removeprefix("Input should be "))
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
