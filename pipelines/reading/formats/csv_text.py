"""Reading CSV: separators, quotation, rows of another width, and the line number an editor shows.

The lines are looked at first, as lines: which are blank, how many fields each holds, whether its quotation marks are
whole. Lines that are whole go to the CSV parser, the others become refused rows; so what was accepted and what was
refused always add up to what was delivered, and one stray quotation mark costs its own line, not the rest of the
file.
"""

import csv
import io
import re
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

from data_contracts.text import Text
from pipelines.reading.formats.encoding import Survey, survey, write_as_utf8
from pipelines.reading.formats.headings import (
    SEARCHED_ROWS,
    Known,
    above_note,
    best_known,
    heading_row,
    is_certain,
    titles,
)
from pipelines.reading.formats.raw import (
    REJECTION_SCHEMA,
    ROW_NUMBER,
    Note,
    RawTable,
    Unreadable,
    require_bearable_width,
    unique_names,
)

SEPARATORS = (";", ",", "\t", "|")
MAXIMUM_BYTES = 2**30
"""A row takes ten times its bytes in memory while it is judged. Parquet, which is read by the column, may be larger."""
MAXIMUM_IN_PARTS = 64 * 2**30
PART_BYTES = 16 * 2**20
"""How much of a large file is read at a time."""
PARTS_AT_A_TIME = 2
EMPTY_LINES = "empty_lines"
LONGEST_ROW = 200
"""Lines. A quotation mark that stays open longer than this was no opening mark."""
LONGEST_HEADING = 10
"""Lines that a row of headings may take."""
SHOWN_CHARACTERS = 2000
"""How much of a refused line is kept in its rejection."""

_DIRECTIVE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
"""The line with which a spreadsheet program is told the separator."""
_LITERAL_QUOTE = "\ue000"
"""Stands in, while parsing, for a quotation mark inside a field without quotation, such as an inch sign."""


@dataclass(frozen=True)
class CsvLayout:
    """How the lines of a file are to be read; `header_line` is the last line of its headings."""

    separator: str
    header_line: int  # the last line of the headings, from 1
    headings: tuple[str, ...]
    titles: tuple[str, ...]  # what the rows above them say

    @property
    def width(self) -> int:
        """Returns the number of columns."""
        return len(self.headings)


@dataclass(frozen=True)
class _HeadRow:
    """One of the first rows: its cells, trimmed, and the line it ends on (from 1)."""

    cells: tuple[str | None, ...]
    last_line: int


def read_csv(path: Path, *, known: Known) -> RawTable:
    """Returns a CSV file as text cells.

    Raises:
        Unreadable: the file is binary, has no row of headings, or holds lines that are no rows.
    """
    if path.stat().st_size > MAXIMUM_BYTES:
        raise _too_large(path.stat().st_size)
    found = survey(path)
    with tempfile.TemporaryDirectory(prefix="care-transfer-") as folder:
        text = path if found.plain else Path(folder) / "utf8.csv"
        if not found.plain:
            write_as_utf8(path, text, found=found)
        lines = _lines(text, start=1)
        layout = _layout(lines["line"].head(SEARCHED_ROWS).to_list(), known)
        return _table(text, lines, layout=layout, found=found)


def _lines(text: Path | bytes, *, start: int) -> pl.DataFrame:
    """Returns the lines of a UTF-8 text, numbered."""
    lines = pl.read_lines(text, glob=False, row_index_name=ROW_NUMBER, row_index_offset=start)
    return lines.with_columns(pl.col(ROW_NUMBER).cast(pl.Int64), pl.col("line").str.strip_prefix("\ufeff"))


def first_layout(path: Path, *, known: Known) -> CsvLayout:
    """Returns how the lines of a UTF-8 file are to be read, from the first of them.

    Raises:
        Unreadable: it has no row of headings.
    """
    head = pl.scan_lines(path, glob=False).head(SEARCHED_ROWS).collect().to_series().str.strip_prefix("\ufeff")
    return _layout(head.to_list(), known)


