"""Reading Excel workbooks: one sheet with data, a row of headings somewhere near its top, every cell as text.

The workbook is an archive of XML; before it is opened for real, one pass over its parts checks that it is whole, how
large it becomes, and which cells are merged.
"""

import logging
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree as ET

import fastexcel
import polars as pl

from data_contracts.contract_words import WORDS
from data_contracts.problem import nearest, one_of
from data_contracts.text import Text
from pipelines.reading.formats.archives import NOT_WHOLE
from pipelines.reading.formats.excel_cells import (
    Shown,
    Styles,
    column_number,
    number_cells,
    shown_in,
    styles_of,
)
from pipelines.reading.formats.headings import SEARCHED_ROWS, Known, above_note, heading_row, known_count, titles
from pipelines.reading.formats.raw import (
    NOTED_ROWS,
    REJECTION_SCHEMA,
    ROW_NUMBER,
    Note,
    RawTable,
    SeveralSheets,
    Unreadable,
    unique_names,
)

logging.getLogger("fastexcel").addHandler(logging.NullHandler())  # it remarks on empty columns, which are no matter

MAXIMUM_BYTES = 2 * 2**30
"""Uncompressed, all parts together: a full sheet of a million rows and twenty columns stays under one GiB."""
MAXIMUM_RATIO = 400
"""Uncompressed to compressed, for parts over 100 MB: real sheets stay under a hundred, bombs reach a thousand."""
MAXIMUM_CELLS = 100_000_000
"""Of the rectangle that holds all cells: one stray cell far away makes it as large as the sheet can be."""

MAXIMUM_FORM_BYTES = 32 * 2**20
"""Of a workbook that is read as a form, whole and sheet by sheet."""

_OWN_NAMES = {".xlsx", ".xlsm"}
"""Under another name the library goes by the name; given the bytes it goes by what is in them."""
_CHUNK = 8 * 2**20
_OVERLAP = 256
_IS = rb'\s*=\s*["\']'
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?\bref" + _IS + rb'([A-Za-z]+)(\d+):([A-Za-z]+)(\d+)["\']')
_ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br" + _IS + rb'(\d+)["\']')
_FAR_ROW = re.compile(rb"\br" + _IS + rb'[A-Za-z]+(\d{6,})["\']')
_FAR_COLUMN = re.compile(rb"\br" + _IS + rb'([A-Za-z]{2,})\d+["\'][^>/]*>')
"""Of any length: a damaged file may name a column that no workbook has, and the reader makes room up to it."""
_USED_COLUMN = re.compile(rb"\br" + _IS + rb'([A-Za-z]{1,3})\d+["\'][^>/]*>')
_TWO_READINGS = r"\d[.,]\d"
"""Numbers whose notation matters: if a sheet has one, it matters too which of its cells are stored as numbers."""
_FEWEST_KNOWN = 2
"""Known headings of a sheet that holds a table of the dataset, and no list of words or notes."""
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
EXPLANATION = ("column", "kind", "must_be_filled", "key")
"""The words that stand above the columns of a sheet with which the program's own templates explain themselves."""
_OWN_EXPLANATION = {tuple(getattr(words, name) for name in EXPLANATION) for words in WORDS.values()}
_ERROR = re.compile(r"Error\((\w+)\)")
_ERROR_SIGNS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}


@dataclass(frozen=True)
class _Merge:
    """A block of merged cells; rows and columns from 1, both ends included."""

    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def __str__(self) -> str:
        return f"{_letters(self.first_column)}{self.first_row}:{_letters(self.last_column)}{self.last_row}"


@dataclass
class _Part:
    """What the pass over one sheet's XML found."""

    merges: list[_Merge] = field(default_factory=list)
    last_row: int = 0
    last_column: int = 26


@dataclass(frozen=True)
class _Sheet:
    """One sheet with its row of headings, as an index into `cells`, and whether it is hidden."""

    name: str
    cells: pl.DataFrame
    header: int
    score: int
    errors: tuple[tuple[int, int, str], ...]
    hidden: bool = False


