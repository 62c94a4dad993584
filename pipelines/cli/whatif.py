"""`whatif`: a scenario tried on the current release, in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.text import Language
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.headline_table import headline_json, print_headline
from pipelines.cli.output import out, print_json, print_table
from pipelines.cli.progress_display import shown
from pipelines.cli.world_lines import print_worlds, worlds_of
from pipelines.workspace.headway import tell

if TYPE_CHECKING:
    import polars as pl

    from dashboards.telling.worlds import Worlds
    from pipelines.release import releases
    from pipelines.release.headline import Headline

_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "flags": "To know with these figures:",
        "more": " (and {} more such; --json names them all)",
        "note": "On the facts of release {}. Nothing was published.",
    },
    "nl": {
        "flags": "Om bij deze cijfers te weten:",
        "more": " (en nog {} zulke; --json noemt ze alle)",
        "note": "Op de gegevens van release {}. Er is niets gepubliceerd.",
    },
}


@app.command()
def whatif(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one of the workspace.")],
    workspace: WorkspaceOption = None,
    *,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="KEY=VALUE, such as initiatives.ID.eligible_share=0.3; more than once if need be."),
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the answer.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Evaluates a scenario against the current release: impact, gaps, both worlds. Publishes nothing."""
    from models.scenario.settings import with_settings
    from pipelines.evaluation.named import scenario_text
    from pipelines.release import releases

    place = opened(workspace)
    release = releases.require_current(place.published)
    text, source = scenario_text(place, scenario)
    changed = with_settings(text, settings or [])
    with shown():
        found = _evaluated(release, text=changed, source=f"{source} with --set" if settings else source, lang=lang)
    if as_json:
        print_json({"release": release.id, **_json(found)})
        return
    print_headline(found.headline, lang=lang)
    _print_worlds(found)
    _print_flags(found.flags, lang=lang)
    out().print(f"\n{_WORDS[lang]['note'].format(release.id)}", soft_wrap=True)


@dataclass(frozen=True)
class _Answer:
    """What a scenario does: its headline, flags, what happens anyway, and every provider in both worlds."""

    headline: Headline
    flags: pl.DataFrame
    worlds: Worlds
    both: pl.DataFrame
    base_year: int


def _json(found: _Answer) -> dict[str, object]:
    return {
        **headline_json(found.headline),
        "anyway": found.worlds.anyway.drop("scenario").to_dicts(),
        "worlds": found.both.to_dicts(),
        "flags": found.flags.to_dicts(),
    }


def _print_worlds(found: _Answer) -> None:
    """Prints what happens anyway, and what providers keep without and with the agreement."""
    print_worlds(found.worlds)
    rows = found.worlds.margin_rows(found.both, base_year=found.base_year, horizon=found.headline.year)
    if not rows.is_empty():
        out().print()
        print_table(rows, title=found.worlds.words.text("worlds.table"))


def _print_flags(flags: pl.DataFrame, *, lang: Language) -> None:
    """Prints what a reader of the figures must know: of each kind the first, and how many there are."""
    import polars as pl

    if flags.is_empty():
        return
    out().print(f"\n{_WORDS[lang]['flags']}", soft_wrap=True)
    kinds = flags.group_by("flag", maintain_order=True).agg(pl.all().first(), pl.len().alias("count"))
    for row in kinds.iter_rows(named=True):
        more = _WORDS[lang]["more"].format(row["count"] - 1) if row["count"] > 1 else ""
        about = row["id"] or row["subject"]
        out().print(f"  {about}: {row[f'message_{lang}']}{more}", soft_wrap=True, markup=False)


def _evaluated(release: releases.ReleaseFolder, *, text: str, source: str, lang: Language) -> _Answer:
    """Returns the answer of a scenario's text on the facts of a release."""
    from dashboards.data import facts_for_model
    from dashboards.telling.worlds import both_worlds
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
    return _Answer(
        found,
        evaluation.table("flag").select("subject", "id", "flag", "message_nl", "message_en", "value"),
        worlds_of(evaluation.table("initiative"), evaluation.table("threshold"), facts=tables, lang=lang),
        both_worlds(results["party_baseline"], results["party_impact"]),
        evaluation.outcome.setting.scenario.base_year,
    )
