"""One release, read into typed, tidy frames: what every page is made from.

What belongs here: opening a release's DuckDB file (read-only, closed again at once) and giving its tables their types.
Facts that grow with the number of rows stay in the database: flows are summed and refused rows counted there. A table
or column that a release does not have comes back empty, so that a page can say so.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from data_contracts.connections import NO_REPLACEMENTS
from data_contracts.contract import DataContract, load_contract, load_contracts
from data_contracts.problem import Problem
from data_contracts.staircase import Filled, staircase
from data_contracts.text import Language, Text
from models.scenario.schema import Materiality
from models.tables import POLARS, RESULT_TABLES, Schema, schema_of

PATIENTS = "patients"
UNKNOWN = "unknown"
PAYER = "payer"
POOL = "pool"
SHOWN_REFUSALS = 200
LIMITED = ("revenue", "margin", "cushion", "department", "spend", "staff_capacity", "facility_capacity", "travel")
"""The dimensions of an interest with a limit below which it is neutral."""
_SUMMED = ("transfer_flow",)
_LEFT_IN_DATABASE = ("transfer_flow_detail", "draw", "travel_area", *_SUMMED)

Frame = pl.DataFrame


def _schema(table: str, *columns: str) -> Schema:
    """Returns the columns of a published table as pages read them: a moment as the text it is shown as.

    Raises:
        UnknownNameError: no release has the table, or the table one of the columns.
    """
    return {name: pl.String if kind == POLARS["moment"] else kind for name, kind in schema_of(table, *columns).items()}


FACTS: dict[str, Schema] = {
    table: _schema(table, *columns.split())
    for table, columns in {
        "provider": "provider_id name kind latitude longitude",
        "area": "area name latitude longitude",
        "area_outline": "area outline",
        "payer": "payer_id name",
        "resource": "resource name unit is_staff hours_per_fte",
        "volume_norm": "norm name specialism care_product",
        "care_product": "care_product specialism",
        "delivery": (
            "supplier period dataset file received_at hash rows accepted rejected status superseded_by "
            "grade message_nl message_en"
        ),
        "data_finding": "supplier provider_id period dataset column rule file count rows message_nl message_en",
        "data_rule": (
            "rule dataset tier severity description_nl description_en threshold value mark reason_nl reason_en"
        ),
        "usability": "provider_id result title_nl title_en usability because_nl because_en",
        "sign_off": "party release who when hash holds",
        "coverage": "supplier period dataset status",
    }.items()
}
REFUSED = _schema("rejection", "delivery", "row", "column", "value", "rule", "message_nl", "message_en")
FLOWS = (
    "SELECT scenario, initiative, year, from_id, to_id, sum(units_moved) AS units_moved, "
    "sum(revenue_moved_eur) AS revenue_moved_eur FROM transfer_flow GROUP BY ALL ORDER BY ALL"
)
DEPARTMENT_FLOWS = (
    "SELECT flow.scenario, initiative, from_id, to_id, specialism, sum(units_moved) AS units_moved, "
    "sum(revenue_moved_eur) AS revenue_moved_eur FROM transfer_flow AS flow JOIN scenario USING (scenario) "
    "WHERE year = horizon GROUP BY ALL ORDER BY ALL"
)
TRAVEL = (
    "SELECT detail.scenario, area, from_id, to_id, sum(units_moved) AS units "
    "FROM transfer_flow_detail AS detail JOIN scenario USING (scenario) WHERE year = horizon GROUP BY ALL ORDER BY ALL"
)
TRAVEL_SCHEMA = _schema("transfer_flow_detail", "scenario", "area", "from_id", "to_id") | {"units": pl.Float64}
FLOW_SCHEMA = _schema(
    "transfer_flow", "scenario", "initiative", "year", "from_id", "to_id", "units_moved", "revenue_moved_eur"
)
DEPARTMENT_FLOW_SCHEMA = _schema(
    "transfer_flow", "scenario", "initiative", "from_id", "to_id", "specialism", "units_moved", "revenue_moved_eur"
)

_A_RELEASE = Text(en="the DuckDB file of a published release", nl="het DuckDB-bestand van een gepubliceerde uitgave")


class ReleaseError(Problem):
    """A file that is no release, or a release that does not hold what is asked of it."""


@dataclass(frozen=True)
class ScenarioResults:
    """One scenario of a release: its own rows of every result table, without looking at the others."""

    name: str
    titles: Mapping[Language, str]
    base_year: int
    horizon: int
    draws: int
    discount_rate: float
    limits: Mapping[str, float]
    tables: Mapping[str, Frame]

    @property
    def materiality(self) -> float:
        """The share of its size below which a party's money is neutral."""
        return self.limits["margin"]

    def table(self, name: str) -> Frame:
        """Returns this scenario's rows of a result table; without rows if the release has none."""
        return self.tables[name]

    @property
    def annuity(self) -> float:
        """What a euro a year, base year to horizon, is worth now: a present value divided by it is a year's."""
        years = self.horizon - self.base_year + 1
        return sum((1 + self.discount_rate) ** -n for n in range(years))


