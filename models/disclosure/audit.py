"""The audit: who could work out what from all that is shown, and how figures give way until nobody can.

A figure of another party is *at risk* if what is shown narrows it to less than half of what it is in truth, and to less
than nine tenths of what the attacker knows without it. What holds it that narrow is told more coarsely, in a fixed
order; with nothing shown nothing is narrower than without it, so this ends.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import sparse

from models.disclosure.attackers import Attacker
from models.disclosure.cells import Cell, Cells, Key
from models.disclosure.coarseness import EVERYBODY, ORDER, Figure
from models.disclosure.programs import FITS, Block, Interval, Rows, blocks_of, interval, widen
from models.disclosure.statements import Statement
from models.disclosure.witnesses import Witnesses
from models.region.codes import Array, Integers, Mask

HALF = 0.5
"""A figure may not be known more narrowly than to this share of itself."""
TENTH = 0.9
"""What is shown may narrow what is known without it to this share at most."""
EXACT = 1e-4
"""What a reader knows to this share of it without what is shown, it knows: nothing shown tells it more."""
MOST_ROUNDS = 200
"""More rounds of coarsening than all levels of all families together never come; a guard."""
FEW = 3
"""So many figures at risk are looked for before what tells them gives way: the rest is mostly told by the same."""
WORTH_ASKING = 4
"""So many figures of a reader that are not yet seen to be wide are worth asking a whole group of readers about."""
PUBLIC = "public"
KNOWN, BEFORE = -1, -2
"""What stands in the place of a figure's position for a statement that no figure of this view makes."""


@dataclass(frozen=True)
class Sent:
    """What was sent earlier in the round: to whom, and what it says."""

    audience: frozenset[str]
    statement: Statement


@dataclass(frozen=True)
class AuditInput:
    """Everything that an audit looks at.

    Attributes:
        cells: the confidential figures.
        known: identities, and what the scenario says to all.
        own: what parties know by their own rows of the figures of others (a donor what it brings to each recipient).
        figures: what is to be shown.
        attackers: who puts what together.
        known_to: of a figure, the other parties that know it exactly (a payer its contract).
        open_to: of a figure, the parties to whom it is open by rule; an attacker with one of them may know it.
        history: what was sent before.
    """

    cells: Cells
    known: tuple[Statement, ...]
    figures: tuple[Figure, ...]
    attackers: tuple[Attacker, ...]
    known_to: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    open_to: Mapping[Key, frozenset[str]] = field(default_factory=dict)
    history: tuple[Sent, ...] = ()
    own: tuple[Sent, ...] = ()


@dataclass(frozen=True)
class DisclosureRisk:
    """One figure that somebody could work out.

    Attributes:
        attacker: who.
        cell: which figure.
        width: how far apart the limits are, in the figure's own unit.
        solved: whether the solver could tell; where it cannot, the figure counts as at risk.
        named: the shown figures that together tell it.
        before: whether figures sent earlier in the round help to tell it.
        earlier: whether what was sent earlier in the round tells it by itself: nothing shown now makes it worse.
    """

    attacker: str
    cell: Cell
    width: float
    solved: bool
    named: tuple[str, ...]
    before: bool
    earlier: bool = False


@dataclass(frozen=True)
class Audited:
    """What an audit found and did.

    Attributes:
        case: what was looked at.
        coarseness: how coarsely each family is told now: the position of its level.
        risks: every figure that was at risk on the way, in the order in which they were found.
        left: those that are at risk still, because what was sent before tells them: nothing shown now could mend it.
        programs: linear programs solved.
        narrowest: the narrowest interval left, as a share of the figure; at least this. Infinite where nothing is tied.
        excused: pairs that are narrow, but no narrower than without what is shown.
        undecided: figures of which the solver could not tell; each counted as at risk.
    """

    case: AuditInput
    coarseness: Mapping[str, int]
    risks: tuple[DisclosureRisk, ...]
    left: tuple[DisclosureRisk, ...]
    programs: int
    narrowest: float
    excused: int
    undecided: int = 0

    @property
    def passed(self) -> bool:
        """Whether nothing is at risk by what is shown now."""
        return all(risk.earlier for risk in self.left)

    def level(self, figure: Figure) -> str:
        """Returns how a figure is told: the name of its level."""
        return figure.at(self.coarseness.get(figure.family, 0)).name

    def shown(self, figure: Figure) -> Mapping[str, object]:
        """Returns what a reader sees of a figure; nothing if it is withheld."""
        return figure.at(self.coarseness.get(figure.family, 0)).shown

    def statements(self) -> Iterator[Sent]:
        """Yields what is said to whom, for the history of the round."""
        for figure in self.case.figures:
            for statement in figure.at(self.coarseness.get(figure.family, 0)).statements:
                yield Sent(figure.audience, statement)


