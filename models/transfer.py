"""Moving care (section 2): uptake, what each initiative takes, and how it is divided over the recipients.

Care is held as cells (provider, payer, segment, area) times *tracks*: a cell's units in a year and draw are its
coefficient times the value of its track. Everything uncertain is in the few tracks, everything numerous in the
coefficients, so that an evaluation costs (cells) + (tracks x years x draws), not their product.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import assert_never

import numpy as np
from scipy import sparse

from models.baseline import Loads, Setting, combine, near
from models.forms import Form
from models.parameters import Parameter
from models.region import Region
from models.region.codes import Array, Integers, Mask, distinct, numbered, sums
from models.scenario.parties import donors_of, recipients_of
from models.scenario.schema import Allocation as Rule
from models.scenario.schema import DatedTariff, Initiative

LOGISTIC_STEEPNESS = 8.0
"""k of the logistic uptake (model page, section 2)."""
FIXED = -1
"""In the place of a share that varies: the share is the same in every year and draw."""


@dataclass(frozen=True)
class Planned:
    """An initiative that is to be played, and with whom.

    Attributes:
        initiative: as in the scenario, or as a volume norm makes it.
        donors, recipients: positions of the providers.
        agreed: whether it is agreed; what happens anyway is not.
        norm: position of the volume norm that is enforced; its donors and recipients are known when it is played.
        unmet: whether somebody falls short of that norm while nobody meets it, so that nothing moves.
    """

    initiative: Initiative
    donors: Integers
    recipients: Integers
    agreed: bool = True
    norm: int | None = None
    unmet: bool = False


@dataclass(frozen=True)
class Moved:
    """The cells an initiative takes from; every array has one entry a cell.

    Attributes:
        provider, payer, segment, area: whose care it is, by position.
        units: coefficient of the cell.
        track: position of its track in the move's `basis`.
    """

    provider: Integers
    payer: Integers
    segment: Integers
    area: Integers
    units: Array
    track: Integers


@dataclass(frozen=True)
class Lines:
    """What of a move reaches which recipient, at some grain of its cells; every array has one entry a line.

    Attributes:
        recipient: position in the move's recipients.
        keys: the grain, shape (columns, lines).
        track: position in the move's `offered`.
        share: position in the move's `shares`, FIXED where the recipient's part is in the weights alone.
        weights: of each line, times the recipient's share where that does not vary.
    """

    recipient: Integers
    keys: Integers
    track: Integers
    share: Integers
    weights: tuple[Array, ...]


@dataclass(frozen=True)
class Received:
    """What reaches each recipient; every array has one entry a (recipient, payer, segment, track, share).

    `units` are the donors' units times the allocation, before what is forgone, induced demand and replacement ratio.
    """

    recipient: Integers
    payer: Integers
    segment: Integers
    units: Array
    track: Integers
    share: Integers


@dataclass(frozen=True)
class Allocation:
    """How care is divided over the recipients.

    Attributes:
        group: group of each moved cell; cells of a group are divided alike.
        fixed: share of each recipient in each group, shape (groups, recipients).
        varying: shares by year and draw, by which `fixed` is multiplied, shape (shares, steps, draws).
        place: position in `varying` of each recipient, FIXED where nothing varies.
    """

    group: Integers
    fixed: sparse.csr_matrix
    varying: Array | None = None
    place: Integers | None = None

    @classmethod
    def by_shares(cls, cells: int, shares: Array) -> "Allocation":
        """Returns the allocation of all cells alike by shares that vary, shape (recipients, steps, draws)."""
        count = shares.shape[0]
        return cls(np.zeros(cells, dtype=np.int64), sparse.csr_matrix(np.ones((1, count))), shares, np.arange(count))

    def of_recipients(self, shape: tuple[int, ...]) -> Array:
        """Returns by what `fixed` is multiplied for each recipient, shape (recipients, steps, draws) or all 1."""
        if self.varying is None or self.place is None:
            return np.ones((1, 1, 1))
        return np.append(self.varying, np.ones((1, *shape)), axis=0)[self.place]

    def part(self, groups: Integers, weights: Array) -> Array:
        """Returns of some groups the sum over the recipients of share times weight, shape (groups, steps, draws).

        Args:
            groups: positions.
            weights: by recipient, shape (recipients, steps, draws).
        """
        each = weights * self.of_recipients(weights.shape[1:])
        flat = self.fixed[groups] @ each.reshape(each.shape[0], -1)
        return np.asarray(flat).reshape(groups.size, *each.shape[1:])


@dataclass(frozen=True)
class Parcel:
    """Care on its way from the cells of a move to its recipients.

    Attributes:
        track: position in `tracks` of each cell.
        tracks: units on offer per unit of coefficient, shape (tracks, steps, draws).
        allocation: how they are divided.
    """

    track: Integers
    tracks: Array
    allocation: Allocation


@dataclass(frozen=True)
class Move:
    """One initiative's move of care.

    Attributes:
        planned: the initiative.
        donors, recipients: positions of the providers; a `recipient` elsewhere is a position in `recipients`.
        moved: the cells it takes from.
        basis: M, units moved per unit of coefficient, shape (tracks, steps, draws).
        origin: position of each track of `basis` among the tracks that were there to be moved.
        parcels: what reaches the recipients; before anybody's room is asked one parcel, of all that moves.
        returned, referred: b and ι·b_ι in each draw, shape (draws,).
        seen: 1 − ω.
        intensity, price, growth: λ, λp, and (1+ι)·ρ.
    """

    planned: Planned
    donors: Integers
    recipients: Integers
    moved: Moved
    basis: Array
    origin: Integers
    parcels: tuple[Parcel, ...]
    returned: Array
    referred: Array
    seen: Array
    intensity: Array
    price: Array
    growth: Array

    @property
    def initiative(self) -> Initiative:
        """The initiative, as in the scenario."""
        return self.planned.initiative

    @property
    def replaces(self) -> bool:
        """Whether the care becomes something else at the recipient."""
        return self.initiative.replacement is not None

    @property
    def leaving(self) -> Array:
        """N as a share of M in each draw; below 0 where more comes back than left."""
        return 1 - self.seen * (self.returned + self.referred)

    @cached_property
    def given(self) -> Array:
        """N per unit of coefficient: what the donors lose for good, shape (tracks, steps, draws)."""
        return self.basis * self.leaving

    @cached_property
    def offered(self) -> Array:
        """What the parcels hold per unit of coefficient, before shares that vary, shape (tracks, steps, draws)."""
        if len(self.parcels) == 1:
            return self.parcels[0].tracks
        return np.concatenate([np.zeros((0, *self.basis.shape[1:])), *(parcel.tracks for parcel in self.parcels)])

    @cached_property
    def shares(self) -> Array:
        """The recipients' shares that vary, of all parcels, shape (shares, steps, draws)."""
        varying = [parcel.allocation.varying for parcel in self.parcels]
        return np.concatenate([np.zeros((0, *self.basis.shape[1:])), *(part for part in varying if part is not None)])

    @cached_property
    def handled(self) -> Array:
        """A per unit of coefficient: what recipients handle, without what is forgone, with all that comes on top."""
        return self.offered * (self.seen * self.growth)

    @cached_property
    def received(self) -> Received:
        """What reaches each recipient, summed over donors and areas."""
        cells = self.moved
        lines = self.lines(cells.payer, cells.segment, weights=(cells.units,))
        return Received(lines.recipient, lines.keys[0], lines.keys[1], lines.weights[0], lines.track, lines.share)

    def of_donors(self, rows: Integers, weights: Array, *, size: int) -> Array:
        """Returns sums over the moved cells per row and track of `basis`, shape (size, tracks)."""
        tracks = self.basis.shape[0]
        return sums(rows * tracks + self.moved.track, weights, size=size * tracks).reshape(size, tracks)

    @cached_property
    def together(self) -> Array:
        """Coefficients of all moved units as one row, shape (1, tracks)."""
        return self.of_donors(np.zeros(self.moved.units.size, dtype=np.int64), self.moved.units, size=1)

    def arriving(
        self, row: Integers, weights: Array, factor: Array | float = 1.0, *, lines: "Received | Lines | None" = None
    ) -> Iterator[Form]:
        """Yields what reaches recipients: weights per received line, summed by row, times A and a factor.

        Args:
            row: row of each received line; the rows of the forms, of which a form may hold one more than once.
            weights: per received line.
            factor: in each draw, or in each step and draw.
            lines: other lines than `received`.
        """
        yield from self.formed(lines or self.received, row, weights, self.handled * factor)

    def formed(self, lines: Received | Lines, row: Integers, weights: Array, tracks: Array) -> Iterator[Form]:
        """Yields sums by row of lines times tracks like `offered` (or its first years), shares included."""
        count = tracks.shape[0]
        plain = lines.share == FIXED
        if plain.any():
            rows, place = numbered(row[plain])
            flat = sums(place * count + lines.track[plain], weights[plain], size=rows.size * count)
            yield Form(rows, flat.reshape(rows.size, count), tracks)
        if not plain.all():
            keys, place = distinct(np.stack([row[~plain], lines.share[~plain]]))
            flat = sums(place * count + lines.track[~plain], weights[~plain], size=keys.shape[1] * count)
            amounts = combine(flat.reshape(keys.shape[1], count), tracks)
            yield Form(keys[0], None, amounts * self.shares[keys[1], : tracks.shape[1]])

    def lines(self, *grain: Integers, weights: Sequence[Array]) -> Lines:
        """Returns weights of the moved cells, summed at a grain and divided over the recipients.

        Args:
            grain: columns of positions, one entry a moved cell.
            weights: per moved cell.
        """
        parts = []
        tracks, shares = 0, 0
        for parcel in self.parcels:
            kinds, kind = distinct(np.stack([*grain, parcel.track]))
            recipient, kind_of, found = _divided(parcel.allocation, kind, weights)
            place = parcel.allocation.place
            share = np.full(recipient.size, FIXED) if place is None else place[recipient]
            keys = kinds[:, kind_of]
            moved_on = np.where(share == FIXED, FIXED, share + shares)
            parts.append(Lines(recipient, keys[:-1], keys[-1] + tracks, moved_on, tuple(found)))
            tracks += parcel.tracks.shape[0]
            shares += 0 if parcel.allocation.varying is None else parcel.allocation.varying.shape[0]
        return _joined(parts, columns=len(grain), weights=len(weights))


