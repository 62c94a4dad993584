"""The inbox, the log and the lake: what counts, what is replaced, what is left alone, what a crash leaves behind."""

import json
import os
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from delivering import PROVIDERS, VOLUME, accepted_rows, deliver, make_workspace, put, with_register, workbook_of

from data_contracts.contract import DataContract
from data_contracts.problem import Problem
from data_contracts.release import tables_of
from pipelines.intake import deliveries, keeping, log, one_file
from pipelines.judging import Register, Validated
from pipelines.workspace.headway import Step, listening
from pipelines.workspace.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return with_register(tmp_path / "region")


def statuses(workspace: Workspace) -> dict[str, str]:
    return {row["file"]: row["status"] for row in deliveries.records(workspace.lake).iter_rows(named=True)}


def test_accepted_rows_carry_where_they_come_from(workspace: Workspace) -> None:
    outcome = deliver(workspace, VOLUME)
    rows = accepted_rows(workspace)
    assert rows["units"].to_list() == [1234.5, 12]
    assert rows["supplier"].to_list() == ["noord", "noord"]
    assert rows["delivery"].unique().to_list() == [outcome.delivery.hash]
    assert rows["row_number"].to_list() == [2, 3]
    (path,) = deliveries.accepted(workspace.lake, "volume")
    assert path == workspace.lake.folder / "volume/noord/2025Q1" / f"{outcome.delivery.hash[:12]}.parquet"


def test_the_log_adds_up_and_has_the_columns_of_the_release(workspace: Workspace) -> None:
    deliver(workspace, VOLUME + "06010101;2025Q1;0320;099999003;<10;1\n")
    records = deliveries.records(workspace.lake)
    assert records.columns == list(tables_of("origin")["delivery"].by_name)
    assert (records["accepted"] + records["rejected"] == records["rows"]).all()
    volume = records.filter(pl.col("dataset") == "volume").row(0, named=True)
    assert (volume["rows"], volume["accepted"], volume["rejected"], volume["status"]) == (3, 2, 1, "accepted_in_part")
    assert volume["format"] == "CSV (UTF-8, semicolon)"
    rejections = deliveries.rejections(workspace.lake)
    assert set(rejections.columns) <= {*tables_of("origin")["rejection"].by_name, "row_number"}
    assert rejections.select("row", "column", "value", "rule").rows() == [(4, "units", "<10", "suppressed_number")]


def test_an_unchanged_delivery_is_left_alone(workspace: Workspace) -> None:
    first = deliver(workspace, VOLUME)
    lake = [path.stat().st_mtime_ns for path in deliveries.accepted(workspace.lake, "volume")]
    again = deliveries.ingest(workspace)
    assert not first.unchanged
    assert all(outcome.unchanged for outcome in again)
    assert lake == [path.stat().st_mtime_ns for path in deliveries.accepted(workspace.lake, "volume")]


def test_force_reads_again_what_was_read(workspace: Workspace) -> None:
    deliver(workspace, VOLUME)
    assert not any(outcome.unchanged for outcome in deliveries.ingest(workspace, force=True))
    assert deliveries.records(workspace.lake).height == 2


def test_a_re_sent_file_supersedes_and_nothing_is_deleted(workspace: Workspace) -> None:
    old = deliver(workspace, VOLUME)
    new = deliver(workspace, VOLUME.replace("12;10", "13;10"))
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 13]
    log = deliveries.records(workspace.lake).filter(pl.col("dataset") == "volume")
    assert dict(log.select("hash", "superseded_by").rows()) == {
        old.delivery.hash: new.delivery.hash,
        new.delivery.hash: None,
    }
    assert set(log["status"]) == {"superseded", "accepted"}
    assert (workspace.lake.folder / "volume/noord/2025Q1" / f"{old.delivery.hash[:12]}.parquet").is_file()


def test_a_refused_file_does_not_replace_a_good_one(workspace: Workspace) -> None:
    deliver(workspace, VOLUME)
    deliver(workspace, "provider_id;period;units\n")
    assert accepted_rows(workspace).height == 2
    assert deliveries.coverage(workspace.lake, workspace.region).filter(dataset="volume", period="2025Q1")[
        "status"
    ].to_list() == ["stale"]


def test_of_two_new_files_the_later_counts(workspace: Workspace) -> None:
    put(workspace, "noord/2025Q1/volume_a.csv", VOLUME.replace("12;10", "14;10"), at=2_000_000_000)
    put(workspace, "noord/2025Q1/volume_b.csv", VOLUME, at=1_900_000_000)
    deliveries.ingest(workspace)
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 14]
    assert statuses(workspace)["volume_b.csv"] == "superseded"


