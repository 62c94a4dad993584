"""The table behind every capacity figure: one row a provider, resource and year."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from dashboards.pages.page import PageRef, Table, TableCell, headings
from dashboards.telling.synopsis import Synopsis
from dashboards.words.wording import Wording

Row = Mapping[str, Any]


_KEYS = ("resource", "year", "usable", "before", "after", "gap", "fte", "chance_after")
_KEYS_ALONE = ("resource", "year", "usable", "before", "gap_alone", "fte", "chance_alone")
_AFTER = 4
"""The place of what is needed with an agreement, where the party has no column."""


def shortages_alone_table(findings: Synopsis, rows: pl.DataFrame, *, caption: str) -> Table:
    """Returns what is usable and needed without an agreement; of one there is nothing to say here.

    Args:
        findings: The scenario.
        rows: Rows of `Findings.shortages_without`.
        caption: What the table holds.
    """
    words = findings.words
    keys = _KEYS_ALONE if findings.results.draws else _KEYS_ALONE[:-1]
    names = [words.text("gains.party"), *(words.text(f"hands.{key}") for key in keys)]
    body = (_row(row, words, own=False) for row in rows.to_dicts())
    return Table(
        caption=caption,
        headings=headings(names, numbers=range(3, len(names))),
        rows=tuple((*row[: _AFTER + 1], *row[_AFTER + 2 :])[: len(names)] for row in body),
    )


def capacity_table(findings: Synopsis, rows: pl.DataFrame, *, caption: str, own: bool = False) -> Table:
    """Returns what is usable and needed, without and with the agreement: units, full-time equivalents, chances.

    Args:
        findings: The scenario.
        rows: Rows of `Findings.capacity` or `Findings.capacity_years`.
        caption: What the table holds.
        own: Whether all rows are of one provider, so that it needs no column.
    """
    words = findings.words
    names = [words.text(f"hands.{key}") for key in (_KEYS if findings.results.draws else _KEYS[:-1])]
    if not own:
        names.insert(0, words.text("gains.party"))
    return Table(
        caption=caption,
        headings=headings(names, numbers=range(2 if own else 3, len(names))),
        rows=tuple(_row(row, words, own=own)[: len(names)] for row in rows.to_dicts()),
    )


def _row(row: Row, words: Wording, *, own: bool) -> tuple[TableCell, ...]:
    quantity, short, unit = words.numbers.quantity, row["shortage_after"], row["unit"]
    gap = quantity(short) if short is None or short > 0 else words.text("hands.no_gap")
    resource = row["resource_name"] if unit in {None, "", row["resource_name"]} else f"{row['resource_name']} ({unit})"
    chance = row["shortage_probability_after"] if row["members"] == 1 else None
    found = (
        TableCell(resource),
        TableCell(str(row["year"])),
        *(TableCell(quantity(row[column]), value=row[column]) for column in ("usable", "load_before", "load_after")),
        TableCell(gap, "warning" if short else "plain", value=short),
        TableCell(words.numbers.plain_full_time(row["fte_after"]) if row["fte_after"] else "", value=row["fte_after"]),
        TableCell(words.numbers.probability(chance) if row["members"] == 1 else "", value=chance),
    )
    if own:
        return found
    link = PageRef("party", row["provider"]) if row["members"] == 1 else None
    return (TableCell(row["name"], link=link), *found)


def capacity_years_table(rows: pl.DataFrame, words: Wording, *, caption: str) -> Table:
    """Returns what is usable and needed by one provider, one row a resource and year."""
    keys = ("resource", "year", "usable", "before", "after")
    quantity = words.numbers.quantity
    body = tuple(
        (
            TableCell(row["resource_name"]),
            TableCell(str(row["year"])),
            *(
                TableCell(quantity(row[column]), value=row[column])
                for column in ("usable", "load_before", "load_after")
            ),
        )
        for row in rows.to_dicts()
    )
    return Table(caption, headings((words.text(f"hands.{key}") for key in keys), numbers=range(2, 5)), body)
