"""What the initiatives change of each department, before contracts (`department_impact`)."""

import numpy as np
import polars as pl

from models.baseline import NEAR
from models.departments import AVOIDED, INCREMENTAL, PRODUCTION, STRANDED, UNITS, BaseDepartments, parted
from models.outcome import Outcome
from models.summary import each, frame


def department_impact(outcome: Outcome) -> pl.DataFrame:
    """Returns what changes of each provider's specialisms in every year, against no agreement; means.

    Replacement care, contracts, support and transition costs belong to no department.
    """
    setting = outcome.setting
    without = outcome.no_agreement.ledger("departments")
    ledger = outcome.agreement.ledger("departments").less(without)
    rows = ledger.rows()
    if not rows.size:
        return frame("department_impact", {})
    told = {key: outcome.sum(ledger.forms(key), rows).mean() for key in (
        UNITS, PRODUCTION, AVOIDED, STRANDED, INCREMENTAL,
    )}  # fmt: skip
    alone = BaseDepartments(setting).forms(UNITS)
    before = outcome.sum([*alone, *without.forms(UNITS)], rows).mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(before > NEAR, told[UNITS] / before, np.nan)
    provider, specialism = parted(setting, rows)
    region, years = setting.region, setting.years
    codes = [region.segments.specialisms.ids[place] for place in specialism]
    return frame(
        "department_impact",
        {
            "scenario": setting.scenario.scenario,
            "provider": each([region.providers.ids[place] for place in provider], years.size),
            "specialism": [code for code in codes for _ in years],
            "year": np.tile(years, rows.size),
            "units_change": told[UNITS].reshape(-1),
            "share_of_units": share.reshape(-1),
            "production_change_eur": told[PRODUCTION].reshape(-1),
            "avoided_cost_eur": told[AVOIDED].reshape(-1),
            "stranded_cost_eur": told[STRANDED].reshape(-1),
            "incremental_cost_eur": told[INCREMENTAL].reshape(-1),
        },
    )
