"""What a scenario may contain: the keys of the product page, their types, limits and defaults.

Defaults here are the model's (section 2): returns and induced demand 0, ratios and maximum 1, one year to full,
linear, equal. A kind of initiative sets words, not algebra.
"""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from models.parameters import ARGUMENTS, Parameter, point

InitiativeKind = Literal[
    "substitution", "concentration", "relocation", "consultation", "shared_team", "consolidation", "bundle"
]
Allocation = Literal["shares", "equal", "size", "nearest", "capacity"]
Confidence = Literal["verified", "general", "assumption"]
SHARES_TOLERANCE = 1.000001e-6
"""How far from 1 shares may add up: what rounding to six decimals leaves."""


def _fault(message: str) -> PydanticCustomError:
    """Returns a validation error whose message is 'found ...; expected ...' in our own words."""
    return PydanticCustomError("scenario", "{message}", {"message": message})


def _number(raw: object) -> float:
    try:
        number = float(raw)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _fault(f"{raw!r}; expected a number with a decimal point") from None
    if not math.isfinite(number):
        raise _fault(f"{raw!r}; expected a finite number")
    return number


def _named(raw: dict[str, Any]) -> Parameter:
    shape = str(raw.get("dist"))
    if shape not in ARGUMENTS:
        raise _fault(f"dist {raw.get('dist')!r}; expected one of {', '.join(ARGUMENTS)}")
    wanted = ARGUMENTS[shape]
    if set(raw) - {"dist"} != set(wanted):
        raise _fault(f"{', '.join(sorted(set(raw) - {'dist'})) or 'no keys'} beside dist; expected {', '.join(wanted)}")
    return Parameter(shape, tuple(_number(raw[name]) for name in wanted))  # type: ignore[arg-type]


def _unlimited(raw: object) -> Parameter:
    """Reads a parameter as people write it: a number, `[low, mode, high]`, or `{dist: ..., ...}`."""
    if isinstance(raw, Parameter):
        return raw
    if isinstance(raw, dict):
        return _named(raw)
    if isinstance(raw, list | tuple):
        if len(raw) != 3:
            raise _fault(f"a list of {len(raw)}; expected a number or [low, mode, high]")
        return Parameter("pert", tuple(_number(item) for item in raw))
    return point(_number(raw))


def _ordered(parameter: Parameter) -> None:
    """Refuses ranges that run backwards and spreads that are not positive."""
    arguments = parameter.arguments
    if parameter.shape in {"pert", "uniform", "triangular"} and list(arguments) != sorted(arguments):
        raise _fault(f"{list(arguments)}; expected low, mode and high in rising order")
    if parameter.shape in {"normal", "lognormal"} and arguments[1] < 0:
        raise _fault(f"a spread of {arguments[1]}; expected 0 or more")
    if parameter.shape == "lognormal" and arguments[0] <= 0:
        raise _fault(f"a median of {arguments[0]}; expected more than 0")
    if parameter.shape == "beta" and min(arguments) <= 0:
        raise _fault(f"beta with {list(arguments)}; expected both above 0")


def _within(low: float, high: float) -> BeforeValidator:
    """Returns a validator that reads a parameter and keeps it between two limits."""

    def read(raw: object) -> Parameter:
        parameter = _unlimited(raw)
        _ordered(parameter)
        bounded = parameter.shape in {"point", "pert", "uniform", "triangular"}
        least, most = parameter.support
        if bounded and (least < low or most > high):
            raise _fault(f"{least if least < low else most:g}; expected between {low:g} and {high:g}")
        return Parameter(parameter.shape, parameter.arguments, low=low, high=high)

    return BeforeValidator(read)


def _codes(raw: object) -> tuple[str, ...]:
    items = raw if isinstance(raw, list | tuple) else [raw]
    if not items or any(not isinstance(item, str) or not item for item in items):
        raise _fault(f"{raw!r}; expected a code or a list of codes, as text")
    return tuple(str(item) for item in items)


def _own_price_or(raw: object) -> object:
    return "own_price" if raw == "own_price" else _AMOUNT.func(raw)  # type: ignore[call-arg]