def test_a_new_file_with_an_old_date_still_supersedes(workspace: Workspace) -> None:
    put(workspace, "noord/2025Q1/volume.csv", VOLUME, at=1_900_000_000)
    deliveries.ingest(workspace)
    put(workspace, "noord/2025Q1/volume_corrected.csv", VOLUME.replace("12;10", "15;10"), at=1_000_000_000)
    deliveries.ingest(workspace)
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 15]


def test_sending_the_first_version_again_undoes_the_second(workspace: Workspace) -> None:
    put(workspace, "noord/2025Q1/volume.csv", VOLUME, at=1_900_000_000)
    deliveries.ingest(workspace)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME.replace("12;10", "13;10"), at=1_900_000_100)
    deliveries.ingest(workspace)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME, at=1_900_000_200)
    deliveries.ingest(workspace)
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 12]
    assert all(outcome.unchanged for outcome in deliveries.ingest(workspace))


def test_touching_a_file_changes_nothing(workspace: Workspace) -> None:
    put(workspace, "noord/2025Q1/volume_a.csv", VOLUME, at=1_900_000_000)
    put(workspace, "noord/2025Q1/volume_b.csv", VOLUME.replace("12;10", "13;10"), at=1_900_000_100)
    deliveries.ingest(workspace)
    os.utime(workspace.inbox / "noord/2025Q1/volume_a.csv", (1_950_000_000, 1_950_000_000))
    assert all(outcome.unchanged for outcome in deliveries.ingest(workspace))
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 13]


def test_rows_of_an_unknown_provider_are_read_again_when_it_is_registered(workspace: Workspace) -> None:
    deliver(workspace, VOLUME.replace("06010101", "06010109"))
    assert accepted_rows(workspace).is_empty()
    put(workspace, "region/2025/providers.csv", PROVIDERS + "06010109;Kliniek;other\n")
    deliveries.ingest(workspace)
    assert accepted_rows(workspace)["provider_id"].unique().to_list() == ["06010109"]
    assert statuses(workspace)["volume.csv"] == "accepted"
    assert deliveries.rejections(workspace.lake).is_empty()