def read_excel(path: Path, *, known: Known, sheet: str | None = None) -> RawTable:
    """Returns the one sheet with data as text cells.

    Args:
        path: the workbook.
        known: returns the column that a heading means, or None.
        sheet: a regular expression for the name of the sheet; by default the one visible sheet with data.

    Raises:
        Unreadable: the workbook is damaged or a bomb; it has no sheet with data or of that name, or two; cells are
            merged where the headings or the data are.
    """
    with _opened(path) as archive:
        _check_archive(archive)
        parts = _sheet_parts(archive)
        surveyed = {name: _survey(archive, part) for name, part in parts.items()}
        sheets = _loaded(path, surveyed, known)
        chosen = _chosen(sheets) if sheet is None else _named(sheets, sheet)
        _refuse_merged(surveyed.get(chosen.name, _Part()).merges, chosen)
        aside = _aside_notes([] if sheet is not None else [one for one in sheets if one is not chosen])
        return _table(chosen, aside, archive=archive, part=parts.get(chosen.name))


def sheet_names(path: Path) -> tuple[str, ...]:
    """Returns the names of a workbook's sheets, the hidden ones too, in their order.

    Raises:
        Unreadable: the workbook is damaged or a bomb.
    """
    with _opened(path) as archive:
        _check_archive(archive)
        return tuple(_sheet_parts(archive))


@dataclass(frozen=True)
class SheetCells:
    """One visible sheet as it is: its name, and every cell as text in columns `0`, `1`, ...; row 0 is its first."""

    name: str
    cells: pl.DataFrame


def read_sheets(path: Path) -> list[SheetCells]:
    """Returns every visible sheet of a workbook that is not empty, for a form that is no single table.

    A workbook of the old kind (.xls) is read too: it holds no archive that could unpack to something else.

    Raises:
        Unreadable: the workbook is damaged, a bomb, or larger than a form can be.
    """
    if path.stat().st_size > MAXIMUM_FORM_BYTES:
        raise _too_large_for_a_form(path.stat().st_size)
    shown = _shown_by_name(path) if zipfile.is_zipfile(path) else {}
    try:
        book = fastexcel.read_excel(path)
        sheets = [_cells(book, index) for index in range(len(book.sheet_names))]
    except (fastexcel.FastExcelError, pl.exceptions.PanicException, OSError, ValueError) as fault:
        raise _damaged() from fault
    return [replace(sheet, cells=_as_shown(sheet.cells, shown.get(sheet.name))) for sheet in sheets if sheet]


def _shown_by_name(path: Path) -> dict[str, "_Look"]:
    """Returns what the sheets of a checked workbook show beside their values."""
    with _opened(path) as archive:
        _check_archive(archive)
        parts = _sheet_parts(archive)
        for part in parts.values():
            _survey(archive, part)
        return {name: _look(archive, part) for name, part in parts.items()}


@dataclass(frozen=True)
class _Look:
    """What a sheet shows beside its values, and the number (from 1) of its first column with a cell."""

    shown: Shown
    first_column: int


def _look(archive: zipfile.ZipFile, part: str) -> _Look:
    return _Look(shown_in(_pieces(archive, part), _styles(archive)), _first_column(archive, part))


def _styles(archive: zipfile.ZipFile) -> Styles:
    """Returns how the workbook's cells show numbers."""
    relations = _xml(archive, "xl/_rels/workbook.xml.rels")
    target = next((one.get("Target", "") for one in relations.iter() if one.get("Type", "").endswith("/styles")), "")
    part = _part_name(target)
    styles = _xml(archive, part) if part in archive.namelist() else None
    return styles_of(_xml(archive, "xl/workbook.xml"), styles)


def _as_shown(cells: pl.DataFrame, look: _Look | None, *, below: int = 0) -> pl.DataFrame:
    """Puts what cells show in the place of their value, below some row; a date without a time is a date."""
    cells = cells.with_columns(pl.all().str.replace(_MIDNIGHT, "$1"))
    texts = look.shown.texts if look else {}
    lowest = max((row for row, _ in texts), default=0)
    if lowest > cells.height:  # the reader ends where values end
        more = pl.DataFrame({name: [None] * (lowest - cells.height) for name in cells.columns}, schema=cells.schema)
        cells = pl.concat([cells, more])
    by_column: dict[str, dict[int, str]] = {}
    for (row, column), text in texts.items():
        if row > below and look is not None:
            by_column.setdefault(str(column - look.first_column), {})[row - 1] = text
    patched = [
        cells[name].scatter(list(texts), list(texts.values())).alias(name)
        for name, texts in by_column.items()
        if name in cells.columns
    ]
    return cells.with_columns(patched)


