"""What all parties see together, and of it what anyone may see (trust page, section 2: table, public)."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from models.disclosure.audit import PUBLIC
from models.disclosure.cells import Key
from models.disclosure.coarseness import Figure, Level, withheld_last
from models.disclosure.ladders import FTE_BANDS, TABLE, WIDER_FTE_BANDS, Rules, Said, finite
from models.disclosure.scenario_facts import PAYER, UNKNOWN, ScenarioFacts
from models.disclosure.statements import Statement, band_of, ratio, rounded, states, total, within

SIZE_BANDS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.10)
"""Limits of a band of revenue or spend, as a share of size; about zero is the first."""
WIDER_SIZE_BANDS = (0.001, 0.005, 0.02, 0.10)
CUSHION_BANDS = (0.05, 0.25, 1.0)
"""Limits of a band of the cushion: a party's worst year as a share of its own yearly margin."""
WIDER_CUSHION_BANDS = (0.05, 1.0)
COVER_BANDS = (0.5, 0.8, 1.0, 1.25, 2.0)
"""Limits of gains ÷ losses."""
INDEPENDENT, PUBLIC_INDEPENDENT = 3, 5
"""So many independent parties a total at the table, and in public, has on every axis at least."""
DOMINANT, PUBLIC_DOMINANT = 0.5, 0.25
"""None of them more than this share of the sum of absolute values."""
ALONE = 3
"""Of a kind with so many parties or fewer nothing is told of that kind alone."""
TIGHT = 0.97
"""A resource of which more than this share is used is tight: an assumption."""
HALF_FTE = 0.5
"""A shortage of less than this is none: an assumption."""


def considered(
    amounts: Mapping[str, float], facts: ScenarioFacts, *, least: int = INDEPENDENT, most: float = DOMINANT
) -> bool:
    """Returns whether a total may be thought of: enough independent parties, none of them dominant."""
    by_group: dict[str, float] = {}
    for party, amount in amounts.items():
        group = facts.parties[party].group or party
        by_group[group] = by_group.get(group, 0.0) + abs(amount)
    sizes = [amount for amount in by_group.values() if amount > 0]
    return len(sizes) >= least and max(sizes) <= most * math.fsum(sizes)


