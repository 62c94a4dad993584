"""What a scenario may contain: the keys of the product page, their types, limits and defaults."""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from data_contracts.problem import nearest
from data_contracts.text import Text
from models.contract_forms import SUPPOSABLE
from models.parameters import ALL_AT_ONCE, Drivers, Parameter, point
from models.scenario.initiative import (
    Allocation,
    Backfill,
    Donors,
    Initiative,
    InitiativeKind,
    Quality,
    Recipients,
    Replacement,
    Stall,
    Support,
    Uptake,
)
from models.scenario.parts import Confidence, Evidence, ScenarioPart, Selection
from models.scenario.values import (
    MOST_EUR,
    MOST_TIMES,
    SHARES_TOLERANCE,
    DatedTariff,
    Growth,
    PayerIds,
    PlainShare,
    ProviderId,
    ProviderIds,
    ProviderOrEvery,
    ResourceName,
    RespectCapacity,
    Share,
    SpecialismCode,
    Year,
    fault,
    number,
)

__all__ = [
    "EVERY",
    "NORM_PREFIX",
    "Agreed",
    "Allocation",
    "Backfill",
    "Baseline",
    "CapacityGrowth",
    "CareTypes",
    "Closing",
    "Confidence",
    "DatedTariff",
    "DemandGrowth",
    "Donors",
    "Evidence",
    "Initiative",
    "InitiativeKind",
    "Materiality",
    "Pool",
    "Portfolio",
    "Quality",
    "Recipients",
    "Replacement",
    "ScaleDown",
    "Scenario",
    "ScenarioPart",
    "Selection",
    "Settlement",
    "SharedBudget",
    "Stall",
    "StopIf",
    "Support",
    "Suppose",
    "SupposedForm",
    "Thresholds",
    "Uptake",
    "drivers",
    "key_names",
    "parameters",
    "possible_keys",
]  # fmt: skip


class CareTypes(ScenarioPart):
    """Whose spending by age stands for which care: types of care of the dataset regional_spending, by specialism."""

    default: str | None = None
    specialism: dict[SpecialismCode, str] = Field(default_factory=dict)


class DemandGrowth(ScenarioPart):
    """Yearly growth of demand without an agreement, by specialism.

    With `from: population` demand grows as the population ages (`models.region.ageing`), and the rates given here are
    what comes on top of that: `(1 + ageing) * (1 + rate) - 1`.
    """

    source: Literal["population"] | None = Field(default=None, alias="from")
    care_type: CareTypes | None = None
    default: Growth = point(0.0)
    specialism: dict[SpecialismCode, Growth] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _care_types_of_a_population(self) -> Self:
        if self.care_type is not None and self.source is None:
            raise fault(
                "care_type without from: population; expected both or neither",
                "care_type zonder from: population; verwacht beide of geen van beide",
            )
        return self

    def care_type_of(self, specialism: str | None) -> str | None:
        """Returns the type of care that stands for a specialism; None is all care together."""
        types = self.care_type or CareTypes()
        return types.default if specialism is None else types.specialism.get(specialism, types.default)

    @property
    def own_paths(self) -> tuple[str, ...]:
        """The specialisms that grow by a rate or a type of care of their own."""
        return tuple(dict.fromkeys((*self.specialism, *(self.care_type or CareTypes()).specialism)))


class CapacityGrowth(ScenarioPart):
    """Yearly growth of capacity without an agreement, by resource."""

    default: Growth = point(0.0)
    resource: dict[ResourceName, Growth] = Field(default_factory=dict)


class Baseline(ScenarioPart):
    """What happens without an agreement.

    Attributes:
        demand_growth, capacity_growth: a year.
        initiatives: what moves anyway, after the scenario's own initiatives, in this order.
        enforce_norms: the year from which care below a volume norm goes elsewhere; not given: never.
    """

    demand_growth: DemandGrowth = DemandGrowth()
    capacity_growth: CapacityGrowth = CapacityGrowth()
    initiatives: tuple[Initiative, ...] = ()
    enforce_norms: Year | None = None


