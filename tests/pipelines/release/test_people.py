"""What is there for people who query: every key and reference holds, and views tell what the tables under them tell."""

import re
from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from data_contracts.release import release_tables, tables_of
from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN
from models.region import Region
from pipelines.evaluation.evaluating import read_regions
from pipelines.evaluation.people import measure_frame
from pipelines.evaluation.people.years import contracts_in_force
from pipelines.release import releases
from pipelines.warehouse.building import reading

SYMBOLS = re.compile(r"[·Δπφλκτσω∑Σ]|\b[A-Z][01]\b|\([A-Z]\)")
CENT = 0.01


@pytest.fixture(scope="module")
def release(demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    with reading(releases.require_current(demonstration.published).database) as connection:
        yield connection


@pytest.fixture(scope="module")
def base_year(release) -> Region:
    return read_regions(release).of(2025)


def there(release) -> set[str]:
    return {name for (name,) in release.execute("SELECT DISTINCT table_name FROM duckdb_columns()").fetchall()}


def test_every_table_and_view_that_a_release_has_is_there_and_no_other(release):
    wanted = {name for name, table in release_tables().items() if table.layer != "view"}
    assert {name for name in there(release) if not name.startswith(("duckdb_", "pragma_", "sqlite_"))} >= wanted
    own = release.execute("SELECT table_name FROM duckdb_columns() WHERE NOT internal").fetchall()
    assert {name for (name,) in own} == wanted


def test_every_key_identifies_a_row(release):
    for name, table in release_tables().items():
        if table.key and table.layer != "view":
            key = ", ".join(f'"{column}"' for column in table.key)
            twice = release.execute(f'SELECT {key} FROM "{name}" GROUP BY ALL HAVING count(*) > 1 LIMIT 1').fetchall()
            assert (name, twice) == (name, [])


def test_every_reference_finds_its_row(release):
    told = 0
    for name, table in release_tables().items():
        for column in table.columns if table.layer != "view" else ():
            if column.references:
                other, target = column.references.split(".")
                lost = release.execute(
                    f'SELECT DISTINCT "{column.name}" FROM "{name}" WHERE "{column.name}" NOT IN '
                    f'(SELECT "{target}" FROM "{other}" WHERE "{target}" IS NOT NULL) LIMIT 3'
                ).fetchall()
                assert (name, column.name, lost) == (name, column.name, [])
                told += 1
    assert told > 100


def test_no_key_of_a_table_for_people_is_ever_empty(release):
    for name, table in tables_of("people").items():
        empty = " OR ".join(f'"{column}" IS NULL' for column in table.key)
        assert (name, release.execute(f'SELECT 1 FROM "{name}" WHERE {empty} LIMIT 1').fetchall()) == (name, [])


def test_an_unknown_payer_has_one_name_everywhere(release):
    """Delivered rows leave it empty; whatever is made of them calls it 'unknown', and so does the list of parties."""
    assert release.execute("SELECT name, side FROM party WHERE party = 'unknown'").fetchall() == [("unknown", "payer")]
    for table in ("volume_year", "revenue_year", "contract_in_force", "contract_impact"):
        ((there,),) = release.execute(f"SELECT count(*) FROM {table} WHERE payer = 'unknown'").fetchall()
        assert (table, there > 0) == (table, True)
    for table, column in (("transfer_flow_detail", "payer_id"), ("party_impact", "party"), ("settlement", "party")):
        odd = f"SELECT DISTINCT {column} FROM {table} WHERE {column} NOT IN (SELECT party FROM party)"
        assert release.execute(odd).fetchall() == []


def test_comments_speak_no_symbols_of_the_model_page():
    said = [
        (table.name, column.name, text)
        for table in release_tables().values()
        for column in table.columns
        for text in (column.meaning.en, column.meaning.nl)
    ]
    assert [one for one in said if SYMBOLS.search(one[2])] == []
    assert SYMBOLS.search("Units moved (M·w)")


@pytest.mark.parametrize("view", ["impact_year", "impact_initiative"])
def test_a_margin_is_the_sum_of_its_parts_times_the_signs_of_measure(release, view):
    for side, signs in (("provider", PROVIDER_MARGIN), ("payer", PAYER_MARGIN)):
        signed = " + ".join(f"{name} * {sign}" for name, sign in signs.items())
        ((rows, apart),) = release.execute(
            f"SELECT count(*), max(abs(margin_change_eur - ({signed}))) FROM {view} WHERE side = '{side}'"
        ).fetchall()
        assert rows > 0
        assert apart < CENT
    written = release_tables()["impact_year"].column("margin_change_eur").meaning.en
    provider, payer = written.split("Provider: ")[1].split("Payer: ")
    assert set(re.findall(r"\w+_eur", provider)) == set(PROVIDER_MARGIN)
    assert set(re.findall(r"\w+_eur", payer)) == set(PAYER_MARGIN)
    told = {name: sign for name, sign in measure_frame().select("measure", "sign_in_margin").iter_rows() if sign}
    assert told == PROVIDER_MARGIN | PAYER_MARGIN


def test_every_measure_of_the_results_is_described_and_adds_up_as_it_says(release):
    for table in ("party_impact", "region_impact"):
        told = f"SELECT DISTINCT measure FROM {table} ORDER BY 1"
        known = "SELECT measure FROM measure ORDER BY 1"
        assert release.execute(told).fetchall() == release.execute(known).fetchall()
    ((apart,),) = release.execute(
        """
        SELECT max(abs(whole.mean - coalesce(parts.mean, 0))) FROM party_impact AS whole
        LEFT JOIN (
            SELECT scenario, party, year, measure, sum(mean) AS mean FROM party_impact WHERE initiative IS NOT NULL
            GROUP BY ALL
        ) AS parts
        ON (parts.scenario, parts.party, parts.measure) = (whole.scenario, whole.party, whole.measure)
            AND parts.year IS NOT DISTINCT FROM whole.year
        WHERE whole.initiative IS NULL AND whole.measure IN (SELECT measure FROM measure WHERE adds_over_initiatives)
        """
    ).fetchall()
    assert apart < CENT


def test_the_years_hold_every_party_of_party_impact_with_its_mean(release):
    frame = release.execute("FROM impact_year").pl()
    told = frame.unpivot(
        on=[name for name in measure_frame()["measure"] if name in frame.columns],
        index=["scenario", "party", "year"],
        variable_name="measure",
        value_name="mean",
    ).drop_nulls("mean")
    tall = "SELECT scenario, party, year, measure, mean FROM party_impact WHERE initiative IS NULL AND year IS NOT NULL"
    asked = release.execute(tall).pl()
    both = told.join(asked, on=["scenario", "party", "year", "measure"], how="full", suffix="_asked")
    assert both.filter(pl.col("scenario").is_null()).height == 0
    assert both.select((pl.col("mean") - pl.col("mean_asked").fill_null(0)).abs().max()).item() == 0


def test_a_calendar_year_is_what_the_model_takes(release, base_year):
    """The base year of the views, summed by party, is what the model's region holds."""
    cells = base_year.cells
    asked = {
        (base_year.providers.ids[provider], base_year.payers.ids[payer]): 0.0
        for provider, payer in zip(cells.provider, cells.payer, strict=True)
    }
    for provider, payer, units in zip(cells.provider, cells.payer, cells.units, strict=True):
        asked[base_year.providers.ids[provider], base_year.payers.ids[payer]] += units
    rows = release.execute("SELECT provider, payer, sum(units) FROM volume_year WHERE year = 2025 GROUP BY ALL")
    assert {(provider, payer): units for provider, payer, units in rows.fetchall()} == pytest.approx(asked)
    produced = release.execute(
        "SELECT party, production_eur, sum(revenue_year.revenue_eur) "
        "FROM party_baseline JOIN revenue_year USING (year) JOIN party USING (party) "
        "WHERE year = 2025 AND provider = party AND scenario = (SELECT min(scenario) FROM scenario) "
        "AND kind = 'general_hospital' GROUP BY ALL"
    ).fetchall()
    assert len(produced) >= 3
    for _, production, revenue in produced:
        assert production == pytest.approx(revenue, rel=0.05)


def test_a_year_of_which_a_quarter_is_missing_says_so(release):
    missing = release.execute("FROM year_factor WHERE quarters < expected").pl()
    assert missing.height > 0
    one = missing.filter(dataset="volume").row(0, named=True)
    ((annualised, units),) = release.execute(
        "SELECT bool_and(annualised), sum(units) FROM volume_year WHERE provider = ? AND year = ?",
        [one["provider"], one["year"]],
    ).fetchall()
    ((delivered,),) = release.execute(
        "SELECT sum(units) FROM volume WHERE provider_id = ? AND left(period, 4) = ?",
        [one["delivered_by"], str(one["year"])],
    ).fetchall()
    assert annualised
    assert units == pytest.approx(delivered * one["expected"] / one["quarters"])


def test_capacity_of_a_year_is_what_the_model_takes(release, base_year):
    ids, resources = base_year.providers.ids, base_year.resources.ids
    rows = release.execute("SELECT provider, resource, available FROM capacity_year WHERE year = 2025").fetchall()
    assert len(rows) > 100
    for provider, resource, available in rows:
        held = base_year.capacity.available[ids.index(provider), resources.index(resource)]
        assert available is None or held == pytest.approx(available)


def test_the_contract_in_force_is_the_one_that_the_results_settle_with(release, base_year):
    odd = release.execute(
        "SELECT provider, payer, year, told.form, own.form FROM contract_impact AS told "
        "LEFT JOIN contract_in_force AS own USING (provider, payer, year) "
        "WHERE told.form IS DISTINCT FROM own.form OR (own.delivered AND told.in_term <> own.in_term)"
    ).fetchall()
    assert odd == []
    frame = contracts_in_force(base_year, last_year=2032)
    grown = frame.filter(pl.col("delivered") & pl.col("agreed_amount_eur").is_not_null())
    delivered = release.execute(
        "SELECT provider_id AS provider, payer_id AS payer, valid_from AS year, form, "
        "agreed_amount_eur::DOUBLE AS amount FROM contract WHERE valid_from = 2025 AND agreed_amount_eur IS NOT NULL"
    ).pl()
    first = grown.join(delivered, on=["provider", "payer", "year", "form"])
    assert first.height == delivered.height > 0
    assert first.select((pl.col("agreed_amount_eur") - pl.col("amount")).abs().max()).item() < CENT


def test_the_dictionary_tells_every_column_and_counts_every_row(release):
    told = release.execute('SELECT "table", "column" FROM dictionary_column').fetchall()
    there = release.execute("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal").fetchall()
    assert sorted(told) == sorted(there)
    for table, rows in release.execute('SELECT "table", rows FROM dictionary_table').fetchall():
        assert (table, release.execute(f'SELECT count(*) FROM "{table}"').fetchall()) == (table, [(rows,)])
    empty = release.execute("FROM dictionary_column WHERE columns(*) IS NULL").fetchall()
    assert empty == []
    figures = "SELECT DISTINCT additive FROM dictionary_column WHERE type = 'number'"
    assert {adds for (adds,) in release.execute(figures).fetchall()} == {"sum", "last", "never"}


def test_a_specialism_has_its_name_in_both_languages(release):
    assert release.execute("FROM specialism WHERE specialism = '0320'").fetchall() == [
        ("0320", "cardiologie", "cardiology")
    ]


def test_a_view_answers_under_another_name_too(release, demonstration):
    """Views name no database: an earlier release that is attached answers with its own rows."""
    database = releases.require_current(demonstration.published).database
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{database.resolve()}' AS earlier (READ_ONLY)")
        for name, table in tables_of("people").items():
            if table.is_view:
                counted = connection.execute(f"SELECT count(*) FROM earlier.{name}").fetchall()
                assert counted == release.execute(f"SELECT count(*) FROM {name}").fetchall()
