"""Every name in what people write that stands for something of the region, found by the types of the schema.

A key that names something says so in its type (`Refers`), in a scenario, a position, a consent or `region.yaml`, so
that a new key is held against what there is as soon as it stands in the schema.
"""

import types
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from data_contracts.problem import nearest
from data_contracts.text import Text
from data_contracts.yaml_file import Keys

Subject = Literal[
    "provider", "provider_or_every", "payer", "party", "resource", "kind", "specialism", "initiative", "scenario"
]
"""What of a region can be named."""
Known = Mapping[Subject, Collection[str]]
"""The names that there are of each subject."""
StrayName = tuple[Keys, Text, Text, Text]
"""Where a name stands that is of nothing; what was found, what was expected, what to do."""
SUBJECTS: dict[Subject, Text] = {
    "provider": Text(en="provider", nl="zorgaanbieder"),
    "provider_or_every": Text(en="provider", nl="zorgaanbieder"),
    "payer": Text(en="payer", nl="financier"),
    "party": Text(en="party", nl="partij"),
    "resource": Text(en="resource", nl="middel"),
    "kind": Text(en="kind of provider", nl="soort zorgaanbieder"),
    "specialism": Text(en="specialism", nl="specialisme"),
    "initiative": Text(en="initiative", nl="initiatief"),
    "scenario": Text(en="scenario", nl="scenario"),
}
"""What can be named, in words."""
_NEUTER = ("middel", "specialisme", "initiatief", "scenario")


@dataclass(frozen=True)
class Refers:
    """Says in the type of a key that it names something of the region, and of what."""

    subject: Subject


@dataclass(frozen=True)
class Reference:
    """One or more names at one place, and of what they are the name."""

    path: Keys
    subject: Subject
    names: tuple[str, ...]


def references(part: BaseModel) -> Iterator[Reference]:
    """Yields every name of something of the region, in the order of the schema."""
    yield from _in_value(part, type(part), (), path=())


def unknown_names(part: BaseModel, known: Known) -> Iterator[StrayName]:
    """Yields each name in something read that stands for nothing, with the nearest that there is.

    Names of a subject of which `known` says nothing are not judged.
    """
    for reference in references(part):
        there = known.get(reference.subject)
        for name in reference.names:
            if there is not None and name not in there:
                yield stray_name(reference, name, action=nearest(name, there))


def stray_name(reference: Reference, name: str, *, action: Text) -> StrayName:
    """Returns what is said of a name that stands for nothing."""
    what = SUBJECTS[reference.subject]
    article_en, article_nl = "an" if what.en[0] in "aeiou" else "a", "het" if what.nl in _NEUTER else "de"
    return (
        reference.path,
        Text(en=f"the unknown {what.en} {name}", nl=f"{article_nl} onbekende {what.nl} {name}"),
        Text(en=f"{article_en} {what.en} of the region", nl=f"een {what.nl} van de regio"),
        action,
    )


def named_places(annotation: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Subject]]:  # noqa: ANN401
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
    below = (*path, "*") if origin in {dict, tuple, list} else path
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
    elif isinstance(value, tuple | list) and get_origin(annotation) in {tuple, list}:
        for place, inner in enumerate(value):
            yield from _in_value(inner, get_args(annotation)[0], (), path=(*path, place))


def _in_union(value: Any, ways: tuple[Any, ...], *, path: Keys) -> Iterator[Reference]:  # noqa: ANN401
    """Yields what is named in the way in which a value was written."""
    for way in ways:
        plain, _ = _split(way, ())
        kind = get_origin(plain) or plain
        if isinstance(kind, type) and isinstance(value, kind):
            yield from _in_value(value, way, (), path=path)
