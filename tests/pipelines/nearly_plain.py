"""Files that go at sight, or nearly: plain files of any dataset, of which many have one thing changed.

    python tests/pipelines/nearly_plain.py SEED FILES

holds so many files against the judge that looks at each by itself, in sets with bad ones among the good.
"""

import hashlib
import math
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import xlsxwriter

from data_contracts.contract import Column, DataContract, load_contract, published_contracts
from pipelines.intake.at_sight import at_sight
from pipelines.intake.inbox import Delivery
from pipelines.intake.one_file import read_and_validate
from pipelines.judging import Register, Validated
from pipelines.judging.rules import breaking_rows
from pipelines.workspace.workspace import Supplier

OWN, OTHER = "06010101", "06010102"
PROVIDERS = [OWN, *(f"0601{number:04}" for number in range(200, 230))]
OWN_PROVIDERS = frozenset(PROVIDERS)
SUPPLIERS = [
    Supplier(supplier="noord", providers=PROVIDERS, datasets=["volume"]),
    Supplier(supplier="zuid", providers=[OTHER, OWN], datasets=["volume"]),
    Supplier(supplier="bureau", datasets=["providers"]),
]
REGISTER = Register(
    {
        "providers.provider_id": frozenset([*PROVIDERS, OTHER]),
        "payers.payer_id": frozenset({"3311", "3312", "7029"}),
        "areas.area": frozenset({f"30{number}" for number in range(10, 60)}),
        "care_products.care_product": frozenset({f"99{number:07}" for number in range(1, 400)}),
        "resources.resource": frozenset({"bed", "theatre_hours", "nurse", "clinic_rooms"}),
    }
)
ENDINGS = [".csv"] * 20 + [".txt", *[".parquet"] * 4, *[".xlsx"] * 4]
OFTEN = (
    "volume",
    "revenue",
    "capacity",
    "waiting_list",
    "unit_costs",
    "list_prices",
    "population",
    "regional_spending",
) * 10
ODD_CELLS = (
    "", " ", "0", "-1", "-0", "007", "1.000", "1,000", "1.5", "1,5", "12.50", "1.234,50", "12.0", "99,999", "1e5", "5%",
    "<5", "x", "-", "n.v.t.", "onbekend", "Totaal", "totaal 0320", "Som", "sum", "0320 Total", "=A1", "'0320",
    '="0320"',
    " 0320", "0320 ", "320", "heelkunde", "K78", "T90.02", "3-jan", "2025-03-01", "30:00", "true", "#N/B", "#REF!",
    "2025Q2", "2025", "2025-Q1", "202503", "2024Q4", "6010101", "06019999", OTHER, "123456782", "1.2.3", "é", "\xa0",
    "a;b", "a,b", "provider_id", "volume", "thousands", "bedragen in duizenden", "9" * 13, "9" * 20, "1-", "(5)", "€ 5",
    "$ 5", "0.00001", "NULL", "nan", "inf", "0601 0101", "gemiddelde", "result",
)  # fmt: skip
"""What a cell may hold by mistake."""


@dataclass(frozen=True)
class Table:
    """A file before it is written: headings, rows, and how lines are made of them."""

    headings: list[str]
    rows: list[list[str]]
    separator: str
    end: str = "\n"
    before: str = ""
    encoding: str = "utf-8"
    after: str = ""

    @property
    def content(self) -> bytes:
        lines = [self.separator.join(cells) for cells in (self.headings, *self.rows)]
        return (self.before + self.end.join(lines) + self.after).encode(self.encoding, errors="replace")


