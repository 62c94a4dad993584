"""An initiative put into a scenario file: a new file, or behind the initiatives that a file has."""

import re
from pathlib import Path

from data_contracts.problem import Problem
from data_contracts.text import Text
from models.scenario.parsing import parse_scenario
from pipelines.evaluation.shipped import Template
from pipelines.workspace.durable import write_text

_INITIATIVES = re.compile(r"^initiatives:[ \t]*(\[\][ \t]*)?(#.*)?$", re.MULTILINE)
_NEXT_KEY = re.compile(r"^[^\s#-]", re.MULTILINE)
_ITEM = re.compile(r"^(\s*)- ", re.MULTILINE)
HORIZON_YEARS = 7


def put_into(path: Path, initiative: str, *, template: Template, base_year: int) -> None:
    """Writes an initiative into a scenario file; a file that is not there is begun.

    Args:
        path: the file; written whole or not at all.
        initiative: the text, indented as an item of a list.
        template: what it is made of.
        base_year: of the facts, for a file that is begun.

    Raises:
        Problem: what the file would hold is no scenario: it has such an initiative, or was faulty before.
    """
    before = path.read_text(encoding="utf-8-sig") if path.is_file() else _begun(path.stem, template, base_year)
    text = _with(before, initiative, source=path.name)
    parse_scenario(text, source=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)


def _begun(name: str, template: Template, base_year: int) -> str:
    """Returns a scenario without initiatives, named after its file and its first initiative."""
    title = f'{{nl: "{template.title.nl}", en: "{template.title.en}"}}'
    return (
        "# yaml-language-server: $schema=../schemas/scenario.schema.json\n"
        f"scenario: {name}\ntitle: {title}\nbase_year: {base_year}\nhorizon: {base_year + HORIZON_YEARS}\n"
        "draws: 1000\nseed: 1\ndiscount_rate: 0.03\ninitiatives: []\n"
    )


def _with(text: str, initiative: str, *, source: str) -> str:
    found = _INITIATIVES.search(text)
    if found is None:
        raise Problem(
            Text(en="no line `initiatives:`", nl="geen regel `initiatives:`"),
            expected=Text(en="a scenario with a list of initiatives", nl="een scenario met een lijst initiatieven"),
            action=Text(en="add the line `initiatives: []`", nl="voeg de regel `initiatives: []` toe"),
            source=source,
        )
    after = _NEXT_KEY.search(text, found.end() + 1)
    end = after.start() if after else len(text)
    body = text[found.end() + 1 : end].rstrip("\n")
    items = f"{body}\n" if body else ""
    return f"{text[: found.start()]}initiatives:\n{items}{_indented(initiative, body)}{text[end:]}"


def _indented(initiative: str, beside: str) -> str:
    """Returns an item indented as those that it stands beside."""
    item = _ITEM.search(beside)
    indent = len(item.group(1)) if item else 2
    lines = initiative.splitlines()
    return "".join(f"{' ' * indent}{line[2:]}\n" if line.strip() else "\n" for line in lines)
