"""Reading a form that many fill in, each in a workbook of their own making: no table, but rows that can be recognised.

What a form looks like is in the mapping. Sheets, rows and columns may be anywhere; what cannot be told for certain (two
columns that could both be the price, two forms of the same hospital) is refused, never guessed. A form is small: its
rows are looked at one by one here, and nowhere else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.excel import read_sheets
from pipelines.reading.formats.raw import ROW_NUMBER, Note, RawTable, Unreadable
from pipelines.reading.formats.recognise import recognise
from pipelines.reading.sources.mapping import FilledForm, FormColumn, FormFact

MOST_ROWS = 5_000
"""A sheet with more is no form."""

_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_FEWEST_BY_CELLS = 5
"""Rows that must look like the form's before columns without headings are believed."""

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class _Block:
    """A row of headings and what is below it, up to the next: where its columns are, and what its heading says."""

    start: int  # the first row of it, from 0
    places: dict[str, int]
    section: str | None = None
    heading: bool = True


@dataclass(frozen=True)
class _Sheet:
    """A sheet on which the form was found."""

    name: str
    rows: list[Row]
    blocks: list[_Block]
    facts: dict[str, str | None]
    overruled: str | None = None
    """What the sheet says of whose it is, where the name of the file counts."""


class _Ambiguous(Exception):  # noqa: N818 - a property of the sheet
    """Several columns could be the one that is meant."""

    def __init__(self, name: str, headings: Sequence[str]) -> None:
        self.name, self.headings = name, headings
        super().__init__(name)


NAME_SAYS_OTHERWISE = "name_says_otherwise"


def read_form(path: Path, form: FilledForm, *, known: frozenset[str] = frozenset()) -> RawTable:
    """Returns the rows of a filled-in form as text cells, one row a row below its headings that is not empty.

    Args:
        path: the workbook.
        form: what it looks like.
        known: identifiers of the register; where a form and its file's name say who it is of each in its own way, and
            one of the two ends one of these, that one counts.

    Raises:
        Unreadable: it is no workbook, holds no such form or a blank one, or what it means cannot be told.
    """
    found, aside = _found(path, form, known)
    filled = [sheet for sheet in found if _is_filled(sheet, form)]
    if found and not filled:
        raise _blank([sheet.name for sheet in found], form)
    _refuse_twice(filled, form)
    aside += [sheet.name for sheet in found if sheet not in filled]
    frames, notes, above = [], [], 0
    for sheet in filled:
        frames.append(_frame(sheet, form, above=above))
        notes += [_numbered(sheet.name, above)] if above else []
        above += len(sheet.rows)
    names = ", ".join(sheet.name for sheet in filled)
    return RawTable(
        frame=pl.concat(frames),
        headings=_columns(form),
        format=f"Excel ('{names}')",
        notes=(*notes, *_left_aside(aside), *(note for sheet in filled for note in _told(sheet, form, path.name))),
    )


def _columns(form: FilledForm) -> tuple[str, ...]:
    return (*form.columns, *form.facts, "section", "sheet")


def _found(path: Path, form: FilledForm, known: frozenset[str]) -> tuple[list[_Sheet], list[str]]:
    """Returns the sheets on which the form is, and the names of the others."""
    with path.open("rb") as file:
        old = file.read(4) == _OLD_WORKBOOK
    if not old and recognise(path) != "excel":
        raise _no_workbook()
    sheets = [(sheet.name, _rows(sheet.cells)) for sheet in read_sheets(path) if sheet.cells.height <= MOST_ROWS]
    try:
        by_heading = {name: list(_blocks(rows, form)) for name, rows in sheets}
        placed = by_heading if any(by_heading.values()) else {name: _by_cells(rows, form) for name, rows in sheets}
    except _Ambiguous as problem:
        raise _several(problem) from None
    laid = [_sheet(name, rows, placed[name], form, file_name=path.name) for name, rows in sheets if placed[name]]
    found = [_settled(sheet, form, path.name, known=known) for sheet in laid]
    if not found:
        raise _no_form([name for name, _ in sheets], form)
    return found, [name for name, _ in sheets if not placed[name]]


