"""`releases`: what was published when, what changed between two, and back to an earlier one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.text import Language
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import ColumnStyle, Style, err, out, print_json, print_table
from pipelines.cli.progress_display import shown
from pipelines.cli.world_lines import names_of

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

_CHANGES = ("supplier", "period", "dataset", "what", "file")
_FIGURES: dict[str, Style] = {
    "scenario": "plain",
    "party": "plain",
    "figure": "plain",
    "year": "plain",
    "before": "euro",
    "after": "euro",
    "change": "euro",
    "cause": "plain",
}
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "supplier": "supplier", "period": "period", "dataset": "dataset", "what": "what", "file": "file",
        "scenario": "scenario", "party": "party", "figure": "figure", "year": "year", "before": "before",
        "after": "after", "change": "change", "cause": "because of",
        "same": "The same deliveries count.", "deliveries": "Deliveries", "of_scenario": "Scenario {name}: {what}.",
        "added": "added", "removed or refused": "removed or refused", "changed": "changed",
        "program": "Changed in the program: {what}.", "no_figure": "No figure changed.",
        "figures": "Figures, largest changes first (means); the causes add up to the change",
        "smaller": "... and {number} figures with smaller changes: --limit, or --json for all.",
    },
    "nl": {
        "supplier": "leverancier", "period": "periode", "dataset": "dataset", "what": "wat", "file": "bestand",
        "scenario": "scenario", "party": "partij", "figure": "cijfer", "year": "jaar", "before": "eerst",
        "after": "nu", "change": "verandering", "cause": "door",
        "same": "Dezelfde leveringen tellen mee.", "deliveries": "Leveringen",
        "of_scenario": "Scenario {name}: {what}.",
        "added": "toegevoegd", "removed or refused": "verwijderd of geweigerd", "changed": "veranderd",
        "program": "Veranderd in het programma: {what}.", "no_figure": "Geen cijfer veranderde.",
        "figures": "Cijfers, grootste veranderingen eerst (gemiddelden); de oorzaken tellen op tot de verandering",
        "smaller": "... en {number} cijfers met kleinere veranderingen: --limit, of --json voor alles.",
    },
}  # fmt: skip


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
    lang: Annotated[Language, typer.Option("--lang", help="Language of the answer.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Says what changed between two releases, in both worlds, and which delivery changed which figure."""
    from pipelines.release import releases as published
    from pipelines.release.diff import difference

    place = opened(workspace)
    newest = published.find(place.published, newer)
    with shown():
        found = difference(published.find(place.published, older), newest, scenario=scenario)
    if as_json:
        tables = {"figures": found.figures.to_dicts(), "anyway": found.anyway.to_dicts()}
        print_json({**vars(found), "deliveries": [vars(one) for one in found.deliveries], **tables})
        return
    _tell_inputs(found, lang=lang)
    _tell_anyway(found, newest, lang=lang)
    _tell_figures(found, limit=limit, lang=lang)


def _tell_inputs(found: ReleaseDifference, *, lang: Language) -> None:
    """Prints what was delivered otherwise, and what else changed."""
    import polars as pl

    words = _WORDS[lang]
    if found.deliveries:
        columns = [ColumnStyle(name, words[name]) for name in _CHANGES]
        print_table(pl.DataFrame([vars(one) for one in found.deliveries]), title=words["deliveries"], columns=columns)
    else:
        out().print(words["same"])
    for name, what in found.scenarios.items():
        out().print(words["of_scenario"].format(name=name, what=words[what]), markup=False)
    if found.program:
        out().print(words["program"].format(what=", ".join(found.program)), markup=False)


def _tell_anyway(found: ReleaseDifference, newest: published.ReleaseFolder, *, lang: Language) -> None:
    """Prints what happens without an agreement in only one of the two releases."""
    from dashboards.data import facts_for_model
    from dashboards.telling.worlds import Worlds
    from dashboards.words.wording import wording
    from pipelines.warehouse.building import reading

    if found.anyway.is_empty():
        return
    with reading(newest.database) as connection:
        names = names_of(facts_for_model(connection))
        titles = dict(connection.execute(f"SELECT initiative, title_{lang} FROM initiative").fetchall())
    for line in Worlds(found.anyway, titles, names, wording(lang)).changes_said():
        out().print(line, soft_wrap=True, markup=False)


def _tell_figures(found: ReleaseDifference, *, limit: int, lang: Language) -> None:
    """Prints the largest changes of figures with their causes."""
    words = _WORDS[lang]
    if found.figures.is_empty():
        out().print(words["no_figure"])
        return
    names = ["scenario", "party", "figure", "year"]
    largest = found.figures.select(names).unique(maintain_order=True).head(limit)
    rows = found.figures.join(largest, on=names, nulls_equal=True, maintain_order="left")
    columns = [ColumnStyle(name, words[name], style) for name, style in _FIGURES.items()]
    print_table(rows, title=f"\n{words['figures']}", columns=columns, lang=lang)
    rest = found.figures.select(names).n_unique() - largest.height
    if rest:
        out().print(words["smaller"].format(number=rest))
