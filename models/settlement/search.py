"""The most valuable coalition, found exactly: a mixed-integer program made small before it is asked.

A coalition is worth the sets that lie wholly in it plus what each of its parties adds alone. Were every set a gain,
this would be a closure problem, which a maximum flow solves: it divides each set over its members so that as little as
possible is left above 0. Sets at a loss are replaced by something linear that is never less (a multiplier each), which
makes the flow a bound. The bound settles nearly all parties: joining or leaving would cost more than is still open.
What remains goes to the mixed-integer program; while that would be large, the party that most losses hang on is tried
both ways.
"""

import heapq
import itertools
import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, sparse
from scipy.sparse import csgraph

from models.region.codes import Array, Integers, Mask
from models.settlement.sets import Sets

PROGRAM = 2_000
"""Sets up to which the mixed-integer program is asked as it is."""
MULTIPLIER_ROUNDS = 4
"""Maximum flows spent on a bound where some sets are losses."""
FLOW_ROUNDS = 4
"""Maximum flows on whole numbers, each on what the rounding of the one before left."""
WHOLE = 2**30
"""What a flow's largest capacity becomes: SciPy's flows are 32-bit integers."""
STEPS = 60
"""One-party improvements tried on each coalition that a bound suggests."""
RELATIVE_GAP = 1e-9
DUST = 1e-4
"""Euro up to which an amount is what rounding left."""


def most_valuable(sets: Sets, alone: Array, *, tolerance: float, time_limit: float) -> tuple[Mask, float]:
    """Returns the most valuable coalition, and how much more another could at most be worth.

    Args:
        sets: what sets of parties are worth.
        alone: what each party adds by itself, shape (parties,).
        tolerance: what does not matter, in euro.
        time_limit: seconds after which the search ends without proof.
    """
    search = _Search(alone.size, tolerance=tolerance, until=time.monotonic() + time_limit)
    search.run(_Open.of(sets, alone))
    return search.best, search.gap


class _Search:
    """The best coalition so far, and the questions that are still open, the most promising first."""

    def __init__(self, parties: int, *, tolerance: float, until: float) -> None:
        self.best: Mask = np.zeros(parties, dtype=bool)
        self.worth = 0.0
        self.gap = 0.0
        self._tolerance = tolerance
        self._until = until
        self._queue: list[tuple[float, int, _Open]] = []
        self._number = itertools.count()

    def run(self, question: "_Open") -> None:
        """Answers a question and all that it is split into, until the time is up."""
        self._push(question.at_most, question)
        while self._queue and self._until > time.monotonic():
            bound, _, open_ = heapq.heappop(self._queue)
            if -bound > self.worth + self._tolerance:
                self._answer(open_)
        most = max((-entry[0] for entry in self._queue), default=self.worth)
        self.gap = max(self.gap, most - self.worth) if most - self.worth > self._tolerance else self.gap

    def _push(self, bound: float, question: "_Open") -> None:
        heapq.heappush(self._queue, (-bound, next(self._number), question))

    def _try(self, question: "_Open", chosen: Mask) -> None:
        worth = question.worth(chosen)
        if worth > self.worth:
            self.worth = worth
            self.best = question.coalition(chosen)

    def _answer(self, question: "_Open") -> None:
        """Settles what the bound settles, then asks the program or splits the question."""
        while True:
            self._try(question, np.zeros(question.parties.size, dtype=bool))
            if not question.parties.size:
                return
            bound, reduced, suggested = question.bound(enough=self.worth + self._tolerance)
            self._try(question, suggested)
            self._try(question, question.improved(suggested))
            spare = bound - self.worth
            if spare <= self._tolerance:
                return
            settled = np.abs(reduced) > spare
            if not settled.any():
                break
            question = question.decided(inside=settled & (reduced > 0), out=settled & (reduced < 0))
        if question.sets.value.size <= PROGRAM:
            self._ask_program(question, bound)
            return
        hub = question.hub()
        nobody = np.zeros_like(hub)
        self._push(bound, question.decided(inside=hub, out=nobody))
        self._push(bound, question.decided(inside=nobody, out=hub))

    def _ask_program(self, question: "_Open", bound: float) -> None:
        chosen, most = question.program(max(0.1, self._until - time.monotonic()))
        if chosen is not None:
            self._try(question, chosen)
        left = min(bound, most) - self.worth
        if left > self._tolerance:
            self.gap = max(self.gap, left)


