"""A small workspace to deliver files to: two hospitals, a register, and short ways to put a file in the inbox."""

import os
from pathlib import Path

import polars as pl
import xlsxwriter

from pipelines.intake import deliveries
from pipelines.intake.deliveries import Ingested
from pipelines.workspace.workspace import Workspace

REGION = """
region: proefstreek
name: {nl: Proefstreek, en: Test region}
invented: true
base_year: 2025
periods: [2025Q1, 2025Q2]
suppliers:
  - {supplier: region, datasets: [providers, payers]}
  - {supplier: noord, providers: ["06010101"], datasets: [volume, revenue]}
"""

PROVIDERS = """provider_id;name;kind
06010101;Ziekenhuis Noord;algemeen ziekenhuis
06010102;Ziekenhuis Zuid;general_hospital
"""

VOLUME = """provider_id;period;specialism;care_product;units;patients
06010101;2025Q1;0320;099999001;1.234,50;800
06010101;2025Q1;0320;099999002;12;10
"""


def make_workspace(root: Path) -> Workspace:
    root.mkdir(parents=True, exist_ok=True)
    (root / "region.yaml").write_text(REGION)
    return Workspace.open(root)


def put(workspace: Workspace, place: str, content: str | bytes, *, at: float | None = None) -> Path:
    """Puts a file at `<supplier>/<period>/<name>` in the inbox, received at a time in seconds."""
    path = workspace.inbox / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    if at is not None:
        os.utime(path, (at, at))
    return path


def with_register(root: Path) -> Workspace:
    """A workspace in which the providers have been delivered and read."""
    workspace = make_workspace(root)
    put(workspace, "region/2025/providers.csv", PROVIDERS)
    deliveries.ingest(workspace)
    return workspace


def deliver(workspace: Workspace, content: str | bytes, *, place: str = "noord/2025Q1/volume.csv") -> Ingested:
    """Puts one file in the inbox, reads it, and returns what became of it."""
    path = put(workspace, place, content)
    (outcome,) = [one for one in deliveries.ingest(workspace) if one.delivery.path == path]
    return outcome


def accepted_rows(workspace: Workspace, dataset: str = "volume") -> pl.DataFrame:
    paths = deliveries.accepted(workspace.lake, dataset)
    return pl.concat([pl.read_parquet(path, glob=False) for path in paths]) if paths else pl.DataFrame()


def workbook_of(path: Path, **sheets: list[list[object]]) -> bytes:
    """Returns the bytes of a workbook, a list of rows a sheet."""
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path.read_bytes()
