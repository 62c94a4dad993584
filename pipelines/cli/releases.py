"""`releases`: what was published when, what changed between two, and back to an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import ColumnStyle, err, out, print_json, print_table
from pipelines.cli.progress_display import shown

if TYPE_CHECKING:
    from pipelines.release import releases as published
    from pipelines.release.diff import ReleaseDifference

commands = typer.Typer(
    help="What was published when, what changed, and back to an earlier release.", invoke_without_command=True
)
app.add_typer(commands, name="releases")

_COLUMNS = (
    ColumnStyle("id", "release"),
    ColumnStyle("created_at", "made (UTC)"),
    ColumnStyle("current", "current"),
    ColumnStyle("deliveries", "deliveries"),
    ColumnStyle("scenarios", "scenarios"),
    ColumnStyle("refused", "refused"),
    ColumnStyle("checks", "checks passed"),
)

_CHANGES = (
    ColumnStyle("supplier", "supplier"),
    ColumnStyle("period", "period"),
    ColumnStyle("dataset", "dataset"),
    ColumnStyle("what", "what"),
    ColumnStyle("file", "file"),
)
_FIGURES = (
    ColumnStyle("scenario", "scenario"),
    ColumnStyle("party", "party"),
    ColumnStyle("figure", "figure"),
    ColumnStyle("year", "year"),
    ColumnStyle("before", "before", "euro"),
    ColumnStyle("after", "after", "euro"),
    ColumnStyle("change", "change", "euro"),
    ColumnStyle("cause", "because of"),
)


@commands.callback()
def default(context: typer.Context, workspace: WorkspaceOption = None, *, as_json: JsonOption = False) -> None:
    """Lists the releases, newest first."""
    if context.invoked_subcommand is None:
        show(workspace, as_json=as_json)


@commands.command("list")
def show(workspace: WorkspaceOption = None, *, as_json: JsonOption = False) -> None:
    """Lists the releases, newest first."""
    import polars as pl

    from pipelines.release import releases as published

    place = opened(workspace).published
    rows = [_row(release) for release in published.list_releases(place)]
    for damaged in published.damaged_releases(place):
        err().print(f"Damaged, not read any more: {damaged.path} ({damaged.file})", markup=False, soft_wrap=True)
    if as_json:
        print_json(rows)
    elif rows:
        print_table(pl.DataFrame(rows), columns=_COLUMNS)
    else:
        out().print("Nothing was published yet.")


def _row(release: published.ReleaseFolder) -> dict[str, object]:
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
    from pipelines.release import releases as published
    from pipelines.workspace.lock import exclusive

    place = opened(workspace)
    with exclusive(place):
        chosen = published.rollback(place.published, release)
    out().print(f"{chosen.id} is current.")


@commands.command()
def diff(
    older: Annotated[str, typer.Argument(help="Id of a release, as in the list.", metavar="A")],
    newer: Annotated[str, typer.Argument(help="Id of another.", metavar="B")],
    workspace: WorkspaceOption = None,
    *,
    scenario: Annotated[str | None, typer.Option("--scenario", help="Only this scenario.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many changed figures are shown.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Says what changed between two releases, and which delivery changed which figure."""
    from pipelines.release import releases as published
    from pipelines.release.diff import difference

    place = opened(workspace)
    with shown():
        found = difference(
            published.find(place.published, older), published.find(place.published, newer), scenario=scenario
        )
    if as_json:
        print_json(
            {**vars(found), "deliveries": [vars(one) for one in found.deliveries], "figures": found.figures.to_dicts()}
        )
    else:
        _tell_difference(found, limit=limit)


def _tell_difference(found: ReleaseDifference, *, limit: int) -> None:
    """Prints what was delivered otherwise, what else changed, and the largest changes of figures with their causes."""
    import polars as pl

    deliveries = pl.DataFrame([vars(one) for one in found.deliveries]) if found.deliveries else None
    if deliveries is None:
        out().print("The same deliveries count.")
    else:
        print_table(deliveries, title="Deliveries", columns=_CHANGES)
    for name, what in found.scenarios.items():
        out().print(f"Scenario {name}: {what}.", markup=False)
    if found.program:
        out().print(f"Changed in the program: {', '.join(found.program)}.", markup=False)
    _tell_figures(found, limit=limit)


def _tell_figures(found: ReleaseDifference, *, limit: int) -> None:
    if found.figures.is_empty():
        out().print("No figure changed.")
        return
    names = ["scenario", "party", "figure", "year"]
    largest = found.figures.select(names).unique(maintain_order=True).head(limit)
    rows = found.figures.join(largest, on=names, nulls_equal=True, maintain_order="left")
    print_table(
        rows, title="\nFigures, largest changes first (means); the causes add up to the change", columns=_FIGURES
    )
    rest = found.figures.select(names).n_unique() - largest.height
    if rest:
        out().print(f"... and {rest} figures with smaller changes: --limit, or --json for all.")
