"""What each result rests on, read from `usability.yaml`: what makes it unusable for a provider, and what stands in."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from data_contracts.across import Threshold
from data_contracts.contract import load_contract, unusable
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, read_yaml

Usability = Literal["usable", "with_care", "not_usable"]
USABILITIES: tuple[Usability, ...] = ("usable", "with_care", "not_usable")
"""From good to bad."""
USABILITY_FILE = Path(__file__).with_name("usability.yaml")


@dataclass(frozen=True)
class Need:
    """One column that a result rests on, what the result is without it, and what the model does instead.

    `absent` is what it does when the whole dataset lacks.
    """

    dataset: str
    column: str
    without: Usability
    instead: Text
    absent: Text


@dataclass(frozen=True)
class Result:
    """One result and what it rests on."""

    name: str
    title: Text
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Rests:
    """All results, and limits.

    They are the share of empty rows from which a column lacks in part; of refused rows for grades C and D; and the
    share of its annual revenue that a provider's production must be for a verdict on its departments.
    """

    most_empty: Threshold
    grade_c: Threshold
    grade_d: Threshold
    least_production: Threshold
    results: tuple[Result, ...]


@cache
def load_usability() -> Rests:
    """Returns what every result rests on; raises `ContractError` if the file is faulty."""
    try:
        content = read_yaml(USABILITY_FILE, source=USABILITY_FILE.name).content
        limits = {name: _limit(name, limit) for name, limit in content["limits"].items()}
        return Rests(**limits, results=tuple(_result(result) for result in content["results"]))
    except (KeyError, TypeError, ValueError, YamlProblem) as fault:
        expected = Text(
            en="for every result its title and needs in both languages",
            nl="van elke uitkomst de titel en wat zij nodig heeft, in beide talen",
        )
        raise unusable(USABILITY_FILE.name, fault, expected=expected) from fault


def _limit(name: str, content: Mapping[str, Any]) -> Threshold:
    return Threshold(name, float(content["value"]), Text(**content["reason"]), content["mark"])


def _result(content: Mapping[str, Any]) -> Result:
    return Result(content["result"], Text(**content["title"]), tuple(_need(need) for need in content["needs"]))


def _need(content: Mapping[str, Any]) -> Need:
    dataset, name = content["column"].split(".")
    column = load_contract(dataset).column(name)
    if content["without"] not in USABILITIES[1:]:
        raise ValueError(f"'{content['without']}' is not one of {', '.join(USABILITIES[1:])}")
    instead, absent = content["instead"], content.get("absent", content["instead"])
    return Need(dataset, column.name, cast("Usability", content["without"]), Text(**instead), Text(**absent))
