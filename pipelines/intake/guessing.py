"""Which dataset a file holds whose name does not say so, and that no source mapping describes: told by its headings."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from data_contracts.contract import DataContract, load_contracts
from data_contracts.text import Text
from pipelines.reading.formats.raw import Note
from pipelines.reading.sources import seen_headings

FEWEST_COLUMNS = 3
FEWEST_SHARE = 2 / 3
"""A file with fewer known headings, or more unknown ones, may be anything: `Postcode` alone makes no list of areas."""


def dataset_by_headings(path: Path) -> str | None:
    """Returns the one dataset that the headings of a file fit best, else None; also of a file that is no table."""
    return dataset_with(seen_headings(path) or ())


def dataset_with(headings: Iterable[str]) -> str | None:
    """Returns the dataset of which all required columns are there and most columns at all.

    None where two are as near, or where too few of the headings are the dataset's to be sure.
    """
    given = [heading for heading in headings if heading]
    fits = {
        name: len(found)
        for name, contract in load_contracts().items()
        if (found := _found(given, contract)) and len(found) >= max(FEWEST_COLUMNS, FEWEST_SHARE * len(given))
    }
    best = [name for name, count in fits.items() if count == max(fits.values())]
    return best[0] if len(best) == 1 else None


def _found(headings: Sequence[str], contract: DataContract) -> set[str]:
    """Returns the columns of a contract that headings mean; none if a required one is not among them."""
    found = {column.name for heading in headings if (column := contract.for_heading(heading)) is not None}
    return found if all(c.name in found for c in contract.columns if c.heading_required) else set()


def guessed(dataset: str) -> Note:
    """Returns the note that a file was read as a dataset because of its headings."""
    text = Text(
        en=f"The name says no dataset; by its headings the file was read as {dataset}. Begin the name with that of "
        "the dataset if it is another.",
        nl=f"De naam zegt geen dataset; naar de kolomkoppen is het bestand gelezen als {dataset}. Laat de naam "
        "beginnen met die van de dataset als het een andere is.",
    )
    return Note(rule="dataset_guessed", count=1, text=text)
