"""The warehouse: every accepted row once, the newest where a key came twice, and every column explained."""

from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from dashboards.data import facts_for_model
from data_contracts.contract import load_contract, published_contracts
from data_contracts.release import tables_of
from models.impact import evaluate
from models.region import Region
from models.scenario import parse_scenario
from models.tables import RESULT_TABLES
from pipelines.intake import deliveries
from pipelines.judging.from_contract.storage import polars_schema
from pipelines.release import releases
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace


@pytest.fixture(scope="module")
def database(refreshed: Workspace) -> Path:
    return releases.require_current(refreshed.published).database


def query(database: Path, sql: str) -> list[tuple[object, ...]]:
    with warehouse.reading(database) as connection:
        return connection.execute(sql).fetchall()


def test_every_dataset_result_and_log_has_a_table(database: Path) -> None:
    facts = {contract.table for contract in published_contracts()}
    names = {name for (name,) in query(database, "SELECT table_name FROM duckdb_tables()")}
    people = {table.name for table in tables_of("people").values() if not table.is_view}
    assert names == facts | set(RESULT_TABLES) | set(tables_of("origin")) | people


def test_every_table_and_column_explains_itself(database: Path) -> None:
    bare = query(
        database,
        """
        SELECT table_name, '' FROM duckdb_tables() WHERE coalesce(comment, '') = ''
        UNION ALL
        SELECT table_name, column_name FROM duckdb_columns()
        WHERE coalesce(comment, '') = '' AND database_name = current_database()
        """,
    )
    assert bare == []


def test_a_fact_is_explained_in_both_languages(database: Path) -> None:
    ((comment,),) = query(
        database, "SELECT comment FROM duckdb_columns() WHERE table_name = 'volume' AND column_name = 'units'"
    )
    english, dutch = str(comment).split("\n")
    assert english != dutch


def test_older_clients_can_open_the_file(database: Path) -> None:
    ((tags,),) = query(database, "SELECT tags FROM duckdb_databases() WHERE database_name = current_database()")
    assert tags["storage_version"].startswith("v1.2.0")  # type: ignore[index]


def test_small_tables_take_small_blocks(database: Path) -> None:
    assert query(database, "SELECT block_size FROM pragma_database_size()") == [(65_536,)]


def test_many_rows_take_usual_blocks_and_a_file_keeps_its_own(tmp_path: Path) -> None:
    draft = tmp_path / "draft.duckdb"
    for rows in (warehouse.LARGE_ROWS, 0):
        with warehouse.writing(draft, rows=rows) as connection:
            warehouse.create_results(connection)
    assert query(draft, "SELECT block_size FROM pragma_database_size()") == [(262_144,)]


