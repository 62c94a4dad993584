"""Every rule of every contract has a row that breaks it and a row that keeps it, judged by its own predicate."""

from datetime import date
from typing import Any

import duckdb
import polars as pl
import pytest

from data_contracts.contract import load_contract, load_contracts
from pipelines.judging.from_contract.storage import polars_schema

Row = dict[str, Any]

# (dataset, rule): rows that break it, rows that keep it; a column left out is empty.
CASES: dict[tuple[str, str], tuple[list[Row], list[Row]]] = {
    ("providers", "margin_is_plausible"): (
        [{"annual_revenue_eur": 100, "annual_margin_eur": 30}, {"annual_revenue_eur": 100, "annual_margin_eur": -30}],
        [{"annual_revenue_eur": 100, "annual_margin_eur": 25}, {"annual_margin_eur": 30}],
    ),
    ("providers", "id_is_plain"): (
        [
            {"provider_id": one}
            for one in ("../../x", "a/b", "patients", "Unknown", ".hidden", "x" * 65, "a\nb", "=1+1")
        ],
        [{"provider_id": one} for one in ("06010101", "GM0599", "St. Élan 2", "north-1_b", "x" * 64)],
    ),
    ("payers", "id_is_plain"): (
        [{"payer_id": one} for one in ("../3311", "patients", "pool")],
        [{"payer_id": one} for one in ("3311", "unknown insurer")],
    ),
    ("providers", "place_is_whole"): ([{"latitude": 51.9}, {"longitude": 4.5}], [{}, {"latitude": 0, "longitude": 4}]),
    ("providers", "place_is_not_zero"): ([{"latitude": 0, "longitude": 0}], [{}, {"latitude": 51.5, "longitude": 0}]),
    ("areas", "place_is_whole"): ([{"latitude": 51.9}, {"longitude": 4.5}], [{}, {"latitude": 51.9, "longitude": 4.5}]),
    ("areas", "place_is_not_zero"): ([{"latitude": 0, "longitude": 0}], [{}, {"latitude": 51.5, "longitude": 0}]),
    ("resources", "hours_per_fte_plausible"): (
        [{"hours_per_fte": 36}, {"hours_per_fte": 8760}],
        [{"hours_per_fte": 1540}, {}],
    ),
    ("resources", "target_utilisation_above_zero"): ([{"target_utilisation": 0}], [{"target_utilisation": 0.85}, {}]),
    ("resources", "direct_share_above_zero"): ([{"direct_share": 0}], [{"direct_share": 0.56}, {}]),
    ("resources", "step_above_zero"): ([{"step": 0}], [{"step": 6570}, {}]),
    ("providers", "successor_after_a_last_day"): (
        [{"successor_id": "06010102"}],
        [{"successor_id": "06010102", "until": date(2025, 6, 30)}, {"until": date(2025, 6, 30)}, {}],
    ),
    ("resources", "staff_has_hours_per_fte"): (
        [{"is_staff": True}],
        [{"is_staff": True, "hours_per_fte": 1540}, {"is_staff": False}, {}],
    ),
    ("volume", "diagnosis_has_specialism"): (
        [{"diagnosis": "401"}],
        [{"diagnosis": "401", "specialism": "0320"}, {"diagnosis": "K78"}, {}],
    ),
    ("volume", "area_is_no_full_postcode"): (
        [{"area": "3011AB"}, {"area": "3011 ab"}],
        [{"area": "3011"}, {"area": "301"}, {"area": "GM0599"}, {}],
    ),
    ("volume", "patients_within_units"): (
        [{"patients": 11, "units": 10}],
        [{"patients": 10, "units": 10}, {"units": 1}],
    ),
    ("volume", "care_is_named"): ([{}], [{"specialism": "0320"}, {"diagnosis": "K78"}, {"care_product": "099999041"}]),
    ("revenue", "revenue_not_negative"): ([{"revenue_eur": -1}], [{"revenue_eur": 0}, {}]),
    ("revenue", "says_something"): ([{}], [{"units": 0}, {"revenue_eur": 0}]),
    ("revenue", "price_plausible"): (
        [{"units": 1, "revenue_eur": 300_000}],
        [{"units": 2, "revenue_eur": 300_000}, {"revenue_eur": 300_000}],
    ),
    ("revenue", "price_can_be_formed"): (
        [
            {"care_product": "099999001", **given}
            for given in ({"units": 1}, {"revenue_eur": 1}, {"units": 0, "revenue_eur": 5})
        ],
        [
            {"care_product": "099999001", "units": 1, "revenue_eur": 5},
            {"care_product": "099999001", "units": 0, "revenue_eur": 0},
            {"revenue_eur": 5},
        ],
    ),
    ("declarations", "not_closed"): ([{}], [{"end_date": date(2025, 3, 1)}]),
    ("declarations", "ends_after_it_starts"): (
        [{"start_date": date(2025, 3, 2), "end_date": date(2025, 3, 1)}],
        [{"start_date": date(2025, 3, 1), "end_date": date(2025, 3, 1)}, {"end_date": date(2025, 3, 1)}],
    ),
    ("declarations", "closes_within_a_year"): (
        [{"start_date": date(2023, 3, 1), "end_date": date(2025, 3, 1)}],
        [{"start_date": date(2025, 1, 1), "end_date": date(2025, 4, 30)}],
    ),
    ("declarations", "diagnosis_has_specialism"): (
        [{"diagnosis": "401"}],
        [{"diagnosis": "401", "specialism": "0320"}, {"diagnosis": "K78"}],
    ),
    ("declarations", "area_is_no_full_postcode"): ([{"area": "3011AB"}], [{"area": "3011"}, {}]),
    ("declarations", "only_a_correction_is_negative"): (
        [{"units": -1}],
        [{"units": 1}, {"units": -1, "corrects": "D1"}],
    ),
    ("declarations", "only_a_correction_is_credited"): (
        [{"units": 2, "amount_eur": -500}],
        [{"units": -1, "amount_eur": -5}, {"units": 1, "amount_eur": -5, "corrects": "D1"}, {"units": 1}],
    ),
    ("declarations", "amount_has_the_sign_of_the_units"): (
        [{"units": 1, "amount_eur": -5, "corrects": "D1"}, {"units": -1, "amount_eur": 5}],
        [
            {"units": 1, "amount_eur": -5},
            {"units": 1, "amount_eur": 5},
            {"units": -1, "amount_eur": -5},
            {"units": 1, "amount_eur": 0},
            {"units": 1},
        ],
    ),
    ("declarations", "corrects_another_line"): (
        [{"declaration_id": "D1", "corrects": "D1"}],
        [{"declaration_id": "D2", "corrects": "D1"}, {"declaration_id": "D1"}],
    ),
    ("declarations", "a_correction_is_negative"): (
        [{"corrects": "D1", "units": 1}],
        [{"corrects": "D1", "units": -1}, {"units": 1}],
    ),
    ("contracts", "ends_after_it_starts"): (
        [{"valid_from": 2025, "valid_to": 2024}],
        [{"valid_from": 2025, "valid_to": 2025}, {"valid_from": 2025}],
    ),
    ("contracts", "amount_needed"): (
        [{"form": "ceiling"}, {"form": "corridor"}],
        [{"form": "ceiling", "agreed_amount_eur": 0}, {"form": "lump_sum"}, {"form": "fee_for_service"}],
    ),
    ("contracts", "amount_expected"): (
        [{"form": "lump_sum"}, {"form": "capitation"}],
        [{"form": "lump_sum", "agreed_amount_eur": 5}, {"form": "ceiling"}],
    ),
    ("contracts", "amount_not_used"): (
        [{"form": "fee_for_service", "agreed_amount_eur": 5}],
        [{"form": "fee_for_service"}, {"form": "ceiling", "agreed_amount_eur": 5}],
    ),
    ("contracts", "growth_plausible"): (
        [{"agreed_growth": 0.2}, {"agreed_growth": -0.2}],
        [{"agreed_growth": 0.01}, {"agreed_growth": -0.15}, {}],
    ),
    ("contracts", "corridor_has_a_width"): (
        [{"form": "corridor"}],
        [{"form": "corridor", "half_width": 0.02}, {"form": "lump_sum"}],
    ),
    ("contracts", "rates_fit_the_form"): (
        [
            {"form": "lump_sum", "rate_over": 0.5},
            {"form": "ceiling", "rate_under": 0.5},
            {"form": "ceiling", "half_width": 0.02},
        ],
        [
            {"form": "ceiling", "rate_over": 0.5},
            {"form": "corridor", "rate_over": 0.5, "rate_under": 0.5, "half_width": 0.02},
            {"form": "fee_for_service"},
        ],
    ),
    ("capacity", "used_within_available"): (
        [{"available": 100, "used": 151}],
        [{"available": 100, "used": 150}, {"used": 151}, {"available": 100}],
    ),
    ("capacity", "target_utilisation_above_zero"): ([{"target_utilisation": 0}], [{"target_utilisation": 0.85}, {}]),
    ("capacity", "target_utilisation_has_capacity"): (
        [{"target_utilisation": 0.85}],
        [{"target_utilisation": 0.85, "available": 100}, {}],
    ),
    ("capacity", "capacity_is_known"): ([{}, {"vacancies_fte": 2}], [{"available": 0}, {"used": 5}]),
    ("resource_use", "amount_plausible"): ([{"amount_per_unit": 201}], [{"amount_per_unit": 200}]),
    ("cost_structure", "cost_ratio_plausible"): ([{"cost_ratio": 98}, {"cost_ratio": 0.02}], [{"cost_ratio": 0.98}]),
    ("cost_structure", "run_off_plausible"): ([{"run_off_years": 16}], [{"run_off_years": 0}, {"run_off_years": 4}]),
    ("cost_structure", "shares_add_up"): (
        [
            {"variable_share": 0.28, "semi_fixed_share": 0.48, "fixed_share": 0.25},
            {"variable_share": 0.28, "semi_fixed_share": 0.48, "fixed_share": 0.2399},
        ],
        [
            {"variable_share": 0.28, "semi_fixed_share": 0.48, "fixed_share": 0.24},
            {"variable_share": 0.3333333, "semi_fixed_share": 0.3333333, "fixed_share": 0.3333333},
        ],
    ),
    ("unit_costs", "unit_cost_plausible"): ([{"unit_cost_eur": 300_000}], [{"unit_cost_eur": 250_000}]),
    ("list_prices", "list_price_plausible"): ([{"list_price_eur": 600_000}], [{"list_price_eur": 500_000}]),
    ("waiting_list", "wait_plausible"): ([{"wait_days": 731}], [{"wait_days": 42}, {}]),
    ("waiting_list", "waiting_is_known"): ([{}], [{"wait_days": 42}, {"patients_waiting": 0}]),
    ("volume_norms", "minimum_above_zero"): ([{"minimum_units": 0}], [{"minimum_units": 20}]),
    ("volume_norms", "norm_names_care"): ([{}], [{"specialism": "0303"}, {"care_product": "029399009"}]),
    ("care_products", "reference_price_plausible"): (
        [{"reference_price_eur": 300_000}],
        [{"reference_price_eur": 1_355.43}, {}],
    ),
    ("regional_spending", "cost_not_negative"): ([{"cost_eur": -1}], [{"cost_eur": 0}]),
    ("realised_transfers", "goes_to_another_provider"): (
        [{"from_id": "06010101", "to_id": "06010101"}],
        [{"from_id": "06010101", "to_id": "41000001"}],
    ),
}


