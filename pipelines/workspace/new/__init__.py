"""A new workspace: the files beside this module, a template for every dataset, and the empty folders.

`create` writes it for `care-transfer init`; the texts are files of their own, so that a person can read and mend them.
"""

import shutil
from importlib import resources
from pathlib import Path

from data_contracts.problem import Problem
from data_contracts.text import Text
from pipelines.workspace.new.delivery_templates import write_templates
from pipelines.workspace.workspace import REGION_FILE, Workspace

DAGSTER_HOME = "dagster"
EMPTY_FOLDERS = ("inbox", "scenarios")


def create(target: Path) -> list[Path]:
    """Writes a new workspace into a folder; returns what was written.

    Raises:
        Problem: the folder already holds a region, or is a file.
    """
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
    for folder in EMPTY_FOLDERS:
        (target / folder).mkdir(parents=True, exist_ok=True)
    written = [_copy(name, target / place) for name, place in _files()]
    return [*written, add_dagster_home(target), *write_templates(target / "templates")]


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
