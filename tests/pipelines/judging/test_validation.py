"""Holding a delivery against its contract: what counts, what does not and why, and that nothing is lost in between."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.contract import load_contract
from pipelines.intake.one_file import validate_file
from pipelines.judging import Register, Validated, validate
from pipelines.judging.judgement import HIDDEN
from pipelines.judging.personal import passes_eleven_test
from pipelines.reading.formats import REJECTION_SCHEMA, ROW_NUMBER, RawTable, read_delivery
from pipelines.reading.formats.raw import Taken

REGISTER = Register(
    {"providers.provider_id": frozenset({"06010101", "06010102"}), "payers.payer_id": frozenset({"3311"})}
)
HEAD = "provider_id;period;payer_id;specialism;care_product;units;patients"


def check(
    tmp_path: Path,
    lines: Sequence[str] | str,
    *,
    dataset: str = "volume",
    period: str | None = "2025Q1",
    head: str = HEAD,
) -> Validated:
    path = tmp_path / f"{dataset}.csv"
    rows = [lines] if isinstance(lines, str) else lines
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return validate_file(path, load_contract(dataset), register=REGISTER, period=period)


def reasons(validated: Validated) -> list[tuple[int, str | None, str | None, str]]:
    return validated.rejections.select(ROW_NUMBER, "column", "value", "rule").rows()


def bsn(start: int) -> str:
    """Returns the first number of nine digits from `start` on that passes the eleven-test (made up here)."""
    candidates = pl.Series([f"{n:09}" for n in range(start, start + 200)])
    return str(candidates.filter(passes_eleven_test(candidates))[0])


GOOD = "06010101;2025Q1;3311;0320;099999001;5;4"


def test_a_good_row_is_accepted_typed(tmp_path: Path) -> None:
    validated = check(tmp_path, GOOD)
    assert validated.accepted.rows(named=True) == [
        {
            "provider_id": "06010101", "period": "2025Q1", "payer_id": "3311", "specialism": "0320", "diagnosis": None,
            "care_product": "099999001", "area": None, "patients": 4, "units": 5.0, "row_number": 2,
        }
    ]  # fmt: skip
    assert validated.rejections.is_empty()


@pytest.mark.parametrize(
    ("row", "column", "value", "rule", "says"),
    [
        (";2025Q1;3311;0320;099999009;5;4", "provider_id", None, "required", "nothing in provider_id"),
        ("06010101;2025Q1;3311;0320;099999009;;4", "units", None, "required", "fill in units"),
        ("06010101;2025Q1;3311;0320;099999009;-5;4", "units", "-5", "range", "a number of 0 or more"),
        ("06010101;2025Q1;3311;0320;099999009;<10;4", "units", "<10", "suppressed_number", "the number itself"),
        ("06010101;2025Q1;3311;0320;099999009;5;4,5", "patients", "4,5", "not_a_whole_number", "a whole number"),
        ("06999999;2025Q1;3311;0320;099999009;5;4", "provider_id", "06999999", "reference", "dataset providers"),
        ("06010101;2025Q5;3311;0320;099999009;5;4", "period", "2025Q5", "no_such_period", "from Q1 to Q4"),
        ("06010101;2025Q2;3311;0320;099999009;5;4", "period", "2025Q2", "other_period", "the period of the folder"),
        ("06010101;2025;3311;0320;099999009;5;4", "period", "2025", "other_period", "2025Q1"),
        ("Totaal;;;;;5;4", None, None, "totals_row", "a total would count twice"),
        ("06010101;2025Q1;3311;0320;Totaal;5;4", None, None, "totals_row", "a total would count twice"),
        (
            "06010101;2025Q1;3311;0320;099999009;5",
            None,
            "06010101;2025Q1;3311;0320;099999009;5",
            "number_of_fields",
            "Expected: 7",
        ),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_with_its_reason(
    tmp_path: Path, row: str, column: str | None, value: str | None, rule: str, says: str
) -> None:
    validated = check(tmp_path, [GOOD, row])
    assert validated.accepted[ROW_NUMBER].to_list() == [2]
    assert reasons(validated) == [(3, column, value, rule)]
    message = validated.rejections["message_en"][0]
    assert says in message
    assert message.startswith("Found: ")
    assert validated.rejections["message_nl"][0].startswith("Gevonden: ")
    assert (validated.rows, validated.rejected) == (2, 1)


def test_a_rule_of_the_contract_refuses_with_its_own_words(tmp_path: Path) -> None:
    validated = check(tmp_path, "06010101;2025Q1;3014AB;5", head="provider_id;period;area;units")
    assert reasons(validated) == [(2, "area", "3014AB", "area_is_no_full_postcode")]
    assert "full postcode" in validated.rejections["message_en"][0]


def test_every_fault_of_a_row_is_told(tmp_path: Path) -> None:
    validated = check(tmp_path, "06999999;2025Q5;3311;0320;099999001;-5;veel")
    assert {rule for _, _, _, rule in reasons(validated)} == {"reference", "no_such_period", "range", "not_a_number"}
    assert validated.rejected == 1


def test_the_quarters_of_a_year_may_come_in_its_folder(tmp_path: Path) -> None:
    rows = [GOOD, GOOD.replace("Q1", "-Q2"), GOOD.replace("2025Q1", "2025"), GOOD.replace("2025Q1", "2024Q4")]
    validated = check(tmp_path, rows, period="2025")
    assert validated.accepted["period"].to_list() == ["2025Q1", "2025Q2", "2025"]
    assert [rule for *_, rule in reasons(validated)] == ["other_period"]


def test_of_equal_rows_the_first_counts_and_of_contradicting_rows_none(tmp_path: Path) -> None:
    other = GOOD.replace("099999001", "099999002")
    validated = check(tmp_path, [GOOD, GOOD, GOOD, other, other.replace(";5;", ";6;")])
    assert validated.accepted[ROW_NUMBER].to_list() == [2]
    assert [(row, rule) for row, _, _, rule in reasons(validated)] == [
        (3, "duplicate_row"), (4, "duplicate_row"), (5, "duplicate_key"), (6, "duplicate_key"),
    ]  # fmt: skip
    assert "rows 2, 3, 4" in validated.rejections["message_en"][0]
    assert "rijen 5, 6" in validated.rejections["message_nl"][3]


def test_an_empty_key_column_is_a_value_of_its_own(tmp_path: Path) -> None:
    rows = ["06010101;2025Q1;;;;5;4", "06010101;2025Q1;;;;6;4", "06010101;2025Q1;3311;;;5;4"]
    validated = check(tmp_path, rows)
    assert validated.accepted[ROW_NUMBER].to_list() == [4]


def test_a_row_whose_twin_cannot_be_read_is_not_half_the_truth(tmp_path: Path) -> None:
    validated = check(tmp_path, [GOOD, GOOD.replace(";5;", ";<10;")])
    assert validated.accepted.is_empty()
    assert {(row, rule) for row, _, _, rule in reasons(validated)} == {
        (2, "duplicate_key"), (3, "duplicate_key"), (3, "suppressed_number"),
    }  # fmt: skip


def test_a_name_that_begins_with_total_is_no_total(tmp_path: Path) -> None:
    head = "provider_id;name;kind"
    validated = check(tmp_path, ["06010101;Total Care Kliniek;other", ";Totaal;other"], dataset="providers", head=head)
    assert validated.accepted["name"].to_list() == ["Total Care Kliniek"]
    assert [rule for *_, rule in reasons(validated)] == ["totals_row"]


def test_a_total_may_say_so_in_a_column_nobody_knows(tmp_path: Path) -> None:
    validated = check(tmp_path, ["x;06010101;2025Q1;5", "Eindtotaal;;;5"], head="omschrijving;provider_id;period;units")
    assert [rule for *_, rule in reasons(validated)] == ["totals_row"]


def test_an_unknown_payer_is_accepted_with_a_warning(tmp_path: Path) -> None:
    validated = check(tmp_path, [GOOD, GOOD.replace("3311", "9999")])
    assert validated.accepted.height == 2
    assert [(w.rule, w.count, w.rows) for w in validated.warnings] == [("unknown_payer_id", 1, (3,))]
    assert validated.warned_rows == 1
    assert validated.grade == "C"  # columns that results need are missing as well


def test_a_row_of_the_file_that_became_many_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "volume.csv").write_text(f"{HEAD}\n{GOOD.replace('3311', '9999')}\n", encoding="utf-8")
    raw = read_delivery(tmp_path / "volume.csv")
    other = raw.frame.with_columns(pl.lit("9998").alias(raw.columns[raw.headings.index("payer_id")]))
    twice = replace(raw, frame=pl.concat([raw.frame, other]))
    validated = validate(twice, load_contract("volume"), register=REGISTER)
    (warning,) = validated.warnings
    assert (warning.count, warning.rows) == (2, (2,))


def test_a_rule_that_warns_does_not_refuse(tmp_path: Path) -> None:
    validated = check(tmp_path, GOOD.replace(";5;4", ";5;9"))
    assert validated.accepted.height == 1
    assert [w.rule for w in validated.warnings] == ["patients_within_units"]


def test_lost_zeros_come_back_and_are_told(tmp_path: Path) -> None:
    validated = check(tmp_path, "6010101;2025Q1;3311;320;99999001;5;4")
    row = validated.accepted.row(0, named=True)
    assert (row["provider_id"], row["specialism"], row["care_product"]) == ("06010101", "0320", "099999001")
    assert [n.rule for n in validated.notes].count("leading_zero_restored") == 3


def test_headings_are_known_by_alias_and_however_written(tmp_path: Path) -> None:
    alias = load_contract("volume").column("provider_id").aliases[0]
    validated = check(tmp_path, "06010101;2025Q1;5;x", head=f"{alias.upper()};Period ;Ünits;Opmerking")
    assert validated.accepted.height == 1
    assert "'Opmerking'" in next(n for n in validated.notes if n.rule == "unknown_columns").text.nl


def test_a_missing_column_names_the_nearest_heading(tmp_path: Path) -> None:
    validated = check(tmp_path, "06010101;2025Q1;5", head="providr_id;period;unitss")
    assert validated.refusal is not None
    assert validated.refusal.rule == "missing_column"
    assert "perhaps 'providr_id' is provider_id" in validated.refusal.message.en
    assert "misschien is 'unitss' units" in validated.refusal.message.nl
    assert (validated.rows, validated.accepted.height, validated.rejected) == (1, 0, 1)


def test_a_missing_column_that_results_need_is_told(tmp_path: Path) -> None:
    validated = check(tmp_path, "06010101;2025Q1;5", head="provider_id;period;units")
    missing = {note.column: note.text.en for note in validated.notes if note.rule == "missing_optional_column"}
    assert "revenue_change_eur" in missing["payer_id"]


def test_two_headings_for_one_column_are_refused(tmp_path: Path) -> None:
    validated = check(tmp_path, "06010101;2025Q1;5;6", head="provider_id;period;units;Units")
    assert validated.refusal is not None
    assert "units: 'units', 'Units'" in validated.refusal.message.en


def test_no_rows_are_refused(tmp_path: Path) -> None:
    validated = check(tmp_path, [])
    assert validated.refusal is not None
    assert "no rows below it" in validated.refusal.message.en
    assert "geen rijen daaronder" in validated.refusal.message.nl


def test_citizen_service_numbers_are_refused_whole_and_not_repeated(tmp_path: Path) -> None:
    numbers = [bsn(111_000_000 + 1000 * n) for n in range(5)]
    rows = [f"06010101;2025Q1;09999900{n};5;{number}" for n, number in enumerate(numbers)]
    validated = check(tmp_path, rows, head="provider_id;period;care_product;units;kenmerk")
    assert validated.refusal is not None
    assert validated.refusal.rule == "personal_numbers"
    assert "'kenmerk'" in validated.refusal.message.en
    assert "(BSN)" in validated.refusal.message.nl
    assert validated.accepted.is_empty()
    assert validated.refused_rows.is_empty()
    told = validated.refusal.message.en + validated.refusal.message.nl + str(validated.rejections.rows())
    assert not any(number in told for number in numbers)


def test_care_products_are_no_citizen_service_numbers(tmp_path: Path) -> None:
    passing = [bsn(28_999_000 + 1000 * n) for n in range(4)]
    rows = [f"06010101;2025Q1;{code};5" for code in passing]
    assert check(tmp_path, rows, head="provider_id;period;care_product;units").accepted.height == 4


def test_the_eleven_test_itself() -> None:
    values = pl.Series(["111222333", "123456782", "123456789", "000000000", "12345678", "abc", None])
    assert passes_eleven_test(values).to_list() == [True, True, False, False, False, False, False]


def test_personal_values_are_not_repeated_in_reasons(tmp_path: Path) -> None:
    head = "declaration_id;provider_id;patient_pseudonym;end_date;units"
    rows = ["d1;06010101;pseudo1;2025-01-31;veel", "d2;06010101;pseudo2;2025-01-31"]
    validated = check(tmp_path, rows, dataset="declarations", head=head, period=None)
    assert reasons(validated) == [(2, "units", "veel", "not_a_number"), (3, None, HIDDEN, "number_of_fields")]
    assert "pseudo" not in str(validated.rejections.rows())


def test_a_year_that_is_a_day(tmp_path: Path) -> None:
    head = "provider_id;payer_id;valid_from;valid_to;form"
    rows = ["06010101;3311;01-01-2025;31-12-2026;fee_for_service", "06010101;3311;2025-03-01;;fee_for_service"]
    validated = check(tmp_path, rows, dataset="contracts", head=head, period=None)
    assert validated.accepted.select("valid_from", "valid_to").rows() == [(2025, 2026)]
    assert [rule for *_, rule in reasons(validated)] == ["not_a_whole_year"]


def test_shares_that_do_not_add_up_are_refused(tmp_path: Path) -> None:
    head = "provider_kind;cost_ratio;variable_share;semi_fixed_share;fixed_share;run_off_years"
    rows = ["general_hospital;1;28%;0,48;0,24;3", "gp_organisation;1;0,5;0,5;0,2;3"]
    validated = check(tmp_path, rows, dataset="cost_structure", head=head, period=None)
    assert validated.accepted["provider_kind"].to_list() == ["general_hospital"]
    assert [rule for *_, rule in reasons(validated)] == ["shares_add_up"]


def test_a_share_above_one_hints_at_percentages(tmp_path: Path) -> None:
    head = "provider_kind;cost_ratio;variable_share;semi_fixed_share;fixed_share;run_off_years"
    validated = check(tmp_path, "other;1;28;48;24;3", dataset="cost_structure", head=head, period=None)
    ranges = validated.rejections.filter(pl.col("rule") == "range")
    assert ranges.height == 3
    assert "put a % behind it" in ranges["message_en"][0]


def test_without_a_register_references_are_not_checked(tmp_path: Path) -> None:
    path = tmp_path / "volume.csv"
    path.write_text("provider_id;period;units\nZZ;2025;1\n")
    assert validate_file(path, load_contract("volume"), register=Register(), period=None).accepted.height == 1


CELLS = st.one_of(
    st.sampled_from(["06010101", "6010101", "06010102", "99", "2025Q1", "2025Q5", "3311", "0320", "Totaal", "", " "]),
    st.sampled_from(
        ["1.200", "1.234,50", "€ 5", "<10", "n.v.t.", "-5", "#N/A", "12%", "=1+1", "a;b", "x\n", '"', "\ufffd"]
    ),
    st.text(max_size=6),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=5, max_size=8), max_size=12),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]),
)
def test_accepted_plus_refused_is_delivered(tmp_path: Path, rows: list[list[str]], encoding: str) -> None:
    content = "\n".join([HEAD, *(";".join(row) for row in rows)])
    path = tmp_path / "volume.csv"
    path.write_bytes(content.encode(encoding, errors="replace"))
    validated = validate_file(path, load_contract("volume"), register=REGISTER, period="2025Q1")
    assert dict(validated.rejections.schema) == REJECTION_SCHEMA
    assert validated.rejections.select(
        pl.all_horizontal(pl.col("rule", "message_nl", "message_en").is_not_null()).all()
    ).item()
    if validated.refusal is not None:
        assert validated.accepted.is_empty()
        return
    refused = set(validated.rejections[ROW_NUMBER].to_list())
    accepted = set(validated.accepted[ROW_NUMBER].to_list())
    assert not refused & accepted
    assert len(refused) + len(accepted) == validated.rows
    assert validated.rejected == len(refused)
    assert len(validated.accepted) == len(accepted)


def test_of_rows_made_of_one_file_row_only_the_one_that_breaks_a_rule_is_refused() -> None:
    """A mapping makes several rows of one: its number does not say which of them is meant."""
    contract = load_contract("capacity")
    frame = pl.DataFrame(
        {
            "provider_id": "06010101",
            "period": "2025",
            "resource": ["nurse_hours", "bed_days", "theatre_hours", "scan_hours"],
            "available": "100",
            "target_utilisation": ["0.9", "0", "0.8", "0.85"],
            ROW_NUMBER: [2, 2, 3, 3],
        }
    )
    headings = tuple(name for name in frame.columns if name != ROW_NUMBER)
    raw = RawTable(frame, headings, "CSV", taken=Taken(read=2))
    found = validate(raw, contract, register=REGISTER)
    assert (found.rows, found.accepted_rows, found.rejected) == (4, 3, 1)
    assert found.refused_rows["resource"].to_list() == ["bed_days"]
    assert found.rejections[ROW_NUMBER].to_list() == [2]
