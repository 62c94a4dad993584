"""Measures lines of declarations from file to volume and revenue, beside the same sums in bare DuckDB over that file.

The file is made first: Parquet, and semicolon CSV with decimal comma. Each measurement runs in a process of its own, so
that its peak memory is its own. `aggregate` is what anybody would write by hand: reversed lines left out, patients
counted, two tables. `ingest` is the whole way: held against the contract, written to the lake, asked about by Great
Expectations, corrections followed, counted into the tables of a release. Both must come to the same figures.

Run: python -m benchmarks.declarations [--parquet-lines 50000000] [--csv-lines 10000000] [--folder DIR]
"""

import argparse
import json
import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import duckdb

from benchmarks.measuring import apart, peak_mib, settled
from pipelines.intake import deliveries
from pipelines.intake.vetting import vet
from pipelines.warehouse import building as warehouse
from pipelines.warehouse import declarations
from pipelines.workspace.workspace import Workspace

PARQUET_LINES, CSV_LINES = 50_000_000, 10_000_000
BARE_MEMORY = "2GB"
"""The same limit as that of the program, so that both spill alike."""
PROVIDERS = 20
REGION = """
region: benchmark
name: {nl: Meting, en: Benchmark}
invented: true
base_year: 2025
periods: ["2025"]
suppliers:
  - {supplier: register, datasets: [providers]}
  - {supplier: hospitals, datasets: [declarations]}
"""


def write_lines(path: Path, *, lines: int) -> None:
    """Writes invented lines: one in fifty reverses an earlier one, one in two hundred is not closed yet.

    20 hospitals, 9 payers, 400 care products of which a few make up most, 160 areas, 12 lines a patient.
    """
    query = f"""
    SELECT 'D' || lpad(i::VARCHAR, 10, '0') AS declaration_id,
        '0601' || lpad((1 + h1 % {PROVIDERS})::VARCHAR, 4, '0') AS provider_id,
        (3301 + h2 % 9)::VARCHAR AS payer_id,
        'P' || md5((h3 % {max(lines // 12, 1)})::VARCHAR)[1:15] AS patient_pseudonym,
        DATE '2024-11-01' + (h4 % 365)::INTEGER AS start_date,
        CASE WHEN h5 % 200 > 0 THEN DATE '2024-11-01' + (h4 % 365 + h5 % 60)::INTEGER END AS end_date,
        CASE WHEN h5 % 3 = 0 THEN '21' ELSE '11' END AS care_type,
        lpad((301 + product % 24)::VARCHAR, 4, '0') AS specialism,
        (101 + product % 300)::VARCHAR AS diagnosis,
        (990000000 + product)::VARCHAR AS care_product,
        (300 + h1 % 20 * 4 + h2 // 9 % 8)::VARCHAR AS area,
        CASE WHEN i % 50 = 0 THEN -1.0 ELSE 1.0 END::DOUBLE AS units,
        (CASE WHEN i % 50 = 0 THEN -1 ELSE 1 END * (5000 + h5 % 900000) / 100)::DECIMAL(18, 2) AS amount_eur,
        CASE WHEN i % 50 = 0 THEN 'D' || lpad((i - 1 - h1 % 40)::VARCHAR, 10, '0') END AS corrects
    FROM (
        SELECT i, hash(i * 5 + 1) AS h1, hash(i * 5 + 2) AS h2, hash(i * 5 + 3) AS h3, hash(i * 5 + 4) AS h4,
            hash(i * 5) AS h5, floor(400 * power((hash(i * 7 + 3) % 1000000) / 1000000.0, 3))::BIGINT AS product
        FROM range(50, {lines + 50}) AS line(i)
    )
    """
    if path.suffix == ".csv":
        comma = ", ".join(f"replace({name}::VARCHAR, '.', ',') AS {name}" for name in ("units", "amount_eur"))
        query = f"SELECT * REPLACE ({comma}) FROM ({query})"
    form = "FORMAT csv, DELIMITER ';'" if path.suffix == ".csv" else "FORMAT parquet, COMPRESSION zstd"
    with bare(path.parent) as connection:
        connection.execute(f"COPY ({query}) TO '{path}' ({form})")


def bare(folder: Path) -> duckdb.DuckDBPyConnection:
    """Returns DuckDB as it comes, but for its memory and where it spills."""
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": BARE_MEMORY,
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": False,
    }
    return duckdb.connect(config=settings)


def aggregate(path: Path) -> dict[str, float]:
    """Returns what volume and revenue cost when they are written by hand."""
    start = time.perf_counter()
    with bare(path.parent) as connection:
        source = f"read_parquet('{path}')" if path.suffix == ".parquet" else f"({_typed_csv(path)})"
        connection.execute(
            f"CREATE TABLE taken AS SELECT DISTINCT corrects AS id FROM {source} WHERE corrects IS NOT NULL"
        )
        counting = "corrects IS NULL AND end_date IS NOT NULL AND declaration_id NOT IN (SELECT id FROM taken)"
        connection.execute(f"""
            CREATE TABLE volume AS
            SELECT provider_id, year(end_date) AS period, payer_id, specialism, diagnosis, care_product, area,
                count(DISTINCT patient_pseudonym) AS patients, sum(units) AS units
            FROM {source} WHERE {counting} GROUP BY ALL
        """)
        connection.execute(f"""
            CREATE TABLE revenue AS
            SELECT provider_id, year(end_date) AS period, payer_id, care_product, sum(units) AS units,
                sum(amount_eur) AS revenue_eur
            FROM {source} WHERE {counting} GROUP BY ALL
        """)
        return {"seconds": time.perf_counter() - start, "mib": peak_mib(), **_figures(connection)}


