"""What becomes of what is typed into a workbook: who wrote the file, what was typed, what kind of column it stands in.

`PYTHONPATH=tests/pipelines python -m reading.workbook_matrix FOLDER` prints the table of docs/deliver.md; LibreOffice
makes its workbooks itself, from the typed text, in the language of its user.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import xlsxwriter

from data_contracts.contract import Column, load_contract
from pipelines.reading.conversion import convert_columns
from pipelines.reading.formats import read_delivery

COLUMNS: dict[str, Column] = {
    "code": load_contract("volume").column("specialism"),
    "integer": load_contract("volume").column("patients"),
    "money": load_contract("revenue").column("revenue_eur"),
    "share": load_contract("contracts").column("rate_over"),
    "period": load_contract("volume").column("period"),
    "date": load_contract("declarations").column("end_date"),
}
"""A column of each kind."""
BESIDE = "1.234,50"
YEAR = datetime.now(tz=UTC).year
"""A day without a year is of this one."""
TYPED = ("1.200", "1.200 beside 1.234,50", "1.234,50", "12,5", "0601", "1-3", "30:00", "=1+1", "12 %", "1E5", "2025")
WRITERS = ("Excel, Dutch", "LibreOffice, Dutch", "LibreOffice, English", "openpyxl", "xlsxwriter")
LANGUAGES = {"LibreOffice, Dutch": 1043, "LibreOffice, English": 1033}

_EXCEL: dict[str, tuple[object, str]] = {
    "1.200": (1200, "#,##0"),
    "1.234,50": (1234.5, "#,##0.00"),
    "12,5": (12.5, "General"),
    "0601": (601, "General"),
    "1-3": (datetime(YEAR, 3, 1), "d-mmm"),  # noqa: DTZ001 - as Excel stores a day
    "30:00": (1.25, "[h]:mm:ss"),
    "=1+1": ("=1+1", "General"),
    "12 %": (0.12, "0%"),
    "1E5": (100_000, "0.00E+00"),
    "2025": (2025, "General"),
}
"""What a Dutch Excel makes of what is typed: the value that it stores, and its format (general knowledge)."""


def workbooks(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Yields who wrote it, what was typed, and the workbook; LibreOffice's only where it is installed."""
    for number, typed in enumerate(TYPED):
        cells = [typed.partition(" beside ")[0]] + ([BESIDE] if " beside " in typed else [])
        yield "Excel, Dutch", typed, _like_excel(folder / f"excel{number}.xlsx", cells)
        yield "openpyxl", typed, _by_openpyxl(folder / f"openpyxl{number}.xlsx", cells)
        yield "xlsxwriter", typed, _by_xlsxwriter(folder / f"xlsxwriter{number}.xlsx", cells)
        (folder / f"typed{number}.csv").write_text(
            "".join(";".join(line) + "\n" for line in [_headings(), *([cell] * len(COLUMNS) for cell in cells)])
        )
    if libreoffice() is not None:
        yield from _by_libreoffice(folder)


def libreoffice() -> str | None:
    """Returns where LibreOffice is, if it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def _headings() -> list[str]:
    return [column.name for column in COLUMNS.values()]


def _like_excel(path: Path, cells: list[str]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, _headings())
        for row, cell in enumerate(cells, start=1):
            value, look = _EXCEL[cell]
            for column in range(len(COLUMNS)):
                if isinstance(value, str):
                    sheet.write_formula(row, column, value, None, 2)
                else:
                    sheet.write(row, column, value, book.add_format({"num_format": look}))
    return path


def _by_openpyxl(path: Path, cells: list[str]) -> Path:
    book = openpyxl.Workbook()
    book.active.append(_headings())
    for cell in cells:
        book.active.append([cell] * len(COLUMNS))
    book.save(path)
    return path


def _by_xlsxwriter(path: Path, cells: list[str]) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Data")
        for row, line in enumerate([_headings(), *([cell] * len(COLUMNS) for cell in cells)]):
            for column, cell in enumerate(line):
                sheet.write(row, column, cell)
    return path


def _by_libreoffice(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Yields the workbooks that LibreOffice makes of what is typed, in the language of its user."""
    for writer, language in LANGUAGES.items():
        made = folder / str(language)
        command = [
            *(str(libreoffice()), "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}"),
            *(f"--infilter=CSV:59,34,76,1,,{language},false,true,false,false,false,-1", "--convert-to", "xlsx"),
            *("--outdir", str(made), *(str(folder / f"typed{number}.csv") for number in range(len(TYPED)))),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        sheets = {path.name.partition("-")[0].removesuffix(".xlsx"): path for path in made.iterdir()}
        for number, typed in enumerate(TYPED):
            yield writer, typed, sheets[f"typed{number}"]


def outcome(path: Path) -> dict[str, str]:
    """Returns, by kind of column, what is read of the first row: the value in bold, or the rule that refuses it."""
    by_heading = {column.name: column for column in COLUMNS.values()}
    table = read_delivery(path, known=lambda heading: heading if heading in by_heading else None)
    converted = convert_columns(
        table.frame.select(_headings()), tuple(COLUMNS.values()), stored_numbers=table.stored_numbers
    )
    found = {}
    for kind, column in COLUMNS.items():
        made = converted[column.name]
        rules = [one.rule for one in made.faults if one.rows[0]]
        value = str(made.values[0]).replace(f"{YEAR}-03-01", "1 March")
        found[kind] = rules[0] if rules else f"**{value}**"
    return found


def matrix(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Returns, by what was typed and kind of column, what becomes of it, by who wrote it."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for writer, typed, path in workbooks(folder):
        for kind, became in outcome(path).items():
            found.setdefault((typed, kind), {})[writer] = became
    return found


def as_markdown(found: dict[tuple[str, str], dict[str, str]], *, writers: tuple[str, ...] = WRITERS) -> str:
    """Returns the matrix as a table for the docs; what is refused of every writer for the same reason is left out."""
    lines = [f"| typed | column | {' | '.join(writers)} |", "| --- " * (len(writers) + 2) + "|"]
    for (typed, kind), became in found.items():
        cells = [became.get(writer, "-") for writer in writers]
        if len(set(became.values())) > 1 or cells[0].startswith("**"):
            lines.append(f"| `{typed}` | {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(as_markdown(matrix(Path(sys.argv[1]))))
