"""From a scenario's text to a scenario, or to every fault in it by file, line and key.

The text is YAML, read so that every scalar stays the text it is (a code `0320` keeps its zero, whether quoted or
not); the schema decides which texts are numbers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from models.scenario.errors import Finding, ScenarioError, nearest
from models.scenario.initiative import OLDER_KEYS
from models.scenario.parts import Part
from models.scenario.schema import Initiative, Scenario

MOST_CHARACTERS = 2_000_000
"""A scenario longer than this is no scenario that a person wrote."""

MOST_LEVELS, MOST_VALUES = 20, 200_000
"""Deeper or longer than this, aliases (YAML's `*name`) written out, is no scenario either."""

MOST_YEARS = 30
"""From the base year to the horizon: nobody agrees on more, and a year costs as much as the one before it."""

Path = tuple[str | int, ...]
Places = dict[str, tuple[int, ...]]
LISTS = ("initiatives", "shared_budgets", "pools")
"""The lists of a scenario whose items can be checked without each other."""


AnyPart = TypeVar("AnyPart", bound=Part)


class Named(Protocol):
    """What goes by an id."""

    @property
    def id(self) -> str:
        """Its name."""
        ...


@dataclass
class _Outline:
    """Where each key of a text stands: its line by path, and the faults of the outline itself."""

    source: str
    lines: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    values: int = 0
    has_lines: bool = True

    def line(self, path: Path) -> int:
        """Returns the line of the nearest thing on the path that stands in the text; 0 without a text."""
        if not self.has_lines:
            return 0
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def report(self, path: Path, *, found: str, expected: str, action: str) -> None:
        """Notes a fault at a place."""
        self.findings.append(Finding(self.source, self.line(path), _readable(path), found, expected, action))


def _readable(path: Path) -> str:
    return ".".join(str(part) for part in path) or "the whole file"


def _plain(node: yaml.Node, path: Path, outline: _Outline, *, depth: int = 0) -> Any:  # noqa: ANN401
    """Returns the node as dicts, lists, texts and None, noting lines and repeated keys."""
    outline.lines.setdefault(path, node.start_mark.line + 1)
    outline.values += 1
    if depth > MOST_LEVELS or outline.values > MOST_VALUES:
        found = f"more than {MOST_LEVELS} levels or {MOST_VALUES:,} values, aliases written out"
        raise ScenarioError(
            [Finding(outline.source, outline.line(path), _readable(path), found, "a scenario", "Shorten it.")]
        )
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, outline, depth=depth)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, place), outline, depth=depth + 1) for place, item in enumerate(node.value)]
    empty = getattr(node, "style", None) is None and node.value in {"", "~", "null", "Null", "NULL"}
    return None if empty else str(node.value)


def _mapping(node: yaml.MappingNode, path: Path, outline: _Outline, *, depth: int) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        place = (*path, key)
        if key in result:
            outline.lines[place] = key_node.start_mark.line + 1
            outline.report(place, found="the key a second time", expected="each key once", action="Remove one of them.")
            continue
        outline.lines[place] = key_node.start_mark.line + 1
        result[key] = _plain(value_node, place, outline, depth=depth + 1)
    return result


def _compose(text: str, outline: _Outline) -> dict[str, Any]:
    """Returns the outline of the text.

    Raises:
        ScenarioError: it is too long, no YAML, or is no mapping.
    """
    fault = Finding(outline.source, 1, "the whole file", "nothing", "a scenario", "Write one; `init` makes an example.")
    if len(text) > MOST_CHARACTERS:
        raise ScenarioError([_with(fault, found=f"{len(text):,} characters", expected=f"at most {MOST_CHARACTERS:,}")])
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error)
        raise ScenarioError(
            [
                Finding(
                    outline.source,
                    line,
                    "the whole file",
                    problem,
                    "YAML",
                    "Check indentation, colons and quotes there.",
                )
            ]
        ) from None
    if not isinstance(node, yaml.MappingNode):
        raise ScenarioError([_with(fault, found="nothing" if node is None else "no keys", expected="a scenario")])
    return dict(_plain(node, (), outline))


def _with(fault: Finding, *, found: str, expected: str) -> Finding:
    return Finding(fault.source, fault.line, fault.key, found, expected, fault.action)


