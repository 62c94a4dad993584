"""`source new` and `source test`: a first mapping that can be tried at once, and what a trial shows."""

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from real_data import real_folder

from data_contracts.contract import load_contracts
from pipelines.cli import main
from pipelines.intake import deliveries
from pipelines.reading import sources
from pipelines.reading.formats import Unreadable
from pipelines.reading.sources.drafting import draft
from pipelines.workspace.workspace import WORKSPACE_VARIABLE, Workspace

REGION = """
region: proef
name: {nl: Proef, en: Trial}
base_year: 2025
periods: ["2025"]
suppliers: [{supplier: noord, datasets: [providers, volume]}]
"""

EXPORT = """Productie 2025;;;;
AGB;Specialisme;DBC zorgproduct;Aantal stuks;Opmerking
6010101;0320;099999041;1.234,5;
6010101;0320;099999042;<5;
6010101;0313;099999043;12,0;ok
Totaal;;;1.246,5;
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "region.yaml").write_text(REGION)
    inbox = tmp_path / "inbox" / "noord" / "2025"
    inbox.mkdir(parents=True)
    (inbox / "providers.csv").write_text("provider_id;name;kind\n06010101;Noord;general_hospital\n")
    (inbox / "export productie.csv").write_text(EXPORT)
    return Workspace.open(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Runs a command; returns its exit code and what it printed."""
    monkeypatch.delenv(WORKSPACE_VARIABLE, raising=False)
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    monkeypatch.chdir(tmp_path / "elsewhere")

    def command(*arguments: str | Path) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main(["source", *map(str, arguments)])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.out + printed.err
        return int(caught.value.code or 0), printed.out, printed.err

    return command


def test_from_an_unknown_file_to_an_accepted_delivery(workspace: Workspace, run) -> None:
    file = workspace.inbox / "noord" / "2025" / "export productie.csv"
    deliveries.ingest(workspace)
    code, out, _ = run("test", file, "-w", workspace.root)
    assert (code, "No mapping recognises export productie.csv" in out) == (1, True)
    code, out, _ = run("new", file, "-w", workspace.root, "--dataset", "volume")
    assert (code, "export_productie.yaml: a first mapping to the dataset volume" in out) == (0, True)
    text = (workspace.root / "sources" / "export_productie.yaml").read_text()
    assert 'provider_id: {column: "AGB", code_length: 8}' in text
    assert 'numbers: {decimal: ",", thousands: "."}' in text
    assert 'missing: ["<5"]' in text
    assert "confirm" in text
    assert "TODO" not in text
    code, out, _ = run("test", file, "-w", workspace.root)
    assert (code, "4 rows read, 2 left out" in out, "2 pass, 0 refused" in out) == (0, True, True), out
    (path,) = [one.record for one in deliveries.ingest(workspace) if one.record.dataset == "volume"]
    assert (path.status, path.rows_read, path.rows_left_out, path.rows, path.accepted) == ("accepted", 4, 2, 2, 2)


def test_without_a_workspace_it_is_printed(workspace: Workspace, run, tmp_path: Path) -> None:
    file = workspace.inbox / "noord" / "2025" / "export productie.csv"
    code, out, _ = run("new", file)
    assert code == 0
    (tmp_path / "made.yaml").write_text(out)
    assert sources.read_mapping(tmp_path / "made.yaml").source == "export_productie"
    assert run("test", file, "--mapping", tmp_path / "made.yaml")[0] == 0


def test_a_mapping_is_never_written_over(workspace: Workspace, run) -> None:
    file = workspace.inbox / "noord" / "2025" / "export productie.csv"
    run("new", file, "-w", workspace.root)
    code, _, err = run("new", file, "-w", workspace.root)
    assert (code, "which is there already" in err) == (1, True)


def test_a_trial_in_json(workspace: Workspace, run) -> None:
    deliveries.ingest(workspace)
    file = workspace.inbox / "noord" / "2025" / "export productie.csv"
    run("new", file, "-w", workspace.root, "--dataset", "volume")
    mapping = workspace.root / "sources" / "export_productie.yaml"
    mapping.write_text(mapping.read_text().replace('missing: ["<5"]', "missing: []"))
    code, out, _ = run("test", file, "-w", workspace.root, "--json")
    found = json.loads(out)
    assert code == 1, "a refused row is no pass"
    assert (found["mapping"], found["recognised"], found["passes"]) == ("export_productie", True, False)
    (volume,) = found["datasets"]
    assert (volume["rows_read"], volume["rows_left_out"], volume["accepted"], volume["rejected"]) == (4, 1, 2, 1)
    assert volume["left_out"][0]["nl"] == "een totaal van andere rijen"
    assert volume["rejections"][0]["value"] == "<5"
    assert found["before"][0]["AGB"] == "6010101"
    assert volume["after"][0]["provider_id"] == "06010101"


