"""Rules across datasets and deliveries, read from `across.yaml`: the only place where they and their thresholds stand.

A contract's rules look at one row; these look at what several deliveries say of one provider, or of the region.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from data_contracts.contract import Tier, load_contract, unusable
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, read_yaml

AcrossSeverity = Literal["warn", "stop"]
Mark = Literal["verified", "general", "assumption"]
RULES_FILE = Path(__file__).with_name("across.yaml")


@dataclass(frozen=True)
class Threshold:
    """From where on a rule speaks, why there, and what that is worth as evidence."""

    name: str
    value: float
    reason: Text
    mark: Mark = "assumption"


@dataclass(frozen=True)
class AcrossRule:
    """One rule: what it holds, the query for what breaks it, and what to say of that.

    Attributes:
        name: the rule.
        tier: logical (figures that contradict each other) or analytical (figures that are unusual).
        severity: `warn`, or `stop`: then the release is not published.
        dataset: whose deliveries the finding is told to.
        column: the column it is about; None for the whole row.
        spoils: the results that suffer.
        description: what it holds.
        query: returns the cases; its columns are listed in `across.yaml`.
        thresholds: the query's parameters, by name.
        message: what to say of a case; what it names in braces is filled in.
        beside_others: whether `expected` is what other parties have, so that only the middle may read it.
    """

    name: str
    tier: Tier
    severity: AcrossSeverity
    dataset: str
    column: str | None
    spoils: tuple[str, ...]
    description: Text
    query: str
    thresholds: tuple[Threshold, ...]
    message: Text
    beside_others: bool = False

    @property
    def parameters(self) -> dict[str, float]:
        """Returns the values that the query is run with."""
        return {threshold.name: threshold.value for threshold in self.thresholds}


@cache
def load_across_rules() -> tuple[AcrossRule, ...]:
    """Returns every rule, in the order of the file; raises `ContractError` if the file is faulty."""
    try:
        content = read_yaml(RULES_FILE, source=RULES_FILE.name).content
        return tuple(_rule(rule) for rule in content["rules"])
    except (KeyError, TypeError, ValueError, YamlProblem) as fault:
        expected = Text(
            en="for every rule its tier, severity, dataset, query and texts in both languages",
            nl="van elke regel het niveau, de ernst, de dataset, de query en teksten in beide talen",
        )
        raise unusable(RULES_FILE.name, fault, expected=expected) from fault


def _rule(content: Mapping[str, Any]) -> AcrossRule:
    contract = load_contract(content["dataset"])
    column = content["column"]
    if column is not None:
        contract.column(column)
    return AcrossRule(
        name=content["rule"],
        tier=cast("Tier", _one_of(content["tier"], get_args(Tier))),
        severity=cast("AcrossSeverity", _one_of(content["severity"], get_args(AcrossSeverity))),
        dataset=content["dataset"],
        column=column,
        spoils=tuple(content["spoils"]),
        description=Text(**content["description"]),
        query=content["query"],
        thresholds=tuple(_threshold(name, entry) for name, entry in content.get("thresholds", {}).items()),
        message=Text(**content["message"]),
        beside_others=bool(content.get("beside_others", False)),
    )


def _threshold(name: str, content: Mapping[str, Any]) -> Threshold:
    mark = cast("Mark", _one_of(content.get("mark", "assumption"), get_args(Mark)))
    return Threshold(name=name, value=float(content["value"]), reason=Text(**content["reason"]), mark=mark)


def _one_of(value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise ValueError(f"'{value}' is not one of {', '.join(allowed)}")
    return value
