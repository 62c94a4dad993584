"""From a scenario's text to a scenario, or to every fault in it by file, line and key.

The text is YAML, read so that every scalar stays the text it is (a code `0320` keeps its zero, whether quoted or
not); the schema decides which texts are numbers.
"""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from data_contracts.problem import Fault
from data_contracts.text import Text
from data_contracts.yaml_faults import faults_of
from data_contracts.yaml_file import Keys, YamlDocument, YamlProblem, outline_of
from models.scenario.contradictions import contradictions
from models.scenario.errors import ScenarioError
from models.scenario.initiative import OLDER_KEYS
from models.scenario.parts import ScenarioPart
from models.scenario.schema import Scenario

Places = dict[str, tuple[int, ...]]
LISTS = ("initiatives", "shared_budgets", "pools")
"""The lists of a scenario whose items can be checked without each other."""


AnyPart = TypeVar("AnyPart", bound=ScenarioPart)


def document_of(text: str, *, source: str) -> YamlDocument:
    """Returns what a scenario's text holds and where, every value the text it is.

    Raises:
        ScenarioError: it is no YAML, too large, or holds no keys.
    """
    try:
        document = outline_of(text, source=source, scalars="texts")
    except YamlProblem as problem:
        raise ScenarioError(problem.faults) from None
    if isinstance(document.content, dict):
        return document
    fault = document.fault(
        (),
        found=Text(en="no keys", nl="geen sleutels"),
        expected=Text(en="a scenario", nl="een scenario"),
        action=Text(en="write one; `init` makes an example", nl="schrijf er een; `init` maakt een voorbeeld"),
    )
    raise ScenarioError([fault])


@dataclass(frozen=True)
class ScenarioRead:
    """What a text says, as far as it can be read.

    Attributes:
        scenario: without the initiatives, budgets and pools that cannot be read; None if too little is left.
        document: the text's outline, for the place of faults that are found later.
        faults: the faults of the text.
        places: where in the text's lists what is left of them stands, by name of the list.
    """

    scenario: Scenario | None
    document: YamlDocument
    faults: tuple[Fault, ...]
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
    if draft.faults or draft.scenario is None:
        raise ScenarioError(draft.faults)
    return draft.scenario


def read_part(text: str, *, source: str, kind: type[AnyPart]) -> AnyPart:
    """Returns what a text describes that is no scenario but is written like one: a position, a consent.

    Raises:
        ScenarioError: with every fault of the text.
    """
    document = document_of(text, source=source)
    try:
        read = kind.model_validate(document.content)
    except ValidationError as error:
        raise ScenarioError([*document.repeated, *faults_of(error, document, model=kind)]) from None
    if document.repeated:
        raise ScenarioError(document.repeated)
    return read


def read_draft(text: str, *, source: str) -> ScenarioRead:
    """Returns what can be read of a text, with its faults, so that the rest of it can still be checked.

    Raises:
        ScenarioError: the text is no YAML mapping at all.
    """
    return _drafted(document_of(text, source=source))


def read_content(raw: dict[str, Any], *, source: str) -> Scenario:
    """Returns the scenario that plain values describe, such as those that a release holds of it.

    Raises:
        ScenarioError: with every fault, by its key; there are no lines.
    """
    draft = _drafted(YamlDocument(source, raw))
    if draft.faults or draft.scenario is None:
        raise ScenarioError(draft.faults)
    return draft.scenario


def _drafted(document: YamlDocument) -> ScenarioRead:
    """Returns what can be read of a scenario's outline, with its faults."""
    faults = list(document.repeated)
    raw: dict[str, Any] = document.content
    places: Places = {}
    scenario: Scenario | None = None
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        faults += faults_of(error, document, model=Scenario, older=OLDER_KEYS)
        scenario, places = _what_is_left(raw, [detail["loc"] for detail in error.errors()])
    for path, found, expected, action in contradictions(scenario) if scenario else ():
        faults.append(document.fault(original(path, places), found=found, expected=expected, action=action))
    return ScenarioRead(scenario, document, tuple(faults), places)


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


def original(path: Keys, places: Places) -> Keys:
    """Returns where something of a draft stands in its text."""
    if len(path) > 1 and path[0] in places and isinstance(path[1], int):
        return (path[0], places[str(path[0])][path[1]], *path[2:])
    return path
