"""What is done to good deliveries: to the table, to its text, to the bytes of any file. Each break has a name.

A break of a table keeps count: `rows` stays the number of data rows a person would count, or becomes None where people
would not agree.
"""

import gzip
import io
import random
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace

from fuzz.tables import Cell, Dressed, Grid, Mark, any_dataset, good

NASTY: tuple[Cell, ...] = (
    *("1.234,50", "1,234.50", "1.200", "1,200", "1.234.567", "1.234.567,89", "12,345,678", "1 234,5", "1'234"),
    "1.2.3,4",
    *("<10", "< 10", "n.v.t.", "nvt", "NA", "N/A", "NULL", "None", "nan", "NaN", "-", "–", "?", "*", "onbekend"),
    "stop",
    *("#N/A", "#REF!", "#DIV/0!", "#WAARDE!", "#########"),
    *("1E+05", "1,23E+08", "9,9999E+07", "1e400", "1e-400", "-1e309", "inf", "-inf", "Infinity", "9" * 400),
    "0." + "3" * 300,
    *("12%", "12,5 %", "120%", "€ 1.200", "1.200 €", "EUR 5", "$155-$310", "£411,860.78", "-5", "5-", "(5)", "−5"),
    *("--5", "+5"),
    *("", " ", "\u00a0", "\u200b", "\u202e123", "\u200f06010101", "٣٤٥", "１２３", "½", "²", "Ⅻ", "🏥", "👩‍⚕️ 12"),
    "e\u0301e\u0301n",
    *("29-02-2023", "29-02-2024", "2025-02-30", "45292", "45292.5", "1-jan", "1-jan-25", "01/09/2013", "2025-13-01"),
    *("0000-00-00", "9999-12-31", "31-12-10000", "2025-01-01T00:00:00Z", "2025-01-01 00:00:00", "20250101"),
    *("2025Q5", "2025K1", "Q1 2025", "2025-Q1", "2024", "2026", "25", "2025.0", "0", "-1", "99999999999999999999"),
    *("TRUE", "WAAR", "ja", "0x1F", "1_000", "6010101", "06010101.0", " 06010101 ", "0601 0101", "060101011"),
    "6,01E+06",
    *("=1+1", "+31612345678", "@SUM(A1)", "\t=cmd", "'=1", '=cmd|"/c calc"!A1', "=HYPERLINK(\"http://x\")", "-2+3"),
    *("<script>alert(1)</script>", "javascript:alert(1)", "../../etc/passwd", "C:\\x", "{value}", "{}", "{0}", "%s"),
    *("$1", "\\1"),
    *("a\nb", "a\r\nb", 'a"b', '"', '""', "a;b", "a,b", "a|b", "a\tb", "\x07", "\x1a", "\x1f", "\x0b", "\x0c"),
    *("\x85", "\u2028"),
    *("\ufeff", "\ufffd", "\uffff", "\ue000", "x" * 3_000, "y" * 40_000, "totaal", "Totaal generaal", "TOTAL"),
    *("Som", "subtotaal"),
    *(None, True, 0, -5, 1.5, 1e300, float("nan"), float("inf"), -0.0, 2**53 + 1, 45292, 1234.567, 123456782),
)  # fmt: skip

TITLES = (
    "Levering 2025",
    "Bron: eigen administratie",
    "Peildatum 1-1-2025",
    "units per jaar",
    "KH03 Returns",
    "",
    "  ",
)
ODD_HEADINGS: tuple[Cell, ...] = (
    *(
        "",
        " ",
        None,
        "Kolom1",
        "units ",
        "UNITS",
        "un its",
        "units\n(aantal)",
        "unit\u200bs",
        "eenheden",
        "\u202eunits",
        "🏥",
    ),
    *(
        "provider_id",
        "PROVIDER ID",
        "provider",
        "period",
        "jaar",
        "x" * 300,
        "#N/A",
        2025,
        1.5,
        "row_number",
        "__index__",
    ),
    *(
        "BSN",
        "burgerservicenummer",
        "a;b",
        'units "st"',
        "=A1",
        "<b>units</b>",
        "{value}",
        "column 1",
        "supplier",
        "delivery",
    ),
)

