"""`init`: a new workspace."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.app import app
from pipelines.cli.output import out


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="The new folder.", metavar="DIR")]) -> None:
    """Makes a new workspace: region.yaml, a template per dataset (CSV and Excel), an example scenario.

    What an editor needs to complete the keys of its files lies in schemas/.
    """
    from pipelines.cli.editor_schemas import write_schemas
    from pipelines.workspace.new import create

    written = [*create(folder), *write_schemas(folder)]
    out().print(f"{len(written)} files written to {folder}", soft_wrap=True)
    out().print(
        f"Next: fill in {folder / 'region.yaml'}, put deliveries in {folder / 'inbox'}/<supplier>/<period>/, then:\n"
        f"  care-transfer refresh --workspace {folder}",
        soft_wrap=True,
    )
