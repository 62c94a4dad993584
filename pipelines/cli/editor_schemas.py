"""JSON Schemas beside the files that a person writes, so that an editor completes keys and marks slips.

Each is made from the model that reads the file. A file names its schema in its first line:
`# yaml-language-server: $schema=../schemas/scenario.schema.json`.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.positions.position import Position
from models.scenario.editor_schema import TEXT, editor_schema, scenario_schema
from pipelines.reading.sources.mapping import Mapping
from pipelines.workspace.workspace import RegionConfig

FOLDER = "schemas"
"""The folder of a workspace in which they lie."""


def region_schema() -> dict[str, Any]:
    """Returns the JSON Schema of `region.yaml`."""
    return editor_schema(RegionConfig, title="Region", short={"Supplier": TEXT})


def mapping_schema() -> dict[str, Any]:
    """Returns the JSON Schema of the mapping of a layout."""
    return editor_schema(Mapping, title="Mapping", short={"CellOrigin": {"type": ["string", "number", "boolean"]}})


def position_schema() -> dict[str, Any]:
    """Returns the JSON Schema of what one party hands in."""
    return editor_schema(Position, title="Position", short={})


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "scenario": scenario_schema,
    "region": region_schema,
    "mapping": mapping_schema,
    "position": position_schema,
}
"""What there is a schema of, by name. Another kind of file needs one more line here."""


def write_schemas(root: Path) -> list[Path]:
    """Writes every schema into a workspace's folder; returns the files."""
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in SCHEMAS.items():
        path = folder / file_name(name)
        path.write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def file_name(name: str) -> str:
    """Returns the name of a schema's file."""
    return f"{name}.schema.json"


def first_line(name: str, *, up: int) -> str:
    """Returns the line by which a YAML file names its schema, for a file so many folders below the workspace's own."""
    return f"# yaml-language-server: $schema={'../' * up}{FOLDER}/{file_name(name)}\n"
