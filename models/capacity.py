"""Who lacks which hands (section 5): load, usable capacity, and the gap between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.backfill import Refill
from models.baseline import Loads, Setting
from models.forms import Form, Ledger
from models.parameters import Parameter
from models.region.codes import Array, Integers, Mask, numbered
from models.scenario.schema import Pool
from models.transfer import Move, value


class RunningLoads:
    """Loads as the initiatives of one world change them one after another: by resource; rows are providers."""

    def __init__(self, setting: Setting, loads: Loads) -> None:
        self.setting = setting
        self.loads = loads
        self.changes = Ledger()
        ids = setting.region.resources.ids
        self.pools = [(pool, ids.index(pool.resource), self._members(pool)) for pool in setting.scenario.pools]

    def _members(self, pool: Pool) -> Integers:
        return self.setting.region.members(providers=pool.providers, kind=None)

    def freed(self, move: Move) -> Iterator[tuple[int, Form]]:
        """Yields what the donors no longer use: λ·c·u·N, by resource; rows are donors."""
        cells = move.moved
        donors, row = numbered(cells.provider)
        tracks = move.given * move.intensity
        for resource, use in self.own_use(cells.provider, cells.segment):
            yield resource, Form(donors, move.of_donors(row, cells.units * use, size=donors.size), tracks)

    def required(self, move: Move) -> Iterator[tuple[int, Form]]:
        """Yields what recipients need: the replacement's resources over the direct share, or λ·c·u·A."""
        lines, replacement = move.received, move.initiative.replacement
        provider = move.recipients[lines.recipient]
        if replacement is None:
            for resource, use in self.own_use(provider, lines.segment):
                for form in move.arriving(provider, lines.units * use, move.intensity):
                    yield resource, form
            return
        for resource, per_unit in self._working_time(move, "replacement", replacement.resources):
            for form in move.arriving(provider, lines.units, per_unit):
                yield resource, form

    def supported(self, move: Move) -> Iterator[tuple[int, Form]]:
        """Yields what a supporting party needs, for all that moves."""
        support = move.initiative.support
        if support is None:
            return
        supporter = np.array([self.setting.region.providers.ids.index(support.provider)])
        for resource, per_unit in self._working_time(move, "support", support.resources):
            yield resource, Form(supporter, move.together, move.basis * per_unit)

    def _working_time(self, move: Move, part: str, resources: dict[str, Parameter]) -> Iterator[tuple[int, Array]]:
        """Yields each resource with its amount per unit, direct time turned into working time; shape (draws,)."""
        region = self.setting.region
        for name, amount in resources.items():
            resource = region.resources.ids.index(name)
            direct = value(self.setting, move.initiative, f"{part}.resources.{name}", amount)
            yield resource, direct / region.resources.direct_share[resource]

    def own_use(self, provider: Integers, segment: Integers) -> Iterator[tuple[int, Array]]:
        """Yields each resource that the care takes of these providers, with the calibrated amount per unit."""
        region = self.setting.region
        segments = region.segments
        use = region.uses.per_unit(provider, segments.specialism[segment], segments.care_product[segment])
        use = use * self.loads.calibration[provider]
        for resource in np.flatnonzero(use.any(axis=0)):
            yield int(resource), use[:, resource]

    def changed_by(self, move: Move, refill: Refill | None) -> Ledger:
        """Returns what an applied move and what refills it change of the loads."""
        own = Ledger()
        for resource, form in self.freed(move):
            own.enter(resource, form.times(-1))
        for resource, form in (*self.required(move), *self.supported(move)):
            own.enter(resource, form)
        for resource, form in () if refill is None else refill.used():
            own.enter(resource, form)
        return own


@dataclass(frozen=True)
class Gap:
    """Load and capacity of one resource for some providers, or for a pool, as forms over the same rows.

    Attributes:
        rows: names of the rows as integers, sorted.
        before: load of growth alone.
        change: what changes of it.
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


def gap(loads: Loads, changes: Sequence[Form], resource: int, providers: Integers) -> Gap:
    """Returns load and capacity of one resource, of each of the providers (sorted).

    Args:
        loads: of growth alone.
        changes: of the load, to be told of.
        resource: its position.
        providers: their positions.
    """
    setting = loads.setting
    growth = loads.growth(resource)[None]

    def of_capacity(amounts: Array) -> Form:
        return Form(providers, np.nan_to_num(amounts[providers, resource])[:, None], growth)

    return Gap(
        rows=providers,
        before=Form(providers, loads.coefficients[providers, resource], setting.demand.tracks),
        change=changes,
        usable=of_capacity(loads.usable),
        available=of_capacity(loads.available),
        load_known=loads.load_known[providers, resource],
        capacity_known=~np.isnan(loads.available[providers, resource]),
    )


def pooled(loads: Loads, changes: Sequence[Form], resource: int, members: Integers) -> Gap:
    """Returns load and capacity of a pool as one row; unknown if a member's is."""
    each = gap(loads, changes, resource, members)

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
