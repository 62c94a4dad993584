"""Two thousand broken files, the same every time: none stops the program, loses a row or is refused without a word."""

import faulthandler
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.breaks import TABLE_BREAKS, TableBreak
from fuzz.judging import faults, new_region, worst_first
from fuzz.making import broken_file, broken_files
from fuzz.tables import Grid

SEED = 2026
FILES = 2_000
BATCH = 80
HUNG_SECONDS = 300
"""No batch takes a tenth of it: one that does hangs, and the test run is ended with a trace of where."""


@pytest.fixture
def watched() -> Iterator[None]:
    """Ends the process if a batch hangs: what waits within a library cannot be stopped otherwise."""
    faulthandler.dump_traceback_later(HUNG_SECONDS, exit=True, file=sys.__stderr__)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize("first", range(0, FILES, BATCH))
def test_broken_files_cost_only_themselves(tmp_path: Path, capfd: pytest.CaptureFixture[str], first: int) -> None:
    files = list(broken_files(SEED, range(first, first + BATCH)))
    found = faults(new_region(tmp_path / "region"), files)
    assert not found, f"{worst_first(found)}\n\nPYTHONPATH=tests python -m fuzz --only SEED:NUMBER shows one of them."
    said = capfd.readouterr()
    assert "panicked" not in said.err, said.err[-3000:]
    assert "Traceback" not in said.err + said.out, said.err[-3000:]


def test_a_seed_always_gives_the_same_files() -> None:
    assert broken_file(SEED, 7) == broken_file(SEED, 7)
    assert broken_file(SEED, 7) != broken_file(SEED + 1, 7)


def test_the_files_are_of_every_kind() -> None:
    """The search would be worth little if most files were broken beyond reading, or all of one dataset."""
    files = list(broken_files(SEED, range(400)))
    assert len({broken.dataset for broken in files}) > 15
    assert len({mark for broken in files for mark in broken.marks}) > 45
    assert sum(broken.rows is not None for broken in files) > 90
    assert sum(not broken.marks for broken in files) > 15


@pytest.mark.parametrize("change", TABLE_BREAKS, ids=lambda change: str(change.__name__))
def test_every_break_ends_well_on_a_table_without_columns_or_rows(change: TableBreak) -> None:
    """A break may follow any other, also one that leaves nothing."""
    bare = (
        Grid((), None, 0),
        Grid(((),), 0, 0),
        Grid(((), ()), 0, 1),
        Grid(((), (None,)), 0, 1),
        Grid((("a",),), 0, 0),
    )
    for grid in bare:
        for seed in range(40):
            assert isinstance(change(grid, random.Random(seed)), Grid)


def test_the_file_on_which_the_search_once_stopped_is_made() -> None:
    assert broken_file(9102, 954).name
