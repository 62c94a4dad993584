"""What a release is made of, and one fingerprint over it: same inputs, no new release."""

import hashlib
import json
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import dashboards
import data_contracts
import models
import pipelines
from data_contracts.contract import load_contracts
from pipelines.intake import deliveries
from pipelines.release.positions import position_files
from pipelines.release.sign_offs import sign_off_files
from pipelines.warehouse.outlines import outlines_file
from pipelines.workspace.workspace import Workspace

PACKAGES = (
    "care-transfer",
    "dagster",
    "duckdb",
    "great-expectations",
    "numpy",
    "plotly",
    "polars",
    "pydantic",
    "scipy",
)
_PROGRAM_FILES = ("*.py", "*.yaml", "*.toml", "*.css", "*.js", "*.html")


def fingerprint(workspace: Workspace) -> str:
    """Returns the SHA-256 of all that a release is made of: settings, deliveries, sign-offs, scenarios, ..."""
    parts = {
        "region": workspace.region_fingerprint,
        "deliveries": delivery_fingerprints(workspace),
        "scenarios": {file.name: file_hash(file) for file in workspace.scenario_files()},
        "outlines": [file_hash(file) for file in [outlines_file(workspace.root)] if file is not None],
        "sign_offs": [file_hash(file) for file in sign_off_files(workspace)],
        "positions": [file_hash(file) for file in position_files(workspace)],
        "contracts": contract_fingerprints(),
        "program": program_fingerprint(),
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def delivery_fingerprints(workspace: Workspace) -> list[list[str | None]]:
    """Returns every delivery that was read, by supplier, period, dataset, file, hash and status, in that order."""
    columns = ["supplier", "period", "dataset", "file", "hash", "status", "fingerprint"]
    log = deliveries.records(workspace.lake).select(columns).sort(columns)
    return [list(row) for row in log.iter_rows()]


def contract_fingerprints() -> dict[str, str]:
    """Returns the SHA-256 of every contract, by dataset."""
    return {contract.dataset: contract.fingerprint for contract in load_contracts().values()}


@cache
def versions() -> dict[str, str]:
    """Returns the versions of Python, of this program and of what it computes with."""
    found = {"python": ".".join(str(part) for part in sys.version_info[:3])}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "unknown"
    return found


@cache
def program_fingerprint() -> str:
    """Returns the SHA-256 of the program's own files: a corrected program makes a new release of the same inputs."""
    digest = hashlib.sha256()
    for path in sorted(_program_files()):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _program_files() -> Iterator[Path]:
    for package in (data_contracts, models, dashboards, pipelines):
        folder = Path(str(package.__file__)).parent
        for pattern in _PROGRAM_FILES:
            yield from folder.rglob(pattern)


def file_hash(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
