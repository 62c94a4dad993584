"""A page of the dashboards in a terminal: its answer, what each box finds, its sentences and tables; or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table as Printed
from rich.text import Text

from pipelines.cli.output import out

if TYPE_CHECKING:
    from dashboards.pages import Card, Page, Table, TableCell


def print_page(page: Page) -> None:
    """Prints a page."""
    for said in (page.answer, page.lead):
        out().print(f"{said}", soft_wrap=True, markup=False)
    for card in page.cards:
        out().print()
        for said in (card.kicker.upper(), card.finding, *(f"  {point}" for point in card.points)):
            if said:
                out().print(said, soft_wrap=True, markup=False)
        for table in _tables(card):
            _print_table(table)
        if card.note:
            out().print(card.note, soft_wrap=True, markup=False)


def page_json(page: Page) -> dict[str, object]:
    """Returns a page for JSON: what it says, and its tables with the figure behind every text."""
    boxes = [
        {"key": card.key, "finding": card.finding, "points": list(card.points), "tables": [*map(_plain, _tables(card))]}
        for card in page.cards
    ]
    return {"answer": page.answer, "boxes": boxes}


def _tables(card: Card) -> list[Table]:
    """Returns the tables of a box: where it holds one with all rows, that in place of the one with the first."""
    every = [extra.table for extra in card.extras if extra.table is not None]
    return every[:1] or ([card.table] if card.table is not None else [])


def _print_table(table: Table) -> None:
    printed = Printed(header_style="bold", box=None, pad_edge=False)
    for heading in table.headings:
        printed.add_column(heading.text, justify="right" if heading.is_number else "left", overflow="fold")
    for row in table.rows:
        printed.add_row(*(Text(_said(cell)) for cell in row))
    out().print(printed)


def _said(cell: TableCell) -> str:
    return f"{cell.text} ({cell.more})" if cell.more else cell.text


def _plain(table: Table) -> dict[str, object]:
    rows = [[{"text": _said(cell), "value": cell.value} for cell in row] for row in table.rows]
    return {"caption": table.caption, "headings": [heading.text for heading in table.headings], "rows": rows}