def _joined(parts: Sequence[Lines], *, columns: int, weights: int) -> Lines:
    if len(parts) == 1:
        return parts[0]
    none = np.zeros(0, dtype=np.int64)
    return Lines(
        recipient=np.concatenate([none, *(part.recipient for part in parts)]),
        keys=np.concatenate([np.zeros((columns, 0), dtype=np.int64), *(part.keys for part in parts)], axis=1),
        track=np.concatenate([none, *(part.track for part in parts)]),
        share=np.concatenate([none, *(part.share for part in parts)]),
        weights=tuple(np.concatenate([np.zeros(0), *(part.weights[w] for part in parts)]) for w in range(weights)),
    )


def _divided(
    allocation: Allocation, kind: Integers, weights: Sequence[Array]
) -> tuple[Integers, Integers, list[Array]]:
    """Returns weights of cells, summed by kind and divided over the recipients: recipient, kind and weights by line."""
    pairs, pair = distinct(np.stack([allocation.group, kind]))
    totals = [sums(pair, weight, size=pairs.shape[1]) for weight in weights]
    first = allocation.fixed.indptr[pairs[0]].astype(np.int64)
    count = allocation.fixed.indptr[pairs[0] + 1].astype(np.int64) - first
    which = np.repeat(np.arange(pairs.shape[1]), count)
    entry = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count) + first[which]
    recipient, share = allocation.fixed.indices[entry].astype(np.int64), allocation.fixed.data[entry]
    if allocation.fixed.shape[0] == 1:
        return recipient, pairs[1][which], [share * total[which] for total in totals]
    keys, line = distinct(np.stack([recipient, pairs[1][which]]))
    return keys[0], keys[1], [sums(line, share * total[which], size=keys.shape[1]) for total in totals]


