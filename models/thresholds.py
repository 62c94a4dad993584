"""Thresholds that a transfer pushes a provider over (section 6): volume norms and the viability of departments."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.baseline import Setting, combine
from models.cost import Departments
from models.region import Region
from models.region.codes import Array, Integers, Mask, sums
from models.transfer import Move

NONE_BELOW = 0.5
"""Fewer units than this count as none (model page, section 6)."""
NORM_STATUSES = ("met", "breach_caused", "breach_resolved", "breach_remains", "stopped", "started_below", "not_offered")
DEPARTMENT_STATUSES = ("viable", "at_risk")


@dataclass(frozen=True)
class Finding:
    """Where a provider stands against one threshold; arrays of shape (years,).

    Attributes:
        provider: position.
        norm, specialism: position of one of the two; the other is None.
        status: most frequent status of each year, as text.
        probability: share of the draws with it.
        before, after: mean units.
    """

    provider: int
    norm: int | None
    specialism: int | None
    status: list[str]
    probability: Array
    before: Array
    after: Array


class Thresholds:
    """Units, worth and stranded cost of what the initiatives touch, by norm and by department."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._norms = _norm_segments(setting.region)
        self._norm_change: dict[tuple[int, int], Array] = {}
        self._units: dict[tuple[int, int], Array] = {}
        self._worth: dict[tuple[int, int], Array] = {}

    def apply(self, move: Move, departments: Departments, stranded: Array) -> None:
        """Adds what a move takes from donors, what it brings to recipients, and what cost it strands."""
        cells = move.moved
        self._enter(move, cells.provider, cells.payer, cells.segment, cells.units, given=True)
        if not move.replaces:
            lines = move.received
            self._enter(move, move.recipients[lines.recipient], lines.payer, lines.segment, lines.units, given=False)
        for d in range(departments.provider.size):
            key = (int(departments.provider[d]), int(departments.specialism[d]))
            self._worth[key] = self._worth.get(key, 0) - stranded[d]

    def _enter(
        self, move: Move, provider: Integers, payer: Integers, segment: Integers, units: Array, *, given: bool
    ) -> None:
        region = self._setting.region
        price, _ = region.prices.of_units(provider, payer, region.segments.care_product[segment])
        worth = units * (price - region.unit_cost(provider, segment, price))
        specialism = region.segments.specialism[segment]
        self._add(self._units, move, provider, specialism, units, given=given)
        self._add(self._worth, move, provider, specialism, worth, given=given)
        for norm in range(self._norms.shape[0]):
            counts = self._norms[norm, segment]
            if counts.any():
                self._add(self._norm_change, move, provider, np.full(provider.size, norm), units * counts, given=given)

    def _add(
        self,
        book: dict[tuple[int, int], Array],
        move: Move,
        provider: Integers,
        what: Integers,
        weights: Array,
        *,
        given: bool,
    ) -> None:
        keys, row = np.unique(np.stack([provider, what]), axis=1, return_inverse=True)
        row, size = row.reshape(-1), keys.shape[1]
        if given:
            changes = -move.given(move.of_donors(row, weights, size=size))
        else:
            recipient = np.searchsorted(move.recipients, keys[0])
            changes = move.handled(move.of_recipients(row, weights, size=size), recipient)
        for place in range(size):
            key = (int(keys[0, place]), int(keys[1, place]))
            book[key] = book.get(key, 0) + changes[place]

    def findings(self) -> Iterator[Finding]:
        """Yields where every provider stands against every norm, and every department with volume."""
        yield from self._norm_findings()
        yield from self._department_findings()

    def _norm_findings(self) -> Iterator[Finding]:
        region, setting = self._setting.region, self._setting
        providers = len(region.providers.ids)
        for norm in range(self._norms.shape[0]):
            counts = self._norms[norm, region.cells.segment]
            coefficients = setting.base_units_by_path(
                region.cells.provider[counts], region.cells.units[counts], size=providers, of=counts
            )
            for provider in range(providers):
                change = self._norm_change.get((provider, norm))
                if change is None and not coefficients[provider].any():
                    yield self._not_offered(provider, norm)
                    continue
                before = combine(coefficients[[provider]], setting.demand.tracks)[0]
                after = before if change is None else before + change
                statuses = _norm_status(before, after, region.norms.minimum[norm])
                yield _finding(statuses, NORM_STATUSES, before, after, provider=provider, norm=norm)

    def _not_offered(self, provider: int, norm: int) -> Finding:
        none = np.zeros(self._setting.years.size)
        return Finding(provider, norm, None, ["not_offered"] * none.size, none + 1, none, none)

    def _department_findings(self) -> Iterator[Finding]:
        setting = self._setting
        keys, base = self._base_departments()
        paths = setting.demand.path[keys[1]]
        new = sorted(key for key in self._units if not ((keys[0] == key[0]) & (keys[1] == key[1])).any())
        every = [(int(p), int(s)) for p, s in keys.T] + new
        nothing = np.zeros(setting.shape)
        for place, key in enumerate(every):
            units, production, worth = base[:, place] if place < base.shape[1] else np.zeros(3)
            track = setting.demand.tracks[paths[place]] if place < base.shape[1] else nothing
            before = units * track
            after = before + self._units.get(key, 0.0)
            after_worth = worth * track + self._worth.get(key, 0.0)
            status = self._department_status(before, after, after_worth, production)
            yield _finding(status, DEPARTMENT_STATUSES, before, after, provider=key[0], specialism=key[1])

    def _base_departments(self) -> tuple[Integers, Array]:
        """Returns the departments with base-year volume (2, departments), and units, production and margin of each."""
        region = self._setting.region
        cells, price = region.cells, region.base_price[0]
        specialism = region.segments.specialism[cells.segment]
        keys, row = np.unique(np.stack([cells.provider, specialism]), axis=1, return_inverse=True)
        weights = (np.ones(price.size), price, price - region.base_unit_cost)
        sums_of = [sums(row.reshape(-1), cells.units * weight, size=keys.shape[1]) for weight in weights]
        return keys, np.stack(sums_of)

    def _department_status(self, before: Array, after: Array, worth: Array, production: float) -> Integers:
        """Returns 1 where a department is at risk: margin below the floor, or volume down by more than allowed."""
        limits = self._setting.scenario.thresholds
        with np.errstate(divide="ignore", invalid="ignore"):
            loses = (
                (worth / production < limits.viability_floor) if production > 0 else np.zeros(before.shape, dtype=bool)
            )
            shrinks = np.where(before > 0, 1 - after / before > limits.viability_volume_drop, False)  # noqa: FBT003
        return (loses | shrinks).astype(np.int64)


