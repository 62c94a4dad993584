"""What looks odd about data that was accepted: one table, whatever found it.

A delivery's own oddities (a contract's rules that warn, columns that results need and that are not there) come from its
record; those that show only beside other deliveries come from the rules across datasets (`data_contracts.across`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb
import polars as pl

from dashboards.words.wording import Wording, wording
from data_contracts.across import AcrossRule, load_across_rules
from data_contracts.contract import load_contract
from data_contracts.text import Language
from pipelines.intake.log import Record, counting, lake_path
from pipelines.judging.across import SUBJECTS, broken
from pipelines.judging.verdict import MISSING_COLUMN
from pipelines.reading.formats.raw import ROW_NUMBER, Note
from pipelines.workspace.places import Lake

FINDING_SCHEMA: dict[str, type[pl.DataType]] = {
    "supplier": pl.String,
    "delivery": pl.String,
    "file": pl.String,
    "provider_id": pl.String,
    "period": pl.String,
    "dataset": pl.String,
    "column": pl.String,
    "rule": pl.String,
    "tier": pl.String,
    "severity": pl.String,
    "subject": pl.String,
    "value": pl.Float64,
    "expected": pl.Float64,
    "count": pl.Int64,
    "rows": pl.String,
    "results": pl.String,
    "message_nl": pl.String,
    "message_en": pl.String,
}
"""One row a rule, delivery, provider and period. `count` cases are told by the one that differs most; `rows` are the
first rows of it in the file; `results` are the results that suffer."""

SHOWN_ROWS = 20
_ORDER = ("supplier", "dataset", "period", "delivery", "provider_id", "rule", "column")
_STRUCTURAL = (MISSING_COLUMN, "unknown_")
_LIST = ", "


def findings(connection: duckdb.DuckDBPyConnection, lake: Lake) -> pl.DataFrame:
    """Returns everything odd about the deliveries that count: the columns of `FINDING_SCHEMA`, in a fixed order.

    Args:
        connection: an open release with its fact tables.
        lake: whose log and lake say which files and rows it concerns.
    """
    records = list(counting(lake))
    beside_others = with_files(across(connection, load_across_rules()), records, lake)
    return pl.concat([of_deliveries(records), beside_others]).sort(_ORDER, nulls_last=True)


def of_deliveries(records: Iterable[Record]) -> pl.DataFrame:
    """Returns what was odd about deliveries by themselves."""
    rows = [_of_note(record, note) for record in records for note in record.remarks if note.odd]
    return pl.DataFrame(rows, schema=FINDING_SCHEMA)


def across(connection: duckdb.DuckDBPyConnection, rules: Sequence[AcrossRule]) -> pl.DataFrame:
    """Returns what rules across datasets find in a release: the columns of `FINDING_SCHEMA`, file and rows empty."""
    names = _Names(connection)
    rows = [
        {**_of_rule(rule), **_of_case(rule, case, names=names)}
        for rule, told in broken(connection, tuple(rules))
        for case in told.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=FINDING_SCHEMA)


def with_files(found: pl.DataFrame, records: Iterable[Record], lake: Lake) -> pl.DataFrame:
    """Returns findings with the name of their file, and the rows of it that they are about."""
    by_hash = {record.hash: record for record in records}
    rows = [_located(row, by_hash.get(row["delivery"]), lake) for row in found.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=FINDING_SCHEMA)


def _of_note(record: Record, note: Note) -> dict[str, object]:
    """Returns the finding that a remark on a delivery is."""
    contract = load_contract(record.dataset)
    rule = next((rule for rule in contract.rules if rule.name == note.rule), None)
    tier = rule.tier if rule else "structural" if note.rule.startswith(_STRUCTURAL) else "logical"
    return {
        "supplier": record.supplier,
        "delivery": record.hash,
        "file": record.file,
        "provider_id": None,
        "period": record.period,
        "dataset": record.dataset,
        "column": note.column,
        "rule": note.rule,
        "tier": tier,
        "severity": "warn",
        "subject": None,
        "value": None,
        "expected": None,
        "count": note.count,
        "rows": _LIST.join(map(str, note.rows)) or None,
        "results": _LIST.join(contract.spoiled_by(column=note.column, rule=note.rule)) or None,
        "message_nl": note.text.nl,
        "message_en": note.text.en,
    }


def _of_rule(rule: AcrossRule) -> dict[str, object]:
    return {
        "dataset": rule.dataset,
        "column": rule.column,
        "rule": rule.name,
        "tier": rule.tier,
        "severity": rule.severity,
        "results": _LIST.join(rule.spoils),
    }


def _of_case(rule: AcrossRule, case: dict[str, object], *, names: "_Names") -> dict[str, object]:
    plain = ("supplier", "delivery", "provider_id", "period", "value", "expected", "count")
    about = [f"{name} {case[name]}" for name in SUBJECTS if case[name] is not None]
    return {
        **{name: case[name] for name in plain},
        "file": None,
        "rows": None,
        "subject": _LIST.join(about) or None,
        "message_nl": _message(rule, case, words=wording("nl"), names=names),
        "message_en": _message(rule, case, words=wording("en"), names=names),
    }


def _message(rule: AcrossRule, case: dict[str, object], *, words: Wording, names: "_Names") -> str:
    """Returns what to say of a case, with names and numbers as the language writes them."""
    language: Language = words.language
    text = rule.message.of(language).format(
        provider=names.of("provider", case["provider_id"]),
        period=case["period"],
        care_product=names.of("care_product", case["care_product"]) or {"nl": "(leeg)", "en": "(empty)"}[language],
        specialism=_with_name(case["specialism"], words.known("specialisms", str(case["specialism"]), otherwise="")),
        resource=case["resource"],
        payer=names.of("payer", case["payer_id"]),
        successor=names.of("provider", case["successor_id"]),
        value=_amount(case["value"], words),
        expected=_amount(case["expected"], words),
    )
    count = int(str(case["count"]))
    more = {
        "nl": "In totaal {count} van zulke gevallen in deze levering; dit wijkt het meest af.",
        "en": "In all {count} such cases in this delivery; this one differs most.",
    }[language]
    return f"{text.strip()} {more.format(count=words.numbers.number(count))}" if count > 1 else text.strip()


def _amount(value: object, words: Wording) -> str:
    """Returns a number to four digits; whole from a hundred on."""
    if value is None:
        return ""
    number = float(str(value))
    decimals = 0 if abs(number) >= 100 or number == round(number) else 2
    return words.numbers.number(number, decimals=decimals)


def _with_name(code: object, name: str) -> str:
    return f"{code} ({name})" if name else str(code or "")


@dataclass(frozen=True)
class _Names:
    """The names of providers, payers and care products in an open release."""

    connection: duckdb.DuckDBPyConnection

    @cached_property
    def _known(self) -> dict[tuple[str, str], str]:
        query = """
        SELECT 'provider', provider_id, name FROM provider UNION ALL SELECT 'payer', payer_id, name FROM payer
        UNION ALL SELECT 'care_product', care_product, name FROM care_product
        """
        return {(kind, code): name for kind, code, name in self.connection.execute(query).fetchall() if name}

    def of(self, kind: str, code: object) -> str:
        """Returns a name with its code behind it (of a care product before it), or the bare code."""
        name = self._known.get((kind, str(code)))
        if name is None:
            return str(code or "")
        return f"{code} ({name})" if kind == "care_product" else f"{name} ({code})"


def _located(row: dict[str, object], record: Record | None, lake: Lake) -> dict[str, object]:
    """Returns a finding with its file, and the rows of the file that hold the subject of the case."""
    if record is None:
        return row
    return {**row, "file": record.file, "rows": _LIST.join(map(str, _rows(row, record, lake))) or None}


def _rows(row: dict[str, object], record: Record, lake: Lake) -> list[int]:
    """Returns the first rows of a file about a finding's subject; none for a finding about a whole provider."""
    subjects = dict(_subjects(row["subject"]))
    path = lake_path(lake, record)
    if not subjects or not path.is_file():
        return []
    accepted = pl.scan_parquet(path, glob=False)
    columns = set(accepted.collect_schema().names())
    keys = {"provider_id": row["provider_id"], "period": row["period"], **subjects}
    tests = [pl.col(name) == value for name, value in keys.items() if name in columns]
    if not set(subjects) <= columns:
        return []
    return accepted.filter(tests).select(ROW_NUMBER).sort(ROW_NUMBER).head(SHOWN_ROWS).collect()[ROW_NUMBER].to_list()


def _subjects(subject: object) -> Iterator[tuple[str, str]]:
    """Yields the columns and codes that a finding is about."""
    for part in str(subject).split(_LIST) if subject else ():
        column, _, code = part.partition(" ")
        yield column, code
