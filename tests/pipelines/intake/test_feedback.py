"""The report that goes back to a supplier: both languages, every reason, nothing run or taken for markup."""

import zipfile
from pathlib import Path

import polars as pl
import pytest
from delivering import accepted_rows, deliver, put, with_register

from pipelines.intake import deliveries, feedback
from pipelines.intake.deliveries import Record
from pipelines.intake.findings import FINDING_SCHEMA
from pipelines.intake.log import counting
from pipelines.workspace.workspace import Workspace

HEAD = "provider_id;period;payer_id;specialism;diagnosis;care_product;area;units;patients\n"
GOOD = "06010101;2025Q1;;0320;401;099999001;1011;5;5\n"
SHEET = "Rijen zoals geleverd"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return with_register(tmp_path / "region")


def page_of(workspace: Workspace, record: Record) -> Path:
    page = deliveries.report_of(workspace.lake, record)
    assert page is not None
    return page


def languages(page: Path) -> tuple[str, str]:
    dutch, english = page.read_text(encoding="utf-8").split('<section id="en" lang="en">')
    return dutch, english


def sheet_of(page: Path, name: str) -> pl.DataFrame:
    return pl.read_excel(page.parent / feedback.EXCEL_FILE, sheet_name=name, infer_schema_length=0)


def row(product: str, units: str, *, provider: str = "06010101", patients: str = "1", payer: str = "") -> str:
    return f"{provider};2025Q1;{payer};0320;401;{product};1011;{units};{patients}\n"


def test_the_page_tells_in_both_languages_what_was_refused_and_restored(workspace: Workspace) -> None:
    rows = row("099999001", "5", provider="6010101", patients="9") + row("099999002", "<10")
    dutch, english = languages(page_of(workspace, deliver(workspace, HEAD + rows).record))
    assert "1 van de 2 rijen tellen mee, 1 zijn geweigerd. Eén ding valt op" in dutch
    assert "1 of 2 rows count, 1 were refused. One thing looks odd" in english
    assert "Rijen geweigerd</th><td>1<" in dutch
    assert "Rows refused</th><td>1<" in english
    assert "D: meer dan twee op de honderd rijen geweigerd" in dutch
    assert "&lt;10" in dutch
    assert "het getal zelf" in dutch
    assert "the number itself" in english
    assert "verloren voorloopnullen zijn hersteld" in dutch
    assert "lost leading zeros were restored (codes have 8 digits)" in english
    assert "Er zijn meer patiënten dan geleverde zorgproducten" in dutch
    assert "<td>patients</td><td>1</td><td>2</td>" in english


def test_the_page_says_which_results_suffer_and_why(workspace: Workspace) -> None:
    dutch, english = languages(page_of(workspace, deliver(workspace, HEAD + GOOD + row("099999002", "<10")).record))
    assert "<td>Productie en omzet nu</td><td>units</td>" in dutch
    assert "<td>Production and revenue today</td><td>units</td>" in english


def test_a_column_that_is_missing_says_what_it_spoils(workspace: Workspace) -> None:
    without = "provider_id;period;payer_id;specialism;diagnosis;care_product;units\n"
    record = deliver(workspace, without + "06010101;2025Q1;;0320;401;099999001;5\n").record
    assert record.grade == "C"
    dutch, english = languages(page_of(workspace, record))
    assert "There is no column area; without it these results suffer: patient_km_change" in english
    assert "<td>Reisafstand van patiënten</td><td>area</td>" in dutch


def test_a_refused_file_says_so_at_the_top(workspace: Workspace) -> None:
    dutch, english = languages(page_of(workspace, deliver(workspace, "").record))
    assert dutch.index("Dit bestand is geweigerd") < dutch.index("een leeg bestand") < dutch.index("Wat is gelezen")
    assert "Nothing of this file counts." in english
    assert "Send the whole file again, corrected." in english


