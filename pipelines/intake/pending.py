"""Which deliveries are still to be read: new or changed files, and all of them when what they are held against changed.

It only decides what is looked at; whether a file is then read again, its delivery decides for itself.
"""

import hashlib
import json
from pathlib import Path

import polars as pl

from data_contracts.contract import load_contracts
from pipelines.intake import deliveries
from pipelines.intake.choice import READER_VERSION
from pipelines.intake.inbox import Delivery
from pipelines.intake.log import DAMAGED_FINGERPRINT
from pipelines.intake.one_file import CHANGED
from pipelines.reading.sources import known_mappings
from pipelines.workspace.durable import write_text
from pipelines.workspace.workspace import Workspace

STATE_FILE = "read.json"
_SEPARATOR = "\n"


def pending(workspace: Workspace) -> list[Delivery]:
    """Returns the deliveries in the inbox that are to be looked at."""
    found = deliveries.discover(workspace)
    if held_against(workspace) != _last_held_against(workspace):
        return found
    log = deliveries.records(workspace.lake)
    present = {delivery.hash for delivery in found}
    returned = pl.col("superseded_by").is_not_null() & ~pl.col("superseded_by").is_in(list(present))
    settled = log.filter(
        ~returned, pl.col("status") != "withdrawn", ~pl.col("fingerprint").is_in([CHANGED, DAMAGED_FINGERPRINT])
    )
    read = set(settled.select("supplier", "period", "dataset", "hash").iter_rows())
    return [d for d in found if (d.supplier, d.period, d.dataset, d.hash) not in read]


def all_read(workspace: Workspace) -> None:
    """Notes that everything was read against the contracts and the register as they are now."""
    write_text(_state(workspace), json.dumps({"held_against": held_against(workspace)}))


def held_against(workspace: Workspace) -> str:
    """Returns a fingerprint of what every delivery is held against: reader, source mappings, contracts, register."""
    contracts = [contract.fingerprint for contract in load_contracts().values()]
    layouts = known_mappings(workspace.root).fingerprints
    parts = [READER_VERSION, *layouts, *contracts, deliveries.read_register(workspace.lake).fingerprint]
    return hashlib.sha256(_SEPARATOR.join(parts).encode()).hexdigest()


def _last_held_against(workspace: Workspace) -> str | None:
    """Returns what was noted last; None if nothing was, or what was cannot be read: then everything is looked at."""
    try:
        return str(json.loads(_state(workspace).read_text(encoding="utf-8"))["held_against"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _state(workspace: Workspace) -> Path:
    return workspace.state / STATE_FILE
