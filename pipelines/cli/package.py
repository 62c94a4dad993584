"""`package`: which initiatives together, on the facts of the current release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem, nearest, one_of
from data_contracts.text import Language, Text
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import out, print_json, print_table
from pipelines.cli.progress_display import shown
from pipelines.cli.world_lines import names_of, print_worlds, worlds_of
from pipelines.workspace.headway import tell

if TYPE_CHECKING:
    import polars as pl

    from dashboards.telling.packages import Packages
    from models.impact import Evaluation
    from models.scenario import Scenario
    from pipelines.release import releases

_NOTE: dict[Language, str] = {
    "en": "On the facts of release {}. Nothing was published.",
    "nl": "Op de cijfers van release {}. Er is niets gepubliceerd.",
}


@app.command()
def package(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one of the workspace.")],
    workspace: WorkspaceOption = None,
    *,
    loss_cap: Annotated[
        float | None,
        typer.Option("--loss-cap", min=0, help="The most a party may lose a year: 0.01 is 1% of its revenue."),
    ] = None,
    wanted: Annotated[
        list[str] | None,
        typer.Option("--want", help="An initiative that must be possible; more than once if need be. Default: all."),
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the answer.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Chooses the initiatives that are worth most together, within the scenario's limits. Publishes nothing."""
    from pipelines.evaluation.named import scenario_text
    from pipelines.release import releases

    place = opened(workspace)
    release = releases.require_current(place.published)
    text, source = scenario_text(place, scenario)
    with shown():
        evaluation, facts = _evaluated(release, text=text, source=source)
        found = _packages(evaluation, facts, loss_cap=loss_cap, wanted=wanted, lang=lang)
    read = evaluation.outcome.setting.scenario
    worlds = worlds_of(evaluation.table("initiative"), evaluation.table("threshold"), facts=facts, lang=lang)
    if as_json:
        tables = {name: table.drop("scenario").to_dicts() for name, table in found.tables.items() if name != "scenario"}
        print_json(
            {
                "release": release.id,
                "scenario": read.scenario,
                **tables,
                "anyway": worlds.anyway.drop("scenario").to_dicts(),
            }
        )
    else:
        _print(found, read, lang=lang)
        print_worlds(worlds)
        out().print(f"\n{_NOTE[lang].format(release.id)}", soft_wrap=True, markup=False)


def _evaluated(
    release: releases.ReleaseFolder, *, text: str, source: str
) -> tuple[Evaluation, Mapping[str, pl.DataFrame]]:
    """Returns the evaluation of a scenario's text on the facts of a release, and these facts."""
    from dashboards.data import facts_for_model
    from pipelines.evaluation.evaluating import Regions, evaluate_text
    from pipelines.warehouse.building import reading

    tell("Reading the release", release.id)
    with reading(release.database) as connection:
        facts = facts_for_model(connection)
    tell("Evaluating", source)
    return evaluate_text(text, source=source, regions=Regions(facts)), facts


def _packages(
    evaluation: Evaluation,
    facts: Mapping[str, pl.DataFrame],
    *,
    loss_cap: float | None,
    wanted: list[str] | None,
    lang: Language,
) -> Packages:
    """Returns the packages of an evaluated scenario.

    Raises:
        Problem: an initiative is wanted that is none of the scenario's.
    """
    from dashboards.telling.packages import Packages
    from dashboards.words.wording import wording
    from models.portfolio.package_deal import deal_of
    from models.portfolio.package_tables import tables_of

    outcome = evaluation.outcome
    titles = {one.id: one.names.nl if lang == "nl" else one.names.en for one in outcome.setting.scenario.initiatives}
    for name in wanted or ():
        if name not in titles:
            raise Problem(
                Text(en=f"no initiative {name!r}", nl=f"geen initiatief {name!r}"),
                expected=one_of(titles),
                action=nearest(name, titles),
            )
    tell("Choosing the package", outcome.setting.scenario.scenario)
    tables = tables_of(outcome, deal_of(outcome, loss_cap=loss_cap, wanted=wanted))
    words, resources = wording(lang), facts["resource"].select("resource", "unit").iter_rows()
    units = {code: words.unit_of(code, delivered=unit) for code, unit in resources}
    return Packages({**tables, "scenario": evaluation.table("scenario")}, names_of(facts), units, titles, words)


def _print(found: Packages, scenario: Scenario, *, lang: Language) -> None:
    """Prints the answer: the package, the frontier, the exchange, and what would have to give way."""
    limits = found.limits(
        fund_eur=scenario.settlement.transition_fund_eur, tolerance_fte=scenario.portfolio.shortage_tolerance_fte
    )
    title = scenario.names.nl if lang == "nl" else scenario.names.en
    _paragraph(found.heading("all", title=title), [*found.answer(), limits])
    for key, rows in (("chosen", found.chosen_rows()), ("frontier", found.frontier_rows())):
        if not rows.is_empty():
            out().print()
            print_table(rows, title=found.heading(key))
    out().print()
    _paragraph(found.heading("exchange"), [*found.exchange(), *found.swaps()])
    out().print()
    _paragraph(found.heading("change"), list(found.changes()))


def _paragraph(title: str, lines: list[str]) -> None:
    out().print(title, style="bold", markup=False)
    for line in lines:
        out().print(line, soft_wrap=True, markup=False)
