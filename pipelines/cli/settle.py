"""`settle`: who compensates whom, on the current release, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from data_contracts.text import Language
from pipelines.cli.app import JsonOption, WorkspaceOption, app, opened
from pipelines.cli.output import ColumnStyle, out, print_json, print_table
from pipelines.cli.progress_display import shown
from pipelines.cli.world_lines import print_worlds, worlds_of
from pipelines.workspace.headway import tell

if TYPE_CHECKING:
    import polars as pl

    from dashboards.telling.settlements import Settlements
    from dashboards.telling.worlds import Worlds
    from models.impact import Evaluation
    from models.settlement import Deal, Rule
    from pipelines.release import releases

UNKNOWN_PAYER = "unknown"
MOST_ROWS = 14
"""A table in a terminal shows no more; JSON carries all."""
RuleName = Literal["none", "keep_whole", "equal_gain", "proportional", "shapley"]
_HEADINGS: dict[Language, dict[str, str]] = {
    "nl": {
        "name": "partij", "before": "zonder betaling €", "payment": "ontvangt (+) of betaalt €", "after": "daarna €",
        "whole": "kans zonder verlies", "payer": "betaalt", "receiver": "ontvangt", "euro": "€",
        "initiative": "initiatief",
        "compensation": "vergoeding per eenheid €", "tariff": "tarief waarbij het uit kan €", "agreed": "nu €",
        "parties": "Wat de afspraak iedere partij brengt", "transfers": "Wie betaalt wie",
        "even": "Bij welk bedrag het uit kan",
        "more": "... en nog {} (alles met --json)",
        "note": "Contante waarden over alle jaren, op de cijfers van release {}. Er is niets gepubliceerd.",
    },
    "en": {
        "name": "party", "before": "before payments €", "payment": "receives (+) or pays €", "after": "after €",
        "whole": "chance whole", "payer": "pays", "receiver": "receives", "euro": "€", "initiative": "initiative",
        "compensation": "compensation a unit €", "tariff": "break-even tariff €", "agreed": "agreed €",
        "parties": "What the deal brings every party", "transfers": "Who pays whom",
        "even": "What breaks even", "more": "... and {} more (all with --json)",
        "note": "Present values over all years, on the facts of release {}. Nothing was published.",
    },
}  # fmt: skip


@app.command()
def settle(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one of the workspace.")],
    workspace: WorkspaceOption = None,
    *,
    rule: Annotated[
        RuleName | None, typer.Option("--rule", help="How the deal is divided. Default: the scenario's own.")
    ] = None,
    language: Annotated[Literal["nl", "en"], typer.Option("--lang", help="Language of the text.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Tells who would have to pay whom for a deal that everyone can accept. Publishes nothing."""
    from dashboards.words.wording import wording
    from pipelines.evaluation.named import scenario_text
    from pipelines.release import releases

    place = opened(workspace)
    release = releases.require_current(place.published)
    text, source = scenario_text(place, scenario)
    with shown():
        evaluation, names, worlds = _evaluated(release, text=text, source=source, lang=language)
        deal = evaluation.deal
        names |= {UNKNOWN_PAYER: wording(language).text("party.unknown")}
        chosen: Rule = rule or deal.outcome.setting.scenario.settlement.rule
        tell("Dividing", wording("en").text(f"settlement.rule.{chosen}"))
        found = _settled(deal, chosen, names=names, language=language)
    if as_json:
        print_json(
            {"release": release.id, **_json(deal, found, chosen), "anyway": worlds.anyway.drop("scenario").to_dicts()}
        )
    else:
        _print(deal, found, chosen)
        print_worlds(worlds)
        out().print(f"\n{_HEADINGS[language]['note'].format(release.id)}", soft_wrap=True)