def _rows(cells: pl.DataFrame) -> list[Row]:
    """Returns the rows, cells trimmed and with single spaces, nothing for empty ones."""
    return [tuple(" ".join((cell or "").split()) or None for cell in row) for row in cells.rows()]


def _blocks(rows: list[Row], form: FilledForm) -> Iterator[_Block]:
    """Yields the rows of headings; rows above the first that look like the form's own belong to it too."""
    first = True
    for index, row in enumerate(rows):
        places = _places(row, form)
        if places is None:
            continue
        section = row[places[form.section]] if form.section in places else None
        if first and (lost := _rows_above(rows[:index], places, form)) is not None:
            yield _Block(lost, places, heading=False)
        first = False
        yield _Block(index, places, section)


def _places(row: Row, form: FilledForm) -> dict[str, int] | None:
    """Returns where the columns are if a row is a row of headings, else None."""
    places: dict[str, int] = {}
    for name, column in sorted(form.columns.items(), key=lambda item: not item[1].required):
        fitting = _fitting(row, column, taken=set(places.values()))
        if not fitting and column.required:
            return None
        if fitting:
            places[name] = fitting[0]
    for name, column in form.columns.items():
        fitting = _fitting(row, column, taken=set(places.values()) - {places.get(name, -1)})
        if column.required and len(fitting) > 1:
            raise _Ambiguous(name, [row[place] or "" for place in fitting])
    return places


def _fitting(row: Row, column: FormColumn, *, taken: set[int]) -> list[int]:
    """Returns the cells that the surest pattern fits, of those that are no other column's heading."""
    for pattern in column.headings:
        found = [
            place
            for place, cell in enumerate(row)
            if cell is not None and place not in taken and re.search(pattern, cell)
        ]
        if found:
            return found
    return []


def _rows_above(rows: list[Row], places: dict[str, int], form: FilledForm) -> int | None:
    """Returns the first row above the first headings that looks like the form's own: its headings got lost."""
    shaped = {name: column.cells for name, column in form.columns.items() if column.cells and column.required}
    return next((index for index, row in enumerate(rows) if shaped and _has_cells(row, places, shaped)), None)


def _has_cells(row: Row, places: dict[str, int], shaped: dict[str, str]) -> bool:
    return all((cell := row[places[name]]) is not None and re.search(shape, cell) for name, shape in shaped.items())


def _by_cells(rows: list[Row], form: FilledForm) -> list[_Block]:
    """Returns the form on a sheet without any heading, if its cells alone say which columns are which; else nothing."""
    shaped = {name: column.cells for name, column in form.columns.items() if column.cells and column.required}
    if len(shaped) < sum(column.required for column in form.columns.values()):
        return []
    width = max((len(row) for row in rows), default=0)
    fitting = {
        name: [place for place in range(width) if _is_column(rows, place, shape)] for name, shape in shaped.items()
    }
    places: dict[str, int] = {}
    for name, possible in sorted(fitting.items(), key=lambda item: len(item[1])):
        left = [place for place in possible if place not in places.values()]
        if not left:
            return []
        if len(left) > 1:
            raise _Ambiguous(name, [f"column {place + 1}" for place in left])
        places[name] = left[0]
    start = _rows_above(rows, places, form)
    return [] if start is None else [_Block(start, {**places, **_words(rows, places, form)}, heading=False)]


def _is_column(rows: list[Row], place: int, shape: str) -> bool:
    """Returns whether most of the filled-in cells of a column have a shape."""
    cells = [cell for row in rows if place < len(row) and (cell := row[place]) is not None]
    fitting = sum(re.search(shape, cell) is not None for cell in cells)
    return fitting >= _FEWEST_BY_CELLS and fitting * 2 > len(cells)


def _words(rows: list[Row], places: dict[str, int], form: FilledForm) -> dict[str, int]:
    """Returns the columns that are not required, found by their cells among those left over."""
    others = {name: column.cells for name, column in form.columns.items() if not column.required and column.cells}
    free = [place for place in range(len(rows[0])) if place not in places.values()]
    found = {name: [place for place in free if _is_column(rows, place, shape)] for name, shape in others.items()}
    return {name: possible[0] for name, possible in found.items() if possible}


