"""What cost leaves with the care, what stays behind, and what it costs to receive (section 4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.backfill import Refill
from models.baseline import Setting, combine
from models.forms import Form, Ledger
from models.region import Region
from models.region.codes import Array, Integers, distinct
from models.region.cost_behaviour import CostBehaviour
from models.response import Path
from models.revenue import donor_price, own_prices
from models.transfer import Move, Received, tariff, value


@dataclass(frozen=True)
class Departments:
    """What leaves the departments (provider, specialism) that an initiative takes care from, at full average cost.

    Attributes:
        provider, specialism: positions of each department, shape (departments,).
        row: department of each moved cell.
        cell_cost: cost of each moved cell, in euro per unit of its track.
        cost: the same by department and track.
        gone: λ·N, shape (tracks, steps, draws); lost: the same where it is a loss, else 0.
        behaviour: how the cost of each department behaves.
    """

    provider: Integers
    specialism: Integers
    row: Integers
    cell_cost: Array
    cost: Array
    gone: Array
    lost: Array
    behaviour: CostBehaviour

    @cached_property
    def path(self) -> Path:
        """The cost of what leaves; rows are departments by their place here."""
        return Path(Form(np.arange(self.provider.size), self.cost, self.gone), self.behaviour.run_off)

    def avoided(self) -> Form:
        """Returns the cost that follows what leaves, where everything is closed."""
        return self.path.mixed(self.behaviour.variable, self.behaviour.semi_fixed)

    def stranded(self) -> Form:
        """Returns the cost that stays behind, where everything is closed."""
        return self.path.mixed(1 - self.behaviour.variable, -self.behaviour.semi_fixed)

    def unclosed(self, share: Array) -> Form | None:
        """Returns the cost that stays because nobody closes what is lost, None where all is closed.

        Args:
            share: of what is lost, by provider and step.
        """
        rows = np.flatnonzero(share[self.provider].any(axis=1))
        if not rows.size:
            return None
        kept = combine(self.cost[rows], self.lost) * share[self.provider[rows]][:, :, None]
        semi_fixed = self.behaviour.semi_fixed[rows]
        return Path(Form(rows, None, kept), self.behaviour.run_off[rows]).mixed(np.zeros(rows.size), semi_fixed)


@dataclass(frozen=True)
class Left:
    """What leaving care does to cost: what follows it and what stays behind; rows are departments by place."""

    avoided: tuple[Form, ...]
    stranded: tuple[Form, ...]


def reduced(setting: Setting, move: Move) -> Departments:
    """Returns what each donor's departments lose, at full average cost."""
    region, cells = setting.region, move.moved
    unit_cost = region.unit_cost(cells.provider, cells.segment, donor_price(region, move))
    names, row = distinct(np.stack([cells.provider, region.segments.specialism[cells.segment]]))
    cell_cost = cells.units * unit_cost
    return Departments(
        provider=names[0],
        specialism=names[1],
        row=row,
        cell_cost=cell_cost,
        cost=move.of_donors(row, cell_cost, size=names.shape[1]),
        gone=move.given * move.intensity,
        lost=move.basis * (np.maximum(0.0, move.leaving) * move.intensity),
        behaviour=region.costs.behaviour(names[0], names[1]),
    )


@dataclass(frozen=True)
class Coming:
    """Care that comes to departments, at full average cost, and the cost that follows it.

    Attributes:
        provider, specialism: positions of each department.
        forms: full average cost; rows are departments by their place here.
        behaviour: how the cost of each department behaves.
        planned: whether they build for whom they expect: their semi-fixed cost comes at once.
    """

    provider: Integers
    specialism: Integers
    forms: tuple[Form, ...]
    behaviour: CostBehaviour
    planned: bool = False

    def cost(self) -> Iterator[Form]:
        """Yields the cost that follows."""
        variable, semi_fixed = self.behaviour.variable, self.behaviour.semi_fixed
        for form in self.forms:
            if self.planned:
                yield _times(form, (variable + semi_fixed)[form.rows])
            else:
                yield Path(form, self.behaviour.run_off[form.rows]).mixed(variable[form.rows], semi_fixed[form.rows])


