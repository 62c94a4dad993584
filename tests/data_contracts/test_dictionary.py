"""The data dictionary in docs says what the contracts and the tables say now."""

from itertools import pairwise
from pathlib import Path

import pytest

from data_contracts.contract import load_contracts
from data_contracts.contract_words import UNITS_NL
from data_contracts.release import release_tables, tables_of
from pipelines.release.dictionary import PAGES, dictionary, write_dictionary

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("language", PAGES)
def test_committed_page_is_what_is_generated(language) -> None:
    committed = (DOCS / PAGES[language]).read_text(encoding="utf-8")
    assert committed == dictionary(language), "run `python -m pipelines.release.dictionary` and commit docs/"


@pytest.mark.parametrize("language", PAGES)
def test_every_column_and_rule_is_in_it(language) -> None:
    page = dictionary(language)
    for contract in load_contracts().values():
        section = page.split(f"\n### {contract.dataset}\n")[1].split("\n### ")[0]
        assert (f"`{contract.table}`" in section) == contract.is_published
        assert all(column.description.of(language) in section for column in contract.columns)
        assert all(rule.message.of(language) in section for rule in contract.rules)
    for table in (*tables_of("result").values(), *tables_of("origin").values()):
        section = page.split(f"\n### {table.name}\n")[1].split("\n### ")[0]
        assert table.title.of(language) in section
        assert all(column.meaning.of(language) in section for column in table.columns)


@pytest.mark.parametrize("language", PAGES)
def test_tables_are_rectangular(language) -> None:
    lines = dictionary(language).replace("\\|", "").splitlines()
    for above, line in pairwise(lines):
        if above.startswith("|") and line.startswith("|"):
            assert above.count("|") == line.count("|"), line


def test_writes_both_pages(tmp_path) -> None:
    write_dictionary(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(PAGES.values())


def test_every_unit_has_a_dutch_name() -> None:
    units = {column.unit for contract in load_contracts().values() for column in contract.columns if column.unit}
    units |= {column.unit for table in release_tables().values() for column in table.columns if column.unit}
    assert units == set(UNITS_NL)
