"""Reports whose period is no calendar year: put together per entity, and brought to a year of 365 days.

Two reports of one hospital in a year are common: it changed hands, or the start of its book year. What flowed in both
is added up and divided by the days of both, so that each counts for as long as it lasted; a cell that one of them
lacks counts with the days of the other. Of reports that overlap only the newest counts: their days would otherwise
count twice.
"""

from dataclasses import replace

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import ROW_NUMBER, Note, Unreadable
from pipelines.reading.sources.mapping import Annualise, Numbers
from pipelines.reading.sources.text_table import TextTable, as_number, as_text, no_number

YEAR_DAYS = 365
_WHOLE_YEARS = (365, 366)
_NAMED = 5
_WORK = ["_entity", "_begin", "_end", "_days", "_rank", "_name"]

_OVERLAP = Text(
    en="a newer report of the same one covers (part of) the same days",
    nl="een nieuwere opgave van dezelfde beslaat (deels) dezelfde dagen",
)
_NO_PERIOD = Text(en="the report has no usable period", nl="de opgave heeft geen bruikbare periode")


def annualise(step: Annualise, table: TextTable, *, written: Numbers) -> TextTable:
    """Returns one row an entity: its flows per 365 days, its averages weighted by days, the rest as last reported."""
    dated = _dated(step, table)
    kept = dated.with_frame(_newest_of_overlapping(dated.frame), reason=_OVERLAP)
    flows, averages = table.columns(*step.flows), table.columns(*step.averages)
    frame = kept.frame.sort("_entity", "_end", maintain_order=True)
    last = [
        pl.col(name).last() for name in frame.columns if name not in {*flows, *averages, "_entity", ROW_NUMBER, "_days"}
    ]
    yearly = frame.group_by("_entity", maintain_order=True).agg(
        pl.col(ROW_NUMBER).min(),
        *last,
        pl.col("_days").sum(),
        pl.len().alias("_reports"),
        *(_yearly(name, per=YEAR_DAYS, written=written) for name in flows),
        *(_yearly(name, per=None, written=written) for name in averages),
    )
    notes = _notes(frame, yearly)
    joined = kept.put_together(yearly.sort(ROW_NUMBER).select(table.frame.columns))
    return replace(joined, notes=(*joined.notes, *notes))


def _dated(step: Annualise, table: TextTable) -> TextTable:
    """Returns the reports that have a period, with its days and which is the newer."""
    begin, end = (
        pl.col(table.column(name)).str.slice(0, 10).str.to_date(strict=False) for name in (step.begin, step.end)
    )
    newest = pl.col(table.column(step.newest))
    frame = table.frame.with_columns(
        pl.col(table.column(step.entity)).alias("_entity"),
        pl.col(table.column(step.name)).alias("_name"),
        begin.alias("_begin"),
        end.alias("_end"),
        ((end - begin).dt.total_days() + 1).alias("_days"),
    )
    frame = frame.sort(newest.cast(pl.Float64, strict=False), ROW_NUMBER, descending=[True, True], nulls_last=True)
    frame = frame.with_columns(pl.int_range(pl.len()).alias("_rank")).sort(ROW_NUMBER)
    usable = frame.filter(pl.col("_days") > 0, pl.col("_entity").is_not_null())
    if table.frame.height and usable.is_empty():
        raise _no_dates(step)
    return table.with_frame(usable, reason=_NO_PERIOD)


def _no_dates(step: Annualise) -> Unreadable:
    return Unreadable(
        Text(en=f"no date in {step.begin} and {step.end}", nl=f"geen datum in {step.begin} en {step.end}"),
        expected=Text(en="dates such as 2023-09-30", nl="datums zoals 2023-09-30"),
        action=Text(en="check that this is the publisher's file", nl="ga na of dit het bestand van de uitgever is"),
    )


