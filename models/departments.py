"""What the initiatives change of each department (provider, specialism): units, production value and cost (section 6).

Moved care counts at λp·P, its cost as the response to λ times its unit cost; care that became something else, contracts
and one-off costs belong to no department.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from models.backfill import Refill
from models.baseline import Setting
from models.cost import Coming, Departments, Left
from models.forms import Form, Ledger
from models.region.codes import Array, Integers, numbered, sums
from models.response import Path
from models.revenue import donor_price, own_prices
from models.transfer import Move

UNITS, PRODUCTION, COST = "units", "production_eur", "cost_eur"
AVOIDED, STRANDED, INCREMENTAL = "avoided_cost_eur", "stranded_cost_eur", "incremental_cost_eur"


def department(setting: Setting, provider: Integers, specialism: Integers) -> Integers:
    """Returns the row of each department: provider * specialisms + specialism."""
    return provider * max(1, len(setting.region.segments.specialisms)) + specialism


def parted(setting: Setting, rows: Integers) -> tuple[Integers, Integers]:
    """Returns provider and specialism of each row."""
    provider, specialism = np.divmod(rows, max(1, len(setting.region.segments.specialisms)))
    return provider, specialism


def given(setting: Setting, move: Move, departments: Departments, left: Left, ledger: Ledger) -> None:
    """Enters what leaves the donors' departments, in units, production and cost."""
    cells, region = move.moved, setting.region
    rows = department(setting, departments.provider, departments.specialism)
    price = cells.units * donor_price(region, move)
    for key, weights, tracks in (
        (UNITS, cells.units, -move.given), (PRODUCTION, price, move.given * -move.price),
    ):  # fmt: skip
        coefficients = move.of_donors(departments.row, weights, size=rows.size)
        ledger.enter(key, Form(rows, coefficients, tracks))
    for form in left.avoided:
        ledger.enter(COST, form.named(rows[form.rows]).times(-1))
        ledger.enter(AVOIDED, form.named(rows[form.rows]))
    for form in left.stranded:
        ledger.enter(STRANDED, form.named(rows[form.rows]))


def received(setting: Setting, move: Move, coming: Coming | None, ledger: Ledger) -> None:
    """Enters what reaches the recipients' departments as the same care."""
    if move.replaces or not move.parcels or coming is None:
        return
    lines, region = move.received, setting.region
    rows = department(setting, move.recipients[lines.recipient], region.segments.specialism[lines.segment])
    for form in move.arriving(rows, lines.units):
        ledger.enter(UNITS, form)
    for form in move.arriving(rows, lines.units * own_prices(setting, move, lines), move.price):
        ledger.enter(PRODUCTION, form)
    _cost(setting, coming, ledger)


def refilled(setting: Setting, refill: Refill, coming: Coming, ledger: Ledger) -> None:
    """Enters what refills the donors' departments."""
    region, cells = setting.region, setting.region.cells
    rows = department(setting, cells.provider[refill.cell], region.segments.specialism[cells.segment[refill.cell]])
    ledger.enter(UNITS, refill.form(rows, np.ones(rows.size)))
    ledger.enter(PRODUCTION, refill.form(rows, region.base_price[0][refill.cell]))
    _cost(setting, coming, ledger)


def _cost(setting: Setting, coming: Coming, ledger: Ledger) -> None:
    rows = department(setting, coming.provider, coming.specialism)
    for form in coming.cost():
        ledger.enter(COST, form.named(rows[form.rows]))
        ledger.enter(INCREMENTAL, form.named(rows[form.rows]))


class BaseDepartments:
    """Every department with base-year volume, and what growth alone makes of it.

    Attributes:
        rows: sorted.
        units, production, cost: of the base year, shape (rows,).
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        region = setting.region
        cells, price = region.cells, region.base_price[0]
        own = department(setting, cells.provider, region.segments.specialism[cells.segment])
        self.rows, row = numbered(own)
        self.units, self.production, self.cost = (
            sums(row, cells.units * weight, size=self.rows.size)
            for weight in (np.ones(price.size), price, region.base_unit_cost)
        )

    def forms(self, key: str) -> Iterator[Form]:
        """Yields units, production or cost of growth alone; rows are departments."""
        if key == COST:
            yield from self._costs
            return
        yield Form(self.rows, self._by_path(self.units if key == UNITS else self.production), self._demand)

    @cached_property
    def _costs(self) -> tuple[Form, Form]:
        """The cost of the base year, and the cost that follows what grows."""
        provider, specialism = parted(self._setting, self.rows)
        behaviour = self._setting.region.costs.behaviour(provider, specialism)
        base = Form(self.rows, self._by_path(self.cost), np.ones_like(self._demand))
        grown = Form(self.rows, self._by_path(self.cost), self._demand - 1.0)
        return base, Path(grown, behaviour.run_off).mixed(behaviour.variable, behaviour.semi_fixed)

    @property
    def _demand(self) -> Array:
        return self._setting.demand.tracks

    def _by_path(self, amounts: Array) -> Array:
        """Returns amounts by growth path, shape (rows, paths)."""
        paths = self._setting.demand.path[parted(self._setting, self.rows)[1]]
        coefficients = np.zeros((self.rows.size, self._demand.shape[0]))
        coefficients[np.arange(self.rows.size), paths] = amounts
        return coefficients
