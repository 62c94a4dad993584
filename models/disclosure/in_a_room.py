"""What those who take part in one initiative see of each other: units and hands, no euros (trust page: room)."""

import math
from collections.abc import Iterator, Mapping

from models.disclosure.facts import InitiativeFacts
from models.disclosure.figures import Figure, Level, withheld_last
from models.disclosure.ladders import FTE_BANDS, IMPLIED, WIDER_FTE_BANDS, Rules
from models.disclosure.statements import Statement, could_be, rounded, states


class RoomRules(Rules):
    """The rules of the rooms."""

    def figures(self) -> Iterator[Figure]:
        """Yields what those who take part in an initiative see of each other."""
        for one in (initiative for initiative in self.facts.initiatives if initiative.may_open):
            yield from self._room_units(one, "units", self.facts.units)
            yield from self._room_units(one, "received", self.facts.received)
            yield from self._divided(one)
            yield from self._room_of_recipients(one)

    def _room_units(
        self, one: InitiativeFacts, measure: str, amounts: Mapping[tuple[str, str, int], float]
    ) -> Iterator[Figure]:
        kinds = {party: self.facts.parties[party].kind for party in (*one.donors, *one.recipients)}
        for (initiative, party, year), value in amounts.items():
            key = self.picture.key(measure, party, one.id)
            if initiative != one.id or key not in self.picture.values:
                continue
            shape = self.picture.shape(one.id, amounts, year) if year != self.facts.horizon else (1.0, 1.0)
            levels = self.counted({key: 1.0}, value, shape)
            about = {"section": "units", "initiative": one.id, "party": party, "measure": measure, "year": year}
            family = f"units:{one.id}:{measure}:{kinds[party]}"
            name = self.name("room", one.id, measure, party, str(year))
            yield Figure(name, "units", family, one.room, withheld_last(levels), about)

    def _divided(self, one: InitiativeFacts) -> Iterator[Figure]:
        """Yields what a recipient's own part tells it of the others' room, where the care is divided by room.

        Its part of all that is received is its part of all spare room. How well it knows all that is received depends
        on how finely donors' units are told: this gives way with them, and is shown to nobody.
        """
        taken = self.of_initiative("received", one.id)
        spare = {p: max(0.0, self.facts.room.get((p, one.divides_by), 0.0)) for p in taken}
        if not one.divides_by or sum(1 for value in spare.values() if value > 0) < 2:
            return
        whole, kinds = math.fsum(taken.values()), sorted({self.facts.parties[donor].kind for donor in one.donors})
        for party, amount in taken.items():
            others = {other: value for other, value in spare.items() if other != party and value > 0}
            if spare[party] > 0 and amount > 0 and others:
                levels = [
                    Level(
                        name, (self._others_room(one, others, spare[party] / amount, could_be(rounded(whole, n), n)),)
                    )
                    for name, n in (("two_digits", 2), ("one_digit", 1))
                ]
                for kind in kinds:
                    yield Figure(
                        self.name("divided", one.id, party, kind), "units", f"units:{one.id}:units:{kind}",
                        frozenset({party}), withheld_last(levels), {"section": IMPLIED},
                    )  # fmt: skip

    def _others_room(
        self, one: InitiativeFacts, others: Mapping[str, float], each: float, whole: tuple[float, float]
    ) -> Statement:
        """Returns what a recipient works out of the others' room; `each` is its own room by unit received.

        The room that divides is that of growth alone; where other things happen anyway it is another one, and the
        limits are drawn so wide that they hold both.
        """
        there = math.fsum(others.values())
        own_part = sum(self.facts.received.get((one.id, p, self.facts.horizon), 0.0) for p in others)
        rest = [each * (all_of_it - whole[0] - (whole[1] - whole[0]) / 2 + own_part) for all_of_it in whole]
        terms = {self.picture.key("room", other, one.divides_by): 1.0 for other in others}
        return states(terms, min(there, *rest), max(there, *rest))

    def _room_of_recipients(self, one: InitiativeFacts) -> Iterator[Figure]:
        for party in (*one.recipients, *one.supporters):
            for resource in self.facts.staff:
                if (party, resource) in self.facts.room:
                    yield self._room_band(one, party, resource)

    def _room_band(self, one: InitiativeFacts, party: str, resource: str) -> Figure:
        """Returns what room a recipient or supporter has of one kind of staff, without an agreement."""
        key, value = self.picture.key("room", party, resource), self.facts.room[party, resource]

        def said(edges: tuple[float, float]) -> Iterator[Statement]:
            yield states({key: 1.0}, *edges)

        levels = [
            self.banded(name, value, limits, said)
            for name, limits in (("band", FTE_BANDS), ("coarser_band", WIDER_FTE_BANDS), ("sign", ()))
        ]
        about = {
            "section": "room", "initiative": one.id, "party": party, "measure": resource, "year": self.facts.horizon
        }  # fmt: skip
        family = f"room:{self.facts.parties[party].kind}:{resource}"
        name = self.name("room", one.id, "capacity", party, resource)
        return Figure(name, "band", family, one.room, withheld_last(levels), about)
