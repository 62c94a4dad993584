"""The measures of impact, read from `measures.yaml`: their titles and units, and how their means add up."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from data_contracts.text import Text
from data_contracts.yaml_file import read_yaml


@dataclass(frozen=True)
class Measure:
    """A measure of impact.

    Attributes:
        name: as in `party_impact.measure`.
        title: what people call it.
        unit: of its figures.
        good_when: which way is good for the party.
        adds_over_years: whether its means may be added up over years.
    """

    name: str
    title: Text
    unit: str
    good_when: Literal["more", "less"]
    adds_over_years: bool


@cache
def measures() -> tuple[Measure, ...]:
    """Returns every measure, in the order of the file."""
    content = read_yaml(Path(__file__).with_suffix(".yaml")).mapping(keys="measures")
    return tuple(
        Measure(
            name,
            Text(nl=own["nl"], en=own["en"]),
            unit=own["unit"],
            good_when=own["good_when"],
            adds_over_years=own.get("adds_over_years", True),
        )
        for name, own in content["measures"].items()
    )
