"""What of a move fits whom (section 5, Room): room of each party, the share that is feasible, and what then moves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from models.baseline import NEAR, near
from models.capacity import RunningLoads
from models.forms import Ledger, Sum
from models.region.codes import Array, Integers, Mask, distinct
from models.transfer import FIXED, Allocation, Move, Parcel

SAME_SHARE = 1e-12
"""Two resources whose feasible shares differ by no more than this bind alike; the first by name is told."""


@dataclass(frozen=True)
class Room:
    """What of an initiative's move fits each party, before its recipients' capacity scales it.

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

    @cached_property
    def share(self) -> Array:
        """The feasible share of each party, NaN where unknown, shape (parties, steps, draws)."""
        return np.minimum(1.0, self.ratio)

    @cached_property
    def weights(self) -> Array:
        """w, the recipients' shares of what moves, 0 where nothing does; shape (recipients, steps, draws)."""
        total = self.part.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(total > 0, self.part / total, 0.0)

    @cached_property
    def of_initiative(self) -> Array:
        """F, the feasible share of the initiative, NaN where nobody's needs are known, shape (steps, draws)."""
        share = self.share[self.recipients]
        known = np.where(np.isnan(share), 0.0, self.weights)
        weight = known.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            fits = np.where(weight > 0, (known * np.nan_to_num(share)).sum(axis=0) / weight, np.nan)
        fits = np.where(self.weights.sum(axis=0) > 0, fits, 1.0)
        if self.supporter is None:
            return fits
        return (
            np.asarray(np.fmin(fits, self.share[self.supporter]))
            if self.recipients.size
            else self.share[self.supporter]
        )

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
            for step in np.flatnonzero(binding >= 0):
                unfit[binding[step], step] += amount[step]
        most = order[unfit[order].argmax(axis=0)] if order.size else np.full(steps, -1)
        return np.where(unfit.max(axis=0, initial=0.0) > 0, most, -1)

    def _unfit(self) -> Iterator[tuple[Integers, Array]]:
        """Yields of each party that is needed its binding resource and the units that do not fit it, by step."""
        for place, recipient in enumerate(self.recipients):
            short = 1 - np.nan_to_num(self.share[recipient], nan=1.0)
            yield self.binding[recipient], (self.part[place] * short).mean(axis=-1)
        if self.supporter is not None:
            able = np.nan_to_num(self.share[self.supporter], nan=1.0)
            total, placed = np.ones_like(able), np.ones_like(able)
            if self.recipients.size:
                total = self.part.sum(axis=0)
                placed = (self.part * np.nan_to_num(self.share[self.recipients], nan=1.0)).sum(axis=0)
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
        return _room(self.capacity, self.move, self.earlier)

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


def _room(capacity: RunningLoads, move: Move, earlier: Ledger) -> Room:
    """Returns what of a move fits, after some load changes."""
    supporter, parties = None, np.asarray(move.recipients)
    if move.initiative.support is not None:
        supporter = capacity.setting.region.providers.ids.index(move.initiative.support.provider)
        parties = np.union1d(parties, [supporter])
    needs = Ledger()
    for resource, form in (*capacity.required(move), *capacity.supported(move)):
        needs.enter(resource, form)
    ratio, binding = _Ratios(capacity, needs, earlier).of(parties)
    count = move.recipients.size
    forms = list(move.formed(move.received, move.received.recipient, move.received.units, move.offered))
    return Room(
        party=parties,
        ratio=ratio,
        binding=binding,
        recipients=np.searchsorted(parties, move.recipients),
        part=Sum(forms, np.arange(count), capacity.setting.shape).values(),
        supporter=None if supporter is None else int(np.searchsorted(parties, supporter)),
    )


class _Ratios:
    """Room over what is required, ρ."""

    def __init__(self, capacity: RunningLoads, needs: Ledger, earlier: Ledger) -> None:
        self._capacity = capacity
        self._shape = capacity.setting.shape
        self._needs = needs
        self._earlier = earlier

    def of(self, parties: Integers) -> tuple[Array, Integers]:
        """Returns ρ of each party and the resource that binds it most on average."""
        ratio = np.full((parties.size, *self._shape), np.inf)
        asked, known = np.zeros(ratio.shape, dtype=bool), np.zeros(ratio.shape, dtype=bool)
        binding = np.full((parties.size, self._shape[0]), -1, dtype=np.int64)
        least = np.ones((parties.size, self._shape[0]))
        names = self._capacity.setting.region.resources.ids
        for resource in sorted({k for k, _ in self._needs.items() if isinstance(k, int)}, key=lambda r: names[r]):
            needed, own = self._of_resource(resource, parties)
            there = ~np.isnan(own)
            asked |= needed
            known |= needed & there
            fits = np.where(there, np.minimum(1.0, own), 1.0).mean(axis=2)
            tighter = fits < least - SAME_SHARE
            binding, least = np.where(tighter, resource, binding), np.minimum(least, fits)
            ratio = np.where(there, np.minimum(ratio, own), ratio)
        unknown = asked & ~known
        binding[unknown.any(axis=2)] = -1
        return np.where(unknown, np.nan, ratio), binding

    def _of_resource(self, resource: int, parties: Integers) -> tuple[Mask, Array]:
        """Returns where a resource is needed, and the room over what is required; NaN where unknown, else infinite."""
        capacity, forms = self._capacity, self._needs.forms(resource)
        own = Sum(forms, parties, self._shape).values()
        free, needed = self._free(resource, parties), own
        for _, pooled, members in capacity.pools:
            inside = np.isin(parties, members)
            if pooled == resource and inside.any():
                free[inside] = self._free(resource, members, pooled=True)
                needed = needed.copy()
                needed[inside] = Sum(forms, np.unique(members), self._shape).values().sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(own > 0, free / needed, np.inf)
        return own > 0, np.where(np.abs(ratio - 1) <= NEAR, 1.0, ratio)

    def _free(self, resource: int, providers: Integers, *, pooled: bool = False) -> Array:
        """Returns max(0, gap0) − the gap after earlier initiatives, at least 0, of each provider or all as a pool."""
        loads = self._capacity.loads
        usable = loads.usable_capacity(providers, resource)
        gap = loads.before(providers, resource) - usable
        change = Sum(self._earlier.forms(resource), np.unique(providers), self._shape).values()
        if pooled:
            usable, gap, change = (each.sum(axis=0, keepdims=True) for each in (usable, gap, change))
        free = np.maximum(0.0, gap) - (gap + change)
        return np.where(free <= near(np.nan_to_num(usable)), 0.0, free)


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
