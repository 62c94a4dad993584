"""The data dictionary in docs: every delivered column from its contract, every published one from its table.

`python -m pipelines.release.dictionary` writes both pages; a test asserts that they are up to date.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from data_contracts.contract import Column, DataContract, load_contracts
from data_contracts.contract_words import CLASSIFICATIONS, KINDS, PUBLISHED_KINDS, SEVERITIES, WORDS, unit_text
from data_contracts.release import Layer, ReleaseColumn, ReleaseTable, tables_of
from data_contracts.text import Language

PAGES: dict[Language, str] = {"en": "data_dictionary.md", "nl": "gegevenswoordenboek.md"}
"""The pages in docs, a language each."""


def dictionary(language: Language) -> str:
    """Returns the whole data dictionary in one language, as Markdown."""
    words = WORDS[language]
    contracts = load_contracts()
    chapters = [
        (
            words.deliveries,
            f"{words.empty_cells} {words.bold_names}",
            {name: _delivered(contracts[name], language) for name in contracts},
        ),
        (words.results, words.results_introduction, _published("result", language)),
        (words.origin, words.origin_introduction, _published("origin", language)),
        (words.people, words.people_introduction, _published("people", language)),
        (words.views, words.views_introduction, _published("view", language)),
    ]
    lines = [f"# {words.title}", "", words.introduction, ""]
    lines += [f"* [{title}](#{title.lower()}): {_links(sections)}" for title, _, sections in chapters]
    for title, introduction, sections in chapters:
        lines += ["", f"## {title}", "", introduction]
        for name, section in sections.items():
            lines += ["", f"### {name}", "", *section]
    return "\n".join(lines) + "\n"


def write_dictionary(docs: Path) -> None:
    """Writes the dictionary in both languages into a folder."""
    for language, page in PAGES.items():
        (docs / page).write_text(dictionary(language), encoding="utf-8")


def _delivered(contract: DataContract, language: Language) -> Iterator[str]:
    words = WORDS[language]
    yield from (contract.description.of(language), "")
    published = f"{words.table} `{contract.table}`" if contract.is_published else words.not_published
    yield f"{contract.grain.of(language)} ({published})."
    yield ""
    headings = (words.column, words.kind, words.must_be_filled, words.meaning, words.classification, words.needed_for)
    yield from _table(headings, rows=[_column(column, language) for column in contract.columns])
    for column in contract.columns:
        if column.allowed:
            choices = (f"`{allowed.value}` ({allowed.label.of(language)})" for allowed in column.allowed)
            yield from ("", f"{words.choices_of} `{column.name}`: {', '.join(choices)}.")
    if contract.rules:
        yield ""
        yield from _table((words.rules, words.meaning, words.what_happens), rows=_rules(contract, language))
    yield from ("", f"{words.aliases}:", "")
    yield from (f"* `{column.name}`: {', '.join(column.aliases)}" for column in contract.columns)


def _column(column: Column, language: Language) -> tuple[str, ...]:
    words = WORDS[language]
    name = f"**{column.name}**" if column.key else column.name
    kind = KINDS[column.kind].of(language) + (f", {unit_text(column.unit).of(language)}" if column.unit else "")
    target = f" ({words.refers_to} {column.references})" if column.references else ""
    return (
        name,
        kind,
        words.yes if column.required else "",
        column.description.of(language) + target,
        CLASSIFICATIONS[column.classification].of(language),
        ", ".join(column.required_for),
    )


def _rules(contract: DataContract, language: Language) -> list[tuple[str, ...]]:
    return [(rule.name, rule.message.of(language), SEVERITIES[rule.severity].of(language)) for rule in contract.rules]


def _published(layer: Layer, language: Language) -> dict[str, Iterator[str]]:
    return {name: _declared(table, language) for name, table in tables_of(layer).items()}


def _declared(table: ReleaseTable, language: Language) -> Iterator[str]:
    words = WORDS[language]
    yield from (f"{table.title.of(language)}. {table.grain.of(language)}.", "")
    rows = [_published_column(column, table, language) for column in table.columns]
    yield from _table((words.column, words.kind, words.meaning), rows=rows)


def _published_column(column: ReleaseColumn, table: ReleaseTable, language: Language) -> tuple[str, ...]:
    unit = f", {unit_text(column.unit).of(language)}" if column.unit else ""
    target = f" ({WORDS[language].refers_to} {column.references})" if column.references else ""
    return (
        f"**{column.name}**" if column.name in table.key else column.name,
        PUBLISHED_KINDS[column.kind].of(language) + unit,
        column.meaning.of(language) + target,
    )


def _table(headings: Sequence[str], *, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{' --- |' * len(headings)}"
    yield from (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)


def _links(names: Iterable[str]) -> str:
    return ", ".join(f"[{name}](#{name})" for name in names)


if __name__ == "__main__":
    write_dictionary(Path(__file__).parents[2] / "docs")
