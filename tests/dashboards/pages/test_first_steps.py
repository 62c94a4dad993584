"""The staircase on pages: on Sources the steps and what each lacks, on panels without figures what would fill them."""

import dataclasses

import duckdb
import pytest
from small_release import DATABASE

from dashboards.data import read_release
from dashboards.pages.first_steps import stairs_card
from dashboards.words.wording import wording
from data_contracts.contract import load_contracts
from data_contracts.staircase import staircase, unlocks


@pytest.mark.parametrize("language", ["nl", "en"])
def test_sources_tells_the_step_and_the_one_thing_that_unlocks_the_next(release, language) -> None:
    filled = {"providers": {"provider_id", "name", "kind"}, "volume": {"provider_id", "period", "specialism", "units"}}
    card = stairs_card(dataclasses.replace(release, filled=filled), wording(language))
    assert card is not None
    assert ("1 van 6" if language == "nl" else "1 of 6") in card.finding
    assert "revenue_eur" in card.note or "reference_price_eur" in card.note
    states = [row[1].text for row in card.table.rows]
    assert states.count("gezet" if language == "nl" else "made") == 1
    assert card.table.rows[2][2].text == "capacity: provider_id, period, resource, available, used"


def test_a_release_that_does_not_tell_all_facts_has_no_staircase(release) -> None:
    assert stairs_card(dataclasses.replace(release, filled=None), wording("nl")) is None


def test_what_is_filled_in_is_read_from_the_facts(tmp_path) -> None:
    database = tmp_path / DATABASE
    asked = {dataset for step in staircase() for way in step.ways for dataset in way}
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE release AS SELECT 'r1' AS id")
        for contract in (load_contracts()[dataset] for dataset in asked):
            names = ", ".join(f'"{column.name}" VARCHAR' for column in contract.columns)
            connection.execute(f"CREATE TABLE {contract.table} ({names})")
        connection.execute("INSERT INTO provider (provider_id, name) VALUES ('06010101', 'Noord')")
    filled = read_release(database).filled
    assert filled is not None
    assert set(filled["providers"]) == {"provider_id", "name"}
    assert not filled["volume"]
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE view AS SELECT 'table' AS view")
    assert read_release(database).filled is None


def test_a_panel_without_figures_names_the_data_and_who_has_them() -> None:
    assert unlocks("hands").nl == (
        "Dit is trede 3 van de gegevens: lever capacity: provider_id, period, resource, available, used aan. "
        "Meestal bij capaciteitsplanning of personeelszaken."
    )
