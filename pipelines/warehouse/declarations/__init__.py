"""Declarations: lines of claims, reduced to the volume and the revenue that other suppliers deliver themselves.

`reduction` says what a line counts for, in expressions that any engine can run; `on_duckdb` runs them on this machine
over the accepted lines of the `lake`, `on_spark` on a `cluster`; `counting` puts what comes out beside what was
delivered as volume and revenue. Lines are never published.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb

from pipelines.warehouse.declarations import on_duckdb, on_spark
from pipelines.warehouse.declarations.counting import COUNT_SCHEMA, FACTS, Merged, merge, nothing
from pipelines.warehouse.declarations.lake import DATASET, Counted, LineDelivery, lake_sources
from pipelines.workspace.headway import tell
from pipelines.workspace.places import Lake
from pipelines.workspace.workspace import RegionConfig

__all__ = ["COUNT_SCHEMA", "DATASET", "FACTS", "Merged", "add_to_facts", "nothing"]

_SPILL = ".reading-lines-"
"""A folder in the lake for what does not fit in memory; one that a killed run leaves is removed as other leftovers."""


def add_to_facts(connection: duckdb.DuckDBPyConnection, lake: Lake, region: RegionConfig) -> Merged:
    """Counts all accepted lines into the tables `volume` and `revenue` of an open draft; returns what changed there."""
    sources = lake_sources(lake)
    if not sources:
        return nothing()
    tell("Building the warehouse", "counting declarations")
    speaks_for = {supplier.supplier: frozenset(supplier.providers) for supplier in region.suppliers}
    with tempfile.TemporaryDirectory(prefix=_SPILL, dir=lake.folder) as folder:
        counted = _count(sources, lake=lake, region=region, folder=Path(folder))
        return merge(connection, counted, speaks_for=speaks_for)


def _count(sources: Sequence[LineDelivery], *, lake: Lake, region: RegionConfig, folder: Path) -> Sequence[Counted]:
    """Returns what lines come down to, on the engine of the region."""
    if region.engine is None:
        return on_duckdb.count_lines(sources, periods=region.periods, folder=folder)
    shared = on_spark.SharedLake(lake.folder, Path(region.engine.lake or lake.folder))
    return on_spark.count_lines(sources, periods=region.periods, folder=folder, engine=region.engine, shared=shared)
