"""What a sender sees in a workbook and what is read of it: numbers, durations, dates, percentages, formulas."""

import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from data_contracts.contract import load_contract
from pipelines.intake.one_file import validate_file
from pipelines.judging import Register, Validated
from pipelines.reading.formats.excel_cells import look_of, shown_number

HEAD = ["provider_id", "period", "specialism", "diagnosis", "care_product", "patients", "units"]
ROW = ["06010101", "2025Q1", "0320", "401", "099999001", 1, 2]


def row(**given: object) -> list[object]:
    return [given.get(name, usual) for name, usual in zip(HEAD, ROW, strict=True)]


def judged(path: Path, dataset: str = "volume") -> Validated:
    return validate_file(path, load_contract(dataset), register=Register(), period=None)


def written(path: Path, rows: list[list[object]], **formats: str) -> Path:
    """Writes rows below the headings; `formats` gives columns a number format."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        looks = {name: book.add_format({"num_format": code}) for name, code in formats.items()}
        for number, cells in enumerate([HEAD, *rows]):
            for column, cell in enumerate(cells):
                look = looks.get(HEAD[column]) if number else None
                if isinstance(cell, str) and cell.startswith("="):
                    sheet.write_formula(number, column, cell)
                elif isinstance(cell, str):
                    sheet.write_string(number, column, cell)
                elif cell is not None:
                    sheet.write(number, column, cell, look)
    return path


def changed(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Rewrites the parts of a workbook as another program writes them."""
    with zipfile.ZipFile(path) as source:
        parts = {name: change(name, source.read(name)) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return path


def told(found: Validated) -> list[tuple[int, str | None, str, str | None]]:
    assert found.accepted_rows + found.rejected == found.rows
    return found.rejections.select("row_number", "column", "rule", "value").rows()


def accepted(found: Validated, column: str) -> list[object]:
    return found.accepted[column].to_list()


class TestStoredNumbersBesideTexts:
    """A spreadsheet that does not know the sender's decimal sign keeps some numbers as text and spoils the others."""

    @pytest.mark.parametrize("text", ["1.234,50", "12,5", "1.234.567"])
    def test_numbers_that_could_be_thousands_are_open_to_two_readings(self, tmp_path: Path, text: str) -> None:
        path = written(tmp_path / "volume.xlsx", [row(units=1.2), row(diagnosis="402", units=text)])
        found = judged(path)
        assert told(found) == [(2, "units", "ambiguous_number", "1.2")]
        assert "a thousand times as large (1.2 made of 1.200)" in found.rejections["message_en"][0]
        assert "duizend keer zo groot (1.2 gemaakt van 1.200)" in found.rejections["message_nl"][0]

    def test_whole_numbers_may_be_short_of_thousands_too(self, tmp_path: Path) -> None:
        stored = [row(diagnosis=str(n), units=one) for n, one in enumerate([12, 1200, 0.25, 12.3456])]
        found = judged(written(tmp_path / "volume.xlsx", [*stored, row(units="2,35")]))
        assert told(found) == [(2, "units", "ambiguous_number", "12")]
        assert accepted(found, "units") == [1200, 0.25, 12.3456, 2.35]

    def test_the_same_of_a_program_that_does_not_know_the_point(self, tmp_path: Path) -> None:
        found = judged(written(tmp_path / "volume.xlsx", [row(units=1.2), row(diagnosis="402", units="1,234.50")]))
        assert told(found) == [(2, "units", "ambiguous_number", "1.2")]

    def test_texts_of_another_column_warn(self, tmp_path: Path) -> None:
        found = judged(written(tmp_path / "volume.xlsx", [row(patients=800, units="1.234,50")]))
        assert found.rejected == 0
        (warning,) = found.warnings
        assert (warning.rule, warning.column, warning.rows) == ("stored_numbers_in_doubt", "patients", (2,))
        assert "a thousand times as large (1.2 made of 1.200): 1." in warning.text.en

    def test_texts_alone_and_numbers_alone_are_beyond_doubt(self, tmp_path: Path) -> None:
        texts = judged(
            written(
                tmp_path / "a.xlsx", [row(units="1.200", patients="3"), row(units="5,5", diagnosis="1", patients="3")]
            )
        )
        numbers = judged(written(tmp_path / "b.xlsx", [row(units=1.2), row(units=12, diagnosis="1")]))
        assert (accepted(texts, "units"), accepted(numbers, "units")) == ([1200, 5.5], [1.2, 12])
        assert not texts.warnings
        assert not numbers.warnings

    def test_a_parquet_column_of_numbers_beside_texts_warns(self, tmp_path: Path) -> None:
        rows = {"provider_id": "06010101", "period": "2025", "payer_id": "3311", "care_product": ["1", "2"]}
        frame = pl.DataFrame({**rows, "units": [1.2, 12.0], "revenue_eur": ["1.234,50", "3,00"]})
        frame.write_parquet(tmp_path / "revenue.parquet")
        found = judged(tmp_path / "revenue.parquet", "revenue")
        assert [(one.rule, one.column, one.count) for one in found.warnings][:1] == [
            ("stored_numbers_in_doubt", "units", 2)
        ]


class TestHidden:
    def test_rows_behind_a_filter_count_and_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            for number, cells in enumerate([HEAD, *(row(diagnosis=str(one)) for one in range(4))]):
                sheet.write_row(number, 0, cells)
            sheet.autofilter(0, 0, 4, 6)
            sheet.filter_column(3, "x > 1")
            sheet.set_row(1, options={"hidden": True})
            sheet.set_row(2, options={"hidden": True})
        found = judged(path)
        assert found.accepted_rows == 4
        (note,) = [one for one in found.notes if one.rule == "hidden_rows"]
        assert (note.count, note.rows) == (2, (2, 3))
        assert note.text.en == "Rows that are hidden (a filter is on) were read like the others: 2."
        assert note.text.nl == "Rijen die verborgen zijn (er staat een filter aan), zijn gelezen zoals de andere: 2."

    def test_rows_and_columns_hidden_by_hand_are_told(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            for number, cells in enumerate([HEAD, row(), row(diagnosis="402")]):
                sheet.write_row(number, 0, cells)
            sheet.set_row(2, options={"hidden": True})
            sheet.set_column(5, 5, None, None, {"hidden": True})
        texts = [one.text.en for one in judged(path).notes if one.rule.startswith("hidden")]
        assert texts == [
            "Rows that are hidden (hidden by hand or folded in) were read like the others: 1.",
            "Columns that are hidden were read like the others: 'patients'.",
        ]


class TestFormulas:
    def test_one_without_a_value_is_refused(self, tmp_path: Path) -> None:
        path = written(tmp_path / "volume.xlsx", [row(patients="=G2*2"), row(diagnosis="402")])
        changed(path, lambda _, content: content.replace(b"</f><v>0</v>", b"</f><v></v>"))
        found = judged(path)
        assert told(found) == [(2, "patients", "formula_without_value", "=G2*2")]
        assert "open the file in a spreadsheet program, save it" in found.rejections["message_en"][0]
        assert "open het bestand in een rekenprogramma" in found.rejections["message_nl"][0]

    @pytest.mark.parametrize("column", ["units", "provider_id", "period"])
    def test_a_nought_of_a_program_that_computes_nothing_is_no_value(self, tmp_path: Path, column: str) -> None:
        found = judged(written(tmp_path / "volume.xlsx", [row(**{column: "=F2*2"}), row(diagnosis="402")]))
        assert told(found) == [(2, column, "formula_without_value", "=F2*2")]

    def test_a_nought_counts_where_the_program_computes(self, tmp_path: Path) -> None:
        path = written(tmp_path / "volume.xlsx", [row(units="=F2-1")])
        changed(path, lambda _, content: content.replace(b' fullCalcOnLoad="1"', b""))
        assert accepted(judged(path), "units") == [0]

    def test_a_nought_counts_beside_other_values_of_that_column(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            for number, cells in enumerate([HEAD, row(), row(diagnosis="402")]):
                sheet.write_row(number, 0, cells)
            sheet.write_formula("G2", "=F2-1", None, 0)
            sheet.write_formula("G3", "=F3+1", None, 2)
        assert accepted(judged(path), "units") == [0, 2]

    def test_a_formula_that_fills_a_block_is_one_of_each_cell(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            for number, cells in enumerate([HEAD, row(units=None), row(diagnosis="402", units=None)]):
                sheet.write_row(number, 0, cells)
            sheet.write_array_formula("G2:G3", "{=F2:F3*2}")
        assert [(number, rule) for number, _, rule, _ in told(judged(path))] == [
            (2, "formula_without_value"),
            (3, "formula_without_value"),
        ]

    def test_a_row_of_nothing_else_is_not_lost(self, tmp_path: Path) -> None:
        path = written(tmp_path / "volume.xlsx", [row(), [f"=A{number}" for number in range(2, 9)]])
        changed(path, lambda _, content: content.replace(b"</f><v>0</v>", b"</f><v/>"))
        found = judged(path)
        assert (found.rows, found.accepted_rows) == (2, 1)

    def test_an_unread_column_never_matters(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            sheet.write_row(0, 0, [*HEAD, "opmerking"])
            sheet.write_row(1, 0, row())
            sheet.write_formula(1, len(HEAD), "=G2")
        assert judged(path).rejected == 0


class TestCellsOfAnotherKind:
    @pytest.mark.parametrize("code", ["[h]:mm", "[hh]:mm:ss", "[$-413][h]:mm"])
    def test_a_duration_in_a_column_of_numbers_is_refused_as_shown(self, tmp_path: Path, code: str) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            for number, cells in enumerate([HEAD, row(), row(diagnosis="402"), row(diagnosis="403", units="5")]):
                sheet.write_row(number, 0, cells)
            sheet.write_number(1, 6, 2000 / 24, book.add_format({"num_format": code}))
        ((number, column, rule, value),) = told(judged(path))
        assert (number, column, rule) == (2, "units", "duration")
        assert str(value).startswith("2000:00")

    def test_a_column_of_only_durations_is_no_column_of_dates(self, tmp_path: Path) -> None:
        found = judged(written(tmp_path / "volume.xlsx", [row(units=1.25)], units="[h]:mm"))
        assert told(found) == [(2, "units", "duration", "30:00")]
        assert "2000:00 is 2000, 1:30 is 1.5" in found.rejections["message_en"][0]

    def test_durations_in_an_unread_column_never_matter(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            look = book.add_format({"num_format": "[h]:mm"})
            sheet.write_row(0, 0, [*HEAD, "duur"])
            for number, cell in enumerate([1.5, "lang", 3, True], start=1):
                sheet.write_row(number, 0, row(diagnosis=str(number)))
                sheet.write(number, len(HEAD), cell, look if number == 1 else None)
        assert judged(path).accepted_rows == 4

    @pytest.mark.parametrize(
        ("cell", "look", "rule", "value"),
        [
            (date(2025, 3, 1), "d-mmm", "code_as_date", "2025-03-01"),
            (0.04375, "h:mm", "code_as_date", "1:03"),
            (True, "General", "code_as_truth", "true"),
            (100_000, "0.00E+00", "code_as_number", "1E+5"),
            (1.2345678901234567e17, "General", "code_as_number", "1.234567890123457E+17"),
            (0.12, "0%", "code_as_percentage", "12%"),
        ],
    )
    def test_what_a_spreadsheet_made_of_a_code_is_refused(
        self, tmp_path: Path, cell: object, look: str, rule: str, value: str
    ) -> None:
        found = judged(written(tmp_path / "volume.xlsx", [row(diagnosis=cell), row()], diagnosis=look))
        assert told(found) == [(2, "diagnosis", rule, value)]
        assert "give the column the format Text" in found.rejections["message_en"][0]
        assert "geef de kolom de opmaak Tekst" in found.rejections["message_nl"][0]

    @pytest.mark.parametrize("shown", ["1-mrt", "mrt-25", "1 mar", "01-03-2025", "1/3/2025", "3:00", "WAAR"])
    def test_what_it_made_and_wrote_as_text_is_refused_too(self, tmp_path: Path, shown: str) -> None:
        (tmp_path / "volume.csv").write_text(f"{';'.join(HEAD)}\n06010101;2025Q1;0320;{shown};099999001;1;2\n")
        ((_, column, rule, _),) = told(judged(tmp_path / "volume.csv"))
        assert (column, rule) == ("diagnosis", "code_as_truth" if shown == "WAAR" else "code_as_date")

    @pytest.mark.parametrize("code", ["M13", "I10.0", "1-3", "15-19", "401", "1E5", "MRT", "3d", "2025-1"])
    def test_codes_that_only_look_odd_count(self, tmp_path: Path, code: str) -> None:
        (tmp_path / "volume.csv").write_text(f"{';'.join(HEAD)}\n06010101;2025Q1;0320;{code};099999001;1;2\n")
        assert accepted(judged(tmp_path / "volume.csv"), "diagnosis") == [code]

    def test_a_line_of_a_claim_has_codes_too(self, tmp_path: Path) -> None:
        head = (
            "declaration_id;provider_id;end_date;specialism;diagnosis;care_product;units;amount_eur;payer_id;corrects"
        )
        line = "1;06010101;2025-02-01;0320;2025-03-01;099999001;1;2;3311;"
        (tmp_path / "declarations.csv").write_text(f"{head}\n{line}\n")
        rules = judged(tmp_path / "declarations.csv", "declarations").rejections["rule"].to_list()
        assert rules == ["code_as_date"]

    def test_a_number_shown_with_leading_noughts_is_the_code_it_shows(self, tmp_path: Path) -> None:
        found = judged(written(tmp_path / "volume.xlsx", [row(diagnosis=401)], diagnosis="0000"))
        assert accepted(found, "diagnosis") == ["0401"]

    def test_a_percentage_is_a_share_and_no_number(self, tmp_path: Path) -> None:
        assert told(judged(written(tmp_path / "volume.xlsx", [row(units=0.12)], units="0%"))) == [
            (2, "units", "percentage", "12%")
        ]

    def test_an_amount_on_half_a_cent_is_rounded_by_the_digits_that_show(self, tmp_path: Path) -> None:
        path = tmp_path / "revenue.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            sheet.write_row(0, 0, ["provider_id", "period", "payer_id", "care_product", "units", "revenue_eur"])
            sheet.write_row(1, 0, ["06010101", "2025", "3311", "099999001", 1, 110 * 0.8755])
        assert accepted(judged(path, "revenue"), "revenue_eur") == [Decimal("96.31")]

    @pytest.mark.parametrize(
        ("look", "rule", "value"),
        [("[$$-409]#,##0.00", "other_currency", "12.5 $"), ('0.0" mln"', "not_a_number", "12.5 mln")],
    )
    def test_a_number_format_in_another_currency_or_scale_is_refused(
        self, tmp_path: Path, look: str, rule: str, value: str
    ) -> None:
        assert told(judged(written(tmp_path / "volume.xlsx", [row(units=12.5)], units=look))) == [
            (2, "units", rule, value)
        ]

    def test_a_date_in_a_column_of_numbers_is_told_as_one(self, tmp_path: Path) -> None:
        found = judged(written(tmp_path / "volume.xlsx", [row(units=date(2025, 5, 12))], units="d-m-yyyy"))
        assert told(found) == [(2, "units", "number_as_date", "2025-05-12")]


@pytest.mark.parametrize(
    ("code", "look"),
    [
        ("General", None),
        ("#,##0.00", None),
        ('0" hours"', None),
        ("[Red]0", None),
        ("d-mmm", "date"),
        ("[$-413]d mmm yyyy", "date"),
        ("[h]:mm:ss;@", "duration"),
        ("[mm]:ss", "duration"),
        ("h:mm AM/PM", "clock"),
        ("0.0%;[Red]-0.0%", "percentage"),
        ("##0.0E+0", "scientific"),
        ("00000000", "zeros"),
        ("[$$-409]#,##0.00", "worded"),
        ("[$€-413] #,##0.00", None),
        ('#,##0.0,," mln"', "worded"),
    ],
)
def test_a_number_format_says_how_a_number_looks(code: str, look: str | None) -> None:
    assert look_of(code) == look


def test_a_number_keeps_the_digits_that_a_spreadsheet_keeps() -> None:
    assert shown_number(110 * 0.8755, None, "General") == "96.305"
    assert shown_number(96.30499999999999, None, "General") == "96.305"
    assert shown_number(0.123456789, "percentage", "0%") == "12.3456789%"
    assert shown_number(123456.789, "scientific", "0E+00") == "1.23456789E+5"
    assert shown_number(-1.5, "duration", "[h]:mm") == "-36:00"
    assert shown_number(12.5, None, "General") is None
    assert shown_number(12.5, "worded", "[$$-409]#,##0.00") == "12.5 $"
    assert shown_number(1e6, "worded", '0" mln"') == "1000000 mln"
