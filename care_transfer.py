"""The analyst's door: a release, its facts, its scenarios, and what changes when an assumption does.

    import care_transfer as ct

    release = ct.open_release("my-region")              # a workspace; or a release's folder, or its database
    facts = ct.region(release)                          # of the base year
    plan = release.scenario("right-care-2027", "initiatives.stable-af-to-gp.eligible_share=0.2")
    result = ct.evaluate(facts, plan)
    result.table("party_impact")                        # a Polars frame; its columns are in docs/data_dictionary.md
    ct.compare(ct.evaluate(facts, release.scenario("right-care-2027")), result)
    ct.sweep(release, "right-care-2027", [f"discount_rate={percent / 100}" for percent in range(6)])

Nothing here writes. Names of this module are promised (docs/promises.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from dashboards.data import facts_for_model
from data_contracts.problem import Problem, nearest
from data_contracts.text import Text
from models.comparison import compare
from models.impact import Evaluation, evaluate
from models.region import Region
from models.scenario import Scenario, parse_scenario
from models.scenario.settings import with_settings
from pipelines.evaluation.sweeping import Sweep
from pipelines.evaluation.sweeping import sweep as shared_out
from pipelines.release import asking, releases
from pipelines.release.releases import DATABASE
from pipelines.warehouse.building import reading
from pipelines.workspace.places import Published
from pipelines.workspace.workspace import REGION_FILE

__all__ = [
    "Evaluation",
    "Problem",
    "Region",
    "Release",
    "Scenario",
    "compare",
    "evaluate",
    "open_release",
    "region",
    "sweep",
]


@dataclass(frozen=True)
class Release:
    """One published release, read-only; a newer one does not change what it says."""

    database: Path

    @property
    def id(self) -> str:
        """Its id, as `care-transfer releases` lists it."""
        return self.database.parent.name

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The names of its tables and views."""
        query = "SELECT DISTINCT table_name FROM duckdb_columns() WHERE database_name = current_database() ORDER BY 1"
        return tuple(self.sql(query)["table_name"])

    def table(self, name: str) -> pl.DataFrame:
        """Returns one of its tables.

        Raises:
            Problem: there is no table of this name.
        """
        if name not in self.tables:
            raise Problem(
                Text(en=f"the table {name!r}", nl=f"de tabel {name!r}"),
                expected=Text(en="a table of the release", nl="een tabel van de uitgave"),
                action=nearest(name, self.tables),
            )
        return self.sql(f'FROM "{name}"')

    def sql(self, query: str) -> pl.DataFrame:
        """Returns the answer to one query that only reads.

        Raises:
            Problem: it cannot be run, does more than read, or is more than one.
        """
        answers = asking.ask(query, database=self.database)
        if len(answers) != 1:
            raise Problem(
                Text(en=f"{len(answers)} queries", nl=f"{len(answers)} vragen"),
                expected=Text(en="one", nl="één"),
                action=Text(en="ask one at a time", nl="stel er een tegelijk"),
            )
        return answers[0].frame

    @cached_property
    def scenarios(self) -> dict[str, str]:
        """The texts of its scenarios, by name, as they were evaluated."""
        rows = self.sql("SELECT scenario, parameters FROM scenario ORDER BY 1")
        return dict(zip(rows["scenario"], rows["parameters"], strict=True))

    def scenario(self, name: str, *settings: str) -> Scenario:
        """Returns one of its scenarios, with some of its keys changed.

        Args:
            name: of the scenario.
            settings: KEY=VALUE, as `care-transfer whatif --set` takes them.

        Raises:
            Problem: there is no such scenario.
            ScenarioError: a setting cannot be.
        """
        return parse_scenario(with_settings(self.scenario_text(name), settings), source=name)

    def scenario_text(self, name: str) -> str:
        """Returns the text of one of its scenarios; raises `Problem` if there is none of this name."""
        if name not in self.scenarios:
            known = list(self.scenarios)
            raise Problem(
                Text(en=f"the scenario {name!r}", nl=f"het scenario {name!r}"),
                expected=Text(en="a scenario of the release", nl="een scenario van de uitgave"),
                action=nearest(name, known),
            )
        return self.scenarios[name]


def open_release(path: Path | str) -> Release:
    """Returns a release: the current one of a workspace, that of a folder, or that of a database file.

    Raises:
        Problem: there is none.
    """
    place = Path(path).expanduser()
    if (place / REGION_FILE).is_file():
        return Release(releases.require_current(Published(place.resolve() / "published", keep=0)).database.resolve())
    database = place / DATABASE if place.is_dir() else place
    if not database.is_file():
        raise Problem(
            Text(en=f"no release at {path}", nl=f"geen uitgave in {path}"),
            expected=Text(
                en=f"the folder of a region, the folder of a release, or a {DATABASE}",
                nl=f"de map van een regio, de map van een uitgave, of een {DATABASE}",
            ),
            action=Text(en="publish one with: care-transfer refresh", nl="publiceer er een met: care-transfer refresh"),
        )
    return Release(database.resolve())


def region(release: Release, year: int | None = None) -> Region:
    """Returns the facts of a release as the model takes them: of a year, else of its base year."""
    with reading(release.database) as connection:
        if year is None:
            ((year,),) = connection.execute("SELECT base_year FROM release").fetchall()
        return Region.from_tables(facts_for_model(connection), base_year=year)


def sweep(
    release: Release, name: str, settings: Sequence[str | Sequence[str]], *, table: str = "party_impact"
) -> pl.DataFrame:
    """Returns what a scenario of a release gives under many settings: facts read once, all cores at work.

    Args:
        release: whose facts and scenario.
        name: of the scenario.
        settings: KEY=VALUE each, or several that hold together, as `release.scenario` takes them.
        table: result table; of `party_impact` the present value of the whole scenario and the patients' travel, of
            `capacity_gap` the providers whose load changes, else the whole table.

    Returns:
        The rows under each setting, with `number` (of the setting, from 0) and `settings` before them.

    Raises:
        Problem: there is no such scenario.
        ScenarioError: a setting cannot be.
    """
    text = release.scenario_text(name)
    every = [(one,) if isinstance(one, str) else tuple(one) for one in settings]
    facts = region(release, parse_scenario(text, source=name).base_year)
    return shared_out(Sweep(facts, text, name, table), every)
