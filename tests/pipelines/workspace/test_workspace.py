"""A workspace: what region.yaml may say, where things lie, and how a new one begins."""

from pathlib import Path

import pytest
import yaml

from data_contracts.contract import DATASETS
from data_contracts.problem import Problem
from models.scenario import parse_scenario
from pipelines.workspace.new import create
from pipelines.workspace.workspace import WORKSPACE_VARIABLE, Workspace, WorkspaceError, find_workspace

GOOD = """
region: proef
name: {nl: Proef, en: Trial}
base_year: 2025
periods: [2025, 2024Q4]
suppliers:
  - {supplier: noord, datasets: [volume, revenue], providers: ["06010101"]}
"""


def opened(root: Path, text: str) -> Workspace:
    (root / "region.yaml").write_text(text, encoding="utf-8")
    return Workspace.open(root)


def refused(root: Path, text: str) -> WorkspaceError:
    with pytest.raises(WorkspaceError) as caught:
        opened(root, text)
    return caught.value


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    region = opened(tmp_path, GOOD).region
    assert region.periods == ["2024Q4", "2025"]  # a year that YAML reads as a number is a period all the same
    assert (region.country, region.languages, region.keep_releases) == ("NL", ["nl", "en"], 12)
    assert region.disclosure.minimum_count == 10
    assert not region.invented


def test_everything_lies_below_the_root(tmp_path: Path) -> None:
    workspace = opened(tmp_path, GOOD)
    places = {
        workspace.inbox,
        workspace.lake.folder,
        workspace.lake.quarantine,
        workspace.scenarios,
        workspace.published.releases,
    }
    assert {place.relative_to(tmp_path.resolve()).parts[0] for place in places} == {
        "inbox",
        "lake",
        "quarantine",
        "scenarios",
        "published",
    }


def test_a_folder_without_a_region_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        Workspace.open(tmp_path)
    (finding,) = caught.value.faults
    assert str(tmp_path) in str(finding.found)
    assert "care-transfer init" in str(finding.action)


def test_every_fault_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    fault = refused(
        tmp_path,
        "region: proef\n"
        "name: {nl: Proef, en: Trial}\n"
        "langauges: [nl]\n"
        "base_year: 2025\n"
        "periods: [2025Q5]\n"
        "timezone: Europe/Amsterdm\n"
        "schedule: every monday\n"
        "suppliers:\n"
        "  - {supplier: noord, datasets: [volumes]}\n"
        "  - {supplier: Zuid/West, datasets: [volume], provider: []}\n",
    )
    told = {finding.where.partition("region.yaml, ")[2]: finding for finding in fault.faults}
    assert str(told["line 3, langauges"].action) == "did you mean 'languages'?"
    assert "2025Q5" in str(told["line 5, periods"].found)
    assert "Europe/Amsterdam" in str(told["line 6, timezone"].expected)
    assert "0 6 * * 1" in str(told["line 7, schedule"].expected)
    assert str(told["line 9, suppliers.0.datasets"].action) == "did you mean 'volume'?"
    assert "'Zuid/West'" in str(told["line 10, suppliers.1.supplier"].found)
    assert str(told["line 10, suppliers.1.provider"].action) == "did you mean 'providers'?"
    assert len(told) == 7


def test_a_code_without_quotes_is_refused_because_yaml_has_already_spoilt_it(tmp_path: Path) -> None:
    fault = refused(tmp_path, GOOD.replace('"06010101"', "06010101"))
    (finding,) = fault.faults
    assert "1577025" in str(finding.found)  # YAML reads an octal number
    assert "quotes" in str(finding.action)


def test_a_country_that_yaml_takes_for_no_is_refused(tmp_path: Path) -> None:
    (finding,) = refused(tmp_path, GOOD + "country: NO\n").faults
    assert str(finding.found) == "False, read as yes or no"
    assert "quotes" in str(finding.action)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    (finding,) = refused(tmp_path, GOOD + "base_year: 2024\n").faults
    assert "'base_year' a second time" in str(finding.found)
    assert "line 8" in finding.where


def test_text_that_is_no_yaml_is_refused_with_its_line(tmp_path: Path) -> None:
    (finding,) = refused(tmp_path, "region: proef\nname: {nl: Proef\nbase_year: 2025\n").faults
    assert "line 3" in finding.where
    assert str(finding.expected) == "a YAML file in UTF-8"


@pytest.mark.parametrize("text", ["", "- region\n", "just words\n"])
def test_a_file_without_keys_is_refused(tmp_path: Path, text: str) -> None:
    (finding,) = refused(tmp_path, text).faults
    assert str(finding.found) == "no keys"


