"""Reading XML as a table of text: the elements right below the root are the records, those within them the columns.

An element within an element becomes a column named with a point (`Location.City`), an attribute one with an `@`. A file
that declares a document type or an entity is refused: nothing is expanded, nothing outside the file is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.raw import ROW_NUMBER, RawTable, Unreadable, unique_names

MAXIMUM_BYTES = 512 * 2**20
DEEPEST = 16
"""Elements within each other."""
MOST_COLUMNS = 1_000
LONGEST_CELL = 2**20
"""Characters."""
MOST_CELLS = 100_000_000
"""Records times columns, empty ones too."""

_CHUNK = 2**20
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_PAGES = (b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta", b"<style")
_NIL = ("true", "1")


def looks_like_xml(path: Path) -> bool:
    """Returns whether a file begins as XML does, and not as a web page."""
    with path.open("rb") as file:
        start = file.read(4096)
    for mark in _MARKS:
        start = start.removeprefix(mark)
    start = start.replace(b"\0", b"").lstrip().lower()
    return start.startswith(b"<") and not start.startswith(_PAGES) and b"<html" not in start


def read_xml(path: Path) -> RawTable:
    """Returns the records of an XML file as text cells; the row number counts them from 1.

    Raises:
        Unreadable: the file is no XML, too large or too deep, declares entities, or holds no records.
    """
    size = path.stat().st_size
    if size > MAXIMUM_BYTES:
        raise _too_large(size)
    found = _Records()
    parser = _parser(found)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position
        parser.Parse(b"", True)  # noqa: FBT003
    except expat.ExpatError as fault:
        raise _no_xml(fault) from None
    if not found.rows:
        raise _no_records()
    return _table(found)


@dataclass
class _Records:
    """What was read: of every column its cells, as rows (from 0) and texts; and where the parser is."""

    cells: dict[str, tuple[list[int], list[str]]] = field(default_factory=dict)
    rows: int = 0
    path: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    length: int = 0

    def start(self, name: str, attributes: list[str]) -> None:
        """Goes into an element."""
        if len(self.path) >= DEEPEST:
            raise _too_deep()
        self.path.append(_local(name))
        self.rows += len(self.path) == 2
        self.text, self.length = [], 0
        for key, value in _pairs(attributes) if len(self.path) > 1 else ():
            self.put(".".join([*self.path[2:], f"@{_local(key)}"]), value)

    def add(self, text: str) -> None:
        """Takes a piece of text up."""
        self.length += len(text)
        if self.length > LONGEST_CELL:
            raise _long_cell()
        self.text.append(text)

    def end(self, name: str) -> None:
        """Comes out of an element; its text is a cell of the record it is in."""
        del name
        text = "".join(self.text).strip()
        if text and len(self.path) > 2:
            self.put(".".join(self.path[2:]), text)
        self.path.pop()
        self.text, self.length = [], 0

    def put(self, column: str, text: str) -> None:
        """Keeps a cell; a column that comes twice in a record keeps both, with a semicolon between."""
        if column not in self.cells and len(self.cells) >= MOST_COLUMNS:
            raise _too_wide()
        rows, texts = self.cells.setdefault(column, ([], []))
        row = self.rows - 1
        if rows and rows[-1] == row:
            texts[-1] = f"{texts[-1]};{text}"
        else:
            rows.append(row)
            texts.append(text)


def _parser(found: _Records) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.ordered_attributes = True
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.add
    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    parser.ExternalEntityRefHandler = _refuse_declaration
    return parser


def _refuse_declaration(*declared: object) -> int:
    del declared
    raise Unreadable(
        Text(
            en="an XML file that declares a document type or entities",
            nl="een XML-bestand met een documenttype of entiteiten",
        ),
        expected=Text(en="plain XML with records", nl="gewone XML met records"),
        action=Text(
            en="download it again from the publisher, or send it as JSON or CSV",
            nl="download het opnieuw bij de uitgever, of stuur het als JSON of CSV",
        ),
    )


def _local(name: str) -> str:
    """Returns a name without its namespace's prefix."""
    return name.rpartition(":")[2]


