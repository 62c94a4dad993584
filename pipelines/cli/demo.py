"""`demo`: the demonstration region, from nothing to its headline."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.cli import refresh
from pipelines.cli.app import JsonOption, app
from pipelines.cli.faults import FAILED
from pipelines.cli.headline_table import headline_json, print_headline
from pipelines.cli.output import out, print_json
from pipelines.cli.progress_display import shown
from pipelines.cli.serve import Reach, keep_serving
from pipelines.workspace.headway import tell
from pipelines.workspace.places import DEFAULT_WORKSPACE

if TYPE_CHECKING:
    from pipelines.workspace.workspace import Workspace


@app.command()
def demo(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="Where to make it.")] = Path(DEFAULT_WORKSPACE),
    *,
    serve: Annotated[bool, typer.Option("--serve", help="Serve its dashboards afterwards, until Ctrl+C.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port for --serve; 0 for a free one.")] = 8050,
    as_json: JsonOption = False,
) -> None:
    """Makes the demonstration region (invented), refreshes it, publishes, and shows who gains, loses and lacks."""
    from pipelines.release.headline import headlines, read_tables
    from pipelines.warehouse.building import reading

    with shown():
        place = made(workspace)
    done = refresh.run(place)
    with reading(done.release.database) as connection:
        found = headlines(read_tables(connection))
    if as_json:
        print_json({"release": done.release.id, "scenarios": [headline_json(headline) for headline in found]})
    else:
        refresh.tell_outcome(place, done)
        for headline in found:
            out().print()
            print_headline(headline)
        out().print(f"\n{place.region.name.en}: all names and figures are invented.")
        out().print(f"Dashboards: {done.release.dashboards}", soft_wrap=True)
    if serve:
        keep_serving(place, Reach(port=port))
    if not refresh.complete(done):
        raise typer.Exit(FAILED)


def made(target: Path) -> Workspace:
    """Returns the demonstration region, made now if it is not there; whole or not at all.

    Raises:
        Problem: the folder holds something else.
    """
    from pipelines.workspace.workspace import REGION_FILE, Workspace

    if not (target / REGION_FILE).exists():
        _make(target)
    place = Workspace.open(target)
    if not place.region.invented:
        raise Problem(
            Text(
                en=f"the region {place.region.region} in {place.root}",
                nl=f"de regio {place.region.region} in {place.root}",
            ),
            expected=Text(en="a new folder, or the demonstration region", nl="een nieuwe map, of de demonstratieregio"),
            action=Text(
                en="give another folder with --workspace; a real region is refreshed with: care-transfer refresh",
                nl="geef een andere map met --workspace; een echte regio ververst u met: care-transfer refresh",
            ),
        )
    return place


def _make(target: Path) -> None:
    from pipelines.cli.editor_schemas import write_schemas
    from pipelines.demo import make_region
    from pipelines.workspace.new import add_dagster_home

    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise Problem(
            Text(en=f"files in {target.resolve()}", nl=f"bestanden in {target.resolve()}"),
            expected=Text(en="a new or an empty folder", nl="een nieuwe of een lege map"),
            action=Text(en="give another with --workspace", nl="geef een andere met --workspace"),
        )
    tell("Making the demonstration region", str(target))
    unfinished = target.with_name(f"{target.name}.partial")
    shutil.rmtree(unfinished, ignore_errors=True)
    make_region(unfinished)
    add_dagster_home(unfinished)
    write_schemas(unfinished)
    if target.exists():
        target.rmdir()
    unfinished.rename(target)