def _norm_segments(region: Region) -> Mask:
    """Returns which segments count for which norm, shape (norms, segments)."""
    result = np.zeros((len(region.norms.ids), len(region.segments)), dtype=bool)
    for norm, specialism, product in region.norms.rows:
        result[norm] |= ((specialism == -1) | (region.segments.specialism == specialism)) & (
            (product == -1) | (region.segments.care_product == product)
        )
    return result


def _norm_status(before: Array, after: Array, minimum: float) -> Integers:
    """Returns the position in `NORM_STATUSES` of each year and draw."""
    had, has = before >= NONE_BELOW, after >= NONE_BELOW
    met, meets = before >= minimum, after >= minimum
    conditions = [~had & ~has, had & ~has, meets & (met | ~had), meets, ~had, met]
    names = ("not_offered", "stopped", "met", "breach_resolved", "started_below", "breach_caused")
    return np.select(conditions, [NORM_STATUSES.index(name) for name in names], NORM_STATUSES.index("breach_remains"))


def _finding(
    statuses: Integers,
    names: tuple[str, ...],
    before: Array,
    after: Array,
    *,
    provider: int,
    norm: int | None = None,
    specialism: int | None = None,
) -> Finding:
    """Returns the most frequent status of each year with its share of the draws."""
    shares = np.stack([(statuses == place).mean(axis=1) for place in range(len(names))])
    most = shares.argmax(axis=0)
    probability = np.take_along_axis(shares, most[None], axis=0)[0]
    return Finding(
        provider, norm, specialism, [names[m] for m in most], probability, before.mean(axis=1), after.mean(axis=1)
    )
