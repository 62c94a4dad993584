"""What a view's database holds: the tables that are everybody's, a party's own rows, and the figures that passed.

Rows are chosen by `OWN` and `COMMON` alone: a table that neither names is in no view. What is left out is not in the
file, so that nobody has to be kept from reading it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import duckdb
import polars as pl

from data_contracts.across import load_across_rules
from models.disclosure.coarseness import WITHHELD, Figure
from models.disclosure.ladders import IMPLIED
from pipelines.evaluation.people import explain
from pipelines.judging.from_contract import ddl
from pipelines.release.views.auditing import AuditedRelease
from pipelines.release.views.naming import View, rooms_of
from pipelines.release.views.told_together import ToldTogether
from pipelines.warehouse.building import write_release_table

SOURCE = "source"
"""Under which name the release is open while a view is filled."""


@dataclass(frozen=True)
class Common:
    """A table that a view holds for all: its columns, and which kinds of views hold it."""

    columns: tuple[str, ...]
    kinds: tuple[str, ...] = ("party", "room", "pair", "table", "public")


PARTIES = ("party", "room", "pair", "table")
COMMON: Mapping[str, Common] = {
    "release": Common(("id", "created_at", "region", "name_nl", "name_en", "country", "invented", "base_year")),
    "scenario": Common(("scenario", "title_nl", "title_en", "base_year", "horizon")),
    "initiative": Common(("scenario", "initiative", "title_nl", "title_en", "kind", "order")),
    "provider": Common(("provider_id", "name", "kind"), PARTIES),
    "payer": Common(("payer_id", "name"), PARTIES),
    "party": Common(("party", "name", "side", "kind", "kind_nl", "kind_en"), PARTIES),
    "resource": Common(("resource", "name", "unit", "is_staff", "hours_per_fte"), PARTIES),
    "evidence": Common(("scenario", "initiative", "parameter", "value", "source", "url", "source_year", "confidence"),
                       PARTIES),
}  # fmt: skip
"""What all readers of some kinds of views may have, column by column."""
IN_FULL: Mapping[str, tuple[str, ...]] = {
    "scenario": ("draws", "seed", "discount_rate", "parameters"),
    "initiative": ("donors", "recipients", "parameters"),
}
"""Columns that every view but the public one adds: the scenario is everybody's who sits at the table."""
OWN: Mapping[str, tuple[str, ...]] = {
    "volume": ("provider_id",), "revenue": ("provider_id",), "capacity": ("provider_id",),
    "unit_cost": ("provider_id",), "waiting_list": ("provider_id",), "cost_structure": ("provider_id",),
    "resource_use": ("provider_id",), "contract": ("provider_id", "payer_id"), "usability": ("provider_id",),
    "party_baseline": ("party",), "party_impact": ("party",), "interest": ("party",),
    "break_even": ("party",), "sensitivity": ("party",), "path_summary": ("party",), "capacity_gap": ("provider",),
    "feasible_share": ("recipient",), "threshold": ("provider",), "closure": ("provider",),
    "department_impact": ("provider",), "contract_impact": ("provider", "payer"),
    "contract_in_force": ("provider", "payer"), "capacity_year": ("provider",), "year_factor": ("provider",),
    "sign_off": ("party",), "position": ("party",),
}  # fmt: skip
"""A party's own rows, in full, by the columns that say whose a row is."""
PAIR = ("contract", "contract_impact", "contract_in_force")
"""What the two of a contract see of it."""
OF_A_VIEW = ("own_flow", "norm_name", "supplier_grade", "shown_figure", "withheld_figure", "room_necessity",
             "consent_in_effect", "view")  # fmt: skip