@dataclass(frozen=True)
class _Open:
    """What is left to decide when some parties are in and some are out.

    Attributes:
        joined: the parties that are in, among all.
        base: what they are worth.
        parties: those left to decide, by position among all.
        sets: what they add together, over those left: sets of two or more.
        alone: what each adds by itself.
    """

    joined: Mask
    base: float
    parties: Integers
    sets: Sets
    alone: Array

    @classmethod
    def of(cls, sets: Sets, alone: Array) -> "_Open":
        """Returns the whole question, without the parties that can only win or only lose by joining."""
        everybody = np.arange(alone.size)
        return cls(np.zeros(alone.size, dtype=bool), 0.0, everybody, sets, alone)._plain()

    def decided(self, *, inside: Mask, out: Mask) -> "_Open":
        """Returns the question with some more parties in and out, and what follows from that."""
        return self._with(inside, out)._plain()

    def _plain(self) -> "_Open":
        """Settles the parties whose joining can only win or only lose, until there are none."""
        question = self._folded()
        while True:
            members, value = question.sets.members, question.sets.value
            out = question.alone + members.T @ np.maximum(value, 0.0) <= 0
            inside = ~out & (question.alone + members.T @ np.minimum(value, 0.0) >= 0)
            if not (out | inside).any():
                return question
            question = question._with(inside, out)._folded()

    def _with(self, inside: Mask, out: Mask) -> "_Open":
        left = ~(inside | out)
        kept = self.sets.members @ out.astype(float) == 0
        joined = self.joined.copy()
        joined[self.parties[inside]] = True
        sets = Sets.of(self.sets.members[kept][:, left], self.sets.value[kept])
        return _Open(joined, self.base + float(self.alone[inside].sum()), self.parties[left], sets, self.alone[left])

    def _folded(self) -> "_Open":
        """Takes sets of nobody into the base, and sets of one into what that party adds alone."""
        size = self.sets.members.getnnz(axis=1)
        single, several = size == 1, size > 1
        base = self.base + float(self.sets.value[size == 0].sum())
        alone = self.alone + self.sets.members[single].T @ self.sets.value[single]
        sets = Sets(self.sets.members[several], self.sets.value[several])
        return _Open(self.joined, base, self.parties, sets, alone)

    def worth(self, chosen: Mask) -> float:
        """Returns what the coalition is worth if some of those left join."""
        return self.base + self.sets.within(chosen) + float(self.alone[chosen].sum())

    @property
    def at_most(self) -> float:
        """What no coalition can be worth more than: all gains and no losses."""
        gains = np.maximum(self.sets.value, 0.0).sum() + np.maximum(self.alone, 0.0).sum()
        return self.base + float(gains)

    def coalition(self, chosen: Mask) -> Mask:
        """Returns the whole coalition, among all parties."""
        whole = self.joined.copy()
        whole[self.parties[chosen]] = True
        return whole

    def improved(self, start: Mask) -> Mask:
        """Returns a coalition after the best one-party steps, as long as they help."""
        chosen, members, value = start.copy(), self.sets.members, self.sets.value
        for _ in range(STEPS):
            missing = members @ (~chosen).astype(float)
            leaving = -self.alone - members.T @ (value * (missing == 0))
            joining = self.alone + members.T @ (value * (missing == 1))
            gain = np.where(chosen, leaving, joining)
            best = int(np.argmax(gain))
            if gain[best] <= 0:
                break
            chosen[best] = ~chosen[best]
        return chosen

    def hub(self) -> Mask:
        """Returns the party that most losses hang on, as a mask."""
        losses = self.sets.members.T @ np.minimum(self.sets.value, 0.0)
        return np.arange(self.parties.size) == int(np.argmin(losses))

    # -- bounds ----

    def bound(self, *, enough: float) -> tuple[float, Array, Mask]:
        """Returns the most any coalition could be worth, with what led to it.

        Args:
            enough: a bound as low as this ends the search for a lower one.

        Returns:
            The bound; what each party has left (positive: it joins; the bound falls by as much if it goes the other
            way); and the coalition that this suggests, which is the best one where no set is a loss.
        """
        losses = np.flatnonzero(self.sets.value < 0)
        members, cost = self.sets.members[losses], -self.sets.value[losses]
        others = members.getnnz(axis=1) - 1.0
        division = _Division.of(self.sets)
        multiplier = np.zeros(losses.size)
        best, reduced, suggested = np.inf, self.alone, self.alone > 0
        for step in range(MULTIPLIER_ROUNDS if losses.size else 1):
            division = division.levelled(self.alone - members.T @ (multiplier * cost))
            most = self.base + float(np.maximum(division.left, 0).sum() + (multiplier * cost) @ others)
            cut = division.closed()
            if most < best:
                best, reduced, suggested = most, division.left, cut
            if best <= enough:
                break
            multiplier += ((members @ cut.astype(float) > others) - multiplier) * 2 / (step + 2)
        return best, reduced, suggested

    def program(self, seconds: float) -> tuple[Mask | None, float]:
        """Returns what the mixed-integer program finds, if anything, and the most that any coalition could be worth."""
        scale = float(np.abs(self.sets.value).max(initial=0.0) + np.abs(self.alone).max(initial=0.0))
        count, sets = self.parties.size, self.sets.value.size
        result = optimize.milp(
            -np.concatenate([self.alone, self.sets.value]) / scale,
            integrality=np.concatenate([np.ones(count), np.zeros(sets)]),
            bounds=optimize.Bounds(0, 1),
            constraints=self._links(),
            options={"time_limit": seconds, "mip_rel_gap": RELATIVE_GAP},
        )
        bound = np.inf if result.mip_dual_bound is None else self.base - result.mip_dual_bound * scale
        return None if result.x is None else np.round(result.x[:count]).astype(bool), float(bound)

    def _links(self) -> optimize.LinearConstraint:
        """Returns what ties a set to its members: a gain needs each of them, a loss falls when all have joined."""
        members, sets = self.sets.members, self.sets.value.size
        gains, losses = np.flatnonzero(self.sets.value > 0), np.flatnonzero(self.sets.value < 0)
        each = members[gains].tocoo()
        rows, ones = np.arange(each.nnz), np.ones(each.nnz)
        party = sparse.csr_matrix((ones, (rows, each.col)), shape=(each.nnz, self.parties.size))
        gain = sparse.csr_matrix((ones, (rows, gains[each.row])), shape=(each.nnz, sets))
        needs = sparse.hstack([-party, gain])
        falls = sparse.hstack([members[losses], -sparse.eye(sets, format="csr")[losses]])
        upper = np.concatenate([np.zeros(each.nnz), members[losses].getnnz(axis=1) - 1.0])
        return optimize.LinearConstraint(sparse.vstack([needs, falls], format="csr"), -np.inf, upper)