def test_reference_data_is_read_first_whatever_is_asked_for(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    put(workspace, "noord/2025Q2/volume.csv", VOLUME.replace("Q1", "Q2"))
    put(workspace, "region/2025/providers.csv", PROVIDERS)
    outcomes = deliveries.ingest(workspace, periods=["2025Q1"])
    assert [outcome.delivery.file for outcome in outcomes] == ["providers.csv", "volume.csv"]
    assert accepted_rows(workspace)["period"].unique().to_list() == ["2025Q1"]


def test_only_one_supplier_is_read_when_asked(workspace: Workspace) -> None:
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    put(workspace, "zuid/2025Q1/volume.csv", VOLUME.replace("06010101", "06010102"))
    outcomes = deliveries.ingest(workspace, supplier="zuid")
    assert [o.delivery.supplier for o in outcomes] == ["region", "zuid"]


def test_datasets_by_the_longest_name_that_fits(workspace: Workspace) -> None:
    names = {"volume_norms.csv": "volume_norms", "Volume-2025.csv": "volume", "care products v2.xlsx": "care_products"}
    for name in names:
        put(workspace, f"noord/2025/{name}", "x")
    found = {one.file: one.dataset for one in deliveries.discover(workspace)}
    assert {name: found[name] for name in names} == names


def test_period_folders_in_any_notation_are_one_period(workspace: Workspace) -> None:
    put(workspace, "noord/2025-q1/volume.csv", VOLUME)
    (found,) = [one for one in deliveries.discover(workspace) if one.dataset == "volume"]
    assert found.period == "2025Q1"


@pytest.mark.parametrize(
    ("place", "rule", "says"),
    [
        ("noord/2025Q5/volume.csv", "no_such_period", "a folder '2025Q5'"),
        ("noord/zomer/volume.csv", "no_such_period", "a folder 'zomer'"),
        ("noord/volume.csv", "wrong_place", "inbox/<supplier>/<period>/"),
        ("volume.csv", "wrong_place", "inbox/<supplier>/<period>/"),
        ("noord/2025Q1/extra/volume.csv", "wrong_place", "inbox/noord/2025Q1/extra/volume.csv"),
        ("no[o]rd*/2025Q1/volume.csv", "supplier_name", "rename the folder"),
    ],
)
def test_a_file_in_the_wrong_place_is_refused_not_passed_over(
    workspace: Workspace, place: str, rule: str, says: str
) -> None:
    outcome = deliver(workspace, VOLUME, place=place)
    assert outcome.record.status == "refused"
    assert outcome.record.rule == rule
    assert outcome.record.message is not None
    assert says in outcome.record.message.en
    assert deliveries.rejections(workspace.lake)["rule"].to_list() == [rule]


@pytest.mark.parametrize("name", [".DS_Store", "~$volume.xlsx", "volume.csv.part", "Thumbs.db", ".volume.csv.swp"])
def test_what_programs_leave_behind_is_no_delivery(workspace: Workspace, name: str) -> None:
    put(workspace, f"noord/2025Q1/{name}", "x")
    assert [one.file for one in deliveries.discover(workspace)] == ["providers.csv"]


def test_a_link_is_not_followed(workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(VOLUME)
    folder = workspace.inbox / "noord/2025Q1"
    folder.mkdir(parents=True)
    (folder / "volume.csv").symlink_to(secret)
    (workspace.inbox / "zuid").symlink_to(tmp_path, target_is_directory=True)
    outcomes = [one.record for one in deliveries.ingest(workspace) if one.delivery.dataset != "providers"]
    assert {record.rule for record in outcomes} == {"link", "wrong_place"} or {r.rule for r in outcomes} == {"link"}
    assert accepted_rows(workspace).is_empty()


def test_names_may_hold_anything(workspace: Workspace) -> None:
    folder = workspace.inbox / "noord/2025Q1"
    folder.mkdir(parents=True)
    name = os.fsdecode(b"volume '\"; DROP <b>x \xff[*]\n.csv")
    (folder / name).write_text(VOLUME.replace("12;10", "<12>;10"))
    deliveries.ingest(workspace)
    (record,) = [r for r in log.read_log(workspace.lake) if r.dataset == "volume"]
    assert record.status == "accepted_in_part"
    assert record.file == "volume '\"; DROP <b>x \ufffd[*]\n.csv"
    report = deliveries.report_of(workspace.lake, record)
    assert report is not None
    assert "<b>x" not in report.read_text(encoding="utf-8")


def test_a_file_that_changes_while_it_is_read_is_read_next_time(workspace: Workspace) -> None:
    path = put(workspace, "noord/2025Q1/volume.csv", VOLUME)

    def disturb(step: Step) -> None:
        if "volume.csv" in step.label:
            path.write_text(VOLUME + "06010101;2025Q1;0320;099999003;1;1\n")

    with listening(disturb):
        outcome = next(o for o in deliveries.ingest(workspace) if o.delivery.path == path)
    assert outcome.record.rule == "changed_while_read"
    assert outcome.record.message is not None
    assert "changed while it was read" in outcome.record.message.en
    assert accepted_rows(workspace).is_empty()
    deliveries.ingest(workspace)
    assert accepted_rows(workspace).height == 3


def test_without_its_record_a_delivery_has_not_been_read(workspace: Workspace) -> None:
    """What a crash between writing the rows and the record leaves behind neither counts nor stands in the way."""
    outcome = deliver(workspace, VOLUME + "06010101;2025Q1;0320;099999003;<10;1\n")
    record = outcome.record
    path = log.log_path(
        workspace.lake,
        supplier=record.supplier,
        period=record.period,
        dataset=record.dataset,
        short_hash=record.short_hash,
    )
    path.rename(path.with_name(f".{path.name}.99.tmp"))
    assert deliveries.accepted(workspace.lake, "volume") == []
    assert deliveries.records(workspace.lake)["dataset"].to_list() == ["providers"]
    deliveries.ingest(workspace)
    assert accepted_rows(workspace).height == 2
    assert deliveries.rejections(workspace.lake).height == 1


def test_the_same_inbox_gives_the_same_bytes(tmp_path: Path) -> None:
    def built(name: str) -> dict[str, bytes]:
        workspace = make_workspace(tmp_path / name)
        put(workspace, "region/2025/providers.csv", PROVIDERS, at=1_900_000_000)
        put(workspace, "noord/2025Q1/volume.csv", VOLUME + "x;2025Q1;;;1;1\n", at=1_900_000_000)
        deliveries.ingest(workspace)
        files = [path for path in workspace.lake.folder.rglob("*") if path.is_file()]
        return {str(path.relative_to(workspace.lake.folder)): path.read_bytes() for path in files}

    assert built("one") == built("two")


def test_nothing_is_left_of_reading(workspace: Workspace) -> None:
    deliver(workspace, VOLUME)
    assert not list(workspace.root.rglob("*.tmp"))
    assert not list(workspace.lake.folder.glob(".reading-*"))


def test_coverage_says_what_is_missing(workspace: Workspace) -> None:
    deliver(workspace, VOLUME + "06010101;2025Q1;0320;099999003;<10;1\n")
    deliver(workspace, VOLUME.replace("06010101", "06010102"), place="zuid/2025Q1/volume.csv")
    coverage = deliveries.coverage(workspace.lake, workspace.region)
    assert coverage.columns == list(tables_of("origin")["coverage"].by_name)
    assert {tuple(row) for row in coverage.iter_rows()} == {
        ("region", "2025", "providers", True, True, "complete"),
        ("region", None, "payers", True, False, "missing"),
        ("noord", "2025Q1", "volume", True, True, "partial"),
        ("noord", "2025Q2", "volume", True, False, "missing"),
        ("noord", "2025Q1", "revenue", True, False, "missing"),
        ("noord", "2025Q2", "revenue", True, False, "missing"),
        ("zuid", "2025Q1", "volume", False, True, "complete"),
    }


def test_the_folder_of_a_year_covers_the_quarters_in_it(workspace: Workspace) -> None:
    rows = VOLUME + VOLUME.replace("Q1", "Q2").split("\n", 1)[1]
    deliver(workspace, rows, place="noord/2025/volume.csv")
    volume = deliveries.coverage(workspace.lake, workspace.region).filter(pl.col("dataset") == "volume")
    assert volume.select("period", "expected", "status").rows() == [
        ("2025Q1", True, "complete"),
        ("2025Q2", True, "complete"),
    ]


def test_quarantine_holds_the_rows_as_delivered(workspace: Workspace) -> None:
    record = deliver(workspace, VOLUME + "06010101;2025Q1;0320;099999003;<10;1\n").record
    folder = workspace.lake.quarantine / "noord/2025Q1" / f"volume-{record.short_hash}"
    assert sorted(path.name for path in folder.iterdir()) == [
        "reasons.parquet",
        "rejected.parquet",
        "report.html",
        "report.xlsx",
    ]
    rows = pl.read_parquet(folder / keeping.REJECTED_FILE)
    assert rows.select("row_number", "units").rows() == [(4, "<10")]


def test_quarantine_holds_no_refused_rows_when_a_file_is_read_again_without_fault(workspace: Workspace) -> None:
    record = deliver(workspace, VOLUME.replace("06010101", "06010109"), place="zuid/2025Q1/volume.csv").record
    folder = workspace.lake.quarantine / "zuid/2025Q1" / f"volume-{record.short_hash}"
    assert folder.is_dir()
    put(workspace, "region/2025/providers.csv", PROVIDERS + "06010109;Kliniek;other\n")
    deliveries.ingest(workspace)
    assert not pl.read_parquet(folder / "rejected.parquet").height
    assert "Alle 2 rijen tellen mee." in (folder / "report.html").read_text(encoding="utf-8")


def test_check_file_keeps_nothing(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "volume.csv"
    path.write_text(VOLUME.replace("06010101", "06010109", 1))
    before = sorted(workspace.root.rglob("*"))
    validated = deliveries.check_file(path, workspace=workspace)
    assert validated.rejections.select("row_number", "rule").rows() == [(2, "reference")]
    assert sorted(workspace.root.rglob("*")) == before


def test_check_file_tells_the_dataset_by_the_headings(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("provider_id;period;payer_id;units;revenue_eur\n06010101;2025;3311;1;2,50\n")
    assert deliveries.check_file(path).dataset == "revenue"
    path.write_text("a;b\n1;2\n")
    found = deliveries.check_file(path)
    assert found.refusal is not None
    assert "export.csv' with the headings 'a', 'b'" in found.refusal.message.en
    assert "De meest gelijkende bekende opmaken: (1)" in found.refusal.message.nl
    with pytest.raises(Problem, match="no file"):
        deliveries.check_file(tmp_path / "nothing.csv")


def test_a_workbook_from_excel_goes_the_whole_way(workspace: Workspace, tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Volume eerste kwartaal"],
        [],
        ["AGB", "Periode", "Specialisme", "Zorgproduct", "Aantal"],
        [6010101, "2025-Q1", 320, 99999001, 12],
        ["06010101", "Q1 2025", "0320", "099999002", 2.5],
        ["Totaal", "", "", "", 14.5],
    ]
    outcome = deliver(workspace, workbook_of(tmp_path / "x.xlsx", Blad1=rows), place="noord/2025Q1/volume.xlsx")
    assert (outcome.record.accepted, outcome.record.rejected) == (2, 1)
    accepted = accepted_rows(workspace)
    assert accepted.select("provider_id", "period", "specialism", "care_product", "units").rows() == [
        ("06010101", "2025Q1", "0320", "099999001", 12.0),
        ("06010101", "2025Q1", "0320", "099999002", 2.5),
    ]
    assert deliveries.rejections(workspace.lake).select("row", "rule").rows() == [(6, "totals_row")]


def test_the_record_is_plain_json_that_names_its_reasons(workspace: Workspace) -> None:
    record = deliver(workspace, "niets").record
    path = log.log_path(
        workspace.lake,
        supplier=record.supplier,
        period=record.period,
        dataset=record.dataset,
        short_hash=record.short_hash,
    )
    content = json.loads(path.read_text())
    assert content["status"] == "refused"
    assert set(content["message"]) == {"en", "nl"}


def test_registers_are_read_before_what_refers_to_them(workspace: Workspace) -> None:
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    put(workspace, "region/2025/care_products.csv", "care_product;name\n099999001;A\n099999002;B\n")
    put(workspace, "region/2025/resource_use.csv", "provider_kind;resource;amount_per_unit\nother;bed_days;1,5\n")
    put(workspace, "region/2025/resources.csv", "resource;name\nbed_days;Beddagen\n")
    files = [outcome.delivery.file for outcome in deliveries.ingest(workspace)]
    assert files == ["providers.csv", "resources.csv", "care_products.csv", "resource_use.csv", "volume.csv"]
    assert deliveries.records(workspace.lake)["warnings"].sum() == 0
    assert all(outcome.unchanged for outcome in deliveries.ingest(workspace))


def test_rows_of_another_suppliers_provider_are_warned_of(workspace: Workspace) -> None:
    record = deliver(workspace, VOLUME.replace("06010101", "06010102", 1)).record
    assert (record.accepted, record.warnings) == (2, 1)
    assert [(r.rule, r.rows) for r in record.remarks if r.rows] == [("provider_of_another_supplier", (2,))]


def test_a_fault_of_the_program_costs_one_file(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault put in on purpose: the file is kept as refused, tried again next time, and the others are read."""
    real = one_file.validate_file

    def faulty(path: Path, contract: DataContract, *, register: Register, period: str | None) -> Validated:
        if contract.dataset == "volume":
            raise ZeroDivisionError
        return real(path, contract, register=register, period=period)

    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    put(workspace, "noord/2025Q1/waiting_list.csv", "provider_id;period;specialism\n06010101;2025Q1;0320\n")
    with monkeypatch.context() as patch:
        patch.setattr(one_file, "validate_file", faulty)
        deliveries.ingest(workspace)
    assert statuses(workspace) == {"providers.csv": "accepted", "volume.csv": "refused", "waiting_list.csv": "accepted"}
    assert "a fault of this program (ZeroDivisionError)" in deliveries.rejections(workspace.lake)["message_en"][0]
    deliveries.ingest(workspace)
    assert statuses(workspace)["volume.csv"] == "accepted"


def test_a_copy_that_a_killed_run_left_is_cleared(workspace: Workspace) -> None:
    old, young = workspace.lake.folder / ".reading-old", workspace.lake.folder / ".reading-young"
    for folder in (old, young):
        folder.mkdir()
        (folder / "delivery.csv").write_text("x")
    os.utime(old, (1_000_000_000, 1_000_000_000))
    deliveries.ingest(workspace)
    assert not old.exists()
    assert young.exists()


def test_an_earlier_version_that_comes_back_after_the_register_changed_counts(workspace: Workspace) -> None:
    """It is then read anew, for what its rows may refer to has changed; that must not make it old again."""
    deliver(workspace, VOLUME)
    deliver(workspace, VOLUME.replace("12;10", "13;10"))
    put(workspace, "region/2025/providers.csv", PROVIDERS + "06010103;Ziekenhuis Oost;general_hospital\n")
    deliveries.ingest(workspace)
    put(workspace, "noord/2025Q1/volume.csv", VOLUME)
    deliveries.ingest(workspace)
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 12]


def test_copies_of_one_file_are_read_in_turn_and_count_once(workspace: Workspace) -> None:
    for number in range(30):
        put(workspace, f"noord/2025Q1/volume ({number}).csv", VOLUME)
    outcomes = deliveries.ingest(workspace)
    assert sum(outcome.delivery.dataset == "volume" for outcome in outcomes) == 30
    assert accepted_rows(workspace)["units"].to_list() == [1234.5, 12]


def test_copies_in_the_wrong_place_are_each_refused(workspace: Workspace) -> None:
    for number in range(30):
        put(workspace, f"noord/Q{number}/volume.csv", VOLUME)
        put(workspace, f"noord/2025Q1/cijfers ({number}).csv", "a;b\n1;2\n")
    deliveries.ingest(workspace)
    log = deliveries.records(workspace.lake).filter(supplier="noord")
    assert log["status"].to_list() == ["refused"] * 60
    assert all(outcome.unchanged for outcome in deliveries.ingest(workspace))


def test_an_entry_of_the_log_that_is_written_again_is_read_again(workspace: Workspace) -> None:
    first = log.read_log(workspace.lake)[0]
    assert log.read_log(workspace.lake)[0] is first  # remembered
    log.commit(workspace.lake, replace(first, file="another.csv"))
    assert log.read_log(workspace.lake)[0].file == "another.csv"


@pytest.mark.parametrize("heading", ["*", "^.*$", "^u.*s$", "^a\n$", "^$"])
@pytest.mark.parametrize("format_", ["csv", "xlsx", "parquet"])
def test_a_heading_that_a_library_reads_as_a_pattern_is_a_heading(tmp_path: Path, heading: str, format_: str) -> None:
    workspace = with_register(tmp_path / "region")
    head = ["provider_id", "period", "specialism", "care_product", "units", heading]
    row: list[object] = ["06010101", "2025Q1", "0320", "099999001", "5", "77"]
    quoted = [f'"{name}"' for name in head]
    (tmp_path / "made.csv").write_text(f"{';'.join(quoted)}\n{';'.join(map(str, row))}\n")
    pl.DataFrame([row], schema=head, orient="row").write_parquet(tmp_path / "made.parquet")
    workbook_of(tmp_path / "made.xlsx", volume=[head, row])
    found = deliver(workspace, (tmp_path / f"made.{format_}").read_bytes(), place=f"noord/2025Q1/volume.{format_}")
    assert (found.record.accepted, found.record.rejected) == (1, 0)
    assert accepted_rows(workspace)["units"].to_list() == [5.0]


GUESSED = "AGB;Periode;Specialisme;Zorgproduct;Aantal\n06010101;2025Q1;0320;099999001;5\n"


def test_a_file_whose_name_says_nothing_is_read_by_its_headings_as_check_reads_it(tmp_path) -> None:
    workspace = with_register(tmp_path)
    ingested = deliver(workspace, GUESSED, place="noord/2025Q1/export 12 maart.csv")
    assert (ingested.delivery.dataset, ingested.record.accepted) == ("volume", 1)
    (note,) = [one for one in ingested.record.remarks if one.rule == "dataset_guessed"]
    assert note.text.nl.startswith("De naam zegt geen dataset; naar de kolomkoppen is het bestand gelezen als volume.")
    checked = deliveries.check_file(workspace.inbox / "noord/2025Q1/export 12 maart.csv", workspace=workspace)
    assert (checked.dataset, checked.accepted_rows) == ("volume", 1)
    assert [one.rule for one in checked.notes if one.rule == "dataset_guessed"] == ["dataset_guessed"]


@pytest.mark.parametrize(
    "content",
    [
        "Postcode;Omschrijving\n3011;Centrum\n",  # one known heading is no list of areas
        "AGB;Periode;Aantal\n06010101;2025Q1;5\n",  # volume or revenue: nobody can know
        "AGB;Periode;Specialisme;Aantal;a;b;c;d\n06010101;2025Q1;0320;5;1;2;3;4\n",  # half of it is something else
    ],
)
def test_headings_that_leave_a_doubt_say_no_dataset(tmp_path, content: str) -> None:
    ingested = deliver(with_register(tmp_path), content, place="noord/2025Q1/export.csv")
    assert ingested.record.rule == "unknown_dataset"
    assert "a name that begins with a dataset: providers," in ingested.record.message.en
