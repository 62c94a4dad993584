"""Whether results can be true at all: no figure is infinite, and none is larger than a nation's.

Slips that pass every other check (a growth of 1 a year for a generation, an amount in cents) show here. The limits are
far beyond any region, so that nothing that is merely surprising is refused.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from data_contracts.problem import Fault
from data_contracts.text import Text
from models.scenario import ScenarioError

if TYPE_CHECKING:
    from models.impact import Evaluation

HEADLINES = ("party_impact", "party_baseline", "capacity_gap")
"""The tables in which whatever runs away shows first."""

LIMITS = {"_eur": 1e12, "fte": 1e7, "units": 1e10, "probability": 1.0 + 1e-9}
"""The largest size that a figure can have, by a part of its column's name.

A nation of eighteen million spends 1.2e11 euro a year on care and employs 1.4 million people in it (general knowledge).
"""

ANY = 1e12
"""The largest size of every other figure: hours, kilometres, and rows that hold several kinds of amounts."""


def limit_of(column: str) -> float:
    """Returns the largest size that a figure of a result column can have."""
    return next((limit for part, limit in LIMITS.items() if part in column), ANY)


def implausible(table: pl.DataFrame) -> Iterator[tuple[str, float]]:
    """Yields each column of a result table that holds a figure that cannot be, with the largest such figure."""
    for name, kind in table.schema.items():
        if kind != pl.Float64:
            continue
        figures = table[name].drop_nulls()
        beyond = figures.filter(~figures.is_finite() | (figures.abs() > limit_of(name)))
        if beyond.len():
            worst = beyond.abs().max()
            yield name, float("nan") if worst is None else float(worst)  # type: ignore[arg-type]


def require_plausible(evaluation: "Evaluation") -> None:
    """Refuses an evaluation whose headline figures cannot be.

    Raises:
        ScenarioError: with each such figure, and what to look for.
    """
    faults = [
        _fault(evaluation.outcome.setting.scenario.scenario, table, column, worst)
        for table in HEADLINES
        for column, worst in implausible(evaluation.headline(table))
    ]
    if faults:
        raise ScenarioError(faults)


def _fault(scenario: str, table: str, column: str, worst: float) -> Fault:
    return Fault(
        found=Text(
            en=f"a figure of {worst:.2g} in {table}.{column}", nl=f"een uitkomst van {worst:.2g} in {table}.{column}"
        ),
        expected=Text(
            en=f"figures of at most {limit_of(column):.0e}", nl=f"uitkomsten van hooguit {limit_of(column):.0e}"
        ),
        action=Text(
            en="look for a slip among the rates of growth, the tariffs, the ratios and the delivered amounts",
            nl="zoek naar een vergissing in groeicijfers, tarieven, verhoudingen en aangeleverde bedragen",
        ),
        source=scenario,
    )
