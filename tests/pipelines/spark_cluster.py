"""A Spark cluster for tests and benchmarks: a master and workers as processes, from the installed package."""

import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.executor.memory": "1g",
    "spark.sql.shuffle.partitions": "2",
}
"""What a session on this machine's own cluster needs; few partitions, for tests hold few lines."""

_PATIENCE_S = 180


@dataclass(frozen=True)
class Cluster:
    """A running cluster: its address, and its workers' processes."""

    master: str
    workers: tuple[subprocess.Popen[bytes], ...]


def why_not() -> str | None:
    """Returns why no cluster can be started here; None where one can."""
    if importlib.util.find_spec("pyspark") is None:
        return "pyspark is not installed in this environment: make test-spark"
    return None if shutil.which("java") else "no Java: install openjdk-17-jre-headless"


@contextmanager
def running(folder: Path, *, workers: int = 2) -> Iterator[Cluster]:
    """Starts a master and workers of one core, waits until all have reported, and stops them afterwards."""
    port, page = free_port(), free_port()
    name = "org.apache.spark.deploy.master.Master"
    master = started(folder / "master.log", name, "--host", "127.0.0.1", "--port", str(port), "--webui-port", str(page))
    address = f"spark://127.0.0.1:{port}"
    processes = [master]
    try:
        wait_for(folder / "master.log", "I have been elected leader", count=1)
        processes += [_worker(folder, address, number) for number in range(workers)]
        wait_for(folder / "master.log", "Registering worker", count=workers)
        yield Cluster(address, tuple(processes[1:]))
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _worker(folder: Path, master: str, number: int) -> subprocess.Popen[bytes]:
    options = ("--host", "127.0.0.1", "--cores", "1", "--memory", "2g", "--webui-port", str(free_port()))
    name = "org.apache.spark.deploy.worker.Worker"
    return started(
        folder / f"worker-{number}.log", name, *options, "--work-dir", str(folder / f"work-{number}"), master
    )


def started(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Starts one of Spark's own programs, its output in a log."""
    spec = importlib.util.find_spec("pyspark")
    assert spec
    assert spec.origin
    home = Path(spec.origin).parent
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_NO_DAEMONIZE": "1"}
    with log.open("wb") as output:
        return subprocess.Popen(
            [home / "bin" / "spark-class", *arguments], env=environment, stdout=output, stderr=subprocess.STDOUT
        )


def wait_for(log: Path, text: str, *, count: int) -> None:
    """Waits until a log says something so often."""
    end = time.monotonic() + _PATIENCE_S
    while log.read_text().count(text) < count:
        assert time.monotonic() < end, f"{log.name} did not say {count} times {text!r}:\n{log.read_text()[-2000:]}"
        time.sleep(0.1)


def free_port() -> int:
    """Returns a port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
