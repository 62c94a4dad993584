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

from pydantic import ValidationError

import data_contracts
from data_contracts.problem import Problem
from data_contracts.text import Text
from data_contracts.yaml_faults import faults_of
from data_contracts.yaml_file import YamlDocument, outline_of, read_yaml
from pipelines.reading.sources.mapping import Mapping

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
        first = self.problem.faults[0]
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
            Text(
                en=f"source: {source}, which another file in {FOLDER} has too",
                nl=f"source: {source}, dat een ander bestand in {FOLDER} ook heeft",
            ),
            expected=Text(en="every source once", nl="elke bron één keer"),
            action=Text(
                en="take one of the two away, or give it a name of its own",
                nl="haal een van de twee weg, of geef het een eigen naam",
            ),
            source=str(path),
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
        content = outline_of(path.read_bytes(), source=str(path)).content
    except Problem:
        return {}
    return content if isinstance(content, dict) else {}


@cache
def _read_once(path: Path, *, changed: tuple[int, int]) -> Mapping:
    del changed  # a part of the key: a file that changes is read again
    return read_mapping(path)


def read_mapping(path: Path) -> Mapping:
    """Returns the mapping in a file.

    Raises:
        Problem: with every fault that was found: the line, the key, what was expected.
    """
    document = _document(path)
    content, digest = document.content, hashlib.sha256(path.read_bytes())
    if _EXTENDS in content:
        base = _base(content[_EXTENDS], path)
        digest.update(base.read_bytes())
        own = {key: value for key, value in content.items() if key != _EXTENDS}
        content = _extended(_document(base).content, own)
    try:
        made = Mapping.model_validate_json(json.dumps(content, default=str))
    except ValidationError as error:
        raise Problem.of(faults_of(error, document.having(content), model=Mapping)) from None
    return made.model_copy(update={"fingerprint": digest.hexdigest()})


def _document(path: Path) -> YamlDocument:
    """Returns what a mapping file holds; raises a `Problem` if that are no keys."""
    document = read_yaml(path)
    document.mapping(keys="source, recognise, datasets, ...")
    return document


def _base(name: object, path: Path) -> Path:
    """Returns the file that ships under a name."""
    base = SHIPPED / f"{name}.yaml"
    shipped = sorted(one.stem for one in SHIPPED.glob("*.yaml"))
    if not isinstance(name, str) or name not in shipped:
        raise Problem(
            f"extends: {name}",
            expected=Text(
                en=f"the name of a mapping that ships: {', '.join(shipped)}",
                nl=f"de naam van een mapping die wordt meegeleverd: {', '.join(shipped)}",
            ),
            action=Text(en="correct the name", nl="verbeter de naam"),
            source=str(path),
        )
    return base


def _extended(base: dict[str, Any], own: Pairs[str, Any]) -> dict[str, Any]:
    """Returns a mapping with what differs put in place: parameters one by one, all else key by key."""
    parameters = {**base.get("parameters", {}), **own.get("parameters", {})}
    without = own.get(_WITHOUT, [])
    kept = [one for one in base["datasets"] if one["dataset"] not in without]
    return {**base, "datasets": kept, **{key: own[key] for key in own if key != _WITHOUT}, "parameters": parameters}