def test_another_mapping_says_why_it_does_not_fit(workspace: Workspace, run) -> None:
    file = workspace.inbox / "noord" / "2025" / "export productie.csv"
    code, out, _ = run("test", file, "-w", workspace.root, "--mapping", "uk_nhs_kh03_beds", "--lang", "nl")
    assert code == 1
    assert "does not recognise" in out
    assert "de naam is geen van *beds*, *kh03*" in out
    code, _, err = run("test", file, "--mapping", "uk_nhs_kh03_bed")
    assert (code, "uk_nhs_kh03_beds" in err) == (1, True)


def test_all_faults_of_a_mapping_are_shown(workspace: Workspace, run) -> None:
    file = workspace.inbox / "noord" / "2025" / "export productie.csv"
    run("new", file, "-w", workspace.root, "--dataset", "volume")
    mapping = workspace.root / "sources" / "export_productie.yaml"
    mapping.write_text(mapping.read_text().replace("title:", "titel:").replace("      period:", "      periode:"))
    code, _, err = run("test", file, "-w", workspace.root)
    assert code == 1
    assert "the unknown key 'titel'" in err
    assert "the column periode of volume" in err


def test_a_name_that_says_a_dataset_is_told(workspace: Workspace, run, tmp_path: Path) -> None:
    file = tmp_path / "volume noord.csv"
    file.write_text(EXPORT)
    assert "The name begins with volume" in run("new", file, "-w", workspace.root)[2]


