"""`sql`: what it prints and writes. What may be asked is tested at `release/test_asking.py`."""

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl
import pytest

from pipelines.cli import main
from pipelines.workspace.workspace import Workspace


class Ran(NamedTuple):
    code: object
    out: str
    err: str


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    def run(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        return Ran(ended.value.code, *capsys.readouterr())

    return run


def test_several_queries_of_a_file(run, refreshed: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "questions.sql"
    file.write_text("-- two questions\nSELECT 1 AS one;\nSELECT 'é' AS two;\n", encoding="utf-8")
    found = json.loads(run("sql", "-f", file, "--json", "--workspace", refreshed.root).out)
    assert found == [[{"one": 1}], [{"two": "é"}]]
    assert "both a query and a file" in run("sql", "SELECT 1", "-f", file, "--workspace", refreshed.root).err


def test_csv_as_a_dutch_spreadsheet_program_opens_it(run, refreshed: Workspace) -> None:
    query = "SELECT '0320' AS code, 1234.5 AS amount, '=1+1' AS text, -2.25 AS less, [1.5, 2] AS draws"
    text = run("sql", query, "--csv", "--lang", "nl", "--workspace", refreshed.root).out
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert rows == [["code", "amount", "text", "less", "draws"], ["0320", "1234,5", "'=1+1", "-2,25", "[1.5, 2.0]"]]


def test_a_workbook_keeps_codes_as_text_and_numbers_as_numbers(run, refreshed: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    query = (
        "SELECT '0320' AS code, 1234.5::DECIMAL(9, 2) AS amount, DATE '2025-03-01' AS day, "
        "1234567890123456789 AS long, 9007199254740993::HUGEINT AS total, '=1+1' AS text, true AS yes, "
        "provider_id FROM volume LIMIT 1; SELECT 2"
    )
    assert run("sql", query, "--xlsx", path, "--workspace", refreshed.root).code == 0
    sheets = pl.read_excel(path, sheet_id=0)
    assert list(sheets) == ["answer 1", "answer 2"]
    (row,) = sheets["answer 1"].drop("provider_id").rows()
    assert row == ("0320", 1234.5, dt.date(2025, 3, 1), "1234567890123456789", "9007199254740993", "=1+1", True)
    with zipfile.ZipFile(path) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()
        assert "zorgaanbieder" in parts.read("xl/comments1.xml").decode().lower()
