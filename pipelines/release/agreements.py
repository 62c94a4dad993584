"""Agreements: scenarios that were agreed, held against the release they were agreed on.

What was agreed is what the scenario said on the facts of that release. Where the release is no longer there, today's
scenario and facts stand in, and a flag says so. A release that an agreement names is never pruned.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from dashboards.data import facts_for_model
from data_contracts.problem import nearest
from data_contracts.text import Language, Text, in_language
from data_contracts.yaml_file import YamlProblem, outline_of
from models.impact import Evaluation, evaluate
from models.progress import progress, progress_impact
from models.region import Region
from models.scenario import Scenario, ScenarioError, parse_scenario
from models.tables import RESULT_TABLES
from pipelines.release import releases
from pipelines.release.releases import ReleaseFolder
from pipelines.warehouse.building import add_results, reading
from pipelines.workspace.headway import tell
from pipelines.workspace.workspace import Workspace

RELEASE_GONE = "agreed_release_gone"
SHARED = "agreed_twice"
UNKNOWN = "realised_of_no_initiative"


@dataclass(frozen=True)
class Plan:
    """What was agreed: the evaluation, and the release whose facts it rests on; None where those are of today."""

    evaluation: Evaluation
    release: ReleaseFolder | None


def plan_of(workspace: Workspace, scenario: Scenario, *, facts: Mapping[str, pl.DataFrame]) -> Plan:
    """Returns what was agreed: the scenario of the release that it names, on that release's facts.

    Args:
        workspace: where the releases are.
        scenario: as it is today, an agreement.
        facts: of today, for where that release is gone.
    """
    release = agreed_release(workspace, scenario)
    if release is not None:
        try:
            return Plan(_then(release, scenario), release)
        except ScenarioError:  # it did not know all its parties yet, or an older version wrote it
            pass
    return Plan(evaluate(Region.from_tables(facts, base_year=scenario.base_year), scenario), None)


def _then(release: ReleaseFolder, scenario: Scenario) -> Evaluation:
    """Returns a scenario as a release has it, on the facts of that release; as it is now, if the release has it not."""
    with reading(release.database) as connection:
        facts = facts_for_model(connection)
        then = scenarios_of(connection, only=scenario.scenario).get(scenario.scenario, scenario)
    return evaluate(Region.from_tables(facts, base_year=then.base_year), then)


def agreed_release(workspace: Workspace, scenario: Scenario) -> ReleaseFolder | None:
    """Returns the release that a scenario was agreed on, None where it is no agreement or the release is gone."""
    if scenario.agreed is None:
        return None
    known = {release.id: release for release in releases.list_releases(workspace.published)}
    return known.get(scenario.agreed.release)


def scenarios_of(connection: duckdb.DuckDBPyConnection, *, only: str | None = None) -> dict[str, Scenario]:
    """Returns the scenarios of an open release, by name; with `only`, that one if it is there.

    Raises:
        ScenarioError: this version of the program cannot read one of them.
    """
    wanted = "SELECT scenario, parameters FROM scenario WHERE coalesce(scenario = $only, true) ORDER BY 1"
    texts = connection.execute(wanted, {"only": only}).fetchall()
    return {name: parse_scenario(text, source=name) for name, text in texts}


def follow_up(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[str]:
    """Writes into an open draft how far every agreement is; returns the names of the agreements."""
    for table in ("progress", "progress_impact"):
        connection.execute(f"DELETE FROM {table}")
    connection.execute("DELETE FROM flag WHERE flag IN $ours", {"ours": [RELEASE_GONE, SHARED, UNKNOWN]})
    scenarios = list(scenarios_of(connection).values())
    agreed = [scenario for scenario in scenarios if scenario.agreed is not None]
    facts = facts_for_model(connection) if agreed else {}
    for number, scenario in enumerate(agreed):
        tell("Following agreements", scenario.scenario, done=number, total=len(agreed))
        add_results(connection, _followed(workspace, scenario, facts))
    add_results(connection, {"flag": _shared(agreed)})
    add_results(connection, {"flag": _of_nothing(connection, scenarios)})
    return [scenario.scenario for scenario in agreed]


def _followed(workspace: Workspace, scenario: Scenario, facts: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    plan = plan_of(workspace, scenario, facts=facts)
    followed = progress(plan.evaluation, facts)
    tables = {"progress": followed, "progress_impact": progress_impact(plan.evaluation, followed)}
    return tables if plan.release is not None else tables | {"flag": _gone(scenario)}


def _gone(scenario: Scenario) -> pl.DataFrame:
    """Returns the remark that what was agreed is counted on today's facts."""
    release = scenario.agreed.release if scenario.agreed else ""
    row = {
        "scenario": scenario.scenario,
        "subject": "scenario",
        "id": scenario.scenario,
        "flag": RELEASE_GONE,
        "value": None,
        "message_nl": f"De release {release} waarop dit is afgesproken is er niet meer, of kent niet alle partijen; "
        "de afspraak is met de gegevens van nu berekend.",
        "message_en": f"Release {release}, on which this was agreed, is gone or does not know all parties; what was "
        "agreed is computed on the data of today.",
    }
    return pl.DataFrame([row], schema=RESULT_TABLES["flag"].schema())


