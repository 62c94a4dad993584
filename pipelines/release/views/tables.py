"""The tables that only a view has: what it is, what it shows of others, and what it tells more coarsely."""

import duckdb
import polars as pl

from pipelines.judging.contract import ddl
from pipelines.warehouse.tables import ReleaseTable

VIEW_TABLES = {
    table.name: table
    for table in (
        ReleaseTable(
            "view",
            "One row: which view this file is, and how it was audited",
            {
                "view": "The view, such as party:06010101 or table",
                "round": "The round in which it was made",
                "made_at": "When it was made (UTC)",
                "necessity_nl": "Of a room: why those who take part see each other's units, in Dutch",
                "necessity_en": "The same in English",
                "attackers": "Readers and groups of readers that were tried",
                "cells": "Confidential figures that were held against them",
                "programs": "Linear programs solved",
            },
        ),
        ReleaseTable(
            "shown_figure",
            "One row a figure that this view shows of others, or of all together",
            {
                "scenario": "Scenario",
                "section": "stance, band, total, cover, units, capacity, room, department, travel or payment",
                "kind": "Kind of parties that it is of; empty where it is of one party or of all",
                "party": "Party that it is of; empty where it is of several",
                "initiative": "Initiative; empty for the whole scenario",
                "measure": "What it tells: revenue, margin, cushion, spend, units, a resource or a specialism",
                "year": "Calendar year; empty for an annual equivalent over all years",
                "told": "How finely: two_digits, one_digit, merged_kind, band, coarser_band, sign, stance or told",
                "stance": "gains, loses or neutral",
                "status": "Of hands: short, tight or enough",
                "value": "A rounded figure: euro a year, units, kilometres or (a payment) present value in euro",
                "low": "Lower edge of a band: a share of size, of the cushion or of losses, or full-time equivalents",
                "high": "Upper edge of a band, likewise; empty where it has none",
                "below": "A count that is less than this",
                "parties": "How many parties it is of",
                "receives": "Of a payment of which only the sign is told: whether it is received",
            },
        ),
        ReleaseTable(
            "withheld_figure",
            "One row a kind of figure that this view tells more coarsely than the rules allow, or not at all",
            {
                "section": "As of shown_figure",
                "kind": "Kind of parties, or initiative",
                "measure": "As of shown_figure",
                "told": "How it is told instead; withheld: not at all",
                "figures": "How many figures",
            },
        ),
    )
}


def write_view_table(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Creates one of the tables of a view from its frame, with comments."""
    table = VIEW_TABLES[name]
    connection.register("incoming", frame)
    connection.execute(f"CREATE TABLE {ddl.quoted(name)} AS SELECT * FROM incoming")
    connection.unregister("incoming")
    connection.execute(f"COMMENT ON TABLE {ddl.quoted(name)} IS {ddl.literal(table.grain)}")
    for column, meaning in table.columns.items():
        place = f"{ddl.quoted(name)}.{ddl.quoted(column)}"
        connection.execute(f"COMMENT ON COLUMN {place} IS {ddl.literal(meaning)}")