def _evaluated(
    release: releases.ReleaseFolder, *, text: str, source: str, lang: Language
) -> tuple[Evaluation, dict[str, str], Worlds]:
    """Returns a scenario's text evaluated on the facts of a release, the names of the parties, and both worlds."""
    from dashboards.data import facts_for_model
    from pipelines.evaluation.evaluating import Regions, evaluate_text
    from pipelines.warehouse.building import reading

    tell("Reading the release", release.id)
    with reading(release.database) as connection:
        facts = facts_for_model(connection)
    tell("Evaluating", source)
    evaluation = evaluate_text(text, source=source, regions=Regions(facts))
    region = evaluation.outcome.setting.region
    providers = dict(zip(region.providers.ids, region.providers.names, strict=True))
    names = providers | dict(zip(region.payers.ids, region.payers.names, strict=True))
    worlds = worlds_of(evaluation.table("initiative"), evaluation.table("threshold"), facts=facts, lang=lang)
    return evaluation, names, worlds


def _settled(deal: Deal, rule: Rule, *, names: dict[str, str], language: Language) -> Settlements:
    """Returns the settlement of a deal under one rule; who would rather leave is searched for that rule alone."""
    from dashboards.telling.settlements import Settlements
    from dashboards.words.wording import wording
    from models.settlement.deal_tables import DEAL_MAKERS, settlement_summary

    tables = {name: make(deal) for name, make in DEAL_MAKERS.items() if name != "settlement_summary"}
    tables["settlement_summary"] = settlement_summary(deal, rules=(rule,))
    return Settlements(tables, names, wording(language), is_drawn=deal.before_draws.shape[1] > 1)


def _json(deal: Deal, found: Settlements, rule: Rule) -> dict[str, Any]:
    return {
        "scenario": deal.outcome.setting.scenario.scenario,
        "rule": rule,
        "summary": found.summary(rule),
        "explanation": list(found.sentences(rule)),
        "parties": found.parties(rule).to_dicts(),
        "transfers": found.transfers(rule).to_dicts(),
        "break_even": found.break_even.to_dicts(),
    }


def _print(deal: Deal, found: Settlements, rule: Rule) -> None:
    language, own = found.words.language, deal.outcome.setting.scenario
    title = f"{getattr(own.names, language)} ({own.scenario}): {found.rule_name(rule)}\n"
    out().print(title, style="bold", markup=False)
    for sentence in found.sentences(rule):
        out().print(f"• {sentence}", soft_wrap=True, markup=False)
    if not found.is_empty:
        _tables(found, rule)


def _tables(found: Settlements, rule: Rule) -> None:
    import polars as pl

    lang = found.words.language
    words = _HEADINGS[lang]
    largest = found.parties(rule).sort(pl.col("payment_eur").abs() + pl.col("before_eur").abs(), descending=True)
    _table(
        largest, lang, "parties",
        [ColumnStyle("name", words["name"]), ColumnStyle("before_eur", words["before"], "euro"),
         ColumnStyle("payment_eur", words["payment"], "euro"), ColumnStyle("after_eur", words["after"], "euro"),
         ColumnStyle("probability_whole_fixed", words["whole"], "chance")],
    )  # fmt: skip
    transfers = found.transfers(rule)
    if transfers.height:
        shown_as = [ColumnStyle("payer_name", words["payer"]), ColumnStyle("receiver_name", words["receiver"])]
        _table(transfers, lang, "transfers", [*shown_as, ColumnStyle("euro", words["euro"], "price")])
    even = found.break_even.filter(pl.col("compensation_per_unit_eur").is_not_null())
    biggest = even.sort(pl.col("present_value_eur").abs(), descending=True)
    _table(
        biggest, lang, "even",
        [ColumnStyle("initiative", words["initiative"]), ColumnStyle("name", words["name"]),
         ColumnStyle("compensation_per_unit_eur", words["compensation"], "price"),
         ColumnStyle("tariff_eur", words["tariff"], "price"),
         ColumnStyle("agreed_tariff_eur", words["agreed"], "price")],
    )  # fmt: skip


def _table(rows: pl.DataFrame, lang: Language, title: str, columns: list[ColumnStyle]) -> None:
    words = _HEADINGS[lang]
    out().print()
    print_table(rows.head(MOST_ROWS), title=words[title], columns=columns, lang=lang)
    if rows.height > MOST_ROWS:
        out().print(words["more"].format(rows.height - MOST_ROWS))
