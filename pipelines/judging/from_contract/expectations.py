"""The Great Expectations suite of a contract: what its columns say, and its rules.

Each expectation's `meta` says which `rule` it is, on which `column` (None: the whole row) and with which `severity`.
Great Expectations takes seconds to import: import this module only where a suite runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import great_expectations as gx
import polars as pl
import sqlalchemy
from duckdb import DuckDBPyConnection
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.expectations.metadata_types import FailureSeverity

from data_contracts.contract import Column, DataContract, Rule, Severity
from pipelines.judging.from_contract.ddl import quoted
from pipelines.judging.from_contract.keys import repeated_hashes

REQUIRED, RANGE, ALLOWED, KEY = "required", "range", "allowed", "duplicate_key"
"""Names of the rules that a contract's columns stand for, the same as in a rejection."""

_ALIKE = "repeated_hash"
"""The table of hashes that more than one key of the table has."""

_GX_SEVERITY: dict[Severity, FailureSeverity] = {
    "refuse_file": FailureSeverity.CRITICAL,
    "refuse_row": FailureSeverity.CRITICAL,
    "warn": FailureSeverity.WARNING,
}


def suite(contract: DataContract, *, warnings: bool = True) -> gx.ExpectationSuite:
    """Returns the contract's expectations of a typed table with its columns, with or without rules that only warn."""
    columns = [expectation for column in contract.columns for expectation in _of_column(column)]
    rules = [_of_rule(rule) for rule in contract.rules if warnings or rule.severity != "warn"]
    return gx.ExpectationSuite(name=contract.dataset, expectations=[*columns, _of_key(contract), *rules])


def validated(
    connection: DuckDBPyConnection,
    contract: DataContract,
    *,
    table: str,
    schema: str | None = None,
    warnings: bool = True,
) -> ExpectationSuiteValidationResult:
    """Returns what a contract's suite finds in a table or view of this connection, failing rows by `row_number`.

    Great Expectations cuts the lists of failing rows: their number is in the result, all of them are found by the
    rule's own predicate.
    """
    relation = quoted(table) if schema is None else f"{quoted(schema)}.{quoted(table)}"
    connection.register(_ALIKE, _alike(connection, contract, relation=relation))
    asset = _source(connection).add_table_asset(contract.dataset, table_name=table, schema_name=schema)
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    found = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_number"]}
    result: ExpectationSuiteValidationResult = batch.validate(suite(contract, warnings=warnings), result_format=found)
    return result


def _alike(connection: DuckDBPyConnection, contract: DataContract, *, relation: str) -> pl.DataFrame:
    """Returns the hashes that keys of more than one row have: looked for once, as the suite asks everything twice."""
    ((rows,),) = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()
    return repeated_hashes(connection, f"SELECT {_key_hash(contract)} AS key FROM {relation}", rows=rows)


def _key_hash(contract: DataContract) -> str:
    return f"hash({_key(contract)})"


def _key(contract: DataContract) -> str:
    return ", ".join(quoted(name) for name in contract.key)


def _source(connection: DuckDBPyConnection) -> Any:  # noqa: ANN401 - Great Expectations makes these classes as it goes
    """A data source on the pipeline's own connection, so that staged tables and registered frames can be validated."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    engine = {
        "creator": lambda: ConnectionWrapper(connection),
        "poolclass": sqlalchemy.StaticPool,
        "pool_reset_on_return": None,
        "isolation_level": "AUTOCOMMIT",  # without this and the next a result is closed before it is read
        "skip_autocommit_rollback": True,
    }
    sources: Any = context.data_sources
    return sources.add_sql("lake", connection_string="duckdb:///:memory:", kwargs=engine)


def _of_column(column: Column) -> Iterator[ExpectationConfiguration]:
    if column.required:
        yield _expectation("expect_column_values_to_not_be_null", {}, rule=REQUIRED, column=column.name)
    if column.minimum is not None or column.maximum is not None:
        limits = {"min_value": column.minimum, "max_value": column.maximum}
        yield _expectation("expect_column_values_to_be_between", limits, rule=RANGE, column=column.name)
    if column.allowed:
        values = {"value_set": [allowed.value for allowed in column.allowed]}
        yield _expectation("expect_column_values_to_be_in_set", values, rule=ALLOWED, column=column.name)


def _of_key(contract: DataContract) -> ExpectationConfiguration:
    """One row a key, null being a value of its own: the built-in expectation passes over keys with a null.

    Whole keys are compared only where their hashes are alike, so that millions of rows need not be sorted.
    """
    key = _key(contract)
    candidates = f"SELECT {key}, row_number FROM {{batch}} WHERE {_key_hash(contract)} IN (FROM {_ALIKE})"
    query = f"SELECT row_number FROM ({candidates}) QUALIFY count(*) OVER (PARTITION BY {key}) > 1"
    return _expectation("unexpected_rows_expectation", {"unexpected_rows_query": query}, rule=KEY, column=None)


def _of_rule(rule: Rule) -> ExpectationConfiguration:
    found = _expectation(rule.expectation, rule.arguments, rule=rule.name, column=rule.column, severity=rule.severity)
    found.description = rule.message.en
    return found


def _expectation(
    kind: str, arguments: Mapping[str, Any], *, rule: str, column: str | None, severity: Severity = "refuse_row"
) -> ExpectationConfiguration:
    """An expectation of a column's values, or of rows (which may still belong to a column)."""
    of_values = {"column": column} if kind.startswith("expect_column_") else {}
    return ExpectationConfiguration(
        type=kind,
        kwargs={**of_values, **arguments},
        meta={"rule": rule, "column": column, "severity": severity},
        severity=_GX_SEVERITY[severity],
    )