def test_what_is_no_table_and_what_resembles_nothing(run, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    code, _, err = run("new", tmp_path / "a.pdf")
    assert (code, "a PDF document" in err) == (1, True)
    (tmp_path / "b.csv").write_text("qqq;www\nx;y\n")
    code, _, err = run("new", tmp_path / "b.csv")
    assert (code, "no dataset that fits: too few columns look like those of any" in err) == (1, True)
    assert run("new", tmp_path / "b.csv", "--dataset", "volum")[0] == 1
    assert run("new", tmp_path / "nothing.csv")[0] == 1


HEADING = st.text(
    st.characters(codec="utf-8", exclude_characters=';,\t|"\r\n', exclude_categories=["C", "Z"]), min_size=1
)
CELL = st.text(st.characters(codec="utf-8", exclude_characters=';,\t|"\r\n', exclude_categories=["C", "Z"]))


@settings(max_examples=60, deadline=None)
@given(
    headings=st.lists(
        HEADING | st.sampled_from(["AGB", "periode", "aantal", "~naam", "a: b", "#x"]), min_size=2, max_size=6
    ),
    cells=st.lists(st.lists(CELL | st.sampled_from(["12", "1,5", "<5", "Totaal"]), min_size=6, max_size=6), max_size=5),
    dataset=st.sampled_from(sorted(load_contracts())),
)
def test_whatever_is_written_can_be_read_and_tried(
    tmp_path_factory: pytest.TempPathFactory, headings: list[str], cells: list[list[str]], dataset: str
) -> None:
    folder = tmp_path_factory.mktemp("draft")
    file = folder / "any [1] file.csv"
    rows = [";".join(headings), *(";".join(row[: len(headings)]) for row in cells)]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    try:
        made = draft(file, dataset=dataset)
    except Unreadable:
        return
    (folder / "made.yaml").write_text(made.text, encoding="utf-8")
    mapping = sources.read_mapping(folder / "made.yaml")
    assert mapping.source == made.source == "any_1_file"
    with suppress(Unreadable):  # a heading that comes twice, or that another one is like
        sources.translate(sources.read_source(file, mapping), mapping, period="2025")


@pytest.mark.real
@pytest.mark.parametrize(
    ("folder", "name", "dataset"),
    [
        ("be_antwerpen_ziekenhuizen", "ziekenhuizen.csv", "providers"),
        ("us_ca_hcai", "case_mix_data.csv", "providers"),
        ("uk_nhs", "beds_data.csv", "providers"),
    ],
)
def test_real_files_in_no_known_layout_get_a_first_mapping(
    folder: str, name: str, dataset: str, tmp_path: Path
) -> None:
    file = real_folder(folder) / name
    made = draft(file, dataset=dataset)
    (tmp_path / "made.yaml").write_text(made.text)
    mapping = sources.read_mapping(tmp_path / "made.yaml")
    assert sources.misfit(file, mapping) is None
    (one,) = sources.translate(sources.read_source(file, mapping), mapping, period="2020")
    assert one.frame.height > 10


def test_a_file_of_production_is_taken_for_production_by_its_codes_and_shortened_headings(tmp_path: Path) -> None:
    file = tmp_path / "productie kliniek.csv"
    file.write_text(
        "Kliniekcode;Verz;Spec;ZPcode;Gefactureerd\n22020103;3311;0305;979002031;60.750,00\n"
        "22020103;0101;0305;979002032;30.375,50\n",
        encoding="utf-8",
    )
    made = draft(file)
    assert made.dataset == "revenue"
    columns = yaml.safe_load(made.text)["datasets"][0]["columns"]
    headings = {name: cell.get("column") or cell.get("amount") for name, cell in columns.items() if name != "period"}
    assert headings == {
        "provider_id": "Kliniekcode", "payer_id": "Verz", "care_product": "ZPcode", "revenue_eur": "Gefactureerd",
    }  # fmt: skip
    assert yaml.safe_load(made.text)["numbers"] == {"decimal": ",", "thousands": "."}


@pytest.mark.parametrize(
    "text",
    [
        "Behandeling;Locatie;Wachttijd\nKnie;Rotterdam;12\nHeup;Rotterdam;9\n",
        "Zorgaanbieder;Behandeling;Oordeel\nHet Ziekenhuis;Knie;goed\nDe Kliniek;Heup;matig\n",
    ],
)
def test_what_fits_no_dataset_is_said(text: str, tmp_path: Path) -> None:
    (tmp_path / "iets.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable, match="no dataset that fits"):
        draft(tmp_path / "iets.csv")


def test_names_are_no_codes_and_a_postcode_is_no_payer(tmp_path: Path) -> None:
    (tmp_path / "iets.csv").write_text("Zorgaanbieder;Postcode;Aantal\nHet Ziekenhuis;3011;5\nKliniek;3012;6\n")
    made = yaml.safe_load(draft(tmp_path / "iets.csv", dataset="volume").text)
    columns = made["datasets"][0]["columns"]
    assert columns["area"] == {"column": "Postcode"} or columns["area"] == "Postcode"
    assert "payer_id" not in columns
    assert "Zorgaanbieder" not in str(columns.get("provider_id"))


def test_a_file_is_tried_for_its_own_period_else_the_base_year(workspace: Workspace, run, tmp_path: Path) -> None:
    mapping = (
        "source: eigen\ntitle: {en: Own, nl: Eigen}\nrecognise: {headings: [Code, Jaar, Stuks]}\ndatasets:\n"
        "  - dataset: volume\n    columns: {provider_id: Code, period: PERIOD, units: {amount: Stuks}}\n"
    )
    (tmp_path / "iets.csv").write_text("Code;Jaar;Stuks\n06010101;2023;5\n")
    (workspace.root / "sources").mkdir(exist_ok=True)
    for period, expected in (("Jaar", "2023"), ("{period: true}", "2025")):
        (workspace.root / "sources" / "eigen.yaml").write_text(mapping.replace("PERIOD", period))
        code, shown, _ = run("test", tmp_path / "iets.csv", "--workspace", workspace.root, "--json")
        assert f'"{expected}"' in shown
        assert code == 0


def test_a_column_of_longer_codes_is_no_payer(tmp_path: Path) -> None:
    file = tmp_path / "iets.csv"
    file.write_text("ZPcode;Naam\n979002031;Heup\n979002032;Knie\n", encoding="utf-8")
    assert draft(file).dataset != "payers"


def test_how_numbers_are_written_is_told_by_every_column_also_one_that_is_not_used(tmp_path: Path) -> None:
    file = tmp_path / "lijst.csv"
    file.write_text("AGB;Aantal;Iets anders\n06020101;3;1.234,50\n", encoding="utf-8")
    found = yaml.safe_load(draft(file, dataset="volume").text)
    assert found["numbers"] == {"decimal": ",", "thousands": "."}


def test_what_a_mapping_should_hold_is_told_without_a_programmers_words(workspace: Workspace, run) -> None:
    file = workspace.inbox / "noord" / "2025" / "export productie.csv"
    run("new", file, "-w", workspace.root, "--dataset", "volume")
    mapping = workspace.root / "sources" / "export_productie.yaml"
    mapping.write_text(re.sub(r"numbers: .*", "numbers: [komma]", mapping.read_text()))
    _, _, err = run("test", file, "-w", workspace.root)
    assert "keys with their values, such as {key: value}" in err
    assert "object" not in err
