"""A new region, begun with its own names: by options, by questions, as one workbook, in both languages."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.cli.faults import told
from pipelines.intake import arriving, deliveries
from pipelines.workspace.workspace import Workspace

NORTH = "06010101;Ziekenhuis Noord;algemeen ziekenhuis;Utrecht"
DOCTORS = "41000001;Huisartsen Noord;gp_organisation"


def run(*arguments: object, answers: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments], input=answers)


def test_a_workbook_lies_where_it_is_read_from_and_is_said(tmp_path: Path) -> None:
    done = run("init", tmp_path / "streek", "--workbook", "--lang", "nl", "--year", 2025)
    assert done.exit_code == 0
    book = tmp_path / "streek" / "inbox" / "regio" / "2025" / "regio.xlsx"
    assert book.is_file()
    assert str(book) in done.output.replace("\n", "")
    workspace = Workspace.open(tmp_path / "streek")
    assert (workspace.region.base_year, workspace.region.periods) == (2025, ["2025"])
    assert deliveries.discover(workspace) == []


def test_providers_that_are_given_stand_in_the_workbook(tmp_path: Path) -> None:
    run("init", tmp_path / "r", "--workbook", "--provider", NORTH, "--provider", DOCTORS, "--payer", "3311;Verzekeraar")
    found = deliveries.ingest(Workspace.open(tmp_path / "r"))
    assert [(one.delivery.dataset, one.record.accepted, one.record.rejected) for one in found] == [
        ("payers", 1, 0),
        ("providers", 2, 0),
        ("resources", 2, 0),
    ]


def test_without_a_workbook_every_provider_has_a_folder_and_a_row(tmp_path: Path) -> None:
    done = run("init", tmp_path / "r", "--name", "Streek", "--year", 2025, "--provider", NORTH, "--provider", DOCTORS)
    assert done.exit_code == 0
    workspace = Workspace.open(tmp_path / "r")
    assert (tmp_path / "r" / "inbox" / "ziekenhuis-noord" / "2025").is_dir()
    assert [one.supplier for one in workspace.region.suppliers] == ["region", "ziekenhuis-noord", "huisartsen-noord"]
    assert workspace.region.name.nl == "Streek"
    providers, _ = deliveries.ingest(workspace)
    assert providers.record.accepted == 2


def test_questions_are_asked_again_until_they_can_be_read(tmp_path: Path) -> None:
    answers = f"Streek\nBE\n06010101;Noord\n{NORTH}\n\n\n"
    done = run("init", tmp_path / "r", "--ask", "--lang", "nl", answers=answers)
    assert done.exit_code == 0
    assert "de aanbieder '06010101;Noord'" in done.output
    region = Workspace.open(tmp_path / "r").region
    assert (region.country, region.timezone, region.suppliers[1].name) == ("BE", "Europe/Brussels", "Ziekenhuis Noord")


def test_a_kind_that_does_not_exist_is_refused_with_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run("init", tmp_path / "r", "--provider", "06010101;Noord;general hospitaal")
    assert done.exit_code != 0
    told(done.exception)
    assert "did you mean 'general hospital'?" in capsys.readouterr().err
    assert not (tmp_path / "r").exists()


def test_the_first_scenario_names_the_parties_that_were_given(tmp_path: Path) -> None:
    run("init", tmp_path / "r", "--provider", NORTH, "--provider", DOCTORS, "--template", "copd-to-gp", "--lang", "nl")
    text = (tmp_path / "r" / "scenarios" / "eerste.yaml").read_text()
    assert "from: {kind: [general_hospital]}" in text
    assert "to: {kind: [gp_organisation], allocate: equal}" in text
    assert (tmp_path / "r" / "inbox" / "shipped-assumptions").is_dir()


def test_what_it_writes_is_whole_and_nobody_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "QUIET_SECONDS", 10.0)
    done = run("init", tmp_path / "r", "--example")
    assert done.exit_code == 0, done.output
    assert deliveries.arriving(Workspace.open(tmp_path / "r")).files == ()
    assert (tmp_path / "r" / "scenarios" / "first.yaml").is_file()
