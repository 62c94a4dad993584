"""The one way in for YAML: every file of a region, every file that ships, every setting of a what-if.

A text is read event by event, so that its size, its depth and what its aliases (`*name`) stand for are limited before
anything is made of it. A key that stands twice in one place is refused, and so is what nobody writes by hand: a second
document, a tag of a program, a merge (`<<`). Lines are kept, so that a fault is told by file, line and key, also one
that pydantic finds afterwards (`yaml_faults`).
"""

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Self

import yaml

from data_contracts.problem import Fault, Problem
from data_contracts.text import Text, Told

MOST_BYTES = 2_000_000
"""A larger file is no YAML that a person wrote."""

MOST_LEVELS = 20
"""Deeper than this below the whole, aliases written out, is none either."""

MOST_VALUES = 200_000
"""More values than this, aliases written out, are none either."""

Keys = tuple[str | int, ...]
"""From the whole down to a place: names of keys, positions in lists from 0."""

Scalars = Literal["typed", "texts"]
"""Whether `0320` becomes a number and `no` becomes false, as YAML 1.1 says, or every value stays the text it is."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C parser reads in a tenth of the time."""

_TAG = "tag:yaml.org,2002:"
_TEXT = f"{_TAG}str"
_SCALARS = {f"{_TAG}{name}" for name in ("str", "null", "bool", "int", "float", "timestamp")}
_GROUPS = {None, "!", f"{_TAG}map", f"{_TAG}seq"}
_EMPTY = {"", "~", "null", "Null", "NULL"}
_MERGE = "<<"
_DEPTH_OF_PARSER = "maximum nesting depth"
"""What the C parser says of a thousand levels."""


class YamlProblem(Problem):
    """A text that is not read: no YAML, too large, or a key of it stands twice."""


@dataclass(frozen=True)
class _Node:
    """A value with where it stands: its line, and what lies below it by key (with the key's line) or position."""

    line: int
    value: Any
    below: "dict[str, tuple[int, _Node]] | list[_Node]" = field(default_factory=list)
    values: int = 1
    height: int = 0


@dataclass(frozen=True)
class YamlDocument:
    """What a text holds, and where.

    Attributes:
        source: the file as people know it.
        content: dicts, lists and values; None for an empty text.
        repeated: a fault for every key that stands twice; the first of the two is in the content.
    """

    source: str
    content: Any
    repeated: tuple[Fault, ...] = ()
    _root: _Node | None = None

    def line(self, keys: Sequence[str | int]) -> int:
        """Returns the line of a place, or of the nearest above it that stands in the text; 0 without a text."""
        if self._root is None:
            return 0
        node, line = self._root, self._root.line
        for key in keys:
            below = node.below
            if isinstance(below, dict) and str(key) in below:
                line, node = below[str(key)]
            elif isinstance(below, list) and isinstance(key, int) and 0 <= key < len(below):
                node = below[key]
                line = node.line
            else:
                break
        return line

    def fault(self, keys: Sequence[str | int], *, found: Told, expected: Text, action: Text) -> Fault:
        """Returns a fault at a place."""
        key = ".".join(str(part) for part in keys)
        return Fault(found, expected, action, source=self.source, line=self.line(keys), key=key)

    def having(self, content: Any) -> Self:  # noqa: ANN401
        """Returns the document with other content that keeps its places, such as one with defaults put in."""
        return replace(self, content=content)

    def mapping(self, *, keys: str) -> dict[str, Any]:
        """Returns the content of a text that must hold keys.

        Args:
            keys: the first of them, for the message.

        Raises:
            YamlProblem: it holds none, or one of them twice.
        """
        if self.repeated:
            raise YamlProblem.of(self.repeated)
        if not isinstance(self.content, dict):
            action = Text(en="fill in the file", nl="vul het bestand in")
            raise YamlProblem(
                Text(en="no keys", nl="geen sleutels"),
                expected=Text(en=f"keys such as {keys}", nl=f"sleutels zoals {keys}"),
                action=action,
                source=self.source,
            )
        return self.content


