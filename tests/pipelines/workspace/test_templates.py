"""Templates open again, with the contract's headings, codes as text and the choices offered."""

import re
import zipfile
from pathlib import Path

import fastexcel
import pytest

from data_contracts.contract import DATASETS, DataContract, load_contract, load_contracts
from pipelines.reading.formats import read_delivery
from pipelines.workspace.new.delivery_templates import write_csv, write_excel, write_templates

TEXT_FORMAT = "49"  # how Excel numbers its text format

each_contract = pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.dataset)


def part(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def column_formats(path: Path) -> list[str]:
    """The number format of each column of the sheet to fill in, as Excel numbers it."""
    styles = re.findall(r"<xf ([^>]*)", part(path, "xl/styles.xml").split("<cellXfs")[1])
    numbers = [re.search(r'numFmtId="(\d+)"', style).group(1) for style in styles]
    formats: list[str] = []
    for entry in re.findall(r"<col ([^>]*)/>", part(path, "xl/worksheets/sheet1.xml")):
        found = dict(re.findall(r'(\w+)="([^"]*)"', entry))
        formats += [numbers[int(found.get("style", 0))]] * (int(found["max"]) - int(found["min"]) + 1)
    return formats


@each_contract
def test_excel_opens_with_the_headings_and_an_explanation_of_each_column(contract: DataContract, tmp_path) -> None:
    path = tmp_path / "template.xlsx"
    write_excel(contract, path)
    book = fastexcel.read_excel(path)
    names = [column.name for column in contract.columns]
    assert book.sheet_names == [contract.dataset, "Toelichting", "Explanation"]
    assert book.load_sheet(0).to_polars().columns == names
    for sheet, language in ((1, "nl"), (2, "en")):
        rows = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars().rows()
        meanings = {row[0]: row[-1] for row in rows}
        for column in contract.columns:
            assert meanings[column.name].startswith(column.description.of(language))
        for rule in contract.rules:
            assert meanings[rule.name] == rule.message.of(language)


@each_contract
def test_excel_keeps_codes_as_text(contract: DataContract, tmp_path) -> None:
    path = tmp_path / "template.xlsx"
    write_excel(contract, path)
    formats = column_formats(path)
    assert len(formats) == len(contract.columns)
    as_text = [column.name for column, found in zip(contract.columns, formats, strict=True) if found == TEXT_FORMAT]
    assert as_text == [column.name for column in contract.columns if column.kind in {"text", "period"}]


def test_excel_freezes_the_headings_explains_them_and_offers_choices(tmp_path) -> None:
    path = tmp_path / "template.xlsx"
    write_excel(load_contract("contracts"), path)
    sheet = part(path, "xl/worksheets/sheet1.xml")
    assert 'state="frozen"' in sheet
    assert '"fee_for_service,ceiling,lump_sum,corridor,capitation"' in sheet
    assert 'sqref="E2:E10001"' in sheet
    write_excel(load_contract("resources"), tmp_path / "resources.xlsx")
    assert '"ja,nee"' in part(tmp_path / "resources.xlsx", "xl/worksheets/sheet1.xml")
    comments = part(path, "xl/comments1.xml")
    assert "Verplicht. Contractvorm: hoe productie omzet wordt." in comments
    assert "Required. Form of the contract" in comments


@each_contract
def test_csv_opens_with_the_headings(contract: DataContract, tmp_path) -> None:
    path = tmp_path / "template.csv"
    write_csv(contract, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_text(encoding="utf-8-sig") == ";".join(column.name for column in contract.columns) + "\n"


@each_contract
def test_the_program_reads_its_own_templates(contract: DataContract, tmp_path) -> None:
    def known(heading: str) -> str | None:
        column = contract.for_heading(heading)
        return column.name if column else None

    write_csv(contract, tmp_path / "template.csv")
    write_excel(contract, tmp_path / "template.xlsx")
    for path in tmp_path.iterdir():
        table = read_delivery(path, known=known)
        assert table.headings == tuple(column.name for column in contract.columns)
        assert table.rows == 0


def test_every_dataset_gets_both_templates(tmp_path) -> None:
    written = write_templates(tmp_path / "templates")
    assert [path.name for path in written] == [f"{name}.{kind}" for name in DATASETS for kind in ("csv", "xlsx")]
    assert all(path.stat().st_size > 0 for path in written)
