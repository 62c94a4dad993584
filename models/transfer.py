"""Moving care (section 2): uptake, what each initiative takes, and how it is divided over the recipients.

Care is held as cells (provider, payer, segment, area) times *tracks*: a cell's units in a year and draw are its
coefficient times the value of its track. Everything uncertain is in the few tracks, everything numerous in the
coefficients, so that an evaluation costs (cells) + (tracks x years x draws), not their product.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from models.baseline import Loads, Setting, combine
from models.forms import Form
from models.parameters import Parameter
from models.region import Region
from models.region.codes import Array, Integers, Mask, distinct, sums
from models.scenario.parties import donors_of, recipients_of
from models.scenario.schema import DatedTariff, Initiative

LOGISTIC_STEEPNESS = 8.0
"""k of the logistic uptake (model page, section 2)."""
SAME_DISTANCE_KM = 1e-9
"""Recipients no further apart than this from a patient are equally near."""


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
class Received:
    """What reaches each recipient; every array has one entry a (recipient, payer, segment, track).

    `units` are the donors' units times the allocation, before induced demand and replacement ratio.
    """

    recipient: Integers
    payer: Integers
    segment: Integers
    units: Array
    track: Integers


@dataclass(frozen=True)
class Allocation:
    """How care is divided over the recipients.

    Attributes:
        group: group of each moved cell; cells of a group are divided alike.
        fixed: share of each recipient in each group, shape (groups, recipients).
        varying: share by recipient, year and draw where capacity decides, shape (recipients, years, draws); `fixed` is
            then 1 for everyone.
    """

    group: Integers
    fixed: sparse.csr_matrix
    varying: Array | None = None


@dataclass(frozen=True)
class Move:
    """One initiative's move of care.

    Attributes:
        initiative: as in the scenario.
        donors, recipients: positions of the providers; a `recipient` elsewhere is a position in `recipients`.
        moved: the cells it takes from.
        basis: units moved per unit of coefficient, shape (tracks, years, draws).
        allocation: how it is divided.
        returns, intensity, growth: b, λ, and (1+ι)·ρ in each draw, shape (draws,).
    """

    initiative: Initiative
    donors: Integers
    recipients: Integers
    moved: Moved
    basis: Array
    allocation: Allocation
    returns: Array
    intensity: Array
    growth: Array

    @property
    def replaces(self) -> bool:
        """Whether the care becomes something else at the recipient."""
        return self.initiative.replacement is not None

    @cached_property
    def received(self) -> Received:
        """What reaches each recipient, summed over donors and areas."""
        cells = self.moved
        keys = np.stack([cells.payer, cells.segment, cells.track])
        unique, column = distinct(keys)
        groups = self.allocation.fixed.shape[0]
        totals = sparse.coo_matrix(
            (cells.units, (self.allocation.group, column.reshape(-1))), shape=(groups, unique.shape[1])
        ).tocsr()
        lines = (self.allocation.fixed.T @ totals).tocoo()
        kinds = unique[:, lines.col]
        return Received(lines.row.astype(np.int64), kinds[0], kinds[1], lines.data, kinds[2])

    def coefficients(self, rows: Integers, weights: Array, track: Integers, *, size: int) -> Array:
        """Returns sums of weights per row and track, shape (size, tracks)."""
        tracks = self.basis.shape[0]
        return sums(rows * tracks + track, weights, size=size * tracks).reshape(size, tracks)

    def of_donors(self, rows: Integers, weights: Array, *, size: int) -> Array:
        """Returns sums over the moved cells per row and track, shape (size, tracks)."""
        return self.coefficients(rows, weights, self.moved.track, size=size)

    def of_recipients(self, rows: Integers, weights: Array, *, size: int) -> Array:
        """Returns sums over what is received per row and track, shape (size, tracks)."""
        return self.coefficients(rows, weights, self.received.track, size=size)

    @cached_property
    def together(self) -> Array:
        """Coefficients of all moved units as one row, shape (1, tracks)."""
        return self.of_donors(np.zeros(self.moved.units.size, dtype=np.int64), self.moved.units, size=1)

    @cached_property
    def given(self) -> Array:
        """N per unit of coefficient: what the donors lose for good, shape (tracks, years, draws)."""
        return self.basis * (1 - self.returns)

    @cached_property
    def handled(self) -> Array:
        """A per unit of coefficient: what recipients handle, induced demand and replacement ratio included."""
        return self.basis * self.growth

    def to_recipients(self, rows: Integers, weights: Array, recipients: Integers, factor: Array | float = 1.0) -> Form:
        """Returns what reaches recipients: weights per received line, summed by row, times A and a factor.

        Args:
            rows: row of each received line, from 0.
            weights: per received line.
            recipients: position in `recipients` of each row.
            factor: in each draw.

        Returns:
            Rows are the recipients' provider positions.
        """
        coefficients = self.of_recipients(rows, weights, size=recipients.size)
        return self.shared(self.recipients[recipients], coefficients, recipients, factor)

    def shared(self, names: Integers, coefficients: Array, recipients: Integers, factor: Array | float) -> Form:
        """Returns coefficients on A times a factor, each row times its recipient's share where that varies.

        Args:
            names: what the rows of the form are.
            coefficients: shape (rows, tracks) or (rows, tracks, years).
            recipients: position in `recipients` of each row.
            factor: in each draw.
        """
        tracks = self.handled * factor
        if self.allocation.varying is None:
            return Form(names, coefficients, tracks)
        return Form(names, None, combine(coefficients, tracks) * self.allocation.varying[recipients])

    def lines(self, *grain: Integers, weights: Sequence[Array]) -> tuple[Integers, Integers, list[Array]]:
        """Returns weights of the moved cells, summed at a grain and divided over the recipients.

        Args:
            grain: columns of positions, one entry a moved cell.
            weights: per moved cell.

        Returns:
            Of every line its position in `recipients`, its key (grain, then track; shape (columns, lines)), and each
            of the weights times the recipient's share where that does not vary.
        """
        kinds, column = distinct(np.stack([*grain, self.moved.track]))
        column = column.reshape(-1)
        size = (self.allocation.fixed.shape[0], kinds.shape[1])
        shares = self.allocation.fixed.T
        totals = (sparse.coo_matrix((each, (self.allocation.group, column)), shape=size) for each in weights)
        parts = [(shares @ total.tocsr()).tocsr() for total in totals]
        pattern = sum(abs(part) for part in parts).tocoo()
        if not pattern.nnz:
            return np.zeros(0, dtype=np.int64), kinds[:, :0], [np.zeros(0) for _ in weights]
        found = [np.asarray(part[pattern.row, pattern.col]).reshape(-1) for part in parts]
        return pattern.row.astype(np.int64), kinds[:, pattern.col], found

    def scaled(self, share: Array) -> "Move":
        """Returns the move with every year and draw scaled, shape of `share` (years, draws)."""
        return replace(self, basis=self.basis * share)


class Care:
    """The care that is there to be moved, as each initiative leaves it to the next.

    Only cells that some initiative of the scenario could take are held. `tracks` grows with every initiative.
    """

    def __init__(self, setting: Setting) -> None:
        region = setting.region
        self._setting = setting
        self._claims = [
            (i, _mask(donors_of(i, region), region), region.segments.matching(i.care))
            for i in setting.scenario.initiatives
        ]
        cells = region.cells
        wanted = np.zeros(cells.units.size, dtype=bool)
        for _, donors, segments in self._claims:
            wanted |= donors[cells.provider] & segments[cells.segment]
        self._columns = [c[wanted] for c in (cells.provider, cells.payer, cells.segment, cells.area)]
        self._units = cells.units[wanted]
        self._track = setting.growth_of_segment[cells.segment[wanted]]
        self._tracks = list(setting.demand.tracks)

    def take(self, order: int) -> tuple[Mask, Moved, Array]:
        """Returns what is there for an initiative: which cells, the cells, and their tracks.

        Args:
            order: place of the initiative in the scenario.
        """
        _, donors, segments = self._claims[order]
        chosen: Mask = donors[self._columns[0]] & segments[self._columns[2]]
        tracks, local = np.unique(self._track[chosen], return_inverse=True)
        provider, payer, segment, area = (column[chosen] for column in self._columns)
        present = np.stack([self._tracks[t] for t in tracks]) if tracks.size else np.zeros((0, *self._setting.shape))
        return chosen, Moved(provider, payer, segment, area, self._units[chosen], local.astype(np.int64)), present

    def apply(self, order: int, chosen: Mask, present: Array, move: Move) -> None:
        """Takes what leaves for good off the donors and adds what joins the recipients' own volume."""
        self._track[chosen] = len(self._tracks) + move.moved.track
        self._tracks.extend(present - move.given)
        if not move.replaces:
            self._add(move, later=self._claims[order + 1 :])

    def _add(self, move: Move, later: Sequence[tuple[Initiative, Mask, Mask]]) -> None:
        """Adds received care that a later initiative could take, by recipient, payer, segment and area."""
        arriving = _arriving(move)
        provider = move.recipients[arriving.provider]
        wanted = np.zeros(provider.size, dtype=bool)
        for _, donors, segments in later:
            wanted |= donors[provider] & segments[arriving.segment]
        if not wanted.any():
            return
        varying = move.allocation.varying
        apart = np.zeros_like(arriving.provider) if varying is None else arriving.provider
        kinds, local = distinct(np.stack([apart, arriving.track])[:, wanted])
        self._track = np.append(self._track, len(self._tracks) + local.reshape(-1))
        self._tracks.extend(move.handled[kinds[1]] * (1.0 if varying is None else varying[kinds[0]]))
        added = (provider, arriving.payer, arriving.segment, arriving.area)
        self._columns = [np.append(old, new[wanted]) for old, new in zip(self._columns, added, strict=True)]
        self._units = np.append(self._units, arriving.units[wanted])