TableBreak = Callable[[Grid, random.Random], Grid]


def nasty_cells(grid: Grid, draw: random.Random) -> Grid:
    """Puts odd values in some cells."""
    lines = [list(line) for line in grid.lines]
    for _ in range(draw.choice((1, 1, 2, 5))):
        _set(lines, grid, draw, draw.choice(NASTY))
    return _blank_lines_out(grid.with_lines(lines, mark="nasty cells"))


def nasty_column(grid: Grid, draw: random.Random) -> Grid:
    """Puts one odd value in a whole column."""
    lines = [list(line) for line in grid.lines]
    value, place = draw.choice(NASTY), draw.randrange(max(grid.width, 1))
    for row in grid.body:
        if place < len(lines[row]):
            lines[row][place] = value
    return _blank_lines_out(grid.with_lines(lines, mark="nasty column"))


def spreadsheet_cells(grid: Grid, draw: random.Random) -> Grid:
    """Puts formulas and errors in some cells."""
    lines = [list(line) for line in grid.lines]
    marks = (Mark("=1/0", "#DIV/0!"), Mark("=NA()", "#N/A"), Mark("=A1", "#REF!"), Mark("=1+1", 2), Mark('="x"', "x"))
    for _ in range(draw.choice((1, 3))):
        _set(lines, grid, draw, draw.choice(marks))
    return grid.with_lines(lines, mark="formulas")


def numbers_as_text(grid: Grid, draw: random.Random) -> Grid:
    """Writes every number as text with Dutch or English signs, or with a unit."""
    form = draw.choice(("{:,.2f}", "{:.3f}", "{:e}", "€ {:.2f}", "{:.0f}%", "{:+.1f}", " {:.2f} "))
    lines = [
        [form.format(c) if isinstance(c, int | float) and i in grid.body else c for c in line]
        for i, line in enumerate(grid.lines)
    ]
    if draw.random() < 0.5:
        swap = str.maketrans(",.", ".,")
        lines = [
            [c.translate(swap) if isinstance(c, str) and i in grid.body else c for c in line]
            for i, line in enumerate(lines)
        ]
    return grid.with_lines(lines, mark="numbers as text")


def codes_as_numbers(grid: Grid, draw: random.Random) -> Grid:
    """Loses the leading zeros of codes, as spreadsheets do."""
    as_number = draw.choice((int, float))
    lines = [
        [
            as_number(c) if isinstance(c, str) and c.isascii() and c.isdigit() and len(c) < 16 and i in grid.body else c
            for c in line
        ]
        for i, line in enumerate(grid.lines)
    ]
    return grid.with_lines(lines, mark="codes as numbers")


def repeated_rows(grid: Grid, draw: random.Random) -> Grid:
    """Has rows twice, some with other figures."""
    lines = list(grid.lines)
    extra = [list(draw.choice(lines[grid.body.start :])) for _ in range(draw.choice((1, 2)))] if grid.rows else []
    if extra and extra[0] and draw.random() < 0.5:
        extra[0][-1] = 77
    return _blank_lines_out(grid.with_lines([*lines, *extra], mark="repeated rows", rows=_more(grid, len(extra))))


def totals(grid: Grid, draw: random.Random) -> Grid:
    """Has a row of totals below, or between."""
    line: list[Cell] = [None] * max(grid.width, 1)
    line[0] = draw.choice(("Totaal", "TOTAAL GENERAAL", "Total", "Eindtotaal 2025", "Subtotaal:"))
    line[-1] = 12345.6
    lines = list(grid.lines)
    lines.insert(draw.randint(grid.body.start, len(lines)), tuple(line))
    return grid.with_lines(lines, mark="totals", rows=_more(grid, 1))


def notes_below(grid: Grid, draw: random.Random) -> Grid:
    """Has an empty line and a remark below the table."""
    lines = [*grid.lines, (), *([(draw.choice(TITLES[:4]),)] * draw.choice((1, 2)))]
    return grid.with_lines(lines, mark="notes below", rows=None)