def plain_cell(column: Column, draw: random.Random, *, period: str, sign: str) -> str:
    """Returns a cell that a column accepts, whatever the other cells of its row."""
    if (not column.required and draw.random() < 0.1) or column.succeeds:
        return ""
    if column.references and (known := REGISTER.known.get(column.references)):
        return draw.choice(sorted(known - {OTHER}))
    if column.allowed:
        return draw.choice(column.allowed).value
    if column.kind in {"period", "year", "date", "boolean"}:
        return _of_calendar(column, draw, period=period)
    if column.kind == "text":
        digits = column.code_length or draw.choice([3, 4, 9])
        lost = column.code_length is not None and draw.random() < 0.02
        code = "".join(draw.choice("123456789") for _ in range(digits - lost))
        return code if column.is_code else f"Zaal {code[:4]}"
    low = 0.0 if column.minimum is None else column.minimum
    high = low + draw.choice([1, 20, 500, 5000]) if column.maximum is None else column.maximum
    number = draw.uniform(low, high)
    return str(round(number)) if column.kind == "integer" else f"{number:.2f}".replace(".", sign)


def _of_calendar(column: Column, draw: random.Random, *, period: str) -> str:
    day = f"{draw.randrange(1, 29):02}"
    quarters = [f"{period}Q{number}" for number in range(1, 5)] if len(period) == 4 else []
    cells = {
        "period": [period, period, *quarters],
        "year": [str(year) for year in range(2020, 2030)],
        "date": [f"2025-03-{day}", f"{day}-03-2025"],
        "boolean": ["ja", "nee"],
    }
    return draw.choice(cells[column.kind])


def plain_table(contract: DataContract, draw: random.Random, *, period: str) -> Table:
    """Returns a file as a careful supplier sends it: every key once."""
    separator = draw.choice([";", ",", "\t", "|"])
    sign = "." if separator == "," else draw.choice(",.")
    optional = draw.random() < 0.2
    columns = [c for c in contract.columns if c.required or c.heading_required or not optional or draw.random() < 0.7]
    made = [
        [plain_cell(c, draw, period=period, sign=sign) for c in columns] for _ in range(draw.choice([2, 20, 60, 400]))
    ]
    places = [place for place, column in enumerate(columns) if column.key]
    rows = {tuple(row[place] for place in places): row for row in made}
    headings = [draw.choice([c.name, c.name, *c.aliases[:2]]) for c in columns]
    end = draw.choice(["\n", "\n", "\r\n"])
    encoding = draw.choice(["utf-8", "utf-8-sig", "cp1252"])
    return Table(headings, list(rows.values()), separator, end, encoding=encoding, after=draw.choice(["", end, end]))


def _cell(table: Table, draw: random.Random) -> Table:
    rows = [list(row) for row in table.rows]
    filled = [row for row in rows if row]
    if filled:
        row = draw.choice(filled)
        row[draw.randrange(len(row))] = draw.choice(ODD_CELLS)
    return replace(table, rows=rows)


def _column(table: Table, draw: random.Random) -> Table:
    """Changes a whole column: numbers of nine digits that pass a test, a code stored as a number, another sign."""
    place = draw.randrange(len(table.headings))
    numbers = ["123456782", "111222333", "999999990", "100000009", "100000022", "100000034", "100000046", "100000058"]
    change: Callable[[str], str] = draw.choice(
        [lambda _: draw.choice(numbers), lambda cell: cell + ".0", lambda cell: cell.lstrip("0"), lambda _: ""]
    )
    rows = [[change(cell) if at == place else cell for at, cell in enumerate(row)] for row in table.rows]
    return replace(table, rows=rows)


def _heading(table: Table, draw: random.Random) -> Table:
    place, headings = draw.randrange(len(table.headings)), list(table.headings)
    old = headings[place]
    headings[place] = draw.choice(
        [
            old.upper(),
            f" {old} ",
            f"{old} (x 1000)",
            "",
            draw.choice(headings),
            "bsn",
            "status",
            old[:-1],
            f"Code {old}",
            "é",
        ]
    )
    return replace(table, headings=headings)