def _mask(positions: Integers, region: Region) -> Mask:
    mask = np.zeros(len(region.providers.ids), dtype=bool)
    mask[positions] = True
    return mask


def _arriving(move: Move) -> Moved:
    """Returns the moved cells as they arrive: `provider` is the recipient's position, summed over donors."""
    cells = move.moved
    unique, column = distinct(np.stack([cells.payer, cells.segment, cells.area, cells.track]))
    shape = (move.allocation.fixed.shape[0], unique.shape[1])
    totals = sparse.coo_matrix((cells.units, (move.allocation.group, column.reshape(-1))), shape=shape).tocsr()
    lines = (move.allocation.fixed.T @ totals).tocoo()
    payer, segment, area, track = unique[:, lines.col]
    return Moved(lines.row.astype(np.int64), payer, segment, area, lines.data, track)


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
    place = np.maximum(np.searchsorted(years, setting.years, side="right") - 1, 0)
    return np.stack(steps)[place]


def uptake(setting: Setting, initiative: Initiative) -> Array:
    """Returns m(y), the share of what is eligible that moves, shape (years, draws) (section 2, Uptake)."""
    plan = initiative.uptake
    index = np.broadcast_to((setting.years - plan.start + 1.0)[:, None], setting.shape)
    if plan.stall is not None:
        probability = value(setting, initiative, "uptake.stall.probability", plan.stall.probability)
        stalls = setting.sample.happens(f"{setting.scenario.path_of(initiative)}.uptake.stall", probability)
        index = np.where(stalls, np.minimum(index, plan.stall.after_years), index)
    to_full = value(setting, initiative, "uptake.years_to_full", plan.years_to_full)
    curve = np.where(
        index < 1, 0.0, np.where(index >= to_full, 1.0, _curve(index, to_full, logistic=plan.shape == "logistic"))
    )
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


