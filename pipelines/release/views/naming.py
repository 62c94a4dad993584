"""Which views there are, how they are called, and who reads each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from data_contracts.problem import Problem, nearest, one_of
from data_contracts.text import Text
from models.disclosure.audit import PUBLIC
from models.disclosure.coarseness import EVERYBODY, Figure
from models.disclosure.scenario_facts import UNKNOWN, InitiativeFacts, ScenarioFacts

ViewKind = Literal["party", "room", "pair", "table", "public"]
KINDS: tuple[ViewKind, ...] = get_args(ViewKind)
MIDDLE = "middle"
OWN_SECTIONS = ("payment", "others")
"""What is told to one party alone."""
_PARTS: dict[str, int] = {"party": 1, "room": 1, "pair": 2, "table": 0, "public": 0}


@dataclass(frozen=True)
class View:
    """One view: its kind, and the party, initiative or two parties that it is of."""

    kind: ViewKind
    of: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The view as a person writes it, such as `pair:06010101:3311`."""
        return ":".join((self.kind, *self.of))

    @property
    def folder(self) -> str:
        """The name of its folder: a colon stands in no file name of Windows."""
        return "-".join((self.kind, *self.of))

    def reads(self, figure: Figure, rooms: frozenset[str]) -> bool:
        """Returns whether a figure belongs in this view.

        Args:
            figure: which.
            rooms: the initiatives that the party takes part in; of a room, itself.
        """
        section, initiative = figure.about["section"], figure.about.get("initiative")
        if self.kind == "public":
            return PUBLIC in figure.audience
        if self.kind == "room":
            return figure.in_room and (initiative in rooms or self.name in figure.also)
        if self.kind == "pair":
            return False
        at_the_table = EVERYBODY in figure.audience
        if self.kind == "table":
            return at_the_table
        own = section in OWN_SECTIONS and self.of[0] in figure.audience
        return at_the_table or own or (figure.in_room and self.of[0] in figure.audience)


def parse(text: str) -> View:
    """Returns the view that a name stands for.

    Raises:
        Problem: it is no view's name.
    """
    kind, *of = text.split(":")
    if kind not in KINDS or len(of) != _PARTS[kind] or not all(of):
        raise Problem(
            Text(en=f"no view {text!r}", nl=f"geen weergave {text!r}"),
            expected=Text(
                en="party:ID, room:INITIATIVE, pair:PROVIDER:PAYER, table or public",
                nl="party:ID, room:INITIATIEF, pair:AANBIEDER:BETALER, table of public",
            ),
            action=Text(en="write it so", nl="schrijf het zo") if kind in KINDS else nearest(kind, KINDS),
        )
    return View(kind, tuple(of))


def every_view(facts: Sequence[ScenarioFacts], kinds: Iterable[str] = KINDS) -> Iterator[View]:
    """Yields every view of some kinds that a region has, each once."""
    wanted = set(kinds)
    if "table" in wanted:
        yield View("table")
    if "public" in wanted:
        yield View("public")
    if "party" in wanted:
        yield from (View("party", (party,)) for party in parties_of(facts))
    if "room" in wanted:
        yield from (View("room", (one.id,)) for one in _initiatives(facts).values() if one.may_open)
    if "pair" in wanted:
        yield from (View("pair", pair) for pair in dict.fromkeys(pair for one in facts for pair in one.contract)
                    if UNKNOWN not in pair)  # fmt: skip


def parties_of(facts: Sequence[ScenarioFacts]) -> list[str]:
    """Returns the parties that take part in any scenario."""
    every = (party for one in facts for party in (*one.providers, *one.payers) if party != UNKNOWN)
    return list(dict.fromkeys(every))


def _initiatives(facts: Sequence[ScenarioFacts]) -> dict[str, InitiativeFacts]:
    return {initiative.id: initiative for one in facts for initiative in one.initiatives}


def rooms_of(view: View, facts: Sequence[ScenarioFacts]) -> frozenset[str]:
    """Returns the initiatives whose rooms a view holds: its own, or those that a party takes part in."""
    if view.kind == "room":
        return frozenset(view.of)
    if view.kind != "party":
        return frozenset()
    own = (one for one in _initiatives(facts).values() if view.of[0] in one.room and one.may_open)
    return frozenset(one.id for one in own)


def require(view: View, facts: Sequence[ScenarioFacts]) -> None:
    """Raises `Problem` where a view is of nobody, of somebody who takes no part, or of a room without necessity."""
    if view.kind == "party":
        _require_one(view.of[0], parties_of(facts), WHO)
    if view.kind == "pair":
        for party in view.of:
            _require_one(party, parties_of(facts), WHO)
        pairs = {pair for one in facts for pair in one.contract}
        if view.of not in pairs:
            raise Problem(
                Text(
                    en=f"no contract between {view.of[0]} and {view.of[1]} in this release",
                    nl=f"geen contract tussen {view.of[0]} en {view.of[1]} in deze release",
                ),
                expected=Text(
                    en="a provider and a payer whose contract the release tells of",
                    nl="een aanbieder en een betaler van wie de release het contract kent",
                ),
                action=Text(
                    en="deliver the contract, or ask for another pair",
                    nl="lever het contract aan, of vraag een ander paar",
                ),
            )
    if view.kind == "room":
        every = _initiatives(facts)
        _require_one(view.of[0], list(every), WHAT)
        if not every[view.of[0]].may_open:
            raise Problem(
                Text(
                    en=f"the initiative {view.of[0]} does not say why its parties must see each other's units",
                    nl=f"het initiatief {view.of[0]} zegt niet waarom zijn partijen elkaars aantallen moeten zien",
                ),
                expected=Text(
                    en="necessity: {nl: …, en: …} on the initiative: without it no room may be opened",
                    nl="necessity: {nl: …, en: …} bij het initiatief: zonder dat gaat geen kamer open",
                ),
                action=Text(en="write it in the scenario and refresh", nl="schrijf het in het scenario en ververs"),
            )


WHO = Text(en="party that takes part in a scenario", nl="partij die aan een scenario meedoet")
WHAT = Text(en="initiative of a scenario", nl="initiatief van een scenario")


def _require_one(name: str, known: list[str], what: Text) -> None:
    if name not in known:
        found = Text(en=f"no {what.en} with the name {name!r}", nl=f"geen {what.nl} met de naam {name!r}")
        raise Problem(found, expected=one_of([*known[:6], *["…"] * (len(known) > 6)]), action=nearest(name, known))
