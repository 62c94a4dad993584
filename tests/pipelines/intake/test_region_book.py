"""The one workbook of a region: written, filled in, and read sheet by sheet with nothing lost or counted twice."""

import json
import shutil
import subprocess
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from typer.testing import CliRunner

from data_contracts.contract import load_contract
from data_contracts.region_workbook import region_workbook
from data_contracts.text import Language
from pipelines.cli import app
from pipelines.intake import deliveries
from pipelines.intake.deliveries import Ingested
from pipelines.workspace.new.book_template import write_region_workbook
from pipelines.workspace.workspace import Workspace

REGION = "region: proef\nname: Proef\nbase_year: 2025\nperiods: ['2025']\nsuppliers: [{supplier: regio}]\n"
PROVIDERS = [
    {"provider_id": "06010101", "name": "Noord", "kind": "general_hospital"},
    {"provider_id": "41000001", "name": "Huisartsen", "kind": "gp_organisation"},
]


def region(root: Path) -> Workspace:
    root.mkdir()
    (root / "region.yaml").write_text(REGION)
    return Workspace.open(root)


def care(**given: object) -> dict[str, object]:
    return {"provider_id": "06010101", "specialism": "0320", "units": 100, "revenue_eur": 35000, **given}


def filled(workspace: Workspace, rows: list[dict[str, object]], *, language: Language = "nl", **sheets) -> Path:
    place = workspace.inbox / "regio" / "2025" / region_workbook().file.of(language)
    return write_region_workbook(place, language=language, rows={"Providers": PROVIDERS, "Care": rows, **sheets})


def ingested(workspace: Workspace) -> dict[str, Ingested]:
    return {one.delivery.dataset: one for one in deliveries.ingest(workspace)}


def rows_of(workspace: Workspace, dataset: str) -> pl.DataFrame:
    return pl.concat(pl.read_parquet(path) for path in deliveries.accepted(workspace.lake, dataset))


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_heading_means_its_column_in_every_dataset_that_has_it(language: Language) -> None:
    book = region_workbook()
    for sheet in book.sheets:
        for name in sheet.columns:
            heading = book.headings[name].of(language)
            meant = {found.name for d in sheet.datasets if (found := load_contract(d).for_heading(heading))}
            assert meant == {name}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_workbook_with_examples_only_is_no_delivery(tmp_path: Path, language: Language) -> None:
    workspace = region(tmp_path / "r")
    write_region_workbook(workspace.inbox / "regio/2025" / region_workbook().file.of(language), language=language)
    assert deliveries.discover(workspace) == []


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_filled_sheet_is_a_delivery_of_each_of_its_datasets(tmp_path: Path, language: Language) -> None:
    workspace = region(tmp_path / "r")
    filled(workspace, [care(), care(specialism="0313", units=50, revenue_eur=20000.5)], language=language)
    found = ingested(workspace)
    assert list(found) == ["providers", "volume", "revenue"]
    assert all((one.record.status, one.record.rejected) == ("accepted", 0) for one in found.values())
    volume, revenue = rows_of(workspace, "volume"), rows_of(workspace, "revenue")
    assert volume.select("period", "specialism", "care_product", "units").rows() == [
        ("2025", "0320", "0320", 100.0),
        ("2025", "0313", "0313", 50.0),
    ]
    assert [(row["care_product"], float(row["revenue_eur"])) for row in revenue.to_dicts()] == [
        ("0320", 35000.0),
        ("0313", 20000.5),
    ]


