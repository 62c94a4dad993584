"""What the program itself refuses or remarks on in a delivery: each code and how to mend it, of `refusals.yaml`.

The rules of a contract and those across datasets (`across`) say of themselves what they hold and what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from data_contracts.contract import unusable
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, read_yaml

Of = Literal["file", "row", "note"]
KINDS: tuple[Of, ...] = ("file", "row", "note")
REFUSALS_FILE = Path(__file__).with_name("refusals.yaml")


@dataclass(frozen=True)
class BuiltIn:
    """One code of the program's own.

    Attributes:
        code: as it stands in `rejection.rule`, in reports and in JSON.
        of: what is refused, or `note`: it counts, and something is said of it.
        means: what was found.
        mend: what to do.
    """

    code: str
    of: tuple[Of, ...]
    means: Text
    mend: Text


@cache
def built_in() -> tuple[BuiltIn, ...]:
    """Returns every code, in the order of the file; raises `ContractError` if the file is faulty."""
    try:
        return tuple(map(_built_in, read_yaml(REFUSALS_FILE, source=REFUSALS_FILE.name).content["refusals"]))
    except (KeyError, TypeError, ValueError, YamlProblem) as fault:
        expected = Text(
            en="for every code what it is of, what it means and how to mend it, in both languages",
            nl="van elke code waarvan zij is, wat zij betekent en hoe het wordt hersteld, in beide talen",
        )
        raise unusable(REFUSALS_FILE.name, fault, expected=expected) from fault


def _built_in(content: Mapping[str, Any]) -> BuiltIn:
    unknown = set(content["of"]) - set(KINDS)
    if unknown:
        raise ValueError(f"{content['code']}: {', '.join(sorted(unknown))} is not one of {', '.join(KINDS)}")
    of = cast("tuple[Of, ...]", tuple(content["of"]))
    return BuiltIn(content["code"], of, Text(**content["means"]), Text(**content["mend"]))
