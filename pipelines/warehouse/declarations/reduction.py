"""What a line counts for: one set of narwhals expressions, the same on DuckDB, Polars or a distributed engine.

Nothing here knows a file, a workspace or an engine. A line is a row of the dataset `declarations` with its
`delivery_order` (the newest delivery has the highest); all lines are one supplier's, whose numbers are its own. Only
what is small is taken into memory: corrections of corrections, corrections of nothing, and what comes out. Lines that
were delivered twice and corrections stay on the engine, which spills what does not fit.

* Of a line delivered more than once the newest delivery's counts.
* A line that `corrects` another never counts itself; it takes the other one out. A correction that is corrected itself
  does nothing: the first line then counts again, however long the chain.
* A line counts in the period of its `end_date`; without one the care is not closed yet, and it does not count.
* Patients are the different pseudonyms of a cell; they are never added up. Where one line of a cell has no pseudonym,
  the number is unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import narwhals as nw
import polars as pl

LINE = "declaration_id"
ORDER = "delivery_order"
PERIOD = "period_code"
OWNER = ("provider_id", PERIOD)
VOLUME_CELL = ("payer_id", "specialism", "diagnosis", "care_product", "area")
CELL = (*OWNER, *VOLUME_CELL)

_OPTIONAL = ("patient_pseudonym", "amount_eur")
_NUMBER = "cell_number"
_MILLIONTHS = 1_000_000
"""Units are added up as whole millionths: a sum of floats would depend on the order in which an engine adds."""

Lines = nw.LazyFrame[Any]


class Engine(Protocol):
    """What the engine that holds the lines does beside running expressions."""

    def bring(self, frame: pl.DataFrame) -> Lines:
        """Returns a small frame as a table of the engine."""

    def keep(self, lines: Lines) -> Lines:
        """Computes a table once and returns what came out."""

    def newest(self, lines: Lines, key: str, order: str) -> Lines:
        """Returns lines without those whose key another line of a higher order has."""

    def numbered(self, lines: Lines, columns: Sequence[str], name: str) -> Lines:
        """Returns lines with a whole number under a name: of rows with the same values the same, of others seldom."""


@dataclass(frozen=True)
class Reduction:
    """What lines come down to.

    Attributes:
        cells: one row a provider, period and cell of volume, on the engine: lines (without pseudonym, with an
            amount), patients, units, units and euros of the lines with an amount, the newest delivery in it.
        totals: one row a provider and period (empty: not closed): lines and corrections delivered.
        unknown: one row a correction of a line that is nowhere: its provider and period.
        repeated: how many lines were replaced by a newer delivery of the same line.
    """

    cells: Lines
    totals: pl.DataFrame
    unknown: pl.DataFrame
    repeated: int


def reduce_lines(lines: Lines, *, periods: Sequence[str], engine: Engine, several: bool) -> Reduction:
    """Returns what lines come down to.

    Args:
        lines: the accepted lines of one supplier on some engine.
        periods: the region's periods: they say whether a year counts as a whole or by quarter.
        engine: that engine.
        several: whether they come from more than one delivery, so that a line may be there twice.
    """
    lines = lines.with_columns(period_of(nw.col("end_date"), periods).alias(PERIOD))
    newest = engine.newest(lines, LINE, ORDER) if several else lines
    repeated = _rows(lines) - _rows(newest) if several else 0
    lines = newest
    corrections = engine.keep(lines.filter(~nw.col("corrects").is_null()).select(*OWNER, LINE, "corrects"))
    any_corrected = bool(_rows(corrections))
    closed = lines.filter(nw.col("corrects").is_null(), nw.col(PERIOD) > 0)
    counting = closed.join(_reversed(corrections, engine), on=LINE, how="anti") if any_corrected else closed
    totals = _collected(_totals(lines))
    filled = frozenset(name for name in _OPTIONAL if totals[f"filled_{name}"].sum() == totals["lines"].sum())
    return Reduction(
        cells=_cells(counting, filled=filled, several=several, engine=engine),
        totals=totals.drop(f"filled_{name}" for name in _OPTIONAL),
        unknown=_unknown(lines, corrections, engine=engine),
        repeated=repeated,
    )


def period_of(date: nw.Expr, periods: Sequence[str]) -> nw.Expr:
    """Returns the period of a date as a number, 20253 for 2025Q3 and 20250 for all of 2025; 0 without a date.

    A quarter that the region names counts by itself, and so does a year; what it does not name counts by quarter if
    the region names any.
    """
    year, month = date.dt.year(), date.dt.month()
    quarter = 1 + (month > 3).cast(nw.Int32) + (month > 6).cast(nw.Int32) + (month > 9).cast(nw.Int32)
    years = [int(period) for period in periods if len(period) == 4]
    by_quarter = [code_of(period) for period in periods if len(period) > 4]
    whole, part = year * 10, year * 10 + quarter
    if not by_quarter:
        code = whole
    elif not years:
        code = part
    else:
        code = nw.when(year.is_in(years) & ~part.is_in(by_quarter)).then(whole).otherwise(part)
    return nw.when(~date.is_null()).then(code).otherwise(nw.lit(0)).cast(nw.Int32)


def code_of(period: str) -> int:
    """Returns a period as the number that `period_of` gives."""
    return int(period[:4]) * 10 + int(period[5:] or 0)


def period_text(code: nw.Expr) -> nw.Expr:
    """Returns a period's number as text: 2025Q3, or 2025."""
    year, quarter = (code // 10).cast(nw.String), (code % 10).cast(nw.String)
    return nw.when(code % 10 > 0).then(nw.concat_str(year, nw.lit("Q"), quarter)).otherwise(year)


def _reversed(corrections: Lines, engine: Engine) -> Lines:
    """Returns the lines that no longer count: those that a correction names which was not taken back itself.

    Args:
        corrections: one row a line that corrects another: declaration_id, corrects.
        engine: where they are.
    """
    chained = corrections.join(corrections.select(LINE), left_on="corrects", right_on=LINE, how="semi")
    idle = taken_back(_collected(chained.select(LINE, "corrects")))
    acting = corrections.join(engine.bring(idle), on=LINE, how="anti") if idle.height else corrections
    return acting.select(nw.col("corrects").alias(LINE))


def taken_back(chained: pl.DataFrame) -> pl.DataFrame:
    """Returns the corrections that do not act, because one that acts names them.

    That is followed until nothing changes; corrections that name each other in a circle would go on for ever, and
    concern no ordinary line.

    Args:
        chained: one row a correction of a correction: declaration_id, corrects.
    """
    steps: list[pl.DataFrame] = [_named(chained).clear()]
    while len(steps) < 3 or not (steps[-1].equals(steps[-2]) or steps[-1].equals(steps[-3])):
        steps.append(_named(chained.join(steps[-1], on=LINE, how="anti")))
    return steps[-1]


def _named(corrections: pl.DataFrame) -> pl.DataFrame:
    """Returns the lines that corrections name, once each, in a fixed order."""
    return corrections.select(declaration_id="corrects").unique().sort(LINE)


def _cells(counting: Lines, *, filled: frozenset[str], several: bool, engine: Engine) -> Lines:
    """Returns the lines that count, added up by cell: see `Reduction`.

    Patients are told apart by the number of a cell, a third of the work of doing so by all its columns; if two cells
    happen to have one number, by all columns after all.
    """
    units = (nw.col("units") * _MILLIONTHS).round().cast(nw.Int64)
    priced = nw.when(~nw.col("amount_eur").is_null()).then(units)
    parts = counting.select(*CELL, "patient_pseudonym", "amount_eur", ORDER, units=units, priced_units=priced)
    numbered = engine.numbered(parts, CELL, _NUMBER)
    sums, same = _sums(filled=filled, several=several)
    cells = engine.keep(numbered.group_by(*CELL, _NUMBER).agg(*sums))
    if _collected(cells.select(nw.len() - nw.col(_NUMBER).n_unique())).item():
        cells = parts.group_by(*CELL).agg(*sums, nw.col("patient_pseudonym").n_unique().alias("patients"))
    else:
        named = numbered.filter(~nw.col("patient_pseudonym").is_null()).group_by(_NUMBER, "patient_pseudonym").agg()
        cells = cells.join(named.group_by(_NUMBER).agg(nw.len().alias("patients")), on=_NUMBER, how="left")
    copies = [nw.col(like).alias(name) for name, like in same.items()]
    return _finished(cells.with_columns(*copies) if copies else cells)


def _sums(*, filled: frozenset[str], several: bool) -> tuple[list[nw.Expr], dict[str, str]]:
    """Returns what is added up for each cell, and which columns are then the same as another.

    What is the same of all lines is not counted for every cell: `filled` columns, and the delivery unless `several`.
    """
    all_named, all_priced = "patient_pseudonym" in filled, "amount_eur" in filled
    sums = [nw.len().alias("lines"), nw.col("units").sum(), nw.col("amount_eur").sum().alias("revenue_eur")]
    sums += [] if all_named else [nw.col("patient_pseudonym").count().alias("with_pseudonym")]
    sums += [] if all_priced else [nw.col("priced_units").sum(), nw.col("priced_units").count().alias("priced_lines")]
    sums += [nw.col(ORDER).max()] if several else []
    same = {"with_pseudonym": "lines"} if all_named else {}
    same |= {"priced_units": "units", "priced_lines": "lines"} if all_priced else {}
    return sums, same


def _finished(cells: Lines) -> Lines:
    """Returns cells with their period as text, units as numbers, and nothing where nothing is known."""
    everybody, priced = nw.col("with_pseudonym") == nw.col("lines"), nw.col("priced_lines") > 0
    return cells.with_columns(
        period=period_text(nw.col(PERIOD)),
        patients=nw.when(everybody).then(nw.col("patients")),
        units=nw.col("units").cast(nw.Float64) / _MILLIONTHS,
        priced_units=nw.when(priced).then(nw.col("priced_units").cast(nw.Float64) / _MILLIONTHS),
        revenue_eur=nw.when(priced).then(nw.col("revenue_eur")),
    )


def _totals(lines: Lines) -> Lines:
    """Returns how many lines and corrections were delivered, by provider and period."""
    totals = lines.group_by(*OWNER).agg(
        nw.len().alias("lines"),
        nw.col("corrects").count().alias("corrections"),
        *(nw.col(name).count().alias(f"filled_{name}") for name in _OPTIONAL),
    )
    return totals.with_columns(period=nw.when(nw.col(PERIOD) > 0).then(period_text(nw.col(PERIOD))))


def _unknown(lines: Lines, corrections: Lines, *, engine: Engine) -> pl.DataFrame:
    """Returns the corrections of a line that was never delivered."""
    named = corrections.select(nw.col("corrects").alias(LINE))
    known = engine.keep(lines.select(LINE).join(named, on=LINE, how="semi"))
    return _collected(corrections.join(known, left_on="corrects", right_on=LINE, how="anti").select(*OWNER))


def _rows(lines: Lines) -> int:
    """Returns how many rows a table of the engine has."""
    return int(_collected(lines.select(nw.len())).item())


def _collected(lines: Lines) -> pl.DataFrame:
    """Returns a small result in memory."""
    return lines.collect(backend="polars").to_native()
