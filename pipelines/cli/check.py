"""`check`: what is wrong with one delivery, before it is sent."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import polars as pl
import typer

from data_contracts.contract import DATASETS
from pipelines.cli.app import JsonOption, WorkspaceOption, app
from pipelines.cli.faults import FAILED
from pipelines.cli.output import Shown, err, out, print_json, print_table
from pipelines.errors import Problem
from pipelines.workspace import REGION_FILE, Language, Workspace, find_workspace, near

if TYPE_CHECKING:
    from pipelines.validation import Validated

MOST_ROWS = 50
"""A table in a terminal shows no more reasons; JSON carries all."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A CSV, Parquet or Excel file.", metavar="FILE")],
    workspace: WorkspaceOption = None,
    *,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="What it holds. Default: what its name begins with.")
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the reasons.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Validates one delivery: every refused row with its row number, column, value, rule and reason.

    In a workspace, providers must be in its register. Exit code 0 only if nothing is refused.
    """
    from pipelines.deliveries import check_file  # noqa: PLC0415 - reads Excel and Parquet

    if dataset is not None and dataset not in DATASETS:
        raise Problem(
            f"the dataset {dataset!r}", expected=f"one of {', '.join(DATASETS)}", action=near(dataset, DATASETS)
        )
    found = check_file(file, dataset, workspace=_workspace(workspace))
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found, file=file, lang=lang)
    if found.rejected or found.refusal:
        raise typer.Exit(FAILED)


def _workspace(given: Path | None) -> Workspace | None:
    """Returns the workspace at hand, if there is one: a file can be checked without."""
    folder = find_workspace(given)
    return Workspace.open(folder) if given is not None or (folder / REGION_FILE).is_file() else None


def _print(found: "Validated", *, file: Path, lang: Language) -> None:
    """Prints the verdict, the reasons, and what was restored or is odd."""
    accepted = found.accepted_rows
    out().print(
        f"{file.name}, in no known layout:"
        if found.dataset not in DATASETS
        else f"{file.name} as {found.dataset} ({found.format}): {found.rows:,} rows, {accepted:,} accepted, "
        f"{found.rejected:,} refused.",
        soft_wrap=True,
        markup=False,
    )
    if found.refusal is not None:
        out().print("The whole file is refused. " + found.refusal.message.of(lang), soft_wrap=True, markup=False)
    elif found.rejected:
        columns = ("row_number", "column", "value", "rule", f"message_{lang}")
        headings = ("row", "column", "value", "rule", "reason")
        shown = [Shown(name, heading) for name, heading in zip(columns, headings, strict=True)]
        print_table(found.rejections.head(MOST_ROWS), columns=shown)
        if found.rejections.height > MOST_ROWS:
            err().print(f"The first {MOST_ROWS} of {found.rejections.height:,} reasons; --json prints all.")
    for note in (*found.notes, *found.warnings):
        out().print(f"Note: {note.text.of(lang)}", soft_wrap=True, markup=False)


def _as_json(found: "Validated") -> dict[str, object]:
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
