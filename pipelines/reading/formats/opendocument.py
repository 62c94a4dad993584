"""Reading the sheets of an OpenDocument workbook (.ods) that together are one wide table: row after row, in one pass.

Publishers spread a table of thousands of columns over sheets. Only the columns that are asked for are kept, so that a
workbook that unpacks to gigabytes is read in little memory. A document type or an entity is refused, nothing is
expanded; cells and rows that are said to repeat are counted, and only those that hold something are kept.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.archives import NOT_WHOLE
from pipelines.reading.formats.raw import ROW_NUMBER, Note, RawTable, Unreadable, unique_names

MAXIMUM_BYTES = 4 * 2**30
"""Unpacked: the largest real one has one and a half."""
MAXIMUM_RATIO = 400
"""Unpacked to packed, beyond 100 MB: real workbooks stay under a hundred, bombs reach a thousand."""
MOST_ROWS = 1_048_576
MOST_COLUMNS = 16_384
MOST_CELLS = 20_000_000
"""Kept, of all sheets together."""
LONGEST_CELL = 2**20

_CONTENT = "content.xml"
_CHUNK = 4 * 2**20
_CELLS = ("table:table-cell", "table:covered-table-cell")
_VALUES = ("office:value", "office:date-value", "office:time-value", "office:boolean-value", "office:string-value")
_NUMBERS = ("float", "currency", "percentage")

Wanted = Callable[[str], bool]


@dataclass
class _Sheet:
    """One sheet: its headings by place, and of the columns that are kept the cells by row (the first below is 1).

    `rows` counts them as they come, `height` up to the last that holds anything.
    """

    name: str
    headings: dict[int, str] = field(default_factory=dict)
    cells: dict[int, dict[int, str]] = field(default_factory=dict)
    rows: int = 0
    height: int = 0


def is_opendocument(path: Path) -> bool:
    """Returns whether a file is an OpenDocument workbook, by its content."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except NOT_WHOLE:
        return False
    return _CONTENT in names and "mimetype" in names and "xl/workbook.xml" not in names


def read_opendocument(path: Path, *, sheets: str, wanted: Wanted) -> RawTable:
    """Returns the wanted columns of all sheets whose name fits, side by side.

    Rows belong together by the first column where all sheets have it under the same heading, else by their place.

    Args:
        path: the workbook.
        sheets: a regular expression for the names of the sheets.
        wanted: whether a heading is wanted; the first column of a sheet always is.

    Returns:
        The table; its row number is that of the first sheet.

    Raises:
        Unreadable: the workbook is damaged or a bomb, no sheet fits, or the sheets' rows do not belong together.
    """
    found = _read(path, re.compile(sheets), wanted)
    filled = [sheet for sheet in found if sheet.headings]
    if not filled:
        raise _no_sheets(sheets)
    frames = [_frame(sheet) for sheet in filled]
    joined, note = _together(filled, frames)
    headings = tuple(name for name in joined.columns if name != ROW_NUMBER)
    blank = pl.all_horizontal(pl.col(headings).is_null())
    names = ", ".join(sheet.name for sheet in filled[:3]) + (", ..." if len(filled) > 3 else "")
    return RawTable(frame=joined.filter(~blank), headings=headings, format=f"OpenDocument ({names})", notes=(note,))


def _read(path: Path, sheets: re.Pattern[str], wanted: Wanted) -> list[_Sheet]:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.ordered_attributes = True
    reader = _Reader(sheets, wanted, parser=parser)
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = _refuse_declaration
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(archive)
            with archive.open(_CONTENT) as content:
                while chunk := content.read(_CHUNK):
                    parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position
            parser.Parse(b"", True)  # noqa: FBT003
    except (*NOT_WHOLE, KeyError, expat.ExpatError) as fault:
        raise _damaged() from fault
    return reader.sheets


def _refuse_bomb(archive: zipfile.ZipFile) -> None:
    part = archive.getinfo(_CONTENT)
    tight = part.file_size > 100 * 2**20 and part.file_size > MAXIMUM_RATIO * max(part.compress_size, 1)
    if tight or part.file_size > MAXIMUM_BYTES:
        raise _too_large()


