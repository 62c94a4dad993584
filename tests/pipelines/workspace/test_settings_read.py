"""Every setting of `region.yaml` is read by code that acts on it: none is written down for nothing."""

import ast
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from pipelines.workspace import workspace
from pipelines.workspace.engine import SparkEngine
from pipelines.workspace.workspace import CarryForward, Disclosure, RegionConfig, Supplier, Workspace

ROOT = Path(workspace.__file__).parents[2]
KNOWN_AS = {
    RegionConfig: {"region"},
    Disclosure: {"disclosure", "own", "settings"},
    CarryForward: {"wanted"},
    SparkEngine: {"engine"},
    Supplier: {"supplier"},
}
"""What code calls a part of the settings: another thing's `name` is no reader of the region's."""


def parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yields a model and every model that its fields are made of."""
    yield model
    for field in model.model_fields.values():
        for kind in kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from parts(kind)


def kinds(annotation: object) -> Iterator[object]:
    yield annotation
    for inner in typing.get_args(annotation):
        yield from kinds(inner)


@cache
def read_outside_the_schema() -> frozenset[tuple[str, str]]:
    """Returns what is read of what: (`region`, `country`) for `workspace.region.country`."""
    files = [file for room in ("pipelines", "dashboards") for file in (ROOT / room).rglob("*.py")]
    trees = [ast.parse(file.read_text("utf-8")) for file in files if file != Path(workspace.__file__)]
    own = ast.parse(Path(workspace.__file__).read_text("utf-8"))
    trees += [node for node in own.body if isinstance(node, ast.ClassDef) and node.name == Workspace.__name__]
    found = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return frozenset((ast.unparse(node.value).rpartition(".")[2], node.attr) for node in found)


def can_differ(annotation: object) -> bool:
    """Whether a setting may have more than one value: a kind of which there is one says which part it is."""
    return not (typing.get_origin(annotation) is typing.Literal and len(typing.get_args(annotation)) == 1)


SETTINGS = [
    (model, name)
    for model in parts(RegionConfig)
    for name, field in model.model_fields.items()
    if can_differ(field.annotation)
]


def test_the_parts_are_those_that_are_known() -> None:
    assert set(parts(RegionConfig)) == set(KNOWN_AS)


@pytest.mark.parametrize(("model", "name"), SETTINGS, ids=lambda value: getattr(value, "__name__", value))
def test_a_setting_has_a_reader(model: type[BaseModel], name: str) -> None:
    assert any((known, name) in read_outside_the_schema() for known in KNOWN_AS[model])
