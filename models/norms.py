"""Volume norms (section 6), and what happens when they are enforced anyway (section 1)."""

import numpy as np

from data_contracts.text import Text
from models.baseline import Setting, near
from models.forms import Form, Ledger, Sum
from models.parameters import point
from models.region.codes import Array, Integers, Mask, numbered
from models.region.region import NONE_BELOW
from models.scenario.schema import NORM_PREFIX, Donors, Initiative, Recipients, Selection, Uptake
from models.transfer import Move, Planned


def has_some(units: Array) -> Mask:
    """Returns where there are any units to speak of."""
    return units >= NONE_BELOW - near(NONE_BELOW)


def meets(units: Array, minimum: float) -> Mask:
    """Returns where a number of units meets a norm."""
    return units >= minimum - near(minimum)


class NormUnits:
    """Units that count for volume norms, as the initiatives of one world change them.

    Rows are provider * norms + norm. Who gives and gets is decided on means; where draws stand for runs by themselves
    (`Setting.sample` is not random), `apart` tells those in which it would be decided otherwise.
    """

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self.count = len(setting.region.norms.ids)
        self.changes = Ledger()
        self.apart: Mask = np.zeros(setting.shape[1], dtype=bool)

    def changed_by(self, move: Move) -> list[Form]:
        """Returns what a move changes of the units of donors and of recipients of the same care."""
        region, cells, lines = self._setting.region, move.moved, move.received
        forms = []
        for norm in range(self.count):
            counts = region.norm_segments[norm]
            mine = counts[cells.segment]
            if mine.any():
                rows, row = numbered(cells.provider * self.count + norm)
                coefficients = move.of_donors(row, cells.units * mine, size=rows.size)
                forms.append(Form(rows, coefficients, -move.given))
            if mine.any() and not move.replaces and move.parcels:
                row = move.recipients[lines.recipient] * self.count + norm
                forms += move.arriving(row, lines.units * counts[lines.segment])
        return forms

    def apply(self, forms: list[Form]) -> None:
        """Enters what an initiative changes."""
        for form in forms:
            self.changes.enter("units", form)

    def change(self, rows: Integers) -> Sum:
        """Returns what all initiatives together change, of given rows (sorted)."""
        return Sum(self.changes.forms("units"), rows, self._setting.shape)

    def growth_alone(self, rows: Integers) -> Form:
        """Returns the units of growth alone, of given rows (sorted)."""
        region = self._setting.region
        cells, demand = region.cells, self._setting.demand.tracks
        coefficients = np.zeros((rows.size, demand.shape[0]))
        for norm in np.unique(rows % max(self.count, 1)):
            counts, own = region.norm_segments[norm, cells.segment], rows % self.count == norm
            every = self._setting.base_units_by_path(
                cells.provider[counts], cells.units[counts], size=len(region.providers.ids), of=counts
            )
            coefficients[own] = every[rows[own] // self.count]
        return Form(rows, coefficients, demand)

    def _units(self, year: int, norm: int) -> tuple[Sum, int]:
        """Returns every provider's units of a norm as the initiatives so far left them, and the place of a year."""
        rows = np.arange(len(self._setting.region.providers.ids)) * self.count + norm
        total = Sum([self.growth_alone(rows), *self.changes.forms("units")], rows, self._setting.told)
        return total, int(np.searchsorted(self._setting.years, year))

    def enforced(self, planned: Planned) -> Planned:
        """Returns the enforcement of a norm with its donors and recipients, as the initiatives before it left them.

        Nobody gives anything away where no location meets the norm, or where the year is beyond the horizon.
        """
        norm, year = planned.norm or 0, planned.initiative.uptake.start
        none = np.zeros(0, dtype=np.int64)
        if year > self._setting.years[-1]:
            return Planned(planned.initiative, none, none, agreed=False, norm=norm)
        total, place = self._units(year, norm)
        units, minimum = total.mean()[:, place], float(self._setting.region.norms.minimum[norm])
        met = meets(units, minimum)
        if not self._setting.sample.random:
            own, some = total.at(place), has_some(units)[:, None]
            otherwise = (has_some(own) != some) | (some & (meets(own, minimum) != met[:, None]))
            self.apart |= otherwise.any(axis=0)
        recipients, short = np.flatnonzero(met & has_some(units)), np.flatnonzero(~met & has_some(units))
        donors = short if recipients.size else none
        unmet = bool(short.size and not recipients.size)
        return Planned(planned.initiative, donors, recipients, agreed=False, norm=norm, unmet=unmet)


def enforcement(setting: Setting) -> list[Planned]:
    """Returns one initiative a norm of a scenario that enforces norms; its parties are found when it is played."""
    year, region = setting.scenario.baseline.enforce_norms, setting.region
    if year is None:
        return []
    nobody = np.zeros(0, dtype=np.int64)
    return [
        Planned(_initiative(setting, norm, year), nobody, nobody, agreed=False, norm=norm)
        for norm in range(len(region.norms.ids))
    ]


def _initiative(setting: Setting, norm: int, year: int) -> Initiative:
    """Returns a norm as an initiative: at once, the whole of it, to the nearest who meets it."""
    region = setting.region
    everybody = region.providers.ids
    name = region.norms.names[norm]
    return Initiative(
        id=f"{NORM_PREFIX}{region.norms.ids[norm]}",
        kind="concentration",
        title=Text(nl=f"Volumenorm: {name}", en=f"Volume norm: {name}"),
        donors=Donors(providers=everybody),
        recipients=Recipients(providers=everybody, allocate="nearest"),
        care=_care(setting, norm),
        eligible_share=point(1.0),
        uptake=Uptake(start=year),
    )


def _care(setting: Setting, norm: int) -> tuple[Selection, ...]:
    """Returns the care of a norm's rows, as far as anybody delivers it."""
    segments, rows = setting.region.segments, setting.region.norms.rows
    found = []
    for _, specialism, product in rows[(rows[:, 0] == norm) & (rows[:, 1:] > -2).all(axis=1)].tolist():
        code = segments.specialisms.ids[specialism] if specialism >= 0 else None
        care = segments.care_products.ids[product] if product >= 0 else None
        found.append(Selection(specialism=code and (code,), care_product=care and (care,)))
    return tuple(found) or (Selection(),)
