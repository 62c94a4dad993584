"""`review` and `progress`: is the deal still what it was, and is it happening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.text import Language
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json, print_table
from pipelines.cli.progress_display import shown
from pipelines.cli.world_lines import print_worlds, worlds_of

if TYPE_CHECKING:
    import polars as pl

    from dashboards.words.wording import Wording
    from pipelines.release.review import Review

LangOption = Annotated[Language, typer.Option("--lang", help="Language of the answer.")]


@app.command()
def review(
    scenario: Annotated[str, typer.Argument(help="Name of a scenario of the current release.")],
    workspace: WorkspaceOption = None,
    *,
    against: Annotated[
        str | None, typer.Option("--against", help="Release to hold it against. Default: the one it was agreed on.")
    ] = None,
    lang: LangOption = "en",
    as_json: JsonOption = False,
) -> None:
    """Holds an agreement against the release it was agreed on: is the deal still what it was?"""
    from dashboards.words.wording import wording
    from pipelines.release import review as reviewing

    place = opened(workspace)
    with shown():
        found = reviewing.review(place, scenario, against=against)
    if as_json:
        print_json(_review_json(found))
    else:
        _print_review(found, wording(lang))


def _review_json(found: Review) -> dict[str, object]:
    changed = found.changed
    return {
        "scenario": found.scenario.scenario,
        "then": found.then.id,
        "now": found.now.id,
        "deliveries": [vars(one) for one in changed.deliveries],
        "scenarios": dict(changed.scenarios),
        "program": list(changed.program),
        "figures": changed.figures.to_dicts(),
        "flips": found.flips.to_dicts(),
        "worth": found.worth.to_dicts(),
        "forced": found.forced.to_dicts(),
        "worlds": found.worlds.to_dicts(),
        "progress": found.progress.to_dicts(),
    }


def _print_review(found: Review, words: Wording) -> None:
    from dashboards.telling.reviews import Reviewed, moved_rows, moved_said

    names, changed = found.scenario.names, found.changed
    told = Reviewed(
        names.nl if words.language == "nl" else names.en,
        found.then.id,
        found.now.id,
        len(changed.counting),
        bool(changed.scenarios),
        changed.program,
        changed.figures,
        found.flips,
        found.worth,
        found.worlds,
        found.forced,
        found.scenario.years[-1],
        found.progress,
        found.names,
        found.units,
        words,
    )
    out().print(told.heading(), style="bold", markup=False)
    for sentence in told.answer():
        out().print(f"• {sentence}", soft_wrap=True, markup=False)
    if not told.figure_rows().is_empty():
        _rows("", told.figure_rows())
    _rows(told.flips_said(), told.flip_rows())
    first, *lines = told.forced_said()
    out().print(f"\n{first}", markup=False)
    for line in lines:
        out().print(f"  {line}", soft_wrap=True, markup=False)
    _rows(moved_said(found.progress, words), moved_rows(found.progress, words))


def _rows(said: str, rows: pl.DataFrame) -> None:
    out().print(f"\n{said}" if said else "", markup=False)
    if not rows.is_empty():
        print_table(rows)


@app.command()
def progress(workspace: WorkspaceOption = None, *, lang: LangOption = "en", as_json: JsonOption = False) -> None:
    """Tells what really moved against what was agreed, for every agreement of the current release."""
    from dashboards.data import facts_for_model
    from dashboards.telling.reviews import followed_said, moved_rows, moved_said, no_agreements
    from dashboards.words.wording import wording
    from pipelines.release import releases
    from pipelines.warehouse.building import reading

    release = releases.require_current(opened(workspace).published)
    with reading(release.database) as connection:
        rows = connection.execute("SELECT * FROM progress ORDER BY scenario, initiative, period").pl()
        impact = connection.execute("SELECT * FROM progress_impact ORDER BY ALL").pl()
        agreements = connection.execute(
            "SELECT scenario FROM scenario WHERE json_extract(parameters, '$.agreed') NOT IN ('null') ORDER BY 1"
        ).fetchall()
        tables = [connection.execute(f"SELECT * FROM {name}").pl() for name in ("initiative", "threshold")]
        facts = facts_for_model(connection) if agreements else {}
    worlds = {
        str(name): worlds_of(*(table.filter(scenario=str(name)) for table in tables), facts=facts, lang=lang)
        for (name,) in agreements
    }
    if as_json:
        anyway = [row for one in worlds.values() for row in one.anyway.to_dicts()]
        print_json({"release": release.id, "progress": rows.to_dicts(), "impact": impact.to_dicts(), "anyway": anyway})
        return
    words = wording(lang)
    if not agreements:
        out().print(no_agreements(words))
    for name, both in worlds.items():
        own = rows.filter(scenario=name).group_by("scenario", "initiative", maintain_order=True).last()
        out().print(followed_said(name, own, words), style="bold", markup=False)
        if own.height:
            _rows(moved_said(own, words), moved_rows(own, words))
        print_worlds(both)
