"""`backup` and `restore`: a workspace kept elsewhere, and brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json
from pipelines.cli.progress_display import shown


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder, best on another disk.")],
    workspace: WorkspaceOption = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Copies the whole workspace, every file with its hash; a refresh that runs meanwhile is refused."""
    from pipelines.release.backup import back_up

    place = opened(workspace)
    with shown():
        kept = back_up(place, folder)
    if as_json:
        print_json({"files": len(kept.files), "current": kept.current, "folder": str(folder)})
    else:
        megabytes = sum(file.size for file in kept.files.values()) / 2**20
        out().print(f"{len(kept.files):,} files, {megabytes:,.1f} MB in {folder}", soft_wrap=True)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a backup.")],
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", help="A new or empty folder: where the workspace comes.", show_default=False),
    ] = None,
    *,
    as_json: JsonOption = False,
) -> None:
    """Brings a backup back, once every file of it was found to be what was backed up."""
    from pipelines.release.backup import restore as bring_back
    from pipelines.workspace.workspace import find_workspace

    into = find_workspace(workspace)
    with shown():
        kept = bring_back(folder, into)
    if as_json:
        print_json({"files": len(kept.files), "current": kept.current, "workspace": str(into)})
    else:
        out().print(f"{len(kept.files):,} files of {kept.made_at:%Y-%m-%d %H:%M} (UTC) in {into}", soft_wrap=True)
