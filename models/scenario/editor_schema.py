"""The JSON Schema of a scenario, for editors that complete keys and mark slips while a person writes.

It is made from the parts themselves, so that it cannot say anything else than what is read. What needs more than one
key, or the region, is judged when the file is read.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from models.scenario.initiative import OLDER_KEYS
from models.scenario.schema import Scenario

DIALECT = "https://json-schema.org/draft/2020-12/schema"


TEXT = {"type": "string", "minLength": 1}


def scenario_schema() -> dict[str, Any]:
    """Returns the JSON Schema of a scenario file, older keys included, marked as such."""
    schema = editor_schema(Scenario, title="Scenario", short={})
    initiative = schema["$defs"]["Initiative"]["properties"]
    for part, older in OLDER_KEYS.items():
        share = schema["$defs"][part.capitalize()]["properties"]["share"]
        initiative[older] = share | {"deprecated": True}
    return schema


def editor_schema(model: type[BaseModel], *, title: str, short: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the JSON Schema of a file that a model reads.

    Args:
        model: the model.
        title: what the file is.
        short: by name of a part, the schema of the short way in which it may be written too.
    """
    schema = model.model_json_schema(by_alias=True)
    parts = schema.get("$defs", {})
    for name, shorter in short.items():
        if name in parts:
            parts[name] = {"anyOf": [shorter, parts[name]]}
    return {"$schema": DIALECT, **_without_defaults(schema), "title": title}


def _without_defaults(schema: Any) -> Any:  # noqa: ANN401 - a part of a JSON Schema
    """Returns a schema without the defaults that are no plain values: those are ours, not what a person writes."""
    if isinstance(schema, list):
        return [_without_defaults(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key != "default" or not isinstance(value, dict)}
    return {
        key: _each(value) if key in {"properties", "$defs"} else _without_defaults(value) for key, value in kept.items()
    }


def _each(schemas: dict[str, Any]) -> dict[str, Any]:
    return {name: _without_defaults(schema) for name, schema in schemas.items()}