def read_yaml(path: Path, *, source: str | None = None, scalars: Scalars = "typed") -> YamlDocument:
    """Returns what a file holds; see `parse_yaml`."""
    return parse_yaml(path.read_bytes(), source=str(path) if source is None else source, scalars=scalars)


def parse_yaml(text: str | bytes, *, source: str, scalars: Scalars = "typed") -> YamlDocument:
    """Returns what a text holds; every key of it stands once.

    Args:
        text: YAML in UTF-8, a byte order mark is allowed.
        source: the file as people know it, for the messages.
        scalars: what becomes of values.

    Raises:
        YamlProblem: it is no YAML, too large, or a key stands twice.
    """
    document = outline_of(text, source=source, scalars=scalars)
    if document.repeated:
        raise YamlProblem.of(document.repeated)
    return document


def outline_of(text: str | bytes, *, source: str, scalars: Scalars = "typed") -> YamlDocument:
    """Returns what a text holds, keys that stand twice set apart: for who tells them together with other faults.

    Raises:
        YamlProblem: it is no YAML, or too large.
    """
    reader = _Reader(_decoded(text, source), source=source, typed=scalars == "typed")
    root = reader.document()
    return YamlDocument(source, None if root is None else root.value, tuple(reader.repeated), root)


def write_yaml(content: Any) -> str:  # noqa: ANN401
    """Returns plain values as the text of a YAML file, keys in their order, every value written out."""
    return yaml.dump(content, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=120)