class SharedBudget(ScenarioPart):
    """Members that share with a payer what a kind of care costs more or less (population funding, bundle)."""

    id: str
    payers: PayerIds
    members: ProviderIds
    care: Annotated[tuple[Selection, ...], Field(min_length=1)]
    payer_share: Share
    key: dict[str, PlainShare] | None = None
    first_year: Year = Field(alias="from")
    last_year: Year = Field(alias="until")
    evidence: tuple[Evidence, ...] = ()

    @model_validator(mode="after")
    def _key_of_members(self) -> Self:
        if self.last_year < self.first_year:
            raise fault(
                f"until {self.last_year} before from {self.first_year}; expected the same year or later",
                f"until {self.last_year} voor from {self.first_year}; verwacht hetzelfde jaar of later",
                at="until",
            )
        if self.key is not None:
            if set(self.key) - set(self.members):
                others = ", ".join(sorted(set(self.key) - set(self.members)))
                raise fault(
                    f"a key for {others}; expected members only",
                    f"een sleutel voor {others}; verwacht alleen deelnemers",
                    at="key",
                    action=nearest(others, self.members),
                )
            if abs(sum(self.key.values()) - 1) > SHARES_TOLERANCE:
                total = sum(self.key.values())
                raise fault(
                    f"a key that adds up to {total:g}; expected 1",
                    f"een verdeelsleutel die optelt tot {total:g}; verwacht 1",
                    at="key",
                )
        return self


class Pool(ScenarioPart):
    """One resource of several providers, staffed as one."""

    id: str
    resource: ResourceName
    providers: ProviderIds


def _supposable(raw: object) -> object:
    """Refuses a form that no contract has, or whose figures only a contract can tell."""
    if raw not in SUPPOSABLE:
        forms = ", ".join(SUPPOSABLE)
        raise fault(
            f"{raw!r}; expected one of {forms}",
            f"{raw!r}; verwacht een van {forms}",
            action=nearest(str(raw), SUPPOSABLE),
        )
    return raw


SupposedForm = Annotated[str, BeforeValidator(_supposable), Field(json_schema_extra={"enum": list(SUPPOSABLE)})]
"""The forms that need no more than an agreed amount; a corridor has a width and rates that only a contract can tell."""
NORM_PREFIX = "norm-"
"""What the id of an initiative that an enforced volume norm makes begins with (section 1)."""
EVERY = "every"
"""Stands for every provider that has no factor of its own."""


def _factors(raw: object) -> dict[str, float]:
    """Reads a factor for every provider, or one by provider, `every` for the others."""
    factors = {name: number(value) for name, value in (raw if isinstance(raw, dict) else {EVERY: raw}).items()}
    wrong = next((factor for factor in factors.values() if not 0 <= factor <= MOST_TIMES), None)
    if wrong is not None:
        most = f"{MOST_TIMES:,.0f}"
        raise fault(
            f"a factor of {wrong:g}; expected 0 to {most}, where 1.1 is a tenth more",
            f"een factor van {wrong:g}; verwacht 0 tot {most.replace(',', '.')}, waarbij 1.1 een tiende meer is",
        )
    return factors


Factors = Annotated[dict[ProviderOrEvery, float], BeforeValidator(_factors)]


class Suppose(ScenarioPart):
    """Facts of the region that a what-if takes to be other than delivered; nobody but the model is told otherwise.

    Attributes:
        contract: by provider, the form of its contracts with every payer. The agreed amount, growth and term are those
            of the delivered contract; where none was, the base year's production, with no end. What a renewal passes on
            is as delivered too, unless the new form passes on something else where nothing is said (capitation).
        capacity: by resource, the factor on what is available: for every provider, or by provider.
    """

    contract: dict[ProviderId, SupposedForm] = Field(default_factory=dict)
    capacity: dict[ResourceName, Factors] = Field(default_factory=dict)


class Settlement(ScenarioPart):
    """How gains and losses are settled.

    Attributes:
        rule: which of the five divides them.
        transition_fund_eur: pays one-off costs first; not given: it pays nothing, and no package has to stay within it.
    """

    rule: Literal["none", "keep_whole", "equal_gain", "proportional", "shapley"] = "none"
    transition_fund_eur: Annotated[float, Field(ge=0, le=MOST_EUR)] | None = None


class Portfolio(ScenarioPart):
    """Limits within which a package of initiatives is chosen (section 11).

    Attributes:
        loss_cap: the most that any party may lose a year, as a share of its size; not given: no cap.
        shortage: whether no recipient may be shorter of hands than without an agreement on expectation, or at p90.
        shortage_tolerance_fte: how much shorter it may be of each kind of staff, in full-time equivalents.
    """

    loss_cap: Annotated[float, Field(ge=0, le=MOST_TIMES)] | None = None
    shortage: Literal["expected", "p90"] = "expected"
    shortage_tolerance_fte: Annotated[float, Field(ge=0, le=MOST_TIMES)] = 0.0


class Thresholds(ScenarioPart):
    """When a department is at risk."""

    viability_floor: Annotated[float, Field(ge=-1, le=1)] = -0.05
    viability_volume_drop: PlainShare = 0.30