class Care:
    """The care that is there to be moved, as each initiative leaves it to the next.

    Only cells that some initiative could take are held. `tracks` grows with every initiative.
    """

    def __init__(self, setting: Setting, planned: Sequence[Planned]) -> None:
        region = setting.region
        self._setting = setting
        self._claims = [(_claimants(one, region), segments_of(one, region)) for one in planned]
        cells = region.cells
        wanted = np.zeros(cells.units.size, dtype=bool)
        for donors, segments in self._claims:
            wanted |= donors[cells.provider] & segments[cells.segment]
        self._columns = [c[wanted] for c in (cells.provider, cells.payer, cells.segment, cells.area)]
        self._units = cells.units[wanted]
        self._track = setting.growth_of_segment[cells.segment[wanted]]
        self._tracks = list(setting.demand.tracks)

    def take(self, order: int, donors: Integers) -> tuple[Mask, Moved, Array]:
        """Returns what is there for an initiative: which cells, the cells, and their tracks.

        Args:
            order: place of the initiative among those that are played.
            donors: positions of the providers that it takes from.
        """
        mine = _mask(donors, self._setting.region)
        chosen: Mask = mine[self._columns[0]] & self._claims[order][1][self._columns[2]]
        tracks, local = numbered(self._track[chosen])
        provider, payer, segment, area = (column[chosen] for column in self._columns)
        present = np.stack([self._tracks[t] for t in tracks]) if tracks.size else np.zeros((0, *self._setting.shape))
        moved = Moved(provider, payer, segment, area, self._units[chosen], local)
        return chosen, moved, present

    def apply(self, order: int, chosen: Mask, present: Array, move: Move) -> None:
        """Takes what leaves for good off the donors and adds what joins the recipients' own volume."""
        self._track[chosen] = len(self._tracks) + move.moved.track
        self._tracks.extend(present[move.origin] - move.given)
        if not move.replaces:
            self._add(move, later=self._claims[order + 1 :])

    def _add(self, move: Move, later: Sequence[tuple[Mask, Mask]]) -> None:
        """Adds received care that a later initiative could take, by recipient, payer, segment and area."""
        cells = move.moved
        lines = move.lines(cells.payer, cells.segment, cells.area, weights=(cells.units,))
        payer, segment, area = lines.keys
        provider = move.recipients[lines.recipient]
        wanted = np.zeros(provider.size, dtype=bool)
        for donors, segments in later:
            wanted |= donors[provider] & segments[segment]
        if not wanted.any():
            return
        kinds, local = distinct(np.stack([lines.share, lines.track])[:, wanted])
        self._track = np.append(self._track, len(self._tracks) + local.reshape(-1))
        share = np.append(move.shares, np.ones((1, *self._setting.shape)), axis=0)[kinds[0]]  # FIXED is the last: 1
        self._tracks.extend(move.handled[kinds[1]] * share)
        added = (provider, payer, segment, area)
        self._columns = [np.append(old, new[wanted]) for old, new in zip(self._columns, added, strict=True)]
        self._units = np.append(self._units, lines.weights[0][wanted])


