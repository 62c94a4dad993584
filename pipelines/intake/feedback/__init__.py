"""The report on a delivery that goes back to its supplier: what was read, what was refused and how to mend it.

One HTML page and one Excel workbook, Dutch first, then English, in the delivery's quarantine folder. What a supplier
wrote is shown as text: never run as a formula, never taken for markup. A delivery of which nothing is to be said has no
report.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from pipelines.intake.feedback.html_report import SHOWN_ROWS, page
from pipelines.intake.feedback.story import FINDINGS_FILE, REASONS_FILE, REJECTED_FILE, Story, correction_name
from pipelines.intake.feedback.workbook import SHEET_ROWS, write_workbook
from pipelines.intake.log import Record, quarantine_folder
from pipelines.workspace.durable import put_in_place, unfinished_name
from pipelines.workspace.places import Lake

__all__ = [
    "EXCEL_FILE",
    "FINDINGS_FILE",
    "HTML_FILE",
    "REASONS_FILE",
    "REJECTED_FILE",
    "SHEET_ROWS",
    "SHOWN_ROWS",
    "correction_name",
    "says_something",
    "tell_findings",
    "write_reports",
]

HTML_FILE, EXCEL_FILE = "report.html", "report.xlsx"


def write_reports(folder: Path, record: Record, *, beside_others: pl.DataFrame | None = None) -> None:
    """Writes the page and the workbook on one delivery into its quarantine folder, each in one step.

    Args:
        folder: the quarantine folder, in which the refused rows and their reasons lie.
        record: what became of the delivery.
        beside_others: what the whole region shows about it; by default what was told before.
    """
    story = Story.read(folder, record, beside_others=beside_others)
    _in_one_step(folder / HTML_FILE, lambda path: path.write_text(page(story, EXCEL_FILE), encoding="utf-8"))
    _in_one_step(folder / EXCEL_FILE, lambda path: write_workbook(path, story))


def tell_findings(lake: Lake, records: Iterable[Record], found: pl.DataFrame) -> list[Path]:
    """Renews the reports on deliveries about which the whole region shows something else than it did before.

    Args:
        lake: where the quarantine is.
        records: the deliveries that count.
        found: what is odd beside other deliveries, as `pipelines.intake.findings.FINDING_SCHEMA`.

    Returns:
        The folders of the reports that were renewed; telling the same twice renews nothing.
    """
    keys = ("supplier", "delivery", "dataset")
    parts = found.partition_by(keys, as_dict=True, maintain_order=True)
    renewed = []
    for record in records:
        about = parts.get((record.supplier, record.hash, record.dataset), found.clear())
        folder = quarantine_folder(lake, record)
        if _told(folder).equals(about) if about.height else not (folder / FINDINGS_FILE).exists():
            continue
        _renew(folder, record, about)
        renewed.append(folder)
    return renewed


def says_something(record: Record) -> bool:
    """Returns whether there is something to tell a supplier of a delivery by itself: refusals, or what looks odd."""
    return record.rule is not None or record.rejected > 0 or any(remark.odd for remark in record.remarks)


def _told(folder: Path) -> pl.DataFrame:
    """Returns what a report tells already."""
    path = folder / FINDINGS_FILE
    return pl.read_parquet(path, glob=False) if path.is_file() else pl.DataFrame()


def _renew(folder: Path, record: Record, about: pl.DataFrame) -> None:
    """Writes a report with other findings; the findings last, so that a report cut short is written again."""
    if not about.height and not says_something(record):
        shutil.rmtree(folder)
        return
    folder.mkdir(parents=True, exist_ok=True)
    write_reports(folder, record, beside_others=about)
    if about.height:
        _in_one_step(folder / FINDINGS_FILE, about.write_parquet)
    else:
        (folder / FINDINGS_FILE).unlink()


def _in_one_step(path: Path, write: Callable[[Path], object]) -> None:
    unfinished = unfinished_name(path)
    write(unfinished)
    put_in_place(unfinished, path)
