"""Draws broken files from a seed: what is delivered, by which name, and how many rows a person would count in it."""

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from fuzz.breaks import BYTE_BREAKS, ENCODINGS, KEEPING, NASTY, TABLE_BREAKS, TEXT_BREAKS, encoded
from fuzz.publishers import LAYOUTS
from fuzz.tables import Grid, any_dataset, good
from fuzz.written import Style, any_style, csv_text, parquet, workbook

NAMES = (
    *("{name}{end}", "{name}{end}", "{name}{end}", "{name}-2025Q3{end}", "{NAME}{END}", "{name} (definitief) v2{end}"),
    *(
        "{name} 🏥{end}",
        "{name}\u202e{end}",
        "{name}\n{end}",
        "{name}..{end}",
        "{name}%2e%2e%2f{end}",
        "{name}'\"$(id){end}",
    ),
    *(
        "{name}<b>{end}",
        "{name}{{value}}{end}",
        "{name}*?[a]{end}",
        "{name}\\..\\x{end}",
        "{name}{end}.txt",
        "{name}",
        "{name}.xls",
    ),
)


@dataclass(frozen=True)
class Broken:
    """What one supplier delivers: files by name, and what is known of the main one.

    Attributes:
        seed: with `number`, what it was drawn from.
        number: of the file in the seed's order.
        name: of the main file.
        content: of the main file.
        beside: other files in the folder.
        rows: the data rows a person counts in it, None where people would not agree.
        marks: the breaks, in order; none for a good file.
        dataset: the dataset by its name, None for a publisher's.
    """

    seed: int
    number: int
    name: str
    content: bytes
    beside: tuple[tuple[str, bytes], ...] = ()
    rows: int | None = None
    marks: tuple[str, ...] = ()
    dataset: str | None = None

    @property
    def supplier(self) -> str:
        return f"s{self.number:05}"

    def __str__(self) -> str:
        return f"{self.seed}:{self.number} {self.name!r} ({', '.join(self.marks) or 'good'})"


def broken_files(seed: int, numbers: range) -> Iterator[Broken]:
    """Yields the files of a seed with these numbers; a number says all by itself."""
    for number in numbers:
        yield broken_file(seed, number)


def broken_file(seed: int, number: int) -> Broken:
    """Returns one file."""
    draw = random.Random(f"{seed}:{number}")
    made = _of_publisher(draw) if draw.random() < 0.3 else _of_dataset(draw)
    made = replace(made, seed=seed, number=number)
    if draw.random() < 0.2 and number % 10:
        change = draw.choice(BYTE_BREAKS)
        made = replace(made, content=change(made.content, draw), rows=None, marks=(*made.marks, change.__name__))
    return made


def _of_dataset(draw: random.Random) -> Broken:
    dataset = any_dataset(draw)
    grid = good(dataset, draw)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 2, 3))):
        grid = draw.choice(TABLE_BREAKS)(grid, draw)
    kind = draw.choice(("csv", "csv", "csv", "xlsx", "parquet"))
    made = (
        _as_csv(grid, draw)
        if kind == "csv"
        else _as_workbook(grid, draw)
        if kind == "xlsx"
        else _as_parquet(grid, draw)
    )
    name = dataset
    if draw.random() < 0.05:
        name = draw.choice((any_dataset(draw), "cijfers", "levering 2025", "volumes_oud"))
        made = replace(made, rows=None, marks=(*made.marks, "other name"))
    end = f".{kind}"
    if draw.random() < 0.05:
        end = draw.choice((".csv", ".xlsx", ".parquet", ".txt", ".xls", ".CSV", ".gz", ".xml", ".json", ".pdf", ""))
    pattern = draw.choice(NAMES) if draw.random() < 0.3 else "{name}{end}"
    shown = pattern.format(name=name, end=end, NAME=name.upper(), END=end.upper())
    return replace(made, name=shown + ("" if draw.random() > 0.02 else os.fsdecode(b"\xff\xfe")), dataset=name)


def _of_publisher(draw: random.Random) -> Broken:
    published = draw.choice(LAYOUTS)(draw)
    if published.grid is None:
        return _of_text(Broken(0, 0, published.name, published.content, published.beside), draw)
    grid = published.grid
    for _ in range(draw.choice((0, 1, 1, 1, 2))):
        grid = draw.choice(TABLE_BREAKS)(grid, draw)
    if draw.random() < 0.1:
        made = replace(_as_workbook(grid, draw), name=published.name.replace(".csv", ".xlsx"))
    else:
        made = replace(_as_csv(grid, draw), name=published.name)
    return replace(made, beside=published.beside)


