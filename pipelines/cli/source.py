"""`source new` and `source test`: writing and trying the mapping of a file in an unknown layout."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from data_contracts.problem import Problem, nearest, one_of
from data_contracts.text import Language, Text
from pipelines.cli.app import JsonOption, WorkspaceOption, app
from pipelines.cli.faults import FAILED
from pipelines.cli.output import ColumnStyle, err, out, print_json, print_table
from pipelines.cli.reasons import print_reasons

if TYPE_CHECKING:
    import polars as pl

    from pipelines.intake.mapping_trial import MappingTrial, Yielded
    from pipelines.reading.formats.raw import Unreadable
    from pipelines.reading.sources import Mapping, Mappings
    from pipelines.workspace.workspace import Workspace

SHOWN_ROWS = 5
SHOWN_COLUMNS = 10
SHOWN_REASONS = 10

commands = typer.Typer(no_args_is_help=True, help="Writes and tries the mapping of a file in an unknown layout.")
app.add_typer(commands, name="source")

FileArgument = Annotated[Path, typer.Argument(help="A file in a layout of its own.", metavar="FILE")]


@commands.command()
def new(
    file: FileArgument,
    workspace: WorkspaceOption = None,
    *,
    dataset: Annotated[
        str | None, typer.Option("--dataset", help="What it holds. Default: the dataset of which most is found.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="Sheet of a workbook. Default: the one with data, else the widest.")
    ] = None,
) -> None:
    """Looks at a file and writes a first mapping into the workspace's sources/; without a workspace, prints it."""
    from pipelines.cli.editor_schemas import first_line
    from pipelines.reading.formats.raw import Unreadable
    from pipelines.reading.sources import FOLDER
    from pipelines.reading.sources.drafting import draft

    _require_file(file)
    _require_dataset(dataset)
    try:
        made = draft(file, dataset=dataset, sheet=sheet)
    except Unreadable as problem:
        raise _problem(problem, file) from None
    own = _workspace(workspace)
    if own is None:
        out().print(made.text, soft_wrap=True, markup=False, end="")
        return
    path = own.root / FOLDER / f"{made.source}.yaml"
    if path.exists():
        raise Problem(
            Text(en=f"{path}, which is there already", nl=f"{path}, dat er al is"),
            expected=Text(en="a mapping that is new", nl="een mapping die nieuw is"),
            action=Text(en="correct that one, or take it away first", nl="verbeter die, of haal haar eerst weg"),
        )
    path.parent.mkdir(exist_ok=True)
    path.write_text(first_line("mapping", up=1) + made.text, encoding="utf-8")
    out().print(f"{path}: a first mapping to the dataset {made.dataset}.", soft_wrap=True, markup=False)
    err().print(
        "Look at every line that says 'confirm', then: care-transfer source test " + shlex.quote(str(file)),
        soft_wrap=True,
        markup=False,
    )
    _warn_of_name(file)