def _times(form: Form, factor: Array) -> Form:
    if form.coefficients is None:
        return Form(form.rows, None, form.tracks * factor[:, None, None])
    return Form(form.rows, form.coefficients * factor[:, None], form.tracks)


def received(setting: Setting, move: Move) -> Coming | None:
    """Returns what reaches the recipients; None where its cost per unit is given: a marginal cost by itself."""
    if has_own_cost(move):
        return None
    lines, region = move.received, setting.region
    provider = move.recipients[lines.recipient]
    names, row = distinct(np.stack([provider, region.segments.specialism[lines.segment]]))
    each, factor = full_cost(setting, move, lines)
    forms = tuple(move.arriving(row, lines.units * each, factor))
    behaviour = region.costs.behaviour(names[0], names[1])
    return Coming(names[0], names[1], forms, behaviour, move.initiative.planned)


def refilled(setting: Setting, refill: Refill) -> Coming:
    """Returns what refills freed capacity."""
    region, cells = setting.region, setting.region.cells
    provider, segment = cells.provider[refill.cell], cells.segment[refill.cell]
    names, row = distinct(np.stack([provider, region.segments.specialism[segment]]))
    form = refill.form(row, region.base_unit_cost[refill.cell])
    return Coming(names[0], names[1], (form,), region.costs.behaviour(names[0], names[1]))


def has_own_cost(move: Move) -> bool:
    """Returns whether the cost of a received unit is given: a marginal cost by itself."""
    replacement = move.initiative.replacement
    return replacement is not None and replacement.cost_per_unit_eur is not None


def marginal(setting: Setting, move: Move) -> Iterator[Form]:
    """Yields the cost of receiving where it is given per unit, by provider."""
    if has_own_cost(move):
        lines = move.received
        each, factor = full_cost(setting, move, lines)
        yield from move.arriving(move.recipients[lines.recipient], lines.units * each, factor)


def full_cost(setting: Setting, move: Move, lines: Received) -> tuple[Array, Array]:
    """Returns what a received unit costs, full average cost or as given: euro by line, times a factor by draw."""
    replacement, ones = move.initiative.replacement, np.ones(lines.units.size)
    if replacement is None:
        return _unit_cost(setting, move, lines), move.intensity
    if replacement.cost_per_unit_eur is not None:
        key = "replacement.cost_per_unit_eur"
        return ones, value(setting, move.initiative, key, replacement.cost_per_unit_eur)
    if isinstance(replacement.tariff_eur, str):
        return _unit_cost(setting, move, lines), np.ones(1)
    paid = tariff(setting, move.initiative, replacement.tariff_eur, first=True)
    return _behaviour_of_lines(setting.region, move, lines).ratio, paid


def _behaviour_of_lines(region: Region, move: Move, lines: Received) -> CostBehaviour:
    return region.costs.behaviour(move.recipients[lines.recipient], region.segments.specialism[lines.segment])


def _unit_cost(setting: Setting, move: Move, lines: Received) -> Array:
    """Returns the unit cost of each received line: as delivered, else the recipient's own price times its ratio."""
    region = setting.region
    product = region.segments.care_product[lines.segment]
    delivered = region.costs.delivered_unit_cost(move.recipients[lines.recipient], product)
    ratio = _behaviour_of_lines(region, move, lines).ratio
    return np.where(np.isnan(delivered), own_prices(setting, move, lines) * ratio, delivered)


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
    in_start_year = (setting.steps == initiative.uptake.start).astype(float)[:, None]
    in_start_year[-1] = 0.0
    eligible = value(setting, initiative, "eligible_share", initiative.eligible_share)
    moves = (eligible * value(setting, initiative, "uptake.maximum", initiative.uptake.maximum)) > 0
    for party, amount in initiative.transition_cost_eur.items():
        euros = in_start_year * (moves * value(setting, initiative, f"transition_cost_eur.{party}", amount))
        ids = setting.region.providers.ids
        book, place = (
            (ledger, ids.index(party)) if party in ids else (payer_ledger, setting.region.payers.ids.index(party))
        )
        book.enter("transition_cost_eur", Form(np.array([place]), None, euros[None]))