def titles_above(grid: Grid, draw: random.Random) -> Grid:
    """Has lines of text above the headings, as reports do."""
    count = draw.choice((1, 2, 3, 3, 12))
    above = [(draw.choice(TITLES), *([None] * draw.choice((0, 0, 3)))) for _ in range(count)]
    head = None if grid.head is None else grid.head + count
    return grid.with_lines(
        [*above, *grid.lines], mark="titles above", head=head, rows=None if grid.width < 3 else grid.rows
    )


def blank_lines(grid: Grid, draw: random.Random) -> Grid:
    """Has empty lines between the rows."""
    lines = list(grid.lines)
    for _ in range(draw.choice((1, 4))):
        kinds = ((), (None,) * grid.width, ("", " ") if grid.width > 1 else ("",))
        lines.insert(draw.randint(grid.body.start, len(lines)), draw.choice(kinds))
    return grid.with_lines(lines, mark="blank lines")


def ragged(grid: Grid, draw: random.Random) -> Grid:
    """Has rows with too few or too many cells."""
    lines = [list(line) for line in grid.lines]
    for row in draw.sample(list(grid.body), min(len(grid.body), draw.choice((1, 2)))):
        lines[row] = (
            lines[row][: draw.randint(1, max(len(lines[row]) - 1, 1))] if draw.random() < 0.5 else [*lines[row], "x", 7]
        )
    return _blank_lines_out(grid.with_lines(lines, mark="ragged"))


def odd_heading(grid: Grid, draw: random.Random) -> Grid:
    """Renames, blanks or mangles headings."""
    if grid.head is None or not grid.lines[grid.head]:
        return grid
    lines = [list(line) for line in grid.lines]
    head = lines[grid.head]
    for _ in range(draw.choice((1, 1, 3))):
        place = draw.randrange(len(head))
        old = str(head[place] or "")
        head[place] = draw.choice(
            (draw.choice(ODD_HEADINGS), old.upper(), old[:-1], f"{old}_oud", f" {old} ", old.replace("_", " "))
        )
    return _odd_head(grid, lines, "odd headings")


def headings_in_two_lines(grid: Grid, draw: random.Random) -> Grid:
    """Has a line of units, of numbers, or the headings again below the headings."""
    if grid.head is None:
        return grid
    head = grid.lines[grid.head]
    second = draw.choice((head, tuple("(eenheid)" for _ in head), tuple(str(n) for n in range(len(head)))))
    lines = [*grid.lines[: grid.head + 1], second, *grid.lines[grid.head + 1 :]]
    return grid.with_lines(
        lines, mark="headings in two lines", rows=None if grid.rows is None or draw is None else _two(grid, second)
    )


def no_headings(grid: Grid, draw: random.Random) -> Grid:
    """Leaves the headings out."""
    del draw
    lines = [line for place, line in enumerate(grid.lines) if place != grid.head]
    return grid.with_lines(lines, mark="no headings", head=None, rows=None)


def only_headings(grid: Grid, draw: random.Random) -> Grid:
    """Leaves the rows out."""
    del draw
    return grid.with_lines(
        grid.lines[: grid.body.start], mark="only headings", rows=0 if grid.rows is not None else None
    )


def without_column(grid: Grid, draw: random.Random) -> Grid:
    """Leaves a column out."""
    place = draw.randrange(max(grid.width, 1))
    lines = [[c for n, c in enumerate(line) if n != place] for line in grid.lines]
    return _blank_lines_out(_odd_head(grid, lines, "without a column"))


def repeated_column(grid: Grid, draw: random.Random) -> Grid:
    """Has a column twice."""
    place = draw.randrange(max(grid.width, 1))
    lines = [[*line, line[place]] if place < len(line) else line for line in grid.lines]
    return grid.with_lines(lines, mark="repeated column")


