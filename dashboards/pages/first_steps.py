"""The box of the page Sources on the staircase: which part of the data is there, and what unlocks the next figures."""

from dashboards.data import Release
from dashboards.pages.page import Card, Table, TableCell, cells, headings
from dashboards.words.wording import Wording
from data_contracts.staircase import Filled, StairStep, needed, staircase, standing


def stairs_card(release: Release, words: Wording) -> Card | None:
    """Returns the box on the steps a region has made; none where not all facts are told, as in a view."""
    if release.filled is None:
        return None
    here, after = (text.of(words.language) for text in standing(release.filled))
    return Card(
        key="stairs",
        kicker=words.text("stairs.kicker"),
        finding=here,
        note=after.replace("`", ""),
        table=_table(release.filled, words),
    )


def _table(filled: Filled, words: Wording) -> Table:
    body = tuple(
        (
            *cells(step.title.of(words.language)),
            TableCell(words.text("stairs.made"), "good")
            if step.is_made(filled)
            else TableCell(words.text("stairs.open"), "warning"),
            *cells(_lacking(step, filled), step.holder.of(words.language)),
        )
        for step in staircase()
    )
    names = (words.text(f"stairs.{name}") for name in ("step", "state", "lacking", "holder"))
    return Table(words.text("stairs.table"), headings(names), body)


def _lacking(step: StairStep, filled: Filled) -> str:
    """Returns what is missing of a step: of each dataset the columns."""
    return needed(step.missing(filled)).replace("`", "")