def _typed_csv(path: Path) -> str:
    codes = (
        "declaration_id",
        "provider_id",
        "payer_id",
        "care_type",
        "specialism",
        "diagnosis",
        "care_product",
        "area",
    )
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in codes)
    numbers = "'units': 'DOUBLE', 'amount_eur': 'DECIMAL(18, 2)'"
    return f"SELECT * FROM read_csv('{path}', delim=';', decimal_separator=',', types={{{types}, {numbers}}})"


def _figures(connection: duckdb.DuckDBPyConnection) -> dict[str, float]:
    """Returns what shows whether two ways come to the same."""
    query = """
    SELECT (SELECT count(*) FROM volume), (SELECT sum(patients) FROM volume), (SELECT sum(units) FROM volume),
        (SELECT count(*) FROM revenue), (SELECT (sum(revenue_eur) * 100)::BIGINT FROM revenue)
    """
    (row,) = connection.execute(query).fetchall()
    return dict(zip(("cells", "patients", "units", "revenue_rows", "cents"), map(float, row), strict=True))


def ingest(path: Path) -> dict[str, float]:
    """Returns what the whole way costs: from the inbox to the tables of a release, stage by stage."""
    with tempfile.TemporaryDirectory(dir=path.parent) as place:
        workspace = _workspace(Path(place), path)
        settled(workspace.inbox)
        deliveries.ingest(workspace, supplier="register")
        clock = [time.perf_counter()]
        deliveries.ingest(workspace, supplier="hospitals")
        clock.append(time.perf_counter())
        vet(workspace.lake)
        clock.append(time.perf_counter())
        with warehouse.writing(workspace.root / "draft.duckdb") as connection:
            list(warehouse.build_facts(connection, workspace.lake))
            declarations.add_to_facts(connection, workspace.lake, workspace.region)
            figures = _figures(connection)
        clock.append(time.perf_counter())
    judged, vetted, counted = (later - earlier for earlier, later in pairwise(clock))
    total = clock[-1] - clock[0]
    stages = {"reading": judged, "great_expectations": vetted, "counting": counted}
    return {"seconds": total, "mib": peak_mib(), **stages, **figures}


def _workspace(root: Path, lines: Path) -> Workspace:
    (root / "region.yaml").write_text(REGION)
    register, inbox = root / "inbox/register/2025", root / "inbox/hospitals/2025"
    register.mkdir(parents=True)
    inbox.mkdir(parents=True)
    rows = [f"0601{number:04},Hospital {number},general_hospital" for number in range(1, PROVIDERS + 1)]
    (register / "providers.csv").write_text("\n".join(["provider_id,name,kind", *rows]) + "\n")
    os.link(lines, inbox / f"declarations{lines.suffix}")
    return Workspace.open(root)


def compare(path: Path, *, lines: int) -> None:
    """Makes a file and prints what it costs both ways."""
    write_lines(path, lines=lines)
    hand = apart("benchmarks.declarations", "--measure", "aggregate", str(path))
    whole = apart("benchmarks.declarations", "--measure", "ingest", str(path))
    same = all(abs(hand[name] - whole[name]) < 0.5 for name in ("cells", "patients", "units", "revenue_rows", "cents"))
    megabytes = path.stat().st_size / 10**6
    print(f"\n{path.suffix[1:]}: {lines:,} lines, {megabytes:,.0f} MB, {hand['cells']:,.0f} cells of volume")
    print(f"{'':<22}{'seconds':>9}{'MiB':>8}")
    print(f"{'bare DuckDB':<22}{hand['seconds']:>9.1f}{hand['mib']:>8,.0f}")
    print(f"{'the whole way':<22}{whole['seconds']:>9.1f}{whole['mib']:>8,.0f}")
    for stage in ("reading", "great_expectations", "counting"):
        print(f"  {stage.replace('_', ' '):<20}{whole[stage]:>9.1f}")
    print(f"ratio {whole['seconds'] / hand['seconds']:.2f}; the same figures: {'yes' if same else 'NO'}")
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)


def main() -> None:
    """Measures both kinds of file, or, asked for by itself, one of the two ways."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parquet-lines", type=int, default=PARQUET_LINES)
    parser.add_argument("--csv-lines", type=int, default=CSV_LINES)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "FILE"))
    given = parser.parse_args()
    if given.measure:
        way, path = given.measure
        sys.stdout.write(json.dumps({"aggregate": aggregate, "ingest": ingest}[way](Path(path))) + "\n")
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        for name, lines in {"lines.parquet": given.parquet_lines, "lines.csv": given.csv_lines}.items():
            if lines:
                compare(Path(folder) / name, lines=lines)
                (Path(folder) / name).unlink()


if __name__ == "__main__":
    main()
