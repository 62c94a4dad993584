"""What a party hands in to the middle: its urgency, openness, interests, red lines, and what it carries."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data_contracts.text import Text
from models.scenario.parsing import read_part
from models.scenario.parts import ScenarioPart
from models.scenario.values import MOST_TIMES, InitiativeId, PartyId, PastYear, ResourceName, SpecialismCode, fault

Dimension = Literal["revenue", "margin", "cushion", "spend", "department", "staff_capacity"]
Audience = Literal["middle", "table"]
Wanted = Literal["revenue", "margin", "cushion", "spend", "department", "function", "staff_capacity",
                 "facility_capacity", "travel", "quality"]  # fmt: skip
Scale = Annotated[int, Field(ge=1, le=5)]
AMOUNTS: tuple[str, ...] = ("revenue", "margin", "cushion", "spend")
"""The dimensions whose red line is a least change."""


class Openness(ScenarioPart):
    """Who may know what of a party's own words."""

    revenue: Audience = "middle"
    capacity: Audience = "middle"
    wishes: Audience = "middle"


class Interest(ScenarioPart):
    """One thing that a party wants, in its own words and as a dimension."""

    words: Text
    dimension: Wanted
    specialism: SpecialismCode | None = None
    weight: Scale = 3


class RedLine(ScenarioPart):
    """What a party cannot accept: below it, it leaves the table.

    Attributes:
        at_least: the least change: of revenue, margin or spend as a share of size (annual equivalent), of the cushion
            as a share of the party's own yearly margin (worst year), of a department as a share of its production.
        keep: the department does not stop.
        at_most_fte: the most full-time equivalents short, in any year.
        refuse: the initiative is not done at all.
    """

    dimension: Dimension | None = None
    specialism: SpecialismCode | None = None
    resource: ResourceName | None = None
    initiative: InitiativeId | None = None
    at_least: Annotated[float, Field(ge=-MOST_TIMES, le=MOST_TIMES)] | None = None
    keep: bool | None = None
    at_most_fte: Annotated[float, Field(ge=0, le=MOST_TIMES)] | None = None
    refuse: bool | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuses a line that says too little or too much to be held against anything."""
        wanted = self._wanted()
        given = {name for name in ("specialism", "resource", "initiative", "at_least", "keep", "at_most_fte", "refuse")
                 if getattr(self, name) is not None}  # fmt: skip
        if self.keep is False or self.refuse is False:
            raise fault("false; expected true, or the key left out", "false; verwacht true, of de sleutel weggelaten")
        if given not in wanted:
            expected = " or ".join(" and ".join(sorted(keys)) for keys in wanted)
            keys = ", ".join(sorted(given))
            raise fault(
                f"{keys or 'nothing'} with {self.dimension or 'no dimension'}; expected {expected}",
                f"{keys or 'niets'} bij {self.dimension or 'geen dimension'}; verwacht "
                + expected.replace(" and ", " en ").replace(" or ", " of "),
            )
        return self

    def _wanted(self) -> list[set[str]]:
        if self.dimension is None:
            return [{"initiative", "refuse"}]
        if self.dimension == "department":
            return [{"specialism", "keep"}, {"specialism", "at_least"}]
        return [{"resource", "at_most_fte"}] if self.dimension == "staff_capacity" else [{"at_least"}]

    @property
    def name(self) -> str:
        """The line in one word: its dimension and what it is of."""
        parts = (self.dimension or "refuse", self.specialism, self.resource, self.initiative)
        return ":".join(part for part in parts if part)


class Carries(ScenarioPart):
    """An initiative that a party pulls: by whom, and how hard."""

    initiative: InitiativeId
    champion: Text | None = None
    drive: Scale = 3


class Position(ScenarioPart):
    """What one party hands in; only the middle holds it."""

    party: Annotated[PartyId, Field(min_length=1)]
    urgency: Scale
    since: PastYear | None = None
    openness: Openness = Openness()
    interests: tuple[Interest, ...] = ()
    red_lines: tuple[RedLine, ...] = ()
    carries: tuple[Carries, ...] = ()


def parse_position(text: str, *, source: str) -> Position:
    """Returns the position that a text describes.

    Raises:
        ScenarioError: with every fault of the text, by line and key.
    """
    return read_part(text, source=source, kind=Position)


TEMPLATE = """\
# What {party} wants. Only the trusted party in the middle reads this; it is hashed, so that nobody can say later that
# another line was given. / Wat {party} wil. Alleen de onafhankelijke partij in het midden leest dit; het krijgt een
# zegel (hash), zodat niemand later kan zeggen dat er een andere grens is gegeven.
party: "{party}"
urgency: 3            # 1 can wait / kan wachten ... 5 cannot go on like this / zo kan het niet verder
# since: 2025         # since when / sinds wanneer
openness: {{revenue: middle, capacity: middle, wishes: middle}}   # middle, or table / of table: de hele tafel
interests: []         # what you want, in your own words / wat u wilt, in uw eigen woorden
#  - {{words: {{nl: "...", en: "..."}}, dimension: department, specialism: "0327", weight: 5}}
red_lines: []         # below this you leave the table / hieronder staat u van tafel op
#  - {{dimension: margin, at_least: -0.003}}             # share of your size, a year / aandeel van uw omvang, per jaar
#  - {{dimension: cushion, at_least: -0.25}}             # worst year, share of your own result / slechtste jaar
#  - {{dimension: department, specialism: "0327", keep: true}}
#  - {{dimension: staff_capacity, resource: gp_hours, at_most_fte: 2}}
#  - {{initiative: lab, refuse: true}}
carries: []           # what you pull / wat u trekt
#  - {{initiative: stable-af-to-gp, champion: {{nl: "...", en: "..."}}, drive: 4}}
"""
"""What `init` and `positions` write for a party to fill in; both languages."""
