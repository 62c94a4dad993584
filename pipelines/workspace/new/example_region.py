"""The example region of `init --example`: small enough to read whole, and without a fault.

Its rows stand in `example.yaml`; they come in as any region's would, a workbook and two files beside it.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from data_contracts.text import Language
from data_contracts.yaml_file import parse_yaml
from pipelines.workspace.durable import mark_whole
from pipelines.workspace.new.new_region import NewRegion

Row = Mapping[str, object]


@dataclass(frozen=True)
class ExampleRegion:
    """The example in one language: the region, the rows of its workbook and of files beside it, and its template."""

    region: NewRegion
    sheets: Mapping[str, Sequence[Row]]
    datasets: Mapping[str, Sequence[Row]]
    template: str


def example_region(language: Language) -> ExampleRegion:
    """Returns the example; names in the language asked for."""
    content = _content()
    region = NewRegion(
        name=content["name"][language],
        country=content["country"],
        language=language,
        base_year=content["base_year"],
        invented=True,
    )
    return ExampleRegion(
        region, _rows(content["sheets"], language), _rows(content["datasets"], language), content["template"]
    )


def write_files_beside(folder: Path, example: ExampleRegion) -> list[Path]:
    """Writes the datasets that the workbook has no sheet for, a CSV file each, into a folder; returns them."""
    return [_csv(folder / f"{dataset}.csv", rows) for dataset, rows in example.datasets.items()]


def _csv(path: Path, rows: Sequence[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=names, delimiter=";")
        writer.writeheader()
        writer.writerows(
            {**row, **({"is_staff": str(row["is_staff"]).lower()} if "is_staff" in row else {})} for row in rows
        )
    return mark_whole(path)


@cache
def _content() -> Any:  # noqa: ANN401 - as wide as what YAML holds
    text = (resources.files(__package__) / "example.yaml").read_text(encoding="utf-8")
    return parse_yaml(text, source="example.yaml").content


def _rows(given: Mapping[str, Sequence[Row]], language: Language) -> dict[str, list[Row]]:
    return {
        name: [{key: _said(value, language) for key, value in row.items()} for row in rows]
        for name, rows in given.items()
    }


def _said(value: object, language: Language) -> object:
    return value[language] if isinstance(value, dict) else value