def _step(raw: Any, location: tuple[int | str, ...]) -> Path:  # noqa: ANN401
    """Returns the part of a validator's location that stands in the text, and the first that does not.

    What the validator adds where several ways of writing are possible is no key, and is left out.
    """
    path: Path = ()
    for part in location:
        if isinstance(part, str) and not isinstance(raw, dict):
            continue
        path = (*path, part)
        try:
            raw = raw[part]
        except (KeyError, IndexError, TypeError):
            older = OLDER_KEYS.get(str(part), "")
            return (*path[:-1], older) if isinstance(raw, dict) and older in raw else path
    return path


def _parent(raw: Any, path: Path) -> Any:  # noqa: ANN401
    for part in path[:-1]:
        raw = raw[part]
    return raw


def _report(error: ErrorDetails, raw: dict[str, Any], keys: dict[int, list[str]], outline: _Outline) -> None:
    """Notes one fault that the schema found, in our words."""
    path = _step(raw, error["loc"])
    if error["type"] == "extra_forbidden":
        known = keys.get(id(_parent(raw, path)), [])
        outline.report(
            path, found="an unknown key", expected="a key of this part", action=nearest(str(path[-1]), known)
        )
    elif error["type"] == "missing":
        outline.report(path, found="nothing", expected="this key", action=f"Add {path[-1]}.")
    elif error["type"] == "scenario":
        context = error.get("ctx", {})
        path = _step(raw, (*path, *(context["at"].split(".") if context["at"] else ())))
        found, _, expected = error["msg"].partition("; expected ")
        outline.report(path, found=found, expected=expected, action=context["action"])
    else:
        outline.report(
            path, found=repr(error["input"]), expected=_expectation(error["msg"]), action="Correct the value."
        )


def _expectation(message: str) -> str:
    return message.removeprefix("Input should be ").replace("unable to parse string as", "written as")


@dataclass(frozen=True)
class Draft:
    """What a text says, as far as it can be read.

    Attributes:
        scenario: without the initiatives, budgets and pools that cannot be read; None if too little is left.
        findings: the faults of the text.
        places: where in the text's lists what is left of them stands, by name of the list.
    """

    scenario: Scenario | None
    findings: tuple[Finding, ...]
    places: Places


def parse_scenario(text: str, *, source: str) -> Scenario:
    """Returns the scenario that a text describes.

    Args:
        text: YAML as on the product page.
        source: name of the file, for the messages.

    Raises:
        ScenarioError: with every fault of the text.
    """
    draft = read_draft(text, source=source)
    if draft.findings or draft.scenario is None:
        raise ScenarioError(draft.findings)
    return draft.scenario


def read_part(text: str, *, source: str, kind: type[AnyPart]) -> AnyPart:
    """Returns what a text describes that is no scenario but is written like one: a position, a consent.

    Raises:
        ScenarioError: with every fault of the text.
    """
    outline, keys = _Outline(source), dict[int, list[str]]()
    raw = _compose(text, outline)
    try:
        found = kind.model_validate(raw, context=keys)
    except ValidationError as error:
        for detail in error.errors():
            _report(detail, raw, keys, outline)
    if outline.findings:
        raise ScenarioError(outline.findings)
    return found


def read_draft(text: str, *, source: str) -> Draft:
    """Returns what can be read of a text, with its faults, so that the rest of it can still be checked.

    Raises:
        ScenarioError: the text is no YAML mapping at all.
    """
    outline = _Outline(source)
    return _drafted(_compose(text, outline), outline)


def read_content(raw: dict[str, Any], *, source: str) -> Scenario:
    """Returns the scenario that plain values describe, such as those that a release holds of it.

    Raises:
        ScenarioError: with every fault, by its key; there are no lines.
    """
    draft = _drafted(raw, _Outline(source, has_lines=False))
    if draft.findings or draft.scenario is None:
        raise ScenarioError(draft.findings)
    return draft.scenario


def _drafted(raw: dict[str, Any], outline: _Outline) -> Draft:
    """Returns what can be read of plain values, with their faults."""
    keys: dict[int, list[str]] = {}
    places: Places = {}
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate(raw, context=keys)
    except ValidationError as error:
        for detail in error.errors():
            _report(detail, raw, keys, outline)
        scenario, places = _what_is_left(raw, [detail["loc"] for detail in error.errors()])
    for path, found, expected in _contradictions(scenario) if scenario else ():
        outline.report(original(path, places), found=found, expected=expected, action="Correct one of them.")
    return Draft(scenario, tuple(outline.findings), places)


