"""The grade of a delivery and the usability of results: what was not delivered says which figure it spoils."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pytest
from delivering import PROVIDERS, make_workspace, put

from data_contracts.across import load_across_rules
from data_contracts.contract import load_contract, load_contracts
from data_contracts.usability import load_usability
from pipelines.intake import deliveries
from pipelines.judging.grade import grade
from pipelines.release import publication
from pipelines.release.checks import CHECKS, run_check
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace

NORTH, SOUTH = "06010101", "06010102"
VOLUME = "provider_id;period;payer_id;specialism;diagnosis;care_product;area;units\n"
REVENUE = "provider_id;period;payer_id;care_product;units;revenue_eur\n"


@pytest.mark.parametrize(
    ("rows", "accepted", "odd", "missing", "letter"),
    [
        (1000, 1000, False, False, "A"),
        (1000, 1000, True, False, "B"),
        (1000, 999, False, False, "B"),
        (1000, 998, False, False, "C"),
        (1000, 1000, False, True, "C"),
        (1000, 980, True, True, "C"),
        (1000, 979, False, False, "D"),
        (1000, 0, False, False, "E"),
        (0, 0, False, False, "E"),
    ],
)
def test_the_grade_is_the_worst_of_refusals_missing_columns_and_oddities(
    rows: int, accepted: int, odd: bool, missing: bool, letter: str
) -> None:
    assert grade(rows=rows, accepted=accepted, odd=odd, column_missing=missing) == letter


def test_what_a_result_rests_on_is_what_its_contract_columns_say() -> None:
    by_column = {
        (contract.dataset, column.name): column.required_for
        for contract in load_contracts().values()
        for column in contract.columns
    }
    named = {result for required in by_column.values() for result in required}
    apart = {"party_impact", "progress"}  # its measures stand apart; it is of initiatives, not of providers
    assert {result.name for result in load_usability().results} == named - apart
    for result in load_usability().results:
        for need in result.needs:
            assert result.name in by_column[need.dataset, need.column], (result.name, need)


def test_what_a_rule_spoils_is_a_result() -> None:
    results = {result.name for result in load_usability().results}
    for rule in load_across_rules():
        assert set(rule.spoils) <= results, rule.name
        assert load_contract(rule.dataset).dataset == rule.dataset


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    workspace = make_workspace(tmp_path / "region")
    put(workspace, "region/2025/providers.csv", PROVIDERS)
    put(workspace, "region/2025/resources.csv", "resource;name;hours_per_fte;is_staff\ngp_hours;Huisartsen;2700;ja\n")
    return workspace


@pytest.fixture
def release(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    rows = [f"{NORTH};2025Q{q};3311;0320;401;099999001;1011;100\n" for q in (1, 2, 3)]
    put(workspace, "noord/2025/volume.csv", VOLUME + "".join(rows))
    payments = [f"{NORTH};2025Q{q};3311;099999001;100;{eur}\n" for q, eur in ((1, 60_000), (2, 9_000_000))]
    put(workspace, "noord/2025/revenue.csv", REVENUE + "".join(payments))
    deliveries.ingest(workspace)
    with warehouse.reading(publication.start(workspace).database) as connection:
        yield connection


def usable(release: duckdb.DuckDBPyConnection, provider: str, result: str) -> dict[str, object]:
    return (
        release.execute("SELECT * FROM usability WHERE provider_id = ? AND result = ?", [provider, result])
        .pl()
        .row(0, named=True)
    )


def test_a_figure_says_which_column_spoils_it(release: duckdb.DuckDBPyConnection) -> None:
    without = usable(release, SOUTH, "party_baseline")
    assert without["usability"] == "not_usable"
    assert str(without["columns"]).startswith("volume")
    assert "Niet aangeleverd: volume; de productie is niet bekend." in str(without["because_nl"])
    assert "Not delivered: volume; its production is not known." in str(without["because_en"])
    partly = usable(release, NORTH, "party_baseline")
    assert partly["usability"] == "with_care"
    assert "Of volume, 3 of 4 quarters were delivered" in str(partly["because_en"])
    place = usable(release, NORTH, "patient_km_change")
    assert place["usability"] == "not_usable"
    assert "latitude" in str(place["columns"])


def test_care_without_any_price_is_not_usable_in_money(workspace: Workspace) -> None:
    """One of two care products, four fifths of the units, has neither revenue of anybody nor a reference price."""
    rows = [f"{NORTH};2025;3311;0320;401;099999001;1011;20\n", f"{NORTH};2025;3311;0320;401;099999002;1011;80\n"]
    put(workspace, "noord/2025/volume.csv", VOLUME + "".join(rows))
    put(workspace, "noord/2025/revenue.csv", f"{REVENUE}{NORTH};2025;3311;099999001;20;12000\n")
    deliveries.ingest(workspace)
    with warehouse.reading(publication.start(workspace).database) as connection:
        for result in ("revenue_change_eur", "spend_change_eur", "margin_change_eur"):
            found = usable(connection, NORTH, result)
            assert found["usability"] == "not_usable"
            assert "Of 80% of the units no price is known, nor a reference price" in str(found["because_en"])
            assert "Van 80 % van de eenheden is geen prijs bekend, ook geen referentieprijs" in str(found["because_nl"])


def test_every_provider_has_every_result_once(release: duckdb.DuckDBPyConnection) -> None:
    table = release.execute("SELECT * FROM usability").pl()
    assert table.height == 2 * len(load_usability().results) == table.unique(["provider_id", "result"]).height
    assert (
        table.filter(pl.col("usability") == "usable")["because_en"].null_count()
        == table.filter(pl.col("usability") == "usable").height
    )


def test_findings_reach_the_release_with_file_rows_and_results(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute("SELECT * FROM data_finding ORDER BY rule").pl()
    assert {"hours_per_fte_plausible", "revenue_jump", "unknown_payer_id"} & set(found["rule"]) == {
        "hours_per_fte_plausible",
        "revenue_jump",
    }
    jump = found.filter(pl.col("rule") == "revenue_jump").row(0, named=True)
    assert (jump["file"], jump["period"], jump["value"], jump["expected"]) == ("revenue.csv", "2025Q2", 9e6, 60_000)
    assert "revenue_change_eur" in str(jump["results"])
    hours = found.filter(pl.col("rule") == "hours_per_fte_plausible").row(0, named=True)
    assert (hours["rows"], hours["results"], hours["tier"]) == ("2", "capacity_gap", "analytical")


def test_an_oddity_beside_others_lowers_the_grade(release: duckdb.DuckDBPyConnection) -> None:
    grades = dict(release.execute("SELECT file, grade FROM delivery").fetchall())
    assert grades == {"providers.csv": "C", "resources.csv": "B", "volume.csv": "B", "revenue.csv": "B"}


def test_rules_across_are_checks_that_tell_and_do_not_stop(release: duckdb.DuckDBPyConnection) -> None:
    check = next(check for check in CHECKS if check.name == "revenue_jump")
    result = run_check(release, check)
    assert not result.passed
    assert not result.blocking
    assert "Check whether the file is complete and in whole euros" in result.found


def test_every_threshold_is_published_with_its_reason_and_mark(release: duckdb.DuckDBPyConnection) -> None:
    rules = release.execute("SELECT * FROM data_rule WHERE threshold IS NOT NULL").pl()
    assert set(rules["rule"]) == {rule.name for rule in load_across_rules() if rule.thresholds}
    assert rules.select("value", "mark", "reason_nl", "reason_en").null_count().sum_horizontal().item() == 0