def _sheet(name: str, rows: list[Row], blocks: list[_Block], form: FilledForm, *, file_name: str) -> _Sheet:
    above = rows[: blocks[0].start]
    return _Sheet(name, rows, blocks, {key: _fact(above, fact, file_name) for key, fact in form.facts.items()})


def _settled(sheet: _Sheet, form: FilledForm, file_name: str, *, known: frozenset[str]) -> _Sheet:
    """Returns a sheet of which the file's name says whose it is, where only that is in the register."""
    if form.whose is None or (named := _contradicting(sheet, form, file_name).get(form.whose)) is None:
        return sheet
    said = sheet.facts[form.whose] or ""
    if not _is_known(named, known) or _is_known(said, known):
        return sheet
    return replace(sheet, facts={**sheet.facts, form.whose: named}, overruled=said)


def _contradicting(sheet: _Sheet, form: FilledForm, file_name: str) -> dict[str, str]:
    """Returns the facts of which the file's name says something else than the sheet, as the name says them."""
    named = {key: _fact([], fact, file_name) for key, fact in form.facts.items()}
    return {key: name for key, name in named.items() if name is not None and name not in (sheet.facts[key] or "")}


def _is_known(value: str, known: frozenset[str]) -> bool:
    return bool(value) and any(identifier.endswith(value) for identifier in known)


def _fact(above: list[Row], fact: FormFact, file_name: str) -> str | None:
    """Returns what a form says above its rows, else what its name says."""
    for pattern in fact.cells:
        for row in above:
            for place, cell in enumerate(row):
                found = re.search(pattern, cell) if cell else None
                if found is not None:
                    value = (found.group(1) or "").strip() or next((one for one in row[place + 1 :] if one), None)
                    if value:
                        return value
    in_name = re.search(fact.name, file_name) if fact.name else None
    return in_name.group(1) if in_name else None


def _lines(sheet: _Sheet) -> Iterator[tuple[int, _Block, Row]]:
    """Yields the rows below headings that are not empty, with their number from 1."""
    ends = [block.start for block in sheet.blocks[1:]] + [len(sheet.rows)]
    for block, end in zip(sheet.blocks, ends, strict=True):
        for index in range(block.start + block.heading, end):
            if any(sheet.rows[index]):
                yield index + 1, block, sheet.rows[index]


def _cell(block: _Block, row: Row, name: str) -> str | None:
    place = block.places.get(name)
    return row[place] if place is not None and place < len(row) else None


def _is_filled(sheet: _Sheet, form: FilledForm) -> bool:
    """Returns whether any row has all required columns, the one that makes it filled in among them."""
    asked = {form.filled, *(name for name, column in form.columns.items() if column.required)}
    return any(all(_cell(block, row, name) for name in asked) for _, block, row in _lines(sheet))


def _frame(sheet: _Sheet, form: FilledForm, *, above: int) -> pl.DataFrame:
    records = [
        (
            above + number,
            *(_cell(block, row, name) for name in form.columns),
            *sheet.facts.values(),
            block.section,
            sheet.name,
        )
        for number, block, row in _lines(sheet)
    ]
    schema = {ROW_NUMBER: pl.Int64, **dict.fromkeys(_columns(form), pl.String)}
    return pl.DataFrame(records, schema=schema, orient="row")


def _refuse_twice(filled: list[_Sheet], form: FilledForm) -> None:
    """Raises when two sheets are filled in for the same one: which of them counts cannot be told."""
    if form.whose is None or len(filled) < 2:
        return
    who = [sheet.facts[form.whose] for sheet in filled]
    if len(set(who)) == len(who) and None not in who:
        return
    names = ", ".join(f"'{sheet.name}'" for sheet in filled)
    raise Unreadable(
        Text(
            en=f"{len(filled)} filled-in forms of the same one: sheets {names}",
            nl=f"{len(filled)} ingevulde formulieren van dezelfde: werkbladen {names}",
        ),
        expected=Text(en="one filled-in form of each", nl="één ingevuld formulier van elk"),
        action=Text(en="leave the one that counts", nl="laat staan wat geldt"),
    )


def _numbered(name: str, above: int) -> Note:
    text = Text(
        en=f"Sheet '{name}': its row 1 is called row {above + 1} here.",
        nl=f"Werkblad '{name}': rij 1 daarvan heet hier rij {above + 1}.",
    )
    return Note(rule="several_sheets", count=1, text=text)


