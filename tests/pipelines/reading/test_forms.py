"""A form that many fill in, each in its own way: read where it can be told what is meant, refused where it cannot."""

import re
from collections.abc import Mapping as Sheets
from collections.abc import Sequence
from pathlib import Path

import fastexcel
import polars as pl
import pytest
import xlsxwriter
from real_data import real_folder

from data_contracts.contract import load_contract
from pipelines.intake import deliveries
from pipelines.intake.log import read_log
from pipelines.judging import Register, Validated, validate
from pipelines.reading import sources
from pipelines.reading.formats import Unreadable
from pipelines.reading.sources import Translated
from pipelines.workspace.workspace import Workspace

SOURCE = "us_ca_hcai_common25"
RATE = 0.8755
NAME = "106010001_Common25_2020.xlsx"

TOP: list[list[object]] = [
    ["Hospital Name:  North Hospital"],
    ["OSHPD Facility No: 106010001"],
    ["Effective Date of Charges: June 1, 2020"],
]
HEADINGS: list[object] = ["Laboratory Services (CPT Codes 80047-89398)", "2020 CPT Code", "Average Charge"]
LINES: list[list[object]] = [
    ["Basic Metabolic Panel", 80048, 289],
    ["Urinalysis", "81002 or 81003", "$1,120.50"],
    ["Physical Therapy", "97161-97163", "$155-$310"],
    ["Lipid Panel", "80061", "N/A"],
    ["Troponin", 84484, None],
]
BELOW: list[list[object]] = [
    ["Count of Reported Procedures (minimum 25 required)", None, 3],
    ["Instructions for Completing AB 1045 Common Outpatient Procedure Form"],
]


def workbook(path: Path, sheets: Sheets[str, Sequence[Sequence[object]]], *, hidden: tuple[str, ...] = ()) -> Path:
    """Writes a workbook, a sheet of rows under each name."""
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name in hidden:
                sheet.hide()
    return path


def read(path: Path) -> dict[str, Translated]:
    mapping = sources.match(path, mappings=sources.load_mappings())
    assert mapping is not None
    assert mapping.source == SOURCE
    made = sources.translate(sources.read_source(path, mapping), mapping, period="2020")
    return {one.dataset: one for one in made}


def judged(made: dict[str, Translated]) -> Validated:
    known = frozenset(made["providers"].frame["provider_id"].to_list())
    register = Register({"providers.provider_id": known})
    return validate(made["list_prices"].raw, load_contract("list_prices"), register=register, period="2020")


def prices(path: Path) -> dict[str, float]:
    """Returns the accepted prices in dollars, by code."""
    rows = judged(read(path)).accepted.select("care_product", pl.col("list_price_eur").cast(pl.Float64) / RATE)
    return {code: round(price, 1) for code, price in rows.iter_rows()}


