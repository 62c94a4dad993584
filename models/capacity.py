"""Who lacks which hands (section 5): load, usable capacity, the gap between them, and what share of a move fits.

Load changes are kept per resource for the providers that the scenario touches; everybody else's load is the baseline.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.baseline import Loads, Setting
from models.cost import Departments, Refill
from models.parameters import Parameter
from models.region.codes import Array, Integers
from models.scenario.schema import Pool
from models.transfer import Move, value


@dataclass(frozen=True)
class Requirement:
    """What a move asks of one resource: how much of which providers, shape (providers, years, draws)."""

    resource: int
    provider: Integers
    amount: Array


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
    """Loads as the initiatives change them one after another."""

    def __init__(self, setting: Setting, loads: Loads, providers: Integers) -> None:
        self._setting = setting
        self._loads = loads
        self.providers = providers
        self._change: dict[int, Array] = {}
        ids = setting.region.resources.ids
        self.pools = [(pool, ids.index(pool.resource), self._members(pool)) for pool in setting.scenario.pools]
        self._pool_of = {(r, int(p)): place for place, (_, r, members) in enumerate(self.pools) for p in members}

    def _members(self, pool: Pool) -> Integers:
        return self._setting.region.members(providers=pool.providers, kind=None)

    def change(self, provider: Integers, resource: int) -> Array:
        """Returns the load change so far, shape (providers given, years, draws)."""
        result = np.zeros((provider.size, *self._setting.shape))
        if resource in self._change:
            inside = np.isin(provider, self.providers)
            result[inside] = self._change[resource][np.searchsorted(self.providers, provider[inside])]
        return result

    @property
    def changed_resources(self) -> list[int]:
        """The resources whose load any initiative changed."""
        return sorted(self._change)

    def _enter(self, requirement: Requirement) -> None:
        """Adds to the load of some providers."""
        total = self._change.setdefault(requirement.resource, np.zeros((self.providers.size, *self._setting.shape)))
        place = np.searchsorted(self.providers, requirement.provider)
        if place.size == np.unique(place).size:
            total[place] += requirement.amount
        else:
            np.add.at(total, place, requirement.amount)

    def apply(self, move: Move, departments: Departments, refill: Refill | None) -> dict[int, Array]:
        """Enters what an applied move frees and requires, and what refilled capacity uses.

        Returns:
            Mean change of the load by resource, shape (providers, years).
        """
        means: dict[int, Array] = {}
        for requirement in self._changes(move, departments, refill):
            self._enter(requirement)
            mean = means.setdefault(requirement.resource, np.zeros((self.providers.size, self._setting.years.size)))
            np.add.at(mean, np.searchsorted(self.providers, requirement.provider), requirement.amount.mean(axis=-1))
        return means

    def _changes(self, move: Move, departments: Departments, refill: Refill | None) -> Iterator[Requirement]:
        """Yields every change of a load; what is freed is negative."""
        for freed in self.freed(move):
            yield Requirement(freed.resource, freed.provider, -freed.amount)
        yield from self.required(move)
        if refill is not None:
            for resource in np.flatnonzero(refill.use.any(axis=0)):
                amount = refill.use[:, resource, None, None] * refill.extra
                yield Requirement(int(resource), departments.provider, amount)

    def freed(self, move: Move) -> Iterator[Requirement]:
        """Yields what the donors no longer use: λ·c·u·N."""
        cells = move.moved
        donors, row = np.unique(cells.provider, return_inverse=True)
        for resource, use in self._own_use(cells.provider, cells.segment):
            amount = move.given(move.of_donors(row.reshape(-1), cells.units * use, size=donors.size)) * move.intensity
            yield Requirement(resource, donors, amount)

    def required(self, move: Move) -> Iterator[Requirement]:
        """Yields what recipients and supporters need: their resources per unit over the direct share, or λ·c·u·A."""
        lines, initiative = move.received, move.initiative
        recipients, row = np.unique(lines.recipient, return_inverse=True)
        row = row.reshape(-1)
        if initiative.replacement is None:
            for resource, use in self._own_use(move.recipients[lines.recipient], lines.segment):
                handled = move.handled(move.of_recipients(row, lines.units * use, size=recipients.size), recipients)
                yield Requirement(resource, move.recipients[recipients], handled * move.intensity)
        else:
            handled = move.handled(move.of_recipients(row, lines.units, size=recipients.size), recipients)
            for resource, per_unit in self._working_time(move, "replacement", initiative.replacement.resources):
                yield Requirement(resource, move.recipients[recipients], handled * per_unit)
        if initiative.support is not None:
            together = np.zeros(move.moved.units.size, dtype=np.int64)
            taken = move.taken(move.of_donors(together, move.moved.units, size=1))
            supporter = np.array([self._setting.region.providers.ids.index(initiative.support.provider)])
            for resource, per_unit in self._working_time(move, "support", initiative.support.resources):
                yield Requirement(resource, supporter, taken * per_unit)

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
        use = use * self._loads.calibration[provider]
        for resource in np.flatnonzero(use.any(axis=0)):
            yield int(resource), use[:, resource]

    def feasible(self, move: Move) -> Feasible:
        """Returns what share of a move each recipient and supporter can bear, after the earlier initiatives."""
        parties = move.recipients
        if move.initiative.support is not None:
            parties = np.union1d(parties, [self._setting.region.providers.ids.index(move.initiative.support.provider)])
        share = np.ones((parties.size, *self._setting.shape))
        binding = np.full((parties.size, self._setting.years.size), -1, dtype=np.int64)
        for need in _by_resource(self.required(move)):
            place = np.searchsorted(parties, need.provider)
            fits = self._fits(need)
            tighter = fits.mean(axis=2) < share[place].mean(axis=2)
            binding[place] = np.where(tighter, need.resource, binding[place])
            share[place] = np.minimum(share[place], fits)
        binding[np.isnan(share).any(axis=2)] = -1
        return Feasible(parties, share, binding)

    def _fits(self, need: Requirement) -> Array:
        """Returns the share of a requirement that fits each provider, or its pool; NaN where that is not known."""
        room = self._room(need.provider, need.resource)
        required = need.amount.copy()
        for place, (_, resource, members) in enumerate(self.pools):
            mine = [row for row, p in enumerate(need.provider) if self._pool_of.get((need.resource, int(p))) == place]
            if resource == need.resource and mine:
                room[mine] = self._room_of_pool(resource, members)
                required[mine] = np.where(need.amount[mine] > 0, need.amount[mine].sum(axis=0), 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            fits = np.clip(room / required, 0.0, 1.0)
        return np.where(required > 0, fits, 1.0)

    def _room(self, provider: Integers, resource: int) -> Array:
        before = self._loads.before(provider, resource) - self._loads.usable_capacity(provider, resource)
        return np.maximum(0.0, before) - (before + self.change(provider, resource))

    def _room_of_pool(self, resource: int, members: Integers) -> Array:
        before = (self._loads.before(members, resource) - self._loads.usable_capacity(members, resource)).sum(axis=0)
        return np.maximum(0.0, before) - (before + self.change(members, resource).sum(axis=0))


def _by_resource(requirements: Iterator[Requirement]) -> list[Requirement]:
    """Returns the requirements with those of one resource joined, providers sorted and each once."""
    joined: dict[int, list[Requirement]] = {}
    for requirement in requirements:
        joined.setdefault(requirement.resource, []).append(requirement)
    return [_join(resource, parts) for resource, parts in joined.items()]


def _join(resource: int, parts: list[Requirement]) -> Requirement:
    if len(parts) == 1:
        return parts[0]
    providers, row = np.unique(np.concatenate([part.provider for part in parts]), return_inverse=True)
    total = np.zeros((providers.size, *parts[0].amount.shape[1:]))
    np.add.at(total, row.reshape(-1), np.concatenate([part.amount for part in parts]))
    return Requirement(resource, providers, total)
