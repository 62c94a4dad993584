"""Keeping what came of a delivery: accepted rows, refused rows with their report, and last the record.

Whatever happens halfway: a delivery without a record has not been read, and is read next time.
"""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from pipelines.intake import feedback
from pipelines.intake.feedback import REASONS_FILE, REJECTED_FILE
from pipelines.intake.inbox import Delivery
from pipelines.intake.log import Record, commit, lake_path, quarantine_folder
from pipelines.judging import Stored, Validated
from pipelines.workspace.durable import put_in_place, unfinished_name
from pipelines.workspace.places import Lake

ALL_REASONS_FILE, ALL_REJECTED_FILE = "every_reason.parquet", "every_refused_row.parquet"


def iso(moment: datetime) -> str:
    """Returns a moment as it stands in the log."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def record_of(delivery: Delivery, validated: Validated, *, fingerprint: str, received_at: str) -> Record:
    """Returns what the log will say of a delivery."""
    accepted, refusal = validated.accepted_rows, validated.refusal
    status = "refused" if not accepted else "accepted" if accepted == validated.rows else "accepted_in_part"
    return Record(
        supplier=delivery.supplier,
        period=delivery.period,
        dataset=delivery.dataset,
        file=delivery.file,
        received_at=received_at,
        hash=delivery.hash,
        format=validated.format,
        rows=validated.rows,
        accepted=accepted,
        rejected=validated.rejected,
        warnings=validated.warned_rows,
        status=status,
        grade=validated.grade,
        remarks=(*validated.notes, *validated.warnings),
        rule=refusal.rule if refusal else None,
        message=refusal.message if refusal else None,
        periods=validated.periods,
        fingerprint=fingerprint,
        part=delivery.part,
        taken=validated.taken,
    )


def keep(lake: Lake, record: Record, validated: Validated, *, standing: pl.DataFrame) -> None:
    """Writes accepted rows, then refused rows with their report, then the record that makes them count.

    Args:
        lake: where.
        record: what the log will say.
        validated: what became of the delivery.
        standing: rows of an earlier delivery that count beside it, with their own provenance.
    """
    if record.counts and validated.stored is not None:
        _move(validated.stored.accepted, lake_path(lake, record))
    elif record.counts:
        provenance = [pl.lit(record.supplier).alias("supplier"), pl.lit(record.hash).alias("delivery")]
        accepted = validated.accepted.with_columns(provenance)
        _write_parquet(pl.concat([accepted, *_like(accepted, standing)], how="diagonal"), lake_path(lake, record))
    folder = quarantine_folder(lake, record)
    if feedback.says_something(record):
        folder.mkdir(parents=True, exist_ok=True)
        _write_parquet(validated.rejections, folder / REASONS_FILE)
        _write_parquet(validated.refused_rows, folder / REJECTED_FILE)
        _keep_all_refused(validated.stored, folder)
        feedback.write_reports(folder, record)
    elif folder.exists():
        _only_beside_others(folder, record)
    commit(lake, record)


def _like(accepted: pl.DataFrame, standing: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yields rows of an earlier delivery with the columns of today's contract, if there are any."""
    if standing.height:
        names = [name for name in accepted.columns if name in standing.columns]
        yield standing.select(pl.col(name).cast(accepted.schema[name]) for name in names)


def _keep_all_refused(stored: Stored | None, folder: Path) -> None:
    """Keeps all refused rows and their reasons, where a report does not tell of all."""
    every = (stored.reasons, stored.refused_rows) if stored is not None else (None, None)
    for name, path in zip((ALL_REASONS_FILE, ALL_REJECTED_FILE), every, strict=True):
        if path is not None:
            _move(path, folder / name)
        else:
            (folder / name).unlink(missing_ok=True)


def _move(path: Path, target: Path) -> None:
    """Puts a finished file in its place in one step."""
    put_in_place(path, target)


def _only_beside_others(folder: Path, record: Record) -> None:
    """Leaves of a report what the whole region shows about a delivery that is without fault by itself."""
    if not (folder / feedback.FINDINGS_FILE).exists():
        shutil.rmtree(folder)
        return
    for name in (REASONS_FILE, REJECTED_FILE):
        (folder / name).unlink(missing_ok=True)
    feedback.write_reports(folder, record)


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    """Writes a Parquet file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = unfinished_name(path)
    frame.write_parquet(unfinished, compression="zstd")
    put_in_place(unfinished, path)