def test_suppliers_and_periods_stand_once(tmp_path: Path) -> None:
    twice = GOOD.replace("[2025, 2024Q4]", "[2025, 2024Q4, 2025]") + "  - {supplier: noord, datasets: [capacity]}\n"
    found = [str(finding.found) for finding in refused(tmp_path, twice).faults]
    assert found == ["2025 more than once"]
    found = [str(finding.found) for finding in refused(tmp_path, twice.replace("Q4, 2025]", "Q4]")).faults]
    assert found == ["the supplier noord more than once"]


def test_the_workspace_is_given_or_in_the_environment_or_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(WORKSPACE_VARIABLE, raising=False)
    assert find_workspace() == tmp_path / "demo-region"
    (tmp_path / "region.yaml").write_text(GOOD)
    assert find_workspace() == tmp_path
    monkeypatch.setenv(WORKSPACE_VARIABLE, "/elsewhere")
    assert find_workspace() == Path("/elsewhere")
    assert find_workspace(Path("given")) == Path("given")


def test_a_new_workspace_opens_and_has_a_template_per_dataset(tmp_path: Path) -> None:
    written = create(tmp_path / "new")
    workspace = Workspace.open(tmp_path / "new")
    assert workspace.region.region == "my-region"
    templates = {path.name for path in written if path.parent.name == "templates"}
    assert templates == {f"{dataset}.{ending}" for dataset in DATASETS for ending in ("csv", "xlsx")}
    assert workspace.inbox.is_dir()
    assert all(path.is_file() for path in written)


def test_the_example_scenario_can_be_read(tmp_path: Path) -> None:
    create(tmp_path)
    scenario = parse_scenario((tmp_path / "examples" / "scenario.yaml").read_text(), source="scenario.yaml")
    assert [initiative.id for initiative in scenario.initiatives] == ["stable-af-to-gp"]


def test_dagster_reports_to_nobody_and_runs_one_run_at_a_time(tmp_path: Path) -> None:
    create(tmp_path)
    settings = yaml.safe_load((tmp_path / "dagster" / "dagster.yaml").read_text())
    assert settings["telemetry"] == settings["nux"] == {"enabled": False}
    assert settings["concurrency"] == {"runs": {"max_concurrent_runs": 1}}


def test_an_existing_region_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "region.yaml").write_text(GOOD)
    with pytest.raises(Problem, match=r"a region\.yaml in"):
        create(tmp_path)
    assert (tmp_path / "region.yaml").read_text() == GOOD
    assert list(tmp_path.iterdir()) == [tmp_path / "region.yaml"]


def test_a_name_and_a_base_year_are_enough(tmp_path):
    (tmp_path / "region.yaml").write_text("name: Zuid\nbase_year: 2024\nsuppliers: [Ziekenhuis_A, {supplier: b.nl}]\n")
    region = Workspace.open(tmp_path).region
    assert region.name.nl == region.name.en == "Zuid"
    assert region.periods == ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    assert [supplier.supplier for supplier in region.suppliers] == ["Ziekenhuis_A", "b.nl"]
    assert [supplier.datasets for supplier in region.suppliers] == [[], []]


def test_lines_are_counted_here_unless_a_cluster_is_named(tmp_path: Path) -> None:
    for text in ("", "engine: duckdb\n", "engine: {kind: duckdb}\n"):
        assert opened(tmp_path, GOOD + text).region.engine is None
    engine = opened(
        tmp_path, GOOD + "engine: {kind: spark, master: 'spark://one:7077,two:7077', lake: /mnt/lake}"
    ).region.engine
    assert engine is not None
    assert (engine.address, engine.lake, engine.settings) == ("spark://one:7077,two:7077", "/mnt/lake", {})
    connect = opened(
        tmp_path, GOOD + "engine: {kind: spark, connect: 'sc://one', settings: {spark.executor.memory: 8g}}"
    )
    assert connect.region.engine is not None
    assert connect.region.engine.settings == {"spark.executor.memory": "8g"}


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("{kind: spark}", "neither master nor connect"),
        ("{kind: spark, master: 'spark://one:7077', connect: 'sc://one'}", "both master and connect"),
        ("{kind: spark, master: 'spark://one'}", "'spark://one'"),
        ("{kind: spark, master: 'one:7077'}", "'one:7077'"),
        ("{kind: spark, connect: 'spark://one:7077'}", "'spark://one:7077'"),
        ("{kind: spark, master: yarn, lake: lake}", "'lake'"),
        ("{kind: spark, master: yarn, settings: {executor.memory: 8g}}", "the setting executor.memory"),
        ("{kind: flink, master: yarn}", "flink"),
    ],
)
def test_a_cluster_that_cannot_be_one_is_refused_with_its_line(tmp_path: Path, engine: str, told: str) -> None:
    fault = refused(tmp_path, f"{GOOD}engine: {engine}\n").faults[0]
    assert fault.line == len(GOOD.splitlines()) + 1
    assert fault.key.startswith("engine")
    assert told in str(fault)