def test_a_long_list_of_reasons_goes_on_in_the_workbook(workspace: Workspace) -> None:
    rows = "".join(row(f"{n:09}", "<10") for n in range(feedback.SHOWN_ROWS + 20))
    page = page_of(workspace, deliver(workspace, HEAD + rows).record)
    assert "En nog 20 redenen: zie de werkmap report.xlsx." in page.read_text(encoding="utf-8")
    reasons = sheet_of(page, "Geweigerde rijen")
    assert reasons.height == feedback.SHOWN_ROWS + 20
    assert reasons.columns == ["Rij", "Kolom", "Waarde", "Regel", "Wat te doen", f"Rij op het blad '{SHEET}'"]
    assert reasons.row(3)[5] == "5"


def test_what_does_not_fit_on_a_sheet_is_said(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.intake.feedback.workbook.SHEET_ROWS", 3)
    page = page_of(workspace, deliver(workspace, HEAD + "".join(row(f"{n:09}", "<10") for n in range(5))).record)
    assert sheet_of(page, SHEET).height == 3
    summary = "\n".join(str(cell) for line in sheet_of(page, "Summary").rows() for cell in line)
    assert "A sheet holds at most 3 rows; 2 of the 5 are left out" in summary


def test_nothing_a_supplier_wrote_is_run_or_taken_for_markup(workspace: Workspace) -> None:
    hostile = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "<script>alert(1)</script>", "https://example.org"]
    rows = "".join(row(f"09999900{n}", "<10", payer=f'"{payer}"') for n, payer in enumerate(hostile))
    head = HEAD.replace("patients", "=cmd|'/c calc'!A0")
    page = page_of(workspace, deliver(workspace, head + rows).record)
    assert "<script" not in page.read_text(encoding="utf-8")
    with zipfile.ZipFile(page.parent / feedback.EXCEL_FILE) as book:
        sheets = [book.read(name).decode() for name in book.namelist() if "worksheets/sheet" in name]
        assert not any("externalLink" in name or "vba" in name.lower() for name in book.namelist())
    assert not any("<f>" in sheet or "<f " in sheet or "<hyperlink" in sheet for sheet in sheets)
    delivered = sheet_of(page, SHEET)
    assert delivered.columns[-1] == "=cmd|'/c calc'!A0"
    assert [cell.strip() for cell in delivered["payer_id"]] == [cell.strip() for cell in hostile]


def mended(page: Path, folder: Path, **cells: str) -> Path:
    """The workbook as a person saves it: the sheet with the refused rows, some of its cells corrected."""
    rows = sheet_of(page, SHEET).with_columns(pl.lit(value).alias(name) for name, value in cells.items())
    path = folder / "corrected.xlsx"
    rows.write_excel(path, worksheet=SHEET)
    return path


def test_the_refused_rows_stand_as_delivered_and_come_back_corrected(workspace: Workspace, tmp_path: Path) -> None:
    bad = row("099999002", "<10", payer="0099")
    record = deliver(workspace, HEAD + GOOD + bad).record
    page = page_of(workspace, record)
    delivered = sheet_of(page, SHEET)
    assert delivered.columns == HEAD.strip().split(";")
    assert list(delivered.row(0)) == bad.strip().split(";")
    name = feedback.correction_name("volume", record.short_hash)
    assert f"{name}.xlsx" in page.read_text(encoding="utf-8")
    corrected = mended(page, tmp_path, units="7").read_bytes()
    second = deliver(workspace, corrected, place=f"noord/2025Q1/{name}.xlsx").record
    assert (second.status, second.accepted, second.dataset) == ("accepted", 1, "volume")
    rows = accepted_rows(workspace).sort("care_product")
    assert rows.select("care_product", "units", "payer_id").rows() == [
        ("099999001", 5.0, None),
        ("099999002", 7.0, "0099"),
    ]


