"""Every name in a scenario that stands for something of the region, found by the types of the schema.

A key that names something says so in its type (`Refers`), so that a new key is held against the region as soon as it
is there. What counts as known, and what is said of a name that is not, is in `checks`.
"""

import types
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from data_contracts.yaml_file import Keys
from models.scenario.schema import Scenario
from models.scenario.values import Refers, Subject


@dataclass(frozen=True)
class Reference:
    """One or more names at one place, and of what they are the name."""

    path: Keys
    subject: Subject
    names: tuple[str, ...]


def references(scenario: Scenario) -> Iterator[Reference]:
    """Yields every name of something of the region, in the order of the schema."""
    yield from _in_value(scenario, Scenario, (), path=())


def named_places(annotation: Any = Scenario, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Subject]]:  # noqa: ANN401
    """Yields every place of the schema where something is named: keys from the whole down, `*` for an item or a key."""
    annotation, said = _split(annotation, ())
    for mark in said:
        if isinstance(mark, Refers):
            yield path, mark.subject
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for name, field in annotation.model_fields.items():
            inner = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            yield from named_places(inner, (*path, field.alias or name))
        return
    origin, arguments = get_origin(annotation), get_args(annotation)
    below = (*path, "*") if origin in {dict, tuple} else path
    for argument in arguments:
        if argument is not Ellipsis:
            yield from named_places(argument, below)


def _split(annotation: Any, said: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]]:  # noqa: ANN401
    """Returns a type without what is said of it, and what is."""
    while get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        said = (*said, *more)
    return annotation, said


def _in_value(value: Any, annotation: Any, said: tuple[Any, ...], *, path: Keys) -> Iterator[Reference]:  # noqa: ANN401
    annotation, said = _split(annotation, said)
    for mark in said:
        if isinstance(mark, Refers) and value:
            yield Reference(path, mark.subject, (value,) if isinstance(value, str) else tuple(value))
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            below = (*path, field.alias or name)
            yield from _in_value(getattr(value, name), field.annotation, tuple(field.metadata), path=below)
    elif get_origin(annotation) in {Union, types.UnionType}:
        yield from _in_union(value, get_args(annotation), path=path)
    elif isinstance(value, dict) and get_origin(annotation) is dict:
        of_key, of_value = get_args(annotation)
        for key, inner in value.items():
            yield from _in_value(key, of_key, (), path=(*path, key))
            yield from _in_value(inner, of_value, (), path=(*path, key))
    elif isinstance(value, tuple) and get_origin(annotation) is tuple:
        for place, inner in enumerate(value):
            yield from _in_value(inner, get_args(annotation)[0], (), path=(*path, place))


def _in_union(value: Any, ways: tuple[Any, ...], *, path: Keys) -> Iterator[Reference]:  # noqa: ANN401
    """Yields what is named in the way in which a value was written."""
    for way in ways:
        plain, _ = _split(way, ())
        kind = get_origin(plain) or plain
        if isinstance(kind, type) and isinstance(value, kind):
            yield from _in_value(value, way, (), path=path)
