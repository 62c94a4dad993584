"""`sql`: what it prints and writes. What may be asked is tested at `release/test_asking.py`."""

import csv
import datetime as dt
import html
import io
import json
import re
import shutil
import subprocess
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


OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
LANGUAGES = {"nl": ("nl-NL", 1043, 59), "en": ("en-US", 1033, 44)}
"""Of a language: how an office names it, its number there, and the sign between the cells of its CSV."""
TYPED = "SELECT '0320' AS code, 1234.5 AS amount, -2.25 AS less, 7 AS count, '=1+1' AS text"


def opened_by_office(path: Path, lang: str, *, options: str = "") -> list[tuple[str, str]]:
    """Opens a file in LibreOffice in a language; returns kind and value of each cell of its second row."""
    locale = f"-env:UserInstallation={(path.parent / f'profile-{lang}').as_uri()}"
    own = path.parent / f"profile-{lang}" / "user"
    own.mkdir(parents=True, exist_ok=True)
    (own / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>'
        f"{LANGUAGES[lang][0]}</value></prop></item></oor:items>",
        encoding="utf-8",
    )
    target = path.parent / f"opened-{lang}"
    command = [str(OFFICE), "--headless", locale, *([options] if options else []), "--convert-to", "fods"]
    subprocess.run([*command, "--outdir", str(target), str(path)], check=True, capture_output=True, timeout=300)
    text = (target / f"{path.stem}.fods").read_text(encoding="utf-8")
    row = re.findall(r"<table:table-row.*?</table:table-row>", text, flags=re.DOTALL)[1]
    cells = re.findall(
        r'office:value-type="(\w+)"(?: office:value="([^"]*)")?.*?<text:p>(.*?)</text:p>', row, re.DOTALL
    )
    return [(kind, value or html.unescape(shown)) for kind, value, shown in cells]


@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_an_answer_opens_in_an_office_with_numbers_as_numbers_and_codes_whole(
    run, refreshed: Workspace, tmp_path: Path, lang: str
) -> None:
    """The workbook says what a cell is; of CSV the window that opens asks whether quoted cells are texts."""
    book, file = tmp_path / "answers.xlsx", tmp_path / "answers.csv"
    assert run("sql", TYPED, "--xlsx", book, "--workspace", refreshed.root).code == 0
    numbers = [("float", "1234.5"), ("float", "-2.25"), ("float", "7")]
    assert opened_by_office(book, lang) == [("string", "0320"), *numbers, ("string", "=1+1")]
    file.write_text(run("sql", TYPED, "--csv", "--lang", lang, "--workspace", refreshed.root).out, encoding="utf-8")
    _, number, separator = LANGUAGES[lang]
    options = f"--infilter=CSV:{separator},34,76,1,,{number},true,false,false"
    told = opened_by_office(file, lang, options=options)
    assert told == [("string", "0320"), *numbers, ("string", "'=1+1")]