class _Reader:
    """Goes through the content of a workbook once, and keeps what is wanted of the sheets whose names fit.

    Text is only asked for within a cell that is kept: most of a large workbook passes unseen.
    """

    def __init__(self, sheets: re.Pattern[str], wanted: Wanted, *, parser: expat.XMLParserType) -> None:
        self.sheets: list[_Sheet] = []
        self._parser = parser
        self._names, self._wanted = sheets, wanted
        self._sheet: _Sheet | None = None
        self._repeated_row = 1
        self._place = self._repeated = 0
        self._filled: dict[int, str] = {}
        self._holds = False
        self._value: str | None = None
        self._pieces: list[str] | None = None
        self._length = self._aside = self._kept = 0

    def start(self, name: str, attributes: list[str]) -> None:
        """Goes into an element."""
        if name in _CELLS:
            self._open_cell(attributes)
        elif name == "table:table":
            self._open_sheet(_attribute(attributes, "table:name") or "")
        elif name == "table:table-row":
            self._repeated_row = _times(attributes, "table:number-rows-repeated")
            self._place, self._filled, self._holds = 0, {}, False
        elif self._pieces is None and not self._aside:
            return
        elif name == "office:annotation":
            self._aside += 1
        elif self._pieces and name in {"text:p", "text:line-break", "text:s"}:
            self._pieces.append(" ")

    def text(self, text: str) -> None:
        """Takes text up, if it is that of a cell that is kept."""
        if self._pieces is None or self._aside:
            return
        self._length += len(text)
        if self._length > LONGEST_CELL:
            raise _too_large()
        self._pieces.append(text)

    def end(self, name: str) -> None:
        """Comes out of an element."""
        if self._sheet is None:
            return
        if name in _CELLS:
            self._close_cell()
        elif name == "text:p":
            return
        elif name == "table:table-row":
            self._close_row(self._sheet)
        elif name == "office:annotation" and self._aside:
            self._aside -= 1
        elif name == "table:table":
            self.sheets.append(self._sheet)
            self._sheet = None

    def _open_sheet(self, name: str) -> None:
        self._sheet = _Sheet(name) if self._names.search(name) else None

    def _open_cell(self, attributes: list[str]) -> None:
        sheet = self._sheet
        self._repeated = _times(attributes, "table:number-columns-repeated") if attributes else 1
        self._holds = self._holds or "office:value-type" in attributes
        if sheet is None or (sheet.headings and not self._is_kept(sheet)):
            return
        self._value = _value(attributes)
        if self._value is None:
            self._pieces, self._length = [], 0
            self._parser.CharacterDataHandler = self.text

    def _is_kept(self, sheet: _Sheet) -> bool:
        """Returns whether a cell stands, or begins to repeat, in a column that is kept."""
        if self._repeated == 1:
            return self._place in sheet.cells
        return any(self._place <= place < self._place + self._repeated for place in sheet.cells)

    def _close_cell(self) -> None:
        if self._pieces is None and self._value is None:
            self._place += self._repeated
            return
        text = (self._value if self._pieces is None else "".join(self._pieces)) or ""
        text = text.strip()
        self._parser.CharacterDataHandler = None
        if text and self._place + self._repeated > MOST_COLUMNS:
            raise _too_large()
        if text:
            self._filled |= dict.fromkeys(range(self._place, self._place + self._repeated), text)
        self._place += self._repeated
        self._pieces = self._value = None

    def _close_row(self, sheet: _Sheet) -> None:
        if not sheet.headings:
            if len(self._filled) > 1:
                sheet.headings = dict(self._filled)
                wanted = [place for place, heading in self._filled.items() if place == 0 or self._wanted(heading)]
                sheet.cells = {place: {} for place in wanted}
            return
        kept = {place: text for place, text in self._filled.items() if place in sheet.cells}
        self._kept += len(kept) * self._repeated_row
        if kept and (sheet.rows + self._repeated_row > MOST_ROWS or self._kept > MOST_CELLS):
            raise _too_large()
        for place, text in kept.items():
            rows = range(sheet.rows + 1, sheet.rows + self._repeated_row + 1)
            sheet.cells[place].update(dict.fromkeys(rows, text))
        sheet.rows += self._repeated_row
        if self._holds:
            sheet.height = min(sheet.rows, MOST_ROWS)


def _attribute(attributes: list[str], name: str) -> str | None:
    return next((value for key, value in _pairs(attributes) if key == name), None)


def _pairs(attributes: list[str]) -> Iterator[tuple[str, str]]:
    return zip(attributes[::2], attributes[1::2], strict=True)


def _times(attributes: list[str], name: str) -> int:
    """Returns how often a row or cell repeats."""
    given = _attribute(attributes, name) if name in attributes else None
    return max(1, min(int(given), 2**31)) if given is not None and given.isdigit() else 1


def _value(attributes: list[str]) -> str | None:
    """Returns the value that a cell holds beside its text; None for text."""
    given = dict(_pairs(attributes))
    return next((given[name] for name in _VALUES if name in given), None)


