"""What the initiatives do to each contract: production, what of it reaches the revenue, what the contract absorbs."""

from typing import Any

import numpy as np
import polars as pl

from models.contract_forms import NAMES
from models.outcome import Outcome
from models.summary import each, frame, spread_of


def contract_impact(outcome: Outcome) -> pl.DataFrame:
    """Returns what changes between each provider and payer in every year, against no agreement (`contract_impact`).

    Refilled care is included. Under a shared budget the payer's part is told; what the members settle among themselves
    is no contract's. Over the payers it adds up to a provider's revenue, over the providers to a payer's spend.
    """
    ledger, region, years = outcome.contracts, outcome.setting.region, outcome.setting.years
    pairs = ledger.rows()
    if not pairs.size:
        return frame("contract_impact", {})
    payers = len(region.payers.ids)
    terms = region.contracts.terms(pairs, years)
    told = {
        "production_change_eur": {"production_change_eur": 1},
        "revenue_change_eur": {"revenue_change_eur": 1},
        "absorbed_eur": {"revenue_change_eur": 1, "production_change_eur": -1},
    }
    figures: dict[str, Any] = {}
    for name, signs in told.items():
        figures |= spread_of(outcome.sum(ledger.signed(signs), pairs), name)
    return frame(
        "contract_impact",
        {
            "scenario": outcome.setting.scenario.scenario,
            "provider": each([region.providers.ids[pair // payers] for pair in pairs.tolist()], years.size),
            "payer": each([region.payers.ids[pair % payers] for pair in pairs.tolist()], years.size),
            "year": np.tile(years, pairs.size),
            "form": [NAMES[form] for form in terms.form.reshape(-1).tolist()],
            "in_term": terms.in_term.reshape(-1).tolist(),
            **figures,
        },
    )
