"""The whole way, with the real Dagster, DuckDB and Great Expectations: deliveries in, a release out."""

import json
import os
import shutil
from pathlib import Path

import polars as pl
import pytest
from small_region import SCENARIO, deliver, volume

from pipelines.intake import deliveries
from pipelines.orchestration.refresh import Refreshed, refresh
from pipelines.release import publication, releases
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace


def ask(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    with warehouse.reading(releases.require_current(workspace.published).database) as connection:
        return connection.execute(sql).fetchall()


def statuses(done: Refreshed) -> dict[str, str]:
    return {
        f"{row[0]}/{row[1]}/{row[2]}": row[3] for row in done.read.select("supplier", "period", "file", "status").rows()
    }


def test_a_release_holds_all_that_was_asked_for(refreshed: Workspace) -> None:
    release = releases.require_current(refreshed.published)
    assert sorted(path.name for path in release.path.iterdir()) == [
        "care_transfer.duckdb",
        "dashboards",
        "manifest.json",
    ]
    assert release.dashboards.is_file()
    manifest = json.loads((release.path / "manifest.json").read_text())
    assert len(manifest["deliveries"]) == 46
    assert {delivery["status"] for delivery in manifest["deliveries"]} == {"accepted"}
    assert all(len(delivery["hash"]) == 64 for delivery in manifest["deliveries"])
    assert [(file["file"], file["status"]) for file in manifest["scenarios"]] == [
        ("naar-de-huisarts.yaml", "evaluated")
    ]
    assert {"python", "care-transfer", "duckdb", "dagster"} <= set(manifest["versions"])
    assert manifest["rows"]["volume"] == 144
    assert {check["name"] for check in manifest["checks"]} > {
        "money_conserved",
        "accepted_rows_loaded",
        "care_conserved",
    }
    assert {check["name"] for check in manifest["checks"] if not check["passed"]} == {"no_resource_use"}  # it warns


def test_the_figures_are_those_of_the_scenario(refreshed: Workspace) -> None:
    rows = ask(
        refreshed,
        "SELECT party, round(mean) FROM party_impact WHERE measure = 'revenue_change_eur' AND initiative IS NULL "
        "AND year = 2028 AND party LIKE '06%' ORDER BY 1",
    )
    # 4 areas x 10 units x 4 quarters of product 1 a hospital; 30 % of them, 5 % return, at 400 euro
    assert rows == [
        (party, pytest.approx(-160 * 0.3 * 0.95 * 400, rel=0.01)) for party in ("06010101", "06010102", "06010103")
    ]


def test_refreshing_twice_is_refreshing_once(region: Workspace) -> None:
    before = releases.require_current(region.published)
    done = refresh(region)
    assert not done.published
    assert done.read.is_empty()
    assert done.release.id == before.id
    assert [release.id for release in releases.list_releases(region.published)] == [before.id]


def test_a_resent_file_supersedes_and_the_unchanged_are_skipped(region: Workspace) -> None:
    deliver(region, "noord/2025Q3/volume.csv", volume("06010101", "2025Q3", units=11.0))
    done = refresh(region)
    assert statuses(done) == {"noord/2025Q3/volume.csv": "accepted"}
    assert done.published
    log = ask(
        region,
        "SELECT status, superseded_by IS NULL FROM delivery WHERE supplier = 'noord' AND period = '2025Q3' "
        "AND dataset = 'volume' ORDER BY received_at",
    )
    assert log == [("superseded", False), ("accepted", True)]
    assert ask(region, "SELECT sum(units) FROM volume WHERE provider_id = '06010101' AND period = '2025Q3'") == [
        (132.0,)
    ]


def test_a_refused_file_stops_its_supplier_and_nobody_else(region: Workspace) -> None:
    (region.inbox / "midden" / "2025Q4" / "volume.csv").write_bytes(b"provider_id;period\n06010102;2025Q4\n")
    deliver(region, "zuid/2025Q4/volume.csv", volume("06010103", "2025Q4", units=12.0))
    done = refresh(region)
    assert statuses(done) == {"midden/2025Q4/volume.csv": "refused", "zuid/2025Q4/volume.csv": "accepted"}
    assert done.published
    units = "SELECT sum(units) FROM volume WHERE period = '2025Q4' AND provider_id = "
    assert ask(region, f"{units} '06010103'") == [(144.0,)]
    assert ask(region, f"{units} '06010102'") == [(120.0,)]  # the older file still counts, and coverage says so
    stale = "SELECT supplier, period, dataset FROM coverage WHERE status = 'stale'"
    assert ask(region, stale) == [("midden", "2025Q4", "volume")]
    assert ask(region, "SELECT count(*) FROM rejection WHERE supplier = 'midden'") != [(0,)]


def test_refused_rows_are_counted_and_kept_with_their_reason(region: Workspace) -> None:
    bad = volume("06010101", "2025Q1").with_columns(
        units=pl.when(pl.col("area") == "3011").then(-1.0).otherwise(pl.col("units"))
    )
    deliver(region, "noord/2025Q1/volume.csv", bad)
    done = refresh(region)
    ((rows, accepted, rejected),) = done.read.select("rows", "accepted", "rejected").rows()
    assert (rows, accepted, rejected) == (12, 9, 3)
    assert ask(region, "SELECT count(DISTINCT row) FROM rejection WHERE supplier = 'noord'") == [(3,)]
    assert list(region.lake.quarantine.glob("noord/2025Q1/volume-*/report.html"))


def test_a_provider_that_joins_the_register_brings_back_its_rows(region: Workspace) -> None:
    deliver(region, "noord/2025Q2/volume.csv", volume("06010199", "2025Q2"))
    assert refresh(region).read["rejected"].to_list() == [12]
    register = pl.read_csv(region.inbox / "bureau" / "2025" / "providers.csv", infer_schema=False)
    newcomer = register.head(1).with_columns(provider_id=pl.lit("06010199"), name=pl.lit("Ziekenhuis nieuw"))
    deliver(region, "bureau/2025/providers.csv", pl.concat([register, newcomer]))
    refresh(region)
    assert ask(region, "SELECT count(*) FROM volume WHERE provider_id = '06010199'") == [(12,)]


def test_files_that_nobody_expected_are_read_and_told(region: Workspace) -> None:
    deliver(region, "vreemd/2025Q1/volume.csv", volume("06010101", "2025Q1").head(0))
    deliver(region, "noord/2026Q1/volume.csv", volume("06010101", "2026Q1"))
    deliver(region, "noord/2025Q1/vollume.csv", pl.DataFrame({"what": ["this"], "is": ["it"]}))  # no name, no headings
    (region.inbox / "los.csv").write_text("a;b\n1;2\n")
    done = refresh(region)
    found = statuses(done)
    assert found["noord/2026Q1/volume.csv"] == "accepted"
    assert {status for place, status in found.items() if "2026Q1" not in place} == {"refused"}
    assert len(found) == 4
    assert refresh(region).read.is_empty()


def test_a_broken_scenario_is_refused_and_the_others_go_on(region: Workspace) -> None:
    (region.scenarios / "stuk.yaml").write_text(SCENARIO.replace("eligible_share", "eligibel_share"))
    (region.scenarios / "zelfde.yaml").write_text(SCENARIO)
    done = refresh(region)
    refused = {scenario.file: scenario.message for scenario in done.refused_scenarios}
    assert set(refused) == {"stuk.yaml", "zelfde.yaml"}
    assert "stuk.yaml:16" in refused["stuk.yaml"]
    assert "eligible_share" in refused["stuk.yaml"]
    assert "naar-de-huisarts" in refused["zelfde.yaml"]
    assert ask(region, "SELECT scenario FROM scenario") == [("naar-de-huisarts",)]
    assert ask(region, "SELECT file, status FROM scenario_file WHERE status = 'evaluated'") == [
        ("naar-de-huisarts.yaml", "evaluated")
    ]


def test_a_release_whose_own_checks_fail_is_not_published(region: Workspace) -> None:
    before = releases.require_current(region.published)
    deliver(region, "noord/2025Q1/capacity.csv", pl.DataFrame(
        {"provider_id": ["06010101"], "period": "2025Q1", "resource": "nurse_hours", "available": 901.0, "used": 800.0}
    ))  # fmt: skip
    refresh_up_to_results(region)
    draft = releases.find_draft(region.published)
    with warehouse.writing(draft.database) as connection:
        connection.execute(
            "UPDATE party_impact SET mean = mean + 1000 WHERE party = '06010101' AND measure = 'revenue_change_eur'"
        )
    with pytest.raises(publication.NotPublished) as caught:
        publication.finish(region, draft)
    told = {finding.where: finding for finding in caught.value.faults}
    assert set(told) == {"check money_conserved"}
    assert "last good release stays current" in str(told["check money_conserved"].action)
    assert releases.require_current(region.published).id == before.id
    assert refresh(region).published  # the draft that failed is no hindrance


def refresh_up_to_results(workspace: Workspace) -> None:
    deliveries.ingest(workspace)
    publication.add_results(workspace, publication.start(workspace))


def test_a_release_that_was_rolled_back_from_is_not_published_again_unasked(region: Workspace) -> None:
    first = releases.require_current(region.published)
    deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=9.0))
    second = refresh(region).release
    releases.rollback(region.published, first.id)
    done = refresh(region)
    assert (done.published, done.release.id) == (False, first.id)
    forced = refresh(region, force=True)
    assert forced.published
    assert forced.release.id not in {first.id, second.id}


def test_a_complete_release_that_never_became_current_does_so_without_being_built_again(region: Workspace) -> None:
    first = releases.require_current(region.published)
    deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=9.0))
    second = refresh(region).release
    releases.make_current(region.published, first.id)  # as if killed between the name and the link
    done = refresh(region)
    assert (done.published, done.release.id) == (False, second.id)


def test_deliveries_are_never_changed(region: Workspace) -> None:
    deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=9.0))
    before = {path: path.read_bytes() for path in region.inbox.rglob("*") if path.is_file()}
    refresh(region)
    assert {path: path.read_bytes() for path in region.inbox.rglob("*") if path.is_file()} == before


def test_a_workspace_can_be_moved(region: Workspace, tmp_path: Path) -> None:
    shutil.move(region.root, tmp_path / "elsewhere")
    moved = Workspace.open(tmp_path / "elsewhere")
    done = refresh(moved)
    assert not done.published
    assert os.path.realpath(moved.published.current).startswith(str(moved.root))