class TestMadeForms:
    def test_the_form_as_it_was_meant(self, tmp_path: Path) -> None:
        made = read(workbook(tmp_path / NAME, {"AB 1045 Form": [*TOP, [], HEADINGS, *LINES, *BELOW]}))
        assert made["providers"].frame.drop("row_number").rows() == [
            ("106010001", "North Hospital", "general_hospital")
        ]
        products = made["care_products"].frame
        assert products["group"].unique().to_list() == ["Laboratory Services"]
        found = judged(made)
        assert found.accepted["care_product"].to_list() == ["80048", "81002 or 81003"]
        assert found.rejections["value"].to_list() == ["$155-$310"], "a range is no price"
        assert [one.count for one in made["list_prices"].left_out] == [2, 2]
        assert made["list_prices"].rows_in == 7

    def test_prices_are_the_forms_own(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / NAME, {"Form": [*TOP, HEADINGS, *LINES]})
        assert prices(path) == {"80048": 289, "81002 or 81003": 1120.5}

    def test_columns_may_be_anywhere_and_come_again_elsewhere(self, tmp_path: Path) -> None:
        rows = [
            *TOP,
            [None, "Average Charge", None, "CPT Code", "Radiology Services"],
            [None, 310.5, None, 71046, "X-Ray"],
            ["Surgery Services (CPT Codes 10021-69990)", "2019 CPT CODE", "Average Charge /Case"],
            ["Colonoscopy", 45378, 8000],
        ]
        path = workbook(tmp_path / NAME, {"2019": rows})
        assert prices(path) == {"71046": 310.5, "45378": 8000}
        assert read(path)["care_products"].frame["name"].to_list() == ["X-Ray", "Colonoscopy"]

    def test_rows_whose_headings_got_lost_are_kept(self, tmp_path: Path) -> None:
        codes = [["A test", 80048 + n, 100 + n] for n in range(6)]
        path = workbook(tmp_path / NAME, {"Form": [*TOP, *codes, HEADINGS, ["Other", 84484, 5]]})
        assert prices(path) == {**{str(80048 + n): 100 + n for n in range(6)}, "84484": 5}
        bare = workbook(tmp_path / f"bare {NAME}", {"Form": [*TOP, *codes]})
        assert prices(bare) == {str(80048 + n): 100 + n for n in range(6)}
        assert "no_headings" in {note.rule for note in read(bare)["list_prices"].notes}

    @pytest.mark.parametrize(
        "headings", [["Average Charge 2019", "Average Charge 2020"], ["Outpatient Charge", "Inpatient Charge"]]
    )
    def test_two_columns_that_could_be_the_price_are_refused(self, tmp_path: Path, headings: list[str]) -> None:
        path = workbook(tmp_path / NAME, {"Form": [*TOP, ["Services", "CPT Code", *headings], ["A", 80048, 1, 2]]})
        with pytest.raises(Unreadable, match="2 columns that could be the charge") as caught:
            read(path)
        assert headings[0] in caught.value.message.nl

    def test_the_average_is_taken_when_another_charge_stands_beside_it(self, tmp_path: Path) -> None:
        rows = [*TOP, ["Services", "CPT Code", "Total Charges", "Average Charge"], ["A", 80048, 9000, 2]]
        assert prices(workbook(tmp_path / NAME, {"Form": rows})) == {"80048": 2}

    def test_codes_may_say_what_they_are(self, tmp_path: Path) -> None:
        rows = [*TOP, HEADINGS, ["A", "CPT 80048", 2], ["B", "HCPCS: G0463", 3], ["C", "Total", 5]]
        assert prices(workbook(tmp_path / NAME, {"Form": rows})) == {"80048": 2, "G0463": 3}

    def test_a_blank_form_is_refused(self, tmp_path: Path) -> None:
        blank = [[name, code, None] for name, code, _ in LINES]
        path = workbook(tmp_path / NAME, {"Form": [*TOP, HEADINGS, *blank, *BELOW]})
        with pytest.raises(Unreadable, match="a blank form: nothing under charge"):
            read(path)

    def test_a_hidden_template_and_raw_data_are_left_aside(self, tmp_path: Path) -> None:
        raw = [[80048 + n, "A TEST", 100 + n, 5000.5 * n, 50.5] for n in range(10)]
        blank = [*TOP, HEADINGS, ["Basic Metabolic Panel", 80048, None]]
        sheets = {
            "Before": [["a title"]],
            "TEMPLATE": blank,
            "Form": [*TOP, HEADINGS, *LINES[:2]],
            "Raw Data": raw,
            "Sheet3": [],
            "Blank": blank,
        }
        path = workbook(tmp_path / NAME, sheets, hidden=("TEMPLATE",))
        assert prices(path) == {"80048": 289, "81002 or 81003": 1120.5}
        notes = {note.rule: note.text.en for note in read(path)["list_prices"].notes}
        assert "'Raw Data', 'Blank'" in notes["other_sheets"]

    def test_two_years_of_one_hospital_are_refused(self, tmp_path: Path) -> None:
        sheets = {year: [*TOP, HEADINGS, *LINES] for year in ("2019", "2020")}
        with pytest.raises(Unreadable, match=r"2 filled-in forms of the same one: sheets '2019', '2020'"):
            read(workbook(tmp_path / NAME, sheets))

    def test_two_hospitals_in_one_workbook_are_two(self, tmp_path: Path) -> None:
        second = [["Hospital Name: South"], ["OSHPD Facility No:", "106010002"], HEADINGS, ["Basic", 80048, 300]]
        made = read(workbook(tmp_path / NAME, {"N": [*TOP, HEADINGS, *LINES[:1]], "S": second}))
        assert made["providers"].frame["provider_id"].to_list() == ["106010001", "106010002"]
        assert judged(made).accepted.select("provider_id", "care_product").rows() == [
            ("106010001", "80048"),
            ("106010002", "80048"),
        ]

    @pytest.mark.parametrize("number", ["233059262", "", "see file name"])
    def test_a_number_that_is_none_is_taken_from_the_name(self, tmp_path: Path, number: str) -> None:
        rows = [["Hospital Name: North"], [f"OSHPD Facility No: {number}"], HEADINGS, *LINES]
        providers = read(workbook(tmp_path / NAME, {"Form": rows}))["providers"].frame
        assert providers["provider_id"].to_list() == ["106010001"]

    def test_another_number_than_the_names_is_told(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "106560492_Common25(3)_2020.xlsx", {"Form": [*TOP, HEADINGS, *LINES]})
        notes = {note.rule: note.text.en for note in read(path)["list_prices"].notes}
        assert "says facility 010001, the file's name 560492" in notes["name_says_otherwise"]

    def test_of_two_numbers_the_one_in_the_register_counts(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "106560492_Common25_2020.xlsx", {"Form": [*TOP, HEADINGS, *LINES]})
        mapping = sources.match(path, mappings=sources.load_mappings())
        assert mapping is not None

        def said(known: set[str]) -> tuple[list[str], list[str], bool]:
            raw = sources.read_source(path, mapping, known=frozenset(known))
            (note,) = [note for note in raw.notes if note.rule == "name_says_otherwise"]
            return raw.frame["facility"].unique().to_list(), [note.text.en, note.text.nl], note.odd

        facility, (en, nl), odd = said({"106560492"})
        assert (facility, odd) == (["560492"], True)
        assert en == (
            "Sheet 'Form' says facility 010001, which is not in the register; the file's name says 560492, which is: "
            "that counts."
        )
        assert "dat telt" in nl
        assert said({"106010001"})[0] == ["010001"]
        assert said({"106010001", "106560492"})[0] == ["010001"]
        assert said(set())[0] == ["010001"]

    def test_a_contradiction_is_odd(self, tmp_path: Path) -> None:
        path = workbook(tmp_path / "106560492_Common25_2020.xlsx", {"Form": [*TOP, HEADINGS, *LINES]})
        found = judged(read(path))
        assert [note.rule for note in found.warnings] == ["name_says_otherwise"]

    def test_two_prices_for_one_code_are_refused_both(self, tmp_path: Path) -> None:
        rows = [
            *TOP,
            HEADINGS,
            ["Ultrasound", 76700, 1668],
            ["ULTRASOUND", 76700, 1680],
            ["X", 71046, 1],
            ["X", 71046, 1],
        ]
        found = judged(read(workbook(tmp_path / NAME, {"Form": rows})))
        assert found.accepted["care_product"].to_list() == ["71046"]
        assert found.rejections["rule"].unique().to_list() == ["duplicate_key"]

    def test_what_is_no_workbook_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "106010001_Common25_2020.xls"
        path.write_text("Services,CPT Code,Average Charge\nA,80048,1\n")
        with pytest.raises(Unreadable, match="a file that is no workbook"):
            read(path)


