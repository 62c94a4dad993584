"""A session on a Spark cluster: opened, watched while it works, closed; every failure told with what to do.

A cluster that has no worker left would be waited for without end; so its workers are counted while it works. Through
Spark Connect they are not seen: there the server's own limits hold.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.workspace.engine import SparkEngine

Session = Any
"""`pyspark.sql.SparkSession`, or its twin of Spark Connect: there only where the extra is installed."""

PATIENCE_S = 90.0
"""So long a cluster may be without a single worker before the work is given up."""

_LOOK_S = 1.0
_REACH_S = 5.0

_QUIET = {
    "spark.app.name": "care-transfer",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
"""Of a session of our own: nothing is told beside the program's words. A server of Spark Connect has its own."""

_STRICT = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}
"""Of every session: a sum that does not fit stops the work."""


class ClusterError(Problem):
    """The cluster cannot be reached, has no worker, or could not do the work; nothing was changed."""


@contextmanager
def connected(engine: SparkEngine) -> Iterator[Session]:
    """Opens a session, watches the cluster while it works, and closes the session.

    Raises:
        ClusterError: the package or Java is missing, the cluster is not there, has no worker or fails.
    """
    _require_package()
    _require_answer(engine)
    session = _opened(engine)
    try:
        with _watched(session, engine) as lost:
            try:
                yield session
            except Exception as error:
                if not _is_sparks(error):
                    raise
                raise (_no_worker(engine) if lost.is_set() else _failed(error, engine)) from error
    finally:
        session.stop()


def _require_package() -> None:
    if find_spec("pyspark") is None or find_spec("grpc") is None:
        raise ClusterError(
            Text(
                en="engine: {kind: spark} in region.yaml, and no package pyspark here",
                nl="engine: {kind: spark} in region.yaml, en hier geen pakket pyspark",
            ),
            expected=Text(en="the extra 'spark' installed", nl="de extra 'spark' geïnstalleerd"),
            action=Text(
                en="run pip install 'care-transfer[spark]' and install a Java 17 (docs/spark.md), or leave engine out",
                nl="draai pip install 'care-transfer[spark]' en installeer Java 17 (docs/spark.md), of laat engine weg",
            ),
            source="region.yaml",
        )


def _require_answer(engine: SparkEngine) -> None:
    """Knocks at the address: Spark itself would try for a minute and then tell of something else."""
    scheme, _, rest = engine.address.partition("://")
    if scheme not in {"spark", "sc"}:
        return
    places = [place.partition("/")[0] for place in rest.split(",")]
    if not any(_answers(place, usual=15002) for place in places):
        raise ClusterError(
            Text(en=f"nobody answers at {engine.address}", nl=f"op {engine.address} antwoordt niemand"),
            expected=Text(en="a running Spark", nl="een draaiend Spark"),
            action=Text(
                en="start it or correct the address (docs/spark.md says how), or leave engine out of region.yaml",
                nl="start het of verbeter het adres (docs/spark.md zegt hoe), of laat engine weg uit region.yaml",
            ),
            source="region.yaml",
        )


def _answers(place: str, *, usual: int) -> bool:
    host, _, port = place.partition(":")
    try:
        with socket.create_connection((host, int(port or usual)), timeout=_REACH_S):
            return True
    except OSError:
        return False


def _opened(engine: SparkEngine) -> Session:
    """Opens a session of its own kind, whatever kind another region had in this process before."""
    from pyspark.errors import PySparkException  # noqa: PLC0415 - only where a region asks for a cluster

    try:
        return _through_connect(engine) if engine.connect else _through_master(engine)
    except PySparkException as error:
        if "JAVA_GATEWAY_EXITED" in str(error):
            raise _no_java() from error
        raise _failed(error, engine) from error


def _through_connect(engine: SparkEngine) -> Session:
    from pyspark.sql.connect.session import SparkSession  # noqa: PLC0415 - only where a region asks for a cluster

    return SparkSession.Builder().remote(engine.connect).config(map=_STRICT | engine.settings).create()


def _through_master(engine: SparkEngine) -> Session:
    from pyspark.sql import SparkSession  # noqa: PLC0415 - only where a region asks for a cluster

    settings = _QUIET | _STRICT | engine.settings
    return SparkSession.Builder().master(engine.master).config(map=settings).getOrCreate()


def _no_java() -> ClusterError:
    home = os.environ.get("JAVA_HOME", "")
    return ClusterError(
        Text(
            en=f"Java did not start (JAVA_HOME is {home!r})",
            nl=f"Java is niet gestart (JAVA_HOME is {home!r})",
        ),
        expected=Text(en="a Java 17 on this machine", nl="een Java 17 op deze machine"),
        action=Text(
            en="install one (Debian: openjdk-17-jre-headless), or go by connect, which needs none",
            nl="installeer er een (Debian: openjdk-17-jre-headless), of ga met connect: dat kan zonder",
        ),
        source="region.yaml",
    )


@contextmanager
def _watched(session: Session, engine: SparkEngine) -> Iterator[threading.Event]:
    """Stops the cluster's work once it has had no worker for too long; the event says that it has."""
    lost, done = threading.Event(), threading.Event()
    if engine.connect or (engine.master or "").startswith("local"):
        yield lost
        return
    watcher = threading.Thread(target=_watch, args=(session.sparkContext, lost, done), daemon=True)
    watcher.start()
    try:
        yield lost
    finally:
        done.set()
        watcher.join()


def _watch(context: Any, lost: threading.Event, done: threading.Event) -> None:  # noqa: ANN401
    alone = 0.0
    while not done.wait(_LOOK_S):
        others = context._jsc.sc().getExecutorMemoryStatus().size() - 1
        alone = 0.0 if others else alone + _LOOK_S
        if alone >= PATIENCE_S:
            lost.set()
            context.cancelAllJobs()


def _no_worker(engine: SparkEngine) -> ClusterError:
    return ClusterError(
        Text(
            en=f"{engine.address} has had no worker for {PATIENCE_S:.0f} seconds",
            nl=f"{engine.address} had {PATIENCE_S:.0f} seconden lang geen enkele worker",
        ),
        expected=Text(
            en="a worker with room for what settings ask (spark.executor.memory)",
            nl="een worker met plaats voor wat settings vragen (spark.executor.memory)",
        ),
        action=Text(
            en="start workers, or ask for less memory, and refresh again; the last release stays current",
            nl="start workers, of vraag minder geheugen, en ververs opnieuw; de laatste uitgave blijft gelden",
        ),
        source="region.yaml",
    )


def _is_sparks(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in {"pyspark", "py4j", "grpc"}


def _failed(error: Exception, engine: SparkEngine) -> ClusterError:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    told = "; ".join(dict.fromkeys([lines[0], *causes[-1:]]))
    return ClusterError(
        Text(
            en=f"{engine.address} could not count the lines: {told}",
            nl=f"{engine.address} kon de regels niet tellen: {told}",
        ),
        expected=Text(en="a cluster that does the work", nl="een cluster dat het werk doet"),
        action=Text(
            en="see what Spark says, put it right and refresh again; the last release stays current",
            nl="bekijk wat Spark zegt, herstel het en ververs opnieuw; de laatste uitgave blijft gelden",
        ),
        source="region.yaml",
    )
