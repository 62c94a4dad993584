"""A file looked at before it is sent: what would become of it, nothing kept."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from data_contracts.contract import DATASETS, load_contract
from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.intake.guessing import dataset_with, guessed
from pipelines.intake.inbox import REFERENCE_FIRST, dataset_in_dutch, dataset_of, file_hash, is_register
from pipelines.intake.kept import read_register
from pipelines.intake.layouts import MappedLayout, faulty_mapping, layout_of, read_layout, unknown_layout
from pipelines.intake.log import NOWHERE
from pipelines.intake.one_file import validate_file, validate_sheet
from pipelines.intake.region_book import RegionBook, region_book, unknown_sheets
from pipelines.judging import PROVIDERS, Register, Validated, refused_unseen, unreadable, validate
from pipelines.reading.conversion.calendar import canonical_period
from pipelines.reading.formats import Unreadable, read_delivery
from pipelines.reading.formats.raw import Note
from pipelines.reading.sources import Mappings, known_mappings
from pipelines.workspace.workspace import Workspace

NO_PROVIDERS = Note(
    "no_providers_registered",
    0,
    Text(
        en="No provider is registered here yet, so codes of providers were not checked. Deliver the dataset providers "
        "and refresh, then check again.",
        nl="Er is hier nog geen zorgaanbieder geregistreerd, dus codes van zorgaanbieders zijn niet nagekeken. Lever "
        "de dataset providers aan en ververs, en controleer dan opnieuw.",
    ),
    column="provider_id",
    odd=False,
)
"""What is said of a file that is checked before its region has a register."""


def check_file(
    path: Path, dataset: str | None = None, *, workspace: Workspace | None = None, sheet: str | None = None
) -> Validated:
    """Returns what would become of a file if it were delivered, without keeping anything.

    Args:
        path: the file.
        dataset: what it holds; by default what its name begins with, else what its headings fit best.
        workspace: whose providers its rows may refer to; without one, or before any is registered, that is not checked.
        sheet: the name of the sheet of a workbook; by default the one with data. No mapping is then looked for.

    Raises:
        Problem: there is no such file, or it is no table.
    """
    if not path.is_file():
        raise Problem(
            Text(en=f"no file {path}", nl=f"geen bestand {path}"),
            expected=Text(en="a file that can be read", nl="een bestand dat gelezen kan worden"),
            action=Text(en="check the path", nl="controleer het pad"),
        )
    register = register_for_check(workspace)
    if sheet is None:
        found = _checked(path, dataset, workspace=workspace, register=register)
    else:
        found = _checked_sheet(path, dataset, sheet=sheet, register=register)
    unchecked = workspace is not None and PROVIDERS not in register.known and found.refusal is None
    refers = found.dataset in DATASETS and any(c.references == PROVIDERS for c in load_contract(found.dataset).columns)
    return replace(found, notes=(*found.notes, NO_PROVIDERS)) if unchecked and refers else found


@dataclass(frozen=True)
class CheckedFile:
    """One file of a folder: what would become of it, or why nothing can be said of it."""

    path: Path
    found: Validated | None
    problem: Problem | None = None


def check_folder(folder: Path, *, workspace: Workspace | None = None) -> list[CheckedFile]:
    """Returns what would become of every file in a folder and the folders below, by their paths.

    Registers go first: what the others refer to may lie beside them.
    """
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    files = [folder / name for name in sorted(names) if not any(part.startswith(".") for part in name.parts)]
    register, done = register_for_check(workspace), []
    for path in sorted(files, key=_registers_first):
        if (book := region_book(path)) is not None:
            done += check_book(path, book, workspace=workspace)
            continue
        try:
            found = _checked(path, None, workspace=workspace, register=register)
        except Problem as problem:
            done.append(CheckedFile(path, None, problem))
            continue
        register = _with_ids(register, found)
        done.append(CheckedFile(path, found))
    return sorted(done, key=lambda one: one.path)


def check_book(path: Path, book: RegionBook, *, workspace: Workspace | None = None) -> list[CheckedFile]:
    """Returns what would become of every dataset on the sheets of a region's workbook, and of sheets nobody knows.

    The codes on its registers are known to its other sheets. Without a folder named after a period above it, the
    workbook counts as being of last year.
    """
    period = canonical_period(path.resolve().parent.name) or str(datetime.now(tz=UTC).year - 1)
    register, done = register_for_check(workspace), []
    for part in sorted(book.parts, key=lambda one: (not is_register(one.dataset), one.dataset not in REFERENCE_FIRST)):
        contract = load_contract(part.dataset)
        found = validate_sheet(path, contract, sheet=part.sheet, register=register, period=period)
        register = _with_ids(register, found)
        done.append(CheckedFile(path, found))
    unknown = [CheckedFile(path, refused_unseen(NOWHERE, unknown_sheets(book.unknown)))] if book.unknown else []
    return [*done, *unknown]


def _registers_first(path: Path) -> tuple[int, Path]:
    named = dataset_of(path.name) or dataset_in_dutch(path.name) or ""
    order = REFERENCE_FIRST.index(named) if named in REFERENCE_FIRST else len(REFERENCE_FIRST)
    return (order if order < len(REFERENCE_FIRST) or is_register(named) else order + 1), path


def _with_ids(register: Register, found: Validated) -> Register:
    """Returns a register with the codes of a file that was checked, if others refer to it."""
    if found.dataset not in DATASETS or not is_register(found.dataset) or not found.accepted_rows:
        return register
    (key,) = load_contract(found.dataset).key
    name = f"{found.dataset}.{key}"
    ids = register.known.get(name, frozenset()) | frozenset(found.accepted[key].drop_nulls().to_list())
    return replace(register, known={**register.known, name: ids})


def _checked_sheet(path: Path, dataset: str | None, *, sheet: str, register: Register) -> Validated:
    """Returns what would become of one sheet of a workbook, were it a file of its own."""
    said = (find(name) for name in (path.name, sheet) for find in (dataset_of, dataset_in_dutch))
    named = dataset or next(filter(None, said), None) or _by_headings(path, sheet=sheet)
    if named is None:
        raise Problem(
            Text(en=f"sheet '{sheet}', in no known layout", nl=f"werkblad '{sheet}', in geen bekende opmaak"),
            expected=Text(en="the headings of a dataset", nl="de kolomkoppen van een dataset"),
            action=Text(en="say with --dataset what it holds", nl="zeg met --dataset wat erop staat"),
            source=str(path),
        )
    return validate_file(path, load_contract(named), register=register, period=None, sheet=sheet)


def register_for_check(workspace: Workspace | None) -> Register:
    """Returns what the rows of a file are held against before it is sent: providers only once any are registered."""
    if workspace is None:
        return Register()
    register = read_register(workspace.lake)
    known = {name: ids for name, ids in register.known.items() if name != PROVIDERS or ids}
    return replace(register, known=known, country=workspace.region.country)


def _checked(path: Path, dataset: str | None, *, workspace: Workspace | None, register: Register) -> Validated:
    mappings = known_mappings(workspace.root if workspace is not None else None)
    if dataset_of(path.name) is None and (layout := _layout(path, mappings)) is not None:
        return _check_described(path, layout, dataset, register=register)
    found = dataset or dataset_of(path.name)
    if found is None and (refusal := faulty_mapping(path, mappings)) is not None:
        return refused_unseen(NOWHERE, refusal)
    if (named := found or dataset_in_dutch(path.name)) is not None:
        return validate_file(path, load_contract(named), register=register, period=None)
    if (told := _by_headings(path)) is None:
        return refused_unseen(NOWHERE, unknown_layout(path, mappings))
    judged = validate_file(path, load_contract(told), register=register, period=None)
    return replace(judged, notes=(*judged.notes, guessed(told)))


def _layout(path: Path, mappings: Mappings) -> MappedLayout | None:
    """Returns how a publisher's file is read, or None if no source mapping describes it."""
    try:
        return layout_of(path, mappings.usable, file_hash=file_hash)
    except Unreadable as problem:
        raise _problem(problem, path) from None