def test_revenue_is_added_up_over_areas_and_rows_are_accounted_for(tmp_path: Path) -> None:
    workspace = region(tmp_path / "r")
    product = {"care_product": "099999001"}
    filled(
        workspace,
        [
            care(**product, area="3011", revenue_eur=0.1),
            care(**product, area="3012", revenue_eur=0.2),
            care(**product, area="3013", revenue_eur=None),
            care(provider_id="voorbeeld 2", **product),
        ],
    )
    found = ingested(workspace)
    (revenue,) = rows_of(workspace, "revenue").to_dicts()
    assert (float(revenue["units"]), str(revenue["revenue_eur"])) == (200.0, "0.30")
    taken = found["revenue"].record.taken
    assert (taken.read, taken.rows_left_out, taken.put_together, found["revenue"].record.accepted) == (4, 2, 1, 1)
    assert found["volume"].record.accepted == 3
    assert found["volume"].record.taken.rows_left_out == 1


def test_a_cell_that_cannot_be_read_keeps_its_product_from_being_added_up(tmp_path: Path) -> None:
    workspace = region(tmp_path / "r")
    product = {"care_product": "099999001"}
    filled(workspace, [care(**product, area="3011"), care(**product, area="3012", units="veel"), care()])
    found = ingested(workspace)
    assert (found["volume"].record.accepted, found["volume"].record.rejected) == (2, 1)
    assert (found["revenue"].record.accepted, found["revenue"].record.rejected) == (1, 2)
    assert rows_of(workspace, "revenue")["care_product"].to_list() == ["0320"]


def test_the_same_row_twice_counts_once_and_another_figure_for_it_counts_never(tmp_path: Path) -> None:
    workspace = region(tmp_path / "r")
    filled(workspace, [care(), care(), care(specialism="0313"), care(specialism="0313", revenue_eur=1)])
    ingested(workspace)
    assert rows_of(workspace, "revenue")["care_product"].to_list() == ["0320"]
    assert float(rows_of(workspace, "revenue")["revenue_eur"][0]) == 35000.0


def test_a_table_on_a_sheet_of_another_name_is_refused_aloud_and_the_others_count(tmp_path: Path) -> None:
    workspace = region(tmp_path / "r")
    path = filled(workspace, [care()])
    book = openpyxl.load_workbook(path)
    book["Zorg"].title = "Zorg oud"
    book.create_sheet("Aantekeningen")["A1"] = "nog bellen met de planning"
    book.save(path)
    found = ingested(workspace)
    assert len(found) == 2
    refused = next(one.record for one in found.values() if one.record.status == "refused")
    assert refused.rule == "unknown_sheet"
    assert "'Zorg oud'" in refused.message.en
    assert "Aantekeningen" not in refused.message.en


def test_what_libreoffice_saves_is_read_the_same(tmp_path: Path) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("LibreOffice is not installed")
    workspace = region(tmp_path / "r")
    path = filled(workspace, [care(diagnosis="0401"), care(specialism="0313")])
    before = {name: rows_of(workspace, name).drop("delivery") for name in ingested(workspace)}
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    out = tmp_path / "saved"
    command = [office, profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, path]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    shutil.copyfile(out / path.name, path)
    after = ingested(workspace)
    assert list(after) == list(before)
    for name, rows in before.items():
        assert rows_of(workspace, name).drop("delivery").equals(rows)
    start = openpyxl.load_workbook(path, data_only=True)["Begin"]
    counted = {row[0]: row[1] for row in start.iter_rows(values_only=True)}
    assert (counted["Aanbieders"], counted["Zorg"], counted["Capaciteit"]) == (2, 2, 0)


def test_check_tells_of_every_sheet_and_knows_the_providers_on_the_first(tmp_path: Path) -> None:
    workspace = region(tmp_path / "r")
    path = filled(workspace, [care(), care(provider_id="06019999")])
    run = CliRunner().invoke(app, ["check", str(path), "--json", "--workspace", str(workspace.root)])
    told = {one["dataset"]: one for one in json.loads(run.stdout)}
    assert list(told) == ["providers", "volume", "revenue"]
    assert (told["volume"]["accepted"], told["volume"]["rejected"], run.exit_code) == (1, 1, 1)
    assert told["volume"]["rejections"][0]["rule"] == "reference"
