"""A command that needs no data loads no library that takes long to load."""

import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
import typer
from typer.core import TyperGroup

from pipelines.cli.app import app

HEAVY = ("dagster", "dash", "duckdb", "great_expectations", "numpy", "plotly", "polars", "pyarrow", "scipy")
CODE = f"""
import sys
from pipelines.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    print("exit", ended.code, *sorted(set(sys.modules) & set({HEAVY})))
"""


def commands(group: TyperGroup, *path: str) -> Iterator[tuple[str, ...]]:
    """Yields every command and group of commands, by the words that call it."""
    yield path
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *path, name)
        else:
            yield *path, name


WITHOUT_DATA = (
    *((*path, "--help") for path in commands(typer.main.get_command(app))),
    ("templates",),
    ("templates", "--json"),
    ("templates", "teledermatology"),
    ("--show-completion", "bash"),
    ("no-such-command",),
)


@pytest.mark.parametrize("arguments", WITHOUT_DATA, ids=" ".join)
def test_a_command_without_data_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    named = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # not the shell that started the tests
    command = [sys.executable, "-c", CODE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=named)
    assert len(done.stdout + done.stderr) > 100
    assert done.stdout.splitlines()[-1] == f"exit {2 if 'no-such-command' in arguments else 0}"


def test_a_shell_is_answered_with_the_commands() -> None:
    asked = {"_CARE_TRANSFER_COMPLETE": "complete_bash", "COMP_WORDS": "care-transfer re", "COMP_CWORD": "1"}
    code = "from pipelines.cli import main; main([])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=asked, check=True)
    assert done.stdout.split() == ["refresh", "report", "review", "restore", "releases"]


def test_the_build_says_its_version() -> None:
    code = "from pipelines.cli import main; main(['--version'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == f"care-transfer {version('care-transfer')}\n"
