"""The staircase: which part of the data is enough for what, read from `staircase.yaml`, the only place that says it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data_contracts.contract import load_contract, unusable
from data_contracts.text import Text
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
