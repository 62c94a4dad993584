"""Confidential figures of a scenario, and what ties them together: identities, the scenario's words, known shapes."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from models.disclosure.audit import Sent
from models.disclosure.cells import Cell, Key
from models.disclosure.scenario_facts import PAYER, InitiativeFacts, ScenarioFacts
from models.disclosure.statements import Statement, states

SIZES = 3.0
"""So many times its size nobody's yearly revenue, spend or margin changes: what anybody knows beforehand."""
MOST_EUR, MOST_UNITS, MOST_FTE = 1e9, 1e7, 1e4
"""The same where a size is not known, of units, and of full-time equivalents."""
SPARE = 10.0
"""How many times a figure its bounds lie away at least: bounds tell nobody the figure."""
MINIMUM_COUNT = 10
"""Counts below this are told as "under 10" where a region's settings say nothing else."""
COUNTS = frozenset({"units", "received", "norm_before", "norm_after", "from_area"})
"""Measures in units."""
SEVERAL = 3
"""So many donors an area is told of has at least."""
LEAST_MARGIN = 0.005
"""The yardstick of a cushion is at least this share of the party's size (model page, section 9)."""
ADDS_UP = 1e-6
"""An identity that misses by more than this share is not one that a reader can count on."""


@dataclass(frozen=True)
class Picture:
    """The confidential figures of one scenario, and what everybody knows of how they hang together."""

    facts: ScenarioFacts
    minimum_count: int = MINIMUM_COUNT

    def key(self, measure: str, party: str, part: str = "") -> Key:
        """Returns the key of a figure of this scenario and release."""
        return Key(measure, party, part, None, self.facts.snapshot)

    @cached_property
    def values(self) -> Mapping[Key, float]:
        """What every confidential figure is in truth."""
        facts = self.facts
        found = {self.key(measure, party): value for (measure, party), value in facts.whole.items()}
        found |= {self.key(m, party, part): value for (m, party, part), value in facts.parts.items()}
        found |= {self.key("cushion", party): value for party, value in facts.cushion.items()}
        for party, share in facts.cushion_share.items():
            if share and facts.cushion.get(party):
                found[self.key("cushion_size", party)] = facts.cushion[party] / share
        found |= {self.key("contract", p, q): value for (p, q), value in facts.contract.items()}
        for measure, amounts in (("units", facts.units), ("received", facts.received)):
            found |= {self.key(measure, p, i): v for (i, p, y), v in amounts.items() if y == facts.horizon and v > 0}
        found |= {self.key("room", p, r): value for (p, r), value in facts.room.items()}
        found |= {self.key("shortage", p, r): max(0.0, value) for (p, r), value in facts.shortage.items()}
        for (party, what), norm in facts.norms.items():
            found |= {
                self.key("norm_before", party, what): norm.before,
                self.key("norm_after", party, what): norm.after,
            }
        found |= {self.area_key(*where): value for where, value in facts.from_area.items() if self.of_many(where)}
        return found

    def area_key(self, initiative: str, donor: str, area: str) -> Key:
        """Returns the key of what a donor gives from one area."""
        return self.key("from_area", donor, f"{initiative}|{area}")

    @cached_property
    def _donors(self) -> Mapping[tuple[str, str], int]:
        return Counter((initiative, area) for initiative, _, area in self.facts.from_area)

    def of_many(self, where: tuple[str, str, str]) -> bool:
        """Returns whether several give from an area in an initiative; `where` is initiative, donor, area."""
        return self._donors[where[0], where[2]] >= SEVERAL and (where[0], where[2]) in self.facts.area_km

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """Every confidential figure of somebody."""
        return tuple(self._cell(key, value) for key, value in self.values.items() if key.party in self.facts.parties)

    def _cell(self, key: Key, value: float) -> Cell:
        low, high = self._bounds(key, value)
        return Cell(key, value, self._neutral(key, value), low, high)

    def _bounds(self, key: Key, value: float) -> tuple[float, float]:
        size = self.facts.parties[key.party].size
        if key.measure in COUNTS:
            return 0.0, max(MOST_UNITS, SPARE * value)
        if key.measure == "shortage":
            return 0.0, max(MOST_FTE, SPARE * value)
        if key.measure == "cushion_size":
            return min(LEAST_MARGIN * (size or 0.0), value), max(SIZES * (size or MOST_EUR), SPARE * value)
        most = MOST_FTE if key.measure == "room" else SIZES * size if size else MOST_EUR
        most = max(most, SPARE * abs(value))
        return -most, most

    def _neutral(self, key: Key, value: float) -> float:
        """Returns up to which size a figure means nothing to its party."""
        facts, size = self.facts, self.facts.parties[key.party].size or 0.0
        if not key.part and facts.stances.get((key.party, key.measure)) == "neutral":
            return abs(value)
        if key.measure in {"revenue", "margin", "contract", "spend"}:
            return (
                facts.limit("margin" if key.measure == "spend" else key.measure.replace("contract", "revenue")) * size
            )
        return 0.0

    # -- what everybody knows ----

    @cached_property
    def known(self) -> tuple[Statement, ...]:
        """Identities, what the scenario says to all, and known shapes."""
        return tuple(
            one
            for part in (
                self._parts(),
                self._money(),
                self._contracts(),
                self._units(),
                self._named_parts(),
                self._worst(),
                self._departments(),
                self._areas(),
            )
            for one in part
        )

    def _exactly(self, terms: Mapping[Key, float], *, may_miss: bool = True) -> Iterator[Statement]:
        """Yields that terms add up to what they add up to; where they should to nothing, only if they do."""
        there = {key: weight for key, weight in terms.items() if key in self.values}
        amounts = [self.values[key] * weight for key, weight in there.items()]
        rest = sum(amounts)
        if there and (may_miss or abs(rest) <= ADDS_UP * max(1.0, *map(abs, amounts))):
            yield states(there, rest, rest)

    def _parts(self) -> Iterator[Statement]:
        """Yields that initiatives add up to the scenario."""
        of_whole: dict[Key, dict[Key, float]] = {}
        for measure, party, part in self.facts.parts:
            whole = self.key(measure, party)
            of_whole.setdefault(whole, {whole: 1.0})[self.key(measure, party, part)] = -1.0
        for terms in of_whole.values():
            yield from self._exactly(terms)

    def _money(self) -> Iterator[Statement]:
        """Yields that what providers get payers pay, in all and by initiative; a payer's margin is what it saves."""
        for part in ("", *(one.id for one in self.facts.initiatives)):
            revenue = dict.fromkeys(self._of("revenue", part), 1.0)
            yield from self._exactly(revenue | dict.fromkeys(self._of("spend", part), -1.0))
        for party, own in self.facts.parties.items():
            if own.kind == PAYER:
                for part in ("", *(one.id for one in self.facts.initiatives)):
                    yield from self._exactly(
                        {self.key("margin", party, part): 1.0, self.key("spend", party, part): 1.0}
                    )

    def _of(self, measure: str, part: str) -> list[Key]:
        return [key for key in self.values if key.measure == measure and key.part == part]

    def _contracts(self) -> Iterator[Statement]:
        """Yields that contracts add up to a provider's revenue, and to a payer's spend."""
        of_provider: dict[str, dict[Key, float]] = {}
        of_payer: dict[str, dict[Key, float]] = {}
        for provider, payer in self.facts.contract:
            of_provider.setdefault(provider, {})[self.key("contract", provider, payer)] = 1.0
            of_payer.setdefault(payer, {})[self.key("contract", provider, payer)] = 1.0
        for provider, terms in of_provider.items():
            yield from self._exactly(terms | {self.key("revenue", provider): -1.0}, may_miss=False)
        for payer, terms in of_payer.items():
            yield from self._exactly(terms | {self.key("spend", payer): -1.0}, may_miss=False)

    def _units(self) -> Iterator[Statement]:
        """Yields that recipients' units are donors' units, and what they are worth where the scenario says so."""
        for one in self.facts.initiatives:
            given = sum(self.values[key] for key in self._of("units", one.id))
            taken = sum(self.values[key] for key in self._of("received", one.id))
            if given > 0:
                terms = dict.fromkeys(self._of("received", one.id), 1.0)
                yield from self._exactly(terms | dict.fromkeys(self._of("units", one.id), -taken / given))
            if one.replaced:
                yield from self._worth(one, "revenue")
            if one.replaced and one.costed:
                yield from self._worth(one, "margin")

    def _named_parts(self) -> Iterator[Statement]:
        """Yields that recipients get what the scenario gives each of them, where it names the shares."""
        for one in self.facts.initiatives:
            shared = [key for key in self._of("received", one.id) if one.parts.get(key.party, 0.0) > 0]
            for first, other in pairwise(shared):
                terms = {first: one.parts[other.party], other: -one.parts[first.party]}
                yield from self._exactly(terms, may_miss=False)

    def _worth(self, one: InitiativeFacts, measure: str) -> Iterator[Statement]:
        """Yields between which amounts a unit received is worth to those who do nothing else in an initiative."""
        others = {*one.donors, *one.supporters, *one.bears}
        pairs = [
            (self.key(measure, key.party, one.id), key)
            for key in self._of("received", one.id)
            if key.party not in others and self.key(measure, key.party, one.id) in self.values
        ]
        each = [self.values[money] / self.values[units] for money, units in pairs]
        for money, units in pairs:
            yield states({money: 1.0, units: -min(each)}, low=0.0)
            yield states({money: 1.0, units: -max(each)}, high=0.0)

    def _worst(self) -> Iterator[Statement]:
        """Yields that the worst year is at most the annual equivalent."""
        for party in self.facts.cushion:
            margin = self.key("margin", party)
            if margin in self.values:
                yield states({self.key("cushion", party): 1.0, margin: -1.0}, high=0.0)

    def _departments(self) -> Iterator[Statement]:
        """Yields what the scenario takes from or adds to a department: nearly known to who sees units, so to all."""
        for (party, what), norm in self.facts.norms.items():
            terms = {self.key("norm_after", party, what): 1.0, self.key("norm_before", party, what): -1.0}
            yield states(terms, norm.after - norm.before, norm.after - norm.before)

    def _areas(self) -> Iterator[Statement]:
        """Yields that what a donor gives from areas is no more than what it gives."""
        given: dict[Key, dict[Key, float]] = {}
        for where in self.facts.from_area:
            whole = self.key("units", where[1], where[0])
            if self.of_many(where) and whole in self.values:
                given.setdefault(whole, {})[self.area_key(*where)] = 1.0
        for whole, terms in given.items():
            if sum(self.values[key] for key in terms) <= self.values[whole] * (1 + ADDS_UP):
                yield states(terms | {whole: -1.0}, high=self.values[whole] * ADDS_UP)

    # -- who knows or may know what ----

    @property
    def known_to(self) -> Mapping[Key, frozenset[str]]:
        """A contract is known to its payer too."""
        return {self.key("contract", p, q): frozenset({q}) for p, q in self.facts.contract}

    @property
    def open_to(self) -> Mapping[Key, frozenset[str]]:
        """Units of an initiative are open to those who take part; fewer than the minimum count are not."""
        rooms = {one.id: one.room for one in self.facts.initiatives if one.may_open}
        shown = (key for key, value in self.values.items() if value >= self.minimum_count - 0.5 and key.part in rooms)
        return {key: rooms[key.part] for key in shown if key.measure in {"units", "received"}}

    @property
    def own(self) -> tuple[Sent, ...]:
        """What a donor and a recipient know of each other by their own rows: what goes from the one to the other."""
        found = []
        for (initiative, donor, recipient), amount in self.facts.flows.items():
            taken, given = self.key("received", recipient, initiative), self.key("units", donor, initiative)
            if amount > 0 and taken in self.values and given in self.values:
                share = amount / max(self._sent(initiative, donor), amount)
                found.append(Sent(frozenset({donor}), states({taken: 1.0}, low=min(amount, self.values[taken]))))
                found.append(Sent(frozenset({recipient}), states({given: 1.0}, low=share * self.values[given])))
        return tuple(found)

    @cached_property
    def _all_sent(self) -> Mapping[tuple[str, str], float]:
        summed: dict[tuple[str, str], float] = {}
        for (initiative, donor, _), amount in self.facts.flows.items():
            summed[initiative, donor] = summed.get((initiative, donor), 0.0) + amount
        return summed

    def _sent(self, initiative: str, donor: str) -> float:
        return self._all_sent[initiative, donor]

    def shape(self, initiative: str, amounts: Mapping[tuple[str, str, int], float], year: int) -> tuple[float, float]:
        """Returns between which shares of the horizon's units those of a year lie: a shape that is known."""
        last = self.facts.horizon
        shares = [
            value / amounts[i, party, last]
            for (i, party, y), value in amounts.items()
            if i == initiative and y == year and amounts.get((i, party, last), 0.0) > 0
        ]
        return (min(shares), max(shares)) if shares else (0.0, 0.0)
