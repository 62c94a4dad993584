"""`report`: the static dashboards of the current release."""

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from pipelines import releases
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json
from pipelines.cli.progress_display import shown
from pipelines.errors import Problem
from pipelines.progress import tell
from pipelines.warehouse import reading
from pipelines.workspace import Language, Workspace, near

REPORTS = "reports"


@app.command()
def report(
    workspace: WorkspaceOption = None,
    *,
    party: Annotated[
        str | None, typer.Option("--party", help="Only this party's pages: id of a provider or payer.")
    ] = None,
    lang: Annotated[Language | None, typer.Option("--lang", help="Only this language.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Says where the dashboards of the current release are; with --party or --lang, writes a selection of them."""
    place = opened(workspace)
    release = releases.require_current(place)
    page = release.dashboards if party is None and lang is None else _selection(place, release, party=party, lang=lang)
    if as_json:
        print_json({"release": release.id, "dashboards": str(page)})
    else:
        out().print(str(page), soft_wrap=True)


def _selection(place: Workspace, release: releases.Release, *, party: str | None, lang: Language | None) -> Path:
    """Writes a selection of the dashboards into the workspace; returns its first page."""
    with shown():
        from dashboards.static import write_bundle  # noqa: PLC0415 - drawing takes a second to import

        if party is not None:
            _require_party(release, party)
        languages: tuple[Language, ...] = tuple(place.region.languages) if lang is None else (lang,)
        name = "-".join((release.id, party or "all", *languages))
        tell("Drawing the dashboards", name)
        return write_bundle(release.database, place.root / REPORTS / name, languages=languages, party=party)


def _require_party(release: releases.Release, party: str) -> None:
    """Raises `Problem` for a party that the release does not have."""
    with reading(release.database) as connection:
        known = _parties(connection)
    if party not in known:
        raise Problem(
            f"no party {party!r} in release {release.id}",
            expected="the id of a provider or a payer",
            action=f'{near(party, known)} care-transfer sql "SELECT provider_id, name FROM provider" lists them',
        )


def _parties(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = "SELECT provider_id FROM provider UNION SELECT payer_id FROM payer ORDER BY 1"
    return [party for (party,) in connection.execute(query).fetchall()]
