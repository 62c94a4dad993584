"""Published outcomes of real care against the model: each in or out of its range, as its file and the page say."""

import re
import tomllib
from pathlib import Path

import pytest

from pipelines.evaluation.worked_cases import Case, Check, read_cases, run

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "tests" / "validity").glob("*.yaml"))
CASES = {case.name: case for file in FILES for case in read_cases(file)}
PAGE = (ROOT / "docs" / "validity.md").read_text(encoding="utf-8")
PAGE_NL = (ROOT / "docs" / "geldigheid.md").read_text(encoding="utf-8")
IN_DUTCH = {"prediction": "voorspelling", "identity": "identiteit", "in": "binnen", "out": "buiten"}
DUTCH_NUMBERS = str.maketrans({",": ".", ".": ",", "-": "−"})
ENOUGH = 10
KINDS = {"prediction", "identity"}


def verdict(checks: list[Check]) -> str:
    return "in" if all(check.holds for check in checks) else "out"


def figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{round(value, 3):g}"


def computed(checks: list[Check]) -> str:
    """Returns what came out of each range that is tried."""
    tried = [check for check in checks if check.expectation.between]
    return "; ".join(f"{figure(check.computed)} against {check.expectation.wanted}" for check in tried)


def row(case: Case, checks: list[Check]) -> str:
    """Returns the row of the page's table: what was published, and what the model says of it."""
    published = case.published
    return f"| `{case.name}` | {published.outcome} | {published.kind} | {computed(checks)} | {verdict(checks)} |"


@pytest.mark.parametrize("name", CASES)
def test_an_outcome_is_in_or_out_as_its_file_says(name: str) -> None:
    case = CASES[name]
    checks = run(case)

    assert (verdict(checks) == "out") == bool(case.published.out), row(case, checks)


@pytest.mark.parametrize("name", CASES)
def test_the_page_shows_every_outcome_as_it_is(name: str) -> None:
    case = CASES[name]

    assert row(case, run(case)) in PAGE
    assert case.published.source in PAGE
    assert case.published.assumed in PAGE
    assert case.published.out is None or case.published.out in PAGE


@pytest.mark.parametrize("name", CASES)
def test_the_dutch_page_shows_the_same(name: str) -> None:
    case = CASES[name]
    checks = run(case)
    figures = computed(checks).replace(" to ", " tot ").replace("against", "tegenover").translate(DUTCH_NUMBERS)
    kind, where = IN_DUTCH[case.published.kind], IN_DUTCH[verdict(checks)]
    (line,) = (line for line in PAGE_NL.splitlines() if line.startswith(f"| `{name}` |"))

    assert line.endswith(f" | {kind} | {figures} | {where} |")
    assert (f"* `{name}`: " in PAGE_NL) == bool(case.published.out)


def test_there_are_enough_and_most_of_them_could_have_failed() -> None:
    kinds = [case.published.kind for case in CASES.values()]

    assert len(CASES) >= ENOUGH
    assert set(kinds) == KINDS
    assert kinds.count("prediction") > kinds.count("identity")
    assert sum(bool(case.published.out) for case in CASES.values()) > 0  # what fails stays on the page


def test_the_page_counts_what_is_in_and_what_is_out() -> None:
    predicted = [case for case in CASES.values() if case.published.kind == "prediction"]
    within = sum(case.published.out is None for case in predicted)

    assert f"{within} of {len(predicted)} predictions" in PAGE
    assert f"{within} van de {len(predicted)} voorspellingen" in PAGE_NL


@pytest.mark.parametrize(("language", "page"), [("en", "validity.md"), ("nl", "geldigheid.md")])
def test_how_sure_on_the_dashboards_says_the_same_and_where(language: str, page: str) -> None:
    texts = (ROOT / "dashboards" / "words" / "texts" / f"{language}.toml").read_text(encoding="utf-8")
    said = tomllib.loads(texts)["sure"]["tried"]
    predicted = [case for case in CASES.values() if case.published.kind == "prediction"]
    within = sum(case.published.out is None for case in predicted)

    assert re.findall(r"\d+", said) == [str(len(predicted)), str(within)]
    assert f"docs/{page}" in said
