"""What the documentation shows can be typed: every query runs, every command exists."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import polars as pl
import pytest

from models.scenario import schema
from models.scenario.schema import ScenarioPart
from pipelines.cli.app import app
from pipelines.intake.mapping_trial import try_mapping
from pipelines.judging import Register
from pipelines.reading.sources import mapping, read_mapping
from pipelines.reading.sources.files import SHIPPED
from pipelines.release import releases
from pipelines.warehouse import building as warehouse
from pipelines.workspace.workspace import Workspace

DOCS = Path(__file__).parents[3] / "docs"
QUERIES = [
    statement
    for block in re.findall(r"```sql\n(.*?)```", (DOCS / "query.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    for statement in block.split(";")
    if statement.strip()
]
OWN = ("aanleveren.md", "bronnen.md", "deliver.md", "query.md", "schedule.md", "sources.md")


def keys_of(part: type[ScenarioPart]) -> Iterator[str]:
    """Yields every key that can be written in a part of a scenario, and in its parts."""
    for name, field in part.model_fields.items():
        yield field.alias or name
        for inner in re.findall(r"models\.scenario\.\w+\.(\w+)", str(field.annotation)):
            yield from keys_of(getattr(schema, inner))


def test_every_key_of_a_scenario_stands_in_the_documentation() -> None:
    text = (DOCS / "scenarios.md").read_text(encoding="utf-8")
    keys = set(keys_of(schema.Scenario))
    assert {"years_to_full", "transition_fund_eur", "after_years", "loss_cap"} <= keys
    assert [key for key in sorted(keys) if not re.search(rf"\b{key}\b", text)] == []


def test_there_are_queries_to_try() -> None:
    assert len(QUERIES) >= 9


def test_every_query_of_the_documentation_runs(refreshed: Workspace) -> None:
    release = releases.require_current(refreshed.published)
    earlier = f"ATTACH '{release.database}' AS earlier (READ_ONLY)"
    with warehouse.reading(release.database) as connection:
        connection.execute(earlier.replace("AS earlier", "AS the_same")).fetchall()
        for query in QUERIES:
            if "ATTACH" not in query:
                connection.execute(query.replace("earlier.party_impact", "the_same.party_impact")).fetchall()


@pytest.mark.parametrize("name", OWN)
def test_every_command_of_the_documentation_exists(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    asked = set(re.findall(r"care-transfer ([a-z]+)", text))
    groups = {group.name for group in app.registered_groups}
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert asked <= known | groups


@pytest.mark.parametrize("name", ["sources.md", "bronnen.md"])
def test_every_key_of_a_mapping_is_described(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    parts = [part for part in vars(mapping).values() if isinstance(part, type) and issubclass(part, mapping.Strict)]
    keys = {key for part in parts for key in part.model_fields}
    steps = {
        value for part in parts if "do" in part.model_fields for value in get_args(part.model_fields["do"].annotation)
    }
    described = set(re.findall(r"`([a-z_]+)[`:]", text)) | {"parameter", "fingerprint"}
    assert keys | steps <= described, (keys | steps) - described


@pytest.mark.parametrize("name", ["sources.md", "bronnen.md"])
def test_the_mapping_that_is_shown_reads_such_a_file(name: str, tmp_path: Path) -> None:
    (shown,) = re.findall(
        r"```yaml\n(# sources/waterpoort.yaml.*?)```", (DOCS / name).read_text(encoding="utf-8"), re.DOTALL
    )
    (tmp_path / "waterpoort.yaml").write_text(shown, encoding="utf-8")
    file = tmp_path / "productie waterpoort 2025Q1.csv"
    file.write_text(
        "Kliniekcode;Verz;ZPcode;Woonplaats;Stuks;Gefactureerd\n22020103;3311;979002031;Rotterdam;6;60.750,00\n"
        "22020103;3311;979002031;Schiedam;4;40.500,00\n",
        encoding="utf-8",
    )
    trial = try_mapping(file, read_mapping(tmp_path / "waterpoort.yaml"), period="2025Q1", register=Register())
    assert trial.misfit is None
    assert trial.passes
    volume, revenue = (one.judged.accepted for one in trial.yields)
    assert volume.select("area", "units").rows() == [("3011", 6.0), ("3111", 4.0)]
    assert revenue.select("units", pl.col("revenue_eur").cast(pl.Float64)).rows() == [(10.0, 101_250.0)]


@pytest.mark.parametrize("name", ["sources.md", "bronnen.md"])
def test_every_mapping_that_ships_is_listed(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert {path.stem for path in SHIPPED.glob("*.yaml") if f"`{path.stem}`" not in text} == set()
