"""Schedules: what is accepted runs, what would not run is refused, and how long it can be until the next run."""

from datetime import timedelta

import pytest

from pipelines.workspace.cron import is_schedule, longest_gap

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

RUN = {
    "0 6 * * 1": 7 * DAY,
    "30 5 * * *": DAY,
    "0 * * * *": HOUR,
    "5 * * * *": HOUR,
    "*/5 * * * *": timedelta(minutes=5),
    "* * * * *": timedelta(minutes=1),
    "0 8-18 * * *": 14 * HOUR,
    "0 6 * * 1-5": 3 * DAY,
    "0 6 * * mon,thu": 4 * DAY,
    "0 6 * * 7": 7 * DAY,
    "0 6 1 * *": 31 * DAY,
    "0 6 1,15 * *": 17 * DAY,
    "0 6 L * *": 31 * DAY,
    "0 6 1 */3 *": 92 * DAY,
    "0 6 1 1 *": 366 * DAY,
    "0 6 29 2 *": 1461 * DAY,
    "* * * 1 *": 335 * DAY + timedelta(minutes=1),
}
NOT_RUN = (
    "0 6 * * 8",
    "61 * * * *",
    "0 24 * * *",
    "0 0 31 4 *",
    "0 0 31 2,4 *",
    "0 6 * *",
    "0 0 6 * * 1",
    "r 6 * * *",
    "h 6 * * *",
    "every monday",
    "a b c d e",
    "@daily",
    "",
)


@pytest.mark.parametrize("line", RUN)
def test_a_schedule_that_runs_is_accepted(line: str) -> None:
    assert is_schedule(line)


@pytest.mark.parametrize("line", NOT_RUN)
def test_a_schedule_that_never_runs_is_not(line: str) -> None:
    assert not is_schedule(line)


@pytest.mark.parametrize(("line", "gap"), RUN.items())
def test_the_longest_time_between_two_runs(line: str, gap: timedelta) -> None:
    assert longest_gap(line) == gap


@pytest.mark.parametrize(
    "line", [f"{minute} {hour} * * {day}" for minute in (0, 59) for hour in (0, 23) for day in "*06"]
)
def test_what_is_known_at_sight_the_scheduler_accepts_too(line: str) -> None:
    from dagster._utils.schedules import is_valid_cron_string  # noqa: PLC0415

    assert is_schedule(line)
    assert is_valid_cron_string(line)