def segments_of(planned: Planned, region: Region) -> Mask:
    """Returns which segments an initiative selects, a volume norm those that count for it."""
    if planned.norm is not None:
        return region.norm_segments[planned.norm]
    return region.segments.matching(planned.initiative.care)


def _claimants(planned: Planned, region: Region) -> Mask:
    """Returns who may give care away; under a volume norm anybody."""
    if planned.norm is not None:
        return np.ones(len(region.providers.ids), dtype=bool)
    return _mask(planned.donors, region)


def _mask(positions: Integers, region: Region) -> Mask:
    mask = np.zeros(len(region.providers.ids), dtype=bool)
    mask[positions] = True
    return mask


def value(setting: Setting, initiative: Initiative, key: str, parameter: Parameter) -> Array:
    """Returns an initiative's parameter in each draw, shape (draws,)."""
    return setting.sample.values(f"{setting.scenario.path_of(initiative)}.{key}", parameter)


def tariff(setting: Setting, initiative: Initiative, agreed: Parameter | DatedTariff, *, first: bool = False) -> Array:
    """Returns what a recipient is paid a unit, in euro: in each draw, of a dated tariff in each year and draw.

    Args:
        setting: facts, scenario and draws.
        initiative: whose replacement it is.
        agreed: the tariff, dated or not.
        first: of a dated tariff only the first, which its recipient's cost follows (section 4).
    """
    if isinstance(agreed, Parameter):
        return value(setting, initiative, "replacement.tariff_eur", agreed)
    years = sorted(agreed)
    steps = [value(setting, initiative, f"replacement.tariff_eur.{year}", agreed[year]) for year in years]
    if first:
        return steps[0]
    place = np.maximum(np.searchsorted(years, setting.steps, side="right") - 1, 0)
    return np.stack(steps)[place]