class _Network:
    """Where value can go: from a party to a set in which it holds a part, and from the set to any of its members.

    Args:
        row, party: set and member of each part.
        sets, parties: how many there are.
    """

    def __init__(self, row: Integers, party: Integers, *, sets: int, parties: int) -> None:
        self.source, self.sink = parties + sets, parties + sets + 1
        everybody, self._of_set, self._party = np.arange(parties), parties + row, party
        tails = np.concatenate([np.full(parties, self.source), everybody, party, self._of_set])
        heads = np.concatenate([everybody, np.full(parties, self.sink), self._of_set, party])
        size = self.sink + 1
        numbers = sparse.csr_matrix((np.arange(1, tails.size + 1), (tails, heads)), shape=(size, size))
        self._order, self._indices, self._indptr = numbers.data - 1, numbers.indices, numbers.indptr
        self._places: Integers | None = None

    def flow(self, capacity: Integers) -> Integers:
        """Returns the largest flow on each arc from a party to a set.

        Args:
            capacity: of source to parties, parties to sink, parties to sets, sets to parties.
        """
        size = self.sink + 1
        network = sparse.csr_matrix((capacity[self._order], self._indices, self._indptr), shape=(size, size))
        flow = csgraph.maximum_flow(network, self.source, self.sink).flow
        if self._places is None:
            tails = np.repeat(np.arange(size), np.diff(flow.indptr))
            arcs = self._party * size + self._of_set
            order = np.argsort(arcs)
            self._places = np.empty_like(arcs)
            self._places[order] = np.searchsorted(tails * size + flow.indices, arcs[order])  # sorted is faster
        return flow.data[self._places]


