"""Every bad input a supplier sends, from the inbox on: what the record and the message say, and that nothing is lost.

Each case says what is delivered, how many of its rows count, by which rule the rest was refused, and words that the
message must hold in both languages.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from delivering import VOLUME, accepted_rows, deliver, with_register, workbook_of

from pipelines.intake import deliveries
from pipelines.workspace.workspace import Workspace

HEAD = "provider_id;period;specialism;care_product;units;patients\n"
GOOD = "06010101;2025Q1;0320;099999001;1,5;1\n"

Content = str | bytes | Callable[[Path], bytes]


@dataclass(frozen=True)
class Case:
    """One bad input."""

    name: str
    content: Content
    rows: int
    accepted: int
    rule: str
    english: str
    dutch: str
    file: str = "volume.csv"


def truncated_parquet(path: Path) -> bytes:
    pl.DataFrame(
        {"provider_id": ["06010101"] * 100, "period": ["2025Q1"] * 100, "units": list(range(100))}
    ).write_parquet(path)
    return path.read_bytes()[:-40]


def renamed_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cijfers.csv", VOLUME)
    return path.read_bytes()


def two_sheets(path: Path) -> bytes:
    rows: list[list[object]] = [["provider_id", "period", "units"], ["06010101", "2025Q1", 5]]
    return workbook_of(path, Januari=rows, Februari=rows)


def merged_headings(path: Path) -> bytes:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["provider_id", "period"])
        sheet.merge_range(0, 2, 0, 3, "units")
        sheet.write_row(1, 0, ["06010101", "2025Q1", 5, 6])
    return path.read_bytes()


def one_row(units: str) -> str:
    return f"{HEAD}{GOOD}06010101;2025Q1;0320;099999002;{units};1\n"


CASES = [
    Case("empty file", "", 0, 0, "unreadable", "an empty file", "een leeg bestand"),
    Case("header only", HEAD, 0, 0, "no_rows", "no rows below it", "geen rijen daaronder"),
    Case("binary", bytes(range(256)) * 10, 0, 0, "unreadable", "bytes that are no text", "bytes die geen tekst zijn"),
    Case(
        "html as excel",
        "<html><table><tr><td>1</td></tr></table></html>",
        0,
        0,
        "unreadable",
        "a web page (HTML) under another name",
        "een webpagina (HTML)",
        "volume.xlsx",
    ),
    Case(
        "old excel",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
        0,
        0,
        "unreadable",
        "an old Excel workbook (.xls)",
        "een oude Excel-werkmap (.xls)",
        "volume.xls",
    ),
    Case(
        "unknown dataset",
        VOLUME.replace("specialism", "vak").replace("care_product", "product").replace("patients", "personen"),
        0,
        0,
        "unknown_dataset",
        "a file named 'cijfers.csv'",
        "een bestand met de naam 'cijfers.csv'",
        "cijfers.csv",
    ),
    Case(
        "missing required column",
        VOLUME.replace("units", "hoeveel"),
        2,
        0,
        "missing_column",
        "no column units",
        "geen kolom units",
    ),
    Case(
        "duplicate key",
        HEAD + GOOD + GOOD.replace("1,5", "2,5"),
        2,
        0,
        "duplicate_key",
        "the same key with other figures in rows 2, 3",
        "dezelfde sleutel met andere cijfers in de rijen 2, 3",
    ),
    Case(
        "duplicate row",
        HEAD + GOOD + GOOD,
        2,
        1,
        "duplicate_row",
        "the same row in rows 2, 3",
        "dezelfde rij in de rijen 2, 3",
    ),
    Case(
        "negative units",
        one_row("-5"),
        2,
        1,
        "range",
        "'-5'. Expected: a number of 0 or more",
        "'-5'. Verwacht: een getal van 0 of meer",
    ),
    Case(
        "suppressed",
        one_row("<10"),
        2,
        1,
        "suppressed_number",
        "'<10'. Expected: the number itself",
        "'<10'. Verwacht: het getal zelf",
    ),
    Case(
        "not applicable", one_row("n.v.t."), 2, 1, "text_in_number", "'n.v.t.'. Expected: a number", "laat de cel leeg"
    ),
    Case("spreadsheet error", one_row("#N/A"), 2, 1, "formula_error", "mend the formula", "herstel de formule"),
    Case("thousands and decimals", one_row("1.2.3,4"), 2, 1, "not_a_number", "write digits", "schrijf cijfers"),
    Case(
        "unclear thousands",
        f"{HEAD}06010101;2025Q1;0320;099999002;1.200;1\n",
        1,
        0,
        "ambiguous_number",
        "marks thousands or decimals",
        "duizendtallen of decimalen",
    ),
    Case(
        "totals row",
        HEAD + GOOD + "Totaal;;;;1,5;1\n",
        2,
        1,
        "totals_row",
        "'Totaal'. Expected: rows of single items only",
        "een totaal zou dubbel tellen",
    ),
    Case(
        "merged headings",
        merged_headings,
        0,
        0,
        "unreadable",
        "merged cells in the headings (sheet 'Data', C1:D1)",
        "samengevoegde cellen in de kolomkoppen",
        "volume.xlsx",
    ),
    Case(
        "two sheets",
        two_sheets,
        0,
        0,
        "unreadable",
        "2 sheets with data: 'Januari', 'Februari'",
        "2 werkbladen met gegevens",
        "volume.xlsx",
    ),
    Case(
        "truncated parquet",
        truncated_parquet,
        0,
        0,
        "unreadable",
        "a Parquet file that is damaged or was cut off",
        "beschadigd of afgekapt",
        "volume.parquet",
    ),
    Case(
        "renamed zip",
        renamed_zip,
        0,
        0,
        "unreadable",
        "a zip archive that is no workbook (it holds cijfers.csv)",
        "een zip-archief dat geen werkmap is",
        "volume.xlsx",
    ),
    Case(
        "unknown provider",
        HEAD + GOOD + GOOD.replace("06010101", "06999999"),
        2,
        1,
        "reference",
        "'06999999'. Expected: a provider from the register",
        "een zorgaanbieder uit het register",
    ),
    Case(
        "period that does not exist",
        HEAD + GOOD + GOOD.replace("2025Q1", "2025Q5"),
        2,
        1,
        "no_such_period",
        "'2025Q5'. Expected: a quarter from Q1 to Q4",
        "een kwartaal van Q1 tot en met Q4",
    ),
    Case(
        "another period",
        HEAD + GOOD + GOOD.replace("2025Q1", "2024Q4"),
        2,
        1,
        "other_period",
        "2025Q1, the period of the folder",
        "de periode van de map",
    ),
    Case(
        "too few fields",
        HEAD + GOOD + "06010101;2025Q1\n",
        2,
        1,
        "number_of_fields",
        "2 fields. Expected: 6",
        "2 velden. Verwacht: 6",
    ),
    Case(
        "stray quotation mark",
        HEAD + GOOD + '"06010101;2025Q1;0320;099999003;1;1\n',
        2,
        1,
        "quotation",
        "a quotation mark",
        "een aanhalingsteken",
    ),
    Case(
        "code as a number",
        HEAD + GOOD + GOOD.replace("099999001", "1,23E+08"),
        2,
        1,
        "code_as_number",
        "'1,23E+08'",
        "het rekenblad heeft de code afgerond",
    ),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return with_register(tmp_path / "region")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_refused_with_a_message_and_nothing_is_lost(
    workspace: Workspace, tmp_path: Path, case: Case
) -> None:
    content = case.content(tmp_path / case.file) if callable(case.content) else case.content
    record = deliver(workspace, content, place=f"noord/2025Q1/{case.file}").record
    assert (record.rows, record.accepted, record.rejected) == (case.rows, case.accepted, case.rows - case.accepted)
    assert accepted_rows(workspace).height == case.accepted
    rejections = deliveries.rejections(workspace.lake)
    assert rejections["rule"].unique().to_list() == [case.rule]
    assert case.english in rejections["message_en"][0]
    assert case.dutch in rejections["message_nl"][0]
    assert rejections["message_en"][0].count("What to do: ") == 1
    if case.accepted == 0 and rejections["row"].null_count():
        assert record.message is not None
        assert case.english in record.message.en
    report = deliveries.report_of(workspace.lake, record)
    assert report is not None
    assert '<section id="nl" lang="nl">' in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("written", "units"), [("1.234,50", 1234.5), ("€ 1.200", 1200), ("1.140,24", 1140.24), ("€ 1442,62", 1442.62)]
)
def test_numbers_as_people_write_them_are_no_bad_input(workspace: Workspace, written: str, units: float) -> None:
    deliver(workspace, one_row(written))
    assert accepted_rows(workspace)["units"].to_list() == [1.5, units]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_no_encoding_in_use_is_a_wrong_one(workspace: Workspace, encoding: str) -> None:
    content = "provider_id;naam;soort\n06010107;Kliniek Überzee;other\n".encode(encoding)
    deliver(workspace, content, place="region/2025/providers_extra.csv")
    assert accepted_rows(workspace, "providers")["name"].to_list()[-1] == "Kliniek Überzee"


def test_a_wrong_encoding_costs_the_rows_it_spoilt(workspace: Workspace) -> None:
    content = (
        (HEAD + GOOD).encode() + "06010101;2025Q1;0320;é;1;1\n".encode() * 1 + b"06010101;2025Q1;0320;\xff\x81;1;1\n"
    )
    record = deliver(workspace, content + "06010101;2025Q1;0320;éé;1;1\n".encode()).record
    assert (record.rows, record.accepted) == (4, 3)
    rejections = deliveries.rejections(workspace.lake)
    assert rejections.select("row", "rule").rows() == [(4, "lost_characters")]
    assert "CSV UTF-8" in rejections["message_en"][0]


def test_one_broken_file_does_not_stop_the_others(workspace: Workspace) -> None:
    deliver(workspace, truncated_parquet(workspace.root / "x"), place="noord/2025Q2/volume.parquet")
    deliver(workspace, VOLUME)
    assert accepted_rows(workspace).height == 2


def test_a_report_never_runs_what_a_cell_says(workspace: Workspace) -> None:
    evil = '=cmd|"/c calc"!A1'
    content = (
        HEAD + f"06010101;2025Q1;0320;099999001;{evil};1\n" + "06010101;2025Q1;0320;<script>alert(1)</script>;x;1\n"
    )
    record = deliver(workspace, content.replace('"', "'")).record
    page = deliveries.report_of(workspace.lake, record)
    assert page is not None
    assert "<script>" not in page.read_text(encoding="utf-8")
    with zipfile.ZipFile(io.BytesIO((page.parent / "report.xlsx").read_bytes())) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        strings = book.read("xl/sharedStrings.xml")
    assert not any(b"<f>" in sheet for sheet in sheets)
    assert b"=cmd|" in strings


def test_citizen_service_numbers_leave_no_trace(workspace: Workspace) -> None:
    rows = "".join(f"06010101;2025Q1;{n};1;1\n" for n in (111222333, 123456782, 999999990))
    record = deliver(workspace, "provider_id;period;client;units;patients\n" + rows).record
    assert record.rule == "personal_numbers"
    kept = [p for p in workspace.root.rglob("*") if p.is_file() and "inbox" not in p.parts]
    assert not any(b"111222333" in path.read_bytes() or b"123456782" in path.read_bytes() for path in kept)
