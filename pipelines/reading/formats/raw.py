"""What a reader returns, whatever the format: a table of text cells, with the row number a person sees.

Here stand the types that every reader shares. Nothing here knows a format or a contract's rules.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from data_contracts.problem import Problem
from data_contracts.text import Text

ROW_NUMBER = "row_number"

MOST_COLUMNS = 16_384
"""As many as a worksheet has; every one more costs time for each of the datasets that a file is held against."""

NOTED_ROWS = 20
"""How many rows a note names."""

REJECTION_SCHEMA: dict[str, type[pl.DataType]] = {
    ROW_NUMBER: pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "rule": pl.String,
    "message_nl": pl.String,
    "message_en": pl.String,
}
"""One row a fault: its row, the column (empty for the whole row), the value as delivered, the rule, the messages."""


class Unreadable(Problem):
    """A file that cannot be read as a table: what was found, what was expected, what to do, in both languages."""

    def __init__(self, found: Text, *, expected: Text, action: Text) -> None:
        """Keeps the three parts; the message in English is the exception's own."""
        self.found, self.expected, self.action = found, expected, action
        super().__init__(found, expected=expected, action=action)

    def _message(self) -> str:
        return self.message.en

    @property
    def message(self) -> Text:
        """Returns the three parts as one text."""
        return three_parts(self.found, self.expected, self.action)


class SeveralSheets(Unreadable):
    """A workbook of which several sheets hold data: their names, the widest first."""

    def __init__(self, found: Text, *, expected: Text, action: Text, sheets: tuple[str, ...]) -> None:
        """Keeps the three parts, and the names of the sheets."""
        self.sheets = sheets
        super().__init__(found, expected=expected, action=action)


@dataclass(frozen=True)
class Note:
    """Something a supplier should know of a delivery that was read all the same.

    Attributes:
        rule: what it is, as a name.
        count: how often.
        text: what to say.
        column: where, if in one column.
        rows: the first row numbers it concerns, if it concerns rows.
        odd: whether it makes figures doubtful; else it tells what was restored, ignored or assumed.
    """

    rule: str
    count: int
    text: Text
    column: str | None = None
    rows: tuple[int, ...] = ()
    odd: bool = False


def added_up(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Returns what was said of the parts of a file as said of the whole: one note a rule and column.

    Counts are added up, in the texts too, where a count is the last number; of the rows the first are kept.
    """
    groups: dict[tuple[str, str | None], list[Note]] = {}
    for note in notes:
        groups.setdefault((note.rule, note.column), []).append(note)
    return tuple(group[0] if len(group) == 1 else _one(group) for group in groups.values())


def _one(group: list[Note]) -> Note:
    first, total = group[0], sum(note.count for note in group)
    rows = tuple(sorted(row for note in group for row in note.rows)[:NOTED_ROWS])
    text = Text(en=_recounted(first.text.en, first.count, total), nl=_recounted(first.text.nl, first.count, total))
    return replace(first, count=total, rows=rows, text=text)


def _recounted(text: str, count: int, total: int) -> str:
    return text.replace(f": {count}.", f": {total}.")


@dataclass(frozen=True)
class LeftOut:
    """Delivered rows that a dataset does not have, and why: a filter of the mapping, never a fault of the row."""

    reason: Text
    count: int
    rows: tuple[int, ...]
    """The first few."""

    @property
    def note(self) -> Note:
        """Returns what to tell the supplier."""
        text = Text(
            en=f"{self.count} rows left out: {self.reason.en}.", nl=f"{self.count} rijen weggelaten: {self.reason.nl}."
        )
        return Note(rule="left_out", count=self.count, text=text, rows=self.rows)


@dataclass(frozen=True)
class Taken:
    """What a source mapping took of a file: rows read are rows taken, left out, or put together with a taken one.

    Attributes:
        read: rows of the file.
        left_out: those that are not in the dataset, by reason.
        put_together: those that were put together with another.
    """

    read: int
    left_out: tuple[LeftOut, ...] = ()
    put_together: int = 0

    @property
    def rows_left_out(self) -> int:
        """Returns the number of rows that are not in the dataset."""
        return sum(one.count for one in self.left_out)


@dataclass(frozen=True)
class RawTable:
    """A delivery as read, before any contract has looked at it.

    Attributes:
        frame: one row a data row, all cells text (empty is null), a column for each of `headings` in the same order
            (a repeated heading gets a number), and `row_number`: the line or row as an editor or Excel shows it.
        headings: the headings as delivered.
        format: what the file turned out to be, for people.
        notes: what was found odd and read all the same.
        refused: rows that could not be laid into columns, as `REJECTION_SCHEMA`; their value is the row as delivered.
        stored_numbers: for a column of `frame`, which cells the file itself stores as numbers, so that the point in
            them is a decimal point whatever the rest of the column looks like.
        taken: what a source mapping took of the file, if one made these rows.
        written_here: whether the stored numbers were written by this program, so that no text can put them in doubt.
        put_together: rows of the file that stand in another's row of `frame`, added up while reading.
        said: what the file says outside its table: the rows above the headings, the name of the sheet.
    """

    frame: pl.DataFrame
    headings: tuple[str, ...]
    format: str
    notes: tuple[Note, ...] = ()
    refused: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REJECTION_SCHEMA))
    stored_numbers: Mapping[str, pl.Series] = field(default_factory=dict)
    taken: Taken | None = None
    written_here: bool = False
    put_together: int = 0
    said: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Returns the names of the columns in `frame`, in the order of `headings`."""
        return tuple(name for name in self.frame.columns if name != ROW_NUMBER)

    @property
    def rows(self) -> int:
        """Returns the number of data rows delivered, those that could not be laid into columns included."""
        return self.frame.height + self.put_together + self.refused[ROW_NUMBER].n_unique()


def three_parts(found: Text, expected: Text, action: Text) -> Text:
    """Returns one text of three: found, expected, what to do."""
    return Text(
        en=f"Found: {found.en}. Expected: {expected.en}. What to do: {action.en}.",
        nl=f"Gevonden: {found.nl}. Verwacht: {expected.nl}. Wat te doen: {action.nl}.",
    )


_NAMES_OTHERS = re.compile(r"\*|\^.*\$", re.DOTALL)
"""What Polars reads as a pattern where a name is asked for."""


def unique_names(headings: tuple[str, ...]) -> list[str]:
    """Returns a column name for every heading: itself, with a number behind it where it was there already.

    A heading that Polars takes for a pattern of names (`*`, `^units$`) gets a name by its place, as an empty one does.
    """
    names: list[str] = []
    taken, numbers = {ROW_NUMBER}, dict[str, int]()
    for position, heading in enumerate(headings, start=1):
        base = f"column {position}" if not heading or _NAMES_OTHERS.fullmatch(heading) else heading
        name, number = base, numbers.get(base, 2)
        while name in taken:
            name, number = f"{base} ({number})", number + 1
        taken.add(name)
        numbers[base] = number
        names.append(name)
    return names


def require_bearable_width(columns: int) -> None:
    """Raises for a table wider than any delivery.

    Raises:
        Unreadable: with the three parts.
    """
    if columns > MOST_COLUMNS:
        raise Unreadable(
            Text(en=f"a table of {columns:,} columns", nl=f"een tabel van {columns} kolommen"),
            expected=Text(en=f"at most {MOST_COLUMNS:,} columns", nl=f"hoogstens {MOST_COLUMNS} kolommen"),
            action=Text(
                en="check the separator of the file, or send only the columns that are needed",
                nl="controleer het scheidingsteken van het bestand, of stuur alleen de kolommen die nodig zijn",
            ),
        )
