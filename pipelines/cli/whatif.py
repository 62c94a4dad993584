"""`whatif`: a scenario tried on the current release, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.headline_table import headline_json, print_headline
from pipelines.cli.output import out, print_json
from pipelines.cli.progress_display import shown
from pipelines.workspace.headway import tell

if TYPE_CHECKING:
    import polars as pl

    from pipelines.release import releases
    from pipelines.release.headline import Headline


@app.command()
def whatif(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one of the workspace.")],
    workspace: WorkspaceOption = None,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE, such as initiatives.ID.eligible_share=0.3; more than once if need be."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Evaluates a scenario against the current release: impact and gaps. Publishes nothing."""
    from models.scenario.settings import with_settings
    from pipelines.evaluation.named import scenario_text
    from pipelines.release import releases

    place = opened(workspace)
    release = releases.require_current(place.published)
    text, source = scenario_text(place, scenario)
    changed = with_settings(text, settings or [])
    with shown():
        found, flags = _evaluated(release, text=changed, source=f"{source} with --set" if settings else source)
    if as_json:
        print_json({"release": release.id, **headline_json(found), "flags": flags.to_dicts()})
    else:
        print_headline(found)
        _print_flags(flags)
        out().print(f"\nOn the facts of release {release.id}. Nothing was published.", soft_wrap=True)


def _print_flags(flags: pl.DataFrame) -> None:
    """Prints what a reader of the figures must know: of each kind the first, and how many there are."""
    import polars as pl

    if flags.is_empty():
        return
    out().print("\nTo know with these figures:", soft_wrap=True)
    kinds = flags.group_by("flag", maintain_order=True).agg(pl.all().first(), pl.len().alias("count"))
    for row in kinds.iter_rows(named=True):
        more = f" (and {row['count'] - 1} more such; --json names them all)" if row["count"] > 1 else ""
        about = row["id"] or row["subject"]
        out().print(f"  {about}: {row['message_en']}{more}", soft_wrap=True, markup=False)


def _evaluated(release: releases.ReleaseFolder, *, text: str, source: str) -> tuple[Headline, pl.DataFrame]:
    """Returns the headline of a scenario's text on the facts of a release, and its flags."""
    from dashboards.data import facts_for_model
    from pipelines.evaluation.evaluating import Regions, evaluate_text
    from pipelines.release.headline import FACTS, RESULTS, headlines
    from pipelines.warehouse.building import reading

    tell("Reading the release", release.id)
    with reading(release.database) as connection:
        tables = facts_for_model(connection)
        usability = connection.execute("SELECT * FROM usability").pl()
    tell("Evaluating", source)
    evaluation = evaluate_text(text, source=source, regions=Regions(tables))
    results = {name: evaluation.table(name) for name in RESULTS}
    facts = {name: tables[name] for name in FACTS if name in tables}
    (found,) = headlines({**facts, "usability": usability, **results})
    return found, evaluation.table("flag").select("subject", "id", "flag", "message_nl", "message_en", "value")