def _cells(book: fastexcel.ExcelReader, index: int) -> SheetCells | None:
    sheet = book.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
    if sheet.visible != "visible" or sheet.width == 0:
        return None
    batch, errors = sheet.to_arrow_with_errors()
    cells = pl.DataFrame(batch)
    cells = cells.rename({name: str(position) for position, name in enumerate(cells.columns)})
    found = tuple(_error(error) for error in (errors.errors if errors else ()))
    return SheetCells(sheet.name, _with_errors(cells, found))


def _too_large_for_a_form(size: int) -> Unreadable:
    return Unreadable(
        Text(en=f"a workbook of {size:,} bytes", nl=f"een werkmap van {size} bytes"),
        expected=Text(
            en=f"a filled-in form, at most {MAXIMUM_FORM_BYTES:,} bytes",
            nl=f"een ingevuld formulier, hoogstens {MAXIMUM_FORM_BYTES} bytes",
        ),
        action=Text(en="send the form alone", nl="stuur alleen het formulier"),
    )


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except NOT_WHOLE as fault:
        raise _damaged() from fault


def _check_archive(archive: zipfile.ZipFile) -> None:
    """Raises for an archive that would unpack to far more than a workbook is."""
    entries = archive.infolist()
    bombs = [e for e in entries if e.file_size > 100 * 2**20 and e.file_size > MAXIMUM_RATIO * max(e.compress_size, 1)]
    if bombs or len(entries) > 10_000 or sum(entry.file_size for entry in entries) > MAXIMUM_BYTES:
        raise Unreadable(
            Text(
                en="a workbook that unpacks to a size no delivery has",
                nl="een werkmap die uitpakt tot een omvang die geen levering heeft",
            ),
            expected=Text(en="a workbook with one table", nl="een werkmap met één tabel"),
            action=Text(en="send the data as CSV or Parquet", nl="stuur de gegevens als CSV of Parquet"),
        )


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Returns the archive's part of every worksheet, by the sheet's name."""
    workbook = _xml(archive, "xl/workbook.xml")
    relations = {
        entry.get("Id", ""): entry.get("Target", "") for entry in _xml(archive, "xl/_rels/workbook.xml.rels").iter()
    }
    parts = {}
    for sheet in workbook.iter():
        if _local(sheet.tag) == "sheet":
            identifier = next((value for key, value in sheet.attrib.items() if _local(key) == "id"), "")
            target = relations.get(identifier, "")
            parts[sheet.get("name", "")] = _part_name(target)
    names = set(archive.namelist())
    return {name: part for name, part in parts.items() if part in names}


def _part_name(target: str) -> str:
    """Returns the name in the archive of what the workbook refers to."""
    return target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))


def _xml(archive: zipfile.ZipFile, part: str) -> ET.Element:
    """Returns a small part of the workbook as XML; a document type, which may hold an entity bomb, is refused."""
    try:
        content = archive.read(part)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise _damaged()
        return ET.fromstring(content)  # noqa: S314 - no document type, so no entities
    except (*NOT_WHOLE, KeyError, ET.ParseError) as fault:
        raise _damaged() from fault


def _survey(archive: zipfile.ZipFile, part: str) -> _Part:
    """Returns the merged cells and the extent of one sheet; raises when the part is damaged or its extent absurd."""
    found = _Part()
    for number, chunk in enumerate(_chunks(archive, part)):
        if number == 0 and not chunk.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            raise _damaged()  # not UTF-8: what follows could not be checked
        if b"<!DOCTYPE" in chunk or b"<!ENTITY" in chunk:
            raise _damaged()
        found.merges += [
            _Merge(int(top), int(bottom), column_number(left), column_number(right))
            for left, top, right, bottom in _MERGE.findall(chunk)
        ]
        rows = (int(digits[:9]) for digits in {*_ROW.findall(chunk), *_FAR_ROW.findall(chunk)})
        found.last_row = max(found.last_row, max(rows, default=0))
        found.last_column = max(found.last_column, max(map(column_number, set(_FAR_COLUMN.findall(chunk))), default=0))
    if found.last_row * found.last_column > MAXIMUM_CELLS:
        corner = f"{_letters(found.last_column)}{found.last_row}"
        raise Unreadable(
            Text(en=f"a sheet that reaches to cell {corner}", nl=f"een werkblad dat tot cel {corner} loopt"),
            expected=Text(en="one table, from the first columns on", nl="één tabel, vanaf de eerste kolommen"),
            action=Text(
                en="delete the empty rows and columns behind the table, or send it as CSV",
                nl="verwijder de lege rijen en kolommen achter de tabel, of stuur die als CSV",
            ),
        )
    found.merges = sorted(set(found.merges), key=lambda merge: (merge.first_row, merge.first_column))
    return found


def _chunks(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yields a part in pieces that overlap, so that no tag is cut; raises when the archive is not whole."""
    tail = b""
    for piece in _pieces(archive, part):
        yield tail + piece
        tail = piece[-_OVERLAP:]


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yields a part in pieces; raises when the archive is not whole."""
    try:
        with archive.open(part) as stream:
            while piece := stream.read(_CHUNK):
                yield piece
    except NOT_WHOLE as fault:
        raise _damaged() from fault


def _loaded(path: Path, surveyed: Mapping[str, _Part], known: Known) -> list[_Sheet]:
    """Returns the sheets that hold a table, the hidden ones too."""
    try:
        book = fastexcel.read_excel(path if path.suffix.lower() in _OWN_NAMES else path.read_bytes())
        loaded = [_load(book, index, known) for index in range(len(book.sheet_names))]
    except (fastexcel.FastExcelError, pl.exceptions.PanicException, OSError, ValueError) as fault:
        raise _damaged() from fault
    return [sheet for sheet in loaded if sheet is not None and (sheet.name in surveyed or not surveyed)]


def _chosen(sheets: Sequence[_Sheet]) -> _Sheet:
    """Returns the one visible sheet with data."""
    visible = [sheet for sheet in sheets if not sheet.hidden]
    best = max((sheet.score for sheet in visible), default=0)
    candidates = [sheet for sheet in visible if sheet.score * 2 > best] if best >= 2 else visible
    if len(candidates) == 1:
        return candidates[0]
    raise _several(candidates) if candidates else _no_sheet()


def _is_plain_name(pattern: str) -> bool:
    """Returns whether an expression is one name, its signs escaped."""
    return not re.search(r"[\^$.*+?()\[\]{}|]", re.sub(r"\\.", "", pattern))


def _named(sheets: Sequence[_Sheet], pattern: str) -> _Sheet:
    """Returns the one sheet whose name fits an expression.

    An expression that tells the many sheets of a publisher's larger workbooks says nothing of one with a single table:
    there it is that table. A plain name does.
    """
    found = [sheet for sheet in sheets if re.fullmatch(pattern, sheet.name.strip(), re.IGNORECASE)]
    if not found and len(sheets) == 1 and not _is_plain_name(pattern):
        found = list(sheets)
    if len(found) == 1:
        return found[0]
    names, asked = [sheet.name for sheet in found or sheets], re.sub(r"\\(.)", r"\1", pattern)
    raise Unreadable(
        Text(en=f"{len(found)} sheets '{asked}' with a table", nl=f"{len(found)} werkbladen '{asked}' met een tabel"),
        expected=one_of(names),
        action=nearest(asked, names),
    )


def _load(book: fastexcel.ExcelReader, index: int, known: Known) -> _Sheet | None:
    """Returns a sheet that has headings and something below or beside them; None for one without a table."""
    sheet = book.load_sheet(index, header_row=None, skip_rows=0, dtypes="string")
    if sheet.width == 0:
        return None
    batch, errors = sheet.to_arrow_with_errors()
    cells = pl.DataFrame(batch)
    cells = cells.rename({name: str(position) for position, name in enumerate(cells.columns)})
    head = [[(cell or "").strip() or None for cell in row] for row in cells.head(SEARCHED_ROWS).rows()]
    if any(tuple(row[: len(EXPLANATION)]) in _OWN_EXPLANATION for row in head):
        return None
    header = heading_row(head, known)
    if header is None or (cells.height <= header + 1 and known_count(head[header], known) < 2):
        return None
    if max(sum(cell is not None for cell in row) for row in head) < 2 and known_count(head[header], known) == 0:
        return None  # a page of text
    return _Sheet(
        name=sheet.name,
        cells=cells,
        header=header,
        score=known_count(head[header], known),
        errors=tuple(_error(error) for error in (errors.errors if errors else ())),
        hidden=sheet.visible != "visible",
    )


def _error(error: fastexcel.CellError) -> tuple[int, int, str]:
    """Returns the row, column and sign of a formula's error, which the reader leaves empty."""
    row, column = error.position
    sign = _ERROR.search(error.detail)
    return row, column, _ERROR_SIGNS.get(sign.group(1), "#ERROR!") if sign else "#ERROR!"