class _Writer(yaml.SafeDumper):
    """Writes no anchors, which a person would not write."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - as the library calls it
        """Returns that nothing is written as a reference to something above."""
        return True


def _decoded(text: str | bytes, source: str) -> str:
    """Returns the text without a byte order mark, if it is UTF-8 and not too long."""
    try:
        encoded = text.encode() if isinstance(text, str) else text
        decoded = encoded.decode("utf-8-sig")
    except UnicodeError as error:
        before = error.object[: error.start] if isinstance(error, UnicodeDecodeError | UnicodeEncodeError) else b""
        line = (before.count("\n") if isinstance(before, str) else before.count(b"\n")) + 1
        raise _refused(
            source,
            line,
            Text(en="a character that is not UTF-8", nl="een teken dat geen UTF-8 is"),
            expected=Text(en="a YAML file in UTF-8", nl="een YAML-bestand in UTF-8"),
            action=Text(en="save the file as UTF-8", nl="bewaar het bestand als UTF-8"),
        ) from None
    if len(encoded) > MOST_BYTES:
        raise _refused(
            source,
            0,
            Text(en=f"{len(encoded):,} bytes", nl=f"{_dutch(len(encoded))} bytes"),
            expected=Text(en=f"at most {MOST_BYTES:,}", nl=f"hooguit {_dutch(MOST_BYTES)}"),
            action=_SHORTEN,
        )
    return decoded


_SHORTEN = Text(en="shorten it, or split it", nl="kort het in of splits het")
_WRITE_OUT = Text(en="write it out", nl="schrijf het uit")


def _dutch(number: int) -> str:
    return f"{number:,}".replace(",", ".")


def _refused(source: str, line: int, found: Told, *, expected: Text, action: Text) -> YamlProblem:
    return YamlProblem.of([Fault(found, expected, action, source=source, line=line)])


class _Reader:
    """Makes values of the events of one text."""

    def __init__(self, text: str, *, source: str, typed: bool) -> None:
        self._source = source
        self._typed = typed
        self._loader: Any = _Loader(text)  # the library gives its events no type
        self._named: dict[str, _Node | None] = {}
        self._values = 0
        self.repeated: list[Fault] = []

    def document(self) -> _Node | None:
        """Returns the one document of the text; None if there is nothing in it."""
        try:
            return self._document()
        except yaml.YAMLError as error:
            raise self._no_yaml(error) from None
        finally:
            self._loader.dispose()

    def _document(self) -> _Node | None:
        self._next()  # the stream begins
        if isinstance(self._next(), yaml.StreamEndEvent):
            return None
        root = self._node(self._next(), ())
        self._next()  # the document ends
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self._refuse(
                event,
                Text(en="a second document", nl="een tweede document"),
                expected=Text(en="one document a file", nl="één document per bestand"),
                action=Text(en="remove the line with ---", nl="haal de regel met --- weg"),
            )
        return root

    def _next(self) -> Any:  # noqa: ANN401
        return self._loader.get_event()

    def _node(self, event: Any, keys: Keys) -> _Node:  # noqa: ANN401
        """Returns the node that begins with an event."""
        self._count(1, event)
        if len(keys) > MOST_LEVELS:
            raise self._too_deep(_line(event))
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, keys)
        if event.anchor is not None:
            self._named[event.anchor] = None
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(_line(event), self._scalar(event))
        elif event.tag not in _GROUPS:
            raise self._tagged(event)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(event, keys)
        else:
            node = self._sequence(event, keys)
        if event.anchor is not None:
            self._named[event.anchor] = node
        return node

    def _sequence(self, start: Any, keys: Keys) -> _Node:  # noqa: ANN401
        below: list[_Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            below.append(self._node(event, (*keys, len(below))))
        return _whole(start, [node.value for node in below], below, below)

    def _mapping(self, start: Any, keys: Keys) -> _Node:  # noqa: ANN401
        content: dict[Any, Any] = {}
        below: dict[str, tuple[int, _Node]] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event)
            node = self._node(self._next(), (*keys, str(key)))
            if str(key) in below:
                self.repeated.append(self._repeated(key, _line(event), keys))
            else:
                content[key] = node.value
                below[str(key)] = (_line(event), node)
        return _whole(start, content, below, [node for _, node in below.values()])

    def _key(self, event: Any) -> Any:  # noqa: ANN401
        """Returns a key: a text, or what a typed value becomes."""
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refuse(
                event,
                Text(
                    en="a key that is itself a list or an alias", nl="een sleutel die zelf een lijst of verwijzing is"
                ),
                expected=Text(en="a text as key", nl="een tekst als sleutel"),
                action=_WRITE_OUT,
            )
        if event.value == _MERGE and event.implicit[0]:
            raise self._refuse(
                event,
                Text(en="the key <<, which merges", nl="de sleutel <<, die samenvoegt"),
                expected=Text(en="every key written out", nl="elke sleutel uitgeschreven"),
                action=_WRITE_OUT,
            )
        return self._scalar(event) if self._typed else event.value

    def _scalar(self, event: Any) -> Any:  # noqa: ANN401
        """Returns a single value, as a text or as YAML reads it."""
        tag = event.tag if event.tag != "!" else _TEXT
        if tag is not None and tag not in _SCALARS:
            raise self._tagged(event)
        if not self._typed:
            return None if tag is None and event.implicit[0] and event.value in _EMPTY else event.value
        tag = tag or self._loader.resolve(yaml.ScalarNode, event.value, event.implicit)
        if tag == _TEXT:
            return event.value
        try:
            return self._loader.construct_object(yaml.ScalarNode(tag, event.value, event.start_mark, event.end_mark))
        except (ValueError, LookupError):
            raise self._refuse(
                event,
                repr(event.value)[:200],
                expected=Text(en="a number or a date that exists", nl="een getal of een datum die bestaat"),
                action=Text(
                    en="correct it, or put it between quotes", nl="verbeter het of zet het tussen aanhalingstekens"
                ),
            ) from None

    def _alias(self, event: Any, keys: Keys) -> _Node:  # noqa: ANN401
        """Returns a copy of what an alias stands for; what it stands for counts as if it were written out."""
        named = self._named.get(event.anchor)
        if named is None:
            raise self._refuse(
                event,
                Text(en=f"the alias *{event.anchor}", nl=f"de verwijzing *{event.anchor}"),
                expected=Text(
                    en=f"&{event.anchor} above it, before something that does not hold the alias itself",
                    nl=f"&{event.anchor} erboven, voor iets dat de verwijzing niet zelf bevat",
                ),
                action=_WRITE_OUT,
            )
        self._count(named.values - 1, event)
        if len(keys) + named.height > MOST_LEVELS:
            raise self._too_deep(_line(event))
        return replace(named, line=_line(event), value=copy.deepcopy(named.value))

    def _count(self, values: int, event: Any) -> None:  # noqa: ANN401
        self._values += values
        if self._values > MOST_VALUES:
            raise self._refuse(
                event,
                Text(
                    en=f"more than {MOST_VALUES:,} values, aliases written out",
                    nl=f"meer dan {_dutch(MOST_VALUES)} waarden, verwijzingen uitgeschreven",
                ),
                expected=Text(en=f"at most {MOST_VALUES:,}", nl=f"hooguit {_dutch(MOST_VALUES)}"),
                action=_SHORTEN,
            )

    def _too_deep(self, line: int) -> YamlProblem:
        return _refused(
            self._source,
            line,
            Text(
                en=f"more than {MOST_LEVELS} levels, aliases written out",
                nl=f"meer dan {MOST_LEVELS} niveaus, verwijzingen uitgeschreven",
            ),
            expected=Text(en=f"at most {MOST_LEVELS}", nl=f"hooguit {MOST_LEVELS}"),
            action=_SHORTEN,
        )

    def _tagged(self, event: Any) -> YamlProblem:  # noqa: ANN401
        return self._refuse(
            event,
            Text(en=f"the tag {event.tag}", nl=f"het label {event.tag}"),
            expected=Text(en="values without a tag", nl="waarden zonder label"),
            action=Text(en="remove the tag", nl="haal het label weg"),
        )

    def _repeated(self, key: object, line: int, keys: Keys) -> Fault:
        return Fault(
            Text(en=f"the key {str(key)!r} a second time", nl=f"de sleutel {str(key)!r} voor de tweede keer"),
            Text(en="every key once", nl="elke sleutel één keer"),
            Text(en="remove one of the two", nl="haal er een van weg"),
            source=self._source,
            line=line,
            key=".".join(str(part) for part in (*keys, key)),
        )

    def _refuse(self, event: Any, found: Told, *, expected: Text, action: Text) -> YamlProblem:  # noqa: ANN401
        return _refused(self._source, _line(event), found, expected=expected, action=action)

    def _no_yaml(self, error: yaml.YAMLError) -> YamlProblem:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark is not None else 0
        said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
        if _DEPTH_OF_PARSER in said:  # it looks some tokens ahead of the events
            return self._too_deep(line)
        return _refused(
            self._source,
            line,
            Text(en=f"text that is not YAML: {said}", nl=f"tekst die geen YAML is: {said}"),
            expected=Text(en="a YAML file in UTF-8", nl="een YAML-bestand in UTF-8"),
            action=Text(
                en="correct the line; often a quote, a colon or the indentation is missing",
                nl="verbeter de regel; vaak ontbreekt een aanhalingsteken, een dubbele punt of de inspringing",
            ),
        )


def _line(event: Any) -> int:  # noqa: ANN401
    return int(event.start_mark.line) + 1


def _whole(
    start: Any,  # noqa: ANN401
    value: Any,  # noqa: ANN401
    below: dict[str, tuple[int, _Node]] | list[_Node],
    nodes: Iterable[_Node],
) -> _Node:
    """Returns the node of a mapping or a list, with how much it holds."""
    sizes = [(node.values, node.height) for node in nodes]
    values = 1 + sum(values for values, _ in sizes)
    return _Node(_line(start), value, below, values, 1 + max((height for _, height in sizes), default=0))
