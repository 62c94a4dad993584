"""Patients who take the places that are freed (section 4, Refill), as one initiative after another lets them in.

What a donor could treat with what is freed and what stands idle, less what it could have treated with what stands idle
alone: one patient moved unlocks one patient's room, not all that stood idle.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from models.baseline import Loads, Setting, combine
from models.forms import Form, Ledger, Sum
from models.region.codes import Array, Integers, Mask, distinct, numbered, sums
from models.transfer import Move, value

Place = tuple[int, int]
"""A waiting list: provider and specialism, by position."""


@dataclass(frozen=True)
class Refill:
    """What refills the capacity that one initiative frees; one row a donor and specialism of which something leaves.

    Attributes:
        provider, specialism: positions of the donor and of what leaves, shape (rows,).
        extra: extra units, shape (rows, steps, draws).
        use: ū, mean calibrated use per extra unit, shape (rows, resources).
        row, cell, share: of each base cell that extra units of a row go to: which row, which cell, what share of them.
    """

    provider: Integers
    specialism: Integers
    extra: Array
    use: Array
    row: Integers
    cell: Integers
    share: Array

    def used(self) -> Iterator[tuple[int, Form]]:
        """Yields the load of the extra units, by resource; rows are providers."""
        for resource in np.flatnonzero(self.use.any(axis=0)):
            yield int(resource), Form(self.provider, np.diag(self.use[:, resource]), self.extra)

    def form(self, names: Integers, weights: Array) -> Form:
        """Returns extra units times a weight, summed by name.

        Args:
            names: of each base cell that extra units go to.
            weights: of each of them, by extra unit.
        """
        rows, place = numbered(names)
        width = self.extra.shape[0]
        flat = sums(place * width + self.row, weights * self.share, size=rows.size * width)
        return Form(rows, flat.reshape(rows.size, width), self.extra)

    def by_list(self, specialism: Integers) -> dict[Place, Array]:
        """Returns the extra units by donor and specialism, shape (steps, draws).

        Args:
            specialism: of each base cell of the region.
        """
        keys, place = distinct(np.stack([self.provider[self.row], specialism[self.cell]]))
        width = self.extra.shape[0]
        flat = sums(place * width + self.row, self.share, size=keys.shape[1] * width)
        amounts = combine(flat.reshape(keys.shape[1], width), self.extra)
        return {(int(p), int(s)): amounts[row] for row, (p, s) in enumerate(keys.T)}


@dataclass
class Lists:
    """The waiting lists of one world, and who takes patients off them.

    Attributes:
        setting: facts, scenario and draws.
        before: what each initiative took when all of this was played before, by its place; for what later initiatives
            take in earlier years, which shortens the list of an earlier one.
        taken: what each initiative took so far, by its place.
    """

    setting: Setting
    before: Mapping[int, Mapping[Place, Array]] = field(default_factory=dict)
    taken: dict[int, dict[Place, Array]] = field(default_factory=dict)

    def waiting(self, provider: int, specialisms: Integers) -> float:
        """Returns how many patients wait at a provider for care of some specialisms."""
        region = self.setting.region
        keys = provider * len(region.segments.specialisms) + specialisms
        return float(np.nan_to_num(region.waiting.get(keys)).sum())

    def taken_by_others(self, order: int, provider: int, specialisms: Integers) -> Array:
        """Returns what others took of some lists before an initiative may, in each step, shape (steps, draws).

        That is what all others took in earlier years and what earlier initiatives took in the year itself.
        """
        total = np.zeros(self.setting.shape)
        for amounts in self._of(self.taken, provider, specialisms, lambda other: other < order):
            total += earlier(amounts) + amounts
        for amounts in self._of(self.before, provider, specialisms, lambda other: other > order):
            total += earlier(amounts)
        return total

    @staticmethod
    def _of(
        taken: Mapping[int, Mapping[Place, Array]], provider: int, specialisms: Integers, by: Callable[[int], bool]
    ) -> Iterator[Array]:
        """Yields what some initiatives took of some lists of a provider."""
        for order, lists in taken.items():
            for specialism in specialisms.tolist() if by(order) else ():
                if (provider, specialism) in lists:
                    yield lists[provider, specialism]

    @property
    def shared(self) -> bool:
        """Whether several initiatives take patients off the same list."""
        every = [place for lists in self.taken.values() for place, amounts in lists.items() if amounts.any()]
        return len(every) > len(set(every))

    @property
    def settled(self) -> bool:
        """Whether everything was taken as it was when all of this was played before."""
        return all(
            place in self.before.get(order, {}) and np.array_equal(amounts, self.before[order][place])
            for order, lists in self.taken.items()
            for place, amounts in lists.items()
        )


def earlier(amounts: Array) -> Array:
    """Returns of yearly amounts the sum over the earlier years; the last step follows the years before the horizon."""
    total = np.zeros_like(amounts)
    total[1:] = np.cumsum(amounts[:-1], axis=0)
    total[-1] = total[-2]
    return total


class Refilling:
    """How the initiatives of one world refill what they free, one after another."""

    def __init__(self, setting: Setting, loads: Loads, lists: Lists) -> None:
        self._setting = setting
        self._region = setting.region
        self._loads = loads
        self.lists = lists

    def refill(self, order: int, move: Move, changes: Ledger) -> Refill | None:
        """Returns what refills what a move frees, None where nothing does.

        Args:
            order: place of the initiative among those that are played.
            move: as applied.
            changes: of the loads by the earlier initiatives, by resource.
        """
        share = value(self._setting, move.initiative, "backfill.share", move.initiative.backfill.share)
        if not share.any() or not move.moved.provider.size:
            return None
        specialism = self._region.segments.specialism[move.moved.segment]
        rows = []
        for donor in np.unique(move.moved.provider).tolist():
            own = np.unique(specialism[move.moved.provider == donor])
            codes = self._region.segments.specialisms.ids
            ordered = sorted(own.tolist(), key=lambda s: codes[s] or "")
            found = [row for s in ordered if (row := self._row(move, share, donor=donor, specialism=s)) is not None]
            self._admit(order, donor, found, changes)
            rows += found
        if not rows:
            return None
        refill = _together(rows)
        self.lists.taken[order] = refill.by_list(self._region.segments.specialism[self._region.cells.segment])
        return refill

    def _row(self, move: Move, share: Array, *, donor: int, specialism: int) -> "_Row | None":
        """Returns what may refill what leaves one department, before anybody is let in."""
        region, cells = self._region, self._region.cells
        care = move.initiative.backfill.care
        chosen = region.segments.specialism == specialism if care is None else region.segments.matching(care)
        mine = np.flatnonzero((cells.provider == donor) & chosen[cells.segment] & (cells.units > 0))
        if not mine.size:
            return None
        part = cells.units[mine] / cells.units[mine].sum()
        use = part @ self._use(cells.provider[mine], cells.segment[mine])
        moved = move.moved
        leaves = (moved.provider == donor) & (region.segments.specialism[moved.segment] == specialism)
        freed_each = self._use(moved.provider[leaves], moved.segment[leaves]) * moved.units[leaves][:, None]
        needed = np.flatnonzero(use > 0)
        by_track = np.stack(
            [sums(moved.track[leaves], freed_each[:, r], size=move.basis.shape[0]) for r in needed]
        ) if needed.size else np.zeros((0, move.basis.shape[0]))  # fmt: skip
        freed = combine(by_track, move.basis * (np.maximum(0.0, move.leaving) * move.intensity * share))
        return _Row(donor, specialism, mine, part, use, needed, freed, np.zeros(self._setting.shape), move.leaving >= 0)

    def _use(self, provider: Integers, segment: Integers) -> Array:
        """Returns calibrated use per unit, shape (cells, resources)."""
        segments = self._region.segments
        use = self._region.uses.per_unit(provider, segments.specialism[segment], segments.care_product[segment])
        return use * self._loads.calibration[provider]

    def _admit(self, order: int, donor: int, rows: list["_Row"], changes: Ledger) -> None:
        """Lets patients in year by year, specialism by specialism in the order of their codes."""
        if not rows:
            return
        idle = self._idle(donor, np.unique(np.concatenate([row.needed for row in rows])), changes)
        specialism = self._region.segments.specialism[self._region.cells.segment]
        lists = [np.unique(specialism[row.cells]) for row in rows]
        others = [self.lists.taken_by_others(order, donor, each) for each in lists]
        waiting = [self.lists.waiting(donor, each) for each in lists]
        steps = self._setting.shape[0]
        for step in range(steps):
            spare = {resource: amounts[step] for resource, amounts in idle.items()}
            until = step if step < steps - 1 else steps - 2
            for place, row in enumerate(rows):
                left = waiting[place] - others[place][step]
                for seen, other in enumerate(rows):
                    overlap = other.share[np.isin(specialism[other.cells], lists[place])].sum()
                    left = left - overlap * other.extra[:until].sum(axis=0)
                    if seen < place:
                        left = left - overlap * other.extra[step]
                row.admit(step, spare, np.maximum(0.0, left))

    def _idle(self, donor: int, resources: Integers, changes: Ledger) -> dict[int, Array]:
        """Returns max(0, τK − L) of each resource, L the load after the earlier initiatives; 0 where unknown."""
        mine = np.array([donor])
        idle = {}
        for resource in resources.tolist():
            load = self._loads.before(mine, resource)
            load = load + Sum(changes.forms(resource), mine, self._setting.shape).values()
            free = self._loads.usable_capacity(mine, resource) - load
            idle[resource] = np.maximum(0.0, np.nan_to_num(free, nan=0.0))[0]
        return idle


@dataclass(frozen=True)
class _Row:
    """What may refill what leaves one department.

    Attributes:
        donor, specialism: positions.
        cells, share: base cells of the refilled care, and their shares of its units.
        use: ū by resource; needed: those of which it takes any.
        freed: φ · freed capacity of the needed resources, shape (needed, steps, draws).
        extra: extra units, filled in step by step, shape (steps, draws).
        leaves: in which draws more leaves than comes back.
    """

    donor: int
    specialism: int
    cells: Integers
    share: Array
    use: Array
    needed: Integers
    freed: Array
    extra: Array
    leaves: Mask

    def admit(self, step: int, spare: dict[int, Array], left: Array) -> None:
        """Lets patients in, in one step, and takes what they need beyond what this department freed off the spare."""
        if not self.needed.size:
            return
        per_unit = self.use[self.needed][:, None]
        idle = np.stack([np.broadcast_to(spare[r], left.shape) for r in self.needed.tolist()])
        with_freed = np.minimum((np.maximum(0.0, self.freed[:, step] + idle) / per_unit).min(axis=0), left)
        without = np.minimum((idle / per_unit).min(axis=0), left)
        self.extra[step] = np.where(self.leaves, with_freed - without, 0.0)
        beyond = np.maximum(0.0, per_unit * self.extra[step] - self.freed[:, step])
        for place, resource in enumerate(self.needed.tolist()):
            spare[resource] = np.maximum(0.0, spare[resource] - beyond[place])


def _together(rows: list[_Row]) -> Refill:
    return Refill(
        provider=np.array([row.donor for row in rows]),
        specialism=np.array([row.specialism for row in rows]),
        extra=np.stack([row.extra for row in rows]),
        use=np.stack([row.use for row in rows]),
        row=np.repeat(np.arange(len(rows)), [row.cells.size for row in rows]),
        cell=np.concatenate([row.cells for row in rows]),
        share=np.concatenate([row.share for row in rows]),
    )