def _pairs(attributes: list[str]) -> Iterator[tuple[str, str]]:
    """Yields the attributes that are data: no namespaces, no marks of an empty element."""
    for key, value in zip(attributes[::2], attributes[1::2], strict=True):
        if key != "xmlns" and not key.startswith(("xmlns:", "xsi:")) and not (key == "nil" and value in _NIL):
            yield key, value


def _table(found: _Records) -> RawTable:
    if found.rows * (len(found.cells) + 1) > MOST_CELLS:
        raise _too_many(found.rows)
    names = unique_names(tuple(found.cells))
    columns = [_column(name, cells, rows=found.rows) for name, cells in zip(names, found.cells.values(), strict=True)]
    numbers = pl.int_range(1, found.rows + 1, dtype=pl.Int64, eager=True).alias(ROW_NUMBER)
    return RawTable(frame=pl.DataFrame([*columns, numbers]), headings=tuple(found.cells), format="XML")


def _column(name: str, cells: tuple[list[int], list[str]], *, rows: int) -> pl.Series:
    """Returns a column of so many rows with texts in some of them."""
    places, texts = cells
    nothing = pl.Series(name, [None], dtype=pl.String).new_from_index(0, rows)
    return nothing.scatter(places, texts)


_RECORDS = Text(
    en="XML with a root element and a record in each element below it",
    nl="XML met een hoofdelement en daaronder per element een record",
)


def _no_xml(fault: expat.ExpatError) -> Unreadable:
    place = f"line {fault.lineno}, column {fault.offset + 1}"
    plaats = f"regel {fault.lineno}, kolom {fault.offset + 1}"
    return Unreadable(
        Text(
            en=f"a file that is no whole XML (from {place} on)", nl=f"een bestand dat geen hele XML is (vanaf {plaats})"
        ),
        expected=_RECORDS,
        action=Text(en="download it again", nl="download het opnieuw"),
    )


def _no_records() -> Unreadable:
    return Unreadable(
        Text(en="an XML file without records", nl="een XML-bestand zonder records"),
        expected=_RECORDS,
        action=Text(
            en="ask the publisher for the data again, without a filter",
            nl="vraag de gegevens opnieuw op bij de uitgever, zonder filter",
        ),
    )


def _too_large(size: int) -> Unreadable:
    return Unreadable(
        Text(en=f"an XML file of {size:,} bytes", nl=f"een XML-bestand van {size} bytes"),
        expected=Text(en=f"at most {MAXIMUM_BYTES:,} bytes", nl=f"hoogstens {MAXIMUM_BYTES} bytes"),
        action=Text(en="send it as Parquet or CSV", nl="stuur het als Parquet of CSV"),
    )


def _too_many(records: int) -> Unreadable:
    return _no_table(
        Text(
            en=f"{records:,} records, which with all their different elements make over {MOST_CELLS:,} cells",
            nl=f"{records} records, die met al hun verschillende elementen meer dan {MOST_CELLS} cellen maken",
        )
    )


def _too_deep() -> Unreadable:
    return _no_table(
        Text(en=f"more than {DEEPEST} elements within each other", nl=f"meer dan {DEEPEST} elementen in elkaar")
    )


def _too_wide() -> Unreadable:
    return _no_table(
        Text(en=f"more than {MOST_COLUMNS} different elements", nl=f"meer dan {MOST_COLUMNS} verschillende elementen")
    )


def _long_cell() -> Unreadable:
    return _no_table(
        Text(
            en=f"an element with more than {LONGEST_CELL:,} characters",
            nl=f"een element met meer dan {LONGEST_CELL} tekens",
        )
    )


def _no_table(found: Text) -> Unreadable:
    return Unreadable(
        found, expected=_RECORDS, action=Text(en="check which file this is", nl="ga na welk bestand dit is")
    )