def _another_column(table: Table, draw: random.Random) -> Table:
    heading = draw.choice(["opmerking", "bsn", "status", "", "row_number", "eenheid", "burgerservicenummer"])
    cells = draw.choice([["123456782", "111222333", "999999990", "100000009"], ["", "geannuleerd"], ["x"]])
    rows = [[*row, draw.choice(cells)] for row in table.rows]
    return replace(table, headings=[*table.headings, heading], rows=rows)


def _row(table: Table, draw: random.Random) -> Table:
    """Adds a row that is none, or one again."""
    again = list(draw.choice([row for row in table.rows if row]))
    changed = [*again[:-1], draw.choice(ODD_CELLS)]
    alone = ["" for _ in again]
    alone[draw.randrange(len(alone))] = draw.choice(["bedragen in duizenden", "Totaal", "x", "bron: zelf"])
    new = draw.choice(
        [again, changed, alone, list(table.headings), again[:-1], [*again, ""], [*again, "x"], ["" for _ in again], []]
    )
    rows = list(table.rows)
    rows.insert(draw.randrange(len(rows) + 1), new)
    return replace(table, rows=rows)


def _lines(table: Table, draw: random.Random) -> Table:
    sign = table.separator
    return draw.choice(
        [
            replace(table, end="\r"),
            replace(table, after="\n\n"),
            replace(table, after=f"\n{sign * (len(table.headings) - 1)}\n"),
            replace(table, after="\nbedragen in duizenden\n"),
            replace(table, before="Overzicht 2025\n"),
            replace(table, before="\n"),
            replace(table, before=f"sep={sign}\n"),
            replace(table, before='"'),
            replace(table, encoding="utf-16"),
            replace(table, end=f"{sign}\n"),
            replace(table, end=" \n"),
        ]
    )


def _quoted(table: Table, draw: random.Random) -> Table:
    rows = [list(row) for row in table.rows]
    row, place = draw.choice(rows), draw.randrange(len(table.headings))
    row[place] = draw.choice([f'"{row[place]}"', f'{row[place]}"', "\0"])
    return replace(table, rows=rows)


def _obeying(table: Table, delivery: Delivery) -> Table:
    """Returns a file without the rows that break a rule or are warned of, unless that leaves none."""
    found = read_and_validate(
        delivery, register=replace(REGISTER, own_providers=OWN_PROVIDERS), folder=delivery.path.parent
    )
    odd = breaking_rows(found.accepted, load_contract(delivery.dataset)).values()
    kept = {int(row) - 2 for row in found.accepted.filter(~pl.any_horizontal(pl.lit(value=False), *odd))["row_number"]}
    rows = [row for number, row in enumerate(table.rows) if number in kept]
    return replace(table, rows=rows or table.rows)


CHANGES = (_cell, _cell, _cell, _column, _heading, _another_column, _row, _row, _lines, _quoted)


def _stored(cells: list[str], draw: random.Random) -> list[object]:
    """Returns a column as programs store it: as texts, as numbers, or as numbers where they can be."""

    def number(cell: str) -> object:
        try:
            found = float(cell.replace(",", "."))
        except ValueError:
            return cell or None
        return found if math.isfinite(found) and cell[:1] != "0" else cell

    texts = [cell or None for cell in cells]
    numbers = [number(cell) for cell in cells]
    return (
        draw.choice([texts, numbers, numbers])
        if draw.random() < 0.9
        else [draw.choice(p) for p in zip(texts, numbers, strict=True)]
    )