def _shared(agreed: Sequence[Scenario]) -> pl.DataFrame:
    """Returns a remark for each initiative of one name in several agreements: what is realised names no scenario."""
    times = Counter(initiative.id for scenario in agreed for initiative in scenario.initiatives)
    rows = [
        {
            "scenario": scenario.scenario,
            "subject": "initiative",
            "id": initiative.id,
            "flag": SHARED,
            "value": float(times[initiative.id]),
            "message_nl": f"{times[initiative.id]} afspraken hebben een initiatief {initiative.id}: wat daarvan is "
            "gerealiseerd telt bij elk van die afspraken. Geef initiatieven die verschillen een eigen naam.",
            "message_en": f"{times[initiative.id]} agreements have an initiative {initiative.id}: what of it was "
            "realised counts in each of them. Give initiatives that differ a name of their own.",
        }
        for scenario in agreed
        for initiative in scenario.initiatives
        if times[initiative.id] > 1
    ]
    return pl.DataFrame(rows, schema=RESULT_TABLES["flag"].schema())


def _of_nothing(connection: duckdb.DuckDBPyConnection, scenarios: Sequence[Scenario]) -> pl.DataFrame:
    """Returns a remark for each initiative of which transfers were delivered and which no scenario has.

    It stands with every agreement, for one of them misses these units; without agreements with every scenario.
    """
    known = {initiative.id for scenario in scenarios for initiative in scenario.initiatives}
    delivered = connection.execute("SELECT DISTINCT initiative FROM realised_transfer ORDER BY ALL").fetchall()
    told = [scenario for scenario in scenarios if scenario.agreed is not None] or scenarios
    rows = [
        {
            "scenario": scenario.scenario,
            "subject": "initiative",
            "id": name,
            "flag": UNKNOWN,
            "value": None,
            "message_nl": f"Er is geleverd wat van een initiatief {name} is gerealiseerd, en geen scenario heeft dat: "
            f"het telt nergens. {_sentence(nearest(name, known), 'nl')}",
            "message_en": f"Realised transfers of an initiative {name} were delivered, and no scenario has it: they "
            f"count nowhere. {_sentence(nearest(name, known), 'en')}",
        }
        for (name,) in delivered
        if name not in known
        for scenario in told
    ]
    return pl.DataFrame(rows, schema=RESULT_TABLES["flag"].schema())


def _sentence(advice: Text, language: Language) -> str:
    """Returns what to do as a sentence of its own."""
    said = in_language(advice, language)
    return f"{said[:1].upper()}{said[1:]}" + ("" if said.endswith(("?", ".")) else ".")


def agreed_ids(workspace: Workspace) -> frozenset[str]:
    """Returns the ids of the releases that scenario files name as agreed, also in files that are faulty otherwise."""
    return frozenset(_named(workspace))


def _named(workspace: Workspace) -> Iterator[str]:
    for path in workspace.scenario_files():
        try:
            content = outline_of(path.read_bytes(), source=path.name, scalars="texts").content
        except YamlProblem:
            continue
        agreed = content.get("agreed") if isinstance(content, dict) else None
        if isinstance(agreed, dict) and agreed.get("release"):
            yield str(agreed["release"])
