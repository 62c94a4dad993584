"""What a release says of the quality of its own data: what looks odd, what was asked, and what can be used for whom."""

from collections.abc import Iterator

import duckdb
import polars as pl

from data_contracts.across import AcrossRule, load_across_rules
from data_contracts.contract import DataContract, load_contracts
from pipelines.intake.findings import findings
from pipelines.warehouse import building as warehouse
from pipelines.warehouse.usability import usability
from pipelines.workspace.places import Lake

RULE_SCHEMA: dict[str, type[pl.DataType]] = {
    "rule": pl.String,
    "dataset": pl.String,
    "column": pl.String,
    "tier": pl.String,
    "severity": pl.String,
    "results": pl.String,
    "description_nl": pl.String,
    "description_en": pl.String,
    "threshold": pl.String,
    "value": pl.Float64,
    "mark": pl.String,
    "reason_nl": pl.String,
    "reason_en": pl.String,
}
"""One row a rule, and for a rule with thresholds one a threshold."""


def write(connection: duckdb.DuckDBPyConnection, lake: Lake, *, base_year: int) -> pl.DataFrame:
    """Writes the findings, the rules and the usability into a draft whose facts and delivery log are written.

    A delivery without a remark of its own about which the whole region shows something odd gets grade B.

    Returns:
        The findings that show only beside other deliveries.
    """
    found = findings(connection, lake)
    warehouse.write_release_table(connection, "data_finding", found)
    warehouse.write_release_table(connection, "data_rule", rules())
    usable = usability(connection, found, base_year=base_year)
    warehouse.write_release_table(connection, "usability", usable)
    connection.execute(
        """
        UPDATE delivery SET grade = 'B' WHERE grade = 'A' AND EXISTS (
            SELECT 1 FROM data_finding AS found WHERE found.delivery = delivery.hash
            AND found.dataset = delivery.dataset AND found.supplier = delivery.supplier)
        """
    )
    return found.filter(pl.col("rule").is_in([rule.name for rule in load_across_rules()]))


def rules() -> pl.DataFrame:
    """Returns every rule that data was held against, with its thresholds: the columns of `RULE_SCHEMA`."""
    rows = [row for contract in load_contracts().values() for row in _of_contract(contract)]
    rows += [row for rule in load_across_rules() for row in _of_across(rule)]
    return pl.DataFrame(rows, schema=RULE_SCHEMA)


def _of_contract(contract: DataContract) -> Iterator[dict[str, object]]:
    for rule in contract.rules:
        yield {
            "rule": rule.name,
            "dataset": contract.dataset,
            "column": rule.column,
            "tier": rule.tier,
            "severity": rule.severity,
            "results": ", ".join(contract.spoiled_by(column=rule.column, rule=rule.name)) or None,
            "description_nl": rule.message.nl,
            "description_en": rule.message.en,
        }


def _of_across(rule: AcrossRule) -> Iterator[dict[str, object]]:
    about: dict[str, object] = {
        "rule": rule.name,
        "dataset": rule.dataset,
        "column": rule.column,
        "tier": rule.tier,
        "severity": rule.severity,
        "results": ", ".join(rule.spoils),
        "description_nl": rule.description.nl,
        "description_en": rule.description.en,
    }
    if not rule.thresholds:
        yield about
    for threshold in rule.thresholds:
        yield {
            **about,
            "threshold": threshold.name,
            "value": threshold.value,
            "mark": threshold.mark,
            "reason_nl": threshold.reason.nl,
            "reason_en": threshold.reason.en,
        }
