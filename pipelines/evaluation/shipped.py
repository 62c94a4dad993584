"""What ships with the program to start from: evidenced templates of initiatives, and whole scenarios of known cases.

Both are data of the package `models` (`models/templates`, `models/library`); the reading is here, because the model
opens no file. A template's text is ready to paste under `initiatives:` of a scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal

from data_contracts.problem import Problem, nearest
from data_contracts.text import Text
from data_contracts.yaml_file import parse_yaml

if TYPE_CHECKING:
    from models.scenario.schema import Confidence, InitiativeKind

Strength = Literal["high", "medium", "low"]
FILL_IN = "fill-in"
"""What stands in a template where a region must put its own code or party."""

RANGES = "Three numbers in a row are least, most likely and most; {p10, mode, p90} holds in 8 of 10 cases."
"""What the ranges of every template are, said where one is pasted."""

_INITIATIVE = "initiative:\n"


@dataclass(frozen=True)
class Template:
    """One candidate transfer of care.

    Attributes:
        name: its id, and the id of the pasted initiative.
        number: its place on the list of candidates, from 1.
        title, summary: in both languages.
        kind: kind of initiative.
        strength: how strong the evidence is.
        confidence: what the range of what can move is worth; most ranges are an assumption around a verified finding.
        notes: what to know before use.
        to_fill_in: whether the text still holds `fill-in`.
        text: YAML, indented for the list `initiatives:`, the summary and the notes before it as comments.
    """

    name: str
    number: int
    title: Text
    kind: InitiativeKind
    summary: Text
    strength: Strength
    confidence: Confidence
    notes: tuple[str, ...]
    to_fill_in: bool
    text: str


@cache
def templates() -> dict[str, Template]:
    """Returns every template by name, in the order of the list."""
    return {
        template.name: template
        for template in (_template(name, text) for name, text in _texts("models.templates").items())
    }


def template(name: str) -> str:
    """Returns a template's text, ready to paste under `initiatives:`.

    Raises:
        Problem: there is no template of this name.
    """
    known = templates()
    if name not in known:
        close = nearest(name, known)
        raise Problem(
            Text(en=f"no template {name!r}", nl=f"geen sjabloon {name!r}"),
            expected=Text(en="the name of a template", nl="de naam van een sjabloon"),
            action=Text(
                en=f"{close.en} care-transfer templates lists them",
                nl=f"{close.nl} care-transfer templates noemt ze alle",
            ),
        )
    return known[name].text


@cache
def cases() -> dict[str, str]:
    """Returns the text of every case, a whole scenario on the demonstration region, by its name."""
    return _texts("models.library")


def case_titles() -> dict[str, Text]:
    """Returns the title of every case, by its name."""
    return {name: Text(**parse_yaml(text, source=name).content["title"]) for name, text in cases().items()}


def _texts(package: str) -> dict[str, str]:
    """Returns the YAML files of a package by their names without ending, sorted."""
    files = (entry for entry in resources.files(package).iterdir() if entry.name.endswith(".yaml"))
    found = {entry.name.removesuffix(".yaml"): entry.read_text(encoding="utf-8") for entry in files}
    return dict(sorted(found.items()))


def _template(name: str, text: str) -> Template:
    raw = parse_yaml(text, source=name).content
    initiative = raw["initiative"]
    summary = Text(**raw["summary"])
    notes = tuple(raw["notes"])
    return Template(
        name=initiative["id"],
        number=raw["number"],
        title=Text(**initiative["title"]),
        kind=initiative["kind"],
        summary=summary,
        strength=raw["strength"],
        confidence=raw["confidence"],
        notes=notes,
        to_fill_in=f'"{FILL_IN}"' in text,
        text="\n".join(_pasted(text, [summary.en, *notes, RANGES])) + "\n",
    )


def _pasted(text: str, comments: list[str]) -> Iterator[str]:
    """Yields the lines of an item of a list, comments first; the initiative itself stands as its author wrote it."""
    yield from (f"  # {comment}" for comment in comments)
    first, *rest = text.partition(_INITIATIVE)[2].splitlines()
    yield f"  - {first.strip()}"
    yield from (f"  {line}" for line in rest)