def read_csv_in_parts(path: Path, *, known: Known, folder: Path, part_bytes: int = PART_BYTES) -> Iterator[RawTable]:
    """Yields a CSV file of any size as text cells, part by part: the rows of one part after those of another.

    What is said of the file as a whole is said with the first part. A row that runs over several lines is not cut.
    `folder` is where parts are written meanwhile.

    Raises:
        Unreadable: as `read_csv`.
    """
    if path.stat().st_size > MAXIMUM_IN_PARTS:
        raise _too_large(path.stat().st_size, limit=MAXIMUM_IN_PARTS)
    found = survey(path)
    with tempfile.TemporaryDirectory(dir=folder) as place:
        folder = Path(place)
        text = path if found.plain else folder / "utf8.csv"
        if not found.plain:
            write_as_utf8(path, text, found=found)
        layout = _layout(_first_lines(text), known)
        headless = replace(layout, header_line=0)
        first = True
        for table in _side_by_side(
            lambda part: _table(part.text, _lines(part.text, start=part.line), layout=headless, found=found),
            _parts(text, header=layout.header_line, size=part_bytes),
        ):
            yield table if first else replace(table, notes=_of_part(table.notes))
            first = False
        if first:
            yield RawTable(
                _empty(layout).with_columns(pl.lit(0).alias(ROW_NUMBER)), layout.headings, spoken_format(layout, found)
            )


def _first_lines(text: Path) -> list[str]:
    with text.open(encoding="utf-8-sig", newline="\n") as file:
        return [line.removesuffix("\n") for line in islice(file, SEARCHED_ROWS)]


@dataclass(frozen=True)
class _Part:
    """Whole lines of a file, and the number of the first of them."""

    text: bytes
    line: int


def _parts(text: Path, *, header: int, size: int) -> Iterator[_Part]:
    """Yields the lines below the headings, some at a time; a row that runs over several lines is in one part."""
    with text.open("rb") as file:
        for _ in range(header):
            file.readline()
        number = header + 1
        while chunk := file.read(size):
            chunk += file.readline()
            more = 0
            while _count(chunk, b'"') % 2 and more < LONGEST_ROW and (line := file.readline()):
                chunk, more = chunk + line, more + 1
            yield _Part(chunk, number)
            number += _count(chunk, b"\n")


def _count(text: bytes, sign: bytes) -> int:
    """Returns how often a sign of one byte occurs: many times as fast as `bytes.count`."""
    return int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == ord(sign)))


