"""Steps that make columns and rows out of others: a computed column, the latest complete year, a row for each norm."""

from dataclasses import replace

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import Note, Unreadable
from pipelines.reading.sources.columns import made_by
from pipelines.reading.sources.mapping import Compute, Latest, Mapping, Spread
from pipelines.reading.sources.text_table import TextTable, as_number


def compute(step: Compute, table: TextTable, mapping: Mapping, *, period: str) -> TextTable:
    """Returns the table with one more column."""
    made = made_by(step.cell, table, mapping=mapping, period=period)
    if mapping.numbers.decimal != "." and step.cell.amount is not None:
        made = made.str.replace(".", mapping.numbers.decimal, literal=True)
    return replace(table, frame=table.frame.with_columns(made.alias(step.column)))


def spread(step: Spread, table: TextTable, other: TextTable) -> TextTable:
    """Returns a row for each fitting row of the other table."""
    left = [table.column(name) for name in step.keys]
    keys = {other.column(name): f"_key{place}" for place, name in enumerate(step.keys.values())}
    brought = [pl.col(other.column(name)).alias(new) for new, name in step.bring.items()]
    right = other.frame.select(*(pl.col(name).alias(new) for name, new in keys.items()), *brought)
    frame = table.frame.drop(step.bring, strict=False)
    joined = frame.join(right, left_on=left, right_on=list(keys.values()), how="inner", maintain_order="left_right")
    return table.with_frame(joined, reason=step.reason)


def latest(step: Latest, table: TextTable, mapping: Mapping) -> TextTable:
    """Returns the rows of one year, and says which and why.

    Raises:
        Unreadable: rows, and none with a year; or none of the year that is asked for.
    """
    name, dated = table.column(step.column), table.column(step.dated)
    year = as_number(name, written=mapping.numbers).cast(pl.Int64)
    years = table.frame.select(year.alias("year"))["year"].drop_nulls().unique().sort()
    if years.is_empty():
        return table if table.frame.is_empty() else _refuse(step, "-", years.to_list())
    date = table.frame[dated].drop_nulls().max()
    asked = mapping.value(step.year)
    chosen = int(asked) if asked is not None else _newest(years, date, step)
    if chosen not in years:
        return _refuse(step, str(chosen), years.to_list())
    kept = table.with_frame(table.frame.filter(year == chosen), reason=step.reason)
    return replace(kept, notes=(*kept.notes, _note(chosen, date, step, years.to_list())))


def _newest(years: pl.Series, date: object, step: Latest) -> int:
    """Returns the newest year whose figures are complete, else the newest."""
    begin = str(date or "")[:4]
    complete = years.filter(years <= int(begin) - step.complete_after) if begin.isdigit() else years.clear()
    return int((complete if complete.len() else years).to_list()[-1])


def _note(chosen: int, date: object, step: Latest, years: list[int]) -> Note:
    provisional = str(date or "")[:4].isdigit() and chosen > int(str(date)[:4]) - step.complete_after
    text = Text(
        en=f"Figures are those of {chosen} (the file of {date} has {years[0]} to {years[-1]})"
        + ("; that year is provisional: not everything has been counted yet." if provisional else "."),
        nl=f"De cijfers zijn die van {chosen} (het bestand van {date} heeft {years[0]} tot en met {years[-1]})"
        + ("; dat jaar is voorlopig: nog niet alles is geteld." if provisional else "."),
    )
    return Note(rule="year_taken", count=1, text=text)


def _refuse(step: Latest, year: str, years: list[int]) -> TextTable:
    shown = ", ".join(map(str, years)) or "-"
    raise Unreadable(
        Text(en=f"no rows of {year} in {step.column}", nl=f"geen rijen van {year} in {step.column}"),
        expected=Text(en=f"a year that the file has: {shown}", nl=f"een jaar dat het bestand heeft: {shown}"),
        action=Text(
            en="correct the year in the source mapping's parameters, or send a newer file",
            nl="verbeter het jaar in de parameters van de bronbeschrijving, of stuur een nieuwer bestand",
        ),
    )