def _refuse_merged(merges: Sequence[_Merge], sheet: _Sheet) -> None:
    """Raises when cells are merged in the headings, or over rows of the data: their meaning is not in the cells."""
    header = sheet.header + 1
    inside = [
        merge
        for merge in merges
        if merge.first_row <= header <= merge.last_row
        or (merge.first_row > header and merge.last_row > merge.first_row)
    ]
    if not inside:
        return
    shown = ", ".join(str(merge) for merge in inside[:5]) + (", ..." if len(inside) > 5 else "")
    where = (
        Text(en="the headings", nl="de kolomkoppen")
        if inside[0].first_row <= header
        else Text(en="the data", nl="de gegevens")
    )
    raise Unreadable(
        Text(
            en=f"merged cells in {where.en} (sheet '{sheet.name}', {shown})",
            nl=f"samengevoegde cellen in {where.nl} (werkblad '{sheet.name}', {shown})",
        ),
        expected=Text(
            en="one heading above each column and one value in each cell",
            nl="één kop boven elke kolom en één waarde in elke cel",
        ),
        action=Text(
            en="unmerge these cells, fill in every cell, and send it again",
            nl="hef het samenvoegen op, vul elke cel in en stuur hem opnieuw",
        ),
    )


def _table(sheet: _Sheet, aside: Iterable[Note], *, archive: zipfile.ZipFile, part: str | None) -> RawTable:
    look = _look(archive, part) if part is not None else None
    cells = _as_shown(_with_errors(sheet.cells, sheet.errors), look, below=sheet.header + 1)
    header = [(cell or "").replace("\xa0", " ").strip() for cell in cells.row(sheet.header)]
    body = cells.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(ROW_NUMBER)).slice(sheet.header + 1)
    filled = [
        name
        for name, heading in zip(cells.columns, header, strict=True)
        if heading or (body[name].str.strip_chars() != "").any()
    ]
    headings = tuple(header[int(name)] for name in filled)
    body = body.filter(~pl.all_horizontal(pl.col(cells.columns).str.strip_chars().fill_null("") == ""))
    names, above = dict(zip(filled, unique_names(headings), strict=True)), titles(cells.head(sheet.header).rows())
    numbers = _stored_numbers(body, filled, archive=archive, part=part)
    return RawTable(
        frame=body.select([*filled, ROW_NUMBER]).rename(names),
        headings=headings,
        format=f"Excel ('{sheet.name}')",
        notes=(
            *above_note(above),
            *(_hidden_notes(look, body, dict(zip(filled, headings, strict=True))) if look else ()),
            *aside,
        ),
        refused=pl.DataFrame(schema=REJECTION_SCHEMA),
        stored_numbers={names[name]: series for name, series in numbers.items()},
        said=(*above, sheet.name),
    )


