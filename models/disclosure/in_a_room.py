"""What those who take part in one initiative see of each other: units and hands, no euros (trust page: room)."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.disclosure.at_the_table import INDEPENDENT, considered
from models.disclosure.cells import Key
from models.disclosure.coarseness import Class, Figure, Level, withheld_last
from models.disclosure.ladders import FTE_BANDS, IMPLIED, WIDER_FTE_BANDS, Rules, Said, finite
from models.disclosure.scenario_facts import InitiativeFacts, NormFacts
from models.disclosure.statements import Statement, band_of, could_be, in_digits, ratio, rounded, states

DROP = 0.30
"""A department is at risk from such a drop of its units on (model page, section 6); where a scenario says otherwise the
limit is drawn so wide that it holds both."""


class RoomRules(Rules):
    """The rules of the rooms."""

    def figures(self) -> Iterator[Figure]:
        """Yields what those who take part in an initiative see of each other."""
        for one in (initiative for initiative in self.facts.initiatives if initiative.may_open):
            yield from self._room_units(one, "units", self.facts.units)
            yield from self._room_units(one, "received", self.facts.received)
            yield from self._divided(one)
            yield from self._divided_by_room(one)
            yield from self._room_of_recipients(one)
            yield from self._needed(one)
            yield from self._bound(one)
            yield from self._norms(one)
            yield from self._travel(one)
            yield from self._others(one)

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
            yield Figure(name, "units", family, one.room, withheld_last(levels), about, in_room=True)

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

    def _divided_by_room(self, one: InitiativeFacts) -> Iterator[Figure]:
        """Yields what each recipient's units tell of its room, where the care is divided by room.

        All parts are then in proportion to room, so who knows one room with its units knows every room from its units:
        a recipient by its own, others by the bands of all rooms together. Everybody in the room is taken to know the
        proportion. This gives way with the units received, and is shown to nobody.
        """
        taken = {p: v for p, v in self.of_initiative("received", one.id).items() if v > 0}
        spare = {p: room for p in taken if (room := self.facts.room.get((p, one.divides_by), 0.0)) > 0}
        if not one.divides_by or len(spare) < 2:
            return
        each = math.fsum(spare.values()) / math.fsum(taken[p] for p in spare)
        for party in spare:
            terms = {
                self.picture.key("room", party, one.divides_by): 1.0,
                self.picture.key("received", party, one.id): -each,
            }
            levels = [Level(name, (self._about_nothing(terms),)) for name in ("two_digits", "one_digit")]
            family = f"units:{one.id}:received:{self.facts.parties[party].kind}"
            name = self.name("divided", one.id, "room", party)
            yield Figure(name, "units", family, one.room, withheld_last(levels), {"section": IMPLIED})

    def _about_nothing(self, terms: Mapping[Key, float]) -> Statement:
        """Returns that terms add up to nothing, as who reasons so takes them to; drawn so wide that it holds."""
        rest = math.fsum(self.value(key) * weight for key, weight in terms.items())
        return states(terms, min(0.0, rest), max(0.0, rest))

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
        place = {"section": "room", "initiative": one.id, "party": party, "measure": resource}
        about = {**place, "year": self.facts.horizon}
        family = f"room:{self.facts.parties[party].kind}:{resource}"
        name = self.name("room", one.id, "capacity", party, resource)
        return Figure(name, "band", family, one.room, withheld_last(levels), about, in_room=True)

    # -- hands that are needed, and what is short first ----

    def _needed(self, one: InitiativeFacts) -> Iterator[Figure]:
        """Yields how many hands each recipient needs for what it receives, where the scenario says what units take."""
        of_this = {resource: each for (initiative, resource), each in self.facts.needs.items() if initiative == one.id}
        for resource, each in of_this.items():
            for party, amount in self.of_initiative("received", one.id).items():
                said = self._times(self.picture.key("received", party, one.id), each)
                levels = [
                    self._need_band(name, amount * each, limits, said)
                    for name, limits in (("band", FTE_BANDS), ("coarser_band", WIDER_FTE_BANDS))
                ]
                yield self._of_party(one, ("need", party, resource), "band", levels)

    @staticmethod
    def _need_band(name: str, need: float, limits: Sequence[float], said: Said) -> Level:
        """Returns a band of what is needed, which is nothing at least."""
        low, high = band_of(need, limits)
        return Level(name, tuple(said((max(low, 0.0), high))), {"low": max(low, 0.0), "high": finite(high)})

    @staticmethod
    def _times(key: Key, each: float) -> Said:
        """Returns what a band says of a count of which each unit takes so much."""

        def said(edges: tuple[float, float]) -> Iterable[Statement]:
            yield states({key: each}, *edges)

        return said

    def _bound(self, one: InitiativeFacts) -> Iterator[Figure]:
        """Yields which hands are short first, where not everything fits."""
        taken = self.of_initiative("received", one.id)
        for (initiative, party), resource in self.facts.binding.items():
            if initiative == one.id and party in taken:
                level = Level("told", tuple(self._is_short(one, party, resource)), {"status": "short"})
                yield self._of_party(one, ("binds", party, resource), "stance", [level])

    def _is_short(self, one: InitiativeFacts, party: str, resource: str) -> Iterator[Statement]:
        """Yields what it says that a resource is short: room is at most what this and earlier initiatives need of it.

        Where no more comes than fits, room is what they need: units received by the time of a unit.
        """
        room = self.picture.key("room", party, resource)
        if (one.id, resource) not in self.facts.needs or room not in self.picture.values:
            return
        order = [own.id for own in self.facts.initiatives]
        until = order[: order.index(one.id) + 1]
        needs = {
            self.picture.key("received", party, name): self.facts.needs.get((name, resource), 0.0) for name in until
        }
        terms = {room: 1.0} | {key: -each for key, each in needs.items() if each and key in self.picture.values}
        said = self._about_nothing(terms)
        yield said if one.is_held else states(terms, high=said.high)

    def _of_party(
        self, one: InitiativeFacts, what: tuple[str, str, str], kind: Class, levels: Sequence[Level]
    ) -> Figure:
        """Returns a figure of one party in a room; `what` is its section, the party, and what it is of."""
        section, party, measure = what
        about = {"section": section, "initiative": one.id, "party": party, "measure": measure,
                 "year": self.facts.horizon}  # fmt: skip
        family = f"{section}:{one.id}:{self.facts.parties[party].kind}:{measure}"
        name = self.name("room", one.id, *what)
        return Figure(name, kind, family, one.room, withheld_last(levels), about, in_room=True)

    # -- norms and departments of the sites ----

    def _norms(self, one: InitiativeFacts) -> Iterator[Figure]:
        """Yields of each site in the room how its norms and departments stand without and with the scenario."""
        for (party, what), norm in self.facts.norms.items():
            if party in one.donors or party in one.recipients:
                both = [self._norm(party, what, norm, "told", before=True), self._norm(party, what, norm, "after_only")]
                yield self._of_party(one, ("norm", party, what), "stance", both)

    def _norm(self, party: str, what: str, norm: NormFacts, name: str, *, before: bool = False) -> Level:
        said = [*self._stands("norm_after", party, what, norm.after, norm)]
        shown = {"status": norm.status}
        if before:
            said += self._stands("norm_before", party, what, norm.before, norm)
            shown["before"] = norm.status_before
        return Level(name, tuple(said), shown)

    def _stands(self, measure: str, party: str, what: str, value: float, norm: NormFacts) -> Iterator[Statement]:
        """Yields what a status says: at least the norm or below it; of a department, the share of it that is left."""
        key, other = self.picture.key(measure, party, what), self.picture.key("norm_before", party, what)
        if norm.minimum is not None:
            yield states({key: 1.0}, *((norm.minimum, math.inf) if value >= norm.minimum else (0.0, norm.minimum)))
        elif norm.status == "stopped" and measure == "norm_after":
            yield states({key: 1.0}, 0.0, value)
        elif measure == "norm_after" and norm.before > 0:
            left = norm.after / norm.before
            least, most = (0.0, max(left, 1 - DROP)) if norm.status == "at_risk" else (min(left, 1 - DROP), math.inf)
            yield from ratio({key: 1.0}, {other: 1.0}, (least, most))

    # -- what patients travel, and who else gains or loses ----

    def _travel(self, one: InitiativeFacts) -> Iterator[Figure]:
        """Yields the change of what patients of each area travel, where at least three give from it."""
        for (initiative, area), km in self.facts.area_km.items():
            given = {donor: v for (i, donor, a), v in self.facts.from_area.items() if (i, a) == (initiative, area)}
            if initiative != one.id or not considered(given, self.facts):
                continue
            whole = math.fsum(given.values())
            terms = {self.picture.area_key(one.id, donor, area): km / whole for donor in given}
            levels = [
                Level(name, (in_digits(terms, km, digits),), {"value": rounded(km, digits)})
                for name, digits in (("two_digits", 2), ("one_digit", 1))
            ]
            about = {"section": "travel", "initiative": one.id, "measure": "patient_km_change", "kind": area,
                     "year": self.facts.horizon}  # fmt: skip
            name = self.name("room", one.id, "travel", area)
            yield Figure(name, "total", f"travel:{one.id}", one.room, withheld_last(levels), about, in_room=True)

    def _others(self, one: InitiativeFacts) -> Iterator[Figure]:
        """Yields to each party how many others in the room gain or lose as it does; fewer than three are "some"."""
        told = self.facts.part_stances
        for (party, dimension, initiative), stance in told.items():
            others = [other for other in sorted(one.room - {party}) if (other, dimension, one.id) in told]
            if initiative == one.id and party in one.room and stance != "neutral" and others:
                same = [other for other in others if told[other, dimension, one.id] == stance]
                yield self._you_and(one, (party, dimension, stance), same)

    def _you_and(self, one: InitiativeFacts, own: tuple[str, str, str], same: Sequence[str]) -> Figure:
        """Returns how many others there are of one stance; the reader is taken to know which: more than it says."""
        party, dimension, stance = own
        enough = len(same) >= INDEPENDENT
        said = tuple(side for other in same if enough for side in self._side(other, dimension, one.id, stance))
        shown = {"stance": stance, "parties": len(same) if enough else None}
        about = {"section": "others", "initiative": one.id, "party": party, "measure": dimension}
        name = self.name("room", one.id, "others", party, dimension)
        levels = withheld_last([Level("told", said, shown)])
        return Figure(name, "stance", f"others:{one.id}:{dimension}", frozenset({party}), levels, about)

    def _side(self, party: str, dimension: str, initiative: str, stance: str) -> Iterator[Statement]:
        """Yields on which side of zero an amount of an initiative lies; a payer that spends less gains."""
        key = self.picture.key(dimension, party, initiative)
        if key in self.picture.values:
            above = (stance == "gains") != (dimension == "spend")
            yield states({key: 1.0}, *((0.0, math.inf) if above else (-math.inf, 0.0)))