_AMOUNT = _within(0.0, float("inf"))
Share = Annotated[Parameter, _within(0.0, 1.0)]
Ratio = Annotated[Parameter, _within(0.0, float("inf"))]
Amount = Annotated[Parameter, _AMOUNT]
Growth = Annotated[Parameter, _within(-1.0, float("inf"))]
Years = Annotated[Parameter, _within(0.0, float("inf"))]
Tariff = Annotated[Parameter | Literal["own_price"], BeforeValidator(_own_price_or)]
Codes = Annotated[tuple[str, ...], BeforeValidator(_codes)]
PlainShare = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """A part of a scenario: frozen, and with no keys but its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _remember_keys(cls, raw: Any, info: ValidationInfo) -> Any:  # noqa: ANN401
        """Notes which keys were possible here, so that a misspelt one can be told its nearest."""
        if info.context is not None and isinstance(raw, dict):
            info.context[id(raw)] = [field.alias or name for name, field in cls.model_fields.items()]
        return raw


class Title(Part):
    """A title in both languages; a plain text stands for both."""

    nl: str
    en: str

    @model_validator(mode="before")
    @classmethod
    def _one_text_for_both(cls, raw: Any) -> Any:  # noqa: ANN401
        return {"nl": raw, "en": raw} if isinstance(raw, str) else raw


class Evidence(Part):
    """Where a parameter comes from, and how much it can be trusted."""

    parameter: str
    source: str
    url: str | None = None
    year: int | None = None
    confidence: Confidence


class Selection(Part):
    """Care that matches every key given here; a key that is not given matches everything."""

    specialism: Codes | None = None
    diagnosis: Codes | None = None
    care_product: Codes | None = None


class Donors(Part):
    """Who gives care away: by id, by kind, or those of the kinds among the ids."""

    providers: Codes | None = None
    kind: Codes | None = None

    @model_validator(mode="after")
    def _someone(self) -> Self:
        if self.providers is None and self.kind is None:
            raise _fault("neither providers nor kind; expected at least one of them")
        return self


class Recipients(Part):
    """Who receives it, and by which rule it is divided."""

    providers: Codes | None = None
    kind: Codes | None = None
    allocate: Allocation = "equal"
    shares: dict[str, PlainShare] | None = None
    resource: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _shares_say_how(cls, raw: Any) -> Any:  # noqa: ANN401
        if isinstance(raw, dict) and raw.get("shares") is not None and "allocate" not in raw:
            return raw | {"allocate": "shares"}
        return raw

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.allocate == "shares") != (self.shares is not None):
            raise _fault(
                f"allocate {self.allocate} {'with' if self.shares else 'without'} shares; expected both or none"
            )
        if self.shares is not None:
            self._check_shares(self.shares)
        elif self.providers is None and self.kind is None:
            raise _fault("neither providers nor kind nor shares; expected to know who receives")
        if (self.allocate == "capacity") != (self.resource is not None):
            raise _fault(
                f"allocate {self.allocate}, resource {self.resource}; expected a resource with capacity, only then"
            )
        return self

    def _check_shares(self, shares: dict[str, float]) -> None:
        total = sum(shares.values())
        if abs(total - 1) > SHARES_TOLERANCE:
            raise _fault(f"shares that add up to {total:g}; expected 1")
        if self.providers is not None and set(self.providers) != set(shares):
            raise _fault("other providers than the keys of shares; expected the same, or only shares")


class Stall(Part):
    """The champion leaves: with this probability uptake stops growing after so many years."""

    probability: Share
    after_years: Annotated[int, Field(ge=0)] = 1


class Uptake(Part):
    """How much of what is eligible moves, year by year."""

    start: int
    years_to_full: Years = point(1.0)
    shape: Literal["linear", "logistic"] = "linear"
    maximum: Share = point(1.0)
    stall: Stall | None = None


class Replacement(Part):
    """What the care becomes at the recipient, when it becomes something else."""

    units_per_unit: Ratio = point(1.0)
    tariff_eur: Tariff
    tariff_outside_contract: bool = False
    cost_per_unit_eur: Amount | None = None
    resources: dict[str, Amount] = Field(default_factory=dict)


class Support(Part):
    """A party that looks along with the recipient: what it spends per moved unit, and what it is paid."""

    provider: str
    tariff_eur: Amount = point(0.0)
    cost_per_unit_eur: Amount = point(0.0)
    resources: dict[str, Amount] = Field(default_factory=dict)


class Initiative(Part):
    """One proposed transfer of care."""

    id: Annotated[str, Field(min_length=1)]
    kind: InitiativeKind
    title: Title | None = None
    donors: Donors = Field(alias="from")
    recipients: Recipients = Field(alias="to")
    care: Annotated[tuple[Selection, ...], Field(min_length=1)]
    eligible_share: Share
    uptake: Uptake
    start_choices: tuple[int, ...] = ()
    returns: Share = point(0.0)
    relative_intensity: Ratio = point(1.0)
    induced_demand: Ratio = point(0.0)
    replacement: Replacement | None = None
    support: Support | None = None
    backfill_share: Share = point(0.0)
    visits_per_unit: Ratio = point(1.0)
    transition_cost_eur: dict[str, Amount] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @model_validator(mode="after")
    def _lighter_patients_cannot_all_leave(self) -> Self:
        """Refuses λ other than 1 where a segment can move whole: nothing would stay to grow heavier."""
        most = self.eligible_share.support[1] * self.uptake.maximum.support[1] * (1 - self.returns.support[0])
        if self.relative_intensity.support != (1.0, 1.0) and most >= 1:
            raise _fault("relative_intensity other than 1 while all of the care can move; expected some to stay")
        return self

    @property
    def names(self) -> Title:
        """The title, or the id where none was given."""
        return self.title or Title(nl=self.id, en=self.id)


class CareTypes(Part):
    """Whose spending by age stands for which care: types of care of the dataset regional_spending, by specialism."""

    default: str | None = None
    specialism: dict[str, str] = Field(default_factory=dict)


class DemandGrowth(Part):
    """Yearly growth of demand without an agreement, by specialism.

    With `from: population` demand grows as the population ages (`models.region.ageing`), and the rates given here are
    what comes on top of that: `(1 + ageing) * (1 + rate) - 1`.
    """

    source: Literal["population"] | None = Field(default=None, alias="from")
    care_type: CareTypes | None = None
    default: Growth = point(0.0)
    specialism: dict[str, Growth] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _care_types_of_a_population(self) -> Self:
        if self.care_type is not None and self.source is None:
            raise _fault("care_type without from: population; expected both or neither")
        return self

    def care_type_of(self, specialism: str | None) -> str | None:
        """Returns the type of care that stands for a specialism; None is all care together."""
        types = self.care_type or CareTypes()
        return types.default if specialism is None else types.specialism.get(specialism, types.default)

    @property
    def own_paths(self) -> tuple[str, ...]:
        """The specialisms that grow by a rate or a type of care of their own."""
        return tuple(dict.fromkeys((*self.specialism, *(self.care_type or CareTypes()).specialism)))


class CapacityGrowth(Part):
    """Yearly growth of capacity without an agreement, by resource."""

    default: Growth = point(0.0)
    resource: dict[str, Growth] = Field(default_factory=dict)


class Baseline(Part):
    """What happens without an agreement."""

    demand_growth: DemandGrowth = DemandGrowth()
    capacity_growth: CapacityGrowth = CapacityGrowth()


class SharedBudget(Part):
    """Members that share with a payer what a kind of care costs more or less (population funding, bundle)."""

    id: str
    payers: Codes
    members: Codes
    care: Annotated[tuple[Selection, ...], Field(min_length=1)]
    payer_share: Share
    key: dict[str, PlainShare] | None = None
    first_year: int = Field(alias="from")
    last_year: int = Field(alias="until")
    evidence: tuple[Evidence, ...] = ()

    @model_validator(mode="after")
    def _key_of_members(self) -> Self:
        if self.last_year < self.first_year:
            raise _fault(f"until {self.last_year} before from {self.first_year}; expected the same year or later")
        if self.key is not None:
            if set(self.key) - set(self.members):
                raise _fault(f"a key for {', '.join(sorted(set(self.key) - set(self.members)))}; expected members only")
            if abs(sum(self.key.values()) - 1) > SHARES_TOLERANCE:
                raise _fault(f"a key that adds up to {sum(self.key.values()):g}; expected 1")
        return self


class Pool(Part):
    """One resource of several providers, staffed as one."""

    id: str
    resource: str
    providers: Codes


SupposedForm = Literal["fee_for_service", "ceiling", "lump_sum", "capitation"]
"""The forms that need no more than an agreed amount; a corridor has a width and rates that only a contract can tell."""
EVERY = "every"
"""Stands for every provider that has no factor of its own."""


def _factors(raw: object) -> dict[str, float]:
    """Reads a factor for every provider, or one by provider, `every` for the others."""
    factors = {name: _number(value) for name, value in (raw if isinstance(raw, dict) else {EVERY: raw}).items()}
    low = min(factors.values(), default=0.0)
    if low < 0:
        raise _fault(f"a factor of {low:g}; expected 0 or more, where 1.1 is a tenth more")
    return factors


Factors = Annotated[dict[str, float], BeforeValidator(_factors)]


class Suppose(Part):
    """Facts of the region that a what-if takes to be other than delivered; nobody but the model is told otherwise.

    Attributes:
        contract: by provider, the form of its contracts with every payer. The agreed amount, growth and term are those
            of the delivered contract; where none was, the base year's production, with no end. What a renewal passes on
            is as delivered too, unless capitation comes or goes: then as that form has it when nothing is said.
        capacity: by resource, the factor on what is available: for every provider, or by provider.
    """

    contract: dict[str, SupposedForm] = Field(default_factory=dict)
    capacity: dict[str, Factors] = Field(default_factory=dict)


class Settlement(Part):
    """How gains and losses are settled.

    Attributes:
        rule: which of the five divides them.
        transition_fund_eur: pays one-off costs first; not given: it pays nothing, and no package has to stay within it.
    """

    rule: Literal["none", "keep_whole", "equal_gain", "proportional", "shapley"] = "none"
    transition_fund_eur: Annotated[float, Field(ge=0)] | None = None


class Portfolio(Part):
    """Limits within which a package of initiatives is chosen (section 11).

    Attributes:
        loss_cap: the most that any party may lose a year, as a share of its size; not given: no cap.
        shortage: whether no recipient may be shorter of hands than without an agreement on expectation, or at p90.
        shortage_tolerance_fte: how much shorter it may be of each kind of staff, in full-time equivalents.
    """

    loss_cap: Annotated[float, Field(ge=0)] | None = None
    shortage: Literal["expected", "p90"] = "expected"
    shortage_tolerance_fte: Annotated[float, Field(ge=0)] = 0.0


class Thresholds(Part):
    """When a department is at risk."""

    viability_floor: float = -0.05
    viability_volume_drop: PlainShare = 0.30


class Agreed(Part):
    """The release and day on which a scenario became an agreement."""

    release: str
    date: str


class Scenario(Part):
    """A whole scenario, as filed."""

    scenario: Annotated[str, Field(min_length=1)]
    title: Title | None = None
    base_year: Annotated[int, Field(ge=1990, le=2200)]
    horizon: Annotated[int, Field(ge=1990, le=2300)]
    draws: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    seed: int = 0
    discount_rate: Annotated[float, Field(gt=-1, le=1)] = 0.0
    baseline: Baseline = Baseline()
    respect_capacity: bool = False
    settlement: Settlement = Settlement()
    portfolio: Portfolio = Portfolio()
    thresholds: Thresholds = Thresholds()
    materiality: dict[str, PlainShare] = Field(default_factory=lambda: {"default": 0.001})
    agreed: Agreed | None = None
    initiatives: tuple[Initiative, ...] = ()
    shared_budgets: tuple[SharedBudget, ...] = ()
    pools: tuple[Pool, ...] = ()
    suppose: Suppose = Suppose()
    evidence: tuple[Evidence, ...] = ()

    @property
    def names(self) -> Title:
        """The title, or the scenario's name where none was given."""
        return self.title or Title(nl=self.scenario, en=self.scenario)

    @property
    def years(self) -> range:
        """The calendar years evaluated, base year to horizon inclusive."""
        return range(self.base_year, self.horizon + 1)


def parameters(part: object, path: str = "") -> Iterator[tuple[str, Parameter]]:
    """Yields every parameter of a scenario or of a part of it with its key path, in the order of the schema.

    An item of a list goes by its id (`initiatives.af-to-gp.returns`), so that reordering changes no draw.
    """
    if isinstance(part, Parameter):
        yield path, part
    elif isinstance(part, BaseModel):
        for name, field in type(part).model_fields.items():
            yield from parameters(getattr(part, name), _join(path, field.alias or name))
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from parameters(value, _join(path, name))
    elif isinstance(part, tuple):
        for position, value in enumerate(part):
            yield from parameters(value, _join(path, getattr(value, "id", str(position))))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
