"""The model page a second time: slow, obvious, and written without a look at the code it checks.

Plain dictionaries and loops; every function names the section of the model page that it transcribes. Only `draws: 0`,
so every parameter stands at its most likely value. Nothing here may import from `models`: what these modules are worth
is that they were written from the page alone. Where the page leaves a choice, the function says which reading it takes.
"""

from typing import Any

import polars as pl

from reference.evaluation import Evaluation
from reference.facts import Facts
from reference.results import result_tables


def evaluate_reference(tables: dict[str, pl.DataFrame], scenario: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The result tables of a scenario at `draws: 0`, as lists of rows keyed by column.

    Args:
        tables: fact tables by their published (singular) name, as the data contracts type them; any may be missing.
        scenario: the scenario file as YAML parses it, codes as strings.
    """
    facts = Facts(tables, int(scenario["base_year"]))
    return result_tables(Evaluation(facts, scenario))


__all__ = ["evaluate_reference"]
