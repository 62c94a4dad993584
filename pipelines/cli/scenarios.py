"""`templates` and `compare`: what to begin a scenario with, and two scenarios beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem
from data_contracts.text import Language
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import ColumnStyle, out, print_json, print_list
from pipelines.cli.progress_display import shown
from pipelines.workspace.headway import tell

if TYPE_CHECKING:
    import polars as pl

    from dashboards.pages import Page
    from models.impact import Evaluation
    from pipelines.evaluation.shipped import Template
    from pipelines.release import releases
    from pipelines.workspace.workspace import Workspace

_TEMPLATES = (
    ColumnStyle("number", "no."),
    ColumnStyle("name", "name"),
    ColumnStyle("title", "what moves"),
    ColumnStyle("kind", "kind"),
    ColumnStyle("strength", "evidence"),
    ColumnStyle("confidence", "range is"),
    ColumnStyle("to_fill_in", ""),
)
_CASES = (ColumnStyle("name", "name"), ColumnStyle("title", "case"))


@app.command("templates")
def templates(
    name: Annotated[str | None, typer.Argument(help="A template or a case; without one, the list.")] = None,
    *,
    case: Annotated[bool, typer.Option("--case", help="Of a name that both have: the case.")] = False,
    workspace: WorkspaceOption = None,
    into: Annotated[
        Path | None,
        typer.Option("--into", help="Scenario file of the region to put it in, with the region's own parties."),
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of what is said.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Lists evidenced initiatives and whole cases; with a NAME prints it, ready to paste into a scenario.

    With --into it is put into a scenario of the region: its own kinds and providers filled in, missing resources added
    as a delivery to confirm, and what is left is said.
    """
    from pipelines.evaluation import shipped

    if name is not None and into is not None:
        _put(name, opened(workspace), into, lang=lang, as_json=as_json)
        return
    if name is not None:
        whole = name in shipped.cases() and (case or name not in shipped.templates())
        text = shipped.cases()[name] if whole else shipped.template(name)
        if as_json:
            print_json({"name": name, "text": text})
        else:
            out().file.write(text)
        return
    listed = [_template_row(template) for template in shipped.templates().values()]
    cases = [{"name": case, "title": title.en, "title_nl": title.nl} for case, title in shipped.case_titles().items()]
    if as_json:
        print_json({"templates": listed, "cases": cases})
        return
    marked = [{**one, "to_fill_in": "fill in" if one["to_fill_in"] else None} for one in listed]
    print_list(marked, title="Initiatives, to paste under initiatives:", columns=_TEMPLATES)
    out().print()
    print_list(cases, title="Whole scenarios, on the demonstration region", columns=_CASES)
    out().print("\nPrint one with: care-transfer templates NAME")


def _put(name: str, place: Workspace, into: Path, *, lang: Language, as_json: bool) -> None:
    """Puts a template into a scenario of a region, and tells what is left."""
    from pipelines.cli.filling import put_into_region, tell_filled
    from pipelines.evaluation import shipped

    shipped.template(name)  # raises for a name that none has
    own, left = put_into_region(place, shipped.templates()[name], into=into, lang=lang)
    if as_json:
        print_json({"name": name, "into": str(into), "text": own.text, "left": left})
    else:
        tell_filled(name, into, left, lang=lang)


def _template_row(template: Template) -> dict[str, object]:
    return {
        "number": template.number,
        "name": template.name,
        "title": template.title.en,
        "title_nl": template.title.nl,
        "kind": template.kind,
        "strength": template.strength,
        "confidence": template.confidence,
        "to_fill_in": template.to_fill_in,
        "summary": template.summary.en,
        "summary_nl": template.summary.nl,
    }


@app.command()
def compare(
    one: Annotated[str, typer.Argument(help="A scenario file, the name of one of the workspace, or a case.")],
    other: Annotated[str, typer.Argument(help="The scenario to set beside it.")],
    third: Annotated[str | None, typer.Argument(help="A third scenario, if need be.")] = None,
    workspace: WorkspaceOption = None,
    *,
    lang: Annotated[Language, typer.Option("--lang", help="Language of what is said.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Sets two or three scenarios side by side on the current release, as the page Compare does. Publishes nothing."""
    from models.comparison import compare as compared
    from pipelines.cli.page_printed import page_json, print_page
    from pipelines.release import releases

    place = opened(workspace)
    release = releases.require_current(place.published)
    texts = [_text(place, name) for name in (one, other, third) if name is not None]
    with shown():
        found = _evaluated(release, texts)
        rows = _named(compared(found[0], found[1]), release)
        page = _page(release, found, lang)
    names = [evaluation.table("scenario")["scenario"].item() for evaluation in found]
    if as_json:
        told = {"release": release.id, "one": names[0], "other": names[1], "scenarios": names}
        print_json({**told, "parties": rows.to_dicts(), "page": page_json(page)})
    else:
        print_page(page)
        out().print(f"\nOn the facts of release {release.id}. Nothing was published.", soft_wrap=True)


def _page(release: releases.ReleaseFolder, evaluations: list[Evaluation], lang: Language) -> Page:
    """Returns the page Compare of evaluations, the first of which is read first."""
    from dataclasses import replace

    from dashboards.data import read_release
    from dashboards.pages import PageRef, make_page
    from dashboards.telling.synopsis import Synopsis
    from dashboards.what_if.trial import results_of
    from dashboards.words.wording import wording

    scenarios = tuple(map(results_of, evaluations))
    beside = replace(read_release(release.database), scenarios=scenarios)
    return make_page(Synopsis(beside, scenarios[0], wording(lang)), PageRef("compare"))


def _text(place: Workspace, name: str) -> tuple[str, str]:
    """Returns the text of a scenario of the workspace, of a file, or else of a case, and where it stands."""
    from pipelines.evaluation import shipped
    from pipelines.evaluation.named import scenario_text

    try:
        return scenario_text(place, name)
    except Problem:
        case = name.removesuffix(".yaml")
        if case not in shipped.cases():
            raise
        return shipped.cases()[case], f"{case} (case)"


def _evaluated(release: releases.ReleaseFolder, texts: list[tuple[str, str]]) -> list[Evaluation]:
    """Returns the evaluations of scenarios on the facts of a release."""
    from pipelines.evaluation.evaluating import evaluate_text, read_regions
    from pipelines.warehouse.building import reading

    tell("Reading the release", release.id)
    with reading(release.database) as connection:
        regions = read_regions(connection)
    evaluations = []
    for text, source in texts:
        tell("Evaluating", source)
        evaluations.append(evaluate_text(text, source=source, regions=regions))
    return evaluations


def _named(rows: pl.DataFrame, release: releases.ReleaseFolder) -> pl.DataFrame:
    """Returns the rows with the name of each party beside its id."""
    import polars as pl

    from pipelines.warehouse.building import reading

    query = (
        "SELECT provider_id AS party, name FROM provider UNION ALL BY NAME SELECT payer_id AS party, name FROM payer"
    )
    with reading(release.database) as connection:
        names = connection.execute(query).pl().unique("party", keep="first", maintain_order=True)
    named = rows.join(names, on="party", how="left", maintain_order="left")
    return named.select("party", pl.col("name").fill_null(pl.col("party")), *rows.columns[1:])
