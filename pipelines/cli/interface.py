"""The public interface by name: what other people's files, queries and programs depend on, one name a line.

`python -m pipelines.cli.interface` writes docs/interface.txt. A test holds it against the program: whoever changes a
name raises `data_contracts.release.INTERFACE`, says so in CHANGELOG.md ("interface N") and in docs/promises.md.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup, TyperOption

import care_transfer
from data_contracts.contract import load_contracts
from data_contracts.release import INTERFACE, release_tables
from models.scenario.editor_schema import scenario_schema
from pipelines.cli.app import app
from pipelines.cli.editor_schemas import mapping_schema, position_schema, region_schema

FILE = Path(__file__).parents[2] / "docs" / "interface.txt"


def interface() -> str:
    """Returns all public names, one a line, sorted within their kind."""
    kinds = (_commands(), _datasets(), _tables(), _keys(), _module())
    return "\n".join([f"interface {INTERFACE}", *(line for kind in kinds for line in sorted(kind))]) + "\n"


def _commands() -> Iterator[str]:
    """Yields commands, their arguments and options."""
    yield from _command("care-transfer", typer.main.get_command(app))


def _command(path: str, command: Any) -> Iterator[str]:  # noqa: ANN401 - a command of the Click that Typer brings
    for parameter in command.params:
        names = parameter.opts if isinstance(parameter, TyperOption) else [str(parameter.name).upper()]
        yield f"command {path} {'/'.join(sorted(names))}"
    if isinstance(command, TyperGroup):
        for name, inner in command.commands.items():
            yield from _command(f"{path} {name}", inner)
    else:
        yield f"command {path}"


def _datasets() -> Iterator[str]:
    """Yields datasets with their columns, the values that are allowed, and their keys."""
    for dataset, contract in load_contracts().items():
        yield f"dataset {dataset} key {', '.join(contract.key)}"
        for column in contract.columns:
            values = f" {' | '.join(sorted(one.value for one in column.allowed))}" if column.allowed else ""
            yield f"dataset {dataset} {column.name} {column.kind}{values}"


def _tables() -> Iterator[str]:
    """Yields the tables of a release and of its views, with their columns."""
    for name, table in release_tables().items():
        for column in table.columns:
            yield f"table {name} {column.name} {column.kind}"


def _keys() -> Iterator[str]:
    """Yields the keys of the files that people write."""
    files = {
        "scenario": scenario_schema(),
        "region.yaml": region_schema(),
        "mapping": mapping_schema(),
        "position": position_schema(),
    }
    for file, schema in files.items():
        yield from (f"key {file} {key}" for key in _properties(schema))
        for part, inner in schema.get("$defs", {}).items():
            yield from (f"key {file} {part}.{key}" for key in _properties(inner))


def _properties(schema: Any) -> Iterator[str]:  # noqa: ANN401 - a part of a JSON Schema
    """Yields the keys that a part may hold, its shorter ways of writing included."""
    yield from schema.get("properties", {})
    for shorter in schema.get("anyOf", ()):
        yield from _properties(shorter)


def _module() -> Iterator[str]:
    """Yields the names of the analyst's door."""
    yield from (f"module care_transfer.{name}" for name in care_transfer.__all__)


if __name__ == "__main__":
    FILE.write_text(interface(), encoding="utf-8")
