"""Public names do not change by accident, and a change of them is told."""

import re
from pathlib import Path

from data_contracts.release import INTERFACE
from pipelines.cli.interface import FILE, interface
from pipelines.release import releases
from pipelines.warehouse.building import reading
from pipelines.workspace.workspace import Workspace

ROOT = Path(__file__).parents[3]
CODE = ("models", "pipelines", "dashboards", "tests", "benchmarks")


def test_the_public_names_are_those_of_the_list() -> None:
    now, told = interface().splitlines(), FILE.read_text("utf-8").splitlines()
    gone, new = sorted(set(told) - set(now)), sorted(set(now) - set(told))
    assert (gone, new) == ([], []), "see pipelines/cli/interface.py for what a change of public names asks"


def test_commands_in_groups_and_their_options_are_public_names() -> None:
    """Typer brings its own Click: asked for the classes of Click itself, it seems to have no command."""
    assert {"command care-transfer sql --timeout", "command care-transfer source test FILE"} <= set(
        interface().split("\n")
    )


def test_the_number_of_the_interface_is_told_in_changelog_and_migrations() -> None:
    assert f"interface {INTERFACE}" in (ROOT / "CHANGELOG.md").read_text("utf-8").lower()
    assert f"**Interface {INTERFACE}.**" in (ROOT / "docs" / "promises.md").read_text("utf-8")


def test_a_release_carries_the_number(refreshed: Workspace) -> None:
    with reading(releases.require_current(refreshed.published).database) as connection:
        assert connection.execute("SELECT interface FROM release").fetchall() == [(INTERFACE,)]


def test_every_section_that_code_names_is_a_heading_of_the_models_page() -> None:
    page = (ROOT / "docs" / "model.md").read_text("utf-8")
    headings = set(re.findall(r"^## (\d+a?)\. ", page, re.MULTILINE))
    named = {
        (number, path.relative_to(ROOT).as_posix())
        for folder in CODE
        for path in (ROOT / folder).rglob("*.py")
        for number in re.findall(r"(?<!domain page, )(?<!domain )section (\d+a?)\b", path.read_text("utf-8"))
    }
    assert headings >= {str(number) for number in range(1, 13)}
    assert sorted((number, where) for number, where in named if number not in headings) == []
