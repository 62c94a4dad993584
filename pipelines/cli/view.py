"""`view` and `disclosure`: what of the current release each reader may have, and what was withheld and why."""

from pathlib import Path
from typing import Annotated, Any

import typer

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json, print_table
from pipelines.cli.progress_display import shown

RoundOption = Annotated[
    str | None, typer.Option("--round", help="Name of the round. Default: the one in region.yaml.", show_default=False)
]
disclosure = typer.Typer(
    help="What the views hold, what was withheld and why; try a figure, withdraw a view.", invoke_without_command=True
)
app.add_typer(disclosure, name="disclosure")


@app.command("view")
def view(
    names: Annotated[
        list[str] | None, typer.Argument(help="party:ID, room:INITIATIVE, pair:PROVIDER:PAYER, table, public")
    ] = None,
    workspace: WorkspaceOption = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="Every view that the region has.")] = False,
    round_: RoundOption = None,
    as_json: JsonOption = False,
) -> None:
    """Makes views of the current release, each a folder that holds only what its reader may have."""
    import polars as pl

    from pipelines.release import releases
    from pipelines.release.views import auditing, making, naming

    place = opened(workspace)
    release = releases.require_current(place.published)
    if not names and not every:
        raise Problem(
            Text(en="no view", nl="geen weergave"),
            expected=Text(en="the name of a view, or --all", nl="de naam van een weergave, of --all"),
            action=Text(en="such as: care-transfer view table", nl="zoals: care-transfer view table"),
        )
    asked = [naming.parse(name) for name in names or ()]
    if every:
        asked = list(naming.every_view(auditing.read_facts(release, auditing.settings_of(place.region))))
    with shown():
        made = making.make_views(place, release, asked, round_=round_)
    rows = [{"view": one.view.name, "status": one.status, "shown": one.shown, "withheld": one.withheld,
             "folder": str(one.path)} for one in made]  # fmt: skip
    if as_json:
        print_json(rows)
    else:
        print_table(pl.DataFrame(rows), title=f"Views of release {release.id}")


@disclosure.callback()
def told(context: typer.Context, workspace: WorkspaceOption = None, *, round_: RoundOption = None,
         as_json: JsonOption = False) -> None:  # fmt: skip
    """Audits the current release and tells, for the middle only, what the views hold, what was withheld and why."""
    if context.invoked_subcommand:
        return
    import polars as pl

    from pipelines.release import releases
    from pipelines.release.publication import require_passed
    from pipelines.release.views import auditing, consenting, naming, sent

    place = opened(workspace)
    release = releases.require_current(place.published)
    with shown():
        audited = auditing.audit_release(place, release, round_=round_)
    own = audited.audited
    found: dict[str, Any] = {
        "release": release.id, "round": audited.round, "passed": own.passed, "attackers": len(own.case.attackers),
        "cells": len(own.case.cells), "programs": own.programs,
        "narrowest_interval_left": own.narrowest if own.narrowest != float("inf") else None,
        "views": [_summary(audited, one) for one in naming.every_view(audited.facts)],
        "would_have_told": list(audited.told), "told_before": list(audited.told_before),
        "consents": consenting.listed(audited.consents),
        "sent": [entry.model_dump() for entry in sent.entries(place)],
    }  # fmt: skip
    if as_json:
        print_json(found)
        return
    print_table(pl.DataFrame(found["views"]), title=f"Views of release {release.id}, round {audited.round}")
    if found["consents"]:
        print_table(pl.DataFrame(found["consents"]), title="Consents: what parties allow besides")
    out().print(
        f"\n{found['cells']} confidential figures, {found['attackers']} readers and groups, "
        f"{found['programs']} programs; the narrowest interval left is "
        f"{(found['narrowest_interval_left'] or 1):.0%} of its figure.", soft_wrap=True,
    )  # fmt: skip
    for line in found["would_have_told"][:12]:
        out().print(f"• {line}", soft_wrap=True, markup=False)
    for line in audited.told_before[:12]:
        out().print(f"• {line}", soft_wrap=True, markup=False)
    if audited.told_before:
        out().print(
            "End the round: give the next one another name in region.yaml, or withdraw the view.", soft_wrap=True
        )
    require_passed([audited.check("all")])


def _summary(audited: Any, one: Any) -> dict[str, Any]:  # noqa: ANN401 - imported where they are used
    from pipelines.release.views import content

    figures = list(content.figures_in(audited, one))
    withheld = sum(audited.audited.level(figure) == "withheld" for figure in figures)
    coarser = sum(audited.audited.level(figure) not in {"withheld", figure.levels[0].name} for figure in figures)
    return {"view": one.name, "shown": len(figures) - withheld, "told_coarser": coarser, "withheld": withheld}


@disclosure.command("try")
def attempt(
    file: Annotated[Path, typer.Argument(help="A YAML file: measure, parties, told (value in digits, or a band).")],
    workspace: WorkspaceOption = None,
    *,
    round_: RoundOption = None,
    as_json: JsonOption = False,
) -> None:
    """Audits one more figure that somebody wants to show to all; shows and sends nothing."""
    from pipelines.release import releases
    from pipelines.release.views import trying

    place = opened(workspace)
    release = releases.require_current(place.published)
    with shown():
        found = trying.attempt(place, release, file, round_=round_)
    if as_json:
        print_json(found)
    else:
        for line in found["would_tell"] or ["nobody learns another's figure from it"]:
            out().print(f"• {line}", soft_wrap=True, markup=False)
    if not found["may_be_shown"]:
        raise Problem(
            Text(
                en=f"{file.name}: a figure that would tell somebody another's",
                nl=f"{file.name}: een cijfer dat iemand dat van een ander vertelt",
            ),
            expected=Text(
                en="a figure that leaves every other at least half of itself wide",
                nl="een cijfer dat ieder ander ten minste de helft van zichzelf ruimte laat",
            ),
            action=Text(
                en="show it more coarsely, of more parties, or not at all",
                nl="toon het grover, van meer partijen, of niet",
            ),
        )


@disclosure.command("withdraw")
def withdraw(
    name: Annotated[str, typer.Argument(help="The view, such as table.")],
    workspace: WorkspaceOption = None,
    *,
    why: Annotated[str, typer.Option("--why", help="What is wrong in it; the log keeps it.")],
) -> None:
    """Takes a view away at once because a figure in it is wrong; the next round replaces it."""
    from pipelines.release.views import making, naming

    making.withdraw(opened(workspace), naming.parse(name), why=why)
    out().print(f"{name} was withdrawn; the log keeps that it was sent.", soft_wrap=True)
