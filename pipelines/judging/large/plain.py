"""Which rows of a large file are plain: those whose every cell means the same whichever way it is looked at.

Here stand no rules of a dataset: those are in its contract, and what becomes of a cell that is not plain is decided
where every cell of a small file is (`pipelines.reading.conversion`, `pipelines.judging`). A cell is called plain only
if those would accept it, say nothing about it, and give the value that is written here in SQL. When in doubt it is not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from data_contracts.contract import Column, DataContract
from pipelines.judging import PROVIDERS, Register
from pipelines.judging.aside import TOTAL_WORDS
from pipelines.judging.from_contract.ddl import literal, quoted
from pipelines.judging.from_contract.storage import STORAGE
from pipelines.judging.rows import codes_taken
from pipelines.reading.conversion import NUMERIC
from pipelines.reading.conversion.categories import SPECIALISM, SPOILT
from pipelines.reading.conversion.converted import EMPTY_WORDS

Types = Mapping[str, str]
"""DuckDB's type of a delivered column, by the contract's name."""

_WITH_DIGIT = r"[0-9](?:[A-Za-z0-9 _/-]*[A-Za-z0-9])?|[A-Za-z][A-Za-z0-9 _/.-]*[0-9](?:[A-Za-z0-9 _/.-]*[A-Za-z0-9])?"
_WORD = r"[A-Za-z](?:[A-Za-z0-9 _/.-]*[A-Za-z0-9])?"
_SHORT_WORDS = r"[A-Za-z]{0,3}[0-9]+(?:[A-Za-z]{1,3}[0-9]+)*[A-Za-z]{0,3}"
"""Codes as most are: some of `_WITH_DIGIT`, in which no total can be written."""
_NUMBER = r"-?[0-9]{1,12}(?:[.,][0-9]{1,2})?"
_WHOLE = r"-?[0-9]{1,12}"
_ISO_DATE = r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}"
_DUTCH_DATE = r"[0-9]{2}-[0-9]{2}-[12][0-9]{3}"
_YEAR = r"[0-9]{4}"
_PERIOD = r"(?:199[0-9]|20[0-9]{2})(?:Q[1-4])?"

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_MOMENTS = {"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"}
_BIGGEST = 10**12


@dataclass(frozen=True)
class PlainCell:
    """A column of the contract in SQL: its value, and whether it is plain."""

    column: Column
    value: str
    plain: str


def cells(contract: DataContract, types: Types) -> list[PlainCell]:
    """Returns the contract's columns in SQL, over a relation with the delivered cells under the contract's names."""
    return [cell_of(column, types.get(column.name)) for column in contract.columns]


def accepted_at_sight(contract: DataContract, register: Register, *, period: str | None) -> list[str]:
    """Returns the SQL conditions under which a row of plain cells is accepted without a word: all rules are obeyed."""
    conditions = [*_columns_obeyed(contract, register), *_period_obeyed(contract, period)]
    return [*conditions, *(f"({rule.violation}) IS NOT TRUE" for rule in contract.rules)]


def cell_of(column: Column, kind: str | None) -> PlainCell:
    """Returns one column in SQL, by the type in which it was delivered; None if it was not."""
    name, stored = quoted(column.name), STORAGE[column.kind].duckdb
    if kind is None:
        return PlainCell(column, f"NULL::{stored}", "TRUE")
    value, plain = _as_stored(column, name, kind)
    typed = value if value == name and kind == stored else f"try_cast({value} AS {stored})"
    return PlainCell(column, typed, f"({name} IS NULL OR ({plain}))")


def _as_stored(column: Column, name: str, kind: str) -> tuple[str, str]:
    """Returns the value of a cell that is there, and whether it is plain."""
    if column.allowed:
        return name, f"{name} IN ({_listed(value.value for value in column.allowed)})" if kind == "VARCHAR" else "FALSE"
    if column.kind == "text":
        return _text(column, name, kind)
    if column.kind == "date":
        return _date(name, kind)
    if column.kind in {"period", "year"}:
        shape = _PERIOD if column.kind == "period" else _YEAR
        return name, f"regexp_full_match({name}, '{shape}')" if kind == "VARCHAR" else "FALSE"
    if column.kind in {"number", "share", "money", "integer"}:
        return _number(column, name, kind)
    return "NULL", "FALSE"


def _text(column: Column, name: str, kind: str) -> tuple[str, str]:
    """A code or a name: letters and digits, no word for 'nothing', no lost zero, no total."""
    if kind in _INTEGERS:
        text = f"{name}::VARCHAR"
        return text, f"{name} >= 0 AND {_no_zero_lost(column, text)}"
    if kind != "VARCHAR":
        return name, "FALSE"
    words = f"lower({name}) NOT IN ({_listed(EMPTY_WORDS)}) AND NOT regexp_matches(lower({name}), '{TOTAL_WORDS}')"
    shape = f"regexp_full_match({name}, '{_WITH_DIGIT}') OR (regexp_full_match({name}, '{_WORD}') AND {words})"
    if column.key or column.references == PROVIDERS:
        no_total = f"NOT regexp_matches(lower({name}), '{TOTAL_WORDS}')"
        shape = f"regexp_full_match({name}, '{_SHORT_WORDS}') OR (({shape}) AND {no_total})"
    if column.name == SPECIALISM:
        shape = f"({shape}) AND regexp_matches({name}, '^[0-9]')"
    if column.is_code:
        spoilt = f"regexp_matches({name}, {literal('|'.join(SPOILT))})"
        shape = f"regexp_full_match({name}, '{_SHORT_WORDS}') OR (({shape}) AND NOT {spoilt})"
    return name, f"({shape}) AND {_no_zero_lost(column, name)}"


def _no_zero_lost(column: Column, text: str) -> str:
    if column.code_length is None:
        return "TRUE"
    return f"(length({text}) <> {column.code_length - 1} OR NOT regexp_full_match({text}, '[0-9]+'))"


def _date(name: str, kind: str) -> tuple[str, str]:
    if kind == "DATE" or kind in _MOMENTS:
        return f"{name}::DATE", f"{name} BETWEEN DATE '1000-01-01' AND DATE '2999-12-31'"
    if kind != "VARCHAR":
        return "NULL", "FALSE"
    dutch = f"try_strptime({name}, '%d-%m-%Y')::DATE"
    value = f"CASE WHEN {name}[5] = '-' THEN try_cast({name} AS DATE) ELSE {dutch} END"
    return value, f"regexp_full_match({name}, '{_ISO_DATE}|{_DUTCH_DATE}') AND {value} IS NOT NULL"


def _number(column: Column, name: str, kind: str) -> tuple[str, str]:
    """A number that shows its own decimal sign, or has none; one that could be read in two ways is not plain."""
    small = f"{name} > -{_BIGGEST} AND {name} < {_BIGGEST}"
    if kind == "VARCHAR":
        shape = _WHOLE if column.kind == "integer" else _NUMBER
        stored = STORAGE[column.kind].duckdb
        return f"try_cast(replace({name}, ',', '.') AS {stored})", f"regexp_full_match({name}, '{shape}')"
    if kind in _INTEGERS:
        return name, small
    if kind.startswith("DECIMAL") and int(kind.rstrip(")").split(",")[1]) <= 2 and column.kind != "integer":
        return name, small
    if kind == "DOUBLE" and column.kind == "money":
        return (
            f"round({name}, 2)",
            f"{small} AND try_cast({name} AS DECIMAL(18, 2))::DOUBLE = {name}",
        )
    if kind == "DOUBLE" and column.kind != "integer":
        return name, f"{small} AND ({name} = 0 OR {name} >= 0.0001 OR {name} <= -0.0001)"
    return "NULL", "FALSE"


def beyond_thousands(columns: Iterable[PlainCell], types: Types) -> Iterator[str]:
    """Yields the SQL conditions under which a stored number cannot be what a program made of thousands.

    They matter where texts beside it show a decimal sign; over the columns as stored, before they are typed.
    """
    for cell in columns:
        kind, name = types.get(cell.column.name, "VARCHAR"), quoted(cell.column.name)
        if cell.column.kind in NUMERIC and kind != "VARCHAR":
            yield f"({name} IS NULL OR abs({name}) < 1 OR abs({name}) >= 1000)"


def shows_a_sign(columns: Iterable[PlainCell], types: Types) -> list[str]:
    """Returns the SQL conditions under which a text in a column of numbers shows a decimal sign."""
    texts = [
        cell.column.name for cell in columns if cell.column.kind in NUMERIC and types.get(cell.column.name) == "VARCHAR"
    ]
    return [f"regexp_matches({quoted(name)}, '[.,]')" for name in texts]


def _columns_obeyed(contract: DataContract, register: Register) -> Iterator[str]:
    """Yields what the columns say of values: filled, in range, known."""
    for column in contract.columns:
        name = quoted(column.name)
        if column.required:
            yield f"{name} IS NOT NULL"
        if column.minimum is not None:
            yield f"({name} IS NULL OR {name} >= {column.minimum})"
        if column.maximum is not None:
            yield f"({name} IS NULL OR {name} <= {column.maximum})"
        if column.succeeds is not None:
            yield f"{name} IS NULL"
        known = register.known.get(column.references or "")
        if column.references == PROVIDERS and column.key and contract.has_period and register.own_providers:
            known = register.own_providers & known if known is not None else register.own_providers
        if column.references == PROVIDERS and column.key and contract.has_period and register.of_others:
            yield f"({name} IS NULL OR {name} NOT IN ({_listed(sorted(register.of_others))}))"
        if taken := codes_taken(column, register):
            yield f"({name} IS NULL OR {name} NOT IN ({_listed(sorted(taken))}))"
        if known is not None:
            yield f"({name} IS NULL OR {name} IN ({_listed(sorted(known)) or 'NULL'}))"


def _period_obeyed(contract: DataContract, period: str | None) -> Iterator[str]:
    """Yields that rows are of the delivery's period, or of a quarter of its year."""
    for column in contract.columns:
        if column.kind == "period" and period is not None:
            yield f"starts_with({quoted(column.name)}, {literal(period)})"


def _listed(values: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    return ", ".join(literal(value) for value in values)