def test_no_rule_is_without_its_rows() -> None:
    rules = [(contract.dataset, rule.name) for contract in load_contracts().values() for rule in contract.rules]
    assert len(rules) == len(set(rules))
    assert set(rules) == set(CASES)


@pytest.mark.parametrize(("dataset", "name"), CASES)
def test_a_rule_finds_the_rows_that_break_it_and_no_others(dataset: str, name: str) -> None:
    breaking, keeping = CASES[dataset, name]
    contract = load_contract(dataset)
    rule = next(rule for rule in contract.rules if rule.name == name)
    rows = pl.DataFrame([*breaking, *keeping], schema=polars_schema(contract)).with_row_index("row_number")
    assert rows.height == len(breaking) + len(keeping)
    with duckdb.connect() as connection:
        connection.register("delivered", rows)
        query = rule.arguments["unexpected_rows_query"].format(batch="delivered")
        assert query.endswith(rule.violation)
        found = connection.execute(f"SELECT row_number FROM ({query}) ORDER BY ALL").fetchall()
    assert [number for (number,) in found] == list(range(len(breaking)))


def test_severities_leave_out_only_what_cannot_be_computed() -> None:
    refusing = {(k.dataset, r.name) for k in load_contracts().values() for r in k.rules if r.severity != "warn"}
    assert refusing == {
        ("providers", "id_is_plain"),
        ("payers", "id_is_plain"),
        ("providers", "place_is_whole"),
        ("areas", "place_is_whole"),
        ("resources", "target_utilisation_above_zero"),
        ("resources", "direct_share_above_zero"),
        ("resources", "step_above_zero"),
        ("providers", "successor_after_a_last_day"),
        ("volume", "area_is_no_full_postcode"),
        ("declarations", "ends_after_it_starts"),
        ("declarations", "area_is_no_full_postcode"),
        ("declarations", "only_a_correction_is_negative"),
        ("declarations", "only_a_correction_is_credited"),
        ("revenue", "says_something"),
        ("declarations", "corrects_another_line"),
        ("contracts", "ends_after_it_starts"),
        ("contracts", "amount_needed"),
        ("capacity", "target_utilisation_above_zero"),
        ("cost_structure", "shares_add_up"),
        ("volume_norms", "minimum_above_zero"),
        ("realised_transfers", "goes_to_another_provider"),
    }


@pytest.mark.parametrize(
    ("dataset", "column", "limits"),
    [
        ("providers", "latitude", (-90, 90)),
        ("areas", "longitude", (-180, 180)),
        ("volume", "units", (0, None)),
        ("volume", "patients", (0, None)),
        ("revenue", "units", (0, None)),
        ("revenue", "revenue_eur", (None, None)),
        ("capacity", "available", (0, None)),
        ("capacity", "used", (0, None)),
        ("capacity", "target_utilisation", (0, 1.5)),
        ("resources", "target_utilisation", (0, 1.5)),
        ("contracts", "rate_over", (0, 1)),
        ("contracts", "rate_under", (0, 1)),
        ("contracts", "renewal_pass_through", (0, 1)),
        ("cost_structure", "variable_share", (0, 1)),
        ("cost_structure", "run_off_years", (0, 50)),
        ("population", "year", (1990, 2100)),
        ("declarations", "units", (None, None)),
    ],
)
def test_ranges(dataset: str, column: str, limits: tuple[float | None, float | None]) -> None:
    found = load_contract(dataset).column(column)
    assert (found.minimum, found.maximum) == limits