def plan_move(setting: Setting, loads: Loads, initiative: Initiative, moved: Moved, present: Array) -> Move:
    """Returns the move of an initiative before its recipients' capacity is asked (section 2).

    Args:
        setting: facts, scenario and draws.
        loads: load and capacity without an agreement, for allocation by capacity.
        initiative: the initiative.
        moved: the cells it may take from.
        present: the tracks of those cells, shape (tracks, years, draws).
    """
    region = setting.region
    recipients = recipients_of(initiative, region)
    eligible = value(setting, initiative, "eligible_share", initiative.eligible_share)
    ratio = initiative.replacement
    units = np.ones(setting.sample.size) if ratio is None else value(
        setting, initiative, "replacement.units_per_unit", ratio.units_per_unit
    )  # fmt: skip
    return Move(
        initiative=initiative,
        donors=donors_of(initiative, region),
        recipients=recipients,
        moved=moved,
        basis=present * (eligible * uptake(setting, initiative)),
        allocation=allocate(setting, loads, initiative, moved, recipients),
        returns=value(setting, initiative, "returns", initiative.returns),
        intensity=value(setting, initiative, "relative_intensity", initiative.relative_intensity),
        growth=(1 + value(setting, initiative, "induced_demand", initiative.induced_demand)) * units,
    )