def _what_is_left(raw: dict[str, Any], faulty: list[tuple[int | str, ...]]) -> tuple[Scenario | None, Places]:
    """Returns the scenario without its faulty parts, if that is one, and where the rest of its lists stood."""
    spoiled = {(location[0], location[1]) for location in faulty if len(location) > 1 and location[0] in LISTS}
    dropped = {location[0] for location in faulty if location[0] not in LISTS or len(location) == 1}
    rest = {key: value for key, value in raw.items() if key not in dropped}
    places: Places = {}
    for name in LISTS:
        if isinstance(rest.get(name), list):
            places[name] = tuple(place for place in range(len(rest[name])) if (name, place) not in spoiled)
            rest[name] = [rest[name][place] for place in places[name]]
    try:
        return Scenario.model_validate(rest), places
    except ValidationError:
        return None, {}


def original(path: Path, places: Places) -> Path:
    """Returns where something of a draft stands in its text."""
    if len(path) > 1 and path[0] in places and isinstance(path[1], int):
        return (path[0], places[str(path[0])][path[1]], *path[2:])
    return path


def line_of(text: str, path: Path) -> int:
    """Returns the line on which a key of a valid scenario text stands."""
    outline = _Outline("")
    _compose(text, outline)
    return outline.line(path)


def _contradictions(scenario: Scenario) -> Iterator[tuple[Path, str, str]]:
    """Yields what no single key shows: place, what was found, what was expected."""
    if scenario.horizon < scenario.base_year:
        yield ("horizon",), str(scenario.horizon), f"the base year {scenario.base_year} or later"
    if scenario.horizon > scenario.base_year + MOST_YEARS:
        last = scenario.base_year + MOST_YEARS
        yield ("horizon",), str(scenario.horizon), f"{last} or earlier, {MOST_YEARS} years after the base year"
    for name in ("shared_budgets", "pools"):
        yield from _repeated([(name, place) for place in range(len(getattr(scenario, name)))], getattr(scenario, name))
    placed = list(placed_initiatives(scenario))
    yield from _repeated([path for path, _ in placed], [initiative for _, initiative in placed])
    for path, initiative in placed:
        for key, start in [
            (("uptake", "start"), initiative.uptake.start),
            *((("start_choices",), year) for year in initiative.start_choices),
        ]:
            if start < scenario.base_year:
                yield (*path, *key), f"uptake that starts in {start}", f"the base year {scenario.base_year} or later"
    yield from _before_the_agreement(scenario)
    members: dict[tuple[str, str], str] = {}
    for place, pool in enumerate(scenario.pools):
        for provider in pool.providers:
            other = members.setdefault((pool.resource, provider), pool.id)
            if other != pool.id:
                found = f"{provider} in the pools {other} and {pool.id}"
                yield ("pools", place, "providers"), found, f"each provider in one pool of {pool.resource}"


def placed_initiatives(scenario: Scenario) -> Iterator[tuple[Path, Initiative]]:
    """Yields every initiative with the place where it stands: the agreed ones, then those that happen anyway."""
    for place, initiative in enumerate(scenario.initiatives):
        yield ("initiatives", place), initiative
    for place, initiative in enumerate(scenario.baseline.initiatives):
        yield ("baseline", "initiatives", place), initiative


def _before_the_agreement(scenario: Scenario) -> Iterator[tuple[Path, str, str]]:
    """Yields what of the path without an agreement contradicts the scenario's years, or itself."""
    enforced = scenario.baseline.enforce_norms
    if enforced is not None and enforced <= scenario.base_year:
        expected = f"a year after the base year {scenario.base_year}"
        yield ("baseline", "enforce_norms"), f"norms enforced from {enforced}", expected
    if isinstance(scenario.scale_down, str):
        return
    providers = [closing.provider for closing in scenario.scale_down]
    for place, provider in enumerate(providers):
        if provider in providers[:place]:
            yield ("scale_down", place, "provider"), f"{provider} a second time", "each provider once"


def _repeated(paths: Sequence[Path], items: Sequence[Named]) -> Iterator[tuple[Path, str, str]]:
    seen: set[str] = set()
    for path, item in zip(paths, items, strict=True):
        if item.id in seen:
            yield (*path, "id"), f"{item.id} a second time", "an id of its own"
        seen.add(item.id)
