"""The flows of the deal (section 10): who is needed for each, what it changes for all of them, and what it moves.

A flow is (initiative, donor, recipient, payer), of prevention without a recipient; whoever supports it or shares a
budget that it touches is a member too. What happens without an agreement too counts with its flows in the world with
the agreement less those in the world without. What a payer pays and a provider receives cancels within a flow, so its
value is what changes in real cost: what the donor avoids, less what recipient and supporter spend, and the one-off
cost of who bears it. Flows are counted in hundreds of thousands and draws in thousands: nothing here holds both at
once. A flow's value is a row of coefficients on a few columns (present values by draw), and only the sums per party
are multiplied out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from models.cost import full_cost, has_own_cost, reduced
from models.flows import NOBODY as NO_RECIPIENT
from models.flows import lines_of, tracks_of
from models.outcome import Outcome
from models.region.codes import Array, Integers, Mask, distinct, sums
from models.response import run_off
from models.transfer import FIXED, Lines, Received, value
from models.world import Played

NO_UNITS = 1e-9
"""Present value of units moved up to which nothing moves: what subtraction leaves where everything has left."""
NOBODY = -1


@dataclass(frozen=True)
class DealFlows:
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

    def times(self, sign: int) -> "DealFlows":
        """Returns the flows as they count: what happens without an agreement too counts less."""
        amounts = {name: getattr(self, name) * sign for name in ("units", "value", "transition")}
        return self if sign == 1 else replace(self, **amounts)

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

    def times(self, sign: int) -> "Shares":
        """Returns the shares as they count."""
        return Shares(*(getattr(self, name) * sign for name in Shares.__dataclass_fields__))

    def add(self, rows: "Shares") -> None:
        """Adds the shares of another initiative."""
        for name in ("value", "transition", "borne", "units"):
            total = getattr(self, name)
            total += getattr(rows, name)

    @classmethod
    def nothing(cls, parties: int, draws: int) -> "Shares":
        """Returns shares of nothing."""
        return cls(*(np.zeros((parties, draws)) for _ in range(4)))


def flows_of(outcome: Outcome, initiatives: Sequence[int]) -> tuple[DealFlows, Shares]:
    """Returns the flows of some initiatives of an outcome, by their places in the scenario, and what they come to."""
    setting = outcome.setting
    parties = len(setting.region.providers.ids) + len(setting.region.payers.ids)
    total = Shares.nothing(parties, setting.sample.size)
    parts = []
    for place in initiatives:
        for played, sign in outcome.initiatives[place].worlds:
            part, shares = _Steps(outcome, place, played).flows()
            parts.append(part.times(sign))
            total.add(shares.times(sign))
    return _stacked(parts, parties), total


def _stacked(parts: list[DealFlows], parties: int) -> DealFlows:
    if not parts:
        nobody, nothing = np.zeros(0, dtype=np.int64), np.zeros(0)
        members = sparse.csr_matrix((0, parties))
        return DealFlows(nobody, nobody, nobody, nobody, members, nothing, nothing, nothing)
    columns = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in DealFlows.__dataclass_fields__
        if name != "members"
    }
    return DealFlows(members=sparse.vstack([part.members for part in parts], format="csr"), **columns)


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


class _Steps:
    """The flows of one initiative in one world."""

    def __init__(self, outcome: Outcome, place: int, played: Played) -> None:
        self.outcome = outcome
        self.setting = outcome.setting
        self.place = place
        self.played = played
        self.move = played.move
        self.providers = len(self.setting.region.providers.ids)
        self.payers = len(self.setting.region.payers.ids)
        self.departments = reduced(self.setting, self.move)
        self.tracks = tracks_of(self.move)
        self.yearly = self.setting.discount_of_steps
        self._number()

    @property
    def parties(self) -> int:
        return self.providers + self.payers

    def _number(self) -> None:
        """Numbers the flows: `keys` are (recipient, donor, payer) in one number, `lines` what they hold by track."""
        cells = self.move.moved
        concerned = [cells.units * scope.concerns(cells.payer, cells.segment) for scope in self.outcome.scopes]
        self.lines = lines_of(self.move, cells.provider, cells.payer, weights=(cells.units, *concerned))
        self.keys, self.flow = np.unique(self._key(self.lines), return_inverse=True)
        self.units, *self._concerned = self.lines.weights

    def _key(self, lines: Lines) -> Integers:
        """Returns one number for recipient, donor and payer of each line, of which the grain begins with those two."""
        recipient = np.where(lines.recipient == NO_RECIPIENT, self.move.recipients.size, lines.recipient)
        return (recipient * self.providers + lines.keys[0]) * self.payers + lines.keys[1]

    # -- who ----

    def flows(self) -> tuple[DealFlows, Shares]:
        """Returns the flows that move anything, those of single parties beside them, and what each party has of all."""
        units, present = self._units_moved()
        mean_units = units @ present.mean(axis=1)
        kept = mean_units > NO_UNITS
        donor, payer, recipient = self._who(kept)
        members = self._members(kept, donor, payer, recipient)
        amounts, worth = self._values().amounts(kept)
        steps = DealFlows(
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
        return donor, payer + self.providers, np.append(self.move.recipients, NOBODY)[position]

    def _members(self, kept: Mask, donor: Integers, payer: Integers, recipient: Integers) -> sparse.csr_matrix:
        """Returns who is needed: donor, recipient, payer, supporter, and the members of the budgets it touches."""
        rows, received = np.arange(donor.size), recipient != NOBODY
        entries = [(rows, donor), (rows[received], recipient[received]), (rows, payer)]
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
        columns = _Columns(self.keys.size)
        in_years = (self.outcome.scopes[place].years & (self.yearly > 0)).astype(float)
        self._add(columns, self.lines, self._concerned[place], 1.0, in_years)
        amounts, present = columns.amounts(np.ones(self.keys.size, dtype=bool))
        moved: Mask = amounts @ present.mean(axis=1) > NO_UNITS
        return moved

    def _paid_from(self, place: int, donor: Integers, recipient: Integers) -> Mask:
        """Returns which flows have a donor, or a recipient paid by contract, that is a member of a budget."""
        scope, replacement = self.outcome.scopes[place], self.move.initiative.replacement
        inside = replacement is None or not replacement.tariff_outside_contract
        return scope.has(donor) | ((recipient != NOBODY) & scope.has(recipient) & inside)

    # -- what ----

    def _add(self, columns: _Columns, lines: Lines, weights: Array, factor: Array | float, yearly: Array) -> None:
        """Adds weights on what lines move, by year and draw.

        Args:
            columns: to be added to.
            lines: of a grain that begins with donor and payer.
            weights: one a line.
            factor: in each draw.
            yearly: factor of each step: the discount, or what it makes of a cost that follows over the years.
        """
        flow = np.searchsorted(self.keys, self._key(lines))
        kinds, kind = distinct(np.stack([lines.track, lines.share]))
        columns.add(flow, kind, weights, self._present(kinds, yearly) * factor)

    def _present(self, kinds: Integers, yearly: Array) -> Array:
        """Returns the sum over the years of tracks times shares (both by position), shape (kinds, draws)."""
        plain = np.einsum("y,kyd->kd", yearly, self.tracks)
        found = plain[kinds[0]]
        for place in np.flatnonzero(kinds[1] != FIXED):
            track, share = kinds[:, place]
            found[place] = np.einsum("y,yd,yd->d", yearly, self.tracks[track], self.move.shares[share])
        return found

    def _followed(self, over: float) -> Array:
        """Returns what the discount makes of the semi-fixed cost of a path, by step of the path."""
        return np.asarray(self.yearly @ run_off(self.yearly.size, over))

    def _units_moved(self) -> tuple[sparse.csr_matrix, Array]:
        columns = _Columns(self.keys.size)
        self._add(columns, self.lines, self.units, 1.0, self.yearly)
        return columns.amounts(np.ones(self.keys.size, dtype=bool))

    def _values(self) -> _Columns:
        """Returns what flows are worth before one-off costs."""
        columns, move = _Columns(self.keys.size), self.move
        self._avoided(columns)
        if move.parcels:
            self._receiving(columns)
        support = move.initiative.support
        if support is not None:
            cost = value(self.setting, move.initiative, "support.cost_per_unit_eur", support.cost_per_unit_eur)
            self._add(columns, self.lines, -self.units, cost, self.yearly)
        self._refill(columns)
        return columns

    def _avoided(self, columns: _Columns) -> None:
        """Adds the cost that follows what leaves, less what nobody closes."""
        move, cells, departments = self.move, self.move.moved, self.departments
        behaviour, row = departments.behaviour, departments.row
        spans = np.unique(behaviour.run_off)
        variable = departments.cell_cost * behaviour.variable[row]
        steps = [
            departments.cell_cost * np.where(behaviour.run_off[row] == span, behaviour.semi_fixed[row], 0.0)
            for span in spans
        ]
        lines = lines_of(move, cells.provider, cells.payer, weights=(variable, *steps))
        gone, lost = move.leaving * move.intensity, np.maximum(0.0, move.leaving) * move.intensity
        self._add(columns, lines, lines.weights[0], gone, self.yearly)
        for span, weights in zip(spans, lines.weights[1:], strict=True):
            followed = self._followed(float(span))
            self._add(columns, lines, weights, gone, followed)
            for donor in np.flatnonzero(self.played.unclosed.any(axis=1)):
                own = np.where(lines.keys[0] == donor, weights, 0.0)
                if own.any():
                    self._add(columns, lines, -own, lost, followed * self.played.unclosed[donor])

    def _receiving(self, columns: _Columns) -> None:
        """Adds what receiving costs the recipients, at the finest grain that their cost differs by."""
        move, cells = self.move, self.move.moved
        lines = move.lines(cells.provider, cells.payer, cells.segment, weights=(cells.units,))
        received = Received(lines.recipient, lines.keys[1], lines.keys[2], lines.weights[0], lines.track, lines.share)
        each, factor = full_cost(self.setting, move, received)
        weights, by_unit = -each * received.units, move.seen * move.growth * factor
        if has_own_cost(move):
            self._add(columns, lines, weights, by_unit, self.yearly)
            return
        region = self.setting.region
        behaviour = region.costs.behaviour(move.recipients[lines.recipient], region.segments.specialism[lines.keys[2]])
        planned = move.initiative.planned
        at_once = behaviour.variable + behaviour.semi_fixed if planned else behaviour.variable
        self._add(columns, lines, weights * at_once, by_unit, self.yearly)
        for span in () if planned else np.unique(behaviour.run_off):
            later = np.where(behaviour.run_off == span, behaviour.semi_fixed, 0.0)
            self._add(columns, lines, weights * later, by_unit, self._followed(float(span)))

    def _refill(self, columns: _Columns) -> None:
        """Adds what refilled places cost, over the flows of the department by N·cost."""
        refill, departments, cells = self.played.refill, self.departments, self.move.moved
        if refill is None:
            return
        burden = self._burden()
        for place in range(refill.provider.size):
            mine = (departments.provider == refill.provider[place]) & (
                departments.specialism == refill.specialism[place]
            )
            inside = mine[departments.row]
            weights = departments.cell_cost * inside
            weights = weights if weights.any() else cells.units * inside
            lines = lines_of(self.move, cells.provider, cells.payer, weights=(weights,))
            kinds, kind = distinct(np.stack([lines.track, lines.share]))
            present = self._present(kinds, self.yearly)
            total = sums(kind, lines.weights[0], size=kinds.shape[1]) @ present
            with np.errstate(divide="ignore", invalid="ignore"):
                each = np.where(total > 0, burden[place] / total, 0.0)
            flow = np.searchsorted(self.keys, self._key(lines))
            columns.add(flow, kind, -lines.weights[0], present * each)

    def _burden(self) -> Array:
        """Returns the present value of the cost that follows what refills each department, shape (rows, draws)."""
        refill, region = self.played.refill, self.setting.region
        if refill is None:
            return np.zeros((0, self.setting.sample.size))
        cells = region.cells
        behaviour = region.costs.behaviour(
            cells.provider[refill.cell], region.segments.specialism[cells.segment[refill.cell]]
        )
        cost = refill.share * region.base_unit_cost[refill.cell]
        yearly = np.outer(cost * behaviour.variable, self.yearly)
        for span in np.unique(behaviour.run_off):
            later = np.where(behaviour.run_off == span, behaviour.semi_fixed, 0.0)
            yearly += np.outer(cost * later, self._followed(float(span)))
        by_row = np.zeros((refill.provider.size, yearly.shape[1]))
        np.add.at(by_row, refill.row, yearly)
        return np.asarray(np.einsum("ny,nyd->nd", by_row, refill.extra))

    # -- beside the flows ----

    def _transition(
        self, steps: DealFlows, units: sparse.csr_matrix, present: Array, shares: Shares
    ) -> Iterator[DealFlows]:
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
        for ledger, first in ((self.played.providers, 0), (self.played.payers, self.providers)):
            forms = ledger.forms("transition_cost_eur")
            rows = np.unique(np.concatenate([form.rows for form in forms])) if forms else ()
            for row in rows:
                total = self.outcome.sum(forms, np.array([row])).present_value(self.setting.discount)[0]
                if total.any():
                    yield int(row) + first, total

    def _refilled_places(self, steps: DealFlows) -> Iterator[DealFlows]:
        """Yields donors with payers of care that takes a freed place and of whom nothing else moves.

        What such a payer pays is what the donor receives, so nothing is added; but it has a stake and is counted.
        """
        refill, region = self.played.refill, self.setting.region
        if refill is None:
            return
        cells, seen = region.cells, steps.payer
        for place in np.flatnonzero(refill.extra.any(axis=(1, 2))):
            others = np.setdiff1d(cells.payer[refill.cell[refill.row == place]] + self.providers, seen)
            spend = self.outcome.sum(self.played.payers.forms("spend_change_eur"), others - self.providers)
            paying = others[spend.present_value(self.setting.discount).any(axis=1)]
            seen = np.concatenate([seen, paying])
            for payer in paying:
                yield self._alone([int(refill.provider[place]), int(payer)], 0.0)

    def _alone(self, members: list[int], transition: float) -> DealFlows:
        """Returns a flow of some parties alone."""
        nobody, row = (
            np.full(1, NOBODY),
            sparse.csr_matrix(([1.0] * len(members), ([0] * len(members), members)), shape=(1, self.parties)),
        )
        return DealFlows(
            np.full(1, self.place), nobody, nobody, nobody, row, np.zeros(1), np.zeros(1), np.array([transition])
        )
