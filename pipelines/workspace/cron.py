"""Schedules: whether a line of cron is one that the scheduler runs, and how long it leaves between two runs.

The library that the scheduler itself counts with decides, so that what is accepted here works there.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

_PLAIN = re.compile(r"[0-5]?\d (1?\d|2[0-3]) \* \* [*0-6]")
"""At one time, every day or one day a week: known at sight, so that no command loads the scheduler for it."""

_BY_CHANCE = re.compile(r"(?i)^[rh](/|$)")
"""A field that means another moment in every process that reads it."""

_FIELDS = 5
_A_YEAR = timedelta(days=366)
_FROM = datetime(2024, 1, 1)  # noqa: DTZ001 - the clock on the wall: hours that are put on or back are no gap


def is_schedule(line: str) -> bool:
    """Returns whether a line of cron has five fields, is run by the scheduler, and ever comes round."""
    if _PLAIN.fullmatch(line):
        return True
    fields = line.split(" ")
    if len(fields) != _FIELDS or any(_BY_CHANCE.match(field) for field in fields):
        return False
    from dagster._utils.schedules import is_valid_cron_string  # noqa: PLC0415 - takes half a second

    return is_valid_cron_string(line) and _comes_round(line)


def longest_gap(line: str) -> timedelta:
    """Returns the longest time between two runs of a schedule, by the clock on the wall.

    Every day that has runs has them at the same times. The nights of a year are looked at, and one at least.
    """
    day = _first(line, _FROM).replace(hour=0, minute=0)
    runs = list(_of_a_day(line, day))
    longest = max((later - earlier for earlier, later in pairwise(runs)), default=timedelta(0))
    last, until = runs[-1], day + _A_YEAR
    while last < until:
        following = _first(line, last + timedelta(minutes=1))
        longest = max(longest, following - last)
        last = following.replace(hour=runs[-1].hour, minute=runs[-1].minute)
    return longest


def _comes_round(line: str) -> bool:
    from dagster._vendored.croniter import CroniterBadDateError  # type: ignore[attr-defined]  # noqa: PLC0415

    try:
        _first(line, _FROM)
    except CroniterBadDateError:
        return False
    return True


def _first(line: str, moment: datetime) -> datetime:
    """Returns the first run at or after a moment."""
    from dagster._vendored.croniter import croniter  # type: ignore[attr-defined]  # noqa: PLC0415

    run: datetime = croniter(line, moment - timedelta(seconds=1)).get_next(datetime)  # type: ignore[no-untyped-call]
    return run


def _of_a_day(line: str, day: datetime) -> Iterator[datetime]:
    """Yields the runs of a day."""
    run = _first(line, day)
    while run.date() == day.date():
        yield run
        run = _first(line, run + timedelta(minutes=1))
