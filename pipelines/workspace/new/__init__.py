"""A new workspace: the files beside this module, a template for every dataset, and the empty folders.

`create` writes it for `care-transfer init`; the texts are files of their own, so that a person can read and mend them.
"""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import asdict, fields
from importlib import resources
from pathlib import Path

from data_contracts.problem import Problem
from data_contracts.region_workbook import region_workbook
from data_contracts.text import Text
from pipelines.workspace.durable import mark_whole
from pipelines.workspace.new.book_template import Row, write_region_workbook
from pipelines.workspace.new.delivery_templates import write_templates
from pipelines.workspace.new.example_region import ExampleRegion, write_files_beside
from pipelines.workspace.new.new_region import NewPayer, NewProvider, NewRegion
from pipelines.workspace.new.region_settings import region_yaml
from pipelines.workspace.workspace import REGION_FILE, Workspace

DAGSTER_HOME = "dagster"
EMPTY_FOLDERS = ("inbox", "scenarios")


def create_example(target: Path, example: ExampleRegion) -> list[Path]:
    """Writes the example region into a folder, filled in; returns what was written.

    Raises:
        Problem: the folder already holds a region, or is a file.
    """
    written = create(target, region=example.region, workbook=True)
    book = workbook_of(target, example.region)
    write_region_workbook(book, language=example.region.language, rows=example.sheets)
    return [*written, *write_files_beside(book.parent, example)]


def create(target: Path, *, region: NewRegion | None = None, workbook: bool = False) -> list[Path]:
    """Writes a new workspace into a folder; returns what was written.

    Args:
        target: the folder.
        region: what it is told of itself; without it, names to be changed.
        workbook: whether the region begins with one workbook, which then lies in its inbox.

    Raises:
        Problem: the folder already holds a region, or is a file.
    """
    _require_empty(target)
    for folder in EMPTY_FOLDERS:
        (target / folder).mkdir(parents=True, exist_ok=True)
    written = [_copy(name, target / place) for name, place in _files()]
    if region is not None:
        written += _own(target, region, workbook=workbook)
    return [*written, add_dagster_home(target), *write_templates(target / "templates")]


def workbook_of(target: Path, region: NewRegion) -> Path:
    """Returns where the workbook of a region lies in its inbox."""
    name = region_workbook().file.of(region.language)
    return target / "inbox" / region.office / str(region.base_year) / name


def _own(target: Path, region: NewRegion, *, workbook: bool) -> list[Path]:
    """Writes what is the region's own: its settings, and who takes part, in the workbook or as registers."""
    (target / REGION_FILE).write_text(region_yaml(region, workbook=workbook), encoding="utf-8")
    if workbook:
        return [write_region_workbook(workbook_of(target, region), language=region.language, rows=_registered(region))]
    year = str(region.base_year)
    for provider in region.providers:
        (target / "inbox" / provider.supplier / year).mkdir(parents=True, exist_ok=True)
    office = target / "inbox" / region.office / year
    return [*_register(office / "providers.csv", region.providers), *_register(office / "payers.csv", region.payers)]


def _registered(region: NewRegion) -> dict[str, list[Row]]:
    """Returns the rows of a workbook that are known at the beginning, by the English name of their sheet."""
    given: dict[str, list[Row]] = {
        "Providers": [asdict(provider) for provider in region.providers],
        "Payers": [asdict(payer) for payer in region.payers],
    }
    return {sheet: rows for sheet, rows in given.items() if rows}


def _register(path: Path, rows: Sequence[NewProvider | NewPayer]) -> list[Path]:
    """Writes a register as a delivery, if anybody is in it; returns what was written."""
    if not rows:
        return []
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[one.name for one in fields(rows[0])], delimiter=";")
        writer.writeheader()
        writer.writerows(asdict(one) for one in rows)
    return [mark_whole(path)]


def _require_empty(target: Path) -> None:
    if (target / REGION_FILE).exists() or target.is_file():
        raise Problem(
            Text(
                en=f"{'a file' if target.is_file() else f'a {REGION_FILE}'} in {target.resolve()}",
                nl=f"{'een bestand' if target.is_file() else f'een {REGION_FILE}'} in {target.resolve()}",
            ),
            expected=Text(en="a new or an empty folder", nl="een nieuwe of een lege map"),
            action=Text(
                en="give another folder; an existing region is never written over",
                nl="geef een andere map; een bestaande regio wordt nooit overschreven",
            ),
        )


def add_dagster_home(root: Path) -> Path:
    """Writes the settings of a Dagster instance (no telemetry, one run at a time); returns the file."""
    return _copy("dagster.yaml", root / DAGSTER_HOME / "dagster.yaml")


def dagster_home(workspace: Workspace) -> Path:
    """Returns the folder that DAGSTER_HOME should name to run a workspace on schedule."""
    return workspace.root / DAGSTER_HOME


def _files() -> tuple[tuple[str, Path], ...]:
    """Returns the files of a new workspace: their name here, and their place there."""
    return (
        (REGION_FILE, Path(REGION_FILE)),
        ("scenario.yaml", Path("examples") / "scenario.yaml"),
        ("README.md", Path("README.md")),
        ("LEESMIJ.md", Path("LEESMIJ.md")),
    )


def _copy(name: str, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with resources.as_file(resources.files(__package__) / name) as source:
        shutil.copyfile(source, target)
    return target
