"""Headings and words in titles that change what rows or amounts mean, read from `meanings.yaml`: their only list."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data_contracts.contract import DataContract, unusable
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, read_yaml

MEANINGS_FILE = Path(__file__).with_name("meanings.yaml")


@dataclass(frozen=True)
class Meaning:
    """One thing that a heading or a title may say of all rows.

    Attributes:
        name: sign, state, currency, unit, scale or kind_of_row.
        registers: whether it matters in lists of things too.
        money: whether it matters only where there are amounts of money.
        headings: shapes of headings under which a column says it of each row.
        titles: shapes of texts that say it of all rows.
        neutral: values of such a column with which a row means what it means without the column.
        what: what it says, to be read after "which says".
        answer: how to answer the question.
    """

    name: str
    registers: bool
    money: bool
    headings: tuple[re.Pattern[str], ...]
    titles: tuple[re.Pattern[str], ...]
    neutral: frozenset[str]
    what: Text
    answer: Text

    def matters_in(self, contract: DataContract) -> bool:
        """Returns whether it changes figures of a dataset."""
        kinds = {column.kind for column in contract.columns}
        counted = kinds & ({"money"} if self.money else {"money", "number", "integer", "share"})
        return bool(counted) and (self.registers or not _is_register(contract))

    def is_neutral(self, value: str) -> bool:
        """Returns whether a value of such a column changes nothing."""
        return value.strip().casefold().rstrip(".") in self.neutral


def _is_register(contract: DataContract) -> bool:
    return not contract.has_period and any(column.name == "name" for column in contract.columns)


@cache
def load_meanings() -> tuple[Meaning, ...]:
    """Returns the list; raises `ContractError` that names what is wrong with it."""
    try:
        content = read_yaml(MEANINGS_FILE, source=MEANINGS_FILE.name).content
        return tuple(_meaning(one) for one in content["meanings"])
    except (KeyError, TypeError, re.error, YamlProblem) as fault:
        expected = Text(
            en="a list of meanings, each with headings, titles, neutral values and texts in both languages",
            nl="een lijst van betekenissen, elk met kolomkoppen, titels, neutrale waarden en teksten in beide talen",
        )
        raise unusable(MEANINGS_FILE.name, fault, expected=expected) from fault


def _meaning(source: Mapping[str, Any]) -> Meaning:
    return Meaning(
        name=source["meaning"],
        registers=source["registers"],
        money=source.get("money", False),
        headings=tuple(re.compile(one) for one in source["headings"]),
        titles=tuple(re.compile(one) for one in source["titles"]),
        neutral=frozenset(one.casefold() for one in source["neutral"]),
        what=Text(**source["what"]),
        answer=Text(**source["answer"]),
    )


def of_heading(heading: str, contract: DataContract) -> Meaning | None:
    """Returns what a column under a heading that the contract does not know says of each row; None if nothing."""
    words = spoken(heading)
    return next((one for one in _mattering(contract) if any(shape.search(words) for shape in one.headings)), None)


def of_title(text: str, contract: DataContract) -> tuple[Meaning, str] | None:
    """Returns what a text outside the table says of all rows, and in which words; None if nothing."""
    words = _lowered(text)
    found = ((one, shape.search(words)) for one in _mattering(contract) for shape in one.titles)
    return next(((one, match[0].strip()) for one, match in found if match), None)


def _mattering(contract: DataContract) -> Iterable[Meaning]:
    return (one for one in load_meanings() if one.matters_in(contract))


def spoken(heading: str) -> str:
    """Returns a heading in small letters, with single spaces between words and without accents or signs."""
    return " ".join(re.sub(r"[^a-z0-9]+", " ", _lowered(heading)).split())


def _lowered(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())