class Materiality(ScenarioPart):
    """Below which share an interest is neutral, by dimension (section 9); of travel, kilometres a year.

    Attributes:
        default: the older key for all of revenue, margin, staff and facility capacity that have none of their own.
        progress: how far an agreement may lag behind its plan. An assumption: no source sets one.
    """

    default: PlainShare | None = None
    revenue: PlainShare | None = None
    margin: PlainShare | None = None
    cushion: PlainShare = 0.05
    department: PlainShare = 0.02
    spend: PlainShare = 0.01
    staff_capacity: PlainShare | None = None
    facility_capacity: PlainShare | None = None
    travel: Annotated[float, Field(ge=0, le=MOST_EUR)] = 1.0
    progress: PlainShare = 0.10

    def limit(self, dimension: str) -> float:
        """Returns the limit of a dimension: its own, else the older default, else the model's."""
        own = getattr(self, dimension)
        if own is None:
            own = MATERIALITY_DEFAULTS[dimension] if self.default is None else self.default
        return float(own)


MATERIALITY_DEFAULTS = {"revenue": 0.001, "margin": 0.001, "staff_capacity": 0.01, "facility_capacity": 0.01}
"""The model's limits of the dimensions that the older `default` speaks for too (section 9)."""


class Closing(ScenarioPart):
    """Which share of what a provider loses on balance it closes, from a year on."""

    provider: ProviderId
    first_year: Year = Field(alias="from")
    share: PlainShare

    @property
    def id(self) -> str:
        """The provider, by which it is found."""
        return self.provider


def _scale_down(raw: object) -> object:
    if not isinstance(raw, list | tuple) and raw not in SCALE_DOWN:
        raise fault(
            f"{raw!r}; expected one of {', '.join(SCALE_DOWN)}, or a list of provider, from and share",
            f"{raw!r}; verwacht een van {', '.join(SCALE_DOWN)}, of een lijst van provider, from en share",
        )
    return raw


def _way_of_closing(raw: object) -> str:
    return "word" if isinstance(raw, str) else "decisions"


SCALE_DOWN = ("all", "whole_steps", "none")
ScaleDown = Annotated[
    Annotated[Literal["all", "whole_steps", "none"], Tag("word")] | Annotated[tuple[Closing, ...], Tag("decisions")],
    Discriminator(_way_of_closing),
    BeforeValidator(_scale_down),
]
"""How far semi-fixed cost is shed: by itself, in whole steps, not at all, or as providers decided (section 4)."""


class StopIf(ScenarioPart):
    """When the first page of the middle says: stop here, before energy is spent.

    Attributes:
        no_room: no package keeps every known red line.
        urgency_gap: the urgencies of the parties lie at least this far apart, on the scale of 1 to 5.
        shared_interests_below: the parties have fewer interests in common than this.
    """

    no_room: bool = False
    urgency_gap: Annotated[int, Field(ge=1, le=4)] | None = None
    shared_interests_below: Annotated[int, Field(ge=1, le=1_000)] | None = None


class Agreed(ScenarioPart):
    """The release and day on which a scenario became an agreement."""

    release: Annotated[str, Field(min_length=1)]
    date: str

    @model_validator(mode="after")
    def _a_day(self) -> Self:
        try:
            dt.date.fromisoformat(self.date)
        except ValueError:
            raise fault(
                f"{self.date!r}; expected a day such as 2027-01-15",
                f"{self.date!r}; verwacht een dag zoals 2027-01-15",
                at="date",
            ) from None
        return self