def _of_text(made: Broken, draw: random.Random) -> Broken:
    """Breaks a publisher's file that is no table: text where it is text, bytes where it is not."""
    if draw.random() < 0.15:
        return made
    if made.content.startswith(b"PK"):
        change = draw.choice(BYTE_BREAKS)
        return replace(made, content=change(made.content, draw), marks=(change.__name__,))
    text, marks = made.content.decode(), ()
    for _ in range(draw.choice((1, 1, 2))):
        text_change = draw.choice((*TEXT_BREAKS, _nasty_inside, _piece_twice, _piece_out, _declared, _deep))
        text, marks = text_change(text, draw), (*marks, text_change.__name__)
    return replace(made, content=encoded(text, draw.choice((*ENCODINGS, "utf-8", "utf-8"))), marks=marks)


def _nasty_inside(text: str, draw: random.Random) -> str:
    """Puts an odd value in the place of a number or a word."""
    old = draw.choice(("12", "28.5", "0320", "06010101", "null", "true", "Cardiologie", "Polikliniekbezoek"))
    return text.replace(old, str(draw.choice(NASTY)), 1)


def _piece_twice(text: str, draw: random.Random) -> str:
    first, last = sorted((draw.randrange(len(text) + 1), draw.randrange(len(text) + 1)))
    return text[:last] + text[first:last] + text[last:]


def _piece_out(text: str, draw: random.Random) -> str:
    first = draw.randrange(len(text) + 1)
    return text[:first] + text[first + draw.choice((1, 5, 50)) :]


def _declared(text: str, draw: random.Random) -> str:
    entity = draw.choice(('<!ENTITY a SYSTEM "file:///etc/passwd">', '<!ENTITY a "b"><!ENTITY c "&a;&a;">', ""))
    return text.replace("?>", f"?><!DOCTYPE x [{entity}]>", 1).replace("Één", "&a;", 1)


def _deep(text: str, draw: random.Random) -> str:
    depth = draw.choice((5, 20, 200, 5000))
    opened, closed = draw.choice((("[", "]"), ('{"a":', "}"), ("<a>", "</a>")))
    return text.replace("Één", "x", 1).replace("12", opened * depth + "1" + closed * depth, 1)


def _as_csv(grid: Grid, draw: random.Random) -> Broken:
    style = any_style(draw)
    text = csv_text(grid, style)
    rows, marks = _counted(grid, style), grid.marks
    for _ in range(draw.choice((0, 0, 0, 1, 2))):
        change = draw.choice(TEXT_BREAKS)
        text, marks = change(text, draw), (*marks, change.__name__)
        rows = None
    encoding = draw.choice(ENCODINGS) if draw.random() < 0.4 else "utf-8"
    marks = (*marks, encoding) if encoding != "utf-8" else marks
    return Broken(0, 0, "", encoded(text, encoding), rows=rows if encoding in KEEPING else None, marks=marks)


def _counted(grid: Grid, style: Style) -> int | None:
    """Returns the rows of a table as text: lines that look empty, and cells with line ends, are not sure to be rows."""
    cells = [str(cell) for line in grid.lines for cell in line if cell is not None]
    if any(sign in cell for cell in cells for sign in '\n\r"\0\x85\u2028\x0b\x0c\x1c\x1d\x1e\x1f\ue000'):
        return None
    if style.quotes == "none" and any(style.separator in cell for cell in cells):
        return None
    return grid.rows


def _as_workbook(grid: Grid, draw: random.Random) -> Broken:
    others = draw.choices(("empty", "notes", "copy", "hidden"), k=draw.choice((0, 0, 0, 1, 2)))
    marks = (*grid.marks, *(f"sheet: {one}" for one in others))
    rows = None if "copy" in others else grid.rows
    try:
        content = workbook(grid, draw, others=others)
    except Exception as fault:  # noqa: BLE001 - the writer refuses what nobody can write, such as a merge of one cell
        return Broken(0, 0, "", str(fault).encode(), marks=(*marks, "no workbook"))
    return Broken(0, 0, "", content, rows=rows, marks=marks)


def _as_parquet(grid: Grid, draw: random.Random) -> Broken:
    rows = None if grid.head != 0 or "notes below" in grid.marks else len(grid.body)
    return Broken(0, 0, "", parquet(grid, draw), rows=rows, marks=grid.marks)