@dataclass(frozen=True)
class Release:
    """One published release: who and what it is about, and its scenarios."""

    id: str
    created_at: str
    region: Mapping[Language, str]
    invented: bool
    base_year: int
    versions: Mapping[str, Any]
    tables: Mapping[str, Frame]
    scenarios: tuple[ScenarioResults, ...]
    parties: Frame = field(repr=False)
    filled: Filled | None = field(default=None, repr=False)
    """By dataset, the columns in which any fact has something; None where not all facts are told, as in a view."""

    def table(self, name: str) -> Frame:
        """Returns a table that belongs to no scenario: deliveries, refusals, coverage, names."""
        return self.tables[name]


def read_release(database: Path) -> Release:
    """Reads a release file and closes it again.

    Raises:
        ReleaseError: The file is not there or holds no release.
    """
    if not database.is_file():
        raise ReleaseError(
            Text(en=f"no file {database}", nl=f"geen bestand {database}"),
            expected=_A_RELEASE,
            action=Text(
                en="run care-transfer refresh first, or give a folder under published/releases/",
                nl="voer eerst care-transfer refresh uit, of geef een map onder published/releases/",
            ),
        )
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(NO_REPLACEMENTS)
        reader = _Reader(connection)
        about = reader.first("release", database)
        facts = _with_suppliers_named({name: reader.read(name, schema) for name, schema in FACTS.items()})
        refused, counted = reader.refusals()
        results = {
            name: reader.read(name, table.schema())
            for name, table in RESULT_TABLES.items()
            if name not in _LEFT_IN_DATABASE
        }
        results["transfer_flow"] = reader.summed("transfer_flow", FLOWS, FLOW_SCHEMA)
        results["department_flow"] = reader.summed("transfer_flow", DEPARTMENT_FLOWS, DEPARTMENT_FLOW_SCHEMA)
        filled = reader.filled()
        results["travel"] = reader.summed("transfer_flow_detail", TRAVEL, TRAVEL_SCHEMA)
    return Release(
        id=str(about.get("id", "")),
        created_at=str(about.get("created_at", "")),
        region={"nl": str(about.get("name_nl", "")), "en": str(about.get("name_en", ""))},
        invented=bool(about.get("invented")),
        base_year=int(about.get("base_year") or 0),
        versions=_json(about.get("versions")),
        tables={**facts, "rejection": refused, "rejection_count": counted},
        scenarios=_scenarios(results),
        parties=_parties(facts),
        filled=filled,
    )


def facts_for_model(connection: duckdb.DuckDBPyConnection) -> dict[str, Frame]:
    """Returns every fact table of an open release by its published name: what the model's region is made of.

    A release that is older than a dataset has no table of it; the model takes what is absent to be empty.
    """
    there = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    names = [contract.table for contract in load_contracts().values() if contract.table in there]
    return {name: connection.execute(f"SELECT * FROM {_quoted(name)}").pl() for name in names}


def kind_names(language: Language) -> dict[str, str]:
    """Returns what the kinds of providers are called, as their contract says it."""
    return {
        allowed.value: getattr(allowed.label, language) for allowed in load_contract("providers").column("kind").allowed
    }


