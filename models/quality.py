"""What moved care is worth to patients, as an initiative declares it (section 12a); never turned into money."""

from collections.abc import Iterator

import numpy as np
import polars as pl

from models.baseline import Setting
from models.forms import PERCENTILES, Form, Sum
from models.outcome import InitiativeOutcome, Outcome
from models.region.codes import Array
from models.scenario.schema import Quality
from models.summary import frame, stacked
from models.transfer import value


def quality(outcome: Outcome) -> pl.DataFrame:
    """Returns the declared measures by initiative, measure and year (`quality`)."""
    parts = []
    for result in outcome.initiatives:
        for measure, total in _totals(outcome.setting, result):
            mean, around = total.spread()
            parts.append(
                frame(
                    "quality",
                    {
                        "scenario": outcome.setting.scenario.scenario,
                        "initiative": result.move.initiative.id,
                        "measure": measure.measure,
                        "year": outcome.setting.years,
                        "mean": mean[0],
                        **{f"p{p}": values[0] for p, values in zip(PERCENTILES, around, strict=True)},
                        "unit": measure.unit.en,
                        "unit_nl": measure.unit.nl,
                        "better": measure.better,
                    },
                )
            )
    return stacked("quality", parts)


def quality_sums(setting: Setting, result: InitiativeOutcome) -> Iterator[tuple[Quality, Array]]:
    """Yields each declared measure of an initiative with its sum over the years, shape (draws,)."""
    ones = np.ones(setting.years.size)
    for measure, total in _totals(setting, result):
        yield measure, total.present_value(ones)[0]


def _totals(setting: Setting, result: InitiativeOutcome) -> Iterator[tuple[Quality, Sum]]:
    """Yields each declared measure with M times what a moved unit is worth; of what happens anyway, the difference."""
    initiative, nobody = result.move.initiative, np.zeros(1, dtype=np.int64)
    for measure in initiative.quality:
        worth = value(setting, initiative, f"quality.{measure.id}.per_moved_unit", measure.per_moved_unit)
        forms = [Form(nobody, played.move.together * sign, played.move.basis * worth) for played, sign in result.worlds]
        yield measure, Sum(forms, nobody, setting.told)