def moved_columns(grid: Grid, draw: random.Random) -> Grid:
    """Has the columns in another order."""
    order = list(range(grid.width))
    draw.shuffle(order)
    lines = [[line[n] if n < len(line) else None for n in order] for line in grid.lines]
    return grid.with_lines(lines, mark="moved columns", rows=grid.rows if grid.head == 0 else None)


def more_columns(grid: Grid, draw: random.Random) -> Grid:
    """Has columns that nobody asked for: empty ones, ids, hundreds."""
    count = draw.choice((1, 3, 40))
    value = draw.choice((None, "x", 7, "Totaal", "#N/A"))
    named = draw.random() < 0.7
    lines = [
        [*line, *((f"extra {n}" if named else None) if place == grid.head else value for n in range(count))]
        if _is_filled(line)
        else line
        for place, line in enumerate(grid.lines)
    ]
    return grid.with_lines(
        lines, mark="more columns", rows=None if value == "Totaal" or grid.rows is None or not named else grid.rows
    )


def citizen_numbers(grid: Grid, draw: random.Random) -> Grid:
    """Has a column of citizen service numbers: made by the eleven-test, nobody's on purpose."""
    numbers = ("111222333", "123456782", "999999990", "100000009")
    name = draw.choice(("BSN", "client", "patient nr"))
    lines = [
        [*line, name if place == grid.head else numbers[place % 4]] if _is_filled(line) else line
        for place, line in enumerate(grid.lines)
    ]
    return grid.with_lines(lines, mark="citizen numbers")


def two_tables(grid: Grid, draw: random.Random) -> Grid:
    """Has another table below."""
    other = good(any_dataset(draw), draw)
    return grid.with_lines([*grid.lines, (), *other.lines], mark="two tables", rows=None)


def transposed(grid: Grid, draw: random.Random) -> Grid:
    """Has rows and columns the other way round."""
    del draw
    lines = [[line[n] if n < len(line) else None for line in grid.lines] for n in range(grid.width)]
    return grid.with_lines(lines, mark="transposed", head=None, rows=None)


def nothing(grid: Grid, draw: random.Random) -> Grid:
    """Leaves everything out."""
    del draw
    return grid.with_lines((), mark="nothing", head=None, rows=None)


def merged_cells(grid: Grid, draw: random.Random) -> Grid:
    """Merges a block of cells, where the file is a workbook."""
    if grid.width < 3 or not grid.lines:
        return grid
    top, left = draw.randrange(len(grid.lines)), draw.randrange(grid.width - 1)
    bottom = min(top + draw.choice((0, 0, 1)), len(grid.lines) - 1)
    block = (top, left, bottom, left + 1)
    return replace(grid, merged=(block,), rows=None, marks=(*grid.marks, "merged cells"))


DRESSED = (
    Dressed(2000 / 24, "[h]:mm", "2000:00"),
    Dressed(1.25, "[h]:mm:ss", "30:00:00"),
    Dressed(0.5, "h:mm", "12:00"),
    Dressed(45717, "d-mmm", "1-mrt"),
    Dressed(45717.5, "yyyy-mm-dd hh:mm", "2025-03-01 12:00"),
    Dressed(0.12, "0%", "12%"),
    Dressed(100_000, "0.00E+00", "1,00E+05"),
    Dressed(401, "0000", "0401"),
    Dressed(1200, "[$$-409]#,##0.00", "$1,200.00"),
    Dressed(1.2, '0.0" mln"', "1.2 mln"),
    Dressed(1.2345678901234567e17, "General", "1,23457E+17"),
)
MEANINGS = (
    ("indicatie debet/credit", ("D", "D", "C")),
    ("Declaratiestatus", ("toegekend", "afgewezen")),
    ("valuta", ("EUR", "USD")),
    ("valuta", ("EUR",)),
    ("Soort regel", ("detail", "totaal")),
    ("schaalfactor", ("1", "1000")),
    ("eenheid", ("minuten", "uren")),
)
SCALES = ("Alle bedragen x € 1.000", "in k€", "Amounts in thousands of euros", "bedragen in USD", "Begroting 2025")
OTHER_TABLES = (("Gebied", "Jaar", "Inwoners"), ("provider_id", "period", "units"), ("Afdeling", "Maand", "Kosten"))


