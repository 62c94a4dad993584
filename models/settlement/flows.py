"""The flows of the deal (section 10): who is needed for each, what it changes for all of them, and what it moves.

A flow is (initiative, donor, recipient, payer); whoever supports it or shares a budget that it touches is a member
too. What a payer pays and a provider receives cancels within a flow, so its value is what changes in real cost: what
the donor avoids, less what recipient and supporter spend, and the one-off cost of who bears it. Flows are counted in
hundreds of thousands and draws in thousands: nothing here holds both at once. A flow's value is a row of coefficients
on a few columns (present values by draw), and only the sums per party are multiplied out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from models.cost import Departments, cost_of_receiving, reduced
from models.outcome import InitiativeOutcome, Outcome
from models.region.codes import Array, Integers, Mask
from models.transfer import Move, Received, value

NO_UNITS = 1e-9
"""Present value of units moved up to which nothing moves: what subtraction leaves where everything has left."""
NOBODY = -1


@dataclass(frozen=True)
class Flows:
    """Flows with their members and their expected present values.

    Parties are numbered: providers, then payers. What concerns single parties (a one-off cost where nothing moves, care
    that takes a freed place) is a flow of those parties alone, with `NOBODY` in the other places.

    Attributes:
        initiative: place in the scenario, shape (flows,).
        donor, recipient, payer: parties, shape (flows,).
        members: 1 where a party is needed, shape (flows, parties).
        units: present value of the units moved (M).
        value: what it changes for all members together before one-off costs, in euro.
        transition: one-off cost, in euro.
    """

    initiative: Integers
    donor: Integers
    recipient: Integers
    payer: Integers
    members: sparse.csr_matrix
    units: Array
    value: Array
    transition: Array

    @property
    def equal_parts(self) -> sparse.csr_matrix:
        """1 over the number of members, for each member, shape (parties, flows)."""
        return _equal_parts(self.members)


@dataclass(frozen=True)
class Shares:
    """What the flows come to for each party in each draw, all of shape (parties, draws).

    Attributes:
        value: each flow's value before one-off costs, divided equally over its members.
        transition: each flow's one-off cost, divided equally over its members.
        borne: one-off cost that the party itself bears.
        units: present value of the units of its flows.
    """

    value: Array
    transition: Array
    borne: Array
    units: Array

    def add(self, rows: "Shares") -> None:
        """Adds the shares of another initiative."""
        for name in ("value", "transition", "borne", "units"):
            total = getattr(self, name)
            total += getattr(rows, name)

    @classmethod
    def nothing(cls, parties: int, draws: int) -> "Shares":
        """Returns shares of nothing."""
        return cls(*(np.zeros((parties, draws)) for _ in range(4)))


def flows_of(outcome: Outcome, initiatives: Sequence[int]) -> tuple[Flows, Shares]:
    """Returns the flows of some initiatives of an outcome, by their places in the scenario, and what they come to."""
    setting = outcome.setting
    parties = len(setting.region.providers.ids) + len(setting.region.payers.ids)
    total = Shares.nothing(parties, setting.sample.size)
    parts = []
    for place in initiatives:
        part, shares = _Steps(outcome, place).flows()
        parts.append(part)
        total.add(shares)
    return _stacked(parts, parties), total


def _stacked(parts: list[Flows], parties: int) -> Flows:
    if not parts:
        nobody, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        members = sparse.csr_matrix((0, parties))
        return Flows(nobody, nobody, nobody, nobody, members, nothing, nothing, nothing)
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Flows.__dataclass_fields__
        if name != "members"
    }
    return Flows(members=sparse.vstack([part.members for part in parts], format="csr"), **columns)


def _equal_parts(members: sparse.csr_matrix) -> sparse.csr_matrix:
    count = np.maximum(members.getnnz(axis=1), 1)
    return sparse.csr_matrix(members.T @ sparse.diags(1 / count))


@dataclass
class _Columns:
    """Coefficients of flows on present values by draw.

    Attributes:
        flows: number of flows.
        entries: row, column and coefficient of each addition.
        present: blocks of present values, shape (columns, draws).
    """

    flows: int
    entries: list[tuple[Integers, Integers, Array]] = field(default_factory=list)
    present: list[Array] = field(default_factory=list)

    def add(self, row: Integers, column: Integers, weight: Array, present: Array) -> None:
        """Adds weights on a block of present values."""
        start = sum(block.shape[0] for block in self.present)
        self.entries.append((row, column + start, weight))
        self.present.append(present)

    def amounts(self, kept: Mask) -> tuple[sparse.csr_matrix, Array]:
        """Returns the coefficients of the flows that are kept, shape (kept, columns), and the present values."""
        row, column, weight = (np.concatenate(parts) for parts in zip(*self.entries, strict=True))
        present = np.concatenate(self.present)
        coefficients = sparse.csr_matrix((weight, (row, column)), shape=(self.flows, present.shape[0]))
        return coefficients[kept], present


@dataclass(frozen=True)
class _Lines:
    """Some of what a flow holds: its flow, recipient (position in the move's) and track, one entry a line."""

    flow: Integers
    recipient: Integers
    track: Integers


class _Steps:
    """The flows of one initiative."""

    def __init__(self, outcome: Outcome, place: int) -> None:
        self.outcome = outcome
        self.setting = outcome.setting
        self.place = place
        self.result: InitiativeOutcome = outcome.initiatives[place]
        self.move: Move = self.result.move
        self.providers = len(self.setting.region.providers.ids)
        self.payers = len(self.setting.region.payers.ids)
        self.departments: Departments = reduced(self.setting, self.move)
        self._number()

    @property
    def parties(self) -> int:
        return self.providers + self.payers

    def _number(self) -> None:
        """Numbers the flows: `keys` are (recipient, donor, payer) in one number, `lines` what they hold by track."""
        cells, departments = self.move.moved, self.departments
        self._avoided = list(departments.avoided_of_cells())
        concerned = [cells.units * scope.concerns(cells.payer, cells.segment) for scope in self.outcome.scopes]
        weights = (cells.units, *(cost for cost, _ in self._avoided), *concerned)
        recipient, kinds, found = self.move.lines(cells.provider, cells.payer, weights=weights)
        self.keys, flow = np.unique(self._key(recipient, kinds[0], kinds[1]), return_inverse=True)
        self.lines = _Lines(flow.reshape(-1), recipient, kinds[2])
        self.units, *rest = found
        self._avoided_weights, self._concerned = rest[: len(self._avoided)], rest[len(self._avoided) :]

    def _key(self, recipient: Integers, donor: Integers, payer: Integers) -> Integers:
        return (recipient * self.providers + donor) * self.payers + payer

    # -- who ----

    def flows(self) -> tuple[Flows, Shares]:
        """Returns the flows that move anything, those of single parties beside them, and what each party has of all."""
        units, present = self._units_moved(self.setting.discount)
        mean_units = units @ present.mean(axis=1)
        kept = mean_units > NO_UNITS
        donor, payer, recipient = self._who(kept)
        members = self._members(kept, donor, payer, recipient)
        amounts, worth = self._values().amounts(kept)
        steps = Flows(
            np.full(donor.size, self.place), donor, recipient, payer, members,
            mean_units[kept], amounts @ worth.mean(axis=1), np.zeros(donor.size),
        )  # fmt: skip
        parts = _equal_parts(members)
        shares = Shares.nothing(self.parties, self.setting.sample.size)
        shares.value[:] = (parts @ amounts) @ worth
        shares.units[:] = (members.T @ units[kept]) @ present
        alone = list(self._transition(steps, units[kept], present, shares))
        return _stacked([steps, *alone, *self._refilled_places(steps)], self.parties), shares

    def _who(self, kept: Mask) -> tuple[Integers, Integers, Integers]:
        """Returns donor, payer and recipient of the flows that are kept, as parties."""
        rest, payer = np.divmod(self.keys[kept], self.payers)
        position, donor = np.divmod(rest, self.providers)
        return donor, payer + self.providers, self.move.recipients[position]

    def _members(self, kept: Mask, donor: Integers, payer: Integers, recipient: Integers) -> sparse.csr_matrix:
        """Returns who is needed: donor, recipient, payer, supporter, and the members of the budgets it touches."""
        rows = np.arange(donor.size)
        entries = [(rows, donor), (rows, recipient), (rows, payer)]
        if self.move.initiative.support is not None:
            supporter = self.setting.region.providers.ids.index(self.move.initiative.support.provider)
            entries.append((rows, np.full(rows.size, supporter)))
        for place, scope in enumerate(self.outcome.scopes):
            touched = np.flatnonzero(self._in_budget(place)[kept] & self._paid_from(place, donor, recipient))
            entries.append((np.repeat(touched, scope.members.size), np.tile(scope.members, touched.size)))
        row, column = (np.concatenate(parts) for parts in zip(*entries, strict=True))
        members = sparse.csr_matrix((np.ones(row.size), (row, column)), shape=(rows.size, self.parties))
        members.data[:] = 1.0
        return members

    def _in_budget(self, place: int) -> Mask:
        """Returns which flows move care of a budget's kind and payers in its years."""
        scope = self.outcome.scopes[place]
        columns = _Columns(self.keys.size)
        self._add(columns, self.lines, self._concerned[place], self.move.basis, scope.years.astype(float))
        amounts, present = columns.amounts(np.ones(self.keys.size, dtype=bool))
        moved: Mask = amounts @ present.mean(axis=1) > NO_UNITS
        return moved

    def _paid_from(self, place: int, donor: Integers, recipient: Integers) -> Mask:
        """Returns which flows have a donor, or a recipient paid by contract, that is a member of a budget."""
        scope, replacement = self.outcome.scopes[place], self.move.initiative.replacement
        inside = replacement is None or not replacement.tariff_outside_contract
        return scope.has(donor) | (scope.has(recipient) & inside)

    # -- what ----

    def _add(self, columns: _Columns, lines: _Lines, weights: Array, tracks: Array, yearly: Array) -> None:
        """Adds weights on the present values of tracks; each recipient has its own where capacity divides the care.

        Args:
            columns: to be added to.
            lines: one entry a weight.
            weights: coefficients.
            tracks: shape (tracks, years, draws).
            yearly: factor of each year: the discount.
        """
        varying = self.move.allocation.varying
        if varying is None:
            columns.add(lines.flow, lines.track, weights, np.einsum("y,kyd->kd", yearly, tracks))
            return
        present = np.einsum("y,kyd,jyd->jkd", yearly, tracks, varying, optimize=True)
        column = lines.recipient * tracks.shape[0] + lines.track
        columns.add(lines.flow, column, weights, present.reshape(-1, tracks.shape[2]))

    def _units_moved(self, yearly: Array) -> tuple[sparse.csr_matrix, Array]:
        columns = _Columns(self.keys.size)
        self._add(columns, self.lines, self.units, self.move.basis, yearly)
        return columns.amounts(np.ones(self.keys.size, dtype=bool))

    def _values(self) -> _Columns:
        """Returns what flows are worth before one-off costs."""
        columns, discount, move = _Columns(self.keys.size), self.setting.discount, self.move
        for weights, (_, gone) in zip(self._avoided_weights, self._avoided, strict=True):
            self._add(columns, self.lines, weights, gone, discount)
        self._receiving(columns)
        support = move.initiative.support
        if support is not None:
            cost = value(self.setting, move.initiative, "support.cost_per_unit_eur", support.cost_per_unit_eur)
            self._add(columns, self.lines, -self.units, move.basis * cost, discount)
        self._refill(columns)
        return columns

    def _receiving(self, columns: _Columns) -> None:
        """Adds what receiving costs the recipients, at the finest grain that their cost differs by."""
        replacement, cells = self.move.initiative.replacement, self.move.moved
        nobody = np.zeros(0, dtype=np.int64)
        none = Received(nobody, nobody, nobody, np.zeros(0), nobody)
        each, factor = cost_of_receiving(self.setting, self.move, none)
        tracks = self.move.handled * factor
        if isinstance(each, float):
            self._add(columns, self.lines, -each * self.units, tracks, self.setting.discount)
            return
        segment = cells.segment
        if replacement is not None and not isinstance(replacement.tariff_eur, str):
            segment = _first_of(self.setting.region.segments.specialism, segment)
        recipient, kinds, (units,) = self.move.lines(cells.provider, cells.payer, segment, weights=(cells.units,))
        received = Received(recipient, kinds[1], kinds[2], units, kinds[3])
        each, _ = cost_of_receiving(self.setting, self.move, received)
        self._add(columns, self._lines_of(recipient, kinds), -each * units, tracks, self.setting.discount)

    def _lines_of(self, recipient: Integers, kinds: Integers) -> _Lines:
        flow = np.searchsorted(self.keys, self._key(recipient, kinds[0], kinds[1]))
        return _Lines(flow, recipient, kinds[-1])

    def _refill(self, columns: _Columns) -> None:
        """Adds what refilled places cost a department: extra care and cost that stays, over its flows by N·cost."""
        refill, departments, cells = self.result.refill, self.departments, self.move.moved
        if refill is None:
            return
        weights = departments.cell_cost
        costless = ~(departments.cost.sum(axis=1) > 0)[departments.row]
        weights = np.where(costless, cells.units, weights)
        recipient, kinds, (found,) = self.move.lines(cells.provider, cells.payer, departments.row, weights=(weights,))
        size, leaving = departments.provider.size, departments.gone[0]
        by_track = self.move.of_donors(departments.row, weights, size=size)
        burden = refill.kept_cost + refill.unit_cost[:, None, None] * refill.extra
        whole = np.einsum("nk,kyd->nyd", by_track, leaving)
        with np.errstate(divide="ignore", invalid="ignore"):
            each = np.where(whole > 0, burden / whole, 0.0)
        tracks = (each[:, None] * leaving[None]).reshape(-1, *leaving.shape[1:])
        lines = self._lines_of(recipient, kinds)
        of_department = _Lines(lines.flow, recipient, kinds[2] * leaving.shape[0] + kinds[3])
        self._add(columns, of_department, -found, tracks, self.setting.discount)

    # -- beside the flows ----

    def _transition(self, steps: Flows, units: sparse.csr_matrix, present: Array, shares: Shares) -> Iterator[Flows]:
        """Enters one-off costs into the flows of who bears them, by present value of M; yields those without a flow."""
        parts = _equal_parts(steps.members)
        for party, borne in self._bearers():
            shares.borne[party] += borne
            own = steps.members[:, [party]].multiply(units).tocsr()
            weights, total = own @ present.mean(axis=1), np.asarray(own.sum(axis=0)).reshape(-1) @ present
            if weights.sum() <= NO_UNITS:
                shares.transition[party] += borne
                yield self._alone([party], borne.mean())
                continue
            with np.errstate(divide="ignore", invalid="ignore"):
                each = np.where(total > 0, borne / total, 0.0)
            unmoved = np.where(total > 0, 0.0, borne)  # in a draw in which nothing moves: by what moves on average
            by_mean = weights / weights.sum()
            shares.transition[:] += (parts @ own) @ (present * each) + np.outer(parts @ by_mean, unmoved)
            steps.transition[:] += own @ (present * each).mean(axis=1) + by_mean * unmoved.mean()

    def _bearers(self) -> Iterator[tuple[int, Array]]:
        """Yields who bears one-off costs, and their present value in each draw."""
        for ledger, first in ((self.result.providers, 0), (self.result.payers, self.providers)):
            forms = ledger.forms("transition_cost_eur")
            rows = np.unique(np.concatenate([form.rows for form in forms])) if forms else ()
            for row in rows:
                total = self.outcome.sum(forms, np.array([row])).present_value(self.setting.discount)[0]
                if total.any():
                    yield int(row) + first, total

    def _refilled_places(self, steps: Flows) -> Iterator[Flows]:
        """Yields donors with payers of care that takes a freed place and of whom nothing else moves.

        What such a payer pays is what the donor receives, so nothing is added; but it has a stake and is counted.
        """
        refill, region = self.result.refill, self.setting.region
        if refill is None:
            return
        cells, departments = region.cells, self.departments
        seen = steps.payer
        for place in np.flatnonzero(refill.extra.any(axis=(1, 2))):
            donor, specialism = departments.provider[place], departments.specialism[place]
            own = (cells.provider == donor) & (region.segments.specialism[cells.segment] == specialism)
            others = np.setdiff1d(cells.payer[own & (cells.units > 0)] + self.providers, seen)
            spend = self.outcome.sum(self.result.payers.forms("spend_change_eur"), others - self.providers)
            paying = others[spend.present_value(self.setting.discount).any(axis=1)]
            seen = np.concatenate([seen, paying])
            for payer in paying:
                yield self._alone([int(donor), int(payer)], 0.0)

    def _alone(self, members: list[int], transition: float) -> Flows:
        """Returns a flow of some parties alone."""
        nobody, row = (
            np.full(1, NOBODY),
            sparse.csr_matrix(([1.0] * len(members), ([0] * len(members), members)), shape=(1, self.parties)),
        )
        return Flows(
            np.full(1, self.place), nobody, nobody, nobody, row, np.zeros(1), np.zeros(1), np.array([transition])
        )


def _first_of(kind: Integers, positions: Integers) -> Integers:
    """Returns for each position the first one of its kind: what stands for all that differ in nothing else."""
    _, first, inverse = np.unique(kind, return_index=True, return_inverse=True)
    return first[inverse.reshape(-1)][positions].astype(np.int64)