REGION = """
region: california
name: {nl: Californië, en: California}
base_year: 2020
periods: ["2020"]
suppliers: [{supplier: hcai, datasets: [providers, care_products, list_prices]}]
"""


def test_many_forms_in_one_folder_do_not_replace_each_other(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text(REGION)
    folder = tmp_path / "inbox" / "hcai" / "2020"
    folder.mkdir(parents=True)
    for number in ("106010001", "106010002"):
        top = [["Hospital Name: A hospital"], [f"OSHPD Facility No: {number}"]]
        workbook(folder / f"{number}_Common25_2020.xlsx", {"Form": [*top, HEADINGS, *LINES, *BELOW]})
    workspace = Workspace.open(tmp_path)
    deliveries.ingest(workspace)
    log = deliveries.records(workspace.lake).filter(dataset="list_prices")
    assert log["superseded_by"].to_list() == [None, None]
    assert log.select("rows_read", "rows_left_out", "rows", "accepted", "rejected").rows() == [(7, 4, 3, 2, 1)] * 2
    assert len(deliveries.accepted(workspace.lake, "list_prices")) == 2
    record = next(one for one in read_log(workspace.lake) if one.dataset == "list_prices")
    report = deliveries.report_of(workspace.lake, record)
    assert report is not None
    page = re.sub(r"<[^>]+>", " ", report.read_text())
    assert re.search(r"Rijen weggelaten, om de redenen hieronder\s+4\s", page)
    assert "2 rijen weggelaten: bij de verrichting staat geen prijs." in page
    workbook(folder / "106010001_Common25_2020.xlsx", {"Form": [*TOP, HEADINGS, *LINES[:1]]})
    deliveries.ingest(workspace)
    log = deliveries.records(workspace.lake).filter(dataset="list_prices")
    assert log["superseded_by"].null_count() == 2, "a file of the same name replaces the earlier one"


@pytest.mark.real
class TestRealForms:
    @pytest.fixture(scope="class")
    def files(self) -> list[Path]:
        return sorted((real_folder("us_ca_hcai") / "common25_2020").glob("*.xls*"))

    def test_all_are_read_without_a_mapping_of_their_own(self, files: list[Path]) -> None:
        assert len(files) == 27
        assert {path.name for path in files if not judged(read(path)).accepted.height} == set()

    def test_every_price_is_the_one_beside_its_code(self, files: list[Path]) -> None:
        """The prices as they stand in the third column of all visible sheets with a code in the second."""
        for path in files:
            stated = self.stated(path)
            found = judged(read(path)).accepted.select("care_product", pl.col("list_price_eur").cast(pl.Float64))
            for code, price in found.iter_rows():
                assert any(abs(one * RATE - price) <= 0.0051 for one in stated[code]), (path.name, code)
            single = {code for code, charges in stated.items() if len(charges) == 1}
            assert single <= set(found["care_product"]), path.name

    @staticmethod
    def stated(path: Path) -> dict[str, set[float]]:
        book = fastexcel.read_excel(path)
        found: dict[str, set[float]] = {}
        for index in range(len(book.sheet_names)):
            sheet = book.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
            if sheet.visible != "visible" or sheet.width != 3:
                continue
            cells = pl.DataFrame(sheet).filter(pl.nth(1).str.contains(r"^\s*[0-9A-Z]\d{4}"))
            for code, charge in cells.select(pl.nth(1), pl.nth(2).cast(pl.Float64, strict=False)).iter_rows():
                if charge is not None:
                    found.setdefault(code.strip(), set()).add(charge)
        return found

    def test_a_hospital_whose_number_is_wrong_on_the_form_keeps_its_own(self, files: list[Path]) -> None:
        (path,) = [path for path in files if path.name.startswith("106334068")]
        assert read(path)["providers"].frame["provider_id"].to_list() == ["106334068"]