def allocate(setting: Setting, loads: Loads, initiative: Initiative, moved: Moved, recipients: Integers) -> Allocation:
    """Returns how care is divided over the recipients; a rule whose weights are all 0 divides equally."""
    region, to = setting.region, initiative.recipients
    if to is None:
        return Allocation(np.zeros(moved.units.size, dtype=np.int64), sparse.csr_matrix((1, 0)))
    if to.allocate == "nearest":
        return _nearest(region, moved, recipients)
    one_group = np.zeros(moved.units.size, dtype=np.int64)
    if to.allocate == "capacity":
        shares = _by_spare_capacity(loads, recipients, region.resources.ids.index(to.resource or ""))
        return Allocation(one_group, sparse.csr_matrix(np.ones((1, recipients.size))), shares)
    if to.allocate == "shares":
        weights = np.array([(to.shares or {}).get(region.providers.ids[j], 0.0) for j in recipients])
    elif to.allocate == "size":
        weights = np.bincount(region.cells.provider, weights=region.cells.units, minlength=len(region.providers.ids))[
            recipients
        ]
    else:
        weights = np.ones(recipients.size)
    return Allocation(one_group, sparse.csr_matrix(_normalised(weights[None, :])))


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
    groups, group = np.unique(origin, return_inverse=True)
    from_area = groups < areas
    km = np.full((groups.size, recipients.size), np.nan)
    km[from_area] = region.km[np.ix_(groups[from_area], recipients)]
    km[~from_area] = region.km_between[np.ix_(groups[~from_area] - areas, recipients)]
    least = np.min(np.where(np.isnan(km), np.inf, km), axis=1, keepdims=True)
    near = km <= least + SAME_DISTANCE_KM
    return Allocation(group.reshape(-1).astype(np.int64), sparse.csr_matrix(_normalised(near.astype(float))))


def touched(region: Region, initiatives: Iterable[Initiative]) -> Integers:
    """Returns the positions of all providers that take part in any of the initiatives."""
    positions: list[Integers] = [np.zeros(0, dtype=np.int64)]
    for initiative in initiatives:
        positions += [donors_of(initiative, region), recipients_of(initiative, region)]
        named = [initiative.support.provider] if initiative.support else []
        positions.append(region.members(providers=(*named, *initiative.transition_cost_eur), kind=None))
    return np.unique(np.concatenate(positions))