def _check_described(path: Path, layout: MappedLayout, dataset: str | None, *, register: Register) -> Validated:
    """Returns what would become of one dataset of a publisher's file.

    Without a folder named after a period above it, the file counts as being of the year in its name, else of this year.
    """
    if dataset is None and len(layout.datasets) == 1:
        (dataset,) = layout.datasets
    if dataset not in layout.datasets:
        raise Problem(
            Text(
                en=f"{layout.mapping.title.en}: a file that yields {', '.join(layout.datasets)}",
                nl=f"{layout.mapping.title.nl}: een bestand waaruit {', '.join(layout.datasets)} komen",
            ),
            expected=Text(en="one of them to check", nl="een ervan om te controleren"),
            action=Text(
                en="say which with --dataset, or see them all: care-transfer source test FILE",
                nl="zeg welke met --dataset, of bekijk ze alle: care-transfer source test BESTAND",
            ),
            source=str(path),
        )
    named = layout.mapping.recognise.year_of(path.name)
    period = canonical_period(path.resolve().parent.name) or named or str(datetime.now(tz=UTC).year)
    files = {part.table: part.path for part in layout.parts}
    contract = load_contract(dataset)
    try:
        known = register.known.get(PROVIDERS, frozenset())
        raw = read_layout(layout.mapping, files, dataset=dataset, period=period, known=known)
    except Unreadable as problem:
        return unreadable(contract, problem)
    return validate(raw, contract, register=register)


def _problem(problem: Unreadable, path: Path) -> Problem:
    return Problem(problem.found, expected=problem.expected, action=problem.action, source=str(path))


def _by_headings(path: Path, *, sheet: str | None = None) -> str | None:
    """Returns the one dataset that the headings of a file fit best, else None.

    Raises:
        Problem: the file is no table.
    """
    try:
        headings = read_delivery(path, sheet=None if sheet is None else re.escape(sheet)).headings
    except Unreadable as problem:
        raise _problem(problem, path) from None
    return dataset_with(headings)
