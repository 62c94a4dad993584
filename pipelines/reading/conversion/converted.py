"""What comes out of converting a column of text: typed values, the cells that could not be converted and why, notes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import Note, three_parts

SPACES = " \t\r\n\u00a0\u2007\u2009\u202f\u200b\ufeff"
"""What may stand around a value without being part of it."""

EMPTY_WORDS = ("-", "--", "n.v.t.", "nvt", "n/a", "null", "onbekend", "unknown", "(leeg)", "(blank)")
"""What people write for 'nothing here'. In a column of words it is read as empty, in a column of numbers refused."""


@dataclass(frozen=True)
class Misfit:
    """Rows that break one rule.

    Attributes:
        rule: the rule's name.
        rows: true for every row that breaks it.
        text: what to say; `{value}` in it stands for what was found.
        found: what was found, per row; without it the value as delivered.
    """

    rule: str
    rows: pl.Series
    text: Text
    found: pl.Series | None = None


@dataclass(frozen=True)
class Remark:
    """Rows of which something is said though they count: where, and what; `{count}` stands for how many.

    `odd`: whether it makes figures doubtful; else it tells what was restored.
    """

    rule: str
    rows: pl.Series
    text: Text
    odd: bool = False

    def note(self, column: str) -> Note:
        """Returns what to tell the supplier."""
        count = int(self.rows.sum())
        return Note(rule=self.rule, count=count, text=self.counted(self.rows), column=column, odd=self.odd)

    def counted(self, rows: pl.Series) -> Text:
        """Returns what to say of so many rows."""
        count = str(int(rows.sum()))
        return Text(en=self.text.en.replace("{count}", count), nl=self.text.nl.replace("{count}", count))


@dataclass(frozen=True)
class Converted:
    """A converted column. Where a fault is, the value is null."""

    values: pl.Series
    faults: tuple[Misfit, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def spread(self, index: pl.Series) -> "Converted":
        """Returns the column of which this is the conversion of every different value; `index` says which is where."""
        return Converted(
            self.values.gather(index),
            tuple(replace(one, rows=one.rows.gather(index)) for one in self.faults),
            tuple(replace(one, rows=one.rows.gather(index)) for one in self.remarks),
        )


def misfit(rule: str, rows: pl.Series, *, expected: Text, action: Text) -> Misfit:
    """Returns a fault whose message names the value that was found, what was expected and what to do."""
    found = Text(en="'{value}'", nl="'{value}'")
    return Misfit(rule, rows.fill_null(value=False), three_parts(found, expected, action))


def trimmed(text: pl.Series) -> pl.Series:
    """Returns the cells without space around them; nothing but space is empty."""
    return text.to_frame("text").select(trimmed_cell(pl.col("text"))).to_series().alias(text.name)


def trimmed_cell(cell: pl.Expr) -> pl.Expr:
    """Returns a cell without space around it; nothing but space is empty."""
    bare = cell.str.strip_chars(SPACES)
    return pl.when(bare != "").then(bare)


_FORMULA = r"^=[^\"]|^=$"
"""A formula; what a spreadsheet is given to keep a code as text (`="0601"`) is none."""


def formula_without_value(cells: pl.Series) -> Misfit:
    """Returns the cells that hold a formula and not its value: the program that wrote them works nothing out."""
    return misfit(
        "formula_without_value",
        cells.str.contains(_FORMULA),
        expected=Text(
            en="a value; this is a formula whose value is not in the file",
            nl="een waarde; dit is een formule waarvan de uitkomst niet in het bestand staat",
        ),
        action=Text(
            en="open the file in a spreadsheet program, save it, and send it again",
            nl="open het bestand in een rekenprogramma, bewaar het en stuur het opnieuw",
        ),
    )


def first_of_each(faults: Iterable[Misfit]) -> tuple[Misfit, ...]:
    """Returns faults so that each row is in the first of them that it has; those without a row are left out."""
    told: list[Misfit] = []
    for one in faults:
        rows = one.rows
        for before in told:
            rows = rows & ~before.rows
        if rows.any():
            told.append(replace(one, rows=rows))
    return tuple(told)
