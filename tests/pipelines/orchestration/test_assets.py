"""The Dagster graph: what depends on what, which checks there are, what the schedule and the sensor ask for."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from small_region import deliver, volume

from pipelines.intake import arriving
from pipelines.orchestration.assets.ingest import UNEXPECTED, lake_key, supplier_key
from pipelines.orchestration.assets.release import RELEASE
from pipelines.orchestration.definitions import build_definitions
from pipelines.orchestration.jobs import REFRESH_JOB, publish_keys
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.workspace.last_good import open_standing
from pipelines.workspace.new import add_dagster_home
from pipelines.workspace.workspace import Workspace

SNAPSHOT = Path(__file__).parent / "snapshots" / "asset_graph.txt"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def graph_lines(definitions: dg.Definitions) -> Iterator[str]:
    """Yields the asset graph as text: a line an asset, then what it depends on and its checks."""
    graph = definitions.resolve_asset_graph()
    for key in sorted(graph.get_all_asset_keys(), key=lambda key: (graph.get(key).group_name, key.path)):
        node = graph.get(key)
        by = f", by {node.partitions_def.get_partition_keys()}" if node.partitions_def else ""
        made = "" if node.is_materializable else ", made by no step"
        yield f"{key.to_user_string()} ({node.group_name}, {' '.join(node.owners)}{by}{made})"
        for parent in sorted(node.parent_keys):
            yield f"    after {parent.to_user_string()}"
        for check in sorted(node.check_keys, key=lambda check: check.name):
            blocks = ", blocking" if graph.get_check_spec(check).blocking else ""
            yield f"    check {check.name}{blocks}"


def test_the_graph_is_as_it_was_read_last(refreshed: Workspace) -> None:
    """A changed graph is a changed snapshot: read the difference, then UPDATE_SNAPSHOTS=1 writes it."""
    text = "\n".join(graph_lines(build_definitions(refreshed))) + "\n"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.parent.mkdir(exist_ok=True)
        SNAPSHOT.write_text(text)
    assert text == SNAPSHOT.read_text()


def test_every_asset_and_check_says_what_it_is_and_whose(refreshed: Workspace) -> None:
    graph = build_definitions(refreshed).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert [owner for owner in node.owners if owner.startswith("team:")], key
    for check in graph.asset_check_keys:
        spec = graph.get_check_spec(check)
        assert spec.description, check
        assert spec.metadata["owner"].startswith("team:"), check


def run_everything(workspace: Workspace, *, period: str, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    """Runs all assets in one run, as a person does from the page of the job."""
    job = build_definitions(workspace).resolve_job_def(REFRESH_JOB)
    return job.execute_in_process(instance=instance, partition_key=period, run_config=QUIET, raise_on_error=False)


def test_a_blocking_check_stops_a_supplier_and_not_the_region(region: Workspace) -> None:
    """Also in one run of everything: the warehouse waits for all suppliers, and for none of them to succeed."""
    before = releases.require_current(region.published)
    (region.inbox / "midden" / "2025Q4" / "volume.csv").write_bytes(b"")
    deliver(region, "zuid/2025Q4/volume.csv", volume("06010103", "2025Q4", units=12.0))
    with dg.DagsterInstance.ephemeral() as instance:
        result = run_everything(region, period="2025Q4", instance=instance)
        assert [event.step_key for event in result.all_events if event.is_step_failure] == ["read_period"]
        checks = {
            (check.asset_key.path[-1], check.check_name): check
            for check in result.get_asset_check_evaluations()
            if check.asset_key.path[0] == "deliveries"
        }
        assert {name for name, check in checks.items() if not check.passed and check.blocking} == {
            ("midden", "files_accepted")
        }
        assert "volume.csv" in (checks["midden", "files_accepted"].description or "")
        assert checks["zuid", "files_accepted"].passed
        assert checks["zuid", "expectations_met"].passed
        steps = [event.step_key for event in result.all_events if event.is_step_start]
        assert steps.index("warehouse") > steps.index("read_period")
        assert instance.get_latest_materialization_event(RELEASE) is not None
    assert releases.require_current(region.published).id != before.id


def test_an_asset_shows_what_came_and_what_was_refused(region: Workspace) -> None:
    deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=-1.0))
    with dg.DagsterInstance.ephemeral() as instance:
        run_everything(region, period="2025Q1", instance=instance)
        event = instance.get_latest_materialization_event(supplier_key("noord"))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.partition == "2025Q1"
    metadata = event.asset_materialization.metadata
    # the older volume (12) still counts beside revenue (3) and capacity (1); the newer (12) was refused whole
    assert [metadata[name].value for name in ("rows", "accepted", "refused")] == [28, 16, 12]
    report = metadata["report volume.csv"].value
    assert Path(str(report)).is_file()
    assert str(report).endswith("report.html")


def test_what_is_pending_is_read_in_one_run_and_shown_by_period(
    region: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each period shows its own counts; a check says of which period it speaks; far periods are runs of their own."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=9.0))
    deliver(region, "noord/2025Q2/volume.csv", volume("06010101", "2025Q2", units=-1.0))
    deliver(region, "zuid/2025Q4/volume.csv", volume("06010103", "2025Q4", units=12.0))
    read = refresh(region).read
    assert set(read.select("supplier", "period").iter_rows()) == {
        ("noord", "2025Q1"),
        ("noord", "2025Q2"),
        ("zuid", "2025Q4"),
    }
    with dg.DagsterInstance.get() as instance:
        assert instance.get_runs_count() == 3  # two that follow each other, one, and the release
        found = {
            event.asset_materialization.partition: event.asset_materialization.metadata
            for event in (
                record.event_log_entry for record in instance.fetch_materializations(supplier_key("noord"), 10).records
            )
            if event.asset_materialization is not None
        }
        checks = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(supplier_key("noord"), "files_accepted")]
        )
    assert {period: metadata["rows"].value for period, metadata in found.items()} == {"2025Q1": 16, "2025Q2": 28}
    assert [found[period]["refused"].value for period in ("2025Q1", "2025Q2")] == [0, 12]
    assert len(checks) == 1


def test_a_supplier_stays_red_until_it_is_put_right_and_one_who_sends_nothing_is_late(
    region: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever period is read next; the first refused rows and why stand with the check."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    with (region.root / "region.yaml").open("a") as file:
        file.write("  - {supplier: stil, datasets: [capacity]}\n")
    region = Workspace.open(region.root)

    def checks(supplier: str) -> dict[str, dg.AssetCheckEvaluation]:
        keys = [dg.AssetCheckKey(supplier_key(supplier), name) for name in ("rows_accepted", "all_arrived")]
        with dg.DagsterInstance.get() as instance:
            found = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
        events = {key.name: record.event for key, record in found.items()}
        return {name: event.dagster_event.event_specific_data for name, event in events.items()}

    bad = (
        volume("06010101", "2025Q1", units=10.0)
        .with_row_index()
        .with_columns(units=pl.when(pl.col("index") == 0).then(-1.0).otherwise("units"))
    )
    deliver(region, "noord/2025Q1/volume.csv", bad.drop("index"))
    refresh(region)
    deliver(region, "noord/2025Q4/volume.csv", volume("06010101", "2025Q4", units=12.0))
    done = refresh(region)
    accepted = checks("noord")["rows_accepted"]
    assert not accepted.passed
    assert "volume.csv, row 2, units: " in str(accepted.metadata["first refused"].value)
    assert checks("noord")["all_arrived"].passed
    late = checks("stil")["all_arrived"]
    assert not late.passed
    assert (late.description or "").splitlines()[0] == "nothing came at all"
    assert set(done.missing["supplier"]) == {"stil"}
    deliver(region, "noord/2025Q1/volume.csv", volume("06010101", "2025Q1", units=10.0))
    refresh(region)
    assert checks("noord")["rows_accepted"].passed


def test_the_lake_shows_what_was_added(region: Workspace) -> None:
    deliver(region, "zuid/2025Q4/volume.csv", volume("06010103", "2025Q4", units=12.0))
    with dg.DagsterInstance.ephemeral() as instance:
        run_everything(region, period="2025Q4", instance=instance)
        event = instance.get_latest_materialization_event(lake_key("volume"))
    assert event is not None
    assert event.asset_materialization is not None
    assert event.asset_materialization.metadata["rows_added"].value == 12


def settled(path: Path) -> Path:
    """Makes a file as old as one that nobody is still writing."""
    old = path.stat().st_mtime - 11
    os.utime(path, (old, old))
    return path


def look(workspace: Workspace, cursor: str | None) -> tuple[list[tuple[str | None, list[str]]], str | None]:
    """Evaluates the sensor once; returns what it asks for, and its new cursor."""
    repository = build_definitions(workspace).get_repository_def()
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=repository)
        found = repository.get_sensor_def("inbox").evaluate_tick(context)
    asked = [
        (request.partition_key, sorted(key.path[-1] for key in request.asset_selection or []))
        for request in found.run_requests or []
    ]
    return asked, found.cursor


def test_the_sensor_asks_for_the_periods_that_changed(region: Workspace) -> None:
    for path in region.inbox.rglob("*.csv"):
        settled(path)
    asked, cursor = look(region, None)
    assert [period for period, _ in asked] == [None, "2025Q1", "2025Q2", "2025Q3", "2025Q4"]
    assert look(region, cursor)[0] == []
    settled(deliver(region, "noord/2025Q3/volume.csv", volume("06010101", "2025Q3", units=9.0)))
    settled(deliver(region, "zuid/2025Q3/volume.csv", volume("06010103", "2025Q3", units=9.0)))
    settled(deliver(region, "vreemd/2025Q1/volume.csv", volume("06010101", "2025Q1")))
    asked, cursor = look(region, cursor)
    assert asked == [(None, ["bureau", "unexpected_deliveries", "verzekeraar"]), ("2025Q3", ["noord", "zuid"])]
    assert look(region, cursor)[0] == []


def test_the_sensor_waits_for_a_file_that_is_still_coming(region: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "QUIET_SECONDS", 10.0)
    for path in region.inbox.rglob("*.csv"):
        settled(path)
    _, cursor = look(region, None)
    path = deliver(region, "noord/2025Q3/volume.csv", volume("06010101", "2025Q3", units=9.0))
    assert look(region, cursor)[0] == []
    settled(path)
    assert look(region, cursor)[0] == [("2025Q3", ["noord"])]


def scheduled(workspace: Workspace) -> list[tuple[str | None, set[dg.AssetKey]]]:
    repository = build_definitions(workspace).get_repository_def()
    moment = datetime(2026, 11, 23, 6, tzinfo=UTC)
    context = dg.build_schedule_context(scheduled_execution_time=moment, repository_def=repository)
    requests = repository.get_schedule_def("refresh_on_schedule").evaluate_tick(context).run_requests or []
    return [(request.partition_key, set(request.asset_selection or [])) for request in requests]


def test_the_schedule_reads_what_is_unread_and_publishes_last(region: Workspace) -> None:
    assert scheduled(region) == [(None, set(publish_keys(region)))]
    deliver(region, "noord/2025Q3/volume.csv", volume("06010101", "2025Q3", units=9.0))
    deliver(region, "bureau/2026/payers.csv", volume("06010101", "2025Q3"))
    assert scheduled(region) == [
        (None, {supplier_key("bureau"), supplier_key("verzekeraar"), UNEXPECTED}),
        ("2025Q3", {supplier_key("noord")}),
        (None, set(publish_keys(region))),
    ]


def test_the_schedule_is_that_of_the_region(refreshed: Workspace) -> None:
    schedule = build_definitions(refreshed).get_repository_def().get_schedule_def("refresh_on_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 6 * * 1", "Europe/Amsterdam")


def test_settings_that_cannot_be_used_are_told_where_people_look(region: Workspace) -> None:
    """The graph stays as it was; the release's check, the schedule and the sensor say why."""
    open_standing(region.root)
    with (region.root / "region.yaml").open("a") as file:
        file.write("schedule: 0 6 * * 8\n")
    standing = open_standing(region.root)
    definitions = build_definitions(standing.workspace, remark=standing.remark)
    repository = definitions.get_repository_def()
    assert "region.yaml cannot be used" in (repository.get_schedule_def("refresh_on_schedule").description or "")
    for path in region.inbox.rglob("*.csv"):
        settled(path)
    with dg.DagsterInstance.ephemeral() as instance:
        sensor = repository.get_sensor_def("inbox")
        context = dg.build_sensor_context(instance=instance, repository_def=repository)
        first = sensor.evaluate_tick(context)
        again = dg.build_sensor_context(instance=instance, repository_def=repository, cursor=first.cursor)
        assert "0 6 * * 8" in (sensor.evaluate_tick(again).skip_message or "")
        result = definitions.resolve_job_def(REFRESH_JOB).execute_in_process(
            instance=instance, asset_selection=publish_keys(standing.workspace), run_config=QUIET
        )
    (check,) = [one for one in result.get_asset_check_evaluations() if one.check_name == "settings_are_read"]
    assert not check.passed
    assert "0 6 * * 8" in (check.description or "")