def _left_aside(names: list[str]) -> tuple[Note, ...]:
    if not names:
        return ()
    shown = ", ".join(f"'{name}'" for name in names)
    text = Text(
        en=f"Sheets left aside, no filled-in form: {shown}.",
        nl=f"Niet gelezen werkbladen, geen ingevuld formulier: {shown}.",
    )
    return (Note(rule="other_sheets", count=len(names), text=text),)


def _told(sheet: _Sheet, form: FilledForm, file_name: str) -> Iterator[Note]:
    if sheet.overruled is not None and form.whose is not None:
        named = sheet.facts[form.whose]
        text = Text(
            en=f"Sheet '{sheet.name}' says {form.whose} {sheet.overruled}, which is not in the register; the file's "
            f"name says {named}, which is: that counts.",
            nl=f"Werkblad '{sheet.name}' zegt {form.whose} {sheet.overruled}, dat niet in het register staat; de "
            f"bestandsnaam zegt {named}, dat er wel in staat: dat telt.",
        )
        yield Note(rule=NAME_SAYS_OTHERWISE, count=1, text=text, odd=True)
    for key, named in _contradicting(sheet, form, file_name).items():
        said = sheet.facts[key] or ""
        text = Text(
            en=f"Sheet '{sheet.name}' says {key} {said}, the file's name {named}: the sheet counts.",
            nl=f"Werkblad '{sheet.name}' zegt {key} {said}, de bestandsnaam {named}: het werkblad telt.",
        )
        yield Note(rule=NAME_SAYS_OTHERWISE, count=1, text=text, odd=True)
    if not sheet.blocks[0].heading:
        text = Text(
            en=f"Sheet '{sheet.name}' has rows without headings above them: columns were told by what is in them.",
            nl=f"Werkblad '{sheet.name}' heeft rijen zonder kolomkoppen erboven: de inhoud zei welke kolom wat is.",
        )
        yield Note(rule="no_headings", count=1, text=text)


def _no_workbook() -> Unreadable:
    return Unreadable(
        Text(en="a file that is no workbook", nl="een bestand dat geen werkmap is"),
        expected=Text(en="the form as an Excel workbook", nl="het formulier als Excel-werkmap"),
        action=Text(en="send the workbook itself", nl="stuur de werkmap zelf"),
    )


def _no_form(names: list[str], form: FilledForm) -> Unreadable:
    shown = ", ".join(f"'{name}'" for name in names) or "-"
    wanted = ", ".join(name for name, column in form.columns.items() if column.required)
    return Unreadable(
        Text(en=f"no sheet with the form on it ({shown})", nl=f"geen werkblad met het formulier erop ({shown})"),
        expected=Text(en=f"a row with headings for {wanted}", nl=f"een rij met kolomkoppen voor {wanted}"),
        action=Text(
            en="fill in the form with its headings as they are",
            nl="vul het formulier in met de kolomkoppen zoals ze zijn",
        ),
    )


def _blank(names: list[str], form: FilledForm) -> Unreadable:
    shown = ", ".join(f"'{name}'" for name in names)
    return Unreadable(
        Text(
            en=f"a blank form: nothing under {form.filled} ({shown})",
            nl=f"een leeg formulier: niets bij {form.filled} ({shown})",
        ),
        expected=Text(en="a form that is filled in", nl="een ingevuld formulier"),
        action=Text(en="fill it in, or send the one that is", nl="vul het in, of stuur het ingevulde"),
    )


def _several(problem: _Ambiguous) -> Unreadable:
    shown = ", ".join(f"'{heading}'" for heading in problem.headings)
    count = len(problem.headings)
    return Unreadable(
        Text(
            en=f"{count} columns that could be the {problem.name}: {shown}",
            nl=f"{count} kolommen die de {problem.name} kunnen zijn: {shown}",
        ),
        expected=Text(en="one of them", nl="één daarvan"),
        action=Text(
            en="leave the one that is meant, or describe this layout in a source mapping of its own",
            nl="laat staan welke bedoeld is, of beschrijf deze opmaak in een eigen bronbeschrijving",
        ),
    )