def _side_by_side(make: Callable[[_Part], RawTable], parts: Iterable[_Part]) -> Iterator[RawTable]:
    """Yields what is made of each part, in their order; some are made at a time, and no more are read ahead."""
    with ThreadPoolExecutor(PARTS_AT_A_TIME) as pool:
        waiting: deque[Future[RawTable]] = deque()
        for part in parts:
            waiting.append(pool.submit(make, part))
            if len(waiting) > PARTS_AT_A_TIME:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _of_part(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Returns what is said of some rows, without what is said of the whole file."""
    return tuple(note for note in notes if note.rule == EMPTY_LINES)


def _layout(head: list[str], known: Known) -> CsvLayout:
    """Finds the separator and the row of headings in the first lines."""
    head = [line.rstrip("\r") for line in head]
    directive = _DIRECTIVE.fullmatch(head[0]) if head else None
    lines = ["", *head[1:]] if directive else head
    separator = directive[1] if directive and _can_separate(directive[1]) else _separator(lines, known)
    rows = _rows(lines, separator)
    index = heading_row([row.cells for row in rows], known)
    if index is None:
        raise Unreadable(
            Text(en="no row of headings", nl="geen rij met kolomkoppen"),
            expected=Text(
                en="a first line with the name of every column", nl="een eerste regel met de naam van elke kolom"
            ),
            action=Text(en="add the line of headings", nl="voeg de regel met kolomkoppen toe"),
        )
    headings = [cell or "" for cell in rows[index].cells]
    used = _used_width(rows[index + 1 :])
    while headings and not headings[-1] and len(headings) > used:
        headings.pop()
    require_bearable_width(len(headings))
    above = titles(row.cells for row in rows[:index])
    return CsvLayout(separator=separator, header_line=rows[index].last_line, headings=tuple(headings), titles=above)


def _can_separate(sign: str) -> bool:
    """Returns whether what a first line `sep=...` says can stand between fields; else it is found as without."""
    return sign.isascii() and not sign.isalnum() and sign != '"'


def _used_width(rows: list[_HeadRow]) -> int:
    """Returns how many columns most of the rows fill: a column may lack its heading and hold data all the same."""
    filled = (max((place for place, cell in enumerate(row.cells, start=1) if cell), default=0) for row in rows)
    widths = Counter(width for width in filled if width)
    return widths.most_common(1)[0][0] if widths else 0


def _separator(lines: list[str], known: Known) -> str:
    """Returns the separator that shows most known headings, else the one that gives most lines the same width."""

    def merit(separator: str) -> tuple[int, float, int]:
        rows = [row.cells for row in _rows(lines, separator) if any(row.cells)]
        columns, where = best_known(rows, known)
        if rows and is_certain(columns, rows[where]):
            return columns, 1.0, 0
        widths = Counter(len(row) for row in rows if len(row) > 1)
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        return columns, count / max(len(rows), 1), width

    return max(SEPARATORS, key=merit)


def _rows(lines: list[str], separator: str) -> list[_HeadRow]:
    """Returns the rows of the first lines; a heading may run over a few lines, but a stray mark opens no row."""
    rows: list[_HeadRow] = []
    start = 0
    while start < len(lines):
        cells, used = first_row(lines[start : start + LONGEST_HEADING], separator)
        start += used
        rows.append(_HeadRow(tuple(cells), last_line=start))
    return rows


def first_row(lines: list[str], separator: str) -> tuple[list[str | None], int]:
    """Returns the cells of the row that begins on the first of some lines, trimmed, and how many lines it takes."""
    reader = csv.reader([line + "\n" for line in lines], delimiter=separator, strict=True)
    try:
        cells, used = next(reader, []), max(reader.line_num, 1)
    except csv.Error:  # a quotation mark that is never closed or closed too soon
        cells, used = lines[0].split(separator), 1
    return [re.sub(r"\s+", " ", cell).strip() or None for cell in cells], used


def _table(text: Path | bytes, lines: pl.DataFrame, *, layout: CsvLayout, found: Survey) -> RawTable:
    """Lays the lines below the headings into columns."""
    body = lines.slice(layout.header_line)
    judged = _judge(body, layout)
    blank, good = judged.filter(pl.col("blank")).height, judged.filter("good")
    bad = judged.filter(~pl.col("good") & ~pl.col("blank"))
    if good.height == body.height and not judged["rewritten"].any():
        frame = parse_rows(text, layout, skip=layout.header_line)
    else:
        kept = io.BytesIO()
        good.select("line").write_csv(kept, include_header=False, quote_style="never", separator="\x1f")
        frame = parse_rows(kept.getvalue(), layout, skip=0) if good.height else _empty(layout)
    if frame.height != good.height:
        raise _no_rows_of_a_table(found=frame.height, expected=good.height)
    if judged["literal"].any():
        frame = frame.with_columns(pl.all().str.replace_all(_LITERAL_QUOTE, '"', literal=True))
    return RawTable(
        frame=frame.with_columns(good[ROW_NUMBER]),
        headings=layout.headings,
        format=spoken_format(layout, found),
        notes=(*above_note(layout.titles), *_notes(blank, found)),
        refused=_refused(bad, layout),
        said=layout.titles,
    )


def spoken_format(layout: CsvLayout, found: Survey) -> str:
    """Returns what a CSV file turned out to be, for people."""
    return f"CSV ({found.name}, {_spoken(layout.separator).en})"


def _judge(body: pl.DataFrame, layout: CsvLayout) -> pl.DataFrame:
    """Says of every line whether it is `blank`, `good` (can be parsed as a row), `whole` in its quotation, or changed.

    `rewritten` is true where the line now differs from the file: joined rows, protected marks, an empty tail cut off.
    """
    separator = layout.separator
    line = pl.col("line")
    judged = body.with_columns(quoted=line.str.contains('"', literal=True))
    if judged["quoted"].any():
        judged = _with_quotation(judged, separator)
    else:
        judged = judged.with_columns(whole=True, rewritten=False, literal=False, bare=line)
    judged = judged.with_columns(
        fields=_count_fields(pl.col("bare"), separator),
        blank=line.str.contains(f'^(?:[{re.escape(separator)}\\s\xa0]|"[\\s\xa0]*")*$'),
    )
    if (judged["fields"] > layout.width).any():
        judged = _without_empty_tail(judged, layout)
    fits = pl.col("fields") == layout.width
    return judged.with_columns(good=pl.col("whole") & fits & ~pl.col("blank")).drop("bare")


def _count_fields(line: pl.Expr, separator: str) -> pl.Expr:
    return line.str.count_matches(separator, literal=True).cast(pl.Int64) + 1


def _without_empty_tail(judged: pl.DataFrame, layout: CsvLayout) -> pl.DataFrame:
    """Cuts empty fields behind the last heading off, as spreadsheets add them."""
    separator, width = layout.separator, layout.width
    tail = f"[{re.escape(separator)} \r\xa0]+$"
    left = _count_fields(pl.col("bare").str.replace(tail, ""), separator)
    missing = pl.lit(separator).repeat_by((width - left).clip(lower_bound=0)).list.join("")
    cut = (pl.col("fields") > width) & (left <= width) & pl.col("whole")
    return judged.with_columns(
        line=pl.when(cut).then(pl.col("line").str.replace(tail, "") + missing).otherwise("line"),
        fields=pl.when(cut).then(pl.lit(width, dtype=pl.Int64)).otherwise("fields"),
        rewritten=pl.col("rewritten") | cut,
    )


def _with_quotation(judged: pl.DataFrame, separator: str) -> pl.DataFrame:
    """Judges the quotation marks: joins rows that run over several lines, protects marks that are plain characters.

    Adds `whole`, `literal` (its marks are plain characters), `rewritten`, and `bare`: the line without what is quoted.
    """
    escaped = re.escape(separator)
    quoted = '"(?:[^"]|"")*"'
    field = f'(?:{quoted}|[^"{escaped}]*)'
    whole = f"(?s)^{field}(?:{escaped}{field})*\r?$"
    line = pl.col("line")
    marked = judged.with_columns(whole=~pl.col("quoted") | line.str.contains(whole), rewritten=pl.lit(value=False))
    if not marked["whole"].all():
        marked = _joined(marked, whole=whole, opened=f'(?s)^(?:{field}{escaped})*"(?:[^"]|"")*$')
    literal = ~pl.col("whole") & ~line.str.contains(f'(?:^|{escaped})"')
    marked = marked.with_columns(literal=literal).with_columns(
        line=pl.when("literal").then(line.str.replace_all('"', _LITERAL_QUOTE, literal=True)).otherwise(line),
        whole=pl.col("whole") | pl.col("literal"),
        rewritten=pl.col("rewritten") | pl.col("literal"),
    )
    return marked.with_columns(bare=line.str.replace_all(f"(?s){quoted}", "q"))


def _joined(marked: pl.DataFrame, *, whole: str, opened: str) -> pl.DataFrame:
    """Joins lines between an opening and a closing quotation mark to one row, where that gives a whole row.

    First every second odd mark is taken as closing, which one stray mark upsets for all lines after it; what that
    leaves is tried again with every line that can open a row doing so.
    """
    opens = pl.col("line").str.contains(opened)
    odd = pl.col("line").str.count_matches('"', literal=True) % 2 == 1
    by_turns = (odd & (odd.cum_sum() % 2 == 1)).cum_sum()
    for span in (by_turns, opens.cum_sum()):
        placed = marked.with_row_index("position")
        marks = placed.filter(~pl.col("whole")).with_columns(odd=odd, span=span).filter(pl.col("span") > 0)
        marked = _join_spans(placed, marks, whole=whole).select(marked.columns)
    return marked


def _join_spans(placed: pl.DataFrame, marks: pl.DataFrame, *, whole: str) -> pl.DataFrame:
    """Joins, of each span of lines with marks that do not fit, the first to the one where the marks pair up."""
    closed = (pl.col("odd").cum_sum() % 2 == 0).over("span")
    spans = marks.with_columns(closed=closed).group_by("span", maintain_order=True)
    ends = spans.agg(first=pl.col("position").min(), last=pl.col("position").filter("closed").min())
    ends = ends.filter(pl.col("last") - pl.col("first") <= LONGEST_ROW).select("first", "last")
    if ends.is_empty():
        return placed
    placed = placed.join_asof(ends, left_on="position", right_on="first", strategy="backward")
    inside = (pl.col("position") <= pl.col("last")).fill_null(value=False)
    placed = placed.with_columns(span=pl.when(inside).then("first"))
    joined = placed.filter(pl.col("span").is_not_null()).group_by("span").agg(text=pl.col("line").str.join("\n"))
    joined = joined.filter(pl.col("text").str.contains(whole))
    placed = placed.join(joined, on="span", how="left", maintain_order="left")
    in_row = pl.col("text").is_not_null()
    return placed.filter(~in_row | (pl.col("position") == pl.col("span"))).with_columns(
        line=pl.coalesce("text", "line"), whole=pl.col("whole") | in_row, rewritten=pl.col("rewritten") | in_row
    )


def parse_rows(text: Path | bytes, layout: CsvLayout, *, skip: int) -> pl.DataFrame:
    """Returns the rows of lines that are known to be whole, as text cells; the first `skip` lines are passed over."""
    names = unique_names(layout.headings)
    return pl.read_csv(
        text,
        has_header=False,
        skip_lines=skip,
        separator=layout.separator,
        schema=dict.fromkeys(names, pl.String),
        truncate_ragged_lines=True,
        missing_columns="insert",
        glob=False,
    )


def _empty(layout: CsvLayout) -> pl.DataFrame:
    return pl.DataFrame(schema=dict.fromkeys(unique_names(layout.headings), pl.String))


def _refused(bad: pl.DataFrame, layout: CsvLayout) -> pl.DataFrame:
    """Returns the lines that are no rows, as rejections with the line as their value."""
    width, fields = layout.width, pl.col("fields").cast(pl.String)
    spoken = _spoken(layout.separator)
    broken = Text(
        en='Found: a quotation mark (") that does not fit. Expected: marks around a whole field, doubled inside it. '
        "What to do: remove the stray mark.",
        nl='Gevonden: een aanhalingsteken (") dat niet past. Verwacht: aanhalingstekens om een heel veld, verdubbeld '
        "daarbinnen. Wat te doen: verwijder het losse teken.",
    )
    ragged = Text(
        en=f"Found: {{}} fields. Expected: {width}, as in the row of headings. What to do: put quotation marks around "
        f"a value that holds a {spoken.en}, or add the missing fields.",
        nl=f"Gevonden: {{}} velden. Verwacht: {width}, zoals in de rij met kolomkoppen. Wat te doen: zet "
        f"aanhalingstekens om een waarde met een {spoken.nl} erin, of vul de ontbrekende velden aan.",
    )
    return bad.select(
        ROW_NUMBER,
        column=pl.lit(None, dtype=pl.String),
        value=pl.col("line")
        .str.replace_all(_LITERAL_QUOTE, '"')
        .str.strip_chars_end("\r")
        .str.slice(0, SHOWN_CHARACTERS),
        rule=pl.when("whole").then(pl.lit("number_of_fields")).otherwise(pl.lit("quotation")),
        message_nl=pl.when("whole").then(pl.format(ragged.nl, fields)).otherwise(pl.lit(broken.nl)),
        message_en=pl.when("whole").then(pl.format(ragged.en, fields)).otherwise(pl.lit(broken.en)),
    ).select(pl.col(name).cast(dtype) for name, dtype in REJECTION_SCHEMA.items())


def _spoken(separator: str) -> Text:
    """Returns a separator's name."""
    names = {
        ";": Text(en="semicolon", nl="puntkomma"),
        ",": Text(en="comma", nl="komma"),
        "\t": Text(en="tab", nl="tab"),
        "|": Text(en="vertical bar", nl="verticale streep"),
    }
    return names.get(separator, Text(en=separator, nl=separator))


def _notes(blank: int, found: Survey) -> tuple[Note, ...]:
    notes: list[Note] = []
    if blank:
        text = Text(en=f"Empty lines left out: {blank}.", nl=f"Overgeslagen lege regels: {blank}.")
        notes.append(Note(rule=EMPTY_LINES, count=blank, text=text))
    if found.lossy:
        text = Text(
            en=f"Some bytes mean nothing in {found.name}; they became the sign �. Save the file as 'CSV UTF-8'.",
            nl=(
                f"Sommige bytes betekenen niets in {found.name}; ze werden het teken �. Bewaar "
                f"het bestand als 'CSV UTF-8'."
            ),
        )
        notes.append(Note(rule="encoding", count=1, text=text))
    return tuple(notes)


def _too_large(size: int, *, limit: int = MAXIMUM_BYTES) -> Unreadable:
    gigabytes, most = f"{size / 2**30:.1f}", f"{limit / 2**30:g}"
    return Unreadable(
        Text(en=f"a CSV file of {gigabytes} GB", nl=f"een CSV-bestand van {gigabytes} GB"),
        expected=Text(en=f"a CSV file of at most {most} GB", nl=f"een CSV-bestand van hoogstens {most} GB"),
        action=Text(
            en="send it as Parquet, or in parts, one a period", nl="stuur het als Parquet, of in delen, een per periode"
        ),
    )


def _no_rows_of_a_table(*, found: int, expected: int) -> Unreadable:
    return Unreadable(
        Text(en=f"{expected} lines that give {found} rows", nl=f"{expected} regels die {found} rijen geven"),
        expected=Text(en="one row on each line", nl="één rij per regel"),
        action=Text(
            en="save the file as .xlsx or Parquet and send that", nl="bewaar het als .xlsx of Parquet en stuur dat"
        ),
    )
