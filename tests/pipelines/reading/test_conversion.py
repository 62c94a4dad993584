"""Text to types, a column at a time."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contracts.contract import Kind, load_contract
from pipelines.reading.conversion import Converted, convert_columns
from pipelines.reading.conversion.calendar import canonical_period, convert_dates, convert_years
from pipelines.reading.conversion.categories import convert_allowed, convert_booleans, convert_text
from pipelines.reading.conversion.numbers import convert_numbers, take_apart


def text(*values: str | None) -> pl.Series:
    return pl.Series("x", values, dtype=pl.String)


def numbers(*values: str | None, kind: Kind = "number") -> Converted:
    return convert_numbers(take_apart(text(*values)), kind=kind)


def rules(converted: Converted) -> dict[str, list[int]]:
    return {fault.rule: fault.rows.arg_true().to_list() for fault in converted.faults}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1.234,50", "1.200"], [1234.5, 1200]),
        (["1,234.50", "1,200"], [1234.5, 1200]),
        (["12,5", "1.200"], [12.5, 1200]),
        (["0.25", "1.200"], [0.25, 1.2]),
        (["1.234.567", "1.200"], [1_234_567, 1200]),
        (["1.140,24", "2104.53"], [1140.24, 2104.53]),
        (["€ 1.200", "€ 3.400"], [1200, 3400]),
        (["€ 1442,62", "EUR 5", "3 euro", "€1.200,50"], [1442.62, 5, 3, 1200.5]),
        (["1 234", "1\u00a0234,5", "12 345 678,9", "1'234"], [1234, 1234.5, 12_345_678.9, 1234]),
        (["1.200,-", "5,--"], [1200, 5]),
        (["-5", "5-", "(3,5)", "−2", "-€ 4", "€ -1.000,5"], [-5, -5, -3.5, -2, -4, -1000.5]),
        (["1E5", "1,5e3", "2.5E-1"], [100_000, 1500, 0.25]),
        ([" 12 ", "", None, "\u00a0"], [12, None, None, None]),
        (["00012", "+7"], [12, 7]),
    ],
)
def test_numbers_in_every_notation(values: list[str | None], expected: list[float | None]) -> None:
    converted = numbers(*values)
    assert converted.values.to_list() == expected
    assert not converted.faults


def test_a_sign_that_nothing_decides_is_refused() -> None:
    converted = numbers("1.200", "2.300", "7")
    assert converted.values.to_list() == [None, None, 7]
    assert rules(converted) == {"ambiguous_number": [0, 1]}
    assert "thousands or decimals" in converted.faults[0].text.en


def test_a_column_that_contradicts_itself_decides_nothing() -> None:
    converted = numbers("1.140,24", "2104.53", "1.200")
    assert converted.values.to_list() == [1140.24, 2104.53, None]
    assert rules(converted) == {"ambiguous_number": [2]}


def test_another_column_of_the_file_may_decide() -> None:
    contract = load_contract("revenue")
    columns = (contract.column("units"), contract.column("revenue_eur"))
    frame = pl.DataFrame({"units": ["1.200", "3"], "revenue_eur": ["€ 3.400,50", "7"]})
    converted = convert_columns(frame, columns, stored_numbers={})
    assert converted["units"].values.to_list() == [1200, 3]


def test_cells_that_are_stored_as_numbers_have_a_decimal_point() -> None:
    notation = take_apart(text("1.234", "1.234", "5,5"), stored=pl.Series([True, False, False]))
    assert convert_numbers(notation, kind="number").values.to_list() == [1.234, 1234, 5.5]


@pytest.mark.parametrize(
    ("value", "rule", "says"),
    [
        ("<10", "suppressed_number", "the number itself"),
        ("< 5", "suppressed_number", "the number itself"),
        ("n.v.t.", "text_in_number", "leave the cell empty"),
        ("-", "text_in_number", "leave the cell empty"),
        ("onbekend", "text_in_number", "leave the cell empty"),
        ("NaN", "text_in_number", "leave the cell empty"),
        ("#N/A", "formula_error", "mend the formula"),
        ("#DIV/0!", "formula_error", "mend the formula"),
        ("twaalf", "not_a_number", "write digits"),
        ("12 stuks", "not_a_number", "write digits"),
        ("1.2.3", "not_a_number", "write digits"),
        ("inf", "not_a_number", "write digits"),
        ("=1+1", "formula_without_value", "open the file in a spreadsheet program"),
        ("12%", "percentage", "not a percentage"),
    ],
)
def test_text_in_a_number_column_says_what_to_do(value: str, rule: str, says: str) -> None:
    converted = numbers(value, "1,5")
    assert rules(converted) == {rule: [0]}
    assert converted.values.to_list() == [None, 1.5]
    assert "{value}" in converted.faults[0].text.en
    assert says in converted.faults[0].text.en


def test_money_is_exact_and_rounded_as_people_do() -> None:
    converted = numbers("0,10", "0,20", "2,345", "-2,345", "1.000.000,005", kind="money")
    assert converted.values.to_list() == [Decimal(v) for v in ("0.10", "0.20", "2.35", "-2.35", "1000000.01")]
    assert rules(numbers("1" * 17, kind="money")) == {"number_too_large": [0]}


def test_whole_numbers_stay_whole() -> None:
    converted = numbers("12", "3,0", "12,5", kind="integer")
    assert converted.values.to_list() == [12, 3, None]
    assert rules(converted) == {"not_a_whole_number": [2]}


def test_a_percentage_in_a_share_is_divided() -> None:
    assert numbers("12,5%", "0,3", "100 %", kind="share").values.to_list() == [0.125, 0.3, 1.0]


@given(
    st.lists(st.decimals(min_value=-(10**9), max_value=10**9, places=2), min_size=1, max_size=20),
    st.sampled_from([(".", ","), (",", "."), (" ", ","), ("", ","), ("", "."), ("\u00a0", ",")]),
)
def test_money_written_in_any_notation_is_read_back(amounts: list[Decimal], signs: tuple[str, str]) -> None:
    thousands, decimal = signs
    written = [f"{a:,.2f}".replace(",", "T").replace(".", decimal).replace("T", thousands) for a in amounts]
    converted = numbers(*written, kind="money")
    assert not converted.faults
    assert converted.values.to_list() == [a + 0 for a in amounts]


@pytest.mark.parametrize(
    ("written", "period"),
    [
        ("2025", "2025"),
        ("2025.0", "2025"),
        ("2025JJ00", "2025"),
        ("2025Q3", "2025Q3"),
        ("2025-Q3", "2025Q3"),
        ("2025 q3", "2025Q3"),
        ("2025K3", "2025Q3"),
        ("2025KW03", "2025Q3"),
        ("Q3 2025", "2025Q3"),
        ("Q3-2025", "2025Q3"),
        ("3e kwartaal 2025", "2025Q3"),
        ("kwartaal 3 2025", "2025Q3"),
        ("2025Q5", None),
        ("2025Q0", None),
        ("3-2025", None),
        ("2025-03", None),
        ("1825", None),
        ("zomer", None),
        ("20251", None),
    ],
)
def test_periods(written: str, period: str | None) -> None:
    assert canonical_period(written) == period


def test_dates_of_every_form_and_days_that_do_not_exist() -> None:
    converted = convert_dates(
        text(
            "2025-01-31",
            "31-01-2025",
            "31/1/2025",
            "20250131",
            "2025-01-31 08:00:00",
            "31-02-2025",
            "45688",
            "01-31-2025",
            None,
        )
    )
    assert converted.values.to_list() == [date(2025, 1, 31)] * 5 + [None] * 4
    assert rules(converted) == {"not_a_date": [5, 7], "date_as_number": [6]}


def test_years_may_be_the_day_on_which_they_begin_or_end() -> None:
    begin = convert_years(text("2025", "2025-01-01", "01-01-2025", "2025-03-01", "ooit"), ends=False)
    assert begin.values.to_list() == [2025, 2025, 2025, None, None]
    assert rules(begin) == {"not_a_whole_year": [3], "not_a_year": [4]}
    assert "1 januari" in begin.faults[0].text.nl
    assert convert_years(text("31-12-2025", "2025-01-01"), ends=True).values.to_list() == [2025, None]


def test_codes_are_trimmed_and_lost_zeros_restored_and_counted() -> None:
    column = load_contract("volume").column("provider_id")
    converted = convert_text(
        text(" 06010101 ", "6010101", '="06010102"', "'06010103", "6010104.0", "610101", "A1", "-"), column
    )
    assert converted.values.to_list() == [
        "06010101", "06010101", "06010102", "06010103", "06010104", "610101", "A1", None,
    ]  # fmt: skip
    assert {remark.rule: remark.rows.sum() for remark in converted.remarks} == {
        "leading_zero_restored": 2,
        "read_as_empty": 1,
    }


def test_codes_that_a_program_took_for_numbers_lose_their_point() -> None:
    diagnosis = load_contract("volume").column("diagnosis")
    assert convert_text(text("401.0", None, "12.0"), diagnosis).values.to_list() == ["401", None, "12"]
    assert convert_text(text("401.0", "I10.0"), diagnosis).values.to_list() == ["401.0", "I10.0"]


def test_long_columns_are_converted_by_their_different_values() -> None:
    columns = tuple(load_contract("volume").column(name) for name in ("provider_id", "units"))
    frame = pl.DataFrame(
        {"provider_id": ["6010101", "06010102", None, "x"] * 10_000, "units": ["1.200", "<10", "1,5", ""] * 10_000}
    )
    converted = convert_columns(frame, columns, stored_numbers={})
    assert converted["provider_id"].values.head(4).to_list() == ["06010101", "06010102", None, "x"]
    assert converted["provider_id"].remarks[0].note("provider_id").count == 10_000
    assert converted["units"].values.tail(4).to_list() == [1200, None, 1.5, None]
    assert rules(converted["units"])["suppressed_number"] == list(range(1, 40_000, 4))


def test_codes_that_a_spreadsheet_or_encoding_spoilt_are_refused() -> None:
    converted = convert_text(
        text("1,23E+08", "#N/A", "06\ufffd10101", "06010101"), load_contract("volume").column("provider_id")
    )
    assert rules(converted) == {"code_as_number": [0], "formula_error": [1], "lost_characters": [2]}
    assert converted.values.to_list() == [None, None, None, "06010101"]


def test_a_name_may_hold_odd_signs() -> None:
    assert not convert_text(text("Caf\ufffd", "#1 zorg"), load_contract("providers").column("name")).faults


def test_values_of_a_list_in_either_language() -> None:
    kind = load_contract("providers").column("kind")
    dutch = kind.allowed[0].label.nl
    converted = convert_allowed(text(kind.allowed[0].value.upper(), dutch.upper(), "apotheek", None), kind)
    assert converted.values.to_list() == [kind.allowed[0].value, kind.allowed[0].value, None, None]
    assert rules(converted) == {"allowed": [2]}
    assert kind.allowed[0].value in converted.faults[0].text.en


def test_yes_and_no_in_either_language() -> None:
    converted = convert_booleans(text("ja", "NEE", "true", "0", "1", "waar", "misschien", ""))
    assert converted.values.to_list() == [True, False, True, False, True, True, None, None]
    assert rules(converted) == {"not_a_boolean": [6]}
