"""The staircase: which part of the data is enough for what, read from `staircase.yaml`, the only place that says it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data_contracts.contract import load_contract, unusable
from data_contracts.text import KEYS, Language, Text, in_language
from data_contracts.yaml_file import YamlProblem, read_yaml

STAIRCASE_FILE = Path(__file__).with_name("staircase.yaml")

Filled = Mapping[str, Collection[str]]
"""By dataset, the columns in which any row has something."""


@dataclass(frozen=True)
class StairStep:
    """One step: what a region sees once it stands on it.

    Attributes:
        name: of the step.
        number: from 1.
        title: what is then known, in both languages.
        ways: each the columns needed of each dataset; one way is enough.
        holder: who usually has these data.
    """

    name: str
    number: int
    title: Text
    ways: tuple[Filled, ...]
    holder: Text

    def is_made(self, filled: Filled) -> bool:
        """Returns whether a region has all that one of the ways needs."""
        return any(not _missing_of(way, filled) for way in self.ways)

    def missing(self, filled: Filled) -> dict[str, tuple[str, ...]]:
        """Returns what is missing of the way that lacks the fewest columns, by dataset; nothing if the step is made."""
        return min((_missing_of(way, filled) for way in self.ways), key=lambda lacking: sum(map(len, lacking.values())))


@cache
def staircase() -> tuple[StairStep, ...]:
    """Returns every step, the lowest first.

    Raises:
        ContractError: the description cannot be used, or names a column that no contract has.
    """
    try:
        content = read_yaml(STAIRCASE_FILE, source=STAIRCASE_FILE.name).content
        return tuple(_step(number, one) for number, one in enumerate(content["steps"], start=1))
    except (KeyError, TypeError, AttributeError, YamlProblem) as fault:
        expected = Text(en="steps with datasets and columns", nl="treden met datasets en kolommen")
        raise unusable(STAIRCASE_FILE.name, fault, expected=expected) from fault


def next_steps(filled: Filled) -> tuple[StairStep, ...]:
    """Returns the steps that a region has not made, the lowest first."""
    return tuple(step for step in staircase() if not step.is_made(filled))


def _step(number: int, given: Mapping[str, Any]) -> StairStep:
    ways = tuple({dataset: tuple(columns) for dataset, columns in way.items()} for way in given["any"])
    for way in ways:
        for dataset, columns in way.items():
            for column in columns:
                load_contract(dataset).column(column)
    return StairStep(
        name=given["step"],
        number=number,
        title=Text(**given["title"]),
        ways=ways,
        holder=Text(**given["holder"]),
    )


def _missing_of(way: Filled, filled: Filled) -> dict[str, tuple[str, ...]]:
    lacking = {
        dataset: tuple(column for column in columns if column not in filled.get(dataset, ()))
        for dataset, columns in way.items()
    }
    return {dataset: columns for dataset, columns in lacking.items() if columns}


_HEADS = (
    Text(en="step", nl="trede"),
    Text(en="what you then see", nl="wat u dan ziet"),
    Text(en="at least these columns", nl="minstens deze kolommen"),
    Text(en="who usually has it", nl="wie het meestal heeft"),
)
_OR = Text(en="or", nl="of")


def staircase_table(language: Language) -> list[str]:
    """Returns the staircase as the lines of a table for a page of documentation."""
    heads = " | ".join(head.of(language) for head in _HEADS)
    rows = (
        f"| {step.number} | {step.title.of(language)} | {_ways(step, language)} | {step.holder.of(language)} |"
        for step in staircase()
    )
    return [f"| {heads} |", "| --- | --- | --- | --- |", *rows]


def needed(way: Mapping[str, Collection[str]]) -> str:
    """Returns what is needed of each dataset, as `capacity: provider_id, period`."""
    return "; ".join(f"`{dataset}`: {', '.join(columns)}" for dataset, columns in way.items())


def _ways(step: StairStep, language: Language) -> str:
    return f", {_OR.of(language)} ".join(needed(way) for way in step.ways)


_STANDS = Text(
    en="Step {number} of {all}: the region knows {title}.", nl="Trede {number} van {all}: de regio weet {title}."
)
_STANDS_NOWHERE = Text(
    en="The region stands before the first step of {all}.", nl="De regio staat voor de eerste trede van {all}."
)
_NEXT = Text(
    en="Next, {title}: deliver {needed}. Usually with {holder}. Then: care-transfer refresh",
    nl="Hierna, {title}: lever {needed} aan. Meestal bij {holder}. Daarna: care-transfer refresh",
)
_UNLOCKS = Text(
    en="This is step {number} of the data: deliver {needed}. Usually with {holder}.",
    nl="Dit is trede {number} van de gegevens: lever {needed} aan. Meestal bij {holder}.",
)
_TOP = Text(en="Every step is made.", nl="Elke trede is gezet.")


def standing(filled: Filled) -> tuple[Text, ...]:
    """Returns on which step a region stands, and which data unlock the next one that it has not made.

    A step counts once those below it are made; what is missing of the next one is told by dataset and column.
    """
    steps = staircase()
    open_steps = next_steps(filled)
    made = steps[: open_steps[0].number - 1] if open_steps else steps
    here = _told(_STANDS, title=made[-1].title, number=len(made), all=len(steps)) if made else _before_all(len(steps))
    if not open_steps:
        return here, _TOP
    first = open_steps[0]
    lacking = needed(first.missing(filled))
    return here, _told(_NEXT, title=first.title, needed=lacking, holder=first.holder)


def unlocks(name: str) -> Text:
    """Returns which data would fill a panel that rests on a step, and who usually has them."""
    step = next(one for one in staircase() if one.name == name)
    return _told(_UNLOCKS, number=step.number, needed=_plain_ways(step), holder=step.holder)


def _plain_ways(step: StairStep) -> Text:
    return Text(**{language: _ways(step, language).replace("`", "") for language in KEYS})


def _before_all(number: int) -> Text:
    return _told(_STANDS_NOWHERE, all=number)


def _told(text: Text, **given: Text | str | int) -> Text:
    """Returns a text with what is given put in, each in its language."""
    return Text(
        **{
            language: text.of(language).format(
                **{
                    name: in_language(value, language) if isinstance(value, Text) else value
                    for name, value in given.items()
                }
            )
            for language in KEYS
        }
    )
