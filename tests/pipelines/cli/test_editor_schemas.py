"""The schemas that editors read: every example keeps to them, a slip does not, and each file names its own."""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from data_contracts import contract
from models.positions.position import TEMPLATE
from models.scenario.editor_schema import scenario_schema
from pipelines.cli.editor_schemas import FOLDER, SCHEMAS, first_line, mapping_schema, region_schema, write_schemas
from pipelines.demo.writing import region_yaml
from pipelines.evaluation.shipped import templates
from pipelines.workspace.new import create

ROOT = Path(contract.__file__).parents[1]
SCENARIOS = [
    *sorted((ROOT / "pipelines" / "demo" / "scenarios").glob("*.yaml")),
    *sorted((ROOT / "models" / "library").glob("*.yaml")),
    ROOT / "pipelines" / "workspace" / "new" / "scenario.yaml",
]
MAPPINGS = sorted((ROOT / "data_contracts" / "sources").glob("*.yaml"))


class EditorLoader(yaml.SafeLoader):
    """YAML as an editor reads it: a day is a text."""


EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def as_json(text: str) -> Any:
    """What an editor holds against the schema: keys are texts."""
    return json.loads(json.dumps(yaml.load(text, Loader=EditorLoader)))


def faults(schema: dict[str, Any], content: Any) -> list[str]:
    validator = Draft202012Validator(schema)
    return [
        f"{'.'.join(map(str, fault.absolute_path))}: {fault.message[:200]}" for fault in validator.iter_errors(content)
    ]


@pytest.mark.parametrize("name", SCHEMAS)
def test_each_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name]())


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_scenario_that_ships_keeps_to_it(path: Path) -> None:
    assert faults(scenario_schema(), as_json(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("name", templates())
def test_every_template_keeps_to_it(name: str) -> None:
    head = "scenario: s\nbase_year: 2025\nhorizon: 2030\ninitiatives:\n"
    assert faults(scenario_schema(), as_json(head + templates()[name].text)) == []


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda path: path.stem)
def test_every_mapping_that_ships_keeps_to_it(path: Path) -> None:
    assert faults(mapping_schema(), as_json(path.read_text(encoding="utf-8"))) == []


def test_every_region_that_ships_keeps_to_it() -> None:
    new = resources.files("pipelines.workspace.new") / "region.yaml"
    for text in (new.read_text(encoding="utf-8"), region_yaml(), "name: Zuid\nbase_year: 2025\nsuppliers: [one]\n"):
        assert faults(region_schema(), as_json(text)) == []


def test_the_example_of_a_position_keeps_to_it() -> None:
    assert faults(SCHEMAS["position"](), as_json(TEMPLATE.format(party="06010101"))) == []
    (told,) = faults(SCHEMAS["position"](), {"party": "06010101", "urgency": 6})
    assert told.startswith("urgency: 6")


SLIPS = [
    ("eligible_shar: 0.3", "eligible_shar"),
    ("returns: 1.5", "1.5"),
    ("returns: {p10: 0.1, mode: 0.2}", "not valid"),
    ("kind: substitutions", "substitutions"),
    ("replacement: {tariff_eur: own_prize}", "own_prize"),
    ("quality: [{measure: m, per_moved_unit: 1, better: more}]", "'unit' is a required property"),
]


@pytest.mark.parametrize(("line", "told"), SLIPS)
def test_a_slip_is_marked(line: str, told: str) -> None:
    head = "scenario: s\nbase_year: 2025\nhorizon: 2030\n"
    move = {
        "id": "m", "kind": "relocation", "from": {"providers": "a"}, "to": {"providers": "b"},
        "care": [{"specialism": "1"}], "eligible_share": 0.1, "uptake": {"start": 2027}, "backfill_share": 0.2,
    }  # fmt: skip
    good = as_json(head) | {"initiatives": [move]}
    assert faults(scenario_schema(), good) == []
    (fault,) = faults(scenario_schema(), good | {"initiatives": [move | as_json(line)]})
    assert told in fault


def test_a_new_workspace_has_them_beside_files_that_name_them(tmp_path: Path) -> None:
    create(tmp_path)
    assert {path.name for path in write_schemas(tmp_path)} == {f"{name}.schema.json" for name in SCHEMAS}
    for file, name, up in (("region.yaml", "region", 0), ("examples/scenario.yaml", "scenario", 1)):
        first = (tmp_path / file).read_text(encoding="utf-8").splitlines(keepends=True)[0]
        assert first == first_line(name, up=up)
        named = first.split("$schema=")[1].strip()
        assert ((tmp_path / file).parent / named).resolve() == (tmp_path / FOLDER / f"{name}.schema.json").resolve()
        assert (
            faults(json.loads(((tmp_path / file).parent / named).read_text()), as_json((tmp_path / file).read_text()))
            == []
        )
