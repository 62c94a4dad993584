"""A hospital that delivers lines gives the same release as one that delivers volume and revenue, and no line of it."""

import shutil
import zipfile
from itertools import product
from pathlib import Path

import polars as pl
import pytest
import spark_cluster
import yaml
from small_region import AREAS, PAYER, PERIODS, PRODUCTS, REGION, deliver, volume, write_region

from models.tables import RESULT_TABLES
from pipelines.intake import deliveries
from pipelines.orchestration.refresh import refresh
from pipelines.release import releases
from pipelines.warehouse import building as warehouse
from pipelines.warehouse import declarations
from pipelines.workspace.workspace import Workspace

HOSPITAL = "06010101"
SECRET = "geheimzinnig"
"""Begins every pseudonym, so that one of them can be looked for."""

ENDS = {"2025Q1": "2025-03-31", "2025Q2": "2025-04-01", "2025Q3": "2025-08-15", "2025Q4": "2025-12-31"}


def lines(period: str, *, units: int = 10) -> pl.DataFrame:
    """The lines behind a hospital's volume and revenue of one quarter: one unit each, every patient once."""
    rows = [
        (
            *(f"{period}-{code}-{area}-{n}", HOSPITAL, PAYER, f"{SECRET}-{area}-{n}", ENDS[period]),
            *(*PRODUCTS[code][:2], code, area, "1", f"{PRODUCTS[code][2]:.2f}".replace(".", ","), None),
        )
        for code, area, n in product(PRODUCTS, AREAS, range(units))
    ]
    columns = [
        *("declaration_id", "provider_id", "payer_id", "patient_pseudonym", "end_date", "specialism", "diagnosis"),
        *("care_product", "area", "units", "amount_eur", "corrects"),
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def changed(frame: pl.DataFrame, **given: object) -> pl.DataFrame:
    return frame.with_columns(pl.lit(value, dtype=pl.String).alias(name) for name, value in given.items())


def with_noise(frame: pl.DataFrame, period: str) -> pl.DataFrame:
    """Adds what must change nothing: a claim and its reversal, open care, a correction of nothing, a refused line."""
    one = frame.head(1)
    wrong = changed(one, declaration_id=f"{period}-wrong", units="7", amount_eur="1234,56")
    back = changed(
        wrong, declaration_id=f"{period}-back", corrects=f"{period}-wrong", units="-7", amount_eur="-1234,56"
    )
    return pl.concat(
        [
            frame,
            wrong,
            back,
            changed(one, declaration_id=f"{period}-open", end_date=None),
            changed(one, declaration_id=f"{period}-nothing", corrects="never-seen", units="-1", amount_eur="-9,99"),
            changed(one, declaration_id=f"{period}-refused", area="3011AB", patient_pseudonym=f"{SECRET}-refused"),
        ]
    )


def write(workspace: Workspace, place: str, frame: pl.DataFrame) -> None:
    path = workspace.inbox / place
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.write_csv(path, separator=";")


@pytest.fixture(scope="module")
def aggregated(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small region, its first hospital counting its own patients."""
    workspace = write_region(tmp_path_factory.mktemp("aggregated") / "kleinland")
    for period in PERIODS:
        counted = volume(HOSPITAL, period).with_columns(patients=pl.lit(10))
        deliver(workspace, f"noord/{period}/volume.csv", counted)
    refresh(workspace)
    return workspace


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same region, its first hospital delivering lines."""
    root = tmp_path_factory.mktemp("declared") / "kleinland"
    workspace = write_region(root)
    expects = REGION.replace(
        'providers: ["06010101"], datasets: [volume, revenue,', 'providers: ["06010101"], datasets: [declarations,'
    )
    (root / "region.yaml").write_text(expects)
    for period in PERIODS:
        (workspace.inbox / "noord" / period / "volume.csv").unlink()
        (workspace.inbox / "noord" / period / "revenue.csv").unlink()
        write(workspace, f"noord/{period}/declarations.csv", with_noise(lines(period), period))
    workspace = Workspace.open(root)
    refresh(workspace)
    return workspace


def table(workspace: Workspace, sql: str) -> list[tuple[object, ...]]:
    with warehouse.reading(releases.require_current(workspace.published).database) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("name", ["volume", "revenue"])
def test_the_facts_are_the_same(name: str, aggregated: Workspace, declared: Workspace) -> None:
    query = f"SELECT * EXCLUDE (delivery) FROM {name} ORDER BY ALL"
    assert table(declared, query) == table(aggregated, query) != []


@pytest.mark.parametrize("name", sorted(RESULT_TABLES))
def test_the_results_are_the_same(name: str, aggregated: Workspace, declared: Workspace) -> None:
    query = f'SELECT * FROM "{name}" ORDER BY ALL'
    assert table(declared, query) == table(aggregated, query)


def test_what_became_of_the_lines_is_told(declared: Workspace) -> None:
    query = """
    SELECT supplier, provider_id, period, lines, counted, corrections, reversed, unknown_corrections, units,
        revenue_eur::INTEGER, volume_from, revenue_from
    FROM declaration_count WHERE period IS NULL OR period = '2025Q1' ORDER BY period
    """
    # 120 lines that count, a claim and its reversal, a correction of nothing; and four that are open
    assert table(declared, query) == [
        ("noord", HOSPITAL, "2025Q1", 123, 120, 2, 1, 1, 120.0, 74000, "lines", "lines"),
        ("noord", HOSPITAL, None, 4, 0, 0, 0, 0, None, None, None, None),
    ]
    log = "SELECT DISTINCT rows, accepted, rejected FROM delivery WHERE dataset = 'declarations'"
    assert table(declared, log) == [(125, 124, 1)]
    counts = "SELECT fact, loaded, replaced, counted FROM loaded WHERE fact IN ('volume', 'revenue') ORDER BY fact"
    assert table(declared, counts) == [("revenue", 24, 0, 12), ("volume", 96, 0, 48)]


def files_of(folder: Path) -> dict[str, bytes]:
    """Returns the bytes of every file below a folder; of a workbook those of its parts, unpacked."""
    found: dict[str, bytes] = {}
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                found |= {f"{path}/{name}": archive.read(name) for name in archive.namelist()}
        elif path.is_file():
            found[str(path)] = path.read_bytes()
    return found


def test_no_pseudonym_and_no_line_is_published_or_reported(declared: Workspace) -> None:
    published, reports = files_of(declared.root / "published"), files_of(declared.lake.quarantine)
    assert any(name.endswith("report.html") or ".xlsx" in name for name in reports)
    assert [name for name, content in (published | reports).items() if SECRET.encode() in content] == []
    assert "declaration" not in [name for (name,) in table(declared, "SELECT table_name FROM duckdb_tables()")]
    with warehouse.reading(releases.require_current(declared.published).database) as connection:
        texts = connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR' "
            "AND database_name = current_database()"
        ).fetchall()
        asked = " UNION ALL ".join(f'SELECT count(*) FROM "{t}" WHERE "{c}" LIKE \'%{SECRET}%\'' for t, c in texts)
        assert set(connection.execute(asked).fetchall()) == {(0,)}


@pytest.fixture
def copy(declared: Workspace, tmp_path: Path) -> Workspace:
    shutil.copytree(declared.root, tmp_path / "kleinland", symlinks=True)
    return Workspace.open(tmp_path / "kleinland")


def counted_anew(workspace: Workspace, *queries: str) -> list[list[tuple[object, ...]]]:
    """Reads what is new and returns what the facts of the next release then say; nothing is published."""
    deliveries.ingest(workspace)
    with warehouse.writing(workspace.root / "draft.duckdb") as connection:
        loaded = list(warehouse.build_facts(connection, workspace.lake))
        merged = declarations.add_to_facts(connection, workspace.lake, workspace.region)
        warehouse.write_release_table(connection, "declaration_count", merged.counts)
        counts = warehouse.with_declarations(loaded, merged)
        warehouse.write_release_table(connection, "loaded", pl.DataFrame([vars(count) for count in counts]))
        return [connection.execute(query).fetchall() for query in queries]


UNITS = "SELECT period, sum(units) FROM volume WHERE provider_id = '06010101' GROUP BY ALL ORDER BY ALL"
LOADED = "SELECT replaced, counted FROM loaded WHERE fact = 'volume'"
ORIGIN = "SELECT DISTINCT supplier, volume_from, revenue_from FROM declaration_count WHERE counted > 0 ORDER BY ALL"


def test_of_lines_and_volume_for_one_period_the_lines_count_once_and_it_is_told(copy: Workspace) -> None:
    deliver(copy, "noord/2025Q2/volume.csv", volume(HOSPITAL, "2025Q2", units=99.0))
    units, loaded, origin = counted_anew(copy, UNITS, LOADED, ORIGIN)
    assert units == [(period, 120.0) for period in PERIODS]
    assert loaded == [(12, 48)]
    assert origin == [("noord", "lines", "lines"), ("noord", "lines_before_delivered", "lines")]


def test_volume_of_a_year_stays_where_lines_cover_a_part_of_it(copy: Workspace) -> None:
    (copy.lake.folder / "_deliveries" / "noord" / "2025Q4" / "declarations").rename(copy.root / "taken-out")
    shutil.rmtree(copy.inbox / "noord" / "2025Q4")
    deliver(copy, "noord/2025/volume.csv", volume(HOSPITAL, "2025", units=40.0))
    units, origin = counted_anew(copy, UNITS, ORIGIN)
    assert units == [("2025", 480.0)]
    assert origin == [("noord", "delivered", "lines")]


def test_a_correction_in_a_later_quarter_reaches_back(copy: Workspace) -> None:
    one = lines("2025Q4").head(1)
    first = lines("2025Q1")["declaration_id"][0]
    late = changed(one, declaration_id="late", corrects=first, units="-1", amount_eur="-400,00")
    write(copy, "noord/2025Q4/declarations.csv", pl.concat([with_noise(lines("2025Q4"), "2025Q4"), late]))
    (units,) = counted_anew(copy, UNITS)
    assert units == [("2025Q1", 119.0), ("2025Q2", 120.0), ("2025Q3", 120.0), ("2025Q4", 120.0)]


def test_a_quarter_sent_again_replaces_its_lines_and_those_of_the_same_number(copy: Workspace) -> None:
    again = pl.concat([lines("2025Q1").head(5), lines("2025Q4", units=9)])
    write(copy, "noord/2025Q4/declarations.csv", again)
    units, repeated = counted_anew(copy, UNITS, "SELECT sum(lines) FROM declaration_count WHERE period = '2025Q1'")
    assert units == [("2025Q1", 120.0), ("2025Q2", 120.0), ("2025Q3", 120.0), ("2025Q4", 108.0)]
    assert repeated == [(123,)]


def test_of_two_suppliers_with_lines_of_one_hospital_the_one_that_speaks_for_it_counts(copy: Workspace) -> None:
    write(copy, "verzekeraar/2025Q4/declarations.csv", lines("2025Q4", units=3))
    units, origin = counted_anew(copy, UNITS, ORIGIN)
    assert units == [(period, 120.0) for period in PERIODS]
    assert origin == [("noord", "lines", "lines"), ("verzekeraar", "other_supplier", "other_supplier")]


@pytest.mark.spark
def test_a_cluster_gives_the_same_release(declared: Workspace, tmp_path: Path) -> None:
    if reason := spark_cluster.why_not():
        pytest.skip(reason)
    with spark_cluster.running(tmp_path) as started:
        root = tmp_path / "kleinland"
        shutil.copytree(declared.root, root, symlinks=True)
        engine = {"engine": {"kind": "spark", "master": started.master, "settings": spark_cluster.SETTINGS}}
        (root / "region.yaml").write_text((root / "region.yaml").read_text() + yaml.safe_dump(engine))
        counted = Workspace.open(root)
        refresh(counted)
    for name in ("volume", "revenue", "declaration_count", "party_impact"):
        query = f"SELECT * FROM {name} ORDER BY ALL"
        assert table(counted, query) == table(declared, query) != []
