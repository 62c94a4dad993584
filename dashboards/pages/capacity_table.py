"""The table behind every capacity figure: one row a provider, resource and year."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.findings import Findings
from dashboards.pages.page import Cell, PageRef, Table, headings
from dashboards.wording import Wording

Row = Mapping[str, Any]


def capacity_table(findings: Findings, rows: pl.DataFrame, *, caption: str, linked: bool = True) -> Table:
    """Returns what is usable and needed, without and with the agreement: units, full-time equivalents, chances."""
    words = findings.words
    keys = ("resource", "year", "unit", "usable", "before", "after", "gap", "fte", "chance_before", "chance_after")
    names = [words.text("gains.party"), *(words.text(f"hands.{key}") for key in keys)]
    chances = bool(findings.results.draws)
    return Table(
        caption=caption,
        headings=headings(names if chances else names[:-2], numbers=range(4, len(names))),
        rows=tuple(_row(row, words, chances=chances, linked=linked) for row in rows.to_dicts()),
    )


def _row(row: Row, words: Wording, *, chances: bool, linked: bool) -> tuple[Cell, ...]:
    quantity = words.numbers.quantity
    short = row["shortage_after"]
    gap = quantity(short) if short is None or short > 0 else words.text("hands.no_gap")
    found = (
        Cell(row["name"], link=PageRef("party", row["provider"]) if linked else None),
        Cell(row["resource_name"]),
        Cell(str(row["year"])),
        Cell(row["unit"] or ""),
        Cell(quantity(row["usable"])),
        Cell(quantity(row["load_before"])),
        Cell(quantity(row["load_after"])),
        Cell(gap, "warning" if short else "plain"),
        Cell(words.numbers.full_time(row["fte_after"]) if row["fte_after"] else ""),
    )
    if not chances:
        return found
    columns = ("shortage_probability_before", "shortage_probability_after")
    return (*found, *(Cell(words.numbers.probability(row[column])) for column in columns))