def test_the_release_grows_stale_after_two_rounds(refreshed: Workspace) -> None:
    spec = build_definitions(refreshed).resolve_asset_graph().get(RELEASE)
    policy = spec.freshness_policy
    assert policy is not None
    assert policy.fail_window.to_timedelta().days == 14
    assert policy.warn_window.to_timedelta().days == 7


@pytest.mark.parametrize("schedule", ["0 * * * *", "* * * * *", "*/5 8-18 * * 1-5", "0 6 * * 7", "0 6 29 2 *"])
def test_every_schedule_that_is_accepted_gives_definitions(refreshed: Workspace, schedule: str) -> None:
    region = refreshed.region.model_copy(update={"schedule": schedule})
    definitions = build_definitions(replace(refreshed, region=region))
    policy = definitions.resolve_asset_graph().get(RELEASE).freshness_policy
    assert policy is not None
    assert policy.warn_window.to_timedelta() < policy.fail_window.to_timedelta()
    assert definitions.get_repository_def().get_schedule_def("refresh_on_schedule").cron_schedule == schedule


def test_the_shipped_instance_tells_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = add_dagster_home(tmp_path).parent
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    with dg.DagsterInstance.get() as instance:
        assert not instance.telemetry_enabled
        assert instance.get_settings("concurrency") == {"runs": {"max_concurrent_runs": 1}}


def test_the_cursor_is_readable(region: Workspace) -> None:
    for path in region.inbox.rglob("*.csv"):
        settled(path)
    _, cursor = look(region, None)
    assert cursor is not None
    assert "noord/2025Q3" in json.loads(cursor)
