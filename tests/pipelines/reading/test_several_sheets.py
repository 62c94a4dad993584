"""Workbooks with several tables: which sheet is read, what is told of the others, and how one is asked for."""

import json
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.intake.deliveries import check_file
from pipelines.intake.mapping_trial import own_period, try_mapping
from pipelines.judging import Register
from pipelines.reading.formats import Unreadable, read_delivery
from pipelines.reading.sources import read_mapping
from pipelines.reading.sources.drafting import draft

HEAD = ["provider_id", "period", "specialism", "care_product", "units"]
ROW = ["06010101", "2025Q1", "0320", "099999001", 5]
BEDS = ["provider_id", "period", "resource", "available", "used", "remark"]
BED_ROW = ["06010101", "2025Q1", "nurse_hours", 900, 800, "-"]


def workbook(path: Path, *, hidden: tuple[str, ...] = (), **sheets: list[list[object]]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if name in hidden:
                sheet.hide()
    return path


def test_a_hidden_sheet_with_the_same_kind_of_rows_is_told(tmp_path: Path) -> None:
    path = workbook(tmp_path / "volume.xlsx", Blad1=[HEAD, ROW], Oud=[HEAD, ROW], Lijst=[["a", "b"]], hidden=("Oud",))
    found = check_file(path)
    assert found.accepted_rows == 1
    (note,) = [one for one in found.notes if one.rule == "hidden_sheets"]
    assert note.text.en.startswith("Sheets that are hidden and hold data were not read: 'Oud'.")
    assert note.text.nl.startswith("Werkbladen die verborgen zijn en gegevens bevatten, zijn niet gelezen: 'Oud'.")


def test_a_hidden_list_of_words_is_not_worth_a_word(tmp_path: Path) -> None:
    path = workbook(tmp_path / "volume.xlsx", Blad1=[HEAD, ROW], Lijst=[["ja"], ["nee"]], hidden=("Lijst",))
    assert not [one for one in check_file(path).notes if one.rule == "hidden_sheets"]


def test_a_sheet_is_checked_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # beside a demonstration region `check` holds the file against its registers
    path = workbook(tmp_path / "kwartaal.xlsx", Zorg=[HEAD, ROW], **{"Inzet (2)": [BEDS, BED_ROW]})
    run = CliRunner().invoke(app, ["check", str(path), "--sheet", "inzet (2)", "--json"])
    found = json.loads(run.stdout)
    assert (found["dataset"], found["accepted"], run.exit_code) == ("capacity", 1, 0)
    assert check_file(path, sheet="Zorg").dataset == "volume"


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    path = workbook(tmp_path / "volume.xlsx", Zorg=[HEAD, ROW], Inzet=[BEDS, BED_ROW])
    message = check_file(path, sheet="Zrog").rejections["message_en"][0]
    assert message == (
        "Found: 0 sheets 'Zrog' with a table. Expected: one of Zorg, Inzet. What to do: did you mean 'Zorg'?."
    )


def test_of_several_tables_the_widest_is_drafted_and_read(tmp_path: Path) -> None:
    path = workbook(tmp_path / "kwartaal.xlsx", Zorg=[HEAD, ROW], Inzet=[BEDS, BED_ROW])
    made = draft(path)
    assert made.dataset == "capacity"
    assert 'sheets: "Inzet"        # confirm: data stand on "Zorg" too; source new FILE --sheet NAME' in made.text
    (tmp_path / "inzet.yaml").write_text(made.text)
    mapping = read_mapping(tmp_path / "inzet.yaml")
    trial = try_mapping(path, mapping, period=own_period(path, mapping, otherwise="2025"), register=Register())
    assert (trial.misfit, [one.judged.accepted_rows for one in trial.yields]) == (None, [1])


def test_another_sheet_is_drafted_when_it_is_asked_for(tmp_path: Path) -> None:
    path = workbook(tmp_path / "kwartaal.xlsx", Zorg=[HEAD, ROW], Inzet=[BEDS, BED_ROW])
    made = draft(path, sheet="Zorg")
    assert (made.dataset, made.source) == ("volume", "kwartaal_zorg")
    assert 'sheets: "Zorg"\n' in made.text


def test_the_only_table_is_meant_by_a_pattern_and_not_by_another_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "kwartaal.xlsx", Zorg=[HEAD, ROW])
    assert read_delivery(path, sheet="^RowData").frame["units"].to_list() == ["5"]
    with pytest.raises(Unreadable, match="0 sheets 'Inzet' with a table"):
        read_delivery(path, sheet="Inzet")
