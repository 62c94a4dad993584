"""Where the publishers' files are that the tests marked `real` read. They are never copied into the project."""

import os
from pathlib import Path

import pytest

VARIABLE = "CARE_TRANSFER_REAL_DATA"
PROJECT = Path(__file__).resolve().parents[1]


def real_folder(source: str) -> Path:
    """Returns the folder of a publisher's files; skips the test, with the reason, where it is not."""
    root = Path(os.environ.get(VARIABLE) or PROJECT.parent / "shared" / "data" / "real")
    folder = root / source
    if not folder.is_dir():
        pytest.skip(f"no {source} in {root}: put the publisher's files there, or name another folder in {VARIABLE}")
    return folder
