"""What a release holds for people who query: parties by name, a column a measure, calendar years, a dictionary.

Nothing here is new: small tables say what the program knows (measures, specialisms, columns), views are queries over
the other tables, each in an SQL file of its own. A file in which a table is missing lacks the views over it.
"""

import functools
from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl

from data_contracts.contract import load_contract
from data_contracts.contract_words import unit_text
from data_contracts.measures import measures
from data_contracts.release import ReleaseColumn, ReleaseTable, release_tables, tables_of
from data_contracts.specialisms import specialism_names
from data_contracts.text import Text
from models.outcome import PAYER_MARGIN, PROVIDER_MARGIN
from pipelines.judging.from_contract.ddl import quoted
from pipelines.warehouse.building import create_view, write_release_table

NOTHING = "-"
"""What the dictionary says where a column has no unit, refers to nothing, or is no figure."""
UNKNOWN = "unknown"
UNKNOWN_NAMES = Text(nl="onbekend", en="unknown")
_NATIONAL = "NL"
"""The country whose list of specialisms is known."""
_QUERIES = Path(__file__).parent
_PARTIES = """
WITH register AS (
    SELECT provider_id AS party, name, 'provider' AS side, coalesce(kind, 'unknown') AS kind, postcode, municipality,
        latitude, longitude
    FROM provider
    UNION ALL BY NAME
    SELECT payer_id AS party, name, 'payer' AS side, coalesce(kind, 'insurer') AS kind FROM payer
    UNION ALL BY NAME
    SELECT DISTINCT party, party AS name, CASE WHEN margin_eur IS NULL THEN 'payer' ELSE 'provider' END AS side,
        'unknown' AS kind
    FROM party_baseline
    WHERE party NOT IN (SELECT provider_id FROM provider UNION ALL SELECT payer_id FROM payer) AND party <> 'unknown'
    UNION ALL BY NAME
    SELECT * FROM (VALUES
        ('unknown', 'unknown', 'payer', 'unknown'), ('patients', 'patients', 'patients', 'patients')
    ) AS own (party, name, side, kind)
), sized AS (
    SELECT party, any_value(size_eur) AS size_eur, any_value(size_source) AS size_source
    FROM party_baseline JOIN scenario USING (scenario)
    WHERE scenario.base_year = (SELECT base_year FROM release) GROUP BY party
)
SELECT party, coalesce(name, party) AS name, side, kind, kind_name.nl AS kind_nl, kind_name.en AS kind_en, size_eur,
    coalesce(size_source, 'unknown') AS size_source, postcode, municipality, latitude, longitude
FROM register LEFT JOIN sized USING (party) LEFT JOIN kind_name USING (kind) ORDER BY side, party
"""