def uptake(setting: Setting, initiative: Initiative) -> Array:
    """Returns m(y), the share of what is eligible that moves, shape (steps, draws) (section 2, Uptake)."""
    plan = initiative.uptake
    since = np.append(setting.years - plan.start + 1.0, np.inf)
    index = np.broadcast_to(since[:, None], setting.shape)
    if plan.stall is not None:
        probability = value(setting, initiative, "uptake.stall.probability", plan.stall.probability)
        stalls = setting.sample.happens(f"{setting.scenario.path_of(initiative)}.uptake.stall", probability)
        index = np.where(stalls, np.minimum(index, plan.stall.after_years), index)
    to_full = value(setting, initiative, "uptake.years_to_full", plan.years_to_full)
    rising = _curve(index, to_full, logistic=plan.shape == "logistic")
    curve = np.where(index < 1, 0.0, np.where(index >= to_full, 1.0, rising))
    return curve * value(setting, initiative, "uptake.maximum", plan.maximum)


def _curve(index: Array, to_full: Array, *, logistic: bool) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        part = index / to_full
    if not logistic:
        return np.minimum(1.0, part)
    return np.minimum(1.0, _sigmoid(LOGISTIC_STEEPNESS * (part - 0.5)) / _sigmoid(np.array(LOGISTIC_STEEPNESS / 2)))


def _sigmoid(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-x))


def plan_move(setting: Setting, loads: Loads, planned: Planned, moved: Moved, present: Array) -> Move:
    """Returns the move of an initiative before its recipients' capacity is asked (section 2).

    Args:
        setting: facts, scenario and draws.
        loads: load and capacity of growth alone, for allocation by capacity.
        planned: the initiative, with its donors and recipients.
        moved: the cells it may take from.
        present: the tracks of those cells, shape (tracks, steps, draws).
    """
    initiative = planned.initiative

    def drawn(key: str, parameter: Parameter) -> Array:
        return value(setting, initiative, key, parameter)

    ratio, induced = initiative.replacement, drawn("induced_demand", initiative.induced_demand)
    units = 1.0 if ratio is None else drawn("replacement.units_per_unit", ratio.units_per_unit)
    basis = present * (drawn("eligible_share", initiative.eligible_share) * uptake(setting, initiative))
    parcels = [Parcel(moved.track, basis, allocate(setting, loads, planned, moved))] if planned.recipients.size else []
    return Move(
        planned=planned,
        donors=planned.donors,
        recipients=planned.recipients,
        moved=moved,
        basis=basis,
        origin=np.arange(basis.shape[0]),
        parcels=tuple(parcels),
        returned=drawn("returns", initiative.returns),
        referred=induced * drawn("induced_returns", initiative.induced_returns),
        seen=1 - drawn("forgone", initiative.forgone),
        intensity=drawn("relative_intensity", initiative.relative_intensity),
        price=drawn("relative_price", initiative.relative_price),
        growth=(1 + induced) * units,
    )


