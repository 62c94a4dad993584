"""A table on its way from a publisher's file to a dataset: text cells, where rows came from, what was left out.

Also the two things every step needs: finding a heading, and reading a cell as a number.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

import polars as pl

from data_contracts.contract import normalised
from data_contracts.text import Text
from pipelines.reading.conversion.numbers import take_apart
from pipelines.reading.formats.raw import ROW_NUMBER, LeftOut, Note, RawTable, Unreadable
from pipelines.reading.sources.mapping import Mapping, Numbers

SHOWN = 20
_DIGITS = 15
"""What a binary number of 64 bits holds of a decimal one."""

NO_ROW = 0
"""The row number of a row that comes from no delivered row: one that the mapping itself holds, or what is left over."""


@dataclass(frozen=True)
class TextTable:
    """One table of a delivery.

    Attributes:
        frame: text columns, and `row_number` of the delivered row that each row comes from.
        source: the delivered table that `row_number` counts in.
        left_out: the delivered rows that no longer appear, with the step that dropped them.
        joined: how many delivered rows were put together with another one.
        notes: what the steps have to say.
    """

    frame: pl.DataFrame
    source: str
    left_out: tuple[LeftOut, ...] = ()
    joined: int = 0
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, raw: RawTable, *, source: str, mapping: Mapping) -> "TextTable":
        """Returns a delivered table: cells trimmed, what means missing empty, numbers as the publisher writes them.

        A workbook stores numbers with a decimal point, whatever sign the publisher's texts have.
        """
        empty = ["", *mapping.missing]
        cells = []
        for name in raw.columns:
            text = pl.col(name).str.strip_chars(" \t\r\n\xa0")
            if name in raw.stored_numbers:
                written = _as_written(raw.frame[name], raw.stored_numbers[name], written=mapping.numbers)
                text = pl.when(pl.lit(raw.stored_numbers[name])).then(pl.lit(written)).otherwise(text)
            cells.append(pl.when(~text.is_in(empty)).then(text).alias(name))
        return cls(frame=raw.frame.with_columns(cells), source=source, joined=raw.put_together)

    def with_frame(self, frame: pl.DataFrame, *, reason: Text | None = None) -> "TextTable":
        """Returns the table with other rows; delivered rows that are gone are left out for the reason."""
        gone = self._gone(frame)
        if reason is None or gone.is_empty():
            return replace(self, frame=frame)
        left = LeftOut(reason, gone.len(), tuple(gone.head(SHOWN).to_list()))
        return replace(self, frame=frame, left_out=(*self.left_out, left))

    def put_together(self, frame: pl.DataFrame) -> "TextTable":
        """Returns the table with other rows; delivered rows that are gone were put together with others."""
        return replace(self, frame=frame, joined=self.joined + self._gone(frame).len())

    def _gone(self, frame: pl.DataFrame) -> pl.Series:
        before, after = self.frame[ROW_NUMBER].unique(), frame[ROW_NUMBER].unique()
        return before.filter(~before.is_in(after.implode())).sort()

    def has(self, reference: str) -> bool:
        """Returns whether any column is meant."""
        return any(name != ROW_NUMBER and is_meant(reference, name) for name in self.frame.columns)

    def column(self, reference: str) -> str:
        """Returns the one column that a reference means: a heading, or `~` and a pattern.

        Raises:
            Unreadable: there is none, or a pattern fits several.
        """
        found = self.columns(reference)
        if len(found) != 1:
            raise _unknown(reference, found, self.frame.columns)
        return found[0]

    def columns(self, *references: str) -> list[str]:
        """Returns the columns that references mean, each at least one.

        Raises:
            Unreadable: there is none for one of them.
        """
        found = []
        for reference in references:
            fitting = [name for name in self.frame.columns if name != ROW_NUMBER and is_meant(reference, name)]
            if not fitting:
                raise _unknown(reference, fitting, self.frame.columns)
            found += fitting
        return list(dict.fromkeys(found))


def _as_written(text: pl.Series, stored: pl.Series, *, written: Numbers) -> pl.Series:
    """Returns numbers that a workbook stores as the publisher writes them; a percentage becomes the number it is of.

    Where texts of the column show that the program that stored them did not know the publisher's notation, those that
    may be short of thousands are no numbers.
    """
    cells, in_doubt = text.to_frame("text"), take_apart(text, stored=stored)
    percentage = pl.col("text").str.strip_suffix("%").cast(pl.Float64, strict=False) / 100
    number = pl.when(pl.col("text").str.ends_with("%")).then(percentage.cast(pl.String)).otherwise("text")
    number = number if written.decimal == "." else number.str.replace(".", written.decimal, literal=True)
    if in_doubt.decimal_signs:
        doubted = pl.lit(in_doubt.could_be_thousands)
        number = pl.when(doubted).then(pl.col("text") + " (x 1000?)").otherwise(number)
    return cells.select(number.alias(text.name)).to_series()


_OTHER_NAMES = {"denhaag": "sgravenhage", "denbosch": "shertogenbosch"}
"""Places with two names that do not look alike."""
_NEAREST = 3


def unmatched(what: Text, wanted: Iterable[str], cells: pl.Series) -> tuple[Note, ...]:
    """Returns what is told of the values of a parameter that no row of the file has, with the nearest that it has.

    Args:
        what: which parameter, of which step or column.
        wanted: its values.
        cells: the cells they are held against.
    """
    there = {value: normalised(value) for value in cells.drop_nulls().unique().sort().to_list()}
    missing = [value for value in wanted if value not in there]
    if not missing:
        return ()
    en, nl = (
        ", ".join(_with_nearest(value, there, word) for value in missing[:SHOWN]) for word in ("perhaps", "misschien")
    )
    text = Text(
        en=f"{what.en}: values that no row of the file has: {en}. If rows were meant, they are missing: correct the "
        "parameter.",
        nl=f"{what.nl}: waarden die geen rij van het bestand heeft: {nl}. Waren er rijen bedoeld, dan ontbreken die: "
        "verbeter de parameter.",
    )
    return (Note(rule="parameter_matches_nothing", count=len(missing), text=text, odd=True),)


def _with_nearest(value: str, there: dict[str, str], perhaps: str) -> str:
    plain = normalised(value)
    pairs = {**_OTHER_NAMES, **{other: name for name, other in _OTHER_NAMES.items()}}
    same = [name for name, shape in there.items() if shape == pairs.get(plain, plain)]
    shapes = {shape: name for name, shape in there.items()}
    close = same or [shapes[shape] for shape in get_close_matches(plain, list(shapes), n=_NEAREST, cutoff=0.6)]
    return f"'{value}'" + (f" ({perhaps} {', '.join(map(repr, close))})" if close else "")


def as_list(table: TextTable, reference: str) -> pl.Series:
    """Returns the lists that the cells of a column hold, empty where a cell is.

    Raises:
        Unreadable: a cell is filled in and holds no list.
    """
    name = table.column(reference)
    try:
        return table.frame.select(pl.col(name).str.json_decode(pl.List(pl.String))).to_series()
    except pl.exceptions.PolarsError:
        raise Unreadable(
            Text(en=f"a cell of '{name}' that is no list", nl=f"een cel van '{name}' die geen lijst is"),
            expected=Text(en="a JSON list, such as [1, 2]", nl="een JSON-lijst, zoals [1, 2]"),
            action=Text(en="check the file, or the mapping", nl="controleer het bestand, of de bronbeschrijving"),
        ) from None


def is_meant(reference: str, heading: str) -> bool:
    """Returns whether a reference means a heading: the same words, or `~` and a pattern found in it."""
    if reference.startswith("~"):
        return re.search(reference[1:], heading) is not None
    return reference == heading or normalised(reference) == normalised(heading)


def as_number(name: str, *, written: Numbers) -> pl.Expr:
    """Returns a text column as numbers; what is no number is empty."""
    text = pl.col(name)
    for sign in written.signs:
        text = text.str.replace_all(sign, "", literal=True)
    text = text.str.strip_chars()
    if written.thousands:
        text = text.str.replace_all(written.thousands, "", literal=True)
    if written.decimal != ".":
        text = text.str.replace(written.decimal, ".", literal=True)
    number = text.cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number).alias(name)


def exact(number: pl.Expr) -> pl.Expr:
    """Returns what was computed with the fifteen digits that it has: 110 x 0.8755 is 96.305, not the nearest binary."""
    return number.round_sig_figs(_DIGITS)


def as_digits(number: pl.Expr) -> pl.Expr:
    """Returns numbers as text, with the digits that they have."""
    return exact(number).cast(pl.String)


def as_text(number: pl.Expr, *, written: Numbers) -> pl.Expr:
    """Returns numbers as text, as the publisher writes them: in a table every cell is text."""
    text = as_digits(number)
    return text if written.decimal == "." else text.str.replace(".", written.decimal, literal=True)


def no_number(name: str, *, written: Numbers) -> pl.Expr:
    """Returns the cells of a column that are filled in and are no number, else empty."""
    return pl.when(as_number(name, written=written).is_null()).then(pl.col(name)).alias(name)


def _unknown(reference: str, found: list[str], columns: list[str]) -> Unreadable:
    shown = ", ".join(f"'{name}'" for name in columns[:SHOWN] if name != ROW_NUMBER)
    what = f"{len(found)} columns" if found else "no column"
    wat = f"{len(found)} kolommen" if found else "geen kolom"
    return Unreadable(
        Text(
            en=f"{what} for '{reference}'; the headings are {shown}",
            nl=f"{wat} voor '{reference}'; de kolomkoppen zijn {shown}",
        ),
        expected=Text(
            en="one column, as the publisher's layout has it", nl="één kolom, zoals in de opmaak van de uitgever"
        ),
        action=Text(
            en="check that this is the file that is meant; if the publisher changed its layout, correct "
            "the source mapping",
            nl="ga na of dit het bedoelde bestand is; heeft de uitgever zijn opmaak veranderd, verbeter "
            "dan de bronbeschrijving",
        ),
    )
