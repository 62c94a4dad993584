"""`export`: a release as files that any tool reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; an earlier export is replaced.")],
    workspace: WorkspaceOption = None,
    *,
    release: Annotated[str | None, typer.Option("--release", help="Id of the release. Default: the current.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Writes the release as Parquet, a file a table and view, with a data package and a start in Python and R."""
    from pipelines.release import releases
    from pipelines.release.export import export as write

    place = opened(workspace)
    chosen = releases.find(place.published, release) if release else releases.require_current(place.published)
    made = write(chosen.database, folder.resolve(), name=place.region.region.lower(), release=chosen.id)
    if as_json:
        print_json([{"table": one.name, "file": str(one.path.name), "rows": one.rows} for one in made])
    else:
        rows = sum(one.rows for one in made)
        out().print(f"{len(made)} tables, {rows:,} rows of release {chosen.id} in {folder}", soft_wrap=True)
