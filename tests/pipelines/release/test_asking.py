"""The locked door for SQL: every kind of statement, what lies outside, and how long a question may take."""

from pathlib import Path

import duckdb
import pytest

from data_contracts.problem import Problem
from pipelines.release import releases
from pipelines.release.asking import ask
from pipelines.workspace.workspace import Workspace


@pytest.fixture(scope="module")
def release(refreshed: Workspace) -> releases.ReleaseFolder:
    return releases.require_current(refreshed.published)


READING = [
    "SELECT 1",
    "FROM volume",
    "TABLE volume",
    "VALUES (1), (2)",
    "WITH asked AS (SELECT 1 AS one) SELECT * FROM asked",
    "SHOW TABLES",
    "SHOW ALL TABLES",
    "DESCRIBE volume",
    "SUMMARIZE volume",
    "PRAGMA table_info('volume')",
    "EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT count(*) FROM volume",
    "EXPLAIN (FORMAT json) SELECT 1",
    "PIVOT volume ON specialism USING sum(units) GROUP BY provider_id",
    "PIVOT volume ON specialism IN ('0320') USING sum(units) GROUP BY provider_id",
    "SELECT comment FROM duckdb_columns() WHERE table_name = 'volume'",
]
CHANGING = [
    "INSERT INTO volume BY NAME SELECT * FROM volume",
    "UPDATE volume SET units = 0",
    "DELETE FROM volume",
    "TRUNCATE volume",
    "MERGE INTO volume USING revenue ON false WHEN MATCHED THEN DELETE",
    "CREATE TABLE mine AS SELECT 1",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE MACRO mine(x) AS x",
    "CREATE VIEW mine AS SELECT 1",
    "DROP TABLE volume",
    "ALTER TABLE volume RENAME TO other",
    "COMMENT ON TABLE volume IS 'mine'",
    "COPY (SELECT 1) TO 'out.csv'",
    "COPY volume FROM 'in.csv'",
    "EXPORT DATABASE 'out'",
    "IMPORT DATABASE 'in'",
    "COPY FROM DATABASE care_transfer TO memory",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'out.csv'",
    "EXPLAIN DELETE FROM volume",
    "SET threads = 8",
    "RESET threads",
    "SET VARIABLE mine = 1",
    "USE memory",
    "PRAGMA threads = 8",
    "LOAD httpfs",
    "INSTALL httpfs",
    "CALL pragma_version()",
    "CHECKPOINT",
    "BEGIN",
    "VACUUM",
    "PREPARE mine AS SELECT 1",
    "EXECUTE mine",
    "DETACH care_transfer",
    "ATTACH ':memory:' AS mine",
    "SELECT 1; COPY (SELECT 1) TO 'out.csv'",
]
OUTSIDE = [
    "SELECT * FROM read_text('{file}')",
    "SELECT * FROM read_csv('{file}')",
    "SELECT * FROM read_blob('{file}')",
    "SELECT * FROM glob('{file}')",
    "SELECT * FROM '{file}'",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM sniff_csv('{file}')",
]


@pytest.mark.parametrize("query", READING)
def test_what_reads_is_answered(release: releases.ReleaseFolder, query: str) -> None:
    (answer,) = ask(query, database=release.database)
    assert answer.frame.height > 0


@pytest.mark.parametrize("query", CHANGING)
def test_what_does_more_than_read_is_refused_before_anything_runs(
    release: releases.ReleaseFolder, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match=r"does more than read|no release here|Parser Error|shut off here"):
        ask(query, database=release.database)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("query", OUTSIDE)
def test_nothing_outside_the_releases_is_read(release: releases.ReleaseFolder, query: str, tmp_path: Path) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("word\nhidden\n")
    with pytest.raises(Problem, match=r"shut off here|does not exist"):
        ask(query.format(file=file), database=release.database)


def test_no_name_of_the_program_is_a_table(release: releases.ReleaseFolder) -> None:
    import polars as pl  # noqa: PLC0415

    frame = pl.DataFrame({"word": ["hidden"]})
    assert frame.height == 1
    with pytest.raises(Problem, match="frame does not exist"):
        ask("SELECT * FROM frame", database=release.database)


def test_settings_are_locked(release: releases.ReleaseFolder) -> None:
    (answer,) = ask(
        "SELECT current_setting('enable_external_access'), current_setting('lock_configuration'), "
        "current_setting('threads'), current_setting('memory_limit')",
        database=release.database,
    )
    assert answer.frame.row(0) == (False, True, 2, "3.7 GiB")


def test_a_question_has_a_limit_of_time_and_the_next_is_answered(release: releases.ReleaseFolder) -> None:
    with pytest.raises(Problem, match=r"not answered in 0\.2 seconds"):
        ask("SELECT count(*) FROM range(1000000000000)", database=release.database, seconds=0.2)
    (answer,) = ask("SELECT 1", database=release.database, seconds=0.2)
    assert answer.frame.item() == 1


def test_an_earlier_release_may_be_attached_and_nothing_else(release: releases.ReleaseFolder, tmp_path: Path) -> None:
    query = "ATTACH '{path}' AS earlier (READ_ONLY); SELECT count(*) FROM earlier.volume"
    (answer,) = ask(query.format(path=release.database), database=release.database)
    assert answer.frame.item() > 0
    (answer,) = ask(query.format(path=release.database).replace("(READ_ONLY)", ""), database=release.database)
    assert answer.frame.item() > 0
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(Problem, match="an ATTACH of what is no release here"):
        ask(query.format(path=tmp_path / "other.duckdb"), database=release.database)


def test_columns_carry_their_meaning(release: releases.ReleaseFolder) -> None:
    (answer,) = ask("SELECT provider_id, sum(units) AS total FROM volume GROUP BY ALL", database=release.database)
    assert set(answer.meanings) == {"provider_id"}


def test_columns_of_a_join_carry_their_meaning_too(release: releases.ReleaseFolder) -> None:
    query = "SELECT party, size_eur, margin_change_eur FROM impact_year JOIN party USING (party)"
    (answer,) = ask(query, database=release.database)
    assert {"size_eur", "margin_change_eur"} <= set(answer.meanings)
