"""The model page a second time: slow, obvious, and written without a look at the code it checks.

Plain dictionaries and loops; every function names the section of the model page that it transcribes. Nothing here may
import from `models`: what these modules are worth is that they were written from the page alone. Where the page leaves
a choice, the function says which reading it takes.

Read in this order: `facts` and `baseline` (section 1), `plan` (how a scenario is read), `moving`, `norms` and
`feasibility` (2, 1, 5), `refill` (4), `contracts` and `budgets` (3), `world` (one world, year by year), `costs` (4),
`evaluation` (both worlds), `thresholds` (6), `interests` (9), `path` (4), `results` (the tables), `settlement` (10).
"""

from typing import Any

import polars as pl

from reference.evaluation import Evaluation
from reference.facts import Facts
from reference.results import result_tables


def evaluate_reference(
    tables: dict[str, pl.DataFrame], scenario: dict[str, Any], *, drawn: list[dict[str, Any]] | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The result tables of a scenario, as lists of rows keyed by column.

    Args:
        tables: fact tables by their published (singular) name, as the data contracts type them; any may be missing.
        scenario: the scenario file as YAML parses it, codes as strings; computed at its modes (`draws: 0`).
        drawn: instead, one scenario per draw, with a number in place of each parameter and 0 or 1 as the probability
            of a stall.
    """
    facts = Facts(tables, int(scenario["base_year"]))
    return result_tables(Evaluation(facts, drawn or [scenario]))


__all__ = ["evaluate_reference"]
