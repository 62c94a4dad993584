"""What initiatives and packages do to red lines, by the model itself: the deal room of an evaluated scenario.

Every option is run by itself and every package whole, with the scenario's own draws, as the portfolio does it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.impact import Evaluation
from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN, Outcome
from models.portfolio.choosing import Search
from models.portfolio.contributions import Effects, Option, Package
from models.portfolio.evaluated import Evaluating, limits_of, options_of
from models.positions.deal_room import DealRoom, deal_room, with_lines
from models.positions.lines import Frames, Line, LineBases, amounts_of, lines_of
from models.positions.meeting import Held, held
from models.positions.position import Position
from models.region.codes import Array

TABLES = ("party_baseline", "party_impact", "capacity_gap", "threshold", "initiative", "interest")
"""What red lines are held against."""


@dataclass(frozen=True)
class Sealed:
    """Positions held against one evaluated scenario.

    Attributes:
        evaluation: of the scenario as filed.
        positions: what was handed in.
    """

    evaluation: Evaluation
    positions: tuple[Position, ...]

    @cached_property
    def known(self) -> LineBases:
        """What red lines are shares of."""
        return known_of(self.evaluation.outcome, self._frames)

    @cached_property
    def _frames(self) -> Frames:
        return {name: self.evaluation.table(name) for name in TABLES}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every red line, in the order of the positions."""
        return lines_of(self.positions, self.known)

    @cached_property
    def held(self) -> tuple[Held, ...]:
        """Every red line against the scenario as filed, with the draws where one figure decides."""
        return tuple(
            held(line, amounts_of(line, self._frames, self.known), _draws(self.evaluation.outcome, line))
            for line in self.lines
        )

    def options_of(self, package: Package) -> tuple[Option, ...]:
        """Returns the initiatives of a package, each with its start."""
        options = options_of(self.evaluation.outcome.setting.scenario)
        return tuple(options[place] for place in package)

    def room(self) -> DealRoom:
        """Returns what lies within all red lines that there are figures for."""
        outcome, lines = self.evaluation.outcome, tuple(line for line in self.lines if line.known)
        evaluating = Evaluating(outcome)

        def amounts(package: Package) -> Array:
            of = Evaluation(evaluating.outcome_of(package))
            frames = {name: of.table(name) for name in TABLES if name != "party_baseline"}
            every = (amounts_of(line, frames, self.known) for line in lines)
            return np.concatenate([np.zeros(0), *every])

        def whole(package: Package) -> Effects:
            return replace(evaluating.whole(package), lines=amounts(package))

        own = evaluating.contributions
        alone: Sequence[Array] = [amounts((place,)) for place in range(len(own.options))]
        search = Search(with_lines(own, lines, alone), whole)
        return deal_room(search, limits_of(outcome.setting.scenario), lines)


def known_of(outcome: Outcome, frames: Frames) -> LineBases:
    """Returns what red lines are shares of, from the results of a scenario; what is not told is left out."""
    setting = outcome.setting
    years = tuple(int(year) for year in setting.years)
    sizes = frames["party_baseline"].drop_nulls("size_eur").select("party", "size_eur").iter_rows()
    resources = setting.region.resources
    hours = dict(zip(resources.ids, np.nan_to_num(resources.hours_per_fte).tolist(), strict=True))
    return LineBases(
        size={party: size for party, size in sizes if size > 0},
        cushion=_cushions(frames),
        units=_by_year(frames, "threshold", ("provider", "specialism"), "units_before"),
        production=_productions(frames),
        gap=_by_year(frames, "capacity_gap", ("provider", "resource"), "gap_before"),
        hours_per_fte={name: value for name, value in hours.items() if value > 0},
        years=years,
        discount=dict(zip(years, setting.discount.tolist(), strict=True)),
    )


def _cushions(frames: Frames) -> dict[str, float]:
    """Returns what each cushion is a share of: its value by its share, as the interests tell both."""
    rows = frames["interest"]
    if "share" not in rows.columns:
        return {}
    told = rows.filter(rows["initiative"].is_null() & (rows["dimension"] == "cushion")).drop_nulls("share")
    amounts = told.select("party", "value", "share").iter_rows()
    return {party: value / share for party, value, share in amounts if share}


def _productions(frames: Frames) -> dict[tuple[str, str], float]:
    """Returns the production of each department of which the change and its share are told."""
    rows = frames["interest"]
    if "specialism" not in rows.columns:
        return {}
    told = rows.filter(rows["initiative"].is_null() & (rows["dimension"] == "department")).drop_nulls("share")
    amounts = told.select("party", "specialism", "value", "share").iter_rows()
    return {(party, specialism): value / share for party, specialism, value, share in amounts if share}


def _by_year(frames: Frames, table: str, keys: tuple[str, str], column: str) -> dict[tuple[str, str], dict[int, float]]:
    rows = frames[table].drop_nulls([*keys, column]).select(*keys, "year", column)
    found: dict[tuple[str, str], dict[int, float]] = {}
    for party, what, year, value in rows.iter_rows():
        found.setdefault((party, what), {})[year] = value
    return found


def _draws(outcome: Outcome, line: Line) -> Array | None:
    """Returns a line's one amount by draw, shape (1, draws), for the annual equivalent of a margin; else None."""
    if line.red.dimension not in {"margin", "spend"} or not line.known:
        return None
    region, setting = outcome.setting.region, outcome.setting
    for ids, ledger, signs in (
        (region.providers.ids, outcome.providers, PROVIDER_MARGIN),
        (region.payers.ids, outcome.payers, PAYER_MARGIN),
    ):
        if line.party in ids:
            wanted = {"spend_change_eur": -1} if line.red.dimension == "spend" else signs
            total = outcome.sum(ledger.signed(wanted), np.array([list(ids).index(line.party)]))
            worth: Array = total.present_value(setting.discount) / setting.annuity
            return worth.reshape(1, -1)
    return None
