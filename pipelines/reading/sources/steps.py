"""The steps of a mapping: each takes tables and leaves one more, and says which delivered rows it left out."""

from collections.abc import Callable
from collections.abc import Mapping as Tables
from dataclasses import replace

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import ROW_NUMBER, Note
from pipelines.reading.sources.derived import compute, latest, spread
from pipelines.reading.sources.mapping import (
    Annualise,
    Apportion,
    Calendar,
    Compute,
    First,
    Join,
    Keep,
    Latest,
    Long,
    Mapping,
    MappingParameter,
    OfPeriod,
    Reduce,
    Spread,
    Step,
    Unlist,
)
from pipelines.reading.sources.periods import calendar, of_period
from pipelines.reading.sources.reports import annualise
from pipelines.reading.sources.text_table import NO_ROW, TextTable, as_list, as_number, as_text, unmatched

_NO_ITEMS = Text(en="the list in the cell is empty", nl="de lijst in de cel is leeg")
_NO_VALUE = Text(en="none of the columns is filled in", nl="geen van de kolommen is ingevuld")
_NO_GROUP = Text(
    en="it belongs to no group that has a total to divide", nl="hij hoort bij geen groep met een te verdelen totaal"
)


def run_steps(tables: Tables[str, TextTable], mapping: Mapping, *, period: str) -> dict[str, TextTable]:
    """Returns all tables after all steps, by name; `period` is that of the delivery."""
    known = dict(tables)
    for step in mapping.steps:
        known[step.target] = _run(step, known, mapping, period=period)
    return known


def _run(step: Step, tables: Tables[str, TextTable], mapping: Mapping, *, period: str) -> TextTable:  # noqa: C901, PLR0912 - one a step
    table = tables[step.table]
    match step:
        case Keep():
            done = _keep(step, table, mapping)
        case Calendar():
            done = calendar(step, table)
        case OfPeriod():
            done = of_period(step, table, period=period)
        case Reduce():
            done = _reduce(step, table, mapping)
        case Latest():
            done = latest(step, table, mapping)
        case Compute():
            done = compute(step, table, mapping, period=period)
        case Spread():
            done = spread(step, table, tables[step.other])
        case Annualise():
            done = annualise(step, table, written=mapping.numbers)
        case Unlist():
            done = _unlist(step, table)
        case Join():
            done = _join(step, table, tables[step.other])
        case First():
            done = _first(step, table, mapping)
        case Apportion():
            done = _apportion(step, table, tables[step.groups], mapping)
        case Long():
            done = _long(step, table)
    return done


def _keep(step: Keep, table: TextTable, mapping: Mapping) -> TextTable:
    cell = pl.col(table.column(step.column))
    fits = pl.lit(value=True)
    if step.filled:
        fits &= cell.is_not_null()
    if step.matches is not None:
        fits &= cell.str.contains(step.matches).fill_null(value=False)
    wanted = mapping.value(step.values)
    if wanted is not None:
        values = [wanted] if isinstance(wanted, str) else [str(value) for value in wanted]  # of pairs: the keys
        fits &= cell.is_in(values).fill_null(value=False)
        if isinstance(step.values, MappingParameter) and not step.negate:
            name = step.values.parameter
            what = Text(en=f"parameter {name} of the source mapping", nl=f"parameter {name} van de bronbeschrijving")
            told = unmatched(what, values, table.frame[table.column(step.column)])
            table = replace(table, notes=(*table.notes, *told))
    return table.with_frame(table.frame.filter(~fits if step.negate else fits), reason=step.reason)


_TAKEN: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "mean": pl.Expr.mean,
    "median": pl.Expr.median,
    "lowest": pl.Expr.min,
    "highest": pl.Expr.max,
    "sum": pl.Expr.sum,
}


def _reduce(step: Reduce, table: TextTable, mapping: Mapping) -> TextTable:
    of = table.columns(*step.of)
    taken = {table.column(reference): _TAKEN[how] for reference, how in step.take.items()}
    numbers = {name: as_number(name, written=mapping.numbers) for name in taken}
    values = [
        as_text(pl.when(numbers[name].is_not_null().any()).then(take(numbers[name])), written=mapping.numbers).alias(
            name
        )
        for name, take in taken.items()
    ]
    others = [pl.col(name).first() for name in table.frame.columns if name not in {*of, *taken}]
    counted = [pl.len().cast(pl.String).alias(step.rows)] if step.rows else []
    made = table.frame.group_by(of, maintain_order=True).agg(*others, *values, *counted)
    return table.put_together(made.select(*table.frame.columns, *([step.rows] if step.rows else [])))


def _unlist(step: Unlist, table: TextTable) -> TextTable:
    lists = [pl.lit(as_list(table, name)) for name in step.columns]
    items = pl.concat_list([one.fill_null(pl.lit([], dtype=pl.List(pl.String))) for one in lists])
    frame = table.frame.with_columns(items.alias(step.item), pl.int_ranges(1, items.list.len() + 1).alias(step.rank))
    frame = frame.filter(pl.col(step.item).list.len() > 0).explode(step.item, step.rank)
    return table.with_frame(frame.with_columns(pl.col(step.rank).cast(pl.String)), reason=_NO_ITEMS)


