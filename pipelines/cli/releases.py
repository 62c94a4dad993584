"""`releases`: what was published when, and back to an earlier one."""

from typing import Annotated

import polars as pl
import typer

from pipelines import releases as published
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import Shown, out, print_json, print_table
from pipelines.lock import exclusive

commands = typer.Typer(help="What was published when, and back to an earlier release.", invoke_without_command=True)
app.add_typer(commands, name="releases")

_COLUMNS = (
    Shown("id", "release"),
    Shown("created_at", "made (UTC)"),
    Shown("current", "current"),
    Shown("deliveries", "deliveries"),
    Shown("scenarios", "scenarios"),
    Shown("refused", "refused"),
    Shown("checks", "checks passed"),
)


@commands.callback()
def default(context: typer.Context, workspace: WorkspaceOption = None, *, as_json: JsonOption = False) -> None:
    """Lists the releases, newest first."""
    if context.invoked_subcommand is None:
        show(workspace, as_json=as_json)


@commands.command("list")
def show(workspace: WorkspaceOption = None, *, as_json: JsonOption = False) -> None:
    """Lists the releases, newest first."""
    rows = [_row(release) for release in published.list_releases(opened(workspace))]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(pl.DataFrame(rows), columns=_COLUMNS)
    else:
        out().print("Nothing was published yet.")


def _row(release: published.Release) -> dict[str, object]:
    manifest = release.manifest
    refused = sum(scenario.status == "refused" for scenario in manifest.scenarios)
    return {
        "id": release.id,
        "created_at": manifest.created_at,
        "current": "current" if release.is_current else "",
        "deliveries": len(manifest.deliveries),
        "scenarios": len(manifest.scenarios) - refused,
        "refused": refused,
        "checks": f"{sum(check.passed for check in manifest.checks)} of {len(manifest.checks)}",
        "path": str(release.path),
    }


@commands.command()
def rollback(
    release: Annotated[str, typer.Argument(help="Id of the release, as in the list.", metavar="ID")],
    workspace: WorkspaceOption = None,
) -> None:
    """Makes an earlier release current. It stays so until something changes and is refreshed, or refresh --force."""
    place = opened(workspace)
    with exclusive(place):
        chosen = published.rollback(place, release)
    out().print(f"{chosen.id} is current.")
