"""The readers, format by format: every cell as text, the row a person sees, and refusals in three parts."""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data_contracts.contract import DATASETS, load_contract
from pipelines.reading.formats import ROW_NUMBER, RawTable, Unreadable, read_delivery
from pipelines.reading.formats import excel as excel_reader
from pipelines.workspace.new.delivery_templates import write_csv, write_excel

KNOWN = {"provider_id": "provider_id", "agb": "provider_id", "period": "period", "units": "units", "aantal": "units"}


def known(heading: str) -> str | None:
    return KNOWN.get(heading.casefold())


def read(tmp_path: Path, content: bytes | str, *, name: str = "volume.csv") -> RawTable:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_delivery(path, known=known)


def refusal(tmp_path: Path, content: bytes | str, *, name: str = "volume.csv") -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read(tmp_path, content, name=name)
    return caught.value


def cells(table: RawTable) -> list[tuple[str | None, ...]]:
    return table.frame.select(table.columns).rows()


def numbers(table: RawTable) -> list[int]:
    return table.frame[ROW_NUMBER].to_list()


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"])
    def test_every_encoding_gives_the_same_text(self, tmp_path: Path, encoding: str) -> None:
        table = read(tmp_path, "naam;waarde\r\nCafé Zuid;5\r\nReünie;6\r\n".encode(encoding))
        assert table.headings == ("naam", "waarde")
        assert cells(table) == [("Café Zuid", "5"), ("Reünie", "6")]

    @pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
    def test_every_separator_is_found(self, tmp_path: Path, separator: str) -> None:
        lines = ["provider_id", "period", "units"], ["06010101", "2025Q3", "12"]
        table = read(tmp_path, "\n".join(separator.join(line) for line in lines))
        assert cells(table) == [("06010101", "2025Q3", "12")]

    def test_decimal_commas_do_not_make_the_separator_a_comma(self, tmp_path: Path) -> None:
        table = read(tmp_path, "provider_id;units\n06010101;1,5\n06010102;2,5\n")
        assert cells(table) == [("06010101", "1,5"), ("06010102", "2,5")]

    def test_a_code_keeps_its_leading_zero(self, tmp_path: Path) -> None:
        assert cells(read(tmp_path, "provider_id,units\n06010101,1\n"))[0][0] == "06010101"

    def test_excel_directive_names_the_separator(self, tmp_path: Path) -> None:
        table = read(tmp_path, "sep=;\r\nprovider_id;units\r\n06010101;1,5\r\n")
        assert cells(table) == [("06010101", "1,5")]
        assert numbers(table) == [3]

    def test_excel_directive_may_name_a_tab(self, tmp_path: Path) -> None:
        assert cells(read(tmp_path, "sep=\t\nprovider_id\tunits\n06010101\t1,5\n")) == [("06010101", "1,5")]

    @pytest.mark.parametrize("sign", ["¬", "a", "5", '"'])
    def test_a_directive_that_names_no_separator_is_no_more_than_a_line(self, tmp_path: Path, sign: str) -> None:
        table = read(tmp_path, f"sep={sign}\nprovider_id;units\n06010101;1,5\n")
        assert cells(table) == [("06010101", "1,5")]
        assert numbers(table) == [3]

    def test_titles_above_the_headings_are_passed_over(self, tmp_path: Path) -> None:
        table = read(tmp_path, "Uitdraai volume\nGemaakt op 1-1-2026\n\nprovider_id;period;units\n06010101;2025;1\n")
        assert table.headings == ("provider_id", "period", "units")
        assert numbers(table) == [5]
        assert [(note.rule, note.count) for note in table.notes] == [("rows_above_headings", 2)]

    def test_a_heading_over_two_lines_is_one_heading(self, tmp_path: Path) -> None:
        table = read(tmp_path, '"provider_id";"units\nper jaar"\n06010101;3\n')
        assert table.headings == ("provider_id", "units per jaar")
        assert numbers(table) == [3]

    def test_repeated_headings_stay_apart(self, tmp_path: Path) -> None:
        table = read(tmp_path, "units;units;units\n1;2;3\n")
        assert table.headings == ("units", "units", "units")
        assert table.columns == ("units", "units (2)", "units (3)")

    def test_row_numbers_are_the_lines_of_an_editor(self, tmp_path: Path) -> None:
        table = read(tmp_path, 'provider_id;units\n\na;1\n;;\n"b\nc";2\nd;3\n')
        assert numbers(table) == [3, 5, 7]
        assert cells(table)[1] == ("b\nc", "2")
        assert [note.rule for note in table.notes] == ["empty_lines"]

    def test_lines_of_another_width_are_refused_alone(self, tmp_path: Path) -> None:
        table = read(tmp_path, "provider_id;units\na;1\nb\nc;3;4\nd;4;;\n")
        assert cells(table) == [("a", "1"), ("d", "4")]
        assert table.refused.select(ROW_NUMBER, "value", "rule").rows() == [
            (3, "b", "number_of_fields"),
            (4, "c;3;4", "number_of_fields"),
        ]
        assert "3 fields. Expected: 2" in table.refused["message_en"][1]
        assert "puntkomma" in table.refused["message_nl"][1]

    def test_a_stray_quotation_mark_costs_its_own_line(self, tmp_path: Path) -> None:
        table = read(tmp_path, 'provider_id;units\na;1\n"b;2\nc;3\nd;"4"5\ne;5\n')
        assert cells(table) == [("a", "1"), ("c", "3"), ("e", "5")]
        assert table.refused[ROW_NUMBER].to_list() == [3, 5]
        assert "quotation mark" in table.refused["message_en"][0]

    def test_quoted_separators_and_marks_are_text(self, tmp_path: Path) -> None:
        table = read(tmp_path, 'provider_id;units\n"a;b";"1"\n"c ""d""";2\ne 5" f;3\n')
        assert cells(table) == [("a;b", "1"), ('c "d"', "2"), ('e 5" f', "3")]

    def test_a_row_may_run_over_several_lines_in_several_fields(self, tmp_path: Path) -> None:
        table = read(tmp_path, 'provider_id;units\r\n"1\r\n2";"3\r\n4"\r\n5;6\r\n')
        assert [tuple(cell.replace("\r", "") for cell in row if cell) for row in cells(table)] == [
            ("1\n2", "3\n4"),
            ("5", "6"),
        ]

    def test_old_line_ends_are_line_ends(self, tmp_path: Path) -> None:
        assert cells(read(tmp_path, "provider_id;units\ra;1\rb;2\r")) == [("a", "1"), ("b", "2")]

    def test_bytes_that_mean_nothing_are_noted(self, tmp_path: Path) -> None:
        table = read(tmp_path, "naam;waarde\nééé;1\n".encode() + b"\xff;2\n")
        assert cells(table) == [("ééé", "1"), ("\ufffd", "2")]
        assert [note.rule for note in table.notes] == ["encoding"]
        assert "CSV UTF-8" in table.notes[0].text.nl

    def test_headings_without_rows_are_a_table_without_rows(self, tmp_path: Path) -> None:
        assert read(tmp_path, "provider_id;period;units\n").rows == 0

    def test_the_format_says_what_was_found(self, tmp_path: Path) -> None:
        assert read(tmp_path, "provider_id;units\nCafé;1\n".encode("cp1252")).format == "CSV (Windows-1252, semicolon)"

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (b"", "an empty file"),
            (b"\n \n", "an empty file"),
            (b"\xef\xbb\xbf", "an empty file"),
            (b"%PDF-1.7\n...", "a PDF document"),
            (b"<html><body><table><tr><td>1", "a web page"),
            (b'<?xml version="1.0"?><rows/>', "an XML file"),
            (b'[{"provider_id": "06010101"}]', "a JSON file"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel workbook"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "a password"),
            (b"\x1f\x8b\x08\0\0", "a gzip file that is damaged"),
            (b"a;b\n1;2\0\0\x01\x02\n", "no text"),
            (b"a" * (2**20 + 10), "a line of more than"),
        ],
    )
    def test_what_is_no_table_is_refused_in_three_parts(self, tmp_path: Path, content: bytes, found: str) -> None:
        problem = refusal(tmp_path, content)
        assert found in problem.found.en
        assert str(problem).startswith("Found: ")
        assert "Expected: " in str(problem)
        assert "What to do: " in str(problem)
        assert "Wat te doen: " in problem.message.nl

    def test_a_file_that_would_take_all_memory_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.csv"
        with path.open("wb") as file:
            file.truncate(11 * 2**30)  # a file with a hole: it takes no room on the disk
            file.write(b"provider_id;units\n")
        with pytest.raises(Unreadable, match=r"a CSV file of 11\.0 GB.*send it as Parquet"):
            read_delivery(path, known=known)

    def test_a_long_line_in_another_encoding_is_refused_too(self, tmp_path: Path) -> None:
        assert "a line of more than" in refusal(tmp_path, ("a;b\n" + "é" * 2**21).encode("utf-16")).found.en

    def test_a_name_may_hold_anything(self, tmp_path: Path) -> None:
        name = "volume [x]* 'q' ; é\n{}.csv"
        assert cells(read(tmp_path, "provider_id;units\na;1\n", name=name)) == [("a", "1")]

    def test_another_extension_is_noted(self, tmp_path: Path) -> None:
        table = read(tmp_path, "provider_id;units\na;1\n", name="volume.xlsx")
        assert [note.rule for note in table.notes] == ["other_extension"]


