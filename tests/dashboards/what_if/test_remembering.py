"""What is remembered: within so many bytes, never made twice at once, and whatever else is made beside it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from dashboards.what_if.remembering import Remembered, weight

MEGABYTE = 1_000_000


@dataclass
class Holder:
    held: object


def megabytes(number: int) -> np.ndarray:
    return np.zeros(number * MEGABYTE // 8)


def test_the_last_within_the_limit_are_kept() -> None:
    memory = Remembered(4_500_000)
    for key in range(10):
        memory.get(key, lambda: megabytes(1))
    assert [key for key in range(10) if key in memory] == [6, 7, 8, 9]


def test_what_was_used_last_stays() -> None:
    memory = Remembered(3 * MEGABYTE + 10_000)
    for key in ("first", "second", "third", "first", "fourth"):
        memory.get(key, lambda: megabytes(1))
    assert "first" in memory
    assert "second" not in memory


def test_one_that_is_larger_than_all_may_be_stays_alone() -> None:
    memory = Remembered(2 * MEGABYTE)
    memory.get("small", lambda: megabytes(1))
    memory.get("large", lambda: megabytes(9))
    assert ("large" in memory, "small" in memory) == (True, False)


def test_what_grows_after_it_was_remembered_is_weighed_again() -> None:
    memory = Remembered(5 * MEGABYTE)
    memory.get("old", lambda: megabytes(3))
    grown = memory.get("grown", dict)
    grown["tables"] = megabytes(4)
    memory.tidy()
    assert ("grown" in memory, "old" in memory) == (True, False)


def test_what_is_held_elsewhere_counts_for_nothing() -> None:
    facts, memory = Holder(megabytes(50)), Remembered(4 * MEGABYTE)
    memory.leave_out(facts)
    for key in "abc":
        memory.get(key, lambda: [facts, megabytes(1)])
    assert len(memory) == 3


def test_a_weight_counts_arrays_frames_and_texts_once_however_often_they_are_met() -> None:
    whole = megabytes(2)
    frame = pl.DataFrame({"x": np.zeros(MEGABYTE // 8)})
    thing = Holder({"array": whole, "part": whole[:10], "again": [whole], "frame": frame, "text": "x" * MEGABYTE})
    assert weight(thing, set()) == pytest.approx(4 * MEGABYTE, rel=0.01)


def test_a_circle_is_weighed_and_left() -> None:
    one = Holder(None)
    one.held = [one, megabytes(1)]
    assert weight(one, set()) == pytest.approx(MEGABYTE, rel=0.01)


def test_nothing_is_made_twice_at_once_and_others_do_not_wait() -> None:
    memory, begun, may_end, made = Remembered(MEGABYTE), threading.Event(), threading.Event(), []

    def slow() -> str:
        begun.set()
        may_end.wait(60)
        made.append(1)
        return "slow"

    with ThreadPoolExecutor(8) as readers:
        waiting = [readers.submit(memory.get, "slow", slow) for _ in range(6)]
        begun.wait(60)
        assert memory.get("other", lambda: "quick") == "quick"
        may_end.set()
        assert [one.result(60) for one in waiting] == ["slow"] * 6
    assert made == [1]


def test_what_could_not_be_made_can_be_asked_for_again() -> None:
    memory = Remembered(MEGABYTE)

    def failing() -> str:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        memory.get("it", failing)
    assert memory.get("it", lambda: "made") == "made"