def number_formats(grid: Grid, draw: random.Random) -> Grid:
    """Has durations, dates, percentages, dollars and rounded codes as spreadsheets keep them."""
    lines = [list(line) for line in grid.lines]
    for _ in range(draw.choice((1, 2, 5))):
        _set(lines, grid, draw, draw.choice(DRESSED))
    return grid.with_lines(lines, mark="number formats")


def formulas_without_value(grid: Grid, draw: random.Random) -> Grid:
    """Has formulas of a program that works nothing out, in some cells or in a whole column."""
    lines = [list(line) for line in grid.lines]
    if draw.random() < 0.5:
        _set(lines, grid, draw, Mark("=A1*2", 0))
    else:
        place = draw.randrange(max(grid.width, 1))
        for row in grid.body:
            if place < len(lines[row]):
                lines[row][place] = Mark(f"=A{row + 1}*2", 0)
    return grid.with_lines(lines, mark="formulas without value", rows=None)


def hidden_rows(grid: Grid, draw: random.Random) -> Grid:
    """Has rows that do not show."""
    rows = draw.sample(list(grid.body), min(len(grid.body), draw.choice((1, 2))))
    return grid.with_lines(grid.lines, mark="hidden rows", hidden=tuple(rows))


def meaning_column(grid: Grid, draw: random.Random) -> Grid:
    """Has a column that says of each row what it means."""
    heading, values = draw.choice(MEANINGS)
    lines = [
        (*line, heading if i == grid.head else draw.choice(values) if i in grid.body and _is_filled(line) else None)
        for i, line in enumerate(grid.lines)
    ]
    return grid.with_lines(lines, mark="meaning column")


def scale_words(grid: Grid, draw: random.Random) -> Grid:
    """Says in a title or a heading that numbers are to be multiplied, or are of another kind."""
    words = draw.choice(SCALES)
    if draw.random() < 0.5 or grid.head is None or not grid.lines[grid.head]:
        head = None if grid.head is None else grid.head + 1
        return grid.with_lines([(words,), *grid.lines], mark="scale in a title", head=head, rows=None)
    lines = [list(line) for line in grid.lines]
    place = draw.randrange(len(lines[grid.head]))
    lines[grid.head][place] = f"{lines[grid.head][place]} ({words})"
    return grid.with_lines(lines, mark="scale in a heading")


def second_table(grid: Grid, draw: random.Random) -> Grid:
    """Has another table below the first."""
    headings = draw.choice(OTHER_TABLES)
    lines = [*grid.lines, *([()] * draw.choice((0, 1, 2))), headings, ("9101", 2025, 79_801_011), ("9102", 2025, 5)]
    return grid.with_lines(lines, mark="second table", rows=None)


def headings_again(grid: Grid, draw: random.Random) -> Grid:
    """Has the headings again between the rows."""
    lines = list(grid.lines)
    if grid.head is not None:
        lines.insert(draw.randint(grid.body.start, len(lines)), lines[grid.head])
    return grid.with_lines(lines, mark="headings again", rows=None)


def totals_of_keys(grid: Grid, draw: random.Random) -> Grid:
    """Has a subtotal as a pivot writes it: a key of the table with a word beside it."""
    lines = [list(line) for line in grid.lines]
    rows = [row for row in grid.body if _is_filled(tuple(lines[row]))]
    if not rows:
        return grid.with_lines(lines, mark="totals of keys")
    line = list(lines[draw.choice(rows)])
    place = draw.randrange(len(line))
    line[place] = draw.choice(("Totaal {}", "{} Totaal", "Subtotaal {}")).format(line[place])
    return grid.with_lines([*lines, line], mark="totals of keys", rows=_more(grid, 1))