@commands.command(name="test")
def try_out(
    file: FileArgument,
    workspace: WorkspaceOption = None,
    *,
    mapping: Annotated[
        str | None,
        typer.Option("--mapping", help="Name of a mapping, or its file. Default: the one that recognises the file."),
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            "--period", help="Period it is for. Default: its folder's name, else its own, else the base year."
        ),
    ] = None,
    lang: Annotated[Language, typer.Option("--lang", help="Language of the reasons.")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Shows which mapping recognises a file, the first rows before and after, what is left out, and what is refused.

    Exit code 0 only if it is recognised, maps, and every row passes its contract.
    """
    from pipelines.intake.deliveries import register_for_check
    from pipelines.intake.mapping_trial import own_period, try_mapping
    from pipelines.reading import sources

    _require_file(file)
    own = _workspace(workspace)
    chosen = _chosen(file, mapping, own)
    if chosen is None:
        known = sources.known_mappings(own.root if own else None)
        _print_unknown(file, known, lang=lang, as_json=as_json)
        raise typer.Exit(FAILED)
    asked = _period(file, period) or own_period(file, chosen, otherwise=_base_year(own))
    trial = try_mapping(file, chosen, period=asked, register=register_for_check(own))
    if as_json:
        print_json(_as_json(trial, file))
    else:
        _print(trial, file, lang=lang)
        _warn_of_name(file)
    if not trial.passes:
        raise typer.Exit(FAILED)


def _problem(problem: Unreadable, file: Path) -> Problem:
    return Problem(problem.found, expected=problem.expected, action=problem.action, source=str(file))


def _require_file(file: Path) -> None:
    if not file.is_file():
        raise Problem(
            Text(en=f"no file {file}", nl=f"geen bestand {file}"),
            expected=Text(en="a file that can be read", nl="een bestand dat gelezen kan worden"),
            action=Text(en="check the path", nl="controleer het pad"),
        )


def _require_dataset(dataset: str | None) -> None:
    from data_contracts.contract import DATASETS

    if dataset is not None and dataset not in DATASETS:
        raise Problem(
            Text(en=f"the dataset {dataset!r}", nl=f"de dataset {dataset!r}"),
            expected=one_of(DATASETS),
            action=nearest(dataset, DATASETS),
        )


def _workspace(given: Path | None) -> Workspace | None:
    """Returns the workspace at hand, if there is one."""
    from pipelines.workspace.workspace import REGION_FILE, Workspace, find_workspace

    folder = find_workspace(given)
    return Workspace.open(folder) if given is not None or (folder / REGION_FILE).is_file() else None


def _base_year(own: Workspace | None) -> str:
    """Returns the year that a file is taken for where nothing says it: the workspace's own, without one this year."""
    return str(own.region.base_year if own is not None else datetime.now(tz=UTC).year)


def _period(file: Path, given: str | None) -> str | None:
    """Returns the period of a delivery: as given, or that of its folder; None where neither says it."""
    from pipelines.reading.conversion.calendar import canonical_period

    if given is None:
        return canonical_period(file.resolve().parent.name)
    found = canonical_period(given)
    if found is None:
        raise Problem(
            Text(en=f"the period {given!r}", nl=f"de periode {given!r}"),
            expected=Text(en="a year (2025) or a quarter (2025Q3)", nl="een jaar (2025) of een kwartaal (2025Q3)"),
            action=Text(en="correct it", nl="verbeter die"),
        )
    return found


def _chosen(file: Path, asked: str | None, own: Workspace | None) -> Mapping | None:
    """Returns the mapping that is asked for, else the one that recognises the file.

    Raises:
        Problem: there is none of that name, or it is faulty: with every fault.
    """
    from pipelines.reading import sources

    if asked is not None and asked.endswith((".yaml", ".yml")):
        _require_file(Path(asked))
        return sources.read_mapping(Path(asked))
    known = sources.known_mappings(own.root if own else None)
    if asked is None:
        found = sources.match(file, mappings=known.usable)
        faulty = next((one for one in known.faulty if one.names and sources.named(file.name, one.names)), None)
        if found is None and faulty is not None:
            raise faulty.problem
        return found
    for one in known.faulty:
        if one.path.stem == asked:
            raise one.problem
    names = [one.source for one in known.usable]
    if asked not in names:
        raise Problem(
            Text(en=f"the mapping {asked!r}", nl=f"de mapping {asked!r}"),
            expected=one_of(names),
            action=nearest(asked, names),
        )
    return known.usable[names.index(asked)]


def _print_unknown(file: Path, known: Mappings, *, lang: Language, as_json: bool) -> None:
    """Prints that no mapping recognises a file, with the nearest known layouts."""
    from pipelines.intake.layouts import unknown_layout

    message = unknown_layout(file, known).message
    if as_json:
        print_json({"file": file.name, "mapping": None, "refusal": {"nl": message.nl, "en": message.en}})
    else:
        out().print(f"No mapping recognises {file.name}. {message.of(lang)}", soft_wrap=True, markup=False)


def _warn_of_name(file: Path) -> None:
    from pipelines.intake.inbox import dataset_of

    if (dataset := dataset_of(file.name)) is not None:
        err().print(
            f"The name begins with {dataset}: in the inbox it is read as that dataset, not with this mapping. "
            "Give it another name.",
            soft_wrap=True,
        )


def _print(trial: MappingTrial, file: Path, *, lang: Language) -> None:
    title = f"{trial.mapping.title.nl if lang == 'nl' else trial.mapping.title.en} [{trial.mapping.source}]"
    if trial.misfit is not None:
        out().print(f"{title} does not recognise {file.name}: {trial.misfit.of(lang)}.", soft_wrap=True, markup=False)
    else:
        out().print(f"{file.name} is recognised as {title}.", soft_wrap=True, markup=False)
    if trial.problem is not None:
        out().print(f"It cannot be read with it. {trial.problem.message.of(lang)}", soft_wrap=True, markup=False)
    if trial.before is not None:
        _print_rows(trial.before.frame, title="Before, as delivered")
    for one in trial.yields:
        _print_yield(one, lang=lang)


def _print_yield(one: Yielded, *, lang: Language) -> None:
    made, judged = one.made, one.judged
    verdict = f"{judged.rows:,} rows made, {judged.accepted.height:,} pass, {judged.rejected:,} refused"
    read = f"{made.rows_in:,} rows read, {made.rows_left_out:,} left out, {made.put_together:,} put together"
    out().print(f"\n{made.dataset}: {read}; {verdict}.", soft_wrap=True, markup=False)
    _print_rows(made.frame, title=f"After, as {made.dataset}")
    for left in made.left_out:
        rows = ", ".join(map(str, left.rows[:SHOWN_REASONS])) + (", ..." if left.count > SHOWN_REASONS else "")
        out().print(f"Left out: {left.count:,}, {left.reason.of(lang)} (rows {rows})", soft_wrap=True, markup=False)
    if judged.refusal is not None:
        out().print(f"Refused whole. {judged.refusal.message.of(lang)}", soft_wrap=True, markup=False)
    elif judged.rejected:
        print_reasons(judged.rejections, most=SHOWN_REASONS, lang=lang, title="Refused")
    for note in judged.warnings:
        out().print(f"Odd: {note.text.of(lang)} ({note.count:,} rows)", soft_wrap=True, markup=False)


def _print_rows(frame: pl.DataFrame, *, title: str) -> None:
    """Prints the first rows and columns of a table, the row number in front."""
    names = [name for name in frame.columns if name != "row_number"]
    left = len(names) - SHOWN_COLUMNS
    more = f" (and {left} columns)" if left > 0 else ""
    shown = [ColumnStyle("row_number", "row"), *(ColumnStyle(name, name) for name in names[:SHOWN_COLUMNS])]
    print_table(frame.head(SHOWN_ROWS), title=f"{title}{more}", columns=shown)


def _both(text: Text) -> dict[str, str]:
    return {"nl": text.nl, "en": text.en}


def _as_json(trial: MappingTrial, file: Path) -> dict[str, object]:
    before = trial.before.frame.head(SHOWN_ROWS).to_dicts() if trial.before is not None else []
    return {
        "file": file.name,
        "mapping": trial.mapping.source,
        "recognised": trial.misfit is None,
        "misfit": _both(trial.misfit) if trial.misfit else None,
        "problem": _both(trial.problem.message) if trial.problem else None,
        "passes": trial.passes,
        "before": before,
        "datasets": [
            {
                "dataset": one.made.dataset,
                "rows_read": one.made.rows_in,
                "rows_left_out": one.made.rows_left_out,
                "put_together": one.made.put_together,
                "left_out": [
                    {"count": left.count, "rows": list(left.rows), **_both(left.reason)} for left in one.made.left_out
                ],
                "rows": one.judged.rows,
                "accepted": one.judged.accepted.height,
                "rejected": one.judged.rejected,
                "refusal": _both(one.judged.refusal.message) if one.judged.refusal else None,
                "rejections": one.judged.rejections.to_dicts(),
                "after": one.made.frame.head(SHOWN_ROWS).to_dicts(),
                "notes": [_both(note.text) for note in (*one.judged.notes, *one.judged.warnings)],
            }
            for one in trial.yields
        ],
    }