def write_parties(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes `party` into an open draft with its results."""
    connection.register("kind_name", pl.DataFrame(list(_kinds()), schema=["kind", "nl", "en"], orient="row"))
    write_release_table(connection, "party", connection.execute(_PARTIES).pl())
    connection.unregister("kind_name")


def _kinds() -> Iterator[tuple[str, str, str]]:
    for dataset in ("providers", "payers"):
        for allowed in load_contract(dataset).column("kind").allowed:
            yield allowed.value, allowed.label.nl, allowed.label.en
    yield UNKNOWN, UNKNOWN_NAMES.nl, UNKNOWN_NAMES.en
    yield "patients", "patiënten", "patients"


def explain(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes into an open file, a release or a view of one, what explains it: names, measures, views, the dictionary.

    Last of all: the dictionary counts the rows of every table.
    """
    write_release_table(connection, "measure", measure_frame())
    write_release_table(connection, "specialism", _specialisms(connection))
    there = _columns_there(connection)
    for table in tables_of("people").values():
        if table.is_view and set(table.over) <= set(there):
            create_view(connection, table.name, _query(table.name))
    _write_dictionary(connection)


@functools.cache
def _query(view: str) -> str:
    """Returns the query of a view, with the columns that views on impact share put in."""
    return _file(view).replace("{measure_columns}", _file("measure_columns").strip().rstrip(","))


def _file(name: str) -> str:
    return (_QUERIES / f"{name}.sql").read_text(encoding="utf-8")


def measure_frame() -> pl.DataFrame:
    """Returns `measure`: what people call each measure, and its place in the margin, as the model counts it."""
    signs = PROVIDER_MARGIN | PAYER_MARGIN
    return pl.DataFrame(
        [
            {
                "measure": one.name,
                "title_nl": one.title.nl,
                "title_en": one.title.en,
                "unit": one.unit,
                "good_when": one.good_when,
                "part_of": "margin_change_eur" if one.name in signs else None,
                "sign_in_margin": signs.get(one.name, 0),
                "adds_over_parties": True,
                "adds_over_years": one.adds_over_years,
                "adds_over_initiatives": True,
            }
            for one in measures()
        ]
    )


def _specialisms(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Returns every specialism that is known by name, or stands in a table of this file, and the unknown one."""
    ((country,),) = connection.execute("SELECT country FROM release").fetchall()
    names = dict(specialism_names()) if country == _NATIONAL else {}
    for table, columns in _columns_there(connection).items():
        for column in columns:
            if column == "specialism" or column.endswith("_specialism"):
                found = connection.execute(f"SELECT DISTINCT {quoted(column)} FROM {quoted(table)}").fetchall()
                names |= {code: Text(nl=code, en=code) for (code,) in found if code and code not in names}
    names[UNKNOWN] = UNKNOWN_NAMES
    rows = [(code, name.nl, name.en) for code, name in sorted(names.items())]
    return pl.DataFrame(rows, schema=["specialism", "name_nl", "name_en"], orient="row")


def _columns_there(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Returns the columns of each table and view of the current database, in their order."""
    rows = connection.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = current_database() AND NOT internal ORDER BY table_name, column_index"
    ).fetchall()
    there: dict[str, list[str]] = {}
    for table, column in rows:
        there.setdefault(table, []).append(column)
    return there


def _write_dictionary(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes `dictionary_table` and `dictionary_column` of what is there, themselves among them."""
    own = tables_of("people")
    itself = {name: list(own[name].by_name) for name in ("dictionary_table", "dictionary_column")}
    there = _columns_there(connection) | itself
    tables = {name: table for name, table in release_tables().items() if name in there}
    columns = [
        _column_row(table, table.column(column), place)
        for name, table in tables.items()
        for place, column in enumerate(there[name], start=1)
    ]
    counted = {"dictionary_table": len(tables), "dictionary_column": len(columns)}
    rows = [
        _table_row(table, counted[name] if name in counted else _count(connection, name))
        for name, table in tables.items()
    ]
    write_release_table(connection, "dictionary_column", pl.DataFrame(columns))
    write_release_table(connection, "dictionary_table", pl.DataFrame(rows))


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchall()
    return int(rows)


def _table_row(table: ReleaseTable, rows: int) -> dict[str, str | bool | int]:
    return {
        "table": table.name,
        "title_nl": table.title.nl,
        "title_en": table.title.en,
        "grain_nl": table.grain.nl,
        "grain_en": table.grain.en,
        "key": ", ".join(table.key) or NOTHING,
        "layer": table.layer,
        "is_view": table.is_view,
        "rows": rows,
    }


def _column_row(table: ReleaseTable, column: ReleaseColumn, place: int) -> dict[str, str | bool | int]:
    unit = unit_text(column.unit) if column.unit else None
    return {
        "table": table.name,
        "column": column.name,
        "position": place,
        "in_key": column.name in table.key,
        "type": column.kind,
        "unit_nl": unit.nl if unit else NOTHING,
        "unit_en": unit.en if unit else NOTHING,
        "meaning_nl": column.meaning.nl,
        "meaning_en": column.meaning.en,
        "references": column.references or NOTHING,
        "additive": column.additive or NOTHING,
    }
