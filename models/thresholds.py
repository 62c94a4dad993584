"""Thresholds that a transfer pushes a provider over (section 6): volume norms and the viability of departments."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.baseline import Setting, combine
from models.cost import Departments, Refill
from models.forms import Form, Ledger, Sum
from models.region import Region
from models.region.codes import Array, Integers, Mask, distinct, sums
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
    """Units, worth and stranded cost of what the initiatives touch, by norm and by department.

    Rows of the ledger are provider * norms + norm for `norm`, provider * specialisms + specialism for `units` and
    `worth`.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._norms = _norm_segments(setting.region)
        self._changes = Ledger()
        self._specialisms = max(1, len(setting.region.segments.specialisms))

    def apply(self, move: Move, departments: Departments, refill: Refill | None) -> None:
        """Adds what a move takes from donors, what it brings to recipients, and what cost it strands."""
        cells, lines = move.moved, move.received
        self._enter(move, _Care(cells.provider, cells.payer, cells.segment, cells.units), None)
        if not move.replaces:
            provider = move.recipients[lines.recipient]
            self._enter(move, _Care(provider, lines.payer, lines.segment, lines.units), lines.recipient)
        rows = departments.provider * self._specialisms + departments.specialism
        self._changes.enter("worth", departments.stranded(rows).times(-1))
        if refill is not None:
            self._changes.enter("worth", Form(rows, None, -refill.kept_cost))

    def _enter(self, move: Move, care: "_Care", recipient: Integers | None) -> None:
        """Adds care that donors lose, or that recipients get (then with each line's position among them)."""
        region = self._setting.region
        price, _ = region.prices.of_units(care.provider, care.payer, region.segments.care_product[care.segment])
        worth = care.units * (price - region.unit_cost(care.provider, care.segment, price))
        department = care.provider * self._specialisms + region.segments.specialism[care.segment]
        self._add("units", move, department, care.units, recipient)
        self._add("worth", move, department, worth, recipient)
        norms = self._norms.shape[0]
        for norm in range(norms):
            counts = self._norms[norm, care.segment]
            if counts.any():
                self._add("norm", move, care.provider * norms + norm, care.units * counts, recipient)

    def _add(self, key: str, move: Move, what: Integers, weights: Array, recipient: Integers | None) -> None:
        rows, row = np.unique(what, return_inverse=True)
        row = row.reshape(-1)
        if recipient is None:
            self._changes.enter(key, Form(rows, move.of_donors(row, weights, size=rows.size), -move.given))
            return
        of_row = np.zeros(rows.size, dtype=np.int64)
        of_row[row] = recipient
        self._changes.enter(key, move.shared(rows, move.of_recipients(row, weights, size=rows.size), of_row, 1.0))

    def _change(self, key: str, rows: Integers) -> Array:
        """Returns the changes of some rows, shape (rows, years, draws)."""
        return Sum(self._changes.forms(key), rows, self._setting.shape).values()

    def _changed(self, key: str) -> Integers:
        every = [form.rows for form in self._changes.forms(key)]
        return np.unique(np.concatenate(every)) if every else np.zeros(0, dtype=np.int64)

    def findings(self) -> Iterator[Finding]:
        """Yields where every provider stands against every norm, and every department with volume."""
        yield from self.norm_findings()
        yield from self._department_findings()

    def norm_units_before(self, rows: Integers) -> Array:
        """Returns the mean units of some providers under some norms without an agreement, shape (rows, years).

        Args:
            rows: provider * norms + norm of each.
        """
        region, norms = self._setting.region, max(1, self._norms.shape[0])
        before = np.zeros((rows.size, self._setting.years.size))
        demand = self._setting.demand.tracks.mean(axis=-1)
        for norm in np.unique(rows % norms):
            counts, own = self._norms[norm, region.cells.segment], rows % norms == norm
            coefficients = self._setting.base_units_by_path(
                region.cells.provider[counts], region.cells.units[counts], size=len(region.providers.ids), of=counts
            )
            before[own] = coefficients[rows[own] // norms] @ demand
        return before

    def norm_units_change(self, rows: Integers) -> Array:
        """Returns the mean change of those units, shape (rows, years); rows sorted, each once."""
        return Sum(self._changes.forms("norm"), rows, self._setting.shape).mean()

    def norm_findings(self) -> Iterator[Finding]:
        """Yields where every provider stands against every norm."""
        region, setting = self._setting.region, self._setting
        providers, norms = len(region.providers.ids), self._norms.shape[0]
        changed = set(self._changed("norm").tolist())
        for norm in range(norms):
            counts = self._norms[norm, region.cells.segment]
            coefficients = setting.base_units_by_path(
                region.cells.provider[counts], region.cells.units[counts], size=providers, of=counts
            )
            for provider in range(providers):
                row = provider * norms + norm
                if row not in changed and not coefficients[provider].any():
                    yield self._not_offered(provider, norm)
                    continue
                before = combine(coefficients[[provider]], setting.demand.tracks)[0]
                after = before + self._change("norm", np.array([row]))[0] if row in changed else before
                statuses = _norm_status(before, after, region.norms.minimum[norm])
                yield _finding(statuses, NORM_STATUSES, before, after, provider=provider, norm=norm)

    def _not_offered(self, provider: int, norm: int) -> Finding:
        none = np.zeros(self._setting.years.size)
        return Finding(provider, norm, None, ["not_offered"] * none.size, none + 1, none, none)

    def _department_findings(self) -> Iterator[Finding]:
        setting = self._setting
        keys, base = self._base_departments()
        paths = setting.demand.path[keys[1]]
        there = keys[0] * self._specialisms + keys[1]
        changed = self._changed("units")
        every = np.concatenate([there, np.setdiff1d(changed, there)])
        touched = set(changed.tolist())
        for place, row in enumerate(every.tolist()):
            known = place < there.size
            units, production, worth = base[:, place] if known else np.zeros(3)
            track = setting.demand.tracks[paths[place]] if known else np.zeros(setting.shape)
            before, worth_after = units * track, worth * track
            after = before
            if row in touched:
                after = before + self._change("units", np.array([row]))[0]
                worth_after = worth_after + self._change("worth", np.array([row]))[0]
            status = self._department_status(before, after, worth_after, production)
            provider, specialism = divmod(row, self._specialisms)
            yield _finding(status, DEPARTMENT_STATUSES, before, after, provider=provider, specialism=specialism)

    def _base_departments(self) -> tuple[Integers, Array]:
        """Returns the departments with base-year volume (2, departments), and units, production and margin of each."""
        region = self._setting.region
        cells, price = region.cells, region.base_price[0]
        specialism = region.segments.specialism[cells.segment]
        keys, row = distinct(np.stack([cells.provider, specialism]))
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


@dataclass(frozen=True)
class _Care:
    """Care of providers, line by line."""

    provider: Integers
    payer: Integers
    segment: Integers
    units: Array


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
