"""Providers that merged within the base year: one provider with one whole year, and nothing counted twice."""

import datetime as dt
from typing import Any

import polars as pl
import pytest

from models.region import Region

HALF_YEAR = dt.date(2025, 6, 30)
North, South, Merged = "06010101", "06010102", "06010103"
END = (HALF_YEAR, Merged)


def region(periods: dict[str, list[str]], **ends: tuple[dt.date, str | None]) -> Region:
    """A region in which each provider delivers 200 units and 20,000 euro a quarter, in these periods."""
    codes = [North, South, Merged]
    until = [ends.get(name, (None, None))[0] for name in ("north", "south", "merged")]
    successor = [ends.get(name, (None, None))[1] for name in ("north", "south", "merged")]
    register = {"provider_id": codes, "kind": ["general_hospital"] * 3, "until": until, "successor_id": successor}
    rows: list[dict[str, Any]] = [
        {"provider_id": code, "period": period, "payer_id": "3311", "specialism": "0320", "care_product": "p",
         "units": 800.0 if len(period) == 4 else 200.0, "revenue_eur": 80000.0 if len(period) == 4 else 20000.0,
         "resource": "beds", "available": 300.0, "used": 250.0, "patients_waiting": 10.0}
        for code, delivered in periods.items() for period in delivered
    ]  # fmt: skip
    facts = pl.DataFrame(rows)
    tables = {
        "provider": pl.DataFrame(register, schema_overrides={"until": pl.Date, "successor_id": pl.String}),
        "volume": facts, "revenue": facts, "capacity": facts, "waiting_list": facts,
        "contract": pl.DataFrame(
            {"provider_id": [North, Merged], "payer_id": ["3311", "3311"], "valid_from": [2020, 2020],
             "form": ["lump_sum", "lump_sum"], "agreed_amount_eur": [1.0, 2.0]}
        ),
    }  # fmt: skip
    return Region.from_tables(tables, base_year=2025)


def units(found: Region) -> dict[str, float]:
    totals = dict.fromkeys(found.providers.ids, 0.0)
    for provider, amount in zip(found.cells.provider, found.cells.units, strict=True):
        totals[found.providers.ids[provider]] += float(amount)
    return totals


FIRST, LAST = ["2025Q1", "2025Q2"], ["2025Q3", "2025Q4"]
YEAR = [*FIRST, *LAST]
INTO = {"north": END, "south": END}


def test_two_halves_and_their_merger_are_one_year() -> None:
    """2 x 2 x 200 + 2 x 200 units; each annualised by itself would be 2,400."""
    found = region({North: FIRST, South: FIRST, Merged: LAST}, **INTO)
    assert units(found) == {Merged: 1200.0}
    assert found.providers.ids == (Merged,)
    assert dict(found.merged) == {North: Merged, South: Merged}
    assert not any(flag.flag.endswith("annualised") for flag in found.flags)
    told = [flag.message_en for flag in found.flags if flag.flag == "counts_what_merged_into_it"]
    assert told[0] == f"What was delivered under {North} counts as {Merged}'s: the two merged."
    assert found.capacity.available.tolist() == [[1800.0]]


@pytest.mark.parametrize(
    ("periods", "ends", "expected"),
    [
        pytest.param({North: FIRST, Merged: LAST}, {"north": END}, {Merged: 800.0}, id="one into a new"),
        pytest.param(
            {North: FIRST, Merged: YEAR}, {"north": END}, {Merged: 1200.0}, id="into one there"
        ),
        pytest.param(
            {North: ["2025Q1"], Merged: LAST}, {"north": END}, {Merged: 800.0}, id="a quarter missing before"
        ),
        pytest.param(
            {North: FIRST, Merged: ["2025Q4"]}, {"north": END}, {Merged: 800.0}, id="a quarter missing after"
        ),
        pytest.param(
            {North: FIRST}, {"north": END}, {North: 0.0, Merged: 800.0}, id="nothing after the merger"
        ),
        pytest.param({North: FIRST}, {"north": (HALF_YEAR, None)}, {North: 400.0}, id="closed, nobody took over"),
        pytest.param({North: ["2025Q1"]}, {"north": (HALF_YEAR, None)}, {North: 400.0}, id="closed, a quarter missing"),
        pytest.param(
            {North: FIRST, Merged: ["2025Q2", *LAST]}, {"north": (dt.date(2025, 5, 15), Merged)}, {Merged: 1000.0},
            id="merged within a quarter",
        ),
        pytest.param(
            {North: YEAR}, {"north": (dt.date(2025, 12, 31), Merged)}, {North: 800.0}, id="merges after the year"
        ),
        pytest.param(
            {North: YEAR}, {"north": (dt.date(2024, 12, 31), Merged)}, {Merged: 800.0}, id="merged before the year"
        ),
        pytest.param({North: ["2025"], Merged: LAST}, {"north": END}, {Merged: 1200.0}, id="a year as one"),
        pytest.param({North: FIRST}, {}, {North: 800.0}, id="no merger: two quarters stand for a year"),
    ],
)  # fmt: skip
def test_what_a_year_is(periods: dict[str, list[str]], ends: dict[str, Any], expected: dict[str, float]) -> None:
    found = {code: amount for code, amount in units(region(periods, **ends)).items() if amount}
    assert found == pytest.approx({code: amount for code, amount in expected.items() if amount})


def test_a_line_of_mergers_ends_at_the_last() -> None:
    ends = {"north": (dt.date(2025, 3, 31), South), "south": END}
    found = region({North: ["2025Q1"], South: ["2025Q2"], Merged: LAST}, **ends)
    assert units(found) == {Merged: 800.0}


def test_a_line_without_an_end_merges_nobody() -> None:
    found = region({North: FIRST, South: FIRST}, north=(HALF_YEAR, South), south=(HALF_YEAR, North))
    assert dict(found.merged) == {}
    assert units(found)[North] == 400.0


def test_terms_of_the_old_code_do_not_count() -> None:
    found = region({North: FIRST, Merged: LAST}, north=END)
    assert North not in found.providers.ids
    assert found.contracts is not None
