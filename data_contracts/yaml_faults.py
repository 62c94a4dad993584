"""What pydantic finds wrong with a YAML file, told by file, line and key, in both languages."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from data_contracts.problem import Fault, near, nearest, one_of
from data_contracts.text import Text, Told
from data_contracts.yaml_file import Keys, YamlDocument


def refusal(found: Told, *, expected: Text, action: Text | None = None, at: str = "") -> PydanticCustomError:
    """Returns a validation error that carries the three parts, to be raised by a validator.

    Args:
        found: what stands there.
        expected: what should.
        action: what to do; to correct the value, if nothing is given.
        at: the key to which it belongs, below the part that raises it, with dots between.
    """
    parts = {"found": found, "expected": expected, "action": action or _CORRECT, "at": at}
    return PydanticCustomError(_THREE_PARTS, "{found}; expected {expected}", parts)


_THREE_PARTS = "three_parts"
_CORRECT = Text(en="correct the value", nl="verbeter de waarde")


def faults_of(
    error: ValidationError, document: YamlDocument, *, model: type[BaseModel], older: Mapping[str, str] | None = None
) -> list[Fault]:
    """Returns what pydantic found wrong with a document, each fault with its line and key.

    Args:
        error: as raised by `model`.
        document: whose content was judged.
        model: what the content should be.
        older: names that a part of the content may have instead of the one by which it is judged.
    """
    return [_fault(one, document, model=model, older=older or {}) for one in error.errors()]


def _fault(error: ErrorDetails, document: YamlDocument, *, model: type[BaseModel], older: Mapping[str, str]) -> Fault:
    kind, location, context = error["type"], error["loc"], error.get("ctx", {})
    keys = standing(document.content, location, older=older, also_missing=kind in {"missing", "extra_forbidden"})
    if kind == _THREE_PARTS:
        below = tuple(context["at"].split(".")) if context["at"] else ()
        keys = standing(document.content, (*keys, *below), older=older, also_missing=True)
        return document.fault(keys, found=context["found"], expected=context["expected"], action=context["action"])
    if kind == "extra_forbidden":
        return _unknown_key(keys, document, known=list(known_keys(model, location)))
    if kind == "missing":
        key = location[-1]
        return document.fault(
            keys,
            found=Text(en=f"no {key}", nl=f"geen {key}"),
            expected=Text(en=f"a line that starts with '{key}:'", nl=f"een regel die begint met '{key}:'"),
            action=Text(en=f"add {key}", nl=f"voeg {key} toe"),
        )
    return document.fault(keys, found=_shown(error["input"]), expected=_expected(error), action=_action(error))


def _unknown_key(keys: Keys, document: YamlDocument, *, known: list[str]) -> Fault:
    key = keys[-1] if keys else ""
    part = Text(en="a key of this part", nl="een sleutel van dit deel")
    return document.fault(
        keys,
        found=Text(en=f"the unknown key {str(key)!r}", nl=f"de onbekende sleutel {str(key)!r}"),
        expected=one_of(known) if 0 < len(known) <= _MOST_KEYS_TOLD else part,
        action=nearest(str(key), known),
    )


_MOST_KEYS_TOLD = 20


def standing(
    content: Any,  # noqa: ANN401
    location: Sequence[str | int],
    *,
    older: Mapping[str, str],
    also_missing: bool,
) -> Keys:
    """Returns the keys of a validator's location that stand in the content.

    What the validator adds where several ways of writing are possible is no key, and is left out.

    Args:
        content: what was judged.
        location: as the validator gives it.
        older: names that a part of the content may have instead of the one by which it is judged.
        also_missing: whether the last of the location is a key even if it does not stand there.
    """
    keys: Keys = ()
    for place, part in enumerate(location):
        if isinstance(part, str) and not isinstance(content, dict):
            continue
        if _has(content, part):
            keys, content = (*keys, part), content[part]
        elif isinstance(content, dict) and older.get(str(part), "") in content:
            return (*keys, older[str(part)])
        elif also_missing and place == len(location) - 1:
            return (*keys, part)
    return keys


def _has(content: Any, part: str | int) -> bool:  # noqa: ANN401
    if isinstance(content, list):
        return isinstance(part, int) and 0 <= part < len(content)
    return isinstance(content, dict) and part in content


def known_keys(model: type[BaseModel], location: Sequence[str | int]) -> Iterator[str]:
    """Yields the keys that are possible beside the last one of a location."""
    parts: list[Any] = [model]
    for name in location[:-1]:
        if isinstance(name, str):
            below = [one for part in parts for key, kind in _fields(part) if name == key for one in _parts(kind)]
            parts = below or parts
    yield from dict.fromkeys(key for part in parts for key, _ in _fields(part))


def _fields(part: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yields the keys of a part of a model, and what each holds."""
    if is_dataclass(part):
        yield from ((one.name, one.type) for one in fields(part))
    else:
        yield from ((one.alias or name, one.annotation) for name, one in part.model_fields.items())