def _frame(sheet: _Sheet) -> pl.DataFrame:
    """Returns the kept columns of a sheet, and `row_number` (the first row below the headings is 2)."""
    height = max([sheet.height, *(max(cells, default=0) for cells in sheet.cells.values())])
    places = sorted(sheet.cells)
    names = unique_names(tuple(sheet.headings.get(place, "") for place in places))
    columns = [_column(name, sheet.cells[place], height) for name, place in zip(names, places, strict=True)]
    numbers = pl.int_range(2, height + 2, dtype=pl.Int64, eager=True).alias(ROW_NUMBER)
    return pl.DataFrame([*columns, numbers])


def _column(name: str, cells: dict[int, str], height: int) -> pl.Series:
    nothing = pl.Series(name, [None], dtype=pl.String).new_from_index(0, height)
    return nothing.scatter([row - 1 for row in cells], list(cells.values()))


def _together(sheets: list[_Sheet], frames: list[pl.DataFrame]) -> tuple[pl.DataFrame, Note]:
    """Returns the sheets side by side, and how their rows were put together."""
    key = _shared_key(frames)
    if key is None and len({frame.height for frame in frames}) > 1:
        raise _no_shared_rows(sheets, frames)
    table = frames[0]
    for frame in frames[1:]:
        new = [name for name in frame.columns if name not in table.columns and name != ROW_NUMBER]
        if key is None:
            table = table.with_columns(frame.select(new))
        else:
            table = table.join(frame.select(key, *new), on=key, how="full", coalesce=True, maintain_order="left")
    text = Text(
        en=f"{len(sheets)} sheets were read as one table, row by row"
        + (f" by '{key}'." if key is not None else ": each has the same number of rows, in the same order."),
        nl=f"{len(sheets)} werkbladen zijn als één tabel gelezen, rij bij rij"
        + (f" op '{key}'." if key is not None else ": elk heeft evenveel rijen, in dezelfde volgorde."),
    )
    numbers = pl.col(ROW_NUMBER).fill_null(0)
    return table.with_columns(numbers), Note(rule="sheets_together", count=len(sheets), text=text)


def _shared_key(frames: list[pl.DataFrame]) -> str | None:
    """Returns the heading of the first column if all sheets share it, and it says in each which row is which."""
    firsts = {frame.columns[0] for frame in frames}
    if len(firsts) > 1:
        return None
    (key,) = firsts
    return key if all(frame[key].null_count() == 0 and frame[key].is_unique().all() for frame in frames) else None


_EXPECTED = Text(
    en="a workbook whose sheets together are one table", nl="een werkmap waarvan de werkbladen samen één tabel zijn"
)


def _refuse_declaration(*declared: object) -> None:
    del declared
    raise _damaged()


def _damaged() -> Unreadable:
    return Unreadable(
        Text(
            en="an OpenDocument workbook that is damaged or incomplete",
            nl="een OpenDocument-werkmap die beschadigd of onvolledig is",
        ),
        expected=_EXPECTED,
        action=Text(en="download it again, or save it as .xlsx", nl="download hem opnieuw, of bewaar hem als .xlsx"),
    )


def _too_large() -> Unreadable:
    return Unreadable(
        Text(
            en="a workbook that unpacks to a size no delivery has",
            nl="een werkmap die uitpakt tot een omvang die geen levering heeft",
        ),
        expected=_EXPECTED,
        action=Text(en="send the data as CSV or Parquet", nl="stuur de gegevens als CSV of Parquet"),
    )


def _no_sheets(sheets: str) -> Unreadable:
    return Unreadable(
        Text(en=f"no sheet with data named {sheets}", nl=f"geen werkblad met gegevens met de naam {sheets}"),
        expected=_EXPECTED,
        action=Text(en="check which file this is", nl="ga na welk bestand dit is"),
    )


def _no_shared_rows(sheets: list[_Sheet], frames: list[pl.DataFrame]) -> Unreadable:
    counts = ", ".join(f"{sheet.name}: {frame.height}" for sheet, frame in zip(sheets, frames, strict=True))
    return Unreadable(
        Text(
            en=f"sheets with different numbers of rows and no shared first column ({counts})",
            nl=f"werkbladen met verschillende aantallen rijen en zonder gedeelde eerste kolom ({counts})",
        ),
        expected=_EXPECTED,
        action=Text(en="put the columns that are needed on one sheet", nl="zet de kolommen die nodig zijn op één blad"),
    )
