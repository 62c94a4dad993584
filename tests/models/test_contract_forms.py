"""The forms of contract are said once: what may be delivered, computed, supposed and read is the same set."""

import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from data_contracts.contract import load_contract
from models.contract_forms import FORMS, NAMES, SUPPOSABLE, ContractForm
from models.region.codes import Index
from models.region.contracts import Contracts
from models.revenue import settled
from models.scenario.schema import Suppose

COLUMNS = load_contract("contracts").columns
RULES = load_contract("contracts").rules
PAGE = (Path(__file__).parents[2] / "docs" / "model.md").read_text("utf-8")
ROWS = {
    "provider_id": ["P"],
    "payer_id": ["Q"],
    "valid_from": [2025],
    "valid_to": [None],
    "agreed_amount_eur": [100.0],
    "agreed_growth": [None],
    "half_width": [0.1],
    "rate_over": [0.5],
    "rate_under": [0.25],
    "renewal_pass_through": [None],
}
PAID = {
    "fee_for_service": (60.0, 120.0),  # B
    "ceiling": (60.0, 110.0),  # min(B, 100) + .5 max(0, B - 100)
    "lump_sum": (100.0, 100.0),
    "corridor": (92.5, 105.0),  # 100 - .25 (90 - 60); 100 + .5 (120 - 110)
    "capitation": (100.0, 100.0),
}
"""What is paid for a production of 60 and of 120 where 100 is agreed."""


def agreed(form: str) -> Contracts:
    rows = pl.DataFrame(ROWS | {"form": [form]}, schema_overrides={"valid_to": pl.Int64})
    missing = {"agreed_growth": pl.Float64, "renewal_pass_through": pl.Float64}
    index = {"provider": Index(("P",)), "payer": Index(("Q",))}
    return Contracts.of(rows.cast(missing), index=index)


def test_what_may_be_delivered_is_what_is_computed() -> None:
    (form,) = (column for column in COLUMNS if column.name == "form")
    assert {one.value for one in form.allowed} == set(NAMES)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("form", NAMES)
def test_each_form_pays_what_its_law_says(form: str) -> None:
    terms = agreed(form).terms(np.array([0]), np.array([2025, 2026]))
    paid = settled(np.array([60.0, 120.0]).reshape(1, 2, 1), terms)
    assert paid.ravel() == pytest.approx(PAID[form])


def test_a_form_without_a_law_is_no_fee_for_service() -> None:
    with pytest.raises(ValueError, match="subscription"):
        agreed("subscription")


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_a_form_reads_what_it_needs(form: ContractForm) -> None:
    assert set(form.needs) <= set(form.reads) <= {column.name for column in COLUMNS}


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_response_is_that_of_the_law(form: ContractForm) -> None:
    """In proportion, not at all, or by level: told apart by the law itself at three productions."""
    terms = agreed(form.name).terms(np.array([0]), np.array([2025, 2026, 2027]))
    low, middle, high = settled(np.array([60.0, 100.0, 140.0]).reshape(1, 3, 1), terms).ravel()
    slopes = {round((middle - low) / 40, 9), round((high - middle) / 40, 9)}
    response = {frozenset({1.0}): "whole", frozenset({0.0}): "none"}.get(frozenset(slopes), "by level")
    assert response == form.response


@pytest.mark.parametrize("form", NAMES)
def test_a_scenario_may_suppose_the_forms_that_an_amount_is_enough_for(form: str) -> None:
    if form in SUPPOSABLE:
        assert Suppose.model_validate({"contract": {"P": form}}).contract == {"P": form}
    else:
        with pytest.raises(ValueError, match="expected one of fee_for_service"):
            Suppose.model_validate({"contract": {"P": form}})


def test_the_page_of_the_model_lists_the_same_forms() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \| [^|]+\| [^|]*[BC][^|]*\|$", PAGE, re.MULTILINE)) == NAMES


def test_the_rules_of_the_dataset_ask_an_amount_of_the_forms_that_need_one() -> None:
    asking = (rule for rule in RULES if rule.name in {"amount_needed", "amount_expected"})
    asked = {name for rule in asking for name in re.findall(r"'(\w+)'", rule.violation)}
    assert asked == {form.name for form in FORMS if "agreed_amount_eur" in form.needs}