def _newest_of_overlapping(reports: pl.DataFrame) -> pl.DataFrame:
    """Returns the reports without those that overlap with a newer one that counts.

    Each round keeps what no newer report overlaps and drops what overlaps with that: at most as many rounds as an
    entity has reports.
    """
    undecided = reports.filter(pl.len().over("_entity") > 1).select("_rank", *_WORK[:3])
    dropped = [pl.Series([], dtype=pl.Int64)]
    while undecided.height:
        pairs = _overlaps(undecided, undecided).filter(pl.col("_rank") < pl.col("_rank_right"))
        kept = undecided.join(pairs.select("_rank_right"), left_on="_rank", right_on="_rank_right", how="anti")
        gone = _overlaps(kept, undecided).filter(pl.col("_rank") != pl.col("_rank_right"))["_rank_right"].unique()
        dropped.append(gone)
        undecided = undecided.join(kept, on="_rank", how="anti").filter(~pl.col("_rank").is_in(gone.implode()))
    return reports.filter(~pl.col("_rank").is_in(pl.concat(dropped).implode()))


def _overlaps(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    """Returns pairs of reports of one entity that share days; `_rank` and `_rank_right` say which."""
    pairs = one.join(other, on="_entity")
    return pairs.filter(pl.col("_begin") <= pl.col("_end_right"), pl.col("_begin_right") <= pl.col("_end"))


def _yearly(name: str, *, per: int | None, written: Numbers) -> pl.Expr:
    """Returns a column's total per so many days, or its average by days; a cell that is no number stays as it is."""
    number, days = as_number(name, written=written), pl.col("_days")
    weight = pl.when(number.is_not_null()).then(days).sum()
    flow = number.sum() * per / weight if per is not None else (number * days).sum() / weight
    text = as_text(pl.when(number.is_not_null().any()).then(flow), written=written)
    return pl.coalesce(no_number(name, written=written).drop_nulls().first(), text).alias(name)


def _notes(reports: pl.DataFrame, yearly: pl.DataFrame) -> tuple[Note, ...]:
    """Returns which entities were annualised, which were put together, and which days the reports cover."""
    odd = yearly.filter(~pl.col("_days").is_in(_WHOLE_YEARS), pl.col("_reports") == 1).sort("_days", "_name")
    several = yearly.filter(pl.col("_reports") > 1).sort("_days", "_name")
    leap = yearly.filter(pl.col("_days") == 366, pl.col("_reports") == 1).height
    notes = []
    if reports.height:
        notes.append(_span(reports, leap))
    if odd.height:
        text = Text(
            en=f"{odd.height} reports cover no year and were annualised to {YEAR_DAYS} days: {_shown(odd, 'days')}.",
            nl=f"{odd.height} opgaven beslaan geen jaar en zijn omgerekend naar {YEAR_DAYS} dagen: "
            f"{_shown(odd, 'dagen')}.",
        )
        notes.append(Note(rule="annualised", count=odd.height, text=text, rows=_rows(odd)))
    if several.height:
        text = Text(
            en=f"{several.height} have more than one report; flows were added up, divided by all days and "
            f"multiplied by "
            f"{YEAR_DAYS}: {_shown(several, 'days')}.",
            nl=f"{several.height} hebben meer dan één opgave; stromen zijn opgeteld, gedeeld door alle dagen en maal "
            f"{YEAR_DAYS}: {_shown(several, 'dagen')}.",
        )
        notes.append(Note(rule="reports_put_together", count=several.height, text=text, rows=_rows(several)))
    return tuple(notes)


def _span(reports: pl.DataFrame, leap: int) -> Note:
    first, last = str(reports["_begin"].min()), str(reports["_end"].max())
    text = Text(
        en=f"The reports cover days from {first} to {last}; each counts as the year of this delivery, per "
        f"{YEAR_DAYS} days "
        f"({leap} whole years of 366 days among them).",
        nl=f"De opgaven beslaan dagen van {first} tot en met {last}; elke telt als het jaar van deze "
        f"levering, per {YEAR_DAYS} "
        f"dagen (daaronder {leap} hele jaren van 366 dagen).",
    )
    return Note(rule="report_periods", count=reports.height, text=text)


def _shown(entities: pl.DataFrame, days: str) -> str:
    """Returns the first few entities with their days, shortest first."""
    head = entities.head(_NAMED)
    named = [
        f"{name or entity} ({count} {days})"
        for entity, name, count in head.select("_entity", "_name", "_days").iter_rows()
    ]
    return ", ".join(named) + (", ..." if entities.height > _NAMED else "")


def _rows(entities: pl.DataFrame) -> tuple[int, ...]:
    return tuple(entities[ROW_NUMBER].head(20).to_list())