"""The tables that only views have."""
MADE_HERE = ("measure", "specialism", "dictionary_table", "dictionary_column")
"""What explains a view's file, made from what is in it and from nothing else; so are its SQL views."""
OWN_FLOWS = """
SELECT scenario, initiative, year, 'gives' AS side, specialism, care_product, sum(units_moved) AS units,
    sum(units_returned) AS units_returned, sum(revenue_moved_eur) AS revenue_moved_eur
FROM source.transfer_flow WHERE from_id = $party GROUP BY ALL
UNION ALL
SELECT scenario, initiative, year, 'receives', specialism, care_product, sum(units_received), NULL, NULL
FROM source.transfer_flow WHERE to_id = $party GROUP BY ALL
ORDER BY ALL
"""
"""A party's own side of what moves: whom it goes to, and what that was worth to whom it came from, stays out."""
DELIVERED_BY_ONE = ("volume", "revenue", "capacity", "unit_cost", "waiting_list")
"""The tables whose rows say for which provider a supplier delivers."""
OWN_FINDINGS = """
CREATE TABLE data_finding AS
SELECT * REPLACE (
    CASE WHEN list_contains($rules, rule) THEN NULL ELSE expected END AS expected,
    coalesce($nl[nullif(list_position($rules, rule), 0)], message_nl) AS message_nl,
    coalesce($en[nullif(list_position($rules, rule), 0)], message_en) AS message_en
) FROM source.data_finding WHERE provider_id = $party
"""
"""What is odd in a party's own data; of a rule that holds it beside the others, not what the others have."""
SHOWN_SCHEMA: dict[str, type[pl.DataType]] = {
    "scenario": pl.String, "section": pl.String, "kind": pl.String, "party": pl.String, "initiative": pl.String,
    "measure": pl.String, "year": pl.Int64, "told": pl.String, "stance": pl.String, "status": pl.String,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64, "below": pl.Int64, "parties": pl.Int64,
    "receives": pl.Boolean, "before": pl.String,
}  # fmt: skip

ORDERED_BY = ("section", "kind", "party", "measure", "year", "stance", "told")
TOLD_AS: Mapping[str, Literal["table", "public"]] = {"table": "table", "party": "table", "public": "public"}
"""What of what all are told together a kind of view repeats."""
OF_ONES_OWN = ("delivery", "rejection")
"""What a supplier that delivers for one party alone delivered, and what of it was refused: that party's."""


def fill(
    connection: duckdb.DuckDBPyConnection, audited: AuditedRelease, view: View, *, made_at: datetime
) -> dict[str, int]:
    """Fills an open, empty database with what a view holds, from the release attached as `source`.

    Returns:
        Rows by table.
    """
    there = set(_tables(connection))
    for table, common in COMMON.items():
        if table in there and view.kind in common.kinds:
            _copy_columns(
                connection, table, (*common.columns, *(() if view.kind == "public" else IN_FULL.get(table, ())))
            )
    if view.kind == "party":
        _copy_own(connection, view.of[0], there)
        _copy_delivered(connection, view.of[0], there, audited.suppliers)
    if view.kind == "pair":
        _copy_pair(connection, view.of, there)
    graded = there if view.kind in {"party", "table"} else set()
    write_release_table(connection, "norm_name", _norm_names(connection, audited, view, there))
    write_release_table(connection, "supplier_grade", _supplier_grades(connection, graded))
    write_release_table(connection, "shown_figure", shown_frame(audited, view))
    write_release_table(connection, "withheld_figure", withheld_frame(audited, view))
    write_release_table(connection, "room_necessity", _necessities(audited, view))
    write_release_table(connection, "consent_in_effect", consents_in(audited, view))
    write_release_table(connection, "view", _identity(audited, view, made_at))
    explain(connection)
    names = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'release' ORDER BY 1")
    return {name: _rows(connection, name) for (name,) in names.fetchall()}


