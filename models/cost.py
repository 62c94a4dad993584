"""What cost leaves with the care, what stays behind, and what it costs to receive (section 4)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.baseline import Loads, Setting, combine
from models.forms import Form, Ledger
from models.region import Region
from models.region.codes import Array, Integers, distinct, sums
from models.region.costs import CostBehaviour
from models.revenue import Revenue, own_prices
from models.transfer import Move, Received, tariff, value


def run_off(years: int, over: float) -> Array:
    """Returns what turns a path of reductions into the share of the semi-fixed cost that is gone.

    Args:
        years: number of years.
        over: run-off years T; 0 is at once.

    Returns:
        Shape (years, years): [y, y'] times N[y'] summed over y' is Σ dN[y']·min(1, (y−y')/T).
    """
    age = np.arange(years)[:, None] - np.arange(years)[None, :]
    gone = np.where(age >= 0, np.minimum(1.0, age / over) if over > 0 else 1.0, 0.0)
    year_before = np.where(age >= 1, np.minimum(1.0, (age - 1) / over) if over > 0 else 1.0, 0.0)
    return gone - year_before


@dataclass(frozen=True)
class Departments:
    """What leaves the departments (provider, specialism) that an initiative takes care from.

    Coefficients are per unit of N, λ included; euro in base-year prices.

    Attributes:
        provider, specialism: positions of each department, shape (departments,).
        row: department of each moved cell.
        cost, variable: unit cost, and the part of it that goes at once, shape (departments, tracks).
        semi_fixed: by run-off years: the part that goes in steps, shape (departments, tracks).
        gone: λ·N, then for each run-off what of it is gone by each year; each of shape (tracks, years, draws).
        cell_cost: cost of each moved cell, in euro per unit of its track.
        behaviour: how the cost of each department behaves.
    """

    provider: Integers
    specialism: Integers
    row: Integers
    cost: Array
    variable: Array
    semi_fixed: tuple[Array, ...]
    gone: tuple[Array, ...]
    cell_cost: Array
    behaviour: CostBehaviour

    def avoided_of_cells(self) -> Iterator[tuple[Array, Array]]:
        """Yields what is avoided before backfill: euro by moved cell, and what of it is gone (tracks, years, draws)."""
        yield self.cell_cost * self.behaviour.variable[self.row], self.gone[0]
        run_off = self.behaviour.run_off[self.row]
        for span, gone in zip(np.unique(self.behaviour.run_off), self.gone[1:], strict=True):
            yield self.cell_cost * np.where(run_off == span, self.behaviour.semi_fixed[self.row], 0.0), gone

    def avoided(self, rows: Integers) -> Form:
        """Returns the cost that is gone, before backfill, under names of the departments."""
        return Form(rows, np.concatenate([self.variable, *self.semi_fixed], axis=1), np.concatenate(self.gone))

    def stranded(self, rows: Integers) -> Form:
        """Returns the cost that stays behind, before backfill."""
        parts = [self.cost - self.variable, *(-part for part in self.semi_fixed)]
        return Form(rows, np.concatenate(parts, axis=1), np.concatenate(self.gone))

    def steps(self) -> Array:
        """Returns the semi-fixed cost that is gone, before backfill, shape (departments, years, draws)."""
        return combine(np.concatenate(self.semi_fixed, axis=1), np.concatenate(self.gone[1:]))


def reduced(setting: Setting, move: Move) -> Departments:
    """Returns what each donor's departments lose in cost, and how much of it is gone in which year."""
    region, cells = setting.region, move.moved
    price, _ = region.prices.of_units(cells.provider, cells.payer, region.segments.care_product[cells.segment])
    unit_cost = region.unit_cost(cells.provider, cells.segment, price)
    keys = np.stack([cells.provider, region.segments.specialism[cells.segment]])
    names, row = distinct(keys)
    row = row.reshape(-1)
    behaviour = region.costs.behaviour(names[0], names[1])
    cell_cost = cells.units * unit_cost
    cost = move.of_donors(row, cell_cost, size=names.shape[1])
    leaving = move.given * move.intensity
    spans = np.unique(behaviour.run_off)
    steps = [cost * np.where(behaviour.run_off == span, behaviour.semi_fixed, 0.0)[:, None] for span in spans]
    gone = [np.einsum("xy,kyd->kxd", run_off(setting.years.size, span), leaving) for span in spans]
    variable = cost * behaviour.variable[:, None]
    return Departments(names[0], names[1], row, cost, variable, tuple(steps), (leaving, *gone), cell_cost, behaviour)


def leave(departments: Departments, refill: "Refill | None", ledger: Ledger) -> None:
    """Enters what the donors avoid and what strands (`avoided_cost_eur`, `stranded_cost_eur`)."""
    ledger.enter("avoided_cost_eur", departments.avoided(departments.provider))
    ledger.enter("stranded_cost_eur", departments.stranded(departments.provider))
    if refill is not None:
        kept = Form(departments.provider, None, refill.kept_cost)
        ledger.enter("avoided_cost_eur", kept.times(-1))
        ledger.enter("stranded_cost_eur", kept)


def incremental(setting: Setting, move: Move, ledger: Ledger) -> None:
    """Enters what the recipients' extra care costs them (`incremental_cost_eur`)."""
    lines = move.received
    recipients, row = np.unique(lines.recipient, return_inverse=True)
    each, factor = cost_of_receiving(setting, move, lines)
    weights = lines.units * each
    ledger.enter("incremental_cost_eur", move.to_recipients(row.reshape(-1), weights, recipients, factor))


def cost_of_receiving(setting: Setting, move: Move, lines: Received) -> tuple[Array | float, Array]:
    """Returns what a received unit costs its recipient: euro by line (or one for all), times a factor in each draw."""
    replacement, factor = move.initiative.replacement, np.ones(setting.sample.size)
    if replacement is None:
        return _cost_at_own_price(setting, move, lines), move.intensity
    if replacement.cost_per_unit_eur is not None:
        key = "replacement.cost_per_unit_eur"
        return 1.0, value(setting, move.initiative, key, replacement.cost_per_unit_eur)
    if isinstance(replacement.tariff_eur, str):
        return _cost_at_own_price(setting, move, lines), factor
    paid = tariff(setting, move.initiative, replacement.tariff_eur, first=True)
    return _share_of_price(setting.region, move, lines), paid


def _behaviour_of_lines(region: Region, move: Move, lines: Received) -> CostBehaviour:
    return region.costs.behaviour(move.recipients[lines.recipient], region.segments.specialism[lines.segment])


def _share_of_price(region: Region, move: Move, lines: Received) -> Array:
    """Returns cost_ratio · (v + f) of each received line."""
    behaviour = _behaviour_of_lines(region, move, lines)
    share: Array = behaviour.ratio * (behaviour.variable + behaviour.semi_fixed)
    return share


def _cost_at_own_price(setting: Setting, move: Move, lines: Received) -> Array:
    """Returns the incremental cost of a unit of each received line: of the delivered unit cost, else of the price."""
    region = setting.region
    behaviour = _behaviour_of_lines(region, move, lines)
    product = region.segments.care_product[lines.segment]
    delivered = region.costs.delivered_unit_cost(move.recipients[lines.recipient], product)
    base = np.where(np.isnan(delivered), own_prices(setting, move, lines) * behaviour.ratio, delivered)
    cost: Array = base * (behaviour.variable + behaviour.semi_fixed)
    return cost


def support(setting: Setting, move: Move, ledger: Ledger) -> None:
    """Enters what a supporting party spends (`support_cost_eur`)."""
    party = move.initiative.support
    if party is None:
        return
    cost = value(setting, move.initiative, "support.cost_per_unit_eur", party.cost_per_unit_eur)
    supporter = np.array([setting.region.providers.ids.index(party.provider)])
    ledger.enter("support_cost_eur", Form(supporter, move.together, move.basis * cost))


def transition(setting: Setting, move: Move, ledger: Ledger, payer_ledger: Ledger) -> None:
    """Enters one-off costs in the start year (`transition_cost_eur`), in the draws in which anything moves."""
    initiative = move.initiative
    in_start_year = (setting.years == initiative.uptake.start).astype(float)[:, None]
    eligible = value(setting, initiative, "eligible_share", initiative.eligible_share)
    moves = (eligible * value(setting, initiative, "uptake.maximum", initiative.uptake.maximum)) > 0
    for party, amount in initiative.transition_cost_eur.items():
        euros = in_start_year * (moves * value(setting, initiative, f"transition_cost_eur.{party}", amount))
        ids = setting.region.providers.ids
        book, place = (
            (ledger, ids.index(party)) if party in ids else (payer_ledger, setting.region.payers.ids.index(party))
        )
        book.enter("transition_cost_eur", Form(np.array([place]), None, euros[None]))


@dataclass(frozen=True)
class Refill:
    """Refilled capacity of each department.

    Attributes:
        extra: extra units, shape (departments, years, draws).
        use: ū, base-year mean use per unit, shape (departments, resources).
        kept_cost: semi-fixed cost that refilled capacity keeps, in euro, shape (departments, years, draws).
        unit_cost: what an extra unit costs, in euro, shape (departments,).
    """

    extra: Array
    use: Array
    kept_cost: Array
    unit_cost: Array


class Backfill:
    """Patients on the waiting lists, as refilled capacity takes them off one initiative after another (section 4)."""

    def __init__(self, setting: Setting, loads: Loads) -> None:
        self._setting = setting
        self._region = setting.region
        self._loads = loads
        self._left: dict[tuple[int, int], Array] = {}

    def refill(self, move: Move, departments: Departments) -> Refill | None:
        """Returns how freed capacity is refilled, or None where the initiative refills nothing."""
        share = value(self._setting, move.initiative, "backfill.share", move.initiative.backfill.share)
        if not share.any() or not departments.provider.size:
            return None
        use = self._mean_use(departments)
        freed = self._freed(move, departments)
        with np.errstate(divide="ignore", invalid="ignore"):
            room = np.where(use[:, :, None, None] > 0, freed / use[:, :, None, None], np.inf).min(axis=1)
        room = np.where(np.isinf(room), 0.0, room)
        extra = np.stack([self._admit(d, departments, share * room[d]) for d in range(departments.provider.size)])
        with np.errstate(divide="ignore", invalid="ignore"):
            refilled = np.where(room > 0, extra / room, 0.0)
        return Refill(extra, use, departments.steps() * refilled, self._unit_cost(departments))

    def enter(
        self, departments: Departments, refill: Refill, revenue: Revenue, providers: Ledger, payers: Ledger
    ) -> None:
        """Enters the revenue and the variable cost of the extra units."""
        region = self._region
        cells = region.cells
        specialism = region.segments.specialism[cells.segment]
        for d in range(departments.provider.size):
            own = (cells.provider == departments.provider[d]) & (specialism == departments.specialism[d])
            units = cells.units[own]
            if units.sum() <= 0:
                continue
            cost = refill.unit_cost[[d], None]
            providers.enter("incremental_cost_eur", Form(departments.provider[[d]], cost, refill.extra[[d]]))
            payer, row = np.unique(cells.payer[own], return_inverse=True)
            worth = sums(row.reshape(-1), units * region.base_price[0][own], size=payer.size) / units.sum()
            production = worth[:, None, None] * refill.extra[d]
            revenue.backfill(np.full(payer.size, departments.provider[d]), payer, production, providers, payers)

    def _unit_cost(self, departments: Departments) -> Array:
        """Returns what an extra unit costs each department: the variable part of its mean unit cost."""
        region, cells = self._region, self._region.cells
        width = len(region.segments.specialisms)
        rows, size = (
            cells.provider * width + region.segments.specialism[cells.segment],
            width * len(region.providers.ids),
        )
        units, cost = (sums(rows, weights, size=size) for weights in (cells.units, cells.units * region.base_unit_cost))
        own = departments.provider * width + departments.specialism
        behaviour = region.costs.behaviour(departments.provider, departments.specialism)
        return behaviour.variable * cost[own] / np.where(units[own] > 0, units[own], 1.0)

    def _mean_use(self, departments: Departments) -> Array:
        """Returns ū, the base-year mean calibrated use per unit of each department, shape (departments, resources)."""
        region = self._region
        cells, segments = region.cells, region.segments
        result = np.zeros((departments.provider.size, len(region.resources.ids)))
        for d in range(departments.provider.size):
            own = (cells.provider == departments.provider[d]) & (
                segments.specialism[cells.segment] == departments.specialism[d]
            )
            if cells.units[own].sum() > 0:
                use = region.uses.per_unit(
                    cells.provider[own],
                    segments.specialism[cells.segment[own]],
                    segments.care_product[cells.segment[own]],
                )
                result[d] = (
                    cells.units[own] @ use / cells.units[own].sum() * self._loads.calibration[departments.provider[d]]
                )
        return result

    def _freed(self, move: Move, departments: Departments) -> Array:
        """Returns λ·c·u·N, shape (departments, resources, years, draws)."""
        use = self._region.uses.per_unit(
            move.moved.provider,
            self._region.segments.specialism[move.moved.segment],
            self._region.segments.care_product[move.moved.segment],
        )
        use = use * self._loads.calibration[move.moved.provider]
        size = departments.provider.size
        by_resource = [
            combine(move.of_donors(departments.row, move.moved.units * use[:, r], size=size), departments.gone[0])
            for r in range(use.shape[1])
        ]
        return np.stack(by_resource, axis=1) if by_resource else np.zeros((size, 0, *self._setting.shape))

    def _admit(self, d: int, departments: Departments, room: Array) -> Array:
        """Returns the extra units of a department by year: as many as there is room for and patients waiting."""
        key = (int(departments.provider[d]), int(departments.specialism[d]))
        place = np.array([key[0] * len(self._region.segments.specialisms) + key[1]])
        waiting = float(np.nan_to_num(self._region.waiting.get(place))[0])
        left = self._left.setdefault(key, np.full(self._setting.sample.size, waiting))
        extra = np.zeros(self._setting.shape)
        for year in range(room.shape[0]):
            extra[year] = np.clip(room[year], 0.0, left)
            left = left - extra[year]
        self._left[key] = left
        return extra
