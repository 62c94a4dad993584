"""Every code that a delivery can be given is explained in both languages, and none that it cannot."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from data_contracts.across import load_across_rules
from data_contracts.contract import load_contracts
from data_contracts.refusals import built_in
from pipelines.release import refusals

ROOT = Path(refusals.__file__).parents[2]
STATIONS = ("reading", "judging", "intake")
FIRST = {"Refusal", "misfit", "Misfit", "Note", "Remark", "_Oddity", "_note"}
"""What is given a code as its first argument."""


def trees() -> Iterator[ast.Module]:
    for station in STATIONS:
        for file in (ROOT / "pipelines" / station).rglob("*.py"):
            yield ast.parse(file.read_text("utf-8"))


def constants(*modules: ast.Module) -> dict[str, str]:
    """Returns the texts that modules give a name, such as CHANGED."""
    named = (node for tree in modules for node in tree.body if isinstance(node, ast.Assign))
    return {
        node.targets[0].id: node.value.value
        for node in named
        if isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }


def codes_of(argument: ast.expr, known: dict[str, str]) -> Iterator[str]:
    """Yields the codes that an argument can be: a text, a named one, one of several, one with a name in it."""
    match argument:
        case ast.Constant(value=str(code)):
            yield code
        case ast.Name(id=name) if name in known:
            yield known[name]
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), *_]):
            yield f"{start}COLUMN"
        case ast.Call(func=ast.Attribute(attr="lit" | "then" | "otherwise"), args=[inner]):
            yield from codes_of(inner, known)
            if isinstance(argument.func, ast.Attribute):
                yield from codes_of(argument.func.value, known)


def loops(tree: ast.Module) -> Iterator[str]:
    """Yields the keys of a dictionary that a function goes through as `for rule, ... in made.items()`."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        dicts = {
            node.targets[0].id: node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Dict)
        }
        for node in ast.walk(function):
            if isinstance(node, ast.For) and ast.unparse(node.target).startswith("(rule,"):
                made = dicts[ast.unparse(node.iter).removesuffix(".items()")]
                yield from (key.value for key in made.keys if isinstance(key, ast.Constant))


def raised() -> set[str]:
    everywhere, found = constants(*trees()), set[str]()
    for tree in trees():
        known = everywhere | constants(tree)
        found |= set(loops(tree))
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            name = getattr(call.func, "id", getattr(call.func, "attr", ""))
            given = [keyword.value for keyword in call.keywords if keyword.arg == "rule"]
            for argument in given or (call.args[:1] if name in FIRST else []):
                found |= set(codes_of(argument, known))
    return found


def test_every_code_that_is_raised_is_explained_and_no_other() -> None:
    named = [one.code for one in built_in()]
    assert len(set(named)) == len(named)
    assert raised() == set(named)


def test_a_code_of_the_program_is_no_rule_of_a_contract() -> None:
    rules = {rule.name for contract in load_contracts().values() for rule in contract.rules}
    rules |= {rule.name for rule in load_across_rules()}
    assert len(rules) > 20
    assert rules.isdisjoint(one.code for one in built_in())


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_page_is_up_to_date_and_names_every_code(language: str) -> None:
    page = (ROOT / "docs" / refusals.PAGES[language]).read_text("utf-8")
    assert page == refusals.page(language), "python -m pipelines.release.refusals"
    rules = [rule.name for contract in load_contracts().values() for rule in contract.rules]
    codes = [*(one.code for one in built_in()), *rules, *(rule.name for rule in load_across_rules())]
    assert [code for code in codes if f"| `{code}` |" not in page] == []
