import re
import string
import tomllib
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import pytest

import dashboards
from dashboards.words.format import NumberStyle
from dashboards.words.wording import LANGUAGES, UnknownTextError, wording
from data_contracts.contract import load_contracts

# Words that are spelt alike in both languages.
_SAME_IN_BOTH = {
    "sources.scenario", "figures.euro", "figures.extra", "datasets.volume", "norms.minimum"
}  # fmt: skip


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_hold_the_same_texts_with_the_same_places() -> None:
    dutch, english = wording("nl").texts, wording("en").texts
    assert dutch.keys() == english.keys()
    assert {key: _places(text) for key, text in dutch.items()} == {key: _places(text) for key, text in english.items()}


def test_both_languages_say_how_numbers_are_written() -> None:
    for language in LANGUAGES:
        text = files("dashboards").joinpath(f"words/texts/{language}.toml").read_text(encoding="utf-8")
        assert set(tomllib.loads(text)["numbers"]) == {field.name for field in fields(NumberStyle)}
    assert len(wording("nl").numbers.months) == len(wording("en").numbers.months) == 12


def test_no_text_is_left_in_the_other_language() -> None:
    dutch, english = wording("nl").texts, wording("en").texts
    same = {
        key
        for key in dutch
        if dutch[key] == english[key] and re.search(r"[a-z]{4}", re.sub(r"\{.*?\}", "", dutch[key]))
    }
    assert same == _SAME_IN_BOTH


def test_every_text_is_asked_for_somewhere() -> None:
    code = "\n".join(path.read_text("utf-8") for path in Path(dashboards.__file__).parent.rglob("*.py"))
    literal = set(re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+)["']""", code))
    patterns = [
        re.sub(r"\{[^}]*\}", "[a-z_]*", found)
        for found in re.findall(r"""f["']([a-z_]+\.[a-z_{}\[\]'.\s]+)["']""", code)
    ]
    sections = set(re.findall(r'known\(\s*"([a-z_]+)"', code))
    unused = [
        key
        for key in wording("en").texts
        if key not in literal
        and re.sub(r"\.(none|one|more)$", "", key) not in literal
        and key.split(".")[0] not in sections
        and not any(re.fullmatch(pattern, re.sub(r"\.(none|one|more)$", "", key)) for pattern in patterns)
    ]
    assert unused == []


def test_a_missing_text_says_what_to_do() -> None:
    with pytest.raises(UnknownTextError, match=r"Found no text 'no.such'.*Add the key to both language files"):
        wording("nl").text("no.such")


def test_every_reason_to_refuse_has_a_name_in_both_languages() -> None:
    """Of the contracts' rules, and of the program's own: a supplier reads them, not a programmer."""
    refusing = {
        rule.name
        for contract in load_contracts().values()
        for rule in contract.rules
        if rule.severity in {"refuse_row", "refuse_file"}
    }
    own = {"not_a_number", "ambiguous_number", "suppressed_number", "totals_row", "reference", "missing_column"}
    for language in LANGUAGES:
        nameless = [name for name in refusing | own if f"rules.{name}" not in wording(language).texts]
        assert nameless == []
