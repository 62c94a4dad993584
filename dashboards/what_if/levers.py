"""What can be turned in a scenario: per initiative its parameters, for the region its contracts and capacities.

A lever moves the central value of a parameter; an uncertain one keeps its range, which moves along. Its evidence stands
beside it: where the value comes from, and how much that is worth.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from dashboards.data import ScenarioResults
from models.contract_forms import SUPPOSABLE
from models.parameters import Parameter
from models.region import Region
from models.region.supposed import delivered_forms
from models.result_tables import as_written
from models.scenario import Initiative, Scenario
from models.scenario.schema import EVERY

Unit = Literal["share", "euro", "year", "factor", "form", "norms"]
Value = float | int | str

AS_DELIVERED = "delivered"
"""The form of contract that changes nothing."""
FORMS = (AS_DELIVERED, *SUPPOSABLE)
NEVER = "never"
"""Volume norms that nobody enforces."""
ENFORCED = "baseline.enforce_norms"
MOST_CAPACITY, LEAST_CAPACITY = 1.5, 0.5
_DIGITS = 6
_HUNDREDTH = 0.01


@dataclass(frozen=True)
class ValueSource:
    """Where a value comes from: as the scenario's file says it, and its mark (verified, general or assumption)."""

    text: str | None
    url: str | None
    year: int | None
    confidence: str


@dataclass(frozen=True)
class Lever:
    """One thing that can be turned.

    Attributes:
        key: of the setting, such as `initiatives.af-to-gp.eligible_share`.
        group: id of the initiative, `norms`, `contract` or `capacity`.
        name: which it is: the key within its group, or the id of the provider or resource.
        unit: how its value is written.
        filed: value as filed, the central one of an uncertain parameter.
        low, high, step: the ends of its slider, and how finely it moves; 0 for a choice from a list.
        parameter: as filed, where it is one.
        source: its evidence; None where there is nothing to prove: a year that the table chooses, a supposition.
        is_default: whether the file leaves it out, so that the model's default counts.
        delivered: of a form of contract, the forms as delivered.
        choices: what can be chosen, where it is no slider.
    """

    key: str
    group: str
    name: str
    unit: Unit
    filed: Value
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    parameter: Parameter | None = None
    source: ValueSource | None = None
    is_default: bool = False
    delivered: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def span(self) -> tuple[float, float] | None:
        """The range that was filed; None for one number, or for no parameter."""
        if self.parameter is None or self.parameter.is_number:
            return None
        low, high = self.parameter.support
        return low, high

    def setting(self, value: Value) -> str | None:
        """Returns the setting that puts the lever at a value; None where it stands as filed."""
        if value == self.filed:
            return None
        if self.parameter is not None:
            moved = as_written(self.parameter.moved_to(float(value)))
            return f"{self.key}={json.dumps(_rounded(moved))}"
        if value == NEVER:
            return f"{self.key}=null"
        return f"{self.key}={value}"

    def at(self, scenario: Scenario) -> Value:
        """Returns where the lever stands in a scenario."""
        return _standing(self, scenario)


def levers_of(
    scenario: Scenario, results: ScenarioResults, *, resources: tuple[str, ...], region: Region
) -> tuple[Lever, ...]:
    """Returns the levers of a scenario: by initiative, then norms, contracts of the donors, and capacities.

    Args:
        scenario: as filed.
        results: its results as published, with its evidence.
        resources: those that the scenario touches.
        region: the facts, for the contracts as delivered.
    """
    evidence = {(row["initiative"], row["parameter"]): row for row in results.table("evidence").to_dicts()}
    found = [lever for one in scenario.initiatives for lever in _of_initiative(one, scenario, evidence)]
    found += [_norms(scenario)] if region.norms.ids else []
    found += [_contract(donor, scenario, region) for donor in _donors(results)]
    found += [_capacity(resource, scenario) for resource in resources]
    return tuple(found)


def _of_initiative(
    one: Initiative, scenario: Scenario, evidence: Mapping[tuple[str, str], Mapping[str, Any]]
) -> Iterator[Lever]:
    tariff = one.replacement.tariff_eur if one.replacement else None
    for name, parameter, most in (
        ("eligible_share", one.eligible_share, 1.0),
        ("uptake.maximum", one.uptake.maximum, 1.0),
        ("returns", one.returns, 1.0),
        ("induced_demand", one.induced_demand, max(1.0, _most(one.induced_demand))),
        ("replacement.tariff_eur", tariff, None),
    ):
        if isinstance(parameter, Parameter):
            yield _of_parameter(one, name, parameter, most=most, given=evidence.get((one.id, name)))
        if name == "uptake.maximum":
            yield _start(one, scenario)