def allocate(setting: Setting, loads: Loads, planned: Planned, moved: Moved) -> Allocation:
    """Returns how care is divided over the recipients; a rule whose weights are all 0 divides equally."""
    region, to, recipients = setting.region, planned.initiative.recipients, planned.recipients
    match _rule(planned):
        case "nearest":
            return _nearest(region, moved, recipients)
        case "capacity":
            resource = to.resource if to is not None and to.resource else ""
            shares = _by_spare_capacity(loads, recipients, region.resources.ids.index(resource))
            return Allocation.by_shares(moved.units.size, shares)
        case "shares":
            given = to.shares if to is not None and to.shares else {}
            weights = np.array([given.get(region.providers.ids[j], 0.0) for j in recipients])
        case "size":
            weights = sums(region.cells.provider, region.cells.units, size=len(region.providers.ids))[recipients]
        case "equal":
            weights = np.ones(recipients.size)
        case unknown:
            assert_never(unknown)
    one_group = np.zeros(moved.units.size, dtype=np.int64)
    return Allocation(one_group, sparse.csr_matrix(_normalised(weights[None, :])))


def _rule(planned: Planned) -> Rule:
    """Returns by which rule care is divided: what an enforced norm moves goes to the nearest; prevention to nobody."""
    if planned.norm is not None:
        return "nearest"
    return "equal" if planned.initiative.recipients is None else planned.initiative.recipients.allocate


def _normalised(weights: Array) -> Array:
    """Returns weights as shares per row; equal shares where a row's weights are all 0."""
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0, weights, 1.0)
    return weights / weights.sum(axis=1, keepdims=True)


def _by_spare_capacity(loads: Loads, recipients: Integers, resource: int) -> Array:
    """Returns shares by spare usable capacity without an agreement, shape (recipients, years, draws)."""
    spare = loads.usable_capacity(recipients, resource) - loads.before(recipients, resource)
    spare = np.maximum(0.0, np.nan_to_num(spare, nan=0.0))
    total = spare.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, spare / total, 1 / recipients.size)


def _nearest(region: Region, moved: Moved, recipients: Integers) -> Allocation:
    """Returns each patient area's nearest recipient; an unknown area is seen from its donor."""
    located = region.areas.located(moved.area)
    areas = len(region.areas.ids)
    origin = np.where(located, moved.area, areas + moved.provider)
    groups, group = numbered(origin)
    from_area = groups < areas
    km = np.full((groups.size, recipients.size), np.nan)
    km[from_area] = region.km[np.ix_(groups[from_area], recipients)]
    if not from_area.all():
        km[~from_area] = region.km_between[np.ix_(groups[~from_area] - areas, recipients)]
    least = np.min(np.where(np.isnan(km), np.inf, km), axis=1, keepdims=True)
    closest = km <= least + near(np.where(np.isinf(least), 1.0, least))
    return Allocation(group, sparse.csr_matrix(_normalised(closest.astype(float))))


def touched(region: Region, planned: Iterable[Planned]) -> Integers:
    """Returns the positions of all providers that take part in any of the initiatives."""
    positions: list[Integers] = [np.zeros(0, dtype=np.int64)]
    for one in planned:
        initiative = one.initiative
        named = [initiative.support.provider] if initiative.support else []
        positions += [one.donors, one.recipients]
        positions.append(region.members(providers=(*named, *initiative.transition_cost_eur), kind=None))
    return np.unique(np.concatenate(positions))


def planned_of(region: Region, initiative: Initiative, *, agreed: bool) -> Planned:
    """Returns an initiative of the scenario with its donors and recipients."""
    return Planned(initiative, donors_of(initiative, region), recipients_of(initiative, region), agreed)
