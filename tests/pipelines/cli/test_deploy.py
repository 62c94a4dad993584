"""The units that the page on servers ships: systemd takes them, and the commands in them exist with their options."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from pipelines.cli.app import app

UNITS = Path(__file__).parents[3] / "docs" / "deploy"
COMMANDS = [
    shlex.split(line.partition("bin/care-transfer ")[2])
    for unit in sorted(UNITS.glob("*.service"))
    for line in unit.read_text("utf-8").splitlines()
    if line.startswith("ExecStart=") and "bin/care-transfer " in line
]
WITHOUT_A_PROGRAM = re.compile(r"is not executable|Failed to prepare filename")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", sorted(UNITS.glob("care-transfer-*")), ids=lambda unit: unit.name)
def test_systemd_takes_a_unit(unit: Path) -> None:
    """That the program is not installed here is all that it has to say."""
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if unit.stem in line]
    assert [line for line in said if not WITHOUT_A_PROGRAM.search(line)] == []


def test_there_are_commands_in_them() -> None:
    assert {command[0] for command in COMMANDS} == {"refresh", "serve"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_a_command_in_a_unit_is_understood(command: list[str]) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    known = {option for parameter in group.commands[command[0]].params for option in parameter.opts}
    assert {word for word in command if word.startswith("--")} <= known