def _tables(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    query = f"SELECT table_name FROM duckdb_tables() WHERE database_name = '{SOURCE}'"
    yield from (name for (name,) in connection.execute(query).fetchall())


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {ddl.quoted(table)}").fetchone()
    return int(found[0]) if found else 0


def _copy_columns(connection: duckdb.DuckDBPyConnection, table: str, wanted: tuple[str, ...]) -> None:
    known = connection.execute(
        f"SELECT column_name FROM duckdb_columns() WHERE database_name = '{SOURCE}' AND table_name = $table",
        {"table": table},
    ).fetchall()
    columns = [name for name in wanted if (name,) in known]
    listed = ", ".join(map(ddl.quoted, columns))
    connection.execute(f"CREATE TABLE {ddl.quoted(table)} AS SELECT {listed} FROM {SOURCE}.{ddl.quoted(table)}")


def _copy_own(connection: duckdb.DuckDBPyConnection, party: str, there: set[str]) -> None:
    for table, columns in OWN.items():
        if table in there:
            whose = " OR ".join(f"{ddl.quoted(column)} = $party" for column in columns)
            _copy_rows(connection, table, whose, {"party": party})
    if "data_finding" in there:
        _copy_findings(connection, party)
    if "transfer_flow" in there:
        write_release_table(connection, "own_flow", connection.execute(OWN_FLOWS, {"party": party}).pl())


def _copy_findings(connection: duckdb.DuckDBPyConnection, party: str) -> None:
    beside = [rule for rule in load_across_rules() if rule.beside_others]
    values: dict[str, Any] = {"party": party, "rules": [rule.name for rule in beside]}
    values |= {"nl": [rule.description.nl for rule in beside], "en": [rule.description.en for rule in beside]}
    connection.execute(OWN_FINDINGS, values)


def _copy_delivered(
    connection: duckdb.DuckDBPyConnection, party: str, there: set[str], listed: Mapping[str, tuple[str, ...]]
) -> None:
    """Copies what was delivered, and refused, of suppliers that deliver for this party alone."""
    own = _own_suppliers(connection, party, there, listed)
    for table in OF_ONES_OWN:
        if table in there:
            _copy_rows(connection, table, "list_contains($own, supplier)", {"own": own})


def _own_suppliers(
    connection: duckdb.DuckDBPyConnection, party: str, there: set[str], listed: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """Returns the suppliers whose every accepted row is of one party; of who delivered none, the settings say it."""
    parts = [f"SELECT supplier, provider_id, NULL AS payer_id FROM {SOURCE}.{table}" for table in DELIVERED_BY_ONE
             if table in there]  # fmt: skip
    parts += [f"SELECT supplier, provider_id, payer_id FROM {SOURCE}.contract"] if "contract" in there else []
    if not parts:
        return [supplier for supplier, providers in listed.items() if providers == (party,)]
    query = (
        "SELECT supplier, bool_and(coalesce(provider_id = $party OR payer_id = $party, false)) "
        "AND bool_or(payer_id IS NULL OR payer_id = $party) "
        f"FROM ({' UNION ALL '.join(parts)}) WHERE supplier IS NOT NULL GROUP BY 1"
    )
    seen = dict(connection.execute(query, {"party": party}).fetchall())
    unseen = [supplier for supplier, providers in listed.items() if supplier not in seen and providers == (party,)]
    return sorted([*(supplier for supplier, is_own in seen.items() if is_own), *unseen])


def _copy_pair(connection: duckdb.DuckDBPyConnection, pair: tuple[str, ...], there: set[str]) -> None:
    for table in PAIR:
        if table in there:
            provider, payer = OWN[table]
            whose = f"{ddl.quoted(provider)} = $provider AND {ddl.quoted(payer)} = $payer"
            _copy_rows(connection, table, whose, {"provider": pair[0], "payer": pair[1]})


def _copy_rows(connection: duckdb.DuckDBPyConnection, table: str, whose: str, values: Mapping[str, Any]) -> None:
    name = ddl.quoted(table)
    connection.execute(f"CREATE TABLE {name} AS SELECT * FROM {SOURCE}.{name} WHERE {whose}", values)


def _norm_names(
    connection: duckdb.DuckDBPyConnection, audited: AuditedRelease, view: View, there: set[str]
) -> pl.DataFrame:
    """Returns what the volume norms are called that a view tells of."""
    told = {str(one.about["measure"]) for one in figures_in(audited, view) if one.about["section"] == "norm"}
    names = pl.DataFrame(schema={"code": pl.String, "name": pl.String})
    if "volume_norm" in there:
        query = f"SELECT norm AS code, any_value(name) AS name FROM {SOURCE}.volume_norm GROUP BY 1 ORDER BY 1"
        names = connection.execute(query).pl().filter(pl.col("code").is_in(sorted(told)))
    return names


def _supplier_grades(connection: duckdb.DuckDBPyConnection, there: set[str]) -> pl.DataFrame:
    """Returns how good what each supplier delivered is: the lowest grade of what counts now."""
    if "delivery" not in there:
        return pl.DataFrame(schema={"supplier": pl.String, "grade": pl.String})
    query = (
        f"SELECT supplier, max(grade) AS grade FROM {SOURCE}.delivery "
        "WHERE superseded_by IS NULL AND withdrawn_at IS NULL AND grade IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    return connection.execute(query).pl()


def figures_in(audited: AuditedRelease, view: View) -> Iterator[Figure]:
    """Yields the figures that belong in a view, withheld or not."""
    rooms = rooms_of(view, audited.facts)
    figures = audited.audited.case.figures
    yield from (one for one in figures if one.about["section"] != IMPLIED and view.reads(one, rooms))


def shown_frame(audited: AuditedRelease, view: View) -> pl.DataFrame:
    """Returns one row a figure that a view shows.

    Rows stand in an order that tells nothing: that of scenarios and initiatives, then of names.
    """
    rows = [*_shown(audited, figures_in(audited, view))]
    if audited.together is not None:
        rows += audited.together.shown.get(TOLD_AS.get(view.kind, ""), [])
    rows += audited.answer if view.kind in {"table", "party"} else []
    frame = pl.DataFrame([{name: row.get(name) for name in SHOWN_SCHEMA} for row in rows], schema=SHOWN_SCHEMA)
    order = {one.id: place for facts in audited.facts for place, one in enumerate(facts.initiatives)}
    scenarios = {facts.scenario: place for place, facts in enumerate(audited.facts)}
    placed = [
        pl.col(name).replace_strict(places, default=None, return_dtype=pl.Int64)
        for name, places in (("scenario", scenarios), ("initiative", order))
    ]
    return frame.sort(*placed, *ORDERED_BY)


def _shown(audited: AuditedRelease, figures: Iterable[Figure]) -> Iterator[dict[str, Any]]:
    for one in figures:
        level = audited.audited.level(one)
        if level != WITHHELD:
            scenario = one.id.split(":", maxsplit=1)[0]
            yield {"scenario": scenario, "told": level, **one.about, **audited.audited.shown(one)}


def withheld_frame(audited: AuditedRelease, view: View) -> pl.DataFrame:
    """Returns what a view would have held: one row a kind of figure that is told more coarsely, or not at all."""
    rows = _withheld(audited, figures_in(audited, view))
    if audited.together is not None:
        rows += audited.together.withheld.get(TOLD_AS.get(view.kind, ""), [])
    schema = {"section": pl.String, "kind": pl.String, "measure": pl.String, "told": pl.String, "figures": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").sort(*list(schema))


def _withheld(audited: AuditedRelease, figures: Iterable[Figure]) -> list[dict[str, Any]]:
    counted: dict[tuple[str, str, str, str], int] = {}
    for one in figures:
        level = audited.audited.level(one)
        if level != one.levels[0].name:
            kind = str(one.about.get("initiative") or one.about.get("kind") or "")
            key = (str(one.about["section"]), kind, str(one.about.get("measure") or ""), level)
            counted[key] = counted.get(key, 0) + 1
    names = ("section", "kind", "measure", "told")
    return [{**dict(zip(names, key, strict=True)), "figures": count} for key, count in counted.items()]


def told_now(audited: AuditedRelease) -> ToldTogether:
    """Returns what all parties, and the public, are told of a release."""
    of_kind = {one.kind: list(figures_in(audited, one)) for one in (View("table"), View("public"))}
    return ToldTogether(
        audited.release.id, audited.basis, audited.data,
        shown={kind: list(_shown(audited, figures)) for kind, figures in of_kind.items()},
        withheld={kind: _withheld(audited, figures) for kind, figures in of_kind.items()},
    )  # fmt: skip


def necessity_of(audited: AuditedRelease, view: View) -> dict[str, dict[str, str]]:
    """Returns why those of each room that a view holds must see each other's units, by initiative and language."""
    rooms = rooms_of(view, audited.facts)
    every = (one for facts in audited.facts for one in facts.initiatives if one.id in rooms and one.may_open)
    return {one.id: dict(one.necessity) for one in every}


def _necessities(audited: AuditedRelease, view: View) -> pl.DataFrame:
    rows = [(name, why["nl"], why["en"]) for name, why in necessity_of(audited, view).items()]
    return pl.DataFrame(rows, schema=dict.fromkeys(("initiative", "nl", "en"), pl.String), orient="row")


def consents_in(audited: AuditedRelease, view: View) -> pl.DataFrame:
    """Returns the consents that take effect in a view: what is told further, of which kind, to whom, and why."""
    shown = {(one.about.get("initiative"), to) for one in figures_in(audited, view) for to in one.also}
    rows = [
        (one.figure, one.initiative, one.kind, one.audience, one.purpose.nl, one.purpose.en)
        for one in audited.consents.in_effect if (one.initiative, one.audience) in shown
    ]  # fmt: skip
    names = ("figure", "initiative", "kind", "audience", "purpose_nl", "purpose_en")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _identity(audited: AuditedRelease, view: View, made_at: datetime) -> pl.DataFrame:
    necessity = necessity_of(audited, view).get(view.of[0], {}) if view.kind == "room" else {}
    own = audited.audited
    row = {
        "view": view.name,
        "round": audited.round,
        "made_at": made_at,
        "necessity_nl": necessity.get("nl"),
        "necessity_en": necessity.get("en"),
        "attackers": len(own.case.attackers),
        "cells": len(own.case.cells),
        "programs": own.programs,
    }
    return pl.DataFrame([row], schema_overrides={"necessity_nl": pl.String, "necessity_en": pl.String})