SIGNS = st.text(alphabet='ab01;,"\n\r\t é€=', max_size=80)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=SIGNS)
@example('"a\n"b";c\n"')
@example('x;"1\n2";"3\n";"4\n')
@example('";\n;"\n";"\n')
@example('"\n0"')
def test_every_line_is_accounted_for_whatever_is_in_it(tmp_path: Path, body: str) -> None:
    """Each line below the headings is a row, part of a row, refused, or empty; and none is two of these."""
    table = read(tmp_path, f"provider_id;units\n{body}")
    accepted, refused = numbers(table), table.refused[ROW_NUMBER].to_list()
    starts = sorted([*accepted, *refused])
    assert len(set(starts)) == len(starts)
    lines = body.replace("\r\n", "\n").split("\n")
    if "\r" in body:
        return  # which lone carriage returns end a line depends on the rest of the file
    filled = {number for number, line in enumerate(lines, start=2) if line.strip('; \t"')}
    rows = [
        *zip(accepted, cells(table), strict=True),
        *table.refused.select(ROW_NUMBER, pl.concat_list("value")).rows(),
    ]
    taken = [start + extra for start, row in rows for extra in range(1 + sum((c or "").count("\n") for c in row))]
    assert filled <= set(taken)
    assert len(set(taken)) == len(taken)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.text(alphabet='ab;" \né,', max_size=12), st.text(alphabet="01;é", max_size=5)), max_size=8)
)
def test_what_a_proper_writer_writes_is_read_back(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    frame = pl.DataFrame(rows, schema={"provider_id": pl.String, "units": pl.String}, orient="row")
    frame = frame.filter((pl.col("provider_id").str.strip_chars('; \n"') != "") | (pl.col("units") != ""))
    path = tmp_path / "volume.csv"
    frame.write_csv(path, separator=";", quote_style="non_numeric")
    table = read_delivery(path, known=known)
    assert table.refused.is_empty()
    assert [tuple(cell or "" for cell in row) for row in cells(table)] == frame.rows()


def workbook(path: Path, **sheets: list[list[object]]) -> Path:
    """Writes a workbook, a list of rows a sheet; None leaves a cell out."""
    with xlsxwriter.Workbook(path, {"default_date_format": "dd-mm-yyyy", "strings_to_formulas": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                for position, value in enumerate(row):
                    if value is not None:
                        sheet.write(number, position, value)
    return path


HEAD = ["provider_id", "period", "units"]


class TestExcel:
    def test_cells_are_text_as_a_person_sees_them(self, tmp_path: Path) -> None:
        rows = [
            [*HEAD, "when", "flag"],
            ["06010101", 2025, 12, date(2025, 1, 31), True],
            ["06010102", "2025Q3", 0.1 + 0.2, datetime(2025, 1, 31, 8, 30, tzinfo=UTC).replace(tzinfo=None), False],
            [6010103, None, 1234567890123],
        ]
        table = read_delivery(workbook(tmp_path / "volume.xlsx", Blad1=rows), known=known)
        assert cells(table) == [
            ("06010101", "2025", "12", "2025-01-31", "true"),
            ("06010102", "2025Q3", "0.3", "2025-01-31 08:30:00", "false"),
            ("6010103", None, "1234567890123", None, None),
        ]
        assert table.format == "Excel ('Blad1')"

    def test_row_numbers_are_those_of_excel(self, tmp_path: Path) -> None:
        rows = [[], ["Volume 2025"], [], HEAD, ["06010101", "2025", 1], [], ["06010102", "2025", 2]]
        table = read_delivery(workbook(tmp_path / "volume.xlsx", Data=rows), known=known)
        assert numbers(table) == [5, 7]

    def test_a_formula_error_is_not_an_empty_cell(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, HEAD)
            sheet.write_row(1, 0, ["06010101", "2025"])
            sheet.write_formula(1, 2, "=1/0", None, "#DIV/0!")
            sheet.write_row(2, 0, ["06010102", "2025"])
            sheet.write_formula(2, 2, "=NA()", None, "#N/A")
        assert [row[2] for row in cells(read_delivery(path, known=known))] == ["#DIV/0!", "#N/A"]

    def test_numbers_and_texts_of_one_column_are_told_apart(self, tmp_path: Path) -> None:
        rows = [["title"], [None, *HEAD], [None, "06010101", "2025", 1.234], [None, "06010102", "2025", "1.234"]]
        table = read_delivery(workbook(tmp_path / "volume.xlsx", Data=rows), known=known)
        assert cells(table) == [("06010101", "2025", "1.234"), ("06010102", "2025", "1.234")]
        assert table.stored_numbers["units"].to_list() == [True, False]

    def test_a_column_of_numbers_is_known_as_such(self, tmp_path: Path) -> None:
        rows = [HEAD, ["06010101", "2025", 1.234], ["06010102", "2025", None], ["06010102", "2025", 3]]
        table = read_delivery(workbook(tmp_path / "volume.xlsx", Data=rows), known=known)
        assert table.stored_numbers["units"].to_list() == [True, False, True]
        assert "provider_id" not in table.stored_numbers

    def test_a_sheet_of_explanation_is_left_aside(self, tmp_path: Path) -> None:
        data = [HEAD, ["06010101", "2025", 1]]
        words = [["Kolom", "Betekenis"], ["provider_id", "AGB-code"], ["units", "Aantal"]]
        table = read_delivery(workbook(tmp_path / "volume.xlsx", Toelichting=words, Data=data), known=known)
        assert table.format == "Excel ('Data')"
        assert [note.text.nl for note in table.notes] == ["Niet gelezen werkbladen: 'Toelichting'."]

    def test_two_sheets_with_data_are_refused_by_name(self, tmp_path: Path) -> None:
        data = [HEAD, ["06010101", "2025", 1]]
        workbook(tmp_path / "volume.xlsx", Kwartaal1=data, Kwartaal2=data)
        problem = refusal(tmp_path, (tmp_path / "volume.xlsx").read_bytes(), name="volume.xlsx")
        assert problem.found.en == "2 sheets with data: 'Kwartaal1', 'Kwartaal2'"
        assert "stuur voor elk werkblad een eigen werkmap" in problem.message.nl

    def test_a_hidden_sheet_does_not_count(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            for name in ("Data", "Oud"):
                sheet = book.add_worksheet(name)
                sheet.write_row(0, 0, HEAD)
                sheet.write_row(1, 0, ["06010101", "2025", 1])
            sheet.hide()
        assert read_delivery(path, known=known).format == "Excel ('Data')"

    def test_a_workbook_without_a_table_is_refused(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "volume.xlsx", Leeg=[], Tekst=[["Beste collega,"], ["hierbij de cijfers."]])
        assert refusal(tmp_path, path.read_bytes(), name="volume.xlsx").found.en == "no visible sheet with a table"

    def test_headings_without_rows_are_a_table_without_rows(self, tmp_path: Path) -> None:
        assert read_delivery(workbook(tmp_path / "volume.xlsx", Data=[HEAD]), known=known).rows == 0

    @pytest.mark.parametrize(
        ("block", "where"), [((1, 1, 1, 2), "the headings"), ((0, 0, 1, 0), "the headings"), ((2, 0, 3, 0), "the data")]
    )
    def test_merged_cells_are_refused(self, tmp_path: Path, block: tuple[int, ...], where: str) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            sheet.write_row(1, 0, HEAD)
            sheet.write_row(2, 0, ["06010101", "2025", 1])
            sheet.write_row(3, 0, ["06010102", "2025", 1])
            sheet.merge_range(*block, {1: "period", 0: "provider_id"}.get(block[1], "x"))
        problem = refusal(tmp_path, path.read_bytes(), name="volume.xlsx")
        assert f"merged cells in {where}" in problem.found.en
        assert "samengevoegde cellen" in problem.found.nl
        assert "unmerge" in problem.action.en

    def test_a_merged_title_is_no_matter(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            sheet.merge_range(0, 0, 0, 2, "Volume 2025")
            sheet.write_row(1, 0, HEAD)
            sheet.write_row(2, 0, ["06010101", "2025", 1])
        assert cells(read_delivery(path, known=known)) == [("06010101", "2025", "1")]

    @pytest.mark.parametrize("place", ["ZZZZ99999999", "zzzzzz2", "A99999999999"])
    def test_a_cell_where_no_workbook_has_one_is_refused_before_it_takes_all_memory(
        self, place: str, tmp_path: Path
    ) -> None:
        with xlsxwriter.Workbook(tmp_path / "whole.xlsx") as book:
            for name in ("Data", "Hidden"):
                book.add_worksheet(name).write_row(0, 0, HEAD)
            book.worksheets()[1].hide()
        part = "xl/worksheets/sheet2.xml"
        with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "volume.xlsx", "w") as made:
            for entry in whole.namelist():
                content = whole.read(entry)
                made.writestr(entry, content.replace(b'r="C1"', f'r="{place}"'.encode()) if entry == part else content)
        found = refusal(tmp_path, (tmp_path / "volume.xlsx").read_bytes(), name="volume.xlsx").found.en
        assert found.startswith("a sheet that reaches to cell ")

    def test_a_stray_cell_far_away_is_refused_before_it_takes_all_memory(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.xlsx"
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Data")
            sheet.write_row(0, 0, HEAD)
            sheet.write_row(1, 0, ["06010101", "2025", 1])
            sheet.write(1_048_575, 16_383, "x")
        assert (
            refusal(tmp_path, path.read_bytes(), name="volume.xlsx").found.en
            == "a sheet that reaches to cell XFD1048576"
        )

    def test_a_zip_under_another_name_is_refused(self, tmp_path: Path) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("volume.csv", "provider_id;units\n")
        problem = refusal(tmp_path, buffer.getvalue(), name="volume.xlsx")
        assert problem.found.en == "a zip archive that is no workbook (it holds volume.csv)"
        assert "unpack" in problem.action.en

    @pytest.mark.parametrize("keep", [0.2, 0.5, 0.9, 0.999])
    def test_a_truncated_workbook_is_refused(self, tmp_path: Path, keep: float) -> None:
        path = workbook(tmp_path / "volume.xlsx", Data=[HEAD, *([["06010101", "2025", n] for n in range(500)])])
        content = path.read_bytes()
        problem = refusal(tmp_path, content[: int(len(content) * keep)], name="volume.xlsx")
        assert problem.found.en == "a damaged or incomplete Excel workbook"

    def test_damage_inside_is_refused(self, tmp_path: Path) -> None:
        rows = [HEAD, *([[f"{n:08}", "2025", n] for n in range(5000)])]
        content = bytearray(workbook(tmp_path / "volume.xlsx", Data=rows).read_bytes())
        middle = content.find(b"xl/worksheets/sheet1.xml") + 2000
        content[middle : middle + 40] = b"\xff" * 40
        problem = refusal(tmp_path, bytes(content), name="volume.xlsx")
        assert problem.found.en == "a damaged or incomplete Excel workbook"

    def test_a_bomb_is_refused_before_it_unpacks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(excel_reader, "MAXIMUM_BYTES", 10_000)
        path = workbook(tmp_path / "volume.xlsx", Data=[HEAD, *([["06010101", "2025", n] for n in range(500)])])
        assert "unpacks to a size" in refusal(tmp_path, path.read_bytes(), name="volume.xlsx").found.en

    def test_a_document_type_is_refused(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "volume.xlsx", Data=[HEAD, ["06010101", "2025", 1]])
        buffer = io.BytesIO()
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(buffer, "w") as target:
            for entry in source.namelist():
                content = source.read(entry)
                if entry == "xl/workbook.xml":
                    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
                    content = content.replace(b"?>", b"?>" + bomb, 1)
                target.writestr(entry, content)
        problem = refusal(tmp_path, buffer.getvalue(), name="volume.xlsx")
        assert problem.found.en == "a damaged or incomplete Excel workbook"


class TestParquet:
    def test_types_become_text_and_numbers_are_remembered(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.parquet"
        pl.DataFrame(
            {"provider_id": ["06010101"], "period": [2025], "units": [1.234], "when": [date(2025, 1, 31)], "ok": [True]}
        ).write_parquet(path)
        table = read_delivery(path, known=known)
        assert cells(table) == [("06010101", "2025", "1.234", "2025-01-31", "true")]
        assert numbers(table) == [1]
        assert set(table.stored_numbers) == {"period", "units"}

    def test_codes_that_became_floats_are_whole_again(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.parquet"
        pl.DataFrame({"provider_id": [6010101.0, None], "units": [1.5, 2.0]}).write_parquet(path)
        assert cells(read_delivery(path, known=known)) == [("6010101", "1.5"), (None, "2")]

    def test_repeated_columns_stay_apart(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.parquet"
        pq.write_table(
            pa.table([pa.array(["a"]), pa.array([1]), pa.array([2])], names=["provider_id", "units", "units"]), path
        )
        table = read_delivery(path, known=known)
        assert table.headings == ("provider_id", "units", "units")
        assert cells(table) == [("a", "1", "2")]

    def test_bytes_that_are_no_text_are_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.parquet"
        pl.DataFrame({"provider_id": [b"\xff\xfe"]}).write_parquet(path)
        assert "damaged" in refusal(tmp_path, path.read_bytes(), name="volume.parquet").found.en

    def test_a_column_of_lists_is_noted(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.parquet"
        pl.DataFrame({"provider_id": ["a"], "more": [[1, 2]]}).write_parquet(path)
        table = read_delivery(path, known=known)
        assert table.headings == ("provider_id",)
        assert "more" in table.notes[0].text.en

    @pytest.mark.parametrize("keep", [0.01, 0.3, 0.7, 0.99])
    def test_a_truncated_file_is_refused(self, tmp_path: Path, keep: float) -> None:
        path = tmp_path / "volume.parquet"
        pl.DataFrame({"provider_id": [f"{n:08}" for n in range(1000)]}).write_parquet(path)
        content = path.read_bytes()
        problem = refusal(tmp_path, content[: int(len(content) * keep)], name="volume.parquet")
        assert problem.found.en == "a Parquet file that is damaged or was cut off"
        assert "halverwege" in problem.message.nl

    def test_damage_inside_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "volume.parquet"
        pl.DataFrame({"provider_id": [f"{n * 7919:08}" for n in range(10_000)]}).write_parquet(path)
        content = bytearray(path.read_bytes())
        content[50:400] = b"\xff" * 350
        problem = refusal(tmp_path, bytes(content), name="volume.parquet")
        assert problem.found.en == "a Parquet file that is damaged or was cut off"


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_template_is_read_as_its_dataset(tmp_path: Path, dataset: str) -> None:
    """The sheets of explanation hold words that are headings too; none is taken for the data."""
    contract = load_contract(dataset)
    write_excel(contract, tmp_path / f"{dataset}.xlsx")
    write_csv(contract, tmp_path / f"{dataset}.csv")

    def meant(heading: str) -> str | None:
        column = contract.for_heading(heading)
        return column.name if column is not None else None

    for name in (f"{dataset}.xlsx", f"{dataset}.csv"):
        table = read_delivery(tmp_path / name, known=meant)
        assert table.headings == tuple(column.name for column in contract.columns)
        assert table.rows == 0


class TestGzip:
    def test_it_is_read_as_what_is_in_it(self, tmp_path: Path) -> None:
        table = read(tmp_path, gzip.compress(b"provider_id;units\n06010101;5\n"), name="volume.csv.gz")
        assert cells(table) == [("06010101", "5")]
        assert table.format == "gzip, CSV (UTF-8, semicolon)"
        assert table.notes == ()

    def test_two_packed_after_each_other_are_one(self, tmp_path: Path) -> None:
        content = gzip.compress(b"provider_id;units\na;1\n") + gzip.compress(b"b;2\n")
        assert cells(read(tmp_path, content, name="volume.csv.gz")) == [("a", "1"), ("b", "2")]

    def test_a_bomb_is_refused_before_it_fills_the_disk(self, tmp_path: Path) -> None:
        with gzip.open(tmp_path / "volume.csv.gz", "wb") as packed:
            for _ in range(110):
                packed.write(b"0" * 2**20)
        with pytest.raises(Unreadable, match="a gzip file that unpacks to more than 100 MB"):
            read_delivery(tmp_path / "volume.csv.gz", known=known)

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (gzip.compress(b"provider_id;units\n" * 1000)[:-10], "damaged or was cut off"),
            (gzip.compress(b"provider_id;units\n")[:-6] + b"\0\0\0\0\0\0", "damaged or was cut off"),
            (gzip.compress(gzip.compress(b"provider_id;units\na;1\n")), "a gzip archive"),
            (gzip.compress(b"%PDF-1.7"), "a PDF document"),
            (gzip.compress(b""), "an empty file"),
        ],
        ids=["cut off", "wrong sum", "twice packed", "PDF", "empty"],
    )
    def test_what_holds_no_table_is_refused(self, tmp_path: Path, content: bytes, found: str) -> None:
        assert found in refusal(tmp_path, content).found.en