def _parts(kind: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yields the parts with keys of their own that a type allows."""
    if isinstance(kind, type) and (issubclass(kind, BaseModel) or kind is Text):
        yield kind
    for argument in get_args(kind):
        yield from _parts(argument)


_KINDS: tuple[tuple[type, Text], ...] = (
    (bool, Text(en="yes or no", nl="ja of nee")),
    (int, Text(en="a whole number", nl="een geheel getal")),
    (float, Text(en="a number", nl="een getal")),
    (date, Text(en="a date", nl="een datum")),
)


def _shown(value: object) -> Told:
    """Returns a value as it was read, and as what, where YAML made something else of a text."""
    shown = repr(value)[:200]
    kind = next((name for kind, name in _KINDS if isinstance(value, kind)), None)
    if value is None:
        return Text(en="nothing", nl="niets")
    return shown if kind is None else Text(en=f"{shown}, read as {kind.en}", nl=f"{shown}, gelezen als {kind.nl}")


_KEYS = Text(en="keys with their values, such as {key: value}", nl="sleutels met hun waarden, zoals {sleutel: waarde}")
_LIST = Text(en="a list, such as [one, other]", nl="een lijst, zoals [een, ander]")
_WHOLE = Text(en="a whole number", nl="een geheel getal")
_NUMBER = Text(en="a number", nl="een getal")
_YES_OR_NO = Text(en="true or false", nl="true of false")
_EXPECTED: dict[str, Text] = {
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "string_type": Text(en="a text", nl="een tekst"),
    "string_too_short": Text(en="a text that is not empty", nl="een tekst die niet leeg is"),
    "bool_type": _YES_OR_NO,
    "bool_parsing": _YES_OR_NO,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
}
"""What was expected, where pydantic says it to a programmer, and in one language."""

_LIMITS: dict[str, tuple[str, str, str]] = {
    "greater_than": ("gt", "more than", "meer dan"),
    "greater_than_equal": ("ge", "at least", "ten minste"),
    "less_than": ("lt", "less than", "minder dan"),
    "less_than_equal": ("le", "at most", "hooguit"),
    "too_short": ("min_length", "entries, at least", "onderdelen, ten minste"),
    "too_long": ("max_length", "entries, at most", "onderdelen, hooguit"),
    "string_pattern_mismatch": ("pattern", "a text of the form", "een tekst van de vorm"),
}


def _expected(error: ErrorDetails) -> Text:
    """Returns what was expected; in the library's English where the kind of fault is none that people make."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    if kind in _LIMITS:
        name, en, nl = _LIMITS[kind]
        return Text(en=f"{en} {context[name]}", nl=f"{nl} {context[name]}")
    if kind in {"literal_error", "enum"}:
        return _listed(context["expected"])
    if kind == "union_tag_invalid":
        return _listed(context["expected_tags"])
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("a valid ")
    own = message[:1].lower() + message[1:]
    return Text(en=own, nl=own)


def _listed(names: object) -> Text:
    """Returns the names that pydantic lists in a sentence of its own."""
    return Text(en=f"one of {names}", nl=f"een van {str(names).replace(' or ', ' of ')}")


def _action(error: ErrorDetails) -> Text:
    """Returns what to do: quotes, where YAML read text as something else; the nearest of the words that may stand."""
    if error["type"] == "string_type" and not isinstance(error["input"], list | dict | type(None)):
        return Text(
            en='put it between quotes, such as "06011101": without them YAML reads a number or a yes',
            nl='zet het tussen aanhalingstekens, zoals "06011101": zonder leest YAML een getal of een ja',
        )
    if error["type"] == "literal_error" and near(str(error["input"]), names := _named(error)):
        return nearest(str(error["input"]), names)
    return _CORRECT


def _named(error: ErrorDetails) -> list[str]:
    """Returns the words of which one was expected."""
    return re.findall(r"'([^']*)'", error.get("ctx", {}).get("expected", ""))
