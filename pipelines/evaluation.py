"""Every scenario of a workspace on the facts of a release: read, held against the region, evaluated, or refused.

A broken scenario never stops the others; what was refused is told with its file, line and key.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario import Scenario, ScenarioError, check_against, parse_scenario
from models.scenario.errors import Finding
from pipelines.progress import tell
from pipelines.warehouse import add_results, create_results, tables_for_model, write_release_table
from pipelines.workspace import Workspace

EVALUATED = "evaluated"
REFUSED = "refused"


@dataclass(frozen=True)
class ScenarioFile:
    """One scenario file and what became of it."""

    file: str
    hash: str
    scenario: str | None
    status: str
    message: str


def read_region(connection: duckdb.DuckDBPyConnection, *, base_year: int) -> Region:
    """Returns the region of an open release, as the model sees it."""
    return Region.from_tables(tables_for_model(connection), base_year=base_year)


def read_scenario(text: str, *, source: str, region: Region) -> Scenario:
    """Returns a scenario that can be evaluated on a region.

    Raises:
        ScenarioError: with every fault of the text, or every party or resource that the region does not know.
    """
    scenario = parse_scenario(text, source=source)
    if findings := check_against(scenario, region, text=text, source=source):
        raise ScenarioError(findings)
    return scenario


def evaluate_text(text: str, *, source: str, region: Region) -> Evaluation:
    """Returns the evaluation of a scenario's text.

    Raises:
        ScenarioError: with every fault of it.
    """
    return evaluate(region, read_scenario(text, source=source, region=region))


def evaluate_all(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[ScenarioFile]:
    """Evaluates every scenario of the workspace into the result tables of an open draft; returns what became of it."""
    create_results(connection)
    region = read_region(connection, base_year=workspace.region.base_year)
    files: list[ScenarioFile] = []
    paths = workspace.scenario_files()
    for number, path in enumerate(paths):
        tell("Evaluating scenarios", path.name, done=number, total=len(paths))
        known = frozenset(file.scenario for file in files if file.scenario)
        files.append(_evaluate_file(connection, path, region=region, known=known))
    tell("Evaluating scenarios", done=len(paths), total=len(paths))
    write_release_table(connection, "scenario_file", scenario_file_frame(files))
    return files


def _evaluate_file(
    connection: duckdb.DuckDBPyConnection, path: Path, *, region: Region, known: frozenset[str]
) -> ScenarioFile:
    content = path.read_bytes()
    refused = ScenarioFile(path.name, hashlib.sha256(content).hexdigest(), None, REFUSED, "")
    try:
        text = content.decode("utf-8-sig")
        scenario = read_scenario(text, source=path.name, region=region)
        _require_own_name(path.name, scenario.scenario, known=known)
        add_results(connection, evaluate(region, scenario).tables())
    except ScenarioError as error:
        return replace(refused, message=str(error))
    except UnicodeDecodeError:
        return replace(refused, message=f"{path.name}: found no UTF-8; expected UTF-8. Save the file as UTF-8.")
    return replace(refused, scenario=scenario.scenario, status=EVALUATED)


def _require_own_name(source: str, name: str, *, known: frozenset[str]) -> None:
    """Raises `ScenarioError` if another file already has this name: results are keyed by it."""
    if name in known:
        fault = Finding(
            source=source,
            line=0,
            key="scenario",
            found=f"the name {name}, which another file has too",
            expected="a name of its own for every scenario",
            action="Rename one of the two, or remove the file that is no longer wanted.",
        )
        raise ScenarioError([fault])


def scenario_file_frame(files: list[ScenarioFile]) -> pl.DataFrame:
    """Returns the scenario files as a frame, one row a file."""
    schema = dict.fromkeys(("file", "hash", "scenario", "status", "message"), pl.String)
    return pl.DataFrame([vars(file) for file in files], schema=schema)


def read_scenario_files(connection: duckdb.DuckDBPyConnection) -> Iterator[ScenarioFile]:
    """Yields what became of the scenario files of an open release."""
    rows = connection.execute(
        "SELECT file, hash, scenario, status, message FROM scenario_file ORDER BY file"
    ).fetchall()
    for file, digest, scenario, status, message in rows:
        yield ScenarioFile(file, digest, scenario, status, message)