def _of_parameter(
    one: Initiative, name: str, parameter: Parameter, *, most: float | None, given: Mapping[str, Any] | None
) -> Lever:
    source = (
        ValueSource(given["source"], given["url"], given["source_year"], given["confidence"] or "assumption")
        if given
        else None
    )
    return Lever(
        key=f"initiatives.{one.id}.{name}",
        group=one.id,
        name=name,
        unit="share" if most is not None else "euro",
        filed=round(parameter.central, _DIGITS),
        high=most if most is not None else max(10.0, round(2.5 * _most(parameter))),
        step=_HUNDREDTH if most is not None else (1.0 if _most(parameter) >= 10 else 0.1),
        parameter=parameter,
        source=source,
        is_default=given is None,
    )


def _start(one: Initiative, scenario: Scenario) -> Lever:
    first, last = scenario.base_year + 1, scenario.horizon
    return Lever(
        key=f"initiatives.{one.id}.uptake.start",
        group=one.id,
        name="uptake.start",
        unit="year",
        filed=one.uptake.start,
        low=min(first, one.uptake.start),
        high=max(last, one.uptake.start),
        step=1.0,
    )


def _norms(scenario: Scenario) -> Lever:
    """Returns from which year volume norms are enforced, with an agreement and without."""
    years = range(scenario.base_year + 1, scenario.horizon + 1)
    return Lever(
        key=ENFORCED,
        group="norms",
        name="enforce_norms",
        unit="norms",
        filed=_enforced(scenario),
        choices=(NEVER, *map(str, years)),
    )


def _enforced(scenario: Scenario) -> str:
    year = scenario.baseline.enforce_norms
    return NEVER if year is None else str(year)


def _contract(provider: str, scenario: Scenario, region: Region) -> Lever:
    return Lever(
        key=f"suppose.contract.{provider}",
        group="contract",
        name=provider,
        unit="form",
        filed=scenario.suppose.contract.get(provider, AS_DELIVERED),
        delivered=delivered_forms(region, provider),
        choices=FORMS,
    )


def _capacity(resource: str, scenario: Scenario) -> Lever:
    return Lever(
        key=f"suppose.capacity.{resource}.{EVERY}",
        group="capacity",
        name=resource,
        unit="factor",
        filed=scenario.suppose.capacity.get(resource, {}).get(EVERY, 1.0),
        low=LEAST_CAPACITY,
        high=MOST_CAPACITY,
        step=_HUNDREDTH,
    )


def _donors(results: ScenarioResults) -> list[str]:
    """Returns the providers that care leaves, in the order of the initiatives."""
    named = [
        donor for text in results.table("initiative").sort("order")["donors"] for donor in json.loads(text or "[]")
    ]
    size = results.table("party_baseline").group_by("party").agg(pl.col("size_eur").first())
    sizes = dict(size.iter_rows())
    return sorted(dict.fromkeys(named), key=lambda donor: -(sizes.get(donor) or 0.0))


def _standing(lever: Lever, scenario: Scenario) -> Value:
    if lever.group == "norms":
        return _enforced(scenario)
    if lever.group == "contract":
        return scenario.suppose.contract.get(lever.name, AS_DELIVERED)
    if lever.group == "capacity":
        return scenario.suppose.capacity.get(lever.name, {}).get(EVERY, 1.0)
    part: Any = next(one for one in scenario.initiatives if one.id == lever.group)
    for name in lever.name.split("."):
        part = getattr(part, name)
    return round(part.central, _DIGITS) if isinstance(part, Parameter) else part


def _most(parameter: Parameter) -> float:
    """Returns the largest value that a parameter reaches, its central value where there is no largest."""
    most = parameter.natural[1]
    return most if most != float("inf") else 2 * parameter.central


def _rounded(value: Any) -> Any:  # noqa: ANN401 - a number, a range, or a distribution's arguments
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return {name: _rounded(item) for name, item in value.items()} if isinstance(value, dict) else value
