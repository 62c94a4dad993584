"""The sensor on the inbox: asks for the periods in which files came, changed or went."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg

from data_contracts.text import Text
from pipelines.intake import deliveries
from pipelines.intake.inbox import is_left_behind
from pipelines.orchestration.assets import ingest
from pipelines.orchestration.jobs import INGEST_JOB
from pipelines.workspace.workspace import Workspace

INTERVAL_SECONDS = 30


@dataclass(frozen=True)
class Folder:
    """One folder of a supplier and period in the inbox, as it stands."""

    supplier: str
    period: str
    fingerprint: str
    path: Path


def inbox_folders(workspace: Workspace) -> Iterator[Folder]:
    """Yields the folders of the inbox with a fingerprint of the names, sizes and times of their files."""
    for path in sorted(workspace.inbox.glob("*/*")):
        if path.is_dir():
            found = sorted(file for file in path.iterdir() if file.is_file() and not is_left_behind(file.name))
            files = [(file.name, file.stat()) for file in found]
            facts = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in files]
            digest = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
            yield Folder(path.parent.name, path.name, digest, path)


def inbox_sensor(workspace: Workspace, *, remark: Text | None = None) -> dg.SensorDefinition:
    """Returns the sensor: its cursor holds the fingerprint of every folder that was asked for."""

    @dg.sensor(
        name="inbox",
        job_name=INGEST_JOB,
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks to read the periods in which a supplier's files came or changed.",
    )
    def inbox(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen: dict[str, str] = json.loads(context.cursor) if context.cursor else {}
        coming = deliveries.arriving(workspace)
        settled = [folder for folder in inbox_folders(workspace) if folder.path not in coming.folders]
        changed = [folder for folder in settled if seen.get(_name(folder)) != folder.fingerprint]
        if not changed:
            still = coming.said(workspace.inbox).en if coming.files else "nothing new in the inbox"
            return dg.SkipReason("; ".join([still, *([remark.en] if remark else [])]))
        cursor = seen | {_name(folder): folder.fingerprint for folder in changed}
        return dg.SensorResult(
            run_requests=list(run_requests(workspace, changed)), cursor=json.dumps(cursor, sort_keys=True)
        )

    return inbox


def run_requests(workspace: Workspace, changed: list[Folder]) -> Iterator[dg.RunRequest]:
    """Yields one run per period that changed, of the suppliers that did; reference data in a run of its own, first."""
    fingerprint = hashlib.sha256("".join(folder.fingerprint for folder in changed).encode()).hexdigest()
    for period, keys in ingest.requests(workspace, {(folder.supplier, folder.period) for folder in changed}):
        yield dg.RunRequest(
            run_key=f"{period or 'reference'}-{fingerprint}", partition_key=period, asset_selection=keys
        )


def _name(folder: Folder) -> str:
    return f"{folder.supplier}/{folder.period}"
