"""Rows of a reference table that ships, put into a region's inbox as a delivery that everybody sees and can replace."""

import csv
from collections.abc import Collection, Mapping
from pathlib import Path

from data_contracts.contract import load_contract
from data_contracts.reference_tables import SHIPPED, reference_table
from data_contracts.text import Language, Text
from pipelines.workspace.durable import mark_whole


def deliver_reference(
    inbox: Path, dataset: str, keys: Collection[str], *, period: str, language: Language
) -> Path | None:
    """Adds rows of a shipped table to the delivery of shipped assumptions; returns its file, None if nothing is to add.

    Args:
        inbox: of the region.
        dataset: which table, a dataset with a key of one column.
        keys: the rows that are wanted; one that does not ship is left out.
        period: the folder.
        language: of names.
    """
    contract = load_contract(dataset)
    (key,) = contract.key
    path = inbox / SHIPPED / period / f"{dataset}.csv"
    there = _there(path)
    known = {row[key] for row in there}
    wanted = [row.cells for row in reference_table(dataset) if row.cells[key] in set(keys) - known]
    if not wanted:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=[column.name for column in contract.columns], delimiter=";")
        writer.writeheader()
        writer.writerows([*there, *(_cells(row, language) for row in wanted)])
    return mark_whole(path)


def _there(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _cells(row: Mapping[str, object], language: Language) -> dict[str, str]:
    return {name: _cell(value, language) for name, value in row.items()}


def _cell(value: object, language: Language) -> str:
    if isinstance(value, Text):
        return value.of(language)
    return str(value).lower() if isinstance(value, bool) else str(value)
