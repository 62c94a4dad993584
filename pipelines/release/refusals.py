"""The pages of refusals in docs: every code that a delivery can be given, what it means and how to mend it.

`python -m pipelines.release.refusals` writes both pages; a test asserts that they are up to date, and that no code is
raised anywhere that they do not name.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from data_contracts.across import load_across_rules
from data_contracts.contract import DataContract, load_contracts
from data_contracts.contract_words import SEVERITIES
from data_contracts.refusals import KINDS, Of, built_in
from data_contracts.text import Language, Text

PAGES: dict[Language, str] = {"en": "refusals.md", "nl": "weigeringen.md"}
"""The pages in docs, a language each."""

_TITLE = Text(en="Refusals and remarks", nl="Weigeringen en opmerkingen")
_ABOUT = Text(
    en="Every code that a report, `care-transfer check --json` or a release can name, what it "
    "means and how to mend it. What is refused is kept aside and counted: accepted and refused together are what was "
    "delivered. The message in a report names the row, the column and the value.",
    nl="Elke code die een rapport, `care-transfer check --json` of een release kan noemen, wat zij "
    "betekent en hoe u het herstelt. Wat is geweigerd, wordt apart bewaard en geteld: geaccepteerd en geweigerd samen "
    "is wat is geleverd. De melding in een rapport noemt de rij, de kolom en de waarde.",
)
_CHAPTERS: dict[Of, Text] = {
    "file": Text(en="The whole file is refused", nl="Het hele bestand is geweigerd"),
    "row": Text(en="A row is refused", nl="Een rij is geweigerd"),
    "note": Text(en="It counts, and something is said of it", nl="Het telt, en er is iets over te zeggen"),
}
_RULES = Text(en="Rules of the contracts", nl="Regels van de contracten")
_ACROSS = Text(en="Rules across datasets and deliveries", nl="Regels over datasets en leveringen heen")
_ACROSS_SEVERITY = {
    "warn": Text(en="warns", nl="waarschuwt"),
    "stop": Text(en="stops the release", nl="houdt de publicatie tegen"),
}
_CODE = Text(en="code", nl="code")
_MEANS = Text(en="what it means", nl="wat het betekent")
_MEND = Text(en="how to mend it", nl="hoe u het herstelt")
_DOES = Text(en="what it does", nl="wat de regel doet")
_SAYS = Text(en="what it says, and how to mend it", nl="wat de regel zegt, en hoe u het herstelt")
_FILLED_IN = re.compile(r"\{\w+[^}]*\}")


def page(language: Language) -> str:
    """Returns the whole page in one language, as Markdown."""
    lines = [f"# {_TITLE.of(language)}", "", _ABOUT.of(language)]
    for kind in KINDS:
        rows = ((f"`{one.code}`", one.means, one.mend) for one in built_in() if kind in one.of)
        lines += _chapter(_CHAPTERS[kind], (_CODE, _MEANS, _MEND), rows, language)
    lines += ["", f"## {_RULES.of(language)}"]
    for contract in load_contracts().values():
        if contract.rules:
            lines += ["", f"### {contract.dataset}", "", *_table((_CODE, _DOES, _SAYS), _rules(contract), language)]
    across = (
        (f"`{rule.name}`", _ACROSS_SEVERITY[rule.severity], rule.description, rule.message)
        for rule in load_across_rules()
    )
    lines += _chapter(_ACROSS, (_CODE, _DOES, _MEANS, _SAYS), across, language)
    return "\n".join(lines) + "\n"


def _rules(contract: DataContract) -> Iterator[tuple[str | Text, ...]]:
    for rule in contract.rules:
        yield f"`{rule.name}`", SEVERITIES[rule.severity], rule.message


def _chapter(
    title: Text, headings: tuple[Text, ...], rows: Iterable[tuple[str | Text, ...]], language: Language
) -> list[str]:
    return ["", f"## {title.of(language)}", "", *_table(headings, rows, language)]


def _table(headings: tuple[Text, ...], rows: Iterable[tuple[str | Text, ...]], language: Language) -> Iterator[str]:
    """Yields the lines of a table; what a message fills in stands as an ellipsis."""
    yield f"| {' | '.join(heading.of(language) for heading in headings)} |"
    yield f"|{' --- |' * len(headings)}"
    for row in rows:
        cells = (cell if isinstance(cell, str) else _FILLED_IN.sub("…", cell.of(language)) for cell in row)
        yield f"| {' | '.join(' '.join(cell.replace('|', '/').split()) for cell in cells)} |"


def write(docs: Path) -> None:
    """Writes both pages."""
    for language, name in PAGES.items():
        (docs / name).write_text(page(language), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parents[2] / "docs")