class Scenario(ScenarioPart):
    """A whole scenario, as filed.

    Attributes:
        correlation: how far guesses of one kind are wrong together, by the name of a key (section 8).
        norm_window: over how many years a volume norm is judged (section 6).
    """

    scenario: Annotated[str, Field(min_length=1)]
    title: Text | None = None
    base_year: Annotated[int, Field(ge=1990, le=2200)]
    horizon: Annotated[int, Field(ge=1990, le=2300)]
    draws: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0
    discount_rate: Annotated[float, Field(gt=-1, le=1)] = 0.0
    baseline: Baseline = Baseline()
    respect_capacity: RespectCapacity = False
    scale_down: ScaleDown = "all"
    correlation: dict[str, PlainShare] = Field(default_factory=dict)
    norm_window: Annotated[int, Field(ge=1, le=30)] = 1
    settlement: Settlement = Settlement()
    portfolio: Portfolio = Portfolio()
    thresholds: Thresholds = Thresholds()
    materiality: Materiality = Materiality()
    stop_if: StopIf = StopIf()
    agreed: Agreed | None = None
    initiatives: tuple[Initiative, ...] = ()
    shared_budgets: tuple[SharedBudget, ...] = ()
    pools: tuple[Pool, ...] = ()
    suppose: Suppose = Suppose()
    evidence: tuple[Evidence, ...] = ()

    @field_validator("correlation")
    @classmethod
    def _known_names(cls, given: dict[str, float]) -> dict[str, float]:
        known = (ALL_AT_ONCE, *key_names())
        for name in given:
            if name not in known:
                raise fault(
                    f"the unknown name {name}; expected the name of a key that holds a parameter",
                    f"de onbekende naam {name}; verwacht de naam van een sleutel die een parameter bevat",
                    action=nearest(name, known),
                )
        return given

    @property
    def every_initiative(self) -> tuple[Initiative, ...]:
        """The agreed initiatives, then those that happen anyway; an id stands for one of them only."""
        return (*self.initiatives, *self.baseline.initiatives)

    def path_of(self, initiative: Initiative) -> str:
        """Returns the key path of an initiative, under which its parameters are drawn."""
        anyway = any(one.id == initiative.id for one in self.baseline.initiatives)
        return f"baseline.initiatives.{initiative.id}" if anyway else f"initiatives.{initiative.id}"

    @property
    def names(self) -> Text:
        """The title, or the scenario's name where none was given."""
        return self.title or Text(nl=self.scenario, en=self.scenario)

    @property
    def years(self) -> range:
        """The calendar years evaluated, base year to horizon inclusive."""
        return range(self.base_year, self.horizon + 1)


def parameters(part: object, path: str = "") -> Iterator[tuple[str, Parameter]]:
    """Yields every parameter of a scenario or of a part of it with its key path, in the order of the schema.

    An item of a list goes by its id (`initiatives.af-to-gp.returns`), so that reordering changes no draw.
    """
    for found, _, parameter in _walk(part, path, ""):
        yield found, parameter


def drivers(scenario: Scenario) -> Drivers:
    """Returns what the parameters of a scenario share: of each key path the name of its key, and the correlations."""
    names = {path: name for path, name, _ in _walk(scenario, "", "")}
    return Drivers(names, scenario.correlation)


def _walk(part: object, path: str, name: str) -> Iterator[tuple[str, str, Parameter]]:
    """Yields path, key name and parameter; the key name has neither ids nor codes."""
    if isinstance(part, Parameter):
        yield path, name, part
    elif isinstance(part, BaseModel):
        for field_name, field in type(part).model_fields.items():
            key = field.alias or field_name
            yield from _walk(getattr(part, field_name), _join(path, key), _key_name(type(part), name, key))
    elif isinstance(part, dict):
        for key, value in part.items():
            yield from _walk(value, _join(path, str(key)), name)
    elif isinstance(part, tuple):
        for position, value in enumerate(part):
            yield from _walk(value, _join(path, getattr(value, "id", str(position))), name)


def _key_name(part: type[BaseModel], name: str, key: str) -> str:
    """Returns the name of a key in a part: an initiative's keys by themselves, a growth rate by what grows."""
    if issubclass(part, DemandGrowth | CapacityGrowth):
        return name
    return key if issubclass(part, Initiative | SharedBudget) else _join(name, key)


@cache
def key_names() -> tuple[str, ...]:
    """Returns the name of every key that may hold a parameter: what `correlation` can speak of."""
    return tuple(dict.fromkeys(_possible(Scenario, "")))


def _possible(annotation: Any, name: str) -> Iterator[str]:  # noqa: ANN401 - a type as it is annotated
    if annotation is Parameter:
        yield name
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field_name, field in annotation.model_fields.items():
            yield from _possible(field.annotation, _key_name(annotation, name, field.alias or field_name))
    else:
        for inner in get_args(annotation):
            yield from _possible(inner, name)


@cache
def possible_keys(part: type[BaseModel]) -> tuple[str, ...]:
    """Returns every key below a part, with dots between; `*` stands for an id or a code that the file chooses."""
    return tuple(dict.fromkeys(_keys_below(part, "")))


def _keys_below(annotation: Any, path: str) -> Iterator[str]:  # noqa: ANN401 - a type as it is annotated
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field_name, field in annotation.model_fields.items():
            key = _join(path, field.alias or field_name)
            yield key
            yield from _keys_below(field.annotation, key)
        return
    chosen = get_origin(annotation) is dict or (get_origin(annotation) is tuple and _has_parts(annotation))
    for inner in get_args(annotation):
        if chosen and inner is not Ellipsis:
            yield _join(path, "*")
        yield from _keys_below(inner, _join(path, "*") if chosen else path)


def _has_parts(annotation: Any) -> bool:  # noqa: ANN401
    return any(isinstance(inner, type) and issubclass(inner, BaseModel) for inner in get_args(annotation))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