def test_corrections_fall_with_the_delivery_they_correct(workspace: Workspace, tmp_path: Path) -> None:
    first = deliver(workspace, HEAD + GOOD + row("099999002", "<10")).record
    page = page_of(workspace, first)
    name = f"noord/2025Q1/{feedback.correction_name('volume', first.short_hash)}.xlsx"
    deliver(workspace, mended(page, tmp_path, units="7").read_bytes(), place=name)
    deliver(workspace, mended(page, tmp_path, units="8").read_bytes(), place=name)
    assert sorted(accepted_rows(workspace)["units"]) == [5.0, 8.0]
    put(workspace, "noord/2025Q1/volume_v2.csv", HEAD + row("099999001", "50") + row("099999002", "70"))
    deliveries.ingest(workspace)
    assert sorted(accepted_rows(workspace)["units"]) == [50.0, 70.0]
    log = deliveries.records(workspace.lake).filter(pl.col("dataset") == "volume")
    assert sorted(log["status"]) == ["accepted", "superseded", "superseded", "superseded"]


def test_numbers_that_excel_stored_keep_their_decimals_on_the_way_back(workspace: Workspace, tmp_path: Path) -> None:
    columns = HEAD.strip().split(";")
    table = pl.DataFrame(
        [("06010109", "2025Q1", None, "0320", "401", "099999001", "1011", 1.234, 1)], columns, orient="row"
    )
    table.write_excel(tmp_path / "volume.xlsx", float_precision=3)
    record = deliver(workspace, (tmp_path / "volume.xlsx").read_bytes(), place="noord/2025Q1/volume.xlsx").record
    corrected = mended(page_of(workspace, record), tmp_path, provider_id="06010101").read_bytes()
    place = f"noord/2025Q1/{feedback.correction_name('volume', record.short_hash)}.xlsx"
    assert deliver(workspace, corrected, place=place).record.accepted == 1
    assert accepted_rows(workspace)["units"].to_list() == [1.234]


def test_a_good_delivery_needs_no_report(workspace: Workspace) -> None:
    record = deliver(workspace, HEAD + GOOD).record
    assert record.grade == "A"
    assert deliveries.report_of(workspace.lake, record) is None


def found(record: Record, message: str) -> pl.DataFrame:
    about = {"supplier": record.supplier, "delivery": record.hash, "dataset": record.dataset, "rule": "volume_jump"}
    told = {"count": 1, "results": "transfer_flow", "message_nl": f"{message} (nl)", "message_en": f"{message} (en)"}
    return pl.DataFrame([{**about, **told}], schema=FINDING_SCHEMA)


def test_what_the_region_shows_reaches_the_report_once_and_leaves_it_again(workspace: Workspace) -> None:
    record = deliver(workspace, HEAD + GOOD).record
    told = found(record, "Ten times <last> quarter")
    (folder,) = feedback.tell_findings(workspace.lake, counting(workspace.lake), told)
    dutch, english = languages(page_of(workspace, record))
    assert "Ten times &lt;last&gt; quarter (nl)" in dutch
    assert "<td>Care that moves</td>" in english
    assert "B: a few rows refused" in english
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert feedback.tell_findings(workspace.lake, counting(workspace.lake), told) == []
    assert deliveries.ingest(workspace, force=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert feedback.tell_findings(workspace.lake, counting(workspace.lake), told.clear()) == [folder]
    assert deliveries.report_of(workspace.lake, record) is None


def test_a_report_with_refusals_stays_when_the_region_shows_nothing_more(workspace: Workspace) -> None:
    record = deliver(workspace, HEAD + GOOD + row("099999002", "<10")).record
    page = page_of(workspace, record)
    before = page.read_bytes(), (page.parent / feedback.EXCEL_FILE).read_bytes()
    feedback.tell_findings(workspace.lake, counting(workspace.lake), found(record, "Odd"))
    assert b"Odd (nl)" in page.read_bytes()
    feedback.tell_findings(workspace.lake, counting(workspace.lake), found(record, "Odd").clear())
    assert (page.read_bytes(), (page.parent / feedback.EXCEL_FILE).read_bytes()) == before
