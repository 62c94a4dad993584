"""Good deliveries of every dataset: small tables with all columns of the contract, filled in as a supplier would."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from data_contracts.contract import DATASETS, Column, DataContract, load_contract

OF_A_REGION, PROVIDER_DIGITS = 6_990_000, 8
"""Where the codes of invented providers begin: stored as numbers they are no payer's."""
PROVIDERS = ("06010101", "06010102", "06020502", "41000001", "01010001")
PERIOD = "2025"


@dataclass(frozen=True)
class Mark:
    """A cell that only a spreadsheet has: a formula with the value it shows, an error among them."""

    formula: str
    shown: str | float


@dataclass(frozen=True)
class Dressed:
    """A number in a number format of a spreadsheet, and what that shows of it."""

    number: float
    look: str
    shown: str


Cell = str | int | float | bool | date | Mark | Dressed | None
Row = list[Cell]


@dataclass(frozen=True)
class Grid:
    """A table on its way to a file: lines of cells, which of them is the row of headings, and how many rows it holds.

    `rows` is None once nobody could say what a row is; `marks` names the breaks that were done, in order.
    """

    lines: tuple[tuple[Cell, ...], ...]
    head: int | None
    rows: int | None
    marks: tuple[str, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        return max((len(line) for line in self.lines), default=0)

    @property
    def body(self) -> range:
        """The places of the lines below the headings."""
        return range(0 if self.head is None else self.head + 1, len(self.lines))

    def with_lines(self, lines: Iterable[Iterable[Cell]], *, mark: str, **changes: object) -> "Grid":
        made = replace(self, lines=tuple(tuple(line) for line in lines), marks=(*self.marks, mark))
        return replace(made, **changes)  # type: ignore[arg-type]


def good(dataset: str, draw: random.Random) -> Grid:
    """Returns a delivery without faults."""
    contract = load_contract(dataset)
    left_out = {c.name for c in contract.columns if not c.heading_required and draw.random() < 0.2}
    left_out |= {"latitude", "longitude"} if left_out & {"latitude", "longitude"} else set()
    left_out -= {"revenue_eur"} if left_out >= {"units", "revenue_eur"} else set()  # else no row says anything
    wanted = [c for c in contract.columns if c.name not in left_out or c.name == _own_key(contract)]
    size = 2 if dataset in {"resources", "payers"} else draw.choice((1, 3, 5, 8))
    rows = [[_cell(column, contract, number, draw) for column in wanted] for number in range(size)]
    heading = [draw.choice((c.name, *c.aliases)) if draw.random() < 0.2 else c.name for c in wanted]
    return Grid(lines=(tuple(heading), *(tuple(row) for row in rows)), head=0, rows=size)


def any_dataset(draw: random.Random) -> str:
    return draw.choice(DATASETS)


def _cell(column: Column, contract: DataContract, number: int, draw: random.Random) -> Cell:
    """Returns a value that the column may hold; the first text of the key makes rows different."""
    if column.references == "providers.provider_id":
        return PROVIDERS[(number + (column.name == "to_id")) % len(PROVIDERS)]
    if column.key and column.kind == "text" and column.name == _own_key(contract):
        return _code(column, OF_A_REGION + number if column.code_length == PROVIDER_DIGITS else 1000 + number)
    if column.name == "form":
        return "fee_for_service"  # the other forms need an amount
    if column.succeeds is not None:
        return None  # a successor would have to be a row of its own
    if column.allowed:
        return draw.choice(column.allowed).value
    return _of_kind(column, number, draw)


def _own_key(contract: DataContract) -> str:
    """Returns the last text of the key that refers to no provider, which may be different in every row."""
    free = [c.name for c in contract.columns if c.key and c.kind == "text" and c.references != "providers.provider_id"]
    return free[-1] if free else ""


def _code(column: Column, number: int) -> str:
    return str(number).zfill(column.code_length) if column.code_length else f"{column.name[:3]}{number}"


def _of_kind(column: Column, number: int, draw: random.Random) -> Cell:
    if column.kind == "text":
        return _code(column, 300 + number) if column.code_length else draw.choice((f"x{number}", "Één", "Naam & zoon"))
    if column.kind == "period":
        return PERIOD
    if column.kind == "year":
        return 2025
    if column.kind == "boolean":
        return draw.choice(("true", "false", "ja", "nee"))
    if column.kind == "date":
        return date(2025, 6 if column.name == "end_date" else 1, 1) + timedelta(days=draw.randrange(100))
    return _number(column, draw)


def _number(column: Column, draw: random.Random) -> Cell:
    if column.kind == "integer":
        return draw.randrange(1, 500)
    if column.kind == "share":
        return {"variable_share": 0.25, "semi_fixed_share": 0.25, "fixed_share": 0.5}.get(column.name, 0.5)
    top = min(column.maximum or 1000.0, 1000.0)
    return round(draw.uniform(max(column.minimum or 0.0, 1.0), top), 2)
