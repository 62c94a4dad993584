"""What a problem says is written down in both languages; only a name, a figure or a command stands alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.cli.faults import language_of

ROOT = Path(__file__).parents[1]
PARTS = ("found", "expected", "action")
FILES = sorted(
    [ROOT / "care_transfer.py"]
    + [file for name in ("data_contracts", "models", "dashboards", "pipelines") for file in (ROOT / name).rglob("*.py")]
)
SENTENCE = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}")
"""Two words after each other are said to somebody; `initiatives: [...]` or `--prefix` are names."""
AS_WRITTEN = ("ATTACH ",)
"""What a person types, the same in every language, begins so."""


def said(file: Path) -> Iterator[tuple[int, str]]:
    """Yields line and text of whatever a problem of a module says in one language only."""
    tree = ast.parse(file.read_text("utf-8"))
    constants = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = {keyword.arg: keyword.value for keyword in call.keywords}
        if not {"expected", "action"} & set(named):
            continue
        told = [*(call.args if len(call.args) == 1 else ()), *(named[part] for part in PARTS if part in named)]
        for value in told:
            for one in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
                text = literal(constants.get(one.id, one) if isinstance(one, ast.Name) else one)
                if SENTENCE.search(text) and not text.startswith(AS_WRITTEN):
                    yield call.lineno, text


def literal(node: ast.expr) -> str:
    """Returns the words of a string that stands in the code; what is filled in later is a sign."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(part) or "@" for part in node.values)
    if isinstance(node, ast.BinOp):
        return literal(node.left) + literal(node.right)
    return ""


def test_every_part_of_a_problem_is_said_in_both_languages() -> None:
    assert [(str(file.relative_to(ROOT)), *place) for file in FILES for place in said(file)] == []


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "nl_NL.UTF-8"}, "nl"),
        ({"LANG": "nl_NL.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "nl_BE"}, "nl"),
        ({"LC_ALL": "", "LANG": "C"}, "en"),
        ({}, "en"),
    ],
)
def test_commands_answer_in_the_language_of_the_machine(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


DUTCH = re.compile(r"\b(?:van|het|een|aandeel|zonder|vul)\b")
TIGHT_PERCENT = re.compile(r"[0-9}@]%")
"""English writes 39%, Dutch 39 %; a figure that is filled in ends in } or, where code fills it, in @."""


def strings(file: Path) -> Iterator[str]:
    """Yields every text of a module or a YAML file."""
    if file.suffix == ".yaml":
        yield from (part for part in re.split(r"\n\s*(?=[a-z_]+:)", file.read_text("utf-8")))
        return
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                "@%" if isinstance(part, ast.FormattedValue) and _as_percent(part) else literal(part) or "@"
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _as_percent(part: ast.FormattedValue) -> bool:
    return part.format_spec is not None and literal(part.format_spec).endswith("%")


def test_dutch_puts_a_space_before_the_sign_of_a_percentage() -> None:
    assert TIGHT_PERCENT.search("van @% van de zorg")
    texts = [*FILES, *(ROOT / "data_contracts").rglob("*.yaml")]
    tight = [
        (str(file.relative_to(ROOT)), text)
        for file in texts
        for text in strings(file)
        if TIGHT_PERCENT.search(text) and DUTCH.search(text)
    ]
    assert tight == []
