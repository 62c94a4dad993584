"""The application that all commands register with, and the options that they share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipelines.workspace.workspace import Workspace


app = typer.Typer(
    name="care-transfer",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _version(asked: bool) -> None:  # noqa: FBT001 - Typer hands the option over so
    """Prints which build this is, and ends."""
    if asked:
        from importlib.metadata import version

        typer.echo(f"care-transfer {version('care-transfer')}")
        raise typer.Exit


@app.callback()
def whole(
    version: Annotated[  # noqa: FBT002 - a flag of the command line; its callback does the work
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print which build this is, and end.")
    ] = False,
) -> None:
    """Shows, before a regional negotiation about moving care, what each party loses, lacks and gains."""


WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace",
        "-w",
        help="Folder of the region. Default: $CARE_TRANSFER_WORKSPACE, else this folder if it holds a region.yaml, "
        "else ./demo-region.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON in place of tables.")]


def opened(workspace: Path | None) -> Workspace:
    """Returns the workspace that an option, the environment or this folder names."""
    from pipelines.workspace.workspace import Workspace, find_workspace

    return Workspace.open(find_workspace(workspace))