class _Reader:
    """Reads tables of one open release into frames of a given schema."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        columns = connection.execute("SELECT table_name, column_name FROM information_schema.columns").fetchall()
        self._columns: dict[str, set[str]] = {}
        for table, column in columns:
            self._columns.setdefault(table, set()).add(column)

    def read(self, table: str, schema: Schema, *, suffix: str = "") -> Frame:
        """Returns a table's columns in schema order; a missing table has no rows, a missing column is empty."""
        present = [name for name in schema if name in self._columns.get(table, ())]
        if not present:
            return pl.DataFrame(schema=dict(schema))
        frame = self._frame(f"SELECT {', '.join(map(_quoted, present))} FROM {_quoted(table)} {suffix}")
        return typed(frame, schema)

    def first(self, table: str, database: Path) -> dict[str, Any]:
        """Returns the one row of a table."""
        rows = self._frame(f"SELECT * FROM {_quoted(table)}").to_dicts() if table in self._columns else []
        if not rows:
            raise ReleaseError(
                Text(en=f"no row `{table}` in {database.name}", nl=f"geen rij `{table}` in {database.name}"),
                expected=_A_RELEASE,
                action=Text(en="make one with: care-transfer refresh", nl="maak er een met: care-transfer refresh"),
            )
        return rows[0]

    def summed(self, table: str, query: str, schema: Schema) -> Frame:
        """Returns what a query makes of a table of moved care; without rows if the release has no such table."""
        if table not in self._columns:
            return pl.DataFrame(schema=dict(schema))
        return typed(self._frame(query), schema)

    def filled(self) -> Filled | None:
        """Returns which columns of the facts are filled in; None if a fact that a step asks for is not told at all."""
        asked = {dataset for step in staircase() for way in step.ways for dataset in way}
        contracts = [load_contract(dataset) for dataset in sorted(asked)]
        if "view" in self._columns or any(contract.table not in self._columns for contract in contracts):
            return None
        return {contract.dataset: self._filled_columns(contract) for contract in contracts}

    def _filled_columns(self, contract: DataContract) -> frozenset[str]:
        names = [column.name for column in contract.columns if column.name in self._columns[contract.table]]
        counts = ", ".join(f"count({_quoted(name)}) > 0 AS {_quoted(name)}" for name in names)
        found = self._frame(f"SELECT {counts} FROM {_quoted(contract.table)}").row(0, named=True)
        return frozenset(name for name in names if found[name])

    def refusals(self) -> tuple[Frame, Frame]:
        """Returns the first refused rows, and how many there are per delivery and rule."""
        shown = self.read("rejection", REFUSED, suffix=f"ORDER BY ALL LIMIT {SHOWN_REFUSALS}")
        schema = _schema("rejection", "delivery", "rule") | _schema("delivery", "rejected")
        if "rejection" not in self._columns:
            return shown, pl.DataFrame(schema=dict(schema))
        counted = self._frame(
            "SELECT delivery, rule, count(DISTINCT row) AS rejected FROM rejection GROUP BY ALL ORDER BY ALL"
        )
        return shown, typed(counted, schema)

    def _frame(self, query: str) -> Frame:
        return self._connection.execute(query).pl()


def typed(frame: Frame, schema: Schema) -> Frame:
    """Returns the frame with exactly the schema's columns; what is missing is empty."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype, strict=False).alias(name)
        for name, dtype in schema.items()
    )


def _scenarios(results: Mapping[str, Frame]) -> tuple[ScenarioResults, ...]:
    """Returns the scenarios in the release's order, each with its own rows."""
    parts = {
        name: {key[0]: part for key, part in frame.partition_by("scenario", as_dict=True).items()}
        for name, frame in results.items()
    }
    return tuple(_scenario(row, parts=parts, results=results) for row in results["scenario"].iter_rows(named=True))


def _scenario(
    row: Mapping[str, Any], *, parts: Mapping[str, Mapping[Any, Frame]], results: Mapping[str, Frame]
) -> ScenarioResults:
    name = row["scenario"]
    return scenario_results(row, {table: found.get(name, results[table].clear()) for table, found in parts.items()})


def scenario_results(row: Mapping[str, Any], tables: Mapping[str, Frame]) -> ScenarioResults:
    """Returns one scenario from its row of the table `scenario` and its own rows of all tables."""
    name = row["scenario"]
    return ScenarioResults(
        name=name,
        titles={"nl": row["title_nl"] or name, "en": row["title_en"] or name},
        base_year=row["base_year"],
        horizon=row["horizon"],
        draws=row["draws"] or 0,
        discount_rate=row["discount_rate"] or 0.0,
        limits=limits_of(Materiality.model_validate(_json(row["parameters"]).get("materiality") or {})),
        tables=tables,
    )


def limits_of(materiality: Materiality) -> dict[str, float]:
    """Returns below which share each dimension is neutral (model page, section 9); of travel, kilometres a year."""
    return {dimension: materiality.limit(dimension) for dimension in LIMITED}


def _with_suppliers_named(facts: dict[str, Frame]) -> dict[str, Frame]:
    """Returns the facts with suppliers by the name of their provider or payer, else by their folder's name in words."""
    names = [*facts["provider"]["name"], *facts["payer"]["name"]]
    known = {_folder(name): name for name in names if name}
    told = [name for name in ("delivery", "data_finding", "coverage") if facts[name].height]
    folders = {folder for name in told for folder in facts[name]["supplier"].drop_nulls()}
    named = {folder: known.get(folder, folder.replace("-", " ").title()) for folder in folders}
    named = {folder: name if [*named.values()].count(name) == 1 else folder for folder, name in named.items()}
    return facts | {name: facts[name].with_columns(pl.col("supplier").replace(named)) for name in told}


def _folder(name: str) -> str:
    """Returns what the folder of a supplier of this name is called: letters and digits, the rest hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _parties(facts: Mapping[str, Frame]) -> Frame:
    """Returns one row a party: its id, name and kind (a payer's kind is `payer`)."""
    providers = facts["provider"].select(party="provider_id", name="name", kind="kind")
    payers = facts["payer"].select(party="payer_id", name="name", kind=pl.lit(PAYER))
    return pl.concat([providers, payers]).unique("party", keep="first", maintain_order=True)


def _json(text: object) -> dict[str, Any]:
    if not isinstance(text, str) or not text:
        return {}
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
