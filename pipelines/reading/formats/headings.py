"""Finding the row of headings in the first rows of a file, below any title, and above the data.

A reader may be told which headings are known (those of a contract); without that, the shape of the rows decides.
"""

from collections.abc import Callable, Iterable, Sequence

from data_contracts.contract import normalised
from data_contracts.text import Text
from pipelines.reading.formats.raw import Note

SEARCHED_ROWS = 50
"""How far down a row of headings is looked for."""

_SHOWN_TITLES = 5
_SHOWN_CHARACTERS = 80

Known = Callable[[str], str | None]
"""Returns the column that a heading means, or None."""


def anything(heading: str) -> str | None:
    """Knows no heading: for a file whose contract is not known."""
    del heading
    return None


def known_count(cells: Sequence[str | None], known: Known) -> int:
    """Returns how many different columns the cells of a row mean."""
    return len({column for cell in cells if cell and (column := known(cell))})


def best_known(rows: Iterable[Sequence[str | None]], known: Known) -> tuple[int, int]:
    """Returns how many columns the best row names, and its index; a row that is certain ends the search."""
    best, where = 0, 0
    for index, row in enumerate(rows):
        count = known_count(row, known)
        if count > best:
            best, where = count, index
        if is_certain(count, row):
            break
    return best, where


def is_certain(count: int, row: Sequence[str | None]) -> bool:
    """Returns whether a row that names so many columns is the row of headings beyond doubt."""
    return count >= 2 and count * 2 >= sum(1 for cell in row if cell)


def heading_row(rows: Sequence[Sequence[str | None]], known: Known) -> int | None:
    """Returns the index of the row of headings: that with most known columns, else the first wide row of words.

    One known heading alone proves nothing when the row has more cells, for a title may hold it.
    """
    head = rows[:SEARCHED_ROWS]
    best, where = best_known(head, known)
    if best >= 2:
        return where
    widest = max((sum(1 for cell in row if cell) for row in head), default=0)
    for index, row in enumerate(head):
        filled = sum(1 for cell in row if cell)
        if filled and filled * 2 > widest and _words(row) * 2 >= filled:
            return index
    return next((index for index, row in enumerate(head) if any(row)), None)


def titles(rows: Iterable[Sequence[str | None]]) -> tuple[str, ...]:
    """Returns what the rows above the headings say, a text a row; rows without a word are left out."""
    texts = (" ".join(cell.strip() for cell in row if cell and cell.strip()) for row in rows)
    return tuple(text for text in texts if text)


def above_note(said: Sequence[str]) -> tuple[Note, ...]:
    """Returns the note that rows above the headings were passed over, if there were any, and what they say."""
    if not said:
        return ()
    quoted = ", ".join(f"'{text[:_SHOWN_CHARACTERS]}'" for text in said[:_SHOWN_TITLES])
    quoted += ", ..." if len(said) > _SHOWN_TITLES else ""
    text = Text(
        en=f"Rows above the headings, taken for a title and left out ({quoted}): {len(said)}.",
        nl=f"Rijen boven de kolomkoppen, als titel opgevat en overgeslagen ({quoted}): {len(said)}.",
    )
    return (Note(rule="rows_above_headings", count=len(said), text=text),)


def _words(row: Sequence[str | None]) -> int:
    """Returns how many cells of a row hold a letter."""
    return sum(any(character.isalpha() for character in normalised(cell or "")) for cell in row)