def _join(step: Join, table: TextTable, other: TextTable) -> TextTable:
    left = [table.column(name) for name in step.keys]
    keys = {other.column(name): f"_key{place}" for place, name in enumerate(step.keys.values())}
    brought = {other.column(name): new for new, name in step.bring.items()}
    right = other.frame.select(
        *(pl.col(name).alias(new) for name, new in keys.items()),
        *(pl.col(name).alias(new) for name, new in brought.items()),
    )
    once = right.unique(subset=list(keys.values()), keep="first", maintain_order=True)
    frame = table.frame.drop(brought.values(), strict=False)
    joined = frame.join(once, left_on=left, right_on=list(keys.values()), how="left", maintain_order="left")
    return replace(table, frame=joined)


def _first(step: First, table: TextTable, mapping: Mapping) -> TextTable:
    of, by = table.column(step.of), table.column(step.by)
    order = as_number(by, written=mapping.numbers)
    frame = table.frame.sort(order, nulls_last=True, maintain_order=True)
    frame = frame.unique(subset=of, keep="first", maintain_order=True).sort(ROW_NUMBER, maintain_order=True)
    return table.put_together(frame)


def _long(step: Long, table: TextTable) -> TextTable:
    names = table.columns(*step.columns)
    kept = [name for name in table.frame.columns if name not in names]
    frame = table.frame.unpivot(names, index=kept, variable_name=step.name, value_name=step.value)
    patterns = [reference[1:] for reference in step.columns if reference.startswith("~") and "(" in reference]
    part = pl.coalesce(*(pl.col(step.name).str.extract(pattern) for pattern in patterns), pl.col(step.name))
    frame = frame.with_columns(part.alias(step.name)).filter(pl.col(step.value).is_not_null())
    return table.with_frame(frame.sort(ROW_NUMBER, maintain_order=True), reason=_NO_VALUE)


def _apportion(step: Apportion, table: TextTable, groups: TextTable, mapping: Mapping) -> TextTable:
    """Divides totals over rows by weight; the amount is text again, as every cell."""
    totals = _totals(step, groups, mapping)
    known = totals.drop_nulls("_total")
    key = table.column(step.key)
    weight = as_number(table.column(step.weight), written=mapping.numbers).fill_null(0).clip(lower_bound=0)
    frame = table.frame.with_columns(weight.alias("_weight"))
    frame = frame.join(known, left_on=key, right_on="_key", how="inner", maintain_order="left")
    frame = frame.with_columns(pl.col("_weight").sum().over(key).alias("_sum"))
    frame = frame.filter(pl.col("_sum").is_between(0, float("inf"), closed="none"))
    part = pl.col("_weight") / pl.col("_sum")  # first: a total times the least weight there is would be rounded
    share = as_text(pl.col("_total") * part, written=mapping.numbers)
    divided = table.with_frame(frame.with_columns(share.alias(step.amount)), reason=_NO_GROUP)
    alone = known.join(frame, left_on="_key", right_on=key, how="anti")
    rest = alone.select(
        pl.lit(NO_ROW, dtype=pl.Int64).alias(ROW_NUMBER),
        pl.col("_key").alias(key),
        as_text(pl.col("_total"), written=mapping.numbers).alias(step.amount),
    )
    whole = pl.concat([divided.frame.drop("_weight", "_total", "_sum"), rest], how="diagonal")
    note = _scale_note(step, frame, key, known=known.height, alone=alone.height, unknown=totals.height - known.height)
    return replace(divided, frame=whole, notes=(*groups.notes, *divided.notes, note))


def _totals(step: Apportion, groups: TextTable, mapping: Mapping) -> pl.DataFrame:
    """Returns the total of every group, empty where there is none."""
    total = as_number(groups.column(step.total), written=mapping.numbers)
    cells = groups.frame.select(pl.col(groups.column(step.group_key)).alias("_key"), total.alias("_total"))
    some = pl.col("_total").is_not_null().any()
    return cells.group_by("_key", maintain_order=True).agg(pl.when(some).then(pl.col("_total").sum()))


def _scale_note(step: Apportion, frame: pl.DataFrame, key: str, *, known: int, alone: int, unknown: int) -> Note:
    """Returns by how much the weights of groups had to be scaled to add up to their totals, and which had none."""
    scales = frame.unique(key).select(pl.col("_total") / pl.col("_sum"))["_total"].to_list()
    low, high = min(scales, default=1.0), max(scales, default=1.0)
    text = Text(
        en=f"{step.total} of {known} groups was divided over the rows by {step.weight}; the weights were scaled by "
        f"{low:.3f} to {high:.3f} to add up to each group's total. {alone} groups without weights kept it in one row; "
        f"{unknown} groups have no total, which is not a total of 0.",
        nl=f"{step.total} van {known} groepen is over de rijen verdeeld naar {step.weight}; de gewichten zijn "
        f"geschaald met {low:.3f} tot {high:.3f} om per groep op het totaal uit te komen. {alone} groepen zonder "
        f"gewicht hielden het in één regel; {unknown} groepen hebben geen totaal, wat iets anders is dan 0.",
    )
    return Note(rule="apportioned", count=known, text=text)
