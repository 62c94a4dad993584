"""Text to dates, years and periods."""

import re
from functools import cache

import polars as pl

from data_contracts.text import Text
from pipelines.reading.conversion.converted import Converted, Misfit, misfit, trimmed

FIRST_YEAR, LAST_YEAR = 1990, 2100

_DATE_FORMS = (
    (r"^\d{4}-\d{1,2}-\d{1,2}$", "%Y-%m-%d"),
    (r"^\d{4}/\d{1,2}/\d{1,2}$", "%Y/%m/%d"),
    (r"^\d{1,2}-\d{1,2}-\d{4}$", "%d-%m-%Y"),
    (r"^\d{1,2}/\d{1,2}/\d{4}$", "%d/%m/%Y"),
    (r"^\d{1,2}\.\d{1,2}\.\d{4}$", "%d.%m.%Y"),
    (r"^(19|20)\d{6}$", "%Y%m%d"),
)
_TIME = r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?$"
_QUARTER_LAST = r"^(\d{4})[\s._/-]*(?:q|k|kw|kwartaal|quarter)[\s._-]*0?(\d{1,2})$"
_QUARTER_FIRST = (
    r"^(?:(?:q|k|kw|kwartaal|quarter)[\s._-]*0?(\d{1,2})|0?(\d{1,2})(?:e|ste|de)?[\s._-]*(?:q|k|kw|kwartaal|quarter))"
    r"[\s._/-]+(\d{4})$"
)
_MONTHS = (
    "januari|jan|january|februari|feb|february|maart|mrt|mar|march|april|apr|mei|may|juni|jun|june|juli|jul|july|"
    "augustus|aug|august|september|sep|sept|oktober|okt|oct|october|november|nov|december|dec"
)
_MONTH = (
    rf"^(?:(?:{_MONTHS})[\s._/'-]*(?:\d{{2}}|\d{{4}})|(?:0?[1-9]|1[0-2])[-/.](?:19|20)\d{{2}}"
    rf"|(?:19|20)\d{{2}}[-/.m]?\s*(?:0[1-9]|1[0-2])(?:-01)?|(?:19|20)\d{{2}}[\s._/-]*(?:{_MONTHS}))$"
)
"""A month of a year: dec-25, 12-2025, 2025-12, 202512, december 2025; or its first day, as a spreadsheet stores it."""
_CANONICAL = r"^(199\d|20\d\d)(Q[1-4])?$"
_YEAR = r"^(\d{4})(?:\.0+)?(?:jj00)?$"


def convert_dates(text: pl.Series) -> Converted:
    """Returns dates written as 2025-01-31, 31-01-2025 (day first) or 20250131; a time behind it is left out."""
    value = trimmed(text)
    dates = _parsed(value)
    unread = dates.is_null() & value.is_not_null()
    return Converted(
        dates, tuple(_found(_no_date(unread & ~_looks_like_serial(value)), _serial(unread & _looks_like_serial(value))))
    )


def _parsed(value: pl.Series) -> pl.Series:
    bare = pl.col("value").str.replace(_TIME, "")
    attempts = [
        pl.when(bare.str.contains(form)).then(bare).str.to_date(layout, strict=False) for form, layout in _DATE_FORMS
    ]
    date = pl.coalesce(attempts)
    return pl.DataFrame({"value": value}).select(date.alias(value.name)).to_series()


def _looks_like_serial(value: pl.Series) -> pl.Series:
    return value.str.contains(r"^[34]\d{4}([.,]\d+)?$").fill_null(value=False)


def _no_date(rows: pl.Series) -> Misfit:
    return misfit(
        "not_a_date",
        rows,
        expected=Text(
            en="a date that exists, such as 2025-01-31 or 31-01-2025",
            nl="een bestaande datum, zoals 2025-01-31 of 31-01-2025",
        ),
        action=Text(
            en="correct the date (the day comes before the month)", nl="verbeter de datum (de dag komt voor de maand)"
        ),
    )


def _serial(rows: pl.Series) -> Misfit:
    return misfit(
        "date_as_number",
        rows,
        expected=Text(en="a date, such as 2025-01-31", nl="een datum, zoals 2025-01-31"),
        action=Text(
            en="this is how a spreadsheet stores a date: give the column the format Date and save it again",
            nl="zo bewaart een rekenblad een datum: geef de kolom de opmaak Datum en bewaar opnieuw",
        ),
    )


