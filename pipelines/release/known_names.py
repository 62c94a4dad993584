"""The names that a release knows, and what people wrote held against them: positions, consents, `region.yaml`.

A misspelt name in a red line would be a line that always holds, and one in a group or a coalition a protection that is
not there: each is told with its file, line and key and the nearest name that there is.
"""

import duckdb
from pydantic import BaseModel

from data_contracts.problem import Fault
from data_contracts.references import Known, Subject, unknown_names
from data_contracts.specialisms import specialism_names
from data_contracts.yaml_file import YamlDocument, outline_of
from pipelines.evaluation.evaluating import EVALUATED, read_scenario_files
from pipelines.workspace.workspace import REGION_FILE, Workspace

_QUERIES: dict[Subject, str] = {
    "provider": "SELECT provider_id FROM provider",
    "party": "SELECT provider_id FROM provider UNION SELECT payer_id FROM payer",
    "resource": "SELECT resource FROM resource",
    "specialism": "SELECT specialism FROM volume UNION SELECT specialism FROM care_product",
    "initiative": "SELECT initiative FROM initiative",
    "scenario": "SELECT scenario FROM scenario",
}
_OF_SCENARIOS: tuple[Subject, ...] = ("initiative", "scenario")


def names_of(connection: duckdb.DuckDBPyConnection) -> Known:
    """Returns the names that an open release knows, of each subject.

    Where a scenario file was refused nobody can tell which names were in it: those of initiatives and scenarios are
    left out then, as are the providers of a region whose register is not there yet.
    """
    found = {
        subject: frozenset(name for (name,) in connection.execute(query).fetchall() if name)
        for subject, query in _QUERIES.items()
    }
    found["specialism"] |= frozenset(specialism_names())
    refused = any(file.status != EVALUATED for file in read_scenario_files(connection))
    unsure = {*(_OF_SCENARIOS if refused else ()), *(() if found["provider"] else ("provider", "party"))}
    return {subject: names for subject, names in found.items() if subject not in unsure}


def faults_in(part: BaseModel, known: Known, document: YamlDocument) -> list[Fault]:
    """Returns a fault for each name in what was read of a document that stands for nothing."""
    return [
        document.fault(keys, found=found, expected=expected, action=action)
        for keys, found, expected, action in unknown_names(part, known)
    ]


def setting_faults(workspace: Workspace, known: Known) -> list[Fault]:
    """Returns a fault for each name in `region.yaml` that stands for nothing."""
    text = (workspace.root / REGION_FILE).read_text(encoding="utf-8-sig")
    return faults_in(workspace.region, known, outline_of(text, source=REGION_FILE))


def disclosure_faults(workspace: Workspace, known: Known) -> list[Fault]:
    """Returns those that concern what may leave the middle: without them a protection would not be there."""
    return [fault for fault in setting_faults(workspace, known) if fault.key.startswith("disclosure.")]