def audit(case: AuditInput, *, coarseness: Mapping[str, int] | None = None) -> Audited:
    """Returns what may be shown: every figure as finely as leaves nothing at risk.

    Args:
        case: what is to be shown, and to whom.
        coarseness: families that must be told at least so coarsely (withheld earlier in the round).
    """
    return _Audit(case, dict(coarseness or {})).done()


def risks_as_shown(case: AuditInput, *, coarseness: Mapping[str, int] | None = None) -> tuple[DisclosureRisk, ...]:
    """Returns what is at risk if everything is shown as it is asked, without coarsening anything."""
    return _Audit(case, dict(coarseness or {})).at_risk()


@dataclass(frozen=True)
class _Verdict:
    """What is narrow in one block: the cell's position, and its interval."""

    narrow: tuple[tuple[int, Interval], ...]
    narrowest: float


class _Audit:
    """One audit under way."""

    def __init__(self, case: AuditInput, coarseness: dict[str, int]) -> None:
        self.case, self.coarseness = case, coarseness
        self.programs, self.excused = 0, 0
        self.narrowest = np.inf
        self._verdicts: dict[tuple[bytes, bytes, bytes], _Verdict] = {}
        self._seeds: dict[bytes, list[Array]] = {}
        self._said = np.zeros(0, dtype=bool)
        self._number = {attacker: place for place, attacker in enumerate(case.attackers)}
        values, neutral, (low, high) = case.cells.values, case.cells.neutral, case.cells.bounds
        self._by = np.maximum.reduce([np.abs(values), neutral, 1e-4 * (high - low), np.full(values.size, 1e-9)])
        self._low, self._high, self._truth = low / self._by, high / self._by, values / self._by
        self._enough = HALF * np.abs(self._truth)
        self._witnesses = Witnesses(self._truth, len(case.attackers))

    def done(self) -> Audited:
        """Coarsens until nothing is at risk, or nothing that is left can give way.

        One attacker after the other: what gives way for one mostly leaves nothing for the next. Told more coarsely is
        not always told less (130 in one digit is less than 95 in two), so all are asked again until none is left.
        """
        found: list[DisclosureRisk] = []
        for _ in range(MOST_ROUNDS):
            before, left = len(found), []
            self.narrowest, self.excused = np.inf, 0
            for attacker in self.case.attackers:
                left += self._mended(attacker, found)
            if len(found) == before:
                break
        return Audited(
            case=self.case,
            coarseness=self.coarseness,
            risks=tuple(found),
            left=tuple(left),
            programs=self.programs,
            narrowest=self.narrowest,
            excused=self.excused,
            undecided=sum(not risk.solved for risk in (*found, *left)),
        )

    def _mended(self, attacker: Attacker, found: list[DisclosureRisk]) -> list[DisclosureRisk]:
        """Coarsens until what is shown tells an attacker nothing; returns what it works out of what was sent before."""
        earlier: list[DisclosureRisk] = []
        risks: list[DisclosureRisk] = []
        for _ in range(MOST_ROUNDS):
            earlier, risks = self._first(self._against(attacker, self._active()))
            if not self._coarsen(risks):
                break
            found += risks
        return [*earlier, *risks]

    @staticmethod
    def _first(risks: Iterable[DisclosureRisk]) -> tuple[list[DisclosureRisk], list[DisclosureRisk]]:
        """Returns the first few risks by what is shown now, after those by what was sent before that came up."""
        by_history: list[DisclosureRisk] = []
        by_now: list[DisclosureRisk] = []
        for risk in risks:
            (by_history if risk.earlier else by_now).append(risk)
            if len(by_now) == FEW:
                break
        return by_history, by_now

    # -- what is said ----

    @cached_property
    def _statements(self) -> tuple[list[Statement], Integers, Integers]:
        """Every statement at every level; the figure of each (or that it is known, or sent before), and its level."""
        rows = [(statement, KNOWN, 0) for statement in self.case.known]
        rows += [(sent.statement, KNOWN, 0) for sent in self.case.own]
        rows += [(sent.statement, BEFORE, 0) for sent in self.case.history]
        for place, figure in enumerate(self.case.figures):
            for level, one in enumerate(figure.levels):
                rows += [(statement, place, level) for statement in one.statements]
        figures, levels = (np.array([row[n] for row in rows], dtype=np.int64) for n in (1, 2))
        return [row[0] for row in rows], figures, levels

    @cached_property
    def _rows(self) -> Rows:
        """All statements as rows over the cells, in units of the cells' own."""
        statements = self._statements[0]
        place = self.case.cells.place
        entries = [(row, place(key), weight) for row, one in enumerate(statements) for key, weight in one.terms]
        where = np.array([(row, cell) for row, cell, _ in entries], dtype=np.int64).reshape(-1, 2)
        weights = np.array([weight for _, _, weight in entries], dtype=float)
        shape = (len(statements), len(self.case.cells))
        matrix = sparse.coo_matrix((weights, (where[:, 0], where[:, 1])), shape=shape).tocsr()
        matrix.eliminate_zeros()
        low, high = (np.array([getattr(one, side) for one in statements], dtype=float) for side in ("low", "high"))
        return Rows(matrix, low, high).scaled(self._by)

    def _active(self) -> Mask:
        """Returns which statements are said at the present coarseness."""
        _, figures, levels = self._statements
        own = np.array([self.coarseness.get(figure.family, 0) for figure in self.case.figures], dtype=np.int64)
        told: Mask = figures < 0
        of_figure = figures >= 0
        told[of_figure] = levels[of_figure] == own[figures[of_figure]]
        return told

    @cached_property
    def _audiences(self) -> tuple[list[frozenset[str]], Integers]:
        """The different audiences, and to which of them each statement is said."""
        _, figures, _ = self._statements
        found = [frozenset({EVERYBODY, PUBLIC})] * len(self.case.known)
        found += [sent.audience for sent in (*self.case.own, *self.case.history)]
        found += [self.case.figures[place].audience for place in figures[len(found) :].tolist()]
        place = {audience: number for number, audience in enumerate(dict.fromkeys(found))}
        return list(place), np.array([place[one] for one in found], dtype=np.int64)

    def _heard(self, attacker: Attacker) -> Mask:
        """Returns which statements an attacker hears."""
        ears = attacker.parties | ({EVERYBODY, PUBLIC} if attacker.parties else {PUBLIC})
        audiences, of_statement = self._audiences
        heard: Mask = np.array([not ears.isdisjoint(one) for one in audiences], dtype=bool)[of_statement]
        return heard

    # -- who knows what ----

    @cached_property
    def _places(self) -> dict[str, Integers]:
        """The positions of each party's own figures."""
        return _by_name((party, place) for place, party in enumerate(self.case.cells.parties))

    @cached_property
    def _known_besides(self) -> dict[str, Integers]:
        """The positions of others' figures that each party knows."""
        place = self.case.cells.place
        return _by_name((party, place(key)) for key, parties in self.case.known_to.items() for party in parties)

    @cached_property
    def _open(self) -> tuple[dict[str, Integers], dict[str, Integers]]:
        """The positions of figures that are open to somebody: by whose they are, and by to whom."""
        place, listed = self.case.cells.place, self.case.open_to.items()
        to = _by_name((party, place(key)) for key, parties in listed for party in parties)
        return _by_name((key.party, place(key)) for key, _ in listed), to

    def _known(self, attacker: Attacker) -> Mask:
        return self._at(attacker.parties, self._places) | self._at(attacker.parties, self._known_besides)

    def _held(self, attacker: Attacker) -> Mask:
        """Returns which figures are held against an attacker: another's, of some size, and not open to it."""
        of_whom, to_whom = self._open
        held = self._at(attacker.targets, self._places) | self._at(attacker.weaker, of_whom)
        return held & ~self._at(attacker.parties, to_whom) & self._matters

    @cached_property
    def _matters(self) -> Mask:
        """Which figures are more than about zero."""
        return np.abs(self.case.cells.values) > self.case.cells.neutral

    def _at(self, parties: Iterable[str], places: Mapping[str, Integers]) -> Mask:
        found = np.zeros(len(self.case.cells), dtype=bool)
        for party in parties:
            if party in places:
                found[places[party]] = True
        return found

    # -- the rule ----

    def at_risk(self) -> tuple[DisclosureRisk, ...]:
        """Returns every figure that some attacker could work out from what is said now."""
        self.narrowest, self.excused = np.inf, 0
        active = self._active()
        return tuple(risk for attacker in self.case.attackers for risk in self._against(attacker, active))

    def _against(self, attacker: Attacker, active: Mask) -> Iterator[DisclosureRisk]:
        known = self._known(attacker)
        held = self._not_seen_wide(attacker, self._held(attacker) & ~known, known, active)
        if not held.any():
            return
        figures, ears = self._statements[1], self._heard(attacker)
        heard, bare = np.flatnonzero(active & ears), np.flatnonzero((figures == KNOWN) & ears)
        sent = np.flatnonzero((figures < 0) & ears)
        for cells, rows in self._blocks(heard, ~known):
            targets = np.flatnonzero(held[cells])
            if targets.size and (figures[rows] != KNOWN).any():
                for place, found in self._narrow(cells, rows, targets, known):
                    cell = int(cells[place])
                    if self._as_wide(found, self._alone(cell, bare, known), cell):
                        self.excused += 1
                    else:
                        earlier = not (figures[rows] >= 0).any() or self._told_by(cell, sent, known, found)
                        yield self._risk(attacker, cell, found, rows, earlier=earlier)

    # -- what many readers have in common ----

    def _not_seen_wide(self, attacker: Attacker, held: Mask, known: Mask, active: Mask) -> Mask:
        """Returns the figures that points which fit all that is told to anybody do not yet show to be wide."""
        if not np.array_equal(active, self._said):
            self._said = active
            self._witnesses.told(self._rows_of(np.flatnonzero(active)))
        widths = self._witnesses.widths(known)
        narrow = held & (widths < self._enough)
        for group in self._witnesses.groups_of(self._number[attacker]):
            if np.count_nonzero(narrow) < WORTH_ASKING:
                break
            self._ask(group, active)
            widths = self._witnesses.widths(known)
            narrow = held & (widths < self._enough)
        wide = held & ~narrow
        self.narrowest = min(self.narrowest, float((widths[wide] / np.abs(self._truth[wide])).min(initial=np.inf)))
        return narrow

    def _ask(self, group: Integers, active: Mask) -> None:
        """Looks for points that leave as it is what any reader of a group knows, and move what is held against any."""
        readers = [self.case.attackers[place] for place in group.tolist()]
        known = np.logical_or.reduce([self._known(one) for one in readers])
        held = np.logical_or.reduce([self._held(one) for one in readers]) & ~known
        held &= self._witnesses.widths(known) < self._enough
        for cells, rows in self._blocks(np.flatnonzero(active), ~known):
            targets = np.flatnonzero(held[cells])
            if targets.size and rows.size:
                block = self._block(cells, rows, known, ())
                self.programs += self._witnesses.push(block, cells, targets, self._enough[cells])

    def _rows_of(self, rows: Integers) -> Rows:
        return Rows(self._rows.matrix[rows], self._rows.low[rows], self._rows.high[rows])

    def _blocks(self, rows: Integers, free: Mask) -> Iterator[tuple[Integers, Integers]]:
        for cells, said in blocks_of(self._rows_of(rows), free):
            yield cells, rows[said]

    def _narrow(
        self, cells: Integers, rows: Integers, targets: Integers, known: Mask
    ) -> Iterator[tuple[int, Interval]]:
        """Yields what is narrow in a block; a block that was looked at to its end is not looked at again."""
        key = (cells.tobytes(), rows.tobytes(), targets.tobytes())
        if key in self._verdicts:
            verdict = self._verdicts[key]
            self.narrowest = min(self.narrowest, verdict.narrowest)
            yield from verdict.narrow
            return
        block = self._seeded(cells, rows, known)
        enough = self._enough[cells]
        narrow: list[tuple[int, Interval]] = []
        try:
            widen(block, targets.tolist(), enough)
            for place in targets.tolist():
                found = interval(block, place, enough=enough[place])
                if found is not None:
                    narrow.append((place, found))
                    yield place, found
        finally:
            self._keep(cells, block)
        wide = np.setdiff1d(targets, [place for place, _ in narrow])
        shares = block.widths[wide] / np.abs(block.truth[wide])
        self._verdicts[key] = _Verdict(tuple(narrow), float(shares.min(initial=np.inf)))
        self.narrowest = min(self.narrowest, self._verdicts[key].narrowest)

    def _block(self, cells: Integers, rows: Integers, known: Mask, points: Iterable[Array]) -> Block:
        """Returns a block, with points that may fit it."""
        rest = self._rows.matrix @ np.where(known, self._truth, 0.0)
        own = self._rows.of(rows, cells, rest)
        return Block(own, self._low[cells], self._high[cells], self._truth[cells], list(points))

    def _seeded(self, cells: Integers, rows: Integers, known: Mask) -> Block:
        """Returns a block, with the points that fitted its cells before."""
        return self._block(cells, rows, known, self._seeds.get(cells.tobytes(), ()))

    def _keep(self, cells: Integers, block: Block) -> None:
        self.programs += block.programs
        self._seeds[cells.tobytes()] = block.points

    def _alone(self, cell: int, said: Integers, known: Mask) -> Interval | None:
        """Returns between which limits some statements alone leave a figure; None where they do not speak of it."""
        for cells, rows in self._blocks(said, ~known):
            if cell in cells:
                block = self._seeded(cells, rows, known)
                alone = interval(block, int(np.flatnonzero(cells == cell)[0]), enough=np.inf)
                self._keep(cells, block)
                return alone
        return None

    def _as_wide(self, found: Interval, alone: Interval | None, cell: int) -> bool:
        """Returns whether a figure is known about as narrowly without what was found to narrow it.

        What is known to a ten-thousandth, or to the tolerance of the programs, is known: its limits differ by rounding.
        """
        if alone is None or not found.solved:
            return False
        exact = max(EXACT * abs(float(self._truth[cell])), FITS)
        return alone.outer <= exact or found.width >= TENTH * alone.outer

    def _told_by(self, cell: int, sent: Integers, known: Mask, found: Interval) -> bool:
        """Returns whether what was sent before tells a figure by itself, and what is shown now hardly more."""
        if not (self._statements[1][sent] == BEFORE).any():
            return False
        alone = self._alone(cell, sent, known)
        at_risk = alone is not None and alone.outer < HALF * abs(float(self._truth[cell]))
        return at_risk and self._as_wide(found, alone, cell)

    def _risk(self, attacker: Attacker, cell: int, found: Interval, rows: Integers, *, earlier: bool) -> DisclosureRisk:
        figures = self._statements[1][rows[list(found.named)]] if found.named else np.zeros(0, dtype=np.int64)
        named = {self.case.figures[place].id for place in figures.tolist() if place >= 0}
        if not any(self._may_give(self._figure(name)) for name in named):
            said = self._statements[1][rows]
            named |= {self.case.figures[place].id for place in said.tolist() if place >= 0}
        own = self.case.cells.distinct[cell]
        width = found.width * float(self._by[cell])
        before = bool((figures == BEFORE).any())
        return DisclosureRisk(attacker.name, own, width, found.solved, tuple(sorted(named)), before, earlier)

    # -- giving way ----

    @cached_property
    def _by_id(self) -> dict[str, Figure]:
        return {figure.id: figure for figure in self.case.figures}

    def _figure(self, name: str) -> Figure:
        return self._by_id[name]

    def _may_give(self, figure: Figure) -> bool:
        return self.coarseness.get(figure.family, 0) < self._levels[figure.family] - 1

    @cached_property
    def _levels(self) -> dict[str, int]:
        """How many levels the longest ladder of each family has."""
        longest: dict[str, int] = {}
        for figure in self.case.figures:
            longest[figure.family] = max(longest.get(figure.family, 0), len(figure.levels))
        return longest

    def _coarsen(self, risks: Iterable[DisclosureRisk]) -> bool:
        """Lets the families give way that tell something, each by one level; returns whether any could."""
        giving = {family for risk in risks for family in self._giving(risk)}
        for family in giving:
            self.coarseness[family] = self.coarseness.get(family, 0) + 1
        return bool(giving)

    def _giving(self, risk: DisclosureRisk) -> set[str]:
        """Returns the families of the first class, in the fixed order, of the figures that tell something."""
        able = [self._figure(name) for name in risk.named if self._may_give(self._figure(name))]
        for kind in ORDER:
            families = {figure.family for figure in able if figure.kind == kind}
            if families:
                return families
        return set()


def _by_name(pairs: Iterable[tuple[str, int]]) -> dict[str, Integers]:
    """Returns the positions that each name has."""
    found: dict[str, list[int]] = {}
    for name, place in pairs:
        found.setdefault(name, []).append(place)
    return {name: np.array(places, dtype=np.int64) for name, places in found.items()}