def _with_errors(cells: pl.DataFrame, errors: Sequence[tuple[int, int, str]]) -> pl.DataFrame:
    """Puts the signs of formula errors back into their cells: an error is not an empty cell."""
    for column in sorted({column for _, column, _ in errors}):
        rows = [row for row, where, _ in errors if where == column]
        signs = [sign for _, where, sign in errors if where == column]
        patched = cells[str(column)].scatter(rows, signs)
        cells = cells.with_columns(patched.alias(str(column)))
    return cells


def _stored_numbers(
    body: pl.DataFrame, names: Sequence[str], *, archive: zipfile.ZipFile, part: str | None
) -> dict[str, pl.Series]:
    """Returns which cells are stored as numbers, where a notation in the sheet makes that matter."""
    matters = any(body[name].str.contains(_TWO_READINGS).any() for name in names)
    if part is None or not matters:
        return {}
    first, rows = _first_column(archive, part), body[ROW_NUMBER]
    stored = number_cells(_pieces(archive, part))
    by_name = {name: stored.get(int(name) + first, []) for name in names}
    return {name: rows.is_in(pl.Series(found, dtype=pl.Int64).implode()) for name, found in by_name.items() if found}


def _first_column(archive: zipfile.ZipFile, part: str) -> int:
    """Returns the number (from 1) of the first column that holds a cell: the reader counts from there."""
    used = {name for chunk in _chunks(archive, part) for name in _USED_COLUMN.findall(chunk)}
    return min(map(column_number, used), default=1)


