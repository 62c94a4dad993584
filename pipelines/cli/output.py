"""What commands print: tables for people, JSON and CSV for programs. Results go to stdout, all else to stderr."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    import polars as pl


WIDE = 180
"""Width of a table that is not shown on a terminal: nothing has to fit."""


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else max(WIDE, shutil.get_terminal_size((WIDE, 24)).columns)
    return Console(file=stream, width=width, highlight=False, soft_wrap=False)


def out() -> Console:
    """Returns the console for results."""
    return _console(stderr=False)


def err() -> Console:
    """Returns the console for progress and messages."""
    return _console(stderr=True)


Style = Literal["plain", "euro", "price", "share", "chance", "fte"]


@dataclass(frozen=True)
class ColumnStyle:
    """How a column is shown: its heading, and how its numbers are written."""

    name: str
    heading: str
    style: Style = "plain"


def print_json(value: object) -> None:
    """Prints a value as JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")


@dataclass(frozen=True)
class Separators:
    """How CSV is written: what stands between cells, the decimal sign, and whether a byte order mark begins it."""

    cells: str = ","
    decimal_comma: bool = False
    mark: str = ""

    @classmethod
    def of(cls, lang: Literal["nl", "en"]) -> Separators:
        """Returns what a spreadsheet program in a language opens without a question."""
        return cls(";", decimal_comma=True, mark="\ufeff") if lang == "nl" else cls()


def print_csv(frame: pl.DataFrame, *, separators: Separators = Separators(), first: bool = True) -> None:
    """Prints a frame as CSV; `first` of several, which an empty line divides. No cell is a formula to a spreadsheet.

    What is no number stands in quotes, so that a spreadsheet program can be told to take a code for a text.
    """
    import polars as pl

    from data_contracts.spreadsheet import neutral

    lists = [name for name, kind in frame.schema.items() if kind.is_nested()]
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    plain = frame.with_columns(
        *(pl.Series(name, [_as_json(value) for value in frame[name]], dtype=pl.String) for name in lists),
        *(pl.col(name).map_elements(neutral, return_dtype=pl.String) for name in texts),
    )
    written = plain.write_csv(
        separator=separators.cells, decimal_comma=separators.decimal_comma, quote_style="non_numeric"
    )
    sys.stdout.write((separators.mark if first else "\n") + written)


def _as_json(value: object) -> str | None:
    return None if value is None else json.dumps(getattr(value, "to_list", lambda: value)(), default=_plain)


def print_table(
    frame: pl.DataFrame,
    *,
    title: str | None = None,
    columns: Sequence[ColumnStyle] | None = None,
    lang: Literal["nl", "en"] = "en",
) -> None:
    """Prints a frame as a table: numbers to the right, as a language writes them; nothing for null."""
    shown = columns or [ColumnStyle(name, name) for name in frame.columns]
    numeric = {name for name, kind in frame.schema.items() if kind.is_numeric()}
    rows = frame.select(column.name for column in shown).iter_rows()
    _print_rows(rows, title=title, columns=shown, numeric=numeric, lang=lang)


def print_list(entries: Sequence[Mapping[str, object]], *, title: str, columns: Sequence[ColumnStyle]) -> None:
    """Prints entries that no frame holds as a table; all of them have every column."""
    numeric = {name for name, value in entries[0].items() if isinstance(value, int | float)} if entries else set()
    rows = ([entry[column.name] for column in columns] for entry in entries)
    _print_rows(rows, title=title, columns=columns, numeric=numeric)


def _print_rows(
    rows: Iterable[Sequence[object]],
    *,
    title: str | None,
    columns: Sequence[ColumnStyle],
    numeric: Collection[str],
    lang: Literal["nl", "en"] = "en",
) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column.heading, justify="right" if column.name in numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(value, column.style, lang)) for value, column in zip(row, columns, strict=True)))
    out().print(table)


def _share(value: float) -> str:
    """Returns a share in percent: one decimal from a tenth of a percent on, two below, none where nothing changes."""
    if abs(value) < 0.00005:
        return "0.0%"
    return f"{value:+.1%}" if abs(value) >= 0.001 else f"{value:+.2%}"


_STYLES: dict[Style, Callable[[float], str]] = {
    "plain": lambda value: f"{value:.10g}",
    "euro": lambda value: f"{value:+,.0f}" if abs(value) >= 0.5 else "0",
    "price": lambda value: f"{value:,.2f}",
    "share": _share,
    "chance": lambda value: f"{value:.0%}",
    "fte": lambda value: f"{value:,.1f}",
}


_DUTCH = str.maketrans({",": ".", ".": ",", "%": " %"})
"""What Dutch writes for the signs that English numbers have."""


def written(value: float, style: Style, lang: Literal["nl", "en"]) -> str:
    """Returns a number as a style and a language write it."""
    return _STYLES[style](value).translate(_DUTCH if lang == "nl" else {})


def _cell(value: object, style: Style, lang: Literal["nl", "en"]) -> str:
    """Returns one cell as text; nothing for null."""
    if isinstance(value, float):
        return written(value, style, lang)
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return "" if value is None else str(value)


def _plain(value: object) -> object:
    """Returns what JSON has no type for: money as a number, dates as ISO text."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return str(value)