class TableRules(Rules):
    """The rules of the table."""

    def figures(self) -> Iterator[Figure]:
        """Yields what all parties see together, and of it what anyone may see."""
        yield from self._stances()
        yield from self._bands()
        yield from self._totals()
        yield from self._covers()
        yield from self._unit_totals()
        yield from self._capacity()
        yield from self._plain()

    def _stances(self) -> Iterator[Figure]:
        for (party, dimension), stance in self.facts.stances.items():
            own = self.facts.parties.get(party)
            if own is None or party == UNKNOWN or not self._takes_part(party):
                continue
            about = {"section": "stance", "party": party, "measure": dimension}
            level = Level("stance", tuple(self._stance(party, dimension, stance)), {"stance": stance})
            family = f"stance:{own.kind}:{dimension}"
            yield Figure(self.name("stance", party, dimension), "stance", family, TABLE, withheld_last([level]), about)

    def _takes_part(self, party: str) -> bool:
        return party in self.facts.providers or self.facts.parties[party].kind == PAYER

    def _stance(self, party: str, dimension: str, stance: str) -> Iterator[Statement]:
        """Yields what a stance says: on which side of its neutral limit a figure lies, or between both."""
        key, size = self.picture.key(dimension, party), self.facts.parties[party].size
        if key not in self.picture.values:
            return
        if dimension == "cushion":
            yardstick = self.picture.key("cushion_size", party)
            if yardstick in self.picture.values:
                yield from ratio({key: 1.0}, {yardstick: 1.0}, self._sided(stance, self.facts.limit(dimension)))
        elif dimension == "spend":
            limit = self.facts.limit(dimension) * (size or math.inf)
            low, high = {"gains": (-math.inf, 0.0), "loses": (0.0, math.inf)}.get(stance, (-limit, limit))
            yield states({key: 1.0}, low, high)
        elif size:
            yield from within({key: 1.0}, size, self._sided(stance, self.facts.limit(dimension)))

    @staticmethod
    def _sided(stance: str, limit: float) -> tuple[float, float]:
        return {"gains": (limit, math.inf), "loses": (-math.inf, -limit), "neutral": (-limit, limit)}[stance]

    def _bands(self) -> Iterator[Figure]:
        for measure in ("revenue", "spend"):
            for party, own in self.facts.parties.items():
                key = self.picture.key(measure, party)
                is_its_own = (own.kind == PAYER) == (measure == "spend")
                if (
                    is_its_own
                    and own.size
                    and party != UNKNOWN
                    and key in self.picture.values
                    and self._takes_part(party)
                ):
                    yield self._size_band(key, own.size, own.kind)
        for party in self.facts.cushion:
            yardstick = self.picture.key("cushion_size", party)
            if yardstick in self.picture.values and self._takes_part(party):
                yield self._cushion_band(self.picture.key("cushion", party), yardstick)

    def _size_band(self, key: Key, size: float, kind: str) -> Figure:
        share = self.value(key) / size
        levels = [
            self.banded(name, share, limits, lambda edges: within({key: 1.0}, size, edges))
            for name, limits in (("band", SIZE_BANDS), ("coarser_band", WIDER_SIZE_BANDS), ("sign", ()))
        ]
        return self._banded(key, kind, levels)

    def _cushion_band(self, key: Key, yardstick: Key) -> Figure:
        share = self.value(key) / self.value(yardstick)
        levels = [
            self.banded(name, share, limits, lambda edges: ratio({key: 1.0}, {yardstick: 1.0}, edges))
            for name, limits in (("band", CUSHION_BANDS), ("coarser_band", WIDER_CUSHION_BANDS), ("sign", ()))
        ]
        return self._banded(key, self.facts.parties[key.party].kind, levels)

    def _banded(self, key: Key, kind: str, levels: Sequence[Level]) -> Figure:
        about = {"section": "band", "party": key.party, "measure": key.measure}
        family = f"band:{kind}:{key.measure}"
        return Figure(self.name("band", key.party, key.measure), "band", family, TABLE, withheld_last(levels), about)

    # -- totals ----

    def _totals(self) -> Iterator[Figure]:
        for measure in ("revenue", "margin"):
            for name, members, wider in self._kinds():
                yield from self._total(name, measure, members, wider)
        everybody = [*self.facts.providers, *self.facts.payers]
        revenue_axes = (self.amounts("revenue", self.facts.providers), self.amounts("spend", self.facts.payers))
        yield from self._region("revenue", self.amounts("revenue", self.facts.providers), revenue_axes)
        margin = self.amounts("margin", everybody)
        yield from self._region("margin", margin, (margin,))

    def _kinds(self) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
        """Yields each kind, its parties and those of its neighbours; where they are too few, the neighbours alone."""
        by_kind: dict[str, list[str]] = {}
        for party in self.facts.providers:
            by_kind.setdefault(self.facts.parties[party].kind, []).append(party)
        told = set()
        for kind, members in by_kind.items():
            merged = next((own for own in self.settings.kinds_merge if kind in own), frozenset({kind}))
            wider = tuple(party for other in by_kind if other in merged for party in by_kind[other])
            if len(members) > ALONE:
                yield kind, tuple(members), wider
            elif len(wider) > ALONE and wider not in told:
                told.add(wider)
                yield "+".join(sorted(other for other in by_kind if other in merged)), wider, wider

    def _total(self, name: str, measure: str, members: Sequence[str], wider: Sequence[str]) -> Iterator[Figure]:
        levels = []
        for told, parties, digits in (
            ("two_digits", members, 2), ("one_digit", members, 1), ("merged_kind", wider, 2),
        ):  # fmt: skip
            amounts = self.amounts(measure, parties)
            if considered(amounts, self.facts) and (told != "merged_kind" or tuple(wider) != tuple(members)):
                levels.append(self.in_digits(told, measure, amounts, digits))
        if levels:
            about = {"section": "total", "kind": name, "measure": measure}
            family = f"total:{name}:{measure}"
            yield Figure(self.name("total", name, measure), "total", family, TABLE, withheld_last(levels), about)

    def _region(
        self, measure: str, amounts: Mapping[str, float], axes: Iterable[Mapping[str, float]]
    ) -> Iterator[Figure]:
        listed = list(axes)
        if not all(considered(axis, self.facts) for axis in listed):
            return
        public = all(considered(axis, self.facts, least=PUBLIC_INDEPENDENT, most=PUBLIC_DOMINANT) for axis in listed)
        levels = [self.in_digits(f"{name}_digit{'s' * (n > 1)}", measure, amounts, n) for name, n in
                  (("two", 2), ("one", 1))]  # fmt: skip
        audience = TABLE | {PUBLIC} if public else TABLE
        about = {"section": "total", "kind": "region", "measure": measure}
        yield Figure(
            self.name("total", "region", measure),
            "total",
            f"total:region:{measure}",
            audience,
            withheld_last(levels),
            about,
        )

    # -- cover ----

    def _covers(self) -> Iterator[Figure]:
        """Yields how far the gains cover the losses, without the fund and with it."""
        yield from self._cover("without_fund", {})
        if self.facts.payment is not None and any(self.facts.payment.from_fund.values()):
            yield from self._cover("with_fund", self.facts.payment.from_fund)

    def _cover(self, name: str, fund: Mapping[str, float]) -> Iterator[Figure]:
        annuity = self.facts.annuity
        margins = self.amounts("margin", [*self.facts.providers, *self.facts.payers])
        worth = {party: value * annuity + fund.get(party, 0.0) for party, value in margins.items()}
        gains, losses = ([p for p, v in worth.items() if v * sign > 0] for sign in (1, -1))
        lost = -math.fsum(worth[party] for party in losses)
        if not lost:
            return
        cover = math.fsum(worth[party] for party in gains) / lost

        def said(edges: tuple[float, float]) -> Iterator[Statement]:
            for edge, is_low in zip(edges, (True, False), strict=True):
                if math.isfinite(edge):
                    terms = {self.picture.key("margin", party): annuity for party in gains}
                    terms |= {self.picture.key("margin", party): edge * annuity for party in losses}
                    granted = sum(fund.get(p, 0.0) for p in gains) + edge * sum(fund.get(p, 0.0) for p in losses)
                    yield states(terms, low=-granted) if is_low else states(terms, high=-granted)

        levels = [self._cover_level(told, cover, limits, said) for told, limits in
                  (("band", COVER_BANDS), ("coarser_band", (1.0,)))]  # fmt: skip
        about = {"section": "cover", "measure": name}
        yield Figure(self.name("cover", name), "band", f"cover:{name}", TABLE, withheld_last(levels), about)

    @staticmethod
    def _cover_level(told: str, cover: float, limits: Sequence[float], said: Said) -> Level:
        low, high = band_of(cover, limits)
        edges = (max(low, 0.0), high)
        return Level(told, tuple(said(edges)), {"low": edges[0], "high": finite(edges[1])})

    # -- units, capacity, and what is nobody's secret ----

    def _unit_totals(self) -> Iterator[Figure]:
        for one in self.facts.initiatives:
            given, taken = self.of_initiative("units", one.id), self.of_initiative("received", one.id)
            if considered(given, self.facts) and (considered(taken, self.facts) or not taken):
                terms = {self.picture.key("units", party, one.id): 1.0 for party in given}
                levels = self.counted(terms, math.fsum(given.values()))
                about = {"section": "units", "initiative": one.id, "measure": "units", "year": self.facts.horizon}
                yield Figure(
                    self.name("units", one.id), "total", f"total:{one.id}:units", TABLE, withheld_last(levels), about
                )

    def _capacity(self) -> Iterator[Figure]:
        """Yields of each kind of parties, large enough to be told of, how scarce each kind of staff is."""
        for resource in self.facts.staff:
            for name, members, _ in self._kinds():
                known = [p for p in members if (p, resource) in self.facts.shortage]
                if len(known) >= INDEPENDENT:
                    yield self._scarcity(name, resource, known)

    def _scarcity(self, name: str, resource: str, parties: Sequence[str]) -> Figure:
        facts = self.facts
        gaps = [facts.shortage[party, resource] for party in parties]
        usable = math.fsum(facts.usable.get((party, resource), 0.0) for party in parties)
        short = math.fsum(max(0.0, gap) for gap in gaps)
        used = (usable + math.fsum(gaps)) / usable if usable > 0 else math.inf
        status = "short" if short >= HALF_FTE else "tight" if used > TIGHT else "enough"
        keys = [self.picture.key("shortage", party, resource) for party in parties]
        levels = []
        for told, limits in (("band", FTE_BANDS), ("coarser_band", WIDER_FTE_BANDS)):
            low, high = band_of(short, limits)
            shown = {"status": status, "low": max(low, 0.0), "high": finite(high)}
            levels.append(Level(told, (total(keys, max(low, 0.0), high),), shown))
        about = {"section": "capacity", "kind": name, "measure": resource, "year": facts.horizon}
        family = f"capacity:{name}:{resource}"
        return Figure(self.name("capacity", name, resource), "band", family, TABLE, withheld_last(levels), about)

    def _plain(self) -> Iterator[Figure]:
        """Yields what tells nothing of one party: departments by specialism, kilometres."""
        for (specialism, stance), count in self.facts.departments.items():
            shown = {"stance": stance, "parties": count if count >= INDEPENDENT else None}
            yield self._told(("department", specialism, stance), shown, TABLE)
        if self.facts.km is not None:
            yield self._told(("travel", "patient_km_change"), {"value": rounded(self.facts.km, 2)}, TABLE | {PUBLIC})

    def _told(self, name: tuple[str, ...], shown: Mapping[str, object], audience: frozenset[str]) -> Figure:
        about = {"section": name[0], "measure": name[1], "year": self.facts.horizon}
        levels = withheld_last([Level("told", (), shown)])
        return Figure(self.name(*name), "units", ":".join(name), audience, levels, about)
