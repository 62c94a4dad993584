"""`report`: the static dashboards of the current release, and the sheets of paper that are made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem, nearest
from data_contracts.text import Language, Text
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json
from pipelines.cli.progress_display import shown
from pipelines.workspace.headway import tell

if TYPE_CHECKING:
    import duckdb

    from pipelines.release import releases
    from pipelines.workspace.workspace import Workspace

REPORTS = "reports"
PRINTED = "pdf"


@app.command()
def report(
    workspace: WorkspaceOption = None,
    *,
    party: Annotated[
        str | None, typer.Option("--party", help="Only this party's pages: id of a provider or payer.")
    ] = None,
    lang: Annotated[Language | None, typer.Option("--lang", help="Only this language.")] = None,
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Print At the table and the parties' own pages as PDF, one A4 each.")
    ] = False,
    target: Annotated[
        Path | None,
        typer.Option("--out", help="Folder of the PDF files. Default: in reports/ of the workspace.", metavar="DIR"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Says where the dashboards of the current release are; with --party or --lang, writes a selection of them."""
    from pipelines.release import releases

    if target is not None and not pdf:
        raise Problem(
            Text(en="--out without --pdf", nl="--out zonder --pdf"),
            expected=Text(en="a folder for PDF files", nl="een map voor PDF-bestanden"),
            action=Text(en="add --pdf, or leave out --out", nl="voeg --pdf toe, of laat --out weg"),
        )
    place = opened(workspace)
    release = releases.require_current(place.published)
    own = _folder(place, release, party=party, lang=lang)
    whole = party is None and lang is None
    page = release.dashboards if whole else _selection(place, release, own, party=party, lang=lang)
    sheets = _printed(page, target or own / PRINTED) if pdf else []
    if as_json:
        said = {"release": release.id, "dashboards": str(page)}
        print_json(said | {"pdf": [str(path) for path in sheets]} if pdf else said)
    else:
        out().print(*(sheets or [page]), sep="\n", soft_wrap=True)


def _folder(place: Workspace, release: releases.ReleaseFolder, *, party: str | None, lang: Language | None) -> Path:
    """Returns the folder in the workspace for what is made of a release on request."""
    return place.root / REPORTS / "-".join((release.id, party or "all", *_languages(place, lang)))


def _languages(place: Workspace, lang: Language | None) -> tuple[Language, ...]:
    return tuple(place.region.languages) if lang is None else (lang,)


def _selection(
    place: Workspace, release: releases.ReleaseFolder, folder: Path, *, party: str | None, lang: Language | None
) -> Path:
    """Writes a selection of the dashboards into a folder; returns its first page."""
    with shown():
        from dashboards.faces.static import write_bundle

        if party is not None:
            _require_party(release, party)
        tell("Drawing the dashboards", folder.name)
        return write_bundle(release.database, folder, languages=_languages(place, lang), party=party)


def _printed(page: Path, target: Path) -> list[Path]:
    """Prints the sheets of the dashboards whose first page is given; returns the PDF files.

    Raises:
        Problem: There is no browser, or it fails: what can be printed by hand, and from where.
    """
    from dashboards.faces.browser import BrowserError, installed_browser
    from dashboards.faces.printing import printed, sheets

    pages, files = sheets(page.parent), list[Path]()
    try:
        program = installed_browser()
        with shown():
            tell("Printing", done=0, total=len(pages))
            for file in printed(pages, target, program=program):
                files.append(file)
                tell("Printing", file.name, done=len(files), total=len(pages))
    except BrowserError as fault:
        raise _unprinted(fault, page, target, done=len(files), wanted=len(pages)) from fault
    return files


def _unprinted(fault: Exception, page: Path, target: Path, *, done: int, wanted: int) -> Problem:
    """Returns what to tell whoever gets no PDF, or not all of them."""
    from dashboards.faces.browser import VARIABLE

    already = Text(
        en=f"; {done} of {wanted} sheets are in {target}", nl=f"; {done} van {wanted} vellen staan in {target}"
    )
    told = Text(en=f"{fault}{already.en}", nl=f"{fault}{already.nl}") if done else str(fault)
    here = page.resolve().as_uri()
    return Problem(
        told,
        expected=Text(
            en=f"a Chrome or Chromium that prints, named in {VARIABLE} or installed under its usual name",
            nl=f"een Chrome of Chromium die afdrukt, genoemd in {VARIABLE} of onder zijn gewone naam geïnstalleerd",
        ),
        action=Text(
            en=f"install Chromium; or open {here} in any browser and print from there: every page fits its paper",
            nl=f"installeer Chromium; of open {here} in een browser en druk daar af: elke pagina past op haar papier",
        ),
    )


def _require_party(release: releases.ReleaseFolder, party: str) -> None:
    """Raises `Problem` for a party that the release does not have."""
    from pipelines.warehouse.building import reading

    with reading(release.database) as connection:
        known = _parties(connection)
    if party not in known:
        raise Problem(
            Text(en=f"no party {party!r} in release {release.id}", nl=f"geen partij {party!r} in uitgave {release.id}"),
            expected=Text(en="the id of a provider or a payer", nl="de code van een aanbieder of een betaler"),
            action=_listed(nearest(party, known)),
        )


def _listed(nearest: Text) -> Text:
    """Returns what to do about an unknown party: the nearest, and where all are listed."""
    ask = 'care-transfer sql "SELECT provider_id, name FROM provider"'
    return Text(en=f"{nearest.en}; {ask} lists them", nl=f"{nearest.nl}; {ask} noemt ze alle")


def _parties(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = "SELECT provider_id FROM provider UNION SELECT payer_id FROM payer ORDER BY 1"
    return [party for (party,) in connection.execute(query).fetchall()]
