"""What Great Expectations says of accepted rows: the contract's suite, run on the pipeline's own connection.

It runs after the rows were judged and is the second opinion that decides: no row in the lake may break a rule that
refuses, and rules that warn say how many rows do. Great Expectations takes seconds to import: import this module only
where it runs.
"""

from dataclasses import dataclass

import duckdb

from data_contracts.contract import DataContract, Severity
from pipelines.judging.from_contract.expectations import validated


@dataclass(frozen=True)
class Checked:
    """What one expectation found in a table.

    Attributes:
        rule: the contract's rule, or `required`, `range`, `allowed`, `key` for what its columns say.
        column: the column, None for the whole row.
        expectation: the Great Expectations expectation.
        severity: what a breach means.
        success: whether every row obeys.
        unexpected: how many rows do not.
        message: what to say of them, where the contract has a sentence for it.
    """

    rule: str
    column: str | None
    expectation: str
    severity: Severity
    success: bool
    unexpected: int
    message: str

    @property
    def blocks(self) -> bool:
        """Returns whether these rows must not be used: a rule that refuses is broken."""
        return not self.success and self.severity != "warn"


def run_suite(
    connection: duckdb.DuckDBPyConnection,
    contract: DataContract,
    *,
    table: str,
    schema: str | None = None,
    warnings: bool = True,
) -> list[Checked]:
    """Returns what every expectation of a contract finds in a table or view with its columns and `row_number`.

    `warnings`: whether rules that only warn are asked too; they decide nothing.
    """
    result = validated(connection, contract, table=table, schema=schema, warnings=warnings)
    checked = []
    for one in result.results:
        configuration = one.expectation_config
        assert configuration is not None
        meta = configuration.meta or {}
        checked.append(
            Checked(
                rule=str(meta["rule"]),
                column=meta["column"],
                expectation=str(configuration.type),
                severity=meta["severity"],
                success=bool(one.success),
                unexpected=_unexpected(one.result, success=bool(one.success)),
                message=str(configuration.description or ""),
            )
        )
    return checked


def _unexpected(result: dict[str, object], *, success: bool) -> int:
    """Returns the number of breaking rows: a count, or for a rule about rows what was observed."""
    count = result.get("unexpected_count", result.get("observed_value"))
    return int(str(count)) if str(count).isdigit() else 0 if success else 1
