"""What of a move fits whom (section 5, Room): room of each party, the share that is feasible, and what then moves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from models.baseline import NEAR, near
from models.capacity import RunningLoads, gap, pooled
from models.forms import Form, Ledger, Sum
from models.region.codes import Array, Integers, Mask, distinct
from models.transfer import FIXED, Allocation, Move, Parcel

SAME_SHARE = 1e-12
"""Two resources whose feasible shares differ by no more than this bind alike; the first by name is told."""


@dataclass(frozen=True)
class Room:
    """What of an initiative's move fits each party, before its recipients' capacity scales it, in one step or more.

    Attributes:
        party: positions of the recipients and of a supporting party, sorted.
        ratio: ρ, room over what is required; infinite where nothing is, NaN where unknown; shape (parties, steps,
            draws).
        binding: resource that binds most on average, by party and step; -1 where none does.
        recipients: place in `party` of each recipient of the move.
        part: units of the move by recipient, M·w, shape (recipients, steps, draws).
        supporter: place in `party` of a supporting party.
    """

    party: Integers
    ratio: Array
    binding: Integers
    recipients: Integers
    part: Array
    supporter: int | None

    @classmethod
    def joined(cls, steps: Sequence["Room"]) -> "Room":
        """Returns the rooms of one step each as one."""
        ratio, part = (np.concatenate([getattr(one, name) for one in steps], axis=1) for name in ("ratio", "part"))
        return replace(steps[0], ratio=ratio, part=part, binding=np.concatenate([one.binding for one in steps], axis=1))

    @cached_property
    def share(self) -> Array:
        """The feasible share of each party, NaN where unknown, shape (parties, steps, draws)."""
        return np.minimum(1.0, self.ratio)

    @cached_property
    def _fits(self) -> Array:
        """The feasible share of each recipient, 1 where unknown, shape (recipients, steps, draws)."""
        share = self.share[self.recipients]
        share[np.isnan(share)] = 1.0
        return share

    @cached_property
    def _total(self) -> Array:
        """All that moves, shape (steps, draws)."""
        return np.asarray(self.part.sum(axis=0))

    @cached_property
    def _placed(self) -> Array:
        """What of it fits its recipients, shape (steps, draws)."""
        return np.einsum("jsd,jsd->sd", self.part, self._fits)

    @cached_property
    def weights(self) -> Array:
        """w, the recipients' shares of what moves, 0 where nothing does; shape (recipients, steps, draws)."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self._total > 0, self.part / self._total, 0.0)

    @cached_property
    def of_initiative(self) -> Array:
        """F, the feasible share of the initiative, NaN where nobody's needs are known, shape (steps, draws)."""
        unknown = np.isnan(self.ratio[self.recipients])
        left_out = np.where(unknown, self.part, 0.0).sum(axis=0) if unknown.any() else 0.0
        known = np.where(self._total - left_out > NEAR * self._total, self._total - left_out, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            fits = np.where(known > 0, (self._placed - left_out) / known, np.nan)
        fits = np.where(self._total > 0, np.clip(fits, 0.0, 1.0), 1.0)
        if self.supporter is None:
            return fits
        able = self.share[self.supporter]
        return np.asarray(np.fmin(fits, able)) if self.recipients.size else able

    @cached_property
    def with_part(self) -> Integers:
        """How many recipients have a part, by step."""
        return np.asarray((self.part.mean(axis=-1) > 0).sum(axis=0))

    @cached_property
    def full(self) -> Array:
        """How many recipients with a part are full: mean over the draws, by step."""
        full = (self.part > 0) & (self.ratio[self.recipients] < 1)
        return np.asarray(full.sum(axis=0).mean(axis=-1))

    def binding_of_initiative(self, order: Integers) -> Integers:
        """Returns the resource that binds most of what does not fit, by step; -1 where all fits.

        Args:
            order: resources in the order in which equals are told.
        """
        steps = self.ratio.shape[1]
        unfit = np.zeros((order.size, steps))
        for binding, amount in self._unfit():
            step = np.flatnonzero(binding >= 0)
            unfit[binding[step], step] += amount[step]
        most = order[unfit[order].argmax(axis=0)] if order.size else np.full(steps, -1)
        return np.where(unfit.max(axis=0, initial=0.0) > 0, most, -1)

    def _unfit(self) -> Iterator[tuple[Integers, Array]]:
        """Yields of each party that is needed its binding resource and the units that do not fit it, by step."""
        draws = self.ratio.shape[2]
        unfit = np.einsum("jsd,jsd->js", self.part, 1 - self._fits) / draws
        yield from zip(self.binding[self.recipients], unfit, strict=True)
        if self.supporter is not None:
            able = np.nan_to_num(self.share[self.supporter], nan=1.0)
            total, placed = (self._total, self._placed) if self.recipients.size else (np.ones_like(able),) * 2
            yield self.binding[self.supporter], np.maximum(0.0, placed - able * total).mean(axis=-1)


@dataclass(frozen=True)
class Asked:
    """What a move asks of its recipients and supporter; what of it fits is found when somebody wants to know.

    Attributes:
        capacity: of the world.
        move: as planned.
        earlier: load changes of the earlier initiatives, by resource.
    """

    capacity: RunningLoads
    move: Move
    earlier: Ledger

    def room(self) -> Room:
        """Returns what of the move fits; not kept, for it is large and asked once."""
        return Room.joined(list(self.rooms(self.capacity.setting.shape[0])))

    def rooms(self, steps: int) -> Iterator[Room]:
        """Yields what of the move fits in each of the first steps: so much less is held at a time."""
        finder = _Rooms(self)
        return (finder.at(step) for step in range(steps))

    def unknown(self) -> Integers:
        """Returns the parties of whose needs none is known, by position."""
        loads = self.capacity.loads
        known = loads.load_known & ~np.isnan(loads.available)
        asked, some = np.zeros(known.shape[0], dtype=bool), np.zeros(known.shape[0], dtype=bool)
        for resource, form in (*self.capacity.required(self.move), *self.capacity.supported(self.move)):
            asked[form.rows] = True
            some[form.rows[known[form.rows, resource]]] = True
        return np.flatnonzero(asked & ~some)


def asked(capacity: RunningLoads, move: Move) -> Asked:
    """Returns what a move asks, after the earlier initiatives as the capacity's ledger has them at this moment."""
    earlier = Ledger()
    earlier.merge(capacity.changes)
    return Asked(capacity, move, earlier)


class _Rooms:
    """Room over what is required, ρ, of the parties that a move asks something of, step by step."""

    def __init__(self, asked: Asked) -> None:
        capacity, move = asked.capacity, asked.move
        self._move, self._shape = move, capacity.setting.shape
        self._supporter, self._parties = None, np.asarray(move.recipients)
        if move.initiative.support is not None:
            self._supporter = capacity.setting.region.providers.ids.index(move.initiative.support.provider)
            self._parties = np.union1d(self._parties, [self._supporter])
        parts = list(move.formed(move.received, move.received.recipient, move.received.units, move.offered))
        self._part = Sum(parts, np.arange(move.recipients.size), self._shape)
        needs = Ledger()
        for resource, form in (*capacity.required(move), *capacity.supported(move)):
            needs.enter(resource, form)
        names = capacity.setting.region.resources.ids
        resources = sorted({k for k, _ in needs.items() if isinstance(k, int)}, key=lambda r: names[r])
        self._needs = [need for r in resources for need in _needs_of(asked, r, needs.forms(r), self._parties)]

    def at(self, step: int) -> Room:
        """Returns what fits in one step."""
        shape = (self._parties.size, self._shape[1])
        ratio, least, binding = np.full(shape, np.inf), np.ones(shape[0]), np.full(shape[0], -1, dtype=np.int64)
        unknown = np.zeros(shape if any(not need.known.all() for need in self._needs) else (0, 0), dtype=bool)
        for need in self._needs:
            required = need.own.at(step)
            if not required.any():
                continue
            own = need.ratio(step, required)
            if not need.known.all():
                unknown[need.place[~need.known]] |= required[~need.known] > 0
            fits = _snapped(np.minimum(own, 1.0)).mean(axis=1)
            tighter = fits < least[need.place] - SAME_SHARE
            binding[need.place[tighter]] = need.resource
            least[need.place] = np.minimum(least[need.place], fits)
            ratio[need.place] = np.minimum(ratio[need.place], own)
        if unknown.any():
            unknown &= np.isinf(ratio)  # of what it needs some is known: what is not does not bind
            ratio[unknown] = np.nan
            binding[unknown.any(axis=1)] = -1
        return Room(
            party=self._parties,
            ratio=_snapped(ratio)[:, None],
            binding=binding[:, None],
            recipients=np.searchsorted(self._parties, self._move.recipients),
            part=self._part.at(step)[:, None],
            supporter=None if self._supporter is None else int(np.searchsorted(self._parties, self._supporter)),
        )


def _snapped(ratio: Array) -> Array:
    """Returns the ratios, in place, those that are 1 but for rounding as 1."""
    ratio[np.abs(ratio - 1.0) <= NEAR] = 1.0
    return ratio


@dataclass(frozen=True)
class _Need:
    """What of one resource some parties need and what is free, each for itself or all as members of one pool.

    Attributes:
        resource: its position.
        place: of each party among those asked.
        known: by party, whether load and capacity are known.
        own: what each party needs, rows are parties.
        needed: what is needed of the room: the same, or of a pool all that its members need, one row.
        slack: usable less load, of growth alone; change: of the load, by the earlier initiatives; rows as of `needed`.
        rounding: below which nothing is free, shape (rows, steps).
    """

    resource: int
    place: Integers
    known: Mask
    own: Sum
    needed: Sum
    slack: Sum
    change: Sum
    rounding: Array

    def ratio(self, step: int, required: Array) -> Array:
        """Returns room over what is required in a step, infinite where nothing is or it is not known.

        Args:
            step: its place.
            required: `own` in that step, shape (parties, draws).
        """
        free = np.maximum(0.0, self.slack.at(step))  # max(0, gap0) − gap after = max(0, −gap0) − change
        free -= self.change.at(step)
        free[free <= self.rounding[:, step, None]] = 0.0
        needed = required if self.needed is self.own else self.needed.at(step)
        there = (required > 0) & self.known[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(free, needed, out=free)
        return free if there.all() and free.shape == there.shape else np.where(there, free, np.inf)


def _needs_of(asked: Asked, resource: int, forms: list[Form], parties: Integers) -> Iterator[_Need]:
    """Yields what the parties need of a resource: those in a pool of it together, all others each for itself."""
    asked_of = np.unique(np.concatenate([form.rows for form in forms]))
    alone = np.isin(parties, asked_of)
    for _, pooled_resource, members in asked.capacity.pools:
        inside = alone & np.isin(parties, members)
        if pooled_resource == resource and inside.any():
            alone &= ~inside
            yield _need(asked, resource, forms, np.flatnonzero(inside), parties[inside], np.unique(members))
    if alone.any():
        yield _need(asked, resource, forms, np.flatnonzero(alone), parties[alone])


def _need(
    asked: Asked, resource: int, forms: list[Form], place: Integers, parties: Integers, members: Integers | None = None
) -> _Need:
    """Returns what some parties need of a resource; members: of the pool that they share."""
    loads, shape = asked.capacity.loads, asked.capacity.setting.shape
    changes = asked.earlier.forms(resource)
    there = gap(loads, changes, resource, parties) if members is None else pooled(loads, changes, resource, members)
    own = Sum(forms, parties, shape)
    needed = own
    if members is not None:
        inside = (form.only(np.isin(form.rows, members)) for form in forms)
        needed = Sum([form.named(np.zeros_like(form.rows)) for form in inside], there.rows, shape)
    return _Need(
        resource=resource,
        place=place,
        known=np.broadcast_to(there.load_known & there.capacity_known, parties.shape),
        own=own,
        needed=needed,
        slack=Sum([there.usable, there.before.times(-1)], there.rows, shape),
        change=Sum(list(there.change), there.rows, shape),
        rounding=near(Sum([there.usable], there.rows, shape).mean()),
    )


def fitted(move: Move, asked: Room, *, reallocate: bool) -> Move:
    """Returns what of a move is made when recipients and supporters take what they have room for.

    Args:
        move: as planned.
        asked: what of it fits.
        reallocate: whether what does not fit one recipient is offered to those with room; else it stays.
    """
    ratio = asked.ratio[asked.recipients]
    taken = _filled(asked.weights, ratio) if reallocate else np.where(np.isnan(ratio), 1.0, np.minimum(1.0, ratio))
    follow = np.ones(taken.shape[1:]) if asked.recipients.size else np.ones(asked.ratio.shape[1:])
    if asked.supporter is not None:
        placed = (asked.weights * taken).sum(axis=0)
        wanted = placed if asked.recipients.size else np.ones_like(follow)
        able = np.nan_to_num(asked.ratio[asked.supporter], nan=np.inf, posinf=np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            follow = np.where(wanted > able + NEAR, able / wanted, 1.0)
    if (taken == 1).all() and (follow == 1).all():
        return move
    if not asked.recipients.size:
        return replace(move, basis=move.basis * follow)
    return _Fitting(move, asked, taken, follow).move()


def _filled(weights: Array, ratio: Array) -> Array:
    """Returns θ of each recipient: min(ρ, t), with the smallest t of at least 1 for which all is placed.

    Who has no part takes nothing of what others cannot take; who is unknown takes its own part.

    Args:
        weights: w, shape (recipients, steps, draws).
        ratio: ρ, NaN where unknown.
    """
    shape = ratio.shape
    if not ratio.size:
        return np.zeros(shape)
    part, most = weights.reshape(shape[0], -1), ratio.reshape(shape[0], -1)
    known = ~np.isnan(most)
    taken = np.where(known, np.minimum(1.0, most), 1.0)
    short = np.flatnonzero(((part > 0) & (taken < 1)).any(axis=0))
    if short.size:
        own, limit = np.where(known, part, 0.0)[:, short], np.where(known, most, 1.0)[:, short]
        level = _level(own, limit)
        taken[:, short] = np.where(own > 0, np.minimum(limit, level), taken[:, short])
    return taken.reshape(shape)


def _level(part: Array, limit: Array) -> Array:
    """Returns the smallest t for which Σ part · min(limit, t) is Σ part; infinite where no t reaches it.

    Args:
        part: w, shape (recipients, columns).
        limit: ρ, likewise.
    """
    order = np.argsort(limit, axis=0)
    part, limit = np.take_along_axis(part, order, axis=0), np.take_along_axis(limit, order, axis=0)
    held = part * np.where(part > 0, limit, 0.0)
    before = np.cumsum(np.concatenate([np.zeros((1, held.shape[1])), held[:-1]]), axis=0)
    after = part[::-1].cumsum(axis=0)[::-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        level = (part.sum(axis=0) - before) / after
    reached = (after > 0) & (level <= limit)
    first = reached.argmax(axis=0)
    found = np.take_along_axis(level, first[None], axis=0)[0]
    return np.where(reached.any(axis=0), np.maximum(found, 1.0), np.inf)


class _Fitting:
    """A move as it is made when its recipients take their shares θ of their parts."""

    def __init__(self, move: Move, asked: Room, taken: Array, follow: Array) -> None:
        self.plan, self.asked, self.follow = move, asked, follow
        self.parcel = move.parcels[0]
        self.stays = np.minimum(1.0, taken)
        self.short = np.where(asked.part > 0, 1.0 - self.stays, 0.0)
        self.more = np.where(asked.part > 0, np.maximum(0.0, taken - 1.0), 0.0) * asked.part
        over = (self.short * asked.part).sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.takes = np.where(over > 0, self.more / over, 0.0)
        self._sign()

    def _sign(self) -> None:
        """Finds which groups of cells are divided over the same recipients with another share than 1."""
        other: Mask = np.asarray((self.stays != 1).any(axis=(1, 2)) | (self.follow != 1).any())
        fixed = self.parcel.allocation.fixed
        signs: dict[bytes, int] = {}
        self.sign = np.zeros(fixed.shape[0], dtype=np.int64)
        self.first = []
        for group in range(fixed.shape[0]):
            span = slice(fixed.indptr[group], fixed.indptr[group + 1])
            mine = other[fixed.indices[span]]
            key = fixed.indices[span][mine].tobytes() + b"|" + fixed.data[span][mine].tobytes()
            if key not in signs:
                signs[key] = len(signs)
                self.first.append(group)
            self.sign[group] = signs[key]

    def move(self) -> Move:
        """Returns the move as made."""
        allocation, groups = self.parcel.allocation, np.array(self.first)
        kinds, kind = distinct(np.stack([self.sign[allocation.group], self.parcel.track]))
        unfit = allocation.part(groups, self.short)
        moves = (1 - unfit * (1 - self.takes.sum(axis=0))) * self.follow
        parcels = [Parcel(self.parcel.track, self.parcel.tracks, self._own())]
        if self.takes.any():
            overflow = self.parcel.tracks[kinds[1]] * unfit[kinds[0]]
            parcels.append(Parcel(kind, overflow, self._others()))
        return replace(
            self.plan,
            moved=replace(self.plan.moved, track=kind),
            basis=self.parcel.tracks[kinds[1]] * moves[kinds[0]],
            origin=kinds[1],
            parcels=tuple(parcels),
        )

    def _own(self) -> Allocation:
        """Returns the allocation of what fits the recipient that it was meant for."""
        allocation = self.parcel.allocation
        each = self.stays * self.follow * allocation.of_recipients(self.stays.shape[1:])
        varies = (each != 1).any(axis=(1, 2))
        place = np.where(varies, np.cumsum(varies) - 1, FIXED)
        return Allocation(allocation.group, allocation.fixed, each[varies], place)

    def _others(self) -> Allocation:
        """Returns the allocation of what does not fit over those with room."""
        able: Mask = np.asarray(self.takes.any(axis=(1, 2)))
        place = np.where(able, np.cumsum(able) - 1, FIXED)
        everybody = np.zeros_like(self.parcel.allocation.group)
        return Allocation(everybody, sparse.csr_matrix(able[None].astype(float)), self.takes[able] * self.follow, place)
