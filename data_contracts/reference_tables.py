"""Reference tables that ship: what stands in until a region delivers its own, figure by figure with its source.

One file a dataset in `reference/`; a figure without a public source is not there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from data_contracts.contract import load_contract, unusable
from data_contracts.text import Text
from data_contracts.yaml_file import YamlProblem, read_yaml

REFERENCE_FOLDER = Path(__file__).with_name("reference")
SHIPPED = "shipped-assumptions"
"""The supplier under whose name these rows come in, so that everybody sees what rests on them."""


@dataclass(frozen=True)
class ReferenceSource:
    """Where one figure of a row comes from; `confidence` is verified, general or assumption."""

    column: str
    source: str
    year: int
    confidence: str


@dataclass(frozen=True)
class ReferenceRow:
    """One row: its cells by column, texts in both languages, and the source of every figure."""

    cells: Mapping[str, object]
    sources: tuple[ReferenceSource, ...]


@cache
def reference_table(dataset: str) -> tuple[ReferenceRow, ...]:
    """Returns the rows that ship for a dataset.

    Raises:
        ContractError: the table cannot be used, or has a column that the contract does not.
    """
    path = REFERENCE_FOLDER / f"{dataset}.yaml"
    try:
        rows = read_yaml(path, source=path.name).content["rows"]
        return tuple(_row(dataset, row) for row in rows)
    except (KeyError, TypeError, AttributeError, YamlProblem) as fault:
        expected = Text(en="rows with columns and sources", nl="rijen met kolommen en bronnen")
        raise unusable(path.name, fault, expected=expected) from fault


def _row(dataset: str, given: Mapping[str, Any]) -> ReferenceRow:
    contract = load_contract(dataset)
    cells = {name: value for name, value in given.items() if name != "sources"}
    for name in cells:
        contract.column(name)
    texts = {name: Text(**value) if isinstance(value, dict) else value for name, value in cells.items()}
    return ReferenceRow(texts, tuple(ReferenceSource(**one) for one in given.get("sources", ())))