TABLE_BREAKS: tuple[TableBreak, ...] = (
    *(number_formats, formulas_without_value, hidden_rows, meaning_column, scale_words, second_table),
    *(headings_again, totals_of_keys),
    *(nasty_cells, nasty_cells, nasty_cells, nasty_column, spreadsheet_cells, numbers_as_text, codes_as_numbers),
    *(repeated_rows, totals, notes_below, titles_above, blank_lines, ragged, odd_heading, odd_heading),
    *(headings_in_two_lines, no_headings, only_headings, without_column, repeated_column, moved_columns, more_columns),
    *(citizen_numbers, two_tables, transposed, nothing, merged_cells),
)


def _set(lines: list[list[Cell]], grid: Grid, draw: random.Random, value: Cell) -> None:
    rows = [row for row in grid.body if _is_filled(tuple(lines[row]))]
    if rows:
        row = draw.choice(rows)
        lines[row][draw.randrange(len(lines[row]))] = value


def _is_filled(line: tuple[Cell, ...]) -> bool:
    return any(cell is not None and str(cell).strip() for cell in line)


def _more(grid: Grid, count: int) -> int | None:
    return None if grid.rows is None else grid.rows + count


def _two(grid: Grid, second: tuple[Cell, ...]) -> int | None:
    return _more(grid, 1) if second and grid.width > 2 and "(eenheid)" not in second else None


def _odd_head(grid: Grid, lines: list[list[Cell]], mark: str) -> Grid:
    """Returns a table with other headings: which line holds them is sure only if it is the first."""
    return grid.with_lines(lines, mark=mark, rows=grid.rows if grid.head == 0 and grid.width > 3 else None)


def _blank_lines_out(grid: Grid) -> Grid:
    """Forgets the number of rows where a row may have become empty, or a heading-like one."""
    blank = any(
        all(
            cell is None or not str(cell).strip(' \u00a0"\t;,|\r\n\u200b\ufeff\x0b\x0c\x1f\x85\u2028')
            for cell in grid.lines[row]
        )
        for row in grid.body
    )
    return replace(grid, rows=None) if blank else grid


# Text -------------------------------------------------------------------------------------------------------------

TextBreak = Callable[[str, random.Random], str]


def stray_quote(text: str, draw: random.Random) -> str:
    place = draw.randrange(len(text) + 1)
    return text[:place] + '"' + text[place:]


def cut_short(text: str, draw: random.Random) -> str:
    return text[: draw.randrange(len(text) + 1)]


def control_sign(text: str, draw: random.Random) -> str:
    place = draw.randrange(len(text) + 1)
    return (
        text[:place]
        + draw.choice(("\0", "\x1a", "\x0c", "\x0b", "\x85", "\u2028", "\ufeff", "\r", "\x1f", "\ue000"))
        + text[place:]
    )


def other_separator(text: str, draw: random.Random) -> str:
    return text.replace(draw.choice((";", ",", "\t", "|")), draw.choice((":", "~", "^", " ", ";;", "; ")))


def doubled_quotes(text: str, draw: random.Random) -> str:
    del draw
    return "".join(f'"{line}"\n' for line in text.replace('"', '""').splitlines())


def long_line(text: str, draw: random.Random) -> str:
    return text + draw.choice(("x", "1;", '"')) * draw.choice((20_000, 70_000))


def twice(text: str, draw: random.Random) -> str:
    del draw
    return text + text


def directive(text: str, draw: random.Random) -> str:
    return f"sep={draw.choice((';', ',', '~', ''))}\n{text}"


def returns_only(text: str, draw: random.Random) -> str:
    del draw
    return text.replace("\r\n", "\n").replace("\n", "\r")


def mixed_line_ends(text: str, draw: random.Random) -> str:
    return "".join(line + draw.choice(("\n", "\r\n", "\n\r", "\r", "\n\n")) for line in text.splitlines())


TEXT_BREAKS: tuple[TextBreak, ...] = (
    *(stray_quote, stray_quote, cut_short, control_sign, control_sign, other_separator, doubled_quotes, long_line),
    *(twice, directive, returns_only, mixed_line_ends),
)

