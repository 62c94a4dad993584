"""The Great Expectations suite of a contract: what its columns say, and its rules.

Each expectation's `meta` says which `rule` it is, on which `column` (None: the whole row) and with which `severity`.
Great Expectations takes seconds to import: import this module only where a suite runs.
"""

from collections.abc import Iterator
from typing import Any

import great_expectations as gx
import great_expectations.expectations as gxe
import sqlalchemy
from duckdb import DuckDBPyConnection
from duckdb_sqlalchemy import ConnectionWrapper
from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult
from great_expectations.data_context.types.base import ProgressBarsConfig

from data_contracts.contract import Column, Contract, Rule, Severity
from pipelines.contracts.ddl import quoted

REQUIRED, RANGE, ALLOWED, KEY = "required", "range", "allowed", "key"
"""Names of the rules that a contract's columns stand for."""

_GX_SEVERITY = {"refuse_file": "critical", "refuse_row": "critical", "warn": "warning"}


def suite(contract: Contract) -> gx.ExpectationSuite:
    """Returns the contract's expectations of a typed table of its columns."""
    columns = [expectation for column in contract.columns for expectation in _of_column(column)]
    rules = [_of_rule(rule) for rule in contract.rules]
    return gx.ExpectationSuite(name=contract.dataset, expectations=[*columns, _of_key(contract), *rules])


def validated(
    connection: DuckDBPyConnection, contract: Contract, *, table: str, schema: str | None = None
) -> ExpectationSuiteValidationResult:
    """Returns what a contract's suite finds in a table or view of this connection, failing rows by `row_number`."""
    asset = _source(connection).add_table_asset(contract.dataset, table_name=table, schema_name=schema)
    batch = asset.add_batch_definition_whole_table("all").get_batch()
    found = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_number"]}
    return batch.validate(suite(contract), result_format=found)


def _source(connection: DuckDBPyConnection) -> Any:  # noqa: ANN401 - Great Expectations makes these classes up
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
    return context.data_sources.add_sql("lake", connection_string="duckdb:///:memory:", kwargs=engine)


def _of_column(column: Column) -> Iterator[gxe.Expectation]:
    if column.required:
        yield gxe.ExpectColumnValuesToNotBeNull(column=column.name, **_about(REQUIRED, column=column.name))
    if column.minimum is not None or column.maximum is not None:
        limits = {"min_value": column.minimum, "max_value": column.maximum}
        yield gxe.ExpectColumnValuesToBeBetween(column=column.name, **limits, **_about(RANGE, column=column.name))
    if column.allowed:
        values = [allowed.value for allowed in column.allowed]
        yield gxe.ExpectColumnValuesToBeInSet(
            column=column.name, value_set=values, **_about(ALLOWED, column=column.name)
        )


def _of_key(contract: Contract) -> gxe.Expectation:
    """One row a key, null being a value of its own: Great Expectations' own uniqueness passes over nulls in a key."""
    key = ", ".join(quoted(name) for name in contract.key)
    query = f"SELECT * FROM {{batch}} QUALIFY count(*) OVER (PARTITION BY {key}) > 1"
    return gxe.UnexpectedRowsExpectation(unexpected_rows_query=query, **_about(KEY, column=None))


def _of_rule(rule: Rule) -> gxe.Expectation:
    about = _about(rule.name, column=rule.column, severity=rule.severity)
    return gxe.UnexpectedRowsExpectation(**rule.arguments, description=rule.message.en, **about)


def _about(rule: str, *, column: str | None, severity: Severity = "refuse_row") -> dict[str, Any]:
    meta = {"rule": rule, "column": column, "severity": severity}
    return {"meta": meta, "severity": _GX_SEVERITY[severity]}
