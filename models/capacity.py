"""Who lacks which hands (section 5): load, usable capacity, the gap between them, and what share of a move fits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.baseline import Loads, Setting
from models.cost import Departments, Refill
from models.forms import Form, Ledger, Sum
from models.parameters import Parameter
from models.region.codes import Array, Integers, Mask
from models.scenario.schema import Pool
from models.transfer import Move, value

SAME_SHARE = 1e-12
"""Two resources whose feasible shares differ by no more than this bind alike; the first by name is told."""


@dataclass(frozen=True)
class Feasible:
    """What share of an initiative's move each party can bear.

    Attributes:
        party: positions of the recipients and of a supporting party.
        share: shape (parties, years, draws); NaN where capacity or load is unknown.
        binding: resource that binds most on average, by party and year; -1 where none does.
    """

    party: Integers
    share: Array
    binding: Integers

    @property
    def of_initiative(self) -> Array:
        """The least share over the parties whose capacity is known, shape (years, draws)."""
        if not self.party.size:
            return np.ones(self.share.shape[1:])
        return np.where(np.isnan(self.share), 1.0, self.share).min(axis=0)


class Capacity:
    """Loads as the initiatives change them one after another: a ledger by resource whose rows are providers."""

    def __init__(self, setting: Setting, loads: Loads) -> None:
        self._setting = setting
        self.loads = loads
        self.changes = Ledger()
        ids = setting.region.resources.ids
        self.pools = [(pool, ids.index(pool.resource), self._members(pool)) for pool in setting.scenario.pools]
        self._pool_of = {(r, int(p)): members for _, r, members in self.pools for p in members}

    def _members(self, pool: Pool) -> Integers:
        return self._setting.region.members(providers=pool.providers, kind=None)

    def apply(self, move: Move, departments: Departments, refill: Refill | None) -> Ledger:
        """Enters what an applied move frees and requires and what refilled capacity uses; returns just that."""
        own = Ledger()
        for resource, form in (*self._freed(move), *self.required(move)):
            own.enter(resource, form)
        if refill is not None:
            for used in np.flatnonzero(refill.use.any(axis=0)):
                own.enter(int(used), Form(departments.provider, np.diag(refill.use[:, used]), refill.extra))
        self.changes.merge(own)
        return own

    def _freed(self, move: Move) -> Iterator[tuple[int, Form]]:
        """Yields what the donors no longer use: −λ·c·u·N."""
        cells = move.moved
        donors, row = np.unique(cells.provider, return_inverse=True)
        tracks = move.given * -move.intensity
        for resource, use in self._own_use(cells.provider, cells.segment):
            yield resource, Form(donors, move.of_donors(row.reshape(-1), cells.units * use, size=donors.size), tracks)

    def required(self, move: Move) -> Iterator[tuple[int, Form]]:
        """Yields what recipients and supporters need: their resources per unit over the direct share, or λ·c·u·A."""
        lines, initiative = move.received, move.initiative
        recipients, row = np.unique(lines.recipient, return_inverse=True)
        row = row.reshape(-1)
        if initiative.replacement is None:
            for resource, use in self._own_use(move.recipients[lines.recipient], lines.segment):
                yield resource, move.to_recipients(row, lines.units * use, recipients, move.intensity)
        else:
            for resource, per_unit in self._working_time(move, "replacement", initiative.replacement.resources):
                yield resource, move.to_recipients(row, lines.units, recipients, per_unit)
        if initiative.support is not None:
            supporter = np.array([self._setting.region.providers.ids.index(initiative.support.provider)])
            for resource, per_unit in self._working_time(move, "support", initiative.support.resources):
                yield resource, Form(supporter, move.together, move.basis * per_unit)

    def _working_time(self, move: Move, part: str, resources: dict[str, Parameter]) -> Iterator[tuple[int, Array]]:
        """Yields each resource with its amount per unit, direct time turned into working time; shape (draws,)."""
        region = self._setting.region
        for name, amount in resources.items():
            resource = region.resources.ids.index(name)
            direct = value(self._setting, move.initiative, f"{part}.resources.{name}", amount)
            yield resource, direct / region.resources.direct_share[resource]

    def _own_use(self, provider: Integers, segment: Integers) -> Iterator[tuple[int, Array]]:
        """Yields each resource that the care takes of these providers, with the calibrated amount per unit."""
        region = self._setting.region
        segments = region.segments
        use = region.uses.per_unit(provider, segments.specialism[segment], segments.care_product[segment])
        use = use * self.loads.calibration[provider]
        for resource in np.flatnonzero(use.any(axis=0)):
            yield int(resource), use[:, resource]

    def asked(self, move: Move) -> "Asked":
        """Returns what a move asks of its recipients and supporter, and how full they are at this moment."""
        parties = move.recipients
        if move.initiative.support is not None:
            parties = np.union1d(parties, [self._setting.region.providers.ids.index(move.initiative.support.provider)])
        needs = Ledger()
        for resource, form in self.required(move):
            needs.enter(resource, form)
        earlier = Ledger()
        earlier.merge(self.changes)
        return Asked(self, parties, needs, earlier)

    def together(self, resource: int, provider: int) -> Integers:
        """Returns whose capacity a provider's requirement falls on: its pool's members, or itself."""
        return self._pool_of.get((resource, provider), np.array([provider]))

    @property
    def setting(self) -> Setting:
        """Facts, scenario and draws."""
        return self._setting


@dataclass(frozen=True)
class Asked:
    """What one move asks, and of whom.

    Attributes:
        capacity: loads and pools.
        parties: positions of the recipients and a supporter.
        needs: what is required, by resource.
        earlier: load changes of the earlier initiatives, by resource.
    """

    capacity: Capacity
    parties: Integers
    needs: Ledger
    earlier: Ledger

    def feasible(self) -> Feasible:
        """Returns what share of the move each party can bear, after the earlier initiatives."""
        shape = self.capacity.setting.shape
        share = np.ones((self.parties.size, *shape))
        binding = np.full((self.parties.size, shape[0]), -1, dtype=np.int64)
        names = self.capacity.setting.region.resources.ids
        for resource in sorted({key for key, _ in self.needs.items() if isinstance(key, int)}, key=lambda r: names[r]):
            fits = self._fits(resource)
            tighter = fits.mean(axis=2) < share.mean(axis=2) - SAME_SHARE
            binding = np.where(tighter, resource, binding)
            share = np.minimum(share, fits)
        binding[np.isnan(share).any(axis=2)] = -1
        return Feasible(self.parties, share, binding)

    def _fits(self, resource: int) -> Array:
        """Returns the share of what is required of a resource that fits each party or its pool; NaN where unknown."""
        own = Sum(self.needs.forms(resource), self.parties, self.capacity.setting.shape).values()
        room, needed = self._room(resource, self.parties), own.copy()
        for place, party in enumerate(self.parties.tolist()):
            members = self.capacity.together(resource, party)
            if members.size > 1:
                room[place] = self._room(resource, members, pooled=True)[0]
                asked = Sum(self.needs.forms(resource), np.unique(members), self.capacity.setting.shape).values()
                needed[place] = asked.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(own > 0, np.clip(room / needed, 0.0, 1.0), 1.0)

    def _room(self, resource: int, providers: Integers, *, pooled: bool = False) -> Array:
        """Returns max(0, gap before) − the gap after the earlier initiatives, of each provider or of all as a pool."""
        loads, setting = self.capacity.loads, self.capacity.setting
        gap = loads.before(providers, resource) - loads.usable_capacity(providers, resource)
        change = Sum(self.earlier.forms(resource), providers, setting.shape).values()
        if pooled:
            gap, change = gap.sum(axis=0, keepdims=True), change.sum(axis=0, keepdims=True)
        return np.maximum(0.0, gap) - (gap + change)


@dataclass(frozen=True)
class Gap:
    """Load and capacity of one resource for some providers, or for a pool, as forms over the same rows.

    Attributes:
        rows: names of the rows as integers, sorted.
        before: load without an agreement.
        change: what the initiatives change of it.
        usable, available: usable capacity, and all of it.
        load_known, capacity_known: by row.
    """

    rows: Integers
    before: Form
    change: Sequence[Form]
    usable: Form
    available: Form
    load_known: Mask
    capacity_known: Mask


def gap(capacity: Capacity, resource: int, providers: Integers) -> Gap:
    """Returns load and capacity of one resource, of each of the providers (sorted)."""
    loads, setting = capacity.loads, capacity.setting
    growth = loads.growth(resource)[None]

    def of_capacity(amounts: Array) -> Form:
        return Form(providers, np.nan_to_num(amounts[providers, resource])[:, None], growth)

    return Gap(
        rows=providers,
        before=Form(providers, loads.coefficients[providers, resource], setting.demand.tracks),
        change=capacity.changes.forms(resource),
        usable=of_capacity(loads.usable),
        available=of_capacity(loads.available),
        load_known=loads.load_known[providers, resource],
        capacity_known=~np.isnan(loads.available[providers, resource]),
    )


def pooled(capacity: Capacity, resource: int, members: Integers) -> Gap:
    """Returns load and capacity of a pool as one row; unknown if a member's is."""
    each = gap(capacity, resource, members)

    def one(form: Form) -> Form:
        inside = np.isin(form.rows, members)
        rows = np.zeros(int(inside.sum()), dtype=np.int64)
        if form.coefficients is None:
            return Form(rows, None, form.tracks[inside])
        return Form(rows, form.coefficients[inside], form.tracks)

    return Gap(
        rows=np.zeros(1, dtype=np.int64),
        before=one(each.before),
        change=[one(form) for form in each.change],
        usable=one(each.usable),
        available=one(each.available),
        load_known=np.array([each.load_known.all()]),
        capacity_known=np.array([each.capacity_known.all()]),
    )
