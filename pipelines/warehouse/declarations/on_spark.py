"""Lines counted on an Apache Spark cluster, with the expressions that count them on one machine.

The lines stay where they lie: the cluster reads the lake's files and writes cells beside them, in a folder that both
see. What is small comes into memory here; everything after the cells is the same as without a cluster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from data_contracts.contract import load_contract
from data_contracts.text import Text
from pipelines.warehouse.declarations.cluster import ClusterError, Session, connected
from pipelines.warehouse.declarations.lake import DATASET, Counted, LineDelivery, by_supplier, cells_of
from pipelines.warehouse.declarations.reduction import ORDER, Lines, reduce_lines
from pipelines.workspace.engine import SparkEngine


@dataclass(frozen=True)
class SharedLake:
    """The lake's folder: where this machine sees it, and where the cluster's machines do."""

    here: Path
    there: Path

    def seen(self, path: Path) -> str:
        """Returns a path in the lake as the cluster's machines name it, always a file's and never the cluster's own."""
        return f"file://{self.there / path.relative_to(self.here)}"


def count_lines(
    sources: Sequence[LineDelivery], *, periods: Sequence[str], folder: Path, engine: SparkEngine, shared: SharedLake
) -> list[Counted]:
    """Returns what lines come down to, a supplier at a time; the cluster writes the cells into a folder of the lake.

    Raises:
        ClusterError: the cluster is not there, cannot do the work, or does not see the lake that this machine sees.
    """
    with connected(engine) as session:
        return [
            _count(session, group, periods=periods, cells=folder / f"cells-{number}", shared=shared)
            for number, group in enumerate(by_supplier(sources))
        ]


def _count(
    session: Session, sources: Sequence[LineDelivery], *, periods: Sequence[str], cells: Path, shared: SharedLake
) -> Counted:
    """Returns what the lines of one supplier come down to."""
    engine = Spark(session, cells.with_name(f"{cells.name}-kept"), shared)
    parts = [_lines_of(session, source, shared) for source in sources]
    lines = nw.from_native(reduce(lambda one, other: one.unionByName(other), parts))
    found = reduce_lines(lines, periods=periods, engine=engine, several=len(sources) > 1)
    files = engine.written(cells_of(found, sources), cells)
    engine.forget()
    return Counted(files, found.totals, found.unknown, found.repeated, tuple(sources))


class Spark:
    """The engine that lines are counted on, where a region has a cluster."""

    def __init__(self, session: Session, folder: Path, shared: SharedLake) -> None:
        """Takes a session, and a folder in the lake to lay out in what is read more than once."""
        self._session = session
        self._shared = shared
        self._kept: list[Lines] = []
        self._places = (folder.with_name(f"{folder.name}-{number}") for number in count())

    def bring(self, frame: pl.DataFrame) -> Lines:
        """Returns a small frame as a table."""
        return nw.from_native(self._session.createDataFrame(frame.to_arrow()))

    def keep(self, lines: Lines) -> Lines:
        """Computes a table once and returns what came out; a worker that is lost takes its part of it along."""
        kept = nw.from_native(lines.to_native().persist())
        self._kept.append(kept)
        return kept

    def newest(self, lines: Lines, key: str, order: str) -> Lines:
        """Returns lines without those whose key another line of a higher order has; laid out in the lake."""
        highest = f"max(`{order}`) OVER (PARTITION BY `{key}`) AS highest_order"
        newest = lines.to_native().selectExpr("*", highest).filter(f"`{order}` = highest_order").drop("highest_order")
        place = self._shared.seen(next(self._places))
        newest.write.parquet(place)
        return nw.from_native(self._session.read.schema(newest.schema).parquet(place))

    def numbered(self, lines: Lines, columns: Sequence[str], name: str) -> Lines:
        """Returns lines with a hash of some columns under a name.

        Which of them are empty is hashed too: by itself Spark's hash passes over what is empty.
        """
        hashed = ", ".join(f"`{column}`, isnull(`{column}`)" for column in columns)
        return nw.from_native(lines.to_native().selectExpr("*", f"xxhash64({hashed}) AS `{name}`"))

    def written(self, lines: Lines, place: Path) -> tuple[Path, ...]:
        """Writes a table into a folder of the lake; returns its files, as this machine sees them.

        Raises:
            ClusterError: this machine does not see what the cluster wrote.
        """
        lines.to_native().write.parquet(self._shared.seen(place))
        files = tuple(sorted(place.glob("part-*.parquet")))
        if not (place / "_SUCCESS").exists() or not files:
            raise _not_shared(self._shared)
        return files

    def forget(self) -> None:
        """Lets go of what was kept on the cluster."""
        for lines in self._kept:
            lines.to_native().unpersist()
        self._kept.clear()


def _lines_of(session: Session, source: LineDelivery, shared: SharedLake) -> Any:  # noqa: ANN401 - a frame of either kind of session
    """Returns one delivery's lines."""
    columns = [f"`{column.name}`" for column in load_contract(DATASET).columns]
    return session.read.parquet(shared.seen(source.path)).selectExpr(*columns, f"{source.order} AS {ORDER}")


def _not_shared(shared: SharedLake) -> ClusterError:
    return ClusterError(
        Text(
            en=f"the cluster wrote into {shared.there}, and in {shared.here} nothing of it is seen",
            nl=f"het cluster schreef in {shared.there}, en in {shared.here} is daar niets van te zien",
        ),
        expected=Text(
            en="one folder that this machine and the cluster's share",
            nl="één map die deze machine met die van het cluster deelt",
        ),
        action=Text(
            en="correct engine.lake in region.yaml: where the cluster's machines see the workspace's folder lake",
            nl="verbeter engine.lake in region.yaml: waar de machines van het cluster de map lake van de regio zien",
        ),
        source="region.yaml",
    )
