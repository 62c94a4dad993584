import json
from pathlib import Path

import duckdb
import polars as pl
import pytest
from fake_release import BASE, GPS, HORIZON, MAASDIJK, RATE, RELEASE, SCENARIO, SINGLE, write_release

from dashboards.data import Release, ReleaseError, kind_names, read_release


def test_a_release_says_what_it_is(release: Release) -> None:
    assert (release.id, release.invented, release.base_year) == (RELEASE, True, BASE)
    assert release.region == {"nl": "Maasdelta (verzonnen)", "en": "Maasdelta (invented)"}
    assert release.versions["duckdb"] == "1.5.5"
    assert [results.name for results in release.scenarios] == [SCENARIO, SINGLE]


def test_each_scenario_has_only_its_own_rows(release: Release) -> None:
    first, second = release.scenarios
    assert set(first.table("party_impact")["scenario"]) == {SCENARIO}
    assert set(second.table("party_impact")["scenario"]) == {SINGLE}
    assert second.table("capacity_gap").height == 0
    assert (first.materiality, second.materiality) == (0.001, 0.001)


def test_the_annuity_is_the_worth_of_a_euro_a_year(release: Release) -> None:
    years = HORIZON - BASE + 1
    assert release.scenarios[0].annuity == pytest.approx((1 - (1 + RATE) ** -years) / (1 - 1 / (1 + RATE)))


def test_flows_are_summed_in_the_database(release: Release) -> None:
    flows = release.scenarios[0].table("transfer_flow")
    full = flows.filter((pl.col("year") == HORIZON) & (pl.col("to_id") == GPS[0]))
    assert full.select("from_id", "units_moved", "revenue_moved_eur").row(0) == (MAASDIJK, 900.0, 297_000.0)


def test_parties_are_providers_and_payers(release: Release) -> None:
    parties = dict(zip(release.parties["party"], release.parties["kind"], strict=True))
    assert parties[MAASDIJK] == "general_hospital"
    assert parties["3311"] == "payer"


def test_kinds_are_named_by_their_contract_in_both_languages() -> None:
    dutch, english = kind_names("nl"), kind_names("en")
    assert dutch.keys() == english.keys()
    assert "general_hospital" in dutch
    assert dutch["general_hospital"] != english["general_hospital"]


def test_what_a_release_lacks_comes_back_empty(tmp_path: Path) -> None:
    path = tmp_path / "bare.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE release AS SELECT 'r1' AS id, '2026-01-01' AS created_at")
    bare = read_release(path)
    assert bare.scenarios == ()
    assert bare.table("delivery").height == 0
    assert "message_nl" in bare.table("rejection").columns


def test_a_file_that_is_no_release_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match=r"(?s)found: no file .*expected: the DuckDB file.*care-transfer refresh"):
        read_release(tmp_path / "nothing.duckdb")
    other = tmp_path / "other.duckdb"
    duckdb.connect(str(other)).close()
    with pytest.raises(ReleaseError, match=r"found: no row `release` in other.duckdb"):
        read_release(other)


def test_reading_leaves_the_file_free_for_others(database: Path) -> None:
    read_release(database)
    with duckdb.connect(str(database)) as connection:
        versions = connection.execute("SELECT versions FROM release").fetchone()
    assert versions is not None
    assert json.loads(versions[0])["care-transfer"] == "0.1.0"


def test_suppliers_are_told_by_name(tmp_path: Path) -> None:
    """By that of the provider whose folder it is; else by the folder's own words; two alike keep their folders."""
    path = write_release(tmp_path / "named.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE coverage SET supplier = 'maasdijk-ziekenhuis' WHERE dataset = 'capacity'")
    suppliers = set(read_release(path).table("coverage")["supplier"])
    assert {"Maasdijk Ziekenhuis", "Delta"} <= suppliers
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE coverage SET supplier = 'Delta' WHERE dataset = 'capacity'")
    assert {"delta", "Delta"} <= set(read_release(path).table("coverage")["supplier"])
