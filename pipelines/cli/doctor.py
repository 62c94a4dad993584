"""`doctor`: what is wrong with a workspace."""

from __future__ import annotations

import os

import typer

from data_contracts.text import in_language
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.faults import FAILED, language_of, print_faults
from pipelines.cli.output import out, print_json


@app.command()
def doctor(workspace: WorkspaceOption = None, *, as_json: JsonOption = False) -> None:
    """Says what is wrong with a workspace, after mending what can be mended without losing anything."""
    from pipelines.release.doctor import examine

    place = opened(workspace)
    found = examine(place)
    language = language_of(os.environ)
    if as_json:
        print_json([{**one.fault.said(language), "mended": one.mended} for one in found])
    else:
        for one in (one for one in found if one.mended):
            what, done = in_language(one.fault.found, language), in_language(one.fault.action, language)
            out().print(f"{what}: {done}.", markup=False, soft_wrap=True)
        print_faults([one.fault for one in found if not one.mended])
        left = sum(not one.mended for one in found)
        out().print(f"{len(found) - left} mended, {left} left." if found else "Nothing is wrong.")
    if any(not one.mended for one in found):
        raise typer.Exit(FAILED)
