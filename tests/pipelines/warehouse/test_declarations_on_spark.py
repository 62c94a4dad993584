"""A region that has its lines counted on a Spark cluster: the same release, and every failure told."""

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
import spark_cluster
from spark_cluster import Cluster

from data_contracts.contract import load_contract
from pipelines.judging.from_contract.storage import polars_schema
from pipelines.warehouse.declarations import cluster, on_duckdb
from pipelines.warehouse.declarations.cluster import ClusterError
from pipelines.warehouse.declarations.lake import DATASET, Counted, LineDelivery
from pipelines.warehouse.declarations.on_spark import SharedLake, count_lines
from pipelines.workspace.engine import SparkEngine

PERIODS = ["2024", "2025Q1", "2025Q2", "2025Q3", "2025Q4"]
needs_spark = pytest.mark.skipif(spark_cluster.why_not() is not None, reason=spark_cluster.why_not() or "")


def lines(rows: int, *, order: int) -> pl.DataFrame:
    """Lines of a supplier with everything in them that may be: gaps, corrections, open care, lines sent again."""
    number = pl.int_range(rows)
    text = pl.col("n").cast(pl.String)
    made = pl.select(n=number + order * rows // 2).select(
        declaration_id=pl.lit("line-") + text,
        provider_id=pl.lit("0601010") + (pl.col("n") % 3).cast(pl.String),
        payer_id=pl.when(pl.col("n") % 7 > 0).then(pl.lit("3311")),
        patient_pseudonym=pl.when(pl.col("n") % 4001 > 0).then(pl.lit("p") + (pl.col("n") % 997).cast(pl.String)),
        end_date=pl.when(pl.col("n") % 11 > 0).then(pl.date(2024, 1, 1) + pl.duration(days=pl.col("n") % 731)),
        specialism=pl.lit("0320"),
        diagnosis=pl.lit("40") + (pl.col("n") % 5).cast(pl.String),
        care_product=pl.lit("09999900") + (pl.col("n") % 9).cast(pl.String),
        area=pl.when(pl.col("n") % 13 > 0).then(pl.lit("301") + (pl.col("n") % 4).cast(pl.String)),
        units=(pl.col("n") % 8 + 1) / 8,
        amount_eur=pl.when(pl.col("n") % 5003 > 0)
        .then(pl.col("n") * (order + 1) % 100_000 / 100)
        .cast(pl.Decimal(18, 2)),
        corrects=pl.when(pl.col("n") % 17 == 0).then(pl.lit("line-") + (pl.col("n") - 1).cast(pl.String)),
    )
    schema = polars_schema(load_contract(DATASET))
    return made.with_columns(pl.lit(None).alias(name) for name in schema if name not in made.columns).select(
        pl.col(name).cast(dtype) for name, dtype in schema.items()
    )


@pytest.fixture
def deliveries(tmp_path: Path) -> list[LineDelivery]:
    """Two suppliers: one sent its lines in two deliveries that overlap, the other once, all of it still open."""
    found = [("noord", 0), ("noord", 1), ("zuid", 2)]
    sources = []
    for supplier, order in found:
        path = tmp_path / "lake" / "declarations" / supplier / "2025" / f"{order}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame = lines(20_000, order=order)
        frame = frame if supplier == "noord" else frame.with_columns(end_date=pl.lit(None, dtype=pl.Date))
        frame.write_parquet(path)
        sources.append(LineDelivery(supplier, "2025", f"hash-{order}", path, order))
    return sources


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with spark_cluster.running(tmp_path_factory.mktemp("cluster")) as started:
        yield started


def told(counted: list[Counted]) -> list[tuple[object, ...]]:
    """Returns everything that lines come down to, in a fixed order."""
    found = []
    for one in counted:
        cells = pl.concat([pl.read_parquet(file) for file in one.cells])
        sums = cells.with_columns(pl.col("revenue_eur").cast(pl.Decimal(18, 2))).drop("cell_number", strict=False)
        ordered = sums.select(sorted(sums.columns)).cast(dict.fromkeys(["lines", "delivery_order"], pl.Int64))
        key = ["provider_id", "period", "payer_id", "specialism", "diagnosis", "care_product", "area"]
        totals = one.totals.sort("provider_id", "period_code").rows()
        found.append((ordered.sort(key).rows(), totals, sorted(one.unknown.rows()), one.repeated, one.supplier))
    return found


def on_cluster(sources: list[LineDelivery], folder: Path, engine: SparkEngine) -> list[Counted]:
    shared = SharedLake(folder.parent, folder.parent)
    return count_lines(sources, periods=PERIODS, folder=folder, engine=engine, shared=shared)


def here(sources: list[LineDelivery], folder: Path) -> list[Counted]:
    return on_duckdb.count_lines(sources, periods=PERIODS, folder=folder)


