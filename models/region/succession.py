"""Providers that merged: what was delivered under an old code counts as the successor's (section 1).

From the day after its last day a provider is its successor, in every period: two hospitals that deliver half a year and
their merger that delivers the other half are one provider with one whole year.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

DELIVERED_BY = "delivered_by"
"""Column that keeps under which code a row was delivered."""

QUARTERS, MONTHS = 4, 3
"""Quarters of a year, months of a quarter."""


def successors(provider: pl.DataFrame, *, base_year: int) -> dict[str, str]:
    """Returns by old code the provider that it is today, as far as the merger lies before the base year's end.

    A successor that merged in turn stands for its own successor; who names nobody that exists stays who he is.

    Args:
        provider: the register, with `until` and `successor_id`.
        base_year: year of the facts.
    """
    gone = provider.filter((pl.col("until") < dt.date(base_year, 12, 31)) & pl.col("successor_id").is_not_null())
    next_of = dict(gone.select("provider_id", "successor_id").iter_rows())
    there = set(provider["provider_id"])
    last = {old: _last(old, next_of) for old in next_of}
    return {old: new for old, new in last.items() if new in there and new != old}


def _last(start: str, next_of: Mapping[str, str]) -> str:
    """Returns the end of a line of successors; of a line without an end the provider itself."""
    place, passed = start, set[str]()
    while place in next_of:
        passed.add(place)
        place = next_of[place]
        if place in passed:
            return start
    return place


def last_quarters(provider: pl.DataFrame, *, base_year: int) -> dict[str, int]:
    """Returns by provider the quarter of the base year in which its last day lies, of those that have one in it."""
    ending = provider.filter(pl.col("until").is_between(pl.date(base_year, 1, 1), pl.date(base_year, 12, 31)))
    days = ending.select("provider_id", "until").iter_rows()
    return {code: (day.month - 1) // MONTHS + 1 for code, day in days}


def renamed(table: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Returns a table of deliveries under today's codes, with the code under which each row was delivered."""
    today = pl.col("provider_id").replace(dict(names)) if names else pl.col("provider_id")
    return table.with_columns(today, pl.col("provider_id").alias(DELIVERED_BY))


@dataclass(frozen=True)
class Delivered:
    """What one code delivered of a year's flow.

    Attributes:
        provider: whose it counts as today.
        successor: into whom it merged, itself if into nobody.
        quarters: those delivered.
        yearly: whether the whole year was delivered as one.
    """

    provider: str
    successor: str
    quarters: frozenset[int]
    yearly: bool


def quarters_expected(delivered: Mapping[str, Delivered], last: Mapping[str, int]) -> dict[str, frozenset[int]]:
    """Returns by code the quarters in which it delivered care of its own.

    A code with a last day delivers up to it; the successor that has nothing from before begins after that.
    """
    ends: dict[str, int] = {}
    for code, own in delivered.items():
        if code != own.successor and code in last:
            ends[own.successor] = max(ends.get(own.successor, 0), last[code])
    return {code: _window(own, last.get(code, QUARTERS), ends.get(code, 0)) for code, own in delivered.items()}


def _window(own: Delivered, last: int, end_of_others: int) -> frozenset[int]:
    """Returns the quarters of a code: from the first, or of a successor from where those before it end, to its last."""
    first = 1
    if own.quarters and min(own.quarters) >= end_of_others:
        first = min(*own.quarters, end_of_others + 1)
    return frozenset(range(min(first, last), last + 1))


def year_factors(delivered: Mapping[str, Delivered], last: Mapping[str, int]) -> dict[str, float]:
    """Returns by code what makes its delivered quarters a year; never the same quarter for two codes of one provider.

    Each code's quarters stand for those it should have delivered; where the codes of a provider together leave quarters
    out in which it existed, all of them stand for those too.

    Args:
        delivered: by code.
        last: by code, the quarter of the base year after which it does not exist; of those that have one.
    """
    windows = quarters_expected(delivered, last)
    whole: dict[str, set[int]] = {}
    for code, own in delivered.items():
        whole.setdefault(own.provider, set()).update(windows[code])
    factors = {}
    for code, own in delivered.items():
        year = last.get(own.provider, QUARTERS) / len(whole[own.provider])
        part = 1.0 if own.yearly else max(1.0, len(windows[code]) / len(own.quarters))
        factors[code] = part * max(1.0, year)
    return factors
