"""A release's own checks: results are checked as inputs are. Each is a query for the rows that break it.

A blocking check that fails keeps the release from being published; the last good one stays current.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import duckdb

from data_contracts.across import load_across_rules
from data_contracts.release import tables_of
from data_contracts.text import Text
from pipelines.release.releases import CheckResult

TOLERANCE = 1e-6
"""Relative: sums over means of thousands of draws differ by rounding, not by more."""

Stage = Literal["warehouse", "impact", "progress"]


@dataclass(frozen=True)
class ReleaseCheck:
    """One check: its name, the stage after which it can run, what it holds, and the query for what breaks it."""

    name: str
    stage: Stage
    description: Text
    query: str
    blocking: bool = True


_FACTS = (
    ReleaseCheck(
        "rows_add_up",
        "warehouse",
        Text(
            en="Of every delivery: rows accepted plus rows refused are the rows delivered",
            nl="Van elke levering: aanvaarde plus geweigerde rijen zijn de geleverde rijen",
        ),
        """
        SELECT supplier, period, dataset, file, rows, accepted, rejected FROM delivery
        WHERE accepted + rejected <> rows
        """,
    ),
    ReleaseCheck(
        "accepted_rows_loaded",
        "warehouse",
        Text(
            en="Of every dataset: the rows that were accepted are in its table, or replaced by a newer row of "
            "the same key",
            nl="Van elke dataset: de aanvaarde rijen staan in haar tabel, of zijn vervangen door een nieuwere "
            "rij met dezelfde sleutel",
        ),
        """
        SELECT
            loaded.dataset, coalesce(log.accepted, 0) AS accepted_in_log,
            loaded.accepted, loaded.replaced, loaded.loaded
        FROM loaded LEFT JOIN (
            SELECT dataset, sum(accepted) AS accepted FROM delivery
            WHERE status IN ('accepted', 'accepted_in_part') GROUP BY dataset
        ) AS log USING (dataset)
        WHERE coalesce(log.accepted, 0) <> loaded.accepted OR loaded.loaded + loaded.replaced <> loaded.accepted
        """,
    ),
    ReleaseCheck(
        "providers_known",
        "warehouse",
        Text(
            en="Every provider in the facts is in the register",
            nl="Elke aanbieder in de feiten staat in het register",
        ),
        """
        SELECT DISTINCT provider_id FROM (
            SELECT provider_id FROM volume UNION ALL SELECT provider_id FROM revenue
            UNION ALL SELECT provider_id FROM capacity UNION ALL SELECT provider_id FROM contract
        ) WHERE provider_id NOT IN (SELECT provider_id FROM provider)
        """,
    ),
    ReleaseCheck(
        "party_ids_differ",
        "warehouse",
        Text(
            en="No provider has the id of a payer, nor a name that the results keep for themselves: they go by party",
            nl="Geen aanbieder heeft de code van een betaler, noch een naam die de uitkomsten voor zichzelf "
            "houden: zij gaan per partij",
        ),
        """
        WITH payers AS (
            SELECT payer_id FROM payer UNION SELECT payer_id FROM volume UNION SELECT payer_id FROM revenue
            UNION SELECT payer_id FROM contract
        )
        SELECT provider_id AS id, 'provider' AS of FROM provider
        WHERE provider_id IN ('patients', 'unknown') OR provider_id IN (FROM payers WHERE payer_id IS NOT NULL)
        UNION ALL SELECT payer_id, 'payer' FROM payers WHERE payer_id = 'patients'
        """,
    ),
    ReleaseCheck(
        "one_delivery_a_key",
        "warehouse",
        Text(
            en="No fact was delivered twice: where two deliveries hold a row of one key, the newer counts",
            nl="Geen feit is twee keer geleverd: waar twee leveringen een rij met dezelfde sleutel hebben, "
            "telt de nieuwere",
        ),
        "SELECT dataset, replaced FROM loaded WHERE replaced > 0 AND dataset IN ('volume', 'revenue', 'capacity')",
        blocking=False,
    ),
)

_RESULTS = (
    ReleaseCheck(
        "scenarios_evaluated",
        "impact",
        Text(
            en="Every scenario file was evaluated",
            nl="Elk scenariobestand is doorgerekend",
        ),
        "SELECT file, message FROM scenario_file WHERE status = 'refused'",
        blocking=False,
    ),
    ReleaseCheck(
        "results_complete",
        "impact",
        Text(
            en="Every evaluated scenario has results for every provider of its baseline in every year",
            nl="Elk doorgerekend scenario heeft uitkomsten voor elke aanbieder van zijn basis in elk jaar",
        ),
        """
        SELECT scenario FROM scenario_file WHERE status = 'evaluated' AND (
            scenario NOT IN (SELECT scenario FROM scenario) OR scenario NOT IN (SELECT scenario FROM party_baseline))
        """,
    ),
    ReleaseCheck(
        "money_conserved",
        "impact",
        Text(
            en="What providers gain or lose in revenue is what payers spend more or less, in every scenario and year",
            nl="Wat aanbieders aan omzet winnen of verliezen, is wat betalers meer of minder uitgeven, in elk "
            "scenario en jaar",
        ),
        f"""
        SELECT scenario, year, initiative, sum(gain) AS difference_eur FROM (
            SELECT scenario, year, initiative, mean AS gain FROM party_impact
            WHERE measure IN ('revenue_change_eur', 'backfill_revenue_eur')
            UNION ALL
            SELECT scenario, year, initiative, -mean FROM party_impact WHERE measure = 'spend_change_eur'
        ) GROUP BY ALL HAVING abs(sum(gain)) > {TOLERANCE} * greatest(1, sum(abs(gain)))
        """,
    ),
    ReleaseCheck(
        "contributions_add_up",
        "impact",
        Text(
            en="What the initiatives contribute adds up to the whole scenario, for every party, year and measure",
            nl="Wat de initiatieven bijdragen, telt op tot het hele scenario, voor elke partij, elk jaar en elke maat",
        ),
        f"""
        SELECT scenario, party, year, measure, sum(part) AS difference FROM (
            SELECT scenario, party, year, measure, CASE WHEN initiative IS NULL THEN mean ELSE -mean END AS part
            FROM party_impact
        ) GROUP BY ALL HAVING abs(sum(part)) > {TOLERANCE} * greatest(1, sum(abs(part)))
        """,
    ),
    ReleaseCheck(
        "care_conserved",
        "impact",
        Text(
            en="The units moved per care product are the units moved per payer and area, and no more returns "
            "than moves",
            nl="De verplaatste aantallen per zorgproduct zijn die per betaler en gebied, en er keert niet meer "
            "terug dan er gaat",
        ),
        f"""
        SELECT scenario, initiative, year, from_id, to_id, sum(units) AS difference FROM (
            SELECT scenario, initiative, year, from_id, to_id, units_moved AS units FROM transfer_flow
            UNION ALL
            SELECT scenario, initiative, year, from_id, to_id, -units_moved FROM transfer_flow_detail
        ) GROUP BY ALL HAVING abs(sum(units)) > {TOLERANCE} * greatest(1, sum(abs(units)))
        UNION ALL
        SELECT scenario, initiative, year, from_id, to_id, units_moved - units_returned FROM transfer_flow
        WHERE units_moved < 0 OR units_returned < 0 OR units_returned > units_moved * (1 + {TOLERANCE})
        """,
    ),
    ReleaseCheck(
        "parties_known",
        "impact",
        Text(
            en="Every party of the results is a provider or a payer of the facts",
            nl="Elke partij in de uitkomsten is een aanbieder of een betaler uit de feiten",
        ),
        """
        SELECT DISTINCT party FROM party_impact
        WHERE party NOT IN ('patients', 'unknown') AND party NOT IN (
            SELECT provider_id FROM provider UNION SELECT payer_id FROM payer
            UNION SELECT payer_id FROM volume WHERE payer_id IS NOT NULL
            UNION SELECT payer_id FROM revenue WHERE payer_id IS NOT NULL
            UNION SELECT payer_id FROM contract WHERE payer_id IS NOT NULL)
        """,
    ),
    ReleaseCheck(
        "plausible_ranges",
        "impact",
        Text(
            en="Probabilities and shares lie between 0 and 1, loads and units are not negative",
            nl="Kansen en aandelen liggen tussen 0 en 1, belasting en aantallen zijn niet negatief",
        ),
        f"""
        SELECT 'capacity_gap' AS result, scenario, provider AS id FROM capacity_gap
        WHERE NOT coalesce(shortage_probability_after BETWEEN 0 AND 1, true)
           OR NOT coalesce(shortage_probability_before BETWEEN 0 AND 1, true)
           OR load_before < 0 OR load_after < -{TOLERANCE} * greatest(1, load_before) OR usable < 0
        UNION ALL
        SELECT 'feasible_share', scenario, recipient FROM feasible_share
        WHERE NOT coalesce(feasible_share BETWEEN 0 AND 1, true)
        UNION ALL
        SELECT 'threshold', scenario, provider FROM threshold WHERE probability NOT BETWEEN 0 AND 1
        UNION ALL
        SELECT 'party_baseline', scenario, party FROM party_baseline WHERE units < 0
        """,
    ),
    ReleaseCheck(
        "spread_in_order",
        "impact",
        Text(
            en="The 10th percentile is not above the median, nor the median above the 90th",
            nl="Het 10e percentiel ligt niet boven de mediaan, en de mediaan niet boven het 90e",
        ),
        f"""
        SELECT scenario, party, year, measure, p10, p50, p90 FROM party_impact
        WHERE p10 > p50 + {TOLERANCE} * greatest(1, abs(p50)) OR p50 > p90 + {TOLERANCE} * greatest(1, abs(p90))
        """,
    ),
    ReleaseCheck(
        "figures_finite",
        "impact",
        Text(
            en="No figure is infinite or not a number",
            nl="Geen cijfer is oneindig of geen getal",
        ),
        "\nUNION ALL\n".join(
            f"SELECT '{table.name}' AS result, '{column.name}' AS figure FROM \"{table.name}\" "
            f'WHERE NOT isfinite("{column.name}")'
            for table in tables_of("result").values()
            for column in table.columns
            if column.kind == "number"
        ),
    ),
)

_ODD = tuple(
    ReleaseCheck(
        rule.name,
        "warehouse",
        rule.description,
        f"SELECT supplier, file, message_en AS message FROM data_finding WHERE rule = '{rule.name}'",
        blocking=rule.severity == "stop",
    )
    for rule in load_across_rules()
)
"""What looks odd beside other deliveries: told, and only where the rule says so a reason not to publish."""

_AGREEMENTS = (
    ReleaseCheck(
        "agreements_on_plan",
        "progress",
        Text(
            en="What was agreed is happening: no initiative of an agreement is materially away from its plan",
            nl="Wat is afgesproken, gebeurt: geen initiatief van een overeenkomst wijkt wezenlijk af van zijn plan",
        ),
        """
        SELECT scenario, initiative, period, material_since, agreed_to_date, realised_to_date FROM (
            FROM progress QUALIFY row_number() OVER (PARTITION BY scenario, initiative ORDER BY period DESC) = 1
        ) WHERE material
        """,
        blocking=False,
    ),
)

CHECKS = (*_FACTS, *_ODD, *_RESULTS, *_AGREEMENTS)


def run_checks(connection: duckdb.DuckDBPyConnection, *, stage: Stage) -> Iterator[CheckResult]:
    """Yields the result of every check of a stage, on an open release database."""
    for check in CHECKS:
        if check.stage == stage:
            yield run_check(connection, check)


def run_check(connection: duckdb.DuckDBPyConnection, check: ReleaseCheck) -> CheckResult:
    """Returns whether a check holds; if not, how many rows break it and the first of them."""
    breaking = connection.execute(f"SELECT count(*) FROM ({check.query})").fetchone()
    count = breaking[0] if breaking else 0
    example = _example(connection, check) if count else ""
    return CheckResult(
        name=check.name,
        passed=count == 0,
        blocking=check.blocking,
        description=check.description.en,
        found=f"{count} rows, such as {example}" if count else "",
        description_nl=check.description.nl,
        found_nl=f"{count} rijen, zoals {example}" if count else "",
    )


def _example(connection: duckdb.DuckDBPyConnection, check: ReleaseCheck) -> str:
    """Returns the first breaking row as text."""
    cursor = connection.execute(f"SELECT * FROM ({check.query}) LIMIT 1")
    names = [column[0] for column in cursor.description or ()]
    row = cursor.fetchone() or ()
    return ", ".join(f"{name} {value}" for name, value in zip(names, row, strict=True))
