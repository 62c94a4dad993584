"""The staircase: every step in its order, which data unlock the next, and the same words wherever it is told."""

from pathlib import Path

import pytest

from data_contracts.staircase import staircase, staircase_table, standing
from data_contracts.text import Language

ROOT = Path(__file__).parents[2]
FIRST = {"providers": {"provider_id", "name", "kind"}, "volume": {"provider_id", "period", "specialism", "units"}}
REVENUE = {"revenue": {"provider_id", "period", "care_product", "units", "revenue_eur"}}


def test_the_steps_stand_in_the_order_of_the_issue() -> None:
    assert [step.name for step in staircase()] == ["flows", "money", "hands", "travel", "contracts", "context"]


def test_an_empty_region_is_told_the_first_step_whole() -> None:
    here, after = standing({})
    assert here.en == "The region stands before the first step of 6."
    assert after.nl == (
        "Hierna, wie welke zorg levert en waar die heen gaat: lever `providers`: provider_id, name, kind; `volume`: "
        "provider_id, period, specialism, units aan. Meestal bij de zorgcontroller of het datawarehouse van de "
        "aanbieder. Daarna: care-transfer refresh"
    )


def test_only_what_is_missing_of_the_next_step_is_told() -> None:
    here, after = standing({**FIRST, "revenue": {"provider_id", "period", "units"}})
    assert here.en.startswith("Step 1 of 6")
    assert "deliver `revenue`: care_product, revenue_eur." in after.en or "`care_products`" in after.en


def test_a_reference_price_is_a_way_to_money_too() -> None:
    here, after = standing({**FIRST, "care_products": {"care_product", "reference_price_eur"}})
    assert here.nl.startswith("Trede 2 van 6: de regio weet wat elke partij verliest of wint")
    assert "`capacity`" in after.nl


def test_a_step_that_is_skipped_is_the_next_one() -> None:
    here, after = standing({**FIRST, "capacity": {"provider_id", "period", "resource", "available", "used"}})
    assert here.en.startswith("Step 1 of 6")
    assert "gains" in after.en


def test_at_the_top_nothing_is_asked() -> None:
    every = {
        d: set(columns) | FIRST.get(d, set()) for step in staircase() for way in step.ways for d, columns in way.items()
    }
    whole: dict[str, set[str]] = {}
    for step in staircase():
        for way in step.ways:
            for dataset, columns in way.items():
                whole.setdefault(dataset, set()).update(columns)
    assert every.keys() == whole.keys()
    assert standing(whole)[1].en == "Every step is made."


@pytest.mark.parametrize(
    ("page", "language"),
    [
        ("docs/deliver.md", "en"),
        ("docs/aanleveren.md", "nl"),
        ("pipelines/workspace/new/README.md", "en"),
        ("pipelines/workspace/new/LEESMIJ.md", "nl"),
    ],
)
def test_every_page_tells_the_staircase_as_it_is(page: str, language: Language) -> None:
    assert "\n".join(staircase_table(language)) in (ROOT / page).read_text()