def _hidden_notes(look: _Look, body: pl.DataFrame, headings: Mapping[str, str]) -> Iterator[Note]:
    """Yields what is told of rows and columns that count though the sender does not see them."""
    rows = body[ROW_NUMBER].filter(body[ROW_NUMBER].is_in(pl.Series(sorted(look.shown.hidden_rows), dtype=pl.Int64)))
    if rows.len():
        how = (
            Text(en="a filter is on", nl="er staat een filter aan")
            if look.shown.filtered
            else Text(en="hidden by hand or folded in", nl="met de hand verborgen of ingeklapt")
        )
        text = Text(
            en=f"Rows that are hidden ({how.en}) were read like the others: {rows.len()}.",
            nl=f"Rijen die verborgen zijn ({how.nl}), zijn gelezen zoals de andere: {rows.len()}.",
        )
        yield Note(rule="hidden_rows", count=rows.len(), text=text, rows=tuple(rows.head(NOTED_ROWS)))
    names = [
        heading for name, heading in headings.items() if int(name) + look.first_column in look.shown.hidden_columns
    ]
    if names:
        shown = ", ".join(f"'{name}'" for name in names)
        text = Text(
            en=f"Columns that are hidden were read like the others: {shown}.",
            nl=f"Kolommen die verborgen zijn, zijn gelezen zoals de andere: {shown}.",
        )
        yield Note(rule="hidden_columns", count=len(names), text=text)


def _aside_notes(others: Sequence[_Sheet]) -> Iterator[Note]:
    """Yields what is told of the sheets that are not read; of the hidden ones, those that hold such a table."""
    visible = [sheet.name for sheet in others if not sheet.hidden]
    hidden = [sheet.name for sheet in others if sheet.hidden and sheet.score >= _FEWEST_KNOWN]
    seen, unseen = (", ".join(f"'{name}'" for name in names) for names in (visible, hidden))
    if visible:
        text = Text(en=f"Sheets left aside: {seen}.", nl=f"Niet gelezen werkbladen: {seen}.")
        yield Note(rule="other_sheets", count=len(visible), text=text)
    if hidden:
        text = Text(
            en=f"Sheets that are hidden and hold data were not read: {unseen}. Show them and send each as a workbook "
            "of its own if they count.",
            nl=f"Werkbladen die verborgen zijn en gegevens bevatten, zijn niet gelezen: {unseen}. Maak ze zichtbaar "
            "en stuur elk als eigen werkmap als ze meetellen.",
        )
        yield Note(rule="hidden_sheets", count=len(hidden), text=text)


_ONE_SHEET = Text(en="one sheet with data", nl="één werkblad met gegevens")


def _several(sheets: Sequence[_Sheet]) -> SeveralSheets:
    shown = ", ".join(f"'{sheet.name}'" for sheet in sheets)
    return SeveralSheets(
        Text(en=f"{len(sheets)} sheets with data: {shown}", nl=f"{len(sheets)} werkbladen met gegevens: {shown}"),
        expected=_ONE_SHEET,
        action=Text(
            en="send one workbook for each sheet, or let a source mapping say which it is (`sheets`); a check of one "
            "sheet is asked with --sheet",
            nl="stuur voor elk werkblad een eigen werkmap, of laat een bronbeschrijving zeggen welk het is (`sheets`); "
            "één werkblad wordt gecontroleerd met --sheet",
        ),
        sheets=tuple(sheet.name for sheet in sorted(sheets, key=lambda sheet: -sheet.cells.width)),
    )


def _no_sheet() -> Unreadable:
    return Unreadable(
        Text(en="no visible sheet with a table", nl="geen zichtbaar werkblad met een tabel"),
        expected=_ONE_SHEET,
        action=Text(
            en="put the headings and the rows on one sheet", nl="zet de kolomkoppen en de rijen op één werkblad"
        ),
    )


def _damaged() -> Unreadable:
    return Unreadable(
        Text(en="a damaged or incomplete Excel workbook", nl="een beschadigde of onvolledige Excel-werkmap"),
        expected=Text(en="a complete workbook (.xlsx)", nl="een volledige werkmap (.xlsx)"),
        action=Text(
            en="save the workbook again and send it again", nl="bewaar de werkmap opnieuw en stuur hem opnieuw"
        ),
    )


def _local(tag: str) -> str:
    """Returns an XML name without its namespace."""
    return tag.rpartition("}")[2]


def _letters(number: int) -> str:
    """Returns a column's letters (1 is A)."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
