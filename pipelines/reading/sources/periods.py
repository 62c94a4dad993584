"""Dates in a publisher's file: the period a date lies in, its days, and which periods a delivery speaks of."""

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import Unreadable
from pipelines.reading.sources.mapping import Calendar, OfPeriod
from pipelines.reading.sources.text_table import TextTable

_NO_DATE = Text(en="no date in it", nl="er staat geen datum in")


def calendar(step: Calendar, table: TextTable) -> TextTable:
    """Returns the table with the period that a date lies in, and the number of days of that period.

    Raises:
        Unreadable: rows, and none with a date as the mapping says.
    """
    name = table.column(step.column)
    date = pl.col(name).str.slice(0, 10).str.to_date(step.format, strict=False)
    frame = table.frame.with_columns(date.alias("_date")).filter(pl.col("_date").is_not_null())
    if table.frame.height and frame.is_empty():
        raise _no_dates(step)
    length = "1q" if step.covers == "quarter" else "1y"
    begin = pl.col("_date").dt.truncate(length)
    quarter = pl.lit("Q") + pl.col("_date").dt.quarter().cast(pl.String) if step.covers == "quarter" else pl.lit("")
    made = [(pl.col("_date").dt.year().cast(pl.String) + quarter).alias(step.period)]
    if step.days is not None:
        made.append((begin.dt.offset_by(length) - begin).dt.total_days().cast(pl.String).alias(step.days))
    return table.with_frame(frame.with_columns(made).drop("_date"), reason=_NO_DATE)


def of_period(step: OfPeriod, table: TextTable, *, period: str) -> TextTable:
    """Returns the rows of the delivery's period: of a year also those of its quarters."""
    cell = pl.col(table.column(step.column))
    own = cell.str.starts_with(period) if len(period) == 4 else cell == period
    reason = Text(
        en=f"of another period than {period}: put the file in the folder of that period too",
        nl=f"van een andere periode dan {period}: zet het bestand ook in de map van die periode",
    )
    return table.with_frame(table.frame.filter(own), reason=reason)


def _no_dates(step: Calendar) -> Unreadable:
    return Unreadable(
        Text(en=f"no date in {step.column}", nl=f"geen datum in {step.column}"),
        expected=Text(en=f"dates written as {step.format}", nl=f"datums geschreven als {step.format}"),
        action=Text(en="check that this is the publisher's file", nl="ga na of dit het bestand van de uitgever is"),
    )