def convert_years(text: pl.Series, *, ends: bool) -> Converted:
    """Returns years: 2025, or the date on which that year begins (`ends`: on which it ends)."""
    value = trimmed(text)
    year = value.str.extract(_YEAR, 1).cast(pl.Int64, strict=False)
    date = _parsed(pl.select(pl.when(year.is_null()).then(value)).to_series())
    edge = (date.dt.month() == (12 if ends else 1)) & (date.dt.day() == (31 if ends else 1))
    from_date = date.dt.year().cast(pl.Int64)
    years = pl.select(pl.coalesce(year, pl.when(edge).then(from_date))).to_series().alias(text.name)
    unread = years.is_null() & value.is_not_null()
    other_day = unread & date.is_not_null()
    return Converted(years, tuple(_found(_other_day(other_day, ends=ends), _no_year(unread & ~other_day))))


def _other_day(rows: pl.Series, *, ends: bool) -> Misfit:
    day = Text(en="31 December", nl="31 december") if ends else Text(en="1 January", nl="1 januari")
    return misfit(
        "not_a_whole_year",
        rows,
        expected=Text(en=f"a year, or the date {day.en} of a year", nl=f"een jaar, of de datum {day.nl} van een jaar"),
        action=Text(en="give whole years only", nl="geef alleen hele jaren op"),
    )


def _no_year(rows: pl.Series) -> Misfit:
    return misfit(
        "not_a_year",
        rows,
        expected=Text(en="a year, such as 2025", nl="een jaar, zoals 2025"),
        action=Text(en="correct the year", nl="verbeter het jaar"),
    )


def convert_periods(text: pl.Series) -> Converted:
    """Returns periods as 2025 or 2025Q3, also from 2025-Q3, Q3 2025, 2025K3, 3e kwartaal 2025 and the like."""
    value = trimmed(text)
    if value.str.contains(_CANONICAL).all():
        return Converted(value)
    lower = value.str.to_lowercase()
    periods = _canonical(lower).alias(text.name)
    unread = periods.is_null() & value.is_not_null()
    quarter = lower.str.contains(_QUARTER_LAST) | lower.str.contains(_QUARTER_FIRST)
    month = unread & ~quarter & lower.str.contains(_MONTH)
    faults = (_no_such_quarter(unread & quarter), _a_month(month), _no_period(unread & ~quarter & ~month))
    return Converted(periods, tuple(_found(*faults)))


def is_period_heading(heading: str) -> bool:
    """Returns whether a heading is a month of a year, or a period."""
    return canonical_period(heading.strip()) is not None or re.match(_MONTH, heading.strip().casefold()) is not None


@cache
def canonical_period(text: str) -> str | None:
    """Returns one period in its canonical form, or None if there is no such period."""
    found: str | None = convert_periods(pl.Series([text], dtype=pl.String)).values[0]
    return found


def _canonical(lower: pl.Series) -> pl.Series:
    whole = lower.str.extract(_YEAR, 1)
    last_year, last_quarter = lower.str.extract(_QUARTER_LAST, 1), lower.str.extract(_QUARTER_LAST, 2)
    first = [lower.str.extract(_QUARTER_FIRST, group) for group in (1, 2, 3)]
    year = pl.coalesce(whole, last_year, first[2])
    quarter = pl.coalesce(last_quarter, first[0], first[1])
    plausible = year.cast(pl.Int64, strict=False).is_between(FIRST_YEAR, LAST_YEAR)
    whole_year = pl.when(quarter.is_null() & plausible).then(year)
    of_year = pl.when(quarter.is_in(["1", "2", "3", "4"]) & plausible).then(year + "Q" + quarter)
    return pl.select(pl.coalesce(whole_year, of_year)).to_series()


def _no_such_quarter(rows: pl.Series) -> Misfit:
    return misfit(
        "no_such_period",
        rows,
        expected=Text(
            en="a quarter from Q1 to Q4 of an existing year, such as 2025Q3",
            nl="een kwartaal van Q1 tot en met Q4 van een bestaand jaar, zoals 2025Q3",
        ),
        action=Text(en="correct the period", nl="verbeter de periode"),
    )


def _a_month(rows: pl.Series) -> Misfit:
    return misfit(
        "month",
        rows,
        expected=Text(
            en="a year (2025) or a quarter (2025Q3); this is a month",
            nl="een jaar (2025) of een kwartaal (2025Q3); dit is een maand",
        ),
        action=Text(
            en="add up the three months of a quarter and give that quarter (2025Q1 for January to March)",
            nl="tel de drie maanden van een kwartaal op en geef dat kwartaal (2025Q1 voor januari tot en met maart)",
        ),
    )


def _no_period(rows: pl.Series) -> Misfit:
    return misfit(
        "no_such_period",
        rows,
        expected=Text(en="a year (2025) or a quarter (2025Q3)", nl="een jaar (2025) of een kwartaal (2025Q3)"),
        action=Text(en="correct the period", nl="verbeter de periode"),
    )


def _found(*faults: Misfit) -> list[Misfit]:
    return [one for one in faults if one.rows.any()]
