"""`init`: a new workspace, empty, or begun with a region's own names, or filled in as an example."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem
from data_contracts.text import Language, Text
from pipelines.cli.app import app
from pipelines.cli.output import out

if TYPE_CHECKING:
    from pipelines.workspace.new.new_region import NewRegion

FIRST_TEMPLATE = "diabetes-type-2-to-gp"
FIRST_SCENARIO = Text(en="first.yaml", nl="eerste.yaml")

_PROVIDER_QUESTION = Text(
    en="Provider, as code;name;kind;place (Enter when done)",
    nl="Aanbieder, als code;naam;soort;plaats (Enter als klaar)",
)
_PAYER_QUESTION = Text(en="Payer, as code;name (Enter when done)", nl="Verzekeraar, als code;naam (Enter als klaar)")


@app.command()
def init(  # noqa: PLR0913 - what a region may be told at its beginning
    folder: Annotated[Path, typer.Argument(help="The new folder.", metavar="DIR")],
    *,
    workbook: Annotated[
        bool, typer.Option("--workbook", help="Begin with one workbook for everything, in the inbox.")
    ] = False,
    example: Annotated[
        bool, typer.Option("--example", help="An invented region of forty rows, filled in, with a scenario.")
    ] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Ask for names, providers and payers.")] = False,
    name: Annotated[str | None, typer.Option("--name", help="Name of the region.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Country, as NL, BE, GB.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Year of the facts. Default: last year.")] = None,
    providers: Annotated[
        list[str] | None,
        typer.Option("--provider", help="A provider, as 'code;name;kind;place'; more than once if need be."),
    ] = None,
    payers: Annotated[
        list[str] | None, typer.Option("--payer", help="A payer, as 'code;name'; more than once if need be.")
    ] = None,
    template: Annotated[
        str | None, typer.Option("--template", help="Template of the first scenario, where two parties are known.")
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the workbook and the settings.")] = "en",
) -> None:
    """Makes a new workspace: region.yaml, a template per dataset (CSV and Excel), an example scenario.

    With names, by options or questions (--ask), the settings, folders and registers are those of the region, and a
    first scenario names its parties. With --workbook one workbook takes everything. What an editor needs to complete
    the keys of its files lies in schemas/.
    """
    from pipelines.cli.editor_schemas import write_schemas
    from pipelines.workspace.new import create, workbook_of

    if example:
        _example(folder, lang)
        return
    region = None
    if any((workbook, ask, name, country, year, providers, payers)):
        told = _asked(name, country, providers or [], payers or [], lang) if ask else (name, country, providers, payers)
        region = _region(folder, *told, year=year, lang=lang)
    written = [*create(folder, region=region, workbook=workbook), *write_schemas(folder)]
    out().print(_WRITTEN.of(lang).format(files=len(written), folder=folder), soft_wrap=True)
    if region is not None and region.can_move:
        _first_scenario(folder, template or FIRST_TEMPLATE, lang)
    todo = _NEXT_BOOK if workbook else _NEXT
    place = workbook_of(folder, region) if region is not None and workbook else folder / "inbox"
    out().print(todo.of(lang).format(folder=folder, place=place), soft_wrap=True)


def _example(folder: Path, lang: Language) -> None:
    """Makes the example region, filled in, with its scenario."""
    from pipelines.cli.editor_schemas import write_schemas
    from pipelines.workspace.new import create_example, workbook_of
    from pipelines.workspace.new.example_region import example_region

    example = example_region(lang)
    written = [*create_example(folder, example), *write_schemas(folder)]
    out().print(_WRITTEN.of(lang).format(files=len(written), folder=folder), soft_wrap=True)
    _first_scenario(folder, example.template, lang)
    out().print(_NEXT_EXAMPLE.of(lang).format(folder=folder, place=workbook_of(folder, example.region)), soft_wrap=True)


def _first_scenario(folder: Path, template: str, lang: Language) -> None:
    """Writes a scenario that names the parties of a region that has just been begun."""
    from pipelines.cli.filling import put_into_region, tell_filled
    from pipelines.evaluation import shipped
    from pipelines.workspace.workspace import Workspace

    shipped.template(template)  # raises for a name that none has
    place, into = Workspace.open(folder), Path("scenarios") / FIRST_SCENARIO.of(lang)
    _, left = put_into_region(place, shipped.templates()[template], into=into, lang=lang)
    tell_filled(template, into, left, lang=lang)


_WRITTEN = Text(en="{files} files written to {folder}", nl="{files} bestanden geschreven in {folder}")
_NEXT = Text(
    en="Next: fill in {folder}/region.yaml, put deliveries in {place}/<supplier>/<period>/, then:\n"
    "  care-transfer refresh --workspace {folder}",
    nl="Nu: vul {folder}/region.yaml in, leg leveringen in {place}/<leverancier>/<periode>/, en dan:\n"
    "  care-transfer refresh --workspace {folder}",
)
_NEXT_EXAMPLE = Text(
    en="Everything is invented. Look at {place}, then:\n  care-transfer refresh --workspace {folder}",
    nl="Alles is verzonnen. Bekijk {place}, en dan:\n  care-transfer refresh --workspace {folder}",
)
_NEXT_BOOK = Text(
    en="Next: fill in {place} (its first sheet says what unlocks what), then:\n"
    "  care-transfer refresh --workspace {folder}",
    nl="Nu: vul {place} in (het eerste blad zegt wat waarvoor nodig is), en dan:\n"
    "  care-transfer refresh --workspace {folder}",
)


def _region(
    folder: Path,
    name: str | None,
    country: str | None,
    providers: list[str] | None,
    payers: list[str] | None,
    *,
    year: int | None,
    lang: Language,
) -> NewRegion:
    """Returns the region that was told."""
    from datetime import UTC, datetime

    from pipelines.workspace.new.new_region import NewRegion, payer_of, provider_of

    return NewRegion(
        name=name or folder.resolve().name,
        country=(country or "NL").upper(),
        language=lang,
        base_year=year or datetime.now(tz=UTC).year - 1,
        providers=tuple(provider_of(one) for one in providers or ()),
        payers=tuple(payer_of(one) for one in payers or ()),
    )


def _asked(
    name: str | None, country: str | None, providers: list[str], payers: list[str], lang: Language
) -> tuple[str, str, list[str], list[str]]:
    """Asks for what no option told."""
    from pipelines.workspace.new.new_region import payer_of, provider_of

    name = name or typer.prompt(Text(en="Name of the region", nl="Naam van de regio").of(lang))
    country = country or typer.prompt(Text(en="Country", nl="Land").of(lang), default="NL")
    providers = providers or list(_answers(_PROVIDER_QUESTION.of(lang), provider_of, lang))
    payers = payers or list(_answers(_PAYER_QUESTION.of(lang), payer_of, lang))
    return name, country, providers, payers


def _answers(question: str, read: Callable[[str], object], lang: Language) -> Iterator[str]:
    """Yields answers until an empty one; one that cannot be read is told, and asked again."""
    while answer := typer.prompt(question, default="", show_default=False):
        try:
            read(answer)
        except Problem as problem:
            for fault in problem.faults:
                out().print(fault.sentence(lang), soft_wrap=True, markup=False)
        else:
            yield answer
