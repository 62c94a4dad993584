"""The report that goes back to a supplier: both languages, every reason, nothing run or taken for markup."""

import io
import zipfile
from pathlib import Path

import polars as pl
import pytest
from delivering import deliver, with_register

from pipelines import deliveries, feedback
from pipelines.deliveries import Record
from pipelines.workspace import Workspace

HEAD = "provider_id;period;payer_id;care_product;units;patients\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return with_register(tmp_path / "region")


def page_of(workspace: Workspace, record: Record) -> Path:
    page = deliveries.report_of(workspace, record)
    assert page is not None
    return page


def test_the_page_tells_in_both_languages_what_was_refused_and_restored(workspace: Workspace) -> None:
    rows = "6010101;2025Q1;;099999001;5;9\n06010101;2025Q1;;099999002;<10;1\n"
    text = page_of(workspace, deliver(workspace, HEAD + rows).record).read_text(encoding="utf-8")
    dutch, english = text.split('<section lang="en">')
    assert "Rijen geweigerd</th><td>1<" in dutch
    assert "Rows refused</th><td>1<" in english
    assert "&lt;10" in dutch
    assert "het getal zelf" in dutch
    assert "the number itself" in english
    assert "verloren voorloopnullen zijn hersteld" in dutch
    assert "lost leading zeros were restored (codes have 8 digits); rows: 1" in english
    assert "Er zijn meer patiënten dan geleverde zorgproducten" in dutch
    assert "(rows: 1, the first: 2)" in english


def test_a_refused_file_says_so_at_the_top(workspace: Workspace) -> None:
    text = page_of(workspace, deliver(workspace, "").record).read_text(encoding="utf-8")
    assert text.index("Dit bestand is geweigerd") < text.index("een leeg bestand") < text.index("This file was refused")


def test_a_long_list_of_reasons_goes_on_in_the_workbook(workspace: Workspace) -> None:
    rows = "".join(f"06010101;2025Q1;;{n:09};<10;1\n" for n in range(feedback.SHOWN_ROWS + 20))
    page = page_of(workspace, deliver(workspace, HEAD + rows).record)
    assert "en nog 20 redenen: zie de werkmap" in page.read_text(encoding="utf-8")
    reasons = pl.read_excel(page.parent / feedback.EXCEL_FILE, sheet_name="Geweigerde rijen")
    assert reasons.height == feedback.SHOWN_ROWS + 20
    assert reasons.columns == ["Rij", "Kolom", "Waarde", "Regel", "Wat te doen"]


def test_the_workbook_holds_the_rows_as_delivered(workspace: Workspace) -> None:
    page = page_of(workspace, deliver(workspace, HEAD + "06010101;2025Q1;=1+1;099999001;<10;1\n").record)
    workbook = page.parent / feedback.EXCEL_FILE
    rows = pl.read_excel(workbook, sheet_name="Rijen zoals geleverd", infer_schema_length=0)
    assert rows.row(0) == ("2", "06010101", "2025Q1", "=1+1", "099999001", "<10", "1")
    with zipfile.ZipFile(io.BytesIO(workbook.read_bytes())) as book:
        assert not any(b"<f>" in book.read(name) for name in book.namelist() if "worksheets" in name)


def test_a_good_delivery_needs_no_report(workspace: Workspace) -> None:
    record = deliver(workspace, HEAD + "06010101;2025Q1;;099999001;5;5\n").record
    assert deliveries.report_of(workspace, record) is None
