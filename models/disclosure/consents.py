"""Consents: which figures of a room may go further, when, and what of it is never asked (trust page, section 2).

A party may let a figure of the second class (what a room holds) go to all parties, or to another room. It takes effect
when every party of its kind in that room has given the same: they are turned over together, so that nobody is pointed
at by being the one who did not. What the audit says still holds for everybody else, and for everybody's money.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Self

from pydantic import Field, model_validator

from data_contracts.problem import nearest
from data_contracts.text import Text
from models.disclosure.cells import Key
from models.disclosure.coarseness import EVERYBODY, Figure
from models.disclosure.picture import Picture
from models.disclosure.scenario_facts import InitiativeFacts, ScenarioFacts
from models.scenario.parts import ScenarioPart
from models.scenario.values import InitiativeId, PartyId, fault

SECOND_CLASS: Mapping[str, tuple[str, ...]] = {
    "units": ("units",),
    "capacity": ("room", "need", "binds"),
    "norms": ("norm",),
}
"""What a consent may name, and in which sections of a room it stands."""
NEVER = ("prices", "contract_terms", "unit_costs", "cost_structure", "margin", "costs", "revenue", "spend", "cushion",
         "volume_by_payer", "revenue_by_payer", "patients_areas", "base_data", "red_lines")  # fmt: skip
"""What never leaves the middle as a party's own figure, with consent or without."""
TABLE = "table"
ROOM = "room:"


class Consent(ScenarioPart):
    """What one party allows in one round: one figure of one room, to whom, and why.

    Attributes:
        party: whose figure.
        figure: units, capacity or norms.
        initiative: of whose room.
        audience: `table` for all parties, or `room:INITIATIVE` for those of another room.
        round: in which round.
        purpose: why, in both languages; it stands on the view.
    """

    party: Annotated[PartyId, Field(min_length=1)]
    figure: str
    initiative: Annotated[InitiativeId, Field(min_length=1)]
    audience: str
    round: Annotated[str, Field(min_length=1)]
    purpose: Text

    @model_validator(mode="after")
    def _second_class(self) -> Self:
        """Refuses what is never told, by name, and an audience that there is not."""
        known = ", ".join(SECOND_CLASS)
        if self.figure in NEVER:
            raise fault(
                f"{self.figure}, which never leaves the middle, with consent or without; expected one of {known}",
                f"{self.figure}, wat het midden nooit verlaat, met of zonder toestemming; verwacht een van {known}",
                at="figure",
                action=Text(en="leave this consent out", nl="laat deze toestemming weg"),
            )
        if self.figure not in SECOND_CLASS:
            raise fault(
                f"{self.figure!r}; expected one of {known}",
                f"{self.figure!r}; verwacht een van {known}",
                at="figure",
                action=nearest(self.figure, list(SECOND_CLASS)),
            )
        if self.audience != TABLE and not self.audience.removeprefix(ROOM) != self.audience:
            raise fault(
                f"the audience {self.audience!r}; expected table, or room:INITIATIVE",
                f"het publiek {self.audience!r}; verwacht table, of room:INITIATIEF",
                at="audience",
            )
        return self


@dataclass(frozen=True)
class Allowed:
    """What the parties of one kind in one room allow: asked of all of them, given by some or by all.

    Attributes:
        figure, initiative, kind, audience, round: of what, to whom, in which round.
        purpose: of the first who gave it.
        given, wanted: who gave it, and whose it takes.
    """

    figure: str
    initiative: str
    kind: str
    audience: str
    round: str
    purpose: Text
    given: tuple[str, ...]
    wanted: tuple[str, ...]

    @property
    def in_effect(self) -> bool:
        """Whether every party of the kind in the room has given it."""
        return set(self.wanted) <= set(self.given)

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What tells two apart within a round."""
        return self.figure, self.initiative, self.kind, self.audience


def openings(consents: Iterable[Consent], facts: Sequence[ScenarioFacts], *, round_: str) -> tuple[Allowed, ...]:
    """Returns what is asked and given in a round, one for each figure, kind and audience.

    Args:
        consents: of everybody; of parties and rooms that there are.
        facts: every scenario.
        round_: those of other rounds do not count.
    """
    found: dict[tuple[str, str, str, str], Allowed] = {}
    for one in consents:
        if one.round != round_:
            continue
        kind = kind_of(facts, one.party)
        wanted = of_kind(facts, one.initiative, kind)
        new = Allowed(one.figure, one.initiative, kind, one.audience, round_, one.purpose, (), wanted)
        before = found.get(new.name, new)
        found[new.name] = replace(before, given=tuple(dict.fromkeys((*before.given, one.party))))
    return tuple(found.values())


def kind_of(facts: Sequence[ScenarioFacts], party: str) -> str:
    """Returns of which kind a party is; nothing where nobody knows it."""
    return next((one.parties[party].kind for one in facts if party in one.parties), "")


def of_kind(facts: Sequence[ScenarioFacts], initiative: str, kind: str) -> tuple[str, ...]:
    """Returns the parties of one kind that take part in an initiative of any scenario."""
    rooms = (own.room for one in facts for own in one.initiatives if own.id == initiative)
    return tuple(sorted({party for room in rooms for party in room if kind_of(facts, party) == kind}))


def opened(figures: Iterable[Figure], facts: Sequence[ScenarioFacts], given: Sequence[Allowed]) -> tuple[Figure, ...]:
    """Returns figures with the audience that they have once consents are in effect."""
    return tuple(_opened(figure, facts, given) for figure in figures)


def _opened(figure: Figure, facts: Sequence[ScenarioFacts], given: Sequence[Allowed]) -> Figure:
    for one in given:
        if _is_of(figure, facts, one):
            audience = figure.audience | heard_by(one, facts)
            figure = replace(figure, audience=audience, also=figure.also | {one.audience})
    return figure


def _is_of(figure: Figure, facts: Sequence[ScenarioFacts], one: Allowed) -> bool:
    about = figure.about
    return (
        about.get("initiative") == one.initiative
        and about["section"] in SECOND_CLASS[one.figure]
        and kind_of(facts, str(about.get("party", ""))) == one.kind
    )


def heard_by(one: Allowed, facts: Sequence[ScenarioFacts]) -> frozenset[str]:
    """Returns to whom a consent opens: everybody at the table, or those of another room."""
    if one.audience == TABLE:
        return frozenset({EVERYBODY})
    return frozenset().union(*(own.room for own in _named(facts, one.audience.removeprefix(ROOM))))


def _named(facts: Sequence[ScenarioFacts], initiative: str) -> Iterable[InitiativeFacts]:
    return (own for one in facts for own in one.initiatives if own.id == initiative)


def open_keys(facts: Sequence[ScenarioFacts], given: Sequence[Allowed]) -> dict[Key, frozenset[str]]:
    """Returns the counts that consents open, with those who may know them then."""
    found: dict[Key, frozenset[str]] = {}
    for one in (opening for opening in given if opening.figure == "units"):
        for own in facts:
            hearing = frozenset(own.parties) if one.audience == TABLE else heard_by(one, facts)
            for key in Picture(own).open_to:
                if key.part == one.initiative and own.parties[key.party].kind == one.kind:
                    found[key] = found.get(key, frozenset()) | hearing
    return found
