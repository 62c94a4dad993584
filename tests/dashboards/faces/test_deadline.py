"""A reader gets an answer in time, or is told to come back: what is made goes on, and is there the next time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from small_release import SCENARIO, make_current, write_release

from dashboards.faces.app.application import application
from dashboards.faces.app.deadline import BusyError, Deadline
from dashboards.faces.app.following import Following
from dashboards.words.wording import LANGUAGES, wording

PATIENCE = 60


def test_what_takes_too_long_is_told_and_goes_on() -> None:
    may_end, ended = threading.Event(), threading.Event()

    def slow() -> None:
        may_end.wait(PATIENCE)
        ended.set()

    with pytest.raises(BusyError, match=r"0\.01 seconds"):
        Deadline(0.01).within("slow", slow)
    may_end.set()
    assert ended.wait(PATIENCE)


def test_who_asks_for_the_same_waits_for_the_same() -> None:
    deadline, begun, may_end = Deadline(PATIENCE), threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        may_end.wait(PATIENCE)
        return 7

    with ThreadPoolExecutor(6) as readers:
        first = readers.submit(deadline.within, "same", slow)
        begun.wait(PATIENCE)
        others = [readers.submit(deadline.within, "same", slow) for _ in range(3)]
        assert deadline.under_way == 1
        may_end.set()
        assert [one.result(PATIENCE) for one in (first, *others)] == [7] * 4


def test_no_more_are_begun_than_may_wait() -> None:
    deadline, may_end = Deadline(0.01, waiting=2), threading.Event()
    for key in ("first", "second"):
        with pytest.raises(BusyError):
            deadline.within(key, lambda: may_end.wait(PATIENCE))
    with pytest.raises(BusyError, match="2 answers are being made"):
        deadline.within("third", lambda: None)
    may_end.set()


def test_a_fault_reaches_who_asked() -> None:
    def failing() -> None:
        raise LookupError("nothing of the kind")

    with pytest.raises(LookupError, match="nothing of the kind"):
        Deadline().within("it", failing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_that_is_not_ready_says_so_and_asks_again(tmp_path: Path, language: str) -> None:
    make_current(tmp_path, write_release(tmp_path / "releases"))
    following = Following(tmp_path / "current", languages=("nl", "en"))
    hurried = application(following, deadline=Deadline(0.0)).test_client()
    address = f"/{language}/{SCENARIO}/flows.html?set=discount_rate=0.01"
    answer = hurried.get(address)
    assert answer.status_code == 503
    assert 'http-equiv="refresh"' in answer.text
    assert wording(language).text("serving.busy_title") in answer.text
    assert application(following).test_client().get(address).status_code == 200