def _packed(table: Table, path: Path, draw: random.Random) -> None:
    """Writes a file as a workbook or as Parquet; what is no table of columns with a name each stays text."""
    wide = {len(row) for row in table.rows} == {len(table.headings)}
    if path.suffix not in {".xlsx", ".parquet"} or not wide or len(set(table.headings)) < len(table.headings):
        path.write_bytes(table.content)
        return
    columns = {h: _stored([row[n] for row in table.rows], draw) for n, h in enumerate(table.headings)}
    if path.suffix == ".parquet":
        kinds = {
            name: pl.Float64 if all(isinstance(c, float | None) for c in cells) else pl.String
            for name, cells in columns.items()
        }
        frame = pl.DataFrame(
            {n: [c if kinds[n] == pl.Float64 or c is None else str(c) for c in cells] for n, cells in columns.items()},
            schema=kinds,
        )
        frame.write_parquet(path)
        return
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(draw.choice(["Blad1", "in duizenden"]) if draw.random() < 0.1 else "Blad1")
        above = 1 if draw.random() < 0.3 else 0
        if above:
            sheet.write(0, 0, draw.choice(["Overzicht 2025", "Overzicht", "Bedragen x 1.000"]))
        sheet.write_row(above, 0, table.headings)
        for place, cells in enumerate(columns.values()):
            sheet.write_column(above + 1, place, cells)


def _written(table: Table, path: Path, draw: random.Random, *, supplier: str, period: str) -> Delivery:
    """Writes a file and returns it as it lies in the inbox; its name begins with its dataset."""
    _packed(table, path, draw)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return Delivery(supplier, period, path.name.split("-")[0], path, digest, datetime.now(tz=UTC))


def delivered(seed: int, folder: Path) -> list[Delivery]:
    """Returns a set of files of one dataset in a folder, some of them with a thing or two changed."""
    draw = random.Random(seed)
    contract = load_contract(draw.choice([*OFTEN, *(one.dataset for one in published_contracts())]))
    period = draw.choice(["2025Q1", "2025Q3", "2025"]) if contract.has_period else "2025"
    found = []
    for number in range(draw.randrange(3, 8)):
        path = folder / f"{contract.dataset}-{number}{draw.choice(ENDINGS)}"
        table = plain_table(contract, draw, period=period)
        plain = path.with_suffix(".csv")
        table = _obeying(table, _written(table, plain, draw, supplier="noord", period=period))
        plain.unlink()
        for _ in range(draw.choice([0] * 12 + [1, 1, 2])):
            table = draw.choice(CHANGES)(table, draw)
        supplier = draw.choice(["noord"] * 10 + ["zuid", "bureau", "vreemd"])
        found.append(_written(table, path, draw, supplier=supplier, period=period))
    return found


def differences(at_once: Validated, by_itself: Validated) -> Iterator[str]:
    """Yields in which fields two outcomes differ."""
    for one in fields(Validated):
        mine, other = getattr(at_once, one.name), getattr(by_itself, one.name)
        if isinstance(mine, pl.DataFrame):
            if mine.schema != other.schema or not mine.equals(other):
                yield f"{one.name}: {mine} for {other}"
        elif mine != other:
            yield f"{one.name}: {mine} for {other}"


def held_against(seed: int, folder: Path) -> tuple[int, int, list[str]]:
    """Returns how many files a seed makes, how many of them go at sight, and what is different of those."""
    deliveries = delivered(seed, folder)
    sighted = at_sight(deliveries, suppliers=SUPPLIERS, register=REGISTER)
    speaks_for = {one.supplier: frozenset(one.providers) for one in SUPPLIERS}
    found = []
    for delivery in deliveries:
        if delivery.path in sighted:
            register = replace(REGISTER, own_providers=speaks_for[delivery.supplier])
            other = read_and_validate(delivery, register=register, folder=folder)
            told = list(differences(sighted[delivery.path], other))
            found += [f"seed {seed}, {delivery.path.name}: {one}" for one in told]
    return len(deliveries), len(sighted), found


def main(seed: int, files: int) -> None:
    """Prints what was held against each other; fails at the first difference."""
    count: Counter[str] = Counter()
    while count["files"] < files:
        with tempfile.TemporaryDirectory() as folder:
            made, sighted, found = held_against(seed, Path(folder))
        if found:
            sys.exit("\n".join(found))
        count.update(files=made, sighted=sighted)
        seed += 1
    print(f"{count['files']} files, {count['sighted']} at sight, none different; next seed {seed}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