ENCODINGS = (
    "utf-8",
    "utf-8",
    "utf-8-sig",
    "cp1252",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp437",
    "utf-7",
    "utf-8+cp1252",
)
KEEPING = frozenset({"utf-8", "utf-8-sig", "cp1252", "utf-16"})
"""Encodings in which a table stays one, whatever is in it."""


def encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-8+cp1252":
        half = len(text) // 2
        return text[:half].encode("utf-8", "replace") + "é€ï".encode("cp1252") + text[half:].encode("cp1252", "replace")
    return text.encode(encoding, "replace")


# Bytes ------------------------------------------------------------------------------------------------------------

ByteBreak = Callable[[bytes, random.Random], bytes]


def truncated(content: bytes, draw: random.Random) -> bytes:
    return content[: draw.randrange(len(content) + 1)]


def flipped(content: bytes, draw: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(draw.choice((1, 3, 20)) if made else 0):
        made[draw.randrange(len(made))] ^= 1 << draw.randrange(8)
    return bytes(made)


def zeroed(content: bytes, draw: random.Random) -> bytes:
    start = draw.randrange(len(content) + 1)
    length = min(draw.choice((1, 64, 4096)), len(content) - start)
    return content[:start] + bytes(length) + content[start + length :]


def with_garbage(content: bytes, draw: random.Random) -> bytes:
    garbage = draw.randbytes(draw.choice((1, 16, 5000)))
    return garbage + content if draw.random() < 0.4 else content + garbage


def swapped(content: bytes, draw: random.Random) -> bytes:
    """Puts a piece of the file elsewhere in it."""
    if len(content) < 8:
        return content
    first, last = sorted(draw.sample(range(len(content)), 2))
    place = draw.randrange(len(content))
    return content[:place] + content[first : min(last, first + 500)] + content[place:]


def emptied(content: bytes, draw: random.Random) -> bytes:
    del content
    return draw.choice(
        (b"", b"\n", b" ", b"\xef\xbb\xbf", b"\xff\xfe", b"PK", b"PAR1", b"\x1f\x8b", b"PAR1PAR1", b"<", b"{", b"[]")
    )


def packed(content: bytes, draw: random.Random) -> bytes:
    made = gzip.compress(content, mtime=0)
    return draw.choice((made, made, made[:-9], gzip.compress(made, mtime=0), made + b"x", made + made))


def zipped(content: bytes, draw: random.Random) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(
            draw.choice(("volume.csv", "../../volume.csv", "/etc/passwd", "word/document.xml", "xl/workbook.bin")),
            content,
        )
    return target.getvalue()


def inner_part(content: bytes, draw: random.Random) -> bytes:
    """Breaks one part of a file that is a zip archive (a workbook), and keeps the archive whole."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError):  # broken already
        return flipped(content, draw)
    name = draw.choice(sorted(parts))
    change = draw.choice((truncated, flipped, zeroed, emptied, _entity, _renumbered, _without))
    parts[name] = change(parts[name], draw)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, part in parts.items():
            if part != b"WITHOUT":
                archive.writestr(one, part)
    return target.getvalue()


def _without(content: bytes, draw: random.Random) -> bytes:
    del content, draw
    return b"WITHOUT"


def _entity(content: bytes, draw: random.Random) -> bytes:
    del draw
    return content.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', 1)


def _renumbered(content: bytes, draw: random.Random) -> bytes:
    """Puts cells and rows at other places: far away, or twice."""
    old, new = draw.choice(
        (
            (b'r="A2"', b'r="A1048576"'),
            (b'r="B2"', b'r="XFD2"'),
            (b'r="2"', b'r="-2"'),
            (b'r="A2"', b'r="1A"'),
            (b't="s"', b't="q"'),
            (b"<v>", b"<v>99999999"),
            (b'r="A2"', b'r="ZZZZ99999999"'),
        )
    )
    return content.replace(old, new)


BYTE_BREAKS: tuple[ByteBreak, ...] = (
    truncated,
    truncated,
    flipped,
    zeroed,
    with_garbage,
    swapped,
    emptied,
    packed,
    zipped,
    inner_part,
    inner_part,
)
