"""One initiative: who gives which care to whom, how fast, what becomes of it, what it costs.

Defaults here are the model's (section 2): returns, induced demand and what is forgone 0, ratios and maximum 1, one year
to full, linear, equal. A kind of initiative sets words, not algebra; only prevention has nobody who receives.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from data_contracts.text import Text
from models.parameters import point
from models.scenario.parts import Evidence, ScenarioPart, Selection
from models.scenario.values import (
    MOST_YEARS,
    SHARES_TOLERANCE,
    Amount,
    AnyNumber,
    Kinds,
    PartyId,
    PlainShare,
    ProviderId,
    ProviderIds,
    Ratio,
    ResourceName,
    Share,
    Tariff,
    Year,
    Years,
    fault,
)

InitiativeKind = Literal[
    "substitution",
    "concentration",
    "relocation",
    "consultation",
    "shared_team",
    "consolidation",
    "bundle",
    "prevention",
]
Allocation = Literal["shares", "equal", "size", "nearest", "capacity"]

OLDER_KEYS = {"backfill": "backfill_share"}
"""Older keys that are still read, by the part that their value stands in today."""
RECEIVING = {
    "recipients": "to",
    "replacement": "replacement",
    "forgone": "forgone",
    "induced_demand": "induced_demand",
    "induced_returns": "induced_returns",
    "planned": "planned",
}
"""What says something of recipients, by field, with its key: prevention has none of it."""


class Donors(ScenarioPart):
    """Who gives care away: by id, by kind, or those of the kinds among the ids."""

    providers: ProviderIds | None = None
    kind: Kinds | None = None

    @model_validator(mode="after")
    def _someone(self) -> Self:
        if self.providers is None and self.kind is None:
            raise fault(
                "neither providers nor kind; expected at least one of them",
                "geen providers en geen kind; verwacht minstens een van beide",
            )
        return self


class Recipients(ScenarioPart):
    """Who receives it, and by which rule it is divided."""

    providers: ProviderIds | None = None
    kind: Kinds | None = None
    allocate: Allocation = "equal"
    shares: dict[ProviderId, PlainShare] | None = None
    resource: ResourceName | None = None

    @classmethod
    def prepared(cls, raw: Any) -> Any:  # noqa: ANN401
        """Returns it with the allocation that given shares imply."""
        if isinstance(raw, dict) and raw.get("shares") is not None and "allocate" not in raw:
            return raw | {"allocate": "shares"}
        return raw

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.allocate == "shares") != (self.shares is not None):
            given = ("with", "met") if self.shares else ("without", "zonder")
            raise fault(
                f"allocate {self.allocate} {given[0]} shares; expected both or none",
                f"allocate {self.allocate} {given[1]} shares; verwacht beide of geen van beide",
                at="allocate",
            )
        if self.shares is not None:
            self._check_shares(self.shares)
        elif self.providers is None and self.kind is None:
            raise fault(
                "neither providers nor kind nor shares; expected to know who receives",
                "geen providers, geen kind en geen shares; verwacht te weten wie ontvangt",
            )
        if (self.allocate == "capacity") != (self.resource is not None):
            raise fault(
                f"allocate {self.allocate}, resource {self.resource}; expected a resource with capacity, only then",
                f"allocate {self.allocate}, resource {self.resource}; verwacht een middel bij capacity, alleen dan",
                at="allocate",
            )
        return self

    def _check_shares(self, shares: dict[str, float]) -> None:
        total = sum(shares.values())
        if abs(total - 1) > SHARES_TOLERANCE:
            raise fault(
                f"shares that add up to {total:g}; expected 1",
                f"aandelen die optellen tot {total:g}; verwacht 1",
                at="shares",
            )
        if self.providers is not None and set(self.providers) != set(shares):
            raise fault(
                "other providers than the keys of shares; expected the same, or only shares",
                "andere providers dan de sleutels van shares; verwacht dezelfde, of alleen shares",
                at="providers",
            )


class Stall(ScenarioPart):
    """The champion leaves: with this probability uptake stops growing after so many years."""

    probability: Share
    after_years: Annotated[int, Field(ge=0, le=int(MOST_YEARS))] = 1


class Uptake(ScenarioPart):
    """How much of what is eligible moves, year by year."""

    start: Year
    years_to_full: Years = point(1.0)
    shape: Literal["linear", "logistic"] = "linear"
    maximum: Share = point(1.0)
    stall: Stall | None = None


class Replacement(ScenarioPart):
    """What the care becomes at the recipient, when it becomes something else."""

    units_per_unit: Ratio = point(1.0)
    tariff_eur: Tariff
    tariff_outside_contract: bool = False
    cost_per_unit_eur: Amount | None = None
    resources: dict[ResourceName, Amount] = Field(default_factory=dict)


class Support(ScenarioPart):
    """A party that looks along with the recipient: what it spends per moved unit, and what it is paid."""

    provider: ProviderId
    tariff_eur: Amount = point(0.0)
    cost_per_unit_eur: Amount = point(0.0)
    resources: dict[ResourceName, Amount] = Field(default_factory=dict)


class Backfill(ScenarioPart):
    """What the donor does with the capacity that is freed: which share it refills from its waiting list, with what.

    Attributes:
        share: of the freed capacity.
        care: what it is refilled with; not given: care of the specialism that was freed.
    """

    share: Share = point(0.0)
    care: Annotated[tuple[Selection, ...], Field(min_length=1)] | None = None


class Quality(ScenarioPart):
    """What a moved unit is worth to patients, in a unit of its own, never turned into money (section 12a)."""

    measure: Annotated[str, Field(min_length=1)]
    per_moved_unit: AnyNumber
    unit: Text
    better: Literal["more", "less"]
    evidence: tuple[Evidence, ...] = ()

    @classmethod
    def prepared(cls, raw: Any) -> Any:  # noqa: ANN401
        """Returns it with evidence as a list where one source was given by itself."""
        if isinstance(raw, dict) and isinstance(raw.get("evidence"), dict):
            return raw | {"evidence": [raw["evidence"]]}
        return raw

    @property
    def id(self) -> str:
        """The measure, by which its parameter is found."""
        return self.measure


class Initiative(ScenarioPart):
    """One proposed transfer of care, or of prevention: care that nobody needs any more."""

    id: Annotated[str, Field(min_length=1)]
    kind: InitiativeKind
    title: Text | None = None
    purpose: Text | None = None
    necessity: Text | None = None
    donors: Donors = Field(alias="from")
    recipients: Recipients | None = Field(default=None, alias="to")
    care: Annotated[tuple[Selection, ...], Field(min_length=1)]
    eligible_share: Share
    uptake: Uptake
    start_choices: tuple[Year, ...] = ()
    returns: Share = point(0.0)
    relative_intensity: Ratio = point(1.0)
    relative_price: Ratio = point(1.0)
    induced_demand: Ratio = point(0.0)
    induced_returns: Share = point(0.0)
    forgone: Share = point(0.0)
    planned: bool = False
    replacement: Replacement | None = None
    support: Support | None = None
    backfill: Backfill = Backfill()
    quality: tuple[Quality, ...] = ()
    visits_per_unit: Ratio = point(1.0)
    transition_cost_eur: dict[PartyId, Amount] = Field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @classmethod
    def prepared(cls, raw: Any) -> Any:  # noqa: ANN401
        """Returns it with older keys in today's place; raises a fault where both are given."""
        if not isinstance(raw, dict) or "backfill_share" not in raw:
            return raw
        if "backfill" in raw:
            raise fault(
                "backfill and the older backfill_share; expected one of them",
                "backfill en het oudere backfill_share; verwacht een van beide",
            )
        share = raw["backfill_share"]
        rest = {key: value for key, value in raw.items() if key != "backfill_share"}
        return rest if share is None else rest | {"backfill": {"share": share}}

    @field_validator("evidence")
    @classmethod
    def _of_older_keys(cls, given: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        """Returns evidence under the names that keys have today."""
        newer = {older: part for part, older in OLDER_KEYS.items()}
        return tuple(item.model_copy(update={"parameter": newer.get(item.parameter, item.parameter)}) for item in given)

    @model_validator(mode="after")
    def _someone_receives(self) -> Self:
        """Holds prevention to its own keys, and everything else to having a `to`."""
        if self.kind != "prevention":
            if self.recipients is None:
                raise fault(
                    f"{self.kind} without to; expected to know who receives (only prevention has no to)",
                    f"{self.kind} zonder to; verwacht te weten wie ontvangt (alleen prevention heeft geen to)",
                    at="to",
                    action=Text(en="add to", nl="voeg to toe"),
                )
            return self
        for key, name in RECEIVING.items():
            if getattr(self, key) != type(self).model_fields[key].default:
                raise fault(
                    f"prevention with {name}; expected none: prevented care reaches nobody",
                    f"prevention met {name}; verwacht geen: voorkomen zorg komt bij niemand terecht",
                    at=name,
                    action=Text(en="remove it, or choose another kind", nl="haal het weg, of kies een andere kind"),
                )
        return self

    @model_validator(mode="after")
    def _something_stays(self) -> Self:
        """Refuses what has no meaning where a segment can move whole (section 2)."""
        whole = self.most_moved >= 1
        for key in ("relative_intensity", "relative_price"):
            if getattr(self, key).support != (1.0, 1.0) and whole and self.most_lost >= 1:
                raise fault(
                    f"{key} other than 1 while all of the care can move; expected some to stay",
                    f"{key} anders dan 1 terwijl alle zorg kan vertrekken; verwacht dat er iets blijft",
                    at=key,
                )
        if whole and self.forgone.support[1] >= 1:
            raise fault(
                "forgone 1 while all of the care can move; expected that somebody receives part of it",
                "forgone 1 terwijl alle zorg kan vertrekken; verwacht dat iemand er een deel van ontvangt",
                at="forgone",
                action=Text(
                    en="lower forgone; care that nobody needs any more is kind prevention",
                    nl="verlaag forgone; zorg die niemand meer nodig heeft is kind prevention",
                ),
            )
        return self

    @model_validator(mode="after")
    def _each_measure_once(self) -> Self:
        measures = [item.measure for item in self.quality]
        for place, measure in enumerate(measures):
            if measure in measures[:place]:
                raise fault(
                    f"the measure {measure} a second time in quality; expected each measure once",
                    f"de maat {measure} voor de tweede keer in quality; verwacht elke maat één keer",
                    at="quality",
                )
        return self

    @model_validator(mode="after")
    def _always_a_tariff(self) -> Self:
        """Refuses a dated tariff that begins after the care does: there would be years without a price."""
        tariff = self.replacement.tariff_eur if self.replacement else None
        first = min(tariff) if isinstance(tariff, dict) else None
        start = min((self.uptake.start, *self.start_choices))
        if first is not None and first > start:
            raise fault(
                f"a tariff from {first} on while care moves from {start}; expected one from {start} on",
                f"een tarief vanaf {first} terwijl de zorg vanaf {start} vertrekt; verwacht een tarief vanaf {start}",
                at="replacement.tariff_eur",
                action=Text(en=f"add a tariff for {start}", nl=f"voeg een tarief voor {start} toe"),
            )
        return self

    @property
    def most_moved(self) -> float:
        """The largest share of a segment that can move, before returns."""
        return self.eligible_share.support[1] * self.uptake.maximum.support[1]

    @property
    def most_lost(self) -> float:
        """The largest share of a segment that the donor can lose on balance: e·maximum·(1 − (1−ω)(b + ι·b_ι))."""
        back = self.returns.support[0] + self.induced_demand.support[0] * self.induced_returns.support[0]
        return self.most_moved * (1 - (1 - self.forgone.support[1]) * back)

    @property
    def names(self) -> Text:
        """The title, or the id where none was given."""
        return self.title or Text(nl=self.id, en=self.id)