@dataclass(frozen=True)
class _Division:
    """Every gain of a set divided over its members.

    Attributes:
        row, party: set and member of each part, one entry a part.
        amount: what that member gets of it, in euro.
        sets: number of sets.
        left: what each party has of it all, with what it adds alone.
        network: along which it can be shifted.
    """

    row: Integers
    party: Integers
    amount: Array
    sets: int
    left: Array
    network: _Network

    @classmethod
    def of(cls, sets: Sets) -> "_Division":
        """Returns the equal division of the gains."""
        members = sets.members[sets.value > 0]
        parts = members.tocoo()
        row, party = parts.row.astype(np.int64), parts.col.astype(np.int64)
        value = sets.value[sets.value > 0] / np.maximum(members.getnnz(axis=1), 1)
        count, parties = members.shape
        network = _Network(row, party, sets=count, parties=parties)
        return cls(row, party, value[row], count, np.zeros(parties), network)

    def levelled(self, alone: Array) -> "_Division":
        """Returns the division that leaves least above 0: shifted within sets, by maximum flows, from more to less."""
        amount = self.amount
        for _ in range(FLOW_ROUNDS):
            left = alone + np.bincount(self.party, weights=amount, minlength=alone.size)
            open_ = min(np.maximum(left, 0).sum(), np.maximum(-left, 0).sum())
            if open_ <= DUST or not self.row.size:
                break
            shifted = self._shift(left, amount, unit=open_ / WHOLE)
            if not shifted.any():
                break
            amount = np.maximum(amount - shifted, 0.0)
        left = alone + np.bincount(self.party, weights=amount, minlength=alone.size)
        return replace(self, amount=amount, left=left)

    def closed(self) -> Mask:
        """Returns the parties with something left, and whoever else a set needs of which they hold a part."""
        chosen: Mask = self.left > DUST
        held = self.amount > DUST
        while True:
            touched = np.zeros(self.sets, dtype=bool)
            touched[self.row[held & chosen[self.party]]] = True
            needed = chosen.copy()
            needed[self.party[touched[self.row]]] = True
            if (needed == chosen).all():
                return chosen
            chosen = needed

    def _shift(self, left: Array, amount: Array, *, unit: float) -> Array:
        """Returns what each part gives up (negative: gains) when as much as possible goes from above 0 to below."""

        def whole(amounts: Array) -> Integers:
            return np.minimum(np.floor(amounts / unit), WHOLE).astype(np.int32)

        free = np.full(self.row.size, WHOLE, dtype=np.int32)
        parts = (whole(np.maximum(left, 0)), whole(np.maximum(-left, 0)), whole(amount), free)
        return self.network.flow(np.concatenate(parts)).astype(np.float64) * unit
