"""Thresholds that a transfer pushes a provider over (section 6): volume norms and the viability of departments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from models.baseline import NEAR, near
from models.chance import chance_to_meet
from models.departments import COST, PRODUCTION, UNITS, BaseDepartments, parted
from models.forms import Form, Ledger, Sum
from models.norms import has_some
from models.region.codes import Array, Integers, Mask
from models.world import Played, World

if TYPE_CHECKING:
    from models.outcome import Outcome

NORM_STATUSES = ("met", "breach_caused", "breach_resolved", "breach_remains", "stopped", "started_below", "not_offered")
DEPARTMENT_STATUSES = ("viable", "at_risk", "stopped")
GIVEN_UP, NEWLY_MET = ("stopped", "breach_caused"), "breach_resolved"
NUMBERS_AT_ONCE = 2_000_000
"""How many figures of departments or norms are multiplied out at a time, to keep memory bounded."""


@dataclass(frozen=True)
class Standing:
    """Where a provider stands against one threshold; arrays of shape (years,).

    Attributes:
        provider: position.
        norm, specialism: position of one of the two; the other is None.
        status_before: most frequent status of each year without an agreement, against growth alone.
        status: with the agreement, against without.
        probability_before, probability: of a norm to be met; of a department to be at risk or stopped.
        before, after: mean units without and with the agreement.
    """

    provider: int
    norm: int | None
    specialism: int | None
    status_before: list[str]
    status: list[str]
    probability_before: Array
    probability: Array
    before: Array
    after: Array


@dataclass(frozen=True)
class _Worlds:
    """A figure of some rows of growth alone, without and with the agreement, shape (rows, years, draws)."""

    alone: Array
    without: Array
    agreed: Array


class Standings:
    """Where every provider stands against every norm, and every department against viability."""

    def __init__(self, outcome: "Outcome") -> None:
        self._outcome = outcome
        self._setting = outcome.setting
        self._worlds = (outcome.no_agreement, outcome.agreement)
        self._norms = max(1, outcome.agreement.norms.count)

    def findings(self) -> Iterator[Standing]:
        """Yields every finding about norms, then about departments."""
        yield from self.norm_findings
        yield from self.department_findings

    # -- norms ----

    @cached_property
    def norm_findings(self) -> list[Standing]:
        """Where every provider that has or had any of its care stands against a norm; rows in order of norms."""
        rows = self._norm_rows()
        rows = rows[np.lexsort((rows // self._norms, rows % self._norms))]
        found = (finding for block in self._blocks(rows) for finding in self._of_norms(block))
        return [finding for finding in found if finding is not None]

    def _norm_rows(self) -> Integers:
        """Returns provider * norms + norm of whoever delivers, gives or gets care of a norm."""
        region = self._setting.region
        rows = [world.norms.changes.rows() for world in self._worlds]
        for norm, counts in enumerate(region.norm_segments):
            rows.append(np.unique(region.cells.provider[counts[region.cells.segment]]) * self._norms + norm)
        return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *rows]))

    def _of_norms(self, rows: Integers) -> Iterator[Standing | None]:
        order = np.sort(rows)
        units = self._told([self._outcome.agreement.norms.growth_alone(order)], order, key=None)
        for row in rows.tolist():
            place = int(np.searchsorted(order, row))
            provider, norm = divmod(row, self._norms)
            minimum = float(self._setting.region.norms.minimum[norm])
            alone, without, agreed = units.alone[place], units.without[place], units.agreed[place]
            if not any(has_some(each.mean(axis=-1)).any() for each in (alone, without, agreed)):
                yield None
                continue
            yield Standing(
                provider=provider,
                norm=norm,
                specialism=None,
                status_before=_most(norm_status(alone, without, minimum), NORM_STATUSES),
                status=_most(norm_status(without, agreed, minimum), NORM_STATUSES),
                probability_before=self._chance(without, minimum),
                probability=self._chance(agreed, minimum),
                before=without.mean(axis=-1),
                after=agreed.mean(axis=-1),
            )

    def _chance(self, units: Array, minimum: float) -> Array:
        """Returns the chance that a count around these units meets a norm over its window, by year."""
        return chance_to_meet(units, minimum, window=self._setting.scenario.norm_window)

    # -- departments ----

    @cached_property
    def department_findings(self) -> list[Standing]:
        """Where every department with volume of its own, or that gives or gets any, stands."""
        own = self._base.rows
        changed = [world.ledger("departments").forms(UNITS) for world in self._worlds]
        others = [form.rows for forms in changed for form in forms]
        rows = np.unique(np.concatenate([own, *others]))
        return [finding for block in self._blocks(rows, 9) for finding in self._of_departments(block)]

    @cached_property
    def _base(self) -> BaseDepartments:
        return BaseDepartments(self._setting)

    @cached_property
    def _department_ledgers(self) -> tuple[Ledger, Ledger]:
        """Changes of departments without and with the agreement."""
        without, agreed = (world.ledger("departments") for world in self._worlds)
        return without, agreed

    def _of_departments(self, rows: Integers) -> Iterator[Standing]:
        units, production, cost = (self._told(list(self._base.forms(key)), rows, key=key) for key in (
            UNITS, PRODUCTION, COST,
        ))  # fmt: skip
        base = self._base_production(rows)
        limits = self._setting.scenario.thresholds
        floor, drop = limits.viability_floor, limits.viability_volume_drop
        providers, specialisms = parted(self._setting, rows)

        def status(margin: Array, own: Array, reference: Array, other: Mask, base_eur: float) -> Integers:
            with np.errstate(divide="ignore", invalid="ignore"):
                shrinks = (reference > NEAR) & (1 - own / reference > drop + near(drop))
                loses = (margin / base_eur < floor - near(floor)) if base_eur > 0 else np.zeros(own.shape, dtype=bool)
            stopped = ~has_some(own) & other
            return np.where(stopped, 2, np.where(loses | shrinks, 1, 0))

        for place in range(rows.size):
            alone, without, agreed = units.alone[place], units.without[place], units.agreed[place]
            margins = (production.without[place] - cost.without[place], production.agreed[place] - cost.agreed[place])
            base_eur = float(base[place])
            before = status(margins[0], without, alone, has_some(alone) | has_some(agreed), base_eur)
            after = status(margins[1], agreed, without, has_some(alone) | has_some(without), base_eur)
            yield Standing(
                provider=int(providers[place]),
                norm=None,
                specialism=int(specialisms[place]),
                status_before=_most(before, DEPARTMENT_STATUSES),
                status=_most(after, DEPARTMENT_STATUSES),
                probability_before=(before > 0).mean(axis=-1),
                probability=(after > 0).mean(axis=-1),
                before=without.mean(axis=-1),
                after=agreed.mean(axis=-1),
            )

    def _base_production(self, rows: Integers) -> Array:
        place = np.minimum(np.searchsorted(self._base.rows, rows), max(self._base.rows.size - 1, 0))
        if not self._base.rows.size:
            return np.zeros(rows.size)
        return np.where(self._base.rows[place] == rows, self._base.production[place], 0.0)

    # -- both ----

    def _told(self, alone: list[Form], rows: Integers, *, key: str | None) -> _Worlds:
        """Returns a figure of some rows (sorted) in every world; of departments by key, of norms without."""
        without, agreed = (
            ledger.forms(key) for ledger in self._department_ledgers
        ) if key is not None else (world.norms.changes.forms("units") for world in self._worlds)  # fmt: skip
        base = Sum(alone, rows, self._setting.told).values()
        less = base + Sum(without, rows, self._setting.told).values() if without else base
        return _Worlds(base, less, base + Sum(agreed, rows, self._setting.told).values())

    def _blocks(self, rows: Integers, figures: int = 3) -> Iterator[Integers]:
        """Yields rows in blocks whose figures of all worlds fit in memory."""
        years, draws = self._setting.told
        size = max(1, NUMBERS_AT_ONCE // (years * draws * figures))
        yield from (rows[start : start + size] for start in range(0, rows.size, size))


def norm_status(before: Array, after: Array, minimum: float | Array) -> Integers:
    """Returns the position in `NORM_STATUSES` of each figure."""
    had, has = has_some(before), has_some(after)
    met, now = before >= minimum - near(minimum), after >= minimum - near(minimum)
    conditions = [~had & ~has, had & ~has, now & (met | ~had), now, ~had, met]
    names = ("not_offered", "stopped", "met", "breach_resolved", "started_below", "breach_caused")
    return np.select(conditions, [NORM_STATUSES.index(name) for name in names], NORM_STATUSES.index("breach_remains"))


def _most(statuses: Integers, names: Sequence[str]) -> list[str]:
    """Returns the most frequent status of each year; statuses of shape (years, draws)."""
    return [names[most] for most in most_frequent(statuses, len(names))]


def most_frequent(statuses: Integers, count: int) -> Integers:
    """Returns the most frequent status along the last axis."""
    if statuses.shape[-1] == 1:
        return statuses[..., 0]
    shares = np.stack([(statuses == place).mean(axis=-1) for place in range(count)])
    return np.asarray(shares.argmax(axis=0))


class Functions:
    """Functions that providers gain and lose at the horizon: norms met and given up, departments that stop."""

    def __init__(self, outcome: "Outcome") -> None:
        self._outcome = outcome
        self._setting = outcome.setting
        self._base = BaseDepartments(self._setting)
        self._providers = len(self._setting.region.providers.ids)

    def of_scenario(self) -> Array:
        """Returns what the agreement changes against no agreement, by provider."""
        without, agreed = self._outcome.no_agreement, self._outcome.agreement
        return self._between(list(without.initiatives), list(agreed.initiatives))

    def of_initiatives(self) -> list[Array]:
        """Returns what each initiative changes by provider, with the agreement less without."""
        agreed, without = (self._one_by_one(world) for world in (self._outcome.agreement, self._outcome.no_agreement))
        own = len(agreed) - len(without)
        return [change - (without[place - own] if place >= own else 0.0) for place, change in enumerate(agreed)]

    def _one_by_one(self, world: World) -> list[Array]:
        played = list(world.initiatives)
        return [self._between(played[:place], played[: place + 1]) for place in range(len(played))]

    def _between(self, before: list[Played], after: list[Played]) -> Array:
        """Returns the functions gained less those lost from one state to another, by provider."""
        total = np.zeros(self._providers)
        norms = self._outcome.agreement.norms
        count = max(1, norms.count)
        rows = _rows([*before, *after], "norms", "units")
        if rows.size:
            one, other = (self._units(norms.growth_alone(rows), state, "norms", rows) for state in (before, after))
            minimum = self._setting.region.norms.minimum[rows % count][:, None]
            statuses = most_frequent(norm_status(one, other, minimum), len(NORM_STATUSES))
            had = has_some(one).mean(axis=-1) > 0.5
            lost = np.isin(statuses, [NORM_STATUSES.index(name) for name in GIVEN_UP])
            won = (statuses == NORM_STATUSES.index(NEWLY_MET)) | ((statuses == NORM_STATUSES.index("met")) & ~had)
            np.add.at(total, rows // count, won.astype(float) - lost)
        rows = _rows([*before, *after], "departments", UNITS)
        if rows.size:
            alone = next(self._base.forms(UNITS))
            one, other = (self._units(alone, state, "departments", rows) for state in (before, after))
            stops = (has_some(one) & ~has_some(other)).mean(axis=-1) > 0.5
            np.add.at(total, parted(self._setting, rows)[0], -stops.astype(float))
        return total

    def _units(self, alone: Form, state: list[Played], ledger: str, rows: Integers) -> Array:
        """Returns the units of some rows at the horizon in a state, shape (rows, draws)."""
        forms = [form for played in state for form in getattr(played, ledger).forms(UNITS)]
        return Sum([alone, *forms], rows, self._setting.told).at(-1)


def _rows(states: list[Played], ledger: str, key: str) -> Integers:
    every = [form.rows for played in states for form in getattr(played, ledger).forms(key)]
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *every]))