def test_what_a_writing_that_fails_halfway_wrote_does_not_count(tmp_path: Path) -> None:
    draft = tmp_path / "draft.duckdb"

    def halfway() -> None:
        with warehouse.writing(draft) as connection:
            warehouse.create_results(connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        halfway()
    with warehouse.writing(draft) as connection:
        assert warehouse.row_counts(connection) == {}


def test_the_rows_accepted_are_the_rows_loaded(refreshed: Workspace, database: Path) -> None:
    log = deliveries.records(refreshed.lake)
    for dataset, accepted, replaced, loaded in query(
        database, "SELECT dataset, accepted, replaced, loaded FROM loaded"
    ):
        assert accepted == log.filter(pl.col("dataset") == dataset)["accepted"].sum()
        assert loaded == accepted - replaced  # type: ignore[operator]
    assert query(database, "SELECT count(*), sum(units) FROM volume") == [(144, 1440.0)]


def test_codes_keep_their_zeros_and_money_stays_exact(database: Path) -> None:
    assert query(database, "SELECT DISTINCT specialism FROM volume ORDER BY 1") == [("0301",), ("0320",)]
    types = dict(query(database, "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'revenue'"))
    assert types["revenue_eur"] == "DECIMAL(18,2)"


def test_a_row_says_which_delivery_it_came_with(database: Path) -> None:
    unknown = query(database, "SELECT * FROM volume WHERE delivery NOT IN (SELECT hash FROM delivery)")
    assert unknown == []


def test_the_release_says_what_it_is(refreshed: Workspace, database: Path) -> None:
    release = releases.require_current(refreshed.published)
    found = query(database, "SELECT id, region, name_nl, invented, base_year, fingerprint FROM release")
    assert found == [(release.id, "kleinland", "Kleinland (verzonnen)", True, 2025, release.manifest.fingerprint)]


def test_the_models_input_can_be_rebuilt_from_a_release_alone(refreshed: Workspace, database: Path) -> None:
    with warehouse.reading(database) as connection:
        tables = facts_for_model(connection)
        published = connection.execute("SELECT * FROM party_impact ORDER BY ALL").pl()
    (path,) = refreshed.scenario_files()
    region = Region.from_tables(tables, base_year=2025)
    again = evaluate(region, parse_scenario(path.read_text(), source=path.name)).table("party_impact")
    with duckdb.connect() as connection:
        assert published.equals(connection.register("again", again).execute("SELECT * FROM again ORDER BY ALL").pl())


# ---- which row counts where a key came twice ----


def lake_file(folder: Path, place: str, frame: pl.DataFrame) -> Path:
    """Writes accepted rows of providers as they lie in the lake: <supplier>/<period>/<hash>.parquet."""
    path = folder / "providers" / f"{place}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    schema = polars_schema(load_contract("providers"))
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    supplier, _, digest = place.split("/")
    frame.with_columns(*missing, supplier=pl.lit(supplier), delivery=pl.lit(digest)).write_parquet(path)
    return path


def loaded_names(
    tmp_path: Path, files: dict[str, tuple[datetime, dict[str, str]]]
) -> tuple[dict[str, str], warehouse.Loaded]:
    """Loads files given as place: (received, {provider: name}); returns the name of each provider, and the counts."""
    contract = load_contract("providers")
    paths, log = [], []
    for place, (received, names) in files.items():
        frame = pl.DataFrame({"provider_id": list(names), "name": list(names.values()), "kind": "other"})
        paths.append(lake_file(tmp_path, place, frame))
        supplier, period, digest = place.split("/")
        log.append((supplier, period, "providers", digest, received))
    columns = ["supplier", "period", "dataset", "hash", "received_at"]
    received_at = pl.DataFrame(log, schema=columns, orient="row")
    with warehouse.writing(tmp_path / "draft.duckdb") as connection:
        listed = warehouse.accepted_files(paths, contract=contract, received=received_at)
        counts = warehouse.build_fact(connection, contract, files=listed)
        return dict(connection.execute("SELECT provider_id, name FROM provider").fetchall()), counts


EARLY, LATE = datetime(2025, 4, 1), datetime(2025, 7, 1)  # noqa: DTZ001 - the log keeps UTC without a zone


def test_reference_data_of_a_later_period_replaces_key_by_key(tmp_path: Path) -> None:
    names, counts = loaded_names(
        tmp_path,
        {
            "bureau/2025Q1/aaaaaaaaaaaa": (LATE, {"1": "old", "2": "stays"}),
            "bureau/2025Q2/bbbbbbbbbbbb": (EARLY, {"1": "new"}),
        },
    )
    assert names == {"1": "new", "2": "stays"}
    assert (counts.accepted, counts.replaced, counts.loaded) == (3, 1, 2)


def test_within_a_period_the_latest_received_counts(tmp_path: Path) -> None:
    names, _ = loaded_names(
        tmp_path,
        {"bureau/2025Q1/aaaaaaaaaaaa": (LATE, {"1": "late"}), "noord/2025Q1/bbbbbbbbbbbb": (EARLY, {"1": "early"})},
    )
    assert names == {"1": "late"}


def test_a_year_is_as_late_as_its_last_quarter(tmp_path: Path) -> None:
    names, _ = loaded_names(
        tmp_path,
        {
            "bureau/2025Q3/aaaaaaaaaaaa": (LATE, {"1": "third quarter"}),
            "bureau/2025/bbbbbbbbbbbb": (EARLY, {"1": "the year"}),
            "bureau/2024/cccccccccccc": (LATE, {"1": "the year before"}),
        },
    )
    assert names == {"1": "the year"}


def test_the_same_bytes_from_two_suppliers_are_two_deliveries(tmp_path: Path) -> None:
    names, counts = loaded_names(
        tmp_path,
        {"bureau/2025/aaaaaaaaaaaa": (EARLY, {"1": "same"}), "noord/2025/aaaaaaaaaaaa": (LATE, {"1": "same"})},
    )
    assert names == {"1": "same"}
    assert (counts.accepted, counts.replaced) == (2, 1)


def test_a_dataset_that_nobody_delivered_is_an_empty_table(tmp_path: Path) -> None:
    contract = load_contract("waiting_list")
    files = warehouse.accepted_files([], contract=contract, received=deliveries_log())
    with warehouse.writing(tmp_path / "draft.duckdb") as connection:
        assert warehouse.build_fact(connection, contract, files=files).loaded == 0
        assert connection.execute("SELECT count(*) FROM waiting_list").fetchall() == [(0,)]


def deliveries_log() -> pl.DataFrame:
    return pl.DataFrame(schema=deliveries.RECORD_SCHEMA)