def folder_of(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / "lake" / name
    folder.mkdir(parents=True)
    return folder


@needs_spark
@pytest.mark.spark
def test_a_cluster_counts_what_this_machine_counts(
    deliveries: list[LineDelivery], tmp_path: Path, running: Cluster
) -> None:
    engine = SparkEngine(kind="spark", master=running.master, settings=spark_cluster.SETTINGS)
    expected = told(here(deliveries, folder_of(tmp_path, "here")))
    assert told(on_cluster(deliveries, folder_of(tmp_path, "there"), engine)) == expected
    cells, _, unknown, repeated, _ = expected[0]
    assert (len(cells) > 500, repeated, bool(unknown)) == (True, 10_000, True)
    assert expected[1][0] == []


@needs_spark
@pytest.mark.spark
def test_a_server_of_connect_counts_the_same(deliveries: list[LineDelivery], tmp_path: Path, running: Cluster) -> None:
    port = spark_cluster.free_port()
    settings = {**spark_cluster.SETTINGS, "spark.connect.grpc.binding.port": str(port), "spark.ui.enabled": "false"}
    options = [part for name, value in settings.items() for part in ("--conf", f"{name}={value}")]
    server = spark_cluster.started(
        tmp_path / "connect.log",
        *("org.apache.spark.deploy.SparkSubmit", "--master", running.master, *options),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"),
    )
    try:
        spark_cluster.wait_for(tmp_path / "connect.log", "Spark Connect server started", count=1)
        engine = SparkEngine(kind="spark", connect=f"sc://127.0.0.1:{port}")
        expected = told(here(deliveries, folder_of(tmp_path, "here")))
        assert told(on_cluster(deliveries, folder_of(tmp_path, "there"), engine)) == expected
    finally:
        server.kill()
        server.wait()


@needs_spark
@pytest.mark.spark
def test_a_worker_that_is_killed_changes_no_figure(deliveries: list[LineDelivery], tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "there")
    with spark_cluster.running(tmp_path) as started:
        engine = SparkEngine(kind="spark", master=started.master, settings=spark_cluster.SETTINGS)
        kill = threading.Thread(target=_kill_when, args=(folder, started))
        kill.start()
        found = told(on_cluster(deliveries, folder, engine))
        kill.join()
        assert started.workers[0].poll() is not None
    assert found == told(here(deliveries, folder_of(tmp_path, "here")))


def _kill_when(folder: Path, started: Cluster) -> None:
    """Kills a worker with its executors as soon as the cluster has begun to write what it found newest."""
    end = time.monotonic() + 60
    while not list(folder.glob("*/_temporary")) and time.monotonic() < end:
        time.sleep(0.02)
    work = str(folder.parent.parent / "work-0")
    started.workers[0].kill()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str((process / "cwd").readlink()).startswith(work):
                os.kill(int(process.name), signal.SIGKILL)


@needs_spark
@pytest.mark.spark
def test_a_cluster_without_a_worker_is_given_up(
    deliveries: list[LineDelivery], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE_S", 4.0)
    with spark_cluster.running(tmp_path, workers=0) as started:
        engine = SparkEngine(kind="spark", master=started.master, settings=spark_cluster.SETTINGS)
        with pytest.raises(ClusterError, match="has had no worker for 4 seconds"):
            on_cluster(deliveries, folder_of(tmp_path, "there"), engine)


@needs_spark
@pytest.mark.spark
def test_a_lake_that_the_cluster_does_not_see_is_told(
    deliveries: list[LineDelivery], tmp_path: Path, running: Cluster
) -> None:
    engine = SparkEngine(kind="spark", master=running.master, settings=spark_cluster.SETTINGS)
    folder = folder_of(tmp_path, "there")
    elsewhere = SharedLake(folder.parent, tmp_path / "elsewhere")
    with pytest.raises(ClusterError, match=r"could not count the lines.*elsewhere"):
        count_lines(deliveries, periods=PERIODS, folder=folder, engine=engine, shared=elsewhere)
    copied = tmp_path / "copied"
    shutil.copytree(folder.parent, copied)
    with pytest.raises(ClusterError, match="nothing of it is seen"):
        count_lines(deliveries, periods=PERIODS, folder=folder, engine=engine, shared=replace(elsewhere, there=copied))


def test_an_address_at_which_nobody_answers_is_told(tmp_path: Path) -> None:
    address = f"spark://127.0.0.1:{spark_cluster.free_port()}"
    if spark_cluster.why_not():
        pytest.skip(spark_cluster.why_not() or "")
    with pytest.raises(ClusterError, match=f"nobody answers at {address}"):
        on_cluster([], folder_of(tmp_path, "there"), SparkEngine(kind="spark", master=address))


def test_without_the_package_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    with pytest.raises(ClusterError, match=r"no package pyspark.*\n.*\n.*care-transfer\[spark\]"):
        on_cluster([], folder_of(tmp_path, "there"), SparkEngine(kind="spark", master="spark://127.0.0.1:7077"))
    assert "pyspark" not in sys.modules or spark_cluster.why_not() is None
