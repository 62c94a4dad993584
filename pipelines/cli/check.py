"""`check`: what is wrong with one delivery, before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem, nearest, one_of
from data_contracts.text import Language, Text
from pipelines.cli.app import JsonOption, WorkspaceOption, app
from pipelines.cli.faults import FAILED
from pipelines.cli.output import out, print_json
from pipelines.cli.reasons import print_reasons

if TYPE_CHECKING:
    from pipelines.intake.deliveries import CheckedFile
    from pipelines.judging import Validated
    from pipelines.workspace.workspace import Workspace

MOST_REASONS = 50
"""A table in a terminal shows no more reasons; JSON carries every row."""
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "told": "{file} as {dataset} ({format}): {rows} rows, {accepted} accepted, {rejected} refused.",
        "unknown": "{file}, in no known layout:", "whole": "The whole file is refused.", "note": "Note:",
    },
    "nl": {
        "told": "{file} als {dataset} ({format}): {rows} rijen, {accepted} geaccepteerd, {rejected} geweigerd.",
        "unknown": "{file}, in geen bekende opmaak:", "whole": "Het hele bestand is geweigerd.", "note": "Let op:",
    },
}  # fmt: skip


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A CSV, Parquet or Excel file, or a folder of them.", metavar="FILE")],
    workspace: WorkspaceOption = None,
    *,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="What it holds. Default: what its name begins with.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Sheet of a workbook. Default: the one with data.")
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the answer.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Validates one delivery: every refused row with its row number, column, value, rule and reason.

    In a workspace with a register of providers, a provider must be in it. Of a folder every file is checked, the codes
    in its registers known to the others; of a region's workbook every sheet. Exit code 0 only if nothing is refused.
    """
    from data_contracts.contract import DATASETS
    from pipelines.intake.deliveries import check_book, check_file, region_book

    if dataset is not None and dataset not in DATASETS:
        raise Problem(
            Text(en=f"the dataset {dataset!r}", nl=f"de dataset {dataset!r}"),
            expected=one_of(DATASETS),
            action=nearest(dataset, DATASETS),
        )
    if file.is_dir():
        _check_folder(file, own=_workspace(workspace), lang=lang, as_json=as_json)
        return
    if dataset is None and sheet is None and file.is_file() and (book := region_book(file)) is not None:
        _tell_all(check_book(file, book, workspace=_workspace(workspace)), file.parent, lang=lang, as_json=as_json)
        return
    found = check_file(file, dataset, workspace=_workspace(workspace), sheet=sheet)
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found, file=file, lang=lang)
    if found.rejected or found.refusal:
        raise typer.Exit(FAILED)


def _check_folder(folder: Path, *, own: Workspace | None, lang: Language, as_json: bool) -> None:
    """Prints what would become of every file in a folder."""
    from pipelines.intake.deliveries import check_folder

    checked = check_folder(folder, workspace=own)
    if not checked:
        raise Problem(
            Text(en=f"no file in {folder}", nl=f"geen bestand in {folder}"),
            expected=Text(en="at least one delivery", nl="minstens één levering"),
            action=Text(en="check the path", nl="controleer het pad"),
        )
    _tell_all(checked, folder, lang=lang, as_json=as_json)


def _tell_all(checked: Sequence[CheckedFile], folder: Path, *, lang: Language, as_json: bool) -> None:
    """Prints what would become of several files, or sheets of one; ends with a failure if anything is refused."""
    if as_json:
        print_json([_one_as_json(one, folder) for one in checked])
    else:
        for one in checked:
            _print_one(one, lang=lang)
    if any(one.found is None or one.found.rejected or one.found.refusal for one in checked):
        raise typer.Exit(FAILED)


def _print_one(one: CheckedFile, *, lang: Language) -> None:
    if one.found is not None:
        _print(one.found, file=one.path, lang=lang)
    elif one.problem is not None:
        for fault in one.problem.faults:
            out().print(fault.sentence(lang), soft_wrap=True, markup=False)


def _one_as_json(one: CheckedFile, folder: Path) -> dict[str, object]:
    told: dict[str, object] = {"file": str(one.path.relative_to(folder))}
    if one.found is not None:
        return {**told, **_as_json(one.found)}
    return {**told, "faults": [fault.said("en") for fault in one.problem.faults] if one.problem else []}


def _workspace(given: Path | None) -> Workspace | None:
    """Returns the workspace at hand, if there is one: a file can be checked without."""
    from pipelines.workspace.workspace import REGION_FILE, Workspace, find_workspace

    folder = find_workspace(given)
    return Workspace.open(folder) if given is not None or (folder / REGION_FILE).is_file() else None


def _print(found: Validated, *, file: Path, lang: Language) -> None:
    """Prints the verdict, the reasons, and what was restored or is odd."""
    words = _WORDS[lang]
    out().print(_told(found, file=file, lang=lang), soft_wrap=True, markup=False)
    if found.refusal is not None:
        out().print(f"{words['whole']} {found.refusal.message.of(lang)}", soft_wrap=True, markup=False)
    elif found.rejected:
        print_reasons(found.rejections, most=MOST_REASONS, lang=lang)
    for note in (*found.notes, *found.warnings):
        out().print(f"{words['note']} {note.text.of(lang)}", soft_wrap=True, markup=False)


def _told(found: Validated, *, file: Path, lang: Language) -> str:
    """Returns the verdict in a line."""
    from dashboards.words.wording import wording
    from data_contracts.contract import DATASETS

    count = wording(lang).numbers.number
    return _WORDS[lang]["told" if found.dataset in DATASETS else "unknown"].format(
        file=file.name,
        dataset=found.dataset,
        format=found.format,
        rows=count(found.rows),
        accepted=count(found.accepted_rows),
        rejected=count(found.rejected),
    )


def _as_json(found: Validated) -> dict[str, object]:
    import polars as pl

    reasons = found.rejections.select(pl.exclude("message_nl", "message_en"), "message_nl", "message_en")
    message = found.refusal.message if found.refusal else None
    return {
        "dataset": found.dataset,
        "format": found.format,
        "rows": found.rows,
        "accepted": found.accepted_rows,
        "rejected": found.rejected,
        "refusal": {"nl": message.nl, "en": message.en} if message else None,
        "rejections": reasons.to_dicts(),
        "notes": [{"nl": note.text.nl, "en": note.text.en} for note in (*found.notes, *found.warnings)],
    }
