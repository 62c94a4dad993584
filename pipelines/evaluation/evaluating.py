"""Every scenario of a workspace on the facts of a release: read, held against the region, evaluated, or refused.

A broken scenario never stops the others; what was refused is told with its file, line and key.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import polars as pl

from dashboards.data import facts_for_model
from data_contracts.problem import Fault
from data_contracts.text import Text
from models.impact import Evaluation, evaluate
from models.overlap import overlaps
from models.plausible import require_plausible
from models.region import Region
from models.region.calendar_years import calendar_years
from models.scenario import Scenario, ScenarioError, check_against
from models.scenario.parsing import ScenarioRead, read_draft
from models.tables import RESULT_TABLES
from pipelines.evaluation.people import write_parties
from pipelines.evaluation.people.years import write_years
from pipelines.warehouse.building import add_results, create_results, write_release_table
from pipelines.workspace.headway import tell
from pipelines.workspace.workspace import Workspace

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


class Regions:
    """The facts of a release as the model sees them: one region a base year, built when a scenario first asks.

    Args:
        tables: fact tables by published name, all years.
    """

    def __init__(self, tables: Mapping[str, pl.DataFrame]) -> None:
        self.tables = tables
        self._built: dict[int, Region] = {}

    def of(self, base_year: int) -> Region:
        """Returns the region of a base year."""
        if base_year not in self._built:
            self._built[base_year] = Region.from_tables(self.tables, base_year=base_year)
        return self._built[base_year]

    def years(self) -> list[int]:
        """Returns the years of which volume was delivered; of any flow, where no volume was."""
        for table in ("volume", "capacity", "revenue"):
            periods = self.tables[table]["period"].str.slice(0, 4).unique().sort().to_list()
            if periods:
                return [int(year) for year in periods]
        return []


def read_regions(connection: duckdb.DuckDBPyConnection) -> Regions:
    """Returns the facts of an open release, as the model sees them."""
    return Regions(facts_for_model(connection))


def read_scenario(text: str, *, source: str, regions: Regions) -> Scenario:
    """Returns a scenario that can be evaluated on the facts.

    Raises:
        ScenarioError: with every fault of the text, a base year without facts, or every party or resource that the
        region
            does not know.
    """
    draft = read_draft(text, source=source)
    scenario, faults = draft.scenario, list(draft.faults)
    if scenario is None:
        raise ScenarioError(faults)
    years = regions.years()
    if scenario.base_year in years:
        region = regions.of(scenario.base_year)
        faults += check_against(scenario, region, text=text, source=source, places=draft.places)
    else:
        faults.append(_no_facts(draft, scenario, years))
    if faults:
        raise ScenarioError(faults)
    return scenario


def _no_facts(draft: ScenarioRead, scenario: Scenario, years: list[int]) -> Fault:
    there = ", ".join(str(year) for year in years)
    return draft.document.fault(
        ("base_year",),
        found=Text(
            en=f"{scenario.base_year}, a year of which no volume was accepted",
            nl=f"{scenario.base_year}, een jaar waarvan geen volume is aangenomen",
        ),
        expected=Text(
            en=f"a year with accepted deliveries: {there or 'none'}",
            nl=f"een jaar met aangenomen leveringen: {there or 'geen'}",
        ),
        action=Text(
            en="choose one of these years, or deliver the year", nl="kies een van deze jaren, of lever het jaar aan"
        ),
    )


def evaluate_text(text: str, *, source: str, regions: Regions) -> Evaluation:
    """Returns the evaluation of a scenario's text.

    Raises:
        ScenarioError: with every fault of it.
    """
    scenario = read_scenario(text, source=source, regions=regions)
    return _evaluated(regions.of(scenario.base_year), scenario)


def _evaluated(region: Region, scenario: Scenario) -> Evaluation:
    """Returns the evaluation of a scenario whose figures can be; raises `ScenarioError` otherwise."""
    evaluation = evaluate(region, scenario)
    require_plausible(evaluation)
    return evaluation


def evaluate_all(connection: duckdb.DuckDBPyConnection, workspace: Workspace) -> list[ScenarioFile]:
    """Evaluates every scenario of the workspace into the result tables of an open draft; returns what became of it."""
    create_results(connection)
    regions = read_regions(connection)
    files: list[ScenarioFile] = []
    evaluated: list[Scenario] = []
    paths = workspace.scenario_files()
    for number, path in enumerate(paths):
        tell("Evaluating scenarios", path.name, done=number, total=len(paths))
        known = frozenset(file.scenario for file in files if file.scenario)
        files.append(_evaluate_file(connection, path, regions=regions, known=known, evaluated=evaluated))
    tell("Evaluating scenarios", done=len(paths), total=len(paths))
    add_results(connection, {"initiative_overlap": _overlaps_across(regions, evaluated)})
    base_year = workspace.region.base_year
    horizon = max((scenario.horizon for scenario in evaluated), default=base_year)
    write_years(connection, calendar_years(regions.tables), regions.of(base_year), last_year=horizon)
    write_parties(connection)
    write_release_table(connection, "scenario_file", scenario_file_frame(files))
    return files


def _overlaps_across(regions: Regions, scenarios: list[Scenario]) -> pl.DataFrame:
    """Returns the initiatives of different scenarios that claim the same care; within one its own evaluation tells."""
    found = [RESULT_TABLES["initiative_overlap"].empty()]
    for year in sorted({scenario.base_year for scenario in scenarios}):
        same_year = [scenario for scenario in scenarios if scenario.base_year == year]
        found.append(overlaps(regions.of(year), same_year).filter(pl.col("scenario") != pl.col("other_scenario")))
    return pl.concat(found)


def _evaluate_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    *,
    regions: Regions,
    known: frozenset[str],
    evaluated: list[Scenario],
) -> ScenarioFile:
    """Evaluates one file into the result tables and adds it to those evaluated, or says why not."""
    content = path.read_bytes()
    refused = ScenarioFile(path.name, hashlib.sha256(content).hexdigest(), None, REFUSED, "")
    try:
        text = content.decode("utf-8-sig")
        scenario = read_scenario(text, source=path.name, regions=regions)
        _require_own_name(path.name, scenario.scenario, known=known)
        add_results(connection, _evaluated(regions.of(scenario.base_year), scenario).tables())
    except ScenarioError as error:
        return replace(refused, message=str(error))
    except UnicodeDecodeError:
        return replace(refused, message=f"{path.name}: found no UTF-8; expected UTF-8. Save the file as UTF-8.")
    evaluated.append(scenario)
    return replace(refused, scenario=scenario.scenario, status=EVALUATED)


def _require_own_name(source: str, name: str, *, known: frozenset[str]) -> None:
    """Raises `ScenarioError` if another file already has this name: results are keyed by it."""
    if name in known:
        fault = Fault(
            found=Text(
                en=f"the name {name}, which another file has too", nl=f"de naam {name}, die een ander bestand ook heeft"
            ),
            expected=Text(en="a name of its own for every scenario", nl="voor elk scenario een eigen naam"),
            action=Text(
                en="rename one of the two, or remove the file that is no longer wanted",
                nl="hernoem een van de twee, of verwijder het bestand dat niet meer nodig is",
            ),
            source=source,
            key="scenario",
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
